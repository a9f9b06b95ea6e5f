"""What a run found, in a form that two runs can be compared in."""

import collections
import json
import os
import subprocess

KEYS = {"domains": ("domain",), "policies": ("domain",), "mx": ("host", "address"), "certs": ("sha256",)}
CHANCE = {"time", "worker", "vantage", "attempts", "ttl", "took_ms"}  # differ between any two runs
TOLD_MAX = 5


def settled(value):
    """Without what is chance, at any depth."""
    if isinstance(value, dict):
        return {key: settled(inner) for key, inner in value.items() if key not in CHANCE}
    return value


class Records:
    def __init__(self, directory):
        self.directory = directory
        self.kinds = {kind: self.read(kind) for kind in KEYS}
        with open(os.path.join(directory, "adoption.csv"), encoding="utf-8", newline="") as f:
            self.rows = f.read().splitlines()

    def read(self, kind):
        """key -> the records that have it, which should be one."""
        path, found = os.path.join(self.directory, f"{kind}.jsonl.zst"), collections.defaultdict(list)
        done = subprocess.run(["zstd", "-dcq", path], capture_output=True, check=True)
        for line in done.stdout.splitlines():
            record = json.loads(line)
            found[tuple(record.get(part) for part in KEYS[kind])].append(settled(record))
        return found

    def total(self):
        return sum(len(found) for found in self.kinds.values()) + len(self.rows)

    def differences(self, wanted):
        """A line for each way in which this is not what was wanted, some of each kind."""
        for kind, found in self.kinds.items():
            yield from (f"{kind}: {len(records)} records of {key}" for key, records in first(found.items(), lambda i: len(i[1]) != 1))
            yield from (f"{kind}: {key} is missing" for key in first(wanted.kinds[kind], lambda k: k not in found))
            yield from (f"{kind}: {key} is one too many" for key in first(found, lambda k: k not in wanted.kinds[kind]))
            yield from (f"{kind}: {key}: {different(wanted.kinds[kind][key][0], found[key][0])}" for key in
                        first(found, lambda k: k in wanted.kinds[kind] and found[k][0] != wanted.kinds[kind][k][0]))
        if self.rows != wanted.rows:
            rows = [row for row in self.rows if row not in set(wanted.rows)]
            yield f"adoption.csv: {len(self.rows)} rows for {len(wanted.rows)}; for example {rows[:TOLD_MAX]}"


def first(items, good):
    """Some of those that are."""
    found = [item for item in items if good(item)]
    return found[:TOLD_MAX]


def different(wanted, found):
    """The members that differ, as text."""
    return "; ".join(f"{key}: wanted {wanted.get(key)}, got {found.get(key)}"[:300]
                     for key in sorted(wanted.keys() | found.keys()) if wanted.get(key) != found.get(key))
