"""grow: a world for the names of any list (CSV or plain text, also gzip or zstd), as generate makes one for names of its
own.

usage: python3 -m tests.world.grow LIST --seed S DESCRIPTION.jsonl
"""
import argparse
import csv
import gzip
import io
import re
import subprocess
import unicodedata

from tests.world import generate, names

LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def text_of(path):
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dcq", path], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8", "replace")
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as data:
        return data.read().decode("utf-8", "replace")


def clean(text):
    """The A-label form of a name; None where it is no domain name."""
    text = unicodedata.normalize("NFC", text.strip().lower())
    text = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text).split("/")[0].split(":")[0].rstrip(".")
    name = ".".join(names.a_label(label) for label in text.split("."))
    good = "." in name and len(name) <= 253 and all(LABEL.fullmatch(label) for label in name.split("."))
    return name if good and not name.replace(".", "").isdigit() else None


def read(path):
    """(name, rank, further columns) of each domain once, in the list's order."""
    rows = list(csv.reader(io.StringIO(text_of(path))))
    header = []
    if rows and "domain" in [c.strip().lower() for c in rows[0]]:
        header = [c.strip() for c in rows.pop(0)]
    lower = [c.lower() for c in header]
    seen, found = set(), []
    for row in rows:
        if not row or row[0].startswith("#"):
            continue
        at = lower.index("domain") if header else 1 if len(row) > 1 and row[0].strip().isdigit() else 0
        name = clean(row[at]) if at < len(row) else None
        if name is None or name in seen:
            continue
        seen.add(name)
        rank = row[0] if at == 1 and row[0].strip().isdigit() else row[lower.index("rank")] if "rank" in lower else None
        more = {header[i]: cell for i, cell in enumerate(row) if header and lower[i] not in ("rank", "domain") and cell}
        found.append((name, int(rank) if rank else None, more))
    return found


def grow(path, seed):
    rows = read(path)
    if not rows:
        raise SystemExit(f"world: {path}: no domain in it")
    description = generate.generate(len(rows), seed, [name for name, _, _ in rows])
    for name, rank, more in rows:
        line = description.domains[name]
        line["rank"], line["input"] = rank, more
    return description


def main():
    parser = argparse.ArgumentParser(description="a world for a list")
    parser.add_argument("list")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("description")
    args = parser.parse_args()
    grow(args.list, args.seed).write(args.description)


if __name__ == "__main__":
    main()
