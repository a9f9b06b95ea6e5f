/* MX RRsets: order, null MX (RFC 7505), targets that no mail can go to. */
#include "tests/unit/check.h"
#include "workers/parse/judgement.h"

#define RDATA(bytes)               \
    {                              \
        (bytes), sizeof(bytes) - 1 \
    }
#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HOST(preference, host) "{\"preference\":" preference ",\"host\":\"" host "\"}"
#define BAD(preference, host, violation) \
    "{\"preference\":" preference ",\"host\":\"" host "\",\"violation\":\"" violation "\"}"
#define VALID "{\"verdict\":\"valid\""
#define INVALID(violations) "{\"verdict\":\"invalid\",\"violations\":[" violations "]"
#define SOLE(host, violation) \
    INVALID("\"" violation "\"") ",\"hosts\":[" BAD("10", host, violation) "]}"

static const struct {
    struct bytes rdatas[4]; /* up to the first without data */
    const char *members;
    bool null;
    size_t unreadable;
} rows[] = {
    { { RDATA("\0\12\2mx\1b\1c\0") }, VALID ",\"hosts\":[" HOST("10", "mx.b.c") "]}", false, 0 },
    { { RDATA("\0\12\2Mx\1B\1c\0") }, VALID ",\"hosts\":[" HOST("10", "mx.b.c") "]}", false, 0 },
    /* By preference, then name; preference is a 16-bit number (RFC 1035 §3.3.9). */
    { { RDATA("\377\377\1b\1c\0"), RDATA("\0\12\1z\1c\0"), RDATA("\0\12\1a\1c\0"),
        RDATA("\0\0\1y\1c\0") },
      VALID ",\"hosts\":[" HOST("0", "y.c") "," HOST("10", "a.c") "," HOST("10", "z.c") "," HOST(
          "65535", "b.c") "]}",
      false,
      0 },
    /* The same preference and name once; one name at two preferences is two hosts. */
    { { RDATA("\0\1\1a\1c\0"), RDATA("\0\2\1a\1c\0"), RDATA("\0\1\1A\1C\0") },
      VALID ",\"hosts\":[" HOST("1", "a.c") "," HOST("2", "a.c") "]}",
      false,
      0 },
    { { RDATA("\0\0\0") }, VALID "}", true, 0 },
    { { RDATA("\0\12\0") }, VALID "}", true, 0 }, /* preference 0 is a SHOULD (RFC 7505 §3) */
    { { RDATA("\0\0\0"), RDATA("\0\12\0") }, VALID "}", true, 0 },
    { { RDATA("\0\0\0"), RDATA("\0\12\1b\1c\0") },
      INVALID("\"mx-null-with-others\"") ",\"hosts\":[" BAD(
          "0", ".", "mx-null-with-others") "," HOST("10", "b.c") "]}",
      false,
      0 },
    { { RDATA("\0\12\003192\0010\0012\0011\0") },
      SOLE("192.0.2.1", "mx-target-address"),
      false,
      0 },
    { { RDATA("\0\12\1b\1c\0011\0") }, VALID ",\"hosts\":[" HOST("10", "b.c.1") "]}", false, 0 },
    { { RDATA("\0\12\11localhost\0") }, SOLE("localhost", "mx-target-local"), false, 0 },
    { { RDATA("\0\12\1a\11LOCALHOST\0") }, SOLE("a.localhost", "mx-target-local"), false, 0 },
    { { RDATA("\0\12\2mx\5local\0") }, SOLE("mx.local", "mx-target-local"), false, 0 },
    { { RDATA("\0\12\11localhost\13localdomain\0") },
      SOLE("localhost.localdomain", "mx-target-local"),
      false,
      0 },
    { { RDATA("\0\12\4mail\0") }, SOLE("mail", "mx-target-local"), false, 0 },
    { { RDATA("\0\12\1a\6xlocal\0") }, VALID ",\"hosts\":[" HOST("10", "a.xlocal") "]}", false, 0 },
    { { RDATA("\0\12\3a_b\1c\0") }, VALID ",\"hosts\":[" HOST("10", "a_b.c") "]}", false, 0 },
    { { RDATA("\0\12\3-b-\1c\0") }, VALID ",\"hosts\":[" HOST("10", "-b-.c") "]}", false, 0 },
    /* Bytes that are no host name's, as RFC 1035 §5.1 writes them. */
    { { RDATA("\0\12\1~\1c\0") }, SOLE("~.c", "mx-target-invalid"), false, 0 },
    { { RDATA("\0\12\3a b\1c\0") }, SOLE("a\\\\032b.c", "mx-target-invalid"), false, 0 },
    { { RDATA("\0\12\3a.b\1c\0") }, SOLE("a\\\\.b.c", "mx-target-invalid"), false, 0 },
    { { RDATA("\0\12\1\0\1c\0") }, SOLE("\\\\000.c", "mx-target-invalid"), false, 0 },
    { { RDATA("\0\12\1\377\1c\0") }, SOLE("\\\\255.c", "mx-target-invalid"), false, 0 },
    { { RDATA("\0\12\4a\\\"@\1c\0") },
      SOLE("a\\\\\\\\\\\\\\\"\\\\@.c", "mx-target-invalid"),
      false,
      0 },
    { { RDATA("\0\12\013[192.0.2.1]\0") },
      SOLE("[192\\\\.0\\\\.2\\\\.1]", "mx-target-invalid"),
      false,
      0 },
    { { RDATA("\0\12\1b\1c\0"), RDATA("\0\12\1~\1c\0") },
      INVALID("\"mx-target-invalid\"") ",\"hosts\":[" HOST("10", "b.c") "," BAD(
          "10", "~.c", "mx-target-invalid") "]}",
      false,
      0 },
    { { RDATA("\0\12\77" L63 "\77" L63 "\77" L63 "\75aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
              "aaaaaaaaaaaaaaaa\0") },
      VALID ",\"hosts\":[" HOST("10", L63 "." L63 "." L63 "."
                                          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                          "aaaaa") "]}",
      false,
      0 }, /* 255 bytes on the wire, 253 as text */
    /* Not an MX record's RDATA. */
    { { { NULL, 0 } }, "{\"verdict\":\"absent\"}", false, 0 },
    { { RDATA(""), RDATA("\0"), RDATA("\0\12") }, "{\"verdict\":\"absent\"}", false, 3 },
    { { RDATA("\0\12\1b"), RDATA("\0\12\2b"), RDATA("\0\12\1b\1c") },
      "{\"verdict\":\"absent\"}",
      false,
      3 },
    { { RDATA("\0\12\1b\0x"), RDATA("\0\12\300\14"), RDATA("\0\12\100\0") },
      "{\"verdict\":\"absent\"}",
      false,
      3 },
    { { RDATA("\0\12\77" L63 "\77" L63 "\77" L63 "\77" L63 "\0") },
      "{\"verdict\":\"absent\"}",
      false,
      1 },
    { { RDATA("\0\12\100" L63 "a\1c\0") },
      "{\"verdict\":\"absent\"}",
      false,
      1 }, /* a label of 64 */
    { { RDATA("\0\12\300\14"), RDATA("\0\12\1b\1c\0") },
      VALID ",\"hosts\":[" HOST("10", "b.c") "]}",
      false,
      1 },
};

