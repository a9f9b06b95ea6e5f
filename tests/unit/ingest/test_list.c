/* list: every layout of a list that people have, as text in and items out. */
#include "ingest/list.h"

#include <inttypes.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "scanner/base/buf.h"
#include "tests/unit/check.h"
#include "tests/unit/ingest/files.h"

/* Items come out as "name[#rank][{input}]" or "!reason@line", each followed by a space; "#?" is a
 * rank that is lost. */
static const struct {
    const char *what, *text, *items;
} lists[] = {
    { "one name a line", "a.com\nb.com\n", "a.com b.com " },
    { "no last line end", "a.com\nb.com", "a.com b.com " },
    { "CRLF", "a.com\r\nb.com\r\n", "a.com b.com " },
    { "UTF-8 byte order mark",
      "\xef\xbb\xbf"
      "a.com\nb.com\n",
      "a.com b.com " },
    { "comments and blank lines", "# list\n\na.com\n   \n  # more\nb.com # why\n", "a.com b.com " },
    { "rejects", "a.com\nwhat?\n\nb..c\nb.com\n", "a.com !single-label@2 !label-empty@4 b.com " },
    { "URLs, commas in some", "http://a.com/x,y\nhttps://b.com\n", "a.com b.com " },
    { "one column with a header", "domain\na.com\nb.com\n", "a.com b.com " },
    { "quoted names", "\"a.com\"\n\"b.com\"\n", "a.com b.com " },
    { "Tranco", "1,google.com\n2,b.com\n10121,c.com\n", "google.com#1 b.com#2 c.com#10121 " },
    { "Umbrella", "1,google.com\r\n2,b.com\r\n", "google.com#1 b.com#2 " },
    { "one row alone", "1,google.com\n", "google.com#1 " },
    { "header and no row", "rank,domain\n", "" },
    { "header", "rank,domain\n1,a.com\n2,b.com\n", "a.com#1 b.com#2 " },
    { "header the other way round", "Domain,Rank\na.com,7\nb.com,3\n", "a.com#7 b.com#3 " },
    { "Majestic",
      "GlobalRank,TldRank,Domain,TLD,RefSubNets,IDN_Domain\n1,1,google.com,com,55,google.com\n2,1,"
      "b.org,org,5,b.org\n",
      "google.com#1{\"TldRank\":\"1\",\"TLD\":\"com\",\"RefSubNets\":\"55\",\"IDN_Domain\":"
      "\"google.com\"} "
      "b.org#2{\"TldRank\":\"1\",\"TLD\":\"org\",\"RefSubNets\":\"5\",\"IDN_Domain\":\"b.org\"} " },
    { "Majestic without header", "1,1,google.com,com\n2,1,b.org,org\n",
      "google.com#1{\"col2\":\"1\",\"col4\":\"com\"} b.org#2{\"col2\":\"1\",\"col4\":\"org\"} " },
    { "Chrome UX report", "origin,rank\nhttps://www.a.com,1000\nhttps://b.com,1000\n",
      "www.a.com#1000 b.com#1000 " },
    { "own columns", "domain,sector,note\na.com,bank,\"x, \"\"y\"\"\"\nb.com,,\n",
      "a.com{\"sector\":\"bank\",\"note\":\"x, \\\"y\\\"\"} b.com " },
    { "header without a known name", "institution,seat\nBank,a.com\nShop,b.com\n",
      "a.com{\"institution\":\"Bank\"} b.com{\"institution\":\"Shop\"} " },
    { "numbers that do not rise are no rank", "a.com,500\nb.com,700\nc.com,20\n",
      "a.com{\"col2\":\"500\"} b.com{\"col2\":\"700\"} c.com{\"col2\":\"20\"} " },
    { "a rank that is no number",
      "rank,domain\n1,a.com\nx,b.com\n,c.com\n2.0,d.com\n-3,e.com\n9999999999999999999,f.com\n",
      "a.com#1 b.com#? c.com d.com#? e.com#? f.com#? " },
    { "white space around a rank", "1 , a.com\n 2, b.com\n", "a.com#1 b.com#2 " },
    { "white space alone is no rank", "rank,domain\n  ,a.com\n", "a.com " },
    { "several names on a line", "a.com\nb.com c.com\nd.com\te.com f.com\n g.com \nno name!\n",
      "a.com !several-words@2 !several-words@3 g.com !several-words@5 " },
    { "several names in a cell", "1,a.com\n2,b.com c.com\n", "a.com#1 !several-words@2 " },
    { "a hosts file", "# hosts\n0.0.0.0 a.com\n0.0.0.0 b.com # why\n",
      "!several-words@2 !several-words@3 " },
    { "a blank in a URL", "https://a.com/x y\n", "a.com " },
    { "columns missing in a row", "rank,domain,x\n1,a.com,y\n2,\n3,c.com,y\n",
      "a.com#1{\"x\":\"y\"} !empty@3 c.com#3{\"x\":\"y\"} " },
    { "a row of one cell", "rank,domain,x\n1,a.com,y\n16\n3,c.com,y\n",
      "a.com#1{\"x\":\"y\"} !column-missing@3 c.com#3{\"x\":\"y\"} " },
    { "a row of one cell, no header", "1,a.com\n2\n3,c.com\n",
      "a.com#1 !column-missing@2 c.com#3 " },
    { "a footer", "rank,domain\n1,a.com\n2,b.com\nTotal 2 rows\n",
      "a.com#1 b.com#2 !column-missing@4 " },
    { "header names twice, or empty", "domain,x,x,\na.com,1,2,3\n",
      "a.com{\"x\":\"1\",\"col3\":\"2\",\"col4\":\"3\"} " },
    { "semicolons", "rank;domain\n1;a.com\n", "a.com#1 " },
    { "tabs", "1\ta.com\n2\tb.com\n", "a.com#1 b.com#2 " },
    { "line end in a quoted cell", "domain,note\na.com,\"two\nlines\"\nb.com,z\nwhat,z\n",
      "a.com{\"note\":\"two\\nlines\"} b.com{\"note\":\"z\"} !single-label@5 " },
    { "a quote that never closes", "domain,note\na.com,\"two\nb.com,z\n",
      "!quote-open@2 b.com{\"note\":\"z\"} " },
    { "quotes inside a cell", "domain,note\na.com,5\"\"6\" x\nb.com,z\n",
      "a.com{\"note\":\"5\\\"\\\"6\\\" x\"} b.com{\"note\":\"z\"} " },
    { "comment among rows", "rank,domain\n# x\n1,a.com\n", "a.com#1 " },
    { "zone",
      ";; comment\n$ORIGIN com.\n$TTL 900\ncom. 900 IN SOA a.b. c.d. (\n 1 ; serial\n 2 3 4 5 "
      ")\ncom. 900 in ns x.y.\n"
      "a.com.\t900\tin\tns\tns1.x.net.\na.com.\t900\tin\tns\tns2.x.net.\nb 900 IN NS ns1\n  NS "
      "ns2\nc IN 900 NS ns.b\n"
      "d NS ns.b\nns1.b IN A 192.0.2.1\na.com. 86400 IN DS 1 2 3 4\n",
      "a.com b.com c.com d.com " },
    { "zone with an include", "@ IN SOA a. b. 1 2 3 4 5\n$INCLUDE more\na.com. IN NS x.\n",
      "!zone-directive@2 a.com " },
    { "zone with a wildcard", "a.com. IN NS x.\n*.com. IN NS x.\nb.com. IN NS x.\n",
      "a.com !character@2 b.com " },
    { "terminal escapes", "a.com\n\x1b[31m\n", "a.com !character@2 " },
    { "empty", "", "" },
    { "only comments", "# a\n\n", "" },
};

