-- What the MX hosts of a run show.

-- One address of a host. A trait is NULL where no definite answer came: that address is left out.
CREATE TABLE sights AS
WITH seen AS (
    SELECT *, outcome = 'ok' AS had_tls,
        outcome IN ('starttls-absent', 'starttls-declined', 'starttls-injection', 'tls-failed', 'no-tls') AS no_tls,
        CASE tls.pkix.verdict WHEN 'valid' THEN true WHEN 'invalid' THEN false END AS chain_valid
    FROM mx_records)
SELECT host, address, "time", CASE WHEN had_tls THEN tls.chain[1] END AS leaf, tlsa.records AS tlsa_records, had_tls, no_tls,
    CASE WHEN address IS NOT NULL THEN true ELSE nothing(outcome) END AS has_address,
    CASE WHEN address IS NULL THEN nothing(outcome) WHEN contains(address, ':') OR lookup.aaaa = 'ok' THEN true ELSE nothing(lookup.aaaa) END AS ipv6,
    CASE WHEN address IS NULL THEN nothing(outcome) WHEN tlsa.outcome = 'ok' THEN true ELSE nothing(tlsa.outcome) END AS has_tlsa,
    CASE WHEN address IS NULL THEN nothing(outcome)
         WHEN tlsa.outcome = 'ok' THEN CASE tlsa.dnssec WHEN 'secure' THEN true WHEN 'insecure' THEN false WHEN 'bogus' THEN false END
         WHEN tlsa.dnssec = 'bogus' OR (lookup.dnssec = 'insecure' AND lookup.aliases IS NULL) THEN false
         ELSE nothing(tlsa.outcome) END AS tlsa_secure,
    coalesce(address IS NOT NULL AND tlsa.outcome = 'ok' AND tlsa.usable = 0, false) AS tlsa_useless,
    CASE starttls WHEN 'offered' THEN true WHEN 'absent' THEN false END AS starttls,
    CASE WHEN had_tls THEN chain_valid WHEN no_tls THEN false END AS cert_valid,
    CASE WHEN had_tls THEN chain_valid AND tls.name_match WHEN no_tls THEN false END AS cert_match,
    CASE WHEN had_tls THEN CASE WHEN list_contains(tls.pkix.errors, 'self-signed') THEN true WHEN chain_valid IS NOT NULL THEN false END
         WHEN no_tls THEN false END AS self_signed,
    CASE WHEN had_tls THEN CASE WHEN list_contains(tls.pkix.errors, 'expired') THEN true WHEN chain_valid IS NOT NULL THEN false END
         WHEN no_tls THEN false END AS expired,
    CASE WHEN had_tls THEN tls.version WHEN no_tls THEN 'none' END AS version,
    CASE WHEN had_tls THEN chain_valid AND tls.name_match AND tls.version IN ('TLSv1.2', 'TLSv1.3') WHEN no_tls THEN false END AS sendable,
    CASE WHEN had_tls THEN CASE WHEN requiretls THEN true WHEN ehlo_tls IS NOT NULL THEN false END WHEN no_tls THEN false END AS requiretls
FROM seen;

-- The leaf certificate expires within 30 days of being seen, and has not yet.
CREATE TABLE expiring AS
SELECT s.host,
    CASE WHEN s.no_tls THEN false
         ELSE c.not_after::TIMESTAMP >= s."time"::TIMESTAMP AND c.not_after::TIMESTAMP - s."time"::TIMESTAMP <= INTERVAL 30 DAY END AS soon
FROM sights s LEFT JOIN certs c ON c.sha256 = s.leaf;

-- TLSA records of usage 3 against the leaf. What SQL cannot do (usage 2, SHA-512, a whole key) is looked for, and told by `dane_beyond`.
CREATE TABLE associations AS
SELECT host, address, leaf, string_split(record, ' ') AS field
FROM sights, unnest(tlsa_records) AS r(record)
WHERE leaf IS NOT NULL AND has_tlsa;

CREATE TABLE dane_beyond AS
SELECT * FROM associations WHERE field[1] = '2' OR (field[1] = '3' AND (field[3] NOT IN ('0', '1') OR (field[2] = '1' AND field[3] = '0')));

CREATE TABLE dane_matches AS
WITH matched AS (
    SELECT DISTINCT a.host, a.address
    FROM associations a JOIN certs c ON c.sha256 = a.leaf
    WHERE a.field[1] = '3' AND lower(a.field[4]) = CASE a.field[2] || a.field[3]
        WHEN '11' THEN c.spki_sha256 WHEN '01' THEN c.sha256 WHEN '00' THEN lower(hex(from_base64(c."der"))) END)
