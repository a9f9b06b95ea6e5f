/* queue: the contract between coordinator, workers and collector (DESIGN.md section 4), on Redis
 * Streams and a Redis Function library (mxcensus_v1.lua, compiled in). Every change of state is one
 * FCALL that verifies the epoch of the run first.
 *
 * A job is one JSON object on one line, without its newline. A batch is an entry of a stage's
 * stream: the jobs of it, numbered from 0. What is committed is committed for good and once. */
#ifndef MXC_QUEUE_QUEUE_H
#define MXC_QUEUE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "scanner/base/buf.h"
#include "scanner/queue/redis.h"

enum stage {
    STAGE_DNS,
    STAGE_POLICY,
    STAGE_STARTTLS,
    STAGE_COUNT
}; /* jobs:dns, jobs:policy, jobs:starttls */
enum kind {
    KIND_DOMAINS,
    KIND_POLICIES,
    KIND_MX,
    KIND_CERTS,
    KIND_COUNT
};                                    /* the four result files */
const char *stage_name(enum stage s); /* "dns", "policy", "starttls" */
const char *kind_name(enum kind k);   /* "domains", "policies", "mx", "certs": the file's stem */

#define RECORD_VERSION 1 /* of the schema: member "v" of every record, of whichever kind */

#define QUEUE_BATCH_JOBS_MAX 1024
/* Of jobs waiting: feeding stops. Of results waiting: claiming stops. Less where Redis has little
 * memory, so that there is room for the commits of what is in hand: else none could free any. */
#define QUEUE_JOBS_BYTES_MAX (64 << 20)
#define QUEUE_RESULTS_BYTES_MAX (64 << 20)
#define QUEUE_EPOCH_SIZE 33 /* 32 hex digits and a NUL */
#define QUEUE_CONSUMER_SIZE 64

enum queue_status {
    QUEUE_OK,
    QUEUE_FULL,  /* the window of batches or bytes waiting, or Redis's memory, is full: try later */
    QUEUE_EMPTY, /* nothing to claim now, or too many results wait for the collector */
    QUEUE_NOT_YOURS, /* the batch belongs to another by now: drop it */
    QUEUE_EPOCH,     /* another epoch, or none: Redis lost its data or serves another run */
    QUEUE_LOST,      /* the connection is gone */
    QUEUE_REFUSED    /* Redis answered with an error, in queue_error() */
};

struct queue; /* one connection, bound to one run */

/* run names the keys: "mxc:{run}:…". The queue owns r from here on. epoch is NULL before
 * queue_create() or queue_join(). After QUEUE_LOST: free it, connect again, and go on under the
 * same epoch and consumer; a commit whose answer was lost may be sent again, it counts once. */
struct queue *queue_new(struct redis *r, const char *run, const char *epoch);
void queue_free(struct queue *q);
const char *queue_error(const struct queue *q);

/* ---- coordinator (blocking) ---- */

/* Refuse a Redis whose durability is not as DESIGN.md section 4 wants it (appendfsync always, save
 * "", noeviction), load the library, and create the run under a fresh epoch. settings is JSON that
 * workers read back. */
enum queue_status queue_create(struct queue *q, const char *settings, char epoch[QUEUE_EPOCH_SIZE]);
/* The same in two steps, for who must note the epoch before Redis has it. */
void queue_draw_epoch(char epoch[QUEUE_EPOCH_SIZE]);
enum queue_status queue_create_under(struct queue *q, const char *settings, const char *epoch);
/* Join a run that exists: its epoch and settings (appended to *settings). QUEUE_EPOCH if there is
 * none. */
enum queue_status queue_join(struct queue *q, char epoch[QUEUE_EPOCH_SIZE], struct buf *settings);

/* Forget the run: all its keys. */
enum queue_status queue_remove(struct queue *q);

/* Add batch number n (from 0) of the list: jobs is lines of JSON, each with its newline. A number
 * already fed changes nothing and answers QUEUE_OK. With count 0 all batches up to n are fed that
 * were not, and are empty. QUEUE_FULL: window batches wait to be claimed, or too many bytes. */
enum queue_status queue_feed(struct queue *q, uint64_t n, const char *jobs, size_t len,
                             unsigned count, unsigned window);
enum queue_status queue_feed_done(struct queue *q);
enum queue_status queue_fed(struct queue *q, uint64_t *next, bool *done); /* where feeding stands */

struct queue_progress {
    uint64_t jobs_waiting[STAGE_COUNT]; /* fed or followed, not yet covered by a commit */
    uint64_t delayed[STAGE_COUNT];      /* wait for their retry */
    uint64_t done[KIND_COUNT];          /* records committed */
    uint64_t results_bytes;             /* waiting for the collector */
    uint64_t next_due_ms;               /* until the first delayed job is due; 0: now or none */
    bool feed_done, ended;              /* ended: nothing is waiting, delayed or in hand */
};
enum queue_status queue_progress(struct queue *q, struct queue_progress *p);

