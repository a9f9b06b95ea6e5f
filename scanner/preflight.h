/* preflight: what must hold on this machine before a census begins, and what a good citizen would
 * set. Each check says one line on standard error where its answer is not EXIT_OK. */
#ifndef MXC_SCANNER_PREFLIGHT_H
#define MXC_SCANNER_PREFLIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/base/settings.h"

/* Lowest number of descriptors a worker can do anything with. */
#define PREFLIGHT_DESCRIPTORS_MIN 256
#define PREFLIGHT_WORKERS_MAX 1024

/* The number of worker processes in this text, or one a core if it is NULL; 0: it is no such
 * number. */
unsigned preflight_workers(const char *text);

/* 0, or the errno that says why a file cannot be read: EISDIR of a folder. */
int preflight_readable(const char *path);

/* Can each of these lists be opened ("-" is standard input). EXIT_INPUT if not. */
int preflight_lists(const char *const *paths, size_t count);

/* Look at the settings' values and at the files that they name. */
int preflight_settings(const struct settings *s);

/* Raise the limit of file descriptors, and where it stays low, do with fewer connections at once.
 */
int preflight_limits(struct settings *s);

int preflight_trust_store(const struct settings *s); /* can a certificate be read from it */

/* Warn, once each, of settings that mail operators expect to see. */
void preflight_manners(const struct settings *s);

#endif
