"""gallery: one domain for each case that a scanner may meet, so that every world of a thousand domains has all of them.
An exhibit changes a domain that would be ordinary otherwise: exhibit(maker, line)."""
from tests.world import addresses, caa, certificates, dkim, mailhosts, policyhosts, texts

TLSA = [
    ("matching", [dict(usage=3, selector=1, matching=1, of="leaf")]),
    ("full", [dict(usage=3, selector=0, matching=1, of="leaf"), dict(usage=3, selector=1, matching=2, of="leaf")]),
    ("mismatching", [dict(usage=3, selector=1, matching=1, of="other")]),
    ("rollover", [dict(usage=3, selector=1, matching=1, of="other"), dict(usage=3, selector=1, matching=1, of="leaf")]),
    ("issuer", [dict(usage=2, selector=1, matching=1, of="issuer")]),
    ("issuer-whole", [dict(usage=2, selector=0, matching=0, of="issuer")]),
    ("pkix", [dict(usage=1, selector=1, matching=1, of="leaf")]),
    ("length", [dict(usage=3, selector=1, matching=1, of="short")]),
    ("malformed", [dict(raw="0301")]),
    ("malformed-and-good", [dict(raw="030101"), dict(usage=3, selector=1, matching=1, of="leaf")]),
    ("matching-unknown", [dict(usage=3, selector=1, matching=9, of="leaf")]),
    ("selector-unknown", [dict(usage=3, selector=7, matching=1, of="leaf")]),
]
BEHAVIOURS = [b for b in mailhosts.BEHAVIOURS if b not in ("ok", "postfix")]
CERTIFICATES = [(kind, key) for kind in certificates.KINDS for key in ("p256", "rsa")] + [
    ("good", "p384"), ("good", "ed25519"), ("expired", "ed25519")]
POSTFIX = [("good", "rsa"), ("good", "p256"), ("good", "rsa"), ("good", "p256"), ("expired", "p256"), ("self-signed", "rsa")]


def exhibits():
    """(name, exhibit): what must be somewhere in the world, in an order that is always the same."""
    found = []
    # Texts: the protocols are independent of each other, so that one domain shows a case of each.
    for i in range(max(len(table) for table in texts.TABLES.values())):
        found.append((f"texts {i}", lambda m, line, i=i: show_texts(m, line, i)))
    for behaviour in BEHAVIOURS:
        found.append((behaviour, lambda m, line, b=behaviour: m.own_host(line, behaviour=b)))
    for kind, key in CERTIFICATES:
        found.append((f"{kind} {key}", lambda m, line, k=kind, y=key: m.own_host(line, kind=k, key=y)))
    found.append(("wrong name", lambda m, line: m.own_host(line, names=["elsewhere.example"])))
    found.append(("wildcard", lambda m, line: m.own_host(line, names=["*." + line["domain"]])))
    found.append(("wildcard too deep", lambda m, line: m.own_host(line, label="a.mx", names=["*." + line["domain"]])))
    found.append(("requiretls", lambda m, line: m.own_host(line, keywords=mailhosts.KEYWORDS + ["REQUIRETLS"])))
    for version in ("tls12", "tls13"):
        found.append((f"ocsp staple {version}", lambda m, line, v=version: m.own_host(line, behaviour=v, staple=471)))
    for i, (kind, key) in enumerate(POSTFIX):
        found.append((f"postfix {i}", lambda m, line, k=kind, y=key: show_postfix(m, line, k, y)))
    for name, records in TLSA:
        for state in ("signed", "plain"):
            if state == "signed" or name in ("matching", "mismatching"):
                found.append((f"tlsa {name} {state}", lambda m, line, r=records, s=state: show_tlsa(m, line, r, s)))
    for case in policyhosts.CASES:
        found.append((f"policy {case}", lambda m, line, c=case: show_policy(m, line, c)))
    for mode in ("testing", "none"):
        found.append((f"policy {mode}", lambda m, line, mode=mode: show_policy(m, line, "good", mode=mode)))
    for pattern in ("whole", "third", "typo", "top", "short", "long"):
        found.append((f"policy against mx: {pattern}", lambda m, line, p=pattern: show_mismatch(m, line, p)))
    found += [(f"mx {f.__name__[3:]}", f) for f in MX]
    found += [(f"spf {name}", lambda m, line, r=records: show_spf(m, line, *r)) for name, records in SPF.items()]
    found += [(f"spf {f.__name__[4:]}", f) for f in SPF_MORE]
    for state in ("bogus", "stripped", "dead", "lame", "signed"):
        found.append((f"zone {state}", lambda m, line, s=state: m.description.zone(line["domain"], s)))
    for case in caa.CASES:
        found.append((f"caa {case}", lambda m, line, c=case: line.update(caa=dict(case=c))))
    for case in dkim.CASES:
        found.append((f"dkim {case}", lambda m, line, c=case: line.update(dkim=dict(default=dict(case=c)))))
    found += [(f"dkim {f.__name__[5:]}", f) for f in DKIM]
    found += [(f"names {f.__name__[5:]}", f) for f in NAMES]
    return found


