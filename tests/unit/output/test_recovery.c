/* A queue built again from records: the jobs of what is missing are the very bytes that the dns
 * stage gave (tests/unit/workers/test_domain.c), and nothing that is recorded comes again. */
#include "output/recovery.h"

#include "output/checkpoint.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "tests/unit/full_record.h"
#include "tests/unit/output/run.h"
#include "tests/unit/queue/bed.h"

static struct bed bed;
static struct settings settings;
static struct buf recorded; /* names of the domains that have their record */

/* A file of these lines, and what the checkpoint says of it. */
static void put_records(enum kind kind, const char *lines, struct appender *a)
{
    struct buf file;

    buf_init(&file, BUF_NO_CEILING);
    if (lines[0] != '\0')
        run_frame(&file, lines);
    run_records(kind, &file);
    a->solid = file.len;
    for (const char *at = lines; (at = strchr(at, '\n')) != NULL; at++)
        a->solid_records++;
    buf_free(&file);
}

static void on_recorded(void *context, const char *domain, size_t len)
{
    (void)context;
    buf_append(&recorded, domain, len);
    buf_byte(&recorded, ' ');
}

/* A run of these records, and its queue without them. */
static void recover(const char *const lines[KIND_COUNT])
{
    struct checkpoint c = { .after = "0" };
    struct appender files[KIND_COUNT] = { 0 };

    snprintf(c.epoch, sizeof(c.epoch), "%s", bed.epoch);
    for (enum kind k = 0; k < KIND_COUNT; k++)
        put_records(k, lines[k] != NULL ? lines[k] : "", &files[k]);
    CHECK(checkpoint_write(run_dir, &c, files) == 0, "checkpoint");
    CHECK(queue_remove(bed.q) == QUEUE_OK, "the queue is lost");
    bed.epoch[0] = '\0';
    bed_reconnect(&bed);
    bed_create(&bed);
    buf_reset(&recorded);
    CHECK(recovery_run(run_dir, &settings, bed.q, on_recorded, NULL) == EXIT_OK, "recovery");
    buf_byte(&recorded, '\0');
}

/* All jobs that wait for the stage are these lines, in this order. */
static void check_jobs(enum stage stage, const char *wanted)
{
    struct buf jobs;

    buf_init(&jobs, BUF_NO_CEILING);
    while (bed_claim(&bed, stage, "a") == QUEUE_OK)
        buf_string(&jobs, bed.jobs);
    buf_byte(&jobs, '\0');
    CHECK(strcmp(jobs.data, wanted) == 0, "%s: %s, not %s", stage_name(stage), jobs.data, wanted);
    buf_free(&jobs);
}

static void test_follow_ups(void)
{
    recover((const char *[KIND_COUNT]){ [KIND_DOMAINS] = FULL_RECORD("1") "\n" });
    CHECK(strcmp(recorded.data, "good.test ") == 0, "%s", recorded.data);
    check_jobs(STAGE_DNS, "");
    check_jobs(STAGE_STARTTLS, FULL_RECORD_HOST_A "\n" FULL_RECORD_HOST_B "\n");
    check_jobs(STAGE_POLICY, FULL_RECORD_POLICY "\n");
}

/* Records of other members do not matter here. */
static void test_what_is_there(void)
{
    recover((const char *[KIND_COUNT]){
        [KIND_DOMAINS] = FULL_RECORD("1") "\n",
        [KIND_POLICIES] = "{\"v\":1,\"domain\":\"good.test\"}\n",
        [KIND_MX] = "{\"v\":1,\"host\":\"a.good.test\"}\n",
    });
    check_jobs(STAGE_STARTTLS, FULL_RECORD_HOST_B "\n");
    check_jobs(STAGE_POLICY, "");
}

static void test_settings(void)
{
    static const char *const lines[KIND_COUNT] = {
        [KIND_DOMAINS] =
            FULL_RECORD("1") "\n"
                             "{\"v\":1,\"domain\":\"im.test\",\"mx\":{\"kind\":\"implicit\"}}\n"
    };

    settings.mx_hosts = "primary";
    settings.implicit_mx = true;
    settings.stages = "dns,starttls";
    recover(lines);
    CHECK(strcmp(recorded.data, "good.test im.test ") == 0, "%s", recorded.data);
    check_jobs(STAGE_STARTTLS, FULL_RECORD_HOST_A "\n{\"host\":\"im.test\"}\n");
    check_jobs(STAGE_POLICY, "");
    settings.stages = "dns,policy";
    recover(lines);
    check_jobs(STAGE_STARTTLS, "");
    check_jobs(STAGE_POLICY, FULL_RECORD_POLICY "\n");
}

/* One that cannot be read is not one that is missing: what is recorded would be done again. */
static void test_spoiled_checkpoint(void)
{
    run_write("checkpoint.json", "{", 1);
    log_threshold = (enum log_level) - 1;
    CHECK(recovery_run(run_dir, &settings, bed.q, on_recorded, NULL) == EXIT_DISK, "spoiled");
    log_threshold = LOG_ERROR;
}

int main(void)
{
    log_threshold = LOG_ERROR;
    buf_init(&recorded, BUF_NO_CEILING);
    settings_default(&settings);
    bed_open(&bed, 0);
    memcpy(run_dir, bed.directory, sizeof(run_dir));
    bed_create(&bed);
    test_follow_ups();
    test_what_is_there();
    test_settings();
    test_spoiled_checkpoint();
    buf_free(&recorded);
    bed_close(&bed);
    return check_report();
}
