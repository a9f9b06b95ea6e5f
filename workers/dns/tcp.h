/* tcp: for answers too long for UDP: two persistent connections to a resolver, each with many
 * queries at once (RFC 7766 §6.2.1), opened when first needed and again when they broke. Queries
 * of a turn of the loop leave by one write. */
#ifndef MXC_WORKERS_DNS_TCP_H
#define MXC_WORKERS_DNS_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "workers/dns/resolvers.h"

#define TCP_STREAMS 2     /* to a resolver */
#define TCP_CHANNEL 0x100 /* a stream's channel is this and its number; UDP sockets are below */

struct tcp;

typedef void tcp_receive_cb(void *context, uint32_t channel, uint8_t *data, size_t len);
/* The connection ended: what was asked on this channel gets no answer on it. */
typedef void tcp_lost_cb(void *context, uint32_t channel);

struct tcp *tcp_new(uv_loop_t *loop, const struct resolvers *resolvers, tcp_receive_cb *receive,
                    tcp_lost_cb *lost, void *context);
void tcp_close(struct tcp *t, void (*closed)(void *context), void *context);

/* The channel to ask this resolver on next; connects if need be. */
uint32_t tcp_channel(struct tcp *t, unsigned resolver);
void tcp_send(struct tcp *t, uint32_t channel, const uint8_t *query, size_t len);
void tcp_flush(struct tcp *t);
/* End it if nothing has come by it for that long; lost is called then. */
void tcp_give_up(struct tcp *t, uint32_t channel, uint64_t silent_ms);

#endif
