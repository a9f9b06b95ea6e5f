#include "workers/record.h"

#include <stdio.h>
#include <string.h>

#include "scanner/base/json_copy.h"
#include "scanner/base/outcome.h"
#include "scanner/base/timing.h"
#include "workers/worker.h"

void record_subject(struct json_writer *w, const struct job *j)
{
    static const char *const about[] = { "domain", "host", "rank", "input", "aliases_of_record" };

    for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++) {
        const struct json *n = json_get(j->input, about[i]);

        if (n != NULL)
            json_copy(w, about[i], n);
    }
}

void record_open(struct json_writer *w, const struct job *j)
{
    json_open_object(w, NULL);
    json_write_int(w, "v", RECORD_VERSION);
    record_subject(w, j);
}

void record_open_again(struct json_writer *w, const struct job *j)
{
    json_open_object(w, NULL);
    record_subject(w, j);
    json_write_int(w, "attempt", record_attempt(j) + 1);
}

void record_stamp(struct json_writer *w, const struct job *j)
{
    char stamp[TIMING_STAMP_SIZE];

    timing_stamp_now(stamp);
    json_write_string(w, "time", stamp);
    json_write_string(w, "worker", j->worker->consumer);
    json_write_string(w, "vantage", j->worker->vantage);
    json_write_int(w, "attempts", record_attempt(j));
}

int64_t record_attempt(const struct job *j)
{
    return json_get_int(j->input, "attempt", 1);
}

bool record_may_retry(const struct job *j)
{
    return record_attempt(j) < j->worker->settings->attempts;
}

bool record_may_retry_after(const struct job *j, enum outcome o)
{
    int64_t more = o == OUTCOME_NETWORK_DOWN ? RECORD_OWN_ATTEMPTS : 0;

    return outcome_again(o) && record_attempt(j) < j->worker->settings->attempts + more;
}

/* What a reader of each kind must find beside the outcome. */
static void write_unknown(struct json_writer *w, const struct job *j, enum stage stage)
{
    const char *domain = json_get_string(j->input, "domain");
    char host[512];

    if (stage == STAGE_DNS) {
        json_write_string(w, "exists", "unknown");
    } else if (stage == STAGE_POLICY) {
        snprintf(host, sizeof(host), "mta-sts.%s", domain != NULL ? domain : "");
        json_write_string(w, "host", host);
        json_write_string(w, "step", "dns");
        json_write_string(w, "verdict", verdict_name(VERDICT_UNKNOWN));
    } else {
        json_write_null(w, "address");
        json_write_string(w, "step", "address");
    }
}

void record_quarantined(struct job *j, enum stage stage)
{
    static const enum kind kinds[] = { KIND_DOMAINS, KIND_POLICIES, KIND_MX };
    struct buf text;
    struct json_writer w;

    buf_init(&text, BUF_NO_CEILING);
    json_writer_init(&w, &text);
    record_open(&w, j);
    record_stamp(&w, j);
    write_unknown(&w, j, stage);
    json_write_string(&w, "outcome", outcome_name(OUTCOME_QUARANTINED));
    json_close_object(&w);
    job_record(j, kinds[stage], text.data, text.len);
    job_finish(j);
    buf_free(&text);
}
