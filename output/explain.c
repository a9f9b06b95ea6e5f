#include "output/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/records.h"
#include "scanner/base/exits.h"
#include "scanner/base/frame.h"
#include "scanner/base/log.h"
#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"

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
static void print_text(FILE *out, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        unsigned char next = i + 1 < len ? (unsigned char)s[i + 1] : 0;

        if (c < 0x20 || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0))
            fprintf(out, "\\x%02x", c);
        else
            fputc(c, out);
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

static void print_section(FILE *out, const char *title, const struct json *section,
                          const char *const fields[4])
{
    if (section == NULL)
        return;
    fprintf(out, "  %-15s ", title);
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
    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
        print_section(out, protocols[i].title, section_of(record, i), protocols[i].fields);
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

static void explain_policy(void *context, unsigned thread, const struct json *record)
{
    static const char *const fields[4] = { "mode", "step" };
    FILE *out = context;

    (void)thread;
    print_section(out, "MTA-STS policy", record, fields);
    if (json_get(record, "tls") != NULL) {
        fputs("    ", out);
        print_string(out, json_get(record, "host"));
        print_certificate(out, json_get(record, "tls"));
        fputc('\n', out);
    }
}

static void explain_host(void *context, unsigned thread, const struct json *record)
{
    const struct json *tls = json_get(record, "tls");
    FILE *out = context;

    (void)thread;
    fputs("  mail host ", out);
    print_string(out, json_get(record, "host"));
    fputc(' ', out);
    print_string(out, json_get(record, "address"));
    fputs(": STARTTLS ", out);
    print_string(out, json_get(record, "starttls"));
    if (json_get_string(tls, "version") != NULL) {
        fputs(", ", out);
        print_string(out, json_get(tls, "version"));
    }
    print_certificate(out, tls);
    print_outcome(out, record);
    fputc('\n', out);
}

int explain_run(const char *run_dir, FILE *out)
{
    static records_cb *const each[] = {
        [KIND_DOMAINS] = explain_domain, [KIND_POLICIES] = explain_policy, [KIND_MX] = explain_host
    };
    int status = EXIT_OK;

    for (int k = KIND_DOMAINS; k <= KIND_MX; k++) {
        struct records_report report;

        if (records_read(run_dir, (enum kind)k, 1, each[k], out, &report) != 0 ||
            !records_sound(run_dir, (enum kind)k, &report))
            status = EXIT_INCOMPLETE;
    }
    return status;
}

/* Copy the lines of a file of frames to out. 0 or -errno. */
static int copy_lines(const char *path, FILE *out)
{
    FILE *file = fopen(path, "rb");
    struct buf packed, plain;
    size_t n;
    char data[65536];

    if (file == NULL)
        return -errno;
    buf_init(&packed, BUF_NO_CEILING);
    buf_init(&plain, BUF_NO_CEILING);
    while ((n = fread(data, 1, sizeof(data), file)) > 0)
        buf_append(&packed, data, n);
    fclose(file);
    for (size_t at = 0; at < packed.len;) {
        ptrdiff_t used = frame_decompress(&plain, packed.data + at, packed.len - at);

        if (used <= 0)
            break;
        at += (size_t)used;
    }
    fwrite(plain.data, 1, plain.len, out);
    buf_free(&packed);
    buf_free(&plain);
    return 0;
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
