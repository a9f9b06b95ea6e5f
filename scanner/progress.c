#include "scanner/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "scanner/base/log.h"
#include "scanner/base/timing.h"

#define TERMINAL_EVERY_MS 500
#define LOG_EVERY_MS 10000

void progress_start(struct progress *p, uint64_t domains, uint64_t already_done, bool quiet)
{
    p->domains = domains;
    p->started_ms = timing_monotonic_ms();
    p->done_at_start = already_done;
    p->shown_ms = 0;
    p->terminal = isatty(STDERR_FILENO) == 1;
    p->quiet = quiet;
    p->on_line = false;
}

static uint64_t sum(const uint64_t counts[STAGE_COUNT])
{
    uint64_t total = 0;

    for (int s = 0; s < STAGE_COUNT; s++)
        total += counts[s];
    return total;
}

void progress_line(char *line, size_t room, uint64_t domains, const struct queue_progress *now)
{
    uint64_t waiting = sum(now->jobs_waiting), delayed = sum(now->delayed);
    int n;

    n = snprintf(line, room,
                 "%" PRIu64 " of %" PRIu64 " domains (%.1f%%), %" PRIu64 " policies, %" PRIu64
                 " mail hosts",
                 now->done[KIND_DOMAINS], domains,
                 domains > 0 ? 100.0 * (double)now->done[KIND_DOMAINS] / (double)domains : 100.0,
                 now->done[KIND_POLICIES], now->done[KIND_MX]);
    if (n > 0 && (size_t)n < room && delayed > 0 && waiting == 0 && now->feed_done)
        snprintf(line + n, room - (size_t)n,
                 "; only %" PRIu64 " retries are left, the next in %.0f s", delayed,
                 (double)now->next_due_ms / 1000);
    else if (n > 0 && (size_t)n < room)
        snprintf(line + n, room - (size_t)n,
                 "; in the queue %" PRIu64 "/%" PRIu64 "/%" PRIu64 ", for later %" PRIu64,
                 now->jobs_waiting[STAGE_DNS], now->jobs_waiting[STAGE_POLICY],
                 now->jobs_waiting[STAGE_STARTTLS], delayed);
}

void progress_show(struct progress *p, const struct queue_progress *now)
{
    uint64_t clock = timing_monotonic_ms();
    char line[256];
    double seconds;

    if (p->quiet || (p->shown_ms != 0 &&
                     clock - p->shown_ms < (p->terminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS)))
        return;
    p->shown_ms = clock;
    progress_line(line, sizeof(line), p->domains, now);
    seconds = (double)(clock - p->started_ms) / 1000;
    if (p->terminal) {
        fprintf(stderr, "\r\033[K%s; %.0f/s", line,
                seconds > 0 ? (double)(now->done[KIND_DOMAINS] - p->done_at_start) / seconds : 0);
        p->on_line = true;
    } else {
        log_info("%s", line);
    }
}

void progress_end(struct progress *p)
{
    if (p->on_line)
        fputc('\n', stderr);
    p->on_line = false;
}
