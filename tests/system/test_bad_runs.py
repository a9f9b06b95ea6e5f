#!/usr/bin/python3
"""Run directories as accidents leave them, given to every command that reads one: what is lost is said, nothing crashes, and
what is there is counted all the same."""
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402

sys.path.insert(0, census.TOP)
from tests.recount import generate  # noqa: E402

OK, USAGE, RUN_DIRECTORY, DISK, INCOMPLETE = 0, 2, 4, 7, 10
DOMAINS = 9000    # three frames


def path(run, name):
    return os.path.join(run, name)


def change_about(run, **members):
    with open(path(run, "run.json"), encoding="utf-8") as text:
        about = json.load(text)
    about.update(members)
    with open(path(run, "run.json"), "w", encoding="utf-8") as text:
        json.dump({k: v for k, v in about.items() if v is not None}, text)


def unfinished(run):
    change_about(run, finished=None)


def older(run):
    change_about(run, v=0)


def truncated(run):
    os.truncate(path(run, "domains.jsonl.zst"), os.path.getsize(path(run, "domains.jsonl.zst")) - 100)


def corrupt(run):
    """A byte of the second frame."""
    with open(path(run, "domains.jsonl.zst"), "r+b") as file:
        data = file.read()
        second = data.index(b"\x28\xb5\x2f\xfd", 4)
        file.seek(second + 2000)
        file.write(bytes([data[second + 2000] ^ 0x55]))
    return f"at byte {second} is skipped"


def missing(run):
    os.remove(path(run, "policies.jsonl.zst"))


def pipe(run):
    os.remove(path(run, "policies.jsonl.zst"))
    os.mkfifo(path(run, "policies.jsonl.zst"))


def foreign(run):
    with open(path(run, "certs.jsonl.zst"), "wb") as file:
        file.write(b"PK\x03\x04 a file of something else\n" * 100)


def other_records(run):
    line = b'{"v":2,"domain":"later.example"}\n'
    packed = subprocess.run(["zstd", "-qc", f"--stream-size={len(line)}"], input=line, stdout=subprocess.PIPE, check=True).stdout
    with open(path(run, "domains.jsonl.zst"), "ab") as file:
        file.write(packed)


# what happens to it, the status of stats, what is said on standard error
ACCIDENTS = [
    (unfinished, INCOMPLETE, "is not finished"),
    (older, RUN_DIRECTORY, "is of another schema version"),
    (truncated, INCOMPLETE, "a torn frame at byte"),
    (corrupt, INCOMPLETE, None),
    (missing, INCOMPLETE, "policies.jsonl.zst is missing"),
    (pipe, RUN_DIRECTORY, "policies.jsonl.zst: cannot be read"),
    (foreign, INCOMPLETE, "what is no frame at byte 0 is skipped"),
    (other_records, INCOMPLETE, "1 records are of another schema version"),
]


def called(*words):
    return subprocess.run([census.PROGRAM, *words], capture_output=True, text=True, errors="replace")


def rows(run):
    with open(path(run, "adoption.csv"), newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))

# Everything that prints, and may print much; {run} is a run, {other} one with other names.
PRINTERS = [
    ["--help"], ["run", "--help"], ["stats", "--explain"], ["stats", "{run}"], ["stats", "-m", "spf_present", "{run}"],
    ["export", "{run}"], ["export", "--kind", "joined", "{run}"], ["export", "--kind", "certs", "{run}"], ["diff", "{run}", "{other}"],
    ["diff", "--sum", "{run}", "{other}"], ["history", "{run}", "{run}"], ["status", "{run}"], ["judge", "spf"],
]


def printed_to(out, words, run, other):
    """(exit status, what was said) of a command whose standard output this is."""
    with out:
        done = subprocess.run([census.PROGRAM, *(w.format(run=run, other=other) for w in words)], input=b'{"txt":[]}\n', stdout=out,
                              stderr=subprocess.PIPE)
    return done.returncode, done.stderr.decode()


