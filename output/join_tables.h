/* join_tables: the inside of a join, for join.c, which fills it, and join_view.c, which looks
 * things up in it once it is sealed. Nobody else includes this. */
#ifndef MXC_OUTPUT_JOIN_TABLES_H
#define MXC_OUTPUT_JOIN_TABLES_H

#include <openssl/x509.h>
#include <pthread.h>

#include "output/join.h"

#define BIT(trait) ((uint16_t)(1U << (trait)))

struct join_leaf {
    struct join_leaf *next;
    X509 *x509;
};

struct leaf_case;
struct chain_case;

struct join {
    pthread_mutex_t lock; /* of all below, until sealed */
    struct index hosts, policies, operators, certs;
    struct arena arena;   /* hosts and policies */
    struct arena pending; /* certificates and cases: until sealed */
    struct leaf_case *leaves;
    struct chain_case *chains;
    int64_t max_skew;
};

#endif
