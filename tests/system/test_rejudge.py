#!/usr/bin/python3
"""mxcensus rejudge: a run that nobody changed is judged as it was, byte for byte; and what it refuses. The last line is
"N passed, N failed, N skipped"."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402

KINDS = ("domains", "policies", "mx", "certs")


def rejudge(*words):
    return subprocess.run([census.PROGRAM, "rejudge", *words], capture_output=True, text=True, timeout=300)


def content(run, name):
    with open(os.path.join(run, name), "rb") as f:
        data = f.read()
    if name.endswith(".zst"):
        return subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=True).stdout
    return data


def check_same(count, run, again):
    done = rejudge(run, "-o", again, "--quiet")
    count.check((done.returncode, done.stdout, done.stderr) == (0, "", ""), f"a whole run: {done}")
    for kind in KINDS:
        was, now = (content(r, f"{kind}.jsonl.zst").splitlines() for r in (run, again))
        count.check(len(was) == len(now) > 0, f"{kind}: {len(was)} records, {len(now)} judged again")
        for one, other in zip(was, now):
            count.check(one == other, f"{kind}: {one[:2000]!r} became {other[:2000]!r}")
    for name in sorted(n for n in os.listdir(run) if n.endswith(".csv")):
        count.check(content(run, name) == content(again, name), name)
    was, now = census.run_file(run), census.run_file(again)
    note = now.pop("rejudged")
    count.check(was == now and note["from"] == was["run"] and set(note) == {"from", "time", "version"}, f"run.json: {note}")
    count.add(*census.schema_check(again))


def check_history(count, run, again):
    """Both began when the records were taken; one of them was judged later, and says so."""
    done = subprocess.run([census.PROGRAM, "history", again, run], capture_output=True, text=True, timeout=300)
    judged = list(dict.fromkeys(row["rejudged"] for row in csv.DictReader(io.StringIO(done.stdout, newline=""))))
    count.check(done.returncode == 0 and judged == ["", census.run_file(again)["rejudged"]["time"]], f"history: {judged} {done.stderr}")


def tamper_derived(record):
    """What follows from texts that are in the record."""
    dmarc, dkim = record.get("dmarc", {}), record.get("dkim", {})
    effective = dmarc.get("effective", {})
    if "domain" in effective and "txt_cut" not in dmarc and "txt_cut" not in effective:
        effective["verdict"] = "unknown"
        for name in ("tag", "policy", "t"):
            effective.pop(name, None)
    if dkim.get("keys") and not any(k["selector"] == "*" or "txt_cut" in k for k in dkim["keys"]):
        dkim["key"] = "no" if dkim["key"] == "yes" else "yes"


def tamper(run, again):
    """Verdicts that nobody would give; what comes back is what was."""
    shutil.copytree(run, again)
    for kind in ("domains", "policies"):
        lines = []
        for line in content(run, f"{kind}.jsonl.zst").splitlines():
            record = json.loads(line)
            for member in ("dmarc", "mta_sts", "tls_rpt", "bimi"):
                if "txt" in record.get(member, {}) and "txt_cut" not in record[member]:
                    record[member]["verdict"] = "unknown"
                    record[member].pop("violations", None)
            tamper_derived(record)
            lines.append(json.dumps(record, ensure_ascii=False).encode())
        text = b"\n".join(lines)
        with open(os.path.join(again, f"{kind}.jsonl.zst"), "wb") as f:   # a frame says how much is in it
            f.write(subprocess.run(["zstd", "-cq", f"--stream-size={len(text)}"], input=text, capture_output=True, check=True).stdout)


def check_tampered(count, run, folder):
    tampered, again = os.path.join(folder, "tampered"), os.path.join(folder, "mended")
    tamper(run, tampered)
    count.check(rejudge(tampered, "-o", again + "/", "--quiet").returncode == 0, "a tampered run")
    derived = [[(json.loads(line)["dmarc"]["effective"], json.loads(line)["dkim"]["key"]) for line in content(r, "domains.jsonl.zst").splitlines()]
               for r in (run, tampered, again)]
    count.check(derived[0] == derived[2] != derived[1], "effective policies and keys mended")
    verdicts = [[{m: json.loads(line)[m]["verdict"] for m in ("dmarc", "mta_sts", "tls_rpt", "bimi")}
                 for line in content(r, "domains.jsonl.zst").splitlines()] for r in (run, tampered, again)]
    count.check(verdicts[0] == verdicts[2] != verdicts[1], "verdicts mended")


def check_refused(count, run, folder):
    there, new = os.path.join(folder, "there"), os.path.join(folder, "new")
    unfinished, torn = os.path.join(folder, "unfinished"), os.path.join(folder, "torn")
    os.mkdir(there)
    with open(os.path.join(there, "x"), "w") as f:
        f.write("mine")
    shutil.copytree(run, unfinished)
    whole = census.run_file(run)
    with open(os.path.join(unfinished, "run.json"), "w") as f:
        json.dump({k: v for k, v in whole.items() if k != "finished"}, f)
    shutil.copytree(run, torn)
    with open(os.path.join(torn, "mx.jsonl.zst"), "r+b") as f:
        f.truncate(os.path.getsize(f.name) - 3)
    for words, status, lines in (((run, "-o", there), 4, 1), ((run, "-o", run), 4, 1), ((run,), 2, 1), ((), 2, 1),
                                 ((unfinished, "-o", new), 10, 1), ((torn, "-o", new), 10, 2), ((there, "-o", new), 4, 1),
                                 (("/nowhere", "-o", new), 4, 1), ((run, "-o", "/proc/new"), 4, 1)):
        done = rejudge(*words)
        count.check(done.returncode == status and done.stdout == "" and done.stderr.count("\n") == lines, f"{words}: {done}")
        count.check(not [n for n in os.listdir(folder) if n.startswith("new")], f"{words}: something is left")
    count.check(os.listdir(there) == ["x"], "what was there is there")


def main():
    count = census.Count()
    folder = tempfile.mkdtemp(prefix="mxcensus-rejudge.")
    run = os.path.join(folder, "run")
    try:
        with census.World("--domains", "300", "--seed", "21") as world:
            done = world.run(run)
        count.check(done.returncode == 0, f"a census: {done.stderr[-2000:]}")
        if done.returncode == 0:
            check_same(count, run, os.path.join(folder, "again"))
            check_history(count, run, os.path.join(folder, "again"))
            check_tampered(count, run, folder)
            check_refused(count, run, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
