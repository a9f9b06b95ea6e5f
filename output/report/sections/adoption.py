"""How many domains with a usable MX have what."""

from .. import chart, words
from ..section import Plot, Section
from ..share import Share
from .headline import HOW

POPULATION = "mx"
GROUPS = (
    ("adoption-sender", "Who may send", "blue",
     ("spf_present", "spf_valid", "spf_enforcing", "dkim_node", "dmarc_present", "dmarc_valid", "dmarc_enforcing",
      "dmarc_reject")),
    ("adoption-starttls", "Encrypted where offered: STARTTLS", "green",
     ("starttls_some", "starttls_all", "tls13_all", "mx_cert_valid_all", "mx_cert_match_all", "requiretls_all")),
    ("adoption-certain", "Encrypted for certain: MTA-STS, DANE", "red",
     ("sts_record_present", "sts_policy_valid", "sts_policy_testing", "sts_policy_enforce", "sts_deliverable",
      "tls_rpt_valid", "mx_dnssec", "dane_present", "dane_secure", "dane_valid")),
    ("adoption-beside", "Beside and above", "pink", ("bimi_valid", "ipv6_some", "five_present", "five_valid")),
)


def sections(run):
    section = Section("adoption", "Adoption")
    table = run.table("adoption.csv")
    if table is None:
        return [section.lacks("adoption.csv", HOW)]
    section.content.append("A line at the end of a bar spans what the share can be, whatever the unknown domains have. "
                           "Each part has its own scale.")
    whole = table.where(population=POPULATION, group="all")
    for name, heading, colour, metrics in GROUPS:
        rows = whole.among("metric", metrics)
        bars = [(words.metric(row["metric"]), Share(row), colour) for row in rows]
        if bars:
            section.plots.append(Plot(name, f"{heading}: share of {words.population(POPULATION)}.", rows,
                                      chart.bars([(heading, bars)])))
    return [section]
