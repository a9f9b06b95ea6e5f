#include "workers/parse/sts_policy.h"

#include "scanner/base/utf8.h"
#include "workers/parse/domain_text.h"
#include "workers/parse/text_record.h"

static const char *const modes[] = {
    [STS_MODE_NONE] = "none",
    [STS_MODE_TESTING] = "testing",
    [STS_MODE_ENFORCE] = "enforce",
};

const char *sts_mode_name(enum sts_mode mode)
{
    return modes[mode];
}

static void on_version(struct sts_policy *p, struct bytes value)
{
    if (!bytes_equal(value, "STSv1"))
        violations_add(&p->violations, VIOLATION_POLICY_VERSION_INVALID);
}

static void on_mode(struct sts_policy *p, struct bytes value)
{
    for (int m = STS_MODE_NONE; m <= STS_MODE_ENFORCE; m++)
        if (bytes_equal(value, modes[m]))
            p->mode = (enum sts_mode)m;
    if (p->mode == STS_MODE_UNREADABLE)
        violations_add(&p->violations, VIOLATION_POLICY_MODE_INVALID);
}

static void on_max_age(struct sts_policy *p, struct bytes value)
{
    uint64_t seconds = 0;

    for (size_t i = 0; i < value.len && i < 11 && ascii_is_digit(value.data[i]); i++)
        p->has_max_age = i + 1 == value.len && i < 10;
    if (!p->has_max_age) {
        violations_add(&p->violations, VIOLATION_POLICY_MAX_AGE_INVALID);
        return;
    }
    for (size_t i = 0; i < value.len; i++)
        seconds = seconds * 10 + (uint64_t)(value.data[i] - '0');
    p->max_age = seconds;
    if (seconds > STS_MAX_AGE_MAX)
        violations_add(&p->violations, VIOLATION_POLICY_MAX_AGE_TOO_LARGE);
}

/* ["*."] Domain. Of what is wrong with a pattern, the most telling. */
static enum violation mx_fault(struct bytes value, struct bytes domain)
{
    if (value.len == 0)
        return VIOLATION_POLICY_MX_EMPTY;
    if (bytes_have(value, '@'))
        return VIOLATION_POLICY_MX_EMAIL;
    if (bytes_have(domain, '*'))
        return VIOLATION_POLICY_MX_WILDCARD;
    if (domain.len > 1 && domain.data[domain.len - 1] == '.' &&
        domain_text_valid(bytes_slice(domain, 0, domain.len - 1)))
        return VIOLATION_POLICY_MX_TRAILING_DOT;
    return VIOLATION_POLICY_MX_INVALID;
}

static void on_mx(struct sts_policy *p, struct bytes value)
{
    struct bytes domain = bytes_begin(value, "*.") ? bytes_slice(value, 2, value.len) : value;

    p->mx[p->mx_count++] = value;
    if (!domain_text_valid(domain))
        violations_add(&p->violations, mx_fault(value, domain));
}

enum field { VERSION, MODE, MAX_AGE, MX, FIELDS };

/* Names are case-sensitive (%s); repeats says that each one counts, not the first alone. */
static const struct {
    const char *name;
    void (*take)(struct sts_policy *p, struct bytes value);
    enum violation missing;
    bool repeats;
} fields[FIELDS] = {
    [VERSION] = { "version", on_version, VIOLATION_POLICY_VERSION_MISSING, false },
    [MODE] = { "mode", on_mode, VIOLATION_POLICY_MODE_MISSING, false },
    [MAX_AGE] = { "max_age", on_max_age, VIOLATION_POLICY_MAX_AGE_MISSING, false },
    [MX] = { "mx", on_mx, VIOLATION_POLICY_MX_MISSING, true },
};

