#include "scanner/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanner/base/contact.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "scanner/queue/queue.h"
#include "workers/chain.h"
#include "workers/selectors.h"

#define DESCRIPTORS_BESIDE INT64_C(200) /* sockets of the resolver, Redis, files, libraries */
#define EHLO_MAX 255                    /* RFC 5321 §4.5.3.1.2 */
#define USER_AGENT_MAX 1000 /* servers have a limit of some thousands for all of a request */
#define DAY_MS INT64_C(86400000)

unsigned preflight_workers(const char *text)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned long n;
    char *end;

    if (text == NULL)
        return cores > 0 ? (unsigned)cores : 1;
    n = strtoul(text, &end, 10);
    if (end != text && *end == '\0' && n > 0 && n <= PREFLIGHT_WORKERS_MAX)
        return (unsigned)n;
    log_error("--workers %s: wants a number from 1 to %d", text, PREFLIGHT_WORKERS_MAX);
    return 0;
}

/* ---- files ---- */

int preflight_readable(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), fault = fd < 0 ? errno : 0;
    struct stat status;

    if (fault == 0 && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
        fault = EISDIR;
    if (fd >= 0)
        close(fd);
    return fault;
}

int preflight_lists(const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        int fault;

        if (strcmp(paths[i], "-") == 0 ||
            (stat(paths[i], &status) == 0 && S_ISFIFO(status.st_mode)))
            continue; /* opened once, by who reads it */
        fault = preflight_readable(paths[i]);
        if (fault == 0)
            continue;
        log_error("%s: %s; name a file of domains, or - for standard input", paths[i],
                  strerror(fault));
        return EXIT_INPUT;
    }
    return EXIT_OK;
}

static int check_trust_store(const struct settings *s)
{
    int fault = preflight_readable(s->trust_store);

    if (fault == 0)
        return EXIT_OK;
    log_error("--trust-store: %s: %s; name a file of CA certificates in PEM", s->trust_store,
              strerror(fault));
    return EXIT_INPUT;
}

/* ---- values ---- */

/* What the kind of a setting alone does not say. Seconds are kept in milliseconds. */
static const struct {
    const char *option;
    size_t offset;
    int64_t least, most;
    int64_t unit;
} ranges[] = {
#define ROW(field, option, least, most, unit)                                \
    {                                                                        \
        option, offsetof(struct settings, field), (int64_t)(least) * (unit), \
            (int64_t)(most) * (unit), unit                                   \
    }
    ROW(dns_flight, "dns-flight", 1, 1000000, 1),
    ROW(attempts, "attempts", 1, 100, 1),
    ROW(smtp_port, "smtp-port", 1, 65535, 1),
    ROW(https_port, "https-port", 1, 65535, 1),
    ROW(probes, "probes", 1, 1000000, 1),
    ROW(per_address, "per-address", 1, 1000000, 1),
    ROW(per_network, "per-network", 1, 1000000, 1),
    ROW(per_operator, "per-operator", 1, 1000000, 1),
    ROW(fetches, "fetches", 1, 1000000, 1),
    ROW(batch, "batch", 1, QUEUE_BATCH_JOBS_MAX, 1),
    ROW(window, "window", 1, 1000000, 1),
#undef ROW
};

static const struct {
    const char *option;
    size_t offset;
} times[] = {
#define ROW(field, option)                       \
    {                                            \
        option, offsetof(struct settings, field) \
    }
    ROW(dns_timeout, "dns-timeout"),       ROW(connect_timeout, "connect-timeout"),
    ROW(banner_timeout, "banner-timeout"), ROW(command_timeout, "command-timeout"),
    ROW(tls_timeout, "tls-timeout"),       ROW(probe_timeout, "probe-timeout"),
    ROW(fetch_timeout, "fetch-timeout"),
#undef ROW
};

static int64_t number_at(const struct settings *s, size_t offset)
{
    return *(const int64_t *)((const char *)s + offset);
}

