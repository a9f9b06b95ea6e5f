/* First byte: the kind. The members are the same from any order of the TXT strings, and the same
 * from what a record keeps of them: JSON text, in which bytes that are no UTF-8 have become it. */
#include "tests/fuzz/parse/fuzz.h"

#include "scanner/base/json_read.h"
#include "workers/parse/judgement.h"

static void members(const struct judgement *j, const struct bytes *txts, size_t count,
                    struct arena *arena, struct buf *out)
{
    struct json_writer w;

    buf_init(out, BUF_NO_CEILING);
    json_writer_init(&w, out);
    json_open_object(&w, NULL);
    j->write(&w, txts, count, arena);
    json_close_object(&w);
}

/* As it comes back from a record. */
static struct bytes kept(struct bytes txt, struct arena *arena)
{
    struct json_writer w;
    const struct json *string;
    struct buf out;

    buf_init(&out, BUF_NO_CEILING);
    json_writer_init(&w, &out);
    json_write_bytes(&w, NULL, txt.data, txt.len);
    string = json_parse(arena, out.data, out.len);
    HOLDS(string != NULL && string->type == JSON_STRING);
    buf_free(&out);
    return (struct bytes){ string->string, string->len };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes txts[FUZZ_TXTS_MAX], others[FUZZ_TXTS_MAX];
    const struct judgement *j = judgement_at(len > 0 ? data[0] % 6 : 0); /* the TXT kinds */
    size_t count = len > 0 ? fuzz_txts(data + 1, len - 1, txts) : 0;
    struct buf once, again, reread;
    struct arena arena;

    arena_init(&arena, 4096);
    members(j, txts, count, &arena, &once);
    HOLDS(json_parse(&arena, once.data, once.len) != NULL);
    for (size_t i = 0; i < count; i++)
        others[i] = txts[count - 1 - i];
    members(j, others, count, &arena, &again);
    HOLDS(once.len == again.len && memcmp(once.data, again.data, once.len) == 0);
    for (size_t i = 0; i < count; i++)
        others[i] = kept(txts[i], &arena);
    members(j, others, count, &arena, &reread);
    HOLDS(once.len == reread.len && memcmp(once.data, reread.data, once.len) == 0);
    buf_free(&once);
    buf_free(&again);
    buf_free(&reread);
    arena_free(&arena);
    return 0;
}
