/* preflight: what must hold on this machine before a census begins, and what a good citizen would
 * set. */
#ifndef MXC_SCANNER_PREFLIGHT_H
#define MXC_SCANNER_PREFLIGHT_H

#include <stdbool.h>

#include "scanner/base/settings.h"

/* Look at the settings, raise the limit of file descriptors, ask each resolver. An exit status,
 * after one line on standard error if it is not EXIT_OK. Warns (once each) of settings that mail
 * operators expect to see. */
int preflight_check(struct settings *s, unsigned workers);

/* Lowest number of descriptors a worker can do anything with. */
#define PREFLIGHT_DESCRIPTORS_MIN 256

#endif
