/* redis_server: a private redis-server for one run: a child of this process, reached through a Unix
 * socket in a directory of mode 0700, without a TCP port, set as DESIGN.md section 4 wants it.
 *
 * Its life: SIGINT in the terminal does not reach it (a process group of its own), for what is in
 * hand must still be committed. When this process dies, the kernel sends it SIGTERM. It holds a
 * lock on its directory as long as it lives, so that a run that is resumed at once waits for the
 * old server to be gone before the new one opens the same files. */
#ifndef MXC_QUEUE_REDIS_SERVER_H
#define MXC_QUEUE_REDIS_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct redis_server;

struct redis_server_options {
    const char *directory; /* made if it does not exist */
    const char *program;   /* NULL: redis-server, by PATH */
    uint64_t maxmemory;    /* bytes; 0: no limit */
};

/* Start it and wait until it answers. NULL with *error set to one clear line (static text until the
 * next call). To be called by the main thread: the kernel watches that one's death. */
struct redis_server *redis_server_start(const struct redis_server_options *o, const char **error);

const char *redis_server_url(const struct redis_server *s); /* "unix:…", for redis_address_parse */
pid_t redis_server_pid(const struct redis_server *s);       /* 0 while it is dead */

/* The URL of the server of that directory as its owner wrote it; free() it. NULL: none, or
 * none on a Unix socket: a directory of somebody else's sends nobody, and no password, elsewhere.
 */
char *redis_server_find(const char *directory);

/* Call now and then: notices that it died, and starts it again, at once at first, then after 1, 2,
 * 4 ... 30 s. Waits for nobody, but before a start its append-only file is read through. True while
 * the process is there (it may still be loading). */
bool redis_server_tend(struct redis_server *s);

/* For one who waits for all children: tell of a death that waitpid() reported. False: not this one.
 */
bool redis_server_reaped(struct redis_server *s, pid_t pid, int status);

/* Stop it (SIGTERM, SIGKILL after 30 s) and free s. NULL is allowed. */
void redis_server_stop(struct redis_server *s);

#endif
