/* Frames and bufs: whole or nothing. */
#include "scanner/base/frame.h"
#include "tests/unit/check.h"

/* Content of 2^63 + 1 bytes, and then none. */
static const char boast[] = "\x28\xb5\x2f\xfd\xe0\x01\0\0\0\0\0\0\x80\x01\0";

int main(void)
{
    struct buf packed, plain;
    char text[5000];

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i * i % 7);
    buf_init(&packed, BUF_NO_CEILING);
    buf_init(&plain, BUF_NO_CEILING);
    CHECK(frame_compress(&packed, text, sizeof(text)), "compress");
    for (size_t cut = 0; cut < packed.len; cut++)
        CHECK(frame_decompress(&plain, check_at_edge(packed.data, cut), cut) == 0 && plain.len == 0,
              "a prefix of %zu bytes is not a frame yet", cut);
    CHECK(frame_decompress(&plain, packed.data, packed.len) == (ptrdiff_t)packed.len, "whole");
    CHECK(plain.len == sizeof(text) && memcmp(plain.data, text, plain.len) == 0, "the same bytes");
    packed.data[packed.len - 6] ^= 0x10;
    CHECK(frame_decompress(&plain, packed.data, packed.len) == -1,
          "a flipped bit is found by the checksum");
    CHECK(frame_decompress(&plain, "plain text, no frame", 20) == -1, "not a frame");
    CHECK(frame_decompress(&plain, boast, sizeof(boast)) == -1, "a frame that promises too much");
    packed.data[packed.len - 6] ^= 0x10;
    plain.ceiling = sizeof(text); /* it holds that much already */
    CHECK(frame_decompress(&plain, packed.data, packed.len) == -1 && plain.failed,
          "no room under the ceiling");
    buf_reset(&plain);
    CHECK(buf_printf(&plain, "%d-%s", 5, "x") && plain.len == 3, "printf");
    buf_consume(&plain, 2);
    CHECK(plain.len == 1 && plain.data[0] == 'x', "consume");
    packed.len = 0;
    plain.ceiling = BUF_NO_CEILING;
    CHECK(frame_compress(&packed, "", 0), "nothing");
    buf_free(&plain);
    CHECK(frame_decompress(&plain, packed.data, packed.len) == (ptrdiff_t)packed.len &&
              plain.len == 0,
          "a frame of nothing is whole");
    CHECK(frame_length(packed.data, packed.len) == (ptrdiff_t)packed.len &&
              frame_length(packed.data, packed.len - 1) == 0 && frame_length("x", 1) == -1,
          "length by the headers");
    buf_free(&packed);
    buf_free(&plain);
    frame_thread_end();
    return check_report();
}
