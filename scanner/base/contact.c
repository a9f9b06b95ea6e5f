#include "scanner/base/contact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"
#include "scanner/base/name.h"

static _Thread_local char fault[512];

static void range_add(struct address_ranges *rs, const struct address_range *r)
{
    rs->items = memory_grow(rs->items, rs->count + 1, sizeof(*rs->items));
    rs->items[rs->count++] = *r;
}

/* One line without its end: a range, a name, or nothing. False when it is none of these. */
static bool read_line(struct contact *c, char *line)
{
    struct address_range range;
    char name[NAME_SIZE];
    size_t len;

    line += strspn(line, " \t");
    line[strcspn(line, "#\r\n")] = '\0';
    len = strlen(line);
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        line[--len] = '\0';
    if (len == 0)
        return true;
    if (address_range_parse(&range, line)) {
        range_add(&c->refuse, &range);
        return true;
    }
    if (name_clean(line, len, name) != NAME_OK)
        return false;
    c->names = memory_grow(c->names, c->name_count + 1, sizeof(*c->names));
    c->names[c->name_count++] = memory_strdup(name);
    return true;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *unreadable(const char *path)
{
    snprintf(fault, sizeof(fault), "--opt-out: %.300s: %s", path, strerror(errno));
    return fault;
}

static const char *bad_line(const char *path, unsigned number, const char *what)
{
    snprintf(fault, sizeof(fault),
             "--opt-out: %.300s: line %u is %s; mend it, nobody is to be scanned by mistake", path,
             number, what);
    return fault;
}

static const char *read_lines(struct contact *c, FILE *file, const char *path)
{
    char line[1024];
    unsigned number = 0;

    while (fgets(line, sizeof(line), file) != NULL) {
        number++;
        if (strchr(line, '\n') == NULL && !feof(file)) /* cut, or with a NUL in it */
            return bad_line(path, number, "too long, or no text");
        if (!read_line(c, line))
            return bad_line(path, number, "no domain, address or range");
    }
    return ferror(file) ? unreadable(path) : NULL; /* a folder, for one */
}

static const char *read_opt_out(struct contact *c, const char *path)
{
    FILE *file = fopen(path, "r");
    const char *wrong;

    if (file == NULL)
        return unreadable(path);
    wrong = read_lines(c, file, path);
    fclose(file);
    if (c->name_count > 0)
        qsort(c->names, c->name_count, sizeof(*c->names), compare);
    return wrong;
}

const char *contact_open(struct contact *c, const char *allow, const char *opt_out)
{
    size_t at;

    memset(c, 0, sizeof(*c));
    at = address_ranges_parse(&c->allow, allow);
    if (at != 0) {
        snprintf(fault, sizeof(fault),
                 "--allow-addresses: cannot read \"%.100s\"; wants ranges such as 192.0.2.0/24",
                 allow + at - 1);
        return fault;
    }
    return opt_out[0] != '\0' ? read_opt_out(c, opt_out) : NULL;
}

void contact_free(struct contact *c)
{
    address_ranges_free(&c->allow);
    address_ranges_free(&c->refuse);
    for (size_t i = 0; i < c->name_count; i++)
        free(c->names[i]);
    free(c->names);
    memset(c, 0, sizeof(*c));
}

bool contact_name_refused(const struct contact *c, const char *name)
{
    while (c->name_count > 0 && name != NULL) {
        if (bsearch(&name, c->names, c->name_count, sizeof(*c->names), compare) != NULL)
            return true;
        name = strchr(name, '.');
        name += name != NULL;
    }
    return false;
}

enum outcome contact_judge(const struct contact *c, const char *name, const struct address *a)
{
    if (contact_name_refused(c, name) || address_ranges_have(&c->refuse, a))
        return OUTCOME_OPTED_OUT;
    return address_contactable(a, &c->allow) ? OUTCOME_OK : OUTCOME_SPECIAL_ADDRESS;
}
