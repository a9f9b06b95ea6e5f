/* The words of --resolver: addresses, ports, files of them; and resolv.conf. */
#include "workers/dns/resolver_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

static char directory[] = "/tmp/mxcensus-test-XXXXXX";
static char file[64], conf[64], missing[64];

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
        exit(1);
}

/* The list as one text. */
static const char *listed(const struct resolver_list *list)
{
    static char text[1024];
    char one[RESOLVER_TEXT_SIZE];

    text[0] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        resolver_place_print(&list->items[i], one);
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 0 ? " " : "", one);
    }
    return text;
}

/* words, in which FILE stands for the file with `content`; what comes of it, or what it says. */
static const struct row {
    const char *words, *content, *list, *error;
} rows[] = {
    { "192.0.2.1", "", "192.0.2.1", NULL },
    { "192.0.2.1#53", "", "192.0.2.1", NULL },
    { " 192.0.2.1#5353,,\t2001:DB8::0:1\n", "", "192.0.2.1#5353 2001:db8::1", NULL },
    { "2001:db8::1#65535", "", "2001:db8::1#65535", NULL },
    { "192.0.2.1,192.0.2.1#53,192.0.2.1#54,192.0.2.1", "", "192.0.2.1 192.0.2.1#54", NULL },
    { "FILE", "192.0.2.1\n192.0.2.2#54\n", "192.0.2.1 192.0.2.2#54", NULL },
    { "FILE", "# ours\n\n192.0.2.1 # fast\r\n192.0.2.2#54# no comment", NULL,
      ":4: \"192.0.2.2#54#\" is no address" },
    { "FILE", "#192.0.2.9\n192.0.2.1#54 #192.0.2.8\n192.0.2.2,192.0.2.3", //
      "192.0.2.1#54 192.0.2.2 192.0.2.3", NULL },
    { "192.0.2.1,FILE,192.0.2.4", "192.0.2.1\n192.0.2.2\n", "192.0.2.1 192.0.2.2 192.0.2.4", NULL },
    { "FILE", "192.0.2.1\nresolver.example\n", NULL, ":2: \"resolver.example\" is no address" },
    { "FILE", "# nothing\n\n", NULL, "no address in" },
    { "FILE",
      "\xef\xbb\xbf"
      "192.0.2.1\r\n",
      "192.0.2.1", NULL },
    { "localhost", "", NULL, "\"localhost\" is no address, nor ADDRESS#PORT, nor a file" },
    { "192.0.2.1#", "", NULL, "is no address" },
    { "192.0.2.1#0", "", NULL, "is no address" },
    { "192.0.2.1#65536", "", NULL, "is no address" },
    { "192.0.2.1#5x", "", NULL, "is no address" },
    { "192.0.2.1#+5", "", NULL, "is no address" },
    { "192.0.2.1:53", "", NULL, "is no address" },
    { "192.0.2", "", NULL, "is no address" },
    { "fe80::1%eth0", "", NULL, "is no address" },
    { "", "", "192.0.2.7 2001:db8::7", NULL },
    { " ,\t", "", "192.0.2.7 2001:db8::7", NULL },
};

static void put_file(char *out, size_t size, const char *words)
{
    const char *at = strstr(words, "FILE");

    if (at == NULL)
        snprintf(out, size, "%s", words);
    else
        snprintf(out, size, "%.*s%s%s", (int)(at - words), words, file, at + 4);
}

static void test_row(const struct row *r)
{
    struct resolver_list list;
    char words[256], error[RESOLVERS_ERROR_SIZE] = "";
    bool good;

    put_file(words, sizeof(words), r->words);
    write_file(file, r->content);
    good = resolver_list_read(&list, words, conf, error);
    CHECK(good == (r->list != NULL), "%s: %s", r->words, error);
    CHECK(!good || (r->list != NULL && strcmp(listed(&list), r->list) == 0), "%s: %s", r->words,
          listed(&list));
    CHECK(good || (strstr(error, "--resolver") != NULL && strstr(error, r->error) != NULL),
          "%s: %s", r->words, error);
    if (good)
        resolver_list_free(&list);
}

static void test_conf(void)
{
    struct resolver_list list;
    char error[RESOLVERS_ERROR_SIZE];

    CHECK(!resolver_list_read(&list, "", missing, error) && strstr(error, missing) != NULL, "%s",
          error);
    write_file(conf, "# nameserver 192.0.2.1\nnameserver\nnameserver x\n");
    CHECK(!resolver_list_read(&list, "", conf, error) && strstr(error, "names no resolver") != NULL,
          "%s", error);
}

/* A line of any length is one line: its comment goes on to its end, and no address is cut. */
static void test_long_lines(void)
{
    static char text[4000];

    for (size_t len = 490; len < 530; len++) {
        struct resolver_list list;
        char error[RESOLVERS_ERROR_SIZE] = "";
        bool good;

        snprintf(text, sizeof(text), "192.0.2.1 #%0*d 192.0.2.9\n192.0.2.2%*s,192.0.2.3\n",
                 (int)len, 0, (int)len, "");
        write_file(file, text);
        good = resolver_list_read(&list, file, conf, error);
        CHECK(good && strcmp(listed(&list), "192.0.2.1 192.0.2.2 192.0.2.3") == 0, "%zu: %s", len,
              error);
        if (good)
            resolver_list_free(&list);
    }
}

/* Thousands are read; too many are refused, not cut. */
static void test_many(void)
{
    struct resolver_list list;
    char error[RESOLVERS_ERROR_SIZE];

    for (unsigned more = 0; more < 2; more++) {
        FILE *f = fopen(file, "w");

        for (unsigned i = 0; f != NULL && i < RESOLVERS_MAX + more; i++)
            fprintf(f, "10.0.%u.%u\n", i / 256, i % 256);
        if (f == NULL || fclose(f) != 0)
            exit(1);
        if (more == 0) {
            CHECK(resolver_list_read(&list, file, conf, error) && list.count == RESOLVERS_MAX, "%s",
                  error);
            resolver_list_free(&list);
        } else {
            CHECK(!resolver_list_read(&list, file, conf, error), "one too many");
        }
    }
}

int main(void)
{
    if (mkdtemp(directory) == NULL)
        return 1;
    snprintf(file, sizeof(file), "%s/list", directory);
    snprintf(conf, sizeof(conf), "%s/conf", directory);
    snprintf(missing, sizeof(missing), "%s/missing", directory);
    write_file(conf, "domain example\nnameserver 192.0.2.7\n nameserver 2001:db8::7\n"
                     "nameserver fe80::1%eth0\n#nameserver 192.0.2.8\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        test_row(&rows[i]);
    test_conf();
    test_long_lines();
    test_many();
    unlink(file);
    unlink(conf);
    rmdir(directory);
    return check_report();
}
