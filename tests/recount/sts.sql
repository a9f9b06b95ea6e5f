-- sts_funnel.csv, sts_errors.csv, mx_certs.csv and policy_hosts.csv.

CREATE TABLE managements AS FROM (VALUES (1, 'all'), (2, 'self-managed'), (3, 'third-party'), (4, 'unclassified')) AS t(place, management);
CREATE TABLE accepted AS SELECT list.accepted AS n FROM read_json(getvariable('run') || '/run.json', columns = {list: 'STRUCT(accepted BIGINT)'});
CREATE MACRO by_count(served) AS
    CASE WHEN served >= 50 THEN 'third-party' WHEN served <= 5 AND (SELECT n FROM accepted) >= 1000000 THEN 'self-managed' ELSE 'unclassified' END;

-- ---- who runs the policy host ----

CREATE TABLE policy_lists AS
FROM read_csv(getvariable('top') || '/datasets/policy-operators.csv', header = true, all_varchar = true);

CREATE TABLE policy_runners AS
SELECT domain, nullif(operator, r.name) AS operator FROM policies p JOIN registrable r ON r.host = p.domain;

CREATE TABLE policy_managements AS
WITH served AS (SELECT operator, count(*) AS n FROM policy_runners WHERE operator IS NOT NULL GROUP BY operator),
    listed AS (SELECT o.operator, arg_max(l.management, len(suffix)) AS management
               FROM (SELECT operator, unnest(suffixes(operator)) AS suffix FROM served) o JOIN policy_lists l USING (suffix) GROUP BY o.operator)
SELECT s.operator, coalesce(l.management, by_count(n)) AS management FROM served s LEFT JOIN listed l USING (operator);

-- ---- what is wrong with a handshake ----

CREATE MACRO handshake_faults(tls) AS
    CASE WHEN len(coalesce(tls.chain, [])) = 0 THEN ['no-certificate']
         ELSE list_distinct(list_concat(list_concat(
            list_transform(coalesce(tls.pkix.errors, []), lambda e: CASE WHEN e IN ('expired', 'not-yet-valid', 'self-signed', 'untrusted-root',
                'incomplete-chain', 'bad-signature', 'not-a-ca', 'wrong-purpose', 'weak-key', 'revoked') THEN e ELSE 'other' END),
            CASE WHEN tls.name_match = false THEN ['name-mismatch'] ELSE [] END),
            CASE WHEN tls.version NOT IN ('TLSv1.2', 'TLSv1.3') THEN ['tls-below-1.2'] ELSE [] END)) END;

CREATE TABLE host_faults AS
SELECT DISTINCT host, unnest(CASE
    WHEN outcome = 'ok' THEN handshake_faults(tls)
    WHEN outcome IN ('starttls-absent', 'starttls-declined', 'starttls-injection') THEN ['no-starttls']
    WHEN outcome IN ('tls-failed', 'no-tls') THEN ['tls-failed'] END) AS fault
FROM mx_records;

-- ---- the domains ----

-- Over the MX hosts: good certificates, names in the policy; those without address receive nothing.
CREATE TABLE host_views AS
SELECT t.domain, all_of(sendable_some OR NOT has_address) AS certified, all_of(coalesce(a.allowed, false) OR NOT has_address) AS named,
    one_of(has_address AND sendable_some) AS some_good, all_of((has_address AND sendable_some) OR NOT has_address) AS all_good
FROM targets t LEFT JOIN hosts h USING (host) LEFT JOIN allowed a ON a.domain = t.domain AND a.host = t.host
GROUP BY t.domain;

CREATE TABLE sts_domains AS
SELECT j.domain, of_hosts(has_hosts, followed, usable) AS usable, is_present(mta_sts.verdict) AS present, is_valid(mta_sts.verdict) AS valid,
    mta_sts.violations AS record_violations, v.* EXCLUDE (domain), p.domain IS NOT NULL AS fetched, policy_mode,
    coalesce(list_position(['dns', 'connect', 'tls', 'http', 'syntax', 'done'], p.step), 1) AS step,
    coalesce(p.verdict, 'unknown') = 'unknown' AS late, coalesce(p.outcome, 'timeout') AS outcome, p.violations, p.tls,
    CASE WHEN p.http.status BETWEEN 1 AND 999 THEN p.http.status ELSE 0 END AS status,
    CASE WHEN p.domain IS NULL THEN 'unclassified' WHEN r.operator IS NULL THEN 'self-managed' ELSE m.management END AS management,
    is_valid(mta_sts.verdict) AND (policy_mode_is(policy_valid, policy_mode, 'enforce') OR policy_mode_is(policy_valid, policy_mode, 'testing')) AS bound
