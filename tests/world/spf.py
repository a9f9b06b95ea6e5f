"""spf: is a text a correct SPF record (RFC 7208)? For records that nobody judged by hand; from the grammar of the RFC
(§12), in its words. What a record leads to is spf_tree's."""
import ipaddress
import re

QUALIFIERS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral", "": "pass"}
MACRO = re.compile(r"%\{[slodiphcrtv](?!0+[^0-9])[0-9]*r?[.\-+,/_=]*\}|%%|%_|%-", re.I)   # digits are not zero (§7.3)
EXPLAINS = re.compile(r"%\{[crt]", re.I)   # letters for explanations alone (§7.2)
TOPLABEL = re.compile(r"([a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\.?$", re.I)
WITH_DOMAIN = {"include": True, "a": False, "mx": False, "ptr": False, "exists": True}   # must there be one
LOOKUPS = 10


def is_record(text):
    return re.fullmatch(rb"v=spf1( .*)?", text, re.I | re.S) is not None


def judge(rdatas):
    """(verdict, violations, fields) of the TXT records at a domain."""
    records = [r for r in rdatas if is_record(r)]
    if not records:
        meant = any(r.lower().startswith(b"v=spf") for r in rdatas)
        return "absent", ["spf-version"] if meant else [], {}
    if len(records) > 1:
        return "invalid", ["spf-multiple"], {}
    if any(b > 0x7f for b in records[0]):
        return "invalid", ["spf-not-ascii"], None
    return Record(records[0].decode("ascii")).verdict()


def record_of(rdatas):
    """The one record that can be evaluated, or None."""
    records = [r for r in rdatas if is_record(r)]
    if len(records) != 1 or any(b > 0x7f for b in records[0]):
        return None
    record = Record(records[0].decode("ascii"))
    return record if record.sound() else None


class Record:
    def __init__(self, text):
        self.found = set()
        self.all = self.redirect = None
        self.terms = []        # (result, name, domain-spec or None, networks or lengths) of those up to "all"
        self.includes, self.lookups = [], 0
        self.modifiers = {}
        self.has_all = False   # be it malformed
        for term in text[6:].split(" "):
            if term:
                self.term(term)
        self.finish()

    def fault(self, name):
        self.found.add("spf-" + name)

    def term(self, term):
        name, separator, value = re.fullmatch(r"([^:/=]*)([:/=]?)(.*)", term, re.S).groups()
        if separator == "=":
            return self.modifier(name, value)
        qualifier, name = (name[0], name[1:]) if name[:1] in ("+", "-", "~", "?") and name else ("", name)
        name = name.lower()
        if self.all is not None and name in ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"):
            self.fault("after-all")
        if name == "all":
            self.has_all = True
            if separator:
                return self.fault("term-malformed")
            self.all = self.all or QUALIFIERS[qualifier]
        elif name in ("ip4", "ip6"):
            self.network(name, separator, value, QUALIFIERS[qualifier])
        elif name in WITH_DOMAIN:
            self.mechanism(name, separator, value, QUALIFIERS[qualifier])
        else:
            self.fault("term-unknown")

    def keep(self, *term):
        if self.all is None:
            self.terms.append(term)

    def network(self, name, separator, value, result):
        address, slash, length = value.partition("/")
        try:
            if separator != ":":
                raise ValueError
            (ipaddress.IPv4Address if name == "ip4" else ipaddress.IPv6Address)(address)
            if "%" in address:
                raise ValueError
        except ValueError:
            return self.fault(name + "-invalid")
        if slash and not good_length(length, 32 if name == "ip4" else 128):
            return self.fault("cidr-invalid")
        self.keep(result, name, None, ipaddress.ip_network(value, strict=False))

    def mechanism(self, name, separator, value, result):
        domain, slash, cidr = "", "", ""
        if separator == "/":
            slash, cidr = "/", value
        elif name in ("a", "mx"):
            domain, slash, cidr = split_cidr(value)
        else:
            domain = value
        if self.all is None:
            self.lookups += 1
        if name == "ptr":
            self.fault("ptr")
        if slash and (name not in ("a", "mx")):
            return self.fault("term-malformed")
        if slash and not good_dual(cidr):
            self.fault("cidr-invalid")
        good = self.domain(domain) if separator == ":" or WITH_DOMAIN[name] else False
        if name == "include" and good and self.all is None:   # what stands behind "all" is not tested (§5.1)
            self.includes.append(domain)
        self.keep(result, name, domain or None, lengths(cidr) if slash and good_dual(cidr) else (32, 128))

    def domain(self, text):
        """Is it a domain-spec (§7.1)."""
        rest = MACRO.sub("{}", text)
        if "%" in rest or EXPLAINS.search(MACRO.sub(lambda m: "" if m[0][1] != "{" else m[0], text)):
            self.fault("macro-invalid")
            return False
        ends = re.fullmatch(rf"([^%]|{MACRO.pattern})*({MACRO.pattern})", text, re.I | re.S)
        labels = text[:-1].split(".") if text.endswith(".") else text.split(".")
        if re.search(r"[^!-~]", text) or not ends and not (len(labels) > 1 and TOPLABEL.match(labels[-1])):
            self.fault("domain-invalid")
            return False
        return True

    def modifier(self, name, value):
        name = name.lower()
        if not re.fullmatch(r"[a-z][a-z0-9._-]*", name):
            return self.fault("term-unknown")
        if name in ("redirect", "exp"):
            if name in self.modifiers:
                return self.fault("modifier-repeated")
            self.modifiers[name] = value if self.domain(value) else None
            return
        self.fault("modifier-unknown")
        if re.search(r"[^!-$&-~]", MACRO.sub("", value)):
            self.fault("macro-invalid")

    def finish(self):
        if "redirect" in self.modifiers:
            if self.all is not None:
                self.fault("redirect-ignored")
            else:
                self.redirect = self.modifiers["redirect"]
                self.lookups += 1
        elif not self.has_all:
            self.fault("all-missing")
        if self.all == "pass":
            self.fault("all-pass")
        if self.lookups > LOOKUPS:
            self.fault("too-many-lookups")

    def sound(self):
        """Without an error of syntax, so that an evaluation begins (§4.6)."""
        return self.found <= self.NOTES | {"spf-too-many-lookups"}

    NOTES = {"spf-after-all", "spf-redirect-ignored", "spf-ptr", "spf-all-missing", "spf-all-pass", "spf-modifier-unknown"}

    def verdict(self):
        fields = {"all": self.all, "redirect": self.redirect, "includes": self.includes, "lookup_terms": self.lookups}
        return "valid" if self.found <= self.NOTES else "invalid", sorted(self.found), fields


def good_length(text, most):
    return re.fullmatch(r"0|[1-9][0-9]{0,2}", text) is not None and int(text) <= most


def split_cidr(value):
    """domain-spec and dual-cidr-length: a "/" may also stand in a macro or a domain, so the length is at the end."""
    found = re.search(r"/[0-9]*(//[0-9]*)?$|//[0-9]*$", value)
    return (value[:found.start()], "/", value[found.start() + 1:]) if found else (value, "", "")


def lengths(text):
    four, _, six = ("", "", text[1:]) if text.startswith("/") else text.partition("//")
    return int(four or 32), int(six or 128)


def good_dual(text):
    four, two, six = text.partition("//")
    if text.startswith("/"):
        four, two, six = "", "//", text[1:]
    return (four == "" and two != "" or good_length(four, 32)) and (two == "" or good_length(six, 128))
