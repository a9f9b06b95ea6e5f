/* mxcensus judge: what others would publish or have published, judged line by line as a run judges
 * it, without a network. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/base/print.h"
#include "scanner/command.h"
#include "scanner/judge_line.h"

#define ARENA_CHUNK 16384

struct judging {
    const char *kind;
    struct arena arena; /* of one line */
    struct buf out;
    unsigned long line;
    bool bad; /* a line could not be read */
};

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (strchr(" \t\r", text[i]) == NULL || text[i] == '\0')
            return false;
    return true;
}

/* Judge one line and print it at once, so that a program can wait for its answer. False when
 * standard output takes no more. */
static bool take_line(struct judging *j, const char *text, size_t len)
{
    const char *fault;

    j->line++;
    if (is_blank(text, len))
        return true;
    buf_reset(&j->out);
    fault = judge_line(j->kind, text, len, &j->arena, &j->out);
    arena_reset(&j->arena);
    if (fault != NULL) {
        log_error("line %lu: %s", j->line, fault);
        j->bad = true;
        return true;
    }
    buf_byte(&j->out, '\n');
    return print_bytes(stdout, j->out.data, j->out.len) && print_flush(stdout);
}

static int judge_lines(struct judging *j, FILE *in)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t len;
    bool printed = true;

    while (printed && (len = getline(&text, &room, in)) >= 0)
        printed = take_line(j, text, (size_t)len - (text[len - 1] == '\n'));
    free(text);
    if (!printed)
        return print_end(stdout);
    if (ferror(in)) {
        log_error("standard input: %s", strerror(errno));
        return EXIT_INPUT;
    }
    return j->bad ? EXIT_INPUT : EXIT_OK;
}

int command_judge(struct options *o)
{
    struct judging j = { .kind = o->operands[0] };
    int status;

    if (!judge_line_knows(j.kind)) {
        log_error("%s: no such kind; one of " JUDGE_KINDS, j.kind);
        return EXIT_USAGE;
    }
    arena_init(&j.arena, ARENA_CHUNK);
    buf_init(&j.out, BUF_NO_CEILING);
    status = judge_lines(&j, stdin);
    arena_free(&j.arena);
    buf_free(&j.out);
    return status;
}
