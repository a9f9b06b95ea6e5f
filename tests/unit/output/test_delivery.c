/* Delivery under a policy: what the joined view of policy, MX and certificates says. */
#include "output/delivery.h"

#include "output/metrics.h"
#include "tests/unit/check.h"

#define GOOD                                                                                       \
    "\"outcome\":\"ok\",\"tls\":{\"version\":\"TLSv1.3\",\"chain\":[\"a\"],\"pkix\":{\"verdict\":" \
    "\"valid\"},\"name_match\":true}"
#define BAD "\"outcome\":\"starttls-absent\""
#define LATE "\"outcome\":\"timeout\""
#define POLICY(domain, verdict, mode, mx)                                                        \
    {                                                                                            \
        KIND_POLICIES, "{\"domain\":\"" domain "\",\"verdict\":\"" verdict "\",\"mode\":\"" mode \
                       "\",\"mx\":[" mx "]}"                                                     \
    }
#define HOST(host, rest)                                                      \
    {                                                                         \
        KIND_MX, "{\"host\":\"" host "\",\"address\":\"192.0.2.1\"," rest "}" \
    }

static const struct {
    enum kind kind;
    const char *record;
} world[] = {
    POLICY("on.test", "valid", "enforce", "\"*.on.test\""),
    POLICY("try.test", "valid", "testing", "\"*.on.test\""),
    POLICY("off.test", "valid", "none", "\"*.on.test\""),
    POLICY("bad.test", "invalid", "enforce", "\"*.on.test\""),
    POLICY("late.test", "unknown", "enforce", "\"*.on.test\""),
    HOST("good.on.test", GOOD),
    HOST("good.other.test", GOOD),
    HOST("bad.on.test", BAD),
    HOST("late.on.test", LATE),
    HOST("late.other.test", LATE),
    { KIND_MX, "{\"host\":\"gone.on.test\",\"address\":null,\"outcome\":\"nxdomain\"}" },
};

/* The domain, the verdict of its record, its MX hosts with a space between or "=" and the kind of
 * an MX without hosts, the answer. */
static const struct {
    const char *domain, *record, *hosts, *delivery;
} rows[] = {
    { "on.test", "valid", "good.on.test", "all" },
    { "try.test", "valid", "good.on.test", "all" },
    { "off.test", "valid", "good.on.test", "" },
    { "bad.test", "valid", "good.on.test", "" },
    { "on.test", "invalid", "good.on.test", "" },
    { "on.test", "absent", "good.on.test", "" },
    { "late.test", "valid", "good.on.test", "unknown" },
    { "never.test", "valid", "good.on.test", "unknown" },
    { "on.test", "unknown", "good.on.test", "unknown" },
    { "on.test", "valid", "bad.on.test", "none" },
    { "on.test", "valid", "good.other.test", "none" }, /* the policy does not name it */
    { "on.test", "valid", "late.on.test", "unknown" },
    { "on.test", "valid", "late.other.test", "none" }, /* nor this, whatever it is */
    { "on.test", "valid", "good.on.test bad.on.test", "some" },
    { "on.test", "valid", "good.on.test late.on.test", "unknown" }, /* all or some */
    { "on.test", "valid", "bad.on.test late.on.test", "unknown" },  /* some or none */
    { "on.test", "valid", "good.on.test bad.on.test late.on.test", "some" },
    { "on.test", "valid", "good.on.test gone.on.test", "all" }, /* nobody tries that one */
    /* Nowhere to go to. */
    { "on.test", "valid", "gone.on.test", "no-mx" },
    { "on.test", "valid", "gone.on.test bad.on.test", "none" },
    { "on.test", "valid", "", "no-mx" },
    { "on.test", "valid", "=null", "no-mx" },
    { "try.test", "valid", "=implicit", "no-mx" },
    { "off.test", "valid", "=null", "" },
    { "on.test", "absent", "=implicit", "" },
    { "late.test", "valid", "=null", "unknown" },
    { "on.test", "valid", "=unknown", "unknown" },
    { "on.test", "valid", "never.other.test", "unknown" }, /* has it an address */
};

static const struct json *record_of(struct arena *arena, size_t i)
{
    struct buf text;
    const struct json *tree;
    const char *kind = rows[i].hosts[0] == '=' ? rows[i].hosts + 1 : "hosts";
    const char *first = rows[i].hosts[0] == '=' ? "" : rows[i].hosts, *host = first;

    buf_init(&text, BUF_NO_CEILING);
    buf_printf(&text,
               "{\"domain\":\"%s\",\"mta_sts\":{\"verdict\":\"%s\"},\"mx\":{\"kind\":\"%s\","
               "\"hosts\":[",
               rows[i].domain, rows[i].record, kind);
    for (size_t len; *host != '\0'; host += len + (host[len] == ' ')) {
        len = strcspn(host, " ");
        buf_printf(&text, "%s{\"host\":\"%.*s\"}", host > first ? "," : "", (int)len, host);
    }
    buf_printf(&text, "]}}");
    tree = json_parse(arena, text.data, text.len);
    buf_free(&text);
    return tree;
}

/* What the export says and what the metrics count is one thing. */
static void test_metrics_agree(const struct joined *d, size_t i)
{
    const struct metric *all = metric_find("sts_delivery_all"),
                        *none = metric_find("sts_delivery_none");

    CHECK((metric_judge(all, d) == TRI_YES) == (delivery_of(d) == DELIVERY_ALL), "row %zu", i);
    CHECK((metric_judge(none, d) == TRI_YES) == (delivery_of(d) == DELIVERY_NONE), "row %zu", i);
}

static void test_nearness(const struct join *j, struct arena *arena)
{
    const struct joined *d = join_view(j, arena, record_of(arena, 0));

    CHECK(delivery_names(d->policy, "mx.on.test") && !delivery_names(d->policy, "mx.off.test"),
          "names");
    CHECK(delivery_nearness(d->policy, "mx.on.test", arena) == MX_NEAR_MATCH, "match");
    CHECK(delivery_nearness(d->policy, "mx.oon.test", arena) == MX_NEAR_TYPO, "typo");
    CHECK(delivery_nearness(d->policy, "mx.on.example", arena) == MX_NEAR_TLD, "tld");
}

int main(void)
{
    struct join *j = join_new();
    struct arena arena;

    arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof(world) / sizeof(world[0]); i++)
        join_take(j, world[i].kind, json_parse(&arena, world[i].record, strlen(world[i].record)));
    join_seal(j);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct joined *d = join_view(j, &arena, record_of(&arena, i));
        const char *found = delivery_name(delivery_of(d));

        test_metrics_agree(d, i);
        CHECK(strcmp(found, rows[i].delivery) == 0, "row %zu: %s", i, found);
    }
    test_nearness(j, &arena);
    join_free(j);
    arena_free(&arena);
    return check_report();
}
