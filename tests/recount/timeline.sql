-- timeline.csv and skew.csv.

CREATE VIEW "timeline.csv" AS
SELECT coalesce("time"[:13] || ':00:00Z', '') AS hour, stage, coalesce(worker, '') AS worker, coalesce(outcome, '') AS outcome, count(*) AS records
FROM (SELECT "time", 'dns' AS stage, worker, coalesce(outcome, mx.outcome) AS outcome FROM domain_records
      UNION ALL SELECT "time", 'policy', worker, outcome FROM policies
      UNION ALL SELECT "time", 'starttls', worker, outcome FROM mx_records)
GROUP BY ALL;

CREATE TABLE skews AS
SELECT 'policy' AS joined, abs(epoch(d."time"::TIMESTAMP) - epoch(p."time"::TIMESTAMP)) AS seconds
FROM domain_records d JOIN policies p USING (domain) WHERE d.mta_sts.verdict IS DISTINCT FROM 'absent'
UNION ALL
SELECT 'mx', greatest(epoch(d."time"::TIMESTAMP) - epoch(h.first_seen), epoch(h.last_seen) - epoch(d."time"::TIMESTAMP))
FROM targets t JOIN domain_records d USING (domain) JOIN hosts h USING (host);

CREATE VIEW "skew.csv" AS
WITH steps AS (SELECT * FROM (VALUES (-1, 60), (60, 600), (600, 3600), (3600, 21600), (21600, 86400), (86400, 604800), (604800, NULL)) AS t(above, upto))
SELECT k.joined, upto AS seconds_to, count(seconds) AS pairs
FROM (VALUES ('policy'), ('mx')) AS k(joined) CROSS JOIN steps LEFT JOIN skews s ON s.joined = k.joined AND seconds > above AND (upto IS NULL OR seconds <= upto)
GROUP BY k.joined, upto;
