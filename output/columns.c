#include "output/columns.h"

#include <string.h>

#include "scanner/base/json_copy.h"
#include "scanner/base/name.h"

#define MEMBER_SIZE 32 /* of the longest member in a path, and its NUL */
#define NS_MAX 32      /* name servers in a record */

static const struct column domains[] = {
    { "domain", COLUMN_PLAIN },
    { "rank", COLUMN_PLAIN },
    { "input", COLUMN_INPUT },
    { "time", COLUMN_PLAIN },
    { "worker", COLUMN_PLAIN },
    { "vantage", COLUMN_PLAIN },
    { "attempts", COLUMN_PLAIN },
    { "exists", COLUMN_PLAIN },
    { "questions", COLUMN_PLAIN },
    { "outcome", COLUMN_PLAIN },
    { "mx.outcome", COLUMN_PLAIN },
    { "mx.dnssec", COLUMN_PLAIN },
    { "mx.ttl", COLUMN_PLAIN },
    { "mx.aliases", COLUMN_PLAIN },
    { "mx.kind", COLUMN_PLAIN },
    { "mx.verdict", COLUMN_PLAIN },
    { "mx.violations", COLUMN_PLAIN },
    { "mx.hosts", COLUMN_HOSTS },
    { "a.outcome", COLUMN_PLAIN },
    { "a.dnssec", COLUMN_PLAIN },
    { "a.aliases", COLUMN_PLAIN },
    { "a.addresses", COLUMN_PLAIN },
    { "aaaa.outcome", COLUMN_PLAIN },
    { "aaaa.dnssec", COLUMN_PLAIN },
    { "aaaa.aliases", COLUMN_PLAIN },
    { "aaaa.addresses", COLUMN_PLAIN },
    { "ns.outcome", COLUMN_PLAIN },
    { "ns.dnssec", COLUMN_PLAIN },
    { "ns.aliases", COLUMN_PLAIN },
    { "ns.found_at", COLUMN_PLAIN },
    { "ns.hosts", COLUMN_PLAIN },
    { "ns.domains", COLUMN_NS_DOMAINS },
    { "spf.outcome", COLUMN_PLAIN },
    { "spf.dnssec", COLUMN_PLAIN },
    { "spf.aliases", COLUMN_PLAIN },
    { "spf.txt", COLUMN_JSON },
    { "spf.txt_cut", COLUMN_PLAIN },
    { "spf.verdict", COLUMN_PLAIN },
    { "spf.violations", COLUMN_PLAIN },
    { "spf.all", COLUMN_PLAIN },
    { "spf.redirect", COLUMN_PLAIN },
    { "spf.includes", COLUMN_PLAIN },
    { "spf.lookup_terms", COLUMN_PLAIN },
    { "spf.lookups", COLUMN_PLAIN },
    { "spf.void_lookups", COLUMN_PLAIN },
    { "spf.effective_all", COLUMN_PLAIN },
    { "spf.authorised.ip4", COLUMN_PLAIN },
    { "spf.authorised.ip6_48", COLUMN_PLAIN },
    { "spf.authorised.approximate", COLUMN_PLAIN },
    { "spf.unfollowed", COLUMN_PLAIN },
    { "spf.unresolved", COLUMN_PLAIN },
    { "dmarc.outcome", COLUMN_PLAIN },
    { "dmarc.dnssec", COLUMN_PLAIN },
    { "dmarc.aliases", COLUMN_PLAIN },
    { "dmarc.wildcard", COLUMN_PLAIN },
    { "dmarc.txt", COLUMN_JSON },
    { "dmarc.txt_cut", COLUMN_PLAIN },
    { "dmarc.verdict", COLUMN_PLAIN },
    { "dmarc.violations", COLUMN_PLAIN },
    { "dmarc.p", COLUMN_PLAIN },
    { "dmarc.sp", COLUMN_PLAIN },
    { "dmarc.np", COLUMN_PLAIN },
    { "dmarc.adkim", COLUMN_PLAIN },
    { "dmarc.aspf", COLUMN_PLAIN },
    { "dmarc.t", COLUMN_PLAIN },
    { "dmarc.psd", COLUMN_PLAIN },
    { "dmarc.fo", COLUMN_PLAIN },
    { "dmarc.rua", COLUMN_PLAIN },
    { "dmarc.ruf", COLUMN_PLAIN },
    { "dmarc.effective.verdict", COLUMN_PLAIN },
    { "dmarc.effective.domain", COLUMN_PLAIN },
    { "dmarc.effective.txt", COLUMN_JSON },
    { "dmarc.effective.txt_cut", COLUMN_PLAIN },
    { "dmarc.effective.tag", COLUMN_PLAIN },
    { "dmarc.effective.policy", COLUMN_PLAIN },
    { "dmarc.effective.t", COLUMN_PLAIN },
    { "dmarc.external", COLUMN_JSON },
    { "mta_sts.outcome", COLUMN_PLAIN },
    { "mta_sts.dnssec", COLUMN_PLAIN },
    { "mta_sts.aliases", COLUMN_PLAIN },
    { "mta_sts.wildcard", COLUMN_PLAIN },
    { "mta_sts.txt", COLUMN_JSON },
    { "mta_sts.txt_cut", COLUMN_PLAIN },
    { "mta_sts.verdict", COLUMN_PLAIN },
    { "mta_sts.violations", COLUMN_PLAIN },
    { "mta_sts.id", COLUMN_PLAIN },
    { "tls_rpt.outcome", COLUMN_PLAIN },
    { "tls_rpt.dnssec", COLUMN_PLAIN },
    { "tls_rpt.aliases", COLUMN_PLAIN },
    { "tls_rpt.wildcard", COLUMN_PLAIN },
    { "tls_rpt.txt", COLUMN_JSON },
    { "tls_rpt.txt_cut", COLUMN_PLAIN },
    { "tls_rpt.verdict", COLUMN_PLAIN },
    { "tls_rpt.violations", COLUMN_PLAIN },
    { "tls_rpt.rua", COLUMN_PLAIN },
    { "bimi.outcome", COLUMN_PLAIN },
    { "bimi.dnssec", COLUMN_PLAIN },
    { "bimi.aliases", COLUMN_PLAIN },
    { "bimi.wildcard", COLUMN_PLAIN },
    { "bimi.txt", COLUMN_JSON },
    { "bimi.txt_cut", COLUMN_PLAIN },
    { "bimi.verdict", COLUMN_PLAIN },
    { "bimi.violations", COLUMN_PLAIN },
    { "bimi.l", COLUMN_PLAIN },
    { "bimi.a", COLUMN_PLAIN },
    { "dkim.outcome", COLUMN_PLAIN },
    { "dkim.dnssec", COLUMN_PLAIN },
    { "dkim.aliases", COLUMN_PLAIN },
    { "dkim.wildcard", COLUMN_PLAIN },
    { "dkim.node", COLUMN_PLAIN },
    { "dkim.key", COLUMN_PLAIN },
    { "dkim.control", COLUMN_PLAIN },
    { "dkim.asked", COLUMN_PLAIN },
    { "dkim.unanswered", COLUMN_PLAIN },
    { "dkim.keys", COLUMN_JSON },
    { "dkim.key_count", COLUMN_DKIM_COUNT },
    { "dkim.selectors", COLUMN_DKIM_SELECTORS },
    { "dkim.rsa_bits_min", COLUMN_DKIM_RSA_BITS },
    { "wildcard.outcome", COLUMN_PLAIN },
    { "wildcard.dnssec", COLUMN_PLAIN },
    { "wildcard.aliases", COLUMN_PLAIN },
    { "wildcard.txt", COLUMN_JSON },
    { "wildcard.txt_cut", COLUMN_PLAIN },
    { "caa.outcome", COLUMN_PLAIN },
    { "caa.dnssec", COLUMN_PLAIN },
    { "caa.aliases", COLUMN_PLAIN },
    { "caa.found_at", COLUMN_PLAIN },
    { "caa.records", COLUMN_JSON },
    { "caa.verdict", COLUMN_PLAIN },
    { "caa.violations", COLUMN_PLAIN },
    { "caa.issue", COLUMN_JSON },
    { "caa.issuewild", COLUMN_JSON },
    { "caa.issuemail", COLUMN_JSON },
    { "caa.iodef", COLUMN_PLAIN },
    { NULL, COLUMN_PLAIN },
};

