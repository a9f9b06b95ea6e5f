/* Chains of every kind of wrong, minted here, and what the judge says of each. */
#include "tests/unit/check.h"
#include "tests/unit/workers/mint.h"
#include "workers/chain.h"
#include "workers/job.h"

#define HOST "mx.example.com"
#define SAN "DNS:mx.example.com"
#define BIT(id) (1U << CHAIN_##id)

/* In place of the worker's: chains hand certificates over to nobody else here. */
static unsigned handed_over;
void job_certificate(struct job *j, const uint8_t sha256[32], const char *record, size_t len)
{
    (void)j;
    (void)sha256;
    handed_over += len > 0 && record[0] == '{' && record[len - 1] == '}';
}

static struct chain_judge *judge;
static EVP_PKEY *root_key, *middle_key, *leaf_key, *weak_key, *p384_key;
static X509 *root, *middle;

static X509 *leaf_of(struct mint m)
{
    m.name = m.name != NULL ? m.name : HOST;
    m.key = m.key != NULL ? m.key : leaf_key;
    if (m.issuer == NULL && m.issuer_key == NULL) {
        m.issuer = middle;
        m.issuer_key = middle_key;
    }
    m.alternative = m.alternative != NULL ? m.alternative : SAN;
    return mint(&m);
}

static STACK_OF(X509) * stack_of(X509 *a, X509 *b, X509 *c)
{
    STACK_OF(X509) *s = sk_X509_new_null();

    sk_X509_push(s, a);
    if (b != NULL)
        sk_X509_push(s, b);
    if (c != NULL)
        sk_X509_push(s, c);
    return s;
}

static void expect(const char *what, X509 *a, X509 *b, X509 *c, unsigned errors)
{
    STACK_OF(X509) *sent = stack_of(a, b, c);
    struct chain chain;

    chain_read(&chain, judge, sent, HOST);
    CHECK(chain.pkix.errors == errors, "%s: %#x, not %#x", what, chain.pkix.errors, errors);
    CHECK(chain.pkix.verdict == (errors == 0 ? VERDICT_VALID : VERDICT_INVALID), "%s", what);
    CHECK(chain.count == (size_t)sk_X509_num(sent), "%s", what);
    chain_drop(&chain);
    sk_X509_free(sent);
}

static void expect_leaf(const char *what, struct mint m, unsigned errors)
{
    X509 *leaf = leaf_of(m);

    expect(what, leaf, middle, NULL, errors);
    X509_free(leaf);
}

static void test_leaves(void)
{
    expect_leaf("good", (struct mint){ 0 }, 0);
    expect_leaf("good for TLS", (struct mint){ .extended_usage = "serverAuth" }, 0);
    expect_leaf("expired", (struct mint){ .from_s = -7200, .until_s = -60 }, BIT(EXPIRED));
    expect_leaf("future", (struct mint){ .from_s = 3600, .until_s = 7200 }, BIT(NOT_YET_VALID));
    expect_leaf("mail only", (struct mint){ .extended_usage = "emailProtection" },
                BIT(WRONG_PURPOSE));
    expect_leaf("1024 bits", (struct mint){ .key = weak_key }, BIT(WEAK_KEY));
    expect_leaf("SHA-1", (struct mint){ .digest = "SHA1" }, BIT(WEAK_KEY));
    expect_leaf("forged", (struct mint){ .bad_signature = true }, BIT(BAD_SIGNATURE));
    expect_leaf("two errors", (struct mint){ .from_s = -7200, .until_s = -60, .key = weak_key },
                BIT(EXPIRED) | BIT(WEAK_KEY));
}

