/* bench: CPU a record for the statistics of a run of generated records, and the memory of its join.
 * The budget of the former is the time of a recount: bench_recount.py. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/adoption.h"
#include "output/join.h"
#include "output/records.h"
#include "scanner/base/buf.h"
#include "scanner/base/frame.h"
#include "scanner/base/log.h"
#include "scanner/base/timing.h"

enum { DOMAINS = 100000, HOSTS = 20000, CERTS = 10000, POLICIES = 2000, FRAME = 256, ROUNDS = 5 };
#define BUDGET_HOST_BYTES 400 /* a host, its policy and certificates that wait for their record */

static char folder[] = "/tmp/mxcensus-bench-XXXXXX";

#define ABOUT                                                                              \
    "\"time\":\"2026-11-24T12:00:00Z\",\"worker\":\"bench-0123456789abcdef\",\"vantage\":" \
    "\"here\","                                                                            \
    "\"attempts\":1"
#define ABSENT "{\"outcome\":\"nxdomain\",\"dnssec\":\"insecure\",\"verdict\":\"absent\"}"

static void print_domain(struct buf *b, int i)
{
    buf_printf(
        b,
        "{\"v\":1,\"domain\":\"d%d.example\",\"rank\":%d," ABOUT ",\"exists\":\"yes\",\"mx\":{"
        "\"outcome\":\"ok\",\"dnssec\":\"insecure\",\"ttl\":300,\"kind\":\"hosts\",\"verdict\":"
        "\"valid\","
        "\"hosts\":[{\"preference\":10,\"host\":\"mx%d.mail.example\"},{\"preference\":20,\"host\":"
        "\"mx%d.mail.example\"}]},\"spf\":{\"outcome\":\"ok\",\"dnssec\":\"insecure\",\"txt\":[\"v="
        "spf1 "
        "include:spf.mail.example include:other.example "
        "-all\"],\"verdict\":\"valid\",\"all\":\"fail\","
        "\"includes\":[\"spf.mail.example\",\"other.example\"],\"lookup_terms\":2},\"dmarc\":{"
        "\"outcome\":\"ok\",\"dnssec\":\"insecure\",\"txt\":[\"v=DMARC1; p=reject; "
        "rua=mailto:dmarc@d%d.example\"],\"verdict\":\"valid\",\"p\":\"reject\",\"rua\":["
        "\"mailto:dmarc@d%d.example\"]},\"mta_sts\":%s,\"tls_rpt\":" ABSENT ",\"bimi\":" ABSENT
        ",\"dkim\":{\"outcome\":\"nodata\",\"dnssec\":\"insecure\",\"node\":\"yes\"}}\n",
        i, i + 1, i % HOSTS, (i + 7) % HOSTS, i, i,
        i < POLICIES ? "{\"outcome\":\"ok\",\"dnssec\":\"insecure\",\"txt\":[\"v=STSv1; id=1\"],"
                       "\"verdict\":\"valid\",\"id\":\"1\"}"
                     : ABSENT);
}

static void print_mx(struct buf *b, int i)
{
    buf_printf(
        b,
        "{\"v\":1,\"host\":\"mx%d.mail.example\",\"address\":\"127.64.%d.%d\"," ABOUT
        ",\"lookup\":{\"a\":\"ok\",\"aaaa\":\"nodata\",\"dnssec\":\"insecure\"},\"tlsa\":{"
        "\"outcome\":"
        "\"nxdomain\",\"dnssec\":\"insecure\"},\"outcome\":\"ok\",\"step\":\"quit\",\"banner\":"
        "\"220 "
        "mx ESMTP\",\"ehlo\":[\"PIPELINING\",\"SIZE 1000\",\"STARTTLS\"],\"starttls\":\"offered\","
        "\"tls\":{\"sni\":\"mx%d.mail.example\",\"version\":\"TLSv1.3\",\"cipher\":"
        "\"TLS_AES_256_GCM_SHA384\",\"group\":\"x25519\",\"chain\":[\"%064x\",\"%064x\"],\"pkix\":{"
        "\"verdict\":\"valid\"},\"name_match\":true},\"ehlo_tls\":[\"PIPELINING\"]}\n",
        i, i / 250, i % 250 + 1, i, (unsigned)(i % CERTS), 3U);
}

static void print_cert(struct buf *b, int i)
{
    buf_printf(
        b,
        "{\"v\":1,\"sha256\":\"%064x\",\"spki_sha256\":\"%064x\",\"subject\":\"CN=mx\",\"issuer\":"
        "\"CN=ca\",\"serial\":\"%x\",\"names\":[\"mx%d.mail.example\"],\"not_before\":"
        "\"2026-10-01T00:00:00Z\",\"not_after\":\"2027-01-01T00:00:00Z\",\"key\":{\"type\":\"EC\","
        "\"bits\":256,\"curve\":\"P-256\"},\"signature\":\"ecdsa-with-SHA256\",\"self_signed\":"
        "false,\"ca\":false,\"scts\":2,\"der\":\"%01200d\"}\n",
        (unsigned)i, (unsigned)i, (unsigned)i, i, 0);
}