SELECT s.host, CASE WHEN s.no_tls OR s.tlsa_useless THEN false WHEN c."der" IS NOT NULL THEN m.host IS NOT NULL END AS matches
FROM sights s LEFT JOIN certs c ON c.sha256 = s.leaf LEFT JOIN matched m ON m.host = s.host AND m.address = s.address
WHERE s.no_tls OR s.tlsa_useless OR (s.had_tls AND s.has_tlsa);

-- Who runs a host: the longest suffix of the curated list, else the registrable domain.
-- (Also of the domains, and of the patterns of policies without what makes them one.)
CREATE MACRO bare_pattern(pattern) AS
    lower(regexp_replace(CASE WHEN starts_with(pattern, '*.') THEN pattern[3:] ELSE pattern END, '\.$', ''));

CREATE TABLE mx_names AS
SELECT h.host AS host FROM (SELECT unnest(mx.hosts) AS h FROM domain_records)
UNION
SELECT domain FROM domain_records
UNION
SELECT bare_pattern(pattern) FROM (SELECT unnest(mx) AS pattern FROM policies) WHERE bare_pattern(pattern) <> '';

CREATE TABLE name_suffixes AS
SELECT host, suffix, len(string_split(suffix, '.')) AS labels FROM mx_names, unnest(suffixes(host)) AS t(suffix);

CREATE TABLE registrable AS
WITH matched AS (
    SELECT host, labels AS strength, labels AS suffix_labels FROM name_suffixes JOIN suffix_rules ON rule = suffix
    UNION ALL
    SELECT host, 1000 + labels, labels - 1 FROM name_suffixes JOIN suffix_rules ON rule = '!' || suffix
    UNION ALL
    SELECT host, labels, labels FROM name_suffixes JOIN suffix_rules ON labels > 1 AND rule = '*.' || suffix[strpos(suffix, '.') + 1:]
    UNION ALL
    SELECT host, 0, 1 FROM mx_names)
SELECT host, array_to_string(labels[-(1 + suffix_labels):], '.') AS name, array_to_string(labels[-suffix_labels:], '.') AS public_suffix,
    CASE WHEN len(labels) > suffix_labels THEN labels[-(1 + suffix_labels)] END AS label
FROM (SELECT host, string_split(host, '.') AS labels, arg_max(suffix_labels, strength) AS suffix_labels FROM matched GROUP BY host);

CREATE TABLE operators AS
SELECT r.host, coalesce(arg_max(c.operator, s.labels), any_value(r.name)) AS operator
FROM registrable r JOIN name_suffixes s USING (host) LEFT JOIN curated_operators c USING (suffix) GROUP BY r.host;

CREATE TABLE parking_hosts AS
SELECT DISTINCT host FROM name_suffixes s JOIN curated_parking p USING (suffix) WHERE p.kind = 'mx';

-- A host: "all" over its addresses, and "some" of them; bool_and() and bool_or() leave out what is NULL.
CREATE TABLE hosts AS
SELECT host, one_of(has_address) AS has_address, one_of(ipv6) AS ipv6, one_of(has_tlsa) AS has_tlsa, one_of(tlsa_secure) AS tlsa_secure,
    bool_and(starttls) AS starttls_all, bool_or(starttls) AS starttls_some,
    bool_and(cert_valid) AS cert_valid_all, bool_or(cert_valid) AS cert_valid_some,
    bool_and(cert_match) AS cert_match_all, bool_or(cert_match) AS cert_match_some,
    bool_or(sendable) AS sendable_some, bool_or(self_signed) AS self_signed_some, bool_or(expired) AS expired_some,
    bool_and(version = 'TLSv1.3') AS tls13_all, bool_or(version = 'TLSv1.3') AS tls13_some, bool_or(version = 'TLSv1.2') AS tls12_some,
    bool_or(version = 'TLSv1.1') AS tls11_some, bool_or(version = 'TLSv1') AS tls10_some,
    bool_or(version NOT IN ('TLSv1.2', 'TLSv1.3', 'none')) AS legacy_some,
    bool_and(requiretls) AS requiretls_all, bool_or(requiretls) AS requiretls_some,
    min("time"::TIMESTAMP) AS first_seen, max("time"::TIMESTAMP) AS last_seen
FROM sights GROUP BY host;
