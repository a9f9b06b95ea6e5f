/* probe_bed: probes without a worker: a loop, settings with short limits, a trust store of one CA,
 * and what each probe found. */
#ifndef MXC_TESTS_PROBE_BED_H
#define MXC_TESTS_PROBE_BED_H

#include <uv.h>

#include "tests/unit/check.h"
#include "tests/unit/workers/mint.h"
#include "tests/unit/workers/smtp_script.h"
#include "workers/job.h"
#include "workers/probe.h"
#include "workers/worker.h"

#define HOST "mx.example.com"
#define PROBES_MAX 100

static uv_loop_t loop;
static struct settings settings;
static struct worker worker = { .loop = &loop, .settings = &settings };
static struct job jobs[PROBES_MAX];
static struct job *in_hand;

static struct probe_result *results[PROBES_MAX]; /* by number of the job */
static unsigned finished;
static unsigned strangers; /* callbacks without their job in hand */

void job_in_hand(struct job *j)
{
    in_hand = j;
}

void job_put_down(struct job *j)
{
    in_hand = in_hand == j ? NULL : in_hand;
}

void job_certificate(struct job *j, const uint8_t sha256[32], const char *record, size_t len)
{
    (void)j;
    (void)sha256;
    (void)record;
    (void)len;
}

static inline void on_result(void *context, struct probe_result *result)
{
    struct job *j = context;

    strangers += in_hand != j;
    results[j->number] = result;
    finished++;
}

/* Each i has one of its own. */
static inline void address_of(size_t i, char text[32], struct address *a)
{
    snprintf(text, 32, "127.1.%zu.%zu", i / 200, i % 200 + 1);
    address_parse(a, text);
}

/* Alone in its run. */
static inline struct probe_pool *pool_new(void)
{
    const char *error;
    struct probe_pool *pool = probe_pool_new(&worker, &error);

    if (pool == NULL)
        exit(1);
    probe_pool_share(pool, 1);
    return pool;
}

static inline bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static inline void probe_bed_open(struct script_identity *identity)
{
    char path[] = "/tmp/mxcensus-test-XXXXXX";
    const char *error;
    EVP_PKEY *ca_key = mint_key("EC", "P-256", 0);

    identity->key = mint_key("EC", "P-256", 0);
    identity->issuer = mint_ca("Test CA", ca_key, NULL, NULL);
    identity->leaf = mint(&(struct mint){ .name = HOST,
                                          .alternative = "DNS:" HOST,
                                          .key = identity->key,
                                          .issuer = identity->issuer,
                                          .issuer_key = ca_key });
    EVP_PKEY_free(ca_key);
    mint_file(path, identity->issuer);
    settings_default(&settings);
    settings.ehlo = "me.example";
    settings.connect_timeout = INT64_C(1000) * CHECK_SLOWNESS;
    settings.banner_timeout = settings.command_timeout = settings.tls_timeout =
        INT64_C(1800) * CHECK_SLOWNESS;
    settings.probe_timeout = INT64_C(3000) * CHECK_SLOWNESS;
    settings.probes = 200;
    worker.chains = chain_judge_new(path, &error);
    unlink(path);
    if (worker.chains == NULL) {
        printf("%s\n", error);
        exit(1);
    }
    uv_loop_init(&loop);
}

static inline void probe_bed_close(struct script_identity *identity)
{
    CHECK(uv_loop_close(&loop) == 0, "handles left");
    chain_judge_free(worker.chains);
    X509_free(identity->leaf);
    X509_free(identity->issuer);
    EVP_PKEY_free(identity->key);
}

#endif
