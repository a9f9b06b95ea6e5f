"""Run directories written by hand, for the test of the report: run.json and CSV files of the forms that `stats` gives them."""

import csv
import json
import os
import random

METRICS = ("spf_present", "spf_valid", "spf_enforcing", "dmarc_present", "dmarc_valid", "dmarc_enforcing", "dmarc_reject",
           "dkim_node", "sts_record_present", "sts_record_valid", "sts_policy_valid", "sts_policy_testing", "sts_policy_enforce",
           "sts_deliverable", "tls_rpt_valid", "sts_tls_rpt_present", "five_present", "five_valid", "bimi_valid", "mx_dnssec",
           "starttls_some",
           "starttls_all", "mx_cert_valid_all", "mx_cert_match_all", "tls13_all", "dane_present", "dane_secure", "dane_valid",
           "requiretls_all", "ipv6_some", "a_metric_of_tomorrow")
POPULATIONS = ("all", "exists", "mx")
RANKS = (100, 1000, 10000)
TLDS = ("com", "org", "net", "de", "xn--p1ai", "(other)")
OPERATORS = ("Google", "Microsoft", "IONOS", "mxhost.example", "(other)")
SECTORS = ("bank", "government", "retail", "(other)")

POISON = (
    "<script>window.poisoned=1</script>",
    "<img src=x onerror=window.poisoned=1>",
    "\"><b>bold</b><a href='",
    "'=cmd|' /C calc'!A0",
    "$\\frac{a}{b}$ $x",
    "&lt;i&gt; &amp; &#60;",
    "]]></style><iframe src=//x.example>",
    "id=\"adoption\" url(#p) #0072b2",
    "\\x1b[31mred\\x07",
    "\u0645\u062b\u0627\u0644 \u4f8b\u3048 \U0001f4ec",
    "javascript:window.poisoned=1",
    "x" * 300,
)


