/* judged: rows of TXT records at one name, and the JSON members that must come of them. Every
 * string is judged where it ends at an unreadable page. */
#ifndef MXC_TESTS_PARSE_JUDGED_H
#define MXC_TESTS_PARSE_JUDGED_H

#include "tests/unit/check.h"
#include "workers/parse/judgement.h"

#define TXT(text)                \
    {                            \
        (text), sizeof(text) - 1 \
    }
#define TXTS_MAX 4

struct judged {
    struct bytes txts[TXTS_MAX]; /* up to the first without data */
    const char *members;         /* {…} as written */
};

typedef enum verdict judged_write(struct json_writer *w, const struct bytes *txts, size_t count,
                                  struct arena *arena);

static inline void check_judged_by(judged_write *write, const char *kind, const struct judged *rows,
                                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bytes txts[TXTS_MAX];
        struct arena arena;
        struct buf out;
        struct json_writer w;
        size_t n = 0;

        for (; n < TXTS_MAX && rows[i].txts[n].data != NULL; n++) {
            txts[n].len = rows[i].txts[n].len;
            txts[n].data = check_at_edge(rows[i].txts[n].data, txts[n].len);
        }
        arena_init(&arena, 512);
        buf_init(&out, BUF_NO_CEILING);
        json_writer_init(&w, &out);
        json_open_object(&w, NULL);
        write(&w, txts, n, &arena);
        json_close_object(&w);
        CHECK(out.len == strlen(rows[i].members) && memcmp(out.data, rows[i].members, out.len) == 0,
              "%s row %zu: %s\n  gave %.*s\n  want %s", kind, i,
              n > 0 ? rows[i].txts[0].data : "none", (int)out.len, out.data, rows[i].members);
        buf_free(&out);
        arena_free(&arena);
    }
}

static inline void check_judged(const char *kind, const struct judged *rows, size_t count)
{
    check_judged_by(judgement_find(kind)->write, kind, rows, count);
}
#define CHECK_JUDGED(kind, rows) check_judged(kind, rows, sizeof(rows) / sizeof((rows)[0]))

#define ABSENT "{\"verdict\":\"absent\"}"
#define VALID "{\"verdict\":\"valid\""
#define INVALID(violations) "{\"verdict\":\"invalid\",\"violations\":[" violations "]"
#define NOTED(violations) "{\"verdict\":\"valid\",\"violations\":[" violations "]"

#endif
