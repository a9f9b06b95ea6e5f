/* shards: one process may hold so many file descriptors and no more (20,000 is a usual hard limit),
 * so a large table is served by several, each with its part of the hosts. */
#ifndef MXC_PEER_SHARDS_H
#define MXC_PEER_SHARDS_H

#include "tests/world/peer/table.h"

/* Serve hosts[0..count): say `ready` when all listen, go on until SIGTERM or SIGINT. */
typedef void shard_serve(struct host *hosts, size_t count, void (*ready)(void));

/* Serve the whole table in as many processes as the limit asks for; ready_file is written when all
 * listen. Returns the exit status: 0 after SIGTERM or SIGINT, 1 when a shard failed. */
int shards_run(const struct table *t, const char *ready_file, shard_serve *serve);

#endif
