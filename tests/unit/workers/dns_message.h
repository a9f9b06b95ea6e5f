/* dns_message: DNS messages written by hand, for tests: the right ones and every wrong one. Shares
 * no code with what it tests. */
#ifndef MXC_TESTS_DNS_MESSAGE_H
#define MXC_TESTS_DNS_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct message {
    uint8_t data[65535];
    size_t len;
};

enum { SECTION_ANSWER = 6, SECTION_AUTHORITY = 8, SECTION_ADDITIONAL = 10 }; /* their counters */

static inline void message_bytes(struct message *m, const void *data, size_t len)
{
    if (m->len + len <= sizeof(m->data))
        memcpy(m->data + m->len, data, len);
    m->len += len;
}

static inline void message_u16(struct message *m, unsigned n)
{
    message_bytes(m, (uint8_t[]){ (uint8_t)(n >> 8), (uint8_t)n }, 2);
}

static inline void message_put16(struct message *m, size_t at, unsigned n)
{
    m->data[at] = (uint8_t)(n >> 8);
    m->data[at + 1] = (uint8_t)n;
}

/* "a.b" without escapes, uncompressed; "" is the root; "@" a pointer to the question. */
static inline void message_name(struct message *m, const char *text)
{
    if (strcmp(text, "@") == 0) {
        message_u16(m, 0xc00c);
        return;
    }
    while (*text != '\0') {
        size_t len = strcspn(text, ".");

        message_bytes(m, (uint8_t[]){ (uint8_t)len }, 1);
        message_bytes(m, text, len);
        text += len + (text[len] == '.');
    }
    message_bytes(m, "", 1);
}

/* A query as another program would send it; id 0x1234. */
static inline void message_query(struct message *m, const char *name, unsigned type)
{
    m->len = 0;
    message_bytes(m, "\x12\x34\x01\x20\0\x01\0\0\0\0\0\0", 12);
    message_name(m, name);
    message_u16(m, type);
    message_u16(m, 1);
}

/* A response to that query, so far without records. */
static inline void message_respond(struct message *m, const uint8_t *query, size_t len,
                                   unsigned rcode)
{
    size_t end = 12;

    while (end < len && query[end] != 0)
        end += 1U + query[end];
    m->len = 0;
    message_bytes(m, query, end + 5 < len ? end + 5 : len);
    m->data[2] = (uint8_t)(0x80 | (query[2] & 0x01));
    m->data[3] = (uint8_t)(0x80 | (query[3] & 0x10) | rcode);
    memset(m->data + 6, 0, 6);
}

/* The part before the RDATA; *rdlength is where its length stands. */
static inline void message_rr_open(struct message *m, int section, const char *owner, unsigned type,
                                   uint32_t ttl, size_t *rdlength)
{
    message_put16(m, (size_t)section,
                  ((unsigned)m->data[section] << 8 | m->data[section + 1]) + 1U);
    message_name(m, owner);
    message_u16(m, type);
    message_u16(m, type == 41 ? 1232 : 1);
    message_u16(m, ttl >> 16);
    message_u16(m, ttl & 0xffff);
    *rdlength = m->len;
    message_u16(m, 0);
}

static inline void message_rr_close(struct message *m, size_t rdlength)
{
    message_put16(m, rdlength, (unsigned)(m->len - rdlength - 2));
}

static inline void message_rr(struct message *m, int section, const char *owner, unsigned type,
                              uint32_t ttl, const void *rdata, size_t len)
{
    size_t rdlength;

    message_rr_open(m, section, owner, type, ttl, &rdlength);
    message_bytes(m, rdata, len);
    message_rr_close(m, rdlength);
}

static inline void message_alias(struct message *m, const char *owner, const char *target)
{
    size_t rdlength;

    message_rr_open(m, SECTION_ANSWER, owner, 5, 300, &rdlength);
    message_name(m, target);
    message_rr_close(m, rdlength);
}

static inline void message_mx(struct message *m, const char *owner, unsigned preference,
                              const char *target)
{
    size_t rdlength;

    message_rr_open(m, SECTION_ANSWER, owner, 15, 300, &rdlength);
    message_u16(m, preference);
    message_name(m, target);
    message_rr_close(m, rdlength);
}

static inline void message_soa(struct message *m)
{
    size_t rdlength;

    message_rr_open(m, SECTION_AUTHORITY, "test", 6, 60, &rdlength);
    message_name(m, "ns.test");
    message_name(m, "hostmaster.test");
    message_bytes(m, "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", 20);
    message_rr_close(m, rdlength);
}

/* A TXT record of so many bytes of text. */
static inline void message_txt(struct message *m, const char *owner, size_t text)
{
    size_t rdlength;
    uint8_t string[256];

    memset(string, 'x', sizeof(string));
    message_rr_open(m, SECTION_ANSWER, owner, 16, 300, &rdlength);
    do {
        string[0] = (uint8_t)(text < 255 ? text : 255);
        message_bytes(m, string, 1U + string[0]);
        text -= string[0];
    } while (text > 0);
    message_rr_close(m, rdlength);
}

#endif
