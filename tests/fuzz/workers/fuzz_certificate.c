/* Any bytes as the certificates of a chain, one behind the other. What holds whatever they are: a
 * verdict follows from the errors alone; what is written is JSON, with every certificate's own
 * digest; and read a second time, out of the caches, it is the same. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/json_read.h"
#include "tests/fuzz/parse/fuzz.h"
#include "workers/chain.h"

#define HOST "mx.example.com"
#define SENT_MAX 40

static struct chain_judge *judge_of_all(void)
{
    static struct chain_judge *judge;
    const char *error;

    if (judge == NULL)
        judge = chain_judge_new("tests/fuzz/trust.pem", &error);
    HOLDS(judge != NULL);
    return judge;
}

/* As libssl takes a chain: up to the first that is none. */
static STACK_OF(X509) * chain_of(struct chain_judge *judge, const uint8_t *data, size_t len)
{
    STACK_OF(X509) *sent = sk_X509_new_null();
    const uint8_t *at = data;

    while (at < data + len && sk_X509_num(sent) < SENT_MAX) {
        X509 *x509 = X509_new_ex(chain_judge_library(judge), NULL);

        if (d2i_X509(&x509, &at, data + len - at) == NULL) {
            X509_free(x509);
            break;
        }
        sk_X509_push(sent, x509);
    }
    return sent;
}

static void check_certificate(const struct certificate *c, X509 *x509)
{
    uint8_t digest[CERTIFICATE_SHA256_SIZE];
    struct arena arena;

    HOLDS(X509_digest(x509, EVP_sha256(), digest, NULL) == 1);
    HOLDS(memcmp(digest, c->sha256, sizeof(digest)) == 0);
    arena_init(&arena, 4096);
    HOLDS(json_parse(&arena, c->record, c->record_len) != NULL);
    arena_free(&arena);
}

static void check_written(const struct chain *c)
{
    struct arena arena;
    struct json_writer w;
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    arena_init(&arena, 4096);
    json_writer_init(&w, &text);
    json_open_object(&w, NULL);
    chain_write(c, &w);
    json_close_object(&w);
    HOLDS(json_parse(&arena, text.data, text.len) != NULL);
    arena_free(&arena);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct chain_judge *judge = judge_of_all();
    STACK_OF(X509) *sent = chain_of(judge, data, len);
    size_t count = (size_t)sk_X509_num(sent);
    struct chain c, again;

    chain_read(&c, judge, sent, HOST);
    HOLDS(c.count == (count < CHAIN_MAX ? count : CHAIN_MAX));
    HOLDS((c.pkix.verdict == VERDICT_UNKNOWN) == (count == 0));
    HOLDS(count == 0 || (c.pkix.verdict == VERDICT_VALID) == (c.pkix.errors == 0));
    for (size_t i = 0; i < c.count; i++)
        check_certificate(c.certificates[i], sk_X509_value(sent, (int)i));
    check_written(&c);
    chain_read(&again, judge, sent, HOST);
    HOLDS(again.count == c.count && again.name_match == c.name_match);
    HOLDS(again.pkix.verdict == c.pkix.verdict && again.pkix.errors == c.pkix.errors);
    chain_drop(&c);
    chain_drop(&again);
    sk_X509_pop_free(sent, X509_free);
    return 0;
}
