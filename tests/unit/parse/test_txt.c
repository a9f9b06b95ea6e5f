/* TXT RDATA (RFC 1035 §3.3.14), tag lists and URIs: what the parsers stand on. */
#include "tests/unit/check.h"
#include "workers/parse/judgement.h"
#include "workers/parse/taglist.h"
#include "workers/parse/txt.h"
#include "workers/parse/uri.h"

static const struct {
    const char *rdata;
    size_t len;
    bool good;
    const char *text;
    size_t text_len;
} rdatas[] = {
    { "\3abc", 4, true, "abc", 3 },
    { "\3abc\2de", 7, true, "abcde", 5 }, /* joined without a space (RFC 7208 §3.3) */
    { "\0", 1, true, "", 0 },
    { "\0\0\0", 3, true, "", 0 },
    { "\0\3abc\0", 6, true, "abc", 3 },
    { "\1a\0\1b", 5, true, "ab", 2 },
    { "\3a\0b", 4, true, "a\0b", 3 },
    { "", 0, false, "", 0 }, /* "one or more <character-string>s" */
    { "\1", 1, false, "", 0 },
    { "\4abc", 4, false, "", 0 },
    { "\3abc\1", 5, false, "", 0 },
    { "\377abc", 4, false, "", 0 },
};

static void check_rdatas(void)
{
    for (size_t i = 0; i < sizeof(rdatas) / sizeof(rdatas[0]); i++) {
        const char *rdata = check_at_edge(rdatas[i].rdata, rdatas[i].len);
        struct arena arena;
        struct bytes text;

        arena_init(&arena, 64);
        CHECK(txt_join((const uint8_t *)rdata, rdatas[i].len, &arena, &text) == rdatas[i].good,
              "row %zu", i);
        CHECK(text.len == rdatas[i].text_len && memcmp(text.data, rdatas[i].text, text.len) == 0,
              "row %zu: %.*s", i, (int)text.len, text.data);
        arena_free(&arena);
    }
}

/* The longest RDATA there is: 65,535 bytes, the last string one short of full. */
static void check_longest(void)
{
    static char rdata[65535];
    struct arena arena;
    struct bytes text;
    char *edge;

    memset(rdata, 'x', sizeof(rdata));
    for (size_t at = 0; at < sizeof(rdata); at += 256)
        rdata[at] = (char)(at + 256 <= sizeof(rdata) ? 255 : sizeof(rdata) - at - 1);
    memcpy(rdata + 1, "v=spf1 ", 7);
    edge = check_at_edge(rdata, sizeof(rdata));
    arena_init(&arena, 64);
    CHECK(txt_join((const uint8_t *)edge, sizeof(rdata), &arena, &text), "longest");
    CHECK(text.len == 65279, "%zu", text.len);
    CHECK(memcmp(text.data, "v=spf1 xxx", 10) == 0 && text.data[65278] == 'x', "joined");
    arena_free(&arena);
}

/* Every judgement over 64 KB of one byte behind each version: bounded, and never valid. */
static void check_giants(void)
{
    static const char *const versions[] = { "v=spf1 ",     "v=DMARC1;", "v=STSv1;",
                                            "v=TLSRPTv1;", "v=BIMI1;",  "\3\1\1" };
    static const char fillers[] = " ;:,=./%ax@!\t\0\xff";
    static char giant[65279];

    for (size_t v = 0; v < sizeof(versions) / sizeof(versions[0]); v++) {
        for (size_t f = 0; f < sizeof(fillers) - 1; f++) {
            const struct judgement *j;
            struct bytes text = { giant, sizeof(giant) };

            memset(giant, fillers[f], sizeof(giant));
            memcpy(giant, versions[v], strlen(versions[v]));
            for (size_t i = 0; (j = judgement_at(i)) != NULL; i++) {
                struct arena arena;
                struct buf out;
                struct json_writer w;
                enum verdict verdict;

                arena_init(&arena, 4096);
                buf_init(&out, BUF_NO_CEILING);
                json_writer_init(&w, &out);
                verdict = j->write(&w, &text, 1, &arena);
                CHECK(verdict != VERDICT_VALID || (v == 0 && f == 0), "%s %zu %zu", j->kind, v, f);
                CHECK(arena.total < 4 << 20, "%s holds %zu bytes", j->kind, arena.total);
                buf_free(&out);
                arena_free(&arena);
            }
        }
    }
}