static void check_row(size_t i)
{
    struct bytes rdatas[4];
    struct arena arena;
    struct mx_set set;
    struct buf out;
    struct json_writer w;
    size_t n = 0;

    for (; n < 4 && rows[i].rdatas[n].data != NULL; n++) {
        rdatas[n].len = rows[i].rdatas[n].len;
        rdatas[n].data = check_at_edge(rows[i].rdatas[n].data, rdatas[n].len);
    }
    arena_init(&arena, 512);
    buf_init(&out, BUF_NO_CEILING);
    json_writer_init(&w, &out);
    mx_set_judge(rdatas, n, &arena, &set);
    json_open_object(&w, NULL);
    judgement_write_mx(&w, &set);
    json_close_object(&w);
    CHECK(out.len == strlen(rows[i].members) && memcmp(out.data, rows[i].members, out.len) == 0,
          "row %zu\n  gave %.*s\n  want %s", i, (int)out.len, out.data, rows[i].members);
    CHECK(set.null == rows[i].null, "row %zu", i);
    CHECK(set.unreadable == rows[i].unreadable, "row %zu: %zu", i, set.unreadable);
    buf_free(&out);
    arena_free(&arena);
}

static void check_choice(bool all, int64_t step, unsigned want)
{
    struct mx_choice choice = { .all = all };
    unsigned taken = 0;

    for (int64_t i = 0; i < 3600; i++)
        taken += mx_choice_takes(&choice, i / step);
    CHECK(taken == want, "%s: %u", all ? "all" : "primary", taken);
}

int main(void)
{
    check_choice(true, 1, MX_HOSTS_PROBED_MAX);
    check_choice(false, 3600, MX_HOSTS_PROBED_MAX);
    check_choice(false, 3, 3);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(i);
    return check_report();
}
