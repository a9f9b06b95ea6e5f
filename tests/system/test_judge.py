#!/usr/bin/python3
"""mxcensus judge: tables of lines, and the judgement of each. The last line is "N passed, N failed, N skipped"."""

import json
import subprocess
import sys

from census import PROGRAM, Count

KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
POLICY = "version: STSv1\r\nmode: enforce\r\nmx: *.example.com\r\nmx: mail.example.net\r\nmax_age: 604800\r\n"
READ = {"mode": "enforce", "max_age": 604800, "mx": ["*.example.com", "mail.example.net"]}
A256 = "ab" * 32


def alone(addresses):
    """What a record leads to that ends in -all and looks up nothing."""
    return {"lookup_terms": 0, "lookups": 0, "void_lookups": 0, "effective_all": "fail",
            "authorised": {"ip4": addresses, "ip6_48": 0}}


# kind, what the line holds, and the whole judgement
ROWS = [
    ("spf", {"txt": []}, {"verdict": "absent"}),
    ("spf", {"txt": ["v=spf1 include:a.example ~all", "other"]},
     {"verdict": "valid", "all": "softfail", "includes": ["a.example"], "lookup_terms": 1}),
    ("spf", {"txt": ["v=spf1 -all", "v=spf1 -all"]}, {"verdict": "invalid", "violations": ["spf-multiple"]}),
    ("spf", {"txt": ["v=spf1 a:\u00e9.example -all"]}, {"verdict": "invalid", "violations": ["spf-not-ascii"]}),
    ("spf", {"txt": ["v=spf1 exists:a\0b.c -all"]},
     {"verdict": "invalid", "violations": ["spf-domain-invalid"], "all": "fail", "lookup_terms": 1}),
    ("spf", {"txt": ["v=spf1 " + "ip4:192.0.2.1 " * 70000 + "-all"]}, {"verdict": "valid", "all": "fail", **alone(1)}),
    ("spf", {"txt": ["v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.7 ip6:2001:db8::/40 ptr ?all"]},
     {"verdict": "valid", "violations": ["spf-ptr"], "all": "neutral", "lookup_terms": 1, "lookups": 1, "void_lookups": 0,
      "effective_all": "neutral", "authorised": {"ip4": 256, "ip6_48": 256, "approximate": True}}),
    ("spf", {"outcome": "ok", "txt": ["v=spf1 -all"], "verdict": "unknown"},  # a member of a record as it is
     {"verdict": "valid", "all": "fail", **alone(0)}),
    ("dmarc", {"txt": ["v=DMARC1; p=reject; rua=mailto:a@b.c"]},
     {"verdict": "valid", "p": "reject", "rua": ["mailto:a@b.c"]}),
    ("dmarc", {"txt": ["v=DMARC1"]}, {"verdict": "invalid", "violations": ["dmarc-policy-missing"]}),
    ("dkim", {"txt": ["v=DKIM1; k=ed25519; t=y; p=" + KEY]}, {"verdict": "valid", "k": "ed25519", "bits": 256, "t": ["y"]}),
    ("dkim", {"txt": ["v=DKIM1; p="]}, {"verdict": "valid", "k": "rsa", "revoked": True}),
    ("dkim", {"txt": ["v=DKIM1; p=x"]}, {"verdict": "invalid", "violations": ["dkim-key-invalid"], "k": "rsa"}),
    ("mta-sts", {"txt": ["v=STSv1; id=20240101;"]}, {"verdict": "valid", "id": "20240101"}),
    ("mta-sts", {"txt": ["v=STSv1; id=" + "1" * 33]}, {"verdict": "invalid", "violations": ["sts-id-invalid"]}),
    ("tls-rpt", {"txt": ["v=TLSRPTv1; rua=mailto:a@b.c,https://d.e/f"]},
     {"verdict": "valid", "rua": ["mailto:a@b.c", "https://d.e/f"]}),
    ("bimi", {"txt": ["v=BIMI1; l=; a="]}, {"verdict": "valid", "l": "", "a": ""}),
    ("caa", {"records": ['0 issue "ca.example; account=1"', "0 issuewild ;", '128 tbs "x"']},
     {"verdict": "valid", "violations": ["caa-critical-unknown"], "issue": ["ca.example"], "issuewild": []}),
    ("caa", {"txt": ['0 issuemail "ca.example"']}, {"verdict": "valid", "issuemail": ["ca.example"]}),
    ("caa", {"records": ["issue ca.example"]}, {"verdict": "invalid", "violations": ["caa-malformed"]}),
    ("caa", {"records": []}, {"verdict": "absent"}),
    ("tlsa", {"records": [f"3 1 1 {A256}", f"3 1 1 {A256[:32]} {A256[32:]}"]}, {"verdict": "valid", "usable": 2}),
    ("tlsa", {"txt": ["1 0 1 " + A256]},
     {"verdict": "invalid", "violations": ["tlsa-usage-unusable", "tlsa-none-usable"], "usable": 0}),
    ("tlsa", {"records": ["3 1 1 xyz"]},
     {"verdict": "invalid", "violations": ["tlsa-malformed", "tlsa-none-usable"], "usable": 0}),
    ("policy", {"policy": POLICY}, {"outcome": "ok", "verdict": "valid", **READ}),
    ("policy", {"policy": POLICY, "content_type": "Text/Plain; charset=utf-8", "status": 200,
                "mx": ["MX.example.com", "example.com", "a.b.example.com", "mail.example.net."]},
     {"outcome": "ok", "verdict": "valid", **READ,
      "hosts": [{"host": "MX.example.com", "match": True}, {"host": "example.com", "match": False, "mismatch": "third-level"},
                {"host": "a.b.example.com", "match": False, "mismatch": "third-level"}, {"host": "mail.example.net.", "match": True}]}),
    ("policy", {"policy": POLICY.replace("mail.", "mail.mta-sts."),
                "mx": ["mail.example.org", "a.mail.example.com", "smtp-in.example.net", "mail.exmaple.net", "elsewhere.test"]},
     {"outcome": "ok", "verdict": "valid", "mode": "enforce", "max_age": 604800, "mx": ["*.example.com", "mail.mta-sts.example.net"],
      "hosts": [{"host": h, "match": False, "mismatch": m} for h, m in (
          ("mail.example.org", "tld"), ("a.mail.example.com", "third-level"), ("smtp-in.example.net", "third-level-mta-sts"), ("mail.exmaple.net", "whole-domain"),
          ("elsewhere.test", "whole-domain"))]}),
    ("policy", {"policy": POLICY, "content_type": "text/html"},
     {"outcome": "ok", "verdict": "valid", "violations": ["policy-media-type"], **READ}),
    ("policy", {"policy": POLICY, "content_type": None, "status": None, "mx": None}, {"outcome": "ok", "verdict": "valid", **READ}),
    ("policy", {"policy": POLICY, "status": 404}, {"outcome": "http-status", "verdict": "invalid"}),
    ("policy", {"policy": POLICY, "status": 301, "mx": ["a.b"]}, {"outcome": "http-redirect", "verdict": "invalid"}),
    ("policy", {"policy": POLICY + "#" * 65536}, {"outcome": "too-large", "verdict": "invalid"}),
    ("policy", {"policy": ""}, {"outcome": "syntax", "verdict": "invalid", "violations": ["policy-empty"]}),
    ("policy", {"policy": "\ufeff" + POLICY}, {"outcome": "syntax", "verdict": "invalid", "violations": ["policy-bom"], **READ}),
    ("policy", {"policy": "soon"}, {"outcome": "syntax", "verdict": "invalid", "violations": ["policy-prose"]}),
    ("policy", {"policy": POLICY.replace("enforce", "Enforce"), "mx": ["mail.example.net"]},
     {"outcome": "syntax", "verdict": "invalid", "violations": ["policy-mode-invalid"], "max_age": 604800,
      "mx": READ["mx"], "hosts": [{"host": "mail.example.net", "match": True}]}),
]

