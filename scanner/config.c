#include "scanner/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/text_file.h"

#define FILE_MAX ((size_t)64 << 10)
#define WHITE " \t"

/* A lone CR is a line end of old, and would hide an option in the value of another. */
static bool is_text(const char *line)
{
    for (; *line != '\0'; line++)
        if (((unsigned char)*line < ' ' && *line != '\t') || *line == '\x7f')
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

static bool take_line(char *line, const char *where, config_cb *each, void *context)
{
    char *name = NULL, *value = NULL;
    const char *wrong =
        is_text(line) ? cut_line(line, &name, &value) : "a control character, which no option has";

    if (wrong == NULL)
        return name == NULL || each(context, name, value, where);
    log_error("%s%s; wants NAME VALUE, such as: qps 100", where, wrong);
    return false;
}

int config_read(const char *path, config_cb *each, void *context)
{
    const char *fault;
    char *text = text_file_read(path, FILE_MAX, &fault), *rest = text, *line, where[4096];
    bool good = true;

    if (text == NULL) {
        log_error("--config: %s: %s", path, fault);
        return EXIT_INPUT;
    }
    for (unsigned number = 1; good && (line = text_file_line(&rest)) != NULL; number++) {
        snprintf(where, sizeof(where), "%.3000s:%u: ", path, number);
        good = take_line(line, where, each, context);
    }
    free(text);
    return good ? EXIT_OK : EXIT_USAGE;
}
