/* shared_answers: answers that many domains need, as what stands at a TLD or at whoever takes the
 * reports of a million domains. Each is asked for once in a worker, however many wait for it, and
 * kept for an hour or until newer ones need its room; failures are not kept. */
#ifndef MXC_WORKERS_SHARED_ANSWERS_H
#define MXC_WORKERS_SHARED_ANSWERS_H

#include <uv.h>

#include "workers/dns/engine.h"

struct shared_answers;

/* bytes_max: of what is kept; what is being asked for comes on top. */
struct shared_answers *shared_answers_new(uv_loop_t *loop, struct dns_engine *dns,
                                          size_t bytes_max);
void shared_answers_free(struct shared_answers *s);

/* A copy of the answer in arena, where it is known. NULL otherwise: cb then gets it later, never
 * from inside this call. name: as for dns_ask(). */
const struct dns_answer *shared_answers_ask(struct shared_answers *s, struct arena *arena,
                                            const char *name, uint16_t type, dns_answer_cb *cb,
                                            void *context);

#endif
