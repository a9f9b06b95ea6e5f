#include "output/rejudge_record.h"

#include <string.h>

#include "scanner/base/json_copy.h"
#include "workers/parse/judgement.h"

#define CAA_KEPT 32 /* records in a record: where there are so many, some may be missing */
#define HTTP_OK 200

static struct bytes bytes_at(const struct json *n)
{
    return (struct bytes){ n->string, n->len };
}

/* ---- the records of one name ---- */

static const struct judgement *judgement_of(const char *member)
{
    const struct judgement *j;

    for (size_t i = 0; (j = judgement_at(i)) != NULL; i++)
        if (strcmp(j->member, member) == 0)
            return j;
    return NULL;
}

static bool has(const struct json *array, const char *string)
{
    for (const struct json *n = json_first(array); n != NULL; n = n->next)
        if (json_is(n, string))
            return true;
    return false;
}

static const struct json *texts_of(const struct judgement *j, const struct json *member)
{
    return json_get(member, j->scan != NULL ? "records" : "txt");
}

/* Is all that was judged still there: it was answered, and nothing of it was cut or has no text. */
static bool is_whole(const struct judgement *j, const struct json *member)
{
    const char *outcome = json_get_string(member, "outcome");
    const struct json *texts = texts_of(j, member);
    enum outcome o;

    if (outcome == NULL || !outcome_parse(outcome, strlen(outcome), &o) || outcome_again(o))
        return false;
    if (json_get(member, "txt_cut") != NULL || (texts != NULL && texts->type != JSON_ARRAY))
        return false;
    if (texts != NULL && j->scan != NULL && texts->len >= CAA_KEPT)
        return false;
    return !has(json_get(member, "violations"), "tlsa-malformed");
}

static size_t read_texts(const struct judgement *j, const struct json *member, struct arena *arena,
                         struct bytes **out)
{
    const struct json *texts = texts_of(j, member);
    struct bytes *records = arena_array(arena, texts != NULL ? texts->len : 0, sizeof(*records));
    size_t count = 0;

    for (const struct json *n = json_first(texts); n != NULL; n = n->next) {
        if (n->type != JSON_STRING)
            continue;
        records[count] = bytes_at(n);
        if (j->scan != NULL && !j->scan(bytes_at(n), arena, &records[count]))
            records[count] = bytes_of(""); /* judged as malformed */
        count++;
    }
    *out = records;
    return count;
}

/* ---- SPF: where the record led to ---- */

static void read_names(struct spf_names *names, const struct json *array, struct arena *arena)
{
    names->items = arena_array(arena, array != NULL ? array->len : 0, sizeof(*names->items));
    for (const struct json *n = json_first(array); n != NULL; n = n->next)
        if (json_string(n) != NULL)
            names->items[names->count++] = n->string;
}

static enum spf_result read_result(const struct json *n)
{
    for (enum spf_result r = SPF_PASS; r <= SPF_NEUTRAL; r++)
        if (json_is(n, spf_result_name(r)))
            return r;
    return SPF_NONE;
}

/* Faults that a record does not show by itself. */
static void read_faults(struct violations *vs, const struct json *names)
{
    static const enum violation behind[] = {
        VIOLATION_SPF_TOO_MANY_LOOKUPS, VIOLATION_SPF_TOO_MANY_VOIDS, VIOLATION_SPF_TOO_MANY_MX,
        VIOLATION_SPF_INCLUDE_NONE,     VIOLATION_SPF_REDIRECT_NONE,  VIOLATION_SPF_INCLUDE_INVALID,
        VIOLATION_SPF_REDIRECT_INVALID, VIOLATION_SPF_LOOP,
    };

    for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
        if (has(names, violation_name(behind[i])))
            violations_add(vs, behind[i]);
}

/* As the member has it. False where it was not followed. */
static bool read_tree(struct spf_tree *t, const struct json *member, struct arena *arena)
{
    const struct json *lookups = json_get(member, "lookups");
    const struct json *voids = json_get(member, "void_lookups");
    const struct json *authorised = json_get(member, "authorised");

    *t = (struct spf_tree){ .lookups_known = lookups != NULL, .voids_known = voids != NULL };
    read_names(&t->unfollowed, json_get(member, "unfollowed"), arena);
    read_names(&t->unresolved, json_get(member, "unresolved"), arena);
    read_faults(&t->violations, json_get(member, "violations"));
    t->lookups = (unsigned)json_get_int(member, "lookups", 0);
    t->voids = (unsigned)json_get_int(member, "void_lookups", 0);
    t->all = read_result(json_get(member, "effective_all"));
    t->ip4 = (uint64_t)json_get_int(authorised, "ip4", 0);
    t->ip6_48 = (uint64_t)json_get_int(authorised, "ip6_48", 0);
    t->approximate = json_get_bool(authorised, "approximate", false);
    t->faults_known = !json_is(json_get(member, "verdict"), verdict_name(VERDICT_UNKNOWN));
    return t->lookups_known || t->unresolved.count > 0;
}

