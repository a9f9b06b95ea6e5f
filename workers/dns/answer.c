#include "workers/dns/answer.h"

#include <string.h>

#include "workers/dns/wire_name.h"

enum { HEADER_SIZE = 12, RR_FIXED_SIZE = 10, RR_SIZE_MIN = 11, CLASS_IN = 1, TYPE_OPT = 41 };

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)u16(p) << 16 | u16(p + 2);
}

bool answer_head(const uint8_t *message, size_t len, struct answer_head *head)
{
    if (len < HEADER_SIZE || (message[2] & 0xf8) != 0x80) /* QR set, opcode 0 */
        return false;
    head->id = u16(message);
    head->truncated = message[2] & 0x02;
    head->authentic = message[3] & 0x20;
    head->rcode = message[3] & 0x0f;
    head->questions = u16(message + 4);
    head->answers = u16(message + 6);
    head->authorities = u16(message + 8);
    head->additionals = u16(message + 10);
    return true;
}

bool answer_asks(const uint8_t *message, size_t len, const uint8_t *name, size_t name_len,
                 uint16_t type)
{
    const uint8_t *q = message + HEADER_SIZE, *behind = q + name_len;

    if (len < HEADER_SIZE + name_len + 4 || u16(message + 4) != 1 || u16(behind) != type ||
        u16(behind + 2) != CLASS_IN)
        return false;
    if (memcmp(q, name, name_len) == 0)
        return true;
    for (size_t i = 0; i < name_len; i += 1U + name[i]) /* same labels: the walk stays inside */
        if (q[i] != name[i])
            return false;
    return wire_name_equal(q, name);
}

/* One resource record where it stands. */
struct rr {
    uint32_t owner, rdata, ttl; /* the first two are offsets */
    uint16_t type, class, len;
};

struct reader {
    struct wire_message m;
    size_t at;
    const uint8_t *question; /* the name asked for */
    uint16_t type;
    struct arena *arena;
    struct rr *rrs; /* of the answer section */
    size_t count;
};

static bool read_rr(struct reader *r, struct rr *rr)
{
    size_t behind = wire_name_skip(&r->m, r->at);
    const uint8_t *fixed = r->m.data + behind;

    if (behind == 0 || r->m.len - behind < RR_FIXED_SIZE)
        return false;
    rr->owner = (uint32_t)r->at;
    rr->type = u16(fixed);
    rr->class = u16(fixed + 2);
    rr->ttl = u32(fixed + 4);
    rr->len = u16(fixed + 8);
    rr->rdata = (uint32_t)(behind + RR_FIXED_SIZE);
    r->at = rr->rdata + rr->len;
    return r->at <= r->m.len;
}

static bool read_answers(struct reader *r, unsigned answers)
{
    size_t fit = (r->m.len - r->at) / RR_SIZE_MIN;

    if (answers == 0)
        return true;
    if (answers > fit) /* promises more than it holds */
        return false;
    r->rrs = arena_array(r->arena, answers, sizeof(*r->rrs));
    for (; r->count < answers; r->count++)
        if (!read_rr(r, &r->rrs[r->count]))
            return false;
    return true;
}

/* The upper bits of the response code are in the TTL of OPT (RFC 6891 §6.1.3). */
static bool read_rest(struct reader *r, unsigned count, unsigned *extended)
{
    struct rr rr;

    while (count-- > 0) {
        if (!read_rr(r, &rr))
            return false;
        if (rr.type == TYPE_OPT)
            *extended = rr.ttl >> 24;
    }
    return true;
}

/* Does rr belong to `name`. The usual owner is a pointer to the question, and costs no walk. False
 * too when it cannot be read: *broken tells. */
static bool owned_by(struct reader *r, const struct rr *rr, const uint8_t *name, bool *broken)
{
    const uint8_t *owner = r->m.data + rr->owner;
    bool equal;

    if (name == r->question && owner[0] == 0xc0 && owner[1] == HEADER_SIZE)
        return true;
    if (wire_name_compare(&r->m, rr->owner, name, &equal) == 0)
        *broken = true;
    return equal;
}

/* Where names stand in RDATA that may be compressed (RFC 3597 §4): bytes before the first, names,
 * bytes behind. */