def show_texts(maker, line, i):
    for kind, table in texts.TABLES.items():
        line[kind] = dict(case=list(table)[i % len(table)], operator=maker.operators[0]["name"])
    line["mta_sts"]["id"] = "20261124T000000"
    if texts.STS[line["mta_sts"]["case"]].verdict in ("valid", "invalid"):
        maker.policy(line, "good")


def show_postfix(maker, line, kind, key):
    host = maker.own_host(line, behaviour="postfix", kind=kind, key=key)
    maker.postfix += 1
    host.pop("aaaa", None)
    host["a"] = [addresses.after(addresses.POSTFIX, maker.postfix)]


def show_tlsa(maker, line, records, state):
    maker.description.zone(line["domain"], state)
    maker.own_host(line)["tlsa"] = records


def show_policy(maker, line, case, mode="enforce"):
    maker.own_host(line)
    line["mta_sts"] = dict(case="plain", id="20261124T000000")
    maker.policy(line, case, mode)


def show_mismatch(maker, line, pattern):
    """What the study of 2025 calls these: another domain, a third level too much, a typing error, another TLD. And a wildcard that is a
    label too short or too long, though that is but three edits."""
    show_policy(maker, line, "good")
    domain = line["domain"]
    line["policy"]["mx"] = [{"whole": "mx.elsewhere.example", "third": "mail.mta-sts." + domain,
                             "typo": "mxx." + domain, "top": "mx." + domain.rsplit(".", 1)[0] + ".invalid",
                             "short": "*." + domain.partition(".")[2], "long": "*.mx." + domain}[pattern]]


# ---- SPF: what a record leads to. The domain's own record, then label and text of those below it; $ is the domain ----

SPF = {
    "nested": ["v=spf1 include:a.$ include:c.$ -all", ("a.", "v=spf1 ip4:127.64.9.0/24 include:b.$ ?all"),
               ("b.", "v=spf1 ip4:127.64.9.128/25 ip4:127.64.10.1 -ip4:127.64.10.2 ip4:127.64.10.2/31 ~all"),
               ("c.", "v=spf1 ip6:fd64:6d78::/32 ip6:fd64:6d78:7::1 -all")],
    "first match": ["v=spf1 -ip4:127.64.9.1 -include:a.$ ip4:127.64.9.0/24 ?all", ("a.", "v=spf1 ip4:127.64.9.64/26 +ip6:::/1 -all")],
    "everybody behind an include": ["v=spf1 include:a.$ -all", ("a.", "v=spf1 ?ip4:127.64.9.0/24 +all")],
    "ten lookups": ["v=spf1 include:a.$ mx -all", ("a.", "v=spf1 " + "mx:$ " * 8 + "-all")],
    "eleven lookups": ["v=spf1 include:a.$ mx -all", ("a.", "v=spf1 " + "mx:$ " * 9 + "-all")],
    "lookups without end": ["v=spf1 include:a.$ -all"] + [
        (f"{x}.", f"v=spf1 include:{y}.$ include:{y}.$ include:{y}.$ ~all") for x, y in zip("abcdef", "bcdefg")] + [("g.", "v=spf1")],
    "two voids": ["v=spf1 a:gone.$ include:a.$ -all", ("a.", "v=spf1 exists:gone2.$ mx:$ -all")],
    "three voids": ["v=spf1 a:gone.$ include:a.$ -all", ("a.", "v=spf1 exists:gone2.$ mx:gone.$ -all")],
    "include gone": ["v=spf1 include:gone.$ -all"],
    "include without record": ["v=spf1 include:a.$ -all", ("a.", "something else")],
    "include invalid": ["v=spf1 include:a.$ -all", ("a.", "v=spf1 include:b.$ -all"), ("b.", "v=spf1 ip4:127.64.9.300 -all")],
    "include several": ["v=spf1 include:a.$ -all", ("a.", "v=spf1 -all", "v=spf1 ~all")],
    "include malformed": ["v=spf1 include:a..$ -all"],
    "redirects": ["v=spf1 redirect=a.$", ("a.", "v=spf1 mx redirect=b.$"), ("b.", "v=spf1 redirect=c.$"), ("c.", "v=spf1 ~all")],
    "redirect to nothing said": ["v=spf1 redirect=a.$", ("a.", "v=spf1 ip4:127.64.9.0/24")],
    "redirect gone": ["v=spf1 redirect=gone.$"],
    "redirect invalid": ["v=spf1 redirect=a.$", ("a.", "v=spf1 mx:$ nonsense -all")],
    "loop": ["v=spf1 include:$ -all"],
    "loop below": ["v=spf1 mx include:a.$ -all", ("a.", "v=spf1 include:b.$ -all"), ("b.", "v=spf1 redirect=A.$.")],
    "macros of the domain": ["v=spf1 include:%{d1r}.a.$ exists:%{o}.%{d}.b.$ -all"],
    "macros of a message": ["v=spf1 include:%{l}.a.$ a:%{h} exists:%{i}._spf.%{d} redirect=%{s}"],
    "exists": ["v=spf1 exists:$ -all"],
}


