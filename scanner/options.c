#include "scanner/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/config.h"

enum option_kind { TEXT, FLAG };

static const struct option {
    const char *name;
    char letter;
    enum option_kind kind;
    unsigned groups;
    size_t offset; /* in struct options */
    const char *argument, *help;
} table[] = {
#define X(field, option, letter, kind, groups, argument, help) \
    { option, letter, kind, (unsigned)(groups), offsetof(struct options, field), argument, help },
    PROGRAM_OPTIONS(X)
#undef X
};
#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

/* What the words are read into, and which words are left. */
struct reading {
    struct options *options;
    unsigned groups;
    char **words;
    int count, next;
    unsigned configs; /* so often --config */
};

static const struct option *find(unsigned groups, const char *name, size_t len, char letter)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct option *t = &table[i];

        if ((t->groups & groups) == 0)
            continue;
        if (name != NULL ? strlen(t->name) == len && memcmp(t->name, name, len) == 0
                         : t->letter == letter)
            return t;
    }
    return NULL;
}

static bool set_setting(struct options *o, const char *name, const char *value, const char *where)
{
    const char *fault = settings_set(&o->settings, &o->arena, name, value);

    if (fault != NULL)
        log_error("%s%s: %s; see mxcensus --help", where, name, fault);
    return fault == NULL;
}

static bool complain(const char *word, const char *what)
{
    log_error("%s: %s; see mxcensus --help", word, what);
    return false;
}

static bool set_own(struct reading *r, const struct option *t, const char *value)
{
    void *field = (char *)r->options + t->offset;

    if (value[0] == '\0') { /* a variable that is not set, more often than not */
        log_error("--%s: wants a value, and has an empty one; see mxcensus --help", t->name);
        return false;
    }
    if (field == &r->options->config && r->configs++ > 0)
        return complain("--config", "named twice, and one file alone is read");
    if (t->kind == FLAG)
        *(bool *)field = true;
    else
        *(const char **)field = arena_strdup(&r->options->arena, value);
    return true;
}

/* The value of the option at word: behind its "=", or the next word. NULL after a complaint. */
static const char *value_of(struct reading *r, const char *word, const char *equals)
{
    if (equals != NULL)
        return equals + 1;
    if (r->next < r->count)
        return r->words[r->next++];
    complain(word, "wants a value");
    return NULL;
}

static bool read_long(struct reading *r, const char *word)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const struct option *own = find(r->groups, name, len, 0);
    const char *setting = arena_strndup(&r->options->arena, name, len), *value;
    bool flag = own != NULL ? own->kind == FLAG : settings_is_flag(setting);

    if (own == NULL && ((r->groups & FOR_SETTINGS) == 0 || !settings_is_option(setting)))
        return complain(word, "no such option here");
    if (flag && equals != NULL)
        return complain(word, "takes no value");
    value = flag ? "1" : value_of(r, word, equals);
    if (value == NULL)
        return false;
    if (own == NULL)
        return set_setting(r->options, setting, value, "--");
    return set_own(r, own, value);
}

static bool read_letter(struct reading *r, const char *word)
{
    const struct option *own = find(r->groups, NULL, 0, word[1]);
    const char *value;

    if (own == NULL)
        return complain(word, "no such option here");
    if (own->kind == FLAG && word[2] != '\0')
        return complain(word, "one letter at a time");
    value = own->kind == FLAG ? "1" : word[2] != '\0' ? word + 2 : value_of(r, word, NULL);
    return value != NULL && set_own(r, own, value);
}

static bool read_words(struct reading *r)
{
    const char **operands =
        arena_array(&r->options->arena, (size_t)r->count + 1, sizeof(*operands));
    bool only_operands = false;

    r->options->operands = operands;
    while (r->next < r->count) {
        const char *word = r->words[r->next++];

        if (only_operands || word[0] != '-' || word[1] == '\0')
            operands[r->options->operand_count++] = word;
        else if (strcmp(word, "--") == 0)
            only_operands = true;
        else if (!(word[1] == '-' ? read_long(r, word) : read_letter(r, word)))
            return false;
    }
    return true;
}

/* An option of a config file. */
static bool take_option(void *context, const char *name, const char *value, const char *where)
{
    struct options *o = context;

    if (find(FOR_ALL, name, strlen(name), 0) != NULL) {
        log_error("%s%s: belongs on the command line, not in a file", where, name);
        return false;
    }
    if (value == NULL)
        value = settings_is_flag(name) ? "1" : "";
    return set_setting(o, name, value, where);
}

int options_parse(struct options *o, unsigned groups, int argc, char **argv)
{
    struct reading r = { .options = o, .groups = groups, .words = argv, .count = argc };
    int status;

    memset(o, 0, sizeof(*o));
    arena_init(&o->arena, 1024);
    settings_default(&o->settings);
    status = read_words(&r) ? EXIT_OK : EXIT_USAGE;
    if (status == EXIT_OK && o->config != NULL) {
        status = config_read(o->config, take_option, o);
        r.next = 0; /* the command line wins: it is read once more behind the file */
        r.configs = 0;
        o->operand_count = 0;
        if (status == EXIT_OK && !read_words(&r))
            status = EXIT_USAGE;
    }
    log_threshold = o->quiet ? LOG_ERROR : o->verbose ? LOG_DEBUG : LOG_INFO;
    return status;
}

void options_free(struct options *o)
{
    arena_free(&o->arena);
}

void options_help(unsigned groups)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct option *t = &table[i];
        char left[64];

        if ((t->groups & groups) == 0)
            continue;
        if (t->letter != 0)
            snprintf(left, sizeof(left), "-%c, --%s %s", t->letter, t->name, t->argument);
        else
            snprintf(left, sizeof(left), "--%s %s", t->name, t->argument);
        printf("  %-32s %s\n", left, t->help);
    }
}
