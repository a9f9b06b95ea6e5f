#include "workers/parse/taglist.h"

#include <string.h>

void taglist_begin(struct taglist *list, struct bytes text)
{
    list->rest = text.data != NULL ? text : (struct bytes){ "", 0 };
}

static void cut(struct bytes piece, struct tag *tag)
{
    const char *found = piece.len > 0 ? memchr(piece.data, '=', piece.len) : NULL;
    struct bytes before, behind;

    *tag = (struct tag){ .name = piece, .value = { "", 0 }, .empty = piece.len == 0 };
    if (found == NULL)
        return;
    before = bytes_slice(piece, 0, (size_t)(found - piece.data));
    behind = bytes_slice(piece, before.len + 1, piece.len);
    tag->equals = true;
    tag->name = bytes_trim(before);
    tag->value = bytes_trim(behind);
    tag->spaced = tag->name.len < before.len || tag->value.len < behind.len;
}

bool taglist_next(struct taglist *list, struct tag *tag)
{
    struct bytes piece;

    if (!bytes_split(&list->rest, ';', &piece))
        return false;
    piece = bytes_trim(piece);
    if (piece.len == 0 && list->rest.data == NULL) /* nothing behind the last ";" */
        return false;
    cut(piece, tag);
    return true;
}

bool taglist_has_version(struct bytes text, const char *version)
{
    struct taglist list;
    struct tag tag;

    if (!bytes_begin_nocase(text, "v"))
        return false;
    taglist_begin(&list, text);
    return taglist_next(&list, &tag) && bytes_equal_nocase(tag.name, "v") &&
           bytes_equal(tag.value, version);
}

static bool is_name(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (!ascii_is_alpha(c) && (i == 0 || (!ascii_is_digit(c) && c != '_')))
            return false;
    }
    return text.len > 0;
}

bool taglist_is_spec(const struct tag *tag)
{
    for (size_t i = 0; i < tag->value.len; i++) {
        unsigned char c = (unsigned char)tag->value.data[i];
        bool fold = c == ' ' || c == '\t' || c == '\r' || c == '\n';

        if ((c < 0x21 && !fold) || c > 0x7e)
            return false;
    }
    return tag->equals && is_name(tag->name);
}