static const struct column policies[] = {
    { "domain", COLUMN_PLAIN },
    { "time", COLUMN_PLAIN },
    { "worker", COLUMN_PLAIN },
    { "vantage", COLUMN_PLAIN },
    { "attempts", COLUMN_PLAIN },
    { "host", COLUMN_PLAIN },
    { "outcome", COLUMN_PLAIN },
    { "step", COLUMN_PLAIN },
    { "lookup.outcome", COLUMN_PLAIN },
    { "lookup.dnssec", COLUMN_PLAIN },
    { "lookup.aliases", COLUMN_PLAIN },
    { "lookup.a", COLUMN_PLAIN },
    { "lookup.aaaa", COLUMN_PLAIN },
    { "operator", COLUMN_PLAIN },
    { "aliases_of_record", COLUMN_PLAIN },
    { "addresses", COLUMN_PLAIN },
    { "address", COLUMN_PLAIN },
    { "took_ms", COLUMN_PLAIN },
    { "tls.sni", COLUMN_PLAIN },
    { "tls.version", COLUMN_PLAIN },
    { "tls.cipher", COLUMN_PLAIN },
    { "tls.group", COLUMN_PLAIN },
    { "tls.signature", COLUMN_PLAIN },
    { "tls.alert", COLUMN_PLAIN },
    { "tls.chain", COLUMN_PLAIN },
    { "tls.pkix.verdict", COLUMN_PLAIN },
    { "tls.pkix.errors", COLUMN_PLAIN },
    { "tls.name_match", COLUMN_PLAIN },
    { "http.status", COLUMN_PLAIN },
    { "http.media_type", COLUMN_PLAIN },
    { "http.size", COLUMN_PLAIN },
    { "http.redirect", COLUMN_PLAIN },
    { "body", COLUMN_PLAIN },
    { "verdict", COLUMN_PLAIN },
    { "violations", COLUMN_PLAIN },
    { "mode", COLUMN_PLAIN },
    { "max_age", COLUMN_PLAIN },
    { "mx", COLUMN_PLAIN },
    { NULL, COLUMN_PLAIN },
};

