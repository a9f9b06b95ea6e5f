#include "output/dane.h"

#include <assert.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"
#include "workers/parse/tlsa.h"

struct dane {
    SSL_CTX *tls;      /* holds what the records are digested with */
    X509_STORE *store; /* empty: the records alone are trusted */
};

struct dane *dane_new(void)
{
    struct dane *d = memory_alloc(sizeof(*d));

    d->tls = SSL_CTX_new(TLS_client_method());
    d->store = X509_STORE_new();
    assert(d->tls != NULL && d->store != NULL);
    if (SSL_CTX_dane_enable(d->tls) <= 0)
        abort();
    return d;
}

void dane_free(struct dane *d)
{
    if (d == NULL)
        return;
    SSL_CTX_free(d->tls);
    X509_STORE_free(d->store);
    free(d);
}

/* One record to those of ssl, if SMTP can use it. Of usage 2: *anchors is set. */
static bool record_add(SSL *ssl, const char *text, struct arena *arena, bool *anchors)
{
    struct violations why = { 0 };
    struct bytes rdata;
    struct tlsa t;

    if (!tlsa_scan(bytes_of(text), arena, &rdata) ||
        !tlsa_parse((const uint8_t *)rdata.data, rdata.len, &t) || !tlsa_usable(&t, &why))
        return false;
    if (SSL_dane_tlsa_add(ssl, t.usage, t.selector, t.matching, (const uint8_t *)t.data.data,
                          t.data.len) <= 0)
        return false;
    *anchors = *anchors || t.usage == 2;
    return true;
}

/* The path to what a record vouches for; with names, the leaf must also have the base's, unless the
 * record is of usage 3. */
static bool verify(const struct dane *d, SSL *ssl, const struct dane_case *c, bool names)
{
    X509_STORE_CTX *path = X509_STORE_CTX_new();
    X509_VERIFY_PARAM *param;
    bool verified;

    if (path == NULL || X509_STORE_CTX_init(path, d->store, c->leaf, c->chain) != 1)
        abort();
    X509_STORE_CTX_set0_dane(path, SSL_get0_dane(ssl));
    X509_STORE_CTX_set_default(path, "ssl_server");
    param = X509_STORE_CTX_get0_param(path);
    X509_VERIFY_PARAM_set_time(param, c->seen);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (names)
        X509_VERIFY_PARAM_set1_host(param, c->base, 0);
    verified = X509_verify_cert(path) == 1;
    X509_STORE_CTX_free(path);
    return verified;
}

static enum dane_match judge(const struct dane *d, SSL *ssl, const struct dane_case *c,
                             struct arena *arena)
{
    bool anchors = false;
    size_t usable = 0;

    for (size_t i = 0; i < c->record_count; i++)
        usable += record_add(ssl, c->records[i], arena, &anchors);
    if (usable == 0)
        return DANE_NO;
    if (verify(d, ssl, c, true))
        return DANE_YES;
    return anchors && verify(d, ssl, c, false) ? DANE_OTHER_NAME : DANE_NO;
}

enum dane_match dane_judge(struct dane *d, const struct dane_case *c, struct arena *arena)
{
    SSL *ssl = SSL_new(d->tls);
    enum dane_match match;

    if (ssl == NULL || SSL_dane_enable(ssl, NULL) <= 0)
        abort();
    SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    match = judge(d, ssl, c, arena);
    SSL_free(ssl);
    return match;
}

bool dane_name_match(X509 *leaf, const char *name)
{
    return X509_check_host(leaf, name, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}
