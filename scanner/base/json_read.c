#include "scanner/base/json_read.h"

#include <string.h>
#include <yajl/yajl_parse.h>

#include "scanner/base/utf8.h"

#define DEPTH_MAX 64

/* A tree under construction: the open containers, and where the next value goes in each. */
struct builder {
    struct arena *arena;
    struct json *root;
    struct json *open[DEPTH_MAX];
    struct json **tail[DEPTH_MAX + 1];
    unsigned depth;
    const char *key;
    uint32_t key_len;
};

static struct json *add(struct builder *b, enum json_type type)
{
    struct json *node = arena_alloc(b->arena, sizeof(*node));

    node->type = type;
    node->key = b->key;
    node->key_len = b->key_len;
    b->key = NULL;
    b->key_len = 0;
    *b->tail[b->depth] = node;
    b->tail[b->depth] = &node->next;
    if (b->depth > 0)
        b->open[b->depth - 1]->len++;
    return node;
}

static int on_null(void *context)
{
    add(context, JSON_NULL);
    return 1;
}

static int on_boolean(void *context, int value)
{
    add(context, JSON_BOOL)->boolean = value != 0;
    return 1;
}

static int on_integer(void *context, long long value)
{
    add(context, JSON_INT)->integer = value;
    return 1;
}

static int on_double(void *context, double value)
{
    add(context, JSON_REAL)->real = value;
    return 1;
}

static int on_string(void *context, const unsigned char *s, size_t len)
{
    struct builder *b = context;
    struct json *node = add(b, JSON_STRING);

    node->string = arena_strndup(b->arena, (const char *)s, len);
    node->len = (uint32_t)len;
    return 1;
}

static int on_key(void *context, const unsigned char *s, size_t len)
{
    struct builder *b = context;

    b->key = arena_strndup(b->arena, (const char *)s, len);
    b->key_len = (uint32_t)len;
    return 1;
}

static int open_container(struct builder *b, enum json_type type)
{
    struct json *node;

    if (b->depth == DEPTH_MAX)
        return 0;
    node = add(b, type);
    b->open[b->depth++] = node;
    b->tail[b->depth] = &node->child;
    return 1;
}

static int on_open_object(void *context)
{
    return open_container(context, JSON_OBJECT);
}

static int on_open_array(void *context)
{
    return open_container(context, JSON_ARRAY);
}

static int on_close(void *context)
{
    struct builder *b = context;

    b->depth--;
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_integer = on_integer,
    .yajl_double = on_double,
    .yajl_string = on_string,
    .yajl_start_map = on_open_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_close,
    .yajl_start_array = on_open_array,
    .yajl_end_array = on_close,
};

static struct json *parse(struct arena *arena, const char *text, size_t len, bool utf8)
{
    struct builder b = { .arena = arena };
    yajl_handle parser;
    bool whole;

    b.tail[0] = &b.root;
    parser = yajl_alloc(&callbacks, NULL, &b);
    whole = parser != NULL && yajl_config(parser, yajl_dont_validate_strings, utf8 ? 0 : 1) != 0 &&
            yajl_parse(parser, (const unsigned char *)text, len) == yajl_status_ok &&
            yajl_complete_parse(parser) == yajl_status_ok;
    if (parser != NULL)
        yajl_free(parser);
    return whole ? b.root : NULL;
}

struct json *json_parse(struct arena *arena, const char *text, size_t len)
{
    return parse(arena, text, len, true);
}

static bool is_utf8(const char *text, size_t len)
{
    size_t n = 1;

    for (size_t at = 0; at < len && n > 0; at += n)
        n = utf8_length((const uint8_t *)text + at, len - at);
    return n > 0;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The byte that the escape at text stands for; 0 where it is no \u0080 to \u00ff. */
static uint8_t escaped_byte(const char *text, size_t len)
{
    int high, low;

    if (len < 6 || memcmp(text, "\\u00", 4) != 0)
        return 0;
    high = hex_value(text[4]);
    low = hex_value(text[5]);
    return high >= 8 && low >= 0 ? (uint8_t)(high << 4 | low) : 0;
}

/* text with each such escape replaced by its byte; returns the length. */
static size_t unescape_bytes(const char *text, size_t len, char *out)
{
    size_t used = 0;

    for (size_t at = 0; at < len;) {
        uint8_t byte = text[at] == '\\' ? escaped_byte(text + at, len - at) : 0;

        if (byte != 0) {
            out[used++] = (char)byte;
            at += 6;
        } else {
            if (text[at] == '\\' && at + 1 < len)
                out[used++] = text[at++];
            out[used++] = text[at++];
        }
    }
    return used;
}

struct json *json_parse_bytes(struct arena *arena, const char *text, size_t len)
{
    char *bytes;

    if (!is_utf8(text, len))
        return NULL;
    bytes = arena_alloc(arena, len + 1);
    return parse(arena, bytes, unescape_bytes(text, len, bytes), false);
}

const struct json *json_first(const struct json *container)
{
    if (container == NULL || (container->type != JSON_OBJECT && container->type != JSON_ARRAY))
        return NULL;
    return container->child;
}

const struct json *json_get(const struct json *object, const char *key)
{
    size_t len = strlen(key);

    if (object == NULL || object->type != JSON_OBJECT)
        return NULL;
    for (const struct json *n = object->child; n != NULL; n = n->next)
        if (n->key_len == len && memcmp(n->key, key, len) == 0)
            return n;
    return NULL;
}

const char *json_string(const struct json *node)
{
    return node != NULL && node->type == JSON_STRING ? node->string : NULL;
}

const char *json_get_string(const struct json *object, const char *key)
{
    return json_string(json_get(object, key));
}

int64_t json_get_int(const struct json *object, const char *key, int64_t otherwise)
{
    const struct json *n = json_get(object, key);

    return n != NULL && n->type == JSON_INT ? n->integer : otherwise;
}

bool json_get_bool(const struct json *object, const char *key, bool otherwise)
{
    const struct json *n = json_get(object, key);

    return n != NULL && n->type == JSON_BOOL ? n->boolean : otherwise;
}

bool json_is(const struct json *node, const char *string)
{
    const char *s = json_string(node);

    return s != NULL && node->len == strlen(string) && memcmp(s, string, node->len) == 0;
}
