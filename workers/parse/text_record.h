/* text_record: what the TXT records of MTA-STS (RFC 8461 §3.1) and TLS-RPT (RFC 8460 §3) have in
 * common: how the one record is chosen among several, and the syntax of an extension. */
#ifndef MXC_PARSE_TEXT_RECORD_H
#define MXC_PARSE_TEXT_RECORD_H

#include "workers/parse/taglist.h"

enum text_choice {
    TEXT_ABSENT,   /* nothing of this protocol */
    TEXT_MISSPELT, /* only what was evidently meant as a record of it */
    TEXT_ONE,
    TEXT_SEVERAL
};

/* Where several TXT records stand at the name, those that do not begin with version and ";" are
 * discarded; where one stands alone, white space before the ";" is within the grammar, and of the
 * bare version it is the fields that are missing. Meant is what begins, in any case and behind
 * white space, like version without its "v1". */
enum text_choice text_record_choose(const struct bytes *txts, size_t count, const char *version,
                                    struct bytes *chosen);

/* The fields behind the version. */
void text_record_fields(struct taglist *list, struct bytes record);

/* name "=" value as both grammars have it: name an alphanumeric and up to 31 more of these or "_",
 * "-", "."; value at least one of %x21-3A / %x3C / %x3E-7E; no white space around "=". */
bool text_record_extension(const struct tag *tag);

/* White space at the very end, behind a field and not behind a ";": neither grammar has it. */
bool text_record_ends_badly(struct bytes record);

#endif
