#include "ingest/format.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/domain.h"
#include "ingest/zone.h"
#include "scanner/base/memory.h"

enum { ROWS_MAX = 50, COLUMN_NAME_MAX = 64 };

/* Names of columns, best first: letters and digits alone, lower case. */
static const char *const domain_names[] = { "domain",   "domainname", "fqdn",   "hostname",
                                            "host",     "site",       "origin", "website",
                                            "homepage", "url",        "name" };
static const char *const rank_names[] = { "rank",           "globalrank", "trancorank",
                                          "popularityrank", "ranking",    "position" };

/* The first rows of the sample, comments and blank lines left out. */
struct rows {
    struct {
        const char *text;
        size_t len;
    } row[ROWS_MAX];
    size_t count;
};

static bool is_comment_line(const char *line, size_t len, bool zone)
{
    while (len > 0 && isspace((unsigned char)*line)) {
        line++;
        len--;
    }
    return len == 0 || *line == '#' || (zone && *line == ';');
}

bool format_is_comment(const struct format *f, const char *line, size_t len)
{
    return is_comment_line(line, len, f->zone);
}

static void rows_cut(struct rows *rows, const char *sample, size_t len, char delimiter)
{
    rows->count = 0;
    while (len > 0 && rows->count < ROWS_MAX) {
        const char *end = memchr(sample, '\n', len);
        size_t line = end != NULL ? (size_t)(end - sample) : len, text;

        if (delimiter != '\0' && memchr(sample, '"', line) != NULL) {
            size_t row = fields_row_end(sample, len, delimiter);

            line = row <= len ? row : line;
        }
        if (line == len && rows->count > 0)
            break; /* perhaps cut by the end of the sample */
        text = line > 0 && sample[line - 1] == '\r' ? line - 1 : line;
        if (!is_comment_line(sample, text, true)) {
            rows->row[rows->count].text = sample;
            rows->row[rows->count++].len = text;
        }
        if (line == len)
            break;
        sample += line + 1;
        len -= line + 1;
    }
}

static bool looks_like_zone(const struct rows *rows)
{
    size_t records = 0;

    for (size_t i = 0; i < rows->count; i++)
        records += zone_is_record(rows->row[i].text, rows->row[i].len);
    return records * 2 > rows->count;
}

static bool row_has(const struct rows *rows, size_t i, char delimiter)
{
    return memchr(rows->row[i].text, delimiter, rows->row[i].len) != NULL;
}

/* Cut the sample by the delimiter that stands in the first row and in most: some may lack columns,
 * and a URL or a free text may hold one by chance. */
static char find_delimiter(struct rows *rows, const char *sample, size_t len)
{
    static const char candidates[] = "\t,;|";

    for (const char *d = candidates; *d != '\0'; d++) {
        size_t with = 0;

        rows_cut(rows, sample, len, *d);
        for (size_t i = 0; i < rows->count; i++)
            with += row_has(rows, i, *d);
        if (with * 2 > rows->count && row_has(rows, 0, *d))
            return *d;
    }
    rows_cut(rows, sample, len, '\0');
    return '\0';
}

static void plain_name(const struct field *f, char out[COLUMN_NAME_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < f->len && n + 1 < COLUMN_NAME_MAX; i++)
        if (isalnum((unsigned char)f->text[i]))
            out[n++] = (char)tolower((unsigned char)f->text[i]);
    out[n] = '\0';
}

/* The column whose name comes first in names. */
static size_t column_named(const struct field *fields, size_t count, const char *const *names,
                           size_t name_count)
{
    char name[COLUMN_NAME_MAX];

    for (size_t n = 0; n < name_count; n++)
        for (size_t i = 0; i < count; i++) {
            plain_name(&fields[i], name);
            if (strcmp(name, names[n]) == 0)
                return i;
        }
    return FORMAT_NONE;
}

static bool is_domain(const struct field *f)
{
    char name[NAME_SIZE];
    size_t len;

    return domain_clean(f->text, f->len, name, &len) == NAME_OK;
}

/* What the rows from `first` on hold in each column. */
struct shape {
    size_t domains[FIELDS_MAX];
    bool rising[FIELDS_MAX]; /* numbers, each larger than the one above: a rank, not a count of
                                something */
    size_t columns;
};

static void shape_find(struct shape *s, const struct format *f, const struct rows *rows,
                       size_t first)
{
    struct field fields[FIELDS_MAX];
    uint64_t last[FIELDS_MAX];
    struct buf scratch;

    *s = (struct shape){ .columns = 0 };
    buf_init(&scratch, BUF_NO_CEILING);
    for (size_t i = 0; i < FIELDS_MAX; i++)
        s->rising[i] = true;
    for (size_t r = first; r < rows->count; r++) {
        size_t count =
            fields_split(rows->row[r].text, rows->row[r].len, f->delimiter, &scratch, fields);

        if (count > s->columns)
            s->columns = count;
        for (size_t i = 0; i < count; i++) {
            uint64_t n = fields_number(&fields[i]);

            s->domains[i] += is_domain(&fields[i]);
            s->rising[i] = s->rising[i] && n != UINT64_MAX && (r == first || n > last[i]);
            last[i] = n;
        }
        for (size_t i = count; i < FIELDS_MAX; i++)
            s->rising[i] = false;
    }
    buf_free(&scratch);
}

