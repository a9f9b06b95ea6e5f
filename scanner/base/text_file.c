#include "scanner/base/text_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scanner/base/file.h"

static _Thread_local char fault_text[128];

/* The number of the line that holds the first NUL; 0 without one. */
static unsigned line_of_nul(const struct buf *text)
{
    const char *at = text->data, *nul = text->len > 0 ? memchr(at, '\0', text->len) : NULL;
    unsigned number = 1;

    if (nul == NULL)
        return 0;
    for (; (at = memchr(at, '\n', (size_t)(nul - at))) != NULL; at++)
        number++;
    return number;
}

/* NULL, or what is wrong. */
static const char *read_all(struct buf *text, const char *path, size_t most)
{
    int status = file_read(path, text);
    unsigned line = line_of_nul(text); /* says more than that it is too large */

    if (line > 0)
        snprintf(fault_text, sizeof(fault_text),
                 "line %u holds a NUL byte: is it UTF-16, or no text?", line);
    else if (status == -EFBIG || text->len > most)
        snprintf(fault_text, sizeof(fault_text), "is larger than %zu KiB: is it the right file?",
                 most >> 10);
    else
        return status != 0 ? strerror(-status) : NULL; /* a folder, for one */
    return fault_text;
}

char *text_file_read(const char *path, size_t most, const char **fault)
{
    struct buf text;

    buf_init(&text, most + 2 * FILE_READ_BYTES);
    *fault = read_all(&text, path, most);
    if (*fault != NULL) {
        buf_free(&text);
        return NULL;
    }
    buf_byte(&text, '\0');
    if (strncmp(text.data, "\xef\xbb\xbf", 3) == 0)
        memmove(text.data, text.data + 3, text.len - 3);
    return text.data;
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
