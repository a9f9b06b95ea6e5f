#!/usr/bin/python3
"""The same poison through every output: terminal escapes, CR LF, NUL, bytes that are no UTF-8, quotes, formulas, markup, in a list's
column, in TXT, banner, EHLO, policy, Location and certificate, said by real peers; then written into every text of the records. JSON
stays valid, CSV inert, terminal and log clean, HTML text."""

import concurrent.futures
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import census  # noqa: E402

sys.path.insert(0, census.TOP)
from tests.world import addresses  # noqa: E402
from tests.world.description import Description  # noqa: E402

# As a record has it: a byte of a stranger's that is no UTF-8 is written \u0080 to \u00ff.
POISON = ["\x1b]0;owned\x07\x1b[2J\x1b[31mred", "one\r\nX-Two: three", "nul\0nul", "\u00ff\u00fe\u00c0\u0080", "\u009b31m\x7f",
          'a "quoted", \'single\'', '=HYPERLINK("http://evil.example","click")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1,1)", "\t=1+1",
          "<script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", "%s%n%x", "a;b,c|d\\e"]
FORMULA = re.compile(r"[=+@]|-(?!$|[\d.]+$)")
AT_ONCE = 4  # checks: they wait most of the time
KINDS = ("domains", "policies", "mx", "certs", "joined")


def clean(data, line_ends=b"\n"):
    """What a terminal may be given: UTF-8, and of control characters line ends alone."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text.replace("\r\n", "\n") if line_ends == b"\r\n" else text)


def describe(path, peers):
    """Two domains for each poison: one has a policy, the other's host sends its visitors elsewhere."""
    description = Description()
    for i, (text, address) in enumerate((text, address) for text, address in zip(POISON, peers) for _ in range(2)):
        domain = f"{('said', 'moved')[i % 2]}{i // 2}.com"
        wire = text.encode("latin-1").decode("utf-8", "surrogateescape")
        description.host("mx." + domain, a=[address])
        description.domain(domain, rank=i + 1, a=[addresses.WEB], mx=[[10, "mx." + domain]],
                           spf=dict(txt=[f"v=spf1 {wire} mx -all"]), dmarc=dict(txt=[f"v=DMARC1; p=none; rua=mailto:{wire}", wire]),
                           mta_sts=dict(txt=[f"v=STSv1; id=1; {wire}"]), tls_rpt=dict(txt=[f"v=TLSRPTv1; rua=https://{wire}"]),
                           bimi=dict(txt=[f"v=BIMI1; l=https://{wire}"]), policy=dict(case="refused", address=address))
    description.write(path)


class Peers:
    """poison_peers.py inside a world, for the with block."""

    def __init__(self, world, folder, peers):
        self.world, self.folder = world, folder
        with open(os.path.join(folder, "peers.json"), "w", encoding="utf-8") as f:
            json.dump([{"address": address, "text": text} for address, text in zip(peers, POISON)], f)

    def __enter__(self):
        program = os.path.join(census.TOP, "tests", "system", "poison_peers.py")
        self.process = subprocess.Popen(self.world.command(program, self.folder), stdin=subprocess.PIPE)
        while not os.path.exists(os.path.join(self.folder, "ready")):
            if self.process.poll() is not None:
                raise SystemExit("poison_peers.py does not start")
            time.sleep(0.05)

    def __exit__(self, *_):
        self.process.communicate()


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
        done = subprocess.run(self.world.command(census.PROGRAM, "run", "-v", "-v", path, "-o", self.run, *self.world.options()),
                              capture_output=True)
        self.count.check(done.returncode == 0 and clean(done.stderr) and clean(done.stdout), f"run: {done.returncode} {done.stderr[-500:]}")
        records = list(self.records("domains"))
        wrong = [r["domain"] for r in records if r["input"]["note"].strip() != notes[r["domain"]].replace("\r\n", " ").strip()]
        self.count.check(len(records) == len(names) and not wrong, f"the column is not what came in: {wrong[:5]}")

    def records(self, kind):
        lines = subprocess.run(["zstd", "-dcq", os.path.join(self.run, f"{kind}.jsonl.zst")], capture_output=True, check=True).stdout
        self.count.check(clean(lines), f"{kind}: raw control characters in JSON")
        return map(json.loads, lines.splitlines())

    def heard(self):
        """What the peers said is what is recorded, a character for a byte."""
        domains = {r["domain"]: r for r in self.records("domains")}
        hosts = {r["host"]: r for r in self.records("mx")}
        policies = {r["domain"]: r for r in self.records("policies")}
        names = "".join(json.dumps([r["subject"], r.get("names")]) for r in self.records("certs"))
        for i, text in enumerate(POISON):
            said, host, policy = domains[f"said{i}.com"], hosts[f"mx.said{i}.com"], policies[f"said{i}.com"]
            self.count.check(said["spf"]["txt"] == [f"v=spf1 {text} mx -all"], f"TXT {text!r}: {said['spf']}")
            self.count.check(text in said["dmarc"]["txt"], f"TXT {text!r}: {said['dmarc']}")
            self.count.check(text in policy.get("body", ""), f"policy {text!r}: {policy}")
            if "\n" not in text:
                self.count.check(host.get("banner") == f"220 mx {text}", f"banner {text!r}: {host}")
                self.count.check(f"X-{text}" in host.get("ehlo", []), f"EHLO {text!r}: {host}")
        self.count.check("HYPERLINK" in names and "alert(1)" in names, f"certificates: {names[:500]}")
        moved = json.dumps([r.get("redirect") or r.get("http", {}).get("redirect") for r in policies.values()])
        self.count.check("HYPERLINK" in moved and "alert(1)" in moved, f"Location: {moved[:500]}")

    def ask(self):
        """`check` of each, for a person and as JSON."""
        def check(words):
            command = self.world.command(census.PROGRAM, "check", "-v", "-v", *words, *self.world.options())
            return words, subprocess.run(command, capture_output=True, timeout=120)

        rows = [[f"{name}{i}.com", *more] for i in range(len(POISON)) for name, more in (("said", []), ("said", ["--json"]), ("moved", []))]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for words, done in pool.map(check, rows):
                self.count.check(done.stdout and clean(done.stdout) and clean(done.stderr), f"check {words}: {done.stdout} {done.stderr}")

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
    peers = [f"127.64.8.{i + 1}" for i in range(len(POISON))]
    try:
        describe(f"{folder}/description.jsonl", peers)
        with census.World("--description", f"{folder}/description.jsonl") as world, Peers(world, folder, peers):
            one = Poisoned(count, world, folder)
            one.take()
            one.ask()
        one.heard()
        one.look()
        one.poison()
        one.look()
        one.judge()
        one.names()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count.report()


if __name__ == "__main__":
    sys.exit(main())
