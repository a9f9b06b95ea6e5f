#include "tests/world/peer/behaviours.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct behaviour behaviours[] = {
    { .name = "ok" },
    { .name = "no-starttls", .offer = "" },
    { .name = "starttlsx", .offer = "STARTTLSX" },
    { .name = "starttls-text", .offer = "STARTTLS is offered here" },
    { .name = "starttls-454", .starttls = "454 4.7.0 TLS not available for now" },
    { .name = "starttls-502", .starttls = "502 5.5.1 Command not implemented" },
    { .name = "helo-only", .ehlo = "502 5.5.1 Command not implemented" },
    { .name = "ehlo-4xx",
      .ehlo = "451 4.3.0 Try again later",
      .helo = "451 4.3.0 Try again later" },
    { .name = "ehlo-5xx", .ehlo = "550 5.7.1 Not for you", .helo = "550 5.7.1 Not for you" },
    { .name = "greeting-421", .greeting = "421 4.3.2 $ Service not available", .greeted = CLOSE },
    { .name = "greeting-450", .greeting = "450 4.3.2 $ Try again later" },
    { .name = "greeting-550", .greeting = "550 5.7.1 $ No" },
    { .name = "greeting-554", .greeting = "554 5.7.1 $ No SMTP service for you" },
    { .name = "silence", .opening = HOLD },
    { .name = "tarpit", .tarpit_ms = 1000 },
    { .name = "drip", .piece = 1, .pace_ms = 100 },
    { .name = "split", .piece = 5, .pace_ms = 2 },
    { .name = "lower-case", .lower_case = true },
    { .name = "multiline", .greeting = "220-$ ESMTP\r\n220-No mail for strangers\r\n220 $ ready" },
    { .name = "junk", .greeting = "SSH-2.0-OpenSSH_9.2p1 Debian-2", .greeted = HOLD },
    { .name = "half-line", .greeting = "220 $", .half_line = true, .greeted = CLOSE },
    { .name = "close", .opening = CLOSE },
    { .name = "reset", .opening = RESET },
    { .name = "refused" }, /* the table's reader opens no listener for it */
    { .name = "blackhole", .blackhole = true },
    { .name = "endless-banner", .opening = FLOOD, .flood = "220-$ and there is more to say\r\n" },
    { .name = "long-line",
      .opening = FLOOD,
      .flood = "220-this line does not end ",
      .flood_bytes = 10 << 20 },
    { .name = "ehlo-close", .ehlo_done = CLOSE },
    { .name = "ehlo-tls-close", .ehlo_tls_done = CLOSE },
    { .name = "injection", .smuggled = "250-injected.example\r\n250 SIZE 1\r\n" },
    { .name = "tls-reset", .handshake = TLS_RESET },
    { .name = "tls-close", .handshake = TLS_CLOSE },
    { .name = "tls-silence", .handshake = TLS_SILENCE },
    { .name = "tls-garbage", .handshake = TLS_GARBAGE },
    { .name = "tls-alert", .handshake = TLS_ALERT },
    { .name = "tls10", .tls_version = TLS1_VERSION },
    { .name = "tls11", .tls_version = TLS1_1_VERSION },
    { .name = "tls12", .tls_version = TLS1_2_VERSION },
    { .name = "tls13", .tls_version = TLS1_3_VERSION },
    { .name = "https", .direct = true },
    { .name = "https-plain", .direct = true, .handshake = TLS_HTTP },
    { .name = "https-close", .direct = true, .https = HTTPS_CLOSE },
    { .name = "https-drip", .direct = true, .https = HTTPS_DRIP, .pace_ms = 500 },
    { .name = "https-endless", .direct = true, .https = HTTPS_ENDLESS },
};

const struct behaviour *behaviour_find(const char *text, long *ms)
{
    size_t len = strcspn(text, "=");

    *ms = text[len] == '=' ? atol(text + len + 1) : -1;
    for (size_t i = 0; i < sizeof behaviours / sizeof *behaviours; i++)
        if (strlen(behaviours[i].name) == len && memcmp(behaviours[i].name, text, len) == 0)
            return &behaviours[i];
    return NULL;
}

void behaviours_list(void)
{
    for (size_t i = 0; i < sizeof behaviours / sizeof *behaviours; i++)
        puts(behaviours[i].name);
}
