/* What a valid record says, written plainly, is valid without a word and says the same. */
#include "tests/fuzz/parse/fuzz.h"

#include "scanner/base/buf.h"
#include "workers/parse/dmarc.h"

static void put_letter(struct buf *out, const char *name, char letter)
{
    if (letter != '\0')
        buf_printf(out, "; %s=%c", name, letter);
}

static void put_policy(struct buf *out, const char *name, enum dmarc_policy p)
{
    if (p != DMARC_UNSET)
        buf_printf(out, "; %s=%s", name, dmarc_policy_name(p));
}

static void put_uris(struct buf *out, const char *name, const struct bytes *uris, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            buf_printf(out, "; %s=", name);
        else
            buf_byte(out, ',');
        buf_append(out, uris[i].data, uris[i].len);
    }
}

static void print(const struct dmarc *r, struct buf *out)
{
    buf_string(out, "v=DMARC1");
    put_policy(out, "p", r->p);
    put_policy(out, "sp", r->sp);
    put_policy(out, "np", r->np);
    put_letter(out, "adkim", r->adkim);
    put_letter(out, "aspf", r->aspf);
    put_letter(out, "t", r->t);
    put_letter(out, "psd", r->psd);
    if (r->fo.len > 0) {
        buf_string(out, "; fo=");
        buf_append(out, r->fo.data, r->fo.len);
    }
    put_uris(out, "rua", r->rua, r->rua_count);
    put_uris(out, "ruf", r->ruf, r->ruf_count);
}

static void check_plain(const struct dmarc *r, struct arena *arena)
{
    struct bytes plain;
    struct dmarc again;
    struct buf out;

    buf_init(&out, BUF_NO_CEILING);
    print(r, &out);
    plain = (struct bytes){ out.data, out.len };
    dmarc_judge(&plain, 1, arena, &again);
    HOLDS(again.verdict == VERDICT_VALID && !violations_any(&again.violations));
    HOLDS(again.p == r->p && again.sp == r->sp && again.np == r->np);
    HOLDS(again.adkim == r->adkim && again.aspf == r->aspf);
    HOLDS(again.t == r->t && again.psd == r->psd && fuzz_same(again.fo, r->fo));
    HOLDS(again.rua_count == r->rua_count && again.ruf_count == r->ruf_count);
    for (size_t i = 0; i < r->rua_count; i++)
        HOLDS(fuzz_same(again.rua[i], r->rua[i]));
    for (size_t i = 0; i < r->ruf_count; i++)
        HOLDS(fuzz_same(again.ruf[i], r->ruf[i]));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes txts[FUZZ_TXTS_MAX];
    size_t count = fuzz_txts(data, len, txts);
    struct arena arena;
    struct dmarc r;

    arena_init(&arena, 1024);
    dmarc_judge(txts, count, &arena, &r);
    fuzz_verdict(r.verdict, &r.violations);
    HOLDS(r.verdict != VERDICT_ABSENT || r.p == DMARC_UNSET);
    if (r.verdict == VERDICT_VALID) {
        HOLDS(r.p != DMARC_UNSET);
        check_plain(&r, &arena);
    }
    arena_free(&arena);
    return 0;
}
