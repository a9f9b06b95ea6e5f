#include "workers/parse/spf_tree.h"

#include <string.h>

#include "workers/parse/ip_set.h"
#include "workers/parse/spf_macro.h"

/* Addresses that match a term, or pass a record. */
struct pass {
    struct ip_set four, six;
};

/* A record on the way from the root to the one in hand. */
struct level {
    const struct level *above;
    const char *domain;
    const struct spf *record;
    struct pass pass, other; /* decided so far: pass; any other result */
};

struct walk {
    struct spf_tree *tree;
    spf_find *find;
    void *context;
    struct arena *arena;
    const char *origin;
    unsigned possible_voids; /* terms of which a failed lookup may have nothing */
};

static const struct ip_range everything4 = { 0, UINT32_MAX };
static const struct ip_range everything6 = { 0, ~(ip_number)0 };

static void fault(struct walk *w, enum violation v)
{
    violations_add(&w->tree->violations, v);
}

static void note_name(struct walk *w, struct spf_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return;
    if (names->count == names->room) {
        size_t room = names->room > 0 ? 2 * names->room : 4;
        const char **items = arena_array(w->arena, room, sizeof(*items));

        if (names->count > 0)
            memcpy(items, names->items, names->count * sizeof(*items));
        names->items = items;
        names->room = room;
    }
    names->items[names->count++] = name;
}

/* ---- answers ---- */

/* What an answer means to a term. */
enum found { PENDING, FAILED, NOTHING, INVALID_NAME, DATA };

static enum found find(struct walk *w, const char *name, enum spf_ask ask,
                       const struct spf_source **source)
{
    *source = w->find(w->context, name, ask);
    if (*source == NULL) {
        w->tree->complete = false;
        return PENDING;
    }
    switch ((*source)->outcome) {
    case OUTCOME_OK:
        return DATA;
    case OUTCOME_NODATA:
    case OUTCOME_NXDOMAIN:
    case OUTCOME_CNAME_LOOP:
        return NOTHING;
    case OUTCOME_BAD_NAME:
        return INVALID_NAME;
    default:
        note_name(w, &w->tree->unresolved, name);
        return FAILED;
    }
}

/* Beyond the limit an evaluation has ended: lookups alone are counted on. */
static bool is_over(const struct walk *w)
{
    return w->tree->lookups > SPF_LOOKUPS_MAX;
}

static void count_lookup(struct walk *w)
{
    if (w->tree->lookups <= SPF_LOOKUPS_COUNT)
        w->tree->lookups++;
    if (is_over(w))
        fault(w, VIOLATION_SPF_TOO_MANY_LOOKUPS);
}

static void count_void(struct walk *w)
{
    if (is_over(w))
        return;
    w->tree->voids++;
    if (w->tree->voids > SPF_VOIDS_MAX)
        fault(w, VIOLATION_SPF_TOO_MANY_VOIDS);
}

/* NULL when it takes a message. */
static const char *name_of(struct walk *w, const struct level *l, struct bytes spec)
{
    const char *name;

    if (spec.len == 0)
        return l->domain;
    name = spf_macro_expand(spec, l->domain, w->origin, w->arena);
    if (name == NULL)
        note_name(w, &w->tree->unfollowed, arena_strndup(w->arena, spec.data, spec.len));
    return name;
}

/* ---- include and redirect ---- */

static enum spf_result walk_record(struct walk *w, struct level *l);

static bool leads_back(const struct level *l, const char *name)
{
    for (; l != NULL; l = l->above)
        if (strcmp(l->domain, name) == 0)
            return true;
    return false;
}

static enum spf_result walk_target(struct walk *w, const struct level *l, const char *name,
                                   const struct spf *record, struct pass *match)
{
    struct level below = { .above = l, .domain = name, .record = record };
    enum spf_result all = walk_record(w, &below);

    *match = below.pass;
    return all;
}

/* Another record, whose result decides (§5.2, §6.1). none and invalid: what it is when that one is
 * missing or wrong. The result is of redirect alone. */
