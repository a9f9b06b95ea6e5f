"""Where the policies of MTA-STS lie: policy_hosts.csv."""

from .. import chart
from ..section import Plot, Section
from ..share import Count, counted

MOST = 12  # targets in a chart, and what has no rank
WORTH = (("valid", "Policies that are valid", "green"), ("enforce", "Policies that are valid and enforce", "red"))


def _bars(rows, column, colour):
    """Of a target's domains, how many; and how many it may be."""
    return [(row["target"], Count(counted(row[column]), counted(row["domains"]), counted(row[column]) + counted(row["unknown"])), colour)
            for row in rows]


def sections(run):
    section = Section("policy-hosts", "Where MTA-STS policies lie")
    table = run.table("policy_hosts.csv")
    if table is None or not table.having("rank", "target", "domains", "unknown", "valid", "enforce"):
        return [section.lacks("policy_hosts.csv", "mxcensus stats makes it.")]
    whole = sum(counted(row["domains"]) for row in table)
    if not whole:
        section.missing = "Of no domain a policy was asked for."
        return [section]
    section.content.append("A policy host is counted where its aliases (CNAME) lead to, by registrable domain. “(own name)” are those "
                           "that no alias leads away from the domain itself.")
    rows = table.chosen(lambda row: not row["rank"] or counted(row["rank"]) <= MOST)
    groups = [("Domains with an MTA-STS record", [(row["target"], Count(counted(row["domains"]), whole), "blue") for row in rows])]
    groups += [(heading, _bars(rows, column, colour)) for column, heading, colour in WORTH]
    section.plots.append(Plot("policy-hosts", f"Policy hosts by where their aliases lead, the {MOST} largest: domains, and what the "
                              "policies are worth.", rows, chart.bars(groups)))
    return [section]
