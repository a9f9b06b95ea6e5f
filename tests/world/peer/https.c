#include "tests/world/peer/https.h"

#include <stdio.h>
#include <string.h>

enum { DRIP_BYTES = 60000 };

const char https_plain[] =
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

static void send_text(struct channel *c, const char *text)
{
    channel_send(c, text, strlen(text));
}

static void send_file(struct channel *c, const char *path)
{
    FILE *f = fopen(path, "re");
    char block[4096];
    size_t n;

    if (f == NULL) {
        perror(path);
        return;
    }
    send_text(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n");
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        channel_send(c, block, n);
    fclose(f);
}

void https_answer(struct channel *c, enum https kind, const char *body)
{
    switch (kind) {
    case HTTPS_ANSWER:
        if (body != NULL)
            send_file(c, body);
        else
            send_text(c,
                      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        break;
    case HTTPS_CLOSE:
        break;
    case HTTPS_DRIP:
        send_text(c,
                  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 60000\r\n\r\n");
        c->piece = 1;
        channel_flood(c, "version: STSv1\r\n", DRIP_BYTES);
        break;
    case HTTPS_ENDLESS:
        send_text(
            c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n");
        channel_flood(c, "10\r\nversion: STSv1\r\n\r\n", CHANNEL_FOR_EVER);
        break;
    }
}
