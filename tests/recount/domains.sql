-- What each domain is: its hosts, its policy, and what every population and metric says of it.

-- The MX hosts to be followed, in the order of the record.
CREATE TABLE targets AS
SELECT domain, h.host AS host, place
FROM (SELECT domain, unnest(mx.hosts) AS h, generate_subscripts(mx.hosts, 1) AS place FROM domain_records)
WHERE h.violation IS NULL;

CREATE TABLE host_dane AS SELECT host, bool_and(matches) AS matches FROM dane_matches GROUP BY host;
CREATE TABLE host_expiring AS SELECT host, bool_or(soon) AS soon FROM expiring GROUP BY host;

-- RFC 8461 section 4.1: "*." stands for one label.
CREATE MACRO pattern_matches(pattern, host) AS
    CASE WHEN starts_with(pattern, '*.') THEN contains(host, '.') AND lower(host[strpos(host, '.') + 1:]) = lower(pattern[3:])
         ELSE lower(host) = lower(pattern) END;

CREATE TABLE allowed AS
SELECT t.domain, t.host, list_bool_or(list_transform(p.mx, lambda m: pattern_matches(m, t.host))) AS allowed
FROM targets t JOIN policies p USING (domain);

-- "All hosts": those that have an address. "Some host": it has an address, and shows it.
CREATE MACRO all_hosts(address, x) AS one_of(address) AND all_of(CASE WHEN address THEN x WHEN address IS NULL THEN NULL ELSE true END);
CREATE MACRO some_host(address, x) AS one_of(address AND x);

CREATE TABLE domain_hosts AS
SELECT t.domain, arg_min(o.operator, t.place) AS operator, bool_or(p.host IS NOT NULL) AS parking,
    one_of(has_address) AS usable, NOT all_of(has_address) AS dangling,
    all_hosts(has_address, starttls_all) AS starttls_all, some_host(has_address, starttls_some) AS starttls_some,
    all_hosts(has_address, cert_valid_all) AS cert_valid_all, some_host(has_address, cert_valid_some) AS cert_valid_some,
    all_hosts(has_address, cert_match_all) AS cert_match_all, some_host(has_address, cert_match_some) AS cert_match_some,
    some_host(has_address, self_signed_some) AS self_signed, some_host(has_address, expired_some) AS expired,
    some_host(has_address, e.soon) AS expiring,
    all_hosts(has_address, tls13_all) AS tls13_all, some_host(has_address, tls13_some) AS tls13_some,
    some_host(has_address, tls12_some) AS tls12, some_host(has_address, tls11_some) AS tls11, some_host(has_address, tls10_some) AS tls10,
    some_host(has_address, legacy_some) AS legacy,
    some_host(has_address, has_tlsa) AS has_tlsa, all_hosts(has_address, tlsa_secure) AS tlsa_secure, all_hosts(has_address, d.matches) AS dane,
    all_hosts(has_address, requiretls_all) AS requiretls_all, some_host(has_address, requiretls_some) AS requiretls_some,
    all_hosts(has_address, ipv6) AS ipv6_all, some_host(has_address, ipv6) AS ipv6_some,
    all_hosts(has_address, coalesce(a.allowed, false) AND sendable_some) AS delivers_all,
    some_host(has_address, coalesce(a.allowed, false) AND sendable_some) AS delivers_some
FROM targets t
    LEFT JOIN hosts h USING (host) LEFT JOIN host_dane d USING (host) LEFT JOIN host_expiring e USING (host)
    LEFT JOIN operators o USING (host) LEFT JOIN parking_hosts p USING (host) LEFT JOIN allowed a ON a.domain = t.domain AND a.host = t.host
GROUP BY t.domain;

CREATE TABLE joined AS
SELECT d.*, h.* EXCLUDE (domain), is_one(d.mx.kind, 'hosts') AS has_hosts, h.domain IS NOT NULL AS followed,
    p.domain IS NOT NULL AS has_policy, p.verdict AS policy_verdict, p.mode AS policy_mode,
    CASE WHEN d.mx.outcome IN ('nodata', 'nxdomain') OR d.mx.dnssec IN ('bogus', 'insecure') THEN false
         WHEN d.mx.outcome = 'ok' AND d.mx.dnssec = 'secure' THEN true END AS mx_secure,
    CASE WHEN is_present(d.mta_sts.verdict)
         THEN CASE p.verdict WHEN 'valid' THEN true WHEN 'invalid' THEN false WHEN 'absent' THEN false END
         ELSE is_present(d.mta_sts.verdict) END AS policy_valid
