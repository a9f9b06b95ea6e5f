/* call: one FCALL of the queue's function library, from its arguments to its status. */
#ifndef MXC_QUEUE_CALL_H
#define MXC_QUEUE_CALL_H

#include <hiredis/hiredis.h>

#include "scanner/base/arena.h"
#include "scanner/queue/queue.h"

struct queue {
    struct redis *redis;
    char *key; /* "mxc:{run}:state" */
    char epoch[QUEUE_EPOCH_SIZE];
    uint8_t hash_key[16];
    char error[256];
};

struct call {
    struct arena arena; /* of the arrays and numbers below */
    const char **argv;
    size_t *lens;
    int argc, cap;
};

/* Begin a call with room for `more` arguments beyond function, key and epoch. Arguments are not
 * copied, numbers are. */
void call_begin(struct call *c, const struct queue *q, const char *function, size_t more);
void call_bytes(struct call *c, const void *data, size_t len);
void call_string(struct call *c, const char *s);
void call_number(struct call *c, uint64_t n);
void call_hash(struct call *c, uint64_t hash); /* as the seen-sets want it: signed decimal */

/* Send it and end it. call_ask: the reply, or NULL; q's error is set where the status is not OK. */
enum queue_status call_ask(struct call *c, struct queue *q, const redisReply **reply);
void call_send(struct call *c, struct queue *q, redis_reply_cb *cb, void *context);

enum queue_status call_status(struct queue *q, const redisReply *reply);

/* The library's replies have a shape; what answers in its place may have any. All elements of an
 * array are texts; an entry is a text of less than id_size bytes, two numbers of at least 0, a
 * text.
 */
bool call_is_texts(const redisReply *reply);
bool call_is_entry(const redisReply *reply, size_t id_size);

#endif
