/* udp: the sockets that queries leave by, 16 a family of addresses, each with a source port drawn
 * by a CSPRNG (RFC 5452 §9.2), whatever the resolver. Queries are gathered and leave by one
 * sendmmsg() a batch; the next batch takes another socket. Answers come in by recvmmsg(). */
#ifndef MXC_WORKERS_DNS_UDP_H
#define MXC_WORKERS_DNS_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#define UDP_SOCKETS 16 /* a family */

struct udp;

/* A datagram came in by that socket (a number below 2 * UDP_SOCKETS). One longer than 4096 bytes
 * has its TC bit set. */
typedef void udp_receive_cb(void *context, unsigned socket, const struct sockaddr_storage *from,
                            uint8_t *data, size_t len);
/* A whole batch has been handed over. */
typedef void udp_batch_cb(void *context);

/* NULL with errno set when the system will not give the sockets. */
struct udp *udp_new(uv_loop_t *loop, bool ipv4, bool ipv6, udp_receive_cb *receive,
                    udp_batch_cb *begin, void *context);
/* Closes the handles; closed is called when the last is. */
void udp_close(struct udp *u, void (*closed)(void *context), void *context);

/* Room for one query of at most QUERY_SIZE_MAX, in the batch that goes next; *socket is the one it
 * will leave by. NULL while the socket takes no more: ask again in the next turn of the loop. to
 * must live until udp_flush(). */
uint8_t *udp_slot(struct udp *u, const struct sockaddr_storage *to, socklen_t to_len,
                  unsigned *socket);
void udp_commit(struct udp *u, size_t len); /* the slot is filled */
void udp_flush(struct udp *u);

/* Answers that the receive buffers which the kernel granted can hold at once. */
size_t udp_capacity(const struct udp *u);
/* Datagrams that the kernel dropped for want of buffer (RcvbufErrors of these sockets). */
uint64_t udp_drops(const struct udp *u);

#endif
