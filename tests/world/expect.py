"""expect: what a perfect scanner records of a world, from its description, without any of the scanner's code. Where timing
or taste decides, a value is OneOf(...) or ANY.

usage: python3 -m tests.world.expect DIR    (prints the expected records, a JSON line each)
"""
import functools
import hashlib
import json
import socket
import sys

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.world import addresses, caa, certificates, dane, description, dkim, dmarc, mailhosts, names, policyhosts, spf, spf_tree
from tests.world import texts, world
from tests.world.certificates import name_matches

ATTEMPTS = 2
AGAIN = {"servfail", "refused", "formerr", "notimp", "rcode", "timeout", "malformed", "connection-refused", "unreachable",
         "reset", "closed", "blocked", "smtp-transient", "network-down"}
DEFINITE = {"ok", "nodata", "nxdomain", "cname-loop"}
EMPTY = DEFINITE - {"ok"}


class Any:
    def __repr__(self):
        return "anything"


class OneOf:
    def __init__(self, *values):
        self.values = values

    def __repr__(self):
        return " or ".join(json.dumps(v, default=repr) for v in self.values)


ANY = Any()


def attempts(outcomes):
    """What failed for the time being is tried again; what did not may have been, under load."""
    return ATTEMPTS if any(o in AGAIN for o in outcomes) else OneOf(*range(1, ATTEMPTS + 1))


class Chains:
    """The certificates of a world, from its folder; in place of certificates.Authority."""

    def __init__(self, folder):
        self.folder = folder
        with open(f"{folder}/index.json", encoding="utf-8") as text:
            self.index = json.load(text)
        self.known = {}   # sha256: certificate

    def chain(self, what, path=None):
        return [self.known[sha] for sha in self.hashes(what, path)]

    @functools.lru_cache(maxsize=None)
    def _read(self, path):
        found = []
        with open(path, "rb") as text:
            for block in text.read().split(b"-----BEGIN CERTIFICATE-----")[1:]:
                certificate = x509.load_pem_x509_certificate(b"-----BEGIN CERTIFICATE-----" + block)
                sha = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
                self.known.setdefault(sha, certificate)
                found.append(sha)
        return found

    def hashes(self, what, path=None):
        return self._read(path or f"{self.folder}/certs/{certificates.identity(what)}.pem")

    def issuer(self, what):
        return self.chain(what)[1]


