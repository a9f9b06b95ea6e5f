#!/usr/bin/python3
"""Whole censuses in simulated Internets, each compared domain by domain, certificate by certificate and row by row with
what its world knows: a generated one, the bundled list, the top 10k, and the replay of 40,052 real domains."""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402

sys.path.insert(0, census.TOP)
from tests.recount import recount  # noqa: E402

SHARED = os.path.join(census.TOP, "..", "shared", "data")
WORLDS = [
    ("a generated world", "--domains", "1500", "--seed", "7"),
    ("the bundled list", "--list", os.path.join(census.TOP, "datasets", "census-10k.csv")),
    ("the top 10k", "--list", os.path.join(SHARED, "tranco-top-10k.csv")),
    ("the replay of real domains", "--replay", os.path.join(SHARED, "mail-domains.jsonl.zst")),
]


def take(count, name, growth):
    runs = tempfile.mkdtemp(prefix="mxcensus-run.")
    run = os.path.join(runs, "run")
    try:
        with census.World(*growth) as world:
            done = world.run(run)
            count.check(done.returncode == 0, f"{name}: exit status {done.returncode}: {done.stderr[-2000:]}")
            if done.returncode == 0:
                count.add(*world.compare(run))
                count.add(*census.schema_check(run))
                if growth[0] == "--replay":
                    recount.check(run, count)
    finally:
        shutil.rmtree(runs, ignore_errors=True)


def main():
    count = census.Count()
    for name, *growth in WORLDS:
        if growth[0] in ("--list", "--replay") and not os.path.exists(growth[1]):
            count.skip(f"{name}: {growth[1]} is not there")
        else:
            take(count, name, growth)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