static void print_policy(struct buf *b, int i)
{
    buf_printf(
        b,
        "{\"v\":1,\"domain\":\"d%d.example\"," ABOUT
        ",\"host\":\"mta-sts.d%d.example\",\"outcome\":"
        "\"ok\",\"step\":\"done\",\"body\":\"version: STSv1\\r\\nmode: enforce\\r\\nmx: "
        "*.mail.example\\r\\nmax_age: 604800\\r\\n\",\"verdict\":\"valid\",\"mode\":\"enforce\","
        "\"max_age\":604800,\"mx\":[\"*.mail.example\"]}\n",
        i, i);
}

static void file_make(enum kind kind, int count, void (*print)(struct buf *, int))
{
    struct buf lines, file;
    char path[128];
    FILE *f;

    buf_init(&lines, BUF_NO_CEILING);
    buf_init(&file, BUF_NO_CEILING);
    for (int i = 0; i < count; i++) {
        print(&lines, i);
        if ((i + 1) % FRAME == 0 || i + 1 == count) {
            frame_compress(&file, lines.data, lines.len);
            buf_reset(&lines);
        }
    }
    snprintf(path, sizeof(path), "%s/%s.jsonl.zst", folder, kind_name(kind));
    f = fopen(path, "wb");
    if (f == NULL || fwrite(file.data, 1, file.len, f) != file.len || fclose(f) != 0)
        exit(1);
    buf_free(&lines);
    buf_free(&file);
}

struct counting {
    struct join *join;
    struct arena arena[RECORDS_THREADS_MAX];
    struct adoption *adoption;
};

static void count(void *context, unsigned thread, const struct json *record)
{
    struct counting *c = context;

    adoption_count(c->adoption, thread, join_view(c->join, &c->arena[thread], record));
    arena_reset(&c->arena[thread]);
}

static double anonymous_bytes(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[128];
    double kilobytes = NAN;

    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        if (strncmp(line, "RssAnon:", 8) == 0)
            kilobytes = strtod(line + 8, NULL);
    if (f != NULL)
        fclose(f);
    return kilobytes * 1024;
}

/* What stats_run() does, without its files; the memory that the sealed join holds. */
static double statistics(unsigned threads)
{
    struct counting c = { 0 };
    struct records_report report;
    bool sound = true;
    double before = anonymous_bytes(), held;
    uint64_t members, unknown;
    size_t groups;

    c.join = join_read(folder, threads, &sound);
    held = anonymous_bytes() - before;
    c.adoption = adoption_new(folder, threads, NULL);
    for (unsigned i = 0; i < threads; i++)
        arena_init(&c.arena[i], 16384);
    if (!sound || records_read(folder, KIND_DOMAINS, threads, count, &c, &report) != 0)
        exit(1);
    if (!adoption_seal(c.adoption, ADOPTION_TOP))
        exit(1);
    adoption_population(POPULATION_ALL, adoption_groups(c.adoption, &groups), &members, &unknown);
    if (members != DOMAINS)
        exit(1);
    for (unsigned i = 0; i < threads; i++)
        arena_free(&c.arena[i]);
    adoption_free(c.adoption);
    join_free(c.join);
    return held;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median_cpu(unsigned threads)
{
    double us[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t from = timing_cpu_us();

        statistics(threads);
        us[i] = (double)(timing_cpu_us() - from);
    }
    qsort(us, ROUNDS, sizeof(us[0]), compare);
    return us[ROUNDS / 2];
}

static void say_cpu(const char *name, unsigned threads)
{
    printf("%s %.3f us/record - ok\n", name,
           median_cpu(threads) / (DOMAINS + HOSTS + CERTS + POLICIES));
}

int main(void)
{
    char command[64];
    double held;

    log_threshold = LOG_WARNING;
    if (mkdtemp(folder) == NULL)
        return 1;
    file_make(KIND_DOMAINS, DOMAINS, print_domain);
    file_make(KIND_MX, HOSTS, print_mx);
    file_make(KIND_CERTS, CERTS, print_cert);
    file_make(KIND_POLICIES, POLICIES, print_policy);
    held = statistics(1) / HOSTS;
    say_cpu("stats-cpu", 1);
    say_cpu("stats-cpu-2-threads", 2);
    printf("join-memory %.3f bytes/host %d %s\n", held, BUDGET_HOST_BYTES,
           held <= BUDGET_HOST_BYTES ? "ok" : "over");
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command) == 0 ? 0 : 1;
}
