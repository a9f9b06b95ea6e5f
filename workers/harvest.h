/* harvest: what finished jobs of a batch have brought in, until it goes to the queue in one commit:
 * records by kind, items (jobs that follow, certificates, jobs to come back), and whose they are.
 */
#ifndef MXC_WORKERS_HARVEST_H
#define MXC_WORKERS_HARVEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/buf.h"
#include "scanner/queue/queue.h"

enum item_sort { ITEM_POLICY, ITEM_HOST, ITEM_CERT, ITEM_DELAYED, ITEM_SORTS };

/* Items of one sort, their bytes one after another in `text`. */
struct item_list {
    struct item_entry {
        uint64_t hash;
        size_t len;
    } * entries;
    size_t count, room;
    struct buf text;
};

struct harvest {
    struct buf lines[KIND_COUNT];
    unsigned records[KIND_COUNT];
    struct item_list items[ITEM_SORTS];
    uint16_t covered[QUEUE_BATCH_JOBS_MAX]; /* jobs by their number in the batch */
    size_t covered_count;
    uint64_t since_ms; /* when the first of them ended */
};

void harvest_init(struct harvest *h);
void harvest_reset(struct harvest *h); /* empty; memory kept */
void harvest_free(struct harvest *h);

/* All copied. A record is one JSON object, without newline. */
void harvest_record(struct harvest *h, enum kind kind, const char *record, size_t len);
void harvest_item(struct harvest *h, enum item_sort sort, uint64_t hash, const void *data,
                  size_t len);
void harvest_cover(struct harvest *h, uint16_t number, uint64_t now_ms);
/* Is an item of this hash among the last 64 of its sort. */
bool harvest_has_lately(const struct harvest *h, enum item_sort sort, uint64_t hash);

/* Send it as c, which says whose it is: one zstd frame per kind. Nothing of h is needed after it.
 */
void harvest_commit(const struct harvest *h, struct queue *q, struct queue_commit *c,
                    queue_status_cb *cb, void *context);

#endif
