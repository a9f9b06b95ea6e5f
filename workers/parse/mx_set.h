/* mx_set: an MX RRset (RFC 1035 §3.3.9) in the order a sender tries it, and what is wrong with each
 * target. Pure; the result is the arena's. */
#ifndef MXC_PARSE_MX_SET_H
#define MXC_PARSE_MX_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/base/arena.h"
#include "scanner/base/outcome.h"
#include "scanner/base/violation.h"
#include "workers/parse/bytes.h"

struct mx_host {
    uint16_t preference;
    bool faulty;              /* never to be followed; violation says why */
    enum violation violation; /* meaningless unless faulty */
    const char *host;         /* lower case, no trailing dot, "." for the root; bytes that are no
                               * host name's as "\032" or "\." (RFC 1035 §5.1) */
};
struct mx_set {
    enum verdict verdict; /* VALID, INVALID; ABSENT if there is no record that can be read */
    struct violations violations;
    bool null;             /* the only target is "." (RFC 7505): hosts is then empty */
    struct mx_host *hosts; /* by preference, then name; the same preference and name once */
    size_t count;
    size_t unreadable; /* RDATA that is no MX: left out */
};

/* RDATA: preference and an uncompressed name. */
void mx_set_judge(const struct bytes *rdatas, size_t count, struct arena *arena, struct mx_set *s);

/* An RRset of 64 KB names 3,600 hosts, each with 64 addresses that are probed, all of them
 * somebody's who did not ask for it if its owner so wants. Senders try five or so. */
#define MX_HOSTS_PROBED_MAX 100

/* Which of its hosts are probed (--mx all|primary), MX_HOSTS_PROBED_MAX at most. Begin with {.all =
 * …}, the rest zero, and ask for each host that is not faulty, in the order of the set. */
struct mx_choice {
    bool all;
    bool begun;
    unsigned taken;
    int64_t first; /* preference of the first one asked for */
};
bool mx_choice_takes(struct mx_choice *c, int64_t preference);

#endif
