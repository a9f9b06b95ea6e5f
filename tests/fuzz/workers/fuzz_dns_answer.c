/* Any bytes as a DNS message. What holds whatever they are: an answer is within its limits; each
 * record has the shape of its type, its names whole; a shorter message never has more to say; and
 * where ldns can read the message too, it finds as many records of the type asked for. */
#include <assert.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "workers/dns/answer.h"
#include "workers/dns/wire_name.h"

static const uint16_t types[] = { DNS_A,  DNS_NS,  DNS_CNAME, DNS_SOA,  DNS_PTR,
                                  DNS_MX, DNS_TXT, DNS_AAAA,  DNS_TLSA, DNS_CAA };

/* The length of the whole name at data, within len; 0 if there is none. */
static size_t name_within(const uint8_t *data, size_t len)
{
    struct wire_message m = { .data = data, .len = len, .allowance = WIRE_ALLOWANCE };
    uint8_t name[WIRE_NAME_MAX];
    size_t behind = wire_name_read(&m, 0, name);

    return behind != 0 && wire_name_length(name) == behind ? behind : 0;
}

static void check_rdata(uint16_t type, const struct dns_rdata *r)
{
    size_t first;

    if (type == DNS_A || type == DNS_AAAA)
        assert(r->len == (type == DNS_A ? 4 : 16));
    else if (type == DNS_NS || type == DNS_CNAME || type == DNS_PTR)
        assert(name_within(r->data, r->len) == r->len);
    else if (type == DNS_MX)
        assert(r->len > 2 && name_within(r->data + 2, r->len - 2U) == r->len - 2U);
    else if (type == DNS_SOA) {
        first = name_within(r->data, r->len);
        assert(first > 0 && first + name_within(r->data + first, r->len - first) + 20 == r->len);
    }
}

static void check_answer(uint16_t type, const struct dns_answer *a)
{
    uint8_t name[WIRE_NAME_MAX];

    assert(a->alias_count <= DNS_ALIASES_MAX);
    assert((a->outcome == OUTCOME_OK) == (a->record_count > 0));
    assert(a->outcome != OUTCOME_CNAME_LOOP || a->alias_count > 0);
    for (size_t i = 0; i < a->alias_count; i++) {
        char text[WIRE_NAME_TEXT_SIZE];

        assert(wire_name_parse(a->aliases[i], name) >
               0); /* parse and print are each other's inverse */
        wire_name_print(name, text);
        assert(strcmp(text, a->aliases[i]) == 0);
    }
    for (size_t i = 0; i < a->record_count; i++)
        check_rdata(type, &a->records[i]);
}

/* Does ldns find the answer's records where their RDLENGTHs put them? It goes on behind a name that
 * runs past its RDLENGTH, and reads other records than those that are there. */
static bool ldns_keeps_step(const uint8_t *message, size_t len, const ldns_pkt *packet)
{
    size_t pos =
        12 + ldns_rdf_size(ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(packet), 0))) + 4;
    bool steady = ldns_pkt_qdcount(packet) == 1;

    for (size_t i = 0; steady && i < ldns_pkt_ancount(packet); i++) {
        size_t behind = pos;
        ldns_rdf *owner = NULL;
        ldns_rr *rr = NULL;

        steady = ldns_wire2dname(&owner, message, len, &behind) == LDNS_STATUS_OK &&
                 ldns_wire2rr(&rr, message, len, &pos, LDNS_SECTION_ANSWER) == LDNS_STATUS_OK &&
                 pos == behind + 10 + ldns_read_uint16(message + behind + 8);
        ldns_rdf_deep_free(owner);
        ldns_rr_free(rr);
    }
    return steady;
}

/* Records of the type at `owner`, as ldns sees them. Where no alias is involved it must agree. */
static void check_against_ldns(const uint8_t *message, size_t len, uint16_t type,
                               const struct dns_answer *a)
{
    ldns_pkt *packet = NULL;
    size_t count = 0;

    if (a->outcome != OUTCOME_OK || a->alias_count > 0 ||
        ldns_wire2pkt(&packet, message, len) != LDNS_STATUS_OK)
        return;
    for (size_t i = 0; i < ldns_pkt_ancount(packet); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(ldns_pkt_answer(packet), i);

        count +=
            (unsigned)ldns_rr_get_type(rr) == type && ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
            ldns_dname_compare(ldns_rr_owner(rr),
                               ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(packet), 0))) == 0;
    }
    assert(count == a->record_count || !ldns_keeps_step(message, len, packet));
    ldns_pkt_free(packet);
}

/* The name that stands in the question, as our question. */
static size_t question_of(const uint8_t *message, size_t len, uint8_t name[WIRE_NAME_MAX])
{
    struct wire_message m = { .data = message, .len = len, .allowance = WIRE_ALLOWANCE };
    size_t behind = len > 12 ? wire_name_read(&m, 12, name) : 0;

    return behind != 0 && behind - 12 == wire_name_length(name) ? behind - 12 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t name[WIRE_NAME_MAX];
    uint16_t type;
    size_t name_len;
    struct arena arena;
    struct dns_answer whole, cut;
    struct answer_head head;

    if (size < 1 || size > 65536)
        return 0;
    type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
    data++;
    size--;
    name_len = question_of(data, size, name);
    answer_head(data, size, &head);
    if (name_len == 0)
        name_len = wire_name_parse("example.test", name);
    answer_asks(data, size, name, name_len, type);
    arena_init(&arena, 4096);
    answer_read(data, size, name, name_len, type, &arena, &whole);
    check_answer(type, &whole);
    answer_read(data, size / 2, name, name_len, type, &arena, &cut);
    check_answer(type, &cut);
    assert(cut.outcome != OUTCOME_OK || whole.outcome == OUTCOME_OK);
    if (answer_asks(data, size, name, name_len, type))
        check_against_ldns(data, size, type, &whole);
    arena_free(&arena);
    return 0;
}
