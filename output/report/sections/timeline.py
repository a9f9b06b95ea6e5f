"""Was the run of one piece: timeline.csv, skew.csv and resolvers.csv. A block in mid-run is a line that rises."""

from .. import chart, words
from ..section import Plot, Section
from ..share import Count, Share, counted

STAGES = (("dns", "MX lookups of the domains"), ("policy", "Fetches of policies"), ("starttls", "Conversations with mail hosts"))
MOST_WORKERS = 5
MOST_RESOLVERS = 12
# What may be otherwise at another time: scanner/base/outcome.h has a 1 there.
PASSING = {"servfail", "refused", "formerr", "notimp", "rcode", "timeout", "malformed", "connection-refused", "unreachable", "reset",
           "closed", "blocked", "smtp-transient", "network-down"}
SPANS = {"60": "a minute", "600": "10 minutes", "3600": "an hour", "21600": "6 hours", "86400": "a day", "604800": "a week"}
JOINED = {"policy": "A domain and its policy", "mx": "A domain and each of its mail hosts"}
QUERIES = (("in_time", "Answered in time", "green"), ("late", "Answered when the question had been asked again", "orange"),
           ("lost", "Never answered", "red"), ("servfail", "Answered with SERVFAIL", "orange"))


def _share(rows):
    """Of so many records, those that ended with a failure which passes."""
    failed = sum(counted(row["records"]) for row in rows if row["outcome"] in PASSING)
    whole = sum(counted(row["records"]) for row in rows)
    return Share({"numerator": failed, "denominator": whole, "share": failed / whole if whole else None})


def _series(rows, hours, worker=None):
    return [(i, _share([row for row in of_hour if worker in (None, row["worker"])])) for i, of_hour in enumerate(hours(rows))]


def _workers(rows):
    """Those that wrote most."""
    sums = {}
    for row in rows:
        sums[row["worker"]] = sums.get(row["worker"], 0) + counted(row["records"])
    return sorted(sums, key=lambda worker: (-sums[worker], worker))[:MOST_WORKERS]


def _drawn(names, series):
    """Lines over the hours; bars where there is one."""
    if len(names) == 1:
        return chart.bars([(names[0], [(text, share, "red") for text, [(_, share)] in series])])
    return chart.lines(chart.sparse(names), series, "hour (UTC)")


def _stage(table, stage, what):
    rows = table.where(stage=stage)
    names = sorted({row["hour"] for row in rows})

    def hours(of):
        found = {name: [] for name in names}
        for row in of:
            found[row["hour"]].append(row)
        return found.values()

    workers = _workers(rows)
    series = [("all workers", _series(rows, hours))]
    series += [(worker, _series(rows, hours, worker)) for worker in workers] if len(workers) > 1 else []
    return Plot(f"timeline-{stage}", f"{what}, hour by hour: share that ended with a failure which may pass (a timeout, a refusal, a block).",
                rows, _drawn([name[:13].replace("T", " ") + "h" for name in names], series))


def _timeline(run):
    section = Section("timeline", "In the course of the run")
    table = run.table("timeline.csv")
    if table is None or not table.having("hour", "stage", "worker", "outcome", "records"):
        return section.lacks("timeline.csv", "mxcensus stats makes it.")
    if not len(table):
        section.missing = "Nothing is recorded."
        return section
    section.content.append("An hour or a worker that stands out from the others points at the run: a network that was down, or a block by "
                           "those who are asked. The list is worked on in a shuffled order, so a drift is not its own.")
    section.plots += [_stage(table, stage, what) for stage, what in STAGES if len(table.where(stage=stage))]
    return section


def _span(row, before):
    bound = row["seconds_to"]
    return f"up to {SPANS.get(bound, bound + ' seconds')}" if bound else f"more than {SPANS.get(before, before)}"


def _skew(run):
    section = Section("skew", "How far apart the observations are")
    table = run.table("skew.csv")
    if table is None or not table.having("joined", "seconds_to", "pairs"):
        return section.lacks("skew.csv", "mxcensus stats makes it.")
    groups = []
    for joined in dict.fromkeys(row["joined"] for row in table):
        rows = list(table.where(joined=joined))
        whole = sum(counted(row["pairs"]) for row in rows)
        before = ["", *(row["seconds_to"] for row in rows)]
        if whole:
            groups.append((JOINED.get(joined, words.plain(joined)),
                           [(_span(row, b), Count(counted(row["pairs"]), whole), "blue") for row, b in zip(rows, before)]))
    if not groups:
        section.missing = "Nothing was joined."
        return section
    section.content.append("What is told of a domain joins observations of different moments. With --max-skew, stats counts as unknown "
                           "what was seen too far from its domain.")
    section.plots.append(Plot("skew", "Time between the observations that are joined, by pairs.", table, chart.bars(groups)))
    return section


def _queries(row, what):
    """So many of a resolver's queries; those that it answered count the late among them."""
    return counted(row["answered"]) - counted(row["late"]) if what == "in_time" else counted(row[what])


def _resolvers(run):
    section = Section("resolvers", "The resolvers")
    table = run.table("resolvers.csv")
    if table is None or not table.having("resolver", "sent", "answered", "late", "lost", "servfail"):
        return section.lacks("resolvers.csv", "mxcensus run makes it.")
    asked = sorted(table.chosen(lambda row: counted(row["sent"]) > 0), key=lambda row: -counted(row["sent"]))[:MOST_RESOLVERS]
    if not asked:
        section.missing = "No resolver was asked."
        return section
    left_out = len(table.chosen(lambda row: row.get("left_out")))
    section.content.append(f"Asked: {len(table) - left_out:,}" + (f"; left out: {left_out:,}." if left_out else ".")
                           + " Each bar is a share of the queries that were sent to it; the rest was no longer waited for when "
                           "another query was answered.")
    groups = [(heading, [(row["resolver"], Count(_queries(row, column), counted(row["sent"])), colour) for row in asked])
              for column, heading, colour in QUERIES]
    rows = table.among("resolver", [row["resolver"] for row in asked])
    section.plots.append(Plot("resolvers", "The resolvers that were asked most.", rows, chart.bars(groups)))
    return section


def sections(run):
    return [_timeline(run), _skew(run), _resolvers(run)]
