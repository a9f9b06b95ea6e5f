/* selectors: the DKIM selectors that are asked for, since a domain's own cannot be listed. A CSV
 * file of rows "selector,with,known_for", or of selectors alone; a row "with" another is asked only
 * where that one is there. The list of datasets/dkim-selectors.csv is in the program. */
#ifndef MXC_WORKERS_SELECTORS_H
#define MXC_WORKERS_SELECTORS_H

#include <stddef.h>

#define SELECTORS_MAX 256

struct selector {
    const char *name;            /* lower case */
    const char *prefix;          /* name "._domainkey.": what comes before the domain */
    const struct selector *with; /* NULL: always asked */
};
struct selectors {
    struct selector items[SELECTORS_MAX];
    size_t count;
};

/* path "": the list in the program. NULL, or a sentence that says what is wrong with the file. */
const char *selectors_open(struct selectors *s, const char *path);
void selectors_close(struct selectors *s);

#endif