FROM joined j LEFT JOIN host_views v USING (domain)
    LEFT JOIN policies p ON p.domain = CASE WHEN j.has_policy THEN j.domain END
    LEFT JOIN policy_runners r ON r.domain = p.domain LEFT JOIN policy_managements m ON m.operator = r.operator;

-- ---- sts_funnel.csv ----

CREATE MACRO is_past(fetched, late, step, this) AS CASE WHEN NOT fetched THEN NULL WHEN step > this THEN true WHEN late THEN NULL ELSE false END;

CREATE TABLE funnel_answers AS
SELECT domain, management, unnest([usable, present, valid, is_past(fetched, late, step, 1), is_past(fetched, late, step, 2),
    is_past(fetched, late, step, 3), is_past(fetched, late, step, 4), is_past(fetched, late, step, 5), bound, certified, named]) AS passed,
    unnest(range(1, 12)) AS place
FROM sts_domains;

CREATE TABLE funnel_steps AS
SELECT unnest(range(1, 12)) AS place, unnest(['mx', 'record', 'record-valid', 'policy-dns', 'policy-tcp', 'policy-tls', 'policy-http', 'policy-syntax',
    'policy-mode', 'mx-certificate', 'mx-policy']) AS step;

CREATE VIEW "sts_funnel.csv" AS
WITH left_at AS (SELECT domain, min(place) FILTER (passed IS DISTINCT FROM true) AS place FROM funnel_answers GROUP BY domain),
    entered AS (SELECT a.* FROM funnel_answers a JOIN left_at l USING (domain) WHERE a.place <= coalesce(l.place, 99))
SELECT s.step, m.management, count(e.place) AS entered, count(*) FILTER (e.passed) AS passed, count(*) FILTER (NOT e.passed) AS failed,
    count(e.place) FILTER (e.passed IS NULL) AS unknown, share(count(*) FILTER (e.passed), count(*) FILTER (e.passed IS NOT NULL)) AS share
FROM funnel_steps s JOIN managements m ON m.management = 'all' OR s.place > 2
    LEFT JOIN entered e ON e.place = s.place AND m.management IN ('all', e.management)
GROUP BY s.place, s.step, m.place, m.management;

-- ---- sts_errors.csv ----

-- The closed list says which violations are faults.
CREATE TABLE faults AS
SELECT regexp_extract(line, '"([a-z0-9-]+)", FAULT', 1) AS violation
FROM read_csv(getvariable('top') || '/scanner/base/violation.h', header = false, delim = '\0', quote = '', escape = '',
              columns = {line: 'VARCHAR'}, auto_detect = false, strict_mode = false)
WHERE contains(line, '", FAULT');

CREATE MACRO faults_of(violations) AS list_intersect(coalesce(violations, []), (SELECT list(violation) FROM faults));

-- How a pattern misses a host, 1 the nearest: typo, third-level-mta-sts, third-level, tld, whole-domain. A wildcard that is off by labels is no typo.
CREATE TABLE misses AS
WITH pairs AS (
    SELECT t.domain, t.host, starts_with(pattern, '*.') AS wildcard, bare_pattern(pattern) AS pattern,
        CASE WHEN starts_with(pattern, '*.') THEN CASE WHEN contains(t.host, '.') THEN t.host[strpos(t.host, '.') + 1:] ELSE '' END ELSE t.host END AS tail
    FROM (SELECT domain, unnest(mx) AS pattern FROM policies) p JOIN targets t USING (domain))
SELECT p.domain, p.host, CASE
    WHEN a.label = b.label AND a.public_suffix <> b.public_suffix THEN 4
    WHEN levenshtein(pattern, tail) <= 3
        AND NOT (wildcard AND (tail = '' OR ends_with(pattern, '.' || tail) OR ends_with(tail, '.' || pattern))) THEN 1
    WHEN a.name <> b.name THEN 5
    WHEN list_contains(string_split(pattern, '.'), 'mta-sts') THEN 2 ELSE 3 END AS nearness
FROM pairs p JOIN registrable a ON a.host = p.pattern JOIN registrable b ON b.host = p.host;

