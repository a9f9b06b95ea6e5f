#!/usr/bin/python3
"""Hold every record of run directories to the JSON Schemas under output/schema.

usage: test_schema.py [RUN_DIR...]
Without a run directory the schemas themselves are held to examples: good records, and the same
with one thing wrong. The last line is "N passed, N failed"; a record counts as one.
"""
import copy
import json
import pathlib
import re
import subprocess
import sys

import jsonschema

TOP = pathlib.Path(__file__).resolve().parents[2]
KINDS = ("domains", "policies", "mx", "certs")
TOLD_MAX = 20

SHA = "0123456789abcdef" * 4
ABOUT = {"v": 1, "time": "2026-11-24T07:41:03Z", "worker": "w1", "vantage": "here", "attempts": 1}
TLS = {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "chain": [SHA],
       "pkix": {"verdict": "invalid", "errors": ["expired", "self-signed"]}, "name_match": True}
ABSENT = {"outcome": "nxdomain", "dnssec": "secure", "verdict": "absent"}

GOOD = {
    "domains": [
        {**ABOUT, "domain": "example.com", "rank": 12, "input": {"sector": "bank"}, "exists": "yes", "questions": 12,
         "mx": {"outcome": "ok", "dnssec": "secure", "ttl": 300, "kind": "hosts", "verdict": "invalid",
                "violations": ["mx-target-address"],
                "hosts": [{"preference": 10, "host": "mx1.example.com"},
                          {"preference": 20, "host": "192.0.2.1", "violation": "mx-target-address"}]},
         "ns": {"outcome": "ok", "dnssec": "secure", "found_at": "example.com", "hosts": ["ns.example.com"]},
         "spf": {"outcome": "ok", "dnssec": "insecure", "aliases": ["a.b"], "txt": ["v=spf1 -all"],
                 "verdict": "valid", "all": "fail", "lookup_terms": 0},
         "dmarc": {"outcome": "ok", "dnssec": "secure", "txt": ["v=DMARC1; p=none"], "verdict": "valid",
                   "p": "none", "rua": ["mailto:a@example.com"],
                   "effective": {"verdict": "valid", "domain": "example.com", "tag": "p", "policy": "none"},
                   "external": [{"host": "example.net", "outcome": "nxdomain", "authorized": "no"}]},
         "mta_sts": {"outcome": "timeout", "verdict": "unknown"},
         "tls_rpt": ABSENT, "bimi": ABSENT,
         "dkim": {"outcome": "nodata", "dnssec": "secure", "wildcard": True, "node": "yes", "key": "yes", "asked": 2,
                  "unanswered": 1,
                  "keys": [{"selector": "a.b", "outcome": "ok", "dnssec": "secure", "txt": ["v=DKIM1; p="], "verdict": "valid",
                            "k": "rsa", "revoked": True, "t": ["y"]}]},
         "wildcard": {"outcome": "nodata", "dnssec": "secure"},
         "caa": {"outcome": "ok", "dnssec": "secure", "records": ["0 issue \";\""], "verdict": "valid", "issue": []}},
        {**ABOUT, "domain": "bad.example", "exists": "unknown", "outcome": "quarantined"},
    ],
    "policies": [
        {**ABOUT, "domain": "example.com", "host": "mta-sts.example.com", "outcome": "ok", "step": "done",
         "lookup": {"outcome": "ok", "dnssec": "insecure", "aliases": ["x.y"], "a": "ok", "aaaa": "nodata"}, "address": "127.64.9.1",
         "tls": {**TLS, "pkix": {"verdict": "valid"}},
         "http": {"status": 200, "media_type": "text/plain", "size": 30}, "body": "version: STSv1\r\n",
         "verdict": "valid", "mode": "enforce", "max_age": 604800, "mx": ["*.example.com"]},
        {**ABOUT, "domain": "example.net", "host": "mta-sts.example.net", "outcome": "nxdomain",
         "step": "dns", "lookup": {"outcome": "nxdomain", "dnssec": "insecure", "a": "nxdomain"}, "verdict": "absent"},
    ],
    "mx": [
        {**ABOUT, "host": "mx1.example.com", "address": "127.64.3.4",
         "lookup": {"a": "ok", "aaaa": "nodata", "dnssec": "secure"},
         "tlsa": {"outcome": "ok", "dnssec": "secure", "records": ["3 1 1 abcdef"], "base": "mx1.example.com",
                  "verdict": "invalid", "violations": ["tlsa-length", "tlsa-none-usable"], "usable": 0},
         "outcome": "ok", "step": "quit", "banner": "220 mx ESMTP", "ehlo": ["PIPELINING", "STARTTLS"],
         "starttls": "offered",
         "tls": {**TLS, "sni": "mx1.example.com", "group": "x25519", "signature": "ed25519", "ocsp_staple": 471},
         "ehlo_tls": ["REQUIRETLS"], "requiretls": True},
        {**ABOUT, "host": "mx2.example.com", "address": None, "lookup": {"a": "nodata", "aaaa": "nodata", "violations": ["mx-target-no-address"]},
         "outcome": "no-address", "step": "address"},
        {**ABOUT, "host": "mx3.example.com", "address": "fd64:6d78::1", "outcome": "starttls-declined",
         "step": "starttls", "starttls": "offered", "code": 502},
        {**ABOUT, "host": "mx4.example.com", "address": "127.64.3.5", "outcome": "ok", "step": "quit", "starttls": "offered",
         "tls": {**TLS, "sni": "mx4.example.com"}, "after_tls": {"outcome": "smtp-transient", "code": 421}},
    ],
    "certs": [
        {"v": 1, "sha256": SHA, "spki_sha256": SHA, "subject": "CN=a", "issuer": "CN=b", "serial": "0a",
         "names": ["*.example.com"], "not_before": ABOUT["time"], "not_after": ABOUT["time"],
         "key": {"type": "EC", "bits": 256, "curve": "P-256"}, "signature": "ecdsa-with-SHA256",
         "self_signed": False, "ca": False, "scts": 0, "der": "AAAA"},
    ],
}

