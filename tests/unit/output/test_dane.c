/* DANE from stored chains (RFC 7672): a root, an intermediate and leaves are made here. */
#include "output/dane.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdarg.h>

#include "output/join.h"
#include "scanner/base/buf.h"
#include "tests/unit/check.h"

#define DAY 86400
#define SEEN 1795521600 /* 2026-11-24T12:00:00Z */

static EVP_PKEY *root_key, *middle_key, *leaf_key;
static X509 *root, *middle;

static void add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *e;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    CHECK(e != NULL && X509_add_ext(x, e, -1) == 1, "%s", value);
    X509_EXTENSION_free(e);
}

static void set_name(X509_NAME *name, const char *common)
{
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common, -1, -1, 0);
}

/* names: "DNS:a.test" and the like; NULL: an authority. Valid from SEEN - DAY for so many days. */
static X509 *make(const char *subject, EVP_PKEY *key, const char *issuer, EVP_PKEY *issuer_key,
                  const char *names, int days)
{
    static long serial = 1;
    X509 *x = X509_new();

    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
    ASN1_TIME_set(X509_getm_notBefore(x), SEEN - DAY);
    ASN1_TIME_set(X509_getm_notAfter(x), SEEN - DAY + (time_t)days * DAY);
    set_name(X509_get_subject_name(x), subject);
    set_name(X509_get_issuer_name(x), issuer);
    X509_set_pubkey(x, key);
    add_extension(x, NID_basic_constraints, names == NULL ? "critical,CA:TRUE" : "CA:FALSE");
    if (names != NULL)
        add_extension(x, NID_subject_alt_name, names);
    else
        add_extension(x, NID_key_usage, "critical,keyCertSign");
    CHECK(X509_sign(x, issuer_key, EVP_sha256()) > 0, "sign");
    return x;
}

static void hex(struct buf *out, const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_printf(out, "%02x", bytes[i]);
}

/* "U S M data" of a certificate, in the arena. */
static const char *record(struct arena *arena, unsigned usage, unsigned selector, unsigned matching,
                          X509 *x)
{
    unsigned char *der = NULL, digest[EVP_MAX_MD_SIZE];
    int len = selector == 0 ? i2d_X509(x, &der) : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
    unsigned digest_len = 0;
    struct buf text;
    char *copy;

    buf_init(&text, BUF_NO_CEILING);
    buf_printf(&text, "%u %u %u ", usage, selector, matching);
    if (matching == 0) {
        hex(&text, der, (size_t)len);
    } else {
        EVP_Digest(der, (size_t)len, digest, &digest_len,
                   matching == 1 ? EVP_sha256() : EVP_sha512(), NULL);
        hex(&text, digest, digest_len);
    }
    copy = arena_strndup(arena, text.data, text.len);
    OPENSSL_free(der);
    buf_free(&text);
    return copy;
}

struct row {
    const char *what;
    unsigned usage, selector, matching;
    X509 **of;   /* whose certificate the record has */
    X509 **leaf; /* that the host shows */
    bool with_middle, with_root;
    enum dane_match wanted;
};

static X509 *good, *expired, *other, *apex, *wrong_issuer;

static const struct row rows[] = {
    { "3 1 1", 3, 1, 1, &good, &good, true, false, DANE_YES },
    { "3 0 1", 3, 0, 1, &good, &good, true, false, DANE_YES },
    { "3 1 2", 3, 1, 2, &good, &good, false, false, DANE_YES },
    { "3 0 0", 3, 0, 0, &good, &good, false, false, DANE_YES },
    { "3 1 0", 3, 1, 0, &good, &good, false, false, DANE_YES },
    { "usage 3 ignores the dates", 3, 1, 1, &expired, &expired, true, false, DANE_YES },
    { "usage 3 ignores the names", 3, 0, 1, &other, &other, true, false, DANE_YES },
    { "usage 3 is of the leaf alone", 3, 1, 1, &middle, &good, true, false, DANE_NO },
    { "another leaf", 3, 0, 1, &other, &good, true, false, DANE_NO },
    { "2 0 1, root sent", 2, 0, 1, &root, &good, true, true, DANE_YES },
    { "2 1 1, root sent", 2, 1, 1, &root, &good, true, true, DANE_YES },
    { "2 0 1, root not sent", 2, 0, 1, &root, &good, true, false, DANE_NO },
    { "2 0 0, root not sent, but in the record", 2, 0, 0, &root, &good, true, false, DANE_YES },
    { "2 1 0, its key in the record", 2, 1, 0, &root, &good, true, false, DANE_YES },
    { "2 0 1 of the intermediate", 2, 0, 1, &middle, &good, true, false, DANE_YES },
    { "2 0 1, intermediate not sent", 2, 0, 1, &middle, &good, false, false, DANE_NO },
    { "usage 2 wants the dates", 2, 0, 1, &middle, &expired, true, false, DANE_NO },
    { "usage 2 wants the name", 2, 0, 1, &middle, &other, true, false, DANE_OTHER_NAME },
    { "usage 2, the next hop's name", 2, 0, 1, &middle, &apex, true, false, DANE_OTHER_NAME },
    { "usage 2 wants the signature", 2, 0, 1, &middle, &wrong_issuer, true, false, DANE_NO },
    { "usage 1 cannot be used", 1, 1, 1, &good, &good, true, true, DANE_NO },
    { "usage 0 cannot be used", 0, 0, 1, &root, &good, true, true, DANE_NO },
};

