"""How far domains come with MTA-STS, step by step, and who runs the policy host: sts_funnel.csv."""

from .. import chart, words
from ..section import Plot, Section
from ..share import Count, counted

FIRST = "record"  # what comes later is a share of those who pass it
SPLIT_FIRST = "record-valid"  # the first step that is split by management; all who enter it have a record
STEPS = {
    "mx": "usable MX",
    "record": "MTA-STS record",
    "record-valid": "the record is valid",
    "policy-dns": "the policy host has an address",
    "policy-tcp": "it can be connected to",
    "policy-tls": "its certificate is good",
    "policy-http": "it answers with a policy",
    "policy-syntax": "the policy is valid",
    "policy-mode": "its mode binds",
    "mx-certificate": "MX certificates are good",
    "mx-policy": "the policy names every MX",
}


def _bars(rows, base, colour):
    """What passes each step, and what may: the unknown of it and of the steps before are left behind on the way."""
    bars, unknown = [], 0
    for row in rows:
        passed = counted(row["passed"])
        unknown += counted(row["unknown"]) if row["step"] != FIRST else 0  # those are not of the base
        bars.append((STEPS.get(row["step"], row["step"]), Count(passed, base, passed + unknown), colour))
    return bars


def _whole(table):
    """From the record on, of all who have one."""
    rows = table.where(management="all").chosen(lambda row: row["step"] != "mx")
    first = rows.one(step=FIRST)
    return rows, _bars(rows, counted(first["passed"]), "blue") if first else []


def _split(table):
    """The same by who runs the policy host."""
    rows = table.chosen(lambda row: row["management"] != "all")
    groups = []
    for management, colour in (("self-managed", "orange"), ("third-party", "green"), ("unclassified", "grey")):
        mine = rows.where(management=management)
        first = mine.one(step=SPLIT_FIRST)
        base = counted(first["entered"]) if first else 0
        if base:
            groups.append((f"{words.sentence(management)}: {words.counted(base, 'domain')}", _bars(mine, base, colour)))
    return rows, groups


def sections(run):
    section = Section("funnel", "The way to MTA-STS")
    table = run.table("sts_funnel.csv")
    if table is None or not table.having("step", "management", "entered", "passed", "unknown"):
        return [section.lacks("sts_funnel.csv", "mxcensus stats makes it.")]
    rows, bars = _whole(table)
    if not any(share.denominator for _, share, _ in bars):
        section.missing = "No domain with a usable MX has an MTA-STS record."
        return [section]
    section.content.append("Each step is taken by those that passed the one before, in the order in which a sender takes them. "
                           "A line reaches to what could have passed, had the unknown done so.")
    section.plots.append(Plot("sts-funnel", "How many domains with an MTA-STS record pass each step.", rows,
                              chart.bars([("Domains with a usable MX and an MTA-STS record", bars)])))
    rows, groups = _split(table)
    if groups:
        section.plots.append(Plot("sts-funnel-management", "The same by who runs the policy host: curated map first, then the "
                                  "number of domains it serves.", rows, chart.bars(groups)))
    return [section]
