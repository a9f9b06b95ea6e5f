"""What is wrong with MTA-STS where it is published: sts_errors.csv."""

from .. import chart, words
from ..section import Plot, Section
from ..share import Count, counted

MOST = 8  # errors of a component in the chart, the most frequent
COMPONENTS = {
    "record": "The record",
    "policy-dns": "Policy host: DNS",
    "policy-tcp": "Policy host: connection",
    "policy-tls": "Policy host: certificate and TLS",
    "policy-http": "Policy host: HTTP",
    "policy-syntax": "The policy's syntax",
    "mx-certificate": "Certificates of the mail hosts",
    "mx-policy": "Mail hosts that the policy does not name",
}


def _group(rows, component):
    found = sorted((row for row in rows.where(component=component, management="all") if row["error"] != "any"),
                   key=lambda row: (-counted(row["domains"]), row["error"]))[:MOST]
    return [(words.plain(row["error"]), Count(counted(row["domains"]), counted(row["denominator"])), "red") for row in found]


def _unknown(table):
    """A paragraph on those that are in no share; none where there are none, or the file is of before they were counted."""
    told = [f"{COMPONENTS.get(row['component'], row['component'])}: {counted(row.get('unknown')):,}"
            for row in table.where(error="any", management="all") if counted(row.get("unknown")) > 0]
    return [f"Of so many domains it could not be found out, and they are in no share. {'; '.join(told)}."] if told else []


def sections(run):
    section = Section("errors", "What goes wrong with MTA-STS")
    table = run.table("sts_errors.csv")
    if table is None or not table.having("component", "error", "management", "domains", "denominator"):
        return [section.lacks("sts_errors.csv", "mxcensus stats makes it.")]
    rows = table.chosen(lambda row: counted(row["domains"]) > 0)
    groups = [(COMPONENTS.get(component, component), _group(rows, component))
              for component in dict.fromkeys(row["component"] for row in rows)]
    groups = [group for group in groups if group[1]]
    if not groups:
        section.missing = " ".join(["No error was found.", *_unknown(table)])
        return [section]
    section.content.append("Domains with a usable MX and an MTA-STS record, of which this could be looked at. A domain counts once "
                           "for each of its errors; of a policy host, the step counts at which a sender stops.")
    section.content += _unknown(table)
    section.plots.append(Plot("sts-errors", f"Errors of MTA-STS by component, the {MOST} most frequent of each.", rows,
                              chart.bars(groups)))
    return [section]