FROM domain_records d LEFT JOIN domain_hosts h USING (domain) 
    LEFT JOIN policies p ON p.domain = CASE WHEN d.mta_sts.verdict IS DISTINCT FROM 'absent' THEN d.domain END;

-- What hosts say of a domain that has none, or of which it is unknown whether it has.
CREATE MACRO of_hosts(has_hosts, followed, x) AS CASE WHEN has_hosts THEN CASE WHEN followed THEN x ELSE false END ELSE has_hosts END;

-- A run that did not ask for name servers knows of the MX hosts only.
CREATE TABLE parking_ns AS
WITH names AS (SELECT DISTINCT unnest(ns.hosts) AS name FROM domain_records)
SELECT DISTINCT name FROM (SELECT name, unnest(suffixes(name)) AS suffix FROM names) JOIN curated_parking USING (suffix) WHERE kind = 'ns';

CREATE MACRO ns_parks(ns, parking) AS
    CASE WHEN ns IS NULL THEN false WHEN list_has_any(ns.hosts, parking) THEN true WHEN ns.outcome = 'ok' THEN false ELSE nothing(ns.outcome) END;

-- RFC 7208 section 5.2: an include that cannot be looked up leaves the verdict open, not whether there is a record.
CREATE MACRO spf_is_present(spf) AS CASE WHEN spf.verdict = 'unknown' AND spf.outcome = 'ok' THEN true ELSE is_present(spf.verdict) END;

