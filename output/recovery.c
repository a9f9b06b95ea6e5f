#include "output/recovery.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "output/checkpoint.h"
#include "output/collector.h"
#include "output/records.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/queue/follow_up.h"
#include "workers/parse/mx_set.h"

#define CALL_ITEMS 1024 /* in one call of the queue */

/* Jobs on their way to the queue, their text one after another. */
struct outbox {
    enum stage stage;
    struct queue_item items[CALL_ITEMS];
    size_t offsets[CALL_ITEMS], count;
    struct buf text;
};

struct recovery {
    const char *directory;
    const struct settings *settings;
    struct queue *queue;
    recovery_cb *recorded;
    void *context;
    uint64_t counts[KIND_COUNT]; /* records up to the checkpoint */
    pthread_mutex_t lock;        /* of all below; records are read by several threads */
    void (*take)(struct recovery *r, const struct json *record); /* of the file being read */
    enum queue_status status;    /* sticks: nothing is sent after it */
    uint64_t hashes[CALL_ITEMS]; /* for a seen-set */
    size_t hash_count;
    uint64_t *policies; /* hashes of the domains that have a policy record, sorted in the end */
    size_t policy_count, policy_room;
    struct outbox policy_jobs, host_jobs;
};

/* ---- the files, cut to the checkpoint ---- */

int recovery_epoch(const char *directory, char epoch[QUEUE_EPOCH_SIZE])
{
    struct appender files[KIND_COUNT];
    struct checkpoint c;
    int fault = checkpoint_look(directory, &c, files);

    checkpoint_forget(files);
    epoch[0] = '\0';
    if (fault == 0)
        memcpy(epoch, c.epoch, QUEUE_EPOCH_SIZE);
    if (fault == 0 || fault == -ENOENT)
        return EXIT_OK;
    log_error("%s/checkpoint.json: %s", directory,
              fault == -EBADMSG ? "it cannot be read; restore it from a copy" : strerror(-fault));
    return EXIT_DISK;
}

/* A collector that opens and closes leaves exactly what is checkpointed, the tails shown. */
static bool cut_files(struct recovery *r, const char *epoch)
{
    struct collector *c = collector_open(r->directory, epoch);

    if (c == NULL)
        return false;
    collector_counts(c, r->counts);
    collector_close(c);
    return true;
}

static void on_record(void *context, unsigned thread, const struct json *record)
{
    struct recovery *r = context;

    (void)thread;
    pthread_mutex_lock(&r->lock);
    r->take(r, record);
    pthread_mutex_unlock(&r->lock);
}

/* Not as many records as were checkpointed, though every frame can be read: frames are gone from
 * the file. What lies in a damaged frame is lost, and taken again. */
static int read_kind(struct recovery *r, enum kind kind,
                     void (*take)(struct recovery *r, const struct json *record))
{
    struct records_report report;
    int fault;

    r->take = take;
    fault = records_read(r->directory, kind, records_threads(), on_record, r, &report);
    if (fault == 0 && report.corrupt_frames == 0 && report.corrupt_lines == 0 &&
        report.records != r->counts[kind])
        fault = -ENODATA;
    if (fault != 0) {
        log_error("%s/%s.jsonl.zst: %s; make space or mend the disk, then resume the run",
                  r->directory, kind_name(kind), strerror(-fault));
        return EXIT_DISK;
    }
    records_sound(r->directory, kind, &report);
    return EXIT_OK;
}

/* ---- what is there ---- */

static void hashes_send(struct recovery *r, enum queue_seen which)
{
    if (r->hash_count > 0 && r->status == QUEUE_OK)
        r->status = queue_mark_seen(r->queue, which, r->hashes, r->hash_count);
    r->hash_count = 0;
}

static void hash_add(struct recovery *r, enum queue_seen which, const void *data, size_t len)
{
    r->hashes[r->hash_count++] = queue_hash(r->queue, data, len);
    if (r->hash_count == CALL_ITEMS)
        hashes_send(r, which);
}

/* The queue knows a certificate by the bytes of its SHA-256, as the workers do. */
static void take_cert(struct recovery *r, const struct json *record)
{
    const char *hex = json_get_string(record, "sha256");
    unsigned char bytes[crypto_hash_sha256_BYTES];
    size_t len = 0;

    if (hex == NULL ||
        sodium_hex2bin(bytes, sizeof(bytes), hex, strlen(hex), NULL, &len, NULL) != 0 ||
        len != sizeof(bytes))
        return;
    hash_add(r, QUEUE_SEEN_CERTS, bytes, sizeof(bytes));
}

/* All records of a host came in one result: one of them stands for all. */
static void take_host(struct recovery *r, const struct json *record)
{
    const char *host = json_get_string(record, "host");

    if (host == NULL)
        return;
    hash_add(r, QUEUE_SEEN_HOSTS, host, strlen(host));
}

static void take_policy(struct recovery *r, const struct json *record)
{
    const char *domain = json_get_string(record, "domain");

    if (domain == NULL)
        return;
    if (r->policy_count == r->policy_room) {
        r->policy_room = r->policy_room > 0 ? 2 * r->policy_room : CALL_ITEMS;
        r->policies = memory_grow(r->policies, r->policy_room, sizeof(*r->policies));
    }
    r->policies[r->policy_count++] = queue_hash(r->queue, domain, strlen(domain));
}