static const struct shape {
    uint16_t type;
    uint8_t before, names, behind;
} shapes[] = {
    { DNS_NS, 0, 1, 0 },   { DNS_CNAME, 0, 1, 0 }, { DNS_PTR, 0, 1, 0 },   { DNS_MX, 2, 1, 0 },
    { DNS_SOA, 0, 2, 20 }, { DNS_A, 4, 0, 0 },     { DNS_AAAA, 16, 0, 0 },
};

static const struct shape *shape_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        if (shapes[i].type == type)
            return &shapes[i];
    return NULL;
}

/* RDATA with its names uncompressed, and of exactly the length that its parts need. */
static bool expand(struct reader *r, const struct rr *rr, const struct shape *s,
                   struct dns_rdata *out)
{
    uint8_t buffer[2 * WIRE_NAME_MAX + 20 + 2];
    size_t at = rr->rdata + s->before, end = rr->rdata + rr->len, len = s->before;
    uint8_t *copy;

    if (at > end)
        return false;
    memcpy(buffer, r->m.data + rr->rdata, s->before);
    for (unsigned i = 0; i < s->names; i++) {
        at = wire_name_read(&r->m, at, buffer + len);
        if (at == 0 || at > end)
            return false;
        len += wire_name_length(buffer + len);
    }
    if (end - at != s->behind)
        return false;
    memcpy(buffer + len, r->m.data + at, s->behind);
    len += s->behind;
    copy = arena_alloc(r->arena, len);
    memcpy(copy, buffer, len);
    *out = (struct dns_rdata){ .data = copy, .len = (uint16_t)len };
    return true;
}

static bool keep_rdata(struct reader *r, const struct rr *rr, const struct shape *s,
                       struct dns_rdata *out)
{
    uint8_t *copy;

    if (s != NULL)
        return expand(r, rr, s, out);
    copy = arena_alloc(r->arena, rr->len);
    memcpy(copy, r->m.data + rr->rdata, rr->len);
    *out = (struct dns_rdata){ .data = copy, .len = rr->len };
    return true;
}

/* The records of the type at name. False when one cannot be read. */
static bool keep_records(struct reader *r, const uint8_t *name, struct dns_answer *a)
{
    const struct shape *shape = shape_of(r->type);
    struct dns_rdata *records = NULL;
    bool broken = false;

    for (size_t i = 0; i < r->count; i++) {
        const struct rr *rr = &r->rrs[i];
        uint32_t ttl = rr->ttl > INT32_MAX ? 0 : rr->ttl; /* RFC 2181 §8 */

        if (rr->type != r->type || rr->class != CLASS_IN || !owned_by(r, rr, name, &broken))
            continue;
        if (records == NULL)
            records = arena_array(r->arena, r->count - i, sizeof(*records));
        if (!keep_rdata(r, rr, shape, &records[a->record_count]))
            return false;
        a->ttl = a->record_count == 0 || ttl < a->ttl ? ttl : a->ttl;
        a->record_count++;
    }
    a->records = records;
    return !broken;
}

/* The target of name's CNAME, if it has one. */
static bool find_alias(struct reader *r, const uint8_t *name, uint8_t target[WIRE_NAME_MAX],
                       bool *found)
{
    bool broken = false;

    *found = false;
    for (size_t i = 0; i < r->count && !*found; i++) {
        const struct rr *rr = &r->rrs[i];

        if (rr->type == DNS_CNAME && rr->class == CLASS_IN && owned_by(r, rr, name, &broken)) {
            *found = true;
            if (wire_name_read(&r->m, rr->rdata, target) != rr->rdata + rr->len)
                return false;
        }
    }
    return !broken;
}

static bool seen(const char *const *aliases, size_t count, const char *question, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(aliases[i], name) == 0)
            return true;
    return strcmp(question, name) == 0;
}

