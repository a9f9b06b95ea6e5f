#include "workers/harvest.h"

#include <assert.h>
#include <stdlib.h>

#include "scanner/base/frame.h"
#include "scanner/base/memory.h"

#define LATELY 64

void harvest_init(struct harvest *h)
{
    for (int k = 0; k < KIND_COUNT; k++)
        buf_init(&h->lines[k], BUF_NO_CEILING);
    for (int s = 0; s < ITEM_SORTS; s++)
        buf_init(&h->items[s].text, BUF_NO_CEILING);
}

void harvest_reset(struct harvest *h)
{
    for (int k = 0; k < KIND_COUNT; k++) {
        buf_reset(&h->lines[k]);
        h->records[k] = 0;
    }
    for (int s = 0; s < ITEM_SORTS; s++) {
        h->items[s].count = 0;
        buf_reset(&h->items[s].text);
    }
    h->covered_count = 0;
}

void harvest_free(struct harvest *h)
{
    for (int k = 0; k < KIND_COUNT; k++)
        buf_free(&h->lines[k]);
    for (int s = 0; s < ITEM_SORTS; s++) {
        free(h->items[s].entries);
        buf_free(&h->items[s].text);
    }
}

void harvest_record(struct harvest *h, enum kind kind, const char *record, size_t len)
{
    buf_append(&h->lines[kind], record, len);
    buf_byte(&h->lines[kind], '\n');
    h->records[kind]++;
}

void harvest_item(struct harvest *h, enum item_sort sort, uint64_t hash, const void *data,
                  size_t len)
{
    struct item_list *l = &h->items[sort];

    if (l->count == l->room) {
        l->room = l->room > 0 ? l->room * 2 : 16;
        l->entries = memory_grow(l->entries, l->room, sizeof(*l->entries));
    }
    l->entries[l->count++] = (struct item_entry){ .hash = hash, .len = len };
    buf_append(&l->text, data, len);
}

void harvest_cover(struct harvest *h, uint16_t number, uint64_t now_ms)
{
    assert(h->covered_count < QUEUE_BATCH_JOBS_MAX);
    if (h->covered_count == 0)
        h->since_ms = now_ms;
    h->covered[h->covered_count++] = number;
}

bool harvest_has_lately(const struct harvest *h, enum item_sort sort, uint64_t hash)
{
    const struct item_list *l = &h->items[sort];

    for (size_t i = l->count > LATELY ? l->count - LATELY : 0; i < l->count; i++)
        if (l->entries[i].hash == hash)
            return true;
    return false;
}

/* ---- commit ---- */

/* The list in the queue's form; free() it. */
static struct queue_item *items_of(const struct item_list *l)
{
    struct queue_item *items = memory_alloc(l->count * sizeof(*items));
    const char *data = l->text.data;

    for (size_t i = 0; i < l->count; i++) {
        items[i] = (struct queue_item){ l->entries[i].hash, data, l->entries[i].len };
        data += l->entries[i].len;
    }
    return items;
}

static void compress_lines(const struct harvest *h, struct buf frames[KIND_COUNT],
                           struct queue_commit *c)
{
    for (int k = 0; k < KIND_COUNT; k++) {
        buf_init(&frames[k], BUF_NO_CEILING);
        if (h->records[k] == 0)
            continue;
        if (!frame_compress(&frames[k], h->lines[k].data, h->lines[k].len))
            abort(); /* no ceiling here: out of memory is the only reason */
        c->results[k].frame = frames[k].data;
        c->results[k].len = frames[k].len;
        c->results[k].records = h->records[k];
    }
}

void harvest_commit(const struct harvest *h, struct queue *q, struct queue_commit *c,
                    queue_status_cb *cb, void *context)
{
    struct queue_item *items[ITEM_SORTS];
    struct buf frames[KIND_COUNT];

    compress_lines(h, frames, c);
    for (int s = 0; s < ITEM_SORTS; s++)
        items[s] = items_of(&h->items[s]);
    c->covered = h->covered;
    c->covered_count = h->covered_count;
    c->policies = items[ITEM_POLICY];
    c->policy_count = h->items[ITEM_POLICY].count;
    c->hosts = items[ITEM_HOST];
    c->host_count = h->items[ITEM_HOST].count;
    c->certs = items[ITEM_CERT];
    c->cert_count = h->items[ITEM_CERT].count;
    c->delayed = items[ITEM_DELAYED];
    c->delayed_count = h->items[ITEM_DELAYED].count;
    queue_commit(q, c, cb, context);
    for (int s = 0; s < ITEM_SORTS; s++)
        free(items[s]);
    for (int k = 0; k < KIND_COUNT; k++)
        buf_free(&frames[k]);
}
