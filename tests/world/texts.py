"""texts: the TXT records of each protocol and what is to be thought of them, judged by hand from the RFCs: the oracle's
truth. In texts and fields, $d is the domain, $o its mail operator, and $NAME a parameter of the description."""
import re
from collections import namedtuple

Case = namedtuple("Case", "txt verdict violations fields")


def _case(txt, verdict, violations="", **fields):
    return Case([txt] if isinstance(txt, (str, bytes)) else txt, verdict, violations.split(), fields)


SPF = {
    "mx":              _case("v=spf1 mx -all", "valid", all="fail", lookup_terms=1),
    "operator":        _case("v=spf1 include:_spf.$o ~all", "valid", all="softfail", includes=["_spf.$o"], lookup_terms=1),
    "addresses":       _case("v=spf1 ip4:127.64.9.0/24 ip6:fd64:6d78::/32 ?all", "valid", all="neutral", lookup_terms=0),
    "redirect":        _case("v=spf1 redirect=_spf.$o", "valid", redirect="_spf.$o", lookup_terms=1),
    "nothing":         _case("v=spf1 -all", "valid", all="fail", lookup_terms=0),
    "macros":          _case("v=spf1 exists:%{ir}.%{v}._spf.$d -all", "valid", all="fail", lookup_terms=1),
    "capitals":        _case("V=SPF1 MX A:Mail.$d -ALL", "valid", all="fail", lookup_terms=2),
    "verification":    _case("example-site-verification=$d", "absent"),
    "with-others":     _case(["example-site-verification=$d", "v=spf1 a mx ~all", "MS=ms1234"], "valid",
                             all="softfail", lookup_terms=2),
    "odd-bytes":       _case([b"\"quoted\\\" =cmd()\x1b[31m\x00\x07\xff\xfe \xc3\xa4\xe2\x82", b"v=spf1 mx -all"], "valid",
                             all="fail", lookup_terms=1),
    "odd-bytes-spf":   _case(b"v=spf1 note=\xff\x01\"\\ mx -all", "invalid", "spf-not-ascii"),
    "long":            _case("v=spf1 " + " ".join(f"ip4:127.64.{i}.0/24" for i in range(1, 150)) + " -all", "valid",
                             all="fail", lookup_terms=0),
    "crowd":           _case(["v=spf1 mx -all"] + [f"site-verification-{i}=" + "x" * 120 for i in range(40)], "valid",
                             all="fail", lookup_terms=1),
    "several":         _case(["v=spf1 -all", "v=spf1 mx ~all"], "invalid", "spf-multiple"),
    "not-ascii":       _case("v=spf1 note=k\u00e4se mx -all", "invalid", "spf-not-ascii"),
    "term-unknown":    _case("v=spf1 ipv4:127.64.0.1 -all", "invalid", "spf-term-unknown", all="fail", lookup_terms=0),
    "term-malformed":  _case("v=spf1 mx -all:$d", "invalid", "spf-term-malformed", lookup_terms=1),
    "ip4-invalid":     _case("v=spf1 ip4:127.64.0.300 -all", "invalid", "spf-ip4-invalid", all="fail", lookup_terms=0),
    "ip6-invalid":     _case("v=spf1 ip6:fd64::6d78::1 -all", "invalid", "spf-ip6-invalid", all="fail", lookup_terms=0),
    "cidr-invalid":    _case("v=spf1 ip4:127.64.0.0/33 -all", "invalid", "spf-cidr-invalid", all="fail", lookup_terms=0),
    "domain-invalid":  _case("v=spf1 a:single -all", "invalid", "spf-domain-invalid", all="fail", lookup_terms=1),
    "macro-invalid":   _case("v=spf1 exists:%{x}.$d -all", "invalid", "spf-macro-invalid", all="fail", lookup_terms=1),
    "repeated":        _case("v=spf1 exp=a.$d exp=b.$d -all", "invalid", "spf-modifier-repeated", all="fail", lookup_terms=0),
    "lookups":         _case("v=spf1 " + " ".join(f"a:n{i}.$d" for i in range(11)) + " -all", "invalid",
                             "spf-too-many-lookups", all="fail", lookup_terms=11),
    "after-all":       _case("v=spf1 -all mx", "valid", "spf-after-all", all="fail", lookup_terms=0),
    "redirect-ignored": _case("v=spf1 mx ~all redirect=_spf.$o", "valid", "spf-redirect-ignored", all="softfail",
                              lookup_terms=1),
    "ptr":             _case("v=spf1 ptr -all", "valid", "spf-ptr", all="fail", lookup_terms=1),
    "all-missing":     _case("v=spf1 mx", "valid", "spf-all-missing", lookup_terms=1),
    "all-pass":        _case("v=spf1 +all", "valid", "spf-all-pass", all="pass", lookup_terms=0),
    "modifier-unknown": _case("v=spf1 mx colour=red -all", "valid", "spf-modifier-unknown", all="fail", lookup_terms=1),
    "version":         _case("v=spf2.0/pra mx -all", "absent", "spf-version"),
}

