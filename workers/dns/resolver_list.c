#include "workers/dns/resolver_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"
#include "scanner/base/text_file.h"

#define SEPARATORS ", \t\r\n"
#define FILE_MAX ((size_t)4 << 20)
#define WORD_SHOWN 100 /* of what is quoted in a complaint */

/* What is read, and where a complaint goes. */
struct reading {
    struct resolver_list *list;
    char *error;
};

void resolver_place_print(const struct resolver_place *p, char text[RESOLVER_TEXT_SIZE])
{
    size_t len;

    address_print(&p->address, text);
    len = strlen(text);
    if (p->port != RESOLVER_PORT)
        snprintf(text + len, RESOLVER_TEXT_SIZE - len, "#%u", p->port);
}

static bool parse_port(const char *text, uint16_t *port)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    *port = (uint16_t)n;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && n > 0 && n <= UINT16_MAX;
}

/* "ADDR" or "ADDR#PORT". */
static bool parse_place(const char *word, struct resolver_place *p)
{
    char address[ADDRESS_TEXT_SIZE];
    const char *hash = strchr(word, '#');
    size_t len = hash != NULL ? (size_t)(hash - word) : strlen(word);

    p->port = RESOLVER_PORT;
    if (len >= sizeof(address) || (hash != NULL && !parse_port(hash + 1, &p->port)))
        return false;
    memcpy(address, word, len);
    address[len] = '\0';
    return address_parse(&p->address, address);
}

static bool add(struct reading *r, const struct resolver_place *p)
{
    struct resolver_list *list = r->list;

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].port == p->port && address_equal(&list->items[i].address, &p->address))
            return true;
    if (list->count == RESOLVERS_MAX) {
        snprintf(r->error, RESOLVERS_ERROR_SIZE, "--resolver: more than %d of them", RESOLVERS_MAX);
        return false;
    }
    if ((list->count & (list->count - 1)) == 0) /* room for the next power of two */
        list->items =
            memory_grow(list->items, list->count > 0 ? 2 * list->count : 1, sizeof(*list->items));
    list->items[list->count++] = *p;
    return true;
}

/* A comment of a file ends it. */
static void cut_comment(char *line)
{
    for (char *at = line; *at != '\0'; at++)
        if (*at == '#' && (at == line || strchr(SEPARATORS, at[-1]) != NULL))
            *at = '\0';
}

static bool read_line(struct reading *r, char *line, const char *path, unsigned number)
{
    struct resolver_place place;
    char *word;

    cut_comment(line);
    while ((word = strsep(&line, SEPARATORS)) != NULL) {
        if (*word == '\0')
            continue;
        if (!parse_place(word, &place)) {
            snprintf(r->error, RESOLVERS_ERROR_SIZE,
                     "--resolver: %.*s:%u: \"%.*s\" is no address, nor ADDRESS#PORT", WORD_SHOWN,
                     path, number, WORD_SHOWN, word);
            return false;
        }
        if (!add(r, &place))
            return false;
    }
    return true;
}

static bool read_lines(struct reading *r, char *text, const char *path)
{
    char *line;

    for (unsigned number = 1; (line = text_file_line(&text)) != NULL; number++)
        if (!read_line(r, line, path, number))
            return false;
    return true;
}

static bool read_file(struct reading *r, const char *path)
{
    const char *fault;
    char *text = text_file_read(path, FILE_MAX, &fault);
    bool good = text != NULL && read_lines(r, text, path);

    if (text == NULL)
        snprintf(r->error, RESOLVERS_ERROR_SIZE,
                 "--resolver: \"%.*s\" is no address, nor ADDRESS#PORT, nor a file of them (%s)",
                 WORD_SHOWN, path, fault);
    free(text);
    return good;
}

static bool read_words(struct reading *r, const char *text)
{
    char *words = memory_strdup(text), *rest = words, *word;
    struct resolver_place place;
    bool good = true;

    while (good && (word = strsep(&rest, SEPARATORS)) != NULL)
        if (*word != '\0')
            good = parse_place(word, &place) ? add(r, &place) : read_file(r, word);
    free(words);
    if (good && r->list->count == 0) {
        snprintf(r->error, RESOLVERS_ERROR_SIZE, "--resolver: no address in %.*s", WORD_SHOWN,
                 text);
        good = false;
    }
    return good;
}

/* resolv.conf(5). A scope ("fe80::1%eth0") is beyond us and skipped. */
static bool read_conf(struct reading *r, const char *conf)
{
    FILE *f = fopen(conf, "re");
    struct resolver_place place = { .port = RESOLVER_PORT };
    char line[512], text[64];
    bool good = f != NULL;

    if (f == NULL) {
        snprintf(r->error, RESOLVERS_ERROR_SIZE,
                 "cannot read %s: %s; name a resolver by --resolver", conf, strerror(errno));
        return false;
    }
    while (good && fgets(line, sizeof(line), f) != NULL)
        if (sscanf(line, " nameserver %63s", text) == 1 && address_parse(&place.address, text))
            good = add(r, &place);
    fclose(f);
    if (good && r->list->count == 0) {
        snprintf(r->error, RESOLVERS_ERROR_SIZE, "%s names no resolver; name one by --resolver",
                 conf);
        good = false;
    }
    return good;
}

bool resolver_list_read(struct resolver_list *list, const char *text, const char *conf,
                        char error[RESOLVERS_ERROR_SIZE])
{
    struct reading r = { .list = list, .error = error };
    bool listed = text[strspn(text, SEPARATORS)] != '\0', good;

    memset(list, 0, sizeof(*list));
    good = listed ? read_words(&r, text) : read_conf(&r, conf);
    if (!good)
        resolver_list_free(list);
    return good;
}

void resolver_list_free(struct resolver_list *list)
{
    free(list->items);
    memset(list, 0, sizeof(*list));
}
