#include "workers/connect_error.h"

#include <errno.h>

enum outcome connect_error_outcome(int number)
{
    switch (number) {
    case ECONNREFUSED:
        return OUTCOME_CONNECTION_REFUSED;
    case ETIMEDOUT:
        return OUTCOME_TIMEOUT;
    case ECONNRESET:
        return OUTCOME_RESET;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
    case ENETDOWN:
    case EPERM: /* a firewall of this machine */
    case EACCES:
        return OUTCOME_NETWORK_DOWN;
    default:
        return OUTCOME_UNREACHABLE;
    }
}
