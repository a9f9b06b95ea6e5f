/* rejudge: a finished run judged again from its raw text, as a run directory of its own. */
#ifndef MXC_OUTPUT_REJUDGE_H
#define MXC_OUTPUT_REJUDGE_H

/* Records with the verdicts of today's rules, certificates, rejects and resolvers as they are, and
 * a run.json that says what it was made from, all into directory `to`, which is empty. An exit
 * status of scanner/base/exits.h, EXIT_OK or one line on standard error. */
int rejudge_run(const char *from, const char *to);

#endif
