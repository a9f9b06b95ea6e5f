#include "output/snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "output/metrics.h"
#include "output/records.h"
#include "output/run_file.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"

#define FIRST_CHUNK 16384

const char *const snapshot_metrics[] = {
#define X(name) name,
    SNAPSHOT_METRICS(X)
#undef X
};
const size_t snapshot_metric_count = sizeof(snapshot_metrics) / sizeof(snapshot_metrics[0]);

/* A leaf that a host shows, by the beginning of its hash. Hosts have few. */
struct leaf {
    struct leaf *next;
    uint64_t hash;
};

/* The distinct leaves of a host, whichever of its addresses shows them: an address more or less
 * that shows the same, or none, is no change. A host is here once it shows one. */
struct leaves {
    struct index_entry entry;
    struct leaf *first;
    char name[];
};

struct taking {
    struct snapshots *snapshots;
    const struct join *join;
    pthread_mutex_t lock;
    struct index hosts;
    struct arena arena, view; /* of the hosts; of the record in hand */
    struct buf line;
    const struct metric *metrics[sizeof(snapshot_metrics) / sizeof(snapshot_metrics[0])];
};

/* The lock is held. */
static struct leaves *leaves_of(struct taking *t, const struct json *host)
{
    struct leaves *l = (struct leaves *)index_find(&t->hosts, host->string, host->len);

    if (l == NULL) {
        l = arena_alloc(&t->arena, sizeof(*l) + host->len + 1);
        memcpy(l->name, host->string, host->len);
        index_add(&t->hosts, &l->entry, l->name, host->len);
    }
    return l;
}

static void leaves_add(struct leaves *l, uint64_t hash, struct arena *arena)
{
    struct leaf *leaf;

    for (leaf = l->first; leaf != NULL; leaf = leaf->next)
        if (leaf->hash == hash)
            return;
    leaf = arena_alloc(arena, sizeof(*leaf));
    *leaf = (struct leaf){ .next = l->first, .hash = hash };
    l->first = leaf;
}

/* A sum, for their order does not matter. */
static uint64_t leaves_digest(const struct leaves *l)
{
    uint64_t sum = 0;

    for (const struct leaf *leaf = l->first; leaf != NULL; leaf = leaf->next)
        sum += leaf->hash;
    return sum;
}

static void watch(void *context, enum kind kind, const struct json *record)
{
    struct taking *t = context;
    const struct json *host = json_get(record, "host"),
                      *leaf = json_first(json_get(json_get(record, "tls"), "chain"));
    char head[17];

    if (kind != KIND_MX || json_string(host) == NULL || json_string(leaf) == NULL)
        return;
    snprintf(head, sizeof(head), "%s", leaf->string);
    pthread_mutex_lock(&t->lock);
    leaves_add(leaves_of(t, host), strtoull(head, NULL, 16), &t->arena);
    pthread_mutex_unlock(&t->lock);
}

static void cell(struct buf *line, const char *text)
{
    if (text != NULL)
        buf_string(line, text);
    buf_byte(line, '\0');
}

static void cell_answers(struct taking *t, const struct joined *d)
{
    static const char letters[TRI_COUNT] = { [TRI_NO] = 'n', [TRI_YES] = 'y', [TRI_UNKNOWN] = '?' };

    for (size_t i = 0; i < snapshot_metric_count; i++)
        buf_byte(&t->line, letters[metric_judge(t->metrics[i], d)]);
    buf_byte(&t->line, '\0');
}

static void cell_policy(struct buf *line, const struct joined *d)
{
    const struct join_policy *p =
        d->policy != NULL && d->policy->verdict == VERDICT_VALID ? d->policy : NULL;
    const char *pattern = p != NULL ? p->patterns : NULL;

    cell(line, p != NULL ? sts_mode_name(p->mode) : NULL);
    cell(line, json_get_string(d->protocols[PROTOCOL_MTA_STS], "id"));
    for (unsigned i = 0; p != NULL && i < p->pattern_count; i++, pattern += strlen(pattern) + 1)
        buf_printf(line, "%s%s", i > 0 ? " " : "", pattern);
    buf_byte(line, '\0');
}

/* Nothing unless every host shows a leaf: with one that could not be asked, whether it has another
 * is not known. */
static void cell_certificates(struct taking *t, const struct joined *d)
{
    uint64_t digest = 0;
    bool all = d->host_count > 0;

    for (size_t i = 0; i < d->host_count && all; i++) {
        const struct leaves *l = (const struct leaves *)index_find(&t->hosts, d->hosts[i].name,
                                                                   strlen(d->hosts[i].name));

        all = l != NULL;
        digest = digest * 31 + (all ? leaves_digest(l) : 0);
    }
    if (all)
        buf_printf(&t->line, "%016" PRIx64, digest);
    buf_byte(&t->line, '\0');
}

