/* replies: what an answer makes of its question: its end, or another try. */
#ifndef MXC_WORKERS_DNS_REPLIES_H
#define MXC_WORKERS_DNS_REPLIES_H

#include "workers/dns/engine_state.h"

/* A message came in by this channel. It is believed if a query of this ID is awaited there, it
 * comes from whom that went to, and has its question. from is NULL where the channel itself is
 * proof of the sender. */
void replies_take(struct dns_engine *e, uint32_t channel, const struct sockaddr_storage *from,
                  const uint8_t *message, size_t len);

#endif