DMARC = {
    "none":            _case("v=DMARC1; p=none; rua=mailto:dmarc@$d", "valid", p="none", rua=["mailto:dmarc@$d"]),
    "quarantine":      _case("v=DMARC1; p=quarantine; rua=mailto:dmarc@$o", "valid", p="quarantine", rua=["mailto:dmarc@$o"]),
    "reject":          _case("v=DMARC1; p=reject; sp=quarantine; adkim=s; aspf=s; rua=mailto:a@$d,mailto:b@$o; "
                             "ruf=mailto:c@$d; fo=1:d", "valid", p="reject", sp="quarantine", adkim="s", aspf="s",
                             rua=["mailto:a@$d", "mailto:b@$o"], ruf=["mailto:c@$d"], fo="1:d"),
    "reject-only":     _case("v=DMARC1;p=reject", "valid", p="reject"),
    "new-tags":        _case("v=DMARC1; p=reject; np=reject; psd=n; t=y", "valid", p="reject", np="reject", psd="n", t="y"),
    "with-others":     _case(["some other text", "v=DMARC1; p=none"], "valid", p="none"),
    "other":           _case("some other text", "absent"),
    "several":         _case(["v=DMARC1; p=none", "v=DMARC1; p=reject"], "invalid", "dmarc-multiple"),
    "syntax":          _case("v=DMARC1; p=none; nothing at all", "valid", "dmarc-syntax", p="none"),
    "policy-missing":  _case("v=DMARC1; sp=none", "invalid", "dmarc-policy-missing", sp="none"),
    "policy-invalid":  _case("v=DMARC1; p=block", "invalid", "dmarc-policy-invalid"),
    "policy-assumed":  _case("v=DMARC1; sp=reject; rua=mailto:dmarc@$d", "valid", "dmarc-policy-assumed", p="none",
                             rua=["mailto:dmarc@$d"]),
    "sp-invalid":      _case("v=DMARC1; p=reject; sp=block", "invalid", "dmarc-sp-invalid dmarc-unprocessed",
                             p="reject"),
    "np-invalid":      _case("v=DMARC1; p=reject; np=block", "invalid", "dmarc-np-invalid dmarc-unprocessed",
                             p="reject"),
    "psd-invalid":     _case("v=DMARC1; p=reject; psd=x", "valid", "dmarc-psd-invalid", p="reject"),
    "t-invalid":       _case("v=DMARC1; p=reject; t=maybe", "valid", "dmarc-t-invalid", p="reject"),
    "alignment":       _case("v=DMARC1; p=reject; adkim=x; aspf=r", "valid", "dmarc-alignment-invalid", p="reject", aspf="r"),
    "fo-invalid":      _case("v=DMARC1; p=reject; fo=7", "valid", "dmarc-fo-invalid", p="reject"),
    "uri-invalid":     _case("v=DMARC1; p=reject; rua=dmarc@$d", "valid", "dmarc-uri-invalid", p="reject"),
    "uri-size":        _case("v=DMARC1; p=reject; rua=mailto:dmarc@$d!10m", "valid", "dmarc-uri-size", p="reject",
                             rua=["mailto:dmarc@$d"]),
    "repeated":        _case("v=DMARC1; p=reject; p=none", "invalid", "dmarc-tag-repeated", p="reject"),
    "historic":        _case("v=DMARC1; p=reject; pct=50; rf=afrf; ri=3600", "valid", "dmarc-tag-historic", p="reject"),
    "unknown-tag":     _case("v=DMARC1; p=reject; colour=red", "valid", "dmarc-tag-unknown", p="reject"),
    "version":         _case("v=DMARC2; p=reject", "absent", "dmarc-version"),
    "suffix":          _case("v=DMARC1; p=reject; sp=quarantine; np=reject; psd=y; rua=mailto:dmarc@$d", "valid", p="reject",
                             sp="quarantine", np="reject", psd="y", rua=["mailto:dmarc@$d"]),
    "no-suffix":       _case("v=DMARC1; p=quarantine; psd=n", "valid", p="quarantine", psd="n"),
    "outside":         _case("v=DMARC1; p=none; rua=mailto:a@reports.$o,mailto:b@nowhere.invalid; ruf=mailto:c@$o?x", "valid",
                             p="none", rua=["mailto:a@reports.$o", "mailto:b@nowhere.invalid"], ruf=["mailto:c@$o?x"]),
}

