"""Can a sender that honours a policy trust the mail hosts: mx_certs.csv."""

from .. import chart, words
from ..section import Plot, Section, left_out
from ..share import Count, counted

PARTS = {
    "mx": "Domains with a usable MX",
    "sts_record": "Of those, with an MTA-STS record",
    "sts_enforce": "Of those, record and policy valid, enforce",
}
FINDINGS = {
    "all-good": ("every mail host has a good certificate", "green"),
    "some-good": ("some mail hosts have one", "sky"),
    "none-good": ("no mail host has one", "red"),
}


def _bar(row):
    name, colour = FINDINGS.get(row["finding"], (words.plain(row["finding"]), "orange"))
    return name, Count(counted(row["domains"]), counted(row["denominator"])), colour


def sections(run):
    section = Section("certificates", "Certificates of the mail hosts")
    table = run.table("mx_certs.csv")
    if table is None or not table.having("population", "management", "finding", "domains", "denominator"):
        return [section.lacks("mx_certs.csv", "mxcensus stats makes it.")]
    rows = table.chosen(lambda row: row["finding"] in FINDINGS or counted(row["domains"]) > 0)
    whole = rows.where(management="all")
    groups = [(PARTS.get(part, part), [_bar(row) for row in whole.where(population=part)])
              for part in dict.fromkeys(row["population"] for row in whole)]
    groups = [(heading, bars) for heading, bars in groups if any(share.denominator for _, share, _ in bars)]
    if not groups:
        section.missing = "No domain has a usable MX."
        return [section]
    section.content.append("Good is TLS 1.2 or later with a certificate that verifies up to the trust store and has the host's name. Below "
                           "the first three bars stand the faults that were seen; a domain can have several.")
    section.content += left_out(whole.where(finding="all-good"), PARTS, "population")
    section.plots.append(Plot("mx-certificates", "Certificates of mail hosts, counted by domain.", rows, chart.bars(groups)))
    return [section]
