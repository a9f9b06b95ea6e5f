#!/usr/bin/python3
"""Whole censuses in simulated Internets, each compared domain by domain, certificate by certificate and row by row with
what its world knows: a generated one, the bundled list, and the top 10k."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402

WORLDS = [
    ("a generated world", "--domains", "1500", "--seed", "7"),
    ("the bundled list", "--list", os.path.join(census.TOP, "datasets", "census-10k.csv")),
    ("the top 10k", "--list", os.path.join(census.SHARED_DATA, "tranco-top-10k.csv")),
]


def main():
    count = census.Count()
    for name, *growth in WORLDS:
        if growth[0] == "--list" and not os.path.exists(growth[1]):
            count.skip(f"{name}: {growth[1]} is not there")
        else:
            census.take_whole(count, name, *growth)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