/* Add the target to the chain. False when it leads back, or is one too many. */
static bool chain_add(struct reader *r, struct dns_answer *a, const uint8_t *target)
{
    const char **aliases = (const char **)(uintptr_t)a->aliases;
    char question[WIRE_NAME_TEXT_SIZE], text[WIRE_NAME_TEXT_SIZE];
    size_t len = wire_name_print(target, text);
    bool back;

    if (aliases == NULL)
        a->aliases = aliases = arena_array(r->arena, DNS_ALIASES_MAX, sizeof(*aliases));
    if (a->alias_count == DNS_ALIASES_MAX)
        return false;
    wire_name_print(r->question, question);
    back = seen(aliases, a->alias_count, question, text);
    aliases[a->alias_count++] = arena_strndup(r->arena, text, len);
    return !back;
}

/* Follow the aliases inside the answer to the records, or to the chain's end. */
static enum outcome follow(struct reader *r, struct dns_answer *a)
{
    uint8_t names[2][WIRE_NAME_MAX];
    const uint8_t *name = r->question;

    for (unsigned step = 0;; step++) {
        uint8_t *target = names[step % 2];
        bool aliased;

        if (!keep_records(r, name, a))
            return OUTCOME_MALFORMED;
        if (a->record_count > 0 || r->type == DNS_CNAME)
            return a->record_count > 0 ? OUTCOME_OK : OUTCOME_NODATA;
        if (!find_alias(r, name, target, &aliased))
            return OUTCOME_MALFORMED;
        if (!aliased)
            return OUTCOME_NODATA;
        if (!chain_add(r, a, target))
            return OUTCOME_CNAME_LOOP;
        name = target;
    }
}

/* Answers none of which is to the question: an error of somebody's, or a lie. */
static bool beside_the_question(struct reader *r)
{
    bool broken = false;

    for (size_t i = 0; i < r->count; i++)
        if (owned_by(r, &r->rrs[i], r->question, &broken))
            return false;
    return r->count > 0;
}

static enum outcome judge(struct reader *r, const struct answer_head *head, struct dns_answer *a)
{
    unsigned extended = 0;
    enum outcome o = OUTCOME_NODATA;

    if (r->at > r->m.len || !read_answers(r, head->answers) ||
        !read_rest(r, (unsigned)head->authorities + head->additionals, &extended))
        return OUTCOME_MALFORMED;
    if (extended != 0)
        return OUTCOME_RCODE;
    if (r->count > 0)
        o = follow(r, a);
    if (o == OUTCOME_NODATA && a->alias_count == 0 && beside_the_question(r))
        return OUTCOME_MALFORMED;
    return head->rcode == 3 && o == OUTCOME_NODATA ? OUTCOME_NXDOMAIN : o;
}

static const enum outcome by_rcode[16] = {
    [0] = OUTCOME_OK,     [1] = OUTCOME_FORMERR, [2] = OUTCOME_SERVFAIL, [3] = OUTCOME_NXDOMAIN,
    [4] = OUTCOME_NOTIMP, [5] = OUTCOME_REFUSED, [6] = OUTCOME_RCODE,    [7] = OUTCOME_RCODE,
    [8] = OUTCOME_RCODE,  [9] = OUTCOME_RCODE,   [10] = OUTCOME_RCODE,   [11] = OUTCOME_RCODE,
    [12] = OUTCOME_RCODE, [13] = OUTCOME_RCODE,  [14] = OUTCOME_RCODE,   [15] = OUTCOME_RCODE,
};

void answer_read(const uint8_t *message, size_t len, const uint8_t *name, size_t name_len,
                 uint16_t type, struct arena *arena, struct dns_answer *a)
{
    struct answer_head head;
    struct reader r = {
        .m = { .data = message, .len = len, .allowance = WIRE_ALLOWANCE },
        .at = HEADER_SIZE + name_len + 4,
        .question = name,
        .type = type,
        .arena = arena,
    };

    memset(a, 0, sizeof(*a));
    a->outcome = OUTCOME_MALFORMED;
    if (!answer_head(message, len, &head))
        return;
    a->outcome = by_rcode[head.rcode];
    if (a->outcome == OUTCOME_OK || a->outcome == OUTCOME_NXDOMAIN)
        a->outcome = judge(&r, &head, a);
    if (a->outcome != OUTCOME_OK) {
        a->records = NULL;
        a->record_count = 0;
        a->ttl = 0;
    }
}
