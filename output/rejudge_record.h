/* rejudge_record: a record of a run with the verdicts that its raw text has by today's rules, and
 * so with DMARC's effective policy and whether there is a DKIM key, as far as the texts in the
 * record decide that. What else other names decided (where SPF leads to) stays as it was found, and
 * so does what was cut or could not be had. Pure. */
#ifndef MXC_OUTPUT_REJUDGE_RECORD_H
#define MXC_OUTPUT_REJUDGE_RECORD_H

#include "scanner/base/json_read.h"
#include "scanner/base/json_write.h"
#include "scanner/queue/queue.h"

/* One record of this kind, read by json_parse_bytes(); its members in the order they have. Arena:
 * for what the call needs meanwhile. */
void rejudge_record(struct json_writer *w, enum kind kind, const struct json *record,
                    struct arena *arena);

#endif
