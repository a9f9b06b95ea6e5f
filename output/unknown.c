#include "output/unknown.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/records.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/base/outcome.h"

static const char *const titles[KIND_COUNT] = {
    [KIND_DOMAINS] = "domains", [KIND_POLICIES] = "policies", [KIND_MX] = "mail hosts"
};

static enum outcome outcome_of(const struct json *object)
{
    const struct json *n = json_get(object, "outcome");
    enum outcome o;

    return json_string(n) != NULL && outcome_parse(n->string, n->len, &o) ? o : OUTCOME_OK;
}

/* Nobody looked, by a setting of this run. */
static bool is_left_out(enum outcome o)
{
    return o == OUTCOME_NOT_PROBED || o == OUTCOME_OPTED_OUT || o == OUTCOME_SKIPPED;
}

static bool is_failure(const struct json *object)
{
    enum outcome o = outcome_of(object);

    return outcome_again(o) || o == OUTCOME_QUARANTINED;
}

/* Of a record, or of what it says of one protocol. */
static bool is_unknown(const struct json *object)
{
    return is_failure(object) || json_is(json_get(object, "verdict"), "unknown");
}

/* The parts of a domain are its answers; those of other records are steps to the one outcome. */
static bool has_unknown_part(const struct json *record)
{
    for (const struct json *n = json_first(record); n != NULL; n = n->next)
        if (n->type == JSON_OBJECT && is_unknown(n))
            return true;
    return false;
}

void unknown_add(struct unknown *u, enum kind kind, const struct json *record)
{
    bool unknown = is_unknown(record);

    if (kind == KIND_DOMAINS)
        unknown = unknown || has_unknown_part(record);
    else if (is_left_out(outcome_of(record)))
        return;
    u->records[kind]++;
    u->unknown[kind] += unknown;
}

static double share_of(uint64_t unknown, uint64_t records)
{
    return records > 0 ? (double)unknown / (double)records : 0;
}

double unknown_share(const struct unknown *u)
{
    uint64_t records = 0, unknown = 0;

    for (int k = 0; k < KIND_COUNT; k++) {
        records += u->records[k];
        unknown += u->unknown[k];
    }
    return share_of(unknown, records);
}

bool unknown_parse(const char *text, double *share)
{
    char *end;
    double percent = strtod(text, &end);

    if (end == text || (strcmp(end, "") != 0 && strcmp(end, "%") != 0) || !isfinite(percent) ||
        percent < 0 || percent > 100)
        return false;
    *share = percent / 100;
    return true;
}

/* ---- a run ---- */

struct counting {
    enum kind kind;
    struct unknown threads[RECORDS_THREADS_MAX];
};

static void count(void *context, unsigned thread, const struct json *record)
{
    struct counting *c = context;

    unknown_add(&c->threads[thread], c->kind, record);
}

static int count_run(const char *run_dir, struct unknown *sum)
{
    struct counting *c = memory_alloc(sizeof(*c));
    int error = 0;

    for (int k = 0; k < KIND_CERTS && error == 0; k++) {
        struct records_report report;

        c->kind = (enum kind)k;
        error = records_read(run_dir, c->kind, records_threads(), count, c, &report);
    }
    for (int i = 0; i < RECORDS_THREADS_MAX && error == 0; i++)
        for (int k = 0; k < KIND_COUNT; k++) {
            sum->records[k] += c->threads[i].records[k];
            sum->unknown[k] += c->threads[i].unknown[k];
        }
    free(c);
    return error;
}

static void print(const struct unknown *u)
{
    printf("Could not be found out: %.2f%%", 100 * unknown_share(u));
    for (int k = 0; k < KIND_CERTS; k++)
        printf("%s %" PRIu64 " of %" PRIu64 " %s", k == 0 ? " (something of" : ",", u->unknown[k],
               u->records[k], titles[k]);
    puts(")");
}

int unknown_run(const char *run_dir, double most, bool silent)
{
    struct unknown u = { 0 };

    if (count_run(run_dir, &u) != 0) {
        log_error("%s: its records cannot be read", run_dir);
        return EXIT_RUN_DIRECTORY;
    }
    if (!silent)
        print(&u);
    if (unknown_share(&u) <= most)
        return EXIT_OK;
    log_error("%s: %.2f%% could not be found out, more than --max-unknown allows (%g%%)", run_dir,
              100 * unknown_share(&u), 100 * most);
    return EXIT_UNKNOWN;
}
