/* Certificates of every sort of key, minted here: the record's facts against what `openssl x509`
 * prints of the same certificate. */
#include "workers/certificate.h"

#include "scanner/base/json_read.h"
#include "tests/unit/check.h"
#include "tests/unit/workers/mint.h"

static struct arena arena;
static EVP_PKEY *ca_key;
static X509 *ca;

static const struct json *record_of(X509 *x)
{
    uint8_t digest[CERTIFICATE_SHA256_SIZE], *der = NULL;
    int len = i2d_X509(x, &der);
    struct certificate *c;
    const struct json *record;

    X509_digest(x, EVP_sha256(), digest, NULL);
    c = certificate_new(x, der, (size_t)len, digest);
    record = json_parse(&arena, c->record, c->record_len);
    CHECK(record != NULL, "no JSON: %.*s", (int)c->record_len, c->record);
    certificate_hold(c);
    certificate_drop(c);
    certificate_drop(c);
    OPENSSL_free(der);
    return record;
}

/* What a record says, a line a member, as openssl and coreutils say it. */
static const char commands[] =
    "openssl x509 -in $PEM -noout -subject -issuer -serial -fingerprint -sha256 -startdate "
    "-enddate "
    "-nameopt RFC2253 -dateopt iso_8601 | sed -E 's/^[^=]*=//; "
    "3s/.*/\\L&/; 4s/.*/\\L&/; 4s/://g; 5,6s/ /T/';"
    "openssl x509 -in $PEM -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut "
    "-c1-64;"
    "openssl x509 -in $PEM -noout -text | sed -n 's/^ *Signature Algorithm: //p' | head -1;"
    "openssl x509 -in $PEM -outform DER | base64 -w0";

static void check_against_openssl(const char *what, X509 *x)
{
    static const char *const members[] = { "subject",     "issuer",     "serial",
                                           "sha256",      "not_before", "not_after",
                                           "spki_sha256", "signature",  "der" };
    const struct json *record = record_of(x);
    char path[] = "/tmp/mxcensus-test-XXXXXX", line[8192];
    FILE *f;

    mint_file(path, x);
    setenv("PEM", path, 1);
    f = popen(commands, "r");
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const char *ours = json_get_string(record, members[i]);

        line[0] = '\0';
        CHECK(fgets(line, sizeof(line), f) != NULL, "%s: %s", what, members[i]);
        line[strcspn(line, "\n")] = '\0';
        CHECK(ours != NULL && strcmp(ours, line) == 0, "%s: %s: %s, not %s", what, members[i],
              check_text(ours), line);
    }
    pclose(f);
    unlink(path);
}

static X509 *leaf_of(struct mint m)
{
    m.name = m.name != NULL ? m.name : "mx.example.com";
    m.issuer = ca;
    m.issuer_key = ca_key;
    return mint(&m);
}

static void test_keys(void)
{
    static const struct {
        const char *type, *curve;
        unsigned bits;
        const char *name;
        int64_t size;
        const char *curve_name;
    } rows[] = {
        { "RSA", NULL, 2048, "RSA", 2048, NULL },
        { "RSA", NULL, 1024, "RSA", 1024, NULL },
        { "EC", "P-256", 0, "EC", 256, "P-256" },
        { "EC", "P-384", 0, "EC", 384, "P-384" },
        { "EC", "secp256k1", 0, "EC", 256, "secp256k1" },
        { "ED25519", NULL, 0, "Ed25519", 256, NULL }, /* openssl counts 256, the key has 253 */
        { "ED448", NULL, 0, "Ed448", 456, NULL },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        EVP_PKEY *key = mint_key(rows[i].type, rows[i].curve, rows[i].bits);
        X509 *x = leaf_of((struct mint){ .key = key, .alternative = "DNS:mx.example.com" });
        const struct json *k = json_get(record_of(x), "key");

        check_against_openssl(rows[i].type, x);
        CHECK(json_is(json_get(k, "type"), rows[i].name), "%s", json_get_string(k, "type"));
        CHECK(json_get_int(k, "bits", 0) == EVP_PKEY_get_bits(key), "%s", rows[i].name);
        CHECK(rows[i].size == EVP_PKEY_get_bits(key) || i == 5, "%d", EVP_PKEY_get_bits(key));
        CHECK(rows[i].curve_name != NULL ? json_is(json_get(k, "curve"), rows[i].curve_name)
                                         : json_get(k, "curve") == NULL,
              "%s", json_get_string(k, "curve"));
        X509_free(x);
        EVP_PKEY_free(key);
    }
}

