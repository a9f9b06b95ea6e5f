#include "scanner/base/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum setting_kind { TEXT, NUMBER, SECONDS, FLAG };

static const struct setting {
    const char *option;
    enum setting_kind kind;
    size_t offset; /* in struct settings */
    const char *value, *argument, *help;
} table[] = {
#define X(field, option, kind, value, argument, help) \
    { option, kind, offsetof(struct settings, field), value, argument, help },
    SETTINGS(X)
#undef X
};
#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

static const struct setting *find(const char *option)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (strcmp(table[i].option, option) == 0)
            return &table[i];
    return NULL;
}

static void *field_of(const struct settings *s, const struct setting *t)
{
    return (char *)(uintptr_t)s + t->offset;
}

static const char *set_number(int64_t *field, const char *value)
{
    char *end;
    long long n;

    errno = 0;
    n = strtoll(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || n < 0)
        return "wants a whole number, 0 or more";
    *field = n;
    return NULL;
}

static bool take_seconds(int64_t *field, double seconds)
{
    if (!isfinite(seconds) || seconds < 0 || seconds > 1e9)
        return false;
    *field = llround(seconds * 1000);
    return true;
}

static const char *set_seconds(int64_t *field, const char *value)
{
    char *end;
    double seconds = strtod(value, &end);

    if (end == value || *end != '\0' || !take_seconds(field, seconds))
        return "wants a number of seconds, 0 or more";
    return NULL;
}

static const char *set_flag(bool *field, const char *value)
{
    if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
        return "wants 0 or 1";
    *field = value[0] == '1';
    return NULL;
}

static const char *set(struct settings *s, struct arena *arena, const struct setting *t,
                       const char *value)
{
    void *field = field_of(s, t);

    switch (t->kind) {
    case TEXT:
        *(const char **)field = arena != NULL ? arena_strdup(arena, value) : value;
        return NULL;
    case NUMBER:
        return set_number(field, value);
    case SECONDS:
        return set_seconds(field, value);
    case FLAG:
        return set_flag(field, value);
    }
    return "no such kind";
}

void settings_default(struct settings *s)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        set(s, NULL, &table[i], table[i].value);
}

const char *settings_set(struct settings *s, struct arena *arena, const char *option,
                         const char *value)
{
    const struct setting *t = find(option);

    if (t == NULL)
        return "no such option";
    /* A variable that is not set, more often than not: the default in its place is no census. */
    return value[0] != '\0' ? set(s, arena, t, value) : "wants a value, and has an empty one";
}

bool settings_is_option(const char *option)
{
    return find(option) != NULL;
}

bool settings_is_flag(const char *option)
{
    const struct setting *t = find(option);

    return t != NULL && t->kind == FLAG;
}

static bool same(const struct setting *t, const struct settings *a, const struct settings *b)
{
    const void *x = field_of(a, t), *y = field_of(b, t);

    if (t->kind == TEXT)
        return strcmp(*(const char *const *)x, *(const char *const *)y) == 0;
    if (t->kind == FLAG)
        return *(const bool *)x == *(const bool *)y;
    return *(const int64_t *)x == *(const int64_t *)y;
}

const char *settings_unlike(const struct settings *set, const struct settings *other, size_t *place)
{
    struct settings plain;

    settings_default(&plain);
    while (*place < TABLE_COUNT) {
        const struct setting *t = &table[(*place)++];

        if (!same(t, set, &plain) && !same(t, set, other))
            return t->option;
    }
    return NULL;
}

bool settings_has_stage(const struct settings *s, const char *stage)
{
    const char *at = s->stages;

    while (*at != '\0') {
        size_t len = strcspn(at, ",");

        if (len == strlen(stage) && memcmp(at, stage, len) == 0)
            return true;
        at += len + (at[len] == ',');
    }
    return false;
}

void settings_write(const struct settings *s, struct json_writer *w, const char *key)
{
    json_open_object(w, key);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const void *field = field_of(s, &table[i]);

        switch (table[i].kind) {
        case TEXT:
            json_write_string(w, table[i].option, *(const char *const *)field);
            break;
        case NUMBER:
            json_write_int(w, table[i].option, *(const int64_t *)field);
            break;
        case SECONDS:
            json_write_double(w, table[i].option, (double)*(const int64_t *)field / 1000);
            break;
        case FLAG:
            json_write_bool(w, table[i].option, *(const bool *)field);
            break;
        }
    }
    json_close_object(w);
}

static bool read_one(struct settings *s, struct arena *arena, const struct setting *t,
                     const struct json *n)
{
    void *field = field_of(s, t);

    if (t->kind == TEXT && n->type == JSON_STRING)
        *(const char **)field = arena_strndup(arena, n->string, n->len);
    else if (t->kind == NUMBER && n->type == JSON_INT && n->integer >= 0)
        *(int64_t *)field = n->integer;
    else if (t->kind == SECONDS && n->type == JSON_INT)
        return take_seconds(field, (double)n->integer);
    else if (t->kind == SECONDS && n->type == JSON_REAL)
        return take_seconds(field, n->real);
    else if (t->kind == FLAG && n->type == JSON_BOOL)
        *(bool *)field = n->boolean;
    else
        return false;
    return true;
}

bool settings_read(struct settings *s, struct arena *arena, const struct json *object)
{
    settings_default(s);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct json *n = json_get(object, table[i].option);

        if (n != NULL && !read_one(s, arena, &table[i], n))
            return false;
    }
    return object != NULL && object->type == JSON_OBJECT;
}

void settings_help(void)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        char left[64];

        snprintf(left, sizeof(left), "--%s %s", table[i].option, table[i].argument);
        printf("  %-32s %s", left, table[i].help);
        if (table[i].kind != FLAG && table[i].value[0] != '\0')
            printf(" (%s)", table[i].value);
        putchar('\n');
    }
}
