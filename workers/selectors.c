#include "workers/selectors.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"
#include "scanner/base/text_file.h"

#define NAME_MAX_LEN 100
#define FILE_MAX (1U << 20)

__asm__(".pushsection .rodata\n"
        ".globl selectors_text\n"
        ".type selectors_text, @object\n"
        "selectors_text:\n"
        ".incbin \"datasets/dkim-selectors.csv\"\n"
        ".byte 0\n"
        ".size selectors_text, . - selectors_text\n"
        ".popsection\n");
extern const char selectors_text[];

static char fault[512];

/* Labels as in a host name, and "_" (RFC 6376 §3.1: sub-domain *( "." sub-domain)). */
static bool is_selector(const char *name)
{
    size_t label = 0;

    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '.' ? label == 0 : !isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            return false;
        label = *c == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return label > 0 && strlen(name) <= NAME_MAX_LEN;
}

static const struct selector *find(const struct selectors *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->items[i].name, name) == 0)
            return &s->items[i];
    return NULL;
}

/* The cell at *at in lower case, without the white space around it; *at goes behind its comma. */
static char *take_cell(char **at)
{
    char *cell = *at + strspn(*at, " \t\""), *end;
    size_t len = strcspn(*at, ",");

    end = *at + len;
    *at = *end == ',' ? end + 1 : end;
    *end = '\0';
    while (end > cell && strchr(" \t\r\"", end[-1]) != NULL)
        *--end = '\0';
    for (char *c = cell; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return cell;
}

static void add(struct selectors *s, const char *name, const struct selector *with)
{
    struct selector *item = &s->items[s->count++];
    char prefix[NAME_MAX_LEN + 20];

    snprintf(prefix, sizeof(prefix), "%s._domainkey.", name);
    *item = (struct selector){ memory_strdup(name), memory_strdup(prefix), with };
}

/* NULL, or what is wrong with it. */
static const char *take_line(struct selectors *s, char *line)
{
    char *at = line, *name = take_cell(&at), *with = take_cell(&at);
    const struct selector *first = with[0] != '\0' ? find(s, with) : NULL;

    if (name[0] == '\0' || name[0] == '#' || find(s, name) != NULL)
        return NULL;
    if (!is_selector(name))
        return "is no selector";
    if (with[0] != '\0' && first == NULL)
        return "goes with a selector that does not stand above it";
    if (s->count == SELECTORS_MAX)
        return "is one too many: 256 are the most";
    add(s, name, first);
    return NULL;
}

static const char *take_text(struct selectors *s, char *text, const char *path)
{
    char *line;

    for (unsigned number = 1; (line = text_file_line(&text)) != NULL; number++) {
        const char *wrong;

        if (number == 1 && strncmp(line, "selector", 8) == 0 && !isalnum((unsigned char)line[8]))
            continue;
        wrong = take_line(s, line);
        if (wrong == NULL)
            continue;
        snprintf(fault, sizeof(fault), "--dkim-selectors: %.300s: line %u %s", path, number, wrong);
        return fault;
    }
    return NULL;
}

const char *selectors_open(struct selectors *s, const char *path)
{
    const char *wrong = NULL;
    char *text =
        path[0] != '\0' ? text_file_read(path, FILE_MAX, &wrong) : memory_strdup(selectors_text);

    s->count = 0;
    if (text == NULL) {
        snprintf(fault, sizeof(fault), "--dkim-selectors: %.300s: %s", path, wrong);
        return fault;
    }
    wrong = take_text(s, text, path);
    free(text);
    if (wrong != NULL)
        selectors_close(s);
    return wrong;
}

void selectors_close(struct selectors *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free((char *)(uintptr_t)s->items[i].name);
        free((char *)(uintptr_t)s->items[i].prefix);
    }
    s->count = 0;
}
