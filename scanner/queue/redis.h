/* redis: one connection to Redis, hiredis as codec only (command formatting, reply reading).
 * Unix socket, TCP and TLS are one path. Requests are pipelined; replies come in order.
 *
 * Two ways to drive it, on the same connection: redis_ask() blocks until its own reply is there
 * (the coordinator); redis_watch() hands the descriptor to a libuv loop, and from then on
 * redis_send() calls back (the workers). A reply belongs to the connection and lives until the
 * callback returns, or until the next call. */
#ifndef MXC_QUEUE_REDIS_H
#define MXC_QUEUE_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct redis;
struct redisReply; /* hiredis */

struct redis_address {
    char *socket_path; /* Unix socket, or NULL */
    char *host;        /* else this */
    int port;
    bool tls;
    char *user, *password; /* NULL: none */
    char *ca, *cert, *key; /* PEM files for TLS; NULL: the system's store, no client certificate */
};

/* "unix:/path", "redis://[user[:password]@]host[:port]", "rediss://…" (TLS), the last with
 * "?ca=FILE&cert=FILE&key=FILE" if wanted. NULL, or what is wrong (static text). The password may
 * come from the environment MXCENSUS_REDIS_PASSWORD instead. A host that is not loopback needs TLS
 * and a password; insecure lifts that. */
const char *redis_address_parse(struct redis_address *a, const char *url, bool insecure);
void redis_address_free(struct redis_address *a);

/* Connect and authenticate, within timeout_ms. NULL with *error set to one clear line (static text
 * until the next call); it never holds the password. */
struct redis *redis_open(const struct redis_address *a, int timeout_ms, const char **error);

/* Allowed inside a callback. Callbacks that still wait are not called any more. */
void redis_close(struct redis *r);

/* argv as in RESP, lengths beside. NULL when the connection is lost. Not after redis_watch(). */
const struct redisReply *redis_ask(struct redis *r, int argc, const char *const *argv,
                                   const size_t *lens);

typedef void redis_reply_cb(void *context,
                            const struct redisReply *reply /* NULL: connection lost */);
void redis_watch(struct redis *r, uv_loop_t *loop);

/* The callback never runs inside this call, also when the connection is lost already. */
void redis_send(struct redis *r, int argc, const char *const *argv, const size_t *lens,
                redis_reply_cb *cb, void *context);
bool redis_alive(const struct redis *r);

#endif
