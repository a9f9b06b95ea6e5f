/* What dns/answer makes of messages: right, wrong and hostile ones. */
#include "workers/dns/answer.h"

#include <ldns/ldns.h>

#include "scanner/base/timing.h"
#include "tests/unit/check.h"
#include "tests/unit/workers/dns_message.h"
#include "workers/dns/wire_name.h"

#define QUESTION "Www.Example.test"

static struct message m;
static struct arena arena;
static struct dns_answer answer;

/* Reads m as the response to QUESTION, at an unreadable edge. */
static enum outcome read_as(unsigned type)
{
    uint8_t name[WIRE_NAME_MAX];
    size_t name_len = wire_name_parse("www.example.test", name);
    const uint8_t *edge = (const uint8_t *)check_at_edge(m.data, m.len);

    arena_reset(&arena);
    answer_read(edge, m.len, name, name_len, (uint16_t)type, &arena, &answer);
    return answer.outcome;
}

static void begin(unsigned type, unsigned rcode)
{
    struct message query;

    message_query(&query, QUESTION, type);
    message_respond(&m, query.data, query.len, rcode);
}

static void a_record(const char *owner, uint32_t ttl)
{
    message_rr(&m, SECTION_ANSWER, owner, DNS_A, ttl, "\xc0\x00\x02\x01", 4);
}

static void test_plain_answers(void)
{
    begin(DNS_A, 0);
    a_record("@", 300);
    a_record("WWW.example.TEST", 60);
    a_record("other.test", 5);
    CHECK(read_as(DNS_A) == OUTCOME_OK, "%s", outcome_name(answer.outcome));
    CHECK(answer.record_count == 2, "%zu", answer.record_count);
    CHECK(answer.ttl == 60, "%u", answer.ttl);
    CHECK(answer.records[1].len == 4 && memcmp(answer.records[1].data, "\xc0\x00\x02\x01", 4) == 0,
          "address");

    begin(DNS_A, 0);
    a_record("@", 0x80000001); /* RFC 2181 §8: a TTL of the upper half is 0 */
    CHECK(read_as(DNS_A) == OUTCOME_OK && answer.ttl == 0, "%u", answer.ttl);
}

static void test_rcodes(void)
{
    static const enum outcome expected[16] = {
        OUTCOME_NODATA, OUTCOME_FORMERR, OUTCOME_SERVFAIL, OUTCOME_NXDOMAIN,
        OUTCOME_NOTIMP, OUTCOME_REFUSED, OUTCOME_RCODE,    OUTCOME_RCODE,
        OUTCOME_RCODE,  OUTCOME_RCODE,   OUTCOME_RCODE,    OUTCOME_RCODE,
        OUTCOME_RCODE,  OUTCOME_RCODE,   OUTCOME_RCODE,    OUTCOME_RCODE,
    };

    for (unsigned i = 0; i < 16; i++) {
        begin(DNS_A, i);
        message_soa(&m);
        CHECK(read_as(DNS_A) == expected[i], "rcode %u: %s", i, outcome_name(answer.outcome));
        CHECK(answer.record_count == 0 && answer.alias_count == 0, "rcode %u", i);
    }
    begin(DNS_A, 0); /* BADVERS: 16, of which OPT holds the upper bits (RFC 6891 §6.1.3) */
    message_soa(&m);
    message_rr(&m, SECTION_ADDITIONAL, "", 41, 0x01000000, "", 0);
    CHECK(read_as(DNS_A) == OUTCOME_RCODE, "%s", outcome_name(answer.outcome));
    begin(DNS_A, 0);
    message_rr(&m, SECTION_ADDITIONAL, "", 41, 0x00008000, "", 0);
    CHECK(read_as(DNS_A) == OUTCOME_NODATA, "%s", outcome_name(answer.outcome));
}

