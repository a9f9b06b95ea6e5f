/* SPF records and what they lead to (RFC 7208): a table of names, and the members that a record at
 * example.com then has. */
#include "tests/unit/check.h"
#include "workers/parse/judgement.h"

#define DEAD OUTCOME_SERVFAIL
#define LONGEST 4096

/* ---- the Internet: records in text, "|" between them ---- */

static const struct place {
    const char *name;
    enum spf_ask ask;
    const char *records;
    enum outcome outcome; /* where there are no records */
} places[] = {
    { "net4.test", SPF_ASK_TXT, "v=spf1 ip4:192.0.2.0/24 -all", 0 },
    { "net6.test", SPF_ASK_TXT, "other|v=spf1 ip6:2001:db8::/32 ?all", 0 },
    { "nets.test", SPF_ASK_TXT, "v=spf1 include:net4.test include:net6.test ~all", 0 },
    { "all.test", SPF_ASK_TXT, "v=spf1 +all", 0 },
    { "empty.test", SPF_ASK_TXT, "v=spf1", 0 },
    { "other.test", SPF_ASK_TXT, "some other text", 0 },
    { "nodata.test", SPF_ASK_TXT, NULL, OUTCOME_NODATA },
    { "wrong.test", SPF_ASK_TXT, "v=spf1 foo -all", 0 },
    { "two.test", SPF_ASK_TXT, "v=spf1 -all|v=spf1 ~all", 0 },
    { "dead.test", SPF_ASK_TXT, NULL, DEAD },
    { "late.test", SPF_ASK_TXT, NULL, OUTCOME_TIMEOUT },
    { "bad..test", SPF_ASK_TXT, NULL, OUTCOME_BAD_NAME },
    { "bad..test", SPF_ASK_MX, NULL, OUTCOME_BAD_NAME },
    { "bad..test", SPF_ASK_A, NULL, OUTCOME_BAD_NAME },
    { "bad..test", SPF_ASK_AAAA, NULL, OUTCOME_BAD_NAME },
    { "loop.test", SPF_ASK_TXT, "v=spf1 include:loop.test -all", 0 },
    { "one.test", SPF_ASK_TXT, "v=spf1 include:two-back.test -all", 0 },
    { "two-back.test", SPF_ASK_TXT, "v=spf1 redirect=ONE.test.", 0 },
    { "back.test", SPF_ASK_TXT, "v=spf1 include:example.com -all", 0 },
    { "to-none.test", SPF_ASK_TXT, "v=spf1 redirect=gone.test", 0 },
    { "to-fail.test", SPF_ASK_TXT, "v=spf1 a:host.test redirect=net4.test", 0 },
    { "five.test", SPF_ASK_TXT, "v=spf1 a a a a a -all", 0 },
    { "five.test", SPF_ASK_A, "192.0.2.5", 0 },
    { "nine.test", SPF_ASK_TXT,
      "v=spf1 a:host.test a:host.test a:host.test a:host.test a:host.test a:host.test a:host.test "
      "a:host.test a:host.test -all",
      0 },
    { "twice.test", SPF_ASK_TXT, "v=spf1 include:twice2.test include:twice2.test -all", 0 },
    { "twice2.test", SPF_ASK_TXT, "v=spf1 include:twice3.test include:twice3.test -all", 0 },
    { "twice3.test", SPF_ASK_TXT, "v=spf1 include:twice4.test include:twice4.test -all", 0 },
    { "twice4.test", SPF_ASK_TXT, "v=spf1 include:twice5.test include:twice5.test -all", 0 },
    { "twice5.test", SPF_ASK_TXT, "v=spf1 include:twice6.test include:twice6.test -all", 0 },
    { "twice6.test", SPF_ASK_TXT, "v=spf1 include:net4.test include:net4.test -all", 0 },
    { "sub.example.com", SPF_ASK_TXT, "v=spf1 exists:%{d}.%{o}.x.test a:%{d2}.y.test -all", 0 },
    { "sub.example.com.example.com.x.test", SPF_ASK_A, "127.0.0.2", 0 },
    { "example.com.y.test", SPF_ASK_A, "192.0.2.1", 0 },
    { "host.test", SPF_ASK_A, "192.0.2.1|192.0.2.2", 0 },
    { "host.test", SPF_ASK_AAAA, "2001:db8::1", 0 },
    { "host4.test", SPF_ASK_A, "198.51.100.1", 0 },
    { "host4.test", SPF_ASK_AAAA, NULL, OUTCOME_NODATA },
    { "half.test", SPF_ASK_A, "198.51.100.2", 0 },
    { "half.test", SPF_ASK_AAAA, NULL, DEAD },
    { "sick.test", SPF_ASK_A, NULL, DEAD },
    { "sick.test", SPF_ASK_AAAA, NULL, OUTCOME_NODATA },
    { "mail.test", SPF_ASK_MX, "host.test|host4.test", 0 },
    { "mail-gone.test", SPF_ASK_MX, "host.test|gone.test|gone2.test", 0 },
    { "mail-sick.test", SPF_ASK_MX, "host.test|sick.test", 0 },
    { "mail-dead.test", SPF_ASK_MX, NULL, DEAD },
    { "mail-null.test", SPF_ASK_MX, "", 0 },
    { "mail10.test", SPF_ASK_MX, "host.test|host4.test|m3|m4|m5|m6|m7|m8|m9|m10", 0 },
    { "mail11.test", SPF_ASK_MX, "host.test|host4.test|m3|m4|m5|m6|m7|m8|m9|m10|m11", 0 },
    { "example.com", SPF_ASK_MX, "host4.test", 0 },
    { "example.com", SPF_ASK_A, "203.0.113.1", 0 },
};

