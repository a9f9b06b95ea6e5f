#include "workers/answer_json.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"

static void write_records(struct json_writer *w, const struct dns_answer *a)
{
    json_open_array(w, "r");
    for (size_t i = 0; i < a->record_count; i++) {
        size_t len = a->records[i].len;
        char *hex = memory_alloc(2 * len + 1);

        sodium_bin2hex(hex, 2 * len + 1, a->records[i].data, len);
        json_write_bytes(w, NULL, hex, 2 * len);
        free(hex);
    }
    json_close_array(w);
}

void answer_json_write(struct json_writer *w, const char *question, const struct dns_answer *a)
{
    json_open_object(w, NULL);
    json_write_string(w, "q", question);
    json_write_string(w, "o", outcome_name(a->outcome));
    json_write_string(w, "d", dnssec_name(a->dnssec));
    if (a->ttl > 0)
        json_write_int(w, "t", a->ttl);
    if (a->alias_count > 0)
        json_write_strings(w, "c", a->aliases, a->alias_count);
    if (a->record_count > 0)
        write_records(w, a);
    json_close_object(w);
}

static bool read_record(struct dns_rdata *r, const struct json *n, struct arena *arena)
{
    uint8_t *data;
    size_t len;

    if (n->type != JSON_STRING || n->len % 2 != 0 || n->len / 2 > UINT16_MAX)
        return false;
    data = arena_alloc(arena, n->len / 2);
    if (sodium_hex2bin(data, n->len / 2, n->string, n->len, NULL, &len, NULL) != 0 ||
        len != n->len / 2)
        return false;
    r->data = data;
    r->len = (uint16_t)len;
    return true;
}

static bool read_records(struct dns_answer *a, const struct json *list, struct arena *arena)
{
    struct dns_rdata *records;

    if (list == NULL || list->type != JSON_ARRAY)
        return list == NULL;
    records = arena_array(arena, list->len, sizeof(*records));
    for (const struct json *n = json_first(list); n != NULL; n = n->next)
        if (!read_record(&records[a->record_count++], n, arena))
            return false;
    a->records = records;
    return true;
}

static bool read_aliases(struct dns_answer *a, const struct json *list, struct arena *arena)
{
    const char **aliases;

    if (list == NULL || list->type != JSON_ARRAY)
        return list == NULL;
    aliases = arena_array(arena, list->len, sizeof(*aliases));
    for (const struct json *n = json_first(list); n != NULL; n = n->next) {
        if (n->type != JSON_STRING)
            return false;
        aliases[a->alias_count++] = n->string;
    }
    a->aliases = aliases;
    return true;
}

static const struct dns_answer *read_answer(const struct json *n, struct arena *arena)
{
    struct dns_answer *a = arena_alloc(arena, sizeof(*a));
    const char *outcome = json_get_string(n, "o"), *dnssec = json_get_string(n, "d");

    if (outcome == NULL || !outcome_parse(outcome, strlen(outcome), &a->outcome) ||
        dnssec == NULL || !dnssec_parse(dnssec, strlen(dnssec), &a->dnssec) ||
        !read_aliases(a, json_get(n, "c"), arena) || !read_records(a, json_get(n, "r"), arena))
        return NULL;
    a->ttl = (uint32_t)json_get_int(n, "t", 0);
    return a;
}

const struct dns_answer *answer_json_find(const struct json *answers, const char *question,
                                          struct arena *arena)
{
    for (const struct json *n = json_first(answers); n != NULL; n = n->next)
        if (json_is(json_get(n, "q"), question))
            return read_answer(n, arena);
    return NULL;
}
