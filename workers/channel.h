/* channel: a TCP connection in the loop, in the clear at first and under TLS later, that is read
 * into one buffer with a ceiling. It waits for nothing by itself: its owner is called when the
 * socket moves. */
#ifndef MXC_WORKERS_CHANNEL_H
#define MXC_WORKERS_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "scanner/base/address.h"
#include "scanner/base/buf.h"
#include "scanner/base/outcome.h"
#include "workers/tls_client.h"

enum channel_io {
    CHANNEL_DONE,
    CHANNEL_LATER,
    CHANNEL_BROKEN /* see channel.broken */
};

typedef void channel_moved_cb(void *owner);

struct channel {
    int fd;               /* -1: none */
    SSL *ssl;             /* NULL: in the clear */
    struct buf in, out;   /* received and not yet consumed; not yet sent */
    enum outcome broken;  /* why it is of no more use */
    struct tls_facts tls; /* alert: the last one received */
    bool readable;        /* the socket may have something */
    unsigned fruitless;   /* readings of TLS that brought nothing */
    bool watching;        /* poll is initialised and has to be closed */
    int events;           /* what poll waits for */
    uv_poll_t poll;
    channel_moved_cb *moved;
    void *owner;
};

/* Begin to connect. 0, or -errno at once. moved(owner) is called whenever the socket moved, first
 * when the connection stands or has failed. */
int channel_open(struct channel *c, uv_loop_t *loop, const struct address *to, uint16_t port,
                 size_t in_ceiling, channel_moved_cb *moved, void *owner);
/* How the connection ended up: 0 or -errno. */
int channel_connected(struct channel *c);

/* Append what is there to `in`, by way of scratch: DONE after at least a byte. */
enum channel_io channel_read(struct channel *c, char *scratch, size_t size);
/* Whatever is left to read is in the socket, so that moved() will be called for it. */
bool channel_will_tell(const struct channel *c);
/* Has the peer sent something that was not read yet. One system call. */
bool channel_pending(const struct channel *c);
/* Is the socket ready for what it is watched for, told by the loop or not yet. One system call. */
bool channel_ready(const struct channel *c);
/* Queue, and send what the socket takes now; the rest goes by channel_flush(). A failure shows at
 * the next read, behind what had come before it. */
void channel_send(struct channel *c, const char *text, size_t len);
void channel_flush(struct channel *c);

/* Go on under TLS: then channel_handshake() until it is DONE. */
void channel_start_tls(struct channel *c, SSL_CTX *context, const char *sni);
enum channel_io channel_handshake(struct channel *c);

/* Close it, and call closed(handle) when its poll handle is gone; false if there is none to wait
 * for. */
bool channel_close(struct channel *c, uv_close_cb closed);

#endif