CREATE TABLE answers AS
SELECT domain, rank, operator, "input",
    true AS p_all,
    is_one("exists", 'yes') AS p_exists,
    of_hosts(has_hosts, followed, usable) AS p_mx,
    is_one("exists", 'yes') AND NOT (ns_parks(ns, (SELECT list(name) FROM parking_ns)) OR CASE WHEN parking THEN true WHEN mx.kind IS NULL OR mx.kind = 'unknown' THEN NULL ELSE false END)
        AS p_not_parked,
    spf_is_present(spf) AS m_spf_present,
    is_valid(spf.verdict) AS m_spf_valid,
    spf_ends(spf, ['fail', 'softfail']) AS m_spf_enforcing,
    spf_ends(spf, ['fail']) AS m_spf_strict,
    spf_ends(spf, ['pass']) AS m_spf_open,
    is_present(dmarc.verdict) AS m_dmarc_present,
    is_valid(dmarc.verdict) AS m_dmarc_valid,
    valid_and(dmarc.verdict, dmarc.p = 'none') AS m_dmarc_none,
    valid_and(dmarc.verdict, dmarc.p IN ('quarantine', 'reject')) AS m_dmarc_enforcing,
    valid_and(dmarc.verdict, dmarc.p = 'reject') AS m_dmarc_reject,
    valid_and(dmarc.verdict, dmarc.p = 'reject' OR (dmarc.p = 'quarantine' AND dmarc.t IS DISTINCT FROM 'y')) AS m_dmarc_effective,
    valid_and(dmarc.verdict, dmarc.rua IS NOT NULL) AS m_dmarc_reported,
    is_one(dmarc.effective.verdict, 'valid') AS m_dmarc_covered,
    given(is_one(dmarc.effective.verdict, 'valid'), CASE WHEN dmarc.effective.policy <> 'unknown' THEN dmarc.effective.policy IN ('quarantine', 'reject') END)
        AS m_dmarc_covered_enforcing,
    is_one(dkim.node, 'yes') AS m_dkim_node,
    is_one(dkim."key", 'yes') AS m_dkim_key,
    CASE WHEN dkim IS NOT NULL THEN coalesce(dkim.control, false) END AS m_dkim_control,
    CASE WHEN NOT coalesce(dkim.control, false) THEN CASE WHEN dkim IS NOT NULL THEN false END WHEN dkim."key" = 'yes' THEN true
         WHEN dkim.unanswered > 0 THEN NULL ELSE false END AS m_dkim_control_missed,
    is_present(caa.verdict) AS m_caa_present,
    is_valid(caa.verdict) AS m_caa_valid,
    is_present(mta_sts.verdict) AS m_sts_record_present,
    is_valid(mta_sts.verdict) AS m_sts_record_valid,
    policy_valid AS m_sts_policy_valid,
    policy_mode_is(policy_valid, policy_mode, 'none') AS m_sts_policy_none,
    policy_mode_is(policy_valid, policy_mode, 'testing') AS m_sts_policy_testing,
    policy_mode_is(policy_valid, policy_mode, 'enforce') AS m_sts_policy_enforce,
    given(is_valid(mta_sts.verdict) AND policy_mode_is(policy_valid, policy_mode, 'enforce'), of_hosts(has_hosts, followed, delivers_some))
        AS m_sts_deliverable,
    given(bound, of_hosts(has_hosts, followed, delivers_all)) AS m_sts_delivery_all,
    given(bound, of_hosts(has_hosts, followed, usable) AND NOT of_hosts(has_hosts, followed, delivers_some)) AS m_sts_delivery_none,
    is_present(tls_rpt.verdict) AS m_tls_rpt_present,
    is_valid(tls_rpt.verdict) AS m_tls_rpt_valid,
    is_present(mta_sts.verdict) AND is_present(tls_rpt.verdict) AS m_sts_tls_rpt_present,
    spf_is_present(spf) AND is_one(dkim.node, 'yes') AND is_present(dmarc.verdict) AND is_present(mta_sts.verdict)
        AND is_present(tls_rpt.verdict) AS m_five_present,
    is_valid(spf.verdict) AND is_one(dkim.node, 'yes') AND is_valid(dmarc.verdict) AND is_valid(mta_sts.verdict) AND policy_valid
        AND is_valid(tls_rpt.verdict) AS m_five_valid,
    is_present(bimi.verdict) AS m_bimi_present,
    is_valid(bimi.verdict) AS m_bimi_valid,
    is_one(mx.kind, 'hosts') AS m_mx_present,
    is_one(mx.kind, 'null') AS m_null_mx,
    is_one(mx.kind, 'implicit') AS m_implicit_mx,
    of_hosts(has_hosts, followed, dangling) AS m_mx_dangling_some,
    CASE WHEN mx.dnssec <> 'indeterminate' THEN mx.dnssec = 'secure' END AS m_dnssec,
    CASE WHEN mx.dnssec <> 'indeterminate' THEN mx.dnssec = 'bogus' END AS m_dnssec_bogus,
    mx_secure AS m_mx_dnssec,
    of_hosts(has_hosts, followed, starttls_all) AS m_starttls_all,
    of_hosts(has_hosts, followed, starttls_some) AS m_starttls_some,
    of_hosts(has_hosts, followed, usable) AND NOT of_hosts(has_hosts, followed, starttls_some) AS m_starttls_none,
    of_hosts(has_hosts, followed, cert_valid_all) AS m_mx_cert_valid_all,
    of_hosts(has_hosts, followed, cert_valid_some) AS m_mx_cert_valid_some,
    of_hosts(has_hosts, followed, cert_match_all) AS m_mx_cert_match_all,
    of_hosts(has_hosts, followed, cert_match_some) AS m_mx_cert_match_some,
    of_hosts(has_hosts, followed, self_signed) AS m_mx_cert_self_signed_some,
    of_hosts(has_hosts, followed, expired) AS m_mx_cert_expired_some,
    of_hosts(has_hosts, followed, expiring) AS m_mx_cert_expiring_some,
    of_hosts(has_hosts, followed, tls13_all) AS m_tls13_all,
    of_hosts(has_hosts, followed, tls13_some) AS m_tls13_some,
    of_hosts(has_hosts, followed, tls12) AS m_tls12_some,
    of_hosts(has_hosts, followed, tls11) AS m_tls11_some,
    of_hosts(has_hosts, followed, tls10) AS m_tls10_some,
    of_hosts(has_hosts, followed, legacy) AS m_tls_legacy_some,
    of_hosts(has_hosts, followed, has_tlsa) AS m_dane_present,
    mx_secure AND of_hosts(has_hosts, followed, tlsa_secure) AS m_dane_secure,
    mx_secure AND of_hosts(has_hosts, followed, tlsa_secure) AND of_hosts(has_hosts, followed, dane) AS m_dane_valid,
    of_hosts(has_hosts, followed, requiretls_all) AS m_requiretls_all,
    of_hosts(has_hosts, followed, requiretls_some) AS m_requiretls_some,
    of_hosts(has_hosts, followed, ipv6_some) AS m_ipv6_some,
    of_hosts(has_hosts, followed, ipv6_all) AS m_ipv6_all
FROM (SELECT *, is_valid(mta_sts.verdict) AND (policy_mode_is(policy_valid, policy_mode, 'enforce')
        OR policy_mode_is(policy_valid, policy_mode, 'testing')) AS bound FROM joined);
