/* export: the records of a run as CSV (RFC 4180), one row a record; a column table for each kind.
 */
#ifndef MXC_OUTPUT_EXPORT_H
#define MXC_OUTPUT_EXPORT_H

#include <stdio.h>

/* kind: domains, policies, mx, certs, or joined: one wide row a domain with its policy, its hosts
 * and every metric. An exit status (scanner/base/exits.h), after one line on standard error if not
 * EXIT_OK. */
int export_run(const char *run_dir, const char *kind, FILE *out);

#endif