def _write(directory, name, columns, rows):
    with open(os.path.join(directory, name), "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f)
        writer.writerow(columns)
        writer.writerows(rows)


def _share(random_numbers, size):
    """The seven cells of a share of so many domains."""
    unknown = random_numbers.randrange(size // 50 + 1)
    beside = random_numbers.randrange(size // 100 + 1)
    known = size - unknown
    yes = int(known * random_numbers.random() ** 2)
    low, high = yes / (size + beside), (yes + unknown + beside) / (size + beside)
    return yes, known, unknown, beside, f"{yes / known:.6f}" if known else "", f"{low:.6f}", f"{high:.6f}"


def _adoption(directory, groups):
    numbers = random.Random(1)
    rows = [(metric, population, group, *_share(numbers, size)) for metric in METRICS for population in POPULATIONS
            for group, size in groups]
    _write(directory, "adoption.csv", ("metric", "population", "group", "numerator", "denominator", "unknown",
                                       "population_unknown", "share", "low", "high"), rows)


MANAGEMENTS = ("self-managed", "third-party", "unclassified")
STEPS = ("mx", "record", "record-valid", "policy-dns", "policy-tcp", "policy-tls", "policy-http", "policy-syntax", "policy-mode",
         "mx-certificate", "mx-policy")
ERRORS = (("record", "sts-id-missing"), ("policy-tls", "name-mismatch"), ("policy-tls", "expired"), ("policy-http", "status-404"),
          ("policy-syntax", "any"), ("mx-certificate", "self-signed"), ("mx-policy", "third-level"))
FINDINGS = (("all-good", 700), ("some-good", 30), ("none-good", 50), ("expired", 20), ("name-mismatch", 31),
            ("revoked", 0))


def _ratio(part, whole):
    return f"{part / whole:.6f}" if whole else ""


def _funnel(directory):
    rows, left = [], 10000
    for step in STEPS:
        failed, unknown = left // 9, left // 90
        passed = left // 20 if step == "record" else left - failed - unknown
        if step == "record":
            failed = left - passed - unknown
        rows.append((step, "all", left, passed, failed, unknown, _ratio(passed, passed + failed)))
        for i, management in enumerate(MANAGEMENTS if step not in ("mx", "record") else ()):
            entered = left // (2 + i)
            rows.append((step, management, entered, entered // 2, entered - entered // 2, 0, "0.500000"))
        left = passed
    _write(directory, "sts_funnel.csv", ("step", "management", "entered", "passed", "failed", "unknown", "share"), rows)


def _errors(directory, more=()):
    rows = [(component, error, management, 10 * (i + 1), 500, 0 if component == "record" else 13, _ratio(10 * (i + 1), 500))
            for i, (component, error) in enumerate((*ERRORS, *(("record", text) for text in more)))
            for management in ("all", *MANAGEMENTS)]
    _write(directory, "sts_errors.csv", ("component", "error", "management", "domains", "denominator", "unknown", "share"), rows)


def _mx_certs(directory):
    rows = [(part, management, finding, n, 780, 9, _ratio(n, 780)) for part in ("mx", "sts_record", "sts_enforce")
            for management in ("all", *MANAGEMENTS) for finding, n in FINDINGS]
    _write(directory, "mx_certs.csv", ("population", "management", "finding", "domains", "denominator", "unknown", "share"), rows)


def _providers(directory, operators):
    columns = ("rank", "operator", "domains", "share", "own_domain", "metric", "own", "numerator", "denominator", "unknown",
               "customers", "low", "high")
    rows = [(i, name, 900 // i, f"{900 // i / 8000:.6f}", name, metric, "yes", 100 // i, 900 // i, 0, *[_ratio(100 // i, 900 // i)] * 3)
            for i, name in enumerate(operators, 1)
            for metric in ("sts_record_present", "dmarc_enforcing", "spf_valid", "sts_tls_rpt_present")]
    _write(directory, "providers.csv", columns, rows)
    _write(directory, "providers_largest.csv", ("largest", "metric", "numerator", "denominator", "unknown", "share", "low", "high"),
           [(10, "sts_tls_rpt_present", 3, 9, 1, "0.333333", "0.300000", "0.400000"),
            (25, "sts_tls_rpt_present", 0, 0, 25, "", "0.000000", "1.000000")])


def _policy_hosts(directory, targets):
    rows = [(i, target, MANAGEMENTS[i % 3], 90 // i, _ratio(90 // i, 500), 60 // i, 20 // i, 5 // i, 30 // i, 20 // i, 1)
            for i, target in enumerate(targets, 1)]
    rows.append(("", "(own name)", "self-managed", 250, "0.500000", 200, 40, 10, 100, 90, 10))
    _write(directory, "policy_hosts.csv", ("rank", "target", "management", "domains", "share", "valid", "failed", "unknown", "enforce",
                                           "testing", "none"), rows)


BLOCK = ("2026-11-24T15:00:00Z", "two")  # the hour from which mail hosts hang up on this worker


def _timeline(directory, workers, hours):
    """Some hours, of which the last are bad for one worker."""
    rows = []
    for stage, good, bad in (("dns", "ok", "servfail"), ("policy", "ok", "timeout"), ("starttls", "ok", "blocked")):
        for hour in hours:
            for worker in workers:
                time = f"2026-11-24T{hour:02}:00:00Z"
                failed = 400 if stage == "starttls" and worker == BLOCK[1] and time >= BLOCK[0] else 5
                rows += [(time, stage, worker, good, 1000 - failed), (time, stage, worker, bad, failed)]
    _write(directory, "timeline.csv", ("hour", "stage", "worker", "outcome", "records"), rows)
    _write(directory, "skew.csv", ("joined", "seconds_to", "pairs"),
           [(joined, bound, 1000 >> i) for joined in ("policy", "mx") for i, bound in enumerate((60, 600, 3600, 21600, 86400, 604800, ""))])


def _resolvers(directory, names):
    columns = ("resolver", "sent", "answered", "late", "lost", "servfail", "refused", "truncated", "malformed", "median_ms", "p99_ms",
               "left_out")
    rows = [(name, 90000 // i, 89000 // i, 100, 900 // i, 70, 1, 2, 3, "12.345", "456.789", "") for i, name in enumerate(names, 1)]
    _write(directory, "resolvers.csv", columns, [*rows, ("192.0.2.9", *[0] * 8, "", "", "it forges answers")])


def _timeseries(directory):
    numbers = random.Random(2)
    rows = [(f"run-{month}", f"2026-{month:02}-01T00:00:00Z", "", "yes", metric, "mx", group, *_share(numbers, 7000))
            for month in range(1, 10) for metric in METRICS for group in ("all", "rank<=100")]
    _write(directory, "timeseries.csv", ("run", "started", "rejudged", "whole", "metric", "population", "group", "numerator", "denominator",
                                         "unknown", "population_unknown", "share", "low", "high"), rows)


def _run_file(directory, finished, name, columns=()):
    content = {"v": 1, "run": name, "epoch": "0" * 32, "version": "test", "vantage": "here", "started": "2026-11-24T12:00:00Z",
               "list": {"files": ["list.csv"], "sha256": "0" * 64, "lines": 10001, "accepted": 10000, "duplicates": 1, "rejected": 0,
                        "columns": list(columns)},
               "settings": {"resolver": "127.64.0.53", "stages": "dns,policy,starttls", "attempts": 2},
               "trust_store_sha256": "1" * 64, "counts": {"domains": 10000, "policies": 424, "mx": 7348, "certs": 4069}}
    if finished:
        content["finished"] = "2026-11-24T12:01:00Z"
    with open(os.path.join(directory, "run.json"), "w") as f:
        json.dump(content, f)


def bare(directory):
    os.mkdir(directory)
    _run_file(directory, True, "bare")


def partial(directory, finished, said):
    """A run that is not all there: each row of its files says so."""
    os.mkdir(directory)
    _run_file(directory, finished, "partial")
    _write(directory, "mx_certs.csv", ("population", "management", "finding", "domains", "denominator", "unknown", "share", "incomplete"),
           [("mx", "all", finding, n, 780, 9, _ratio(n, 780), said) for finding, n in FINDINGS])


def good(directory):
    os.mkdir(directory)
    _run_file(directory, True, "2026-11-24", ("sector",))
    groups = [("all", 10000), *((f"rank<={rank}", rank) for rank in RANKS), *((f"tld={tld}", 900) for tld in TLDS),
              *((f"operator={operator}", 400) for operator in OPERATORS), *((f"input.sector={sector}", 300) for sector in SECTORS)]
    _adoption(directory, groups)
    _funnel(directory)
    _errors(directory)
    _mx_certs(directory)
    _providers(directory, OPERATORS)
    _policy_hosts(directory, OPERATORS)
    _timeline(directory, ("one", "two", "three"), range(8, 18))
    _resolvers(directory, ("127.64.0.53", "[2001:db8::53]:5353"))
    _timeseries(directory)


def poison(directory):
    os.mkdir(directory)
    _run_file(directory, True, POISON[0], (POISON[1],))
    groups = [("all", 10000), *((f"rank<={rank}", rank) for rank in RANKS), *((f"tld={text}", 900) for text in POISON),
              *((f"operator={text}", 400) for text in POISON), *((f"input.{POISON[1]}={text}", 300) for text in POISON)]
    _adoption(directory, groups)
    _errors(directory, POISON)
    _providers(directory, POISON)
    _policy_hosts(directory, POISON)
    _timeline(directory, POISON[:3], [8])
    _resolvers(directory, POISON)