def nobody():
    """A pipe whose reader has gone, as head goes when it has enough."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "wb")


def output_that_ends(count, whole, other):
    """A reader that has enough is no error and nothing to say; a full disk is both."""
    for words in PRINTERS:
        status, said = printed_to(nobody(), words, whole, other)
        count.check(status == -signal.SIGPIPE and said == "", f"{words}, and nobody reads: {status}: {said}")
        status, said = printed_to(open("/dev/full", "wb"), words, whole, other)
        count.check(status == DISK and "No space left" in said and said.count("\n") == 1, f"{words} on a full disk: {status}: {said}")


def accidents(count, whole, folder):
    for i, (happen, status, said) in enumerate(ACCIDENTS):
        run = path(folder, str(i))
        shutil.copytree(whole, run)
        said = happen(run) or said
        done = called("stats", run)
        name = happen.__name__
        count.check(done.returncode == status and said in done.stderr, f"{name}: stats: {done.returncode}: {done.stderr}")
        if status == INCOMPLETE:
            count.check("NOT FINISHED" in done.stdout or "NOT WHOLE" in done.stdout, f"{name}: the table says nothing")
            lacks = {r.get("incomplete", "").partition(":")[0] for r in rows(run)}
            count.check(lacks == {"unfinished" if happen is unfinished else "records lost"}, f"{name}: the rows of adoption.csv: {lacks}")
            seen = next(r for r in rows(run) if (r["metric"], r["population"], r["group"]) == ("spf_present", "all", "all"))
            count.check(int(seen["denominator"]) > DOMAINS // 3, f"{name}: what is there is not counted: {seen}")
        for words in (("history", run), ("diff", whole, run), ("diff", run, whole), ("export", "--kind", "joined", run)):
            done = called(*words)
            count.check(done.returncode == status and said in done.stderr, f"{name}: {words[0]}: {done.returncode}: {done.stderr[-500:]}")
        shutil.rmtree(run)


def words_that_name_nothing(count, whole):
    for words, said in ((["--metric", "spf"], "there is no such metric"), (["--group-by", "color"], "it has sector"), (["--top", "0"], "wants a number"),
                        (["--top", "5x"], "wants a number"), (["--max-skew", "-1"], "wants a number"), (["--kind", "mx"], "no such option")):
        done = called("stats", *words, whole)
        count.check(done.returncode == USAGE and said in done.stderr and done.stderr.count("\n") == 1, f"{words}: {done.returncode}: {done.stderr}")
    for words in (["diff", whole], ["history"], ["stats"]):
        count.check(called(*words).returncode == USAGE, f"{words}: no operand")


def skewed(count, whole):
    """Figures under a limit of --max-skew: the table, each row of each file, and a single metric say so."""
    done = called("stats", "--max-skew", "7", whole)
    count.check(done.returncode == OK and "more than 7 s from its domain is unknown" in done.stdout.splitlines()[0], f"the table: {done}")
    count.check({r.get("max_skew") for r in rows(whole)} == {"7"}, "the rows of adoption.csv")
    count.check(called("stats", "--max-skew", "7", "--metric", "spf_present", whole).stdout.splitlines()[0].endswith(",max_skew"), "a metric")
    done = called("stats", whole)
    count.check("unknown" not in done.stdout.splitlines()[0] and "max_skew" not in rows(whole)[0], f"no limit: {done.stdout[:200]}")


def formulas(count, whole):
    """A value of the list that a spreadsheet would run."""
    done = called("stats", "--quiet", "--group-by", "sector", whole)
    groups = {r["group"] for r in rows(whole)}
    count.check(done.returncode == OK and "input.sector==shop" in groups, f"groups: {sorted(g for g in groups if 'input' in g)}")
    done = called("export", whole)
    count.check(",'=shop," in done.stdout and ",=shop," not in done.stdout, "a formula in the export")


def terminal(count, whole, folder):
    """A time that a terminal would obey."""
    run = path(folder, "terminal")
    shutil.copytree(whole, run)
    change_about(run, finished="\x1b[2J")
    done = called("status", run)
    count.check(done.returncode == OK and "\x1b" not in done.stdout, f"an escape in what status says: {done.stdout!r}")
    shutil.rmtree(run)


def links(count, whole, folder):
    """In the place of what is written, links to what is not the run's."""
    run, mine, elsewhere = (path(folder, n) for n in ("links", "mine", "elsewhere"))
    os.mkdir(elsewhere)
    for command, link, to in (("stats", "adoption.csv.new", mine), ("report", "figures/x.svg", mine), ("report", "figures", elsewhere)):
        shutil.copytree(whole, run)
        with open(mine, "w", encoding="utf-8") as file:
            file.write("mine")
        os.makedirs(os.path.dirname(path(run, link)), exist_ok=True)
        os.symlink(to, path(run, link))
        done = called(command, run)
        count.check(done.returncode == DISK and done.stderr.count("\n") == 1, f"{link}: {command}: {done.returncode}: {done.stderr}")
        with open(mine, encoding="utf-8") as file:
            count.check(file.read() == "mine" and os.listdir(elsewhere) == [], f"{link} is followed")
        shutil.rmtree(run)


def main():
    count = census.Count()
    folder = tempfile.mkdtemp(prefix="mxcensus-bad-runs.")
    whole, other = path(folder, "whole"), path(folder, "other")
    try:
        generate.generate(whole, DOMAINS, 1)
        accidents(count, whole, folder)
        words_that_name_nothing(count, whole)
        skewed(count, whole)
        formulas(count, whole)
        terminal(count, whole, folder)
        links(count, whole, folder)
        generate.generate(other, DOMAINS, 2)
        output_that_ends(count, whole, other)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
