/* fetch: one policy file over HTTPS (RFC 8461 §3.3), by libcurl in the worker's loop. HTTP/1.1, one
 * connection a fetch, redirects never followed, at most 64 KiB of body. The certificate is judged
 * and never stands in the way: what is behind a bad one is read all the same. The pool is the limit
 * of fetches at once. About 1 ms of CPU each, nearly all of it the handshake. */
#ifndef MXC_WORKERS_FETCH_H
#define MXC_WORKERS_FETCH_H

#include "scanner/base/address.h"
#include "scanner/base/outcome.h"
#include "workers/chain.h"
#include "workers/parse/bytes.h"
#include "workers/tls_client.h"

#define FETCH_BODY_MAX 65536 /* RFC 8461 §3.3 */
#define FETCH_PATH "/.well-known/mta-sts.txt"

struct worker;
struct job;
struct fetch_pool;

enum fetch_step { FETCH_CONNECT, FETCH_TLS, FETCH_HTTP, FETCH_DONE };

struct fetch_result {
    enum outcome outcome;   /* OK: status 200 and a whole body. The certificate has no part in it */
    enum fetch_step step;   /* where it ended; DONE where it is OK */
    struct address address; /* the last one tried */
    uint64_t took_ms;       /* from the first connect to the end */
    struct tls_facts tls;   /* version is NULL unless the handshake came to its end */
    struct chain chain;     /* the receiver's to chain_drop() */
    long status;            /* 0: none came */
    const char *media_type; /* lower case, without parameters; NULL: none */
    const char *redirect;   /* where a 3xx points, absolute; NULL: nowhere */
    size_t size;            /* bytes of body that came */
    struct bytes body;      /* where outcome is OK */
};

/* result, and all in it, lives in the job's arena. */
typedef void fetch_done_cb(void *context, struct fetch_result *result);

/* NULL and *error (static text) on failure. Ignores SIGPIPE from here on. */
struct fetch_pool *fetch_pool_new(struct worker *w, const char **error);
/* Ends all fetches without their callbacks; run the loop once more after it. */
void fetch_pool_close(struct fetch_pool *pool);

/* Fetch https://HOST/.well-known/mta-sts.txt from the first of the addresses (count >= 1, all of
 * them contactable, in the job's arena) that takes a connection, now or when the pool has room. cb
 * is called exactly once, with the job in hand, never from inside this call. */
void fetch_start(struct fetch_pool *pool, struct job *job, const char *host,
                 const struct address *addresses, size_t count, fetch_done_cb *cb, void *context);

const char *fetch_step_name(enum fetch_step step); /* "connect", "tls", "http", "done" */

#endif
