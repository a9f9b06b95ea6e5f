#include "workers/curl_loop.h"

#include <stdlib.h>

#include "scanner/base/memory.h"

struct curl_loop {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;
    curl_step_cb *step;
    curl_done_cb *done;
    void *context;
};

/* A socket that curl waits for. */
struct watch {
    uv_poll_t poll;
    struct curl_loop *curl;
    CURL *easy;
    curl_socket_t fd;
};

static void tell_ends(struct curl_loop *c)
{
    const CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
        CURL *easy = m->easy_handle;
        CURLcode code = m->data.result;

        if (m->msg != CURLMSG_DONE)
            continue;
        curl_multi_remove_handle(c->multi, easy); /* m is gone with it */
        c->done(c->context, easy, code);
    }
}

static void act(struct curl_loop *c, CURL *easy, curl_socket_t fd, int events)
{
    int running;

    c->step(c->context, easy, true);
    curl_multi_socket_action(c->multi, fd, events, &running);
    c->step(c->context, easy, false);
    tell_ends(c);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    struct curl_loop *c = w->curl;
    int flags = 0;

    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    act(c, w->easy, w->fd, flags); /* w may be gone after it */
}

static void on_timer(uv_timer_t *timer)
{
    struct curl_loop *c = timer->data;

    act(c, NULL, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout_wanted(CURLM *multi, long ms, void *arg)
{
    struct curl_loop *c = arg;

    (void)multi;
    if (ms < 0)
        uv_timer_stop(&c->timer);
    else
        uv_timer_start(&c->timer, on_timer, (uint64_t)ms, 0);
    return 0;
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static struct watch *watch_new(struct curl_loop *c, CURL *easy, curl_socket_t fd)
{
    struct watch *w = memory_alloc(sizeof(*w));

    w->curl = c;
    w->easy = easy;
    w->fd = fd;
    if (uv_poll_init_socket(c->loop, &w->poll, fd) != 0)
        abort(); /* curl gave a descriptor that is none */
    w->poll.data = w;
    curl_multi_assign(c->multi, fd, w);
    return w;
}

static int on_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket)
{
    struct curl_loop *c = arg;
    struct watch *w = socket;
    int events = 0;

    if (what == CURL_POLL_REMOVE) {
        if (w == NULL)
            return 0;
        curl_multi_assign(c->multi, fd, NULL);
        uv_poll_stop(&w->poll);
        uv_close((uv_handle_t *)&w->poll, on_watch_closed);
        return 0;
    }
    if (w == NULL)
        w = watch_new(c, easy, fd);
    if (what != CURL_POLL_OUT)
        events |= UV_READABLE;
    if (what != CURL_POLL_IN)
        events |= UV_WRITABLE;
    uv_poll_start(&w->poll, events, on_ready);
    return 0;
}

struct curl_loop *curl_loop_new(uv_loop_t *loop, curl_step_cb *step, curl_done_cb *done,
                                void *context)
{
    struct curl_loop *c = memory_alloc(sizeof(*c));

    c->loop = loop;
    c->step = step;
    c->done = done;
    c->context = context;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        (c->multi = curl_multi_init()) == NULL) {
        free(c);
        return NULL;
    }
    uv_timer_init(loop, &c->timer);
    c->timer.data = c;
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wanted);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, 1L); /* nothing is used again */
    return c;
}

void curl_loop_add(struct curl_loop *c, CURL *easy)
{
    if (curl_multi_add_handle(c->multi, easy) != CURLM_OK)
        abort(); /* out of memory, or the same handle twice */
}

void curl_loop_remove(struct curl_loop *c, CURL *easy)
{
    curl_multi_remove_handle(c->multi, easy);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void curl_loop_close(struct curl_loop *c)
{
    curl_multi_cleanup(c->multi);
    uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}
