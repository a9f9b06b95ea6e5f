#include "workers/slim_library.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

#define SHOWN_MAX 32 /* of an operation */

/* OpenSSL's default provider, in a context that nobody else uses and that lives as long as the
 * process. Its algorithms want its own provider context, which the proxy gives out as its own. */
static OSSL_PROVIDER *source;

/* By the first name of each: the others are its aliases. */
static const char *const key_decoders[] = {
    "RSA", "RSA-PSS", "DSA", "EC", "ED25519", "ED448", NULL
};
/* Keys of certificates and of key exchange; HMAC is the MAC of records before TLS 1.3. */
static const char *const key_types[] = { "RSA",    "RSA-PSS", "DSA", "EC",   "ED25519", "ED448",
                                         "X25519", "X448",    "DH",  "HMAC", NULL };
/* Those of the cipher suites, and the two of the random generator. */
static const char *const ciphers[] = { "NULL",
                                       "AES-128-GCM",
                                       "AES-256-GCM",
                                       "AES-128-CCM",
                                       "AES-256-CCM",
                                       "ChaCha20-Poly1305",
                                       "ARIA-128-GCM",
                                       "ARIA-256-GCM",
                                       "AES-128-CBC",
                                       "AES-256-CBC",
                                       "AES-128-CBC-HMAC-SHA1",
                                       "AES-256-CBC-HMAC-SHA1",
                                       "AES-128-CBC-HMAC-SHA256",
                                       "AES-256-CBC-HMAC-SHA256",
                                       "CAMELLIA-128-CBC",
                                       "CAMELLIA-256-CBC",
                                       "DES-EDE3-CBC",
                                       "AES-256-CTR",
                                       "AES-256-ECB",
                                       NULL };

/* Of signatures and of handshakes. */
static const char *const digests[] = { "MD5",      "MD5-SHA1",   "SHA1",     "SHA2-224", "SHA2-256",
                                       "SHA2-384", "SHA2-512",   "SHA3-224", "SHA3-256", "SHA3-384",
                                       "SHA3-512", "RIPEMD-160", NULL };
static const char *const macs[] = { "HMAC", NULL };
static const char *const kdfs[] = { "HKDF", "TLS13-KDF", "TLS1-PRF", NULL };
static const char *const exchanges[] = { "X25519", "X448", "ECDH", "DH", NULL };
static const char *const signatures[] = { "RSA", "DSA", "ECDSA", "ED25519", "ED448", "HMAC", NULL };

/* Of an operation that is not here everything is shown. Each that is not needed costs: for a key,
 * OpenSSL 3.0 copies the list of all algorithms that it knows, of every operation. */
static struct operation {
    int number;
    const char *const *names;
    const char *property;              /* which it must have; NULL: any */
    OSSL_ALGORITHM few[SHOWN_MAX + 1]; /* ends with an empty one; made when first asked for */
} operations[] = {
    { OSSL_OP_DECODER, key_decoders, "structure=SubjectPublicKeyInfo", { { 0 } } },
    { OSSL_OP_KEYMGMT, key_types, NULL, { { 0 } } },
    { OSSL_OP_CIPHER, ciphers, NULL, { { 0 } } },
    { OSSL_OP_DIGEST, digests, NULL, { { 0 } } },
    { OSSL_OP_MAC, macs, NULL, { { 0 } } },
    { OSSL_OP_KDF, kdfs, NULL, { { 0 } } },
    { OSSL_OP_KEYEXCH, exchanges, NULL, { { 0 } } },
    { OSSL_OP_SIGNATURE, signatures, NULL, { { 0 } } },
};

static bool is_shown(const struct operation *o, const OSSL_ALGORITHM *a)
{
    size_t len = strcspn(a->algorithm_names, ":");

    if (o->property != NULL && strstr(a->property_definition, o->property) == NULL)
        return false;
    for (const char *const *name = o->names; *name != NULL; name++)
        if (strlen(*name) == len && memcmp(*name, a->algorithm_names, len) == 0)
            return true;
    return false;
}

static const OSSL_ALGORITHM *few_of(struct operation *o, const OSSL_ALGORITHM *all)
{
    size_t n = 0;

    if (o->few[0].algorithm_names == NULL)
        for (; all->algorithm_names != NULL && n < SHOWN_MAX; all++)
            if (is_shown(o, all))
                o->few[n++] = *all;
    return o->few;
}

static const OSSL_ALGORITHM *proxy_query(void *context, int operation, int *no_cache)
{
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(source, operation, no_cache);

    (void)context;
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (operations[i].number == operation && all != NULL)
            return few_of(&operations[i], all);
    return all;
}

/* The groups of TLS come as capabilities. */
static int proxy_capabilities(void *context, const char *capability, OSSL_CALLBACK *cb, void *arg)
{
    (void)context;
    return OSSL_PROVIDER_get_capabilities(source, capability, cb, arg);
}

static const OSSL_PARAM *proxy_gettable(void *context)
{
    (void)context;
    return OSSL_PROVIDER_gettable_params(source);
}

static int proxy_params(void *context, OSSL_PARAM params[])
{
    (void)context;
    return OSSL_PROVIDER_get_params(source, params);
}

static int proxy_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                      const OSSL_DISPATCH **out, void **context)
{
    static const OSSL_DISPATCH proxy[] = {
        { OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))proxy_gettable },
        { OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))proxy_params },
        { OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))proxy_query },
        { OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))proxy_capabilities },
        { 0, NULL },
    };

    (void)handle;
    (void)in;
    *out = proxy;
    *context = OSSL_PROVIDER_get0_provider_ctx(source);
    return 1;
}

static bool source_load(void)
{
    static OSSL_LIB_CTX *deep;

    if (source == NULL && (deep = OSSL_LIB_CTX_new()) != NULL)
        source = OSSL_PROVIDER_load(deep, "default");
    return source != NULL;
}

bool slim_library_open(struct slim_library *l)
{
    *l = (struct slim_library){ 0 };
    if (!source_load() || (l->context = OSSL_LIB_CTX_new()) == NULL ||
        OSSL_PROVIDER_add_builtin(l->context, "slim", proxy_init) != 1)
        return false;
    l->proxy = OSSL_PROVIDER_load(l->context, "slim");
    return l->proxy != NULL;
}

void slim_library_close(struct slim_library *l)
{
    if (l->proxy != NULL)
        OSSL_PROVIDER_unload(l->proxy);
    OSSL_LIB_CTX_free(l->context);
    *l = (struct slim_library){ 0 };
}
