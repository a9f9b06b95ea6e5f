/* timeline: what became of everything, hour by hour, by stage and worker, so that a block in
 * mid-run is seen; and how far apart in time the observations are that are joined. */
#ifndef MXC_OUTPUT_TIMELINE_H
#define MXC_OUTPUT_TIMELINE_H

#include "output/join.h"
#include "scanner/base/buf.h"

struct timeline;

struct timeline *timeline_new(void);
void timeline_free(struct timeline *t);

/* Count one record of KIND_DOMAINS, KIND_POLICIES or KIND_MX. Any thread. */
void timeline_take(struct timeline *t, enum kind kind, const struct json *record);
/* Count the distances in time of what was joined. Any thread. */
void timeline_join(struct timeline *t, const struct joined *d);

void timeline_write(const struct timeline *t, struct buf *out);      /* timeline.csv */
void timeline_write_skew(const struct timeline *t, struct buf *out); /* skew.csv */

#endif