#define FAULTS(violations) "{\"verdict\":\"invalid\",\"violations\":[" violations "]"
#define KNOWN(lookups, voids, all) \
    ",\"lookups\":" #lookups ",\"void_lookups\":" #voids ",\"effective_all\":\"" all "\""
#define COUNT(ip4, ip6) ",\"authorised\":{\"ip4\":" #ip4 ",\"ip6_48\":" #ip6 "}}"
#define ABOUT(ip4, ip6) \
    ",\"authorised\":{\"ip4\":" #ip4 ",\"ip6_48\":" #ip6 ",\"approximate\":true}"
#define OWN_FAULTS(violations, lookups) FAULTS(violations) "," lookups "}"

/* members: those that the record alone gives (all, redirect, includes, lookup_terms) are left out.
 */
static const struct row {
    const char *record, *members;
} rows[] = {
    { "v=spf1 -all", "{\"verdict\":\"valid\"" KNOWN(0, 0, "fail") COUNT(0, 0) },
    { "v=spf1 +all", "{\"verdict\":\"valid\",\"violations\":[\"spf-all-pass\"]" KNOWN(0, 0, "pass")
                         COUNT(4294967296, 281474976710656) },
    { "v=spf1", "{\"verdict\":\"valid\",\"violations\":[\"spf-all-missing\"]" KNOWN(0, 0, "neutral")
                    COUNT(0, 0) }, /* §4.7 */
    /* Networks: none twice; the first that matches decides (§4.6.2). */
    { "v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.128/25 ip4:198.51.100.1 ip6:2001:db8::/47 ?all",
      "{\"verdict\":\"valid\"" KNOWN(0, 0, "neutral") COUNT(257, 2) },
    { "v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 ~ip4:192.0.2.2 -all",
      "{\"verdict\":\"valid\"" KNOWN(0, 0, "fail") COUNT(255, 0) },
    { "v=spf1 ?ip4:0.0.0.0/1 +all",
      "{\"verdict\":\"valid\",\"violations\":[\"spf-all-pass\"]" KNOWN(0, 0, "pass")
          COUNT(2147483648, 281474976710656) },
    { "v=spf1 -all ip4:192.0.2.1",
      "{\"verdict\":\"valid\",\"violations\":[\"spf-after-all\"]" KNOWN(0, 0, "fail") COUNT(0, 0) },
    /* include: what passes there matches here (§5.2). */
    { "v=spf1 include:net4.test -all", "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") COUNT(256, 0) },
    { "v=spf1 include:nets.test include:net4.test -all",
      "{\"verdict\":\"valid\"" KNOWN(4, 0, "fail") COUNT(256, 65536) },
    { "v=spf1 -include:net4.test ip4:192.0.2.0/23 -all",
      "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") COUNT(256, 0) },
    { "v=spf1 include:all.test -all",
      "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") COUNT(4294967296, 281474976710656) },
    { "v=spf1 include:empty.test -all", "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") COUNT(0, 0) },
    { "v=spf1 include:NET4.Test. -all",
      "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") COUNT(256, 0) },
    { "v=spf1 include:other.test -all", FAULTS("\"spf-include-none\"") KNOWN(1, 0, "fail") "}" },
    { "v=spf1 include:nodata.test -all", FAULTS("\"spf-include-none\"") KNOWN(1, 1, "fail") "}" },
    { "v=spf1 include:gone.test -all", FAULTS("\"spf-include-none\"") KNOWN(1, 1, "fail") "}" },
    { "v=spf1 include:bad..test -all",
      FAULTS("\"spf-include-none\"") KNOWN(1, 0, "fail") "}" }, /* §4.3 */
    { "v=spf1 include:to-none.test -all", FAULTS("\"spf-redirect-none\"") KNOWN(2, 1, "fail") "}" },
    { "v=spf1 include:wrong.test -all", FAULTS("\"spf-include-invalid\"") KNOWN(1, 0, "fail") "}" },
    { "v=spf1 include:two.test -all", FAULTS("\"spf-include-invalid\"") KNOWN(1, 0, "fail") "}" },
    { "v=spf1 -all include:gone.test",
      "{\"verdict\":\"valid\",\"violations\":[\"spf-after-all\"]" KNOWN(0, 0, "fail") COUNT(0, 0) },
    /* redirect (§6.1) */
    { "v=spf1 redirect=net4.test", "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") COUNT(256, 0) },
    { "v=spf1 ip4:198.51.100.1 redirect=to-fail.test",
      "{\"verdict\":\"valid\"" KNOWN(3, 0, "fail") COUNT(257, 1) },
    { "v=spf1 redirect=net6.test -ip6:2001:db8::/33",
      "{\"verdict\":\"valid\"" KNOWN(1, 0, "neutral") COUNT(0, 32768) },
    { "v=spf1 redirect=empty.test", "{\"verdict\":\"valid\"" KNOWN(1, 0, "neutral") COUNT(0, 0) },
    { "v=spf1 redirect=gone.test",
      FAULTS("\"spf-redirect-none\"") ",\"lookups\":1,\"void_lookups\":1}" },
    { "v=spf1 redirect=wrong.test",
      FAULTS("\"spf-redirect-invalid\"") ",\"lookups\":1,\"void_lookups\":0}" },
    { "v=spf1 -all redirect=gone.test",
      "{\"verdict\":\"valid\",\"violations\":[\"spf-redirect-ignored\"]" KNOWN(0, 0, "fail")
          COUNT(0, 0) },
    /* Loops */
    { "v=spf1 include:example.com -all", FAULTS("\"spf-loop\"") KNOWN(1, 0, "fail") "}" },
    { "v=spf1 include:EXAMPLE.com. -all", FAULTS("\"spf-loop\"") KNOWN(1, 0, "fail") "}" },
    { "v=spf1 include:%{d} -all", FAULTS("\"spf-loop\"") KNOWN(1, 0, "fail") "}" },
    { "v=spf1 redirect=example.com", FAULTS("\"spf-loop\"") ",\"lookups\":1,\"void_lookups\":0}" },
    { "v=spf1 include:loop.test -all", FAULTS("\"spf-loop\"") KNOWN(2, 0, "fail") "}" },
    { "v=spf1 include:one.test -all", FAULTS("\"spf-loop\"") KNOWN(3, 0, "fail") "}" },
    { "v=spf1 include:back.test -all", FAULTS("\"spf-loop\"") KNOWN(2, 0, "fail") "}" },
    { "v=spf1 include:net4.test include:net4.test -all",
      "{\"verdict\":\"valid\"" KNOWN(2, 0, "fail") COUNT(256, 0) }, /* twice is none */
    /* a and mx */
    { "v=spf1 a -all", "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") COUNT(1, 0) },
    { "v=spf1 a/24 mx//64 -all", "{\"verdict\":\"valid\"" KNOWN(2, 0, "fail") COUNT(257, 0) },
    { "v=spf1 a:host.test/25//32 -all",
      "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") COUNT(128, 65536) },
    { "v=spf1 mx:mail.test mx -all", "{\"verdict\":\"valid\"" KNOWN(2, 0, "fail") COUNT(3, 1) },
    { "v=spf1 mx:mail-null.test -all", "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") COUNT(0, 0) },
    { "v=spf1 a:bad..test mx:bad..test exists:bad..test -all",
      "{\"verdict\":\"valid\"" KNOWN(3, 0, "fail") COUNT(0, 0) },
    { "v=spf1 mx:mail10.test -all", "{\"verdict\":\"valid\"" KNOWN(1, 1, "fail") COUNT(3, 1) },
    { "v=spf1 mx:mail11.test -all", FAULTS("\"spf-too-many-mx\"") KNOWN(1, 0, "fail") "}" },
    /* Void lookups: terms of which a name has nothing, two at the most (§4.6.4). */
    { "v=spf1 a:gone.test mx:gone.test -all",
      "{\"verdict\":\"valid\"" KNOWN(2, 2, "fail") COUNT(0, 0) },
    { "v=spf1 a:gone.test mx:gone.test exists:gone.test -all",
      FAULTS("\"spf-too-many-voids\"") KNOWN(3, 3, "fail") "}" },
    { "v=spf1 mx:mail-gone.test a:host4.test -all",
      "{\"verdict\":\"valid\"" KNOWN(2, 1, "fail") COUNT(3, 1) },
    /* exists without a message: everybody or nobody (§5.7) */
    { "v=spf1 exists:host.test -all",
      "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") COUNT(4294967296, 281474976710656) },
    { "v=spf1 -exists:host.test ip4:192.0.2.1 -all",
      "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") COUNT(0, 0) },
    { "v=spf1 exists:gone.test -all", "{\"verdict\":\"valid\"" KNOWN(1, 1, "fail") COUNT(0, 0) },
    { "v=spf1 include:sub.example.com -all",
      "{\"verdict\":\"valid\"" KNOWN(3, 0, "fail") COUNT(4294967296, 281474976710656) },
    /* What takes a message */
    { "v=spf1 ptr ip4:192.0.2.1 -all",
      "{\"verdict\":\"valid\",\"violations\":[\"spf-ptr\"]" KNOWN(1, 0, "fail") ABOUT(1, 0) "}" },
    { "v=spf1 include:%{i}.x.test a:%{h} exists:%{i}.x.test -all",
      "{\"verdict\":\"valid\"" KNOWN(3, 0, "fail")
          ABOUT(0, 0) ",\"unfollowed\":[\"%{i}.x.test\",\"%{h}\"]}" },
    { "v=spf1 redirect=%{l}.x.test",
      "{\"verdict\":\"valid\",\"lookups\":1,\"void_lookups\":0" ABOUT(
          0, 0) ",\"unfollowed\":[\"%{l}.x.test\"]}" },
    /* Ten lookups (§4.6.4) */
    { "v=spf1 include:nine.test -all", "{\"verdict\":\"valid\"" KNOWN(10, 0, "fail") COUNT(2, 1) },
    { "v=spf1 include:five.test include:five.test -all",
      FAULTS("\"spf-too-many-lookups\"") ",\"lookups\":12,\"effective_all\":\"fail\"}" },
    { "v=spf1 include:nine.test a -all",
      FAULTS("\"spf-too-many-lookups\"") ",\"lookups\":11,\"effective_all\":\"fail\"}" },
    { "v=spf1 include:nine.test a:sick.test -all",
      FAULTS("\"spf-too-many-lookups\"") ",\"lookups\":11,\"effective_all\":\"fail\"}" },
    { "v=spf1 a a a a a a a a a a redirect=nets.test",
      FAULTS("\"spf-too-many-lookups\"") ",\"lookups\":13,\"effective_all\":\"softfail\"}" },
    { "v=spf1 include:twice.test -all",
      FAULTS("\"spf-too-many-lookups\"") ",\"lookups\":51,\"effective_all\":\"fail\"}" },
    /* Failed lookups: unknown what they could change, and nothing else. */
    { "v=spf1 include:dead.test -all",
      "{\"verdict\":\"unknown\",\"effective_all\":\"fail\",\"unresolved\":[\"dead.test\"]}" },
    { "v=spf1 include:late.test include:dead.test include:dead.test ~all",
      "{\"verdict\":\"unknown\",\"effective_all\":\"softfail\",\"unresolved\":[\"late.test\","
      "\"dead.test\"]}" },
    { "v=spf1 redirect=dead.test", "{\"verdict\":\"unknown\",\"unresolved\":[\"dead.test\"]}" },
    { "v=spf1 include:dead.test include:gone.test -all",
      FAULTS(
          "\"spf-include-none\"") ",\"effective_all\":\"fail\",\"unresolved\":[\"dead.test\"]}" },
    { "v=spf1 include:dead.test include:nine.test a -all",
      FAULTS("\"spf-too-many-lookups\"") ",\"effective_all\":\"fail\",\"unresolved\":[\"dead."
                                         "test\"]}" },
    { "v=spf1 mx:mail-dead.test -all", "{\"verdict\":\"unknown\",\"lookups\":1,\"effective_all\":"
                                       "\"fail\",\"unresolved\":[\"mail-dead.test\"]}" },
    { "v=spf1 a:sick.test -all", "{\"verdict\":\"valid\",\"lookups\":1,\"effective_all\":\"fail\","
                                 "\"unresolved\":[\"sick.test\"]}" },
    { "v=spf1 a:half.test -all",
      "{\"verdict\":\"valid\"" KNOWN(1, 0, "fail") ",\"unresolved\":[\"half.test\"]}" },
    { "v=spf1 mx:mail-sick.test -all", "{\"verdict\":\"valid\",\"lookups\":1,\"effective_all\":"
                                       "\"fail\",\"unresolved\":[\"sick.test\"]}" },
    { "v=spf1 a:sick.test a:gone.test a:gone.test -all",
      "{\"verdict\":\"unknown\",\"lookups\":3,\"effective_all\":\"fail\",\"unresolved\":[\"sick."
      "test\"]}" },
};

