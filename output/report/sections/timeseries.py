"""How adoption went over several runs: timeseries.csv, which `mxcensus history` prints."""

from .. import chart, words
from ..section import Plot, Section
from ..share import Share

METRICS = ("spf_valid", "dmarc_enforcing", "sts_record_present", "tls_rpt_valid", "dane_valid")
RARE = ("sts_record_present", "tls_rpt_valid", "dane_valid")


def _run(row):
    """What tells one run from another: one that was judged again began when its original did."""
    return row["started"], row.get("rejudged", "")


def _plot(table, name, what, metrics):
    rows = table.among("metric", metrics)
    runs = sorted({_run(row) for row in table})
    series = [(words.metric(metric), [(runs.index(_run(row)), Share(row)) for row in rows.where(metric=metric)])
              for metric in metrics]
    return Plot(name, f"{what}: share of domains with a usable MX, run by run.", rows,
                chart.lines(chart.sparse([started[:10] for started, _ in runs]), [s for s in series if s[1]], "beginning of the run"))


def sections(run):
    section = Section("timeseries", "Over time")
    table = run.table("timeseries.csv")
    if table is None or not table.having("started", "metric", "population", "group", "share"):
        return [section.lacks("timeseries.csv", "mxcensus history DIR... prints one over several runs.")]
    rows = table.where(population="mx", group="all")
    if not len(rows):
        section.missing = "timeseries.csv has no domains with a usable MX."
        return [section]
    section.plots += [_plot(rows, "timeseries", "Adoption", METRICS), _plot(rows, "timeseries-rare", "What few have", RARE)]
    return [section]
