/* conversation: what one connection says, step by step: SMTP (RFC 5321, 3207), or HTTPS when
 * direct, as the host's behaviour has it. */
#ifndef MXC_PEER_CONVERSATION_H
#define MXC_PEER_CONVERSATION_H

#include <uv.h>

#include "tests/world/peer/table.h"

void conversation_start(uv_loop_t *loop, int fd,
                        const struct host *host); /* owns fd from here on */

#endif