def show_spf(maker, line, own, *below):
    domain = line["domain"]
    line["spf"] = dict(txt=[own.replace("$", domain)])
    for label, *txt in below:
        maker.spf(label, domain, *[t.replace("$", domain) for t in txt])


def spf_mx_crowd(maker, line):
    """More exchanges than "mx" may lead to (RFC 7208 §4.6.4)."""
    maker.own_host(line)
    line["mx"] = [[10 + i, maker.host_for(line, f"mx{i}")["host"]] for i in range(11)]


def spf_mx_ten(maker, line):
    maker.own_host(line)
    line["mx"] = [[10 + i, maker.host_for(line, f"mx{i}")["host"]] for i in range(9)] + [[90, "gone." + line["domain"]]]


def spf_include_dead(maker, line):
    """Nobody knows whether that record is there: the verdict is unknown."""
    zone = maker.names.domain("net")
    maker.description.zone(zone, "dead")
    show_spf(maker, line, f"v=spf1 include:_spf.{zone} a -all")


def spf_include_dead_and_gone(maker, line):
    """A fault that was found is one, whatever else there may be."""
    zone = maker.names.domain("net")
    maker.description.zone(zone, "dead")
    show_spf(maker, line, f"v=spf1 include:_spf.{zone} include:gone.$ -all")


def spf_host_dead(maker, line):
    zone = maker.names.domain("net")
    maker.description.zone(zone, "bogus")
    show_spf(maker, line, f"v=spf1 a:mail.{zone} -all")


def spf_hosts_dead_and_gone(maker, line):
    """A third void, or none."""
    zone = maker.names.domain("net")
    maker.description.zone(zone, "bogus")
    show_spf(maker, line, f"v=spf1 a:mail.{zone} a:gone.$ a:gone2.$ -all")


SPF_MORE = [f for name, f in sorted(globals().items()) if name.startswith("spf_")]


# ---- MX ----

def mx_several(maker, line):
    maker.own_host(line)
    first = line["mx"][0][1]
    backup = maker.host_for(line, "backup", behaviour="no-starttls")["host"]
    line["mx"] = [[20, backup], [10, first], [30, maker.operators[0]["hosts"][0]], [10, "b." + line["domain"]]]
    maker.host_for(line, "b")


def mx_null(maker, line):
    line["mx"] = [[0, "."]]


def mx_null_with_others(maker, line):
    maker.own_host(line)
    line["mx"].append([0, "."])


def mx_to_alias(maker, line):
    target = maker.host_for(line, "real")["host"]
    maker.description.host("alias." + line["domain"], alias=target)
    line["mx"] = [[10, "alias." + line["domain"]]]


