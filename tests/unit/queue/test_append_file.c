/* The append-only file of Redis as crashes leave it: a transaction without its end is cut off, all
 * else is kept; and a real Redis that loads what is left, writes, and loads again. */
#include "scanner/queue/append_file.h"

#include <hiredis/hiredis.h>
#include <sys/stat.h>

#include "tests/unit/queue/bed.h"

#define SET_A "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"
#define MULTI "*1\r\n$5\r\nMULTI\r\n"
#define EXEC "*1\r\n$4\r\nEXEC\r\n"
#define WORD "*3\r\n$3\r\nSET\r\n$1\r\nm\r\n$5\r\nMULTI\r\n"

static const struct {
    const char *bytes;
    size_t whole; /* of them */
} rows[] = {
    { "", 0 },
    { SET_A, 27 },
    { MULTI SET_A EXEC, 56 },
    { SET_A MULTI, 27 },
    { SET_A MULTI SET_A, 27 },
    { SET_A MULTI SET_A "*3\r\n$3\r\nSET\r\n$1", 27 },
    { MULTI SET_A EXEC MULTI SET_A "*1\r\n$4\r\nEXE", 56 },
    { MULTI SET_A "*1\r\n$4\r\nEXEC\r", 0 },
    { WORD, 31 },                         /* a value is no command */
    { SET_A "*3\r\n$3\r\nSET", 27 + 11 }, /* Redis cuts this */
    { SET_A "junk", 31 },                 /* and refuses this */
    { MULTI SET_A "*2\r\n$99999999999999999999\r\n", 0 },
    { MULTI "*0\r\n", 0 },
    { "*-1\r\n", 5 },
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t len = strlen(rows[i].bytes), whole;

        whole = append_file_whole((uint8_t *)check_at_edge(rows[i].bytes, len), len);
        CHECK(whole == rows[i].whole, "row %zu: %zu of %zu", i, whole, len);
    }
}

/* Every prefix of two transactions and a command between: what is kept never ends inside one. */
static void test_prefixes(void)
{
    static const char text[] = MULTI SET_A EXEC SET_A MULTI SET_A EXEC;
    size_t first = strlen(MULTI SET_A EXEC), second = first + strlen(SET_A);

    for (size_t len = 0; len < sizeof(text); len++) {
        size_t whole = append_file_whole((uint8_t *)check_at_edge(text, len), len);
        size_t wanted = len < strlen(MULTI) || (len >= first && len < second + strlen(MULTI)) ? len
                        : len < first                                                         ? 0
                        : len < sizeof(text) - 1 ? second
                                                 : len;

        CHECK(whole == wanted, "%zu bytes: %zu, not %zu", len, whole, wanted);
    }
}

/* ---- a real one ---- */

static long long ask(struct redis *r, const char *first, const char *second, const char *third)
{
    const char *words[] = { first, second, third };
    size_t lens[3];
    int count = second == NULL ? 1 : third == NULL ? 2 : 3;
    const struct redisReply *reply;

    for (int i = 0; i < count; i++)
        lens[i] = strlen(words[i]);
    reply = redis_ask(r, count, words, lens);
    return reply != NULL && reply->type == REDIS_REPLY_INTEGER ? reply->integer : -1;
}

static void write_transaction(struct bed *b, const char *one, const char *other)
{
    struct redis *r = bed_connect(b);

    ask(r, "MULTI", NULL, NULL);
    ask(r, "SET", one, "1");
    ask(r, "SET", other, "1");
    ask(r, "EXEC", NULL, NULL);
    redis_close(r);
}

static long long exists(struct bed *b, const char *key)
{
    struct redis *r = bed_connect(b);
    long long found = ask(r, "EXISTS", key, NULL);

    redis_close(r);
    return found;
}

static void test_redis(void)
{
    struct bed b = { .server = NULL };
    char file[160];
    struct stat st;

    snprintf(b.directory, sizeof(b.directory), "/tmp/mxcensus-test-XXXXXX");
    if (mkdtemp(b.directory) == NULL)
        exit(1);
    snprintf(b.redis, sizeof(b.redis), "%s/redis", b.directory);
    snprintf(file, sizeof(file), "%s/appendonlydir/appendonly.aof.1.incr.aof", b.redis);
    bed_server(&b, 0);
    write_transaction(&b, "torn", "half");
    redis_server_stop(b.server);
    /* The power fails while "half" is written. */
    CHECK(stat(file, &st) == 0 && truncate(file, st.st_size - (off_t)strlen(EXEC) - 5) == 0, "%s",
          file);
    bed_server(&b, 0);
    CHECK(exists(&b, "torn") == 0, "half a transaction was carried out at once");
    write_transaction(&b, "next", "last");
    redis_server_stop(b.server);
    bed_server(&b, 0);
    CHECK(exists(&b, "torn") == 0, "half a transaction was carried out at the second load");
    CHECK(exists(&b, "next") == 1 && exists(&b, "last") == 1, "a whole one was not");
    redis_server_stop(b.server);
    snprintf(file, sizeof(file), "rm -r %s", b.directory);
    CHECK(system(file) == 0, "%s", file);
}

int main(void)
{
    test_rows();
    test_prefixes();
    test_redis();
    return check_report();
}
