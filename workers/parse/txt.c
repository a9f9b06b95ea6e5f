#include "workers/parse/txt.h"

#include <string.h>

/* Bytes of all strings together, and how many are not empty. False if one passes the end. */
static bool measure(const uint8_t *rdata, size_t len, size_t *bytes, size_t *strings)
{
    *bytes = *strings = 0;
    for (size_t at = 0; at < len; at += 1 + (size_t)rdata[at]) {
        if (rdata[at] > len - at - 1)
            return false;
        *bytes += rdata[at];
        *strings += rdata[at] > 0;
    }
    return len > 0;
}

bool txt_join(const uint8_t *rdata, size_t len, struct arena *arena, struct bytes *text)
{
    size_t bytes, strings, used = 0;
    char *joined;

    *text = (struct bytes){ "", 0 };
    if (!measure(rdata, len, &bytes, &strings))
        return false;
    if (strings == 0)
        return true;
    joined = strings > 1 ? arena_alloc(arena, bytes) : NULL;
    for (size_t at = 0; at < len; at += 1 + (size_t)rdata[at]) {
        if (joined != NULL)
            memcpy(joined + used, rdata + at + 1, rdata[at]);
        else if (rdata[at] > 0)
            text->data = (const char *)rdata + at + 1;
        used += rdata[at];
    }
    if (joined != NULL)
        text->data = joined;
    text->len = bytes;
    return true;
}

struct txt_choice txt_choose(const struct bytes *txts, size_t count,
                             bool (*is_record)(struct bytes txt),
                             bool (*is_misspelt)(struct bytes txt))
{
    struct txt_choice c = { .record = { "", 0 } };

    for (size_t i = 0; i < count; i++) {
        c.misspelt |= is_misspelt(txts[i]);
        if (!is_record(txts[i]))
            continue;
        c.record = txts[i];
        c.found++;
    }
    return c;
}