static const struct column mx[] = {
    { "host", COLUMN_PLAIN },
    { "address", COLUMN_PLAIN },
    { "time", COLUMN_PLAIN },
    { "worker", COLUMN_PLAIN },
    { "vantage", COLUMN_PLAIN },
    { "attempts", COLUMN_PLAIN },
    { "lookup.a", COLUMN_PLAIN },
    { "lookup.aaaa", COLUMN_PLAIN },
    { "lookup.dnssec", COLUMN_PLAIN },
    { "lookup.aliases", COLUMN_PLAIN },
    { "lookup.violations", COLUMN_PLAIN },
    { "tlsa.outcome", COLUMN_PLAIN },
    { "tlsa.dnssec", COLUMN_PLAIN },
    { "tlsa.aliases", COLUMN_PLAIN },
    { "tlsa.records", COLUMN_JSON },
    { "tlsa.base", COLUMN_PLAIN },
    { "tlsa.verdict", COLUMN_PLAIN },
    { "tlsa.violations", COLUMN_PLAIN },
    { "tlsa.usable", COLUMN_PLAIN },
    { "outcome", COLUMN_PLAIN },
    { "step", COLUMN_PLAIN },
    { "banner", COLUMN_PLAIN },
    { "ehlo", COLUMN_JSON },
    { "starttls", COLUMN_PLAIN },
    { "code", COLUMN_PLAIN },
    { "tls.sni", COLUMN_PLAIN },
    { "tls.version", COLUMN_PLAIN },
    { "tls.cipher", COLUMN_PLAIN },
    { "tls.group", COLUMN_PLAIN },
    { "tls.signature", COLUMN_PLAIN },
    { "tls.ocsp_staple", COLUMN_PLAIN },
    { "tls.alert", COLUMN_PLAIN },
    { "tls.chain", COLUMN_PLAIN },
    { "tls.pkix.verdict", COLUMN_PLAIN },
    { "tls.pkix.errors", COLUMN_PLAIN },
    { "tls.name_match", COLUMN_PLAIN },
    { "ehlo_tls", COLUMN_JSON },
    { "requiretls", COLUMN_PLAIN },
    { "after_tls.outcome", COLUMN_PLAIN },
    { "after_tls.code", COLUMN_PLAIN },
    { NULL, COLUMN_PLAIN },
};

