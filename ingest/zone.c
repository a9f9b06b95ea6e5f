#include "ingest/zone.h"

#include <string.h>
#include <strings.h>

enum { TOKENS = 5 };

struct token {
    const char *at;
    size_t len;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The first tokens of a line; a line that begins with space has an empty first one: the owner
 * before. */
static size_t tokens_of(const char *line, size_t len, struct token tokens[TOKENS])
{
    size_t count = 0, i = 0;

    if (len > 0 && is_space(line[0]))
        tokens[count++] = (struct token){ line, 0 };
    while (count < TOKENS) {
        size_t start;

        while (i < len && is_space(line[i]))
            i++;
        if (i == len || line[i] == ';')
            break;
        for (start = i; i < len && !is_space(line[i]) && line[i] != ';';)
            i++;
        tokens[count++] = (struct token){ line + start, i - start };
    }
    return count;
}

static bool token_is(const struct token *t, const char *word)
{
    return strlen(word) == t->len && strncasecmp(t->at, word, t->len) == 0;
}

/* Index of the type behind owner, TTL and class (these two in any order, or not there); 0: none. */
static size_t type_index(const struct token *tokens, size_t count)
{
    size_t i = 1;

    while (i < count && i < 3 && tokens[i].len > 0 &&
           ((tokens[i].at[0] >= '0' && tokens[i].at[0] <= '9') || token_is(&tokens[i], "IN")))
        i++;
    return i + 1 < count ? i : 0;
}

bool zone_is_record(const char *line, size_t len)
{
    static const char *const types[] = { "NS",    "SOA",    "A",     "AAAA", "DS",
                                         "RRSIG", "NSEC",   "NSEC3", "TXT",  "MX",
                                         "CNAME", "DNSKEY", "DNAME", "CAA",  "NSEC3PARAM" };
    struct token tokens[TOKENS] = { 0 };
    size_t type = type_index(tokens, tokens_of(line, len, tokens));

    if (len > 0 && line[0] == '$')
        return strncasecmp(line, "$ORIGIN", len < 7 ? len : 7) == 0 ||
               strncasecmp(line, "$TTL", len < 4 ? len : 4) == 0;
    for (size_t i = 0; type > 0 && i < sizeof(types) / sizeof(types[0]); i++)
        if (token_is(&tokens[type], types[i]))
            return true;
    return false;
}

/* A name as written, made absolute; what is longer than any name is cut, and will be rejected for
 * it. */
static void name_set(const struct zone *z, char out[2 * NAME_SIZE], const struct token *t)
{
    size_t len = t->len < NAME_SIZE ? t->len : NAME_SIZE;
    size_t origin = strlen(z->origin);

    if (token_is(t, "@")) {
        memcpy(out, z->origin, origin + 1);
        return;
    }
    memcpy(out, t->at, len);
    if (len > 0 && out[len - 1] != '.' && origin > 0 && origin < NAME_SIZE - 1) {
        out[len++] = '.';
        memcpy(out + len, z->origin, origin);
        len += origin;
    }
    out[len] = '\0';
}

static void count_parentheses(struct zone *z, const char *line, size_t len)
{
    bool quoted = false;

    for (size_t i = 0; i < len && (quoted || line[i] != ';'); i++) {
        if (line[i] == '"')
            quoted = !quoted;
        else if (!quoted && line[i] == '(')
            z->depth++;
        else if (!quoted && line[i] == ')' && z->depth > 0)
            z->depth--;
    }
}

static enum zone_find directive(struct zone *z, const struct token *tokens, size_t count)
{
    if (count > 1 && token_is(&tokens[0], "$ORIGIN")) {
        char origin[2 * NAME_SIZE];

        name_set(z, origin, &tokens[1]);
        strcpy(z->origin, strcmp(origin, ".") == 0 ? "" : origin);
    }
    return token_is(&tokens[0], "$INCLUDE") || token_is(&tokens[0], "$GENERATE") ? ZONE_DIRECTIVE
                                                                                 : ZONE_NOTHING;
}

enum zone_find zone_line(struct zone *z, const char *line, size_t len)
{
    struct token tokens[TOKENS] = { 0 };
    size_t count = tokens_of(line, len, tokens), type;
    bool continues = z->depth > 0;

    count_parentheses(z, line, len);
    if (count == 0 || continues)
        return ZONE_NOTHING;
    if (tokens[0].len > 0 && tokens[0].at[0] == '$')
        return directive(z, tokens, count);
    if (tokens[0].len > 0)
        name_set(z, z->owner, &tokens[0]);
    if ((type = type_index(tokens, count)) == 0)
        return ZONE_NOTHING;
    if (token_is(&tokens[type], "SOA"))
        strcpy(z->apex, z->owner);
    if (!token_is(&tokens[type], "NS") || strcasecmp(z->owner, z->told) == 0 ||
        strcasecmp(z->owner, z->apex) == 0)
        return ZONE_NOTHING;
    strcpy(z->told, z->owner);
    return ZONE_NAME;
}
