"""What the identifiers of the CSV files are called in a report."""

METRICS = {
    "spf_present": "SPF record",
    "spf_valid": "SPF valid",
    "spf_enforcing": "SPF ‑all or ~all",
    "dmarc_present": "DMARC record",
    "dmarc_valid": "DMARC valid",
    "dmarc_enforcing": "DMARC quarantine or reject",
    "dmarc_reject": "DMARC reject",
    "dkim_node": "DKIM node",
    "sts_record_present": "MTA-STS record",
    "sts_record_valid": "MTA-STS record valid",
    "sts_policy_valid": "MTA-STS policy valid",
    "sts_policy_testing": "MTA-STS mode testing",
    "sts_policy_enforce": "MTA-STS mode enforce",
    "sts_deliverable": "MTA-STS enforce, deliverable",
    "tls_rpt_present": "TLS-RPT record",
    "tls_rpt_valid": "TLS-RPT valid",
    "sts_tls_rpt_present": "MTA-STS and TLS-RPT record",
    "five_present": "all five present",
    "five_valid": "all five valid",
    "bimi_present": "BIMI record",
    "bimi_valid": "BIMI valid",
    "null_mx": "null MX",
    "implicit_mx": "implicit MX",
    "mx_dnssec": "MX records secure (DNSSEC)",
    "starttls_all": "STARTTLS at all MX hosts",
    "starttls_some": "STARTTLS at some MX host",
    "mx_cert_valid_all": "certificate verifies, all hosts",
    "mx_cert_match_all": "verifies and matches, all hosts",
    "mx_cert_self_signed_some": "self-signed at some host",
    "mx_cert_expiring_some": "expires in 30 days, some host",
    "tls13_all": "TLS 1.3 at all MX hosts",
    "tls_legacy_some": "below TLS 1.2 at some host",
    "dane_present": "TLSA record at some MX host",
    "dane_secure": "TLSA secure at all MX hosts",
    "dane_valid": "DANE valid",
    "requiretls_all": "REQUIRETLS at all MX hosts",
    "ipv6_some": "some MX host has IPv6",
}

POPULATIONS = {  # of adoption.csv, and of mx_certs.csv
    "all": "all domains of the list",
    "exists": "domains that exist",
    "mx": "domains with a usable MX",
    "not_parked": "domains that are not parked",
    "sts_record": "of those, with an MTA-STS record",
    "sts_enforce": "of those, record and policy valid, enforce",
}

COLUMNS = {
    "population_unknown": "population unknown",
}


def counted(number, noun):
    """So many of them: "1 domain", "1,234 domains"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def plain(identifier):
    """Any other identifier, as words."""
    return identifier.replace("-", " ").replace("_", " ")


def sentence(identifier):
    return identifier[:1].upper() + identifier[1:]


def metric(identifier):
    return METRICS.get(identifier) or plain(identifier)


def population(identifier):
    return POPULATIONS.get(identifier) or plain(identifier)


def column(identifier):
    return COLUMNS.get(identifier) or plain(identifier)
