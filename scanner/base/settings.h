/* settings: every option of a run in one table, from which come the command line, --help, the
 * config file and what run.json keeps. A worker gets them from the queue, as JSON. */
#ifndef MXC_BASE_SETTINGS_H
#define MXC_BASE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/arena.h"
#include "scanner/base/json_read.h"
#include "scanner/base/json_write.h"

/* field, option, kind (TEXT, NUMBER, SECONDS, FLAG), default, argument, help. SECONDS are kept in
 * milliseconds and written "30", "1.5". An empty TEXT is "not set". */
#define SETTINGS(X)                                                                               \
    X(resolver, "resolver", TEXT, "", "ADDR[#PORT]|FILE,...|spawn",                               \
      "recursive resolvers, files of them, or an Unbound of its own; default: those of "          \
      "/etc/resolv.conf")                                                                         \
    X(root_hints, "root-hints", TEXT, "/usr/share/dns/root.hints", "FILE",                        \
      "root servers of --resolver spawn")                                                         \
    X(trust_anchor, "trust-anchor", TEXT, "/usr/share/dns/root.key", "FILE",                      \
      "DNSSEC trust anchor of --resolver spawn")                                                  \
    X(trust_ad, "trust-ad", FLAG, "0", "",                                                        \
      "believe the AD bit of resolvers that are not on loopback")                                 \
    X(qps, "qps", NUMBER, "0", "N", "DNS queries per second, the whole run; 0: no cap")           \
    X(qps_per_resolver, "qps-per-resolver", NUMBER, "1000", "N",                                  \
      "of these to each resolver, those on loopback excepted; 0: no cap")                         \
    X(dns_timeout, "dns-timeout", SECONDS, "20", "SECONDS", "give up a question after this time") \
    X(dns_flight, "dns-flight", NUMBER, "2000", "N",                                              \
      "questions in flight in each worker, at most")                                              \
    X(attempts, "attempts", NUMBER, "3", "N",                                                     \
      "tries of what failed for the time being, over the run")                                    \
    X(retry_delay, "retry-delay", SECONDS, "1000", "SECONDS", "between these tries")              \
    X(ehlo, "ehlo", TEXT, "", "NAME", "name said in EHLO; default: this host's")                  \
    X(user_agent, "user-agent", TEXT, "", "TEXT",                                                 \
      "HTTP User-Agent; should hold a contact address")                                           \
    X(smtp_port, "smtp-port", NUMBER, "25", "PORT", "port of mail hosts")                         \
    X(https_port, "https-port", NUMBER, "443", "PORT", "port of policy hosts")                    \
    X(allow_addresses, "allow-addresses", TEXT, "", "CIDR,...",                                   \
      "special addresses that may be contacted all the same")                                     \
    X(trust_store, "trust-store", TEXT, "/etc/ssl/certs/ca-certificates.crt", "FILE",             \
      "CA certificates (PEM) that senders are assumed to trust")                                  \
    X(no_ipv6, "no-ipv6", FLAG, "0", "", "do not contact IPv6 addresses")                         \
    X(implicit_mx, "implicit-mx", FLAG, "0", "", "probe the addresses of domains without MX")     \
    X(connect_timeout, "connect-timeout", SECONDS, "10", "SECONDS", "TCP connection")             \
    X(banner_timeout, "banner-timeout", SECONDS, "30", "SECONDS", "SMTP greeting")                \
    X(command_timeout, "command-timeout", SECONDS, "20", "SECONDS", "reply to an SMTP command")   \
    X(tls_timeout, "tls-timeout", SECONDS, "15", "SECONDS", "TLS handshake")                      \
    X(probe_timeout, "probe-timeout", SECONDS, "75", "SECONDS", "a whole SMTP conversation")      \
    X(fetch_timeout, "fetch-timeout", SECONDS, "60", "SECONDS",                                   \
      "a whole policy fetch (RFC 8461 §3.3)")                                                     \
    X(probes, "probes", NUMBER, "2000", "N", "SMTP connections at once in each worker")           \
    X(addresses, "addresses", TEXT, "all", "all|one",                                             \
      "addresses of a mail host that are probed; the rest is recorded as not probed")             \
    X(mx_hosts, "mx", TEXT, "all", "all|primary",                                                 \
      "MX hosts of a domain that are probed, 100 at most: all, or those of the lowest "           \
      "preference")                                                                               \
    X(per_address, "per-address", NUMBER, "2", "N",                                               \
      "SMTP connections at once to an address in the whole run, at least 1 of each worker")       \
    X(per_network, "per-network", NUMBER, "32", "N", "the same to an IPv4 /24 or IPv6 /48")       \
    X(per_operator, "per-operator", NUMBER, "100", "N",                                           \
      "the same to all MX hosts of a registrable domain")                                         \
    X(fetches, "fetches", NUMBER, "200", "N", "policy fetches at once in each worker")            \
    X(batch, "batch", NUMBER, "256", "N", "domains in a batch")                                   \
    X(window, "window", NUMBER, "64", "N", "batches waiting in Redis, at most")                   \
    X(redis_memory, "redis-memory", NUMBER, "0", "MB",                                            \
      "memory of a private Redis, at most; 0: no limit")                                          \
    X(stages, "stages", TEXT, "dns,policy,starttls", "LIST", "stages, dns among them")            \
    X(vantage, "vantage", TEXT, "", "NAME", "name of this vantage point; default: this host's")   \
    X(opt_out, "opt-out", TEXT, "", "FILE", "domains and address ranges never to contact")        \
    X(dkim_selectors, "dkim-selectors", TEXT, "", "FILE",                                         \
      "DKIM selectors to ask for; default: a list of well-known ones")

struct settings {
#define TEXT const char *
#define NUMBER int64_t
#define SECONDS int64_t
#define FLAG bool
#define X(field, option, kind, value, argument, help) kind field;
    SETTINGS(X)
#undef X
#undef TEXT
#undef NUMBER
#undef SECONDS
#undef FLAG
};

void settings_default(struct settings *s);

/* Set one option by its name. The text is copied into arena. NULL, or what is wrong with the value
 * ("wants a number", "no such option"). */
const char *settings_set(struct settings *s, struct arena *arena, const char *option,
                         const char *value);
bool settings_is_option(const char *option);
bool settings_is_flag(const char *option); /* takes no argument on the command line */

/* The next option, from *place on, that is set in one (to what is not its default) and otherwise in
 * the other. NULL: no more. *place is 0 at first. */
const char *settings_unlike(const struct settings *set, const struct settings *other,
                            size_t *place);

bool settings_has_stage(const struct settings *s, const char *stage); /* is it in --stages */

void settings_write(const struct settings *s, struct json_writer *w,
                    const char *key); /* one object */
bool settings_read(struct settings *s, struct arena *arena, const struct json *object);
void settings_help(void); /* the table, to standard output */

#endif
