/* The collector's side of the queue, and the rebuilding of a run from its directory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"
#include "scanner/queue/call.h"

static enum queue_status ask_results(struct queue *q, const char *after, size_t room,
                                     const redisReply **reply)
{
    struct call c;

    call_begin(&c, q, "results", 2);
    call_string(&c, after);
    call_number(&c, room);
    return call_ask(&c, q, reply);
}

/* Sleep until there is something after `after`. What comes is asked for again: only a function
 * verifies the epoch, and only a plain command can wait. */
static enum queue_status wait_result(struct queue *q, const char *after, unsigned wait_ms)
{
    char *key = memory_strdup(q->key), wait[16];
    const char *argv[] = { "XREAD", "COUNT", "1", "BLOCK", wait, "STREAMS", key, after };
    size_t lens[8];
    const redisReply *reply;

    strcpy(strrchr(key, ':') + 1, "");
    key = memory_grow(key, strlen(key) + sizeof("results"), 1);
    strcat(key, "results");
    argv[6] = key;
    snprintf(wait, sizeof(wait), "%u", wait_ms);
    for (size_t i = 0; i < 8; i++)
        lens[i] = strlen(argv[i]);
    reply = redis_ask(q->redis, 8, argv, lens);
    free(key);
    return call_status(q, reply);
}

static bool read_result(struct queue_result *out, const redisReply *entry)
{
    if (!call_is_entry(entry, sizeof(out->id)) || entry->element[1]->integer >= KIND_COUNT)
        return false;
    snprintf(out->id, sizeof(out->id), "%s", entry->element[0]->str);
    out->kind = (enum kind)entry->element[1]->integer;
    out->records = (unsigned)entry->element[2]->integer;
    out->frame = entry->element[3]->str;
    out->len = (size_t)entry->element[3]->len;
    return true;
}

enum queue_status queue_results(struct queue *q, const char *after, struct queue_result *out,
                                size_t room, size_t *count, unsigned wait_ms)
{
    const redisReply *reply;
    enum queue_status status = ask_results(q, after, room, &reply);

    *count = 0;
    if (status == QUEUE_OK && reply->elements == 0 && wait_ms > 0) {
        status = wait_result(q, after, wait_ms);
        if (status == QUEUE_OK)
            status = ask_results(q, after, room, &reply);
    }
    for (size_t i = 0; status == QUEUE_OK && i < reply->elements; i++) {
        if (i == room || !read_result(&out[i], reply->element[i])) {
            snprintf(q->error, sizeof(q->error), "Redis holds a result of another version");
            return QUEUE_REFUSED;
        }
        *count = i + 1;
    }
    return status;
}

enum queue_status queue_trim(struct queue *q, const char *through)
{
    struct call c;

    call_begin(&c, q, "trim", 1);
    call_string(&c, through);
    return call_ask(&c, q, NULL);
}

enum queue_status queue_mark_seen(struct queue *q, enum queue_seen which, const uint64_t *hashes,
                                  size_t count)
{
    struct call c;

    call_begin(&c, q, "mark_seen", 1 + count);
    call_string(&c, which == QUEUE_SEEN_HOSTS ? "hosts" : "certs");
    for (size_t i = 0; i < count; i++)
        call_hash(&c, hashes[i]);
    return call_ask(&c, q, NULL);
}

enum queue_status queue_add_jobs(struct queue *q, enum stage stage, const struct queue_item *jobs,
                                 size_t count)
{
    struct call c;

    call_begin(&c, q, "add_jobs", 2 + 2 * count);
    call_string(&c, stage_name(stage));
    call_number(&c, count);
    for (size_t i = 0; i < count; i++) {
        if (stage == STAGE_STARTTLS)
            call_hash(&c, jobs[i].hash);
        else
            call_string(&c, "");
        call_bytes(&c, jobs[i].data, jobs[i].len);
    }
    return call_ask(&c, q, NULL);
}

enum queue_status queue_mark_done(struct queue *q, enum kind kind, uint64_t records)
{
    struct call c;

    call_begin(&c, q, "mark_done", 2);
    call_number(&c, kind);
    call_number(&c, records);
    return call_ask(&c, q, NULL);
}
