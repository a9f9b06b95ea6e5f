/* conversation: one SMTP conversation from connect to QUIT, as workers/probe.h tells it. The pool
 * of probes owns it; nobody else includes this. */
#ifndef MXC_WORKERS_CONVERSATION_H
#define MXC_WORKERS_CONVERSATION_H

#include <uv.h>

#include "scanner/base/settings.h"
#include "workers/probe.h"

/* What all conversations of a worker share. */
struct conversation_shared {
    uv_loop_t *loop;
    const struct settings *settings;
    struct chain_judge *chains;
    SSL_CTX *tls;
    char ehlo[256];      /* the name that we say */
    char scratch[16384]; /* where sockets are read into: nothing in it outlives a call */
};

struct conversation;

/* The end comes from the loop, never from inside this call, and by itself frees the conversation
 * after done() has returned. */
struct conversation *conversation_start(struct conversation_shared *shared, struct job *job,
                                        const char *host, const struct address *address,
                                        probe_done_cb *done, void *context);
/* End it without done(). */
void conversation_abort(struct conversation *c);

#endif
