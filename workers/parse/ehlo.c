#include "workers/parse/ehlo.h"

/* Up to white space: parameters follow (RFC 5321 §4.1.1.1: ehlo-keyword, then SP and ehlo-param).
 */
static struct bytes keyword_of(struct bytes line)
{
    size_t len = 0;

    while (len < line.len && line.data[len] != ' ' && line.data[len] != '\t')
        len++;
    return bytes_slice(line, 0, len);
}

void ehlo_parse(const struct smtp_reply *r, struct arena *arena, struct ehlo *e)
{
    struct bytes line, keyword;
    size_t at = 0;

    *e = (struct ehlo){ .lines = arena_array(arena, r->lines, sizeof(*e->lines)) };
    smtp_reply_line(r, &at, &line); /* the greeting */
    while (smtp_reply_line(r, &at, &line)) {
        line = bytes_trim(line);
        keyword = keyword_of(line);
        if (line.len == 0)
            continue;
        e->lines[e->count++] = line;
        e->starttls |= bytes_equal_nocase(keyword, "STARTTLS");
        e->requiretls |= bytes_equal_nocase(keyword, "REQUIRETLS");
    }
}
