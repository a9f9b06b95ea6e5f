#include "workers/chain.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scanner/base/memory.h"
#include "workers/job.h"
#include "workers/slim_library.h"

/* Both caches are direct-mapped: a newcomer takes the place of whoever has its slot, so that their
 * memory is bounded (0.5 MB, and 4 MB as certificates are, 16 at worst) and a lookup is one
 * compare. */
#define VERDICT_SLOTS 8192
#define CERTIFICATE_SLOTS 1024
#define CERTIFICATE_CACHED_MAX 16384 /* bytes of a record; larger ones are made anew each time */
#define AUTH_LEVEL 2                 /* what OpenSSL demands of keys by default in Debian */

static const char *const error_names[] = {
#define X(id, name, text) name,
    CHAIN_ERRORS(X)
#undef X
};

/* A verdict holds as long as no date in the chain is passed. */
struct known_verdict {
    uint8_t key[CERTIFICATE_SHA256_SIZE]; /* of the digests of all certificates sent */
    struct chain_verdict verdict;
    time_t from, until; /* from <= now < until */
};
struct chain_judge {
    struct slim_library library;
    X509_STORE *store;
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    struct buf der; /* of the certificate in hand */
    struct certificate *certificates[CERTIFICATE_SLOTS];
    struct known_verdict verdicts[VERDICT_SLOTS];
};

/* ---- the judge ---- */

static bool store_open(struct chain_judge *j, const char *trust_store)
{
    j->store = X509_STORE_new();
    return j->store != NULL &&
           X509_STORE_load_file_ex(j->store, trust_store, j->library.context, NULL) == 1;
}

struct chain_judge *chain_judge_new(const char *trust_store, const char **error)
{
    struct chain_judge *j = memory_alloc(sizeof(*j));

    buf_init(&j->der, BUF_NO_CEILING);
    if (slim_library_open(&j->library))
        j->sha256 = EVP_MD_fetch(j->library.context, "SHA256", NULL);
    j->digest = EVP_MD_CTX_new();
    if (j->sha256 == NULL || j->digest == NULL)
        *error = "OpenSSL cannot be set up";
    else if (!store_open(j, trust_store))
        *error = "the trust store holds no CA certificate that can be read (--trust-store)";
    else
        return j;
    ERR_clear_error();
    chain_judge_free(j);
    return NULL;
}

void chain_judge_free(struct chain_judge *j)
{
    for (size_t i = 0; i < CERTIFICATE_SLOTS; i++)
        certificate_drop(j->certificates[i]);
    buf_free(&j->der);
    X509_STORE_free(j->store);
    EVP_MD_CTX_free(j->digest);
    EVP_MD_free(j->sha256);
    slim_library_close(&j->library);
    free(j);
}

OSSL_LIB_CTX *chain_judge_library(const struct chain_judge *j)
{
    return j->library.context;
}

/* Keys of both caches are digests: any bytes of one are as good as a hash. */
static size_t slot_of(const uint8_t digest[CERTIFICATE_SHA256_SIZE], size_t slots)
{
    uint64_t n;

    memcpy(&n, digest, sizeof(n));
    return n % slots;
}

static void sha256_of(struct chain_judge *j, const void *data, size_t len,
                      uint8_t out[CERTIFICATE_SHA256_SIZE])
{
    if (EVP_DigestInit_ex2(j->digest, j->sha256, NULL) != 1 ||
        EVP_DigestUpdate(j->digest, data, len) != 1 ||
        EVP_DigestFinal_ex(j->digest, out, NULL) != 1)
        abort(); /* out of memory is the only reason */
}

/* ---- certificates ---- */

static void encode(struct chain_judge *j, X509 *x509)
{
    int len = i2d_X509(x509, NULL);
    uint8_t *at;

    assert(len > 0); /* it came from DER */
    buf_reset(&j->der);
    at = (uint8_t *)buf_reserve(&j->der, (size_t)len);
    j->der.len = (size_t)i2d_X509(x509, &at);
}

/* A reference that the caller drops. */
static struct certificate *certificate_of(struct chain_judge *j, X509 *x509)
{
    uint8_t sha256[CERTIFICATE_SHA256_SIZE];
    struct certificate *c, **slot;

