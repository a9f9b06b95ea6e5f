#include "scanner/queue/call.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void call_begin(struct call *c, const struct queue *q, const char *function, size_t more)
{
    char name[64];

    arena_init(&c->arena, 1024);
    c->argc = 0;
    c->cap = (int)more + 5;
    c->argv = arena_array(&c->arena, (size_t)c->cap, sizeof(*c->argv));
    c->lens = arena_array(&c->arena, (size_t)c->cap, sizeof(*c->lens));
    snprintf(name, sizeof(name), "mxcensus_v1_%s", function);
    call_string(c, "FCALL");
    call_string(c, arena_strdup(&c->arena, name));
    call_string(c, "1");
    call_string(c, q->key);
    call_string(c, q->epoch);
}

void call_bytes(struct call *c, const void *data, size_t len)
{
    assert(c->argc < c->cap);
    c->argv[c->argc] = len > 0 ? data : "";
    c->lens[c->argc++] = len;
}

void call_string(struct call *c, const char *s)
{
    call_bytes(c, s, strlen(s));
}

void call_number(struct call *c, uint64_t n)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRIu64, n);

    call_bytes(c, arena_strndup(&c->arena, text, (size_t)len), (size_t)len);
}

void call_hash(struct call *c, uint64_t hash)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRId64, (int64_t)hash);

    call_bytes(c, arena_strndup(&c->arena, text, (size_t)len), (size_t)len);
}

static bool begins(const redisReply *reply, const char *word)
{
    return strncmp(reply->str, word, strlen(word)) == 0;
}

static enum queue_status status_of_error(struct queue *q, const redisReply *reply)
{
    if (begins(reply, "OOM")) {
        snprintf(q->error, sizeof(q->error), "Redis has reached its maxmemory");
        return QUEUE_FULL;
    }
    if (begins(reply, "LOADING")) { /* it was restarted, and is not what we connected to yet */
        snprintf(q->error, sizeof(q->error), "Redis is still loading its data");
        return QUEUE_LOST;
    }
    if (begins(reply, "ERR Function not found")) {
        snprintf(q->error, sizeof(q->error), "Redis has no library mxcensus_v1: it lost its data");
        return QUEUE_EPOCH;
    }
    snprintf(q->error, sizeof(q->error), "Redis: %s", reply->str);
    return QUEUE_REFUSED;
}

enum queue_status call_status(struct queue *q, const redisReply *reply)
{
    static const struct {
        const char *word;
        enum queue_status status;
        const char *error;
    } words[] = {
        { "OK", QUEUE_OK, "" },
        { "FULL", QUEUE_FULL, "the window of waiting batches is full" },
        { "EMPTY", QUEUE_EMPTY, "nothing to claim" },
        { "NOTYOURS", QUEUE_NOT_YOURS, "the batch belongs to another consumer" },
        { "EPOCH", QUEUE_EPOCH, "Redis does not hold this run, or lost its data" },
        { "EXISTS", QUEUE_REFUSED,
          "Redis holds a run of this name already: choose another with --run" },
    };

    if (reply == NULL) {
        snprintf(q->error, sizeof(q->error), "the connection to Redis is lost");
        return QUEUE_LOST;
    }
    if (reply->type == REDIS_REPLY_ERROR)
        return status_of_error(q, reply);
    if (reply->type != REDIS_REPLY_STATUS)
        return QUEUE_OK;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(reply->str, words[i].word) == 0) {
            snprintf(q->error, sizeof(q->error), "%s", words[i].error);
            return words[i].status;
        }
    }
    snprintf(q->error, sizeof(q->error), "Redis answered %s", reply->str);
    return QUEUE_REFUSED;
}

bool call_is_texts(const redisReply *reply)
{
    for (size_t i = 0; i < reply->elements; i++)
        if (reply->element[i]->type != REDIS_REPLY_STRING)
            return false;
    return reply->type == REDIS_REPLY_ARRAY;
}

bool call_is_entry(const redisReply *reply, size_t id_size)
{
    static const int types[] = { REDIS_REPLY_STRING, REDIS_REPLY_INTEGER, REDIS_REPLY_INTEGER,
                                 REDIS_REPLY_STRING };

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4)
        return false;
    for (size_t i = 0; i < 4; i++)
        if (reply->element[i]->type != types[i] ||
            (types[i] == REDIS_REPLY_INTEGER && reply->element[i]->integer < 0))
            return false;
    return (size_t)reply->element[0]->len < id_size;
}

enum queue_status call_ask(struct call *c, struct queue *q, const redisReply **reply)
{
    const redisReply *r = redis_ask(q->redis, c->argc, c->argv, c->lens);

    arena_free(&c->arena);
    if (reply != NULL)
        *reply = r;
    return call_status(q, r);
}

void call_send(struct call *c, struct queue *q, redis_reply_cb *cb, void *context)
{
    redis_send(q->redis, c->argc, c->argv, c->lens, cb, context);
    arena_free(&c->arena);
}
