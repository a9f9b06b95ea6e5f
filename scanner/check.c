/* mxcensus check: a census of one domain in a directory of its own that is gone afterwards, and
 * what it found in words: the very path of every other domain. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/domain.h"
#include "output/explain.h"
#include "scanner/base/exits.h"
#include "scanner/base/file.h"
#include "scanner/base/log.h"
#include "scanner/command.h"
#include "scanner/run_directory.h"

/* The clean name, or false after a line on standard error. */
static bool read_domain(const char *text, char name[NAME_SIZE])
{
    size_t len;
    enum name_fault fault = domain_clean(text, strlen(text), name, &len);

    if (fault != NAME_OK)
        log_error("%s: %s: %s; wants a domain such as example.com", text[0] != '\0' ? text : "\"\"",
                  name_fault_name(fault), name_fault_text(fault));
    else
        name[len] = '\0';
    return fault == NAME_OK;
}

static bool write_list(const char *path, const char *domain)
{
    FILE *file = fopen(path, "w");
    bool written = file != NULL && fprintf(file, "%s\n", domain) > 0;

    if (file != NULL && fclose(file) != 0)
        written = false;
    if (!written)
        log_error("%s: %s", path, strerror(errno));
    return written;
}

/* Take the census of one domain in this directory. */
static int check_in(struct options *o, const char *domain, const char *directory)
{
    char *list = file_path(directory, "list"), *run = file_path(directory, "run");
    const char *operands[] = { list };
    int status = EXIT_DISK;

    if (write_list(list, domain)) {
        o->operands = operands;
        o->output = run;
        o->workers = "1";
        o->quiet = true;
        log_threshold = LOG_ERROR;
        status = command_run(o);
    }
    if (status == EXIT_OK)
        status = o->json ? explain_raw(run, stdout) : explain_run(run, stdout);
    free(list);
    free(run);
    return status;
}

int command_check(struct options *o)
{
    const char *temporary = getenv("TMPDIR");
    char directory[4096], domain[NAME_SIZE];
    int status;

    if (!read_domain(o->operands[0], domain))
        return EXIT_INPUT;
    snprintf(directory, sizeof(directory), "%.4000s/mxcensus-check.XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    if (mkdtemp(directory) == NULL) {
        log_error("%s: cannot be made: %s", directory, strerror(errno));
        return EXIT_DISK;
    }
    status = check_in(o, domain, directory);
    run_directory_remove(directory, "");
    return status;
}
