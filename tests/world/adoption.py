"""adoption: adoption.csv as it must be, from expected records. The metrics are those whose meaning `mxcensus stats
--explain` prints; they are counted here anew. A property is True, False, or None where it cannot be known."""
import csv
import datetime
import math

from tests.world import dane
from tests.world.certificates import name_matches
from tests.world.expect import AGAIN, alternative_names

BUCKETS = [100, 1000, 10000, 100000, 1000000]
NO_TLS = {"starttls-absent", "starttls-declined", "starttls-injection", "tls-failed", "no-tls"}
SOON = datetime.timedelta(days=30)


def both(*values):
    return False if False in values else None if None in values else True


def either(*values):
    return True if True in values else None if None in values else False


class Host:
    """What all addresses of one MX host show: trait(name) is a list of True and False, one an address that answered."""

    def __init__(self, records, tlsa_rdatas, certificates, now):
        self.records, self.certificates, self.now = records, certificates, now
        self.tlsa_rdatas = tlsa_rdatas
        first = records[0]
        if first["address"] is None:
            found = None if first["outcome"] in AGAIN else False
            self.address = self.ipv6 = self.tlsa = self.tlsa_secure = found
            return
        self.address = True
        aaaa = first["lookup"]["aaaa"]
        self.ipv6 = True if aaaa == "ok" else None if aaaa in AGAIN else False
        outcome, dnssec = first["tlsa"]["outcome"], first["tlsa"]["dnssec"]
        self.tlsa = True if outcome == "ok" else None if outcome in AGAIN else False
        self.tlsa_secure = False if dnssec == "bogus" or self.tlsa is False or dnssec == "insecure" else \
            self.tlsa if dnssec == "secure" else None

    def traits(self, trait):
        return [value for value in (trait(self, r) for r in self.records) if value is not None]

    def every(self, trait):
        seen = self.traits(trait)
        return all(seen) if seen else None

    def some(self, trait):
        seen = self.traits(trait)
        return any(seen) if seen else None


def starttls(_, record):
    return {"offered": True, "absent": False}.get(record.get("starttls"))


def inside(judge):
    """A trait of what is seen inside TLS: no where TLS is definitely not had."""
    def trait(host, record):
        if record["outcome"] == "ok":
            return judge(host, record)
        return False if record["outcome"] in NO_TLS else None
    return trait


@inside
def cert_valid(_, record):
    return record["tls"]["pkix"]["verdict"] == "valid"


@inside
def cert_match(_, record):
    return record["tls"]["pkix"]["verdict"] == "valid" and record["tls"]["name_match"]


@inside
def self_signed(_, record):
    return "self-signed" in record["tls"]["pkix"]["errors"]


@inside
def expiring(host, record):
    end = host.certificates[record["tls"]["chain"][0]].not_valid_after
    return host.now <= end <= host.now + SOON


@inside
def tls13(_, record):
    return record["tls"]["version"] == "TLSv1.3"


@inside
def legacy(_, record):
    return record["tls"]["version"] not in ("TLSv1.2", "TLSv1.3")


@inside
def requiretls(_, record):
    return "REQUIRETLS" in record["ehlo_tls"] if "ehlo_tls" in record else None


def dane_match(domain):
    @inside
    def trait(host, record):
        chain = [host.certificates[sha] for sha in record["tls"]["chain"]]
        entity, anchor = dane.judge(host.tlsa_rdatas, chain)
        if entity or not anchor:
            return entity
        names = alternative_names(chain[0])
        dates = chain[0].not_valid_before <= host.now <= chain[0].not_valid_after
        return dates and any(name_matches(names, n) for n in (record["host"], record["tlsa"]["base"], domain))
    return trait


def pattern_matches(pattern, host):
    """RFC 8461 §4.1."""
    pattern, host = pattern.lower(), host.lower()
    if pattern.startswith("*."):
        return "." in host and host.split(".", 1)[1] == pattern[2:]
    return pattern == host