    encode(j, x509);
    sha256_of(j, j->der.data, j->der.len, sha256);
    slot = &j->certificates[slot_of(sha256, CERTIFICATE_SLOTS)];
    if (*slot != NULL && memcmp((*slot)->sha256, sha256, sizeof(sha256)) == 0)
        return certificate_hold(*slot);
    c = certificate_new(x509, (const uint8_t *)j->der.data, j->der.len, sha256);
    if (c->record_len <= CERTIFICATE_CACHED_MAX) {
        certificate_drop(*slot);
        *slot = certificate_hold(c);
    }
    return c;
}

/* ---- verdicts ---- */

static enum chain_error error_of(int code)
{
    static const struct {
        int code;
        enum chain_error error;
    } errors[] = {
        { X509_V_ERR_CERT_HAS_EXPIRED, CHAIN_EXPIRED },
        { X509_V_ERR_CERT_NOT_YET_VALID, CHAIN_NOT_YET_VALID },
        { X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, CHAIN_SELF_SIGNED },
        { X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, CHAIN_UNTRUSTED_ROOT },
        { X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, CHAIN_INCOMPLETE_CHAIN },
        { X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, CHAIN_INCOMPLETE_CHAIN },
        { X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, CHAIN_INCOMPLETE_CHAIN },
        { X509_V_ERR_CERT_SIGNATURE_FAILURE, CHAIN_BAD_SIGNATURE },
        { X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, CHAIN_BAD_SIGNATURE },
        { X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, CHAIN_BAD_SIGNATURE },
        { X509_V_ERR_INVALID_CA, CHAIN_NOT_A_CA },
        { X509_V_ERR_INVALID_NON_CA, CHAIN_NOT_A_CA },
        { X509_V_ERR_PATH_LENGTH_EXCEEDED, CHAIN_NOT_A_CA },
        { X509_V_ERR_KEYUSAGE_NO_CERTSIGN, CHAIN_NOT_A_CA },
        { X509_V_ERR_INVALID_PURPOSE, CHAIN_WRONG_PURPOSE },
        { X509_V_ERR_CERT_REJECTED, CHAIN_WRONG_PURPOSE },
        { X509_V_ERR_EE_KEY_TOO_SMALL, CHAIN_WEAK_KEY },
        { X509_V_ERR_CA_KEY_TOO_SMALL, CHAIN_WEAK_KEY },
        { X509_V_ERR_CA_MD_TOO_WEAK, CHAIN_WEAK_KEY },
        { X509_V_ERR_CERT_REVOKED, CHAIN_REVOKED },
    };

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (errors[i].code == code)
            return errors[i].error;
    return CHAIN_OTHER;
}

/* An issuer that is no CA is told twice: as that, and as one whose purpose is not to be a CA. */
static bool is_echo(X509_STORE_CTX *context)
{
    return X509_STORE_CTX_get_error(context) == X509_V_ERR_INVALID_PURPOSE &&
           X509_STORE_CTX_get_error_depth(context) > 0 &&
           X509_check_ca(X509_STORE_CTX_get_current_cert(context)) == 0;
}

/* Note the error and go on: all of them are wanted. */
static int on_error(int ok, X509_STORE_CTX *context)
{
    struct chain_verdict *v = X509_STORE_CTX_get_app_data(context);

    if (!ok && !is_echo(context))
        v->errors |= 1U << error_of(X509_STORE_CTX_get_error(context));
    return 1;
}

static void bound_by(struct known_verdict *k, const ASN1_TIME *date, time_t now)
{
    struct tm tm;
    time_t at;

    if (ASN1_TIME_to_tm(date, &tm) != 1)
        return;
    at = timegm(&tm);
    if (at > now && at < k->until)
        k->until = at;
    else if (at <= now && at > k->from)
        k->from = at;
}

static void bound_by_all(struct known_verdict *k, STACK_OF(X509) * certificates, time_t now)
{
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        bound_by(k, X509_get0_notBefore(sk_X509_value(certificates, i)), now);
        bound_by(k, X509_get0_notAfter(sk_X509_value(certificates, i)), now);
    }
}