/* Life and death of consumers. Their counters, as last written; the caller watches them on its own
 * clock. */
struct queue_life {
    char consumer[QUEUE_CONSUMER_SIZE];
    uint64_t beats;
};
size_t queue_lives(struct queue *q, struct queue_life *lives, size_t room);
/* What each consumer, dead ones included, last told by queue_beat(); lives until the callback
 * returns. */
typedef void queue_report_cb(void *context, const char *consumer, const char *report, size_t len);
enum queue_status queue_reports(struct queue *q, queue_report_cb *cb, void *context);
/* Put back, in new entries, what the dead consumer had claimed and not covered; delete it. A job
 * that was in hand when it died (suspect: "stage/entry/index", or NULL) is counted; at its second
 * death it comes back flagged for quarantine. */
enum queue_status queue_bury(struct queue *q, const char *consumer, const char *suspect);

/* Rebuilding a run whose Redis was lost, under a new epoch and before its feed: what is recorded
 * already. If any of these fails, begin again under another epoch. */
struct queue_item {
    uint64_t hash; /* keyed hash of host or certificate, for the seen-set */
    const char *data;
    size_t len;
};
enum queue_seen { QUEUE_SEEN_HOSTS, QUEUE_SEEN_CERTS };
enum queue_status queue_mark_seen(struct queue *q, enum queue_seen which, const uint64_t *hashes,
                                  size_t count);
/* Jobs of policy or starttls; of the latter those whose hash is new. */
enum queue_status queue_add_jobs(struct queue *q, enum stage stage, const struct queue_item *jobs,
                                 size_t count);
enum queue_status queue_mark_done(struct queue *q, enum kind kind, uint64_t records);

/* ---- collector (blocking) ---- */

struct queue_result {
    char id[48]; /* stream ID */
    enum kind kind;
    unsigned records;
    const char *frame; /* one or more zstd frames of JSON lines; lives until the next call */
    size_t len;
};
/* Up to room results after the stream ID `after` ("0" at first), waiting at most wait_ms for one.
 */
enum queue_status queue_results(struct queue *q, const char *after, struct queue_result *out,
                                size_t room, size_t *count, unsigned wait_ms);
enum queue_status queue_trim(struct queue *q,
                             const char *through); /* forget results up to and with this ID */

/* ---- worker (in a libuv loop, after queue_watch) ---- */

void queue_watch(struct queue *q, uv_loop_t *loop);

struct queue_batch {
    enum stage stage;
    char id[48];
    const char *jobs; /* lines; lives until the callback returns: copy */
    size_t len;
    unsigned count;
    bool quarantine; /* record it as quarantined, do not touch it */
};
typedef void queue_claim_cb(void *context, enum queue_status s, const struct queue_batch *b);
/* One batch of this stage, if there is one (QUEUE_EMPTY if not). Moves due delayed jobs first.
 * QUEUE_NOT_YOURS: this consumer was declared dead; it must end. */
void queue_claim(struct queue *q, enum stage stage, const char *consumer, queue_claim_cb *cb,
                 void *context);

struct queue_commit {
    enum stage stage;
    const char *id;
    const char *consumer;
    const uint16_t *covered; /* job numbers that this commit finishes or puts back */
    size_t covered_count;
    struct {
        const char *frame; /* zstd frame; NULL: none of this kind */
        size_t len;
        unsigned records;
    } results[KIND_COUNT]; /* KIND_CERTS stays empty: certificates are items */
    const struct queue_item *policies, *hosts,
        *certs; /* jobs of the next stages; a certificate is a frame of one record */
    size_t policy_count, host_count, cert_count; /* policies have no hash: one a domain */
    const struct queue_item *delayed;            /* jobs of this stage to come back; hash unused */
    size_t delayed_count;
    uint64_t delay_ms;
};
/* QUEUE_NOT_YOURS: the batch belongs to another, or was covered whole before. QUEUE_FULL: Redis has
 * no memory left, nothing changed, send it again later. */
typedef void queue_status_cb(void *context, enum queue_status s);
void queue_commit(struct queue *q, const struct queue_commit *c, queue_status_cb *cb,
                  void *context); /* copies c's data */
/* A sign of life; report, if len > 0, replaces what this consumer told of itself before. alive: how
 * many consumers the run has now, itself included; 0 unless QUEUE_OK. */
typedef void queue_beat_cb(void *context, enum queue_status s, unsigned alive);
void queue_beat(struct queue *q, const char *consumer, const char *report, size_t len,
                queue_beat_cb *cb, void *context);
uint64_t queue_hash(const struct queue *q, const void *data,
                    size_t len); /* SipHash keyed by the run, for queue_item */

#endif
