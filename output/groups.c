#include "output/groups.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "output/index.h"
#include "scanner/base/memory.h"
#include "scanner/base/name.h"

#define FIRST_CHUNK 65536
#define OTHERS "(other)"
#define NOTHING "(none)" /* the list has no value in this column */

struct key {
    struct index_entry entry;
    uint32_t number; /* from 1 */
    uint64_t domains;
    size_t chosen;
    char text[];
};

struct shelf {
    struct index index;
    struct key **keys; /* by number - 1, until chosen by size; then see `order` */
    struct key **order;
    size_t count, chosen;
    uint64_t others;    /* domains */
    const char **names; /* chosen, and the others */
};

struct groups {
    const char *column;
    pthread_mutex_t lock;
    struct arena arena;
    struct shelf shelves[FAMILY_COUNT];
};

struct groups *groups_new(const char *column)
{
    struct groups *g = memory_alloc(sizeof(*g));

    arena_init(&g->arena, FIRST_CHUNK);
    g->column = column != NULL ? arena_strdup(&g->arena, column) : NULL;
    pthread_mutex_init(&g->lock, NULL);
    for (int f = 0; f < FAMILY_COUNT; f++)
        index_init(&g->shelves[f].index);
    return g;
}

void groups_free(struct groups *g)
{
    if (g == NULL)
        return;
    for (int f = 0; f < FAMILY_COUNT; f++) {
        index_free(&g->shelves[f].index);
        free(g->shelves[f].keys);
        free(g->shelves[f].order);
        free(g->shelves[f].names);
    }
    arena_free(&g->arena);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

static struct key *key_add(struct groups *g, struct shelf *s, const char *text, size_t len)
{
    struct key *k = arena_alloc(&g->arena, sizeof(*k) + len + 1);

    memcpy(k->text, text, len);
    index_add(&s->index, &k->entry, k->text, len);
    if ((s->count & (s->count - 1)) == 0) /* 0, 1, 2, 4 ...: doubled */
        s->keys = memory_grow(s->keys, s->count > 0 ? 2 * s->count : 1, sizeof(struct key *));
    s->keys[s->count++] = k;
    k->number = (uint32_t)s->count;
    return k;
}

static uint32_t take(struct groups *g, enum family f, const char *text, size_t len)
{
    struct shelf *s = &g->shelves[f];
    struct key *k;

    if (text == NULL)
        return 0;
    pthread_mutex_lock(&g->lock);
    k = (struct key *)index_find(&s->index, text, len);
    if (k == NULL)
        k = key_add(g, s, text, len);
    k->domains++;
    pthread_mutex_unlock(&g->lock);
    return k->number;
}

void groups_take(struct groups *g, const struct joined *d, uint32_t keys[FAMILY_COUNT])
{
    const char *tld = name_tld(d->domain);
    size_t operator_len = d->runner != NULL ? strlen(d->runner) : 0;
    const struct json *value;

    keys[FAMILY_TLD] = take(g, FAMILY_TLD, tld, strlen(tld));
    keys[FAMILY_OPERATOR] = take(g, FAMILY_OPERATOR, d->runner, operator_len);
    keys[FAMILY_INPUT] = 0;
    if (g->column == NULL)
        return;
    value = json_get(json_get(d->record, "input"), g->column);
    if (json_string(value) != NULL && value->len > 0)
        keys[FAMILY_INPUT] = take(g, FAMILY_INPUT, value->string, value->len);
    else
        keys[FAMILY_INPUT] = take(g, FAMILY_INPUT, NOTHING, strlen(NOTHING));
}

/* ---- chosen ---- */

static int by_size(const void *a, const void *b)
{
    const struct key *x = *(struct key *const *)a, *y = *(struct key *const *)b;

    if (x->domains != y->domains)
        return x->domains < y->domains ? 1 : -1;
    return strcmp(x->text, y->text);
}

static const char *text_of(const struct shelf *s, size_t i)
{
    return i < s->chosen ? s->order[i]->text : OTHERS;
}

static const char *name_make(struct groups *g, enum family f, const char *text)
{
    static const char *const prefixes[] = {
        [FAMILY_TLD] = "tld", [FAMILY_OPERATOR] = "operator", [FAMILY_INPUT] = "input."
    };
    const char *column = f == FAMILY_INPUT && g->column != NULL ? g->column : "";
    size_t size = strlen(prefixes[f]) + strlen(column) + 1 + strlen(text) + 1;
    char *name = arena_alloc(&g->arena, size);

    stpcpy(stpcpy(stpcpy(stpcpy(name, prefixes[f]), column), "="), text);
    return name;
}

static void shelf_choose(struct groups *g, enum family f, unsigned top)
{
    struct shelf *s = &g->shelves[f];

    s->chosen = s->count < top ? s->count : top;
    s->order = memory_alloc((s->count + 1) * sizeof(struct key *));
    if (s->count > 0)
        memcpy(s->order, s->keys, s->count * sizeof(struct key *));
    qsort(s->order, s->count, sizeof(struct key *), by_size);
    for (size_t i = 0; i < s->count; i++) {
        s->order[i]->chosen = i < s->chosen ? i : s->chosen;
        s->others += i < s->chosen ? 0 : s->order[i]->domains;
    }
    s->names = memory_alloc((s->chosen + 1) * sizeof(*s->names));
    for (size_t i = 0; i <= s->chosen; i++)
        s->names[i] = name_make(g, f, text_of(s, i));
}

void groups_choose(struct groups *g, unsigned top)
{
    for (int f = 0; f < FAMILY_COUNT; f++)
        shelf_choose(g, (enum family)f, top);
}

size_t groups_count(const struct groups *g, enum family f)
{
    const struct shelf *s = &g->shelves[f];

    return s->chosen + (s->count > s->chosen);
}

size_t groups_chosen(const struct groups *g, enum family f)
{
    return g->shelves[f].chosen;
}

const char *groups_text(const struct groups *g, enum family f, size_t i)
{
    return text_of(&g->shelves[f], i);
}

uint64_t groups_domains(const struct groups *g, enum family f, size_t i)
{
    const struct shelf *s = &g->shelves[f];

    return i < s->chosen ? s->order[i]->domains : s->others;
}

const char *groups_name(const struct groups *g, enum family f, size_t i)
{
    return g->shelves[f].names[i];
}

bool groups_find(const struct groups *g, enum family f, uint32_t key, size_t *i)
{
    if (key == 0)
        return false;
    *i = g->shelves[f].keys[key - 1]->chosen;
    return true;
}
