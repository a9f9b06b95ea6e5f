"""maker: what generator, replay and grower share: operators, hosts with their addresses and certificates, policies."""
import hashlib
import random

from tests.world import addresses, certificates, names, policyhosts
from tests.world.description import Description

# name, TLD, share of the hosted domains in per mille, hosts, tenant names, zone, has MTA-STS, IPv6
OPERATORS = [
    ("northmail", "com", 270, 40, True, "signed", True, True),
    ("postbridge", "com", 230, 5, False, "plain", True, True),
    ("zephyrmail", "eu", 90, 2, False, "signed", True, True),
    ("boxhost", "net", 80, 4, False, "plain", False, False),
    ("webspace", "de", 70, 2, False, "signed", False, True),
    ("filterworks", "com", 60, 4, True, "plain", False, False),
    ("sendgate", "net", 50, 3, False, "plain", False, False),
    ("mailrelay", "ru", 40, 1, False, "plain", True, True),
    ("letterpress", "ch", 40, 2, False, "signed", True, True),
    ("cheapmx", "info", 40, 2, False, "plain", False, False),
    ("oldmail", "org", 30, 1, False, "plain", False, False),
]
# What customers of an operator include, below _spf.NAME: label of the record, its text. $ is the operator's name.
PLAIN_SPF = {"": "v=spf1 ip4:127.66.$i.0/24 ip6:fd64:6d78:$i::/48 ~all"}
SPF_RECORDS = {
    "northmail": {"": "v=spf1 include:_netblocks.$ include:_netblocks2.$ ~all", "_netblocks.": PLAIN_SPF[""],
                  "_netblocks2.": "v=spf1 ip4:127.66.$i.128/25 ip4:127.67.0.0/23 ip6:fd64:6d78:f000::/36 ~all"},
    "filterworks": {"": "v=spf1 a:common.tenants.$ ip4:127.66.$i.7 -all"},
    "sendgate": {"": "v=spf1 exists:%{i}._spf.$ ip4:127.66.$i.0/28 ?all"},
    "mailrelay": {"": "v=spf1 redirect=_hosts.$", "_hosts.": "v=spf1 mx:$ -all"},
}
STS_ID = "20261124T000000"


def label_of(domain):
    """One label for a customer, its domain with dashes; a digest ends what would pass 63 bytes (RFC 1035 §2.3.4)."""
    label = domain.replace(".", "-")
    return label if len(label) <= 63 else label[:50] + "-" + hashlib.sha256(label.encode()).hexdigest()[:12]


