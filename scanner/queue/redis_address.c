#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "scanner/base/address.h"
#include "scanner/base/memory.h"
#include "scanner/queue/redis.h"

#define DEFAULT_PORT 6379

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* Copy with %XX decoded (RFC 3986 §2.1), so that a password may hold any byte but NUL. */
static char *decoded(const char *text, size_t len)
{
    char *out = memory_alloc(len + 1);
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        int high = i + 2 < len && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

        if (low >= 0)
            i += 2;
        out[n++] = low >= 0 ? (char)(high * 16 + low) : text[i];
    }
    return out;
}

static const char *parse_user(struct redis_address *a, const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len);
    size_t user = colon != NULL ? (size_t)(colon - text) : len;

    if (user > 0)
        a->user = decoded(text, user);
    if (colon != NULL)
        a->password = decoded(colon + 1, len - user - 1);
    return NULL;
}

static const char *parse_port(struct redis_address *a, const char *text, size_t len)
{
    char digits[6] = "", *end;
    long port;

    if (len == 0 || len >= sizeof(digits))
        return "the port is no number from 1 to 65535";
    memcpy(digits, text, len);
    port = strtol(digits, &end, 10);
    if (*end != '\0' || port < 1 || port > 65535)
        return "the port is no number from 1 to 65535";
    a->port = (int)port;
    return NULL;
}

static const char *parse_host(struct redis_address *a, const char *text, size_t len)
{
    const char *close = len > 0 && text[0] == '[' ? memchr(text, ']', len) : NULL;
    const char *rest = close != NULL ? close + 1 : memchr(text, ':', len);
    const char *end = text + len;

    if (close != NULL)
        a->host = memory_strndup(text + 1, (size_t)(close - text - 1));
    else
        a->host = memory_strndup(text, rest != NULL ? (size_t)(rest - text) : len);
    if (a->host[0] == '\0')
        return "the URL has no host";
    if (rest == NULL || rest == end)
        return NULL;
    if (*rest != ':')
        return "the URL has something behind its host that is no port";
    return parse_port(a, rest + 1, (size_t)(end - rest - 1));
}

static const char *parse_files(struct redis_address *a, const char *query)
{
    const struct {
        const char *name;
        char **field;
    } files[] = { { "ca=", &a->ca }, { "cert=", &a->cert }, { "key=", &a->key } };

    while (*query != '\0') {
        size_t len = strcspn(query, "&"), i = 0;

        while (i < 3 && strncmp(query, files[i].name, strlen(files[i].name)) != 0)
            i++;
        if (i == 3)
            return "the URL has a parameter other than ca, cert and key";
        free(*files[i].field);
        *files[i].field = decoded(query + strlen(files[i].name), len - strlen(files[i].name));
        query += len + (query[len] == '&');
    }
    return NULL;
}

static const char *parse_network(struct redis_address *a, const char *rest)
{
    size_t authority = strcspn(rest, "/?");
    const char *query = strchr(rest + authority, '?');
    const char *at = memrchr(rest, '@', authority);
    const char *fault = NULL;

    if (at != NULL)
        fault = parse_user(a, rest, (size_t)(at - rest));
    at = at != NULL ? at + 1 : rest;
    if (fault == NULL)
        fault = parse_host(a, at, authority - (size_t)(at - rest));
    if (fault == NULL && query != NULL)
        fault = parse_files(a, query + 1);
    return fault;
}

static const char *parse_socket(struct redis_address *a, const char *path)
{
    if (strncmp(path, "//", 2) == 0)
        path += 2;
    if (path[0] == '\0')
        return "the URL has no socket path";
    if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return "the path of the socket is longer than 107 bytes";
    a->socket_path = memory_strdup(path);
    return NULL;
}

static bool loopback(const char *host)
{
    struct address a;

    if (strcmp(host, "localhost") == 0)
        return true;
    if (!address_parse(&a, host))
        return false;
    if (a.family == 4)
        return a.bytes[0] == 127;
    return memcmp(a.bytes, &in6addr_loopback, sizeof(in6addr_loopback)) == 0;
}

/* Beyond this machine the queue carries other people's data and takes commands from whoever
 * reaches it. */
static const char *check_secure(const struct redis_address *a)
{
    if (a->socket_path != NULL || loopback(a->host))
        return NULL;
    if (!a->tls)
        return "Redis on another machine is spoken to over TLS only: use rediss://";
    if (a->password == NULL)
        return "Redis on another machine needs a password: in the URL or in "
               "MXCENSUS_REDIS_PASSWORD";
    return NULL;
}

const char *redis_address_parse(struct redis_address *a, const char *url, bool insecure)
{
    const char *environment = getenv("MXCENSUS_REDIS_PASSWORD");
    const char *fault;

    *a = (struct redis_address){ .port = DEFAULT_PORT, .tls = strncmp(url, "rediss:", 7) == 0 };
    if (strncmp(url, "unix:", 5) == 0)
        fault = parse_socket(a, url + 5);
    else if (strncmp(url, "redis://", 8) == 0 || strncmp(url, "rediss://", 9) == 0)
        fault = parse_network(a, strstr(url, "//") + 2);
    else
        fault = "the URL begins with none of unix:, redis://, rediss://";
    if (a->password == NULL && environment != NULL && environment[0] != '\0')
        a->password = memory_strdup(environment);
    if (fault == NULL && a->user != NULL && a->password == NULL)
        fault = "the URL has a user and no password: put it there or into MXCENSUS_REDIS_PASSWORD";
    if (fault == NULL && !insecure)
        fault = check_secure(a);
    if (fault != NULL)
        redis_address_free(a);
    return fault;
}

void redis_address_free(struct redis_address *a)
{
    char *const owned[] = { a->socket_path, a->host, a->user, a->password, a->ca, a->cert, a->key };

    if (a->password != NULL)
        explicit_bzero(a->password, strlen(a->password));
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        free(owned[i]);
    *a = (struct redis_address){ 0 };
}
