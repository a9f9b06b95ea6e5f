#include "scanner/queue/queue.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"
#include "scanner/queue/call.h"
#include "scanner/queue/library.h"

const char *stage_name(enum stage s)
{
    static const char *const names[STAGE_COUNT] = { "dns", "policy", "starttls" };

    return names[s];
}

const char *kind_name(enum kind k)
{
    static const char *const names[KIND_COUNT] = { "domains", "policies", "mx", "certs" };

    return names[k];
}

/* The epoch is 16 random bytes in hex, and they are the key of the seen-sets' hash as well. */
static void set_epoch(struct queue *q, const char *epoch)
{
    snprintf(q->epoch, sizeof(q->epoch), "%s", epoch);
    sodium_hex2bin(q->hash_key, sizeof(q->hash_key), q->epoch, strlen(q->epoch), NULL, NULL, NULL);
}

struct queue *queue_new(struct redis *r, const char *run, const char *epoch)
{
    struct queue *q = memory_alloc(sizeof(*q));
    struct buf key;

    buf_init(&key, BUF_NO_CEILING);
    buf_printf(&key, "mxc:{%s}:state", run);
    q->key = memory_strndup(key.data, key.len);
    buf_free(&key);
    q->redis = r;
    if (epoch != NULL)
        set_epoch(q, epoch);
    return q;
}

void queue_free(struct queue *q)
{
    if (q == NULL)
        return;
    redis_close(q->redis);
    free(q->key);
    free(q);
}

const char *queue_error(const struct queue *q)
{
    return q->error;
}

uint64_t queue_hash(const struct queue *q, const void *data, size_t len)
{
    uint64_t hash;

    _Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "SipHash-2-4 is 64 bits");
    crypto_shorthash((unsigned char *)&hash, data, len, q->hash_key);
    return hash;
}

/* ---- create and join ---- */

static const redisReply *ask_words(struct queue *q, int argc, const char *const *argv)
{
    size_t lens[8];

    for (int i = 0; i < argc; i++)
        lens[i] = strlen(argv[i]);
    return redis_ask(q->redis, argc, argv, lens);
}

static const char *setting_of(const redisReply *reply, const char *name)
{
    for (size_t i = 0; call_is_texts(reply) && i + 1 < reply->elements; i += 2)
        if (strcmp(reply->element[i]->str, name) == 0)
            return reply->element[i + 1]->str;
    return "?";
}

/* What a kill or a full memory would take from a Redis that is set otherwise is lost for good. Also
 * tells how much memory it has. */
static enum queue_status check_durability(struct queue *q, uint64_t *memory)
{
    static const char *const ask[] = { "CONFIG",      "GET",  "appendonly",
                                       "appendfsync", "save", "maxmemory-policy",
                                       "maxmemory" };
    static const char *const wanted[][2] = { { "appendonly", "yes" },
                                             { "appendfsync", "always" },
                                             { "save", "" },
                                             { "maxmemory-policy", "noeviction" } };
    const redisReply *reply = ask_words(q, 7, ask);
    enum queue_status status = call_status(q, reply);

    if (status != QUEUE_OK)
        return status;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (strcmp(setting_of(reply, wanted[i][0]), wanted[i][1]) != 0) {
            snprintf(q->error, sizeof(q->error),
                     "Redis would lose data: it must be set to `%s %s` (redis.conf, or CONFIG SET)",
                     wanted[i][0], wanted[i][1][0] != '\0' ? wanted[i][1] : "\"\"");
            return QUEUE_REFUSED;
        }
    }
    *memory = strtoull(setting_of(reply, "maxmemory"), NULL, 10);
    return QUEUE_OK;
}

static enum queue_status load_library(struct queue *q)
{
    const char *const load[] = { "FUNCTION", "LOAD", "REPLACE", library_text };
    const redisReply *reply = ask_words(q, 4, load);
    enum queue_status status = call_status(q, reply);

    if (status == QUEUE_REFUSED && strstr(reply->str, "unknown command") != NULL)
        snprintf(q->error, sizeof(q->error), "Redis is too old: 7.0 or later is needed");
    return status;
}

void queue_draw_epoch(char epoch[QUEUE_EPOCH_SIZE])
{
    unsigned char bytes[(QUEUE_EPOCH_SIZE - 1) / 2];

    randombytes_buf(bytes, sizeof(bytes));
    sodium_bin2hex(epoch, QUEUE_EPOCH_SIZE, bytes, sizeof(bytes));
}

enum queue_status queue_create(struct queue *q, const char *settings, char epoch[QUEUE_EPOCH_SIZE])
{
    queue_draw_epoch(epoch);
    return queue_create_under(q, settings, epoch);
}

enum queue_status queue_create_under(struct queue *q, const char *settings, const char *epoch)
{
    uint64_t memory = 0;
    enum queue_status status = check_durability(q, &memory);
    struct call c;

    if (status == QUEUE_OK)
        status = load_library(q);
    if (status != QUEUE_OK)
        return status;
    set_epoch(q, epoch);
    call_begin(&c, q, "create", 2);
    call_string(&c, settings);
    call_number(&c, memory);
    return call_ask(&c, q, NULL);
}

enum queue_status queue_join(struct queue *q, char epoch[QUEUE_EPOCH_SIZE], struct buf *settings)
{
    const char *const ask[] = { "HMGET", q->key, "epoch", "settings" };
    const redisReply *reply = ask_words(q, 4, ask);
    enum queue_status status = call_status(q, reply);