CREATE TABLE sts_errors AS
WITH those AS (FROM sts_domains WHERE usable AND present)
SELECT domain, management, 'record' AS component, unnest(faults_of(record_violations)) AS error FROM those
UNION ALL
SELECT domain, management, ['policy-dns', 'policy-tcp', 'policy-tls', 'policy-http', 'policy-syntax'][step], unnest(CASE
    WHEN outcome = 'http-status' THEN ['status-' || status]
    WHEN outcome = 'certificate' AND len(handshake_faults(tls)) > 0 THEN handshake_faults(tls)
    WHEN outcome = 'syntax' AND len(faults_of(violations)) > 0 THEN faults_of(violations)
    ELSE [outcome] END)
FROM those WHERE fetched AND NOT late AND step < 6
UNION ALL
SELECT DISTINCT s.domain, management, 'mx-certificate', fault FROM those s JOIN targets t USING (domain) JOIN host_faults f USING (host)
UNION ALL
SELECT DISTINCT s.domain, management, 'mx-policy', ['typo', 'third-level-mta-sts', 'third-level', 'tld', 'whole-domain'][
    coalesce((SELECT min(nearness) FROM misses m WHERE m.domain = t.domain AND m.host = t.host), 5)]
FROM those s JOIN targets t USING (domain) JOIN hosts h USING (host) LEFT JOIN allowed a ON a.domain = t.domain AND a.host = t.host
WHERE bound AND has_address AND NOT coalesce(a.allowed, false);

-- Of which components is it known whether they have an error: one that was found, or the answer of all that could show one.
CREATE TABLE sts_looked AS
WITH those AS (FROM sts_domains WHERE usable AND present),
    parts AS (
        SELECT domain, management, unnest(['record', 'policy-dns', 'policy-tcp', 'policy-tls', 'policy-http', 'policy-syntax', 'mx-certificate']) AS component,
            unnest([true, is_past(fetched, late, step, 1) IS NOT NULL, is_past(fetched, late, step, 2) IS NOT NULL, is_past(fetched, late, step, 3) IS NOT NULL,
                    is_past(fetched, late, step, 4) IS NOT NULL, is_past(fetched, late, step, 5) IS NOT NULL, certified IS NOT NULL]) AS answered
        FROM those
        UNION ALL
        SELECT domain, management, 'mx-policy', bound AND named IS NOT NULL FROM those WHERE bound IS DISTINCT FROM false)
SELECT p.domain, p.management, p.component, coalesce(p.answered, false) OR e.domain IS NOT NULL AS known
FROM parts p LEFT JOIN (SELECT DISTINCT domain, component FROM sts_errors) e USING (domain, component);

CREATE VIEW "sts_errors.csv" AS
WITH told AS (SELECT * FROM sts_errors UNION ALL SELECT DISTINCT domain, management, component, 'any' FROM sts_errors),
    shown AS (SELECT DISTINCT component, error FROM told
              UNION SELECT unnest(['record', 'policy-dns', 'policy-tcp', 'policy-tls', 'policy-http', 'policy-syntax', 'mx-certificate', 'mx-policy']), 'any'),
    counted AS (SELECT component, error, m.management, count(*) AS n FROM told t JOIN managements m ON m.management IN ('all', t.management) GROUP BY ALL),
    looked AS (SELECT component, m.management, count(*) FILTER (known) AS n, count(*) FILTER (NOT known) AS unknown
               FROM sts_looked l JOIN managements m ON m.management IN ('all', l.management) GROUP BY ALL)
SELECT s.component, s.error, m.management, coalesce(c.n, 0) AS domains, coalesce(l.n, 0) AS denominator, coalesce(l.unknown, 0) AS unknown,
    share(coalesce(c.n, 0), coalesce(l.n, 0)) AS share
FROM shown s CROSS JOIN managements m LEFT JOIN counted c USING (component, error, management) LEFT JOIN looked l USING (component, management);

-- ---- mx_certs.csv ----

CREATE TABLE mail_hosts AS
WITH first AS (SELECT t.domain, arg_min(t.host, place) AS host FROM targets t JOIN sts_domains s USING (domain) WHERE s.usable GROUP BY t.domain),
    listed AS (SELECT DISTINCT host FROM name_suffixes JOIN curated_operators USING (suffix)),
    seen AS (SELECT f.domain, a.name AS operator, a.name = b.name AS own, l.host IS NOT NULL AS listed
             FROM first f JOIN registrable a ON a.host = f.host JOIN registrable b ON b.host = f.domain LEFT JOIN listed l ON l.host = f.host)
SELECT domain, CASE WHEN own THEN 'self-managed' WHEN listed THEN 'third-party'
    ELSE by_count(count(*) FILTER (NOT own AND NOT listed) OVER (PARTITION BY operator)) END AS management
FROM seen;

