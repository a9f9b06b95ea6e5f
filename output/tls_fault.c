#include "output/tls_fault.h"

#include <string.h>

#include "output/term.h"
#include "scanner/base/outcome.h"

static const char *const names[TLS_FAULT_COUNT] = {
#define X(id, name, text) [TLS_FAULT_##id] = (name),
    TLS_FAULTS(X)
#undef X
};
static const char *const texts[TLS_FAULT_COUNT] = {
#define X(id, name, text) [TLS_FAULT_##id] = (text),
    TLS_FAULTS(X)
#undef X
};

_Static_assert(TLS_FAULT_COUNT <= 16, "a set of them is 16 bits");

const char *tls_fault_name(enum tls_fault fault)
{
    return names[fault];
}

/* One that this list does not have yet is another error all the same. */
static uint16_t chain_error(const struct json *n)
{
    for (int f = 0; f < TLS_FAULT_OTHER; f++)
        if (json_is(n, names[f]))
            return TLS_FAULT_BIT(f);
    return TLS_FAULT_BIT(TLS_FAULT_OTHER);
}

static bool is_old(const char *version)
{
    return version != NULL && strcmp(version, "TLSv1.2") != 0 && strcmp(version, "TLSv1.3") != 0;
}

uint16_t tls_faults_of_handshake(const struct json *tls)
{
    const struct json *pkix = json_get(tls, "pkix");
    uint16_t faults = 0;

    if (json_first(json_get(tls, "chain")) == NULL)
        return TLS_FAULT_BIT(TLS_FAULT_NO_CERTIFICATE);
    for (const struct json *n = json_first(json_get(pkix, "errors")); n != NULL; n = n->next)
        faults |= chain_error(n);
    if (!json_get_bool(tls, "name_match", true))
        faults |= TLS_FAULT_BIT(TLS_FAULT_NAME_MISMATCH);
    if (is_old(json_get_string(tls, "version")))
        faults |= TLS_FAULT_BIT(TLS_FAULT_TLS_OLD);
    return faults;
}

uint16_t tls_faults_of_host(const struct json *record)
{
    const struct json *n = json_get(record, "outcome");
    enum outcome o;

    if (json_string(n) == NULL || !outcome_parse(n->string, n->len, &o))
        return 0;
    switch (o) {
    case OUTCOME_OK:
        return tls_faults_of_handshake(json_get(record, "tls"));
    case OUTCOME_STARTTLS_ABSENT:
    case OUTCOME_STARTTLS_DECLINED:
    case OUTCOME_STARTTLS_INJECTION:
        return TLS_FAULT_BIT(TLS_FAULT_NO_STARTTLS);
    case OUTCOME_TLS_FAILED:
    case OUTCOME_NO_TLS:
        return TLS_FAULT_BIT(TLS_FAULT_TLS_FAILED);
    default:
        return 0;
    }
}

void tls_faults_explain(struct buf *out)
{
    for (int f = 0; f < TLS_FAULT_COUNT; f++)
        term_explain(out, names[f], texts[f], "");
}