STS = {
    "plain":           _case("v=STSv1; id=$id;", "valid", id="$id"),
    "no-semicolon":    _case("v=STSv1; id=$id", "valid", id="$id"),
    "extension":       _case("v=STSv1; id=$id; note=fine", "valid", id="$id"),
    "with-others":     _case(["some other text", "v=STSv1; id=$id;"], "valid", id="$id"),
    "other":           _case("some other text", "absent"),
    "several":         _case(["v=STSv1; id=1;", "v=STSv1; id=2;"], "invalid", "sts-multiple"),
    "syntax":          _case("v=STSv1; id=$id; nothing", "invalid", "sts-syntax", id="$id"),
    "version":         _case("v=STSV1; id=$id", "invalid", "sts-version"),
    "id-missing":      _case("v=STSv1;", "invalid", "sts-id-missing"),
    "bare":            _case("v=STSv1", "invalid", "sts-id-missing"),
    "id-invalid":      _case("v=STSv1; id=2024-10-01", "invalid", "sts-id-invalid"),
    "id-long":         _case("v=STSv1; id=" + "1" * 33, "invalid", "sts-id-invalid"),
    "extension-invalid": _case("v=STSv1; id=$id; -x=1", "invalid", "sts-extension-invalid", id="$id"),
    "repeated":        _case("v=STSv1; id=$id; id=other", "valid", "sts-field-repeated", id="$id"),
}

TLS_RPT = {
    "mailto":          _case("v=TLSRPTv1; rua=mailto:tls@$d", "valid", rua=["mailto:tls@$d"]),
    "https":           _case("v=TLSRPTv1; rua=https://reports.$o/v1,mailto:tls@$d;", "valid",
                             rua=["https://reports.$o/v1", "mailto:tls@$d"]),
    "other":           _case("some other text", "absent"),
    "several":         _case(["v=TLSRPTv1; rua=mailto:a@$d", "v=TLSRPTv1; rua=mailto:b@$d"], "invalid", "tlsrpt-multiple"),
    "syntax":          _case("v=TLSRPTv1; rua=mailto:tls@$d; nothing", "invalid", "tlsrpt-syntax", rua=["mailto:tls@$d"]),
    "rua-missing":     _case("v=TLSRPTv1;", "invalid", "tlsrpt-rua-missing"),
    "bare":            _case("v=TLSRPTv1", "invalid", "tlsrpt-rua-missing"),
    "rua-invalid":     _case("v=TLSRPTv1; rua=tls@$d", "invalid", "tlsrpt-rua-invalid"),
    "version":         _case("v=TLSRPT1; rua=mailto:tls@$d", "invalid", "tlsrpt-version"),
    "extension-invalid": _case("v=TLSRPTv1; rua=mailto:tls@$d; -x=1", "invalid", "tlsrpt-extension-invalid",
                               rua=["mailto:tls@$d"]),
}

