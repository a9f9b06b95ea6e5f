#include "scanner/recursor.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/preflight.h"
#include "scanner/unbound.h"

#define CONF "/etc/resolv.conf"
#define TIMEOUT_MAX_MS 5000
#define LINES_MAX 20 /* of those left out; the rest is a number */

static const char *named(const struct settings *s)
{
    return s->resolver[0] != '\0' ? s->resolver : CONF;
}

static bool spawns(const struct settings *s)
{
    return strcmp(s->resolver, "spawn") == 0;
}

/* What the option names and cannot be read is the option's fault; this host's own is not. */
static int read_list(const struct settings *s, struct resolver_list *list)
{
    char error[RESOLVERS_ERROR_SIZE];

    if (resolver_list_read(list, s->resolver, CONF, error))
        return EXIT_OK;
    log_error("%s", error);
    return s->resolver[0] != '\0' ? EXIT_INPUT : EXIT_RESOLVER;
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
    int status;

    if (s->resolver[0] == '\0' || spawns(s))
        return EXIT_OK;
    if ((status = read_list(s, &list)) != EXIT_OK)
        return status;
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

/* Ask those of this list. */
static int survey(struct recursor *r, const struct resolver_list *list)
{
    int64_t wait_ms = r->settings->dns_timeout;
    struct buf fit;
    int status;

    resolver_survey(&r->survey, list,
                    (unsigned)(wait_ms < TIMEOUT_MAX_MS ? wait_ms : TIMEOUT_MAX_MS));
    status = judge(&r->survey, r->settings);
    buf_init(&fit, BUF_NO_CEILING);
    for (size_t i = 0; i < r->survey.count; i++)
        if (r->survey.items[i].fault == RESOLVER_FIT)
            write_place(&r->survey.items[i].place, &fit);
    r->resolvers = memory_strndup(fit.data != NULL ? fit.data : "", fit.len);
    buf_free(&fit);
    return status;
}

static int check_file(const char *option, const char *path)
{
    int fault = preflight_readable(path);

    if (fault == 0)
        return EXIT_OK;
    log_error("--%s: %s: %s; install dns-root-data, or name a file", option, path, strerror(fault));
    return EXIT_INPUT;
}

static int check_spawn(const struct settings *s)
{
    int status;

    if (unbound_program() == NULL) {
        log_error("--resolver spawn: unbound is not installed; install it, or name resolvers");
        return EXIT_RESOLVER;
    }
    status = check_file("root-hints", s->root_hints);
    return status == EXIT_OK ? check_file("trust-anchor", s->trust_anchor) : status;
}

int recursor_open(struct recursor *r, const struct settings *s)
{
    struct resolver_list list;
    int status;

    memset(r, 0, sizeof(*r));
    r->settings = s;
    if (spawns(s))
        return check_spawn(s);
    if ((status = read_list(s, &list)) != EXIT_OK)
        return status;
    status = survey(r, &list);
    resolver_list_free(&list);
    return status;
}

int recursor_start(struct recursor *r, const char *directory)
{
    struct resolver_place place;
    const char *error;

    if (!spawns(r->settings))
        return EXIT_OK;
    r->unbound = unbound_start(directory, r->settings, &error);
    if (r->unbound == NULL) {
        log_error("--resolver spawn: %s", error);
        return EXIT_RESOLVER;
    }
    place = unbound_place(r->unbound);
    return survey(r, &(struct resolver_list){ .items = &place, .count = 1 });
}

void recursor_tend(struct recursor *r)
{
    if (r->unbound != NULL)
        unbound_tend(r->unbound);
}

void recursor_close(struct recursor *r)
{
    unbound_stop(r->unbound);
    resolver_survey_free(&r->survey);
    free(r->resolvers);
    memset(r, 0, sizeof(*r));
}
