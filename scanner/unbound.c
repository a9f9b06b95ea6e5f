#include "scanner/unbound.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/base/buf.h"
#include "scanner/base/file.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "scanner/interrupt.h"

enum {
    START_WAIT_MS = 20000,
    STOP_WAIT_MS = 5000,
    BACK_OFF_MAX_MS = 10000,
    STEADY_MS = 60000, /* alive that long: the next death is a new story */
    TURN_US = 20000,
    PORT_TRIES = 16,
    INFRA_TTL_S = 900, /* its own default memory of dead servers */
    SOCKETS_MAX = 4096,
    SOCKETS_BESIDE = 200,
};

struct unbound {
    char *directory, *hints, *anchor; /* absolute */
    const char *program;
    const struct settings *settings;
    uint16_t port;
    pid_t pid; /* 0: dead */
    uint64_t started_ms, next_ms, back_off_ms;
};

static char complaint[512];

const char *unbound_program(void)
{
    static const char *const paths[] = { "/usr/sbin/unbound", "/usr/local/sbin/unbound",
                                         "/usr/bin/unbound", "/usr/local/bin/unbound" };

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (access(paths[i], X_OK) == 0)
            return paths[i];
    return NULL;
}

struct resolver_place unbound_place(const struct unbound *u)
{
    struct resolver_place p = { .address = { .family = 4, .bytes = { 127, 0, 0, 1 } },
                                .port = u->port };

    return p;
}

/* ---- the port ---- */

static bool bind_port(int type, uint16_t *port)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(sa);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    bool bound;

    sa.sin_port = htons(*port);
    bound = fd >= 0 && bind(fd, (struct sockaddr *)&sa, len) == 0 &&
            getsockname(fd, (struct sockaddr *)&sa, &len) == 0;
    if (fd >= 0)
        close(fd);
    *port = ntohs(sa.sin_port);
    return bound;
}

/* One that is free for UDP and TCP, now. Should somebody else take it, the start fails. */
static bool choose_port(uint16_t *port)
{
    for (unsigned i = 0; i < PORT_TRIES; i++) {
        *port = 0;
        if (bind_port(SOCK_DGRAM, port) && bind_port(SOCK_STREAM, port))
            return true;
    }
    return false;
}

/* ---- the configuration ---- */

static long threads(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores > 0 ? cores : 1;
}

/* Sockets that each thread may have towards servers, out of the descriptors that are allowed. */
static long sockets(void)
{
    struct rlimit limit = { .rlim_cur = 1024 };
    rlim_t room;

    getrlimit(RLIMIT_NOFILE, &limit);
    room = limit.rlim_cur > SOCKETS_BESIDE ? limit.rlim_cur - SOCKETS_BESIDE : 1;
    room /= (rlim_t)threads() * 2;
    return room < SOCKETS_MAX ? (long)room : SOCKETS_MAX;
}

static void add_text(struct buf *b)
{
    static const char text[] =
        "    username: \"\"\n"
        "    chroot: \"\"\n"
        "    use-syslog: no\n"
        "    verbosity: 0\n"
        "    access-control: 127.0.0.0/8 allow\n"
        "    module-config: \"validator iterator\"\n"
        "    trust-anchor-signaling: no\n"
        "    edns-buffer-size: 1232\n"
        "    max-udp-size: 1232\n"
        "    so-reuseport: yes\n"
        "    so-rcvbuf: 4m\n"
        "    so-sndbuf: 4m\n"
        "    outgoing-num-tcp: 100\n"
        "    incoming-num-tcp: 500\n"
        "    num-queries-per-thread: 4096\n"
        /* A census asks everything once: what is prefetched, or asked label by label, is load on
         * other people's servers. */
        "    prefetch: no\n"
        "    qname-minimisation: no\n"
        "    minimal-responses: yes\n"
        "    msg-cache-size: 64m\n"
        "    rrset-cache-size: 128m\n"
        "    key-cache-size: 32m\n"
        "    neg-cache-size: 16m\n"
        "    unwanted-reply-threshold: 10000000\n"
        /* Each answer is to be the zone's own word, not one derived from another. */
        "    aggressive-nsec: no\n"
        "    harden-below-nxdomain: no\n";

    buf_string(b, text);
}