static void print_items(const char *path, struct buf *out)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    struct list_item item;
    struct list *l;

    EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
    l = list_open(path, digest);
    while (list_next(l, &item)) {
        if (item.reason != NULL)
            buf_printf(out, "!%s@%" PRIu64, item.reason, item.line);
        else
            buf_append(out, item.name, item.name_len);
        if (item.rank_lost && item.reason == NULL)
            buf_string(out, "#?");
        if (item.rank != LIST_NO_RANK && item.reason == NULL)
            buf_printf(out, "#%" PRIu64, item.rank);
        if (item.input_len > 0 && item.reason == NULL)
            buf_append(out, item.input, item.input_len);
        buf_byte(out, ' ');
    }
    if (list_error(l) != NULL)
        buf_printf(out, "ERROR %s", list_error(l));
    buf_byte(out, '\0');
    list_close(l);
    EVP_MD_CTX_free(digest);
}

static void check_items(const char *what, const char *path, const char *wanted)
{
    struct buf out;

    buf_init(&out, BUF_NO_CEILING);
    print_items(path, &out);
    CHECK(strcmp(out.data, wanted) == 0, "%s: %.300s", what, out.data);
    buf_free(&out);
}

static void test_layouts(void)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        check_items(lists[i].what, files_text("list", lists[i].text), lists[i].items);
}