static STACK_OF(X509) * chain_of(const struct row *row)
{
    STACK_OF(X509) *chain = sk_X509_new_null();

    sk_X509_push(chain, *row->leaf);
    if (row->with_middle)
        sk_X509_push(chain, middle);
    if (row->with_root)
        sk_X509_push(chain, root);
    return chain;
}

static void test_rows(struct dane *d, struct arena *arena)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        const char *text = record(arena, row->usage, row->selector, row->matching, *row->of);
        struct dane_case c = { .base = "mx.test",
                               .records = &text,
                               .record_count = 1,
                               .leaf = *row->leaf,
                               .chain = chain_of(row),
                               .seen = SEEN };

        CHECK(dane_judge(d, &c, arena) == row->wanted, "%s", row->what);
        sk_X509_free(c.chain);
    }
}

static void test_several(struct dane *d, struct arena *arena)
{
    const char *texts[] = { "not a record", "3 1 1 00", "3 9 1 00",
                            "1 1 1 00",     "",         record(arena, 3, 1, 1, good) };
    const struct row sent = { .leaf = &good };
    struct dane_case c = { .base = "mx.test",
                           .records = texts,
                           .record_count = sizeof(texts) / sizeof(texts[0]),
                           .leaf = good,
                           .chain = chain_of(&sent),
                           .seen = SEEN };

    CHECK(dane_judge(d, &c, arena) == DANE_YES, "one that matches is enough");
    c.record_count--;
    CHECK(dane_judge(d, &c, arena) == DANE_NO, "none is usable");
    sk_X509_free(c.chain);
}

/* Under usage 2 the leaf has the name of the TLSA base, which need not be the host's. */
static void test_base(struct dane *d, struct arena *arena)
{
    const char *text = record(arena, 2, 0, 1, middle);
    const struct row sent = { .leaf = &other, .with_middle = true };
    struct dane_case c = { .base = "other.test",
                           .records = &text,
                           .record_count = 1,
                           .leaf = other,
                           .chain = chain_of(&sent),
                           .seen = SEEN };

    CHECK(dane_judge(d, &c, arena) == DANE_YES, "name of the base");
    c.base = "mx.test";
    CHECK(dane_judge(d, &c, arena) == DANE_OTHER_NAME, "another base");
    CHECK(dane_name_match(apex, "apex.test") && dane_name_match(apex, "a.apex.test"), "next hop");
    CHECK(!dane_name_match(apex, "b.a.apex.test") && !dane_name_match(apex, "test"), "no hop");
    sk_X509_free(c.chain);
}

/* ---- the same through the join: records of hosts and certificates, in JSON ---- */

static const char *fingerprint(struct arena *arena, X509 *x)
{
    return record(arena, 3, 0, 1, x) + strlen("3 0 1 ");
}