static void test_aliases(void)
{
    begin(DNS_A, 0);
    a_record("c.test", 60); /* any order */
    message_alias(&m, "B.test", "C.test");
    message_alias(&m, "@", "b.Test");
    CHECK(read_as(DNS_A) == OUTCOME_OK, "%s", outcome_name(answer.outcome));
    CHECK(answer.alias_count == 2 && strcmp(answer.aliases[0], "b.test") == 0 &&
              strcmp(answer.aliases[1], "c.test") == 0,
          "%zu", answer.alias_count);

    begin(DNS_A, 0);
    message_alias(&m, "@", "b.test");
    message_soa(&m);
    CHECK(read_as(DNS_A) == OUTCOME_NODATA && answer.alias_count == 1, "ends without data");

    begin(DNS_A, 3);
    message_alias(&m, "@", "b.test");
    message_soa(&m);
    CHECK(read_as(DNS_A) == OUTCOME_NXDOMAIN && answer.alias_count == 1, "dangling");

    begin(DNS_CNAME, 0);
    message_alias(&m, "@", "b.test");
    CHECK(read_as(DNS_CNAME) == OUTCOME_OK && answer.alias_count == 0 && answer.record_count == 1,
          "CNAME asked for");
}

/* n aliases, the last with an address. */
static void chain(unsigned n)
{
    char from[32] = "@", to[32];

    begin(DNS_A, 0);
    for (unsigned i = 1; i <= n; i++) {
        snprintf(to, sizeof(to), "n%u.test", i);
        message_alias(&m, from, to);
        memcpy(from, to, sizeof(from));
    }
    a_record(from, 60);
}

static void test_alias_limits(void)
{
    begin(DNS_A, 0);
    message_alias(&m, "@", "www.EXAMPLE.test");
    CHECK(read_as(DNS_A) == OUTCOME_CNAME_LOOP, "itself: %s", outcome_name(answer.outcome));
    begin(DNS_A, 0);
    message_alias(&m, "@", "b.test");
    message_alias(&m, "b.test", "c.test");
    message_alias(&m, "c.test", "b.test");
    CHECK(read_as(DNS_A) == OUTCOME_CNAME_LOOP && answer.alias_count == 3, "ring: %s %zu",
          outcome_name(answer.outcome), answer.alias_count);
    chain(16);
    CHECK(read_as(DNS_A) == OUTCOME_OK && answer.alias_count == 16, "16: %s %zu",
          outcome_name(answer.outcome), answer.alias_count);
    chain(17);
    CHECK(read_as(DNS_A) == OUTCOME_CNAME_LOOP && answer.alias_count == 16, "17: %s %zu",
          outcome_name(answer.outcome), answer.alias_count);
}

static void test_escapes(void)
{
    size_t rdlength;

    begin(DNS_A, 0);
    message_rr_open(&m, SECTION_ANSWER, "@", DNS_CNAME, 1, &rdlength);
    message_bytes(&m,
                  "\x05"
                  "a.\\\0\xff"
                  "\x04test\0",
                  12);
    message_rr_close(&m, rdlength);
    CHECK(read_as(DNS_A) == OUTCOME_NODATA && answer.alias_count == 1 &&
              strcmp(answer.aliases[0], "a\\.\\\\\\000\\255.test") == 0,
          "%s", answer.alias_count > 0 ? answer.aliases[0] : "none");
}

/* Names inside RDATA come out whole. */
static void test_compressed_rdata(void)
{
    size_t rdlength;

    begin(DNS_MX, 0);
    message_rr_open(&m, SECTION_ANSWER, "@", DNS_MX, 300, &rdlength);
    message_bytes(&m, "\0\x0a\x02mx\xc0\x10", 7); /* "example.test" of the question */
    message_rr_close(&m, rdlength);
    message_mx(&m, "@", 20, "");
    CHECK(read_as(DNS_MX) == OUTCOME_OK && answer.record_count == 2, "%s",
          outcome_name(answer.outcome));
    CHECK(answer.records[0].len == 19 && memcmp(answer.records[0].data,
                                                "\0\x0a\x02mx\x07"
                                                "Example\x04test\0",
                                                19) == 0,
          "MX, %u", answer.records[0].len);
    CHECK(answer.records[1].len == 3, "null MX, %u", answer.records[1].len);

    begin(DNS_SOA, 0);
    message_rr_open(&m, SECTION_ANSWER, "@", DNS_SOA, 300, &rdlength);
    message_bytes(&m,
                  "\xc0\x0c\x01h\xc0\x10"
                  "abcdefghijklmnopqrst",
                  26);
    message_rr_close(&m, rdlength);
    CHECK(read_as(DNS_SOA) == OUTCOME_OK && answer.records[0].len == 18 + 16 + 20, "SOA");
}

struct broken {
    const char *what;
    unsigned type;
    const char *answer; /* section's bytes, one record */
    size_t len;
    enum outcome expected;
};
#define BYTES(text) text, sizeof(text) - 1

