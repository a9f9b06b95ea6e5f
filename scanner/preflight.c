#include "scanner/preflight.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/base/contact.h"
#include "scanner/base/exits.h"
#include "scanner/base/log.h"
#include "workers/dns/resolver_check.h"

#define DESCRIPTORS_BESIDE 200 /* sockets of the resolver, Redis, files, libraries */

static int check_values(const struct settings *s)
{
    struct contact contact;
    const char *fault = contact_open(&contact, s->allow_addresses, s->opt_out);

    contact_free(&contact);
    if (fault != NULL) {
        log_error("%s", fault);
        return EXIT_USAGE;
    }
    if (s->batch < 1 || s->batch > 1024) {
        log_error("--batch wants a number from 1 to 1024");
        return EXIT_USAGE;
    }
    if (access(s->trust_store, R_OK) != 0) {
        log_error("--trust-store: %s: %s; name a file of CA certificates in PEM", s->trust_store,
                  strerror(errno));
        return EXIT_INPUT;
    }
    return EXIT_OK;
}

/* Raise the limit to what is allowed; then what a worker may hold at once is what fits under it. */
static int fit_descriptors(struct settings *s)
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

/* In a process of its own: libuv keeps descriptors for the whole process, and a worker, which is
 * forked from this one and closes what it inherits, must be the first to use it. */
static int check_resolvers(const struct settings *s)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(resolver_check(s));
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
        log_error("the resolvers cannot be asked: %s", strerror(errno));
        return EXIT_INTERNAL;
    }
    return WEXITSTATUS(status);
}

static void warn_of_manners(const struct settings *s)
{
    if (s->ehlo[0] == '\0')
        log_warning("--ehlo is not set: mail servers will be greeted with this host's name, which "
                    "should resolve");
    if (s->user_agent[0] == '\0')
        log_warning("--user-agent is not set: policy hosts cannot tell whom to ask; give it a "
                    "contact address");
}

int preflight_check(struct settings *s, unsigned workers)
{
    int status = check_values(s);

    if (status == EXIT_OK)
        status = fit_descriptors(s);
    if (status == EXIT_OK && workers == 0) {
        log_error("--workers wants a number from 1 on");
        status = EXIT_USAGE;
    }
    if (status == EXIT_OK)
        status = check_resolvers(s);
    if (status == EXIT_OK)
        warn_of_manners(s);
    return status;
}