BIMI = {
    "logo":            _case("v=BIMI1; l=https://$d/logo.svg", "valid", l="https://$d/logo.svg"),
    "evidence":        _case("v=BIMI1; l=https://$d/logo.svg; a=https://$d/vmc.pem", "valid", l="https://$d/logo.svg",
                             a="https://$d/vmc.pem"),
    "refusal":         _case("v=BIMI1; l=; a=;", "valid", l="", a=""),
    "other":           _case("some other text", "absent"),
    "several":         _case(["v=BIMI1; l=https://$d/a.svg", "v=BIMI1; l=https://$d/b.svg"], "invalid", "bimi-multiple"),
    "syntax":          _case("v=BIMI1; l=https://$d/logo.svg; nothing", "invalid", "bimi-syntax", l="https://$d/logo.svg"),
    "location-missing": _case("v=BIMI1; a=https://$d/vmc.pem", "invalid", "bimi-location-missing", a="https://$d/vmc.pem"),
    "location-invalid": _case("v=BIMI1; l=http://$d/logo.svg", "invalid", "bimi-location-invalid"),
    "evidence-invalid": _case("v=BIMI1; l=https://$d/logo.svg; a=http://$d/vmc.pem", "invalid", "bimi-evidence-invalid",
                              l="https://$d/logo.svg"),
    "version":         _case("v=BIMI2; l=https://$d/logo.svg", "absent", "bimi-version"),
}

TABLES = {"spf": SPF, "dmarc": DMARC, "mta_sts": STS, "tls_rpt": TLS_RPT, "bimi": BIMI}
PREFIX = {"spf": "", "dmarc": "_dmarc.", "mta_sts": "_mta-sts.", "tls_rpt": "_smtp._tls.", "bimi": "default._bimi."}


def fill(value, domain, member):
    """$d and the parameters in a text, or in everything that holds texts."""
    if isinstance(value, list):
        return [fill(v, domain, member) for v in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    for name, text in (("$id", member.get("id", "1")), ("$o", member.get("operator", domain)), ("$d", domain)):
        value = value.replace(name, text)
    return value


def records(kind, domain, member):
    """The TXT strings, as bytes, that a description's member {"case": …} or {"txt": […]} stands for."""
    if "txt" in member:
        return [encode(t) for t in member["txt"]]
    texts = fill(TABLES[kind][member["case"]].txt, domain, member)
    return [t if isinstance(t, bytes) else t.encode() for t in texts]


def encode(text):
    """From a description's text: each character below U+0100 that the record has as a lone byte comes as U+DCxx."""
    return text.encode("utf-8", "surrogateescape")


def decode(data):
    """As the records have it: UTF-8 where it is, and each byte that is none, or of a control character above 0x7f, as the
    character of its number."""
    pieces = re.split(rb"(\xc2[\x80-\x9f])", data)
    return "".join(p.decode("latin-1") if i % 2 else p.decode("utf-8", "bytes-as-characters") for i, p in enumerate(pieces))


def _bytes_as_characters(error):
    return error.object[error.start:error.end].decode("latin-1"), error.end


__import__("codecs").register_error("bytes-as-characters", _bytes_as_characters)