/* ---- reading a place ---- */

static void read_record(struct spf_source *s, enum spf_ask ask, const char *text, size_t len,
                        struct arena *arena)
{
    char *copy = arena_strndup(arena, text, len);

    if (ask == SPF_ASK_MX)
        ((const char **)s->hosts)[s->count++] = copy;
    else
        address_parse((struct address *)&s->addresses[s->count++], copy);
}

static struct spf_source *read_place(const struct place *p, struct arena *arena)
{
    struct spf_source *s = arena_alloc(arena, sizeof(*s));
    struct bytes *txts = arena_array(arena, 16, sizeof(*txts));
    struct bytes rest = bytes_of(p->records != NULL ? p->records : ""), piece;
    size_t count = 0;

    s->outcome = p->outcome;
    s->hosts = arena_array(arena, 16, sizeof(*s->hosts));
    s->addresses = arena_array(arena, 16, sizeof(*s->addresses));
    while (rest.len > 0 && bytes_split(&rest, '|', &piece)) {
        if (p->ask == SPF_ASK_TXT)
            txts[count++] = (struct bytes){ check_at_edge(piece.data, piece.len), piece.len };
        else
            read_record(s, p->ask, piece.data, piece.len, arena);
    }
    spf_judge(txts, count, arena, &s->record);
    return s;
}

