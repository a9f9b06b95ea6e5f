/* world-peer: the mail hosts (and the misbehaving policy hosts) of a simulated Internet, in one
 * process. */
#include <err.h>
#include <string.h>
#include <uv.h>

#include "tests/world/peer/behaviours.h"
#include "tests/world/peer/listeners.h"
#include "tests/world/peer/shards.h"
#include "tests/world/peer/table.h"
#include "tests/world/peer/tls.h"

static void on_signal(uv_signal_t *handle, int signal)
{
    (void)signal;
    uv_stop(handle->loop);
}

static void serve(struct host *hosts, size_t count, void (*ready)(void))
{
    uv_loop_t *loop = uv_default_loop();
    uv_signal_t term, interrupt;

    signal(SIGPIPE, SIG_IGN); /* SSL_write has no MSG_NOSIGNAL */
    uv_signal_init(loop, &term);
    uv_signal_start(&term, on_signal, SIGTERM);
    uv_signal_init(loop, &interrupt);
    uv_signal_start(&interrupt, on_signal, SIGINT);
    tls_init();
    listeners_open(loop, hosts, count);
    ready();
    uv_run(loop, UV_RUN_DEFAULT);
    tls_free();
}

int main(int argc, char **argv)
{
    struct table table;
    int status;

    if (argc == 2 && strcmp(argv[1], "--behaviours") == 0) {
        behaviours_list();
        return 0;
    }
    if (argc != 3)
        errx(2, "usage: world-peer TABLE READYFILE | world-peer --behaviours");
    table_read(&table, argv[1]);
    status = shards_run(&table, argv[2], serve);
    table_free(&table);
    return status;
}
