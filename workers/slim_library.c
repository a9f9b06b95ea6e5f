#include "workers/slim_library.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

#define DECODERS_MAX 16

/* OpenSSL's default provider, in a context that nobody else uses and that lives as long as the
 * process. Its algorithms want its own provider context, which the proxy gives out as its own. */
static OSSL_PROVIDER *source;

static bool is_wanted(const OSSL_ALGORITHM *a)
{
    static const char *const names[] = { "RSA", "RSA-PSS", "DSA", "EC", "ED25519", "ED448" };

    if (strstr(a->property_definition, "structure=SubjectPublicKeyInfo") == NULL)
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(a->algorithm_names, names[i]) == 0)
            return true;
    return false;
}

static const OSSL_ALGORITHM *few_decoders(const OSSL_ALGORITHM *all)
{
    static OSSL_ALGORITHM few[DECODERS_MAX + 1]; /* ends with an empty one */
    size_t n = 0;

    if (few[0].algorithm_names == NULL)
        for (; all->algorithm_names != NULL && n < DECODERS_MAX; all++)
            if (is_wanted(all))
                few[n++] = *all;
    return few;
}

static const OSSL_ALGORITHM *proxy_query(void *context, int operation, int *no_cache)
{
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(source, operation, no_cache);

    (void)context;
    return operation == OSSL_OP_DECODER && all != NULL ? few_decoders(all) : all;
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