class Domain:
    def __init__(self, record, policy, hosts):
        self.record, self.policy, self.hosts = record, policy, hosts
        kind = record["mx"]["kind"]
        self.has_hosts = None if kind == "unknown" else kind == "hosts"

    def verdict(self, protocol, *good):
        verdict = self.record[protocol]["verdict"]
        return None if verdict == "unknown" else verdict in good

    def present(self, protocol):
        return self.verdict(protocol, "valid", "invalid")

    def valid(self, protocol):
        return self.verdict(protocol, "valid")

    def some_host(self, test):
        if not self.has_hosts:
            return self.has_hosts
        return either(False, *[both(host.address, test(name, host)) for name, host in self.hosts])

    def all_hosts(self, test):
        if not self.has_hosts:
            return self.has_hosts
        found = [test(name, host) if host.address else None for name, host in self.hosts if host.address is not False]
        return both(either(False, *[host.address for _, host in self.hosts]), *found)

    def trait(self, trait, every=True):
        if every:
            return self.all_hosts(lambda _, host: host.every(trait))
        return self.some_host(lambda _, host: host.some(trait))

    # ---- populations ----

    def exists(self):
        exists = self.record["exists"]
        return {"yes": True, "no": False}.get(exists)

    def usable_mx(self):
        return self.some_host(lambda *_: True)

    # ---- metrics ----

    def spf_enforcing(self):
        valid, spf = self.valid("spf"), self.record["spf"]
        if not valid:
            return valid
        if spf.get("all") is None:
            return None if spf.get("redirect") else False
        return spf["all"] in ("fail", "softfail")

    def dmarc(self, *policies):
        valid = self.valid("dmarc")
        return self.record["dmarc"].get("p") in policies if valid else valid

    def node(self):
        return {"yes": True, "no": False}.get(self.record["dkim"]["node"])

    def policy_valid(self):
        present = self.present("mta_sts")
        if not present:
            return present
        return None if self.policy["verdict"] == "unknown" else self.policy["verdict"] == "valid"

    def policy_mode(self, mode):
        valid = self.policy_valid()
        return self.policy["mode"] == mode if valid else valid

    def deliverable(self):
        enforced = both(self.valid("mta_sts"), self.policy_mode("enforce"))
        if not enforced:
            return enforced
        return self.some_host(lambda name, host: any(pattern_matches(p, name) for p in self.policy["mx"]) and
                              host.some(cert_match))

    def five(self, judge, policy):
        return both(self.node(), policy, *[judge(p) for p in ("spf", "dmarc", "mta_sts", "tls_rpt")])

    def mx_secure(self):
        mx = self.record["mx"]
        if mx["outcome"] in ("nodata", "nxdomain") or mx["dnssec"] in ("bogus", "insecure"):
            return False
        return True if mx["outcome"] == "ok" and mx["dnssec"] == "secure" else None

    def dane_secure(self):
        return both(self.mx_secure(), self.all_hosts(lambda _, host: host.tlsa_secure))

    def dane_valid(self):
        trait = dane_match(self.record["domain"])
        return both(self.dane_secure(), self.all_hosts(lambda _, host: host.every(trait)))


