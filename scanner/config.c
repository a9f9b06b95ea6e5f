#include "scanner/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"

#define FILE_MAX ((size_t)64 << 10)
#define WHITE " \t"

/* The whole file, its length in *len; NULL after a line on standard error. free() it. */
static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "re");
    char *text = memory_alloc(FILE_MAX + 2);
    const char *fault = NULL;

    *len = file != NULL ? fread(text, 1, FILE_MAX + 1, file) : 0;
    if (file == NULL || ferror(file)) /* a folder, for one */
        fault = strerror(errno);
    else if (*len > FILE_MAX)
        fault = "more than 64 KiB: is it a file of options?";
    if (file != NULL)
        fclose(file);
    if (fault == NULL)
        return text;
    log_error("--config: %s: %s", path, fault);
    free(text);
    return NULL;
}

/* UTF-16 holds NUL bytes, and a lone CR is a line end of old. */
static bool is_text(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == '\x7f')
            return false;
    return true;
}

/* White space at the end, and a comment before it. */
static void cut_end(char *text)
{
    char *end = text;

    while (*end != '\0' && (*end != '#' || (end > text && strchr(WHITE, end[-1]) == NULL)))
        end++;
    while (end > text && strchr(WHITE, end[-1]) != NULL)
        end--;
    *end = '\0';
}

/* The value that begins at *value with a quote, without them. NULL, or what is wrong. */
static const char *unquote(char **value)
{
    char *end = strchr(*value + 1, **value);

    if (end == NULL)
        return "a quote that does not close";
    *end++ = '\0';
    *value += 1;
    end += strspn(end, WHITE);
    return *end == '\0' || *end == '#' ? NULL : "something stands behind the closing quote";
}

/* One line without its end. *name is NULL where it has no option, *value where that stands alone.
 * NULL, or what is wrong. */
static const char *cut_line(char *line, char **name, char **value)
{
    char *end;
    bool equals;

    *name = *value = NULL;
    line += strspn(line, WHITE);
    if (*line == '\0' || *line == '#')
        return NULL;
    *name = line + (strncmp(line, "--", 2) == 0 ? 2 : 0);
    end = *name + strcspn(*name, WHITE "=");
    if (end == *name)
        return "no name of an option";
    line = end + strspn(end, WHITE);
    equals = *line == '=';
    line += equals;
    line += strspn(line, WHITE);
    *end = '\0';
    *value = line;
    if (*line == '"' || *line == '\'')
        return unquote(value);
    cut_end(line);
    if (*line == '\0' && !equals)
        *value = NULL;
    return NULL;
}

static bool take_line(char *line, size_t len, const char *where, config_cb *each, void *context)
{
    char *name = NULL, *value = NULL;
    const char *wrong;

    if (len > 0 && line[len - 1] == '\r')
        len--;
    line[len] = '\0';
    wrong = is_text(line, len)
                ? cut_line(line, &name, &value)
                : "no text: a control character; is it UTF-16, or no file of options?";
    if (wrong == NULL)
        return name == NULL || each(context, name, value, where);
    log_error("%s%s; wants NAME VALUE, such as: qps 100", where, wrong);
    return false;
}

int config_read(const char *path, config_cb *each, void *context)
{
    size_t len, at;
    char *text = read_file(path, &len), where[4096];
    unsigned number = 0;
    bool good = text != NULL;

    if (text == NULL)
        return EXIT_INPUT;
    at = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (good && at < len) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line = end != NULL ? (size_t)(end - text) - at : len - at;

        snprintf(where, sizeof(where), "%.3000s:%u: ", path, ++number);
        good = take_line(text + at, line, where, each, context);
        at += line + 1;
    }
    free(text);
    return good ? EXIT_OK : EXIT_USAGE;
}