static enum spf_result follow(struct walk *w, const struct level *l, struct bytes spec,
                              enum violation none, enum violation invalid, struct pass *match)
{
    const char *name = name_of(w, l, spec);
    const struct spf_source *s;
    enum found found;

    if (name == NULL) {
        w->tree->approximate = true;
        return SPF_NONE;
    }
    if (w->tree->lookups > SPF_LOOKUPS_COUNT)
        return SPF_NONE;
    if (leads_back(l, name)) {
        fault(w, VIOLATION_SPF_LOOP);
        return SPF_NONE;
    }
    found = find(w, name, SPF_ASK_TXT, &s);
    if (found == NOTHING)
        count_void(w);
    if (found == FAILED)
        w->tree->lookups_known = w->tree->voids_known = w->tree->faults_known = false;
    else if (found == NOTHING || found == INVALID_NAME || /* §4.3 */
             (found == DATA && s->record.verdict == VERDICT_ABSENT))
        fault(w, none);
    else if (found == DATA && !s->record.sound)
        fault(w, invalid);
    else if (found == DATA)
        return walk_target(w, l, name, &s->record, match);
    return SPF_NONE;
}

/* ---- hosts ---- */

static void add_addresses(struct walk *w, const struct spf_source *s, struct spf_lengths lengths,
                          struct pass *match)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct address *a = &s->addresses[i];

        if (a->family == 4)
            ip_set_add(&match->four, w->arena, ip_range4(a->bytes, lengths.four));
        else
            ip_set_add(&match->six, w->arena, ip_range6(a->bytes, lengths.six));
    }
}

/* The addresses of a host. NOTHING when there are none of either family, FAILED when that cannot
 * be told. */
static enum found match_host(struct walk *w, const char *name, struct spf_lengths lengths,
                             struct pass *match)
{
    const struct spf_source *a, *aaaa;
    enum found four = find(w, name, SPF_ASK_A, &a), six = find(w, name, SPF_ASK_AAAA, &aaaa);

    if (four == DATA)
        add_addresses(w, a, lengths, match);
    if (six == DATA)
        add_addresses(w, aaaa, lengths, match);
    if (four == DATA || six == DATA)
        return DATA;
    return four == FAILED || six == FAILED     ? FAILED
           : four == PENDING || six == PENDING ? PENDING
                                               : four;
}

static void match_hosts(struct walk *w, const struct spf_source *mx, struct spf_lengths lengths,
                        struct pass *match)
{
    bool failed = false, nothing = false;

    if (mx->count > SPF_MX_MAX) {
        fault(w, VIOLATION_SPF_TOO_MANY_MX);
        return;
    }
    for (size_t i = 0; i < mx->count; i++) {
        enum found found = match_host(w, mx->hosts[i], lengths, match);

        failed |= found == FAILED;
        nothing |= found == NOTHING;
    }
    if (nothing)
        count_void(w);
    else if (failed)
        w->possible_voids++;
}

/* ---- mechanisms: which addresses match ---- */

static void match_include(struct walk *w, const struct level *l, const struct spf_term *t,
                          struct pass *match)
{
    follow(w, l, t->domain, VIOLATION_SPF_INCLUDE_NONE, VIOLATION_SPF_INCLUDE_INVALID, match);
}

static void match_a(struct walk *w, const char *name, const struct spf_term *t, struct pass *match)
{
    enum found found = match_host(w, name, t->lengths, match);

    if (found == NOTHING)
        count_void(w);
    else if (found == FAILED)
        w->possible_voids++;
}

static void match_mx(struct walk *w, const char *name, const struct spf_term *t, struct pass *match)
{
    const struct spf_source *mx;
    enum found found = find(w, name, SPF_ASK_MX, &mx);

    if (found == DATA)
        match_hosts(w, mx, t->lengths, match);
    else if (found == NOTHING)
        count_void(w);
    else if (found == FAILED)
        w->tree->voids_known = w->tree->faults_known = false;
}

static void match_exists(struct walk *w, const char *name, const struct spf_term *t,
                         struct pass *match)
{
    const struct spf_source *a;
    enum found found = find(w, name, SPF_ASK_A, &a);

