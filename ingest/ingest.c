#include "ingest/ingest.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/list.h"
#include "ingest/manifest.h"
#include "ingest/rejects.h"
#include "ingest/spool.h"
#include "scanner/base/contact.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/base/timing.h"

enum { CHECK_EVERY = 1 << 13 /* lines: a millisecond or ten */, TELL_EVERY_MS = 10000 };

static bool (*stop_wanted)(void);

void ingest_stop_when(bool (*stop)(void))
{
    stop_wanted = stop;
}

void ingest_counts_free(struct ingest_counts *counts)
{
    for (size_t i = 0; i < counts->column_count; i++)
        free(counts->columns[i]);
    free(counts->columns);
    *counts = (struct ingest_counts){ .lines = 0 };
}

/* One reading of the lists. */
struct ingest {
    const char *run_dir;
    char folder[4096]; /* the spool's */
    EVP_MD_CTX *digest;
    struct spool *spool;
    struct rejects rejects;
    struct manifest manifest;
    struct contact contact; /* who opted out */
    uint64_t named;         /* items that hold a name */
    uint64_t told_ms;
    uint64_t first_rank_lost; /* the line of the first of counts.ranks_lost */
    char first_reject[128];   /* for the case that nothing is accepted, as is what follows */
    struct buf read_as;       /* how the first list was */
};

static const char *list_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static int fail_writing(const struct ingest *in, int status)
{
    if (status == -EINTR) {
        log_error("stopped while reading the list");
        return EXIT_INTERRUPTED;
    }
    log_error("cannot write the list's spool in %s: %s%s", in->folder, strerror(-status),
              status == -ENOSPC || status == -EDQUOT ? "; make room there and start again" : "");
    return EXIT_DISK;
}

/* ---- one list ---- */

static void add_columns(struct ingest_counts *counts, const struct list *l)
{
    const char *name;

    for (size_t i = 0; (name = list_column(l, i)) != NULL; i++) {
        size_t known = 0;

        while (known < counts->column_count && strcmp(counts->columns[known], name) != 0)
            known++;
        if (known < counts->column_count)
            continue;
        counts->columns = memory_grow(counts->columns, known + 1, sizeof(char *));
        counts->columns[known] = memory_strdup(name);
        counts->column_count++;
    }
}

static int add_item(struct ingest *in, const struct list_item *item)
{
    uint64_t line = in->manifest.counts.lines + item->line; /* of all lists as if they were one */
    const char *reason = item->reason;

    if (reason == NULL && contact_name_refused(&in->contact, item->name))
        reason = name_fault_name(NAME_OPTED_OUT);
    if (reason == NULL) {
        in->named++;
        if (item->rank_lost && in->manifest.counts.ranks_lost++ == 0)
            in->first_rank_lost = line;
        return spool_add(in->spool, item->name, item->name_len, item->rank, item->input,
                         item->input_len);
    }
    if (in->rejects.count == 0)
        snprintf(in->first_reject, sizeof(in->first_reject), "line %" PRIu64 " is the first: %s",
                 line, reason);
    return rejects_add(&in->rejects, line, reason, item->text, item->text_len);
}

static void tell_progress(struct ingest *in, const struct list *l)
{
    uint64_t now = timing_monotonic_ms();

    if (now - in->told_ms < TELL_EVERY_MS)
        return;
    in->told_ms = now;
    log_info("reading the list: %" PRIu64 " lines so far",
             in->manifest.counts.lines + list_lines(l));
}

/* Names beside each other may be a list of its maker's own kind. */
static void tell_names_left(const struct list *l, const char *path)
{
    size_t taken, columns = list_name_columns(l, &taken);

    if (columns > 0)
        log_warning(
            "%s: %zu columns hold names, and those of column %zu are taken; for all of them "
            "put one name a line",
            list_name(path), columns, taken);
}

static int read_list(struct ingest *in, const char *path)
{
    struct list *l = list_open(path, in->digest);
    struct list_item item;
    int status = 0;

    if (in->read_as.len == 0)
        list_describe(l, &in->read_as);
    tell_names_left(l, path);
    for (uint64_t n = 1; status == 0 && list_next(l, &item); n++) {
        status = add_item(in, &item);
        if (n % CHECK_EVERY != 0)
            continue;
        tell_progress(in, l);
        if (stop_wanted != NULL && stop_wanted())
            status = -EINTR;
    }
    if (status != 0) {
        status = fail_writing(in, status);
    } else if (list_error(l) != NULL) {
        log_error("%s: %s", list_name(path), list_error(l));
        status = EXIT_INPUT;
    }
    add_columns(&in->manifest.counts, l);
    in->manifest.counts.lines += list_lines(l);
    list_close(l);
    return status;
}

/* ---- all of them ---- */

static const char *lists_name(const char *const *paths, size_t count)
{
    return count == 1 ? list_name(paths[0]) : "the lists";
}

static int refuse_nothing(const struct ingest *in, const char *name)
{
    bool rejected = in->rejects.count > 0;

    if (in->manifest.counts.lines == 0)
        log_error("%s: empty: no line with a domain name", name);
    else
        log_error("%s: no domain name in %" PRIu64 " lines, read as %.*s%s%s%s", name,
                  in->manifest.counts.lines, (int)in->read_as.len, in->read_as.data,
                  rejected ? " (" : "", in->first_reject, rejected ? ")" : "");
    return EXIT_INPUT;
}

