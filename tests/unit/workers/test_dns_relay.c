/* Queries sent per question, the figure that a resolver's owner cares about, over paths with
 * latency and loss, with dead, limited and refusing resolvers; and every question answered. */
#include "tests/unit/check.h"
#include "tests/unit/workers/dns_path.h"

enum { AGAIN_MAX = 4, STALL_MS = 25 };

static const struct path paths[] = {
    { "50 to 80 ms", 3, 20000, 50, 80, 0, -1, -1, 0, false, 1.02 },
    { "50 to 80 ms, 0.5% lost", 3, 20000, 50, 80, 0.005, -1, -1, 0, false, 1.02 },
    { "300 to 400 ms", 3, 20000, 300, 400, 0, -1, -1, 0, false, 1.05 },
    { "one in five dead", 5, 20000, 50, 80, 0, 0, -1, 0, false, 1.10 },
    { "one in five limited, by silence", 5, 20000, 50, 80, 0, -1, -1, 500, false, 1.10 },
    { "one in five limited, by REFUSED", 5, 20000, 50, 80, 0, -1, -1, 500, true, 1.10 },
    { "the only one limited, by silence", 1, 10000, 50, 80, 0, -1, -1, 2000, false, 1.10 },
    { "the only one limited, by REFUSED", 1, 10000, 50, 80, 0, -1, -1, 2000, true, 1.10 },
    { "5% lost on the way", 3, 10000, 50, 80, 0.05, -1, -1, 0, false, 1.10 },
    { "one of two dead, then back", 2, 20000, 300, 400, 0, 0, 1200, 0, false, 1.10 },
    { "the only one dead at first", 1, 5000, 50, 80, 0, 0, 2500, 0, false, 1.10 },
    { "the only one dead in between", 1, 20000, 50, 80, 0, 1000, 3000, 0, false, 1.15 },
};

/* A machine that stands still lets a limit's allowance lapse (50 ms of it are kept) and the queries
 * under way arrive in one burst, as on no path: that says nothing of the engine, and is run again.
 */
static struct path_result run_undisturbed(const struct path *p)
{
    struct path_result r = path_run(p);

    for (int again = 0; again < AGAIN_MAX && r.each > p->budget && r.stalled_ms > STALL_MS;
         again++) {
        printf("%-34s stood still for %.0f ms: again\n", p->what, r.stalled_ms);
        r = path_run(p);
    }
    return r;
}

static void run(const struct path *p)
{
    struct path_result r = run_undisturbed(p);

    CHECK(r.answered == p->questions && r.good == p->questions, "%s: %u answered, %u of them ok",
          p->what, r.answered, r.good);
    CHECK(r.each <= p->budget, "%s: %.4f queries a question", p->what, r.each);
    CHECK(p->dead_to_ms < 0 || r.first_asked > p->questions / 10, "%s: asked %u once it was back",
          p->what, r.first_asked);
    printf("%-34s %.4f queries a question, budget %.2f, %.1f s, longest turn %.0f ms, first "
           "resolver %u asked %u not served\n",
           p->what, r.each, p->budget, r.seconds, r.stalled_ms, r.first_asked, r.first_dropped);
}

int main(void)
{
    uv_loop_init(&path_loop);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        run(&paths[i]);
    return check_report();
}
