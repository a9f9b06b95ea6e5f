#include "workers/parse/mx_set.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define WIRE_NAME_MAX 255 /* RFC 1035 §2.3.4 */

static bool is_host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || ascii_is_digit(c) || c == '-' || c == '_';
}

/* Append one label in lower case; what is no host name's byte as "\." or "\032". */
static char *put_label(char *out, const uint8_t *label, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = ascii_lower((char)label[i]);

        if (is_host_byte(c)) {
            *out++ = c;
        } else if (label[i] > 0x20 && label[i] < 0x7f) {
            if (strchr(".\\\"();@$", c) != NULL)
                *out++ = '\\';
            *out++ = c;
        } else {
            *out++ = '\\';
            *out++ = (char)('0' + label[i] / 100);
            *out++ = (char)('0' + label[i] / 10 % 10);
            *out++ = (char)('0' + label[i] % 10);
        }
    }
    return out;
}

/* Text of the uncompressed name that fills wire[0..len), NULL if it is none. */
static const char *name_text(const uint8_t *wire, size_t len, struct arena *arena)
{
    char *text, *out;
    size_t at = 0;

    if (len < 1 || len > WIRE_NAME_MAX)
        return NULL;
    text = out = arena_alloc(arena, 4 * len + 1);
    while (at < len && wire[at] != 0) {
        if (wire[at] > 63 || at + 1 + wire[at] >= len)
            return NULL;
        if (out > text)
            *out++ = '.';
        out = put_label(out, wire + at + 1, wire[at]);
        at += 1 + (size_t)wire[at];
    }
    if (at + 1 != len)
        return NULL;
    if (out == text)
        *out++ = '.';
    *out = '\0';
    return text;
}

static bool ends_in(const char *host, const char *label)
{
    size_t len = strlen(host), n = strlen(label);

    return len >= n && strcmp(host + len - n, label) == 0 && (len == n || host[len - n - 1] == '.');
}

/* "192.0.2.1" as a name. Its last label being digits, no such name can be (RFC 3696 §2). */
static bool is_address(const char *host)
{
    struct in_addr v4;

    return inet_pton(AF_INET, host, &v4) == 1;
}

/* Bytes beyond letters, digits, hyphen and underscore. */
static bool is_invalid(const char *host)
{
    for (; *host != '\0'; host++)
        if (!is_host_byte(*host) && *host != '.')
            return true;
    return false;
}

/* A single label is a name of the local network: a sender would look it up as "mail." and find
 * nothing, or something it must not trust (RFC 5321 §2.3.5 wants fully-qualified names). */
static bool is_local(const char *host)
{
    return strchr(host, '.') == NULL || ends_in(host, "localhost") || ends_in(host, "local") ||
           ends_in(host, "localdomain");
}

static bool fault_of(const char *host, enum violation *v)
{
    if (strcmp(host, ".") == 0)
        *v = VIOLATION_MX_NULL_WITH_OTHERS;
    else if (is_address(host))
        *v = VIOLATION_MX_TARGET_ADDRESS;
    else if (is_invalid(host))
        *v = VIOLATION_MX_TARGET_INVALID;
    else if (is_local(host))
        *v = VIOLATION_MX_TARGET_LOCAL;
    else
        return false;
    return true;
}

static int compare(const void *left, const void *right)
{
    const struct mx_host *a = left, *b = right;

    if (a->preference != b->preference)
        return a->preference < b->preference ? -1 : 1;
    return strcmp(a->host, b->host);
}

static void drop_duplicates(struct mx_set *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++)
        if (kept == 0 || compare(&s->hosts[kept - 1], &s->hosts[i]) != 0)
            s->hosts[kept++] = s->hosts[i];
    s->count = kept;
}

/* RFC 7505 §3: a null MX stands alone, whatever its preference. */
static bool is_null(const struct mx_set *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->hosts[i].host, ".") != 0)
            return false;
    return s->count > 0;
}

static void read_all(const struct bytes *rdatas, size_t count, struct arena *arena,
                     struct mx_set *s)
{
    s->hosts = arena_array(arena, count, sizeof(*s->hosts));
    for (size_t i = 0; i < count; i++) {
        const uint8_t *rdata = (const uint8_t *)rdatas[i].data;
        struct mx_host *h = &s->hosts[s->count];

        h->host = rdatas[i].len > 2 ? name_text(rdata + 2, rdatas[i].len - 2, arena) : NULL;
        if (h->host == NULL) {
            s->unreadable++;
            continue;
        }
        h->preference = (uint16_t)(rdata[0] << 8 | rdata[1]);
        s->count++;
    }
}

void mx_set_judge(const struct bytes *rdatas, size_t count, struct arena *arena, struct mx_set *s)
{
    *s = (struct mx_set){ .verdict = VERDICT_ABSENT };
    read_all(rdatas, count, arena, s);
    if (s->count == 0)
        return;
    qsort(s->hosts, s->count, sizeof(*s->hosts), compare);
    drop_duplicates(s);
    s->null = is_null(s);
    if (s->null)
        s->count = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct mx_host *h = &s->hosts[i];

        h->faulty = fault_of(h->host, &h->violation);
        if (h->faulty)
            violations_add(&s->violations, h->violation);
    }
    s->verdict = violations_fault(&s->violations) ? VERDICT_INVALID : VERDICT_VALID;
}

bool mx_choice_takes(struct mx_choice *c, int64_t preference)
{
    if (!c->begun)
        c->first = preference;
    c->begun = true;
    if (c->taken == MX_HOSTS_PROBED_MAX || (!c->all && preference != c->first))
        return false;
    c->taken++;
    return true;
}
