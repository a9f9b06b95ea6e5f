/* What is told of a handshake, for each version and each kind of key: names as the standards write
 * them, and an OCSP response that came along. */
#include "workers/tls_client.h"

#include <openssl/rsa.h>
#include <sys/socket.h>

#include "tests/unit/check.h"
#include "tests/unit/workers/mint.h"

static const struct row {
    const char *what, *key, *curve;
    unsigned bits;
    int version;
    const char *ciphers; /* of the server; NULL: any */
    const char *version_name, *signature, *group;
    size_t staple;
} rows[] = {
    { "1.3, RSA", "RSA", NULL, 2048, TLS1_3_VERSION, NULL, "TLSv1.3", "rsa_pss_rsae_sha256",
      "x25519", 0 },
    { "1.3, RSA for PSS alone", "RSA-PSS", NULL, 2048, TLS1_3_VERSION, NULL, "TLSv1.3",
      "rsa_pss_pss_sha256", "x25519", 0 },
    { "1.3, P-256", "EC", "P-256", 0, TLS1_3_VERSION, NULL, "TLSv1.3", "ecdsa_secp256r1_sha256",
      "x25519", 0 },
    { "1.3, P-384", "EC", "P-384", 0, TLS1_3_VERSION, NULL, "TLSv1.3", "ecdsa_secp384r1_sha384",
      "x25519", 0 },
    { "1.3, P-521", "EC", "P-521", 0, TLS1_3_VERSION, NULL, "TLSv1.3", "ecdsa_secp521r1_sha512",
      "x25519", 0 },
    { "1.3, Ed25519", "ED25519", NULL, 0, TLS1_3_VERSION, NULL, "TLSv1.3", "ed25519", "x25519", 0 },
    { "1.3, Ed448", "ED448", NULL, 0, TLS1_3_VERSION, NULL, "TLSv1.3", "ed448", "x25519", 0 },
    { "1.2, RSA", "RSA", NULL, 2048, TLS1_2_VERSION, NULL, "TLSv1.2", "rsa_pss_rsae_sha256",
      "x25519", 0 },
    { "1.2, P-384: any curve goes with any hash", "EC", "P-384", 0, TLS1_2_VERSION, NULL, "TLSv1.2",
      "ecdsa_secp256r1_sha256", "x25519", 0 },
    { "1.2, key exchange by RSA: nothing is signed", "RSA", NULL, 2048, TLS1_2_VERSION,
      "AES128-SHA:@SECLEVEL=0", "TLSv1.2", NULL, NULL, 0 },
    { "1.1, RSA", "RSA", NULL, 2048, TLS1_1_VERSION, NULL, "TLSv1.1", "rsa_pkcs1_md5_sha1",
      "x25519", 0 },
    { "1.0, P-256", "EC", "P-256", 0, TLS1_VERSION, NULL, "TLSv1", "ecdsa_sha1", "x25519", 0 },
    { "1.3, staple", "EC", "P-256", 0, TLS1_3_VERSION, NULL, "TLSv1.3", "ecdsa_secp256r1_sha256",
      "x25519", 471 },
    { "1.2, staple", "EC", "P-256", 0, TLS1_2_VERSION, NULL, "TLSv1.2", "ecdsa_secp256r1_sha256",
      "x25519", 1500 },
};

static int on_status_request(SSL *ssl, void *argument)
{
    const struct row *row = argument;

    if (row->staple == 0)
        return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_zalloc(row->staple), (long)row->staple);
    return SSL_TLSEXT_ERR_OK;
}

/* EVP_PKEY_Q_keygen() knows no such key. */
static EVP_PKEY *pss_key(unsigned bits)
{
    EVP_PKEY_CTX *generator = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY *key = NULL;

    mint_need(EVP_PKEY_keygen_init(generator) == 1 &&
                  EVP_PKEY_CTX_set_rsa_keygen_bits(generator, (int)bits) == 1 &&
                  EVP_PKEY_generate(generator, &key) == 1,
              "RSA-PSS");
    EVP_PKEY_CTX_free(generator);
    return key;
}

static SSL *server_new(const struct row *row, int fd)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = strcmp(row->key, "RSA-PSS") == 0 ? pss_key(row->bits)
                                                     : mint_key(row->key, row->curve, row->bits);
    bool hashed = strncmp(row->key, "ED", 2) != 0;
    X509 *leaf =
        mint(&(struct mint){ .name = "mx.example.com", .key = key, .digest = hashed ? NULL : "" });
    SSL *ssl;

    SSL_CTX_set_min_proto_version(context, row->version);
    SSL_CTX_set_max_proto_version(context, row->version);
    SSL_CTX_set_cipher_list(context, row->ciphers != NULL ? row->ciphers : "ALL:@SECLEVEL=0");
    SSL_CTX_use_certificate(context, leaf);
    SSL_CTX_use_PrivateKey(context, key);
    SSL_CTX_set_tlsext_status_cb(context, on_status_request);
    SSL_CTX_set_tlsext_status_arg(context, (void *)row);
    ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    SSL_set_accept_state(ssl);
    SSL_CTX_free(context);
    X509_free(leaf);
    EVP_PKEY_free(key);
    return ssl;
}