static void add_forbidden(struct buf *b)
{
    static const char *const ranges[] = {
        "0.0.0.0/8",     "10.0.0.0/8",   "100.64.0.0/10",  "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "224.0.0.0/4",   "240.0.0.0/4",  "::/3", /* v4-mapped and NAT64 among them */
        "fc00::/7",      "fe80::/10",    "fec0::/10",      "ff00::/8"
    };

    buf_string(b, "    do-not-query-localhost: yes\n");
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        buf_printf(b, "    do-not-query-address: %s\n", ranges[i]);
}

/* What it knows of dead servers is forgotten before a question is tried again. */
static int64_t memory_s(const struct settings *s)
{
    int64_t delay = s->retry_delay / 1000;

    return delay < 1 ? 1 : delay < INFRA_TTL_S ? delay : INFRA_TTL_S;
}

static void add_configuration(struct buf *b, const struct unbound *u)
{
    buf_string(b, "# Written by mxcensus for this run; written anew at each start.\nserver:\n");
    buf_printf(b, "    directory: \"%s\"\n    pidfile: \"\"\n", u->directory);
    buf_printf(b, "    interface: 127.0.0.1@%u\n    num-threads: %ld\n", u->port, threads());
    buf_printf(b, "    outgoing-range: %ld\n", sockets());
    buf_printf(b, "    do-ip6: %s\n", u->settings->no_ipv6 ? "no" : "yes");
    buf_printf(b, "    root-hints: \"%s\"\n    trust-anchor-file: \"%s\"\n", u->hints, u->anchor);
    buf_printf(b, "    infra-host-ttl: %" PRId64 "\n", memory_s(u->settings));
    add_text(b);
    if (u->settings->allow_addresses[0] == '\0')
        add_forbidden(b);
    else
        buf_string(b, "    do-not-query-localhost: no\n");
    buf_string(b, "remote-control:\n    control-enable: no\n");
}

static bool write_configuration(const struct unbound *u)
{
    char *path = file_path(u->directory, "unbound.conf");
    struct buf b;
    bool written;

    buf_init(&b, BUF_NO_CEILING);
    add_configuration(&b, u);
    written = file_create(path, b.data, b.len) == 0;
    buf_free(&b);
    free(path);
    return written;
}

/* ---- the process ---- */

