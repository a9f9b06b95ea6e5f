"""What a reader wants to know first: how far MTA-STS is, in the run's list and in the two figures of 2022."""

from .. import markup, words
from ..section import Section
from ..share import Share

HOW = "mxcensus stats makes it."
TOP = "MTA-STS record in the top 10,000"


def _card(title, row, note):
    """A figure with what it is of, and what the unknown leave open."""
    if row is None or Share(row).value is None:
        return markup.element("div", markup.element("dt", title), markup.element("dd", "–", class_="figure"),
                              markup.element("dd", note), class_="card")
    share = Share(row)
    parts = [markup.element("dt", title), markup.element("dd", share, class_="figure"),
             markup.element("dd", f"{share.numerator:,} of {share.denominator:,}")]
    if share.open():
        parts.append(markup.element("dd", f"from {share.range()} with the {share.unknown + share.population_unknown:,} unknown"))
    parts.append(markup.element("dd", note, class_="note"))
    return markup.element("div", *parts, class_="card")


def _singles(run):
    """The ranks of operators of one domain: in a short list they are many, and none of the largest."""
    table = run.table("providers.csv")
    return {row["rank"] for row in table.where(domains="1")} if table else set()


def _operators(run):
    """Of the largest operators of whom it is known: what was said to be 33% at the end of 2022."""
    table, singles = run.table("providers_largest.csv"), _singles(run)
    rows = [row for row in (table.where(metric="sts_tls_rpt_present") if table else ())
            if Share(row).denominator and row["largest"] not in singles]
    which = f"the {rows[-1]['largest']} largest" if rows else "the largest"
    return _card("MTA-STS and TLS-RPT of mail operators", rows[-1] if rows else None,
                 f"of {which}, by their own domain; at the end of 2022 it was said to be 33%")


def _top(row):
    """Of the first 10,000, of which a list may have but some."""
    if row is None:
        return _card(TOP, None, "the list has no rank as high as 10,000")
    share = Share(row)
    return _card(TOP, row, f"of the {share.denominator + share.unknown:,} domains of rank 1 to 10,000 that the list has; at the end of 2022 "
                 "it was said to be under 0.5%")


def sections(run):
    section = Section("headline", "In short")
    adoption = run.table("adoption.csv")
    if adoption is None:
        return [section.lacks("adoption.csv", HOW)]

    adoption = adoption.chosen(lambda row: row["group"] in ("all", "rank<=10000"))

    def row(metric, population, group="all"):
        return adoption.one(metric=metric, population=population, group=group)

    of_mx = "of " + words.population("mx")
    cards = [
        _card("MTA-STS record", row("sts_record_present", "mx"), of_mx),
        _card("MTA-STS enforced, and mail can be delivered", row("sts_deliverable", "mx"), of_mx),
        _card("SPF, DKIM, DMARC, MTA-STS and TLS-RPT valid", row("five_valid", "mx"), of_mx),
        _top(row("sts_record_present", "all", "rank<=10000")),
        _operators(run),
    ]
    section.content.append(markup.element("dl", *cards, class_="cards"))
    return [section]
