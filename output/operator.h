/* operator: who runs a mail host: by the curated list (curated.h), else its registrable domain. */
#ifndef MXC_OUTPUT_OPERATOR_H
#define MXC_OUTPUT_OPERATOR_H

/* Points into the list or into mx_host. Any thread. */
const char *operator_of(const char *mx_host);

#endif
