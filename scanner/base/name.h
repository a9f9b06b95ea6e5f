/* name: domain names as text. A clean name is lower-case A-labels without a trailing dot, 1 to 253
 * bytes, labels of 1 to 63 (RFC 1035 §2.3.4), at least two labels. */
#ifndef MXC_BASE_NAME_H
#define MXC_BASE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_LEN_MAX 253
#define NAME_SIZE (NAME_LEN_MAX + 1)

#define NAME_FAULTS(X) /* name goes to rejects.csv: append only */                         \
    X(OK, "ok", "")                                                                        \
    X(EMPTY, "empty", "nothing where the name should be")                                  \
    X(TOO_LONG, "too-long", "more than 253 bytes (RFC 1035 §2.3.4)")                       \
    X(LABEL_EMPTY, "label-empty", "two dots in a row, or a dot in front")                  \
    X(LABEL_TOO_LONG, "label-too-long", "a label of more than 63 bytes (RFC 1035 §2.3.4)") \
    X(CHARACTER, "character", "not a letter, digit, hyphen or underscore (RFC 1123 §2.1)") \
    X(HYPHEN, "hyphen", "a label that begins or ends with a hyphen (RFC 1123 §2.1)")       \
    X(SINGLE_LABEL, "single-label", "no dot in the name")                                  \
    X(ADDRESS, "address", "an IP address, not a name")                                     \
    X(OPTED_OUT, "opted-out", "on the opt-out list")                                       \
    X(IDN, "idn", "not a valid internationalised name (RFC 5891)")

enum name_fault {
#define X(id, name, text) NAME_##id,
    NAME_FAULTS(X)
#undef X
        NAME_FAULT_COUNT
};

const char *name_fault_name(enum name_fault fault);
const char *name_fault_text(enum name_fault fault);

/* Clean name of in[0..len): IDN by IDNA2008 (UTS 46, non-transitional), lower case, one trailing
 * dot dropped. On a fault out is undefined. */
enum name_fault name_clean(const char *in, size_t len, char out[NAME_SIZE]);

/* For host names found in the DNS (MX targets): lower-case copy without trailing dot; no other
 * rule, single labels and underscores allowed. False when longer than 253 bytes. */
bool name_lower(const char *in, size_t len, char out[NAME_SIZE]);

/* The registrable domain (public suffix and one label) inside a clean name, by the Public Suffix
 * List; the name itself where it is a suffix or has none. Points into name. */
const char *name_registrable(const char *name);
const char *name_public_suffix(const char *name); /* the same for its effective TLD */
const char *name_tld(const char *name);           /* the last label */

#endif
