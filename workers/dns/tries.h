/* tries: the queries sent for a question, one after another: which resolver, by UDP or TCP, and
 * when to wait no longer. */
#ifndef MXC_WORKERS_DNS_TRIES_H
#define MXC_WORKERS_DNS_TRIES_H

#include "workers/dns/engine_state.h"

void tries_wait(struct dns_engine *e, struct question *q, uint64_t after_us); /* set its timer */

/* Ask whoever is free, those not yet tried first. tries_first: false, and nothing changed, when
 * nobody is. tries_again: then it waits for a turn, or ends. */
bool tries_first(struct dns_engine *e, struct question *q);
void tries_again(struct dns_engine *e, struct question *q);
/* The same resolver, without waiting for its window if it can be. */
void tries_same(struct dns_engine *e, struct question *q, struct resolver *r);

/* Its time has passed: what is still open counts as silent, and it is asked again or ends. */
void tries_due(struct dns_engine *e, struct question *q);
/* The connection broke: what waited for an answer on it is asked again, after a moment. */
void tries_lost(struct dns_engine *e, uint32_t channel);
/* It ends: none of them is awaited any more. One that was silent, while another was answered in
 * time, is held against its resolver. */
void tries_close(struct dns_engine *e, struct question *q, bool in_time);

#endif
