"""generate: a run directory of made-up records, in which everything that a record can say, and leave out, meets everything
else: far wilder than what a scanner finds, so that a figure that is counted otherwise by the program and by its recount shows.

usage: python3 -m tests.recount.generate --domains N --seed S RUN
"""
import argparse
import base64
import datetime
import hashlib
import json
import os
import random
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

FRAME = 4096                 # records
START = datetime.datetime(2026, 11, 24, 12)
AGAIN = ["timeout", "servfail", "connection-refused", "reset", "blocked", "smtp-transient", "not-probed", "opted-out", "quarantined"]
FINAL = ["no-address", "nxdomain", "special-address", "not-smtp", "smtp-permanent", "starttls-absent", "starttls-declined",
         "starttls-injection", "tls-failed", "no-tls"]
VERDICTS = ["valid", "invalid", "absent", "unknown"]
DNSSEC = ["secure", "insecure", "bogus", "indeterminate", None]
TLDS = ["com", "de", "net", "co.uk", "com.br", "org", "ch", "museum", "xn--p1ai", "kawasaki.jp", "city.kawasaki.jp", "ck", "www.ck", "io"]
PARENTS = ["l.google.com", "mail.protection.outlook.com", "aspmx.googlemail.com", "pphosted.com", "yandex.net", "h-email.net",
           "park-mx.above.com", "someone.github.io", "a.b.example.co.uk", "mail.foo.kawasaki.jp", "x.city.kawasaki.jp", "y.www.ck", "z.q.ck"]
OWN = ["google.com", "outlook.com", "proofpoint.com", "yandex.ru", "h-email.net", "someone.github.io"]    # operators of some of these
SECTORS = ["bank", "school", "", "=shop", "zoo \"quoted\", and more", None]


