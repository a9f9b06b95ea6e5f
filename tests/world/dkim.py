"""dkim: key records (RFC 6376 §3.6.1), what is to be thought of each, judged by hand from the RFC, and which selectors a
scanner asks for. Of a key's numbers only the length matters: they are made up."""
import base64
import csv
import hashlib
import os
from collections import namedtuple

SELECTORS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "datasets", "dkim-selectors.csv")
CONTROL_ONE_IN = 100

Case = namedtuple("Case", "txt verdict violations fields")


def _der(tag, body):
    length = bytes([len(body)]) if len(body) < 128 else bytes([0x80 | (len(body).bit_length() + 7) // 8]) + \
        len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag]) + length + body


def _integer(n):
    return _der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def rsa(bits):
    """base64 of a SubjectPublicKeyInfo (RFC 5280 §4.1)."""
    stream = hashlib.shake_256(str(bits).encode()).digest(bits // 8)
    modulus = int.from_bytes(stream, "big") | 1 << bits - 1 | 1
    algorithm = _der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    key = _der(0x30, _integer(modulus) + _integer(65537))
    return base64.b64encode(_der(0x30, algorithm + _der(3, b"\0" + key))).decode()


ED25519 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def _case(txt, verdict="valid", violations="", **fields):
    return Case([txt] if isinstance(txt, str) else txt, verdict, violations.split(), fields)


def _rsa(bits, verdict="valid", violations=""):
    return _case(f"v=DKIM1; k=rsa; p={rsa(bits)}", verdict, violations, k="rsa", bits=bits)


CASES = {
    "rsa2048":    _rsa(2048),
    "rsa1024":    _rsa(1024, "valid", "dkim-key-below-2048"),
    "rsa4096":    _rsa(4096),
    "rsa512":     _rsa(512, "invalid", "dkim-key-short"),
    "ed25519":    _case(f"v=DKIM1; k=ed25519; p={ED25519}", k="ed25519", bits=256),
    "bare":       _case(f"p={rsa(2048)}", k="rsa", bits=2048),
    "spaced":     _case(f"v=DKIM1; k=rsa; p={rsa(2048)[:100]} {rsa(2048)[100:]}", k="rsa", bits=2048),
    "testing":    _case(f"v=DKIM1; t=y:s; n=hello; p={ED25519}; k=ed25519", k="ed25519", bits=256, t=["y", "s"], n="hello"),
    "revoked":    _case("v=DKIM1; p=", k="rsa", revoked=True),
    "several":    _case(["v=DKIM1; p=", f"v=DKIM1; p={rsa(2048)}"], "invalid", "dkim-multiple"),
    "with-other": _case(["some other text", f"v=DKIM1; p={rsa(2048)}"], k="rsa", bits=2048),
    "other":      _case("some other text", "absent"),
    "version":    _case(f"v=DKIM2; p={rsa(2048)}", "absent", "dkim-version"),
    "key-missing": _case("v=DKIM1; k=rsa", "invalid", "dkim-key-missing", k="rsa"),
    "key-invalid": _case("v=DKIM1; k=rsa; p=MIIBIjANBgkq", "invalid", "dkim-key-invalid", k="rsa"),
    "key-type":   _case(f"v=DKIM1; k=dsa; p={ED25519}", "invalid", "dkim-key-type-unknown"),
    "sha1":       _case(f"v=DKIM1; h=sha1; p={rsa(2048)}", "invalid", "dkim-hash-unusable", k="rsa", bits=2048, h=["sha1"]),
    "service":    _case(f"v=DKIM1; s=tlsrpt; p={rsa(2048)}", "invalid", "dkim-service-other", k="rsa", bits=2048, s=["tlsrpt"]),
    "granularity": _case(f"v=DKIM1; g=*; p={rsa(2048)}", "valid", "dkim-tag-historic", k="rsa", bits=2048),
    "unknown-tag": _case(f"v=DKIM1; colour=red; p={rsa(2048)}", "valid", "dkim-tag-unknown", k="rsa", bits=2048),
    "repeated":   _case(f"v=DKIM1; k=rsa; k=rsa; p={rsa(2048)}", "invalid", "dkim-tag-repeated", k="rsa", bits=2048),
    "syntax":     _case(f"v=DKIM1; hello; p={rsa(2048)}", "invalid", "dkim-syntax", k="rsa", bits=2048),
}
TRUTH = {tuple(sorted(t.encode() for t in c.txt)): (c.verdict, c.violations, c.fields) for c in CASES.values()}


def records(shown):
    return [t.encode() for t in CASES[shown["case"]].txt]


def selectors():
    """(selector, the one it is asked with or None), in order."""
    with open(SELECTORS, newline="", encoding="utf-8") as rows:
        return [(r["selector"].lower(), r["with"].lower() or None) for r in csv.DictReader(rows)]


def is_control(domain):
    digest = hashlib.blake2b(domain.encode(), digest_size=16, key=b"mxcensus dkim control").digest()
    return int.from_bytes(digest[:2], "big") % CONTROL_ONE_IN == 0


def impossible(domain):
    """A name below the domain that nobody has."""
    return "_mxcensus-" + hashlib.blake2b(domain.encode(), digest_size=16, key=b"mxcensus wildcard name").hexdigest()[:16]


def same(a, b):
    return (a.outcome, a.aliases, sorted(a.rdatas)) == (b.outcome, b.aliases, sorted(b.rdatas))


def there(answer):
    return answer is not None and (answer.outcome == "ok" or bool(answer.aliases))


def usable(rdatas):
    verdict, _, fields = judge(rdatas)
    return verdict == "valid" and not fields.get("revoked")


def judge(rdatas):
    if tuple(sorted(rdatas)) in TRUTH:
        return TRUTH[tuple(sorted(rdatas))]
    if any(b"dkim" in r.lower() or b"p=" in r for r in rdatas):
        raise SystemExit(f"expect: nobody has judged {rdatas}")
    return "absent", [], {}


class Keys:
    """What the selectors of a domain answer; ask(name, "TXT")."""

    def __init__(self, domain, ask):
        self.answers = {}
        for selector, first in selectors():
            if first is None or there(self.answers.get(first)):
                self.answers[selector] = ask(f"{selector}._domainkey.{domain}", "TXT")
        self.any = None
        if any(there(a) for a in self.answers.values()):
            self.any = ask(f"{impossible(domain)}._domainkey.{domain}", "TXT")

    def unanswered(self, definite):
        return sum(a.outcome not in definite for a in self.answers.values())

    def has_key(self):
        return any(usable(a.rdatas) for a in self.answers.values())

    def found(self):
        """(selector, answer) as recorded: those that a wildcard answers stand there once."""
        wild = there(self.any)
        found = [(s, a) for s, a in self.answers.items() if there(a) and not (wild and same(a, self.any))]
        return found + ([("*", self.any)] if wild else [])
