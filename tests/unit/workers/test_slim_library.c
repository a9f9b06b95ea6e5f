/* What the slim library hides is nothing that a census sees: the ClientHello is that of OpenSSL
 * with all it has, and every kind of public key and of signature is read out of a certificate. */
#include "workers/slim_library.h"

#include "tests/unit/check.h"
#include "tests/unit/workers/mint.h"
#include "workers/tls_client.h"

#define HELLO_MAX 2048
#define RANDOM_AT 11 /* behind the headers of record (5) and message (4), and the version (2) */
#define RANDOM_LEN 32
#define SHARE_LEN 32                                         /* of x25519 */
#define KEY_SHARE "\x00\x33\x00\x26\x00\x24\x00\x1d\x00\x20" /* RFC 8446 §4.2.8: x25519 alone */

/* One whose random parts are zero; its length. */
static size_t client_hello(OSSL_LIB_CTX *library, uint8_t hello[HELLO_MAX])
{
    const char *error = NULL;
    SSL_CTX *context = tls_client_context(library, &error);
    SSL *ssl = tls_client_new(context, -1, "mx.example.com");
    BIO *sent = BIO_new(BIO_s_mem());
    uint8_t *share;
    int len;

    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), sent);
    SSL_do_handshake(ssl);
    len = BIO_read(sent, hello, HELLO_MAX);
    mint_need(len > RANDOM_AT + 2 * RANDOM_LEN + 1, "ClientHello");
    memset(hello + RANDOM_AT, 0, RANDOM_LEN);
    memset(hello + RANDOM_AT + RANDOM_LEN + 1, 0, RANDOM_LEN); /* legacy_session_id */
    share = memmem(hello, (size_t)len, KEY_SHARE, sizeof(KEY_SHARE) - 1);
    mint_need(share != NULL, "key_share");
    memset(share + sizeof(KEY_SHARE) - 1, 0, SHARE_LEN);
    SSL_free(ssl);
    SSL_CTX_free(context);
    return (size_t)len;
}

static void test_client_hello(OSSL_LIB_CTX *slim)
{
    uint8_t whole[HELLO_MAX], few[HELLO_MAX];
    size_t len = client_hello(NULL, whole);

    CHECK(client_hello(slim, few) == len, "%zu bytes", len);
    CHECK(memcmp(whole, few, len) == 0, "of %zu bytes", len);
}

static EVP_PKEY *generate(const char *type, EVP_PKEY *parameters)
{
    EVP_PKEY_CTX *generator = parameters != NULL
                                  ? EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL)
                                  : EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    mint_need(EVP_PKEY_keygen_init(generator) == 1 && EVP_PKEY_generate(generator, &key) == 1,
              type);
    EVP_PKEY_CTX_free(generator);
    return key;
}

static EVP_PKEY *dsa_key(void)
{
    EVP_PKEY_CTX *generator = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    EVP_PKEY *parameters = NULL, *key;

    mint_need(EVP_PKEY_paramgen_init(generator) == 1 &&
                  EVP_PKEY_CTX_set_dsa_paramgen_bits(generator, 1024) == 1 &&
                  EVP_PKEY_paramgen(generator, &parameters) == 1,
              "DSA");
    EVP_PKEY_CTX_free(generator);
    key = generate("DSA", parameters);
    EVP_PKEY_free(parameters);
    return key;
}

static void check_read(OSSL_LIB_CTX *slim, const char *what, EVP_PKEY *key, const char *digest)
{
    X509 *made = mint(&(struct mint){ .name = "mx.example.com", .key = key, .digest = digest });
    X509 *read = X509_new_ex(slim, NULL);
    unsigned char *der = NULL;
    int len = i2d_X509(made, &der);
    const unsigned char *at = der;
    EVP_PKEY *got;

    mint_need(len > 0 && d2i_X509(&read, &at, len) != NULL, what);
    got = X509_get0_pubkey(read);
    CHECK(got != NULL && EVP_PKEY_eq(got, key) == 1, "%s", what);
    CHECK(X509_verify(read, got) == 1, "%s", what);
    OPENSSL_free(der);
    X509_free(read);
    X509_free(made);
    EVP_PKEY_free(key);
}

static void test_keys(OSSL_LIB_CTX *slim)
{
    check_read(slim, "RSA", mint_key("RSA", NULL, 2048), NULL);
    check_read(slim, "RSA-PSS", generate("RSA-PSS", NULL), NULL);
    check_read(slim, "DSA", dsa_key(), NULL);
    check_read(slim, "P-256", mint_key("EC", "P-256", 0), NULL);
    check_read(slim, "P-384", mint_key("EC", "P-384", 0), NULL);
    check_read(slim, "P-521", mint_key("EC", "P-521", 0), NULL);
    check_read(slim, "brainpool", mint_key("EC", "brainpoolP256r1", 0), NULL);
    check_read(slim, "Ed25519", mint_key("ED25519", NULL, 0), "");
    check_read(slim, "Ed448", mint_key("ED448", NULL, 0), "");
}

/* Whatever a certificate of RSA can be signed by. */
static void test_digests(OSSL_LIB_CTX *slim)
{
    static const char *const digests[] = { "MD5",      "SHA1",     "SHA224",   "SHA256",
                                           "SHA384",   "SHA512",   "SHA3-224", "SHA3-256",
                                           "SHA3-384", "SHA3-512", "RIPEMD160" };

    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
        check_read(slim, digests[i], mint_key("RSA", NULL, 2048), digests[i]);
}

int main(void)
{
    struct slim_library library;

    CHECK(slim_library_open(&library), "it opens");
    test_client_hello(library.context);
    test_keys(library.context);
    test_digests(library.context);
    slim_library_close(&library);
    return check_report();
}