class Expected:
    def __init__(self, folder, described=None):
        self.folder = folder
        self.description = described or description.read(f"{folder}/description.jsonl")
        self.chains = Chains(folder)
        self.model = world.model_of(self.description, self._tlsa)
        self.listeners = mailhosts.listeners(self.description)
        self.truth = {kind: self._truths(kind) for kind in texts.TABLES}
        self.caa_truth = {tuple(sorted(caa.records(d, line["caa"]))): caa.judgement(d, line["caa"])
                          for d, line in self.description.domains.items() if "caa" in line}
        self.asked = set()  # for the domain at hand: (name, kind)
        self.vague = False  # it may be more
        self.seen = set()   # SHA-256 of the certificates shown to the scanner

    def _tlsa(self, host):
        what = host.get("certificate")
        return [bytes.fromhex(r["raw"]) if "raw" in r else certificates.tlsa(self.chains, what, r) for r in host["tlsa"]]

    def _truths(self, kind):
        """By the texts themselves: an alias or a wildcard may show them elsewhere."""
        found = {}
        for line in self.description.domains.values():
            for shown in (line.get(kind), line.get("wildcard", {}).get(kind)):
                if shown and "case" in shown:
                    case = texts.TABLES[kind][shown["case"]]
                    fields = {k: texts.fill(v, line["domain"], shown) for k, v in case.fields.items()}
                    key = tuple(sorted(texts.records(kind, line["domain"], shown)))
                    found[key] = case.verdict, case.violations, fields
        return found

    # ---- domains ----

    def ask(self, name, kind):
        """A question of the dns stage: each is asked once, whatever it is needed for."""
        self.asked.add((name, kind))
        return self.model.lookup(name, kind)

    def domains(self):
        return {line["domain"]: self.domain(line) for line in self.description.listed()}

    def domain(self, line):
        name = line["domain"]
        self.asked, self.vague = set(), False
        mx = self.ask(name, "MX")
        record = {"v": 1, "domain": name, "rank": line.get("rank"), "input": line.get("input"), "mx": self.mx(name, mx)}
        if mx.outcome == "nodata":
            for kind in ("A", "AAAA"):
                answer = self.ask(name, kind)
                record[kind.lower()] = {**member(answer), "addresses": [printed(a) for a in answer.rdatas]}
        wildcard = self.wildcard(name, mx)
        for kind, prefix in texts.PREFIX.items():
            answer = self.below(mx, prefix, name)
            record[kind] = self.text(kind, answer)
            record[kind]["wildcard"] = shows(wildcard, answer) if prefix else None
            if kind == "dmarc":
                walk = dmarc.Walk(name, answer, self.ask, self.judgement, DEFINITE)
                record[kind].update(effective=walk.effective(not no_name(mx), Unordered),
                                    external=walk.external(self.ask, DEFINITE, no_name))
            if kind == "spf" and answer.outcome in DEFINITE:
                record[kind].update(self.led_to(name, answer.rdatas, record[kind]))
        record["dkim"] = self.dkim(name, mx, wildcard)
        record["wildcard"] = wildcard and {**member(wildcard), "txt": Unordered(map(texts.decode, wildcard.rdatas))}
        at, answer = self.climb(mx, name, "NS", names.registrable(name, private=True))
        record["ns"] = {**member(answer), "found_at": at, "hosts": sorted(answer.rdatas)}
        record["caa"] = self.caa(*self.climb(mx, name, "CAA", names.tld(name)))
        record["exists"] = self.exists(name, mx)
        record["questions"] = ANY if self.vague else len(self.asked)
        record["attempts"] = attempts(self.model.lookup(*question).outcome for question in self.asked)
        return record

    def below(self, mx, prefix, name, kind="TXT"):
        """Nothing is below a name that does not exist (RFC 8020); behind an alias it is the target that does not."""
        return mx if no_name(mx) else self.ask(prefix + name, kind)

    def climb(self, mx, name, kind, top):
        """(name or None for the domain itself, answer): at the domain, or the nearest ancestor up to top that has it."""
        own = self.below(mx, "", name, kind)
        if no_name(mx) or own.outcome not in EMPTY:
            return None, own
        for above in names.ancestors(name):
            if len(above) < len(top):
                break
            answer = self.ask(above, kind)
            if answer.outcome not in EMPTY:
                return above, answer
        return None, own

    def wildcard(self, name, mx):
        """What a name that cannot exist answers; asked where no name one label below the domain is NXDOMAIN."""
        seen = [self.below(mx, prefix, name) for prefix in ("_dmarc.", "_mta-sts.", "_domainkey.")]
        if any(map(no_name, seen)) or not any(a.outcome in DEFINITE for a in seen):
            return None
        return self.ask(f"{dkim.impossible(name)}.{name}", "TXT")

    def dkim(self, name, mx, wildcard):
        answer = self.below(mx, "_domainkey.", name)
        record = {**member(answer), "node": node(answer.outcome), "wildcard": shows(wildcard, answer), "key": "no"}
        pruned = no_name(answer)
        if pruned and (no_name(mx) or not dkim.is_control(name)):
            return record
        if answer.outcome not in DEFINITE:
            return {**record, "key": "unknown"}
        keys = dkim.Keys(name, self.ask)
        unanswered = keys.unanswered(DEFINITE)
        if record["wildcard"] and not keys.has_key():
            record["node"] = "unknown"
        record.update(key="yes" if keys.has_key() else "unknown" if unanswered and not pruned else "no", control=pruned or None,
                      asked=len(keys.answers), unanswered=unanswered or None,
                      keys=[self.dkim_key(selector, a) for selector, a in keys.found()])
        return record

    @staticmethod
    def dkim_key(selector, answer):
        if answer.outcome not in DEFINITE:
            return {"selector": selector, **member(answer), "verdict": "unknown"}
        verdict, violations, fields = dkim.judge(answer.rdatas)
        return {"selector": selector, **member(answer), "txt": Unordered(map(texts.decode, answer.rdatas)), "verdict": verdict,
                "violations": Unordered(violations), **fields}

    def caa(self, at, answer):
        found = {**member(answer), "found_at": at}
        if answer.outcome not in DEFINITE:
            return {**found, "verdict": "unknown"}
        verdict, violations, fields = self.caa_truth[tuple(sorted(answer.rdatas))] if answer.rdatas else ("absent", [], {})
        fields = {k: Unordered(v) for k, v in fields.items()}
        return {**found, "records": Unordered(map(caa.text, answer.rdatas)), "verdict": verdict,
                "violations": Unordered(violations), **fields}

    def exists(self, name, mx):
        outcomes = {mx.outcome, self.model.lookup(name, "TXT").outcome}
        if mx.aliases and mx.outcome == "nxdomain":
            return OneOf("no", "yes")   # the name is an alias; what it leads to does not exist
        return "yes" if outcomes & {"ok", "nodata"} else "no" if "nxdomain" in outcomes else "unknown"

    def mx(self, name, answer):
        found = member(answer)
        if answer.outcome in ("nodata", "nxdomain"):
            kind, verdict = self.without_mx(name, answer), "absent"
            return {**found, "kind": kind, "verdict": "unknown" if kind == "unknown" else verdict}
        if answer.outcome != "ok":
            return {**found, "kind": "unknown", "verdict": "unknown"}
        hosts, violations = mx_hosts(answer.rdatas)
        if hosts is None:
            return {**found, "kind": "null", "verdict": "valid"}
        return {**found, "kind": "hosts", "verdict": "invalid" if violations else "valid", "violations": Unordered(violations),
                "hosts": hosts}

    def without_mx(self, name, answer):
        if answer.outcome == "nxdomain":
            return "none"
        outcomes = [self.model.lookup(name, kind).outcome for kind in ("A", "AAAA")]
        return "implicit" if "ok" in outcomes else "none" if set(outcomes) <= DEFINITE else "unknown"

    def text(self, kind, answer):
        found = member(answer)
        if answer.outcome not in DEFINITE:
            return {**found, "verdict": "unknown"}
        rdatas = answer.rdatas
        verdict, violations, fields = self.judgement(kind, rdatas)
        kept = [r for r in rdatas if kind != "spf" or r.lower().startswith(b"v=spf")]
        found.update(txt=Unordered(texts.decode(r) for r in kept), verdict=verdict, violations=Unordered(violations))
        return {**found, **(fields if fields is not None else {f: ANY for f in FIELDS[kind]})}

    def led_to(self, name, rdatas, found):
        """What an SPF record leads to, and what that makes of its verdict."""
        record = spf.record_of(rdatas)
        if record is None:
            return {}
        tree = spf_tree.Tree(self.ask, lambda target: not mx_violation(target), name, record)
        violations = sorted(set(found["violations"].values) | tree.faults)
        verdict = "invalid" if found["verdict"] == "invalid" or tree.faults else found["verdict"]
        if verdict == "valid" and not tree.faults_known:
            verdict = "unknown"
        if tree.over:
            self.vague = True   # before all answers were there, hosts were asked for that lie beyond the limit
        members = {k: Unordered(v) if isinstance(v, list) else v for k, v in tree.members(verdict).items()}
        return {**members, "verdict": verdict, "violations": Unordered(violations)}

    def judgement(self, kind, rdatas):
        key = tuple(sorted(rdatas))
        if key in self.truth[kind]:
            return self.truth[kind][key]
        if kind == "spf":
            return spf.judge(rdatas)
        version = {"dmarc": b"v=dmarc", "mta_sts": b"v=sts", "tls_rpt": b"v=tlsrpt", "bimi": b"v=bimi"}[kind]
        if any(r.lower().startswith(version) for r in rdatas):
            raise SystemExit(f"expect: nobody has judged {rdatas}")
        return "absent", [], {}

    # ---- policies ----

    def policies(self, domains):
        return {name: self.policy(self.description.domains[name]) for name, record in domains.items()
                if record["mta_sts"]["verdict"] in ("valid", "invalid")}

    def policy(self, line):
        domain, policy = line["domain"], line.get("policy")
        host = policyhosts.host_of(domain)
        a, aaaa = self.model.lookup(host, "A"), self.model.lookup(host, "AAAA")
        answer = a if a.outcome == "ok" or aaaa.outcome != "ok" else aaaa
        families = {"a": a.outcome, "aaaa": aaaa.outcome if a.outcome != "nxdomain" else None}
        record = {"v": 1, "domain": domain, "host": host, "lookup": {**member(answer), **families},
                  "operator": names.registrable(answer.aliases[-1], private=True) if answer.aliases else None,
                  "addresses": [printed(r) for found in (a, aaaa) if found.outcome == "ok" for r in found.rdatas],
                  "aliases_of_record": self.model.lookup("_mta-sts." + domain, "TXT").aliases}
        if answer.outcome != "ok":
            outcome = "no-address" if answer.outcome == "nodata" else answer.outcome
            verdict = "absent" if outcome in ("no-address", "nxdomain") else "unknown"
            return {**record, "outcome": outcome, "step": "dns", "verdict": verdict, "attempts": attempts([outcome])}
        case = policyhosts.CASES[policy["case"]]
        comes_back = case.outcome == "http-status" and (case.status in (408, 429) or case.status >= 500)
        record.update(outcome=case.outcome, step=case.step, verdict=case.verdict,
                      attempts=ATTEMPTS if comes_back else attempts([case.outcome]), address=printed(policy["address"]), took_ms=ANY)
        if case.step == "dns":
            record["step"], record["address"] = OneOf("dns", "connect"), OneOf(None, record["address"])
        record["tls"] = self.policy_tls(domain, policy, case)
        if case.step in ("http", "syntax", "done") or case.outcome == "certificate":
            record.update(self.fetched(domain, policy, case))
        return record

    def policy_tls(self, domain, policy, case):
        if case.step in ("dns", "connect"):
            return OneOf(None, {})
        if case.step == "tls" and case.outcome != "certificate":
            return {"alert": 40} if case.outcome == "tls-failed" else ANY
        what, host = policyhosts.certificate(domain, policy), policyhosts.host_of(domain)
        path = f"{self.folder}/policies/{host}.pem" if case.serve == "nginx" else None
        version = "TLSv1.2" if case.serve == "tls12" else "TLSv1.3"
        return self.handshake(what, host, version, path)

    def fetched(self, domain, policy, case):
        body = policyhosts.body(domain, policy)
        if case.outcome == "too-large":
            return {"http": ANY, "body": ANY, "violations": ANY, "mode": ANY, "max_age": ANY, "mx": ANY}
        if case.serve in ("https-close", "https-drip"):
            return {"http": ANY, "body": ANY, "violations": ANY, "mode": ANY, "max_age": ANY, "mx": ANY}
        http = {"status": case.status, "media_type": case.media_type.split(";")[0], "size": len(body.encode())}
        if case.status != 200:
            http.update(size=ANY, media_type=ANY)
            if case.status == 301:
                http["redirect"] = f"https://www.{policyhosts.host_of(domain)}/mta-sts.txt"
            return {"http": http, "body": ANY}
        fields = {"mode": policy.get("mode", "enforce"), "max_age": 604800, "mx": policy.get("mx")}
        fields.update((k, texts.fill(v, domain, policy)) for k, v in (case.fields or {}).items())
        if case.serve == "tls12":
            http["size"] = OneOf(http["size"], None)
        return {"http": http, "body": body, "violations": Unordered(case.violations), **fields}

    # ---- mail hosts ----

    def hosts(self, domains):
        """Every MX host that is to be followed."""
        found = {}
        for record in domains.values():
            for host in record["mx"].get("hosts", []):
                if "violation" not in host:
                    found[host["host"]] = True
        return list(found)

    def mailhosts(self, domains):
        """(host, address or None): record."""
        found = {}
        for host in self.hosts(domains):
            for record in self.mailhost(host):
                found[host, record["address"]] = record
        return found

    def mailhost(self, host):
        a, aaaa = self.model.lookup(host, "A"), self.model.lookup(host, "AAAA")
        lookup = {"a": a.outcome, "aaaa": aaaa.outcome, "dnssec": weaker(a, aaaa), "aliases": a.aliases or aaaa.aliases,
                  "violations": Unordered(target_violations(a, aaaa))}
        base = {"v": 1, "host": host, "lookup": lookup}
        found = [x for answer in (a, aaaa) if answer.outcome == "ok" for x in answer.rdatas]
        if not found:
            failed = [x.outcome for x in (a, aaaa) if x.outcome != "nodata"]
            outcome = failed[0] if failed else "no-address"
            return [{**base, "address": None, "outcome": outcome, "step": "address", "attempts": attempts([outcome])}]
        base["tlsa"] = self.tlsa(host, a.aliases or aaaa.aliases, weaker(a, aaaa))
        return [{**base, **self.address(host, x, base["tlsa"]["base"])} for x in found]

    def tlsa(self, host, aliases, dnssec):
        """RFC 7672 §2.2.2: the expanded name counts where all of the way there is secure and records stand there."""
        base = host
        if aliases and dnssec == "secure":
            answer = self.model.lookup("_25._tcp." + aliases[-1], "TLSA")
            if answer.outcome == "ok" and answer.dnssec == "secure":
                base = aliases[-1]
        answer = self.model.lookup("_25._tcp." + base, "TLSA")
        records = Unordered(map(printed_tlsa, answer.rdatas))
        if any(len(r) < 4 for r in answer.rdatas):
            records = ANY   # too short to have a text of its own
        return {**member(answer), "records": records, "base": base, **judged_tlsa(answer)}

    def address(self, host, address, base):
        server, where = self.listeners.get(address), {"address": printed(address)}
        if server is None:
            if not addresses.in_world(address):
                return {**where, "outcome": "special-address", "step": "address", "starttls": "unknown", "attempts": attempts([])}
            return {**where, "outcome": "connection-refused", "step": "connect", "starttls": "unknown",
                    "attempts": attempts(["connection-refused"])}
        row = mailhosts.BEHAVIOURS[server["behaviour"]]
        found = {**where, "outcome": row.outcome, "step": row.step, "starttls": row.starttls,
                 "attempts": attempts([row.outcome]), "code": row.code if row.outcome != "starttls-absent" else ANY}
        if row.banner is mailhosts.CUT:
            found["banner"] = ANY
        elif row.banner is not None:
            found["banner"] = banners(row.banner.replace("$", server.get("server", server["host"])), server["behaviour"])
        if row.step in ("quit", "tls", "starttls") or row.outcome == "starttls-absent":
            found["ehlo"] = mailhosts.expected_keywords(server, False)
        if server["behaviour"] == "helo-only":
            found["ehlo"] = None
        if row.outcome == "ok":
            found["tls"] = self.handshake(server["certificate"], host, row.version)
            found["tls"].update(sni=OneOf(host, base), ocsp_staple=server.get("staple"))
            inside = mailhosts.expected_keywords(server, True)
            if server["behaviour"] == "ehlo-tls-close":
                found["after_tls"] = {"outcome": "closed"}
            else:
                found["ehlo_tls"] = inside
                found["requiretls"] = "REQUIRETLS" in inside or OneOf(False, None)
        elif row.step == "tls":
            found["tls"] = {"sni": OneOf(host, base), "alert": 40 if row.outcome == "tls-failed" else None}
        return found

    def handshake(self, what, host, version, path=None):
        chain = self.chains.hashes(what, path)
        self.seen.update(chain)
        errors = certificates.KINDS[what["kind"]].errors
        names = [] if what["kind"] == "no-san" else what["names"]
        return {"version": version, "cipher": cipher(version, what["key"]), "group": GROUPS,
                "signature": signature(version, what["key"]), "chain": chain,
                "pkix": {"verdict": "invalid" if errors else "valid", "errors": errors},
                "name_match": name_matches(names, host)}

    # ---- certificates ----

    def certs(self):
        """Call it after the others: those certificates that were shown."""
        return {sha: certificate_record(sha, self.chains.known[sha]) for sha in self.seen}

    @functools.lru_cache(maxsize=None)
    def everything(self):
        domains = self.domains()
        return {"domains": domains, "policies": self.policies(domains), "mx": self.mailhosts(domains), "certs": self.certs()}


