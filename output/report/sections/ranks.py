"""Adoption by rank: the ranks up to a hundred, a thousand and so on, as a list gives them."""

from .. import chart, words
from ..section import Plot, Section
from ..share import Share
from .headline import HOW

PREFIX = "rank<="
STRONG = ("spf_valid", "dmarc_valid", "dmarc_enforcing", "starttls_all", "mx_cert_match_all")
RARE = ("sts_record_present", "sts_policy_enforce", "tls_rpt_valid", "dane_valid", "five_valid")


def _lines(rows, groups, metrics):
    series = [(words.metric(metric), [(groups.index(row["group"]), Share(row)) for row in rows.where(metric=metric)])
              for metric in metrics]
    return chart.lines([f"{int(group[len(PREFIX):]):,}" for group in groups], [s for s in series if s[1]],
                       "rank 1 to …")


def sections(run):
    section = Section("rank", "By rank")
    table = run.table("adoption.csv")
    if table is None:
        return [section.lacks("adoption.csv", HOW)]
    ranked = table.chosen(lambda row: row.get("population") == "mx" and row.get("group", "").startswith(PREFIX)
                          and row["group"][len(PREFIX):].isdigit())
    groups = sorted({row["group"] for row in ranked}, key=lambda group: int(group[len(PREFIX):]))
    if not groups:
        section.missing = "The list has no ranks, or none as high as 100."
        return [section]
    for name, caption, metrics in (("rank-common", "What most have", STRONG), ("rank-rare", "What few have", RARE)):
        rows = ranked.among("metric", metrics)
        section.plots.append(Plot(name, f"{caption}: share of domains with a usable MX among those of rank 1 to so many "
                                  "that the list has. Each place holds those before it.", rows, _lines(rows, groups, metrics)))
    return [section]
