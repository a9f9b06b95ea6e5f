#include "output/diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "output/index.h"
#include "output/snapshot.h"
#include "scanner/base/arena.h"
#include "scanner/base/csv.h"
#include "scanner/base/exits.h"
#include "scanner/base/print.h"

#define FIRST_CHUNK 65536
#define LINE_MAX_BYTES ((uint32_t)1 << 26)

struct line {
    struct index_entry entry;
    bool met; /* the other run has it, too */
    const char *cells[SNAPSHOT_CELLS];
};

struct total {
    struct index_entry entry;
    uint64_t domains;
    const char *cells[4];
    struct total *next; /* in the order of their first */
};

struct diff {
    bool sum;
    FILE *out;
    struct buf rows;
    struct csv_writer csv;
    struct arena totals_arena;
    struct index totals;
    struct total *first, **last;
};

static void total_add(struct diff *f, const char *const cells[4])
{
    struct buf key;
    struct total *t;

    buf_init(&key, BUF_NO_CEILING);
    for (int i = 0; i < 4; i++)
        buf_append(&key, cells[i], strlen(cells[i]) + 1);
    t = (struct total *)index_find(&f->totals, key.data, key.len);
    if (t == NULL) {
        t = arena_alloc(&f->totals_arena, sizeof(*t));
        for (int i = 0; i < 4; i++)
            t->cells[i] = arena_strdup(&f->totals_arena, cells[i]);
        index_add(&f->totals, &t->entry, arena_strndup(&f->totals_arena, key.data, key.len),
                  key.len);
        *f->last = t;
        f->last = &t->next;
    }
    t->domains++;
    buf_free(&key);
}

/* In a sum only modes are told apart: of all else each is another. */
static void change(struct diff *f, const char *domain, const char *kind, const char *what,
                   const char *old, const char *now)
{
    bool few = strcmp(what, "sts_mode") == 0;

    if (f->sum) {
        total_add(f, (const char *const[4]){ kind, what, few ? old : "", few ? now : "" });
        return;
    }
    csv_strings(&f->csv, (const char *const[5]){ domain, kind, what, old, now }, 5);
    csv_end_row(&f->csv);
}

static void compare_answers(struct diff *f, const struct line *a, const struct line *b)
{
    const char *old = a->cells[SNAPSHOT_ANSWERS], *now = b->cells[SNAPSHOT_ANSWERS];

    for (size_t i = 0; i < snapshot_metric_count && old[i] != '\0' && now[i] != '\0'; i++) {
        if (old[i] == 'n' && now[i] == 'y')
            change(f, a->cells[SNAPSHOT_DOMAIN], "adopted", snapshot_metrics[i], "no", "yes");
        else if (old[i] == 'y' && now[i] == 'n')
            change(f, a->cells[SNAPSHOT_DOMAIN], "dropped", snapshot_metrics[i], "yes", "no");
    }
}

/* A cell that is empty in one of both was not had there, or could not be: no change of it. */
static void compare_cell(struct diff *f, const struct line *a, const struct line *b,
                         enum snapshot_cell c, const char *kind, const char *what)
{
    if (a->cells[c][0] != '\0' && b->cells[c][0] != '\0' && strcmp(a->cells[c], b->cells[c]) != 0)
        change(f, a->cells[SNAPSHOT_DOMAIN], kind, what, a->cells[c], b->cells[c]);
}

static void compare(struct diff *f, const struct line *a, const struct line *b)
{
    compare_answers(f, a, b);
    compare_cell(f, a, b, SNAPSHOT_MODE, "changed", "sts_mode");
    compare_cell(f, a, b, SNAPSHOT_ID, "changed", "sts_id");
    compare_cell(f, a, b, SNAPSHOT_PATTERNS, "changed", "sts_mx");
    compare_cell(f, a, b, SNAPSHOT_OPERATOR, "changed", "operator");
    if (strcmp(a->cells[SNAPSHOT_HOSTS], b->cells[SNAPSHOT_HOSTS]) == 0)
        compare_cell(f, a, b, SNAPSHOT_CERTIFICATES, "renewed", "certificate");
}

