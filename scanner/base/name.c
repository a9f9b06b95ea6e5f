#include "scanner/base/name.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <libpsl.h>
#include <string.h>

static const struct {
    const char *name, *text;
} faults[] = {
#define X(id, name, text) [NAME_##id] = { name, text },
    NAME_FAULTS(X)
#undef X
};

const char *name_fault_name(enum name_fault fault)
{
    return faults[fault].name;
}

const char *name_fault_text(enum name_fault fault)
{
    return faults[fault].text;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Hold one label to the rules; labels are lower case here. */
static enum name_fault label_fault(const char *label, size_t len)
{
    if (len == 0)
        return NAME_LABEL_EMPTY;
    if (len > 63)
        return NAME_LABEL_TOO_LONG;
    for (size_t i = 0; i < len; i++)
        if (!is_name_byte(label[i]))
            return NAME_CHARACTER;
    return label[0] == '-' || label[len - 1] == '-' ? NAME_HYPHEN : NAME_OK;
}

static enum name_fault labels_fault(const char *name)
{
    unsigned labels = 0;
    const char *label = name;

    for (;;) {
        size_t len = strcspn(label, ".");
        enum name_fault fault = label_fault(label, len);

        if (fault != NAME_OK)
            return fault;
        labels++;
        if (label[len] == '\0')
            break;
        label += len + 1;
    }
    return labels < 2 ? NAME_SINGLE_LABEL : NAME_OK;
}

/* A-labels of a name with bytes beyond ASCII. */
static enum name_fault idn_clean(const char *in, size_t len, char out[NAME_SIZE])
{
    char text[4 * NAME_SIZE];
    char *ascii = NULL;
    int status;

    if (len >= sizeof(text))
        return NAME_TOO_LONG;
    memcpy(text, in, len);
    text[len] = '\0';
    status = idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (status == IDN2_OK && strlen(ascii) <= NAME_LEN_MAX)
        strcpy(out, ascii);
    else if (status == IDN2_OK || status == IDN2_TOO_BIG_DOMAIN)
        status = IDN2_TOO_BIG_DOMAIN;
    idn2_free(ascii);
    return status == IDN2_OK               ? NAME_OK
           : status == IDN2_TOO_BIG_DOMAIN ? NAME_TOO_LONG
           : status == IDN2_TOO_BIG_LABEL  ? NAME_LABEL_TOO_LONG
                                           : NAME_IDN;
}

static bool is_address(const char *name)
{
    struct in_addr v4;

    return inet_pton(AF_INET, name, &v4) == 1;
}

enum name_fault name_clean(const char *in, size_t len, char out[NAME_SIZE])
{
    bool ascii = true;

    if (len > 0 && in[len - 1] == '.')
        len--;
    if (len == 0)
        return NAME_EMPTY;
    if (memchr(in, '\0', len) != NULL)
        return NAME_CHARACTER;
    for (size_t i = 0; i < len && ascii; i++)
        ascii = (unsigned char)in[i] < 0x80;
    if (!ascii) {
        enum name_fault fault = idn_clean(in, len, out);

        if (fault != NAME_OK)
            return fault;
    } else if (len > NAME_LEN_MAX) {
        return NAME_TOO_LONG;
    } else {
        for (size_t i = 0; i < len; i++)
            out[i] = lower(in[i]);
        out[len] = '\0';
    }
    return is_address(out) ? NAME_ADDRESS : labels_fault(out);
}

bool name_lower(const char *in, size_t len, char out[NAME_SIZE])
{
    if (len > 0 && in[len - 1] == '.')
        len--;
    if (len > NAME_LEN_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        out[i] = lower(in[i]);
    out[len] = '\0';
    return true;
}

const char *name_registrable(const char *name)
{
    const char *found = psl_registrable_domain(psl_builtin(), name);

    return found != NULL ? found : name;
}

const char *name_public_suffix(const char *name)
{
    const char *found = psl_unregistrable_domain(psl_builtin(), name);

    return found != NULL ? found : name;
}

const char *name_tld(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot != NULL ? dot + 1 : name;
}