def mx_to_alias_elsewhere(maker, line):
    maker.description.host("alias." + line["domain"], alias=maker.operators[0]["hosts"][0])
    line["mx"] = [[10, "alias." + line["domain"]]]


def mx_to_alias_secure(maker, line):
    maker.description.zone(line["domain"], "signed")
    host = maker.host_for(line, "real")
    host["tlsa"] = TLSA[0][1]
    host["certificate"]["names"].append("alias." + line["domain"])
    maker.description.host("alias." + line["domain"], alias=host["host"])
    line["mx"] = [[10, "alias." + line["domain"]]]


def mx_to_alias_anchored(maker, line):
    """The records are the alias's end's, so that the alias is no name for the leaf to have (RFC 7672 §3.2.2)."""
    mx_to_alias_secure(maker, line)
    host = maker.description.hosts["real." + line["domain"]]
    host["tlsa"] = [dict(usage=2, selector=1, matching=1, of="issuer")]
    host["certificate"]["names"] = ["alias." + line["domain"]]


def mx_anchored_next_hop(maker, line):
    """The leaf has the name of the domain that mail goes to (RFC 7672 §3.2.2)."""
    maker.description.zone(line["domain"], "signed")
    maker.own_host(line, names=[line["domain"]])["tlsa"] = [dict(usage=2, selector=1, matching=1, of="issuer")]


def mx_to_alias_loop(maker, line):
    maker.description.host("one." + line["domain"], alias="two." + line["domain"])
    maker.description.host("two." + line["domain"], alias="one." + line["domain"])
    line["mx"] = [[10, "one." + line["domain"]]]


def mx_dangling(maker, line):
    line["mx"] = [[10, "gone." + line["domain"]]]


def mx_dangling_domain(maker, line):
    line["mx"] = [[10, "mx." + maker.names.domain("com")]]


def mx_without_address(maker, line):
    line["mx"] = [[10, "empty." + line["domain"]]]
    maker.description.host("x.empty." + line["domain"], a=[addresses.WEB])


def mx_address_literal(maker, line):
    line["mx"] = [[10, "192.0.2.1"]]


def mx_address_and_host(maker, line):
    maker.own_host(line)
    line["mx"].append([20, "127.64.0.53"])


def mx_localhost(maker, line):
    line["mx"] = [[10, "localhost"]]


def mx_invalid(maker, line):
    line["mx"] = [[10, "mail@" + line["domain"]]]


def mx_single_label(maker, line):
    line["mx"] = [[10, "mail"]]


def mx_itself(maker, line):
    maker.own_host(line, label="")


def mx_ipv6_only(maker, line):
    host = maker.own_host(line)
    host.pop("a", None)
    host["aaaa"] = [maker.space.v6()]


def mx_many_addresses(maker, line):
    host = maker.own_host(line)
    host["a"] = [maker.space.v4() for _ in range(4)]
    host["aaaa"] = [maker.space.v6() for _ in range(2)]


def mx_special(maker, line):
    line["mx"] = []
    for i, address in enumerate(addresses.SPECIAL + addresses.SPECIAL6):
        host = f"s{i}.{line['domain']}"
        line["mx"].append([i, host])
        maker.description.host(host, **{"aaaa" if ":" in address else "a": [address]})


def mx_special_and_good(maker, line):
    host = maker.own_host(line)
    host["a"].append("10.0.0.1")


def mx_in_dead_zone(maker, line):
    zone = maker.names.domain("net")
    maker.description.zone(zone, "dead")
    line["mx"] = [[10, "mx." + zone]]


def mx_in_bogus_zone(maker, line):
    zone = maker.names.domain("net")
    maker.description.zone(zone, "bogus")
    maker.description.host("mx." + zone, a=[maker.space.v4()])
    line["mx"] = [[10, "mx." + zone]]


def mx_implicit(maker, line):
    line.update(mx=[], a=[addresses.WEB])


def mx_implicit_ipv6(maker, line):
    line.update(mx=[], a=[], aaaa=[maker.space.v6()])


def mx_none(maker, line):
    line.update(mx=[], a=[], aaaa=[])
    line["spf"] = dict(case="nothing")


def mx_nothing_there(maker, line):
    line["exists"] = False


MX = [f for name, f in sorted(globals().items()) if name.startswith("mx_")]


# ---- DKIM ----

