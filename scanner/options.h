/* options: the command line of every command, from two tables: the settings of a run
 * (scanner/base/settings.h) and the options of the program itself, below. */
#ifndef MXC_SCANNER_OPTIONS_H
#define MXC_SCANNER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/arena.h"
#include "scanner/base/settings.h"

/* For which commands an option is: bits. */
enum option_group {
    FOR_RUN = 1 << 0,      /* starts or continues a census */
    FOR_WORKERS = 1 << 1,  /* has worker processes */
    FOR_QUEUE = 1 << 2,    /* may reach a Redis of its own */
    FOR_READING = 1 << 3,  /* reads a finished run */
    FOR_SETTINGS = 1 << 4, /* takes the settings of a run */
    FOR_CHECK = 1 << 5,
    FOR_ALL_COMMANDS = 1 << 6,
    FOR_STATS = 1 << 7,
    FOR_REJUDGE = 1 << 8,
    FOR_DIFF = 1 << 9,
    FOR_ALL = 0x3ff
};

/* field, option, letter, kind, groups, argument, help */
#define PROGRAM_OPTIONS(X)                                                                        \
    X(output, "output", 'o', TEXT, FOR_RUN | FOR_REJUDGE, "DIR",                                  \
      "the run directory (runs/<time>)")                                                          \
    X(redis, "redis", 0, TEXT, FOR_RUN | FOR_QUEUE, "URL",                                        \
      "unix:PATH, redis://HOST:PORT or rediss://HOST:PORT (a private one); password in "          \
      "MXCENSUS_REDIS_PASSWORD")                                                                  \
    X(run, "run", 0, TEXT, FOR_RUN | FOR_QUEUE, "NAME", "name of the run in a shared Redis")      \
    X(workers, "workers", 'w', TEXT, FOR_WORKERS, "N", "worker processes here (one a core)")      \
    X(config, "config", 'c', TEXT, FOR_SETTINGS, "FILE", "more options, a line each: NAME VALUE") \
    X(disk_wait, "disk-wait", 0, TEXT, FOR_RUN, "SECONDS",                                        \
      "wait so long for room on a full disk before the run ends (600)")                           \
    X(user, "user", 0, TEXT, FOR_WORKERS | FOR_CHECK, "NAME",                                     \
      "started as root: become this user; a census needs no root")                                \
    X(max_unknown, "max-unknown", 0, TEXT, FOR_RUN, "PERCENT",                                    \
      "exit status 11 when more than this could not be found out (100%)")                         \
    X(kind, "kind", 'k', TEXT, FOR_READING, "KIND",                                               \
      "domains, policies, mx, certs or joined (domains)")                                         \
    X(explain, "explain", 0, FLAG, FOR_STATS, "",                                                 \
      "print every metric: its name, meaning, population and source")                             \
    X(group_by, "group-by", 'g', TEXT, FOR_STATS, "COLUMN", "group by a column of the list, too") \
    X(top, "top", 0, TEXT, FOR_STATS, "N",                                                        \
      "so many TLDs, operators and values are told apart (100)")                                  \
    X(metric, "metric", 'm', TEXT, FOR_STATS, "NAME", "print all rows of one metric as CSV")      \
    X(sum, "sum", 0, FLAG, FOR_DIFF, "", "how many domains changed so, instead of which")         \
    X(max_skew, "max-skew", 0, TEXT, FOR_STATS, "SECONDS",                                        \
      "what was seen farther in time from its domain counts as unknown (no limit)")               \
    X(sample, "sample", 0, FLAG, FOR_STATS, "",                                                   \
      "the list is a random sample: Wilson intervals of each share")                              \
    X(json, "json", 0, FLAG, FOR_CHECK, "", "print the records instead of an explanation")        \
    X(insecure_redis, "insecure-redis", 0, FLAG, FOR_RUN | FOR_QUEUE, "",                         \
      "allow plain text to a Redis on another machine")                                           \
    X(quiet, "quiet", 'q', FLAG, FOR_ALL_COMMANDS, "", "errors only")                             \
    X(verbose, "verbose", 'v', FLAG, FOR_ALL_COMMANDS, "", "say more")                            \
    X(help, "help", 'h', FLAG, FOR_ALL_COMMANDS, "", "this text")

struct options {
#define TEXT const char *
#define FLAG bool
#define X(field, option, letter, kind, groups, argument, help) kind field;
    PROGRAM_OPTIONS(X)
#undef X
#undef TEXT
#undef FLAG
    struct settings settings;
    const char *const *operands; /* what is no option, in order */
    size_t operand_count;
    struct arena arena; /* holds every text above */
};

/* Read argv[0..argc), and the file of --config, for a command of these groups. An exit status,
 * after one line on standard error if it is not EXIT_OK. */
int options_parse(struct options *o, unsigned groups, int argc, char **argv);
void options_free(struct options *o);
void options_help(unsigned groups); /* to standard output */

#endif
