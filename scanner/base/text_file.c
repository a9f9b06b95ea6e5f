#include "scanner/base/text_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"

#define FIRST_ROOM 8192

static _Thread_local char fault_text[128];

struct content {
    char *text;
    size_t len, room;
};

/* The number of the line that holds the first NUL of the last `len` bytes; 0 without one. */
static unsigned line_of_nul(const struct content *c, size_t len)
{
    const char *nul = memchr(c->text + c->len - len, '\0', len), *at = c->text;
    unsigned number = 1;

    if (nul == NULL)
        return 0;
    for (; (at = memchr(at, '\n', (size_t)(nul - at))) != NULL; at++)
        number++;
    return number;
}

/* NULL, or what is wrong. */
static const char *read_all(struct content *c, FILE *file, size_t most)
{
    size_t n;

    do {
        unsigned line;

        if (c->len == c->room) {
            c->room = c->room > 0 ? 2 * c->room : FIRST_ROOM;
            c->text = memory_grow(c->text, c->room + 1, 1); /* and the end */
        }
        n = fread(c->text + c->len, 1, c->room - c->len, file);
        c->len += n;
        line = line_of_nul(c, n);
        if (line > 0) {
            snprintf(fault_text, sizeof(fault_text),
                     "line %u holds a NUL byte: is it UTF-16, or no text?", line);
            return fault_text;
        }
        if (c->len > most) {
            snprintf(fault_text, sizeof(fault_text),
                     "is larger than %zu KiB: is it the right file?", most >> 10);
            return fault_text;
        }
    } while (n > 0);
    return ferror(file) ? strerror(errno) : NULL; /* a folder, for one */
}

char *text_file_read(const char *path, size_t most, const char **fault)
{
    struct content c = { .text = NULL };
    FILE *file = fopen(path, "re");

    *fault = file != NULL ? read_all(&c, file, most) : strerror(errno);
    if (file != NULL)
        fclose(file);
    if (*fault != NULL) {
        free(c.text);
        return NULL;
    }
    c.text[c.len] = '\0';
    if (strncmp(c.text, "\xef\xbb\xbf", 3) == 0)
        memmove(c.text, c.text + 3, c.len - 2);
    return c.text;
}

char *text_file_line(char **rest)
{
    char *line = *rest, *end = line + strcspn(line, "\n");

    if (*line == '\0')
        return NULL;
    *rest = *end == '\n' ? end + 1 : end;
    if (end > line && end[-1] == '\r')
        end--;
    *end = '\0';
    return line;
}
