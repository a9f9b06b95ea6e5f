/* mxcensus: the command line. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/print.h"
#include "scanner/command.h"
#include "scanner/judge_line.h"
#include "scanner/rights.h"

static const struct command {
    const char *name;
    int (*run)(struct options *o);
    unsigned groups;
    size_t operands_min, operands_max;
    const char *operands, *summary;
    const char *more; /* in its own help; NULL: nothing */
} commands[] = {
    { "run", command_run, FOR_RUN | FOR_WORKERS | FOR_SETTINGS, 1, SIZE_MAX, "LIST...",
      "take a census of the domains in the lists (- is standard input)", NULL },
    { "resume", command_resume, FOR_RUN | FOR_WORKERS, 1, 1, "DIR", "finish a run that was stopped",
      NULL },
    { "worker", command_worker, FOR_QUEUE | FOR_WORKERS | FOR_SETTINGS, 0, 0,
      "--redis URL --run NAME", "join a run on another machine",
      "The settings of the run hold, whatever is given here; --stages alone, which stages are "
      "served, is this machine's.\n\n" },
    { "status", command_status, FOR_QUEUE, 1, 1, "DIR", "how far a run is", NULL },
    { "stats", command_stats, FOR_STATS, 0, 1, "DIR",
      "adoption statistics of a run: CSV files in it, and a table", NULL },
    { "export", command_export, FOR_READING, 1, 1, "DIR",
      "a run's records as CSV on standard output", NULL },
    { "diff", command_diff, FOR_DIFF, 2, 2, "OLD NEW",
      "what changed between two runs, as CSV on standard output", NULL },
    { "history", command_history, 0, 1, SIZE_MAX, "DIR...",
      "the figures of several runs as a time series: CSV on standard output", NULL },
    { "report", command_report, 0, 1, 1, "DIR",
      "a run's report: report.html, and its figures as SVG and PDF", NULL },
    { "judge", command_judge, 0, 1, 1, "KIND",
      "judge records on standard input, JSON a line, as a run would: " JUDGE_KINDS,
      "A line is {\"txt\": [\"v=spf1 -all\"]}, of caa and tlsa {\"records\": [\"0 issue "
      "\\\"ca.example\\\"\"]}, of policy {\"policy\": \"version: STSv1\\n...\"}.\n\n" },
    { "rejudge", command_rejudge, FOR_REJUDGE, 1, 1, "DIR -o DIR",
      "judge the raw text of a finished run again, as a run of its own", NULL },
    { "check", command_check, FOR_CHECK | FOR_SETTINGS, 1, 1, "DOMAIN", "one domain, explained",
      NULL },
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_exits(void)
{
    puts("\nExit status:");
#define X(id, code, text) printf("  %2d  %s\n", code, text);
    EXITS(X)
#undef X
    puts("Where nobody reads standard output any more (`| head`), SIGPIPE ends it and nothing is "
         "said.");
}

static void print_help(void)
{
    puts("usage: mxcensus COMMAND [OPTION...] [OPERAND...]\n\nmxcensus measures how far mail "
         "domains have "
         "adopted the protocols that make mail safe.\n\nCommands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char left[64];

        snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].operands);
        printf("  %-32s %s\n", left, commands[i].summary);
    }
    puts("\nOptions (those of one command: mxcensus COMMAND --help):");
    options_help(FOR_ALL);
    puts("\nSettings of a run:");
    settings_help();
    print_exits();
}

static void print_command_help(const struct command *c)
{
    printf("usage: mxcensus %s [OPTION...] %s\n\n%s\n\n%sOptions:\n", c->name, c->operands,
           c->summary, c->more != NULL ? c->more : "");
    options_help(c->groups | FOR_ALL_COMMANDS);
    if (c->groups & FOR_SETTINGS) {
        puts("\nSettings of a run:");
        settings_help();
    }
    print_exits();
}

static int usage_error(const char *what, const char *which)
{
    log_error("%s%s; see mxcensus --help", which, what);
    return EXIT_USAGE;
}

/* These have connections, or something to take away, and live on when nobody reads what they print.
 */
#define OUTLIVES_ITS_READER (FOR_RUN | FOR_WORKERS | FOR_QUEUE | FOR_CHECK | FOR_REJUDGE)

static bool has_empty_operand(const struct options *o)
{
    for (size_t i = 0; i < o->operand_count; i++)
        if (o->operands[i][0] == '\0')
            return true;
    return false;
}

static int perform(const struct command *c, struct options *o)
{
    int status = EXIT_OK;

    if (o->help)
        return print_command_help(c), EXIT_OK;
    if (o->operand_count < c->operands_min) {
        log_error("%s wants %s; see mxcensus %s --help", c->name, c->operands, c->name);
        return EXIT_USAGE;
    }
    if (o->operand_count > c->operands_max)
        return usage_error(": one operand too many", o->operands[c->operands_max]);
    if (has_empty_operand(o)) {
        log_error("%s wants %s, and has an empty one; see mxcensus %s --help", c->name, c->operands,
                  c->name);
        return EXIT_USAGE;
    }
    if ((c->groups & OUTLIVES_ITS_READER) == 0)
        signal(SIGPIPE, SIG_DFL);
    if (c->groups & (FOR_WORKERS | FOR_CHECK))
        status = rights_drop(o->user);
    return status == EXIT_OK ? c->run(o) : status;
}

static int run_command(const struct command *c, int argc, char **argv)
{
    struct options o;
    int status = options_parse(&o, c->groups | FOR_ALL_COMMANDS, argc, argv);

    if (status == EXIT_OK)
        status = perform(c, &o);
    options_free(&o);
    return status != EXIT_OK ? status : print_end(stdout); /* said to nobody is no success */
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error of write() */
    signal(SIGXFSZ, SIG_IGN); /* and so is a file that may grow no more */
    if (argc < 2)
        return usage_error("", "which command");
    if (strcmp(argv[1], "--version") == 0)
        return puts("mxcensus " MXCENSUS_VERSION), print_end(stdout);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return print_help(), print_end(stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return run_command(&commands[i], argc - 2, argv + 2);
    return usage_error(": no such command", argv[1]);
}