    (void)t;
    if (found == DATA) {
        ip_set_add(&match->four, w->arena, everything4);
        ip_set_add(&match->six, w->arena, everything6);
    } else if (found == NOTHING) {
        count_void(w);
    } else if (found == FAILED) {
        w->possible_voids++;
    }
}

/* a, mx, exists */
static void match_name(struct walk *w, const struct level *l, const struct spf_term *t,
                       struct pass *match)
{
    const char *name = name_of(w, l, t->domain);

    if (name == NULL)
        w->tree->approximate = true;
    else if (is_over(w))
        return;
    else if (t->mechanism == SPF_A)
        match_a(w, name, t, match);
    else if (t->mechanism == SPF_MX)
        match_mx(w, name, t, match);
    else
        match_exists(w, name, t, match);
}

static void match_term(struct walk *w, const struct level *l, const struct spf_term *t,
                       struct pass *match)
{
    if (t->mechanism == SPF_IP4) {
        ip_set_add(&match->four, w->arena, ip_range4(t->address, t->lengths.four));
    } else if (t->mechanism == SPF_IP6) {
        ip_set_add(&match->six, w->arena, ip_range6(t->address, t->lengths.six));
    } else {
        count_lookup(w);
        if (t->mechanism == SPF_INCLUDE)
            match_include(w, l, t, match);
        else if (t->mechanism == SPF_PTR)
            w->tree->approximate = true;
        else
            match_name(w, l, t, match);
    }
}

/* ---- a record ---- */

/* The first term that matches decides. */
static void decide(struct walk *w, struct level *l, enum spf_result result, struct pass *match)
{
    struct pass *to = result == SPF_PASS ? &l->pass : &l->other, nothing = { 0 };
    struct pass *except = result == SPF_PASS ? &l->other : &nothing;

    ip_set_add_set(&to->four, w->arena, &match->four, &except->four);
    ip_set_add_set(&to->six, w->arena, &match->six, &except->six);
}

static void decide_rest(struct walk *w, struct level *l)
{
    struct pass rest = { 0 };

    ip_set_add(&rest.four, w->arena, everything4);
    ip_set_add(&rest.six, w->arena, everything6);
    decide(w, l, SPF_PASS, &rest);
}

static enum spf_result walk_redirect(struct walk *w, struct level *l)
{
    struct pass match = { 0 };
    enum spf_result all;

    count_lookup(w);
    all = follow(w, l, l->record->redirect, VIOLATION_SPF_REDIRECT_NONE,
                 VIOLATION_SPF_REDIRECT_INVALID, &match);
    decide(w, l, SPF_PASS, &match);
    return all;
}

static enum spf_result walk_record(struct walk *w, struct level *l)
{
    const struct spf *r = l->record;

    for (size_t i = 0; i < r->term_count; i++) {
        struct pass match = { 0 };

        match_term(w, l, &r->terms[i], &match);
        decide(w, l, r->terms[i].qualifier, &match);
    }
    if (r->all == SPF_PASS)
        decide_rest(w, l);
    if (r->all == SPF_NONE && r->redirect.len > 0)
        return walk_redirect(w, l);
    return r->all != SPF_NONE ? r->all : SPF_NEUTRAL; /* §4.7 */
}

void spf_tree_grow(const char *domain, const struct spf *record, spf_find *find_source,
                   void *context, struct arena *arena, struct spf_tree *t)
{
    struct walk w = { t, find_source, context, arena, domain, 0 };
    struct level root = { .domain = domain, .record = record };

    *t = (struct spf_tree){
        .complete = true, .lookups_known = true, .voids_known = true, .faults_known = true
    };
    t->all = walk_record(&w, &root);
    if (t->complete) {
        t->ip4 = ip_set_count(&root.pass.four, 0);
        t->ip6_48 = ip_set_count(&root.pass.six, SPF_IP6_HOST_BITS);
    }
    if (is_over(&w) || w.possible_voids > 0)
        t->voids_known = false;
    if (w.possible_voids > 0 && t->voids + w.possible_voids > SPF_VOIDS_MAX)
        t->faults_known = false;
}
