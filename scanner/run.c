/* The commands that take a census: run begins one, resume finishes one that was stopped. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/ingest.h"
#include "output/run_file.h"
#include "output/stats.h"
#include "output/unknown.h"
#include "scanner/base/exits.h"
#include "scanner/base/file.h"
#include "scanner/base/log.h"
#include "scanner/base/timing.h"
#include "scanner/command.h"
#include "scanner/coordinator.h"
#include "scanner/crew.h"
#include "scanner/interrupt.h"
#include "scanner/preflight.h"
#include "scanner/recursor.h"
#include "scanner/run_directory.h"

#define RUN_NAME_SIZE 64

/* A run in hand: its directory, what run.json says of it, and what both point to. */
struct run {
    const struct options *options;
    const char *directory;
    unsigned workers;
    uint64_t disk_wait_ms;
    double max_unknown; /* share */
    int lock;
    struct recursor recursor;
    struct run_file file;
    struct ingest_counts list;
    struct arena arena;
    char epoch[QUEUE_EPOCH_SIZE];
    char started[TIMING_STAMP_SIZE], finished[TIMING_STAMP_SIZE];
    char vantage[64], name[RUN_NAME_SIZE];
    char trust_store[2 * crypto_hash_sha256_BYTES + 1];
};

static bool was_interrupted(void)
{
    return interrupt_count() > 0;
}

/* SHA-256 of a file, in hex; empty when it cannot be read. */
static void hash_file(const char *path, char hex[2 * crypto_hash_sha256_BYTES + 1])
{
    crypto_hash_sha256_state state;
    unsigned char data[16384], sum[crypto_hash_sha256_BYTES];
    FILE *file = fopen(path, "rb");
    size_t n;

    hex[0] = '\0';
    if (file == NULL)
        return;
    crypto_hash_sha256_init(&state);
    while ((n = fread(data, 1, sizeof(data), file)) > 0)
        crypto_hash_sha256_update(&state, data, n);
    fclose(file);
    crypto_hash_sha256_final(&state, sum);
    sodium_bin2hex(hex, 2 * crypto_hash_sha256_BYTES + 1, sum, sizeof(sum));
}

/* The directory named with -o, or runs/<time>. */
static const char *choose_directory(struct run *r)
{
    char path[64];

    if (r->options->output != NULL)
        return r->options->output;
    snprintf(path, sizeof(path), "runs/%s", r->started);
    return arena_strdup(&r->arena, path);
}

/* Part of the names of keys: braces and the like would mean something there. */
static bool name_good(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    return name[0] != '\0' && strlen(name) < RUN_NAME_SIZE && strspn(name, letters) == strlen(name);
}

/* What names the run in Redis: --run, or the last part of the directory's path. */
static void choose_name(struct run *r)
{
    size_t len = strlen(r->directory);
    const char *base;

    while (len > 1 && r->directory[len - 1] == '/')
        len--;
    base = r->directory + len;
    while (base > r->directory && base[-1] != '/')
        base--;
    if (r->options->run != NULL)
        snprintf(r->name, sizeof(r->name), "%s", r->options->run);
    else
        snprintf(r->name, sizeof(r->name), "%.*s", (int)(r->directory + len - base), base);
    if (!name_good(r->name))
        snprintf(r->name, sizeof(r->name), "run");
}

static void describe_list(struct run *r)
{
    r->file.list.sha256 = r->list.sha256;
    r->file.list.lines = r->list.lines;
    r->file.list.accepted = r->list.accepted;
    r->file.list.duplicates = r->list.duplicates;
    r->file.list.rejected = r->list.rejected;
    r->file.list.ranks_lost = r->list.ranks_lost;
    r->file.list.columns = (const char *const *)r->list.columns;
    r->file.list.column_count = r->list.column_count;
}

static int write_file(struct run *r)
{
    r->file.epoch = r->epoch;
    return run_file_write(r->directory, &r->file) ? EXIT_OK : EXIT_DISK;
}

static bool on_created(void *context)
{
    return write_file(context) == EXIT_OK;
}

static int spool_list(struct run *r)
{
    int status;

    ingest_stop_when(was_interrupted);
    status = ingest_list(r->file.list.files, r->file.list.file_count, r->directory,
                         &r->file.settings, &r->list);
    if (status != EXIT_OK)
        return status;
    describe_list(r);
    log_info("%llu domains; %llu duplicates and %llu lines that are no domain left out%s%s",
             (unsigned long long)r->list.accepted, (unsigned long long)r->list.duplicates,
             (unsigned long long)r->list.rejected,
             r->list.rejected > 0 ? ", see rejects.csv in " : "",
             r->list.rejected > 0 ? r->directory : "");
    return write_file(r);
}

