/* explain: what a run found of its domains, in words for a person, each finding with its rule;
 * what an SPF record costs and leads to, and whether a sender that honours the policy can deliver.
 */
#ifndef MXC_OUTPUT_EXPLAIN_H
#define MXC_OUTPUT_EXPLAIN_H

#include <stdio.h>

/* Meant for runs of a few domains. An exit status (scanner/base/exits.h), after one line on
 * standard error if not EXIT_OK. Text of strangers is printed without control characters. */
int explain_run(const char *run_dir, FILE *out);

/* The records themselves, a JSON object a line, domains first. */
int explain_raw(const char *run_dir, FILE *out);

#endif
