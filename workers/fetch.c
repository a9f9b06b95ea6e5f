#include "workers/fetch.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/buf.h"
#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "workers/breadcrumb.h"
#include "workers/connect_error.h"
#include "workers/curl_loop.h"
#include "workers/job.h"
#include "workers/parse/sts_policy.h"
#include "workers/worker.h"

/* Everything that servers speak: a census sees TLS 1.0 too, and says so. */
#define CIPHERS "ALL:!aNULL:!eNULL:@SECLEVEL=0"
#define TLS_RECORD_TYPES_FIRST 20 /* change_cipher_spec */
#define TLS_RECORD_TYPES_LAST 23  /* application_data */

/* All that a server may send: certificates, headers and body have bounds of their own, what curl
 * skips or keeps unasked (extensions of chunks, trailers) and records without data have none. */
#define RECEIVED_MAX ((size_t)1 << 20)
#define RECORD_COST 400 /* bytes that a record counts for beside its own */

enum socket_end { END_UNKNOWN, END_BY_PEER, END_BY_RESET };

struct fetch_pool {
    struct worker *worker;
    struct curl_loop *curl;
    OSSL_LIB_CTX *usual_library; /* while curl works */
    struct fetch *waiting, **waiting_end, *active;
    int64_t active_count;
};

struct fetch {
    struct fetch_pool *pool;
    struct job *job;
    struct fetch *next, **link; /* link: what points to it among the active */
    fetch_done_cb *cb;
    void *context;
    const char *host; /* in the job's arena, as the addresses are */
    const struct address *addresses;
    size_t count, at;
    uint64_t begun_ms, deadline_ms;
    CURL *easy;
    struct curl_slist *connect_to;
    struct buf body;
    size_t size, received;
    curl_socket_t fd;
    int socket_error;
    enum socket_end end;
    bool too_large, begun_tls, header_seen, not_tls;
    struct tls_facts tls;
    struct chain chain;
};

const char *fetch_step_name(enum fetch_step step)
{
    static const char *const names[] = { "connect", "tls", "http", "done" };

    return names[step];
}

/* ---- what curl and OpenSSL tell on the way ---- */

static int take_chain(X509_STORE_CTX *store, void *arg)
{
    struct fetch *f = arg;

    job_in_hand(f->job);
    chain_drop(&f->chain);
    chain_read(&f->chain, f->pool->worker->chains, X509_STORE_CTX_get0_untrusted(store), f->host);
    return 1; /* never in the way */
}

/* curl tells in words how a connection ended; the kernel knows. The first end counts: after it our
 * own farewell provokes a reset. */
static void look_at_socket(struct fetch *f)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);

    if (f->end == END_UNKNOWN && getsockopt(f->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0)
        f->end = info.tcpi_state == TCP_CLOSE        ? END_BY_RESET
                 : info.tcpi_state == TCP_CLOSE_WAIT ? END_BY_PEER
                                                     : END_UNKNOWN;
}

/* A record's header. */
static void on_record(struct fetch *f, const uint8_t *b)
{
    f->received += RECORD_COST + ((size_t)b[3] << 8 | b[4]);
    if (f->header_seen)
        return;
    f->header_seen = true;
    f->not_tls =
        b[0] < TLS_RECORD_TYPES_FIRST || b[0] > TLS_RECORD_TYPES_LAST || b[1] != SSL3_VERSION_MAJOR;
}

/* Each record's header before it is sent; each header, alert and handshake message received. */
static void on_tls_message(int sent, int version, int type, const void *data, size_t len, SSL *ssl,
                           void *arg)
{
    struct fetch *f = arg;
    const uint8_t *b = data;

    (void)version;
    if (sent) {
        f->begun_tls = true;
        look_at_socket(f);
    } else if (type == SSL3_RT_HEADER && len >= SSL3_RT_HEADER_LENGTH) {
        on_record(f, b);
    } else if (type == SSL3_RT_ALERT && len == 2 && b[0] == SSL3_AL_FATAL) {
        f->tls.alert = b[1];
    } else if (type == SSL3_RT_HANDSHAKE && len > 0 && b[0] == SSL3_MT_FINISHED) {
        tls_client_facts(ssl, &f->tls);
    }
}

