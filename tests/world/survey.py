"""survey: does a running world answer as the model says? Asks its resolver with dnspython's codec, inside its namespace:
each name that a census asks for, and some that do not exist.

usage: scripts/world exec DIR python3 -m tests.world.survey DIR
"""
import socket
import sys

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from tests.world import addresses, description, texts, zones
from tests.world.expect import Expected


class Resolver:
    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.connect((addresses.RESOLVER, 53))

    def ask(self, name, kind, cd=False):
        question = dns.message.make_query(zones.dotted(name), kind, use_edns=0, payload=1232)
        question.flags |= dns.flags.AD | (dns.flags.CD if cd else 0)
        answer = dns.query.udp(question, addresses.RESOLVER, timeout=10, sock=self.sock)
        if answer.flags & dns.flags.TC:
            answer = dns.query.tcp(question, addresses.RESOLVER, timeout=10)
        return answer

    def told(self, name, kind):
        """(outcome, dnssec, aliases, rdatas) as the model has them."""
        answer = self.ask(name, kind)
        code = dns.rcode.to_text(answer.rcode()).lower()
        secure = "secure" if answer.flags & dns.flags.AD else "insecure"
        aliases, rdatas = [], []
        for rrset in answer.answer:
            for rdata in rrset:
                if rrset.rdtype == dns.rdatatype.CNAME:
                    aliases.append(rdata.target.to_text(omit_final_dot=True).lower())
                elif rrset.rdtype == dns.rdatatype.from_text(kind):
                    rdatas.append(plain(rdata, kind))
        if code == "servfail":
            bogus = self.ask(name, kind, cd=True).rcode() != dns.rcode.SERVFAIL
            return "servfail", "bogus" if bogus else "indeterminate", [], []
        outcome = code if code != "noerror" else "ok" if rdatas else "nodata"
        return outcome, secure, aliases, sorted(rdatas)


def plain(rdata, kind):
    if kind == "TXT":
        return b"".join(rdata.strings)
    if kind == "MX":
        return rdata.preference, rdata.exchange.to_text(omit_final_dot=True).lower().replace("\\@", "@") or "."
    if kind == "TLSA":
        return rdata.to_wire()
    return rdata.to_text()


def questions(described):
    for line in described.listed():
        domain = line["domain"]
        for kind in ("MX", "TXT", "A", "AAAA"):
            yield domain, kind
        for prefix in list(texts.PREFIX.values())[1:] + ["_domainkey."]:
            yield prefix + domain, "TXT"
        for kind in ("A", "AAAA"):
            yield "mta-sts." + domain, kind
    for host in described.hosts:
        for kind in ("A", "AAAA"):
            yield host, kind
        yield "_25._tcp." + host, "TLSA"


def main():
    folder = sys.argv[1]
    described = description.read(f"{folder}/description.jsonl")
    expected, resolver = Expected(folder, described), Resolver()
    asked = wrong = 0
    for name, kind in questions(described):
        answer = expected.model.lookup(name, kind)
        wanted = answer.outcome, answer.dnssec, answer.aliases, sorted(answer.rdatas)
        if kind == "TLSA" and any(len(r) < 4 for r in answer.rdatas):
            continue   # dnspython reads no answer with such a record in it
        got = resolver.told(name, kind)
        asked += 1
        if got != wanted:
            wrong += 1
            print(f"{name} {kind}: wanted {wanted}, got {got}")
    print(f"{asked - wrong} passed, {wrong} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
