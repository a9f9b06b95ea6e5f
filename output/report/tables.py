"""A choice of rows as a table for readers: every cell of the CSV, its exact value kept beside the one that is shown."""

from . import markup, share, words

SHARES = ("share", "low", "high", "customers")
COUNTS = ("numerator", "denominator", "unknown", "population_unknown", "domains", "count", "rank",
          "entered", "passed", "failed", "largest", "records", "pairs", "seconds_to", "valid", "enforce", "testing", "none", "sent",
          "answered", "late", "lost", "servfail", "refused", "truncated", "malformed")
LINKS = ("url",)
NAMES = ("metric", "population")


def _base(row, column):
    """The number of domains that a share is of; None where the file does not say it."""
    if column == "share" and "rank" in row:  # of all domains, whatever the rest of the row is of
        whole = share.number(row["share"])
        return round(share.counted(row.get("domains")) / whole) if whole else None
    return share.number(row.get("denominator") or row.get("entered"))


def _shown(row, column):
    value = row.get(column) or ""
    if column in SHARES:
        return share.percent(share.number(value), _base(row, column), value)
    if column in COUNTS:
        return share.grouped(value)
    if column == "metric":
        return words.metric(value)
    if column == "population":
        return words.population(value)
    return value


def _content(row, column):
    value = row.get(column) or ""
    if column in LINKS and value.startswith("https://"):
        return markup.element("a", value, href=value)
    if column in SHARES + COUNTS + NAMES:
        return markup.element("data", _shown(row, column), value=value)
    return markup.element("bdi", value)


def _cell(row, column, header):
    content = _content(row, column)
    if header:
        return markup.element("th", content, scope="row")
    return markup.element("td", content, class_="number" if column in SHARES + COUNTS else None)


def table(rows, caption):
    """The table; its first column names the row."""
    head = markup.element("tr", *(markup.element("th", markup.element("data", words.column(c), value=c), scope="col") for c in rows.columns))
    body = (markup.element("tr", *(_cell(row, c, i == 0) for i, c in enumerate(rows.columns))) for row in rows)
    return markup.element(
        "div", markup.element("table", markup.element("caption", caption), markup.element("thead", head),
                              markup.element("tbody", markup.lines(*body)), data_file=rows.file),
        class_="scroll", tabindex="0", role="region", aria_label=caption)
