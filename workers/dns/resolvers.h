/* resolvers: those that a run asks, and which of them gets the next question. */
#ifndef MXC_WORKERS_DNS_RESOLVERS_H
#define MXC_WORKERS_DNS_RESOLVERS_H

#include "scanner/base/settings.h"
#include "workers/dns/resolver.h"

struct resolvers {
    struct resolver *items; /* owned */
    size_t count;
    uint64_t random; /* state of the cheap generator that spreads the load; nothing secret */
    uint64_t probe_us;
};

/* Those of the setting, or of conf where it is empty (resolver_list.h). False with a sentence in
 * error. */
bool resolvers_init(struct resolvers *rs, const struct settings *settings, const char *conf,
                    uint64_t now_us, char error[RESOLVERS_ERROR_SIZE]);
void resolvers_free(struct resolvers *rs);

/* One that is ready, if it can be none of the tried ones; a quarantined one whose time has come
 * first, if the question is new. NULL when none is. */
struct resolver *resolvers_choose(struct resolvers *rs, uint64_t now_us, const uint16_t *tried,
                                  size_t tried_count);
/* All are in quarantine: no use in waiting for a turn. */
bool resolvers_all_silent(const struct resolvers *rs);

#endif