static int compare(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static bool has_policy(const struct recovery *r, const char *domain)
{
    uint64_t hash = queue_hash(r->queue, domain, strlen(domain));

    return r->policy_count > 0 &&
           bsearch(&hash, r->policies, r->policy_count, sizeof(*r->policies), compare) != NULL;
}

/* ---- what follows ---- */

static void outbox_send(struct recovery *r, struct outbox *o)
{
    for (size_t i = 0; i < o->count; i++)
        o->items[i].data = o->text.data + o->offsets[i]; /* it does not move any more */
    if (o->count > 0 && r->status == QUEUE_OK)
        r->status = queue_add_jobs(r->queue, o->stage, o->items, o->count);
    o->count = 0;
    buf_reset(&o->text);
}

/* The job is what was appended to the text since `from`. */
static void outbox_add(struct recovery *r, struct outbox *o, uint64_t hash, size_t from)
{
    o->offsets[o->count] = from;
    o->items[o->count++] = (struct queue_item){ .hash = hash, .len = o->text.len - from };
    if (o->count == CALL_ITEMS)
        outbox_send(r, o);
}

static void follow_host(struct recovery *r, const char *host)
{
    struct outbox *o = &r->host_jobs;
    size_t from = o->text.len;

    if (!settings_has_stage(r->settings, stage_name(STAGE_STARTTLS)))
        return;
    follow_up_host(&o->text, host);
    outbox_add(r, o, queue_hash(r->queue, host, strlen(host)), from);
}

static void follow_hosts(struct recovery *r, const char *domain, const struct json *mx)
{
    const struct json *n = json_first(json_get(mx, "hosts"));
    struct mx_choice choice = { .all = strcmp(r->settings->mx_hosts, "all") == 0 };

    for (; n != NULL; n = n->next) {
        const char *host = json_get_string(n, "host");

        if (host != NULL && json_get(n, "violation") == NULL &&
            mx_choice_takes(&choice, json_get_int(n, "preference", 0)))
            follow_host(r, host);
    }
    if (r->settings->implicit_mx && json_is(json_get(mx, "kind"), "implicit"))
        follow_host(r, domain);
}

static void add_policy(struct recovery *r, const char *domain, const struct json *aliases)
{
    const char **names = memory_alloc((aliases != NULL ? aliases->len : 0) * sizeof(*names) + 1);
    struct outbox *o = &r->policy_jobs;
    size_t from = o->text.len, count = 0;

    for (const struct json *n = json_first(aliases); n != NULL; n = n->next)
        names[count++] = json_string(n);
    follow_up_policy(&o->text, domain, names, count);
    outbox_add(r, o, 0, from);
    free(names);
}

static void follow_policy(struct recovery *r, const char *domain, const struct json *mta_sts)
{
    const struct json *verdict = json_get(mta_sts, "verdict");

    if ((json_is(verdict, "valid") || json_is(verdict, "invalid")) && !has_policy(r, domain) &&
        settings_has_stage(r->settings, stage_name(STAGE_POLICY)))
        add_policy(r, domain, json_get(mta_sts, "aliases"));
}

static void take_domain(struct recovery *r, const struct json *record)
{
    const char *domain = json_get_string(record, "domain");

    if (domain == NULL)
        return;
    r->recorded(r->context, domain, strlen(domain));
    follow_hosts(r, domain, json_get(record, "mx"));
    follow_policy(r, domain, json_get(record, "mta_sts"));
}

/* ---- all of it ---- */

static int read_all(struct recovery *r)
{
    int status = read_kind(r, KIND_CERTS, take_cert);

    hashes_send(r, QUEUE_SEEN_CERTS);
    if (status == EXIT_OK)
        status = read_kind(r, KIND_MX, take_host);
    hashes_send(r, QUEUE_SEEN_HOSTS);
    if (status == EXIT_OK)
        status = read_kind(r, KIND_POLICIES, take_policy);
    if (r->policy_count > 0)
        qsort(r->policies, r->policy_count, sizeof(*r->policies), compare);
    if (status == EXIT_OK)
        status = read_kind(r, KIND_DOMAINS, take_domain);
    outbox_send(r, &r->policy_jobs);
    outbox_send(r, &r->host_jobs);
    for (enum kind k = 0; k < KIND_COUNT && r->status == QUEUE_OK; k++)
        r->status = queue_mark_done(r->queue, k, r->counts[k]);
    return status;
}

static int verdict(const struct recovery *r, int status)
{
    if (status != EXIT_OK)
        return status;
    if (r->status == QUEUE_OK) {
        log_info("the queue is built again: %" PRIu64 " domains are recorded",
                 r->counts[KIND_DOMAINS]);
        return EXIT_OK;
    }
    log_error("Redis: %s; the queue could not be built again, mxcensus resume %s tries anew",
              r->status == QUEUE_FULL ? "its memory is too small for what waits"
                                      : queue_error(r->queue),
              r->directory);
    return EXIT_REDIS;
}

int recovery_run(const char *directory, const struct settings *s, struct queue *q,
                 recovery_cb *recorded, void *context)
{
    struct recovery *r = memory_alloc(sizeof(*r));
    char epoch[QUEUE_EPOCH_SIZE];
    int status = recovery_epoch(directory, epoch);

    r->directory = directory;
    r->settings = s;
    r->queue = q;
    r->recorded = recorded;
    r->context = context;
    r->status = QUEUE_OK;
    r->policy_jobs.stage = STAGE_POLICY;
    r->host_jobs.stage = STAGE_STARTTLS;
    buf_init(&r->policy_jobs.text, BUF_NO_CEILING);
    buf_init(&r->host_jobs.text, BUF_NO_CEILING);
    pthread_mutex_init(&r->lock, NULL);
    if (status == EXIT_OK && epoch[0] != '\0')
        status = cut_files(r, epoch) ? verdict(r, read_all(r)) : EXIT_DISK;
    pthread_mutex_destroy(&r->lock);
    buf_free(&r->policy_jobs.text);
    buf_free(&r->host_jobs.text);
    free(r->policies);
    free(r);
    return status;
}