def dkim_pair(maker, line):
    """Two selectors that go together, of which the first is revoked."""
    line["dkim"] = dict(selector1=dict(case="revoked"), selector2=dict(case="rsa2048"))


def dkim_second_alone(maker, line):
    """The second of a pair is not asked for where the first is not there."""
    line["dkim"] = dict(selector2=dict(case="rsa2048"))


def dkim_dangling(maker, line):
    line["dkim"] = dict(selector1=dict(alias="selector1._domainkey." + maker.names.domain("com")), google=dict(case="rsa2048"))


def dkim_in_dead_zone(maker, line):
    zone = maker.names.domain("net")
    maker.description.zone(zone, "dead")
    line["dkim"] = dict(default=dict(alias="default._domainkey." + zone))


def dkim_every_selector(maker, line):
    line["dkim"] = {"*": dict(case="revoked")}


def dkim_every_selector_and_one(maker, line):
    line["dkim"] = {"*": dict(case="other"), "google": dict(case="rsa2048")}


def dkim_text_at_node(maker, line):
    line["dkim"] = "record"


DKIM = [f for name, f in sorted(globals().items()) if name.startswith("dkim_")]


# ---- names ----

def name_delegated_policy(maker, line):
    """Both aliases of a delegated MTA-STS, at a provider."""
    maker.delegate(line, "good")


def name_delegated_policy_secure(maker, line):
    maker.description.zone(line["domain"], "signed")
    maker.delegate(line, "good")


def name_policy_alias_broken(maker, line):
    maker.delegate(line, "nxdomain")


def name_policy_in_dead_zone(maker, line):
    zone = maker.names.domain("net")
    maker.description.zone(zone, "dead")
    show_policy(maker, line, "servfail")
    line["policy"]["alias"] = "policy." + zone


def name_wildcard(maker, line):
    """One TXT for whatever is asked: not a record of any protocol but SPF."""
    for kind in ("dmarc", "mta_sts", "tls_rpt", "bimi", "dkim"):
        line.pop(kind, None)
    line["wildcard"] = dict(spf=dict(case="nothing"))


def name_wildcard_sts(maker, line):
    name_wildcard(maker, line)
    line["wildcard"] = dict(mta_sts=dict(case="plain", id="1"))
    maker.policy(line, "nxdomain")


def name_wildcard_host(maker, line):
    """An address for whatever is asked: every underscore name exists, and has no text."""
    name_wildcard(maker, line)
    line.update(wildcard={}, wildcard_host=True)


def name_wildcard_and_own(maker, line):
    """Records of one's own beside a wildcard."""
    name_wildcard(maker, line)
    line["dmarc"] = dict(case="reject-only")
    line["dkim"] = dict(google=dict(case="rsa2048"))


def name_all_exist(maker, line):
    """All underscore names are there, and no wildcard is."""
    show_policy(maker, line, "good")
    line.update(dmarc=dict(case="none"), dkim=dict(google=dict(case="rsa2048")))


def name_policy_on_ipv6(maker, line):
    show_policy(maker, line, "good")
    line["policy"]["address"] = "fd64:6d78::2:1"


def name_policy_on_both(maker, line):
    show_policy(maker, line, "good")
    line["policy"]["others"] = ["fd64:6d78::2:1"]


def name_policy_on_second(maker, line):
    """Nobody listens where IPv4 points to: the policy is had over IPv6."""
    name_policy_on_ipv6(maker, line)
    line["policy"]["others"] = [maker.space.v4()]


def name_policy_at_home(maker, line):
    """An alias that stays within the domain delegates nothing."""
    show_policy(maker, line, "good")
    line["policy"]["alias"] = "web." + line["domain"]


def name_policy_old_tls(maker, line):
    """A certificate that is good, over TLS 1.0: no sender takes it."""
    show_policy(maker, line, "good")
    maker.own_host(line, behaviour="tls10")


def name_policy_one_mx_bad(maker, line):
    maker.own_host(line)
    line["mx"].append([20, maker.host_for(line, "backup", behaviour="no-starttls")["host"]])
    line["mta_sts"] = dict(case="plain", id="20261124T000000")
    maker.policy(line, "good", "testing")


def name_policy_one_mx_unnamed(maker, line):
    show_policy(maker, line, "good")
    line["mx"].append([20, maker.host_for(line, "backup")["host"]])