METRICS = {
    "spf_present": lambda d: d.present("spf"),
    "spf_valid": lambda d: d.valid("spf"),
    "spf_enforcing": Domain.spf_enforcing,
    "dmarc_present": lambda d: d.present("dmarc"),
    "dmarc_valid": lambda d: d.valid("dmarc"),
    "dmarc_enforcing": lambda d: d.dmarc("quarantine", "reject"),
    "dmarc_reject": lambda d: d.dmarc("reject"),
    "dkim_node": Domain.node,
    "sts_record_present": lambda d: d.present("mta_sts"),
    "sts_record_valid": lambda d: d.valid("mta_sts"),
    "sts_policy_valid": Domain.policy_valid,
    "sts_policy_testing": lambda d: d.policy_mode("testing"),
    "sts_policy_enforce": lambda d: d.policy_mode("enforce"),
    "sts_deliverable": Domain.deliverable,
    "tls_rpt_present": lambda d: d.present("tls_rpt"),
    "tls_rpt_valid": lambda d: d.valid("tls_rpt"),
    "five_present": lambda d: d.five(d.present, True),
    "five_valid": lambda d: d.five(d.valid, d.policy_valid()),
    "bimi_present": lambda d: d.present("bimi"),
    "bimi_valid": lambda d: d.valid("bimi"),
    "null_mx": lambda d: None if d.record["mx"]["kind"] == "unknown" else d.record["mx"]["kind"] == "null",
    "implicit_mx": lambda d: None if d.record["mx"]["kind"] == "unknown" else d.record["mx"]["kind"] == "implicit",
    "mx_dnssec": Domain.mx_secure,
    "starttls_all": lambda d: d.trait(starttls),
    "starttls_some": lambda d: d.trait(starttls, False),
    "mx_cert_valid_all": lambda d: d.trait(cert_valid),
    "mx_cert_match_all": lambda d: d.trait(cert_match),
    "mx_cert_self_signed_some": lambda d: d.trait(self_signed, False),
    "mx_cert_expiring_some": lambda d: d.trait(expiring, False),
    "tls13_all": lambda d: d.trait(tls13),
    "tls_legacy_some": lambda d: d.trait(legacy, False),
    "dane_present": lambda d: d.some_host(lambda _, host: host.tlsa),
    "dane_secure": Domain.dane_secure,
    "dane_valid": Domain.dane_valid,
    "requiretls_all": lambda d: d.trait(requiretls),
    "ipv6_some": lambda d: d.some_host(lambda _, host: host.ipv6),
}
POPULATIONS = {"all": lambda d: True, "exists": Domain.exists, "mx": Domain.usable_mx}


def share(counts):
    """DESIGN.md section 7; counts[member, property]."""
    def n(member, has):
        return counts.get((member, has), 0)

    def ratio(a, b):
        return a / b if b else None
    members = n(True, True) + n(True, False) + n(True, None)
    yes = n(True, True)
    return {"numerator": yes, "denominator": yes + n(True, False), "unknown": n(True, None),
            "population_unknown": n(None, True) + n(None, False) + n(None, None),
            "share": ratio(yes, yes + n(True, False)),
            "low": ratio(yes, members + n(None, False) + n(None, None)),
            "high": ratio(yes + n(True, None) + n(None, True) + n(None, None), members + n(None, True) + n(None, None))}


def views(expected):
    """The joined view of each expected domain."""
    everything, model, known = expected.everything(), expected.model, expected.chains.known
    records = {}
    for (host, _), record in everything["mx"].items():
        records.setdefault(host, []).append(record)
    now = datetime.datetime.utcnow()
    hosts = {}
    for host, of_host in records.items():
        tlsa = of_host[0].get("tlsa")
        rdatas = model.lookup("_25._tcp." + tlsa["base"], "TLSA").rdatas if tlsa else []
        hosts[host] = Host(of_host, rdatas, known, now)
    for name, record in everything["domains"].items():
        followed = [h["host"] for h in record["mx"].get("hosts", []) if "violation" not in h]
        yield Domain(record, everything["policies"].get(name), [(h, hosts[h]) for h in followed])


def rows(expected):
    """(metric, population, group): share."""
    counted, most = {}, 0
    for view in views(expected):
        rank = view.record.get("rank")
        most = max(most, rank or 0)
        groups = ["all"] + [f"rank<={b}" for b in BUCKETS if rank and rank <= b]
        member = {p: judge(view) for p, judge in POPULATIONS.items()}
        for metric, judge in METRICS.items():
            has = judge(view)
            for population, belongs in member.items():
                for group in groups:
                    cell = counted.setdefault((metric, population, group), {})
                    cell[belongs, has] = cell.get((belongs, has), 0) + 1
    reached = {"all"} | {f"rank<={b}" for b in BUCKETS if b <= most}
    return {key: share(counts) for key, counts in counted.items() if key[2] in reached}


def read(path):
    with open(path, newline="", encoding="utf-8") as text:
        return {(r.pop("metric"), r.pop("population"), r.pop("group")): r for r in csv.DictReader(text)}


def equal(wanted, found):
    def same(a, b):
        number = float(b) if b not in ("", None) else math.nan
        return math.isnan(number) if a is None else abs(a - number) <= 1e-5 * max(1, abs(a))
    return wanted.keys() == found.keys() and all(same(wanted[k], found[k]) for k in wanted)