CREATE TABLE mail_parts AS
WITH those AS (SELECT s.* EXCLUDE (management), h.management FROM sts_domains s JOIN mail_hosts h USING (domain))
SELECT *, unnest(['mx'] || CASE WHEN present THEN ['sts_record'] ELSE [] END ||
                 CASE WHEN bound AND policy_mode = 'enforce' THEN ['sts_enforce'] ELSE [] END) AS population,
    CASE WHEN NOT some_good THEN 'none-good' WHEN some_good AND all_good THEN 'all-good' WHEN some_good AND NOT all_good THEN 'some-good' END AS finding
FROM those;

CREATE TABLE mail_faults AS
SELECT DISTINCT p.domain, population, management, fault FROM mail_parts p JOIN targets t USING (domain) JOIN host_faults f USING (host);

-- Of so many it is known: which finding it is; whether there is any fault.
CREATE TABLE mail_looked AS
WITH faulty AS (SELECT DISTINCT domain, population FROM mail_faults),
    answers AS (
        SELECT population, management, unnest([false, true]) AS of_faults,
            unnest([finding IS NOT NULL, f.domain IS NOT NULL OR certified IS NOT NULL]) AS known
        FROM mail_parts p LEFT JOIN faulty f USING (domain, population))
SELECT population, m.management, of_faults, count(*) FILTER (known) AS n, count(*) FILTER (NOT known) AS unknown
FROM answers a JOIN managements m ON m.management IN ('all', a.management) GROUP BY ALL;

CREATE VIEW "mx_certs.csv" AS
WITH told AS (SELECT population, management, finding FROM mail_parts UNION ALL SELECT population, management, fault FROM mail_faults),
    counted AS (SELECT population, m.management, finding, count(*) AS n FROM told t JOIN managements m ON m.management IN ('all', t.management) GROUP BY ALL),
    shown AS (
        SELECT unnest(['all-good', 'some-good', 'none-good']) AS finding, false AS of_faults
        UNION ALL
        SELECT unnest(['expired', 'not-yet-valid', 'self-signed', 'untrusted-root', 'incomplete-chain', 'bad-signature', 'not-a-ca', 'wrong-purpose',
                       'weak-key', 'revoked', 'other', 'name-mismatch', 'no-certificate', 'tls-below-1.2', 'no-starttls', 'tls-failed']), true)
SELECT p.population, m.management, f.finding, coalesce(c.n, 0) AS domains, coalesce(l.n, 0) AS denominator, coalesce(l.unknown, 0) AS unknown,
    share(coalesce(c.n, 0), coalesce(l.n, 0)) AS share
FROM (SELECT unnest(['mx', 'sts_record', 'sts_enforce']) AS population) p CROSS JOIN managements m CROSS JOIN shown f
    LEFT JOIN counted c USING (population, management, finding) LEFT JOIN mail_looked l USING (population, management, of_faults);

-- ---- policy_hosts.csv ----

CREATE TABLE policy_targets AS
WITH those AS (
        SELECT r.operator AS target, s.management, coalesce(p.verdict, 'unknown') AS verdict, p.mode
        FROM sts_domains s JOIN policies p USING (domain) JOIN policy_runners r USING (domain) WHERE s.fetched),
    ranked AS (
        SELECT target, CASE WHEN target IS NOT NULL
            THEN row_number() OVER (PARTITION BY target IS NULL ORDER BY count(*) DESC, encode(target)) END AS place
        FROM those GROUP BY target)
SELECT CASE WHEN r.place <= getvariable('largest') THEN r.place END AS rank, t.management, verdict, mode,
    CASE WHEN t.target IS NULL THEN '(own name)' WHEN rank IS NULL THEN '(other)' ELSE t.target END AS name
FROM those t JOIN ranked r ON r.target IS NOT DISTINCT FROM t.target;

CREATE VIEW "policy_hosts.csv" AS
SELECT rank, name AS target, CASE WHEN name <> '(other)' THEN any_value(management) END AS management, count(*) AS domains,
    printf('%.6f', count(*) / sum(count(*)) OVER ()::DOUBLE) AS share, count(*) FILTER (verdict = 'valid') AS valid,
    count(*) FILTER (verdict IN ('invalid', 'absent')) AS failed, count(*) FILTER (verdict = 'unknown') AS unknown,
    count(*) FILTER (verdict = 'valid' AND mode = 'enforce') AS enforce, count(*) FILTER (verdict = 'valid' AND mode = 'testing') AS testing,
    count(*) FILTER (verdict = 'valid' AND mode = 'none') AS none
FROM policy_targets GROUP BY rank, name;
