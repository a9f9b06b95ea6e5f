#include "workers/parse/smtp_reply.h"

#include <string.h>

/* The three digits at s: 2yz to 5yz. Servers use second digits that RFC 5321 §4.2 does not list,
 * so any digit will do there. Bytes of s that are not there yet are taken for good. */
static bool may_be_code(const char *s, size_t len)
{
    for (size_t i = 0; i < len && i < 3; i++)
        if (!ascii_is_digit(s[i]))
            return false;
    return len == 0 || (s[0] >= '2' && s[0] <= '5');
}

/* Can line[0..len), without its end where it has none yet, be a line of a reply that began with
 * code (NULL: it is the first). */
static bool may_be_line(const char *line, size_t len, const char *code)
{
    if (!may_be_code(line, len))
        return false;
    if (code != NULL && memcmp(line, code, len < 3 ? len : 3) != 0)
        return false;
    return len < 4 || line[3] == ' ' || line[3] == '-' || (line[3] == '\r' && len == 4);
}

/* Without line end: CRLF or LF. */
static struct bytes strip(const char *line, size_t len)
{
    if (len > 0 && line[len - 1] == '\r')
        len--;
    return (struct bytes){ line, len };
}

static struct bytes text_of(struct bytes line)
{
    return bytes_slice(line, line.len < 4 ? line.len : 4, line.len);
}

/* What stands in a reply that is whole. */
static void describe(struct smtp_reply *r, const char *buf, size_t len)
{
    struct bytes text;
    size_t at = 0;

    r->code = (buf[0] - '0') * 100 + (buf[1] - '0') * 10 + (buf[2] - '0');
    r->whole = (struct bytes){ buf, len };
    while (smtp_reply_line(r, &at, &text))
        if (r->lines++ == 0)
            r->text = text;
}

ssize_t smtp_reply_resume(const char *buf, size_t len, size_t *done, struct smtp_reply *r)
{
    *r = (struct smtp_reply){ .lines = 0 };
    while (*done < len) {
        const char *line = buf + *done, *code = *done > 0 ? buf : NULL;
        const char *end = memchr(line, '\n', len - *done);
        struct bytes whole;

        if (end == NULL)
            return may_be_line(line, len - *done, code) ? 0 : -1;
        whole = strip(line, (size_t)(end - line));
        if (whole.len < 3 || !may_be_line(whole.data, whole.len, code) ||
            (whole.len > 3 && whole.data[3] == '\r'))
            return -1;
        *done = (size_t)(end - buf) + 1;
        if (whole.len > 3 && whole.data[3] == '-')
            continue;
        describe(r, buf, *done);
        return (ssize_t)*done;
    }
    return 0;
}

ssize_t smtp_reply_parse(const char *buf, size_t len, struct smtp_reply *r)
{
    size_t done = 0;

    return smtp_reply_resume(buf, len, &done, r);
}

bool smtp_reply_line(const struct smtp_reply *r, size_t *at, struct bytes *text)
{
    const char *line = r->whole.data + *at, *end;

    if (*at >= r->whole.len)
        return false;
    end = memchr(line, '\n', r->whole.len - *at);
    *text = text_of(strip(line, (size_t)(end - line)));
    *at = (size_t)(end - r->whole.data) + 1;
    return true;
}
