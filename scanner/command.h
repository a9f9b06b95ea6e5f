/* command: the subcommands of the program. Each takes its options and returns an exit status of
 * scanner/base/exits.h. */
#ifndef MXC_SCANNER_COMMAND_H
#define MXC_SCANNER_COMMAND_H

#include "scanner/options.h"

int command_run(struct options *o);
int command_resume(struct options *o);
int command_worker(struct options *o);
int command_status(struct options *o);
int command_stats(struct options *o);
int command_export(struct options *o);
int command_diff(struct options *o);
int command_history(struct options *o);
int command_report(struct options *o);
int command_judge(struct options *o);
int command_rejudge(struct options *o);
int command_check(struct options *o);

#endif
