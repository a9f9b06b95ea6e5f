/* The commands that look at a run: status, stats, export. */
#include <stdio.h>
#include <stdlib.h>

#include "output/export.h"
#include "output/run_file.h"
#include "output/stats.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/command.h"
#include "scanner/progress.h"
#include "scanner/queue/redis_server.h"
#include "scanner/run_directory.h"

#define CONNECT_MS 2000

int command_stats(struct options *o)
{
    return stats_run(o->operands[0], o->quiet);
}

int command_export(struct options *o)
{
    return export_run(o->operands[0], o->kind != NULL ? o->kind : "domains", stdout);
}

/* How far the queue says the run is; false when there is none to ask. */
static bool ask_queue(const struct run_file *f, const char *url, struct queue_progress *now)
{
    struct redis_address address;
    const char *error = redis_address_parse(&address, url, true);
    struct redis *r = error == NULL ? redis_open(&address, CONNECT_MS, &error) : NULL;
    struct queue *q = r != NULL ? queue_new(r, f->run, f->epoch) : NULL;
    bool told = q != NULL && queue_progress(q, now) == QUEUE_OK;

    queue_free(q);
    redis_address_free(&address);
    return told;
}

static void print_unfinished(const struct options *o, const struct run_file *f)
{
    char *redis = run_directory_path(o->operands[0], "redis");
    char *own = o->redis == NULL ? redis_server_find(redis) : NULL;
    const char *url = o->redis != NULL ? o->redis : own;
    struct queue_progress now;
    char line[256];

    if (url != NULL && ask_queue(f, url, &now)) {
        progress_line(line, sizeof(line), f->list.accepted, &now);
        printf("running: %s\n", line);
    } else {
        printf("stopped: mxcensus resume %s goes on\n", o->operands[0]);
    }
    free(own);
    free(redis);
}

int command_status(struct options *o)
{
    struct run_file f;
    struct arena arena;
    bool readable;

    arena_init(&arena, 4096);
    readable = run_file_read(o->operands[0], &f, &arena);
    if (readable && f.finished != NULL)
        printf("finished %s: %llu domains, %llu policies, %llu mail hosts, %llu certificates\n",
               f.finished, (unsigned long long)f.counts[KIND_DOMAINS],
               (unsigned long long)f.counts[KIND_POLICIES], (unsigned long long)f.counts[KIND_MX],
               (unsigned long long)f.counts[KIND_CERTS]);
    else if (readable)
        print_unfinished(o, &f);
    arena_free(&arena);
    return readable ? EXIT_OK : EXIT_RUN_DIRECTORY;
}
