#!/usr/bin/python3
"""The time that `mxcensus stats` takes for a generated run, as a share of what DuckDB takes to count it again."""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "system"))
import census  # noqa: E402

sys.path.insert(0, census.TOP)
from tests.recount import generate, recount  # noqa: E402

DOMAINS = 100000
SEED = 1
BUDGET = 1  # no slower than the recount


def main():
    count = census.Count()
    run = tempfile.mkdtemp(prefix="mxcensus-bench-recount.")
    try:
        generate.generate(run, DOMAINS, SEED)
        ours, done = recount.timed([census.PROGRAM, "stats", "--quiet", run])
        theirs = recount.check(run, count)
    finally:
        shutil.rmtree(run, ignore_errors=True)
    if done.returncode != 0 or theirs is None or count.failed:
        print(f"bench_recount: the figures differ, or there are none: {done.stderr}", file=sys.stderr)
        return 1
    ratio = ours / theirs
    print(f"stats-of-recount {ratio:.3f} ratio {BUDGET} {'ok' if ratio <= BUDGET else 'over'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