def stamp(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def kept(**members):
    """A record without the members that are not there."""
    return {k: v for k, v in members.items() if v is not None}


class Maker:
    def __init__(self, domains, seed):
        self.rng = random.Random(seed)
        self.count = domains
        self.host_names = [self.host_name(i) for i in range(max(40, domains // 4))]
        self.real = [self.real_certificate(i) for i in range(12)]
        self.fake = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(max(20, domains // 10))]

    def when(self):
        return START + datetime.timedelta(seconds=self.rng.randrange(36000))

    def host_name(self, i):
        rng = self.rng
        if rng.random() < 0.02:
            return rng.choice(["localhost", "com", "kawasaki.jp", "google.com", f"h{i}"]) if i < 100 else f"single{i}"
        parent = rng.choice(PARENTS) if rng.random() < 0.5 else f"op{int(rng.paretovariate(0.6)) % 5000}.{rng.choice(TLDS)}"
        return f"mx{i}.{parent}"

    @staticmethod
    def real_certificate(i):
        """A certificate that can be judged: its times do not depend on the seed, its key does not matter."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"mx{i}.example")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(i + 1) \
            .not_valid_before(START - datetime.timedelta(days=60)).not_valid_after(START + datetime.timedelta(days=60)) \
            .sign(key, hashes.SHA256())
        der = made.public_bytes(serialization.Encoding.DER)
        spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return dict(sha256=hashlib.sha256(der).hexdigest(), spki_sha256=hashlib.sha256(spki).hexdigest(), der=der,
                    not_after=START + datetime.timedelta(days=60))

    # ---- records ----

    def protocol(self, **members):
        rng = self.rng
        if rng.random() < 0.03:
            return None
        verdict = rng.choices(VERDICTS, [5, 2, 3, 1])[0]
        found = kept(verdict=verdict) if rng.random() > 0.01 else {}
        if verdict in ("valid", "invalid"):
            found.update(kept(**{name: rng.choice(values) for name, values in members.items()}))
        return found

    def spf(self):
        found = self.protocol(all=["fail", "softfail", "neutral", "pass", None], redirect=["y.example", None, None],
                              effective_all=["fail", "softfail", "neutral", "pass", None, None])
        if found is not None and found.get("verdict") == "unknown":
            found["outcome"] = self.rng.choice(["ok", "ok", "timeout", "servfail"])
        return found

    def dmarc(self):
        rng = self.rng
        found = self.protocol(p=["none", "quarantine", "reject", None], t=["y", "n", None], rua=[["mailto:a@example.org"], None])
        if found is not None and rng.random() > 0.05:
            found["effective"] = kept(verdict=rng.choice(["valid", "absent", "unknown", None]),
                                      policy=rng.choice(["none", "quarantine", "reject", "unknown", None]))
        return found

    def ns(self):
        rng = self.rng
        if rng.random() < 0.1:
            return None
        outcome = rng.choices(["ok", "nodata", "nxdomain", "servfail"], [9, 1, 1, 1])[0]
        some = ["ns1.sedoparking.com", "ns1.example.org", "ns2.voodoo.com", "bodis.com", "xbodis.com", "ns.example.net"]
        return kept(outcome=outcome, hosts=rng.sample(some, rng.choice([1, 2])) if outcome == "ok" and rng.random() > 0.05 else None)

    def mx(self):
        rng = self.rng
        kind = rng.choices(["hosts", "null", "implicit", "none", "unknown", None], [16, 1, 2, 2, 1, 0.2])[0]
        outcome = {"hosts": "ok", "null": "ok", "implicit": "nodata", "none": rng.choice(["nodata", "nxdomain"])}.get(kind, "servfail")
        found = kept(outcome=outcome, kind=kind, dnssec=rng.choice(DNSSEC))
        if kind == "hosts":
            hosts = []
            for i in range(rng.choice([0, 1, 1, 1, 2, 2, 3, 5])):
                name = rng.choice(self.host_names) if rng.random() > 0.02 else f"never-seen{rng.randrange(50)}.example.org"
                bad = "mx-target-address" if rng.random() < 0.05 else None
                hosts.append(kept(preference=10 * i, host=name, violation=bad))
            found["hosts"] = hosts
        return found

    def domain(self, i):
        rng = self.rng
        name = f"op{i}.{TLDS[i % len(TLDS)]}" if i < 200 else OWN[i - 200] if i < 200 + len(OWN) else f"d{i}.{rng.choice(TLDS)}"
        rank = i + 1 if rng.random() > 0.05 else None
        sector = rng.choice(SECTORS)
        record = kept(v=1, domain=name, rank=rank, input={"sector": sector} if sector is not None else None, time=stamp(self.when()),
                      worker=rng.choice(["one-1", "two-2"]), vantage="here", attempts=1)
        if rng.random() < 0.01:
            record.update(exists="unknown", outcome="quarantined")
            return record
        record.update(kept(
            exists=rng.choices(["yes", "no", "unknown"], [20, 2, 1])[0], mx=self.mx(),
            spf=self.spf(),
            dmarc=self.protocol(p=["none", "quarantine", "reject", None], t=["y", "n", None], rua=[["mailto:a@example.org"], None],
                                effective=[{"verdict": "valid", "policy": "none"}, {"verdict": "valid", "policy": "reject"},
                                           {"verdict": "valid", "policy": "quarantine"}, {"verdict": "valid"}, {"verdict": "invalid"},
                                           {"verdict": "absent"}, {"verdict": "unknown"}, {}, None]),
            mta_sts=self.protocol(id=["1", "20261124T000000", None],
                                  violations=[None, ["sts-id-missing", "sts-field-repeated"], ["sts-multiple"], ["sts-field-repeated"]]), tls_rpt=self.protocol(), bimi=self.protocol(),
            dkim=kept(node=rng.choice(["yes", "no", "unknown", None]), key=rng.choice(["yes", "no", "no", "unknown", None]),
                      control=rng.choice([True, None, None]), unanswered=rng.choice([1, 3, None, None])), caa=self.protocol()))
        return record

    def policy(self, domain):
        rng = self.rng
        if "mta_sts" not in domain or rng.random() < 0.1:
            return None
        hosts = [h["host"] for h in domain.get("mx", {}).get("hosts", [])] or ["mx.example.org"]
        patterns = [rng.choice([h, h.upper(), "*." + h.split(".", 1)[-1], "*." + h, h + ".", "x" + h, h[1:], "other.example", "*.com",
                                "mta-sts." + h, "mail.mta-sts." + h.split(".", 1)[-1], h.rsplit(".", 1)[0] + ".xyz"]) for h in hosts]
        aliases = rng.choice([None, None, ["a.policies.example.com"], ["x.example.net", "mta-sts.tutanota.de"]])
        own = ".".join(domain["domain"].split(".")[-2:])
        operator = rng.choice([None, None, own, domain["domain"], "easydmarc.pro", "someone.github.io", f"large{rng.randrange(3)}.net",
                               f"small{rng.randrange(2000)}.co.uk"])
        steps = [("dns", "nxdomain"), ("connect", "timeout"), ("tls", "certificate"), ("tls", "reset"), ("http", "http-status"), ("syntax", "syntax")]
        step, outcome = rng.choice(steps) if rng.random() < 0.4 else ("done", "ok")
        if rng.random() < 0.05:   # what no scanner of ours writes
            step, outcome = rng.choice([None, "later", "http", "done"]), rng.choice([None, "certificate", "syntax", "http-status"])
        return kept(v=1, domain=domain["domain"], time=stamp(self.when()), worker=rng.choice(["one-1", "two-2"]), vantage="here", attempts=1,
                    host="mta-sts." + domain["domain"], outcome=outcome, step=step, operator=operator,
                    lookup=kept(outcome="ok", aliases=aliases), verdict=rng.choices(VERDICTS + [None], [6, 2, 1, 1, 0.2])[0],
                    tls=self.tls()[1] if rng.random() > 0.2 else None, http=kept(status=rng.choice([404, 503, 200, None])),
                    violations=rng.choice([None, ["policy-mx-empty", "policy-line-blank"], ["policy-media-type"], ["policy-html", "not-a-name"]]),
                    mode=rng.choice(["enforce", "testing", "none", None]), mx=patterns if rng.random() > 0.1 else None)

    def tlsa(self, leaf):
        rng = self.rng
        outcome = rng.choices(["ok", "nxdomain", "nodata", "timeout", "servfail"], [3, 5, 1, 1, 1])[0]
        found = kept(outcome=outcome, dnssec=rng.choice(DNSSEC))
        if outcome == "ok":
            leaf = leaf or rng.choice(self.real)
            whole = leaf.get("der", b"").hex() or "00"
            some = [f"3 1 1 {leaf['spki_sha256']}", f"3 0 1 {leaf['sha256']}", f"3 0 0 {whole}", f"3 1 1 {'00' * 32}", f"1 1 1 {leaf['spki_sha256']}",
                    f"0 0 1 {leaf['sha256']}", f"3 0 1 {'ab' * 32}"]
            found["records"] = rng.sample(some, rng.choice([1, 1, 2]))
            found["usable"] = sum(record.startswith("3 ") for record in found["records"])
        return found

    def tls(self):
        rng = self.rng
        real = rng.random() < 0.3
        leaf = rng.choice(self.real) if real else None
        chain = [leaf["sha256"] if real else rng.choice(self.fake)] + ([rng.choice(self.fake)] if rng.random() < 0.5 and not real else [])
        errors = rng.choice([None, ["expired"], ["self-signed"], ["expired", "self-signed"], ["untrusted-root"]])
        return leaf, kept(version=rng.choices(["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1", "SSLv3", None], [9, 5, 1, 1, 0.2, 0.2])[0],
                          chain=chain if rng.random() > 0.02 else None,
                          pkix=kept(verdict=rng.choices(["valid", "invalid", "unknown", None], [7, 3, 0.5, 0.2])[0], errors=errors),
                          name_match=rng.choice([True, True, False, None]))

    def sight(self, host, i):
        rng = self.rng
        outcome = rng.choices(["ok", rng.choice(AGAIN), rng.choice(FINAL)], [14, 3, 4])[0]
        if rng.random() < 0.08:
            return [kept(v=1, host=host, time=stamp(self.when()), worker="one-1", outcome=outcome if outcome != "ok" else "timeout", step="address")
                    | {"address": None}]
        found = []
        for n in range(rng.choice([1, 1, 1, 2, 3])):
            leaf, tls = self.tls()
            address = f"192.0.2.{n}" if rng.random() < 0.8 else f"2001:db8::{i:x}:{n}"
            record = kept(v=1, host=host, address=address, time=stamp(self.when()), worker=rng.choice(["one-1", "two-2"]), outcome=outcome,
                          step="quit", starttls=rng.choice(["offered", "offered", "absent", "unknown", None]),
                          lookup={"a": "ok", "aaaa": rng.choice(["ok", "nodata", "nodata", "timeout"])},
                          tlsa=self.tlsa(leaf) if rng.random() > 0.05 else None, tls=tls if outcome == "ok" else None,
                          ehlo_tls=rng.choice([["SIZE"], [], None]), requiretls=rng.choice([True, False, None]))
            found.append(record)
            outcome = rng.choices([outcome, "ok", rng.choice(AGAIN), rng.choice(FINAL)], [5, 3, 1, 1])[0]
        return found

    def certificates(self):
        rng = self.rng
        for real in self.real:
            yield dict(v=1, sha256=real["sha256"], spki_sha256=real["spki_sha256"], not_after=stamp(real["not_after"]),
                       der=base64.b64encode(real["der"]).decode())
        month = datetime.timedelta(days=30)
        for sha256 in self.fake:
            end = rng.choice([START, START + month, START + month * 2, START - month, self.when(), self.when() + month, START + month + datetime.timedelta(1)])
            if rng.random() > 0.03:
                yield dict(v=1, sha256=sha256, spki_sha256=sha256, not_after=stamp(end))

    def everything(self):
        """(kind, record), in no order."""
        for i in range(self.count):
            domain = self.domain(i)
            yield "domains", domain
            policy = self.policy(domain)
            if policy:
                yield "policies", policy
        for i, host in enumerate(dict.fromkeys(self.host_names)):
            for record in self.sight(host, i):
                yield "mx", record
        for record in self.certificates():
            yield "certs", record


class Files:
    """The files of a run: frames of whole lines, one after another."""

    def __init__(self, run):
        self.files = {kind: open(os.path.join(run, kind + ".jsonl.zst"), "wb") for kind in ("domains", "policies", "mx", "certs")}
        self.lines = {kind: [] for kind in self.files}
        self.counts = dict.fromkeys(self.files, 0)

    def add(self, kind, record):
        self.lines[kind].append(json.dumps(record, separators=(",", ":")))
        self.counts[kind] += 1
        if len(self.lines[kind]) == FRAME:
            self.frame(kind)

    def frame(self, kind):
        if self.lines[kind]:
            text = ("\n".join(self.lines[kind]) + "\n").encode()
            packed = subprocess.run(["zstd", "-qc", "-1", f"--stream-size={len(text)}"], input=text, stdout=subprocess.PIPE, check=True)
            self.files[kind].write(packed.stdout)
            self.lines[kind] = []

    def close(self):
        for kind, file in self.files.items():
            self.frame(kind)
            file.close()


def generate(run, domains, seed):
    os.makedirs(run, exist_ok=True)
    files = Files(run)
    for kind, record in Maker(domains, seed).everything():
        files.add(kind, record)
    files.close()
    about = dict(v=1, run="generated", epoch="0", version="0", vantage="here", started=stamp(START), finished=stamp(START),
                 list=dict(files=["list.csv"], sha256="0", lines=domains, accepted=domains, duplicates=0, rejected=0, columns=["sector"]),
                 settings={}, counts=files.counts)
    with open(os.path.join(run, "run.json"), "w", encoding="utf-8") as text:
        json.dump(about, text)


def main():
    parser = argparse.ArgumentParser(description="a run directory of made-up records")
    parser.add_argument("--domains", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("run")
    args = parser.parse_args()
    generate(args.run, args.domains, args.seed)


if __name__ == "__main__":
    main()
