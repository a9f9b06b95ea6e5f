#include "scanner/judge_line.h"

#include <string.h>

#include "scanner/base/json_read.h"
#include "workers/fetch.h"
#include "workers/parse/judgement.h"
#include "workers/parse/mx_nearest.h"

bool judge_line_knows(const char *kind)
{
    return strcmp(kind, "policy") == 0 || judgement_find(kind) != NULL;
}

static struct bytes bytes_at(const struct json *string)
{
    return (struct bytes){ string->string, string->len };
}

static bool is_strings(const struct json *array)
{
    if (array == NULL || array->type != JSON_ARRAY)
        return false;
    for (const struct json *n = json_first(array); n != NULL; n = n->next)
        if (n->type != JSON_STRING)
            return false;
    return true;
}

/* ---- records ---- */

static const char *judge_records(const struct judgement *j, const struct json *line,
                                 struct arena *arena, struct json_writer *w)
{
    const struct json *texts = j->scan != NULL ? json_get(line, "records") : NULL;
    struct bytes *records;
    size_t count = 0;

    if (texts == NULL)
        texts = json_get(line, "txt");
    if (!is_strings(texts))
        return j->scan != NULL ? "wants {\"records\":[\"...\"]}" : "wants {\"txt\":[\"...\"]}";
    records = arena_array(arena, (size_t)texts->len + 1, sizeof(*records));
    for (const struct json *n = json_first(texts); n != NULL; n = n->next, count++) {
        records[count] = bytes_at(n);
        if (j->scan != NULL && !j->scan(bytes_at(n), arena, &records[count]))
            records[count] = bytes_of(""); /* judged as malformed */
    }
    json_open_object(w, NULL);
    j->write(w, records, count, arena);
    json_close_object(w);
    return NULL;
}

/* ---- policy ---- */

static enum outcome outcome_of(int64_t status, size_t len, const struct sts_policy *p)
{
    if (status >= 300 && status < 400)
        return OUTCOME_HTTP_REDIRECT;
    if (status != 200)
        return OUTCOME_HTTP_STATUS;
    if (len > FETCH_BODY_MAX)
        return OUTCOME_TOO_LARGE;
    return p->verdict == VERDICT_VALID ? OUTCOME_OK : OUTCOME_SYNTAX;
}

static void write_hosts(struct json_writer *w, const struct sts_policy *p, const struct json *hosts)
{
    if (json_first(hosts) == NULL)
        return;
    json_open_array(w, "hosts");
    for (const struct json *n = json_first(hosts); n != NULL; n = n->next) {
        enum mx_nearness nearness = mx_nearest(p->mx, p->mx_count, bytes_at(n));

        json_open_object(w, NULL);
        json_write_bytes(w, "host", n->string, n->len);
        json_write_bool(w, "match", nearness == MX_NEAR_MATCH);
        if (nearness != MX_NEAR_MATCH)
            json_write_string(w, "mismatch", mx_nearness_name(nearness));
        json_close_object(w);
    }
    json_close_array(w);
}

/* As a record of a run: what a sender has of it, and of the body only where there is one. */
static void write_policy(struct json_writer *w, const struct sts_policy *p, enum outcome outcome,
                         const struct json *hosts)
{
    json_open_object(w, NULL);
    json_write_string(w, "outcome", outcome_name(outcome));
    judgement_write_verdict(w, outcome == OUTCOME_OK ? VERDICT_VALID : VERDICT_INVALID);
    if (outcome == OUTCOME_OK || outcome == OUTCOME_SYNTAX) {
        judgement_write_policy(w, p);
        write_hosts(w, p, hosts);
    }
    json_close_object(w);
}

static bool is_absent(const struct json *n)
{
    return n == NULL || n->type == JSON_NULL;
}

static const char *judge_policy(const struct json *line, struct arena *arena, struct json_writer *w)
{
    const struct json *body = json_get(line, "policy"), *type = json_get(line, "content_type");
    const struct json *status = json_get(line, "status"), *hosts = json_get(line, "mx");
    struct sts_policy p;

    if (json_string(body) == NULL)
        return "wants {\"policy\":\"...\"}";
    if (!is_absent(type) && type->type != JSON_STRING)
        return "\"content_type\" is no string";
    if (!is_absent(status) && status->type != JSON_INT)
        return "\"status\" is no integer";
    if (!is_absent(hosts) && !is_strings(hosts))
        return "\"mx\" is no array of strings";
    sts_policy_judge(body->string, body->len, arena, &p);
    if (!is_absent(type))
        sts_policy_judge_media_type(&p, bytes_at(type));
    write_policy(w, &p, outcome_of(json_get_int(line, "status", 200), body->len, &p), hosts);
    return NULL;
}

const char *judge_line(const char *kind, const char *text, size_t len, struct arena *arena,
                       struct buf *out)
{
    const struct json *line = json_parse_bytes(arena, text, len);
    struct json_writer w;

    if (line == NULL || line->type != JSON_OBJECT)
        return "not a JSON object";
    json_writer_init(&w, out);
    if (strcmp(kind, "policy") == 0)
        return judge_policy(line, arena, &w);
    return judge_records(judgement_find(kind), line, arena, &w);
}