static void test_chains(void)
{
    X509 *leaf = leaf_of((struct mint){ 0 });
    X509 *self = leaf_of((struct mint){ .issuer_key = leaf_key });
    X509 *old = leaf_of((struct mint){ .issuer_key = leaf_key, .from_s = -9000, .until_s = -60 });
    X509 *other = mint_ca("Other Root", p384_key, NULL, NULL);
    X509 *under_other = leaf_of((struct mint){ .issuer = other, .issuer_key = p384_key });
    X509 *no_ca = leaf_of((struct mint){ .name = "No CA", .constraints = "CA:FALSE" });
    X509 *under_no_ca = leaf_of((struct mint){ .issuer = no_ca, .issuer_key = leaf_key });

    expect("with root", leaf, middle, root, 0);
    expect("in any order", leaf, root, middle, 0);
    expect("with a stranger", leaf, middle, other, 0);
    expect("no intermediate", leaf, NULL, NULL, BIT(INCOMPLETE_CHAIN));
    expect("self-signed", self, NULL, NULL, BIT(SELF_SIGNED));
    expect("self-signed, expired", old, NULL, NULL, BIT(SELF_SIGNED) | BIT(EXPIRED));
    expect("root unknown", under_other, other, NULL, BIT(UNTRUSTED_ROOT));
    expect("root unknown, not sent", under_other, NULL, NULL, BIT(INCOMPLETE_CHAIN));
    expect("issued by a leaf", under_no_ca, no_ca, middle, BIT(NOT_A_CA));
    X509_free(leaf);
    X509_free(self);
    X509_free(old);
    X509_free(other);
    X509_free(under_other);
    X509_free(no_ca);
    X509_free(under_no_ca);
}

static void test_nothing(void)
{
    STACK_OF(X509) *empty = sk_X509_new_null();
    struct chain chain;
    struct json_writer w;
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    json_writer_init(&w, &text);
    chain_read(&chain, judge, NULL, HOST);
    CHECK(chain.count == 0 && chain.pkix.verdict == VERDICT_UNKNOWN && !chain.name_match, "NULL");
    chain_write(&chain, &w);
    chain_read(&chain, judge, empty, HOST);
    CHECK(chain.count == 0 && chain.pkix.verdict == VERDICT_UNKNOWN, "empty");
    chain_write(&chain, &w);
    CHECK(text.len == 0, "%.*s", (int)text.len, text.data);
    sk_X509_free(empty);
    buf_free(&text);
}

static void test_names(void)
{
    static const struct {
        const char *alternative, *host;
        bool match;
    } rows[] = {
        { "DNS:mx.example.com", "mx.example.com", true },
        { "DNS:MX.Example.COM", "mx.example.com", true },
        { "DNS:other.example,DNS:mx.example.com", "mx.example.com", true },
        { "DNS:*.example.com", "mx.example.com", true },
        { "DNS:*.example.com", "a.mx.example.com", false },
        { "DNS:*.example.com", "example.com", false },
        { "DNS:m*.example.com", "mx.example.com",
          false }, /* RFC 6125 §6.4.3: only the whole label */
        { "DNS:mx.*.com", "mx.example.com", false },
        { "DNS:mx.example.com", "mx.example.co", false },
        { "DNS:mx.example.com", "amx.example.com", false },
        { "email:mx@example.com", "mx.example.com", false }, /* the subject is never looked at */
        { "IP:192.0.2.1", "mx.example.com", false },
        { "DNS:mx.example.com", ".example.com", false }, /* not "any name below" */
        { "DNS:mx.example.com", "", false },             /* verifies nothing: matches nothing */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        X509 *leaf = leaf_of((struct mint){ .alternative = rows[i].alternative });

        CHECK(chain_name_match(leaf, rows[i].host) == rows[i].match, "%s for %s",
              rows[i].alternative, rows[i].host);
        X509_free(leaf);
    }
}

