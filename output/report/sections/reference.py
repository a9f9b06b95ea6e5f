"""The run beside what others have published."""

from .. import chart, share, words
from ..section import Plot, Section
from ..share import Share
from .headline import HOW

NAMES = {  # populations and groups of this run that stand beside them
    ("mx", "all"): "this run, usable MX",
    ("all", "all"): "this run, all domains",
    ("all", "rank<=10000"): "this run, top 10,000",
}
PLOTS = (
    ("reference-transport", "MTA-STS, TLS-RPT and DANE", ("sts_record_present", "tls_rpt_present", "dane_present", "dane_valid")),
    ("reference-sender", "SPF, DKIM, DMARC and BIMI",
     ("spf_present", "dkim_node", "dmarc_present", "dmarc_enforcing", "dmarc_reject", "bimi_present")),
)


class Published(Share):
    """A share as it was published: with its digits, and perhaps as a limit."""

    def __init__(self, row):
        super().__init__(row)
        self._cell = row["share"]
        self._sign = "<" if row["kind"] == "under" else ""

    def text(self, value):
        return self._sign + share.percent(value, None, self._cell)

    def __str__(self):
        return self.text(self.value)


def _ours(adoption, metric):
    rows = adoption.where(metric=metric)
    found = ((name, rows.one(population=population, group=group)) for (population, group), name in NAMES.items())
    return [(name, Share(row), "red") for name, row in found if row is not None]


def _theirs(reference, metric):
    return [(f"{row['population']}, {row['date'][:7]}", Published(row), "grey") for row in reference.where(metric=metric)
            if share.number(row["share"]) is not None]


def sections(run):
    section = Section("reference", "Beside what others have found")
    adoption, reference = run.table("adoption.csv"), run.reference()
    if adoption is None:
        return [section.lacks("adoption.csv", HOW)]
    if reference is None:
        section.missing = "datasets/reference.csv did not come with the program."
        return [section]
    section.content.append("Others count other populations, at other times and by other rules: each bar says of whom and when. "
                           "The table names the sources.")
    adoption = adoption.chosen(lambda row: (row["population"], row["group"]) in NAMES)
    for name, what, metrics in PLOTS:
        groups = [(words.metric(metric), _ours(adoption, metric) + _theirs(reference, metric)) for metric in metrics]
        section.plots.append(Plot(name, f"{what}: this run beside published figures.", reference.among("metric", metrics),
                                  chart.bars([group for group in groups if group[1]])))
    return [section]