/* An extension is a name and at least one visible byte, UTF-8 allowed. */
static void take_field(struct sts_policy *p, struct bytes name, struct bytes value, unsigned *seen)
{
    struct tag extension = { .name = name, .value = bytes_of("x"), .equals = true };

    for (int f = 0; f < FIELDS; f++) {
        if (!bytes_equal(name, fields[f].name))
            continue;
        if (fields[f].repeats || !(*seen & 1U << f))
            fields[f].take(p, value);
        else
            violations_add(&p->violations, VIOLATION_POLICY_FIELD_REPEATED);
        *seen |= 1U << f;
        return;
    }
    if (value.len == 0 || !text_record_extension(&extension))
        violations_add(&p->violations, VIOLATION_POLICY_LINE_MALFORMED);
}

/* A bare CR is none of the two line ends, and HTAB stands around a value alone. */
static bool has_white_control(struct bytes value)
{
    return bytes_have(value, '\r') || bytes_have(value, '\t');
}

static void take_line(struct sts_policy *p, struct bytes line, unsigned *seen)
{
    struct bytes rest = line, name;

    bytes_split(&rest, ':', &name);
    if (rest.data == NULL) {
        violations_add(&p->violations, VIOLATION_POLICY_LINE_MALFORMED);
        return;
    }
    rest = bytes_trim(rest);
    if (has_white_control(rest))
        violations_add(&p->violations, VIOLATION_POLICY_LINE_MALFORMED);
    take_field(p, name, rest, seen);
}

static bool is_blank(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != ' ' && (text.data[i] < '\t' || text.data[i] > '\r'))
            return false;
    return true;
}

/* A web page in place of the policy, as catch-all hosts serve: begins "<", behind a byte order
 * mark and white space. */
static bool is_html(struct bytes body)
{
    size_t at = bytes_begin(body, "\xef\xbb\xbf") ? 3 : 0;

    while (at < body.len && is_blank(bytes_slice(body, at, at + 1)))
        at++;
    return at < body.len && body.data[at] == '<';
}

static void parse(struct sts_policy *p, struct bytes body)
{
    struct bytes rest = body, line;
    unsigned seen = 0;

    while (bytes_split(&rest, '\n', &line)) {
        if (rest.data != NULL && line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        if (!is_blank(line))
            take_line(p, line, &seen);
        else if (rest.data != NULL || line.len > 0) /* not the nothing behind the last line end */
            violations_add(&p->violations, VIOLATION_POLICY_LINE_BLANK);
    }
    if (p->mode != STS_MODE_TESTING && p->mode != STS_MODE_ENFORCE) /* none needs no mx */
        seen |= 1U << MX;
    for (int f = 0; f < FIELDS; f++)
        if (!(seen & 1U << f))
            violations_add(&p->violations, fields[f].missing);
}

/* UTF-8 without controls but HTAB, LF and CR. */
static bool is_text(struct bytes text)
{
    size_t n;

    for (size_t at = 0; at < text.len; at += n) {
        unsigned char c = (unsigned char)text.data[at];

        n = utf8_length((const uint8_t *)text.data + at, text.len - at);
        if (n == 0 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return false;
    }
    return true;
}

void sts_policy_judge(const char *body, size_t len, struct arena *arena, struct sts_policy *p)
{
    struct bytes text = { len > 0 ? body : "", len };
    size_t lines = 1;

    *p = (struct sts_policy){ .verdict = VERDICT_VALID };
    for (size_t i = 0; i < len; i++)
        lines += body[i] == '\n';
    p->mx = arena_array(arena, lines, sizeof(*p->mx));
    if (!is_text(text))
        violations_add(&p->violations, VIOLATION_POLICY_NOT_TEXT);
    if (is_blank(text))
        violations_add(&p->violations, VIOLATION_POLICY_EMPTY);
    else if (is_html(text))
        violations_add(&p->violations, VIOLATION_POLICY_HTML);
    else
        parse(p, text);
    if (violations_fault(&p->violations))
        p->verdict = VERDICT_INVALID;
}

void sts_policy_judge_media_type(struct sts_policy *p, struct bytes content_type)
{
    struct bytes rest = content_type, type;

    bytes_split(&rest, ';', &type);
    if (!bytes_equal_nocase(bytes_trim(type), "text/plain"))
        violations_add(&p->violations, VIOLATION_POLICY_MEDIA_TYPE);
}
