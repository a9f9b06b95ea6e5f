/* mint: keys and certificates for tests, made on the spot. Whatever is asked for is made, right or
 * wrong. A failure of OpenSSL ends the test. */
#ifndef MXC_TESTS_MINT_H
#define MXC_TESTS_MINT_H

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mint {
    const char *name;        /* CN */
    const char *alternative; /* "DNS:a.example,DNS:*.example"; NULL: none */
    EVP_PKEY *key;
    X509 *issuer; /* NULL: self-signed */
    EVP_PKEY *issuer_key;
    long from_s, until_s;    /* from now; 0 and 0: for a day */
    const char *constraints; /* "critical,CA:TRUE"; NULL: none */
    const char *usage, *extended_usage;
    const char *digest; /* NULL: SHA256; "": none (EdDSA) */
    bool negative_serial, bad_signature;
};

static inline void mint_need(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "mint: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

/* "RSA" with bits, "EC" with a curve, or "ED25519" and the like. */
static inline EVP_PKEY *mint_key(const char *type, const char *curve, unsigned bits)
{
    EVP_PKEY *key = bits > 0        ? EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)bits)
                    : curve != NULL ? EVP_PKEY_Q_keygen(NULL, NULL, type, curve)
                                    : EVP_PKEY_Q_keygen(NULL, NULL, type);

    mint_need(key != NULL, "key");
    return key;
}

static inline void mint_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    if (value == NULL)
        return;
    X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    mint_need(extension != NULL, value);
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
}

static inline void mint_extensions(X509 *x, X509 *issuer, const struct mint *m)
{
    mint_extension(x, issuer, NID_basic_constraints, m->constraints);
    mint_extension(x, issuer, NID_key_usage, m->usage);
    mint_extension(x, issuer, NID_ext_key_usage, m->extended_usage);
    mint_extension(x, issuer, NID_subject_alt_name, m->alternative);
    mint_extension(x, issuer, NID_subject_key_identifier, "hash");
    if (issuer != x)
        mint_extension(x, issuer, NID_authority_key_identifier, "keyid");
}

static inline X509 *mint(const struct mint *m)
{
    static long serial = 0x1000;
    X509 *x = X509_new(), *issuer = m->issuer != NULL ? m->issuer : x;
    X509_NAME *name = X509_NAME_new();
    const EVP_MD *md = m->digest == NULL ? EVP_sha256() : EVP_get_digestbyname(m->digest);
    const ASN1_BIT_STRING *signature;

    serial++;
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), m->negative_serial ? -serial : serial);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)m->name, -1, -1,
                               0);
    X509_set_subject_name(x, name);
    X509_set_issuer_name(x, issuer != x ? X509_get_subject_name(issuer) : name);
    X509_NAME_free(name);
    X509_gmtime_adj(X509_getm_notBefore(x), m->from_s != 0 || m->until_s != 0 ? m->from_s : -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), m->from_s != 0 || m->until_s != 0 ? m->until_s : 86400);
    X509_set_pubkey(x, m->key);
    mint_extensions(x, issuer, m);
    mint_need(X509_sign(x, m->issuer_key != NULL ? m->issuer_key : m->key, md) > 0, "signature");
    X509_get0_signature(&signature, NULL, x);
    if (m->bad_signature)
        ((unsigned char *)signature->data)[signature->length - 1] ^= 1;
    return x;
}

/* A CA of the given name: root where issuer is NULL. */
static inline X509 *mint_ca(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    return mint(&(struct mint){ .name = name,
                                .key = key,
                                .issuer = issuer,
                                .issuer_key = issuer_key,
                                .constraints = "critical,CA:TRUE",
                                .usage = "critical,keyCertSign,cRLSign" });
}

/* PEM of one certificate into a new file; its name is written over path (mkstemp form). */
static inline void mint_file(char *path, X509 *x)
{
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

    mint_need(f != NULL && PEM_write_X509(f, x) == 1, path);
    if (f != NULL)
        fclose(f);
}

#endif
