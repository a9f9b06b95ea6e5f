-- The records of a run as tables: the members that the recount needs, each line of each file a row.
-- The variable `run` is the run directory, `top` the files of the project.

CREATE TABLE domain_records AS
FROM read_json(getvariable('run') || '/domains.jsonl.zst', format = 'newline_delimited', maximum_object_size = 16777216, columns = {
    v: 'BIGINT', domain: 'VARCHAR', rank: 'BIGINT', input: 'MAP(VARCHAR, VARCHAR)', "time": 'VARCHAR', worker: 'VARCHAR', "exists": 'VARCHAR', outcome: 'VARCHAR',
    mx: 'STRUCT(outcome VARCHAR, dnssec VARCHAR, kind VARCHAR, verdict VARCHAR, hosts STRUCT(preference BIGINT, host VARCHAR, violation VARCHAR)[])',
    spf: 'STRUCT(outcome VARCHAR, verdict VARCHAR, "all" VARCHAR, effective_all VARCHAR, redirect VARCHAR)',
    dmarc: 'STRUCT(verdict VARCHAR, p VARCHAR, t VARCHAR, rua VARCHAR[], effective STRUCT(verdict VARCHAR, policy VARCHAR))',
    dkim: 'STRUCT(node VARCHAR, "key" VARCHAR, control BOOLEAN, unanswered BIGINT)',
    mta_sts: 'STRUCT(verdict VARCHAR, id VARCHAR, violations VARCHAR[])',
    tls_rpt: 'STRUCT(verdict VARCHAR)',
    ns: 'STRUCT(outcome VARCHAR, hosts VARCHAR[])',
    caa: 'STRUCT(verdict VARCHAR)',
    bimi: 'STRUCT(verdict VARCHAR)'})
WHERE v = 1;

CREATE TABLE policies AS
FROM read_json(getvariable('run') || '/policies.jsonl.zst', format = 'newline_delimited', maximum_object_size = 16777216, columns = {
    v: 'BIGINT', domain: 'VARCHAR', "time": 'VARCHAR', worker: 'VARCHAR', host: 'VARCHAR', outcome: 'VARCHAR', step: 'VARCHAR', verdict: 'VARCHAR',
    mode: 'VARCHAR', mx: 'VARCHAR[]', lookup: 'STRUCT(aliases VARCHAR[])', operator: 'VARCHAR', violations: 'VARCHAR[]', http: 'STRUCT(status BIGINT)',
    tls: 'STRUCT(version VARCHAR, chain VARCHAR[], pkix STRUCT(verdict VARCHAR, errors VARCHAR[]), name_match BOOLEAN)'})
WHERE v = 1;

CREATE TABLE mx_records AS
FROM read_json(getvariable('run') || '/mx.jsonl.zst', format = 'newline_delimited', maximum_object_size = 16777216, columns = {
    v: 'BIGINT', host: 'VARCHAR', address: 'VARCHAR', "time": 'VARCHAR', worker: 'VARCHAR', outcome: 'VARCHAR', step: 'VARCHAR', starttls: 'VARCHAR',
    lookup: 'STRUCT(a VARCHAR, aaaa VARCHAR, dnssec VARCHAR, aliases VARCHAR[])',
    tlsa: 'STRUCT(outcome VARCHAR, dnssec VARCHAR, records VARCHAR[], usable BIGINT)',
    tls: 'STRUCT(version VARCHAR, chain VARCHAR[], pkix STRUCT(verdict VARCHAR, errors VARCHAR[]), name_match BOOLEAN)',
    ehlo_tls: 'VARCHAR[]', requiretls: 'BOOLEAN'})
WHERE v = 1;

CREATE TABLE certs AS
FROM read_json(getvariable('run') || '/certs.jsonl.zst', format = 'newline_delimited', maximum_object_size = 16777216, columns = {
    v: 'BIGINT', sha256: 'VARCHAR', spki_sha256: 'VARCHAR', not_after: 'VARCHAR', "der": 'VARCHAR'})
WHERE v = 1;

CREATE TABLE curated_operators AS
FROM read_csv(getvariable('top') || '/datasets/operators.csv', header = true, all_varchar = true);
CREATE TABLE curated_parking AS
FROM read_csv(getvariable('top') || '/datasets/parking.csv', header = true, all_varchar = true);

-- The Public Suffix List (publicsuffix.org/list): one rule a line; what stands behind a blank is no part of it.
CREATE TABLE suffix_rules AS
SELECT DISTINCT string_split(line, ' ')[1] AS rule
FROM (SELECT trim(line) AS line
      FROM read_csv('/usr/share/publicsuffix/public_suffix_list.dat', header = false, delim = '\0', quote = '', escape = '',
                    columns = {line: 'VARCHAR'}, auto_detect = false, strict_mode = false))
WHERE line <> '' AND NOT starts_with(line, '//');