static void test_broken_records(void)
{
    /* The question's name is at 12: 03 www 07 Example 04 test 00 (18 bytes), the first answer
     * at 34. */
    static const struct broken table[] = {
        { "a good one", DNS_A, BYTES("\xc0\x0c\0\1\0\1\0\0\0\1\0\4abcd"), OUTCOME_OK },
        { "behind it junk", DNS_A, BYTES("\xc0\x0c\0\1\0\1\0\0\0\1\0\4abcdjunk"), OUTCOME_OK },
        { "RDLENGTH past the end", DNS_A, BYTES("\xc0\x0c\0\1\0\1\0\0\0\1\0\5abcd"),
          OUTCOME_MALFORMED },
        { "RDLENGTH 65535", DNS_TXT, BYTES("\xc0\x0c\0\x10\0\1\0\0\0\1\xff\xff\3abc"),
          OUTCOME_MALFORMED },
        { "address of 3 bytes", DNS_A, BYTES("\xc0\x0c\0\1\0\1\0\0\0\1\0\3abc"),
          OUTCOME_MALFORMED },
        { "address of 5 bytes", DNS_A, BYTES("\xc0\x0c\0\1\0\1\0\0\0\1\0\5abcde"),
          OUTCOME_MALFORMED },
        { "no fixed part", DNS_A, BYTES("\xc0\x0c\0\1\0\1\0\0\0"), OUTCOME_MALFORMED },
        { "another class", DNS_A, BYTES("\xc0\x0c\0\1\0\3\0\0\0\1\0\4abcd"), OUTCOME_NODATA },
        { "another type", DNS_A, BYTES("\xc0\x0c\0\x2e\0\1\0\0\0\1\0\4abcd"), OUTCOME_NODATA },
        { "not our name", DNS_A, BYTES("\xc0\x10\0\1\0\1\0\0\0\1\0\4abcd"), OUTCOME_MALFORMED },
        { "owner points to itself", DNS_A, BYTES("\xc0\x22\0\1\0\1\0\0\0\1\0\4abcd"),
          OUTCOME_MALFORMED },
        { "owner points forward", DNS_A, BYTES("\xc0\x2e\0\1\0\1\0\0\0\1\0\4\0bcd"),
          OUTCOME_MALFORMED },
        { "a label of 64", DNS_A, BYTES("\x40\0\1\0\1\0\0\0\1\0\4abcd"), OUTCOME_MALFORMED },
        { "a label of type 2", DNS_A, BYTES("\x80\x0c\0\1\0\1\0\0\0\1\0\4abcd"),
          OUTCOME_MALFORMED },
        { "MX without a name", DNS_MX, BYTES("\xc0\x0c\0\x0f\0\1\0\0\0\1\0\2\0\1"),
          OUTCOME_MALFORMED },
        { "MX with a byte behind", DNS_MX, BYTES("\xc0\x0c\0\x0f\0\1\0\0\0\1\0\5\0\1\xc0\x0c!"),
          OUTCOME_MALFORMED },
        { "MX whose name leaves it", DNS_MX, BYTES("\xc0\x0c\0\x0f\0\1\0\0\0\1\0\4\0\1\1a\0"),
          OUTCOME_MALFORMED },
        { "MX whose pointer is half", DNS_MX, BYTES("\xc0\x0c\0\x0f\0\1\0\0\0\1\0\3\0\1\xc0\x0c"),
          OUTCOME_MALFORMED },
        { "MX that points to itself", DNS_MX, BYTES("\xc0\x0c\0\x0f\0\1\0\0\0\1\0\4\0\1\xc0\x30"),
          OUTCOME_MALFORMED },
        { "CNAME with a byte behind", DNS_A, BYTES("\xc0\x0c\0\5\0\1\0\0\0\1\0\4\1a\0!"),
          OUTCOME_MALFORMED },
        { "empty TXT RDATA is the judge's", DNS_TXT, BYTES("\xc0\x0c\0\x10\0\1\0\0\0\1\0\0"),
          OUTCOME_OK },
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        begin(table[i].type, 0);
        m.data[7] = 1;
        message_bytes(&m, table[i].answer, table[i].len);
        CHECK(read_as(table[i].type) == table[i].expected, "%s: %s", table[i].what,
              outcome_name(answer.outcome));
    }
}

