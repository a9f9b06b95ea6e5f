#include "output/policy_fact.h"

#include <string.h>

#include "output/tls_fault.h"

static enum policy_step step_of(const struct json *record)
{
    static const char *const names[POLICY_STEP_COUNT] = {
#define X(id, name) [POLICY_##id] = (name),
        POLICY_STEPS(X)
#undef X
    };
    const struct json *step = json_get(record, "step");

    for (int s = 0; s < POLICY_STEP_COUNT; s++)
        if (json_is(step, names[s]))
            return (enum policy_step)s;
    return POLICY_DNS;
}

static enum outcome outcome_of(const struct json *record)
{
    const struct json *n = json_get(record, "outcome");
    enum outcome o;

    return json_string(n) != NULL && outcome_parse(n->string, n->len, &o) ? o : OUTCOME_TIMEOUT;
}

void policy_fact_read(const struct json *record, struct policy_fact *f)
{
    const struct json *tls = json_get(record, "tls");
    int64_t status = json_get_int(json_get(record, "http"), "status", 0);

    memset(f, 0, sizeof(*f));
    f->step = (uint8_t)step_of(record);
    f->outcome = (uint8_t)outcome_of(record);
    f->status = status > 0 && status < 1000 ? (uint16_t)status : 0;
    if (f->step > POLICY_TLS || f->outcome == OUTCOME_CERTIFICATE)
        f->tls_faults = tls_faults_of_handshake(tls);
    for (const struct json *n = json_first(json_get(record, "violations")); n != NULL;
         n = n->next) {
        enum violation v;

        if (json_string(n) != NULL && violation_parse(n->string, n->len, &v))
            violations_add(&f->violations, v);
    }
}