/* All records are on disk: run.json says so. */
static bool on_completed(void *context)
{
    struct run *r = context;

    timing_stamp_now(r->finished);
    r->file.finished = r->finished;
    return write_file(r) == EXIT_OK;
}

/* Remove what only the run needed, and count. The spool goes last: while it stands, a finished
 * run's statistics are still to be written. */
static int finish(struct run *r)
{
    int status;

    recursor_close(&r->recursor);
    run_directory_remove(r->directory, "unbound");
    run_directory_remove(r->directory, "redis");
    status = stats_run(r->directory, r->options->quiet);
    if (status == EXIT_OK || status == EXIT_INCOMPLETE)
        run_directory_remove(r->directory, "spool");
    if (status == EXIT_OK)
        status = unknown_run(r->directory, r->max_unknown, r->options->quiet);
    if (!r->options->quiet)
        printf("\nThe run is in %s\n", r->directory);
    return status;
}

static int start_recursor(struct run *r)
{
    char *directory = file_path(r->directory, "unbound");
    int status = recursor_start(&r->recursor, directory);

    free(directory);
    return status;
}

/* From a locked directory with its run.json to the end of the census. */
static int carry_out(struct run *r)
{
    struct coordinator_plan plan = {
        .directory = r->directory,
        .run = r->file.run,
        .redis_url = r->options->redis,
        .insecure_redis = r->options->insecure_redis,
        .settings = &r->file.settings,
        .recursor = &r->recursor,
        .workers = r->workers,
        .quiet = r->options->quiet,
        .disk_wait_ms = r->disk_wait_ms,
        .epoch = r->epoch,
        .counts = r->file.counts,
    };
    int status;

    interrupt_watch();
    status = start_recursor(r);
    if (status == EXIT_OK)
        status = spool_list(r);
    if (status == EXIT_OK) {
        plan.domains = r->list.accepted;
        status = coordinator_run(&plan, on_created, on_completed, r);
    }
    return status == EXIT_OK ? finish(r) : status;
}

static void begin(struct run *r, const struct options *o)
{
    memset(r, 0, sizeof(*r));
    r->options = o;
    r->lock = -1;
    arena_init(&r->arena, 4096);
    timing_stamp_now(r->started);
}

static int end(struct run *r, int status)
{
    if (r->lock >= 0)
        close(r->lock);
    recursor_close(&r->recursor);
    ingest_counts_free(&r->list);
    arena_free(&r->arena);
    return status;
}

static void describe(struct run *r)
{
    const struct options *o = r->options;

    r->file.run = r->name;
    r->file.version = MXCENSUS_VERSION;
    r->file.started = r->started;
    r->file.settings = o->settings;
    r->file.list.files = o->operands;
    r->file.list.file_count = o->operand_count;
    gethostname(r->vantage, sizeof(r->vantage) - 1);
    r->file.vantage = o->settings.vantage[0] != '\0' ? o->settings.vantage : r->vantage;
    hash_file(o->settings.trust_store, r->trust_store);
    r->file.trust_store_sha256 = r->trust_store;
}

/* Is a list of the run standard input, which nobody can read again. */
static bool reads_standard_input(const struct run *r)
{
    for (size_t i = 0; i < r->file.list.file_count; i++)
        if (strcmp(r->file.list.files[i], "-") == 0)
            return true;
    return false;
}

/* A run that ends before it has a queue has nothing to lose, and would only be in the way; but one
 * that was stopped can be resumed. */
static bool is_stillborn(const struct run *r, int status)
{
    if (status == EXIT_OK || r->epoch[0] != '\0')
        return false;
    return status != EXIT_INTERRUPTED || reads_standard_input(r);
}

static void take_back(const struct run *r)
{
    char *file = file_path(r->directory, RUN_FILE_NAME);

    unlink(file);
    free(file);
    run_directory_remove(r->directory, "");
}

static bool read_disk_wait(struct run *r)
{
    const char *text = r->options->disk_wait != NULL ? r->options->disk_wait : "600";
    char *end;
    double seconds = strtod(text, &end);

    r->disk_wait_ms = seconds >= 0 && seconds < 1e9 ? (uint64_t)(seconds * 1000) : 0;
    return end != text && *end == '\0' && seconds >= 0 && seconds < 1e9;
}

