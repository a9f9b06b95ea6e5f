/* management: does a domain run a host of its own, or does a third party run it. A name below the
 * domain's own registrable domain is its own; else a curated list of datasets/ says it; else the
 * thresholds of the study of the IMC of 2025: a party that serves 50 domains or more is a third
 * party, one that serves at most 5 is the owner under another name. 50 in any list are 50; that
 * there are no more than 5 says something only of a list that is large. Pure, any thread. */
#ifndef MXC_OUTPUT_MANAGEMENT_H
#define MXC_OUTPUT_MANAGEMENT_H

#include "output/join.h"

#define MANAGEMENT_MANY 50 /* domains served */
#define MANAGEMENT_FEW 5
#define MANAGEMENT_LARGE_LIST 1000000 /* accepted domains */

#define MANAGEMENTS(X)                                                          \
    X(SELF, "self-managed",                                                     \
      "the host's name is below the domain's own registrable domain, or its "   \
      "operator serves 5 domains at most of a list of a million or more")       \
    X(THIRD, "third-party",                                                     \
      "its operator is on the list in datasets/, or serves 50 domains or more") \
    X(OPEN, "unclassified", "neither can be told")

enum management {
#define X(id, name, text) MANAGEMENT_##id,
    MANAGEMENTS(X)
#undef X
        MANAGEMENT_COUNT
};

const char *management_name(enum management m);
const char *management_name_or_all(int m); /* the same; of MANAGEMENT_COUNT "all" */
void management_explain(struct buf *out);  /* all of them, as text */

/* By the thresholds alone. */
enum management management_of_count(uint64_t served, uint64_t list_domains);
/* Of the policy host; OPEN where no policy was recorded. */
enum management management_of_policy(const struct joined *d, uint64_t list_domains);

#endif
