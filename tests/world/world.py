"""world: from a description to everything that makes it real: certificates, names, and the files of the servers."""
from tests.world import addresses, caa, certificates, dkim, mailhosts, names, policyhosts, texts, zones
from tests.world.model import Model

TXT_PREFIX = texts.PREFIX


def zone_names(description):
    """Every zone below the TLDs: the registrable domain of each name that exists."""
    found = set(description.zones)
    for host in description.hosts.values():
        # An alias cannot be the top of a zone (RFC 1034 §3.6.2): one below a public suffix stands in the TLD.
        if host.get("exists", True) and not (host.get("alias") and names.registrable(host["host"]) == host["host"]):
            found.add(names.registrable(host["host"]))
    for line in description.domains.values():
        if line.get("exists", True):
            found.add(names.registrable(line["domain"]))
            for member in ("mta_sts", "policy"):
                if line.get(member, {}).get("alias"):
                    found.add(names.registrable(line[member]["alias"]))
    return {name for name in found if "." in name and not names.is_suffix(name)}


def tlds(description, cut):
    found = {names.tld(n) for n in cut} | {names.SERVERS}
    found.update(names.tld(n) for n in description.domains)
    return found


def model_of(description, tlsa_of=None):
    """tlsa_of(host line): the RDATA of its TLSA records; without it they are left out."""
    model = Model()
    model.zone("", "signed")
    cut = zone_names(description)
    for tld in tlds(description, cut):
        model.zone(tld, "signed")
    for name in cut:
        model.zone(name, description.zones.get(name, "plain"))
    for host in description.hosts.values():
        add_host(model, host, tlsa_of)
    for line in description.domains.values():
        if line.get("exists", True):
            add_domain(model, line)
    for name, zone in model.zones.items():
        for server in zone_servers(description, zone):
            model.add(name, "NS", server)
    model.complete()
    return model


def zone_servers(description, zone):
    """The names of a zone's servers: the world's own, or what the domain says they are called."""
    return description.domains.get(zone.name, {}).get("nameservers") or [zones.server_name(zone.state)]


def add_addresses(model, name, line):
    for address in line.get("a", []):
        model.add(name, "A", address)
    for address in line.get("aaaa", []):
        model.add(name, "AAAA", address)


def add_host(model, host, tlsa_of):
    name = host["host"]
    if not host.get("exists", True):
        return
    if host.get("alias"):
        model.add(name, "CNAME", host["alias"])
        return
    add_addresses(model, name, host)
    if tlsa_of is not None and host.get("tlsa"):
        for rdata in tlsa_of(host):
            model.add("_25._tcp." + name, "TLSA", rdata)


def add_domain(model, line):
    domain = line["domain"]
    if line.get("alias"):
        model.add(domain, "CNAME", line["alias"])
        return
    for preference, target in line.get("mx", []):
        model.add(domain, "MX", (preference, target))
    add_addresses(model, domain, line)
    if line.get("wildcard_host"):
        model.add("*." + domain, "A", addresses.WEB)
    for reporter in line.get("reporters", []):   # whose reports it takes; "*": everybody's
        model.add(f"{reporter}._report._dmarc.{domain}", "TXT", b"v=DMARC1;")
    if "caa" in line:
        for data in caa.records(domain, line["caa"]):
            model.add(domain, "CAA", data)
    for kind, shown in line.get("wildcard", {}).items():
        add_text(model, "*." + domain, kind, domain, shown)
    for kind, prefix in TXT_PREFIX.items():
        if kind in line:
            add_text(model, prefix + domain, kind, domain, line[kind])
    if line.get("dkim") == "record":
        model.add("_domainkey." + domain, "TXT", b"o=-")
    elif line.get("dkim"):
        shown = {"s1": dict(case="ed25519")} if line["dkim"] == "node" else line["dkim"]
        for selector, key in shown.items():
            add_key(model, f"{selector}._domainkey.{domain}", key)
    if "policy" in line:
        add_policy_host(model, domain, line["policy"])


def add_key(model, name, key):
    """{"case": …}, {"alias": NAME} where nothing stands, or both: the record is at the provider's."""
    if key.get("alias"):
        model.add(name, "CNAME", key["alias"])
        name = key["alias"]
    for data in dkim.records(key) if "case" in key else []:
        model.add(name, "TXT", data)


def add_text(model, name, kind, domain, member):
    """Behind an alias the records stand at the target, which is made here where it is the domain's alone."""
    if member.get("alias"):
        model.add(name, "CNAME", member["alias"])
        name = member["alias"]
    for data in texts.records(kind, domain, member):
        model.add(name, "TXT", data)


def add_policy_host(model, domain, policy):
    name, serve = policyhosts.host_of(domain), policyhosts.CASES[policy["case"]].serve
    if policy.get("alias"):
        model.add(name, "CNAME", policy["alias"])
        name = policy["alias"]
    if serve in ("nxdomain", "servfail"):
        return
    if serve == "nodata":
        model.add(name, "TXT", b"no address here")
        return
    for address in [policy["address"]] + policy.get("others", []):
        model.add(name, "AAAA" if ":" in address else "A", address)


class World:
    """Everything of one world, in memory; write_*() put it into its folder."""

    def __init__(self, description, folder):
        self.description, self.folder = description, folder
        self.authority = certificates.Authority(folder)
        self.model = model_of(description, self._tlsa)

    def _tlsa(self, host):
        what = host.get("certificate") or certificates.descriptor(names=[host["host"]])
        return [bytes.fromhex(r["raw"]) if "raw" in r else certificates.tlsa(self.authority, what, r) for r in host["tlsa"]]

    def write_hosts(self):
        seen = set()
        for host in self.description.hosts.values():
            what = host.get("certificate")
            if what and certificates.identity(what) not in seen:
                seen.add(certificates.identity(what))
                self.authority.write(what)
        policyhosts.write_nginx(self.folder, self.description, self.authority)
        more = list(policyhosts.peer_rows(self.folder, self.description, self.authority))
        mailhosts.write_peer_table(self.folder, self.description, self.authority, more)
        self.postfix = mailhosts.write_postfix(self.folder, self.description, self.authority)
        self.authority.write_index()

    def write_zones(self, key, threads=1):
        zones.write_all(self.folder, self.model, key, threads)


def addresses_in_use(description):
    return {a for h in description.hosts.values() for a in h.get("a", []) + h.get("aaaa", []) if addresses.in_world(a)}