static const struct column certs[] = {
    { "sha256", COLUMN_PLAIN },      { "spki_sha256", COLUMN_PLAIN }, { "subject", COLUMN_PLAIN },
    { "issuer", COLUMN_PLAIN },      { "serial", COLUMN_PLAIN },      { "names", COLUMN_PLAIN },
    { "not_before", COLUMN_PLAIN },  { "not_after", COLUMN_PLAIN },   { "key.type", COLUMN_PLAIN },
    { "key.bits", COLUMN_PLAIN },    { "key.curve", COLUMN_PLAIN },   { "signature", COLUMN_PLAIN },
    { "self_signed", COLUMN_PLAIN }, { "ca", COLUMN_PLAIN },          { "scts", COLUMN_PLAIN },
    { "der", COLUMN_PLAIN },         { NULL, COLUMN_PLAIN },
};

const struct column columns_joined[] = {
    { "domain", COLUMN_PLAIN },
    { "rank", COLUMN_PLAIN },
    { "input", COLUMN_INPUT },
    { "time", COLUMN_PLAIN },
    { "exists", COLUMN_PLAIN },
    { "mx.kind", COLUMN_PLAIN },
    { "mx.hosts", COLUMN_HOSTS },
    { "mx.dnssec", COLUMN_PLAIN },
    { "ns.domains", COLUMN_NS_DOMAINS },
    { "spf.verdict", COLUMN_PLAIN },
    { "spf.all", COLUMN_PLAIN },
    { "dmarc.verdict", COLUMN_PLAIN },
    { "dmarc.p", COLUMN_PLAIN },
    { "dmarc.effective.policy", COLUMN_PLAIN },
    { "dmarc.effective.domain", COLUMN_PLAIN },
    { "mta_sts.verdict", COLUMN_PLAIN },
    { "tls_rpt.verdict", COLUMN_PLAIN },
    { "bimi.verdict", COLUMN_PLAIN },
    { "dkim.node", COLUMN_PLAIN },
    { "dkim.rsa_bits_min", COLUMN_DKIM_RSA_BITS },
    { "caa.verdict", COLUMN_PLAIN },
    { NULL, COLUMN_PLAIN },
};

const struct column *const columns_of[KIND_COUNT] = {
    [KIND_DOMAINS] = domains,
    [KIND_POLICIES] = policies,
    [KIND_MX] = mx,
    [KIND_CERTS] = certs,
};

/* ---- one cell ---- */

