"""What is wrong with MTA-STS where it is published: sts_errors.csv."""

from .. import chart, words
from ..section import Plot, Section, left_out
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


def sections(run):
    section = Section("errors", "What goes wrong with MTA-STS")
    table = run.table("sts_errors.csv")
    if table is None or not table.having("component", "error", "management", "domains", "denominator"):
        return [section.lacks("sts_errors.csv", "mxcensus stats makes it.")]
    rows = table.chosen(lambda row: counted(row["domains"]) > 0)
    unknown = left_out(table.where(error="any", management="all"), COMPONENTS, "component")
    groups = [(COMPONENTS.get(component, component), _group(rows, component))
              for component in dict.fromkeys(row["component"] for row in rows)]
    groups = [group for group in groups if group[1]]
    if not groups:
        section.missing = " ".join(["No error was found.", *unknown])
        return [section]
    section.content.append("Domains with a usable MX and an MTA-STS record, of which this could be looked at. A domain counts once "
                           "for each of its errors; of a policy host, the step counts at which a sender stops.")
    section.content += unknown
    section.plots.append(Plot("sts-errors", f"Errors of MTA-STS by component, the {MOST} most frequent of each.", rows,
                              chart.bars(groups)))
    return [section]
