/* resolver_list: the words of --resolver, and the name servers of resolv.conf. */
#ifndef MXC_WORKERS_DNS_RESOLVER_LIST_H
#define MXC_WORKERS_DNS_RESOLVER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/address.h"
#include "scanner/base/buf.h"

#define RESOLVER_PORT 53
#define RESOLVER_TEXT_SIZE (ADDRESS_TEXT_SIZE + 6)
#define RESOLVERS_MAX 20000
#define RESOLVERS_ERROR_SIZE 400

struct resolver_place {
    struct address address;
    uint16_t port;
};
struct resolver_list { /* each once, in the order in which they were named */
    struct resolver_place *items;
    size_t count;
};

/* text: "ADDR", "ADDR#PORT" or the name of a file, separated by commas or white space; the file has
 * addresses in the same way, and comments from a '#' in front of which nothing or white space
 * stands. An empty text: the nameserver lines of conf (/etc/resolv.conf). False with a sentence in
 * error, and nothing to free. */
bool resolver_list_read(struct resolver_list *list, const char *text, const char *conf,
                        char error[RESOLVERS_ERROR_SIZE]);
void resolver_list_free(struct resolver_list *list);

/* "ADDR", or "ADDR#PORT" where the port is another than 53. */
void resolver_place_print(const struct resolver_place *p, char text[RESOLVER_TEXT_SIZE]);

#endif
