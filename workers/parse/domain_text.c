#include "workers/parse/domain_text.h"

#define DOMAIN_LEN_MAX 253
#define LABEL_LEN_MAX 63

static bool is_label(struct bytes label)
{
    if (label.len < 1 || label.len > LABEL_LEN_MAX)
        return false;
    for (size_t i = 0; i < label.len; i++) {
        char c = label.data[i];
        bool inside = i > 0 && i + 1 < label.len;

        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && !(inside && c == '-'))
            return false;
    }
    return true;
}

bool domain_text_valid(struct bytes text)
{
    struct bytes rest = text, label;

    if (text.len < 1 || text.len > DOMAIN_LEN_MAX)
        return false;
    while (bytes_split(&rest, '.', &label))
        if (!is_label(label))
            return false;
    return true;
}
