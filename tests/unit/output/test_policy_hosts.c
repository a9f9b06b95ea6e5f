/* policy_hosts.csv, out of a few policies. */
#include "output/policy_hosts.h"

#include "tests/unit/check.h"

#define POLICY(runner, verdict, mode) \
    ",\"operator\":\"" runner "\",\"verdict\":\"" verdict "\",\"mode\":\"" mode "\""

static const struct {
    const char *domain, *policy; /* NULL: none is recorded */
} world[] = {
    { "a.test", POLICY("easydmarc.pro", "valid", "enforce") },
    { "b.test", POLICY("easydmarc.pro", "valid", "testing") },
    { "c.test", POLICY("easydmarc.pro", "unknown", "enforce") },
    { "d.test", POLICY("someone.github.io", "valid", "none") },
    { "e.test", POLICY("someone.github.io", "invalid", "enforce") },
    { "f.test", POLICY("b.provider.test", "absent", "") },
    { "g.test", POLICY("a.provider.test", "valid", "nonsense") },
    { "h.test", POLICY("h.test", "valid", "enforce") }, /* leads nowhere else */
    { "i.test", ",\"verdict\":\"valid\",\"mode\":\"testing\"" },
    { "j.test", NULL },
};

static const char header[] =
    "rank,target,management,domains,share,valid,failed,unknown,enforce,testing,none\r\n";
static const char *const rows[] = {
    "1,easydmarc.pro,third-party,3,0.333333,2,0,1,1,1,0\r\n",
    "2,someone.github.io,self-managed,2,0.222222,1,1,0,0,0,1\r\n",
    "3,a.provider.test,unclassified,1,0.111111,1,0,0,0,0,0\r\n", /* as many: by name */
    "4,b.provider.test,unclassified,1,0.111111,0,1,0,0,0,0\r\n",
    ",(own name),self-managed,2,0.222222,2,0,0,1,1,0\r\n",
};
static const char others[] = ",(other),,2,0.222222,1,1,0,0,0,0\r\n";

static const struct json *record_of(struct arena *arena, const char *domain, const char *rest)
{
    struct buf text;
    const struct json *record;

    buf_init(&text, BUF_NO_CEILING);
    buf_printf(&text, "{\"domain\":\"%s\"%s}", domain, rest);
    record = json_parse(arena, text.data, text.len);
    buf_free(&text);
    return record;
}

static void check_csv(const struct policy_hosts *p, size_t top, const char *wanted)
{
    struct buf csv;

    buf_init(&csv, BUF_NO_CEILING);
    policy_hosts_write(p, top, &csv);
    buf_byte(&csv, '\0');
    CHECK(strcmp(csv.data, wanted) == 0, "%zu at most: %s instead of %s", top, csv.data, wanted);
    buf_free(&csv);
}

static void check_table(const struct policy_hosts *p)
{
    struct buf wanted;

    buf_init(&wanted, BUF_NO_CEILING);
    buf_string(&wanted, header);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        buf_string(&wanted, rows[i]);
    buf_byte(&wanted, '\0');
    check_csv(p, 100, wanted.data);
    buf_reset(&wanted);
    buf_printf(&wanted, "%s%s%s%s%s", header, rows[0], rows[1], others, rows[4]);
    buf_byte(&wanted, '\0');
    check_csv(p, 2, wanted.data);
    buf_free(&wanted);
}

int main(void)
{
    struct policy_hosts *p = policy_hosts_new(sizeof(world) / sizeof(world[0]));
    struct join *j = join_new();
    struct arena arena;

    arena_init(&arena, 4096);
    check_csv(p, 100, header);
    for (size_t i = 0; i < sizeof(world) / sizeof(world[0]); i++)
        if (world[i].policy != NULL)
            join_take(j, KIND_POLICIES, record_of(&arena, world[i].domain, world[i].policy));
    join_seal(j);
    for (size_t i = 0; i < sizeof(world) / sizeof(world[0]); i++)
        policy_hosts_count(p, join_view(j, &arena, record_of(&arena, world[i].domain, "")));
    check_table(p);
    policy_hosts_free(p);
    join_free(j);
    arena_free(&arena);
    return check_report();
}
