#include "scanner/queue/append_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "appendonlydir"
#define MANIFEST "appendonly.aof.manifest"
#define NAME_MAX_BYTES 255

/* What is left to read of the file. */
struct rest {
    const uint8_t *at, *end;
};

/* A line of RESP: `mark`, a number, CR LF. */
static bool take_number(struct rest *r, char mark, size_t *n)
{
    const uint8_t *s = r->at;

    if (s == r->end || *s++ != (uint8_t)mark)
        return false;
    for (*n = 0; s < r->end && *s >= '0' && *s <= '9' && *n < SIZE_MAX / 16; s++)
        *n = *n * 10 + (size_t)(*s - '0');
    if (r->end - s < 2 || s[0] != '\r' || s[1] != '\n')
        return false;
    r->at = s + 2;
    return true;
}

static bool take_word(struct rest *r, const uint8_t **word, size_t *len)
{
    if (!take_number(r, '$', len) || (size_t)(r->end - r->at) < 2 ||
        *len > (size_t)(r->end - r->at) - 2)
        return false;
    *word = r->at;
    r->at += *len + 2;
    return true;
}

/* A whole command; its first word. */
static bool take_command(struct rest *r, const uint8_t **name, size_t *len)
{
    const uint8_t *word;
    size_t words, word_len;

    if (!take_number(r, '*', &words) || words == 0 || !take_word(r, name, len))
        return false;
    while (--words > 0)
        if (!take_word(r, &word, &word_len))
            return false;
    return true;
}

size_t append_file_whole(const uint8_t *data, size_t len)
{
    struct rest r = { .at = data, .end = data + len };
    const uint8_t *begun = NULL, *before = data, *name;
    size_t name_len;

    for (; take_command(&r, &name, &name_len); before = r.at) {
        if (name_len == 5 && memcmp(name, "MULTI", 5) == 0)
            begun = before;
        else if (name_len == 4 && memcmp(name, "EXEC", 4) == 0)
            begun = NULL;
    }
    return begun != NULL ? (size_t)(begun - data) : len;
}

/* "file NAME seq N type i": the last of them is the one that is appended to. */
static bool find_last(const char *directory, char *path, size_t room)
{
    char manifest[PATH_MAX], line[NAME_MAX_BYTES + 64], name[NAME_MAX_BYTES + 1], type;
    bool found = false;
    FILE *f;

    snprintf(manifest, sizeof(manifest), "%s/%s/%s", directory, FOLDER, MANIFEST);
    f = fopen(manifest, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        if (sscanf(line, "file %255s seq %*s type %c", name, &type) == 2 && type == 'i')
            found = snprintf(path, room, "%s/%s/%s", directory, FOLDER, name) < (int)room;
    if (f != NULL)
        fclose(f);
    return found;
}

static bool mend(int fd)
{
    struct stat st;
    uint8_t *data;
    size_t size, whole;

    if (fstat(fd, &st) != 0)
        return false;
    if (st.st_size == 0)
        return true;
    size = (size_t)st.st_size;
    data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return false;
    whole = append_file_whole(data, size);
    munmap(data, size);
    return whole == size || (ftruncate(fd, (off_t)whole) == 0 && fsync(fd) == 0);
}

bool append_file_mend(const char *directory)
{
    char path[PATH_MAX];
    bool good;
    int fd;

    if (!find_last(directory, path, sizeof(path)))
        return true;
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT;
    good = mend(fd);
    close(fd);
    return good;
}
