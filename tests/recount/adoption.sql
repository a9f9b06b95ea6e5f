-- adoption.csv, by_rank.csv and by_tld.csv: the variable `column` is that of --group-by ('' for none), `largest` that of --top.

CREATE TABLE families AS
SELECT domain, 'tld' AS family, string_split(domain, '.')[-1] AS value FROM answers
UNION ALL
SELECT domain, 'operator', operator FROM answers WHERE operator IS NOT NULL
UNION ALL
SELECT domain, 'input.' || getvariable('column'), coalesce(nullif("input"[getvariable('column')], ''), '(none)')
FROM answers WHERE getvariable('column') <> '';

-- The largest of a family, those of equal size by name; the others are one.
CREATE TABLE values_chosen AS
SELECT family, value, row_number() OVER (PARTITION BY family ORDER BY count(*) DESC, encode(value)) <= getvariable('largest') AS chosen
FROM families GROUP BY family, value;

CREATE TABLE ranks AS
SELECT bound AS upto, 1 AS downto, 'rank<=' || bound AS name
FROM (VALUES (100), (1000), (10000), (100000), (1000000)) AS t(bound) WHERE bound <= (SELECT max(rank) FROM answers)
UNION ALL
SELECT 10000 * bin, 10000 * bin - 9999, format('rank={}-{}', 10000 * bin - 9999, 10000 * bin)
FROM range(2, 101) AS t(bin) WHERE 10000 * bin - 9999 <= (SELECT max(rank) FROM answers);

-- Every cell of ranks that is ever counted apart, so that a domain is counted once.
CREATE TABLE memberships AS
SELECT domain, 'all' AS name FROM answers
UNION ALL
SELECT f.domain, f.family || '=' || CASE WHEN c.chosen THEN f.value ELSE '(other)' END FROM families f JOIN values_chosen c USING (family, value)
UNION ALL
SELECT a.domain, r.name FROM answers a JOIN ranks r ON a.rank BETWEEN r.downto AND r.upto;

CREATE TABLE counted AS
WITH told AS (SELECT m.name, a.* EXCLUDE (domain, rank, operator, "input") FROM memberships m JOIN answers a USING (domain))
SELECT name, metric, has, p_all, p_exists, p_mx, p_not_parked, count(*) AS n
FROM told UNPIVOT INCLUDE NULLS (has FOR metric IN (COLUMNS('^m_')))
GROUP BY ALL;

CREATE TABLE group_names AS SELECT DISTINCT name FROM memberships UNION SELECT name FROM ranks;

-- DESIGN.md section 7, with N(member, has).
CREATE TABLE tallies AS
SELECT g.name, k.metric, k.population,
    coalesce(sum(n) FILTER (member AND has), 0) AS yy, coalesce(sum(n) FILTER (member AND NOT has), 0) AS yn,
    coalesce(sum(n) FILTER (member AND has IS NULL), 0) AS yu,
    coalesce(sum(n) FILTER (member IS NULL AND has), 0) AS uy, coalesce(sum(n) FILTER (member IS NULL AND NOT has), 0) AS un,
    coalesce(sum(n) FILTER (member IS NULL AND has IS NULL), 0) AS uu
FROM group_names g CROSS JOIN (SELECT DISTINCT metric, population FROM counted, (VALUES ('all'), ('exists'), ('mx'), ('not_parked')) AS p(population)) k
    LEFT JOIN (FROM counted UNPIVOT INCLUDE NULLS (member FOR population IN (COLUMNS('^p_')))) c
    ON c.name = g.name AND c.metric = k.metric AND c.population = 'p_' || k.population
GROUP BY ALL;

CREATE MACRO share(a, b) AS CASE WHEN b = 0 THEN '' ELSE printf('%.6f', a::DOUBLE / b::DOUBLE) END;

CREATE TABLE shares AS
SELECT metric[3:] AS metric, population, name, yy AS numerator, yy + yn AS denominator, yu AS unknown, uy + un + uu AS population_unknown,
    share(yy, yy + yn) AS share, share(yy, yy + yn + yu + un + uu) AS low, share(yy + yu + uy + uu, yy + yn + yu + uy + uu) AS high
FROM tallies;

CREATE VIEW "adoption.csv" AS
SELECT metric, population, name AS "group", numerator, denominator, unknown, population_unknown, share, low, high FROM shares;

CREATE VIEW "by_rank.csv" AS
SELECT metric, population, downto AS rank_from, upto AS rank_to, numerator, denominator, unknown, population_unknown, share, low, high
FROM shares JOIN ranks USING (name);

CREATE VIEW "by_tld.csv" AS
SELECT metric, population, name[5:] AS tld, numerator, denominator, unknown, population_unknown, share, low, high
FROM shares WHERE starts_with(name, 'tld=');
