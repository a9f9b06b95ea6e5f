#include "output/sts.h"

#include <stdlib.h>

#include "output/funnel.h"
#include "output/mx_certs.h"
#include "output/sts_errors.h"
#include "scanner/base/memory.h"

struct sts {
    struct funnel *funnel;
    struct sts_errors *errors;
    struct mx_certs *mx_certs;
};

struct sts *sts_new(uint64_t list_domains)
{
    struct sts *s = memory_alloc(sizeof(*s));

    s->funnel = funnel_new(list_domains);
    s->errors = sts_errors_new(list_domains);
    s->mx_certs = mx_certs_new(list_domains);
    return s;
}

void sts_free(struct sts *s)
{
    if (s == NULL)
        return;
    funnel_free(s->funnel);
    sts_errors_free(s->errors);
    mx_certs_free(s->mx_certs);
    free(s);
}

void sts_count(struct sts *s, unsigned thread, const struct joined *d, struct arena *arena)
{
    funnel_count(s->funnel, thread, d);
    sts_errors_count(s->errors, thread, d, arena);
    mx_certs_count(s->mx_certs, d);
}

void sts_write_funnel(const struct sts *s, struct buf *csv)
{
    funnel_write(s->funnel, csv);
}

void sts_write_errors(const struct sts *s, struct buf *csv)
{
    sts_errors_write(s->errors, csv);
}

void sts_write_mx_certs(const struct sts *s, struct buf *csv)
{
    mx_certs_write(s->mx_certs, csv);
}

void sts_explain(struct buf *out)
{
    management_explain(out);
    funnel_explain(out);
    mx_certs_explain(out);
    sts_errors_explain(out);
}
