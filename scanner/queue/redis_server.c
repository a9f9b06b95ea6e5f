#include "scanner/queue/redis_server.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/base/buf.h"
#include "scanner/base/file.h"
#include "scanner/base/log.h"
#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "scanner/queue/append_file.h"
#include "scanner/queue/redis.h"

#define LOCK_WAIT_MS 30000
#define START_WAIT_MS 120000 /* it reads its append-only file first */
#define STOP_WAIT_MS 30000
#define BACK_OFF_MAX_MS 30000
#define KILLS_MAX 3     /* while it starts */
#define STEADY_MS 60000 /* alive that long: the next death is a new story */

struct redis_server {
    char *directory, *program;
    char *short_directory; /* made for the socket, or NULL */
    char *socket, *url;
    uint64_t maxmemory;
    pid_t pid;                              /* 0: dead */
    long log_from;                          /* where its log begins for this start */
    uint64_t started, next_start, back_off; /* ms */
};

static char complaint[512];

/* ---- files ---- */

/* A relative path would mean another place to the server, which changes to its directory. */
static bool choose_directory(struct redis_server *s, const char *directory)
{
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return false;
    s->directory = realpath(directory, NULL);
    return s->directory != NULL && chmod(s->directory, 0700) == 0;
}

/* A socket's path has at most 107 bytes: where the run directory lies too deep, it gets a short
 * private directory, removed at the end. */
static bool choose_socket(struct redis_server *s)
{
    char template[] = "/tmp/mxcensus-XXXXXX";

    s->socket = file_path(s->directory, "socket");
    if (strlen(s->socket) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
        if (mkdtemp(template) == NULL)
            return false;
        s->short_directory = memory_strdup(template);
        free(s->socket);
        s->socket = file_path(s->short_directory, "socket");
    }
    s->url = memory_alloc(strlen(s->socket) + sizeof("unix:"));
    sprintf(s->url, "unix:%s", s->socket);
    return true;
}

/* A word of redis.conf: in quotes, and what is no letter, digit or harmless sign as \xNN. */
static void add_quoted(struct buf *b, const char *word)
{
    buf_byte(b, '"');
    for (const unsigned char *c = (const unsigned char *)word; *c != '\0'; c++) {
        if (isalnum(*c) || strchr("/._-", *c) != NULL)
            buf_byte(b, (char)*c);
        else
            buf_printf(b, "\\x%02x", *c);
    }
    buf_string(b, "\"\n");
}

static void add_configuration(struct buf *b, const struct redis_server *s)
{
    static const char text[] =
        "# Written by mxcensus for this run; written anew at each start.\n"
        "port 0\n"
        "unixsocketperm 700\n"
        "daemonize no\n"
        "databases 1\n"
        "maxclients 1000\n"
        "save \"\"\n"
        "appendonly yes\n"
        "appendfsync always\n"
        "aof-load-truncated yes\n"
        "auto-aof-rewrite-percentage 100\n"
        "auto-aof-rewrite-min-size 256mb\n" /* read at a restart: a second or two */
        "maxmemory-policy noeviction\n"
        "set-max-intset-entries 65536\n" /* the seen-sets stay 8 bytes a member */
        "latency-tracking no\n"
        "always-show-logo no\n"
        "logfile log\n";

    buf_string(b, text);
    buf_printf(b, "maxmemory %" PRIu64 "\nunixsocket ", s->maxmemory);
    add_quoted(b, s->socket);
    buf_string(b, "dir ");
    add_quoted(b, s->directory);
}

static bool write_file(const struct redis_server *s, const char *name, const char *data, size_t len)
{
    char *path = file_path(s->directory, name);
    bool ok = file_create(path, data, len) == 0;

    free(path);
    return ok;
}

static bool write_files(const struct redis_server *s)
{
    struct buf b;
    bool ok;

    buf_init(&b, BUF_NO_CEILING);
    add_configuration(&b, s);
    ok = write_file(s, "redis.conf", b.data, b.len) && write_file(s, "url", s->url, strlen(s->url));
    buf_free(&b);
    return ok;
}