static void test_counts(void)
{
    begin(DNS_A, 0);
    a_record("@", 60);
    m.data[7] = 2;
    CHECK(read_as(DNS_A) == OUTCOME_MALFORMED, "one of two answers");
    m.data[7] = 1;
    m.data[9] = 1;
    CHECK(read_as(DNS_A) == OUTCOME_MALFORMED, "an authority that is not there");
    m.data[9] = 0;
    message_put16(&m, 6, 65535);
    CHECK(read_as(DNS_A) == OUTCOME_MALFORMED, "65535 answers in a small message");
}

/* Every shorter form of a good message is no answer, and touches nothing behind its end. */
static void test_prefixes(void)
{
    begin(DNS_A, 0);
    message_alias(&m, "@", "b.test");
    a_record("b.test", 60);
    message_rr(&m, SECTION_ADDITIONAL, "", 41, 0, "", 0);
    CHECK(read_as(DNS_A) == OUTCOME_OK, "whole: %s", outcome_name(answer.outcome));
    for (size_t len = m.len; len-- > 0;) {
        m.len = len;
        CHECK(read_as(DNS_A) == OUTCOME_MALFORMED, "%zu bytes: %s", len,
              outcome_name(answer.outcome));
    }
}

static void test_head_and_question(void)
{
    uint8_t name[WIRE_NAME_MAX];
    size_t len = wire_name_parse("www.example.test", name);
    struct answer_head head;

    begin(DNS_A, 3);
    m.data[3] |= 0x20;
    CHECK(answer_head(m.data, m.len, &head) && head.id == 0x1234 && head.rcode == 3 &&
              head.authentic && !head.truncated,
          "head");
    CHECK(answer_asks(m.data, m.len, name, len, DNS_A), "in another case");
    CHECK(!answer_asks(m.data, m.len, name, len, DNS_AAAA), "another type");
    for (size_t i = 0; i < m.len; i++)
        CHECK(!answer_asks(m.data, i, name, len, DNS_A), "%zu bytes", i);
    m.data[14] = '-';
    CHECK(!answer_asks(m.data, m.len, name, len, DNS_A), "another name");
    m.data[14] = 'w';
    m.data[12] = 2; /* other labels of the same length in all */
    m.data[15] = 8;
    CHECK(!answer_asks(m.data, m.len, name, len, DNS_A), "other labels");
    m.data[2] &= 0x7f;
    CHECK(!answer_head(m.data, m.len, &head), "a query");
    m.data[2] = 0xa8;
    CHECK(!answer_head(m.data, m.len, &head), "another opcode");
    CHECK(!answer_head(m.data, 11, &head), "11 bytes");
}

/* ---- what costs time ---- */

static double cost_ms(unsigned type)
{
    uint64_t best = UINT64_MAX;

    for (unsigned i = 0; i < 20; i++) {
        uint64_t start = timing_cpu_us(), took;

        read_as(type);
        took = timing_cpu_us() - start;
        best = took < best ? took : best;
    }
    return (double)best / 1000;
}

/* Fill it to 64 KB with records whose owner is a pointer to the record before: a name of as many
 * hops as there are records. */
static void pointer_chain(unsigned type)
{
    size_t before = 12, here;

    begin(type, 0);
    while (m.len + 16 <= sizeof(m.data)) {
        here = m.len;
        message_u16(&m, 0xc000 | (unsigned)(before & 0x3fff));
        message_u16(&m, type);
        message_bytes(&m, "\0\1\0\0\0\1\0\4\1\1\1\1", 12);
        message_put16(&m, 6, ((unsigned)m.data[6] << 8 | m.data[7]) + 1U);
        if (here < 0x4000)
            before = here;
    }
}

/* The same, but every owner and every MX leads into names of 250 bytes. */
static void long_names(unsigned type)
{
    char label[64];
    size_t first;

    begin(type, 0);
    first = m.len;
    memset(label, 'x', 63);
    label[63] = '\0';
    message_put16(&m, 6, 1);
    for (unsigned i = 0; i < 3; i++) {
        message_bytes(&m, "\x3f", 1);
        message_bytes(&m, label, 63);
    }
    message_bytes(&m, "\x37", 1);
    message_bytes(&m, label, 55);
    message_bytes(&m, "\0\0\x10\0\1\0\0\0\1\0\0", 11);
    while (m.len + 16 <= sizeof(m.data)) {
        message_u16(&m, 0xc000 | (unsigned)first);
        message_u16(&m, type);
        message_bytes(&m, "\0\1\0\0\0\1\0\4\0\1", 10);
        message_u16(&m, 0xc000 | (unsigned)first);
        message_put16(&m, 6, ((unsigned)m.data[6] << 8 | m.data[7]) + 1U);
    }
}