static CURLcode prepare_tls(CURL *easy, void *context, void *arg)
{
    SSL_CTX *c = context;

    (void)easy;
    job_in_hand(((struct fetch *)arg)->job);
    SSL_CTX_set_cert_verify_callback(c, take_chain, arg);
    SSL_CTX_set_msg_callback(c, on_tls_message);
    SSL_CTX_set_msg_callback_arg(c, arg);
    SSL_CTX_set_options(c, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF |
                               SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_clear_mode(c, SSL_MODE_AUTO_RETRY); /* as tls_client.c has it */
    tls_client_bound(c);
    return CURLE_OK;
}

static size_t take_body(char *data, size_t unit, size_t len, void *arg)
{
    struct fetch *f = arg;

    job_in_hand(f->job);
    len *= unit;
    f->size += len;
    f->too_large = !buf_append(&f->body, data, len);
    return f->too_large ? 0 : len;
}

/* curl asks now and then whether to go on. */
static int on_progress(void *arg, curl_off_t size, curl_off_t now, curl_off_t up, curl_off_t up_now)
{
    struct fetch *f = arg;

    (void)size;
    (void)now;
    (void)up;
    (void)up_now;
    f->too_large = f->too_large || f->received > RECEIVED_MAX;
    return f->too_large;
}

/* The last look at what is connected to: whatever happened on the way, a special address is not. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *peer)
{
    struct fetch *f = arg;
    struct address address;

    (void)purpose;
    job_in_hand(f->job); /* curl begins transfers when it likes, also amid the work on another */
    address_from_sockaddr(&address, &peer->addr);
    if (contact_judge(&f->pool->worker->contact, f->host, &address) != OUTCOME_OK)
        return CURL_SOCKET_BAD;
    f->end = END_UNKNOWN;
    f->fd = socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
    f->socket_error = f->fd < 0 ? errno : 0; /* curl asks connect() alone for its reason */
    return f->fd;
}

static int close_socket(void *arg, curl_socket_t fd)
{
    struct fetch *f = arg;

    if (fd == f->fd)
        look_at_socket(f);
    return close(fd);
}

/* ---- the handle ---- */

static void set_options(struct fetch *f)
{
    const struct settings *s = f->pool->worker->settings;
    const char *agent = s->user_agent[0] != '\0' ? s->user_agent : "mxcensus";
    CURL *e = f->easy;
    char url[512];

    snprintf(url, sizeof(url), "https://%s" FETCH_PATH, f->host);
    curl_easy_setopt(e, CURLOPT_URL, url);
    curl_easy_setopt(e, CURLOPT_PRIVATE, f);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(e, CURLOPT_PROXY, ""); /* none, whatever the environment says */
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_USERAGENT, agent);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)s->connect_timeout);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(e, CURLOPT_XFERINFODATA, f);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, f);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, f);
}

static void set_tls_options(struct fetch *f)
{
    CURL *e = f->easy;

    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_0);
    curl_easy_setopt(e, CURLOPT_SSL_CIPHER_LIST, CIPHERS);
    curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L); /* chain_read() does, once a chain */
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(e, CURLOPT_CAINFO, NULL); /* a bundle loaded for every fetch is 25 ms */
    curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, prepare_tls);
    curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, f);
}

/* Send it to its next address, within what is left of its time. */
static void connect_next(struct fetch *f, uint64_t now)
{
    const struct address *a = &f->addresses[f->at];
    char text[ADDRESS_TEXT_SIZE], to[ADDRESS_TEXT_SIZE + 16];

    address_print(a, text);
    snprintf(to, sizeof(to), a->family == 6 ? "::[%s]:%d" : "::%s:%d", text,
             (int)f->pool->worker->settings->https_port);
    curl_slist_free_all(f->connect_to);
    f->connect_to = curl_slist_append(NULL, to);
    curl_easy_setopt(f->easy, CURLOPT_CONNECT_TO, f->connect_to);
    curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS, (long)(f->deadline_ms - now));
    curl_loop_add(f->pool->curl, f->easy);
}

