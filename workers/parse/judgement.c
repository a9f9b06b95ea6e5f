#include "workers/parse/judgement.h"

#include <string.h>

#include "workers/parse/bimi.h"
#include "workers/parse/caa.h"
#include "workers/parse/dkim.h"
#include "workers/parse/dmarc.h"
#include "workers/parse/sts_record.h"
#include "workers/parse/tls_rpt.h"
#include "workers/parse/tlsa.h"

#define FIELDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct judgement table[] = {
    { "spf", "spf", "", judgement_write_spf, NULL,
      FIELDS("all", "redirect", "includes", "lookup_terms", "lookups", "void_lookups",
             "effective_all", "authorised", "unfollowed", "unresolved") },
    { "dmarc", "dmarc", "_dmarc.", judgement_write_dmarc, NULL,
      FIELDS("p", "sp", "np", "adkim", "aspf", "t", "psd", "fo", "rua", "ruf") },
    { "dkim", "dkim", "_domainkey.", judgement_write_dkim, NULL,
      FIELDS("k", "bits", "revoked", "t", "h", "s", "n") },
    { "mta-sts", "mta_sts", "_mta-sts.", judgement_write_mta_sts, NULL, FIELDS("id") },
    { "tls-rpt", "tls_rpt", "_smtp._tls.", judgement_write_tls_rpt, NULL, FIELDS("rua") },
    { "bimi", "bimi", "default._bimi.", judgement_write_bimi, NULL, FIELDS("l", "a") },
    { "caa", "caa", "", judgement_write_caa, caa_scan,
      FIELDS("issue", "issuewild", "issuemail", "iodef") },
    { "tlsa", "tlsa", "_25._tcp.", judgement_write_tlsa, tlsa_scan, FIELDS("usable") },
};

bool judgement_owns(const struct judgement *j, const char *key)
{
    if (strcmp(key, "verdict") == 0 || strcmp(key, "violations") == 0)
        return true;
    for (const char *const *f = j->fields; *f != NULL; f++)
        if (strcmp(*f, key) == 0)
            return true;
    return false;
}

const struct judgement *judgement_at(size_t i)
{
    return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

const struct judgement *judgement_find(const char *kind)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(table[i].kind, kind) == 0)
            return &table[i];
    return NULL;
}

void judgement_write_verdict(struct json_writer *w, enum verdict verdict)
{
    json_write_string(w, "verdict", verdict_name(verdict));
}

void judgement_write_violations(struct json_writer *w, const struct violations *vs)
{
    if (!violations_any(vs))
        return;
    json_open_array(w, "violations");
    for (int v = 0; v < VIOLATION_COUNT; v++)
        if (violations_have(vs, (enum violation)v))
            json_write_string(w, NULL, violation_name((enum violation)v));
    json_close_array(w);
}

static enum verdict write_head(struct json_writer *w, enum verdict verdict,
                               const struct violations *vs)
{
    judgement_write_verdict(w, verdict);
    judgement_write_violations(w, vs);
    return verdict;
}

/* The three that leave out what is not there. */
static void write_word(struct json_writer *w, const char *key, const char *word)
{
    if (word != NULL)
        json_write_string(w, key, word);
}

static void write_letter(struct json_writer *w, const char *key, char letter)
{
    if (letter != '\0')
        json_write_bytes(w, key, &letter, 1);
}

static void write_text(struct json_writer *w, const char *key, struct bytes text)
{
    if (text.len > 0)
        json_write_bytes(w, key, text.data, text.len);
}

static void write_texts(struct json_writer *w, const char *key, const struct bytes *texts,
                        size_t count)
{
    if (count == 0)
        return;
    json_open_array(w, key);
    for (size_t i = 0; i < count; i++)
        json_write_bytes(w, NULL, texts[i].data, texts[i].len);
    json_close_array(w);
}

static void write_includes(struct json_writer *w, const struct spf *r)
{
    bool open = false;

    for (size_t i = 0; i < r->term_count; i++) {
        if (r->terms[i].mechanism != SPF_INCLUDE)
            continue;
        if (!open)
            json_open_array(w, "includes");
        open = true;
        json_write_bytes(w, NULL, r->terms[i].domain.data, r->terms[i].domain.len);
    }
    if (open)
        json_close_array(w);
}