/* A domain without its rank is one that by_rank.csv lacks. */
static void tell_ranks_lost(const struct ingest *in, const char *name)
{
    uint64_t lost = in->manifest.counts.ranks_lost;

    if (lost > 0)
        log_warning("%s: the rank of %" PRIu64 " domains is no whole number (line %" PRIu64
                    " is the first); they are taken without one",
                    name, lost, in->first_rank_lost);
}

static void digest_text(EVP_MD_CTX *digest, char out[65])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    EVP_DigestFinal_ex(digest, bytes, &len);
    sodium_bin2hex(out, 65, bytes, 32);
}

static int finish(struct ingest *in)
{
    struct manifest *m = &in->manifest;
    struct spool_result result;
    int status = spool_finish(in->spool, m->batch, stop_wanted, &result);

    if (status != 0)
        return status;
    m->counts.accepted = result.accepted;
    m->counts.duplicates = result.duplicates;
    m->counts.rejected = in->rejects.count;
    m->bytes = result.bytes;
    digest_text(in->digest, m->counts.sha256);
    if ((status = rejects_close(&in->rejects)) != 0)
        return status;
    in->rejects.fd = -1;
    return manifest_write(m, in->folder);
}

static int read_all(struct ingest *in, const char *const *paths, size_t count)
{
    int status = rejects_open(&in->rejects, in->run_dir);

    if (status != 0)
        return fail_writing(in, status);
    for (size_t i = 0; i < count; i++)
        if ((status = read_list(in, paths[i])) != EXIT_OK)
            return status;
    if (in->named == 0)
        return refuse_nothing(in, lists_name(paths, count));
    tell_ranks_lost(in, lists_name(paths, count));
    status = finish(in);
    return status == 0 ? EXIT_OK : fail_writing(in, status);
}

/* Leave the folder, empty: it says that a reading was begun. */
static void clear_folder(const char *folder)
{
    DIR *d = opendir(folder);
    struct dirent *e;

    if (d == NULL)
        return;
    while ((e = readdir(d)) != NULL)
        unlinkat(dirfd(d), e->d_name, 0); /* "." and ".." are directories: they stay */
    closedir(d);
}

static int prepare_folder(const struct ingest *in, const char *const *paths, size_t count)
{
    if (mkdir(in->folder, 0700) == 0)
        return EXIT_OK;
    if (errno != EEXIST)
        return fail_writing(in, -errno);
    for (size_t i = 0; i < count; i++)
        if (strcmp(paths[i], "-") == 0) {
            log_error("%s: the list came from standard input and was not read to its end; nothing "
                      "can be resumed, start "
                      "a new run",
                      in->run_dir);
            return EXIT_INPUT;
        }
    log_info("the list was not read to its end: reading it again");
    clear_folder(in->folder);
    return EXIT_OK;
}

static unsigned batch_size(const struct settings *s)
{
    return s->batch < 1                      ? 1
           : s->batch > QUEUE_BATCH_JOBS_MAX ? QUEUE_BATCH_JOBS_MAX
                                             : (unsigned)s->batch;
}

static int make_spool(struct ingest *in, const char *const *paths, size_t count)
{
    int status = prepare_folder(in, paths, count);

    if (status != EXIT_OK)
        return status;
    randombytes_buf(in->manifest.key, sizeof(in->manifest.key));
    in->spool = spool_new(in->folder, in->manifest.key);
    in->digest = EVP_MD_CTX_new();
    in->told_ms = timing_monotonic_ms();
    in->rejects.fd = -1;
    buf_init(&in->read_as, BUF_NO_CEILING);
    EVP_DigestInit_ex(in->digest, EVP_sha256(), NULL);
    status = read_all(in, paths, count);
    rejects_close(&in->rejects);
    EVP_MD_CTX_free(in->digest);
    spool_free(in->spool);
    buf_free(&in->read_as);
    if (status != EXIT_OK)
        clear_folder(in->folder);
    return status;
}

int ingest_list(const char *const *paths, size_t count, const char *run_dir,
                const struct settings *s, struct ingest_counts *counts)
{
    struct ingest in = { .run_dir = run_dir };
    int status;

    snprintf(in.folder, sizeof(in.folder), "%s/spool", run_dir);
    status = manifest_read(&in.manifest, in.folder);
    if (status == -ENOENT) {
        const char *fault = contact_open(&in.contact, "", s->opt_out);

        if (fault != NULL)
            log_error("%s", fault);
        in.manifest.batch = batch_size(s);
        status = fault == NULL ? make_spool(&in, paths, count) : EXIT_INPUT;
        contact_free(&in.contact);
    } else if (status != 0) {
        log_error("%s/manifest.json is damaged or of another version: start a new run", in.folder);
        status = EXIT_RUN_DIRECTORY;
    }
    if (status == EXIT_OK)
        *counts = in.manifest.counts;
    else
        manifest_free(&in.manifest);
    return status;
}
