/* Line ends of either kind say the same; a valid policy written plainly is the same policy. */
#include "tests/fuzz/parse/fuzz.h"

#include "scanner/base/buf.h"
#include "workers/parse/domain_text.h"
#include "workers/parse/sts_policy.h"

static void check_same(const struct sts_policy *a, const struct sts_policy *b)
{
    HOLDS(a->verdict == b->verdict && a->mode == b->mode && a->max_age == b->max_age);
    HOLDS(a->has_max_age == b->has_max_age && a->mx_count == b->mx_count);
    for (size_t i = 0; i < a->mx_count; i++)
        HOLDS(fuzz_same(a->mx[i], b->mx[i]));
}

/* Every line end that is LF alone as CRLF. */
static void check_line_ends(struct bytes body, const struct sts_policy *p, struct arena *arena)
{
    struct sts_policy again;
    struct buf out;

    buf_init(&out, BUF_NO_CEILING);
    for (size_t i = 0; i < body.len; i++) {
        if (body.data[i] == '\n' && (i == 0 || body.data[i - 1] != '\r'))
            buf_byte(&out, '\r');
        buf_byte(&out, body.data[i]);
    }
    sts_policy_judge(out.data, out.len, arena, &again);
    check_same(p, &again);
    HOLDS(memcmp(&p->violations, &again.violations, sizeof(again.violations)) == 0);
    buf_free(&out);
}

static void check_plain(const struct sts_policy *p, struct arena *arena)
{
    struct sts_policy again;
    struct buf out;

    buf_init(&out, BUF_NO_CEILING);
    buf_printf(&out, "version: STSv1\nmode: %s\nmax_age: %llu\n", sts_mode_name(p->mode),
               (unsigned long long)p->max_age);
    for (size_t i = 0; i < p->mx_count; i++)
        buf_printf(&out, "mx: %.*s\n", (int)p->mx[i].len, p->mx[i].data);
    sts_policy_judge(out.data, out.len, arena, &again);
    check_same(p, &again);
    HOLDS(!violations_have(&again.violations, VIOLATION_POLICY_FIELD_REPEATED));
    HOLDS(!violations_have(&again.violations, VIOLATION_POLICY_FIELD_CASE));
    HOLDS(!violations_have(&again.violations, VIOLATION_POLICY_LINE_BLANK));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes body = { len > 0 ? (const char *)data : "", len };
    struct arena arena;
    struct sts_policy p;

    arena_init(&arena, 1024);
    sts_policy_judge(body.data, body.len, &arena, &p);
    HOLDS(p.verdict != VERDICT_ABSENT);
    fuzz_verdict(p.verdict, &p.violations);
    for (size_t i = 0; i < p.mx_count; i++)
        HOLDS(fuzz_within(p.mx[i], &body, 1));
    check_line_ends(body, &p, &arena);
    if (p.verdict == VERDICT_VALID) {
        HOLDS(p.mode != STS_MODE_UNREADABLE && p.has_max_age && p.max_age <= STS_MAX_AGE_MAX);
        HOLDS(p.mx_count > 0 || p.mode == STS_MODE_NONE);
        check_plain(&p, &arena);
    }
    arena_free(&arena);
    return 0;
}
