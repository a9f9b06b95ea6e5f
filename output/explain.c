#include "output/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/delivery.h"
#include "output/metrics.h"
#include "output/records.h"
#include "scanner/base/exits.h"
#include "scanner/base/file.h"
#include "scanner/base/frame.h"
#include "scanner/base/log.h"
#include "scanner/base/outcome.h"
#include "scanner/base/print.h"
#include "scanner/base/utf8.h"
#include "scanner/base/violation.h"
#include "workers/parse/spf_tree.h"

#define HTTP_OK 200

/* The protocols of a domain record, in the order a sender meets them. */
static const struct {
    const char *member, *title;
    const char *fields[4]; /* what is worth a word when it is there */
    const char *inner;     /* a member of that member instead */
} protocols[] = {
    { "ns", "NS", { "found_at" }, NULL },
    { "mx", "MX", { "kind" }, NULL },
    { "spf", "SPF", { "all", "redirect" }, NULL },
    { "dkim", "DKIM", { "node", "key" }, NULL },
    { "dmarc", "DMARC", { "p", "sp", "np" }, NULL },
    { "dmarc", "DMARC applies", { "policy", "tag", "domain", "t" }, "effective" },
    { "mta_sts", "MTA-STS record", { "id" }, NULL },
    { "tls_rpt", "TLS-RPT", { NULL }, NULL },
    { "bimi", "BIMI", { "l" }, NULL },
    { "caa", "CAA", { "found_at" }, NULL },
};

/* A stranger's text: what a terminal could obey is shown as \xNN. */
static void print_text(FILE *out, const char *text, size_t len)
{
    const uint8_t *s = (const uint8_t *)text, *end = s + len;

    while (s < end) {
        size_t n = utf8_length_shown(s, (size_t)(end - s));

        if (n == 0)
            fprintf(out, "\\x%02x", *s++);
        else
            s += fwrite(s, 1, n, out) == n ? n : (size_t)(end - s); /* nobody reads any more */
    }
}

static void print_string(FILE *out, const struct json *n)
{
    if (n != NULL && n->type == JSON_STRING)
        print_text(out, n->string, n->len);
}

static void print_violations(FILE *out, const struct json *section)
{
    for (const struct json *n = json_first(json_get(section, "violations")); n != NULL; n = n->next)
        for (int v = 0; v < VIOLATION_COUNT; v++)
            if (json_is(n, violation_name((enum violation)v)))
                fprintf(out, "    %s %s (%s)\n",
                        violation_is_note((enum violation)v) ? "note:" : "fault:",
                        violation_name((enum violation)v), violation_source((enum violation)v));
}

static void print_outcome(FILE *out, const struct json *section)
{
    const struct json *name = json_get(section, "outcome");
    enum outcome o;

    if (name != NULL && name->type == JSON_STRING && outcome_parse(name->string, name->len, &o) &&
        o != OUTCOME_OK)
        fprintf(out, " (%s: %s)", outcome_name(o), outcome_text(o));
}

static void print_strings(FILE *out, const struct json *list)
{
    for (const struct json *n = json_first(list); n != NULL; n = n->next) {
        fputs("    ", out);
        print_string(out, n);
        fputc('\n', out);
    }
}

/* Of MX with their preference, of NS names alone. */
static void print_hosts(FILE *out, const struct json *list)
{
    if (json_first(list) != NULL && json_first(list)->type == JSON_STRING)
        print_strings(out, list);
    for (const struct json *n = json_first(list); n != NULL; n = n->next) {
        if (n->type != JSON_OBJECT)
            continue;
        fprintf(out, "    %lld ", (long long)json_get_int(n, "preference", 0));
        print_string(out, json_get(n, "host"));
        fputc('\n', out);
    }
}

/* Of DKIM: what stands at a selector. */
static void print_keys(FILE *out, const struct json *list)
{
    for (const struct json *n = json_first(list); n != NULL; n = n->next) {
        fputs("    ", out);
        print_string(out, json_get(n, "selector"));
        fputs(": ", out);
        print_string(out, json_get(n, "verdict"));
        if (json_get(n, "bits") != NULL)
            fprintf(out, " %s %lld bits", json_get_string(n, "k"),
                    (long long)json_get_int(n, "bits", 0));
        fputs(json_get_bool(n, "revoked", false) ? " revoked\n" : "\n", out);
        print_violations(out, n);
    }
}