static void test_names(void)
{
    X509 *x =
        leaf_of((struct mint){ .key = ca_key,
                               .alternative = "DNS:MX.Example.com,IP:192.0.2.1,email:a@b.example,"
                                              "DNS:*.example.com,DNS:=cmd()\"" });
    const struct json *names = json_get(record_of(x), "names"), *n = json_first(names);

    CHECK(names != NULL && names->len == 3, "only dNSName");
    CHECK(json_is(n, "mx.example.com"), "lower case: %s", json_string(n));
    CHECK(json_is(n->next, "*.example.com") && json_is(n->next->next, "=cmd()\""), "as they are");
    X509_free(x);
    x = leaf_of((struct mint){ .key = ca_key, .alternative = "IP:192.0.2.1" });
    CHECK(json_get(record_of(x), "names") == NULL, "left out");
    X509_free(x);
}

/* A subject that would break a terminal, a CSV file or JSON. */
static void test_hostile(void)
{
    X509 *x = leaf_of((struct mint){
        .name = "a\"b\\c,\x1b[2J\xc3\xa4+=", .key = ca_key, .negative_serial = true });
    const struct json *record = record_of(x);
    const char *subject = json_get_string(record, "subject"),
               *serial = json_get_string(record, "serial");

    check_against_openssl("hostile", x);
    CHECK(strchr(subject, 0x1b) == NULL && strstr(subject, "\\,") != NULL, "%s", subject);
    CHECK(serial[0] == '-', "%s", serial);
    X509_free(x);
}

static void test_kinds(void)
{
    X509 *leaf = leaf_of((struct mint){ .key = ca_key });
    const struct json *r = record_of(ca);

    check_against_openssl("CA", ca);
    CHECK(json_get_bool(r, "ca", false) && json_get_bool(r, "self_signed", false), "CA");
    CHECK(json_get_int(r, "v", 0) == 1 && json_get_int(r, "scts", -1) == 0, "CA");
    r = record_of(leaf);
    CHECK(!json_get_bool(r, "ca", true) && !json_get_bool(r, "self_signed", true), "leaf");
    X509_free(leaf);
}

#define SCT_SIZE (1 + 32 + 8 + 2 + 2 + 2 + 1) /* RFC 6962 §3.2, with a signature of one byte */

/* Embedded SCTs, of which only the number is of interest: two, of zeros as far as may be. */
static void test_scts(void)
{
    unsigned char list[2 + 2 * (2 + SCT_SIZE)] = { 0, 2 * (2 + SCT_SIZE) };
    unsigned char wrapped[2 + sizeof(list)] = { 4, sizeof(list) };
    X509 *x = leaf_of((struct mint){ .key = ca_key });
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;
    int64_t scts;

    for (int i = 0; i < 2; i++) {
        unsigned char *sct = list + 2 + (size_t)i * (2 + SCT_SIZE);

        sct[1] = SCT_SIZE;
        sct[2 + 43] = 4; /* SHA-256 */
        sct[2 + 44] = 3; /* ECDSA */
        sct[2 + 46] = 1;
    }
    memcpy(wrapped + 2, list, sizeof(list));
    ASN1_OCTET_STRING_set(value, wrapped, sizeof(wrapped));
    extension = X509_EXTENSION_create_by_NID(NULL, NID_ct_precert_scts, 0, value);
    X509_add_ext(x, extension, -1);
    mint_need(X509_sign(x, ca_key, EVP_sha256()) > 0, "signature");
    scts = json_get_int(record_of(x), "scts", -1);
    CHECK(scts == 2, "%d", (int)scts);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    X509_free(x);
}

/* Any byte of a certificate may be wrong; what OpenSSL still takes for one must give a record. */
static void test_broken(void)
{
    X509 *x = leaf_of((struct mint){ .key = ca_key, .alternative = "DNS:mx.example.com" });
    uint8_t *der = NULL, digest[CERTIFICATE_SHA256_SIZE] = { 0 };
    int len = i2d_X509(x, &der), taken = 0;

    for (int i = 0; i < len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            const uint8_t *at = der;
            X509 *broken;

            der[i] ^= (uint8_t)(1 << bit);
            broken = d2i_X509(NULL, &at, len);
            if (broken != NULL) {
                struct certificate *c = certificate_new(broken, der, (size_t)len, digest);

                taken++;
                CHECK(json_parse(&arena, c->record, c->record_len) != NULL, "byte %d", i);
                certificate_drop(c);
                X509_free(broken);
                arena_reset(&arena);
            }
            der[i] ^= (uint8_t)(1 << bit);
        }
    }
    CHECK(taken > len, "%d of %d bits", taken, len * 8);
    OPENSSL_free(der);
    X509_free(x);
    ERR_clear_error();
}

int main(void)
{
    arena_init(&arena, 65536);
    ca_key = mint_key("EC", "P-256", 0);
    ca = mint_ca("Test CA", ca_key, NULL, NULL);
    test_keys();
    test_names();
    test_hostile();
    test_kinds();
    test_scts();
    test_broken();
    X509_free(ca);
    EVP_PKEY_free(ca_key);
    arena_free(&arena);
    return check_report();
}