static void cell_hosts(struct taking *t, const struct joined *d)
{
    cell(&t->line, d->runner);
    for (size_t i = 0; i < d->host_count; i++)
        buf_printf(&t->line, "%s%s", i > 0 ? " " : "", d->hosts[i].name);
    buf_byte(&t->line, '\0');
    cell_certificates(t, d);
}

/* FNV-1a: both runs must put a name into the same partition. */
static unsigned partition_of(const char *domain)
{
    uint32_t hash = 2166136261U;

    for (; *domain != '\0'; domain++)
        hash = (hash ^ (unsigned char)*domain) * 16777619U;
    return hash % SNAPSHOT_PARTITIONS;
}

static void take(void *context, unsigned thread, const struct json *record)
{
    struct taking *t = context;
    const struct joined *d = join_view(t->join, &t->view, record);
    FILE *file = t->snapshots->files[partition_of(d->domain)];
    uint32_t len;

    (void)thread;
    buf_reset(&t->line);
    cell(&t->line, d->domain);
    cell_answers(t, d);
    cell_policy(&t->line, d);
    cell_hosts(t, d);
    len = (uint32_t)t->line.len;
    fwrite(&len, sizeof(len), 1, file); /* an error sticks: see take_domains() */
    fwrite(t->line.data, 1, t->line.len, file);
    arena_reset(&t->view);
}

static int take_domains(struct taking *t, const char *run_dir)
{
    struct records_report report;
    int error = records_read(run_dir, KIND_DOMAINS, 1, take, t, &report);

    if (error != 0) {
        log_error("%s: cannot be read: %s", run_dir, strerror(-error));
        return EXIT_RUN_DIRECTORY;
    }
    t->snapshots->whole = records_sound(run_dir, KIND_DOMAINS, &report) && t->snapshots->whole;
    for (int i = 0; i < SNAPSHOT_PARTITIONS; i++) {
        if (fflush(t->snapshots->files[i]) != 0 || ferror(t->snapshots->files[i])) {
            log_error("a temporary file cannot be written: %s", strerror(errno));
            return EXIT_DISK;
        }
    }
    return EXIT_OK;
}

static int take_run(struct taking *t, const char *run_dir)
{
    struct join_options o = { .max_skew = -1, .watch = watch, .context = t };
    struct join *j = join_read_with(run_dir, records_threads(), &o, &t->snapshots->whole);
    int status = EXIT_RUN_DIRECTORY;

    t->join = j;
    if (j != NULL)
        status = take_domains(t, run_dir);
    join_free(j);
    return status;
}

static int open_files(struct snapshots *s)
{
    for (int i = 0; i < SNAPSHOT_PARTITIONS; i++) {
        s->files[i] = tmpfile();
        if (s->files[i] == NULL) {
            log_error("a temporary file cannot be made: %s", strerror(errno));
            return EXIT_DISK;
        }
    }
    return EXIT_OK;
}

static bool run_is_sound(const char *run_dir, bool *whole)
{
    struct run_file run;
    struct arena arena;
    bool readable;

    arena_init(&arena, FIRST_CHUNK);
    readable = run_file_read(run_dir, &run, &arena);
    *whole = readable && run.finished != NULL;
    if (readable && !*whole)
        log_warning("%s is not finished: what is recorded so far is compared", run_dir);
    arena_free(&arena);
    return readable;
}

int snapshots_take(struct snapshots *s, const char *run_dir)
{
    struct taking t = { .snapshots = s, .lock = PTHREAD_MUTEX_INITIALIZER };
    int status;

    memset(s, 0, sizeof(*s));
    if (!run_is_sound(run_dir, &s->whole))
        return EXIT_RUN_DIRECTORY;
    index_init(&t.hosts);
    arena_init(&t.arena, FIRST_CHUNK);
    arena_init(&t.view, FIRST_CHUNK);
    buf_init(&t.line, BUF_NO_CEILING);
    for (size_t i = 0; i < snapshot_metric_count; i++)
        t.metrics[i] = metric_find(snapshot_metrics[i]);
    status = open_files(s);
    if (status == EXIT_OK)
        status = take_run(&t, run_dir);
    buf_free(&t.line);
    arena_free(&t.view);
    arena_free(&t.arena);
    index_free(&t.hosts);
    return status;
}

void snapshots_free(struct snapshots *s)
{
    for (int i = 0; i < SNAPSHOT_PARTITIONS; i++)
        if (s->files[i] != NULL)
            fclose(s->files[i]);
}
