/* connect_error: what a failed connect() says of the host, or of ourselves. */
#ifndef MXC_WORKERS_CONNECT_ERROR_H
#define MXC_WORKERS_CONNECT_ERROR_H

#include "scanner/base/outcome.h"

/* number: an errno. Ours (descriptors, buffers, a network that is down) is NETWORK_DOWN. */
enum outcome connect_error_outcome(int number);

#endif
