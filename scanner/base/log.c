#include "scanner/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum log_level log_threshold = LOG_INFO;

#define LINE_MAX_BYTES 2048

/* Copy text to out with control characters made visible; UTF-8 beyond C1 goes through. */
static size_t sanitise(char *out, size_t room, const char *text)
{
    size_t n = 0;

    for (const unsigned char *c = (const unsigned char *)text; *c != '\0' && n + 5 < room; c++) {
        if (*c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0))
            n += (size_t)snprintf(out + n, room - n, "\\x%02x", *c);
        else
            out[n++] = (char)*c;
    }
    return n;
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