static struct spf_source *sources[sizeof(places) / sizeof(places[0])];
static struct spf_source nowhere = { .outcome = OUTCOME_NXDOMAIN };

/* What is known already, in the waves that an evaluation comes in. */
struct knowledge {
    bool known[sizeof(places) / sizeof(places[0])], asked[sizeof(places) / sizeof(places[0])];
    bool all;
};

static const struct spf_source *find(void *context, const char *name, enum spf_ask ask)
{
    struct knowledge *k = context;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (places[i].ask != ask || strcmp(places[i].name, name) != 0)
            continue;
        k->asked[i] = true;
        return k->all || k->known[i] ? sources[i] : NULL;
    }
    return &nowhere;
}

/* ---- rows ---- */

/* Without what the record alone gives. */
static void drop_own(char *members)
{
    static const char *const own[] = { ",\"all\":\"", ",\"redirect\":\"", ",\"includes\":[",
                                       ",\"lookup_terms\":" };
    static const char *const ends[] = { "\"", "\"", "]", "" };

    for (size_t i = 0; i < 4; i++) {
        char *at = strstr(members, own[i]), *end;

        if (at == NULL)
            continue;
        end = at + strlen(own[i]);
        end = ends[i][0] != '\0' ? strstr(end, ends[i]) + 1 : end + strspn(end, "0123456789");
        memmove(at, end, strlen(end) + 1);
    }
}