NOTHING = object()
# kind, which good record, path of the member, its new value (NOTHING: taken away)
WRONG = [
    ("domains", 0, ["v"], 2),
    ("domains", 0, ["surprise"], 1),
    ("domains", 0, ["domain"], "Example.com"),
    ("domains", 0, ["domain"], "example.com."),
    ("domains", 0, ["time"], "2026-11-24 07:41:03"),
    ("domains", 0, ["exists"], "maybe"),
    ("domains", 0, ["spf"], NOTHING),
    ("domains", 0, ["spf", "verdict"], "good"),
    ("domains", 0, ["spf", "violations"], []),
    ("domains", 0, ["spf", "violations"], ["no-such-violation"]),
    ("domains", 0, ["mta_sts", "dnssec"], "secure"),  # of a timeout
    ("domains", 0, ["mx", "outcome"], "ok-ish"),
    ("domains", 0, ["mx", "hosts", 0, "preference"], 65536),
    ("domains", 0, ["mx", "hosts"], []),
    ("domains", 0, ["ns", "hosts"], []),
    ("domains", 0, ["caa", "issue"], "ca.example"),
    ("domains", 0, ["dkim", "keys", 0, "k"], "dsa"),
    ("domains", 0, ["dkim", "keys", 0, "bits"], 0),
    ("domains", 0, ["dkim", "key"], NOTHING),
    ("domains", 0, ["dkim", "control"], False),
    ("domains", 0, ["wildcard", "dnssec"], "good"),
    ("domains", 0, ["dmarc", "effective"], NOTHING),
    ("domains", 0, ["dmarc", "effective", "verdict"], "absent"),  # with a policy
    ("domains", 0, ["dmarc", "external", 0, "authorized"], "maybe"),
    ("domains", 0, ["rank"], 0),
    ("domains", 0, ["attempts"], NOTHING),
    ("domains", 1, ["exists"], "yes"),
    ("domains", 1, ["spf"], ABSENT),
    ("policies", 0, ["verdict"], "invalid"),  # although the outcome is ok
    ("policies", 0, ["step"], "tls"),
    ("policies", 0, ["http"], NOTHING),
    ("policies", 0, ["tls", "chain", 0], "abc"),
    ("policies", 0, ["tls", "pkix", "errors"], ["tired"]),
    ("policies", 1, ["host"], NOTHING),
    ("mx", 0, ["outcome"], "fine"),
    ("mx", 0, ["starttls"], "absent"),  # although the handshake worked
    ("mx", 0, ["tls"], NOTHING),
    ("mx", 0, ["tlsa", "records", 0], "3 1 abcdef"),
    ("mx", 1, ["step"], "connect"),  # without an address
    ("mx", 1, ["address"], NOTHING),
    ("mx", 2, ["code"], "502"),
    ("mx", 2, ["after_tls"], {"outcome": "closed"}),  # without TLS
    ("mx", 3, ["after_tls", "outcome"], "ok"),
    ("mx", 3, ["ehlo_tls"], []),  # although it failed
    ("certs", 0, ["sha256"], "ABC"),
    ("certs", 0, ["der"], NOTHING),
    ("certs", 0, ["time"], ABOUT["time"]),
]