static void columns_by_shape(struct format *f, const struct rows *rows, bool domain_known,
                             bool rank_known)
{
    struct shape s;

    shape_find(&s, f, rows, f->header ? 1 : 0);
    if (s.columns > f->column_count)
        f->column_count = s.columns;
    f->name_columns = 0;
    for (size_t i = 0; i < s.columns && !domain_known; i++)
        f->name_columns += s.domains[i] * 2 > rows->count - f->header;
    for (size_t i = 0; i < s.columns && !domain_known; i++)
        if (s.domains[i] > s.domains[f->domain_column])
            f->domain_column = i;
    for (size_t i = 0; i < s.columns && !rank_known && f->rank_column == FORMAT_NONE; i++)
        if (s.rising[i] && i != f->domain_column)
            f->rank_column = i;
}

/* A first row is a header when it names a domain column, or has no domain where the others have
 * theirs. */
static void read_first_row(struct format *f, const struct rows *rows, struct field *fields,
                           size_t count)
{
    size_t domain =
        column_named(fields, count, domain_names, sizeof(domain_names) / sizeof(*domain_names));
    size_t rank = column_named(fields, count, rank_names, sizeof(rank_names) / sizeof(*rank_names));

    f->column_count = count;
    f->rank_column = FORMAT_NONE;
    if (domain != FORMAT_NONE) {
        f->header = true;
        f->domain_column = domain;
        f->rank_column = rank;
        /* A named rank column is believed; numbers under another name are what that name says. */
        columns_by_shape(f, rows, true, true);
        return;
    }
    columns_by_shape(f, rows, false, false);
    f->header = f->delimiter != '\0' && f->domain_column < count &&
                !is_domain(&fields[f->domain_column]) && rows->count > 1;
    if (f->header) {
        f->rank_column = rank;
        columns_by_shape(f, rows, false, true);
    }
}

static bool name_taken(const struct format *f, size_t column, const char *name)
{
    for (size_t i = 0; i < column; i++)
        if (f->columns[i] != NULL && strcmp(f->columns[i], name) == 0)
            return true;
    return false;
}

static void name_columns(struct format *f, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < f->column_count; i++) {
        char name[COLUMN_NAME_MAX];

        if (i == f->domain_column || i == f->rank_column)
            continue;
        snprintf(name, sizeof(name), "%.*s", f->header && i < count ? (int)fields[i].len : 0,
                 f->header && i < count ? fields[i].text : "");
        if (*name == '\0' || name_taken(f, i, name))
            snprintf(name, sizeof(name), "col%zu", i + 1);
        f->columns[i] = memory_strdup(name);
    }
}

void format_find(struct format *f, const char *sample, size_t len)
{
    struct field fields[FIELDS_MAX];
    struct buf scratch;
    struct rows rows;
    size_t count;

    *f = (struct format){ .rank_column = FORMAT_NONE };
    rows_cut(&rows, sample, len, '\0');
    if (rows.count == 0)
        return;
    f->zone = looks_like_zone(&rows);
    if (f->zone)
        return;
    f->delimiter = find_delimiter(&rows, sample, len);
    buf_init(&scratch, BUF_NO_CEILING);
    count = fields_split(rows.row[0].text, rows.row[0].len, f->delimiter, &scratch, fields);
    read_first_row(f, &rows, fields, count);
    if (f->delimiter != '\0')
        name_columns(f, fields, count);
    buf_free(&scratch);
}

static void describe_rows(const struct format *f, struct buf *out)
{
    buf_string(out, "rows of cells between ");
    if (f->delimiter == '\t')
        buf_string(out, "tabs");
    else
        buf_printf(out, "\"%c\"", f->delimiter);
    buf_printf(
        out, ", %s header, names in column %zu; a header that calls a column domain picks another",
        f->header ? "a" : "no", f->domain_column + 1);
}

void format_describe(const struct format *f, struct buf *out)
{
    if (f->zone)
        buf_string(out, "a zone file, whose NS records name the domains; of other text put one "
                        "name a line");
    else if (f->delimiter != '\0')
        describe_rows(f, out);
    else
        buf_string(out, "one name a line; for rows, put , ; | or a tab between cells");
}

void format_free(struct format *f)
{
    for (size_t i = 0; i < FIELDS_MAX; i++)
        free(f->columns[i]);
    *f = (struct format){ .rank_column = FORMAT_NONE };
}