/* Fill it with as many aliases as are followed, the last one first, and records that are nobody's.
 */
static void aliases_in_a_crowd(void)
{
    char from[32], to[32];

    begin(DNS_A, 0);
    for (unsigned i = DNS_ALIASES_MAX; i > 0; i--) {
        snprintf(from, sizeof(from), "a%u.test", i - 1);
        snprintf(to, sizeof(to), "a%u.test", i);
        message_alias(&m, i == 1 ? "@" : from, to);
    }
    while (m.len + 32 <= sizeof(m.data))
        message_rr(&m, SECTION_ANSWER, "n.test", DNS_A, 300, "\xc0\0\2\1", 4);
}

static void test_costs(void)
{
    static const unsigned types[] = { DNS_A, DNS_MX, DNS_CNAME };

    for (unsigned i = 0; i < 3; i++) {
        double ms;

        pointer_chain(types[i]);
        ms = cost_ms(types[i] == DNS_CNAME ? DNS_A : types[i]);
        CHECK_COST(ms < 1, "a chain of pointers, type %u: %.3f ms", types[i], ms);
        long_names(types[i]);
        ms = cost_ms(types[i] == DNS_CNAME ? DNS_A : types[i]);
        CHECK_COST(ms < 1, "long names, type %u: %.3f ms", types[i], ms);
    }
    aliases_in_a_crowd();
    CHECK_COST(cost_ms(DNS_A) < 1, "16 aliases in a crowd: %.3f ms", cost_ms(DNS_A));
    begin(DNS_TXT, 0);
    message_txt(&m, "@", 64000);
    CHECK(read_as(DNS_TXT) == OUTCOME_OK && answer.records[0].len == 64251, "64 KB of TXT, %u",
          answer.records[0].len);
    CHECK_COST(cost_ms(DNS_TXT) < 1, "64 KB of TXT");
    begin(DNS_MX, 0);
    for (unsigned i = 0; i < 1000; i++) {
        char host[40];

        snprintf(host, sizeof(host), "mx%u.mail.example.test", i);
        message_mx(&m, "@", i, host);
    }
    CHECK(read_as(DNS_MX) == OUTCOME_OK && answer.record_count == 1000, "1,000 MX: %s",
          outcome_name(answer.outcome));
    CHECK_COST(cost_ms(DNS_MX) < 1, "1,000 MX");
}

/* ldns, which shares nothing with us, must see the same records. */
static void test_against_ldns(void)
{
    ldns_pkt *packet = NULL;
    ldns_rr_list *list;

    begin(DNS_MX, 0);
    message_alias(&m, "@", "b.test");
    message_mx(&m, "b.test", 10, "mx.b.test");
    message_mx(&m, "b.test", 5, "c.test");
    message_rr(&m, SECTION_ADDITIONAL, "", 41, 0, "", 0);
    CHECK(read_as(DNS_MX) == OUTCOME_OK, "%s", outcome_name(answer.outcome));
    CHECK(ldns_wire2pkt(&packet, m.data, m.len) == LDNS_STATUS_OK, "ldns");
    list = ldns_pkt_rr_list_by_type(packet, LDNS_RR_TYPE_MX, LDNS_SECTION_ANSWER);
    CHECK(list != NULL && ldns_rr_list_rr_count(list) == answer.record_count, "count");
    for (size_t i = 0; i < answer.record_count; i++) {
        ldns_rr *rr = ldns_rr_list_rr(list, i);
        const ldns_rdf *target = ldns_rr_rdf(rr, 1);

        CHECK(ldns_rdf_size(target) + 2U == answer.records[i].len &&
                  memcmp(ldns_rdf_data(target), answer.records[i].data + 2,
                         ldns_rdf_size(target)) == 0,
              "record %zu", i);
    }
    ldns_rr_list_deep_free(list);
    ldns_pkt_free(packet);
}

int main(void)
{
    arena_init(&arena, 4096);
    test_plain_answers();
    test_rcodes();
    test_aliases();
    test_alias_limits();
    test_escapes();
    test_compressed_rdata();
    test_broken_records();
    test_counts();
    test_prefixes();
    test_head_and_question();
    test_costs();
    test_against_ldns();
    arena_free(&arena);
    return check_report();
}