static int check_ranges(const struct settings *s)
{
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        int64_t n = number_at(s, ranges[i].offset);

        if (n >= ranges[i].least && n <= ranges[i].most)
            continue;
        log_error("--%s %" PRId64 ": wants a number from %" PRId64 " to %" PRId64, ranges[i].option,
                  n, ranges[i].least, ranges[i].most);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        int64_t ms = number_at(s, times[i].offset);

        if (ms > 0 && ms <= DAY_MS)
            continue;
        log_error("--%s %g: wants more than 0 seconds and at most a day", times[i].option,
                  (double)ms / 1000);
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

static int check_choice(const char *option, const char *value, const char *one, const char *other)
{
    if (strcmp(value, one) == 0 || strcmp(value, other) == 0)
        return EXIT_OK;
    log_error("--%s %s: it is %s or %s", option, value, one, other);
    return EXIT_USAGE;
}

static bool is_stage(const char *name, size_t len)
{
    for (int s = 0; s < STAGE_COUNT; s++)
        if (strlen(stage_name((enum stage)s)) == len &&
            memcmp(stage_name((enum stage)s), name, len) == 0)
            return true;
    return false;
}

static int check_stages(const struct settings *s)
{
    const char *at = s->stages;

    do {
        size_t len = strcspn(at, ",");

        if (!is_stage(at, len)) {
            log_error("--stages: \"%.*s\" is none of dns, policy, starttls", (int)len, at);
            return EXIT_USAGE;
        }
        at += len;
    } while (*at++ == ',');
    if (settings_has_stage(s, stage_name(STAGE_DNS)))
        return EXIT_OK;
    log_error("--stages %s: every domain begins with dns; name it too", s->stages);
    return EXIT_USAGE;
}

static int check_contact(const char *allow, const char *opt_out, int otherwise)
{
    struct contact contact;
    const char *fault = contact_open(&contact, allow, opt_out);

    contact_free(&contact);
    if (fault == NULL)
        return EXIT_OK;
    log_error("%s", fault);
    return otherwise;
}

static int check_selectors(const struct settings *s)
{
    struct selectors selectors;
    const char *fault = selectors_open(&selectors, s->dkim_selectors);

    if (fault == NULL) {
        selectors_close(&selectors);
        return EXIT_OK;
    }
    log_error("%s", fault);
    return EXIT_INPUT;
}

/* What others are told: one line, and of the EHLO name only what RFC 5321 §4.1.1.1 lets stand
 * there. */
static int check_introduction(const struct settings *s)
{
    static const char name[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-[:]";

    if (s->ehlo[strspn(s->ehlo, name)] != '\0' || strlen(s->ehlo) > EHLO_MAX) {
        log_error("--ehlo %s: wants the name of this host, or its address in brackets", s->ehlo);
        return EXIT_USAGE;
    }
    if (strlen(s->user_agent) > USER_AGENT_MAX) {
        log_error("--user-agent: %zu bytes; wants one line of text, %d at most",
                  strlen(s->user_agent), USER_AGENT_MAX);
        return EXIT_USAGE;
    }
    for (const char *c = s->user_agent; *c != '\0'; c++) {
        if ((unsigned char)*c >= ' ' && *c != '\x7f')
            continue;
        log_error("--user-agent %s: wants one line of text", s->user_agent);
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

int preflight_settings(const struct settings *s)
{
    int status = check_ranges(s);

    if (status == EXIT_OK)
        status = check_introduction(s);
    if (status == EXIT_OK)
        status = check_choice("addresses", s->addresses, "all", "one");
    if (status == EXIT_OK)
        status = check_choice("mx", s->mx_hosts, "all", "primary");
    if (status == EXIT_OK)
        status = check_stages(s);
    if (status == EXIT_OK)
        status = check_contact(s->allow_addresses, "", EXIT_USAGE);
    if (status == EXIT_OK)
        status = check_contact("", s->opt_out, EXIT_INPUT);
    if (status == EXIT_OK)
        status = check_selectors(s);
    return status == EXIT_OK ? check_trust_store(s) : status;
}

/* ---- this machine ---- */

int preflight_limits(struct settings *s)
{
    struct rlimit limit;
    int64_t room;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return EXIT_OK;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < PREFLIGHT_DESCRIPTORS_MIN) {
        log_error("only %llu file descriptors are allowed, at least %d are needed; raise the limit "
                  "(ulimit -n)",
                  (unsigned long long)limit.rlim_cur, PREFLIGHT_DESCRIPTORS_MIN);
        return EXIT_LIMITS;
    }
    room = limit.rlim_cur > 1000000 ? 1000000 : (int64_t)limit.rlim_cur;
    room = room > DESCRIPTORS_BESIDE * 2 ? room - DESCRIPTORS_BESIDE : room / 2;
    if (s->probes + 2 * s->fetches > room) {
        int64_t wanted = s->probes;

        s->fetches = s->fetches < room / 8 ? s->fetches : room / 8;
        s->probes = s->probes < room - 2 * s->fetches ? s->probes : room - 2 * s->fetches;
        log_warning("%lld file descriptors are allowed: %lld instead of %lld probes at once in a "
                    "worker; raise ulimit -n",
                    (long long)limit.rlim_cur, (long long)s->probes, (long long)wanted);
    }
    return EXIT_OK;
}

int preflight_trust_store(const struct settings *s)
{
    const char *error = NULL;
    struct chain_judge *judge = chain_judge_new(s->trust_store, &error);

    if (judge == NULL) {
        log_error("--trust-store: %s: no CA certificate in it can be read; name a file of CA "
                  "certificates in PEM",
                  s->trust_store);
        return EXIT_INPUT;
    }
    chain_judge_free(judge);
    return EXIT_OK;
}

void preflight_manners(const struct settings *s)
{
    if (s->ehlo[0] == '\0')
        log_warning("--ehlo is not set: mail servers will be greeted with this host's name, which "
                    "should resolve");
    if (s->user_agent[0] == '\0')
        log_warning("--user-agent is not set: policy hosts cannot tell whom to ask; give it a "
                    "contact address");
}