static void test_packings(void)
{
    static const char text[] = "1,a.com\n2,b.com\n", wanted[] = "a.com#1 b.com#2 ";
    char packed[1000];
    size_t first, len;

    len = files_gzip(text, sizeof(text) - 1, packed, sizeof(packed));
    check_items("gzip", files_put("list", packed, len), wanted);
    check_items("gzip cut", files_put("list", packed, len - 1),
                "ERROR ends in the middle of its compressed data: is the download complete?");
    first = files_gzip("1,a.com\n", 8, packed, sizeof(packed));
    len = first + files_gzip("2,b.com\n", 8, packed + first, sizeof(packed) - first);
    check_items("gzip of two members", files_put("list", packed, len), wanted);
    memcpy(packed + len, "rest", 4);
    check_items("gzip and something behind it", files_put("list", packed, len + 4), wanted);

    first = ZSTD_compress(packed, sizeof(packed), "1,a.com\n", 8, 3);
    len = first + ZSTD_compress(packed + first, sizeof(packed) - first, "2,b.com\n", 8, 3);
    check_items("zstd of two frames", files_put("list", packed, len), wanted);
    check_items("zstd cut", files_put("list", packed, len - 1),
                "ERROR ends in the middle of its compressed data: is the download complete?");
    packed[first / 2] = (char)(packed[first / 2] ^ 0x55);
    packed[5] = (char)(packed[5] ^ 0x55);
    check_items("zstd corrupt", files_put("list", packed, len),
                "ERROR has corrupt compressed data");
}

enum { BUFFER = 128 << 10 }; /* of decode.c; a member or frame may end anywhere in it */

/* A gzip member of `len` bytes: its header has a file name as long as is needed. */
static void put_member(const char *text, char *out, size_t len)
{
    static Bytef name[BUFFER];
    gz_header header = { .name = name };
    z_stream z = { 0 };

    memset(name, 'n', sizeof(name));
    name[len - files_gzip(text, strlen(text), out, len) - 1] = '\0';
    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    deflateSetHeader(&z, &header);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)strlen(text);
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)len;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_out == 0, "a member of %zu", len);
    deflateEnd(&z);
}

/* A zstd frame, and one to skip behind it (RFC 8878 §3.1.2): `len` bytes of both. */
static void put_frames(const char *text, char *out, size_t len)
{
    size_t frame = ZSTD_compress(out, len, text, strlen(text), 3), skipped = len - frame - 8;
    char *skip = out + frame;

    memcpy(skip, "\x50\x2a\x4d\x18", 4);
    for (int i = 0; i < 4; i++)
        skip[4 + i] = (char)(skipped >> 8 * i);
    memset(skip + 8, 'n', skipped);
}

static void test_ends_in_the_buffer(void)
{
    static char packed[BUFFER + 1000];

    for (size_t first = BUFFER - 4; first <= BUFFER + 4; first++) {
        char what[50];
        size_t len;

        put_member("1,a.com\n", packed, first);
        len = first + files_gzip("2,b.com\n", 8, packed + first, sizeof(packed) - first);
        snprintf(what, sizeof(what), "a gzip member of %zu bytes", first);
        check_items(what, files_put("list", packed, len), "a.com#1 b.com#2 ");
        check_items(what, files_put("list", packed, first + 1), "a.com#1 ");

        put_frames("1,a.com\n", packed, first);
        len = first + ZSTD_compress(packed + first, sizeof(packed) - first, "2,b.com\n", 8, 3);
        snprintf(what, sizeof(what), "zstd frames of %zu bytes", first);
        check_items(what, files_put("list", packed, len), "a.com#1 b.com#2 ");
    }
}