    if (status != QUEUE_OK)
        return status;
    if (reply->elements != 2 || reply->element[0]->type != REDIS_REPLY_STRING ||
        reply->element[0]->len != QUEUE_EPOCH_SIZE - 1 ||
        reply->element[1]->type != REDIS_REPLY_STRING) {
        snprintf(q->error, sizeof(q->error), "Redis holds no run of this name");
        return QUEUE_EPOCH;
    }
    set_epoch(q, reply->element[0]->str);
    memcpy(epoch, q->epoch, QUEUE_EPOCH_SIZE);
    if (settings != NULL)
        buf_append(settings, reply->element[1]->str, (size_t)reply->element[1]->len);
    return QUEUE_OK;
}

enum queue_status queue_remove(struct queue *q)
{
    struct call c;

    call_begin(&c, q, "remove", 0);
    return call_ask(&c, q, NULL);
}

/* ---- feed and progress ---- */

enum queue_status queue_feed(struct queue *q, uint64_t n, const char *jobs, size_t len,
                             unsigned count, unsigned window)
{
    struct call c;

    call_begin(&c, q, "feed", 5);
    call_number(&c, n);
    call_number(&c, count);
    call_number(&c, window);
    call_number(&c, QUEUE_JOBS_BYTES_MAX);
    call_bytes(&c, jobs, len);
    return call_ask(&c, q, NULL);
}

enum queue_status queue_feed_done(struct queue *q)
{
    struct call c;

    call_begin(&c, q, "feed_done", 0);
    return call_ask(&c, q, NULL);
}

/* The integers of a reply, in the order of the library's table. */
static enum queue_status ask_integers(struct call *c, struct queue *q, uint64_t *out, size_t count)
{
    const redisReply *reply;
    enum queue_status status = call_ask(c, q, &reply);

    if (status != QUEUE_OK)
        return status;
    if (reply->elements != count) {
        snprintf(q->error, sizeof(q->error), "Redis holds another version of the library");
        return QUEUE_REFUSED;
    }
    for (size_t i = 0; i < count; i++)
        out[i] = (uint64_t)reply->element[i]->integer;
    return QUEUE_OK;
}

enum queue_status queue_fed(struct queue *q, uint64_t *next, bool *done)
{
    uint64_t n[2] = { 0, 0 };
    enum queue_status status;
    struct call c;

    call_begin(&c, q, "fed", 0);
    status = ask_integers(&c, q, n, 2);
    *next = n[0];
    *done = n[1] != 0;
    return status;
}

enum queue_status queue_progress(struct queue *q, struct queue_progress *p)
{
    uint64_t n[2 * STAGE_COUNT + KIND_COUNT + 3] = { 0 }, *at = n, open = 0;
    enum queue_status status;
    struct call c;

    call_begin(&c, q, "progress", 0);
    status = ask_integers(&c, q, n, sizeof(n) / sizeof(n[0]));
    for (int i = 0; i < STAGE_COUNT; i++)
        open += p->jobs_waiting[i] = *at++;
    for (int i = 0; i < STAGE_COUNT; i++)
        open += p->delayed[i] = *at++;
    for (int i = 0; i < KIND_COUNT; i++)
        p->done[i] = *at++;
    p->results_bytes = *at++;
    p->next_due_ms = *at++;
    p->feed_done = *at++ != 0;
    p->ended = status == QUEUE_OK && p->feed_done && open == 0;
    return status;
}

/* ---- life and death ---- */

size_t queue_lives(struct queue *q, struct queue_life *lives, size_t room)
{
    const redisReply *reply;
    size_t count = 0;
    struct call c;

    call_begin(&c, q, "lives", 0);
    if (call_ask(&c, q, &reply) != QUEUE_OK || !call_is_texts(reply))
        return 0;
    for (size_t i = 0; i + 1 < reply->elements && count < room; i += 2) {
        snprintf(lives[count].consumer, sizeof(lives[count].consumer), "%s",
                 reply->element[i]->str);
        lives[count++].beats = strtoull(reply->element[i + 1]->str, NULL, 10);
    }
    return count;
}

enum queue_status queue_reports(struct queue *q, queue_report_cb *cb, void *context)
{
    const redisReply *reply;
    enum queue_status status;
    struct call c;

    call_begin(&c, q, "reports", 0);
    status = call_ask(&c, q, &reply);
    for (size_t i = 0; status == QUEUE_OK && call_is_texts(reply) && i + 1 < reply->elements;
         i += 2)
        cb(context, reply->element[i]->str, reply->element[i + 1]->str, reply->element[i + 1]->len);
    return status;
}

enum queue_status queue_bury(struct queue *q, const char *consumer, const char *suspect)
{
    char stage[16] = "", entry[48] = "";
    unsigned number = 0;
    struct call c;

    if (suspect != NULL && sscanf(suspect, "%15[^/]/%47[^/]/%u", stage, entry, &number) != 3)
        stage[0] = '\0'; /* a torn breadcrumb accuses nobody */
    call_begin(&c, q, "bury", 4);
    call_string(&c, consumer);
    call_string(&c, stage);
    call_string(&c, entry);
    call_number(&c, number);
    return call_ask(&c, q, NULL);
}
