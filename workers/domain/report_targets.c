#include "workers/domain/report_targets.h"

#include <stdio.h>
#include <string.h>

#include "scanner/base/name.h"
#include "workers/domain/text.h"
#include "workers/lookup.h"
#include "workers/parse/domain_text.h"

#define TARGETS_MAX 8

struct report_targets {
    char *names[TARGETS_MAX];
    size_t count;
};

/* ---- which ---- */

static bool host_of(struct bytes uri, char host[NAME_SIZE])
{
    size_t at = uri.len;
    struct bytes name;

    if (!bytes_begin_nocase(uri, "mailto:"))
        return false;
    for (size_t i = 0; i < uri.len && uri.data[i] != '?'; i++)
        if (uri.data[i] == '@')
            at = i + 1;
    name = bytes_slice(uri, at < uri.len ? at : uri.len, uri.len);
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] == '?')
            name.len = i;
    return name.len > 0 && domain_text_valid(name) && bytes_have(name, '.') &&
           name_lower(name.data, name.len, host);
}

static bool is_external(const char *host, const char *domain)
{
    return strcmp(host, domain) != 0 &&
           strcmp(name_registrable(host), name_registrable(domain)) != 0;
}

static void add(struct report_targets *t, struct bytes uri, const char *domain, struct arena *arena)
{
    char host[NAME_SIZE];

    if (t->count == TARGETS_MAX || !host_of(uri, host) || !is_external(host, domain))
        return;
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->names[i], host) == 0)
            return;
    t->names[t->count++] = arena_strdup(arena, host);
}

/* Found once: it costs a search for each of them. */
static const struct report_targets *find(struct domain *d, const struct dmarc_step *policy)
{
    const struct dmarc *r = &policy->record;

    if (d->report_targets == NULL) {
        d->report_targets = arena_alloc(&d->job->arena, sizeof(*d->report_targets));
        for (size_t i = 0; i < r->rua_count; i++)
            add(d->report_targets, r->rua[i], policy->name, &d->job->arena);
        for (size_t i = 0; i < r->ruf_count; i++)
            add(d->report_targets, r->ruf[i], policy->name, &d->job->arena);
    }
    return d->report_targets;
}

/* ---- what they say ---- */

/* A target that takes nobody's reports is asked once for all who name it: nothing is below a name
 * that does not exist. Then for this domain; NULL while an answer is awaited. */
static const struct dns_answer *permission(struct domain *d, const char *domain, const char *target)
{
    const struct dns_answer *a;
    char name[2 * NAME_SIZE + 20];

    snprintf(name, sizeof(name), "_report._dmarc.%s", target);
    a = domain_ask_shared(d, name, DNS_TXT);
    if (a == NULL || lookup_has_no_name(a))
        return a;
    snprintf(name, sizeof(name), "%s._report._dmarc.%s", domain, target);
    return domain == d->name ? domain_ask(d, name, DNS_TXT) : domain_ask_shared(d, name, DNS_TXT);
}

/* Any record of DMARC will do; a name too long to be asked for has none. */
static const char *permits(const struct dns_answer *a, struct arena *arena)
{
    struct bytes *texts;
    size_t count = text_strings(a, dmarc_is_record, arena, &texts);

    if (count > 0)
        return "yes";
    return text_is_definite(a) ? "no" : "unknown";
}

void report_targets_proceed(struct domain *d, const struct dmarc_step *policy)
{
    const struct report_targets *t = find(d, policy);

    for (size_t i = 0; i < t->count; i++)
        permission(d, policy->name, t->names[i]);
}

void report_targets_write(struct domain *d, const struct dmarc_step *policy, struct json_writer *w)
{
    const struct report_targets *t = find(d, policy);

    if (t->count == 0)
        return;
    json_open_array(w, "external");
    for (size_t i = 0; i < t->count; i++) {
        const struct dns_answer *a = permission(d, policy->name, t->names[i]);

        json_open_object(w, NULL);
        json_write_string(w, "host", t->names[i]);
        json_write_string(w, "outcome", outcome_name(a->outcome));
        json_write_string(w, "authorized", permits(a, &d->job->arena));
        json_close_object(w);
    }
    json_close_array(w);
}
