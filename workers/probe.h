/* probe: one SMTP conversation with one address, up to STARTTLS and behind it (RFC 5321, RFC 3207):
 * connect, banner, EHLO (HELO where EHLO is refused), STARTTLS, handshake, EHLO, QUIT. No mail is
 * ever named. The pool of probes is the limit of connections at once, in all and by the caps of
 * workers/gates.h. */
#ifndef MXC_WORKERS_PROBE_H
#define MXC_WORKERS_PROBE_H

#include "scanner/base/address.h"
#include "scanner/base/outcome.h"
#include "workers/chain.h"
#include "workers/parse/bytes.h"
#include "workers/tls_client.h"

#define PROBE_REPLY_MAX 65536 /* bytes of one reply */
#define PROBE_BANNER_MAX 1024 /* bytes of a banner that are kept */

struct worker;
struct job;
struct probe_pool;

enum probe_starttls { PROBE_STARTTLS_UNKNOWN, PROBE_STARTTLS_OFFERED, PROBE_STARTTLS_ABSENT };

struct probe_lines {
    struct bytes *lines;
    size_t count;
    bool known; /* there was such a reply */
};
struct probe_result {
    enum outcome outcome;
    const char *step;    /* where that was decided: "connect", …, "quit" where it is OK */
    int code;            /* of the reply that decided a failure; 0: none did */
    struct bytes banner; /* as sent, without its last line end; of no reply: what came */
    struct probe_lines ehlo, ehlo_tls;
    enum outcome after_tls; /* of EHLO inside TLS: OK too where it never came so far */
    int after_tls_code;     /* of the reply that refused it; 0: none did */
    enum probe_starttls starttls;
    bool requiretls; /* in the EHLO reply under TLS (RFC 8689 §2) */
    bool tls_tried;
    const char *sni; /* NULL: none was sent */
    struct tls_facts tls;
    struct chain chain; /* the receiver's to chain_drop() */
};

typedef void probe_done_cb(void *context, struct probe_result *result);

/* Ignores SIGPIPE from here on, for the whole process. NULL and *error (static text) on failure. */
struct probe_pool *probe_pool_new(struct worker *w, const char **error);
/* Ends all conversations without their callbacks; its memory is gone after the loop ran once more.
 */
void probe_pool_close(struct probe_pool *pool);

/* The run has so many workers now, among whom the caps are divided. */
void probe_pool_share(struct probe_pool *pool, unsigned workers);

/* Talk to address now, or as soon as the limits allow. The address must be one that may be
 * contacted (contact_judge). host, the name asked for, and job outlive the probe: the job is
 * named as in hand whenever this works on it, and its arena holds the result and all in it. cb is
 * called exactly once, with the job in hand, never from inside this call. */
void probe_start(struct probe_pool *pool, struct job *job, const char *host,
                 const struct address *address, probe_done_cb *cb, void *context);

#endif