/* ---- SPF: what an evaluation costs at most, and what it leads to ---- */

static void print_each(FILE *out, const char *before, const struct json *list)
{
    for (const struct json *n = json_first(list); n != NULL; n = n->next) {
        fprintf(out, "    %s ", before);
        print_string(out, n);
        fputc('\n', out);
    }
}

/* Lookups are counted no further than a few beyond the limit, and void ones not at all there. */
static void print_lookups(FILE *out, const struct json *spf)
{
    long long lookups = (long long)json_get_int(spf, "lookups", -1);
    long long voids = (long long)json_get_int(spf, "void_lookups", -1);

    if (lookups > SPF_LOOKUPS_COUNT) {
        fprintf(out, "    more than %d lookups, at most %d are allowed\n", SPF_LOOKUPS_COUNT,
                SPF_LOOKUPS_MAX);
        return;
    }
    if (lookups < 0)
        return;
    fprintf(out, "    %lld of at most %d lookups", lookups, SPF_LOOKUPS_MAX);
    if (voids >= 0)
        fprintf(out, ", %lld of at most %d void", voids, SPF_VOIDS_MAX);
    fputc('\n', out);
}

static void print_senders(FILE *out, const struct json *spf)
{
    const struct json *authorised = json_get(spf, "authorised");

    if (authorised != NULL)
        fprintf(out, "    may send: %lld IPv4 addresses, %lld IPv6 networks of 48 bits%s\n",
                (long long)json_get_int(authorised, "ip4", 0),
                (long long)json_get_int(authorised, "ip6_48", 0),
                json_get_bool(authorised, "approximate", false) ? ", and what takes a message"
                                                                : "");
    if (json_get_string(spf, "effective_all") != NULL)
        fprintf(out, "    the rest of the world: %s\n", json_get_string(spf, "effective_all"));
}

static void print_spf(FILE *out, const struct json *spf)
{
    print_lookups(out, spf);
    print_each(out, "include", json_get(spf, "includes"));
    if (json_get_string(spf, "redirect") != NULL) {
        fputs("    redirect ", out);
        print_string(out, json_get(spf, "redirect"));
        fputc('\n', out);
    }
    print_each(out, "not followed, takes a message:", json_get(spf, "unfollowed"));
    print_each(out, "no answer for:", json_get(spf, "unresolved"));
    print_senders(out, spf);
}

/* ---- a domain ---- */

/* word: instead of its verdict, or NULL. */
static void print_section(FILE *out, const char *title, const struct json *section,
                          const char *word, const char *const fields[4])
{
    if (section == NULL)
        return;
    fprintf(out, "  %-15s ", title);
    if (word != NULL)
        fputs(word, out);
    else
        print_string(out, json_get(section, "verdict"));
    for (int i = 0; i < 4 && fields[i] != NULL; i++) {
        if (json_get_string(section, fields[i]) == NULL)
            continue;
        fprintf(out, " %s=", fields[i]);
        print_string(out, json_get(section, fields[i]));
    }
    print_outcome(out, section);
    if (json_get_string(section, "dnssec") != NULL)
        fprintf(out, " dnssec=%s", json_get_string(section, "dnssec"));
    fputc('\n', out);
    print_strings(out, json_get(section, "txt"));
    print_strings(out, json_get(section, "records"));
    print_hosts(out, json_get(section, "hosts"));
    print_keys(out, json_get(section, "keys"));
    print_violations(out, section);
}

static const struct json *section_of(const struct json *record, size_t i)
{
    const struct json *section = json_get(record, protocols[i].member);

    return protocols[i].inner != NULL ? json_get(section, protocols[i].inner) : section;
}

static void explain_domain(void *context, unsigned thread, const struct json *record)
{
    FILE *out = context;

    (void)thread;
    print_string(out, json_get(record, "domain"));
    fprintf(out, ": exists: %s\n", json_get_string(record, "exists"));
    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
        print_section(out, protocols[i].title, section_of(record, i), NULL, protocols[i].fields);
        if (strcmp(protocols[i].member, "spf") == 0)
            print_spf(out, section_of(record, i));
    }
}

