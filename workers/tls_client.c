#include "workers/tls_client.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdint.h>

#include "scanner/base/memory.h"

/* Every cipher with a certificate, however weak: the population is to be seen whole. */
#define CIPHERS "ALL:!aNULL:!eNULL:@SECLEVEL=0"
#define GROUP_STRENGTH_MIN 80 /* 1024 bits, as OpenSSL has it at level 0 */
#define GROUP_BITS_MAX 8192   /* the largest of RFC 7919; OpenSSL takes 10000: 0.8 s of CPU */

/* Takes the place of verification, which SSL_VERIFY_NONE would do all the same and then ignore. */
static int accept_any(X509_STORE_CTX *context, void *nothing)
{
    (void)context;
    (void)nothing;
    return 1;
}

/* In place of OpenSSL's own, of which this is level 0 but for the upper bound. */
static int allow(const SSL *ssl, const SSL_CTX *context, int what, int strength, int nid,
                 void *other, void *nothing)
{
    (void)ssl;
    (void)context;
    (void)nid;
    (void)nothing;
    return what != SSL_SECOP_TMP_DH ||
           (strength >= GROUP_STRENGTH_MIN && EVP_PKEY_get_bits(other) <= GROUP_BITS_MAX);
}

void tls_client_bound(SSL_CTX *context)
{
    SSL_CTX_set_security_callback(context, allow);
}

SSL_CTX *tls_client_context(OSSL_LIB_CTX *library, const char **error)
{
    SSL_CTX *context = SSL_CTX_new_ex(library, NULL, TLS_client_method());

    /* openssl.cnf may have set limits: each is set here. */
    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, 0) != 1 ||
        SSL_CTX_set_cipher_list(context, CIPHERS) != 1 ||
        SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp) != 1) {
        ERR_clear_error();
        SSL_CTX_free(context);
        *error = "OpenSSL cannot be set up for TLS";
        return NULL;
    }
    SSL_CTX_set_options(context,
                        SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    /* A record without data goes back to the loop: a flood of key updates would keep it for itself.
     */
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    tls_client_bound(context);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_cert_verify_callback(context, accept_any, NULL);
    return context;
}

SSL *tls_client_new(SSL_CTX *context, int fd, const char *sni)
{
    SSL *ssl = SSL_new(context);

    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 ||
        (sni != NULL && SSL_set_tlsext_host_name(ssl, sni) != 1)) {
        SSL_free(ssl);
        return NULL;
    }
    SSL_set_read_ahead(ssl, 1);
    SSL_set_connect_state(ssl);
    return ssl;
}

void tls_client_settle(SSL *ssl)
{
    SSL_set_read_ahead(ssl, 0);
}

/* Has the server said anything yet that is TLS. */
static bool server_spoke(const SSL *ssl)
{
    OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl);

    return state != TLS_ST_BEFORE && state != TLS_ST_CW_CLNT_HELLO;
}

/* What the first five bytes of something else than TLS are to OpenSSL. */
static bool is_no_tls(const SSL *ssl, int reason)
{
    return !server_spoke(ssl) &&
           (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
            reason == SSL_R_HTTPS_PROXY_REQUEST);
}

static enum outcome protocol_error(const SSL *ssl, struct tls_facts *facts)
{
    int reason = ERR_GET_REASON(ERR_peek_error());

    if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return OUTCOME_CLOSED;
    if (reason >= SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256)
        facts->alert = reason - SSL_AD_REASON_OFFSET;
    return is_no_tls(ssl, reason) ? OUTCOME_NO_TLS : OUTCOME_TLS_FAILED;
}

static enum outcome system_error(int number)
{
    return number == ECONNRESET || number == EPIPE ? OUTCOME_RESET
           : number == ETIMEDOUT                   ? OUTCOME_TIMEOUT
                                                   : OUTCOME_CLOSED;
}

enum tls_state tls_client_state(SSL *ssl, int result, struct tls_facts *facts, enum outcome *broken)
{
    int number = errno;

    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return TLS_WANTS_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_WANTS_WRITE;
    case SSL_ERROR_SYSCALL:
        *broken = system_error(number);
        break;
    case SSL_ERROR_ZERO_RETURN:
        *broken = OUTCOME_CLOSED;
        break;
    default:
        *broken = protocol_error(ssl, facts);
    }
    ERR_clear_error();
    return TLS_BROKEN;
}

/* OpenSSL's name of a group lives as long as its context, of which curl makes one a connection: the
 * same text for the life of the process. There are about forty groups; past the table a name is not
 * told. */
