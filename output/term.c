#include "output/term.h"

#include <string.h>

#define COLUMNS 72 /* of words, behind the margin */

/* Words, broken into lines behind a margin. */
static void explain_words(struct buf *out, const char *text)
{
    size_t column = COLUMNS;

    while (*text != '\0') {
        size_t len = strcspn(text, " ");

        if (column + len >= COLUMNS) {
            buf_string(out, "\n       ");
            column = 0;
        }
        buf_byte(out, ' ');
        buf_append(out, text, len);
        column += len + 1;
        text += len + (text[len] == ' ');
    }
}

void term_explain(struct buf *out, const char *name, const char *meaning, const char *source)
{
    buf_printf(out, "\n  %s", name);
    explain_words(out, meaning);
    if (source[0] != '\0')
        buf_printf(out, "\n        [%s]", source);
    buf_byte(out, '\n');
}