static void write_names(struct json_writer *w, const char *key, const struct spf_names *names)
{
    if (names->count > 0)
        json_write_strings(w, key, names->items, names->count);
}

static void write_authorised(struct json_writer *w, const struct spf_tree *t)
{
    json_open_object(w, "authorised");
    json_write_int(w, "ip4", (int64_t)t->ip4);
    json_write_int(w, "ip6_48", (int64_t)t->ip6_48);
    if (t->approximate)
        json_write_bool(w, "approximate", true);
    json_close_object(w);
}

/* What is not known is left out. */
static void write_tree(struct json_writer *w, const struct spf_tree *t, enum verdict verdict)
{
    if (t->lookups_known)
        json_write_int(w, "lookups", t->lookups);
    if (t->voids_known)
        json_write_int(w, "void_lookups", t->voids);
    write_word(w, "effective_all", spf_result_name(t->all));
    if (verdict == VERDICT_VALID && t->unresolved.count == 0)
        write_authorised(w, t);
    write_names(w, "unfollowed", &t->unfollowed);
    write_names(w, "unresolved", &t->unresolved);
}

enum verdict judgement_write_spf_tree(struct json_writer *w, const struct spf *r,
                                      const struct spf_tree *t)
{
    struct violations violations = r->violations;
    enum verdict verdict = r->verdict;

    if (t != NULL) {
        violations_join(&violations, &t->violations);
        if (violations_fault(&violations))
            verdict = VERDICT_INVALID;
        else if (!t->faults_known)
            verdict = VERDICT_UNKNOWN;
    }
    write_head(w, verdict, &violations);
    write_word(w, "all", spf_result_name(r->all));
    write_text(w, "redirect", r->redirect);
    write_includes(w, r);
    if (r->readable)
        json_write_int(w, "lookup_terms", r->lookup_terms);
    if (t != NULL)
        write_tree(w, t, verdict);
    return verdict;
}

static const struct spf_source *find_nothing(void *context, const char *name, enum spf_ask ask)
{
    (void)context;
    (void)name;
    (void)ask;
    return NULL;
}

enum verdict judgement_write_spf(struct json_writer *w, const struct bytes *txts, size_t count,
                                 struct arena *arena)
{
    struct spf_tree tree = { 0 };
    struct spf r;

    spf_judge(txts, count, arena, &r);
    if (r.sound) /* complete where it asks for nothing */
        spf_tree_grow("", &r, find_nothing, NULL, arena, &tree);
    return judgement_write_spf_tree(w, &r, tree.complete ? &tree : NULL);
}

enum verdict judgement_write_dmarc(struct json_writer *w, const struct bytes *txts, size_t count,
                                   struct arena *arena)
{
    struct dmarc r;

    dmarc_judge(txts, count, arena, &r);
    write_head(w, r.verdict, &r.violations);
    write_word(w, "p", dmarc_policy_name(r.p));
    write_word(w, "sp", dmarc_policy_name(r.sp));
    write_word(w, "np", dmarc_policy_name(r.np));
    write_letter(w, "adkim", r.adkim);
    write_letter(w, "aspf", r.aspf);
    write_letter(w, "t", r.t);
    write_letter(w, "psd", r.psd);
    write_text(w, "fo", r.fo);
    write_texts(w, "rua", r.rua, r.rua_count);
    write_texts(w, "ruf", r.ruf, r.ruf_count);
    return r.verdict;
}

enum verdict judgement_write_dkim(struct json_writer *w, const struct bytes *txts, size_t count,
                                  struct arena *arena)
{
    struct dkim r;

    dkim_judge(txts, count, arena, &r);
    write_head(w, r.verdict, &r.violations);
    if (!r.readable)
        return r.verdict;
    write_word(w, "k", dkim_key_name(r.k));
    if (r.bits > 0)
        json_write_int(w, "bits", r.bits);
    if (r.revoked)
        json_write_bool(w, "revoked", true);
    write_texts(w, "t", r.flags, r.flag_count);
    write_texts(w, "h", r.hashes, r.hash_count);
    write_texts(w, "s", r.services, r.service_count);
    write_text(w, "n", r.notes);
    return r.verdict;
}