static void begin(struct fetch *f)
{
    struct fetch_pool *p = f->pool;
    uint64_t now = timing_monotonic_ms();

    p->active_count++;
    f->next = p->active;
    f->link = &p->active;
    if (f->next != NULL)
        f->next->link = &f->next;
    p->active = f;
    f->begun_ms = now;
    f->deadline_ms = now + (uint64_t)p->worker->settings->fetch_timeout;
    f->easy = curl_easy_init();
    if (f->easy == NULL)
        abort(); /* out of memory, as in memory.h */
    set_options(f);
    set_tls_options(f);
    connect_next(f, now);
}

static void begin_waiting(struct fetch_pool *p)
{
    while (p->waiting != NULL && p->active_count < p->worker->settings->fetches) {
        struct fetch *f = p->waiting;

        p->waiting = f->next;
        if (p->waiting == NULL)
            p->waiting_end = &p->waiting;
        begin(f);
    }
}

void fetch_start(struct fetch_pool *pool, struct job *job, const char *host,
                 const struct address *addresses, size_t count, fetch_done_cb *cb, void *context)
{
    struct fetch *f = memory_alloc(sizeof(*f));

    assert(count > 0);
    f->pool = pool;
    f->job = job;
    f->cb = cb;
    f->context = context;
    f->host = arena_strdup(&job->arena, host);
    f->addresses = addresses;
    f->count = count;
    f->tls.alert = -1;
    buf_init(&f->body, FETCH_BODY_MAX);
    *pool->waiting_end = f;
    pool->waiting_end = &f->next;
    begin_waiting(pool);
}

/* ---- what became of it ---- */

/* The first thing sent over a connection is TLS. */
static enum fetch_step step_of(const struct fetch *f)
{
    curl_off_t secured = 0;

    curl_easy_getinfo(f->easy, CURLINFO_APPCONNECT_TIME_T, &secured);
    return !f->begun_tls ? FETCH_CONNECT : secured == 0 ? FETCH_TLS : FETCH_HTTP;
}

static enum outcome why_not_connected(const struct fetch *f)
{
    long number = f->socket_error;

    if (number == 0)
        curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &number);
    return connect_error_outcome((int)number);
}

static enum outcome why_ended(const struct fetch *f, enum outcome otherwise)
{
    return f->end == END_BY_RESET  ? OUTCOME_RESET
           : f->end == END_BY_PEER ? OUTCOME_CLOSED
                                   : otherwise;
}

static enum outcome why_no_answer(const struct fetch *f, CURLcode code)
{
    switch (code) {
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return why_ended(f, f->tls.alert >= 0 ? OUTCOME_TLS_FAILED : OUTCOME_CLOSED);
    default:
        return OUTCOME_HTTP_FAILED;
    }
}

static enum outcome judge(const struct fetch *f, CURLcode code, enum fetch_step step, long status)
{
    if (step == FETCH_HTTP && status != 0 && status != 200)
        return status >= 300 && status < 400 ? OUTCOME_HTTP_REDIRECT : OUTCOME_HTTP_STATUS;
    if (f->too_large)
        return OUTCOME_TOO_LARGE;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return OUTCOME_TIMEOUT;
    if (step == FETCH_CONNECT)
        return why_not_connected(f);
    if (step == FETCH_TLS)
        return f->not_tls          ? OUTCOME_NO_TLS
               : f->tls.alert >= 0 ? OUTCOME_TLS_FAILED
                                   : why_ended(f, OUTCOME_TLS_FAILED);
    return code == CURLE_OK ? OUTCOME_OK : why_no_answer(f, code);
}

/* "Text/Plain; charset=utf-8" is "text/plain". */
static const char *media_type(const struct fetch *f)
{
    const char *text = NULL;
    struct bytes bare;
    char *type;

    curl_easy_getinfo(f->easy, CURLINFO_CONTENT_TYPE, &text);
    if (text == NULL)
        return NULL;
    bare = sts_policy_media_type(bytes_of(text));
    type = arena_strndup(&f->job->arena, bare.data, bare.len);
    for (char *c = type; *c != '\0'; c++)
        *c = ascii_lower(*c);
    return type;
}

