#include "workers/domain/text.h"

#include "workers/domain/wildcard.h"
#include "workers/lookup.h"
#include "workers/parse/judgement.h"
#include "workers/parse/txt.h"

#define TXT_STRINGS_MAX 16 /* of a name, kept in the record */
#define TXT_BYTES_MAX 8192

size_t text_strings(const struct dns_answer *a, bool (*keep)(struct bytes txt), struct arena *arena,
                    struct bytes **out)
{
    struct bytes *texts = arena_array(arena, a->record_count, sizeof(*texts));
    size_t count = 0;

    for (size_t i = 0; i < a->record_count; i++)
        if (txt_join(a->records[i].data, a->records[i].len, arena, &texts[count]) &&
            (keep == NULL || keep(texts[count])))
            count++;
    *out = texts;
    return count;
}

void text_write_strings(struct json_writer *w, const struct bytes *texts, size_t count)
{
    size_t kept = 0, bytes = 0;

    if (count == 0)
        return;
    json_open_array(w, "txt");
    for (; kept < count && kept < TXT_STRINGS_MAX; kept++) {
        bytes += texts[kept].len;
        if (bytes > TXT_BYTES_MAX)
            break;
        json_write_bytes(w, NULL, texts[kept].data, texts[kept].len);
    }
    json_close_array(w);
    if (kept < count)
        json_write_bool(w, "txt_cut", true);
}

bool text_is_definite(const struct dns_answer *a)
{
    return a->outcome == OUTCOME_OK || lookup_is_empty(a);
}

void text_proceed(struct domain *d, const struct domain_member *m)
{
    domain_ask_below(d, m->prefix, DNS_TXT);
}

enum verdict text_write_members(struct domain *d, const struct domain_member *m,
                                struct json_writer *w)
{
    const struct dns_answer *a = domain_ask_below(d, m->prefix, DNS_TXT);
    struct arena *arena = &d->job->arena;
    enum verdict verdict = VERDICT_UNKNOWN;
    struct bytes *texts;
    size_t count = text_strings(a, m->keep, arena, &texts);

    lookup_write(w, a);
    if (m->prefix[0] != '\0')
        wildcard_write_mark(d, a, w);
    text_write_strings(w, texts, count);
    if (text_is_definite(a))
        verdict = m->judge(w, texts, count, arena);
    else
        judgement_write_verdict(w, verdict);
    return verdict;
}

void text_write(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    json_open_object(w, m->name);
    text_write_members(d, m, w);
    json_close_object(w);
}

void text_write_sts(struct domain *d, const struct domain_member *m, struct json_writer *w)
{
    json_open_object(w, m->name);
    d->sts = text_write_members(d, m, w);
    json_close_object(w);
}