/* The member at the path, which ends at `end`. */
static const struct json *follow(const struct json *record, const char *path, const char *end)
{
    while (record != NULL && path < end) {
        size_t len = strcspn(path, ".");
        char member[MEMBER_SIZE];

        if (len >= sizeof(member))
            return NULL;
        memcpy(member, path, len);
        member[len] = '\0';
        record = json_get(record, member);
        path += path[len] == '.' ? len + 1 : len;
    }
    return record;
}

/* Text of the elements, to which the rules of a cell are then applied as one. */
static void join_elements(struct buf *text, const struct json *array)
{
    for (const struct json *n = json_first(array); n != NULL; n = n->next) {
        if (text->len > 0)
            buf_byte(text, ' ');
        if (json_string(n) != NULL)
            buf_append(text, n->string, n->len);
    }
}

static void join_hosts(struct buf *text, const struct json *array)
{
    for (const struct json *n = json_first(array); n != NULL; n = n->next) {
        const char *host = json_get_string(n, "host");

        buf_printf(text, "%s%d %s", text->len > 0 ? "; " : "",
                   (int)json_get_int(n, "preference", 0), host != NULL ? host : "");
    }
}

static void write_json(struct buf *text, const struct json *n)
{
    struct json_writer w;

    json_writer_init(&w, text);
    json_copy(&w, NULL, n);
}

static void write_composed(struct csv_writer *w, const struct json *n, enum column_form form)
{
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    if (form == COLUMN_HOSTS)
        join_hosts(&text, n);
    else if (form == COLUMN_JSON || n->type == JSON_OBJECT)
        write_json(&text, n);
    else
        join_elements(&text, n);
    csv_bytes(w, text.data, text.len);
    buf_free(&text);
}

static void write_cell(struct csv_writer *w, const struct json *n, enum column_form form)
{
    if (n == NULL || n->type == JSON_NULL)
        csv_string(w, NULL);
    else if (n->type == JSON_ARRAY || n->type == JSON_OBJECT)
        write_composed(w, n, form);
    else if (n->type == JSON_STRING)
        csv_bytes(w, n->string, n->len);
    else if (n->type == JSON_BOOL)
        csv_string(w, n->boolean ? "true" : "false");
    else if (n->type == JSON_INT && n->integer >= 0)
        csv_uint(w, (uint64_t)n->integer);
    else
        csv_double(w, n->type == JSON_INT ? (double)n->integer : n->real, 0);
}

/* ---- cells that are made of others ---- */

static bool stands_in(const char *const *texts, size_t count, const char *text)
{
    while (count > 0 && strcmp(texts[count - 1], text) != 0)
        count--;
    return count > 0;
}

/* The registrable domains of the name servers, each once. */
static void write_ns_domains(struct csv_writer *w, const struct json *ns)
{
    const char *seen[NS_MAX];
    size_t count = 0;
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    for (const struct json *n = json_first(json_get(ns, "hosts")); n != NULL; n = n->next) {
        const char *domain = json_string(n) != NULL ? name_registrable(n->string) : NULL;

        if (domain == NULL || count == NS_MAX || stands_in(seen, count, domain))
            continue;
        buf_printf(&text, "%s%s", count > 0 ? " " : "", domain);
        seen[count++] = domain;
    }
    csv_bytes(w, text.data, text.len);
    buf_free(&text);
}

/* The next key from n on that is good to sign with, as dkim.key counts them. */
static const struct json *good_key(const struct json *n)
{
    while (n != NULL &&
           (!json_is(json_get(n, "verdict"), "valid") || json_get_bool(n, "revoked", false)))
        n = n->next;
    return n;
}

/* Nothing is written where it is not known whether there is one. */
static void write_dkim_count(struct csv_writer *w, const struct json *dkim)
{
    const struct json *key = json_get(dkim, "key"), *n = json_first(json_get(dkim, "keys"));
    uint64_t count = 0;

    while ((n = good_key(n)) != NULL) {
        count++;
        n = n->next;
    }
    if (json_is(key, "yes") || json_is(key, "no"))
        csv_uint(w, count);
    else
        csv_string(w, NULL);
}