static void verify(struct chain_judge *j, STACK_OF(X509) * sent, struct known_verdict *k,
                   time_t now)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new_ex(j->library.context, NULL);
    struct chain_verdict *v = &k->verdict;

    *v = (struct chain_verdict){ 0 };
    if (context == NULL ||
        X509_STORE_CTX_init(context, j->store, sk_X509_value(sent, 0), sent) != 1)
        abort(); /* out of memory is the only reason */
    X509_STORE_CTX_set_default(context, "ssl_server");
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context), AUTH_LEVEL);
    X509_STORE_CTX_set_time(context, 0, now);
    X509_STORE_CTX_set_app_data(context, v);
    X509_STORE_CTX_set_verify_cb(context, on_error);
    if (X509_verify_cert(context) != 1 && v->errors == 0)
        v->errors = 1U << CHAIN_OTHER;
    v->verdict = v->errors == 0 ? VERDICT_VALID : VERDICT_INVALID;
    bound_by_all(k, sent, now);
    bound_by_all(k, X509_STORE_CTX_get0_chain(context), now);
    X509_STORE_CTX_free(context);
}

static struct chain_verdict verdict_of(struct chain_judge *j, STACK_OF(X509) * sent,
                                       const uint8_t key[CERTIFICATE_SHA256_SIZE])
{
    struct known_verdict *k = &j->verdicts[slot_of(key, VERDICT_SLOTS)];
    time_t now = time(NULL);

    if (memcmp(k->key, key, sizeof(k->key)) == 0 && k->from <= now && now < k->until)
        return k->verdict;
    memcpy(k->key, key, sizeof(k->key));
    k->from = 0;
    k->until = INT64_MAX;
    verify(j, sent, k, now);
    return k->verdict;
}

bool chain_name_match(X509 *leaf, const char *host)
{
    /* OpenSSL takes a name that begins with a dot for "any subdomain", and an empty one for a
     * match. */
    if (host[0] == '\0' || host[0] == '.')
        return false;
    return X509_check_host(leaf, host, strlen(host),
                           X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                           NULL) == 1;
}

void chain_read(struct chain *c, struct chain_judge *j, STACK_OF(X509) * sent, const char *host)
{
    int count = sk_X509_num(sent); /* -1 for NULL */
    struct buf digests;
    uint8_t key[CERTIFICATE_SHA256_SIZE];

    *c = (struct chain){ .pkix = { .verdict = VERDICT_UNKNOWN } };
    if (count <= 0)
        return;
    buf_init(&digests, BUF_NO_CEILING);
    for (int i = 0; i < count; i++) {
        struct certificate *certificate = certificate_of(j, sk_X509_value(sent, i));

        buf_append(&digests, certificate->sha256, sizeof(certificate->sha256));
        if (c->count < CHAIN_MAX)
            c->certificates[c->count++] = certificate;
        else
            certificate_drop(certificate);
    }
    sha256_of(j, digests.data, digests.len, key);
    buf_free(&digests);
    c->pkix = verdict_of(j, sent, key);
    c->name_match = chain_name_match(sk_X509_value(sent, 0), host);
}

void chain_drop(struct chain *c)
{
    while (c->count > 0)
        certificate_drop(c->certificates[--c->count]);
}

/* ---- what becomes of it ---- */

static void write_digest(struct json_writer *w, const uint8_t digest[CERTIFICATE_SHA256_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * CERTIFICATE_SHA256_SIZE];

    for (size_t i = 0; i < CERTIFICATE_SHA256_SIZE; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    json_write_bytes(w, NULL, text, sizeof(text));
}

static void write_pkix(struct json_writer *w, const struct chain_verdict *v)
{
    json_open_object(w, "pkix");
    json_write_string(w, "verdict", verdict_name(v->verdict));
    if (v->errors != 0) {
        json_open_array(w, "errors");
        for (unsigned e = 0; e < CHAIN_ERROR_COUNT; e++)
            if (v->errors & (1U << e))
                json_write_string(w, NULL, error_names[e]);
        json_close_array(w);
    }
    json_close_object(w);
}

void chain_write(const struct chain *c, struct json_writer *w)
{
    if (c->count == 0)
        return;
    json_open_array(w, "chain");
    for (size_t i = 0; i < c->count; i++)
        write_digest(w, c->certificates[i]->sha256);
    json_close_array(w);
    write_pkix(w, &c->pkix);
    json_write_bool(w, "name_match", c->name_match);
}

void chain_hand_over(const struct chain *c, struct job *job)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct certificate *certificate = c->certificates[i];

        job_certificate(job, certificate->sha256, certificate->record, certificate->record_len);
    }
}
