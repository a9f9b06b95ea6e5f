/* link: the bytes between us and Redis, over a Unix socket, TCP or TLS, never blocking but in
 * link_open(). */
#ifndef MXC_QUEUE_LINK_H
#define MXC_QUEUE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "scanner/queue/redis.h"

struct link {
    int fd;
    struct ssl_st *ssl; /* NULL: none */
    struct ssl_ctx_st *ctx;
    bool wants_write; /* the last call waits for room, else for bytes (TLS may want either) */
};

#define LINK_AGAIN (-1) /* not now: wait as wants_write says */
#define LINK_GONE (-2)  /* for good: closed or failed */

/* True, or false with *error (static text until the next call). */
bool link_open(struct link *l, const struct redis_address *a, int timeout_ms, const char **error);
ssize_t link_read(struct link *l, void *data, size_t room);
ssize_t link_write(struct link *l, const void *data, size_t len);
bool link_wait(const struct link *l, int timeout_ms); /* poll as wants_write says; false: in vain */
void link_close(struct link *l);

#endif
