/* presented: RDATA in presentation form (RFC 1035 §5.1, and the form of each type), read and
 * printed again. */
#ifndef MXC_TESTS_PRESENTED_H
#define MXC_TESTS_PRESENTED_H

#include "scanner/base/arena.h"
#include "scanner/base/buf.h"
#include "tests/unit/check.h"
#include "workers/parse/bytes.h"

struct presented {
    const char *text, *rdata;
    size_t len; /* 0: the text is no such record */
    const char *printed;
};

typedef bool presented_scan_fn(struct bytes text, struct arena *arena, struct bytes *rdata);
typedef bool presented_print_fn(struct bytes rdata, struct buf *out); /* false: no such RDATA */

static inline void check_presented(const struct presented *rows, size_t count,
                                   presented_scan_fn *scan, presented_print_fn *print)
{
    for (const struct presented *row = rows; row < rows + count; row++) {
        size_t len = strlen(row->text);
        struct bytes rdata;
        struct arena arena;
        struct buf out;
        bool found;

        arena_init(&arena, 256);
        buf_init(&out, 256);
        found = scan((struct bytes){ check_at_edge(row->text, len), len }, &arena, &rdata);
        CHECK(found == (row->len > 0), "%s", row->text);
        if (found && row->len > 0) {
            CHECK(rdata.len == row->len && memcmp(rdata.data, row->rdata, rdata.len) == 0, "%s",
                  row->text);
            CHECK(print(rdata, &out), "%s", row->text);
            CHECK(out.len == strlen(row->printed) && memcmp(out.data, row->printed, out.len) == 0,
                  "%s: %.*s", row->text, (int)out.len, out.data);
        }
        buf_free(&out);
        arena_free(&arena);
    }
}

#endif