static void print(const char *record, struct knowledge *k, struct spf_tree *t, char *members)
{
    struct bytes txt = { check_at_edge(record, strlen(record)), strlen(record) };
    struct json_writer w;
    struct arena arena;
    struct buf out;
    struct spf r;

    arena_init(&arena, 512);
    buf_init(&out, LONGEST - 1);
    json_writer_init(&w, &out);
    spf_judge(&txt, 1, &arena, &r);
    CHECK(r.sound, "%s", record);
    spf_tree_grow("example.com", &r, find, k, &arena, t);
    json_open_object(&w, NULL);
    judgement_write_spf_tree(&w, &r, t);
    json_close_object(&w);
    memcpy(members, out.data, out.len);
    members[out.len] = '\0';
    drop_own(members);
    buf_free(&out);
    arena_free(&arena);
}

/* The same comes of it whether all is known at once or wave by wave, and no wave asks for nothing.
 */
static void check_waves(const struct row *row)
{
    struct knowledge k = { 0 };
    char members[LONGEST];
    struct spf_tree t;

    for (unsigned wave = 0; wave < 20; wave++) {
        bool news = false;

        print(row->record, &k, &t, members);
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            news |= k.asked[i] && !k.known[i];
            k.known[i] |= k.asked[i];
        }
        if (t.complete)
            break;
        CHECK(news, "%s: wave %u", row->record, wave);
    }
    CHECK(t.complete && strcmp(members, row->members) == 0, "%s\n  gave %s\n  want %s", row->record,
          members, row->members);
}

int main(void)
{
    struct arena arena;

    arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        sources[i] = read_place(&places[i], &arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct knowledge k = { .all = true };
        char members[LONGEST];
        struct spf_tree t;

        print(rows[i].record, &k, &t, members);
        CHECK(t.complete && strcmp(members, rows[i].members) == 0, "%s\n  gave %s\n  want %s",
              rows[i].record, members, rows[i].members);
        check_waves(&rows[i]);
    }
    return check_report();
}
