#include "scanner/base/contact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"
#include "scanner/base/name.h"
#include "scanner/base/text_file.h"

#define OPT_OUT_MAX ((size_t)64 << 20)

static _Thread_local char fault[512];

static void range_add(struct address_ranges *rs, const struct address_range *r)
{
    rs->items = memory_grow(rs->items, rs->count + 1, sizeof(*rs->items));
    rs->items[rs->count++] = *r;
}

static bool is_numeric(const char *label)
{
    return label[strspn(label, "0123456789")] == '\0';
}

/* One line without its end: a range, a name, or nothing. False when it is none of these, as what
 * should be an address and is none: it would be a name by its letters. */
static bool read_line(struct contact *c, char *line)
{
    struct address_range range;
    char name[NAME_SIZE];
    size_t len;

    line += strspn(line, " \t");
    line[strcspn(line, "#")] = '\0';
    len = strlen(line);
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        line[--len] = '\0';
    if (len == 0)
        return true;
    if (address_range_parse(&range, line)) {
        range_add(&c->refuse, &range);
        return true;
    }
    if (name_clean(line, len, name) != NAME_OK || is_numeric(name_tld(name)))
        return false;
    c->names = memory_grow(c->names, c->name_count + 1, sizeof(*c->names));
    c->names[c->name_count++] = memory_strdup(name);
    return true;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *bad_line(const char *path, unsigned number)
{
    snprintf(fault, sizeof(fault),
             "--opt-out: %.300s: line %u is no domain, address or range; mend it, nobody is to be "
             "scanned by mistake",
             path, number);
    return fault;
}

static const char *read_opt_out(struct contact *c, const char *path)
{
    const char *why, *wrong = NULL;
    char *text = text_file_read(path, OPT_OUT_MAX, &why), *rest = text, *line;

    if (text == NULL) {
        snprintf(fault, sizeof(fault), "--opt-out: %.300s: %s", path, why);
        return fault;
    }
    for (unsigned n = 1; wrong == NULL && (line = text_file_line(&rest)) != NULL; n++)
        if (!read_line(c, line))
            wrong = bad_line(path, n);
    free(text);
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

/* By whatever form it is written: who listens at the address inside is who asked to be left alone.
 */
static bool address_refused(const struct contact *c, const struct address *a)
{
    struct address inside;

    return address_ranges_have(&c->refuse, a) ||
           (address_embedded(a, &inside) && address_ranges_have(&c->refuse, &inside));
}

enum outcome contact_judge(const struct contact *c, const char *name, const struct address *a)
{
    if (contact_name_refused(c, name) || address_refused(c, a))
        return OUTCOME_OPTED_OUT;
    return address_contactable(a, &c->allow) ? OUTCOME_OK : OUTCOME_SPECIAL_ADDRESS;
}