static const char *group_name(SSL *ssl, int group)
{
    static char *names[64];
    const char *name = SSL_group_to_name(ssl, group);

    for (size_t i = 0; name != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i] == NULL)
            names[i] = memory_strdup(name);
        if (strcmp(names[i], name) == 0)
            return names[i];
    }
    return NULL;
}

/* OpenSSL 3.0 tells the key's type and the hash, and not the scheme that they make. */
static const struct {
    int type, hash;
    const char *name, *of_pss_key; /* NULL: the same */
} schemes[] = {
    { EVP_PKEY_EC, NID_sha256, "ecdsa_secp256r1_sha256", NULL },
    { EVP_PKEY_EC, NID_sha384, "ecdsa_secp384r1_sha384", NULL },
    { EVP_PKEY_EC, NID_sha512, "ecdsa_secp521r1_sha512", NULL },
    { EVP_PKEY_EC, NID_sha224, "ecdsa_sha224", NULL },
    { EVP_PKEY_EC, NID_sha1, "ecdsa_sha1", NULL },
    { EVP_PKEY_ED25519, NID_undef, "ed25519", NULL },
    { EVP_PKEY_ED448, NID_undef, "ed448", NULL },
    { EVP_PKEY_RSA_PSS, NID_sha256, "rsa_pss_rsae_sha256", "rsa_pss_pss_sha256" },
    { EVP_PKEY_RSA_PSS, NID_sha384, "rsa_pss_rsae_sha384", "rsa_pss_pss_sha384" },
    { EVP_PKEY_RSA_PSS, NID_sha512, "rsa_pss_rsae_sha512", "rsa_pss_pss_sha512" },
    { EVP_PKEY_RSA, NID_sha256, "rsa_pkcs1_sha256", NULL },
    { EVP_PKEY_RSA, NID_sha384, "rsa_pkcs1_sha384", NULL },
    { EVP_PKEY_RSA, NID_sha512, "rsa_pkcs1_sha512", NULL },
    { EVP_PKEY_RSA, NID_sha224, "rsa_pkcs1_sha224", NULL },
    { EVP_PKEY_RSA, NID_sha1, "rsa_pkcs1_sha1", NULL },
    { EVP_PKEY_RSA, NID_md5_sha1, "rsa_pkcs1_md5_sha1", NULL }, /* before TLS 1.2 */
    { EVP_PKEY_DSA, NID_sha512, "dsa_sha512", NULL },
    { EVP_PKEY_DSA, NID_sha384, "dsa_sha384", NULL },
    { EVP_PKEY_DSA, NID_sha256, "dsa_sha256", NULL },
    { EVP_PKEY_DSA, NID_sha224, "dsa_sha224", NULL },
    { EVP_PKEY_DSA, NID_sha1, "dsa_sha1", NULL },
};

static const char *signature_name(SSL *ssl)
{
    int type, hash;

    if (SSL_get_peer_signature_type_nid(ssl, &type) != 1 ||
        SSL_get_peer_signature_nid(ssl, &hash) != 1)
        return NULL;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (schemes[i].type != type || schemes[i].hash != hash)
            continue;
        if (schemes[i].of_pss_key == NULL)
            return schemes[i].name;
        return EVP_PKEY_is_a(X509_get0_pubkey(SSL_get0_peer_certificate(ssl)), "RSA-PSS")
                   ? schemes[i].of_pss_key
                   : schemes[i].name;
    }
    return NULL;
}

void tls_client_facts(SSL *ssl, struct tls_facts *facts)
{
    int group = (int)SSL_get_negotiated_group(ssl);
    const unsigned char *staple;
    long staple_len = SSL_get_tlsext_status_ocsp_resp(ssl, &staple);

    facts->version = SSL_get_version(ssl);
    facts->cipher = SSL_get_cipher_name(ssl);
    facts->group = group != 0 ? group_name(ssl, group) : NULL;
    facts->signature = signature_name(ssl);
    facts->staple = staple_len > 0 ? (size_t)staple_len : 0;
}

void tls_facts_write(const struct tls_facts *facts, struct json_writer *w)
{
    if (facts->version != NULL)
        json_write_string(w, "version", facts->version);
    if (facts->cipher != NULL)
        json_write_string(w, "cipher", facts->cipher);
    if (facts->group != NULL)
        json_write_string(w, "group", facts->group);
    if (facts->signature != NULL)
        json_write_string(w, "signature", facts->signature);
    if (facts->staple > 0)
        json_write_int(w, "ocsp_staple", (int64_t)facts->staple);
    if (facts->alert >= 0)
        json_write_int(w, "alert", facts->alert);
}
