#include "output/rejudge_record.h"

#include <string.h>

#include "scanner/base/json_copy.h"
#include "workers/parse/dkim.h"
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

/* ---- DMARC: the policy that applies ---- */

static void judge_step(struct dmarc_walk *walk, const char *name, const struct json *holder,
                       struct arena *arena)
{
    struct dmarc_step *step = &walk->steps[walk->count++];
    struct bytes *texts;
    size_t count = read_texts(judgement_find("dmarc"), holder, arena, &texts);

    *step = (struct dmarc_step){ .name = name, .known = true };
    dmarc_judge(texts, count, arena, &step->record);
}

/* As the domain stage has it: np is for a name that is not there. */
static bool has_name(const struct json *record)
{
    const struct json *mx = json_get(record, "mx");

    return !json_is(json_get(mx, "outcome"), outcome_name(OUTCOME_NXDOMAIN)) ||
           json_get(mx, "aliases") != NULL;
}

/* The steps whose texts a record holds: the domain's own and the one that it names. False where
 * these do not decide, for what else stands on the way up is not in it. */
static bool walk_again(const struct json *record, const struct json *member, struct arena *arena,
                       struct dmarc_effective *e, struct dmarc_walk *walk)
{
    const char *own = json_get_string(record, "domain");
    const struct json *old = json_get(member, "effective");
    const char *above = json_get_string(old, "domain");

    walk->count = 0;
    if (own == NULL || !is_whole(judgement_find("dmarc"), member))
        return false;
    judge_step(walk, own, member, arena);
    if (!dmarc_step_has_record(&walk->steps[0])) {
        const struct json *txt = json_get(old, "txt");

        if (above == NULL || txt == NULL || txt->type != JSON_ARRAY || json_get(old, "txt_cut"))
            return false;
        judge_step(walk, above, old, arena);
    }
    dmarc_walk_judge(walk, has_name(record), e);
    return e->from != NULL;
}

static void write_effective(struct json_writer *w, const struct json *record,
                            const struct json *member, struct arena *arena)
{
    const struct json *old = json_get(member, "effective");
    struct dmarc_walk *walk = arena_alloc(arena, sizeof(*walk));
    struct dmarc_effective e;

    if (old->type != JSON_OBJECT || !walk_again(record, member, arena, &e, walk)) {
        json_copy(w, old->key, old);
        return;
    }
    json_open_object(w, old->key);
    judgement_write_verdict(w, e.verdict);
    json_write_string(w, "domain", e.from->name);
    if (e.from != walk->steps)
        json_copy(w, "txt", json_get(old, "txt"));
    judgement_write_dmarc_policy(w, &e);
    json_close_object(w);
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
                         const struct json *record, const struct json *member, struct arena *arena)
{
    if (member->type != JSON_OBJECT || !is_whole(j, member)) {
        json_copy(w, key, member);
        return;
    }
    json_open_object(w, key);
    for (const struct json *n = json_first(member); n != NULL; n = n->next) {
        if (strcmp(n->key, "verdict") == 0)
            judge(w, j, member, arena);
        else if (j->write == judgement_write_dmarc && strcmp(n->key, "effective") == 0)
            write_effective(w, record, member, arena);
        else if (!judgement_owns(j, n->key))
            json_copy(w, n->key, n);
    }
    json_close_object(w);
}

/* Is it a key to sign with; unknown where its text was cut, and of a wildcard's, for whether a
 * selector had that answer is not told. */
static bool is_key(const struct json *key, struct arena *arena, bool *known)
{
    const struct judgement *j = judgement_find("dkim");
    struct bytes *texts;
    struct dkim r;
    size_t count;

    *known = json_get(key, "txt_cut") == NULL;
    if (key->type != JSON_OBJECT || !is_whole(j, key))
        return false;
    count = read_texts(j, key, arena, &texts);
    dkim_judge(texts, count, arena, &r);
    if (r.verdict != VERDICT_VALID || r.revoked)
        return false;
    *known = !json_is(json_get(key, "selector"), "*");
    return *known;
}

/* As the domain stage says it (workers/domain/dkim.c). NULL: what was found stays. */
static const char *key_word(const struct json *member, struct arena *arena)
{
    const struct json *keys = json_get(member, "keys");
    bool all = keys != NULL && keys->type == JSON_ARRAY, known;

    for (const struct json *k = all ? json_first(keys) : NULL; k != NULL; k = k->next) {
        if (is_key(k, arena, &known))
            return "yes";
        all = all && known;
    }
    if (!all)
        return NULL;
    if (json_get_bool(member, "control", false))
        return "no";
    return json_get_int(member, "unanswered", 0) > 0 ? "unknown" : "no";
}

static void write_dkim(struct json_writer *w, const struct json *member, struct arena *arena)
{
    const struct judgement *j = judgement_find("dkim");

    const char *word = key_word(member, arena);

    json_open_object(w, member->key);
    for (const struct json *n = json_first(member); n != NULL; n = n->next) {
        if (strcmp(n->key, "key") == 0 && word != NULL) {
            json_write_string(w, n->key, word);
            continue;
        }
        if (strcmp(n->key, "keys") != 0 || n->type != JSON_ARRAY) {
            json_copy(w, n->key, n);
            continue;
        }
        json_open_array(w, n->key);
        for (const struct json *k = json_first(n); k != NULL; k = k->next)
            write_member(w, NULL, j, NULL, k, arena);
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
            write_member(w, n->key, j, record, n, arena);
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