class Maker:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.description = Description()
        self.names = names.Maker(self.rng)
        self.space = addresses.Allocator()
        self.operators = []
        self.policy_address = 0
        self.postfix = 0
        self.rank = 0
        self.provider = "policies." + self.names.domain("net")

    def make_operators(self):
        for label, top, share, count, tenants, state, sts, ipv6 in OPERATORS:
            name = f"{label}-mx.{top}"
            self.names.used.add(name)
            operator = dict(name=name, share=share, tenants=tenants, sts=sts, hosts=[], ipv6=ipv6, servers=[])
            if state != "plain":
                self.description.zone(name, state)
            key = self.rng.choice(["p256", "p256", "rsa"])
            behaviour = "no-starttls" if label == "oldmail" else "ok"
            for i in range(count):
                wildcard = certificates.descriptor("good", key, ["*.tenants." + name if tenants else "*." + name])
                server = dict(behaviour=behaviour, certificate=wildcard, a=[self.space.v4()], server=f"mx{i}.{name}")
                if ipv6:
                    server["aaaa"] = [self.space.v6()]
                if state == "signed" and label != "northmail":
                    server["tlsa"] = [dict(usage=3, selector=1, matching=1, of="leaf")]
                operator["servers"].append(server)
                if not tenants:
                    operator["hosts"].append(self.description.host(f"mx{i}.{name}", **server)["host"])
            if tenants:
                operator["hosts"].append(self.tenant(operator, "common"))
            for prefix, text in SPF_RECORDS.get(label, PLAIN_SPF).items():
                self.spf(prefix or "_spf.", name, text.replace("$i", str(len(self.operators) + 1)).replace("$", name))
            self.operators.append(operator)
            if sts:
                self.description.domain(name, listed=False, reporters=["*"])
        # Two TLDs that speak for the names below them (RFC 9989 §4.10, RFC 8659 §3).
        self.description.domain("bank", listed=False, dmarc=dict(case="suffix"), caa=dict(case="mail"))
        self.description.domain("info", listed=False, dmarc=dict(case="several"))

    def tenant(self, operator, label):
        """The MX host of one customer: a name of its own, an address that others have too."""
        name = f"{label}.tenants.{operator['name']}"
        server = self.rng.choice(operator["servers"])
        self.description.host(name, **{k: v for k, v in server.items() if k != "tlsa"})
        return name

    def spf(self, label, domain, *txt):
        """An SPF record that others lead to, at a name that is on no list."""
        self.description.domain(label + domain, listed=False, spf=dict(txt=list(txt)))

    def choose_operator(self):
        return self.rng.choices(self.operators, [o["share"] for o in self.operators])[0]

    def hosted(self, line, operator=None):
        operator = operator or self.choose_operator()
        if operator["tenants"]:
            line["mx"] = [[0, self.tenant(operator, label_of(line["domain"]))]]
        else:
            line["mx"] = [[10 * (i + 1), host] for i, host in enumerate(operator["hosts"])]
        line["operator"] = operator["name"]
        return operator

    def host_for(self, line, label, behaviour="ok", kind="good", key=None, names=None, ipv6=None, **members):
        """A host of its own in the domain, in the words of mailhosts and certificates."""
        name = label + "." + line["domain"] if label else line["domain"]
        key = key or self.rng.choice(["p256", "p256", "p256", "rsa"])
        host = self.description.host(name, behaviour=behaviour, a=[self.space.v4()], **members)
        if ipv6 or (ipv6 is None and self.rng.random() < 0.15):
            host["aaaa"] = [self.space.v6()]
        host["certificate"] = certificates.descriptor(kind, key, names or [name])
        return host

    def own_host(self, line, label="mx", **members):
        host = self.host_for(line, label, **members)
        line["mx"] = [[10, host["host"]]]
        line.pop("operator", None)
        return host

    def policy(self, line, case, mode="enforce", patterns=None):
        serve = policyhosts.CASES[case].serve
        policy = line["policy"] = dict(case=case, mode=mode)
        policy["mx"] = patterns or self.patterns(line)
        policy["address"] = "10.0.0.9" if serve == "special" else self.next_policy_address(serve)
        return policy

    def next_policy_address(self, serve):
        if serve in ("nginx", "nxdomain", "nodata", "servfail"):
            shared = policyhosts.nginx_addresses()
            self.policy_address += 1
            return shared[self.policy_address % len(shared)]
        return self.space.v4()

    @staticmethod
    def patterns(line):
        found = []
        for _, host in line.get("mx", []):
            pattern = "*." + host.split(".", 1)[1] if "-mx." in host else host
            if host != "." and pattern not in found:
                found.append(pattern)
        return found or ["mx." + line["domain"]]

    def delegate(self, line, case, mode="enforce"):
        """MTA-STS by aliases, at a provider that everybody shares."""
        label = label_of(line["domain"])
        line["mta_sts"] = dict(case="plain", id=STS_ID, alias=f"{label}.record.{self.provider}")
        self.policy(line, case, mode)["alias"] = f"{label}.host.{self.provider}"

    def extra(self, name, **members):
        """One more listed domain, behind all ranks."""
        self.rank += 1
        return self.description.domain(name, rank=self.rank, **members)

    # ---- adoption, by the rates of 2026 ----

    def reporting(self, line, rank):
        """DMARC, MTA-STS, TLS-RPT, BIMI and DKIM of an ordinary domain with MX."""
        rng, top = self.rng, 1 / (1 + rank / 500)
        params = dict(operator=line.get("operator", line["domain"]))
        if rng.random() < 0.72 + 0.2 * top:
            line["dmarc"] = dict(case=rng.choices(["none", "quarantine", "reject", "reject-only", "with-others", "new-tags",
                                                   "policy-assumed", "policy-invalid", "syntax", "several", "historic"],
                                                  [40, 20, 25, 5, 2, 1, 1, 0.5, 1, 0.5, 5])[0], **params)
        if rng.random() < 0.5:
            line["dkim"] = self.keys(line)
        if rng.random() < 0.022 + 0.12 * top:
            self.adopt_sts(line)
        if rng.random() < (0.6 if "policy" in line else 0.015):
            line["tls_rpt"] = dict(case=rng.choices(["mailto", "https", "rua-invalid", "version"], [80, 15, 3, 1])[0], **params)
        if rng.random() < 0.06 + 0.1 * top:
            line["caa"] = dict(case=rng.choice(["issue", "several", "nobody"]))
        if rng.random() < 0.02 + 0.1 * top:
            line["bimi"] = dict(case=rng.choice(["logo", "evidence", "refusal"]))

    def keys(self, line):
        """DKIM as most have it: two aliases to the operator, a key of one's own, or one at a selector that nobody knows."""
        rng = self.rng
        kind = rng.choices(["hosted", "own", "old", "unknown", "revoked"], [40, 35, 12, 10, 3])[0]
        if kind == "hosted" and line.get("operator"):
            label = label_of(line["domain"])
            return {s: dict(alias=f"{s}-{label}._domainkey.{line['operator']}", case="rsa2048") for s in ("selector1", "selector2")}
        selector = rng.choice(["google", "default", "mail", "dkim", "s1", "k1"]) if kind != "unknown" else "20240917"
        return {selector: dict(case={"old": "rsa1024", "revoked": "revoked"}.get(kind, "rsa2048"))}

    def adopt_sts(self, line):
        rng = self.rng
        mode = rng.choices(["enforce", "testing", "none"], [55, 40, 5])[0]
        if rng.random() < 0.4:
            self.delegate(line, "good" if rng.random() < 0.96 else "nxdomain", mode)
            return
        case = rng.choices(["plain", "no-semicolon", "id-invalid", "id-missing", "version"], [60, 37, 1, 0.5, 0.5])[0]
        line["mta_sts"] = dict(case=case, id=STS_ID)
        self.policy(line, rng.choices(["good", "lf", "wrong-name", "expired", "self-signed", "nxdomain", "refused", "404",
                                       "mx-trailing-dot", "empty"], [50, 20, 15, 4, 4, 2, 0.5, 3, 1, 0.5])[0], mode)
        if rng.random() < 0.05:
            line["policy"]["mx"] = ["mx.elsewhere.example"]