/* Writes `first` bytes to a FIFO, waits until they are read, and writes the others. */
static void write_in_two(const char *fifo, const char *data, size_t first, size_t len)
{
    int fd = open(fifo, O_WRONLY), unread = 1;

    if (fd < 0 || write(fd, data, first) != (ssize_t)first)
        _exit(1);
    while (unread > 0 && ioctl(fd, FIONREAD, &unread) == 0)
        usleep(1000);
    _exit(write(fd, data + first, len - first) == (ssize_t)(len - first) ? 0 : 1);
}

static void test_ends_in_a_pipe(void)
{
    static const size_t member = 700; /* enough to know the packing by, see in_fill() */
    const char *fifo = files_path("fifo");
    char packed[1000];
    size_t len;

    put_member("1,a.com\n", packed, member);
    len = member + files_gzip("2,b.com\n", 8, packed + member, sizeof(packed) - member);
    CHECK(mkfifo(fifo, 0600) == 0, "%s", fifo);
    for (size_t first = member; first <= member + 2; first++) {
        pid_t writer = fork();
        int status;

        if (writer == 0)
            write_in_two(fifo, packed, first, len);
        check_items("a member that ends in a pipe", fifo, "a.com#1 b.com#2 ");
        CHECK(waitpid(writer, &status, 0) == writer && status == 0, "%zu", first);
    }
}

static void test_refusals(void)
{
    check_items("no file", files_path("nothing"), "ERROR No such file or directory");
    check_items("a directory", files_folder, "ERROR is a directory: name the list in it");
    check_items("NUL bytes", files_put("list", "a.com\n\0\n", 8),
                "ERROR is binary: it holds NUL bytes, a list is text");
    check_items("xz",
                files_put("list",
                          "\xfd"
                          "7zXZ\0xx",
                          8),
                "ERROR is xz: pipe it in, `xz -dc FILE | mxcensus run -`");
    check_items("UTF-16",
                files_put("list",
                          "\xff\xfe"
                          "a\0",
                          4),
                "ERROR is UTF-16: convert it, `iconv -f UTF-16 -t UTF-8`");
}

/* Lines around the bound, each with a neighbour that must not suffer. */
static void test_long_lines(void)
{
    static char text[400000];

    for (size_t len = 65530; len <= 200000; len += len < 65540 ? 1 : 44820) {
        char *at = text;

        at = stpcpy(at, "a.com\n");
        memset(at, 'x', len);
        strcpy(at + len, "\nb.com\n");
        check_items("long line", files_text("list", text),
                    len < 65536 ? "a.com !too-long@2 b.com " : "a.com !line-too-long@2 b.com ");
        strcpy(at + len, "");
        check_items("long last line", files_text("list", text),
                    len <= 65536 ? "a.com !too-long@2 " : "a.com !line-too-long@2 ");
    }
}

static void test_many_lines(void)
{
    FILE *f = fopen(files_path("many"), "w");
    struct buf out;
    size_t names = 0;

    for (unsigned i = 0; i < 100000; i++)
        fprintf(f, "%u,name-%u.example%s\n", i + 1, i, i % 1000 == 0 ? ".org" : "");
    fclose(f);
    buf_init(&out, BUF_NO_CEILING);
    print_items(files_path("many"), &out);
    for (const char *p = out.data; *p != '\0'; names++) {
        char wanted[100];

        snprintf(wanted, sizeof(wanted), "name-%zu.example%s#%zu ", names,
                 names % 1000 == 0 ? ".org" : "", names + 1);
        if (strncmp(p, wanted, strlen(wanted)) != 0)
            break;
        p += strlen(wanted);
    }
    CHECK(names == 100000, "%zu", names);
    buf_free(&out);
}

int main(void)
{
    files_start();
    test_layouts();
    test_packings();
    test_ends_in_the_buffer();
    test_ends_in_a_pipe();
    test_refusals();
    test_long_lines();
    test_many_lines();
    files_end();
    return check_report();
}
