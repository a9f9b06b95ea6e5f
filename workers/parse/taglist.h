/* taglist: a cursor over "tag=value; tag=value", the shape that DMARC (RFC 9989 §4.8), MTA-STS (RFC
 * 8461 §3.1), TLS-RPT (RFC 8460 §3) and BIMI share. The scanner only cuts; what white space and
 * which bytes a grammar lets stand where is asked of the tag's flags by that grammar. */
#ifndef MXC_PARSE_TAGLIST_H
#define MXC_PARSE_TAGLIST_H

#include "workers/parse/bytes.h"

struct taglist {
    struct bytes rest;
};
struct tag {
    struct bytes name; /* before the first "=", without white space around it */
    struct bytes
        value;   /* behind it, likewise; all of the tag's text is in name if there is no "=" */
    bool empty;  /* nothing but white space between two semicolons */
    bool equals; /* has a "=" */
    bool spaced; /* white space stood before or behind the "=" (DMARC and BIMI allow it) */
};

void taglist_begin(struct taglist *list, struct bytes text);
/* The next tag; false at the end. White space around ";" and a last ";" with nothing but white
 * space behind it give no tag; "a=b;;" gives one empty tag. */
bool taglist_next(struct taglist *list, struct tag *tag);

/* Is the text's first tag "v" with precisely this value, and at its very beginning: what makes a
 * text a record of DMARC (RFC 9989 §4.7) or BIMI. The tag's name is in any case. */
bool taglist_has_version(struct bytes text, const char *version);

/* tag-spec of RFC 6376 §3.2, which DKIM and BIMI have: in the name a letter and then letters,
 * digits and "_"; in the value visible bytes, with folding white space between them. */
bool taglist_is_spec(const struct tag *tag);

#endif
