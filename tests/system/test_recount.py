#!/usr/bin/python3
"""The statistics of generated runs, where everything that a record can say meets everything else, counted again by DuckDB.

usage: tests/system/test_recount.py [--domains N] [--seed S]    (N: 20,000; a million takes some minutes and 400 MB)
"""
import argparse
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402

sys.path.insert(0, census.TOP)
from tests.recount import generate, recount  # noqa: E402


def recounted(count, run, words, *column_and_top):
    """Statistics with these options, then their recount: theirs must not be the slower one."""
    ours, done = recount.timed([census.PROGRAM, "stats", "--quiet", *words, run])
    count.check(done.returncode == 0, f"stats {words}: exit status {done.returncode}: {done.stderr}")
    theirs = recount.check(run, count, *column_and_top)
    if theirs is not None:
        print(f"stats {ours:.2f} s, recount {theirs:.2f} s: {ours / theirs:.3f}")
        count.check(ours <= theirs, f"stats took {ours:.2f} s, its recount {theirs:.2f} s")


def main():
    parser = argparse.ArgumentParser(description="statistics, counted again")
    parser.add_argument("--domains", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    count = census.Count()
    run = tempfile.mkdtemp(prefix="mxcensus-recount-run.")
    try:
        generate.generate(run, args.domains, args.seed)
        recounted(count, run, ["--group-by", "sector"], "sector")
        generate.generate(run, 300, args.seed + 1)    # few: what is empty, and what has no share
        recounted(count, run, ["--top", "3"], "", "3")
    finally:
        shutil.rmtree(run, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