static void write_dkim_selectors(struct csv_writer *w, const struct json *dkim)
{
    const struct json *n = json_first(json_get(dkim, "keys"));
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    for (; (n = good_key(n)) != NULL; n = n->next) {
        const char *selector = json_get_string(n, "selector");

        if (selector != NULL)
            buf_printf(&text, "%s%s", text.len > 0 ? " " : "", selector);
    }
    csv_bytes(w, text.data, text.len);
    buf_free(&text);
}

static void write_dkim_rsa_bits(struct csv_writer *w, const struct json *dkim)
{
    const struct json *n = json_first(json_get(dkim, "keys"));
    int64_t least = INT64_MAX;

    for (; (n = good_key(n)) != NULL; n = n->next) {
        int64_t bits = json_get_int(n, "bits", INT64_MAX);

        if (json_is(json_get(n, "k"), "rsa") && bits >= 0 && bits < least)
            least = bits;
    }
    if (least < INT64_MAX)
        csv_uint(w, (uint64_t)least);
    else
        csv_string(w, NULL);
}

static void (*const makers[COLUMN_FORM_COUNT])(struct csv_writer *w, const struct json *holder) = {
    [COLUMN_NS_DOMAINS] = write_ns_domains,
    [COLUMN_DKIM_COUNT] = write_dkim_count,
    [COLUMN_DKIM_SELECTORS] = write_dkim_selectors,
    [COLUMN_DKIM_RSA_BITS] = write_dkim_rsa_bits,
};

/* ---- rows ---- */

#define NAME_SIZE_MAX ((size_t)3 * MEMBER_SIZE)

static void name_of(const char *path, char name[NAME_SIZE_MAX])
{
    size_t len = strlen(path);

    if (len >= NAME_SIZE_MAX)
        len = NAME_SIZE_MAX - 1;
    for (size_t i = 0; i < len; i++)
        name[i] = path[i] == '.' ? '_' : path[i];
    name[len] = '\0';
}

static void write_name(struct csv_writer *w, const char *path)
{
    char name[NAME_SIZE_MAX];

    name_of(path, name);
    csv_string(w, name);
}

bool columns_have(const struct column *columns, const char *name)
{
    char own[NAME_SIZE_MAX];

    for (; columns->path != NULL; columns++) {
        name_of(columns->path, own);
        if (strcmp(own, name) == 0)
            return true;
    }
    return false;
}

static void write_input_name(struct csv_writer *w, const char *column)
{
    struct buf name;

    buf_init(&name, BUF_NO_CEILING);
    buf_printf(&name, "input_%s", column);
    csv_bytes(w, name.data, name.len);
    buf_free(&name);
}

void columns_header(struct csv_writer *w, const struct column *columns, const char *const *input,
                    size_t input_count)
{
    for (; columns->path != NULL; columns++) {
        if (columns->form != COLUMN_INPUT)
            write_name(w, columns->path);
        else
            for (size_t i = 0; i < input_count; i++)
                write_input_name(w, input[i]);
    }
}

static void write_input(struct csv_writer *w, const char *const *input, size_t input_count,
                        const struct json *n)
{
    for (size_t i = 0; i < input_count; i++)
        write_cell(w, json_get(n, input[i]), COLUMN_PLAIN);
}

void columns_row(struct csv_writer *w, const struct column *columns, const char *const *input,
                 size_t input_count, const struct json *record)
{
    for (const struct column *c = columns; c->path != NULL; c++) {
        const char *end = c->path + strlen(c->path);

        if (makers[c->form] != NULL)
            makers[c->form](w, follow(record, c->path, strrchr(c->path, '.')));
        else if (c->form == COLUMN_INPUT)
            write_input(w, input, input_count, follow(record, c->path, end));
        else
            write_cell(w, follow(record, c->path, end), c->form);
    }
}