def name_policy_one_mx_dangling(maker, line):
    show_policy(maker, line, "good")
    line["mx"].append([20, "gone." + line["domain"]])


def name_policy_one_mx_dead(maker, line):
    maker.own_host(line)
    line["mx"].append([20, maker.host_for(line, "dead", behaviour="refused")["host"]])
    line["mta_sts"] = dict(case="plain", id="20261124T000000")
    maker.policy(line, "good")


def name_policy_known_provider(maker, line):
    """Both aliases at a provider that stands on the list of datasets/."""
    maker.delegate(line, "good")
    line["policy"]["alias"] = line["policy"]["alias"].split(".")[0] + ".mxworld.easydmarc.pro"


def name_policy_rsa(maker, line):
    show_policy(maker, line, "good")
    line["policy"]["key"] = "rsa"


def name_alias_of_domain(maker, line):
    """A listed name that is itself an alias: MX and TXT are the target's."""
    target = next(d["domain"] for d in maker.description.listed() if d is not line)
    name = "alias." + line["domain"]
    maker.extra(name, alias=target)


def name_below(maker, line):
    """A listed name below a listed name, without a zone cut between them."""
    maker.extra("news." + line["domain"], mx=[[10, maker.operators[0]["hosts"][0]]], spf=dict(case="mx"))


def name_nameservers(maker, line):
    """Servers that are called otherwise, as those of a parked domain are."""
    parking = "parked-" + maker.names.domain("com")
    line["nameservers"] = [f"ns2.{parking}", f"ns1.{parking}"]
    for host in line["nameservers"]:
        maker.description.host(host, a=[addresses.PLAIN])


def name_caa_above(maker, line):
    """A listed name without CAA below one that has it, inside its zone."""
    line["caa"] = dict(case="several")
    maker.extra("shop." + line["domain"], mx=[[0, "."]])
    maker.extra("own.shop." + line["domain"], mx=[[0, "."]], caa=dict(case="nobody"))


def name_dmarc_above(maker, line):
    """Listed names whose policy is an ancestor's: one, one that does not exist, one far down, one with a stop between."""
    domain = line["domain"]
    line["dmarc"] = dict(case="reject", operator=maker.operators[0]["name"])
    maker.extra("news." + domain, mx=[[0, "."]])
    maker.extra("gone." + domain, exists=False)
    maker.extra("a.b.c.d.e.f.g.h." + domain, mx=[[0, "."]])
    maker.description.domain("b.c.d.e.f.g.h." + domain, listed=False, dmarc=dict(case="none"))   # passed over
    maker.description.domain("stop." + domain, listed=False, dmarc=dict(case="no-suffix"))
    maker.extra("x.stop." + domain, mx=[[0, "."]])


def name_dmarc_of_tld(maker, line):
    """A name of its own below a TLD that has a record, one that does not exist, and one further down."""
    name = maker.names.domain("bank")
    maker.extra(name, mx=[[0, "."]])
    maker.extra("x.y." + name, mx=[[0, "."]])
    maker.description.domain("y." + name, listed=False, dmarc=dict(case="none"))   # not the organization's
    maker.extra(maker.names.domain("bank"), exists=False)


def name_reporters(maker, line):
    """Reports at places that take them from this domain alone, from others alone, from everybody, from nobody."""
    domain = line["domain"]
    taker, other = maker.names.domain("net"), maker.names.domain("net")
    maker.description.domain("reports." + taker, listed=False, reporters=[domain])
    maker.description.domain(taker, listed=False, reporters=["*", "else.where"])
    maker.description.domain(other, listed=False, reporters=["elsewhere.com"])
    line["dmarc"] = dict(case="outside", operator=taker)
    maker.extra(maker.names.domain("com"), mx=[[0, "."]], dmarc=dict(case="outside", operator=other))


def name_empty_above(maker, line):
    """A name that exists only because there is one below it: NODATA, not NXDOMAIN (RFC 8020)."""
    maker.extra("deep.down." + line["domain"], mx=[[0, "."]])
    maker.extra("down." + line["domain"])


NAMES = [f for name, f in sorted(globals().items()) if name.startswith("name_")]
ADDS_NAMES = {"names alias_of_domain", "names below", "names empty_above", "names caa_above",
             "names dmarc_above", "names dmarc_of_tld", "names reporters"}   # to the list, which a given list does not allow