static void test_written(void)
{
    X509 *leaf = leaf_of((struct mint){ .from_s = -7200, .until_s = -60, .key = weak_key });
    STACK_OF(X509) *sent = stack_of(leaf, middle, NULL);
    struct chain chain;
    struct json_writer w;
    struct buf text;
    char expected[512] = "{\"chain\":[\"";
    unsigned char digest[32];

    buf_init(&text, BUF_NO_CEILING);
    json_writer_init(&w, &text);
    chain_read(&chain, judge, sent, "other.example");
    json_open_object(&w, NULL);
    chain_write(&chain, &w);
    json_close_object(&w);
    buf_byte(&text, '\0');
    for (int i = 0; i < 2; i++) {
        X509_digest(sk_X509_value(sent, i), EVP_sha256(), digest, NULL);
        for (int b = 0; b < 32; b++)
            sprintf(expected + strlen(expected), "%02x", digest[b]);
        strcat(expected, i == 0 ? "\",\"" : "\"],");
    }
    strcat(expected, "\"pkix\":{\"verdict\":\"invalid\",\"errors\":[\"expired\",\"weak-key\"]},"
                     "\"name_match\":false}");
    CHECK(strcmp(text.data, expected) == 0, "%s", text.data);
    chain_hand_over(&chain, NULL);
    CHECK(handed_over == 2, "%u", handed_over);
    chain_drop(&chain);
    buf_free(&text);
    sk_X509_free(sent);
    X509_free(leaf);
}

/* What is kept must answer as what is computed, and a certificate's end must end a kept verdict. */
static void test_caches(void)
{
    X509 *brief = leaf_of((struct mint){ .from_s = -60, .until_s = 1 });
    STACK_OF(X509) *sent = stack_of(brief, middle, NULL);
    struct chain first, again, late;

    chain_read(&first, judge, sent, HOST);
    chain_read(&again, judge, sent, HOST);
    CHECK(first.pkix.verdict == VERDICT_VALID && again.pkix.verdict == VERDICT_VALID, "valid yet");
    CHECK(first.certificates[0] == again.certificates[0], "made twice");
    usleep(2100 * 1000);
    chain_read(&late, judge, sent, HOST);
    CHECK(late.pkix.errors == BIT(EXPIRED), "%#x", late.pkix.errors);
    chain_drop(&first);
    chain_drop(&again);
    chain_drop(&late);
    sk_X509_free(sent);
    X509_free(brief);
}

static void test_long(void)
{
    X509 *leaf = leaf_of((struct mint){ 0 });
    STACK_OF(X509) *sent = stack_of(leaf, NULL, NULL);
    struct chain chain;

    for (int i = 0; i < 40; i++)
        sk_X509_push(sent, root);
    sk_X509_push(sent, middle);
    chain_read(&chain, judge, sent, HOST);
    CHECK(chain.count == CHAIN_MAX, "%zu", chain.count);
    CHECK(chain.pkix.verdict == VERDICT_VALID, "all of it is judged: %#x", chain.pkix.errors);
    chain_drop(&chain);
    sk_X509_free(sent);
    X509_free(leaf);
}

static void test_stores(void)
{
    const char *error = NULL;

    CHECK(chain_judge_new("/nonexistent", &error) == NULL && error != NULL, "no file");
    error = NULL;
    CHECK(chain_judge_new("/dev/null", &error) == NULL && error != NULL, "an empty file");
    error = NULL;
    CHECK(chain_judge_new("/proc/self/exe", &error) == NULL && error != NULL, "no PEM");
}

int main(void)
{
    char path[] = "/tmp/mxcensus-test-XXXXXX";
    const char *error;

    root_key = mint_key("EC", "P-256", 0);
    middle_key = mint_key("RSA", NULL, 2048);
    leaf_key = mint_key("EC", "P-256", 0);
    weak_key = mint_key("RSA", NULL, 1024);
    p384_key = mint_key("EC", "P-384", 0);
    root = mint_ca("Test Root", root_key, NULL, NULL);
    middle = mint_ca("Test Intermediate", middle_key, root, root_key);
    mint_file(path, root);
    judge = chain_judge_new(path, &error);
    unlink(path);
    if (judge == NULL) {
        printf("%s\n", error);
        return 1;
    }
    test_leaves();
    test_chains();
    test_nothing();
    test_names();
    test_written();
    test_caches();
    test_long();
    test_stores();
    chain_judge_free(judge);
    X509_free(root);
    X509_free(middle);
    EVP_PKEY_free(root_key);
    EVP_PKEY_free(middle_key);
    EVP_PKEY_free(leaf_key);
    EVP_PKEY_free(weak_key);
    EVP_PKEY_free(p384_key);
    return check_report();
}
