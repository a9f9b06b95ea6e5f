/* table: the hosts that this peer plays, read from tab-separated lines
 *     ADDRESS  PORT  BEHAVIOUR[=MS]  HOSTNAME  PEM_FILE|-  OPTIONS|-
 * Options are k=v, separated by commas; \xNN in a value is that byte (0x2c for a comma).
 *     keywords=A;B C;D     EHLO keywords behind the hostname line
 *     tls-keywords=…       the same inside TLS; default: keywords
 *     banner=TEXT          behind "220 HOSTNAME "
 *     delay=MS             before the greeting, or before the handshake of direct TLS
 *     drip=MS, tarpit=MS   as the behaviours of that name, beside another behaviour
 *     staple=BYTES         an OCSP response of so many bytes to who asks for one
 *     direct=1             TLS from the first byte although the port is not 443
 *     body=FILE            what HTTPS answers, as text/plain; default: 404 */
#ifndef MXC_PEER_TABLE_H
#define MXC_PEER_TABLE_H

#include <stddef.h>
#include <sys/socket.h>

#include "tests/world/peer/behaviours.h"

struct host {
    struct sockaddr_storage address;
    socklen_t address_len;
    const struct behaviour *behaviour;
    const char *name, *pem, *banner, *body; /* pem, body: NULL if none */
    const char *keywords, *tls_keywords;    /* joined by ';' */
    long ms, delay_ms, drip_ms, tarpit_ms;  /* ms: of the behaviour; -1: not given */
    long staple;                            /* bytes; 0: none */
    bool direct;
};
struct table {
    struct host *hosts;
    size_t count;
    char *text; /* the file; the hosts' strings point into it */
};

/* Ends the process with a line that names the table's line where it cannot be read. */
void table_read(struct table *t, const char *path);
void table_free(struct table *t);

#endif
