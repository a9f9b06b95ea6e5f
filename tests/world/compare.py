"""compare: does a run agree with what its world knows? Field by field, certificate by certificate, statistics row by row.

usage: python3 -m tests.world.compare DIR RUN [--most N]
Prints each difference (N of each kind of file, 20 unless told) and a closing line "N passed, N failed", where a record
and a row of a CSV file count one each. Exit 1 on any difference.
"""
import argparse
import collections
import json
import os
import subprocess
import sys

from tests.world import adoption, sts
from tests.world.expect import Any, Expected, OneOf, Unordered

# What no world can know.
IGNORED = {"time", "worker", "vantage", "ttl"}
KEYS = {"domains": lambda r: r["domain"], "policies": lambda r: r["domain"], "mx": lambda r: (r["host"], r.get("address")),
        "certs": lambda r: r["sha256"]}


def nothing(value):
    return value is None or value == [] or value == {} or value == ""


def differences(wanted, got, where=""):
    """(path, wanted, got) of each place where they differ. What is left out and what is empty are the same."""
    if isinstance(wanted, Any):
        return
    if isinstance(wanted, OneOf):
        if not any(not list(differences(w, got)) for w in wanted.values):
            yield where, wanted, got
    elif isinstance(wanted, Unordered):
        if wanted.values != sorted(got or []):
            yield where, wanted, got
    elif isinstance(wanted, dict) and isinstance(got, dict):
        for key in wanted.keys() | got.keys():
            if key not in IGNORED:
                yield from differences(wanted.get(key), got.get(key), f"{where}.{key}" if where else key)
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for i, (want, have) in enumerate(zip(wanted, got)):
            yield from differences(want, have, f"{where}[{i}]")
    elif wanted != got and not (nothing(wanted) and nothing(got)):
        yield where, wanted, got


def records(path):
    """The records of one file, which may be missing when nothing was found for it."""
    if not os.path.exists(path):
        return
    process = subprocess.Popen(["zstd", "-dcq", path], stdout=subprocess.PIPE)
    for line in process.stdout:
        yield json.loads(line)
    if process.wait() != 0:
        raise SystemExit(f"compare: {path} is no whole zstd file")


class Comparison:
    def __init__(self, most):
        self.most = most
        self.passed = self.failed = 0
        self.told = collections.Counter()

    def tell(self, kind, text):
        self.told[kind] += 1
        if self.told[kind] <= self.most:
            print(f"{kind}: {text}")

    def kind(self, kind, wanted, found):
        seen = collections.Counter()
        for record in found:
            key = KEYS[kind](record)
            seen[key] += 1
            if key not in wanted:
                self.failed += 1
                self.tell(kind, f"{key}: not expected: {json.dumps(record)[:300]}")
                continue
            wrong = list(differences(wanted[key], record))
            self.failed += bool(wrong)
            self.passed += not wrong
            for where, want, got in wrong:
                self.tell(kind, f"{key}: {where}: wanted {show(want)}, got {show(got)}")
        for key in wanted:
            if seen[key] != 1:
                self.failed += 1
                self.tell(kind, f"{key}: {seen[key]} records instead of one")

    def rows(self, kind, wanted, found):
        for key in wanted.keys() | found.keys():
            good = key in wanted and key in found and adoption.equal(wanted[key], found[key])
            self.passed += good
            self.failed += not good
            if not good:
                self.tell(kind, f"{' '.join(key)}: wanted {wanted.get(key)}, got {found.get(key)}")


def show(value):
    return repr(value) if isinstance(value, (OneOf, Unordered, Any)) else json.dumps(value, ensure_ascii=False, default=repr)


def main():
    parser = argparse.ArgumentParser(description="compare a run with its world")
    parser.add_argument("world")
    parser.add_argument("run")
    parser.add_argument("--most", type=int, default=20)
    args = parser.parse_args()
    expected = Expected(args.world)
    everything = expected.everything()
    comparison = Comparison(args.most)
    for kind in KEYS:
        comparison.kind(kind, everything[kind], records(f"{args.run}/{kind}.jsonl.zst"))
    comparison.rows("adoption", adoption.rows(expected), adoption.read(f"{args.run}/adoption.csv"))
    for name, keys, rows in sts.files(adoption.views(expected)):
        comparison.rows(name, rows, adoption.read(f"{args.run}/{name}", keys))
    for kind, count in comparison.told.items():
        if count > args.most:
            print(f"{kind}: {count - args.most} more differences")
    print(f"{comparison.passed} passed, {comparison.failed} failed")
    return 1 if comparison.failed else 0


if __name__ == "__main__":
    sys.exit(main())
