-- providers.csv and providers_largest.csv: the own domain of an operator is that of the curated list, else its registrable domain.

CREATE TABLE asked AS
SELECT * FROM (VALUES ('spf_valid'), ('dmarc_enforcing'), ('dkim_node'), ('sts_record_present'), ('sts_policy_valid'), ('sts_policy_enforce'),
    ('tls_rpt_valid'), ('sts_tls_rpt_present'), ('mx_cert_match_all'), ('dane_valid')) AS t(metric);

CREATE TABLE own_answers AS
SELECT domain, metric[3:] AS metric, CASE WHEN has THEN 'yes' WHEN NOT has THEN 'no' ELSE 'unknown' END AS own
FROM (SELECT domain, COLUMNS('^m_') FROM answers) UNPIVOT INCLUDE NULLS (has FOR metric IN (COLUMNS('^m_')))
WHERE metric[3:] IN (SELECT metric FROM asked);

-- Operators that an MX host has of which there is a record: of the others nothing is known.
CREATE TABLE own_domains AS
SELECT o.operator, any_value(coalesce(c.domain, o.operator)) AS own_domain
FROM operators o JOIN hosts h USING (host) LEFT JOIN (SELECT DISTINCT operator, domain FROM curated_operators) c USING (operator)
GROUP BY o.operator;

CREATE TABLE sizes AS
SELECT CASE WHEN chosen THEN value ELSE '(other)' END AS operator, chosen, count(*) AS domains
FROM families JOIN values_chosen USING (family, value) WHERE family = 'operator' GROUP BY 1, 2;

CREATE TABLE provider_ranks AS
SELECT operator, domains, chosen, CASE WHEN chosen THEN row_number() OVER (ORDER BY chosen DESC, domains DESC, encode(operator)) END AS place,
    printf('%.6f', domains / sum(domains) OVER ()::DOUBLE) AS part
FROM sizes;

CREATE VIEW "providers.csv" AS
SELECT p.place AS rank, p.operator, p.domains, p.part AS share, CASE WHEN p.chosen THEN d.own_domain END AS own_domain, a.metric,
    CASE WHEN p.chosen THEN o.own END AS own, s.numerator, s.denominator, s.unknown, s.share AS customers, s.low, s.high
FROM provider_ranks p CROSS JOIN asked a
    JOIN shares s ON s.name = 'operator=' || p.operator AND s.population = 'all' AND s.metric = a.metric
    LEFT JOIN own_domains d ON d.operator = p.operator
    LEFT JOIN own_answers o ON o.domain = d.own_domain AND o.metric = a.metric;

CREATE VIEW "providers_largest.csv" AS
SELECT largest, metric, yes AS numerator, yes + no AS denominator, largest - yes - no AS unknown, share(yes, yes + no) AS share,
    share(yes, largest) AS low, share(largest - no, largest) AS high
FROM (SELECT n AS largest, metric, count(*) FILTER (own = 'yes') AS yes, count(*) FILTER (own = 'no') AS no
      FROM (VALUES (10), (25), (50), (100)) AS t(n) JOIN "providers.csv" p ON p.rank <= n
      WHERE n <= (SELECT count(*) FROM provider_ranks WHERE chosen) GROUP BY n, metric);