char *redis_server_find(const char *directory)
{
    char *path = file_path(directory, "url"), text[128] = "";
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

    if (fd >= 0)
        close(fd);
    free(path);
    return n > 0 && strncmp(text, "unix:", 5) == 0 ? memory_strdup(text) : NULL;
}

/* The last warning in the server's log since it was started, to say why it ended. */
static void last_words(const struct redis_server *s, char *out, size_t room)
{
    char *path = file_path(s->directory, "log"), line[256];
    FILE *f = fopen(path, "re");

    snprintf(out, room, "see %s", path);
    free(path);
    if (f == NULL)
        return;
    fseek(f, s->log_from, SEEK_SET);
    while (fgets(line, sizeof(line), f) != NULL) {
        const char *mark = strstr(line, "# ");

        line[strcspn(line, "\n")] = '\0';
        if (mark != NULL && strstr(mark, "WARNING") == NULL)
            snprintf(out, room, "%s", mark + 2);
    }
    fclose(f);
}

static long log_size(const struct redis_server *s)
{
    char *path = file_path(s->directory, "log");
    struct stat st;
    long size = stat(path, &st) == 0 ? (long)st.st_size : 0;

    free(path);
    return size;
}

/* ---- the process ---- */

/* The descriptor goes to the server and is closed here: the lock lasts as long as that lives. */
static int lock(const struct redis_server *s, bool wait)
{
    char *path = file_path(s->directory, "lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    uint64_t deadline = timing_monotonic_ms() + LOCK_WAIT_MS;

    free(path);
    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || !wait || timing_monotonic_ms() >= deadline) {
            close(fd);
            return -1;
        }
        usleep(20000);
    }
    return fd;
}

static void become_server(const struct redis_server *s, pid_t parent, int lock_fd)
{
    int null = open("/dev/null", O_RDWR);
    int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    sigset_t none;

    /* A handler of ours would swallow the signal until the server runs. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(0); /* it died before the kernel was asked to tell */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    fcntl(lock_fd, F_SETFD, 0);
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execlp(s->program, s->program, "redis.conf", (char *)NULL);
    dprintf(STDERR_FILENO, "# %s: %s; install redis, or put it into PATH\n", s->program,
            strerror(errno));
    _exit(127);
}

static bool spawn(struct redis_server *s, bool wait)
{
    int fd = lock(s, wait);
    pid_t parent = getpid(), pid;

    if (fd < 0 && errno == ENOENT && mkdir(s->directory, 0700) == 0)
        fd = lock(s, wait); /* somebody removed it, and with it the data: the epoch will tell */
    if (fd < 0 || !append_file_mend(s->directory) || !write_files(s)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    s->log_from = log_size(s);
    pid = fork();
    if (pid == 0) {
        if (chdir(s->directory) != 0)
            _exit(126);
        become_server(s, parent, fd);
    }
    close(fd);
    if (pid < 0)
        return false;
    s->pid = pid;
    s->started = timing_monotonic_ms();
    return true;
}

static bool answers(const struct redis_server *s)
{
    struct redis_address a = { .socket_path = s->socket };
    const char *ping = "PING", *error;
    size_t len = 4;
    struct redis *r = redis_open(&a, 1000, &error);
    const struct redisReply *reply = r != NULL ? redis_ask(r, 1, &ping, &len) : NULL;
    bool ok = reply != NULL && reply->type == REDIS_REPLY_STATUS;

    redis_close(r);
    return ok;
}

static bool await_answer(struct redis_server *s)
{
    uint64_t deadline = timing_monotonic_ms() + START_WAIT_MS;
    unsigned kills = 0;
    char words[256];
    int status;

    while (timing_monotonic_ms() < deadline) {
        if (answers(s))
            return true;
        if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
            s->pid = 0;
            if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && kills++ < KILLS_MAX &&
                spawn(s, true)) /* somebody else's doing, no trouble of its own */
                continue;
            last_words(s, words, sizeof(words));
            snprintf(complaint, sizeof(complaint), "redis-server does not start: %s", words);
            return false;
        }
        usleep(5000);
    }
    snprintf(complaint, sizeof(complaint), "redis-server does not answer; see %s/log",
             s->directory);
    return false;
}