# kind, a line as it stands on standard input, what the complaint says
BAD = [
    ("spf", b"", None),  # an empty line is none
    ("spf", b" \t\r", None),
    ("spf", b"v=spf1 -all", "not a JSON object"),
    ("spf", b'["v=spf1 -all"]', "not a JSON object"),
    ("spf", b'{"txt":["v=spf1 -all"]} x', "not a JSON object"),
    ("spf", b'{"txt":["v=spf1 \xe9"]}', "not a JSON object"),  # not UTF-8
    ("spf", b'{"txt":"v=spf1 -all"}', "wants"),
    ("spf", b'{"txt":[1]}', "wants"),
    ("spf", b'{"records":["v=spf1 -all"]}', "wants"),
    ("spf", b"{}", "wants"),
    ("caa", b'{"records":"0 issue ;"}', "wants"),
    ("tlsa", b'{"record":[]}', "wants"),
    ("policy", b'{"txt":["x"]}', "wants"),
    ("policy", b'{"policy":["x"]}', "wants"),
    ("policy", b'{"policy":"x","status":"200"}', "status"),
    ("policy", b'{"policy":"x","content_type":1}', "content_type"),
    ("policy", b'{"policy":"x","mx":"a.b"}', "mx"),
    ("policy", b'{"policy":"x","mx":[1]}', "mx"),
    ("spf", b"[" * 100000, "not a JSON object"),
]