def validator(kind):
    schema = json.loads((TOP / "output" / "schema" / f"{kind}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def changed(record, path, value):
    record = copy.deepcopy(record)
    at = record
    for step in path[:-1]:
        at = at[step]
    if value is NOTHING:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return record


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, good, text):
        if good:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= TOLD_MAX:
            print(text)


def check_examples(count):
    validators = {kind: validator(kind) for kind in KINDS}
    for kind, records in GOOD.items():
        for record in records:
            error = jsonschema.exceptions.best_match(validators[kind].iter_errors(record))
            count.check(error is None, f"{kind}: a good record: {error and error.message}")
    for kind, number, path, value in WRONG:
        record = changed(GOOD[kind][number], path, value)
        count.check(not validators[kind].is_valid(record), f"{kind}: {path} = {value!r} is let through")


def check_lists(count):
    """The closed lists of the code and of the schemas are the same."""
    def listed(header, pattern):
        return re.findall(pattern, (TOP / "scanner" / "base" / header).read_text())

    outcomes = listed("outcome.h", r'X\([A-Z_]+,\s*"([a-z0-9-]+)",\s*[01],')
    violations = listed("violation.h", r'X\([A-Z0-9_]+,\s*"([a-z0-9-]+)",\s*(?:FAULT|NOTE)')
    for kind, name, wanted in (("policies", "outcome", outcomes), ("mx", "outcome", outcomes),
                               ("domains", "violations", violations), ("policies", "violations", violations)):
        found = validator(kind).schema["$defs"][name]
        found = found.get("enum") or found["items"]["enum"]
        count.check(len(wanted) > 30 and found == wanted,
                    f"{kind}: {name}: only one of schema and code has {set(found) ^ set(wanted)}")


def check_run(count, run):
    for kind in KINDS:
        checker = validator(kind)
        path = run / f"{kind}.jsonl.zst"
        with subprocess.Popen(["zstd", "-dcq", str(path)], stdout=subprocess.PIPE) as lines:
            for number, line in enumerate(lines.stdout, 1):
                error = jsonschema.exceptions.best_match(checker.iter_errors(json.loads(line)))
                count.check(error is None, f"{path}: record {number}: {error and error.json_path}: "
                                           f"{error and error.message[:200]}: {line[:300]!r}")
        count.check(lines.returncode == 0, f"{path}: zstd cannot read it")


def main():
    count = Count()
    if len(sys.argv) == 1:
        check_examples(count)
        check_lists(count)
    for run in sys.argv[1:]:
        check_run(count, pathlib.Path(run))
    print(f"{count.passed} passed, {count.failed} failed")
    return 1 if count.failed else 0


sys.exit(main())
