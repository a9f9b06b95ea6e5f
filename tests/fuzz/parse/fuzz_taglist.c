/* Tags come in order out of the text, none overlaps the next, and putting them together again gives
 * the text but for white space. */
#include "tests/fuzz/parse/fuzz.h"

#include "workers/parse/taglist.h"

static size_t put(char *out, struct bytes piece)
{
    size_t used = 0;

    for (size_t i = 0; i < piece.len; i++)
        if (piece.data[i] != ' ' && piece.data[i] != '\t')
            out[used++] = piece.data[i];
    return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes text = { len > 0 ? (const char *)data : "", len };
    struct taglist list;
    struct tag tag;
    char *again = malloc(len + 2), *bare = malloc(len + 1);
    size_t used = 0, bare_len = put(bare, text);

    taglist_begin(&list, text);
    while (taglist_next(&list, &tag)) {
        HOLDS(fuzz_within(tag.name, &text, 1) && fuzz_within(tag.value, &text, 1));
        HOLDS(!bytes_have(tag.name, ';') && !bytes_have(tag.name, '='));
        HOLDS(!bytes_have(tag.value, ';'));
        HOLDS(tag.equals || (tag.value.len == 0 && !tag.spaced));
        HOLDS(!tag.empty || (tag.name.len == 0 && !tag.equals));
        used += put(again + used, tag.name);
        if (tag.equals)
            again[used++] = '=';
        used += put(again + used, tag.value);
        again[used++] = ';';
    }
    if (bare_len == 0 || bare[bare_len - 1] != ';') /* the last ";" is not the text's */
        used -= used > 0;
    HOLDS(used == bare_len && memcmp(again, bare, used) == 0);
    free(again);
    free(bare);
    return 0;
}