static void judge_spf(struct json_writer *w, const struct json *member, const struct bytes *txts,
                      size_t count, struct arena *arena)
{
    struct spf_tree tree;
    struct spf r;

    spf_judge(txts, count, arena, &r);
    if (r.sound && read_tree(&tree, member, arena))
        judgement_write_spf_tree(w, &r, &tree);
    else
        judgement_write_spf(w, txts, count, arena);
}

/* ---- a member ---- */

static void judge(struct json_writer *w, const struct judgement *j, const struct json *member,
                  struct arena *arena)
{
    struct bytes *records;
    size_t count = read_texts(j, member, arena, &records);

    if (j->write == judgement_write_spf)
        judge_spf(w, member, records, count, arena);
    else
        j->write(w, records, count, arena);
}

static void write_member(struct json_writer *w, const char *key, const struct judgement *j,
                         const struct json *member, struct arena *arena)
{
    if (member->type != JSON_OBJECT || !is_whole(j, member)) {
        json_copy(w, key, member);
        return;
    }
    json_open_object(w, key);
    for (const struct json *n = json_first(member); n != NULL; n = n->next) {
        if (strcmp(n->key, "verdict") == 0)
            judge(w, j, member, arena);
        else if (!judgement_owns(j, n->key))
            json_copy(w, n->key, n);
    }
    json_close_object(w);
}

/* The keys that were found; whether one of them is good stays as it was found. */
static void write_dkim(struct json_writer *w, const struct json *member, struct arena *arena)
{
    const struct judgement *j = judgement_find("dkim");

    json_open_object(w, member->key);
    for (const struct json *n = json_first(member); n != NULL; n = n->next) {
        if (strcmp(n->key, "keys") != 0 || n->type != JSON_ARRAY) {
            json_copy(w, n->key, n);
            continue;
        }
        json_open_array(w, n->key);
        for (const struct json *k = json_first(n); k != NULL; k = k->next)
            write_member(w, NULL, j, k, arena);
        json_close_array(w);
    }
    json_close_object(w);
}

static void write_names(struct json_writer *w, const struct json *record, struct arena *arena)
{
    for (const struct json *n = json_first(record); n != NULL; n = n->next) {
        const struct judgement *j = judgement_of(n->key);

        if (strcmp(n->key, "dkim") == 0 && n->type == JSON_OBJECT)
            write_dkim(w, n, arena);
        else if (j != NULL)
            write_member(w, n->key, j, n, arena);
        else
            json_copy(w, n->key, n);
    }
}

/* ---- a policy ---- */

/* The body behind a 200, or NULL: nothing is judged then. */
static const struct json *body_of(const struct json *record)
{
    const struct json *body = json_get(record, "body");

    if (json_string(body) == NULL || json_get_int(json_get(record, "http"), "status", 0) != HTTP_OK)
        return NULL;
    return body;
}

static void judge_body(const struct json *record, const struct json *body, struct arena *arena,
                       struct sts_policy *p)
{
    const struct json *type = json_get(json_get(record, "http"), "media_type");

    sts_policy_judge(body->string, body->len, arena, p);
    sts_policy_judge_media_type(p, json_string(type) != NULL ? bytes_at(type) : bytes_of(""));
}

/* Did the body decide what came of the fetch. */
static bool body_decides(const struct json *record)
{
    return json_is(json_get(record, "outcome"), outcome_name(OUTCOME_OK)) ||
           json_is(json_get(record, "outcome"), outcome_name(OUTCOME_SYNTAX));
}

static bool is_of_body(const char *key)
{
    return strcmp(key, "violations") == 0 || strcmp(key, "mode") == 0 ||
           strcmp(key, "max_age") == 0 || strcmp(key, "mx") == 0;
}

static void write_policy_member(struct json_writer *w, const struct json *n, bool decides,
                                const struct sts_policy *p)
{
    bool good = p->verdict == VERDICT_VALID;

    if (strcmp(n->key, "outcome") == 0 && decides) {
        json_write_string(w, n->key, outcome_name(good ? OUTCOME_OK : OUTCOME_SYNTAX));
    } else if (strcmp(n->key, "step") == 0 && decides) {
        json_write_string(w, n->key, good ? "done" : "syntax");
    } else if (strcmp(n->key, "verdict") == 0) {
        if (decides)
            judgement_write_verdict(w, p->verdict);
        else
            json_copy(w, n->key, n);
        judgement_write_policy(w, p);
    } else if (!is_of_body(n->key)) {
        json_copy(w, n->key, n);
    }
}

static void write_policy(struct json_writer *w, const struct json *record, struct arena *arena)
{
    const struct json *body = body_of(record);
    struct sts_policy p;

    if (body != NULL)
        judge_body(record, body, arena, &p);
    for (const struct json *n = json_first(record); n != NULL; n = n->next) {
        if (body != NULL)
            write_policy_member(w, n, body_decides(record), &p);
        else
            json_copy(w, n->key, n);
    }
}

void rejudge_record(struct json_writer *w, enum kind kind, const struct json *record,
                    struct arena *arena)
{
    json_open_object(w, NULL);
    if (kind == KIND_POLICIES)
        write_policy(w, record, arena);
    else
        write_names(w, record, arena); /* a certificate has none */
    json_close_object(w);
}
