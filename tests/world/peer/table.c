#include "tests/world/peer/table.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { EXIT_TABLE = 2 };

static const struct option {
    const char *name;
    size_t offset;
    bool number;
} options[] = {
    { "keywords", offsetof(struct host, keywords), false },
    { "tls-keywords", offsetof(struct host, tls_keywords), false },
    { "banner", offsetof(struct host, banner), false },
    { "body", offsetof(struct host, body), false },
    { "delay", offsetof(struct host, delay_ms), true },
    { "drip", offsetof(struct host, drip_ms), true },
    { "tarpit", offsetof(struct host, tarpit_ms), true },
    { "staple", offsetof(struct host, staple), true },
};

static void unescape(char *s)
{
    char *out = s;
    unsigned byte;

    while (*s != '\0') {
        if (sscanf(s, "\\x%2x", &byte) == 1 && byte != 0) {
            *out++ = (char)byte;
            s += 4;
        } else {
            *out++ = *s++;
        }
    }
    *out = '\0';
}

static bool option_set(struct host *h, char *text)
{
    char *value = strchr(text, '=');

    if (value == NULL)
        return false;
    *value++ = '\0';
    if (strcmp(text, "direct") == 0) {
        h->direct = atoi(value) != 0;
        return true;
    }
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char *field = (char *)h + options[i].offset;

        if (strcmp(options[i].name, text) != 0)
            continue;
        unescape(value);
        if (options[i].number)
            *(long *)(void *)field = atol(value);
        else
            *(const char **)(void *)field = value;
        return true;
    }
    return false;
}

static bool address_set(struct host *h, const char *address, unsigned short port)
{
    struct sockaddr_in *v4 = (void *)&h->address;
    struct sockaddr_in6 *v6 = (void *)&h->address;

    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        h->address_len = sizeof *v4;
        return true;
    }
    if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        h->address_len = sizeof *v6;
        return true;
    }
    return false;
}

/* NULL, or what is wrong with the line. */
static const char *host_read(struct host *h, char *line)
{
    char *field[6], *save;
    int port;

    *h = (struct host){ .banner = "ESMTP",
                        .keywords = "PIPELINING;SIZE 10240000;8BITMIME;SMTPUTF8",
                        .ms = -1,
                        .drip_ms = -1,
                        .tarpit_ms = -1 };
    for (size_t i = 0; i < 6; i++)
        if ((field[i] = strsep(&line, "\t")) == NULL)
            return "fewer than 6 fields";
    port = atoi(field[1]);
    if (port < 1 || port > 65535)
        return "no port";
    if (!address_set(h, field[0], (unsigned short)port))
        return "no address";
    if ((h->behaviour = behaviour_find(field[2], &h->ms)) == NULL)
        return "no such behaviour (world-peer --behaviours lists them)";
    h->name = field[3];
    h->pem = strcmp(field[4], "-") == 0 ? NULL : field[4];
    h->direct = port == 443 || h->behaviour->direct;
    if (strcmp(field[5], "-") != 0)
        for (char *o = strtok_r(field[5], ",", &save); o != NULL; o = strtok_r(NULL, ",", &save))
            if (!option_set(h, o))
                return "no such option";
    if (h->tls_keywords == NULL)
        h->tls_keywords = h->keywords;
    return NULL;
}

static char *file_text(const char *path)
{
    FILE *f = fopen(path, "re");
    struct stat st;
    char *text;

    if (f == NULL || fstat(fileno(f), &st) != 0)
        err(EXIT_TABLE, "%s", path);
    text = calloc(1, (size_t)st.st_size + 1);
    if (text == NULL || fread(text, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
        err(EXIT_TABLE, "%s", path);
    fclose(f);
    return text;
}

void table_read(struct table *t, const char *path)
{
    size_t room = 0, number = 0;
    char *rest, *line;

    *t = (struct table){ .text = file_text(path) };
    rest = t->text;
    while ((line = strsep(&rest, "\n")) != NULL) {
        const char *wrong;

        number++;
        if (*line == '\0' || *line == '#')
            continue;
        if (t->count == room) {
            room = room == 0 ? 1024 : room * 2;
            if ((t->hosts = reallocarray(t->hosts, room, sizeof *t->hosts)) == NULL)
                err(EXIT_TABLE, "%s", path);
        }
        if ((wrong = host_read(&t->hosts[t->count], line)) != NULL)
            errx(EXIT_TABLE, "%s:%zu: %s", path, number, wrong);
        if (strcmp(t->hosts[t->count].behaviour->name, "refused") != 0)
            t->count++;
    }
}

void table_free(struct table *t)
{
    free(t->hosts);
    free(t->text);
}
