/* listeners: one listening socket a host, all in one loop. */
#ifndef MXC_PEER_LISTENERS_H
#define MXC_PEER_LISTENERS_H

#include <uv.h>

#include "tests/world/peer/table.h"

/* Listen for every host; ends the process with a clear line where that is impossible. */
void listeners_open(uv_loop_t *loop, struct host *hosts, size_t count);

#endif
