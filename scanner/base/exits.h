/* exits: every exit status with its meaning, printed by --help. */
#ifndef MXC_BASE_EXITS_H
#define MXC_BASE_EXITS_H

#define EXITS(X)                                                                            \
    X(OK, 0, "done")                                                                        \
    X(INTERNAL, 1, "a bug or a failed system call, named on standard error")                \
    X(USAGE, 2, "the command line, or a line of --config, cannot be understood")            \
    X(INPUT, 3, "a file that cannot be read, a list without a domain, a bad line")          \
    X(RUN_DIRECTORY, 4, "a run directory that exists, is missing, is in use or is not one") \
    X(REDIS, 5, "Redis cannot be started, reached or used as it is set")                    \
    X(RESOLVER, 6, "no resolver that answers")                                              \
    X(DISK, 7, "the disk is full or cannot be written")                                     \
    X(LIMITS, 8, "a limit of the system is too low (file descriptors, memory)")             \
    X(INTERRUPTED, 9, "stopped by a signal; `mxcensus resume DIR` finishes the run")        \
    X(INCOMPLETE, 10, "the run is not finished, or its records cannot all be read")         \
    X(UNKNOWN, 11, "the run is whole, but more is unknown than --max-unknown allows")       \
    X(TOOL, 12, "a program or module that draws the report is missing")

enum exit_status {
#define X(id, code, text) EXIT_##id = (code),
    EXITS(X)
#undef X
};

#endif