static bool start(struct redis_server *s, const struct redis_server_options *o)
{
    if (!choose_directory(s, o->directory) || !choose_socket(s)) {
        snprintf(complaint, sizeof(complaint), "cannot prepare %s for redis-server: %s",
                 o->directory, strerror(errno));
        return false;
    }
    if (!spawn(s, true)) {
        snprintf(complaint, sizeof(complaint), "cannot start redis-server: %s",
                 errno == EWOULDBLOCK ? "another one still uses this run directory"
                                      : strerror(errno));
        return false;
    }
    return await_answer(s);
}

struct redis_server *redis_server_start(const struct redis_server_options *o, const char **error)
{
    struct redis_server *s = memory_alloc(sizeof(*s));

    s->program = memory_strdup(o->program != NULL ? o->program : "redis-server");
    s->maxmemory = o->maxmemory;
    if (start(s, o))
        return s;
    redis_server_stop(s);
    *error = complaint;
    return NULL;
}

const char *redis_server_url(const struct redis_server *s)
{
    return s->url;
}

pid_t redis_server_pid(const struct redis_server *s)
{
    return s->pid;
}

static void plan_restart(struct redis_server *s)
{
    uint64_t now = timing_monotonic_ms();

    s->pid = 0;
    if (now - s->started > STEADY_MS)
        s->back_off = 0;
    s->next_start = now + s->back_off;
    s->back_off = s->back_off == 0 ? 1000 : s->back_off * 2;
    if (s->back_off > BACK_OFF_MAX_MS)
        s->back_off = BACK_OFF_MAX_MS;
}

bool redis_server_reaped(struct redis_server *s, pid_t pid, int status)
{
    char words[256];

    if (pid != s->pid || pid == 0)
        return false;
    if (WIFSIGNALED(status))
        snprintf(words, sizeof(words), "signal %d", WTERMSIG(status));
    else
        last_words(s, words, sizeof(words));
    log_warning("redis-server ended (%s); starting it again, nothing recorded is lost", words);
    plan_restart(s);
    return true;
}

bool redis_server_tend(struct redis_server *s)
{
    int status;

    if (s->pid != 0 && waitpid(s->pid, &status, WNOHANG) == s->pid)
        redis_server_reaped(s, s->pid, status);
    if (s->pid == 0 && timing_monotonic_ms() >= s->next_start && !spawn(s, false))
        s->next_start = timing_monotonic_ms() + 1000;
    return s->pid != 0;
}

static void end_process(struct redis_server *s)
{
    uint64_t deadline = timing_monotonic_ms() + STOP_WAIT_MS;
    int status;

    kill(s->pid, SIGTERM);
    while (waitpid(s->pid, &status, WNOHANG) == 0) {
        if (timing_monotonic_ms() >= deadline) {
            kill(s->pid, SIGKILL);
            waitpid(s->pid, &status, 0);
            return;
        }
        usleep(5000);
    }
}

void redis_server_stop(struct redis_server *s)
{
    char *url;

    if (s == NULL)
        return;
    if (s->pid > 0)
        end_process(s);
    if (s->directory != NULL && s->url != NULL) {
        url = file_path(s->directory, "url");
        unlink(url);
        free(url);
    }
    if (s->short_directory != NULL) {
        unlink(s->socket);
        rmdir(s->short_directory);
    }
    free(s->directory);
    free(s->program);
    free(s->short_directory);
    free(s->socket);
    free(s->url);
    free(s);
}
