-- Yes, no and unknown are TRUE, FALSE and NULL; AND, OR and NOT are Kleene's already. Aggregates are not: these are.

-- Of all rows each: no as soon as one is no, unknown if none is no and one unknown. No row: yes.
CREATE MACRO all_of(x) AS CASE WHEN count(*) FILTER (NOT x) > 0 THEN false WHEN count(*) FILTER (x IS NULL) > 0 THEN NULL ELSE true END;
-- Of some row: yes as soon as one is yes. No row: no.
CREATE MACRO one_of(x) AS CASE WHEN count(*) FILTER (x) > 0 THEN true WHEN count(*) FILTER (x IS NULL) > 0 THEN NULL ELSE false END;

-- Is there nothing, said definitely (false), or could it not be found out (NULL). What may change when it is asked again was not.
CREATE MACRO nothing(outcome) AS
    CASE WHEN coalesce(outcome, 'timeout') IN (
        'servfail', 'refused', 'formerr', 'notimp', 'rcode', 'timeout', 'malformed', 'connection-refused', 'unreachable', 'reset', 'closed',
        'blocked', 'smtp-transient', 'network-down', 'quarantined', 'skipped', 'opted-out', 'not-probed') THEN NULL ELSE false END;

-- A record of a protocol by its verdict.
CREATE MACRO is_present(verdict) AS CASE verdict WHEN 'valid' THEN true WHEN 'invalid' THEN true WHEN 'absent' THEN false END;
CREATE MACRO is_valid(verdict) AS CASE verdict WHEN 'valid' THEN true WHEN 'invalid' THEN false WHEN 'absent' THEN false END;
-- A field of a closed list; where it is missing or "unknown" nothing is known.
CREATE MACRO is_one(field, wanted) AS CASE WHEN field IS NULL OR field = 'unknown' THEN NULL ELSE field = wanted END;
-- A field of a valid record, which may be missing.
CREATE MACRO valid_and(verdict, holds) AS CASE WHEN is_valid(verdict) THEN coalesce(holds, false) ELSE is_valid(verdict) END;

-- A name, the name above it, and so on.
CREATE MACRO suffixes(name) AS
    list_transform(range(1, len(string_split(name, '.')) + 1), lambda i: array_to_string(string_split(name, '.')[i:], '.'));

-- An SPF record that ends in one of these, itself or behind its redirect; unknown where that was not followed. One that ends in
-- another is none, be it known to be valid or not.
CREATE MACRO spf_ends(spf, ends) AS
    CASE WHEN NOT is_valid(spf.verdict) THEN false
         WHEN coalesce(spf.effective_all, spf."all") IS NULL THEN CASE WHEN is_valid(spf.verdict) AND spf.redirect IS NULL THEN false END
         WHEN NOT list_contains(ends, coalesce(spf.effective_all, spf."all")) THEN false
         ELSE is_valid(spf.verdict) END;
CREATE MACRO policy_mode_is(policy_valid, mode, wanted) AS CASE WHEN policy_valid THEN coalesce(mode = wanted, false) ELSE policy_valid END;
-- x, where the condition holds; else what is known of the condition.
CREATE MACRO given(condition, x) AS CASE WHEN condition THEN x ELSE condition END;
