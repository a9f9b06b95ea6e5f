/* A list of any bytes: every name that comes out is clean already, every input is JSON, and reading
 * ends. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ingest/list.h"
#include "scanner/base/arena.h"
#include "scanner/base/json_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_item(const struct list_item *item)
{
    char again[NAME_SIZE];

    if (item->reason != NULL) {
        assert(*item->reason != '\0');
        return;
    }
    assert(strlen(item->name) == item->name_len);
    assert(name_clean(item->name, item->name_len, again) == NAME_OK);
    assert(strcmp(item->name, again) == 0);
    if (item->input_len > 0) {
        struct arena arena;

        arena_init(&arena, 4096);
        assert(json_parse(&arena, item->input, item->input_len) != NULL);
        arena_free(&arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int fd = memfd_create("list", 0);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    struct list_item item;
    struct list *l;
    char path[40];
    size_t items = 0;

    if (write(fd, data, len) != (ssize_t)len)
        return 0;
    EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    l = list_open(path, digest);
    while (list_next(l, &item)) {
        check_item(&item);
        items++;
    }
    assert(items <= list_lines(l) + 1 || list_error(l) != NULL);
    list_close(l);
    EVP_MD_CTX_free(digest);
    close(fd);
    return 0;
}
