"""adoption: adoption.csv as it must be, from expected records. The metrics are those whose meaning `mxcensus stats
--explain` prints; they are counted here anew. A property is True, False, or None where it cannot be known."""
import collections
import csv
import datetime
import math
import os

from tests.world import dane, names
from tests.world.certificates import name_matches
from tests.world.expect import AGAIN, alternative_names

BUCKETS = [100, 1000, 10000, 100000, 1000000]
BIN = 10000
TOP = 100   # TLDs and operators that are told apart
DATASETS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "datasets")
NO_TLS = {"starttls-absent", "starttls-declined", "starttls-injection", "tls-failed", "no-tls"}
SOON = datetime.timedelta(days=30)


def curated(name):
    with open(os.path.join(DATASETS, name), newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


OPERATORS = {row["suffix"]: row["operator"] for row in curated("operators.csv")}
PARKING = {kind: {row["suffix"] for row in curated("parking.csv") if row["kind"] == kind} for kind in ("ns", "mx")}


def suffixes(name):
    """The name and all above it, the longest first."""
    labels = name.split(".")
    return [".".join(labels[i:]) for i in range(len(labels))]


def operator(host):
    return next((OPERATORS[s] for s in suffixes(host) if s in OPERATORS), None) or names.registrable(host, private=True)


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
        unsigned = first["lookup"]["dnssec"] == "insecure" and not first["lookup"]["aliases"]
        insecure = dnssec in ("bogus", "insecure") or self.tlsa is False or (unsigned and not self.tlsa)
        self.tlsa_secure = False if insecure else self.tlsa if dnssec == "secure" else None

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
    trait.judge = judge
    return trait


@inside
def cert_valid(_, record):
    return record["tls"]["pkix"]["verdict"] == "valid"


@inside
def cert_match(_, record):
    return record["tls"]["pkix"]["verdict"] == "valid" and record["tls"]["name_match"]


@inside
def sendable(_, record):
    """To a sender that honours a policy and speaks TLS 1.2 or later."""
    return cert_match.judge(_, record) and record["tls"]["version"] in ("TLSv1.2", "TLSv1.3")


@inside
def self_signed(_, record):
    return "self-signed" in record["tls"]["pkix"]["errors"]


@inside
def expiring(host, record):
    end = host.certificates[record["tls"]["chain"][0]].not_valid_after
    return host.now <= end <= host.now + SOON


@inside
def expired(_, record):
    return "expired" in record["tls"]["pkix"]["errors"]


def version(wanted):
    return inside(lambda _, record: record["tls"]["version"] == wanted)


@inside
def legacy(_, record):
    return record["tls"]["version"] not in ("TLSv1.2", "TLSv1.3")


@inside
def requiretls(_, record):
    return "REQUIRETLS" in record["ehlo_tls"] if "ehlo_tls" in record else None


def dane_match(domain, aliases):
    """RFC 7672 §3.2.2: the leaf has the name of the TLSA base, of the next-hop domain, or of what that is an alias of."""
    @inside
    def shown(host, record):
        chain = [host.certificates[sha] for sha in record["tls"]["chain"]]
        entity, anchor = dane.judge(host.tlsa_rdatas, chain)
        if entity or not anchor:
            return entity
        names = alternative_names(chain[0])
        dates = chain[0].not_valid_before <= host.now <= chain[0].not_valid_after
        return dates and any(name_matches(names, n) for n in [record["tlsa"]["base"], domain, *aliases[-1:]])

    def trait(host, record):
        """Where no record is usable none can match, whatever the host shows (RFC 7672 §2.2)."""
        useless = host.tlsa and not any(map(dane.usable, host.tlsa_rdatas))
        return False if useless else shown(host, record)
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
        """One SPF record makes it present, also where an include could not be looked up."""
        found = self.record[protocol]
        if protocol == "spf" and found["verdict"] == "unknown" and found["outcome"] == "ok":
            return True
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

    def not_parked(self):
        ns = self.record.get("ns", {"outcome": "nodata"})
        by_ns = any(s in PARKING["ns"] for name in ns.get("hosts", []) for s in suffixes(name))
        by_mx = any(s in PARKING["mx"] for name, _ in self.hosts for s in suffixes(name))
        parked = either(by_ns or (None if ns["outcome"] in AGAIN else False), by_mx or (None if self.has_hosts is None else False))
        return both(self.exists(), None if parked is None else not parked)

    # ---- metrics ----

    def spf_ends(self, *ends):
        valid, spf = self.valid("spf"), self.record["spf"]
        counts = spf.get("effective_all") or spf.get("all")
        if valid is False or (counts is not None and counts not in ends):
            return False
        if counts is None:
            return None if valid is None or spf.get("redirect") else False
        return valid

    def dmarc(self, *policies):
        valid = self.valid("dmarc")
        return self.record["dmarc"].get("p") in policies if valid else valid

    def dmarc_effective(self):
        dmarc = self.record["dmarc"]
        return both(self.valid("dmarc"), self.dmarc("quarantine", "reject"),
                    not (dmarc.get("p") == "quarantine" and dmarc.get("t") == "y"))

    def dmarc_reported(self):
        valid = self.valid("dmarc")
        return bool(self.record["dmarc"].get("rua")) if valid else valid

    def covered(self, *policies):
        effective = self.record["dmarc"]["effective"]
        if effective["verdict"] == "unknown":
            return None
        return effective["verdict"] == "valid" and (not policies or effective["policy"] in policies)

    def missed(self):
        dkim = self.record["dkim"]
        if not dkim.get("control"):
            return False
        return True if dkim["key"] == "yes" else None if dkim["unanswered"] else False

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

    def delivers(self, name, host):
        return any(pattern_matches(p, name) for p in self.policy["mx"]) and host.some(sendable)

    def deliverable(self):
        enforced = both(self.valid("mta_sts"), self.policy_mode("enforce"))
        return self.some_host(self.delivers) if enforced else enforced

    def bound(self):
        """A valid policy in mode enforce or testing binds a sender, or would."""
        return both(self.valid("mta_sts"), either(self.policy_mode("enforce"), self.policy_mode("testing")))

    def delivery_all(self):
        bound = self.bound()
        return self.all_hosts(self.delivers) if bound else bound

    def delivery_none(self):
        bound = self.bound()
        if not bound:
            return bound
        some = self.some_host(self.delivers)
        return both(self.usable_mx(), None if some is None else not some)

    def five(self, judge, policy):
        return both(self.node(), policy, *[judge(p) for p in ("spf", "dmarc", "mta_sts", "tls_rpt")])

    def no_host(self, trait):
        some = self.trait(trait, False)
        return both(self.usable_mx(), None if some is None else not some)

    def dangling(self):
        if not self.has_hosts:
            return self.has_hosts
        return either(False, *[None if host.address is None else not host.address for _, host in self.hosts])

    def kind(self, wanted):
        kind = self.record["mx"]["kind"]
        return None if kind == "unknown" else kind == wanted

    def dnssec(self, wanted):
        found = self.record["mx"].get("dnssec", "indeterminate")
        return None if found == "indeterminate" else found == wanted

    def mx_secure(self):
        mx = self.record["mx"]
        if mx["outcome"] in ("nodata", "nxdomain") or mx["dnssec"] in ("bogus", "insecure"):
            return False
        return True if mx["outcome"] == "ok" and mx["dnssec"] == "secure" else None

    def dane_secure(self):
        return both(self.mx_secure(), self.all_hosts(lambda _, host: host.tlsa_secure))

    def dane_valid(self):
        trait = dane_match(self.record["domain"], self.record["mx"]["aliases"] or [])
        return both(self.dane_secure(), self.all_hosts(lambda _, host: host.every(trait)))


METRICS = {
    "spf_present": lambda d: d.present("spf"),
    "spf_valid": lambda d: d.valid("spf"),
    "spf_enforcing": lambda d: d.spf_ends("fail", "softfail"),
    "spf_strict": lambda d: d.spf_ends("fail"),
    "spf_open": lambda d: d.spf_ends("pass"),
    "dmarc_present": lambda d: d.present("dmarc"),
    "dmarc_valid": lambda d: d.valid("dmarc"),
    "dmarc_enforcing": lambda d: d.dmarc("quarantine", "reject"),
    "dmarc_none": lambda d: d.dmarc("none"),
    "dmarc_effective": Domain.dmarc_effective,
    "dmarc_reported": Domain.dmarc_reported,
    "dmarc_reject": lambda d: d.dmarc("reject"),
    "dkim_node": Domain.node,
    "dkim_key": lambda d: {"yes": True, "no": False}.get(d.record["dkim"]["key"]),
    "dkim_control": lambda d: bool(d.record["dkim"].get("control")),
    "dkim_control_missed": Domain.missed,
    "dmarc_covered": Domain.covered,
    "dmarc_covered_enforcing": lambda d: d.covered("quarantine", "reject"),
    "caa_present": lambda d: d.present("caa"),
    "caa_valid": lambda d: d.valid("caa"),
    "sts_record_present": lambda d: d.present("mta_sts"),
    "sts_record_valid": lambda d: d.valid("mta_sts"),
    "sts_policy_valid": Domain.policy_valid,
    "sts_policy_none": lambda d: d.policy_mode("none"),
    "sts_policy_testing": lambda d: d.policy_mode("testing"),
    "sts_policy_enforce": lambda d: d.policy_mode("enforce"),
    "sts_deliverable": Domain.deliverable,
    "sts_delivery_all": Domain.delivery_all,
    "sts_delivery_none": Domain.delivery_none,
    "tls_rpt_present": lambda d: d.present("tls_rpt"),
    "tls_rpt_valid": lambda d: d.valid("tls_rpt"),
    "sts_tls_rpt_present": lambda d: both(d.present("mta_sts"), d.present("tls_rpt")),
    "five_present": lambda d: d.five(d.present, True),
    "five_valid": lambda d: d.five(d.valid, d.policy_valid()),
    "bimi_present": lambda d: d.present("bimi"),
    "bimi_valid": lambda d: d.valid("bimi"),
    "mx_present": lambda d: d.kind("hosts"),
    "null_mx": lambda d: d.kind("null"),
    "implicit_mx": lambda d: d.kind("implicit"),
    "mx_dangling_some": Domain.dangling,
    "dnssec": lambda d: d.dnssec("secure"),
    "dnssec_bogus": lambda d: d.dnssec("bogus"),
    "mx_dnssec": Domain.mx_secure,
    "starttls_all": lambda d: d.trait(starttls),
    "starttls_some": lambda d: d.trait(starttls, False),
    "starttls_none": lambda d: d.no_host(starttls),
    "mx_cert_valid_some": lambda d: d.trait(cert_valid, False),
    "mx_cert_match_some": lambda d: d.trait(cert_match, False),
    "mx_cert_expired_some": lambda d: d.trait(expired, False),
    "mx_cert_valid_all": lambda d: d.trait(cert_valid),
    "mx_cert_match_all": lambda d: d.trait(cert_match),
    "mx_cert_self_signed_some": lambda d: d.trait(self_signed, False),
    "mx_cert_expiring_some": lambda d: d.trait(expiring, False),
    "tls13_all": lambda d: d.trait(version("TLSv1.3")),
    "tls13_some": lambda d: d.trait(version("TLSv1.3"), False),
    "tls12_some": lambda d: d.trait(version("TLSv1.2"), False),
    "tls11_some": lambda d: d.trait(version("TLSv1.1"), False),
    "tls10_some": lambda d: d.trait(version("TLSv1"), False),
    "tls_legacy_some": lambda d: d.trait(legacy, False),
    "dane_present": lambda d: d.some_host(lambda _, host: host.tlsa),
    "dane_secure": Domain.dane_secure,
    "dane_valid": Domain.dane_valid,
    "requiretls_all": lambda d: d.trait(requiretls),
    "requiretls_some": lambda d: d.trait(requiretls, False),
    "ipv6_all": lambda d: d.all_hosts(lambda _, host: host.ipv6),
    "ipv6_some": lambda d: d.some_host(lambda _, host: host.ipv6),
}
POPULATIONS = {"all": lambda d: True, "exists": Domain.exists, "mx": Domain.usable_mx,
               "not_parked": Domain.not_parked}


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


class Groups:
    """The groups that each domain is in; those of a family with fewer domains than the TOP largest are one."""

    def __init__(self, everybody):
        self.most = max([view.record.get("rank") or 0 for view in everybody], default=0)
        self.chosen = {}
        for prefix, key in (("tld", self.tld), ("operator", self.operator)):
            sizes = collections.Counter(k for k in map(key, everybody) if k is not None)
            largest = sorted(sizes, key=lambda k: (-sizes[k], k.encode()))[:TOP]
            self.chosen[prefix] = {k: f"{prefix}={k}" if k in largest else f"{prefix}=(other)" for k in sizes}

    @staticmethod
    def tld(view):
        return view.record["domain"].rsplit(".", 1)[-1]

    @staticmethod
    def operator(view):
        return operator(view.hosts[0][0]) if view.hosts else None

    def of(self, view):
        rank = view.record.get("rank")
        found = ["all"] + [f"rank<={b}" for b in BUCKETS if rank and rank <= b <= self.most]
        if rank and BIN < rank <= BUCKETS[-1]:
            start = (rank - 1) // BIN * BIN
            found.append(f"rank={start + 1}-{start + BIN}")
        found.append(self.chosen["tld"][self.tld(view)])
        if view.hosts:
            found.append(self.chosen["operator"][self.operator(view)])
        return found

    def empty(self):
        """Bins that no domain of the list is in, and that are there all the same."""
        for start in range(BIN, min(self.most, BUCKETS[-1]), BIN):
            yield f"rank={start + 1}-{start + BIN}"


def rows(expected):
    """(metric, population, group): share."""
    everybody = list(views(expected))
    groups = Groups(everybody)
    counted = {(m, p, g): {} for m in METRICS for p in POPULATIONS for g in groups.empty()}
    for view in everybody:
        of = groups.of(view)
        member = {p: judge(view) for p, judge in POPULATIONS.items()}
        for metric, judge in METRICS.items():
            has = judge(view)
            for population, belongs in member.items():
                for group in of:
                    cell = counted.setdefault((metric, population, group), {})
                    cell[belongs, has] = cell.get((belongs, has), 0) + 1
    return {key: share(counts) for key, counts in counted.items()}


def read(path, keys=3):
    """The rows of a file by their first columns."""
    with open(path, newline="", encoding="utf-8") as text:
        rows = [list(row.items()) for row in csv.DictReader(text)]
    return {tuple(value for _, value in row[:keys]): dict(row[keys:]) for row in rows}


def equal(wanted, found):
    def same(a, b):
        number = float(b) if b not in ("", None) else math.nan
        return math.isnan(number) if a is None else abs(a - number) <= 1e-5 * max(1, abs(a))
    return wanted.keys() == found.keys() and all(same(wanted[k], found[k]) for k in wanted)

