/* channel: one accepted connection: its bytes in and out, plain or TLS, at once or paced, and its
 * two handles in the loop. It calls `advance` whenever something may have changed; advance closes
 * it. */
#ifndef MXC_PEER_CHANNEL_H
#define MXC_PEER_CHANNEL_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#define CHANNEL_FOR_EVER ((size_t)-1)

enum io { IO_DONE, IO_LATER, IO_GONE }; /* LATER: advance will be called again; GONE: close it */

struct channel {
    uv_poll_t poll;
    uv_timer_t timer;
    int fd, handles, watched;
    SSL *ssl; /* NULL: plain */
    char in[1024];
    size_t in_len;
    char *out;
    size_t out_len, out_room, out_sent;
    const char *flood;
    size_t flood_left;       /* bytes, or CHANNEL_FOR_EVER */
    unsigned piece, pace_ms; /* 0: all at once */
    uint64_t hold_ms;        /* before the next byte out */
    void (*advance)(struct channel *c);
};

void channel_open(struct channel *c, uv_loop_t *loop, int fd, void (*advance)(struct channel *c));
void channel_close(struct channel *c); /* frees it by and by; advance is not called again */
void channel_reset(struct channel *c); /* the same by RST */

void channel_send(struct channel *c, const char *data, size_t len); /* queued for channel_flush */
void channel_flood(struct channel *c, const char *text,
                   size_t bytes);         /* text repeated, behind what is queued */
enum io channel_flush(struct channel *c); /* DONE: all is sent */
/* The next line, NUL-terminated without its line end; what does not fit is dropped. */
enum io channel_line(struct channel *c, char *line, size_t room);
enum io channel_discard(struct channel *c);            /* DONE: bytes came and were thrown away */
enum io channel_handshake(struct channel *c);          /* of c->ssl */
enum io channel_sleep(struct channel *c, uint64_t ms); /* LATER, and nothing before that */

#endif
