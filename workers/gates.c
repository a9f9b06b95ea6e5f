#include "workers/gates.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/memory.h"
#include "scanner/base/name.h"

#define SLOTS 16384 /* chains stay short with 10,000 connections and their three gates */

struct gate {
    struct gate *next; /* in its slot */
    uint32_t hash;
    unsigned users;                  /* connections that passed it, wait for it or are before it */
    unsigned admitted;               /* that passed it */
    struct gate_pass *first, **last; /* who waits */
    uint8_t kind, len;
    char key[]; /* bytes of an address or network, or a name */
};
struct gates {
    int64_t caps[GATE_KINDS]; /* of the run */
    unsigned workers;
    struct gate *slots[SLOTS];
};

struct gates *gates_new(const struct settings *s)
{
    struct gates *g = memory_alloc(sizeof(*g));

    g->caps[GATE_ADDRESS] = s->per_address;
    g->caps[GATE_NETWORK] = s->per_network;
    g->caps[GATE_OPERATOR] = s->per_operator;
    g->workers = UINT_MAX;
    return g;
}

void gates_free(struct gates *g)
{
    for (size_t i = 0; i < SLOTS; i++) {
        for (struct gate *gate = g->slots[i], *next; gate != NULL; gate = next) {
            next = gate->next;
            free(gate);
        }
    }
    free(g);
}

void gates_share(struct gates *g, unsigned workers)
{
    if (workers > 0)
        g->workers = workers;
}

static bool has_room(const struct gates *g, const struct gate *gate)
{
    int64_t share = g->caps[gate->kind] / g->workers;

    return gate->admitted < (share > 1 ? share : 1);
}

/* ---- finding ---- */

static uint32_t hash_of(enum gate_kind kind, const void *key, size_t len)
{
    const uint8_t *bytes = key;
    uint32_t hash = 2166136261U ^ (uint32_t)kind; /* FNV-1a */

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 16777619U;
    return hash ^ hash >> 15;
}

static struct gate *gate_new(enum gate_kind kind, const void *key, size_t len, uint32_t hash)
{
    struct gate *gate = memory_alloc(sizeof(*gate) + len);

    gate->hash = hash;
    gate->kind = (uint8_t)kind;
    gate->len = (uint8_t)len;
    gate->last = &gate->first;
    memcpy(gate->key, key, len);
    return gate;
}

static struct gate *gate_of(struct gates *g, enum gate_kind kind, const void *key, size_t len)
{
    uint32_t hash = hash_of(kind, key, len);
    struct gate **slot = &g->slots[hash % SLOTS];

    while (*slot != NULL && ((*slot)->hash != hash || (*slot)->kind != kind ||
                             (*slot)->len != len || memcmp((*slot)->key, key, len) != 0))
        slot = &(*slot)->next;
    if (*slot == NULL)
        *slot = gate_new(kind, key, len, hash);
    (*slot)->users++;
    return *slot;
}

/* Nobody uses it any more. */
static void gate_drop(struct gates *g, struct gate *gate)
{
    struct gate **slot = &g->slots[gate->hash % SLOTS];

    while (*slot != gate)
        slot = &(*slot)->next;
    *slot = gate->next;
    free(gate);
}

/* ---- passing ---- */

static void push(struct gate *gate, struct gate_pass *p)
{
    p->next = NULL;
    *gate->last = p;
    gate->last = &p->next;
}

static struct gate_pass *pop(struct gate *gate)
{
    struct gate_pass *p = gate->first;

    if (p == NULL)
        return NULL;
    gate->first = p->next;
    if (gate->first == NULL)
        gate->last = &gate->first;
    return p;
}

static void advance(const struct gates *g, struct gate_pass *p)
{
    for (; p->passed < GATE_KINDS; p->passed++) {
        struct gate *gate = p->gates[p->passed];

        if (!has_room(g, gate)) {
            push(gate, p);
            return;
        }
        gate->admitted++;
    }
    p->open(p);
}

void gates_enter(struct gates *g, struct gate_pass *p, const struct address *a, const char *host,
                 gate_open_cb *open)
{
    const char *domain = name_registrable(host);
    size_t len = strlen(domain);
    bool v4 = a->family == 4;

    p->gates[GATE_ADDRESS] = gate_of(g, GATE_ADDRESS, a->bytes, v4 ? 4 : 16);
    p->gates[GATE_NETWORK] = gate_of(g, GATE_NETWORK, a->bytes, v4 ? 3 : 6);
    p->gates[GATE_OPERATOR] = gate_of(g, GATE_OPERATOR, domain, len < 255 ? len : 255);
    p->passed = 0;
    p->open = open;
    advance(g, p);
}

/* A share may have grown meanwhile: more than one may go now. */
static void admit_next(const struct gates *g, struct gate *gate)
{
    struct gate_pass *p;

    while (has_room(g, gate) && (p = pop(gate)) != NULL) {
        gate->admitted++;
        p->passed++;
        advance(g, p);
    }
}

void gates_leave(struct gates *g, struct gate_pass *p)
{
    for (int kind = GATE_KINDS - 1; kind >= 0; kind--) {
        struct gate *gate = p->gates[kind];

        gate->admitted--;
        gate->users--;
        admit_next(g, gate);
        if (gate->users == 0)
            gate_drop(g, gate);
    }
}