enum verdict judgement_write_mta_sts(struct json_writer *w, const struct bytes *txts, size_t count,
                                     struct arena *arena)
{
    struct sts_record r;

    (void)arena;
    sts_record_judge(txts, count, &r);
    write_head(w, r.verdict, &r.violations);
    write_text(w, "id", r.id);
    return r.verdict;
}

enum verdict judgement_write_tls_rpt(struct json_writer *w, const struct bytes *txts, size_t count,
                                     struct arena *arena)
{
    struct tls_rpt r;

    tls_rpt_judge(txts, count, arena, &r);
    write_head(w, r.verdict, &r.violations);
    write_texts(w, "rua", r.rua, r.rua_count);
    return r.verdict;
}

enum verdict judgement_write_bimi(struct json_writer *w, const struct bytes *txts, size_t count,
                                  struct arena *arena)
{
    struct bimi r;

    (void)arena;
    bimi_judge(txts, count, &r);
    write_head(w, r.verdict, &r.violations);
    if (r.has_l) /* empty: a refusal to take part, which absence is not */
        json_write_bytes(w, "l", r.l.data, r.l.len);
    if (r.has_a)
        json_write_bytes(w, "a", r.a.data, r.a.len);
    return r.verdict;
}

/* An empty array says that nobody may issue, which absence does not. */
static void write_issuers(struct json_writer *w, const char *key, const struct caa_issuers *i)
{
    if (i->present && i->count == 0) {
        json_open_array(w, key);
        json_close_array(w);
    }
    write_texts(w, key, i->names, i->count);
}

enum verdict judgement_write_caa(struct json_writer *w, const struct bytes *rdatas, size_t count,
                                 struct arena *arena)
{
    struct caa_set s;

    caa_judge(rdatas, count, arena, &s);
    write_head(w, s.verdict, &s.violations);
    write_issuers(w, "issue", &s.issue);
    write_issuers(w, "issuewild", &s.issuewild);
    write_issuers(w, "issuemail", &s.issuemail);
    write_texts(w, "iodef", s.iodef, s.iodef_count);
    return s.verdict;
}

enum verdict judgement_write_tlsa(struct json_writer *w, const struct bytes *rdatas, size_t count,
                                  struct arena *arena)
{
    struct tlsa_set s;

    (void)arena;
    tlsa_judge(rdatas, count, &s);
    write_head(w, s.verdict, &s.violations);
    if (count > 0)
        json_write_int(w, "usable", (int64_t)s.usable);
    return s.verdict;
}

void judgement_write_mx(struct json_writer *w, const struct mx_set *s)
{
    write_head(w, s->verdict, &s->violations);
    if (s->count == 0)
        return;
    json_open_array(w, "hosts");
    for (size_t i = 0; i < s->count; i++) {
        const struct mx_host *h = &s->hosts[i];

        json_open_object(w, NULL);
        json_write_int(w, "preference", h->preference);
        json_write_string(w, "host", h->host);
        if (h->faulty)
            json_write_string(w, "violation", violation_name(h->violation));
        json_close_object(w);
    }
    json_close_array(w);
}

void judgement_write_policy(struct json_writer *w, const struct sts_policy *p)
{
    judgement_write_violations(w, &p->violations);
    write_word(w, "mode", sts_mode_name(p->mode));
    if (p->has_max_age)
        json_write_int(w, "max_age", (int64_t)p->max_age);
    write_texts(w, "mx", p->mx, p->mx_count);
}

void judgement_write_dmarc_policy(struct json_writer *w, const struct dmarc_effective *e)
{
    if (e->tag == NULL)
        return;
    json_write_string(w, "tag", e->tag);
    json_write_string(w, "policy", dmarc_policy_name(e->policy));
    if (e->from->record.t == 'y')
        json_write_string(w, "t", "y");
}