/* The next line of a partition, in the arena; NULL at its end. */
static struct line *line_read(FILE *file, struct arena *arena)
{
    struct line *l = arena_alloc(arena, sizeof(*l));
    uint32_t len;
    char *text;

    if (fread(&len, sizeof(len), 1, file) != 1 || len > LINE_MAX_BYTES)
        return NULL;
    text = arena_alloc(arena, (size_t)len + SNAPSHOT_CELLS);
    if (fread(text, 1, len, file) != len)
        return NULL;
    for (int c = 0; c < SNAPSHOT_CELLS; c++) {
        l->cells[c] = text;
        text += strlen(text) + 1;
    }
    return l;
}

static void flush(struct diff *f)
{
    print_bytes(f->out, f->rows.data, f->rows.len); /* print_end() tells of an error */
    buf_reset(&f->rows);
}

static void compare_partition(struct diff *f, FILE *old, FILE *now)
{
    struct arena arena, one;
    struct index index;
    struct line *l;

    arena_init(&arena, FIRST_CHUNK);
    arena_init(&one, FIRST_CHUNK);
    index_init(&index);
    rewind(old);
    rewind(now);
    while ((l = line_read(old, &arena)) != NULL)
        index_add(&index, &l->entry, l->cells[SNAPSHOT_DOMAIN], strlen(l->cells[SNAPSHOT_DOMAIN]));
    for (; (l = line_read(now, &one)) != NULL; arena_reset(&one)) {
        const char *domain = l->cells[SNAPSHOT_DOMAIN];
        struct line *before = (struct line *)index_find(&index, domain, strlen(domain));

        if (before == NULL)
            change(f, domain, "new", "domain", "", "");
        else
            compare(f, before, l);
        if (before != NULL)
            before->met = true;
        flush(f);
    }
    for (size_t i = 0; i < index.bucket_count; i++)
        for (struct index_entry *e = index.buckets[i]; e != NULL; e = e->next)
            if (!((struct line *)e)->met)
                change(f, e->key, "gone", "domain", "", "");
    flush(f);
    index_free(&index);
    arena_free(&one);
    arena_free(&arena);
}

static void write_totals(struct diff *f)
{
    for (const struct total *t = f->first; t != NULL; t = t->next) {
        csv_strings(&f->csv, t->cells, 4);
        csv_uint(&f->csv, t->domains);
        csv_end_row(&f->csv);
    }
    flush(f);
}

static int compare_all(struct diff *f, struct snapshots *old, struct snapshots *now)
{
    static const char *const each[] = { "domain", "change", "what", "old", "new" },
                             *const sums[] = { "change", "what", "old", "new", "domains" };
    int status;

    buf_init(&f->rows, BUF_NO_CEILING);
    csv_writer_init(&f->csv, &f->rows);
    arena_init(&f->totals_arena, FIRST_CHUNK);
    index_init(&f->totals);
    f->last = &f->first;
    csv_strings(&f->csv, f->sum ? sums : each, 5);
    csv_end_row(&f->csv);
    for (int i = 0; i < SNAPSHOT_PARTITIONS; i++)
        compare_partition(f, old->files[i], now->files[i]);
    if (f->sum)
        write_totals(f);
    index_free(&f->totals);
    arena_free(&f->totals_arena);
    buf_free(&f->rows);
    status = print_end(f->out);
    return status == EXIT_OK && !(old->whole && now->whole) ? EXIT_INCOMPLETE : status;
}

int diff_run(const char *old_dir, const char *new_dir, bool sum, FILE *out)
{
    struct diff f = { .sum = sum, .out = out };
    struct snapshots old = { 0 }, now = { 0 };
    int status = snapshots_take(&old, old_dir);

    if (status == EXIT_OK)
        status = snapshots_take(&now, new_dir);
    if (status == EXIT_OK)
        status = compare_all(&f, &old, &now);
    snapshots_free(&old);
    snapshots_free(&now);
    return status;
}
