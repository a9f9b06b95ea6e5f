"""caa: CAA records (RFC 8659): RDATA, its text, and what is to be thought of each set, judged by hand from the RFC. In
values $d is the domain."""
from collections import namedtuple

Case = namedtuple("Case", "records verdict violations fields")   # records: (flags, tag, value), or bytes


def _case(records, verdict="valid", violations="", **fields):
    return Case(records, verdict, violations.split(), fields)


CASES = {
    "issue":      _case([(0, "issue", "ca.example")], issue=["ca.example"]),
    "several":    _case([(0, "issue", "ca.example; account=123"), (0, "issue", "other.example"), (0, "issuewild", ";"),
                         (0, "iodef", "mailto:security@$d")],
                        issue=["ca.example", "other.example"], issuewild=[], iodef=["mailto:security@$d"]),
    "nobody":     _case([(0, "issue", ";")], issue=[]),
    "mail":       _case([(0, "issuemail", "ca.example")], issuemail=["ca.example"]),
    "capitals":   _case([(128, "ISSUE", "CA.Example")], issue=["CA.Example"]),
    "unknown":    _case([(0, "issue", "ca.example"), (0, "colour", "red")], "valid", "caa-tag-unknown", issue=["ca.example"]),
    "critical":   _case([(128, "colour", "red")], "valid", "caa-critical-unknown"),
    "reserved":   _case([(1, "issue", "ca.example")], "valid", "caa-flags-reserved", issue=["ca.example"]),
    "issuer":     _case([(0, "issue", "ca_example")], "invalid", "caa-issuer-invalid", issue=[]),
    "iodef":      _case([(0, "issue", "ca.example"), (0, "iodef", "security@$d")], "invalid", "caa-iodef-invalid",
                        issue=["ca.example"]),
    "odd-bytes":  _case([(0, "issue", "ca.example"), (0, "note", "\"a\\b\u00e4\x01")], "valid", "caa-tag-unknown",
                        issue=["ca.example"]),
}


def rdata(record, domain):
    if isinstance(record, bytes):
        return record
    flags, tag, value = record
    return bytes([flags, len(tag)]) + tag.encode() + value.replace("$d", domain).encode()


def text(data):
    """As a master file has it; RFC 3597 where it is no CAA record."""
    if len(data) < 2 or data[1] == 0 or data[1] > len(data) - 2 or not data[2:2 + data[1]].isalnum():
        return f"\\# {len(data)} {data.hex()}"
    value = "".join(("\\" if b in b'"\\' else "") + chr(b) if 32 <= b < 127 else f"\\{b:03d}" for b in data[2 + data[1]:])
    return f"{data[0]} {data[2:2 + data[1]].decode()} \"{value}\""


def records(domain, shown):
    return [rdata(r, domain) for r in CASES[shown["case"]].records]


def judgement(domain, shown):
    """(verdict, violations, fields) of a description's {"case": …}."""
    case = CASES[shown["case"]]
    fields = {k: [v.replace("$d", domain) for v in values] for k, values in case.fields.items()}
    return case.verdict, case.violations, fields
