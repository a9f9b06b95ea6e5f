"""Adoption by TLD and by a column of the list: groups of adoption.csv."""

from .. import chart, words
from ..section import Plot, Section
from ..share import Share

METRICS = (("dmarc_enforcing", "blue"), ("sts_record_present", "red"))
MOST = 15  # groups in a chart; the largest
FAMILIES = (
    ("tld", "By TLD", "tld=", "top-level domain"),
)


def _groups(rows, prefix):
    """The groups of a family, as adoption.csv orders them: the largest first."""
    return list(dict.fromkeys(row["group"] for row in rows if row["group"].startswith(prefix)))


def _plot(table, name, prefix, what):
    groups = _groups(table, prefix)[:MOST]
    rows = table.where(population="mx").among("metric", [metric for metric, _ in METRICS]).among("group", groups)
    bars = [(words.metric(metric), [(row["group"][len(prefix):], Share(row), colour) for row in rows.where(metric=metric)])
            for metric, colour in METRICS]
    return Plot(name, f"Share of domains with a usable MX by {what}, the {len(groups)} largest.", rows,
                chart.bars([group for group in bars if group[1]]))


def _columns(run, table):
    """The families that the list's own columns make, those of them by which was counted."""
    columns = [str(column) for column in run.list.get("columns") or []]
    return [(f"column-{i}", f"By {column}", f"input.{column}=", f"the list's column {column}")
            for i, column in enumerate(columns, 1) if table and _groups(table, f"input.{column}=")]


def sections(run):
    table = run.table("adoption.csv")
    found = []
    for name, heading, prefix, what in (*FAMILIES, *_columns(run, table)):
        section = Section(name, heading)
        if table is None or not _groups(table, prefix):
            section.missing = f"adoption.csv has no groups by {what}."
        else:
            section.plots.append(_plot(table, name, prefix, what))
        found.append(section)
    return found
