#include "workers/parse/text_record.h"

#include <string.h>

/* Alone, a version with nothing behind it is one all the same: it is the fields that are missing.
 */
static bool has_version(struct bytes txt, const char *version, bool alone)
{
    struct bytes rest;

    if (!bytes_begin(txt, version))
        return false;
    rest = bytes_slice(txt, strlen(version), txt.len);
    if (alone)
        rest = bytes_trim(rest);
    return bytes_begin(rest, ";") || (alone && rest.len == 0);
}

/* "v=STS" of "v=STSv1", in any case: whatever version follows. */
static bool is_meant(struct bytes txt, const char *version)
{
    struct bytes text = bytes_trim(txt);
    size_t letters = strlen(version) - strlen("v1");

    if (text.len < letters)
        return false;
    for (size_t i = 0; i < letters; i++)
        if (ascii_lower(text.data[i]) != ascii_lower(version[i]))
            return false;
    return true;
}

enum text_choice text_record_choose(const struct bytes *txts, size_t count, const char *version,
                                    struct bytes *chosen)
{
    size_t found = 0;
    bool meant = false;

    *chosen = (struct bytes){ "", 0 };
    for (size_t i = 0; i < count; i++) {
        meant |= is_meant(txts[i], version);
        if (!has_version(txts[i], version, count == 1))
            continue;
        *chosen = txts[i];
        found++;
    }
    if (found == 0)
        return meant ? TEXT_MISSPELT : TEXT_ABSENT;
    return found == 1 ? TEXT_ONE : TEXT_SEVERAL;
}

void text_record_fields(struct taglist *list, struct bytes record)
{
    struct tag version;

    taglist_begin(list, record);
    taglist_next(list, &version);
}

static bool is_extension_name(struct bytes name)
{
    if (name.len < 1 || name.len > 32)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (ascii_is_alpha(c) || ascii_is_digit(c))
            continue;
        if (i == 0 || (c != '_' && c != '-' && c != '.'))
            return false;
    }
    return true;
}

bool text_record_extension(const struct tag *tag)
{
    return tag->equals && !tag->spaced && is_extension_name(tag->name) && tag->value.len > 0 &&
           bytes_printable(tag->value) && !bytes_have(tag->value, ' ') &&
           !bytes_have(tag->value, '=');
}

bool text_record_ends_badly(struct bytes record)
{
    struct bytes text = bytes_trim(record);

    return text.len > 0 && text.data + text.len < record.data + record.len &&
           text.data[text.len - 1] != ';';
}