/* Both ends in turn. */
static bool shake_hands(SSL *client, SSL *server)
{
    struct tls_facts facts;
    enum outcome broken;
    bool done = false;

    for (int turn = 0; turn < 20 && !done; turn++) {
        int result = SSL_do_handshake(client);

        done = result == 1;
        if (!done && tls_client_state(client, result, &facts, &broken) == TLS_BROKEN)
            return false;
        SSL_do_handshake(server);
    }
    return done;
}

static void check_facts(const struct row *row, const struct tls_facts *f)
{
    CHECK(strcmp(check_text(f->version), row->version_name) == 0, "%s: %s", row->what, f->version);
    CHECK(strcmp(check_text(f->signature), check_text(row->signature)) == 0, "%s: %s", row->what,
          check_text(f->signature));
    CHECK(strcmp(check_text(f->group), check_text(row->group)) == 0, "%s: %s", row->what,
          check_text(f->group));
    CHECK(f->staple == row->staple, "%s: %zu", row->what, f->staple);
}

static void test_row(SSL_CTX *context, const struct row *row)
{
    struct tls_facts facts = { .alert = -1 };
    int fds[2];
    SSL *client, *server;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
        exit(1);
    client = tls_client_new(context, fds[0], "mx.example.com");
    server = server_new(row, fds[1]);
    CHECK(shake_hands(client, server), "%s", row->what);
    tls_client_facts(client, &facts);
    check_facts(row, &facts);
    SSL_free(client);
    SSL_free(server);
    close(fds[0]);
    close(fds[1]);
}

/* What comes in one piece with the end of the handshake is not lost, though the socket is empty:
 * here the first reply under TLS 1.2, which a server may send behind its Finished. */
static void test_read_ahead(SSL_CTX *context)
{
    static const struct row row = { "read ahead", "EC",      "P-256", 0,  TLS1_2_VERSION,
                                    NULL,         "TLSv1.2", "",      "", 0 };
    char text[16] = "", byte;
    int fds[2];
    SSL *client, *server;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
        exit(1);
    client = tls_client_new(context, fds[0], "mx.example.com");
    server = server_new(&row, fds[1]);
    for (int turn = 0; turn < 20 && !SSL_is_init_finished(server); turn++) {
        SSL_do_handshake(client);
        SSL_do_handshake(server);
    }
    SSL_write(server, "220 early", 9);
    CHECK(SSL_do_handshake(client) == 1, "the handshake ends");
    tls_client_settle(client);
    CHECK(recv(fds[0], &byte, 1, MSG_PEEK) < 0, "the socket is empty");
    CHECK(SSL_has_pending(client) == 1, "and something is there");
    CHECK(SSL_read(client, text, sizeof(text) - 1) == 9 && strcmp(text, "220 early") == 0, "%s",
          text);
    CHECK(SSL_get_read_ahead(client) == 0, "read ahead no more");
    SSL_free(client);
    SSL_free(server);
    close(fds[0]);
    close(fds[1]);
}

static void test_text(void)
{
    static const struct tls_facts all = { "TLSv1.3", "C", "x25519", "ed25519", 9, 40 },
                                  none = { .alert = -1 };
    struct buf text;
    struct json_writer w;

    buf_init(&text, BUF_NO_CEILING);
    json_writer_init(&w, &text);
    json_open_array(&w, NULL);
    json_open_object(&w, NULL);
    tls_facts_write(&all, &w);
    json_close_object(&w);
    json_open_object(&w, NULL);
    tls_facts_write(&none, &w);
    json_close_object(&w);
    json_close_array(&w);
    buf_byte(&text, '\0');
    CHECK(strcmp(text.data,
                 "[{\"version\":\"TLSv1.3\",\"cipher\":\"C\",\"group\":\"x25519\",\"signature\":"
                 "\"ed25519\",\"ocsp_staple\":9,\"alert\":40},{}]") == 0,
          "%s", text.data);
    buf_free(&text);
}

int main(void)
{
    const char *error = NULL;
    SSL_CTX *context = tls_client_context(NULL, &error);

    CHECK(context != NULL, "%s", error);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        test_row(context, &rows[i]);
    test_read_ahead(context);
    test_text();
    SSL_CTX_free(context);
    return check_report();
}