static void print_certificate(FILE *out, const struct json *tls)
{
    const struct json *pkix = json_get(tls, "pkix"), *match = json_get(tls, "name_match");

    if (pkix == NULL)
        return;
    fputs(", certificate ", out);
    print_string(out, json_get(pkix, "verdict"));
    for (const struct json *n = json_first(json_get(pkix, "errors")); n != NULL; n = n->next) {
        fputc(' ', out);
        print_string(out, n);
    }
    if (match != NULL && match->type == JSON_BOOL)
        fputs(match->boolean ? ", name matches" : ", name does not match", out);
}

static void print_policy_host(FILE *out, const struct json *record)
{
    int64_t status = json_get_int(json_get(record, "http"), "status", 0);

    if (json_get(record, "address") == NULL && json_get(record, "tls") == NULL)
        return;
    fputs("    ", out);
    print_string(out, json_get(record, "host"));
    if (json_get(record, "address") != NULL)
        fputc(' ', out);
    print_string(out, json_get(record, "address"));
    print_certificate(out, json_get(record, "tls"));
    if (status != 0 && status != HTTP_OK)
        fprintf(out, ", HTTP status %lld", (long long)status);
    fputc('\n', out);
}

/* A sender has no valid policy where none could be fetched (RFC 8461 §3.3), and the record says so;
 * a person would look for the fault in its text. */
static void explain_policy(void *context, unsigned thread, const struct json *record)
{
    static const char *const fields[4] = { "mode", "step" };
    bool unread = json_get(record, "body") == NULL &&
                  json_is(json_get(record, "verdict"), verdict_name(VERDICT_INVALID));
    FILE *out = context;

    (void)thread;
    print_section(out, "MTA-STS policy", record, unread ? "none fetched" : NULL, fields);
    print_policy_host(out, record);
}

static void explain_host(void *context, unsigned thread, const struct json *record)
{
    const struct json *tls = json_get(record, "tls");
    FILE *out = context;

    (void)thread;
    fputs("  mail host ", out);
    print_string(out, json_get(record, "host"));
    if (json_get_string(record, "address") != NULL) {
        fputc(' ', out);
        print_string(out, json_get(record, "address"));
        fputs(": STARTTLS ", out);
        print_string(out, json_get(record, "starttls"));
    } else {
        fputs(": no address found", out);
    }
    if (json_get_string(tls, "version") != NULL) {
        fputs(", ", out);
        print_string(out, json_get(tls, "version"));
    }
    print_certificate(out, tls);
    print_outcome(out, record);
    if (json_get(record, "after_tls") != NULL) {
        fputs(", but EHLO inside it failed", out);
        print_outcome(out, json_get(record, "after_tls"));
    }
    fputc('\n', out);
}

/* ---- delivery, of what all of them say together ---- */

struct telling {
    FILE *out;
    const struct join *join;
};

static void print_delivery_to(FILE *out, const struct joined *d, const struct joined_host *h,
                              struct arena *arena)
{
    enum mx_nearness nearness = delivery_nearness(d->policy, h->name, arena);

    fputs("    ", out);
    print_text(out, h->name, strlen(h->name));
    if (nearness == MX_NEAR_MATCH)
        fputs(": named by the policy", out);
    else
        fprintf(out, ": not named by the policy (%s)", mx_nearness_name(nearness));
    fprintf(out, ", can be delivered to: %s\n", tri_name(delivery_to(d->policy, h)));
}

/* Of the hosts that have something to do with DANE. */
static void print_dane(FILE *out, const struct joined *d)
{
    for (size_t i = 0; i < d->host_count; i++) {
        const struct join_host *h = d->hosts[i].seen;
        enum dane_standing standing = join_host_dane_standing(h, d);

        if (h == NULL || h->tlsa != TRI_YES)
            continue;
        fprintf(out, "  %-15s %s: ", "dane", dane_standing_name(standing));
        print_text(out, d->hosts[i].name, strlen(d->hosts[i].name));
        fprintf(out, " has %s\n", dane_standing_text(standing));
    }
}

