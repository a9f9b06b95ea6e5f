/* What the engine sends per question to resolvers that are far, dead or limited, and whether every
 * question is answered all the same. The answering is in this process: no figure of CPU comes of
 * it. */
#include <stdio.h>

#include "tests/unit/workers/dns_path.h"

static const struct path paths[] = {
    { "healthy", 3, 20000, 50, 80, 0, -1, -1, 0, false, 1.02 },
    { "far", 3, 20000, 300, 400, 0, -1, -1, 0, false, 1.05 },
    { "one-in-five-dead", 5, 20000, 50, 80, 0, 0, -1, 0, false, 1.10 },
    { "one-in-five-silent-at-500", 5, 20000, 50, 80, 0, -1, -1, 500, false, 1.10 },
    { "one-in-five-refuses-at-500", 5, 20000, 50, 80, 0, -1, -1, 500, true, 1.10 },
    { "all-refuse-at-2000", 1, 10000, 50, 80, 0, -1, -1, 2000, true, 1.10 },
};

int main(void)
{
    unsigned unanswered = 0;

    uv_loop_init(&path_loop);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const struct path *p = &paths[i];
        struct path_result r = path_run(p);

        unanswered += p->questions - r.good;
        printf("dns-queries-per-question-%s %.4f ratio %.2f %s\n", p->what, r.each, p->budget,
               r.each <= p->budget ? "ok" : "over");
    }
    printf("dns-unanswered-on-bad-paths %u questions 0 %s\n", unanswered,
           unanswered == 0 ? "ok" : "over");
    return 0;
}