static void become_unbound(const struct unbound *u, pid_t parent)
{
    int null = open("/dev/null", O_RDWR);
    int log = open("log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);

    interrupt_forget();
    setpgid(0, 0); /* the terminal's Ctrl-C is for the parent */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(0); /* it died before the kernel was asked to tell */
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    execl(u->program, u->program, "-d", "-c", "unbound.conf", (char *)NULL);
    _exit(127);
}

static bool spawn(struct unbound *u)
{
    pid_t parent = getpid();

    if (!write_configuration(u))
        return false;
    u->pid = fork();
    if (u->pid == 0) {
        if (chdir(u->directory) != 0)
            _exit(126);
        become_unbound(u, parent);
    }
    u->started_ms = timing_monotonic_ms();
    if (u->pid > 0)
        return true;
    u->pid = 0;
    return false;
}

/* The first line of its log that has this word, from there on. */
static bool find_in_log(const struct unbound *u, const char *word, char *out, size_t room)
{
    char *path = file_path(u->directory, "log"), line[256];
    FILE *f = fopen(path, "re");
    const char *mark = NULL;

    free(path);
    if (f == NULL)
        return false;
    while (mark == NULL && fgets(line, sizeof(line), f) != NULL)
        mark = strstr(line, word);
    fclose(f);
    if (mark == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    snprintf(out, room, "%s", mark);
    return true;
}

/* It says so itself: its port is open before it has read the trust anchor. */
static bool has_started(const struct unbound *u)
{
    char line[256];

    return find_in_log(u, "start of service", line, sizeof(line));
}

static bool await_start(struct unbound *u)
{
    uint64_t deadline = timing_monotonic_ms() + START_WAIT_MS;
    char words[300];

    while (timing_monotonic_ms() < deadline) {
        if (has_started(u))
            return true;
        if (waitpid(u->pid, NULL, WNOHANG) == u->pid) {
            u->pid = 0;
            if (!find_in_log(u, "error: ", words, sizeof(words)))
                snprintf(words, sizeof(words), "it says nothing");
            snprintf(complaint, sizeof(complaint), "unbound does not start: %s", words);
            return false;
        }
        usleep(TURN_US);
    }
    snprintf(complaint, sizeof(complaint), "unbound does not answer; see %.200s/log", u->directory);
    return false;
}

/* Its configuration knows no way to write a quote inside of quotes. */
static char *absolute(const char *path)
{
    char *whole = realpath(path, NULL);

    if (whole != NULL && strpbrk(whole, "\"\n") != NULL) {
        free(whole);
        whole = NULL;
        errno = EINVAL;
    }
    return whole;
}

static bool start(struct unbound *u, const char *directory)
{
    const char *what = directory;
    bool good = mkdir(directory, 0700) == 0 || errno == EEXIST;

    if (good)
        good = (u->directory = absolute(directory)) != NULL;
    if (good)
        good = (u->hints = absolute(what = u->settings->root_hints)) != NULL;
    if (good)
        good = (u->anchor = absolute(what = u->settings->trust_anchor)) != NULL;
    if (good)
        good = choose_port(&u->port) && spawn(u);
    if (!good)
        snprintf(complaint, sizeof(complaint), "unbound cannot be started: %.200s: %s", what,
                 strerror(errno));
    return good && await_start(u);
}

struct unbound *unbound_start(const char *directory, const struct settings *s, const char **error)
{
    struct unbound *u = memory_alloc(sizeof(*u));

    u->settings = s;
    u->program = unbound_program();
    if (u->program == NULL)
        snprintf(complaint, sizeof(complaint), "unbound is not installed");
    else if (start(u, directory))
        return u;
    unbound_stop(u);
    *error = complaint;
    return NULL;
}

void unbound_tend(struct unbound *u)
{
    uint64_t now = timing_monotonic_ms();

    if (u->pid != 0 && waitpid(u->pid, NULL, WNOHANG) == u->pid) {
        u->pid = 0;
        if (now - u->started_ms > STEADY_MS)
            u->back_off_ms = 0;
        log_warning("unbound ended; starting it again");
        u->next_ms = now + u->back_off_ms;
        u->back_off_ms = u->back_off_ms == 0                    ? 500
                         : 2 * u->back_off_ms < BACK_OFF_MAX_MS ? 2 * u->back_off_ms
                                                                : BACK_OFF_MAX_MS;
    }
    if (u->pid == 0 && now >= u->next_ms && !spawn(u))
        u->next_ms = now + 1000;
}

static void end_process(struct unbound *u)
{
    uint64_t deadline = timing_monotonic_ms() + STOP_WAIT_MS;

    kill(u->pid, SIGTERM);
    while (waitpid(u->pid, NULL, WNOHANG) == 0) {
        if (timing_monotonic_ms() >= deadline) {
            kill(u->pid, SIGKILL);
            waitpid(u->pid, NULL, 0);
            return;
        }
        usleep(TURN_US);
    }
}

void unbound_stop(struct unbound *u)
{
    if (u == NULL)
        return;
    if (u->pid > 0)
        end_process(u);
    free(u->directory);
    free(u->hints);
    free(u->anchor);
    free(u);
}
