#!/usr/bin/python3
"""The same poison through every output: terminal escapes, CR LF, NUL, bytes that are no UTF-8, quotes, formulas, markup, in a list's
column, in TXT, banner, policy and certificate. JSON stays valid, CSV inert, terminal and log clean, HTML text."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402

# As a record has it: a byte of a stranger's that is no UTF-8 is written \u0080 to \u00ff.
POISON = ["\x1b]0;owned\x07\x1b[2J\x1b[31mred", "one\r\nX-Two: three", "nul\0nul", "\u00ff\u00fe\u00c0\u0080", "\u009b31m\x7f",
          'a "quoted", \'single\'', '=HYPERLINK("http://evil.example","click")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1,1)", "\t=1+1",
          "<script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", "%s%n%x", "a;b,c|d\\e"]
FORMULA = re.compile(r"[=+@]|-(?!$|[\d.]+$)")
KINDS = ("domains", "policies", "mx", "certs", "joined")


def clean(data, line_ends=b"\n"):
    """What a terminal may be given: UTF-8, and of control characters line ends alone."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text.replace("\r\n", "\n") if line_ends == b"\r\n" else text)


class Poisoned:
    def __init__(self, count, world, folder):
        self.count, self.world, self.folder = count, world, folder
        self.run = os.path.join(folder, "run")

    def program(self, *words, data=b""):
        done = subprocess.run([census.PROGRAM, *words], input=data, capture_output=True, timeout=120)
        self.count.check(clean(done.stderr), f"{words}: the log is not clean: {done.stderr[-300:]}")
        return done

    def take(self):
        """A census of a list whose column is poison: what came in is what is recorded."""
        with open(os.path.join(self.world.directory, "list.csv"), encoding="utf-8") as f:
            names = [line.split(",")[1] for line in f.read().splitlines()[1:]]
        listed = [p.replace("\0", "0") for p in POISON if all(ord(c) < 0x7f for c in p)]
        notes = {name: listed[i % len(listed)] for i, name in enumerate(names)}
        path = os.path.join(self.folder, "list.csv")
        with open(path, "w", encoding="utf-8", newline="") as f:
            writer = csv.writer(f)
            writer.writerow(["domain", "note"])
            writer.writerows((name, note.replace("\r\n", " ")) for name, note in notes.items())
        done = subprocess.run(self.world.command(census.PROGRAM, "run", path, "-o", self.run, *self.world.options()), capture_output=True)
        self.count.check(done.returncode == 0 and clean(done.stderr) and clean(done.stdout), f"run: {done.returncode} {done.stderr[-500:]}")
        records = list(self.records("domains"))
        wrong = [r["domain"] for r in records if r["input"]["note"].strip() != notes[r["domain"]].replace("\r\n", " ").strip()]
        self.count.check(len(records) == len(names) and not wrong, f"the column is not what came in: {wrong[:5]}")

    def records(self, kind):
        lines = subprocess.run(["zstd", "-dcq", os.path.join(self.run, f"{kind}.jsonl.zst")], capture_output=True, check=True).stdout
        self.count.check(clean(lines), f"{kind}: raw control characters in JSON")
        return map(json.loads, lines.splitlines())

    def poison(self):
        """Into every text that a stranger writes."""
        for kind in KINDS[:4]:
            out = []
            for i, record in enumerate(self.records(kind)):
                out.append(json.dumps(self.spoil(record, POISON[i % len(POISON)])))
            data = "".join(line + "\n" for line in out).encode()
            subprocess.run(["zstd", "-qf", f"--stream-size={len(data)}", "-o", os.path.join(self.run, f"{kind}.jsonl.zst")], input=data, check=True)

    def spoil(self, value, text, member=""):
        if isinstance(value, dict):
            return {key: self.spoil(inner, text, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.spoil(inner, text, member) for inner in value]
        strange = {"txt", "banner", "ehlo", "ehlo_tls", "body", "media_type", "redirect", "subject", "issuer", "names", "note", "rua", "worker"}
        return text if member in strange and isinstance(value, str) else value

    def hold_csv(self, name, data):
        self.count.check(clean(data, b"\r\n"), f"{name}: not clean: {data[:200]}")
        rows = list(csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline="")))
        self.count.check(rows and all(len(row) == len(rows[0]) for row in rows), f"{name}: rows are not of one width")
        formulas = [cell for row in rows for cell in row if FORMULA.match(cell)]
        self.count.check(not formulas, f"{name}: formulas: {formulas[:5]}")

    def look(self):
        """Everything that is printed or written of it."""
        for kind in KINDS:
            done = self.program("export", self.run, "--kind", kind)
            self.count.check(done.returncode == 0, f"export {kind}: {done.returncode}")
            self.hold_csv(f"export {kind}", done.stdout)
        for words in (["status", self.run], ["stats", self.run, "--group-by", "note"]):
            done = self.program(*words)
            self.count.check(done.returncode == 0 and clean(done.stdout), f"{words}: {done.returncode} {done.stdout[:300]} {done.stderr[-300:]}")
        for name in sorted(os.listdir(self.run)):
            if name.endswith(".csv"):
                with open(os.path.join(self.run, name), "rb") as f:
                    self.hold_csv(name, f.read())
        with open(os.path.join(self.run, "adoption.csv"), encoding="utf-8") as f:
            self.count.check("HYPERLINK" in f.read(), "the poison has not reached adoption.csv")
        self.look_at_report()

    def look_at_report(self):
        done = self.program("report", self.run)
        path = os.path.join(self.run, "report.html")
        self.count.check(done.returncode == 0 and os.path.exists(path), f"report: {done.returncode} {done.stderr[-500:]}")
        with open(path, encoding="utf-8") as f:
            html = f.read()
        self.count.check("alert(1)</script>" not in html and "<img src=x" not in html, "report.html: markup of strangers")

    def judge(self):
        for kind in ("spf", "dmarc", "mta-sts", "tls-rpt", "bimi", "caa", "dkim", "policy"):
            for text in POISON:
                done = self.program("judge", kind, data=json.dumps({"txt": [text, "v=spf1 " + text], "body": text}).encode() + b"\n")
                lines = done.stdout.splitlines()
                self.count.check(clean(done.stdout) and all(isinstance(json.loads(line), dict) for line in lines), f"judge {kind} {text!r}")

    def names(self):
        """In what a command line says, too."""
        for text in POISON:
            if "\0" not in text:
                self.program("stats", f"/nowhere/{text}".encode("utf-8", "surrogateescape"))
                self.program("run", "/nowhere/list", f"--{text}")


def main():
    count = census.Count()
    folder = tempfile.mkdtemp(prefix="mxcensus-poison.")
    try:
        with census.World("--domains", "60", "--seed", "5") as world:
            one = Poisoned(count, world, folder)
            one.take()
        one.poison()
        one.look()
        one.judge()
        one.names()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
