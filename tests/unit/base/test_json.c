/* JSON writer and reader: what goes in comes out, and nothing a stranger sends stays dangerous. */
#include "scanner/base/json_read.h"
#include "scanner/base/json_write.h"
#include "tests/unit/check.h"

static const struct {
    const char *in;
    size_t len;
    const char *out;
} strings[] = {
    { "plain", 5, "\"plain\"" },
    { "say \"hi\" \\", 10, "\"say \\\"hi\\\" \\\\\"" },
    { "a\r\n\tb", 5, "\"a\\r\\n\\tb\"" },
    { "nul\0x", 5, "\"nul\\u0000x\"" },
    { "\x1b[31m", 5, "\"\\u001b[31m\"" },    /* terminal escape */
    { "\x7f", 1, "\"\\u007f\"" },            /* DEL */
    { "\xc2\x9b", 2, "\"\\u00c2\\u009b\"" }, /* C1 CSI in UTF-8 */
    { "\x9b", 1, "\"\\u009b\"" },            /* and as a lone byte */
    { "gr\xc3\xbc\xc3\x9f", 6, "\"gr\xc3\xbc\xc3\x9f\"" },
    { "\xff\xfe", 2, "\"\\u00ff\\u00fe\"" },
    { "\xc3", 1, "\"\\u00c3\"" },            /* cut in mid-sequence */
    { "\xc0\xaf", 2, "\"\\u00c0\\u00af\"" }, /* overlong */
    { "\xe0\x80\xaf", 3, "\"\\u00e0\\u0080\\u00af\"" },
    { "\xed\xa0\x80", 3, "\"\\u00ed\\u00a0\\u0080\"" },            /* surrogate */
    { "\xf4\x90\x80\x80", 4, "\"\\u00f4\\u0090\\u0080\\u0080\"" }, /* past U+10FFFF */
    { "\xf0\x9f\x93\xa7", 4, "\"\xf0\x9f\x93\xa7\"" },
};

static void test_strings(void)
{
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        struct buf out;
        struct json_writer w;

        buf_init(&out, BUF_NO_CEILING);
        json_writer_init(&w, &out);
        json_write_bytes(&w, NULL, check_at_edge(strings[i].in, strings[i].len), strings[i].len);
        CHECK(out.len == strlen(strings[i].out) && memcmp(out.data, strings[i].out, out.len) == 0,
              "row %zu: %.*s", i, (int)out.len, out.data);
        buf_free(&out);
    }
}

/* Whatever was written comes back byte for byte, which text of JSON alone would not. */
static void test_bytes(void)
{
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        const char *text = check_at_edge(strings[i].out, strlen(strings[i].out));
        struct arena arena;
        const struct json *n;

        arena_init(&arena, 64);
        n = json_parse_bytes(&arena, text, strlen(strings[i].out));
        CHECK(n != NULL && n->type == JSON_STRING && n->len == strings[i].len &&
                  memcmp(n->string, strings[i].in, n->len) == 0,
              "row %zu", i);
        arena_free(&arena);
    }
}

static const struct {
    const char *text, *value; /* NULL: refused */
} escapes[] = {
    { "\"\xc3\xa9\"", "\xc3\xa9" }, /* unescaped: text */
    { "\"\\u00e9\"", "\xe9" },      /* escaped: a byte */
    { "\"\\u00E9\\u00fF\"", "\xe9\xff" },
    { "\"\\u007f\\u0100\"", "\x7f\xc4\x80" },
    { "\"\\\\u00e9\"", "\\u00e9" }, /* a backslash, then letters */
    { "\"\\\\\\u00e9\"", "\\\xe9" },
    { "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
    { "\"\xe9\"", NULL },
    { "\"\\u00e\"", NULL },
    { "\"\\", NULL },
    { "\"\n\"", NULL },
};

static void test_escapes(void)
{
    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
        size_t len = strlen(escapes[i].text);
        struct arena arena;
        const char *s;

        arena_init(&arena, 64);
        s = json_string(json_parse_bytes(&arena, check_at_edge(escapes[i].text, len), len));
        CHECK(s == NULL ? escapes[i].value == NULL
                        : escapes[i].value != NULL && strcmp(s, escapes[i].value) == 0,
              "row %zu: %s", i, escapes[i].text);
        arena_free(&arena);
    }
}

static void test_round_trip(void)
{
    const char *expected = "{\"s\":\"x\",\"n\":-5,\"list\":[1,true,null,{\"k\":\"v\"},[]],\"d\":1."
                           "5,\"none\":null}";
    struct buf out;
    struct json_writer w;
    struct arena arena;
    const struct json *root, *list;

    buf_init(&out, BUF_NO_CEILING);
    json_writer_init(&w, &out);
    json_open_object(&w, NULL);
    json_write_string(&w, "s", "x");
    json_write_int(&w, "n", -5);
    json_open_array(&w, "list");
    json_write_int(&w, NULL, 1);
    json_write_bool(&w, NULL, true);
    json_write_null(&w, NULL);
    json_open_object(&w, NULL);
    json_write_string(&w, "k", "v");
    json_close_object(&w);
    json_open_array(&w, NULL);
    json_close_array(&w);
    json_close_array(&w);
    json_write_double(&w, "d", 1.5);
    json_write_string(&w, "none", NULL);
    json_close_object(&w);
    CHECK(out.len == strlen(expected) && memcmp(out.data, expected, out.len) == 0, "%.*s",
          (int)out.len, out.data);

    arena_init(&arena, 64);
    root = json_parse(&arena, out.data, out.len);
    list = json_get(root, "list");
    CHECK(json_get_int(root, "n", 0) == -5, "integer");
    CHECK(list != NULL && list->len == 5, "elements are counted");
    CHECK(json_is(json_get(json_first(list)->next->next->next, "k"), "v"), "path");
    CHECK(json_get_string(root, "none") == NULL && json_get_string(NULL, "s") == NULL,
          "missing is NULL");
    CHECK(json_get(root, "absent") == NULL && json_get_int(root, "s", 7) == 7,
          "another type is missing");
    arena_free(&arena);
    buf_free(&out);
}

static void test_refusals(void)
{
    static const char *const texts[] = { "",      "{",   "{\"a\":}", "[1,]",
                                         "{} {}", "nul", "\"\xff\"", "{\"a\" 1}" };
    char deep[200];
    struct arena arena;

    arena_init(&arena, 64);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CHECK(json_parse(&arena, texts[i], strlen(texts[i])) == NULL, "%s", texts[i]);
    memset(deep, '[', 100);
    memset(deep + 100, ']', 100);
    CHECK(json_parse(&arena, deep, sizeof(deep)) == NULL, "too deep");
    CHECK(json_parse(&arena, deep + 50, 100) != NULL, "deep enough");
    arena_free(&arena);
}

int main(void)
{
    test_strings();
    test_bytes();
    test_escapes();
    test_round_trip();
    test_refusals();
    return check_report();
}
