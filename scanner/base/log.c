#include "scanner/base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/utf8.h"

enum log_level log_threshold = LOG_INFO;

#define LINE_MAX_BYTES 2048

/* Copy text to out with control characters, and bytes that are no UTF-8, made visible: a lone 0x9b
 * begins an escape sequence where a terminal has 8 bits. */
static size_t sanitise(char *out, size_t room, const char *text)
{
    const uint8_t *s = (const uint8_t *)text, *end = s + strlen(text);
    size_t to = 0;

    while (s < end && to + 5 < room) {
        size_t n = utf8_length_shown(s, (size_t)(end - s));

        if (n == 0) {
            to += (size_t)snprintf(out + to, room - to, "\\x%02x", *s++);
            continue;
        }
        memcpy(out + to, s, n);
        to += n;
        s += n;
    }
    return to;
}

void log_line(enum log_level level, const char *format, ...)
{
    static const char *const prefixes[] = { "mxcensus: ", "mxcensus: warning: ", "mxcensus: ",
                                            "mxcensus: debug: " };
    char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 64];
    va_list args;
    size_t n;
    ssize_t written;

    if (level > log_threshold)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    n = (size_t)snprintf(line, sizeof(line), "%s", prefixes[level]);
    n += sanitise(line + n, sizeof(line) - n - 1, text);
    line[n++] = '\n';
    written = write(STDERR_FILENO, line, n); /* one write a line: processes share this terminal */
    (void)written;                           /* standard error that is gone cannot be told so */
}
