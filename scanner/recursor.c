#include "scanner/recursor.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"

#define CONF "/etc/resolv.conf"
#define TIMEOUT_MAX_MS 5000
#define LINES_MAX 20 /* of those left out; the rest is a number */

static const char *named(const struct settings *s)
{
    return s->resolver[0] != '\0' ? s->resolver : CONF;
}

static bool read_list(const struct settings *s, struct resolver_list *list)
{
    char error[RESOLVERS_ERROR_SIZE];
    bool good = resolver_list_read(list, s->resolver, CONF, error);

    if (!good)
        log_error("%s", error);
    return good;
}

static void write_place(const struct resolver_place *p, struct buf *out)
{
    char text[RESOLVER_TEXT_SIZE];

    resolver_place_print(p, text);
    buf_printf(out, "%s%s", out->len > 0 ? "," : "", text);
}

int recursor_read_files(struct settings *s, struct arena *arena)
{
    struct resolver_list list;
    struct buf text;

    if (s->resolver[0] == '\0')
        return EXIT_OK;
    if (!read_list(s, &list))
        return EXIT_RESOLVER;
    buf_init(&text, BUF_NO_CEILING);
    for (size_t i = 0; i < list.count; i++)
        write_place(&list.items[i], &text);
    s->resolver = arena_strndup(arena, text.data, text.len);
    buf_free(&text);
    resolver_list_free(&list);
    return EXIT_OK;
}

/* ---- what the survey says ---- */

static void tell_left_out(const struct resolver_survey *v)
{
    size_t told = 0;

    for (size_t i = 0; i < v->count; i++) {
        char text[RESOLVER_TEXT_SIZE];

        if (v->items[i].fault == RESOLVER_FIT || told++ >= LINES_MAX)
            continue;
        resolver_place_print(&v->items[i].place, text);
        log_warning("resolver %s is left out: it %s", text, resolver_fault_text(v->items[i].fault));
    }
    if (told > LINES_MAX)
        log_warning("%zu more resolvers are left out; resolvers.csv has the reasons",
                    told - LINES_MAX);
}

/* The reason, if it is the same for all. */
static const char *common_fault(const struct resolver_survey *v)
{
    for (size_t i = 1; i < v->count; i++)
        if (v->items[i].fault != v->items[0].fault)
            return "each has its reason above";
    return resolver_fault_text(v->items[0].fault);
}

static int judge(const struct resolver_survey *v, const struct settings *s)
{
    if (v->fit == 0) {
        if (v->count > 1)
            tell_left_out(v);
        log_error("no resolver is fit for a census (%.200s: %s); name one that is with --resolver",
                  named(s), common_fault(v));
        return EXIT_RESOLVER;
    }
    tell_left_out(v);
    if (!v->validating)
        log_warning("no resolver validates DNSSEC: what is secure stays unknown (indeterminate)");
    return EXIT_OK;
}

int recursor_open(struct recursor *r, const struct settings *s)
{
    int64_t wait_ms = s->dns_timeout < TIMEOUT_MAX_MS ? s->dns_timeout : TIMEOUT_MAX_MS;
    struct resolver_list list;
    struct buf fit;
    int status;

    memset(r, 0, sizeof(*r));
    if (!read_list(s, &list))
        return EXIT_RESOLVER;
    resolver_survey(&r->survey, &list, (unsigned)wait_ms);
    resolver_list_free(&list);
    status = judge(&r->survey, s);
    buf_init(&fit, BUF_NO_CEILING);
    for (size_t i = 0; i < r->survey.count; i++)
        if (r->survey.items[i].fault == RESOLVER_FIT)
            write_place(&r->survey.items[i].place, &fit);
    r->resolvers = memory_strndup(fit.data != NULL ? fit.data : "", fit.len);
    buf_free(&fit);
    return status;
}

void recursor_close(struct recursor *r)
{
    resolver_survey_free(&r->survey);
    free(r->resolvers);
    memset(r, 0, sizeof(*r));
}