class Unordered:
    """A list whose order nobody promises."""

    def __init__(self, values):
        self.values = sorted(values)

    def __repr__(self):
        return json.dumps(self.values)


GROUPS = OneOf("x25519", "X25519")
FIELDS = {"spf": ["all", "redirect", "includes", "lookup_terms"]}


def member(answer):
    return {"outcome": answer.outcome, "dnssec": answer.dnssec, "aliases": answer.aliases}


def no_name(answer):
    return answer.outcome == "nxdomain" and not answer.aliases


def shows(wildcard, answer):
    """Is the answer no other than the wildcard's; None where it is not."""
    proves = wildcard is not None and wildcard.outcome in DEFINITE and not no_name(wildcard)
    return True if proves and dkim.same(wildcard, answer) else None


def node(outcome):
    return {"ok": "yes", "nodata": "yes", "nxdomain": "no"}.get(outcome, "unknown")


def printed(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_ntop(family, socket.inet_pton(family, address))


def printed_tlsa(rdata):
    return "" if len(rdata) < 4 else f"{rdata[0]} {rdata[1]} {rdata[2]} {rdata[3:].hex()}"


def judged_tlsa(answer):
    """What SMTP can use (RFC 7672 §3.1); a record of which it can use nothing is told apart by what is wrong with it."""
    if answer.outcome not in DEFINITE:
        return {"verdict": "unknown"}
    if answer.outcome != "ok":
        return {"verdict": "absent"}
    good = sum(map(dane.usable, answer.rdatas))
    wrong = {v for r in answer.rdatas for v in dane.violations(r)} | ({"tlsa-none-usable"} if not good else set())
    return {"verdict": "valid" if good else "invalid", "violations": Unordered(wrong), "usable": good}


def signature(version, key):
    """The first of what an OpenSSL client offers that suits the key: in TLS 1.3 the curve is the key's, in 1.2 any."""
    if version in ("TLSv1", "TLSv1.1"):
        return "rsa_pkcs1_md5_sha1" if key == "rsa" else "ecdsa_sha1"
    if key == "p384" and version == "TLSv1.3":
        return "ecdsa_secp384r1_sha384"
    return {"rsa": "rsa_pss_rsae_sha256", "ed25519": "ed25519"}.get(key, "ecdsa_secp256r1_sha256")


def banners(text, behaviour):
    if behaviour == "multiline":   # the first line, or all of it
        lines = text.split("\n")
        return OneOf(lines[0], lines[-1], "\r\n".join(lines), "\n".join(lines), lines[0].replace("220-", "220 "))
    return text


def cipher(version, key):
    kind = "RSA" if key == "rsa" else "ECDSA"
    if version == "TLSv1.3":
        return "TLS_AES_256_GCM_SHA384"
    return f"ECDHE-{kind}-AES256-GCM-SHA384" if version == "TLSv1.2" else f"ECDHE-{kind}-AES256-SHA"


def weaker(*answers):
    """Of the answers that gave data, or of the denial."""
    order = ["bogus", "indeterminate", "insecure", "secure"]
    with_data = [a.dnssec for a in answers if a.outcome == "ok"] or [a.dnssec for a in answers]
    return min(with_data, key=order.index)


def mx_hosts(rdatas):
    """(hosts as in the record, their violations); hosts is None for a null MX."""
    if {target for _, target in rdatas} == {"."}:
        return None, set()
    hosts, violations = [], set()
    for preference, target in sorted(set(rdatas)):
        host = {"preference": preference, "host": escaped(target)}
        wrong = mx_violation(target)
        if wrong:
            host["violation"] = wrong
            violations.add(wrong)
        hosts.append(host)
    return hosts, violations


def escaped(name):
    """As a master file writes what is no host name's byte (RFC 1035 §5.1)."""
    def letter(c):
        if c.isalnum() or c in "-_.":
            return c
        return "\\" + c if c in '"();@$' else c if "!" <= c <= "~" else f"\\{ord(c):03}"
    return name if name == "." else "".join(map(letter, name))


def mx_violation(target):
    labels = target.split(".")
    if target == ".":
        return "mx-null-with-others"
    if target.replace(".", "").isdigit() and len(labels) == 4:
        return "mx-target-address"
    if any(not c.isalnum() and c not in "-_" for c in "".join(labels)):
        return "mx-target-invalid"
    if len(labels) == 1 or labels[-1] in ("localhost", "local", "localdomain"):
        return "mx-target-local"
    return None


def target_violations(a, aaaa):
    """What is wrong with the target of an MX, by what it resolves to."""
    found = ["mx-target-alias"] if a.aliases or aaaa.aliases else []
    outcomes = {a.outcome, aaaa.outcome}
    if "ok" not in outcomes and outcomes & {"nxdomain", "cname-loop"}:
        found.append("mx-target-missing")
    return found + (["mx-target-no-address"] if outcomes == {"nodata"} else [])


def serial(number):
    """Two hexadecimal digits a byte, as `openssl x509 -serial` has it."""
    digits = f"{number:x}"
    return digits.rjust(len(digits) + len(digits) % 2, "0")


def certificate_record(sha, certificate):
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    key = certificate.public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(key, rsa.RSAPublicKey):
        described = {"type": "RSA", "bits": key.key_size}
    elif isinstance(key, ec.EllipticCurvePublicKey):
        described = {"type": "EC", "bits": key.key_size, "curve": {"secp256r1": "P-256", "secp384r1": "P-384"}[key.curve.name]}
    else:
        described = {"type": "Ed25519", "bits": OneOf(253, 256, None)}
    der = certificate.public_bytes(Encoding.DER)
    return {"v": 1, "sha256": sha, "spki_sha256": hashlib.sha256(spki).hexdigest(), "key": described,
            "subject": certificate.subject.rfc4514_string(), "issuer": certificate.issuer.rfc4514_string(),
            "serial": serial(certificate.serial_number), "names": alternative_names(certificate),
            "not_before": certificate.not_valid_before.isoformat() + "Z",
            "not_after": certificate.not_valid_after.isoformat() + "Z",
            "signature": SIGNATURES[certificate.signature_algorithm_oid.dotted_string],
            "self_signed": certificate.subject == certificate.issuer, "ca": is_authority(certificate), "scts": OneOf(0, None),
            "der": __import__("base64").b64encode(der).decode()}


SIGNATURES = {"1.2.840.113549.1.1.11": "sha256WithRSAEncryption", "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
              "1.2.840.10045.4.3.3": "ecdsa-with-SHA384", "1.3.101.112": OneOf("ED25519", "Ed25519")}


def alternative_names(certificate):
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [n.lower() for n in found.value.get_values_for_type(x509.DNSName)]


def is_authority(certificate):
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def main():
    for kind, records in Expected(sys.argv[1]).everything().items():
        for record in records.values():
            print(json.dumps({"kind": kind, **record}, default=repr, ensure_ascii=False))


if __name__ == "__main__":
    main()