static void explain_delivery(void *context, unsigned thread, const struct json *record)
{
    static const char *const words[DELIVERY_COUNT] = {
        [DELIVERY_FREE] = "no policy of MTA-STS binds a sender",
        [DELIVERY_ALL] = ": a sender that honours the policy can deliver to every mail host",
        [DELIVERY_SOME] = ": a sender that honours the policy can deliver to some mail hosts",
        [DELIVERY_NONE] = ": a sender that honours the policy can deliver to no mail host",
        [DELIVERY_NOWHERE] = ": a policy binds a sender, but no mail host has an address",
        [DELIVERY_UNKNOWN] = ": it could not be found out",
    };
    struct telling *t = context;
    struct arena arena;
    const struct joined *d;
    enum delivery delivery;

    (void)thread;
    arena_init(&arena, 4096);
    d = join_view(t->join, &arena, record);
    delivery = delivery_of(d);
    fprintf(t->out, "  %-15s %s%s", "delivery", delivery_name(delivery), words[delivery]);
    if (delivery_is_bound(d) == TRI_YES && d->policy->mode == STS_MODE_TESTING)
        fputs(" (the policy is in testing, and is only reported on)", t->out);
    fputc('\n', t->out);
    for (size_t i = 0; delivery_is_bound(d) == TRI_YES && i < d->host_count; i++)
        print_delivery_to(t->out, d, &d->hosts[i], &arena);
    print_dane(t->out, d);
    arena_free(&arena);
}

/* ---- a run ---- */

static int explain_each(const char *run_dir, enum kind kind, records_cb *each, void *context)
{
    struct records_report report;

    return records_read(run_dir, kind, 1, each, context, &report) == 0 &&
                   records_sound(run_dir, kind, &report)
               ? EXIT_OK
               : EXIT_INCOMPLETE;
}

static int explain_joined(const char *run_dir, FILE *out)
{
    bool whole = true;
    struct join *join = join_read(run_dir, 1, &whole);
    struct telling telling = { out, join };
    int status;

    if (join == NULL)
        return EXIT_INCOMPLETE;
    status = explain_each(run_dir, KIND_DOMAINS, explain_delivery, &telling);
    join_free(join);
    return whole ? status : EXIT_INCOMPLETE;
}

int explain_run(const char *run_dir, FILE *out)
{
    static records_cb *const each[] = {
        [KIND_DOMAINS] = explain_domain, [KIND_POLICIES] = explain_policy, [KIND_MX] = explain_host
    };
    int status = EXIT_OK;

    for (int k = KIND_DOMAINS; k <= KIND_MX; k++)
        if (explain_each(run_dir, (enum kind)k, each[k], out) != EXIT_OK)
            status = EXIT_INCOMPLETE;
    return explain_joined(run_dir, out) == EXIT_OK ? status : EXIT_INCOMPLETE;
}

/* Copy the lines of a file of frames to out. 0 or -errno. */
static int copy_lines(const char *path, FILE *out)
{
    struct buf packed, plain;
    int status;

    buf_init(&packed, BUF_NO_CEILING);
    buf_init(&plain, BUF_NO_CEILING);
    status = file_read(path, &packed);
    for (size_t at = 0; status == 0 && at < packed.len;) {
        ptrdiff_t used = frame_decompress(&plain, packed.data + at, packed.len - at);

        if (used <= 0)
            break;
        at += (size_t)used;
    }
    print_bytes(out, plain.data, plain.len);
    buf_free(&packed);
    buf_free(&plain);
    return status;
}

int explain_raw(const char *run_dir, FILE *out)
{
    for (int k = 0; k < KIND_COUNT; k++) {
        struct buf path;
        int error;

        buf_init(&path, BUF_NO_CEILING);
        buf_printf(&path, "%s/%s.jsonl.zst", run_dir, kind_name((enum kind)k));
        buf_byte(&path, '\0');
        error = copy_lines(path.data, out);
        if (error != 0)
            log_error("%s: %s", path.data, strerror(-error));
        buf_free(&path);
        if (error != 0)
            return EXIT_INCOMPLETE;
    }
    return EXIT_OK;
}
