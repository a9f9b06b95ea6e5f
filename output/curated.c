#include "output/curated.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/arena.h"
#include "scanner/base/memory.h"

/* As in scanner/queue/library.c: paths are from the top of the tree. */
#define EMBED(symbol, path)          \
    __asm__(".pushsection .rodata\n" \
            ".globl " symbol "\n" symbol ":\n.incbin \"" path "\"\n.byte 0\n.popsection\n")

EMBED("curated_operators_text", "datasets/operators.csv");
EMBED("curated_parking_text", "datasets/parking.csv");
EMBED("curated_policies_text", "datasets/policy-operators.csv");
extern const char curated_operators_text[], curated_parking_text[], curated_policies_text[];

#define CELLS_MAX 4

/* What is known of the names that end with a suffix. */
struct known {
    const char *suffix;
    struct curated_operator says;
};

struct list {
    struct known *known;
    size_t count;
};

static struct list operators, parking_mx, parking_ns, policies;
static struct arena texts;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The cells of a line, cut in place. The lists are ours: a quoted cell has no quote inside. */
static void cut(char *line, char *cells[CELLS_MAX])
{
    for (int i = 0; i < CELLS_MAX; i++) {
        bool quoted = *line == '"';
        char *end;

        cells[i] = line += quoted;
        end = line + strcspn(line, quoted ? "\"" : ",");
        line = end + (quoted && *end != '\0');
        line += *line == ',';
        *end = '\0';
    }
}

static void list_add(struct list *l, const char *suffix, const char *name, const char *domain)
{
    l->known = memory_grow(l->known, l->count + 1, sizeof(*l->known));
    l->known[l->count++] = (struct known){ suffix, { name, domain } };
}

static int by_suffix(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    return strcmp(x->suffix, y->suffix);
}

/* Every line behind the header. */
static void read_lines(const char *text, void (*take)(char *cells[CELLS_MAX]))
{
    char *save = NULL, *copy = arena_strdup(&texts, text), *line, *cells[CELLS_MAX];

    strtok_r(copy, "\n", &save);
    while ((line = strtok_r(NULL, "\n", &save)) != NULL) {
        cut(line, cells);
        take(cells);
    }
}

static void take_operator(char *cells[CELLS_MAX])
{
    list_add(&operators, cells[0], cells[1], cells[2]);
}

static void take_parking(char *cells[CELLS_MAX])
{
    list_add(strcmp(cells[0], "mx") == 0 ? &parking_mx : &parking_ns, cells[1], cells[2], NULL);
}

static void take_policies(char *cells[CELLS_MAX])
{
    list_add(&policies, cells[0], cells[2], NULL);
}

static void read_lists(void)
{
    struct list *const all[] = { &operators, &parking_mx, &parking_ns, &policies };

    arena_init(&texts, 32768);
    read_lines(curated_operators_text, take_operator);
    read_lines(curated_parking_text, take_parking);
    read_lines(curated_policies_text, take_policies);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        qsort(all[i]->known, all[i]->count, sizeof(struct known), by_suffix);
}

static const struct known *find(const struct list *l, const char *host)
{
    pthread_once(&once, read_lists);
    for (const char *at = host; at != NULL; at = strchr(at, '.')) {
        struct known key = { .suffix = at += *at == '.' };
        const struct known *k = bsearch(&key, l->known, l->count, sizeof(key), by_suffix);

        if (k != NULL)
            return k;
    }
    return NULL;
}

const struct curated_operator *curated_operator(const char *mx_host)
{
    const struct known *k = find(&operators, mx_host);

    return k != NULL ? &k->says : NULL;
}

bool curated_is_parking_mx(const char *mx_host)
{
    return find(&parking_mx, mx_host) != NULL;
}

bool curated_is_parking_ns(const char *ns_host)
{
    return find(&parking_ns, ns_host) != NULL;
}

const char *curated_policy_management(const char *policy_host)
{
    const struct known *k = find(&policies, policy_host);

    return k != NULL ? k->says.name : NULL;
}
