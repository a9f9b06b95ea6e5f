/* The commands that look at runs: status, stats, export, diff, history. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/checkpoint.h"
#include "output/diff.h"
#include "output/export.h"
#include "output/history.h"
#include "output/metrics.h"
#include "output/run_file.h"
#include "output/stats.h"
#include "output/sts.h"
#include "scanner/base/exits.h"
#include "scanner/base/file.h"
#include "scanner/base/log.h"
#include "scanner/base/print.h"
#include "scanner/command.h"
#include "scanner/progress.h"
#include "scanner/queue/redis_server.h"
#include "scanner/run_directory.h"

#define CONNECT_MS 2000
#define STAMP_LETTERS "0123456789-:TZ" /* of a time as timing_stamp() writes it */
#define TOP_MAX 100000                 /* of --top: groups take about 20 KB each */
#define SKEW_MAX 1000000000            /* of --max-skew, seconds */

static int explain_terms(void)
{
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    metrics_explain(&text);
    sts_explain(&text);
    print_bytes(stdout, text.data, text.len);
    buf_free(&text);
    return EXIT_OK;
}

/* The number of an option into *n. False after one line on standard error. */
static bool read_number(const char *option, const char *text, long long least, long long most,
                        long long *n)
{
    char *end;

    errno = 0;
    *n = strtoll(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *n >= least && *n <= most)
        return true;
    log_error("%s %s: wants a number, %lld to %lld", option, text, least, most);
    return false;
}

/* What the options give, over the defaults. */
static bool read_stats_options(const struct options *o, struct stats_options *stats)
{
    long long top = stats->top, max_skew = stats->max_skew;

    if (o->top != NULL && !read_number("--top", o->top, 1, TOP_MAX, &top))
        return false;
    if (o->max_skew != NULL && !read_number("--max-skew", o->max_skew, 0, SKEW_MAX, &max_skew))
        return false;
    stats->top = (unsigned)top;
    stats->max_skew = max_skew;
    stats->silent = o->quiet;
    stats->group_by = o->group_by;
    stats->metric = o->metric;
    stats->sample = o->sample;
    return true;
}

int command_stats(struct options *o)
{
    struct stats_options stats = STATS_DEFAULTS;

    if (o->explain)
        return explain_terms();
    if (o->operand_count == 0) {
        log_error("stats wants DIR; see mxcensus stats --help");
        return EXIT_USAGE;
    }
    if (!read_stats_options(o, &stats))
        return EXIT_USAGE;
    return stats_publish(o->operands[0], &stats);
}

int command_diff(struct options *o)
{
    return diff_run(o->operands[0], o->operands[1], o->sum, stdout);
}

int command_history(struct options *o)
{
    return history_run(o->operands, o->operand_count, stdout);
}

int command_export(struct options *o)
{
    return export_run(o->operands[0], o->kind != NULL ? o->kind : "domains", stdout);
}

/* How far the queue says the run is; false when there is none to ask. */
static bool ask_queue(const struct run_file *f, const char *url, bool insecure,
                      struct queue_progress *now)
{
    struct redis_address address;
    const char *error = redis_address_parse(&address, url, insecure);
    struct redis *r = error == NULL ? redis_open(&address, CONNECT_MS, &error) : NULL;
    struct queue *q = r != NULL ? queue_new(r, f->run, f->epoch) : NULL;
    bool told = q != NULL && queue_progress(q, now) == QUEUE_OK;

    queue_free(q);
    redis_address_free(&address);
    return told;
}

/* What is on disk for good, as the last checkpoint has it; nothing where there is none. */
static void read_counts(const char *directory, uint64_t counts[KIND_COUNT])
{
    struct appender files[KIND_COUNT];
    struct checkpoint checkpoint;
    bool read = checkpoint_look(directory, &checkpoint, files) == 0;

    for (int k = 0; k < KIND_COUNT; k++)
        counts[k] = read ? files[k].solid_records + files[k].tail_records : 0;
    checkpoint_forget(files);
}

static void print_recorded(const char *directory, const struct run_file *f, const char *state)
{
    uint64_t counts[KIND_COUNT];

    read_counts(directory, counts);
    printf("%s: %" PRIu64 " of %" PRIu64 " domains, %" PRIu64 " policies, %" PRIu64
           " mail hosts and %" PRIu64 " certificates are recorded",
           state, counts[KIND_DOMAINS], f->list.accepted, counts[KIND_POLICIES], counts[KIND_MX],
           counts[KIND_CERTS]);
}

static void print_running(const struct options *o, const struct run_file *f)
{
    char *redis = file_path(o->operands[0], "redis");
    char *own = o->redis == NULL ? redis_server_find(redis) : NULL;
    const char *url = o->redis != NULL ? o->redis : own;
    struct queue_progress now;
    char line[256];

    if (url != NULL && ask_queue(f, url, o->insecure_redis, &now)) {
        progress_line(line, sizeof(line), f->list.accepted, &now);
        printf("running: %s\n", line);
    } else {
        print_recorded(o->operands[0], f, "running");
        puts(o->redis == NULL && own == NULL ? "; the queue is asked with --redis" : "");
    }
    free(own);
    free(redis);
}

static void print_stopped(const char *directory, const struct run_file *f)
{
    print_recorded(directory, f, "stopped");
    printf("; mxcensus resume %s goes on\n", directory);
}

static void print_finished(const struct run_file *f)
{
    /* A directory of somebody else's: nothing of it may move the cursor. */
    printf("finished %.*s: %" PRIu64 " domains, %" PRIu64 " policies, %" PRIu64
           " mail hosts, %" PRIu64 " certificates\n",
           (int)strspn(f->finished, STAMP_LETTERS), f->finished, f->counts[KIND_DOMAINS],
           f->counts[KIND_POLICIES], f->counts[KIND_MX], f->counts[KIND_CERTS]);
}

static bool may_ask(const struct options *o)
{
    struct redis_address address;
    const char *error =
        o->redis != NULL ? redis_address_parse(&address, o->redis, o->insecure_redis) : NULL;

    if (error != NULL)
        log_error("--redis: %s", error);
    else if (o->redis != NULL)
        redis_address_free(&address);
    return error == NULL;
}

int command_status(struct options *o)
{
    struct run_file f;
    struct arena arena;
    bool readable;

    if (!may_ask(o))
        return EXIT_USAGE;
    arena_init(&arena, 4096);
    readable = run_file_read(o->operands[0], &f, &arena);
    if (readable && f.finished != NULL)
        print_finished(&f);
    else if (readable && run_directory_in_use(o->operands[0]))
        print_running(o, &f);
    else if (readable)
        print_stopped(o->operands[0], &f);
    arena_free(&arena);
    return readable ? EXIT_OK : EXIT_RUN_DIRECTORY;
}