/* What the command line says of itself, before anything is asked or made. */
static int check_words(struct run *r)
{
    const struct options *o = r->options;
    struct redis_address address;
    const char *error = NULL;

    r->workers = preflight_workers(o->workers);
    if (r->workers == 0)
        return EXIT_USAGE;
    r->max_unknown = 1;
    if (o->max_unknown != NULL && !unknown_parse(o->max_unknown, &r->max_unknown))
        error = "--max-unknown: wants a percentage, 0 to 100";
    else if (!read_disk_wait(r))
        error = "--disk-wait: wants a number of seconds, 0 or more";
    else if (o->run != NULL && !name_good(o->run))
        error = "--run: wants a name of letters, digits, dots, hyphens and underscores, 63 at most";
    if (error != NULL) {
        log_error("%s", error);
        return EXIT_USAGE;
    }
    if (o->redis != NULL)
        error = redis_address_parse(&address, o->redis, o->insecure_redis);
    if (error != NULL)
        log_error("--redis: %s", error);
    else if (o->redis != NULL)
        redis_address_free(&address);
    return error != NULL ? EXIT_USAGE : EXIT_OK;
}

/* What lies outside of this process. */
static int check_world(struct run *r, const struct settings *s)
{
    int status = preflight_trust_store(s);

    if (status == EXIT_OK)
        status = recursor_open(&r->recursor, s);
    if (status == EXIT_OK)
        preflight_manners(s);
    return status;
}

/* All that can be known to be wrong before there is a run directory; the cheapest first. */
static int check_all(struct run *r, struct options *o)
{
    int status = check_words(r);

    if (status == EXIT_OK)
        status = preflight_settings(&o->settings);
    if (status == EXIT_OK)
        status = preflight_lists(o->operands, o->operand_count);
    if (status == EXIT_OK)
        status = preflight_limits(&o->settings);
    if (status == EXIT_OK)
        status = recursor_read_files(&o->settings, &o->arena);
    return status == EXIT_OK ? check_world(r, &o->settings) : status;
}

int command_run(struct options *o)
{
    struct run r;
    int status;

    begin(&r, o);
    status = check_all(&r, o);
    if (status != EXIT_OK)
        return end(&r, status);
    r.directory = choose_directory(&r);
    r.lock = run_directory_create(r.directory);
    if (r.lock < 0)
        return end(&r, EXIT_RUN_DIRECTORY);
    choose_name(&r);
    describe(&r);
    status = write_file(&r);
    if (status == EXIT_OK)
        status = carry_out(&r);
    if (is_stillborn(&r, status))
        take_back(&r);
    return end(&r, status);
}

/* The settings are the run's own; the limits are those of today. */
static int check_again(struct run *r)
{
    int status = check_words(r);

    if (status == EXIT_OK)
        status = preflight_settings(&r->file.settings);
    if (status == EXIT_OK)
        status = preflight_limits(&r->file.settings);
    return status == EXIT_OK ? check_world(r, &r->file.settings) : status;
}

static bool has_spool(const struct run *r)
{
    char *spool = file_path(r->directory, "spool");
    bool there = access(spool, F_OK) == 0;

    free(spool);
    return there;
}

/* Its statistics may be left to write; else what cron asks of a run it may ask again. */
static int end_finished(struct run *r)
{
    int status = check_words(r);

    if (status == EXIT_OK && has_spool(r)) {
        log_info("%s is finished since %s; writing its statistics", r->directory, r->file.finished);
        return finish(r);
    }
    log_info("%s is finished since %s; nothing to do", r->directory, r->file.finished);
    return status == EXIT_OK ? unknown_run(r->directory, r->max_unknown, true) : status;
}

int command_resume(struct options *o)
{
    struct run r;
    int status;

    begin(&r, o);
    r.directory = o->operands[0];
    r.lock = run_directory_open(r.directory);
    if (r.lock < 0 || !run_file_read(r.directory, &r.file, &r.arena))
        return end(&r, EXIT_RUN_DIRECTORY);
    if (r.file.finished != NULL)
        return end(&r, end_finished(&r));
    snprintf(r.epoch, sizeof(r.epoch), "%s", r.file.epoch != NULL ? r.file.epoch : "");
    status = check_again(&r);
    if (status == EXIT_OK)
        status = carry_out(&r);
    return end(&r, status);
}
