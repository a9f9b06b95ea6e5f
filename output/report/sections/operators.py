"""Who runs the mail, and what the largest operators and their customers have: providers.csv, providers_largest.csv."""

from .. import chart, words
from ..section import Plot, Section
from ..share import Count, Share, number

METRIC = "sts_tls_rpt_present"
CUSTOMERS = (("sts_record_present", "red"), ("dmarc_enforcing", "blue"))
MOST = 15  # operators in a chart
CLAIM = "operator_sts_tls_rpt"  # what was said of the largest operators, in reference.csv


class Own(Share):
    """How many of the largest operators: few enough to be told by number."""

    def __str__(self):
        return f"{self.numerator} of {self.denominator}"


class Customers(Share):
    """The share of an operator's customers; its column has that name."""

    def __init__(self, row):
        super().__init__({**row, "share": row["customers"]})


class Domains(Count):
    """How many domains an operator has, and which share of all that is."""

    def __init__(self, row):
        domains, share = int(number(row["domains"]) or 0), number(row["share"]) or 0
        super().__init__(domains, round(domains / share) if share else 0)


def _largest(run):
    """Of the N largest operators: what their own domains have, beside what was said in 2022."""
    table = run.table("providers_largest.csv")
    if table is None:
        return None
    rows = table.where(metric=METRIC)
    bars = [(f"the {row['largest']} largest", Own(row), "red") for row in rows]
    claims = run.reference().where(metric=CLAIM) if run.reference() else ()
    bars += [(f"{row['population']}, {row['date']}", Share(row), "grey") for row in claims]
    return Plot("operators-largest", "Mail operators whose own domain has a record of MTA-STS and one of TLS-RPT, among the "
                "largest; in grey what was said. Where the list lacks the own domain of an operator, that is unknown.", rows, chart.bars([(words.metric(METRIC), bars)]))


def _plots(table):
    largest = table.where(metric=METRIC).first(MOST)
    yield Plot("operators-domains", f"The {len(largest)} mail operators with most domains.", largest,
               chart.bars([("Domains whose mail hosts have an operator", [(row["operator"], Domains(row), "green") for row in largest])]))
    names = {row["operator"] for row in largest}
    rows = table.among("metric", [metric for metric, _ in CUSTOMERS]).chosen(lambda row: row["operator"] in names)
    groups = [(words.metric(metric), [(row["operator"], Customers(row), colour) for row in rows.where(metric=metric)])
              for metric, colour in CUSTOMERS]
    yield Plot("operators-customers", "What their customers have, the operator's own domain among them.", rows, chart.bars([group for group in groups if group[1]]))


def sections(run):
    section = Section("operator", "By mail operator")
    table = run.table("providers.csv")
    if table is None:
        return [section.lacks("providers.csv", "mxcensus stats makes it.")]
    if not len(table):
        section.missing = "No domain has a usable MX."
        return [section]
    section.content.append("A mail operator is told by a curated list, else by the registrable domain of the mail host.")
    largest = _largest(run)
    section.plots += ([largest] if largest and len(largest.rows) else []) + list(_plots(table))
    return [section]
