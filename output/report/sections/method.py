"""How the figures came about: the run, its settings, and what the words mean."""

from .. import markup, share
from ..section import Section

FACTS = (
    ("run", "Run"), ("started", "Started"), ("finished", "Finished"), ("version", "Version of mxcensus"),
    ("vantage", "Seen from"), ("trust_store_sha256", "Trust store (SHA-256)"),
)
REJUDGED = (("from", "Judged again, from run"), ("time", "Judged again on"), ("version", "Judged by version"))
LIST = (("files", "List"), ("sha256", "List (SHA-256)"), ("accepted", "Domains accepted"), ("duplicates", "Duplicates"),
        ("rejected", "Lines rejected"), ("ranks_lost", "Ranks that are no whole number"))
SETTINGS = (("resolver", "Resolver"), ("ehlo", "EHLO name"), ("stages", "Stages"), ("attempts", "Attempts"))
COUNTS = (("domains", "Domain records"), ("policies", "Policy fetches"), ("mx", "Mail host addresses"),
          ("certs", "Certificates"))
WORDS = (
    "A share is the number of domains that have a property among those for which that is known. Where it could not be "
    "found out, a domain counts as unknown and never as one that lacks it. “Low” and “high” are the least and the most the "
    "share can be, whatever is true of the unknown, those included of whom it is unknown whether they belong to the "
    "population at all.",
    "A domain has a usable MX if that is not a null MX and at least one of its targets has an address. A protocol is valid "
    "where its record is without fault as its RFC has it. MTA-STS can be delivered to where record and policy are valid, its "
    "mode is enforce, and a mail host that the policy names offers STARTTLS with a certificate that verifies and matches.",
)


def _value(value):
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return share.grouped(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _facts(content, names):
    return [markup.element("div", markup.element("dt", name), markup.element("dd", markup.stranger(_value(content[key]))))
            for key, name in names if content.get(key) not in (None, "", [])]


def sections(run):
    section = Section("method", "How this was measured", [*WORDS])
    facts = [*_facts(run.file, FACTS), *_facts(run.file.get("rejudged") or {}, REJUDGED), *_facts(run.list, LIST), *_facts(run.settings, SETTINGS),
             *_facts(run.counts, COUNTS)]
    section.content.append(markup.element("dl", *facts, class_="facts"))
    return [section]
