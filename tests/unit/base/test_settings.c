/* Settings: the command line's words, and the same settings again by way of JSON. */
#include "scanner/base/settings.h"
#include "tests/unit/check.h"

static const struct {
    const char *option, *value;
    bool taken;
} words[] = {
    { "attempts", "5", true },
    { "attempts", "-1", false },
    { "attempts", "5x", false },
    { "attempts", "", false },
    { "retry-delay", "1.5", true },
    { "retry-delay", "nan", false },
    { "no-ipv6", "1", true },
    { "no-ipv6", "yes", false },
    { "ehlo", "a.example", true },
    { "no-such-option", "1", false },
    { "attempts", "99999999999999999999", false },
};

/* As a run.json of somebody else's may have them. */
static const char *const beyond[] = { "{\"probes\":-1}", "{\"dns-timeout\":-1}",
                                      "{\"dns-timeout\":4611686018427387904}",
                                      "{\"dns-timeout\":1e308}" };

int main(void)
{
    struct settings s, again;
    struct arena arena;
    struct buf out;
    struct json_writer w;
    size_t place;

    arena_init(&arena, 256);
    settings_default(&s);
    CHECK(s.smtp_port == 25 && s.banner_timeout == 30000 && !s.no_ipv6 && s.ehlo[0] == '\0',
          "defaults");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        CHECK((settings_set(&s, &arena, words[i].option, words[i].value) == NULL) == words[i].taken,
              "%s=%s", words[i].option, words[i].value);
    CHECK(s.attempts == 5 && s.retry_delay == 1500 && s.no_ipv6,
          "what was taken is set, what was not is not");
    buf_init(&out, BUF_NO_CEILING);
    json_writer_init(&w, &out);
    settings_write(&s, &w, NULL);
    CHECK(settings_read(&again, &arena, json_parse(&arena, out.data, out.len)), "%.*s",
          (int)out.len, out.data);
    CHECK(again.attempts == 5 && again.retry_delay == 1500 && again.no_ipv6 &&
              strcmp(again.ehlo, "a.example") == 0,
          "the same again");
    place = 0;
    CHECK(settings_unlike(&s, &again, &place) == NULL, "the same are not unlike");
    settings_default(&again);
    place = 0;
    CHECK(strcmp(settings_unlike(&s, &again, &place), "attempts") == 0 &&
              strcmp(settings_unlike(&s, &again, &place), "retry-delay") == 0 &&
              strcmp(settings_unlike(&s, &again, &place), "ehlo") == 0 &&
              strcmp(settings_unlike(&s, &again, &place), "no-ipv6") == 0 &&
              settings_unlike(&s, &again, &place) == NULL,
          "what is set here alone");
    place = 0;
    CHECK(settings_unlike(&again, &s, &place) == NULL, "a default is not set");
    CHECK(!settings_read(&again, &arena, json_parse(&arena, "{\"attempts\":\"x\"}", 16)),
          "another type");
    for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
        CHECK(!settings_read(&again, &arena, json_parse(&arena, beyond[i], strlen(beyond[i]))),
              "%s", beyond[i]);
    arena_free(&arena);
    buf_free(&out);
    return check_report();
}