# An escape from \u0080 on is one byte; what stands unescaped is UTF-8. The extension of a policy must be UTF-8.
BYTES = [
    (b"x: \xc3\xa9", "valid"),
    (b"x: \\u00c3\\u00a9", "valid"),
    (b"x: \\u00e9", "invalid"),
    (b"x: \\u20ac", "valid"),
    (b"x: \\u007f", "invalid"),
]


def judge(kind, data):
    done = subprocess.run([PROGRAM, "judge", kind], input=data, capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr.decode()


def check_rows(count):
    for kind in {row[0] for row in ROWS}:
        rows = [row for row in ROWS if row[0] == kind]
        status, out, err = judge(kind, "".join(json.dumps(row[1]) + "\n" for row in rows).encode())
        lines = [json.loads(line) for line in out.splitlines()]
        count.check(status == 0 and err == "" and len(lines) == len(rows), f"{kind}: {status}, {len(lines)} lines, {err}")
        for row, line in zip(rows, lines):
            count.check(line == row[2] and list(line) == list(row[2]), f"{kind}: {str(row[1])[:200]}: {line}")


def check_bad(count):
    """A bad line is told by its number, and the lines around it are judged."""
    for kind, line, complaint in BAD:
        good = json.dumps({"policy": POLICY} if kind == "policy" else {"txt": []}).encode()
        status, out, err = judge(kind, good + b"\n" + line + b"\n" + good)
        count.check(len(out.splitlines()) == 2, f"{kind} {line[:80]!r}: {out!r}")
        if complaint is None:
            count.check(status == 0 and err == "", f"{kind} {line!r}: {status} {err}")
        else:
            count.check(status == 3 and err.startswith("mxcensus: line 2: ") and complaint in err and err.count("\n") == 1,
                        f"{kind} {line[:80]!r}: {status} {err}")


def check_bytes(count):
    for line, verdict in BYTES:
        _, out, _ = judge("policy", b'{"policy":"' + POLICY.replace("\r\n", "\\r\\n").encode() + line + b'"}')
        count.check(json.loads(out)["verdict"] == verdict, f"{line!r}: {out!r}")


def check_words(count):
    for words, status in (([], 2), (["spf", "dmarc"], 2), (["sfp"], 2), (["mta_sts"], 2), (["--help"], 0)):
        done = subprocess.run([PROGRAM, "judge", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        count.check(done.returncode == status and (status == 0 or done.stderr.count("\n") == 1), f"{words}: {done}")
    count.check(judge("spf", b"") == (0, b"", ""), "no lines at all")
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "judge", "spf"], input=b'{"txt":[]}\n', stdout=full, stderr=subprocess.PIPE)
        count.check(done.returncode == 7, f"a full disk: {done}")


def check_conversation(count):
    """Each answer comes before the next line is there."""
    with subprocess.Popen([PROGRAM, "judge", "spf"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for _ in range(2):
            process.stdin.write(b'{"txt":[]}\n')
            process.stdin.flush()
            count.check(process.stdout.readline() == b'{"verdict":"absent"}\n', "an answer at once")
        process.stdin.close()
    count.check(process.returncode == 0, "its end")


def main():
    count = Count()
    check_rows(count)
    check_bad(count)
    check_bytes(count)
    check_words(count)
    check_conversation(count)
    return count.report()


sys.exit(main())
