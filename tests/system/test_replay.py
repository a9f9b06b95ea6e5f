#!/usr/bin/python3
"""A whole census of a world that replays what 40,052 real domains answered, compared with what that world knows, and
every number of it recounted in SQL."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402

sys.path.insert(0, census.TOP)
from tests.recount import recount  # noqa: E402

REPLAY = os.path.join(census.SHARED_DATA, "mail-domains.jsonl.zst")


def main():
    count = census.Count()
    if os.path.exists(REPLAY):
        census.take_whole(count, "the replay of real domains", "--replay", REPLAY, then=recount.check)
    else:
        count.skip(f"{REPLAY} is not there")
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