static void take(struct join *j, struct arena *arena, enum kind kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void take(struct join *j, struct arena *arena, enum kind kind, const char *format, ...)
{
    char text[16384];
    const struct json *tree;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    tree = json_parse(arena, text, strlen(text));
    CHECK(tree != NULL, "%s", text);
    join_take(j, kind, tree);
}

static void take_cert(struct join *j, struct arena *arena, X509 *x)
{
    unsigned char *der = NULL, base64[8192];
    int len = i2d_X509(x, &der);

    EVP_EncodeBlock(base64, der, len);
    OPENSSL_free(der);
    take(j, arena, KIND_CERTS,
         "{\"v\":1,\"sha256\":\"%s\",\"not_after\":\"2027-11-24T12:00:00Z\",\"der\":\"%s\"}",
         fingerprint(arena, x), (char *)base64);
}

static void take_mx(struct join *j, struct arena *arena, const char *host, const char *tlsa,
                    X509 *leaf)
{
    take(j, arena, KIND_MX,
         "{\"v\":1,\"host\":\"%s\",\"address\":\"127.64.0.1\",\"time\":\"2026-11-24T12:00:00Z\","
         "\"tlsa\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"records\":[\"%s\"]},"
         "\"outcome\":\"ok\",\"starttls\":\"offered\",\"tls\":{\"version\":\"TLSv1.3\",\"chain\":["
         "\"%s\","
         "\"%s\"],\"pkix\":{\"verdict\":\"invalid\"},\"name_match\":false}}",
         host, tlsa, fingerprint(arena, leaf), fingerprint(arena, middle));
}

/* alias: whose MX records those of the domain are; NULL: its own. */
static enum tri dane_of(const struct join *j, struct arena *arena, const char *domain,
                        const char *alias, const char *host)
{
    char text[512];
    const struct json *tree;
    const struct joined *d;

    snprintf(text, sizeof(text),
             "{\"domain\":\"%s\",\"mx\":{\"outcome\":\"ok\",\"dnssec\":\"secure\",\"aliases\":["
             "\"on.the.way.test\",\"%s\"],\"kind\":\"hosts\",\"hosts\":"
             "[{\"preference\":1,\"host\":\"%s\"}]}}",
             domain, alias != NULL ? alias : domain, host);
    tree = json_parse(arena, text, strlen(text));
    d = join_view(j, arena, tree);
    return join_host_dane(d->hosts[0].seen, d);
}

static void test_join(struct arena *arena)
{
    struct join *j = join_new();

    take_mx(j, arena, "mx.test", record(arena, 3, 1, 1, good), good);
    take_mx(j, arena, "wrong.test", record(arena, 3, 0, 1, other), good);
    take_mx(j, arena, "anchored.test", record(arena, 2, 0, 1, middle), apex);
    take_mx(j, arena, "anchored.test", record(arena, 2, 0, 1, middle), apex); /* two addresses */
    take_mx(j, arena, "half.test", record(arena, 2, 0, 1, middle), apex);
    take_mx(j, arena, "half.test", record(arena, 2, 0, 1, middle), other);
    take_mx(j, arena, "lost.test", record(arena, 3, 1, 1, wrong_issuer), wrong_issuer);
    take_cert(j, arena, good);
    take_cert(j, arena, other);
    take_cert(j, arena, apex);
    take_cert(j, arena, middle);
    take_cert(j, arena, root); /* nobody showed it */
    join_seal(j);
    CHECK(dane_of(j, arena, "a.test", NULL, "mx.test") == TRI_YES, "usage 3");
    CHECK(dane_of(j, arena, "a.test", NULL, "wrong.test") == TRI_NO, "another's record");
    CHECK(dane_of(j, arena, "apex.test", NULL, "anchored.test") == TRI_YES, "the next hop's name");
    CHECK(dane_of(j, arena, "a.test", NULL, "anchored.test") == TRI_NO, "not the next hop's name");
    CHECK(dane_of(j, arena, "a.test", "apex.test", "anchored.test") == TRI_YES,
          "the name that the next hop is an alias of");
    CHECK(dane_of(j, arena, "a.test", "apex.test", "half.test") == TRI_NO,
          "the same, at one of two");
    CHECK(dane_of(j, arena, "apex.test", NULL, "half.test") == TRI_NO, "at one address of two");
    CHECK(dane_of(j, arena, "a.test", NULL, "lost.test") == TRI_UNKNOWN, "a certificate is lost");
    CHECK(dane_of(j, arena, "a.test", NULL, "never-seen.test") == TRI_UNKNOWN, "a host is lost");
    join_free(j);
}

int main(void)
{
    struct dane *d = dane_new();
    struct arena arena;

    arena_init(&arena, 4096);
    root_key = EVP_EC_gen("P-256");
    middle_key = EVP_EC_gen("P-256");
    leaf_key = EVP_EC_gen("P-256");
    root = make("root", root_key, "root", root_key, NULL, 365);
    middle = make("middle", middle_key, "root", root_key, NULL, 365);
    good = make("leaf", leaf_key, "middle", middle_key, "DNS:mx.test", 90);
    expired = make("leaf", leaf_key, "middle", middle_key, "DNS:mx.test", 0);
    other = make("leaf", leaf_key, "middle", middle_key, "DNS:other.test", 90);
    apex = make("leaf", leaf_key, "middle", middle_key, "DNS:apex.test,DNS:*.apex.test", 90);
    wrong_issuer = make("leaf", leaf_key, "middle", root_key, "DNS:mx.test", 90);
    test_rows(d, &arena);
    test_several(d, &arena);
    test_base(d, &arena);
    test_join(&arena);
    for (size_t i = 0; i < 7; i++)
        X509_free(((X509 *[]){ root, middle, good, expired, other, apex, wrong_issuer })[i]);
    EVP_PKEY_free(root_key);
    EVP_PKEY_free(middle_key);
    EVP_PKEY_free(leaf_key);
    arena_free(&arena);
    dane_free(d);
    return check_report();
}
