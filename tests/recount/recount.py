"""recount: every number that `mxcensus stats` wrote of a run, against those that DuckDB counts from its records by the SQL
beside this file. A row counts one; numbers are compared as they are written, to the last digit."""
import csv
import filecmp
import os
import shutil
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, "..", "..", os.environ.get("BUILD", "build"))
HOME = os.path.join(BUILD, "recount")    # DuckDB is installed there
# CSV files of a run, and the columns that say which row it is.
KEYS = {"adoption.csv": 3, "by_rank.csv": 4, "by_tld.csv": 3, "providers.csv": 6, "providers_largest.csv": 2,
        "timeline.csv": 4, "skew.csv": 2, "sts_funnel.csv": 2, "sts_errors.csv": 3, "mx_certs.csv": 3, "policy_hosts.csv": 3}


def install():
    """DuckDB by npm, of the version in the lock file. None, or why it cannot be had."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return "there is no npm"
    os.makedirs(HOME, exist_ok=True)
    lock, installed = os.path.join(HERE, "package-lock.json"), os.path.join(HOME, "installed.json")
    if os.path.exists(installed) and filecmp.cmp(lock, installed, shallow=False):
        return None
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(HERE, name), HOME)
    said = ""
    for _ in range(2):    # the library is an optional package: npm is content without it when the network fails
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=HOME, text=True, capture_output=True)
        said = done.stderr.strip()[-300:]
        if done.returncode == 0 and subprocess.run(["node", "-e", "require('@duckdb/node-api')"], cwd=HOME, capture_output=True).returncode == 0:
            shutil.copy(lock, installed)
            return None
    return "npm cannot install DuckDB: " + said


def count_again(run, out, *column_and_top):
    """Write the CSV files of a run again into a folder. (seconds, what SQL cannot judge)"""
    done = subprocess.run(["node", os.path.join(HERE, "recount.mjs"), run, out, *column_and_top], text=True, capture_output=True,
                          env=dict(os.environ, DUCKDB=HOME))
    if done.returncode != 0:
        raise RuntimeError(f"the recount failed: {done.stderr[-2000:]}")
    told = dict(line.split(": ") for line in done.stdout.split("\n") if ": " in line)
    return float(told["seconds"]), int(told["beyond"])


def rows(path, keys):
    with open(path, newline="", encoding="utf-8") as text:
        lines = list(csv.reader(text))
    return lines[0], {tuple(line[:keys]): line[keys:] for line in lines[1:]}, len(lines) - 1


def defused(cell):
    """As a CSV of ours has it: what a spreadsheet would run gets an apostrophe."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def compare(run, out, count):
    """Every row of every file of a run, against the folder of its recount."""
    for name, keys in KEYS.items():
        header, ours, lines = rows(os.path.join(run, name), keys)
        again, theirs, _ = rows(os.path.join(out, name), keys)
        theirs = {tuple(map(defused, key)): row for key, row in theirs.items()}
        count.check(header == again, f"{name}: columns {header} and {again}")
        count.check(lines == len(ours), f"{name}: a row stands twice")
        told = 0
        for key in ours.keys() | theirs.keys():
            same = ours.get(key) == theirs.get(key)
            told += not same
            if same or told <= 10:
                count.check(same, f"{name}: {key}: counted {ours.get(key)}, recounted {theirs.get(key)}")
            else:
                count.failed += 1


def check(run, count, *column_and_top):
    """Recount a run whose statistics are there. Seconds of the recount; None where DuckDB cannot be had."""
    missing = install()
    if missing:
        count.skip(f"the recount of {run}: {missing}")
        return None
    out = tempfile.mkdtemp(prefix="mxcensus-recount.")
    try:
        seconds, beyond = count_again(run, out, *column_and_top)
        count.check(beyond == 0, f"{run}: {beyond} TLSA records that the recount cannot judge")
        compare(run, out, count)
    finally:
        shutil.rmtree(out, ignore_errors=True)
    return seconds


def timed(command):
    """(seconds, the completed process)"""
    began = time.monotonic()
    done = subprocess.run(command, text=True, capture_output=True)
    return time.monotonic() - began, done
