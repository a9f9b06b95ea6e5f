/* What the queue costs a domain: CPU of all processes, Redis's and ours, from the feed to the
 * trimmed result, appendfsync always, 256 domains a commit. Ours is hiredis and the building of the
 * calls, of coordinator and worker together; frames are given, their compression is the worker's.
 * Prints `name value unit budget ok|over`; the median of five. */
#include "scanner/base/timing.h"
#include "tests/unit/queue/bed.h"

#define ROUNDS 5
#define BATCH 256
#define BATCHES 200
#define RECORD_BYTES 120 /* of a domain in its frame; a host's with its TLS chain is as long */
#define HOSTS 161        /* new ones of a batch: 0.63 a domain, the replay of real records */
#define POLICIES 3
#define CERTS 80 /* new ones of these hosts */
#define CERT_BYTES 1400
#define BUDGET_US 10.0

static struct bed bed;
static char frame[RECORD_BYTES * QUEUE_BATCH_JOBS_MAX], cert[CERT_BYTES];
static uint16_t covered[QUEUE_BATCH_JOBS_MAX];
static uint64_t fed, hosts_made, certs_made;
static char after[48] = "0";

/* CPU of the server so far, in microseconds (schedstat: nanoseconds on the processor). */
static uint64_t server_cpu_us(void)
{
    unsigned long long ns = 0;
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)redis_server_pid(bed.server));
    f = fopen(path, "r");
    if (f == NULL || fscanf(f, "%llu", &ns) != 1) {
        perror(path);
        exit(1);
    }
    fclose(f);
    return ns / 1000;
}

static void want(bool ok, const char *what)
{
    if (ok)
        return;
    printf("%s: %s %s\n", what, queue_error(bed.q), queue_error(bed.w));
    exit(1);
}

static void feed(struct buf *jobs)
{
    buf_reset(jobs);
    for (unsigned i = 0; i < BATCH; i++)
        buf_printf(jobs, "{\"domain\":\"name%llu-%u.example\",\"rank\":%u}\n",
                   (unsigned long long)fed, i, i);
    want(queue_feed(bed.q, fed++, jobs->data, jobs->len, BATCH, 1000) == QUEUE_OK, "feed");
}

static void collect(void)
{
    struct queue_result r[64];
    size_t count;

    want(queue_results(bed.q, after, r, 64, &count, 0) == QUEUE_OK, "results");
    if (count == 0)
        return;
    strcpy(after, r[count - 1].id);
    want(queue_trim(bed.q, after) == QUEUE_OK, "trim");
}

static void work_domains(void)
{
    static struct queue_item hosts[HOSTS], policies[POLICIES];
    static char names[HOSTS][64], policy[] = "{\"domain\":\"name.example\"}";
    struct queue_commit c = {
        .stage = STAGE_DNS,
        .consumer = "a",
        .covered = covered,
        .covered_count = BATCH,
        .results[KIND_DOMAINS] = { frame, sizeof(frame) / QUEUE_BATCH_JOBS_MAX * BATCH, BATCH },
        .hosts = hosts,
        .host_count = HOSTS,
        .policies = policies,
        .policy_count = POLICIES
    };

    want(bed_claim(&bed, STAGE_DNS, "a") == QUEUE_OK, "claim");
    c.id = bed.batch.id;
    for (unsigned i = 0; i < HOSTS; i++) {
        int len = snprintf(names[i], sizeof(names[i]), "{\"host\":\"mx%llu.example\"}",
                           (unsigned long long)hosts_made++);

        hosts[i] =
            (struct queue_item){ queue_hash(bed.q, names[i], (size_t)len), names[i], (size_t)len };
    }
    for (unsigned i = 0; i < POLICIES; i++)
        policies[i] = (struct queue_item){ 0, policy, sizeof(policy) - 1 };
    want(bed_commit(&bed, &c) == QUEUE_OK, "commit");
}

static void work_followers(enum stage stage, enum kind kind, size_t new_certs)
{
    static struct queue_item certs[CERTS];
    struct queue_commit c = {
        .stage = stage, .consumer = "a", .covered = covered, .certs = certs, .cert_count = new_certs
    };

    want(bed_claim(&bed, stage, "a") == QUEUE_OK, "claim");
    c.id = bed.batch.id;
    c.covered_count = bed.batch.count;
    c.results[kind].frame = frame;
    c.results[kind].len = (size_t)RECORD_BYTES * bed.batch.count;
    c.results[kind].records = bed.batch.count;
    for (unsigned i = 0; i < new_certs; i++) {
        certs_made++;
        certs[i] = (struct queue_item){ queue_hash(bed.q, &certs_made, sizeof(certs_made)), cert,
                                        sizeof(cert) };
    }
    want(bed_commit(&bed, &c) == QUEUE_OK, "commit");
}

struct cost {
    double whole, redis;
};

static struct cost measure(bool followers)
{
    uint64_t ours = timing_cpu_us(), theirs = server_cpu_us();
    struct buf jobs;

    buf_init(&jobs, BUF_NO_CEILING);
    for (unsigned i = 0; i < BATCHES; i++) {
        feed(&jobs);
        work_domains();
        if (followers) {
            work_followers(STAGE_STARTTLS, KIND_MX, CERTS);
            work_followers(STAGE_POLICY, KIND_POLICIES, POLICIES);
        }
        collect();
    }
    buf_free(&jobs);
    ours = timing_cpu_us() - ours;
    theirs = server_cpu_us() - theirs;
    return (struct cost){ (double)(ours + theirs) / (BATCH * BATCHES),
                          (double)theirs / (BATCH * BATCHES) };
}

static int compare(const void *a, const void *b)
{
    const struct cost *x = a, *y = b;

    return (x->whole > y->whole) - (x->whole < y->whole);
}

static struct cost median(bool followers)
{
    struct cost costs[ROUNDS];

    for (int i = 0; i < ROUNDS; i++)
        costs[i] = measure(followers);
    qsort(costs, ROUNDS, sizeof(costs[0]), compare);
    return costs[ROUNDS / 2];
}

static void say(const char *name, double value, double budget)
{
    printf("%s %.3f us %.3f %s\n", name, value, budget,
           budget == 0 || value <= budget ? "ok" : "over");
}

int main(void)
{
    struct cost dns, all;

    for (size_t i = 0; i < sizeof(frame); i++)
        frame[i] = (char)(rand() & 0xff);
    for (unsigned i = 0; i < QUEUE_BATCH_JOBS_MAX; i++)
        covered[i] = (uint16_t)i;
    bed_open(&bed, 0);
    bed_create(&bed);
    dns = median(false);
    queue_remove(bed.q);
    strcpy(after, "0");
    fed = 0;
    bed.epoch[0] = '\0';
    bed_reconnect(&bed);
    bed_create(&bed);
    all = median(true);
    say("queue-dns-stage", dns.whole, BUDGET_US);
    say("queue-dns-stage-redis", dns.redis, 0);
    say("queue-domain", all.whole, BUDGET_US);
    say("queue-domain-redis", all.redis, 0);
    bed_close(&bed);
    return check_failed == 0 ? 0 : 1;
}