static const struct {
    const char *text, *tags; /* each as name=value, "!" empty, "?" without "=", "~" spaced */
} lists[] = {
    { "", "" },
    { ";", "!" },
    { ";;", "!!" },
    { "a=b", "a=b" },
    { "a=b;", "a=b" },
    { "a=b; \t", "a=b" },
    { "a=b;;", "a=b!" },
    { " a=b ; c=d ", "a=bc=d" },
    { "a = b", "~a=b" },
    { "a= b", "~a=b" },
    { "a=b c", "a=b c" },
    { "a=b=c", "a=b=c" },
    { "a", "?a" },
    { "=", "=" },
    { "a=", "a=" },
    { "a= ", "a=" }, /* what is trimmed at a tag's end is no space around "=" */
    { " ;a", "!?a" },
};

static void check_lists(void)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        size_t len = strlen(lists[i].text);
        struct taglist list;
        struct tag tag;
        char seen[64] = "";

        taglist_begin(&list, (struct bytes){ check_at_edge(lists[i].text, len), len });
        while (taglist_next(&list, &tag)) {
            size_t used = strlen(seen);

            snprintf(seen + used, sizeof(seen) - used, "%s%.*s%s%.*s",
                     tag.empty     ? "!"
                     : !tag.equals ? "?"
                     : tag.spaced  ? "~"
                                   : "",
                     (int)tag.name.len, tag.name.data, tag.equals ? "=" : "", (int)tag.value.len,
                     tag.value.data);
        }
        CHECK(strcmp(seen, lists[i].tags) == 0, "%s: %s", lists[i].text, seen);
    }
}

static const struct {
    const char *text;
    bool valid;
} uris[] = {
    { "mailto:a@b.c", true },
    { "MAILTO:a@b.c", true },
    { "mailto:a%40x@b.c", true },
    { "mailto:a@b.c?subject=x", true },
    { "mailto:a@b.c,d@e.f", true },
    { "mailto:", false },
    { "mailto:a", false },
    { "mailto:a?x=@b.c", false }, /* the "@" is in a header field */
    { "mailto: a@b.c", false },
    { "https://b.c", true },
    { "https://b.c/x?y#z", true },
    { "https://b.c/x#y#z", false },
    { "https://[2001:db8::1]/", true },
    { "https:b.c", false },
    { "https://", false },
    { "https:///x", false },
    { "https://:1/", false },
    { "https://b.c/%4", false },
    { "https://b.c/%zz", false },
    { "https://b.c/%4F", true },
    { "https://b.c/<x>", false },
    { "https://b.c/\"", false },
    { "https://b.c/\x7f", false },
    { "https://b.c/\xc3\xa4", false },
    { "ftp:x", true },
    { "x-y+z.1:a", true },
    { "1x:a", false },
    { ":a", false },
    { "a:", false },
    { "a", false },
    { "", false },
};

int main(void)
{
    check_rdatas();
    check_longest();
    check_giants();
    check_lists();
    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        size_t len = strlen(uris[i].text);
        struct bytes uri = { check_at_edge(uris[i].text, len), len };

        CHECK(uri_valid(uri) == uris[i].valid, "%s", uris[i].text);
    }
    CHECK(judgement_find("mta-sts") != NULL &&
              strcmp(judgement_find("mta-sts")->member, "mta_sts") == 0,
          "by its kind");
    CHECK(judgement_find("mta_sts") == NULL && judgement_find("") == NULL, "no other name");
    return check_report();
}
