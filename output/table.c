#include "output/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scanner/base/utf8.h"

#define NUMBER_SIZE 32

/* "12,345,678" */
static const char *grouped(uint64_t n, char out[NUMBER_SIZE])
{
    char digits[NUMBER_SIZE];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n), to = 0;

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[to++] = ',';
        out[to++] = digits[i];
    }
    out[to] = '\0';
    return out;
}

static const char *percent(double share, char out[NUMBER_SIZE])
{
    if (isnan(share))
        snprintf(out, NUMBER_SIZE, "-");
    else
        snprintf(out, NUMBER_SIZE, "%.2f", 100 * share);
    return out;
}

/* Text of strangers: nothing of it may move the cursor. */
static void safe_text(struct buf *out, const char *text)
{
    const uint8_t *s = (const uint8_t *)text, *end = s + strlen(text);

    while (s < end) {
        size_t n = utf8_length_shown(s, (size_t)(end - s));

        if (n == 0) {
            buf_printf(out, "\\x%02x", *s++);
            continue;
        }
        buf_append(out, s, n);
        s += n;
    }
}

static void print_population(const struct adoption_group *all, enum population p, struct buf *out)
{
    char members_text[NUMBER_SIZE], unknown_text[NUMBER_SIZE];
    uint64_t members, unknown;

    adoption_population(p, all, &members, &unknown);
    buf_printf(out, "%15s %s", grouped(members, members_text), populations[p].label);
    if (unknown > 0)
        buf_printf(out, ", and %s of which that is unknown", grouped(unknown, unknown_text));
    buf_byte(out, '\n');
}

static void print_metric(const struct adoption_group *all, size_t metric, struct buf *out)
{
    const struct metric *m = &metrics[metric];
    struct share s = adoption_share(metric, m->headline, all);
    char share[NUMBER_SIZE], low[NUMBER_SIZE], high[NUMBER_SIZE];
    char yes[NUMBER_SIZE], unknown[NUMBER_SIZE];

    buf_printf(out, "  %-30s%7s  %6s to %6s %11s %10s\n", m->label, percent(s.share, share),
               percent(s.low, low), percent(s.high, high), grouped(s.numerator, yes),
               grouped(s.unknown, unknown));
}

static void print_section(const struct adoption_group *all, enum population p, struct buf *out)
{
    buf_printf(out, "\nOf %-29s%7s  %16s %11s %10s\n", populations[p].label, "%", "between", "yes",
               "unknown");
    for (size_t i = 0; i < metric_count; i++)
        if (metrics[i].label != NULL && metrics[i].headline == p)
            print_metric(all, i, out);
}

static bool has_section(enum population p)
{
    for (size_t i = 0; i < metric_count; i++)
        if (metrics[i].label != NULL && metrics[i].headline == p)
            return true;
    return false;
}

void table_print(const struct adoption *a, const char *heading, struct buf *out)
{
    size_t count;
    const struct adoption_group *all = &adoption_groups(a, &count)[ADOPTION_ALL];

    safe_text(out, heading);
    buf_string(out, "\n\n");
    for (int p = 0; p < POPULATION_COUNT; p++)
        print_population(all, (enum population)p, out);
    for (int p = 0; p < POPULATION_COUNT; p++)
        if (has_section((enum population)p))
            print_section(all, (enum population)p, out);
    buf_string(out, "\n\"between\": what the unknown leave open. Everything else: adoption.csv\n");
}