static struct fetch_result *result_of(struct fetch *f, CURLcode code)
{
    struct fetch_result *r = arena_alloc(&f->job->arena, sizeof(*r));
    const char *redirect = NULL;

    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &r->status);
    curl_easy_getinfo(f->easy, CURLINFO_REDIRECT_URL, &redirect);
    r->step = step_of(f);
    r->outcome = judge(f, code, r->step, r->status);
    r->address = f->addresses[f->at];
    r->took_ms = timing_monotonic_ms() - f->begun_ms;
    r->tls = f->tls;
    if (r->step < FETCH_HTTP)
        r->tls = (struct tls_facts){ .alert = r->tls.alert };
    r->chain = f->chain;
    memset(&f->chain, 0, sizeof(f->chain));
    r->media_type = media_type(f);
    r->redirect = redirect != NULL ? arena_strdup(&f->job->arena, redirect) : NULL;
    r->size = f->size;
    if (r->outcome != OUTCOME_OK)
        return r;
    r->step = FETCH_DONE;
    r->body.data =
        arena_strndup(&f->job->arena, f->body.data != NULL ? f->body.data : "", f->body.len);
    r->body.len = f->body.len;
    return r;
}

static void fetch_free(struct fetch *f)
{
    if (f->easy != NULL)
        curl_easy_cleanup(f->easy);
    curl_slist_free_all(f->connect_to);
    chain_drop(&f->chain);
    buf_free(&f->body);
    free(f);
}

/* A host with several addresses is down only if all of them are. */
static bool try_next(struct fetch *f, uint64_t now)
{
    if (step_of(f) != FETCH_CONNECT || f->at + 1 == f->count || now >= f->deadline_ms)
        return false;
    f->at++;
    connect_next(f, now);
    return true;
}

static void end(struct fetch *f, CURLcode code)
{
    struct fetch_pool *p = f->pool;
    struct fetch_result *r = result_of(f, code);
    fetch_done_cb *cb = f->cb;
    void *context = f->context;

    *f->link = f->next;
    if (f->next != NULL)
        f->next->link = f->link;
    p->active_count--;
    fetch_free(f);
    begin_waiting(p);
    cb(context, r);
}

static struct fetch *fetch_of(CURL *easy)
{
    char *f = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &f);
    return (struct fetch *)(void *)f;
}

static void on_done(void *context, CURL *easy, CURLcode code)
{
    struct fetch *f = fetch_of(easy);

    (void)context;
    job_in_hand(f->job);
    if (try_next(f, timing_monotonic_ms()))
        job_put_down(f->job);
    else
        end(f, code);
}

/* curl makes its TLS contexts in OpenSSL's default library: while it works that is the one which
 * reads certificates fastest. */
static void on_step(void *context, CURL *easy, bool begins)
{
    struct fetch_pool *p = context;

    if (begins)
        p->usual_library = OSSL_LIB_CTX_set0_default(chain_judge_library(p->worker->chains));
    else
        OSSL_LIB_CTX_set0_default(p->usual_library);
    if (easy != NULL && begins)
        job_in_hand(fetch_of(easy)->job);
    if (!begins) /* also of one that was begun on the way */
        breadcrumb_clear(p->worker->breadcrumb);
}

/* ---- the pool ---- */

struct fetch_pool *fetch_pool_new(struct worker *w, const char **error)
{
    struct fetch_pool *p = memory_alloc(sizeof(*p));

    signal(SIGPIPE, SIG_IGN);
    p->worker = w;
    p->waiting_end = &p->waiting;
    p->curl = curl_loop_new(w->loop, on_step, on_done, p);
    if (p->curl == NULL) {
        *error = "libcurl cannot be used";
        free(p);
        return NULL;
    }
    return p;
}

void fetch_pool_close(struct fetch_pool *p)
{
    for (struct fetch *f = p->active, *next; f != NULL; f = next) {
        next = f->next;
        curl_loop_remove(p->curl, f->easy);
        fetch_free(f);
    }
    for (struct fetch *f = p->waiting, *next; f != NULL; f = next) {
        next = f->next;
        fetch_free(f);
    }
    curl_loop_close(p->curl);
    free(p);
}
