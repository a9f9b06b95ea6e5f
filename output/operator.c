#include "output/operator.h"

#include <stddef.h>

#include "output/curated.h"
#include "scanner/base/name.h"

const char *operator_of(const char *mx_host)
{
    const struct curated_operator *o = curated_operator(mx_host);

    return o != NULL ? o->name : name_registrable(mx_host);
}
