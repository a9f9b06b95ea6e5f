"""dmarc: which DMARC record applies to a domain (RFC 9989 §4.10, the DNS Tree Walk), and who of those that are to get
its reports elsewhere says that he takes them (RFC 9990). From the judged texts of a world, in the RFC's words."""
from tests.world import names, texts

QUERIES = 8


def record_at(rdatas, judge):
    """(verdict, fields) of the one record there; several are discarded, all of them."""
    verdict, violations, fields = judge("dmarc", rdatas)
    return None if verdict == "absent" or "dmarc-multiple" in violations else (verdict, fields)


def targets(name):
    """The names to ask behind the first: one label less each time, and of a long name not more than seven at once."""
    labels = name.split(".")
    if len(labels) > QUERIES:
        labels = labels[-QUERIES:]
    while len(labels) > 1:
        labels = labels[1:]
        yield ".".join(labels)


class Walk:
    """ask(name, "TXT"): an answer; judge("dmarc", rdatas): its judgement; definite: the outcomes that are answers."""

    def __init__(self, name, own, ask, judge, definite):
        self.unknown = own.outcome not in definite
        self.rdatas = {name: own.rdatas}
        self.found = {}    # domain: (verdict, fields), in the order of the walk
        self.name = name
        if self.unknown:
            return
        first = record_at(own.rdatas, judge)
        if first:
            self.found[name] = first
            return
        for target in targets(name):
            answer = ask("_dmarc." + target, "TXT")
            if answer.outcome not in definite:
                self.unknown = True
                return
            record = record_at(answer.rdatas, judge)
            if record:
                self.rdatas[target] = answer.rdatas
                self.found[target] = record
                if record[1].get("psd") in ("y", "n"):
                    return

    def applies(self):
        """The domain whose record applies: the own, the organizational domain's, the public suffix's; or None."""
        if self.name in self.found or not self.found:
            return self.name if self.found else None
        last = list(self.found)[-1]
        if self.found[last][1].get("psd") == "y":
            organization = ".".join(self.name.split(".")[-last.count(".") - 2:])
            return organization if organization in self.found else last
        return last

    def effective(self, exists, unordered):
        if self.unknown:
            return {"verdict": "unknown"}
        domain = self.applies()
        if domain is None:
            return {"verdict": "absent"}
        verdict, fields = self.found[domain]
        result = {"verdict": verdict, "domain": domain}
        if domain != self.name:
            result["txt"] = unordered(map(texts.decode, self.rdatas[domain]))
        if verdict == "valid":
            tag = "p"
            if domain != self.name:
                tag = next(t for t in ([] if exists else ["np"]) + ["sp", "p"] if t in fields)
            result.update(tag=tag, policy=fields[tag], t="y" if fields.get("t") == "y" else None)
        return result

    def external(self, ask, definite, no_name):
        """Who gets reports and is another organization."""
        domain = None if self.unknown else self.applies()
        fields = self.found[domain][1] if domain else {}
        hosts = []
        for uri in fields.get("rua", []) + fields.get("ruf", []):
            host = uri.split("?")[0].rsplit("@", 1)[-1].lower() if uri.startswith("mailto:") else domain
            if names.registrable(host, private=True) != names.registrable(domain, private=True) and host not in hosts:
                hosts.append(host)
        return [permission(domain, host, ask, definite, no_name) for host in hosts[:8]]


def permission(domain, host, ask, definite, no_name):
    answer = ask("_report._dmarc." + host, "TXT")
    if not no_name(answer):
        answer = ask(f"{domain}._report._dmarc.{host}", "TXT")
    said = any(r.replace(b" ", b"").split(b";")[0] == b"v=DMARC1" for r in answer.rdatas)
    return {"host": host, "outcome": answer.outcome,
            "authorized": "yes" if said else "no" if answer.outcome in definite else "unknown"}
