/* curl_loop: libcurl's multi interface driven by a libuv loop (curl_multi_socket_action). */
#ifndef MXC_WORKERS_CURL_LOOP_H
#define MXC_WORKERS_CURL_LOOP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <uv.h>

struct curl_loop;

/* Around every piece of work that curl does, for one transfer because its socket is ready, or
 * because of the time (easy is NULL, and it may be any of them). The end of a transfer is told
 * after the piece. */
typedef void curl_step_cb(void *context, CURL *easy, bool begins);
/* A transfer ended; it is removed already, and the receiver may add it again or clean it up. */
typedef void curl_done_cb(void *context, CURL *easy, CURLcode code);

/* NULL when curl cannot be used. */
struct curl_loop *curl_loop_new(uv_loop_t *loop, curl_step_cb *step, curl_done_cb *done,
                                void *context);
void curl_loop_add(struct curl_loop *c, CURL *easy); /* done is not called from inside this */
void curl_loop_remove(struct curl_loop *c, CURL *easy);
void curl_loop_close(struct curl_loop *c); /* no transfer is in it; run the loop once more */

#endif
