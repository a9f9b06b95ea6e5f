/* scanner/queue/redis.acl against a real server: with it everything works, and without any one of
 * its commands something does not. Run from the top of the tree. */
#include <hiredis/hiredis.h>

#include "tests/unit/queue/bed.h"

#define WORDS_MAX 64
#define COORDINATOR "mxcensus"
#define WORKER "mxcensus-worker"

static struct bed bed;

struct user {
    char *line, *words[WORDS_MAX]; /* "user", its name, its rules */
    int count;
};

static bool read_user(struct user *u, const char *name)
{
    FILE *f = fopen("scanner/queue/redis.acl", "r");
    size_t room = 0;
    bool found = false;

    *u = (struct user){ 0 };
    while (f != NULL && !found && getline(&u->line, &room, f) > 0) {
        char *save, *word = strtok_r(u->line, " \n", &save);

        for (u->count = 0; word != NULL && u->count < WORDS_MAX;
             word = strtok_r(NULL, " \n", &save))
            u->words[u->count++] = word;
        found = u->count > 2 && strcmp(u->words[1], name) == 0;
    }
    if (f != NULL)
        fclose(f);
    return found;
}

static const char *password_of(const struct user *u)
{
    for (int i = 0; i < u->count; i++)
        if (u->words[i][0] == '>')
            return u->words[i] + 1;
    return "";
}

/* Make the user on the server, leaving out one rule (NULL: none). */
static void set_user(const struct user *u, const char *without)
{
    const char *argv[WORDS_MAX + 3] = { "ACL", "SETUSER", u->words[1], "reset" };
    size_t lens[WORDS_MAX + 3];
    int argc = 4;
    struct redis *r = bed_connect(&bed);
    const redisReply *reply;

    for (int i = 2; i < u->count; i++)
        if (u->words[i] != without)
            argv[argc++] = u->words[i];
    for (int i = 0; i < argc; i++)
        lens[i] = strlen(argv[i]);
    reply = redis_ask(r, argc, argv, lens);
    CHECK(reply->type == REDIS_REPLY_STATUS, "ACL SETUSER: %s", reply->str);
    redis_close(r);
}

static struct redis *connect_as(const struct user *u)
{
    struct redis_address a;
    const char *error = redis_address_parse(&a, redis_server_url(bed.server), false);
    struct redis *r;

    a.user = memory_strdup(u->words[1]);
    a.password = memory_strdup(password_of(u));
    r = redis_open(&a, 1000, &error);
    redis_address_free(&a);
    if (r == NULL) {
        printf("%s\n", error);
        exit(1);
    }
    return r;
}

static bool fine(enum queue_status s)
{
    return s == QUEUE_OK || s == QUEUE_EMPTY;
}

/* What a commit can bring, all at once; its delayed job is due at once. */
static bool commit_job(const char *consumer, uint16_t job)
{
    struct queue_item policy = { 0, "p", 1 }, host = { 1, "h", 1 }, cert = { 2, "c", 1 };
    struct queue_item again = { 0, "again", 5 };
    struct queue_commit c = { .stage = STAGE_DNS,
                              .id = bed.batch.id,
                              .consumer = consumer,
                              .covered = &job,
                              .covered_count = 1,
                              .results[KIND_DOMAINS] = { "f", 1, 1 },
                              .policies = &policy,
                              .policy_count = 1,
                              .hosts = &host,
                              .host_count = 1,
                              .certs = &cert,
                              .cert_count = 1,
                              .delayed = &again,
                              .delayed_count = 1 };

    return fine(bed_commit(&bed, &c));
}

/* The calls of a worker process and of `mxcensus worker` (whose own connection is q). */
static bool work(struct queue *q)
{
    struct queue_life lives[8];
    struct queue_progress p;
    char epoch[QUEUE_EPOCH_SIZE];

    return fine(queue_join(q, epoch, NULL)) && fine(queue_progress(q, &p)) &&
           bed_beat(&bed, "a") == QUEUE_OK && queue_lives(q, lives, 8) == 1 &&
           bed_claim(&bed, STAGE_DNS, "a") == QUEUE_OK && commit_job("a", 0) &&
           commit_job("a", 1) && bed_claim(&bed, STAGE_DNS, "b") == QUEUE_OK &&
           fine(queue_bury(q, "b", NULL));
}

static bool begin(struct queue *q)
{
    return fine(queue_create(q, "{}", bed.epoch)) &&
           fine(queue_feed(q, 0, "one\ntwo\n", 8, 2, 10)) && fine(queue_feed(q, 1, "", 0, 0, 10)) &&
           fine(queue_feed_done(q));
}

static bool finish(struct queue *q)
{
    static const uint64_t hashes[] = { 7, 8 };
    static const struct queue_item job = { 9, "h", 1 };
    struct queue_result r[8];
    size_t count;
    uint64_t next;
    bool done;

    return fine(queue_fed(q, &next, &done)) && fine(queue_results(q, "0", r, 8, &count, 0)) &&
           count > 0 && fine(queue_trim(q, r[count - 1].id)) &&
           fine(queue_results(q, r[count - 1].id, r, 8, &count, 1)) &&
           fine(queue_mark_seen(q, QUEUE_SEEN_HOSTS, hashes, 2)) &&
           fine(queue_add_jobs(q, STAGE_STARTTLS, &job, 1)) &&
           fine(queue_mark_done(q, KIND_MX, 1)) && fine(queue_remove(q));
}

/* A whole small run, its two sides under these users. */
static bool census(const struct user *coordinator, const struct user *worker)
{
    struct redis *r = bed_connect(&bed);
    const char *argv[] = { "FLUSHALL" };
    const size_t lens[] = { 8 };
    struct queue *q, *other;
    bool ok;

    redis_ask(r, 1, argv, lens);
    redis_close(r);
    q = queue_new(connect_as(coordinator), "test", NULL);
    ok = begin(q);
    other = queue_new(connect_as(worker), "test", bed.epoch);
    queue_free(bed.w);
    bed.w = queue_new(connect_as(worker), "test", bed.epoch);
    queue_watch(bed.w, &bed.loop);
    ok = ok && work(other) && finish(q);
    queue_free(other);
    queue_free(q);
    return ok;
}

static void test_user(const struct user *u, const struct user *coordinator,
                      const struct user *worker)
{
    unsigned commands = 0;

    for (int i = 2; i < u->count; i++) {
        if (u->words[i][0] != '+')
            continue;
        set_user(u, u->words[i]);
        CHECK(!census(coordinator, worker), "%s works without %s", u->words[1], u->words[i]);
        commands++;
    }
    CHECK(commands > 10, "%u commands", commands);
    set_user(u, NULL);
    CHECK(census(coordinator, worker), "all works again");
}

int main(void)
{
    struct user coordinator, worker, both;

    bed_open(&bed, 0);
    if (!read_user(&coordinator, COORDINATOR) || !read_user(&worker, WORKER)) {
        puts("scanner/queue/redis.acl has not both users");
        return 1;
    }
    set_user(&coordinator, NULL);
    set_user(&worker, NULL);
    CHECK(census(&coordinator, &worker), "with all of it everything works");
    test_user(&worker, &coordinator, &worker);
    both = coordinator; /* alone it can do what a private Redis' only user does */
    test_user(&both, &both, &both);
    free(coordinator.line);
    free(worker.line);
    bed_close(&bed);
    return check_report();
}
