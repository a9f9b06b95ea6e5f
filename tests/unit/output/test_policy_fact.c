/* What records say of policy hosts and of mail hosts: step, cause, faults of TLS. */
#include "output/policy_fact.h"

#include "output/tls_fault.h"
#include "tests/unit/check.h"

#define BIT(id) TLS_FAULT_BIT(TLS_FAULT_##id)
#define CHAIN "\"chain\":[\"a\"]"

static const struct {
    const char *record;
    enum policy_step step;
    enum outcome outcome;
    unsigned status, tls_faults;
    int violation; /* -1: none */
} policies[] = {
    { "{\"step\":\"dns\",\"outcome\":\"nxdomain\"}", POLICY_DNS, OUTCOME_NXDOMAIN, 0, 0, -1 },
    { "{\"step\":\"connect\",\"outcome\":\"timeout\"}", POLICY_CONNECT, OUTCOME_TIMEOUT, 0, 0, -1 },
    { "{\"step\":\"tls\",\"outcome\":\"tls-failed\",\"tls\":{\"alert\":40}}", POLICY_TLS,
      OUTCOME_TLS_FAILED, 0, 0, -1 },
    { "{\"step\":\"tls\",\"outcome\":\"certificate\",\"tls\":{" CHAIN ",\"pkix\":{\"errors\":"
      "[\"expired\",\"self-signed\"]},\"name_match\":false},\"http\":{\"status\":404}}",
      POLICY_TLS, OUTCOME_CERTIFICATE, 404, BIT(EXPIRED) | BIT(SELF_SIGNED) | BIT(NAME_MISMATCH),
      -1 },
    { "{\"step\":\"tls\",\"outcome\":\"certificate\",\"tls\":{\"version\":\"TLSv1.3\"}}",
      POLICY_TLS, OUTCOME_CERTIFICATE, 0, BIT(NO_CERTIFICATE), -1 },
    { "{\"step\":\"http\",\"outcome\":\"http-status\",\"tls\":{" CHAIN
      "},\"http\":{\"status\":503}}",
      POLICY_HTTP, OUTCOME_HTTP_STATUS, 503, 0, -1 },
    { "{\"step\":\"syntax\",\"outcome\":\"syntax\",\"tls\":{" CHAIN "},\"http\":{\"status\":200},"
      "\"violations\":[\"policy-mx-email\",\"policy-new\",7]}",
      POLICY_SYNTAX, OUTCOME_SYNTAX, 200, 0, VIOLATION_POLICY_MX_EMAIL },
    { "{\"step\":\"done\",\"outcome\":\"ok\",\"tls\":{" CHAIN "}}", POLICY_DONE, OUTCOME_OK, 0, 0,
      -1 },
    { "{\"step\":\"later\",\"outcome\":\"new\",\"http\":{\"status\":-4}}", POLICY_DNS,
      OUTCOME_TIMEOUT, 0, 0, -1 },
    { "{\"http\":{\"status\":70000}}", POLICY_DNS, OUTCOME_TIMEOUT, 0, 0, -1 },
};

static const struct {
    const char *record;
    unsigned faults;
} hosts[] = {
    { "{}", 0 },
    { "{\"outcome\":\"timeout\"}", 0 },
    { "{\"outcome\":\"blocked\"}", 0 },
    { "{\"outcome\":\"starttls-absent\"}", BIT(NO_STARTTLS) },
    { "{\"outcome\":\"starttls-declined\"}", BIT(NO_STARTTLS) },
    { "{\"outcome\":\"starttls-injection\"}", BIT(NO_STARTTLS) },
    { "{\"outcome\":\"tls-failed\"}", BIT(TLS_FAILED) },
    { "{\"outcome\":\"no-tls\"}", BIT(TLS_FAILED) },
    { "{\"outcome\":\"ok\"}", BIT(NO_CERTIFICATE) },
    { "{\"outcome\":\"ok\",\"tls\":{\"version\":\"TLSv1.2\"," CHAIN ",\"name_match\":true}}", 0 },
    { "{\"outcome\":\"ok\",\"tls\":{\"version\":\"TLSv1.1\"," CHAIN ",\"name_match\":true}}",
      BIT(TLS_OLD) },
    { "{\"outcome\":\"ok\",\"tls\":{\"version\":\"TLSv1.3\"," CHAIN
      ",\"name_match\":false,\"pkix\":"
      "{\"errors\":[\"untrusted-root\",\"incomplete-chain\",\"brand-new\"]}}}",
      BIT(UNTRUSTED_ROOT) | BIT(INCOMPLETE_CHAIN) | BIT(OTHER) | BIT(NAME_MISMATCH) },
};

static void test_policies(struct arena *arena)
{
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        const char *text = policies[i].record;
        struct policy_fact f;

        policy_fact_read(json_parse(arena, text, strlen(text)), &f);
        CHECK(f.step == policies[i].step && f.outcome == policies[i].outcome, "%s", text);
        CHECK(f.status == policies[i].status, "%s: %d", text, (int)f.status);
        CHECK(f.tls_faults == policies[i].tls_faults, "%s: %x", text, (unsigned)f.tls_faults);
        CHECK(policies[i].violation < 0
                  ? !violations_any(&f.violations)
                  : violations_have(&f.violations, (enum violation)policies[i].violation),
              "%s", text);
    }
}

int main(void)
{
    struct arena arena;

    arena_init(&arena, 4096);
    test_policies(&arena);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        const char *text = hosts[i].record;
        unsigned faults = tls_faults_of_host(json_parse(&arena, text, strlen(text)));

        CHECK(faults == hosts[i].faults, "%s: %x", text, faults);
    }
    for (int f = 0; f < TLS_FAULT_COUNT; f++)
        CHECK(tls_fault_name((enum tls_fault)f)[0] != '\0', "%d has no name", f);
    arena_free(&arena);
    return check_report();
}
