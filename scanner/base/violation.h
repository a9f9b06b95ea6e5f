/* violation: the closed list of what can be wrong with what a domain publishes. A name here goes to
 * records and CSV: append only. A note does not spoil the verdict; a fault does. */
#ifndef MXC_BASE_VIOLATION_H
#define MXC_BASE_VIOLATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULT 0
#define NOTE 1

#define VIOLATIONS(X) /* id, name, weight, where the rule stands */                               \
    X(MX_NULL_WITH_OTHERS, "mx-null-with-others", FAULT, "RFC 7505 §3")                           \
    X(MX_TARGET_ADDRESS, "mx-target-address", FAULT, "RFC 5321 §5.1")                             \
    X(MX_TARGET_INVALID, "mx-target-invalid", FAULT, "RFC 1035 §3.3.9")                           \
    X(MX_TARGET_LOCAL, "mx-target-local", FAULT, "RFC 6761 §6.3")                                 \
    X(SPF_MULTIPLE, "spf-multiple", FAULT, "RFC 7208 §4.5")                                       \
    X(SPF_NOT_ASCII, "spf-not-ascii", FAULT, "RFC 7208 §3.1")                                     \
    X(SPF_TERM_UNKNOWN, "spf-term-unknown", FAULT, "RFC 7208 §4.6.1")                             \
    X(SPF_TERM_MALFORMED, "spf-term-malformed", FAULT, "RFC 7208 §4.6.1")                         \
    X(SPF_IP4_INVALID, "spf-ip4-invalid", FAULT, "RFC 7208 §5.6")                                 \
    X(SPF_IP6_INVALID, "spf-ip6-invalid", FAULT, "RFC 7208 §5.6")                                 \
    X(SPF_CIDR_INVALID, "spf-cidr-invalid", FAULT, "RFC 7208 §5.6")                               \
    X(SPF_DOMAIN_INVALID, "spf-domain-invalid", FAULT, "RFC 7208 §7.1")                           \
    X(SPF_MACRO_INVALID, "spf-macro-invalid", FAULT, "RFC 7208 §7.1")                             \
    X(SPF_MODIFIER_REPEATED, "spf-modifier-repeated", FAULT, "RFC 7208 §6")                       \
    X(SPF_TOO_MANY_LOOKUPS, "spf-too-many-lookups", FAULT, "RFC 7208 §4.6.4")                     \
    X(SPF_TOO_MANY_VOIDS, "spf-too-many-voids", FAULT, "RFC 7208 §4.6.4")                         \
    X(SPF_INCLUDE_NONE, "spf-include-none", FAULT, "RFC 7208 §5.2")                               \
    X(SPF_REDIRECT_NONE, "spf-redirect-none", FAULT, "RFC 7208 §6.1")                             \
    X(SPF_LOOP, "spf-loop", FAULT, "RFC 7208 §4.6.4")                                             \
    X(SPF_AFTER_ALL, "spf-after-all", NOTE, "RFC 7208 §5.1")                                      \
    X(SPF_REDIRECT_IGNORED, "spf-redirect-ignored", NOTE, "RFC 7208 §6.1")                        \
    X(SPF_PTR, "spf-ptr", NOTE, "RFC 7208 §5.5")                                                  \
    X(SPF_ALL_MISSING, "spf-all-missing", NOTE, "RFC 7208 §4.7")                                  \
    X(SPF_ALL_PASS, "spf-all-pass", NOTE, "RFC 7208 §5.1")                                        \
    X(SPF_MODIFIER_UNKNOWN, "spf-modifier-unknown", NOTE, "RFC 7208 §6")                          \
    X(DMARC_MULTIPLE, "dmarc-multiple", FAULT, "RFC 9989 §4.10.1")                                \
    X(DMARC_SYNTAX, "dmarc-syntax", NOTE, "RFC 9989 §4.8")                                        \
    X(DMARC_POLICY_MISSING, "dmarc-policy-missing", FAULT, "RFC 9989 §4.10.1")                    \
    X(DMARC_POLICY_INVALID, "dmarc-policy-invalid", FAULT, "RFC 9989 §4.7")                       \
    X(DMARC_SP_INVALID, "dmarc-sp-invalid", NOTE, "RFC 9989 §4.7")                                \
    X(DMARC_NP_INVALID, "dmarc-np-invalid", NOTE, "RFC 9989 §4.7")                                \
    X(DMARC_PSD_INVALID, "dmarc-psd-invalid", NOTE, "RFC 9989 §4.7")                              \
    X(DMARC_T_INVALID, "dmarc-t-invalid", NOTE, "RFC 9989 §4.7")                                  \
    X(DMARC_ALIGNMENT_INVALID, "dmarc-alignment-invalid", NOTE, "RFC 9989 §4.7")                  \
    X(DMARC_FO_INVALID, "dmarc-fo-invalid", NOTE, "RFC 9989 §4.7")                                \
    X(DMARC_URI_INVALID, "dmarc-uri-invalid", NOTE, "RFC 9989 §4.7")                              \
    X(DMARC_TAG_REPEATED, "dmarc-tag-repeated", FAULT, "RFC 9989 §4.8")                           \
    X(DMARC_TAG_HISTORIC, "dmarc-tag-historic", NOTE, "RFC 9989 §4.7")                            \
    X(DMARC_TAG_UNKNOWN, "dmarc-tag-unknown", NOTE, "RFC 9989 §4.7")                              \
    X(STS_MULTIPLE, "sts-multiple", FAULT, "RFC 8461 §3.1")                                       \
    X(STS_SYNTAX, "sts-syntax", FAULT, "RFC 8461 §3.1")                                           \
    X(STS_VERSION, "sts-version", FAULT, "RFC 8461 §3.1")                                         \
    X(STS_ID_MISSING, "sts-id-missing", FAULT, "RFC 8461 §3.1")                                   \
    X(STS_ID_INVALID, "sts-id-invalid", FAULT, "RFC 8461 §3.1")                                   \
    X(STS_EXTENSION_INVALID, "sts-extension-invalid", FAULT, "RFC 8461 §3.1")                     \
    X(STS_FIELD_REPEATED, "sts-field-repeated", NOTE, "RFC 8461 §3.1")                            \
    X(POLICY_EMPTY, "policy-empty", FAULT, "RFC 8461 §3.2")                                       \
    X(POLICY_HTML, "policy-html", FAULT, "RFC 8461 §3.2")                                         \
    X(POLICY_LINE_MALFORMED, "policy-line-malformed", FAULT, "RFC 8461 §3.2")                     \
    X(POLICY_NOT_TEXT, "policy-not-text", FAULT, "RFC 8461 §3.2")                                 \
    X(POLICY_VERSION_MISSING, "policy-version-missing", FAULT, "RFC 8461 §3.2")                   \
    X(POLICY_VERSION_INVALID, "policy-version-invalid", FAULT, "RFC 8461 §3.2")                   \
    X(POLICY_MODE_MISSING, "policy-mode-missing", FAULT, "RFC 8461 §3.2")                         \
    X(POLICY_MODE_INVALID, "policy-mode-invalid", FAULT, "RFC 8461 §3.2")                         \
    X(POLICY_MAX_AGE_MISSING, "policy-max-age-missing", FAULT, "RFC 8461 §3.2")                   \
    X(POLICY_MAX_AGE_INVALID, "policy-max-age-invalid", FAULT, "RFC 8461 §3.2")                   \
    X(POLICY_MAX_AGE_TOO_LARGE, "policy-max-age-too-large", FAULT, "RFC 8461 §3.2")               \
    X(POLICY_MX_MISSING, "policy-mx-missing", FAULT, "RFC 8461 §3.2")                             \
    X(POLICY_MX_EMPTY, "policy-mx-empty", FAULT, "RFC 8461 §3.2")                                 \
    X(POLICY_MX_TRAILING_DOT, "policy-mx-trailing-dot", FAULT, "RFC 8461 §3.2")                   \
    X(POLICY_MX_EMAIL, "policy-mx-email", FAULT, "RFC 8461 §3.2")                                 \
    X(POLICY_MX_WILDCARD, "policy-mx-wildcard", FAULT, "RFC 8461 §4.1")                           \
    X(POLICY_MX_INVALID, "policy-mx-invalid", FAULT, "RFC 8461 §3.2")                             \
    X(POLICY_FIELD_REPEATED, "policy-field-repeated", NOTE, "RFC 8461 §3.2")                      \
    X(POLICY_MEDIA_TYPE, "policy-media-type", NOTE, "RFC 8461 §3.2")                              \
    X(TLSRPT_MULTIPLE, "tlsrpt-multiple", FAULT, "RFC 8460 §3")                                   \
    X(TLSRPT_SYNTAX, "tlsrpt-syntax", FAULT, "RFC 8460 §3")                                       \
    X(TLSRPT_RUA_MISSING, "tlsrpt-rua-missing", FAULT, "RFC 8460 §3")                             \
    X(TLSRPT_RUA_INVALID, "tlsrpt-rua-invalid", FAULT, "RFC 8460 §3")                             \
    X(BIMI_MULTIPLE, "bimi-multiple", FAULT,                                                      \
      "draft-brand-indicators-for-message-identification §4")                                     \
    X(BIMI_SYNTAX, "bimi-syntax", FAULT, "draft-brand-indicators-for-message-identification §4")  \
    X(BIMI_LOCATION_MISSING, "bimi-location-missing", FAULT,                                      \
      "draft-brand-indicators-for-message-identification §4")                                     \
    X(BIMI_LOCATION_INVALID, "bimi-location-invalid", FAULT,                                      \
      "draft-brand-indicators-for-message-identification §4")                                     \
    X(TLSA_MALFORMED, "tlsa-malformed", NOTE, "RFC 6698 §2.1")                                    \
    X(TLSA_USAGE_UNUSABLE, "tlsa-usage-unusable", NOTE, "RFC 7672 §3.1.3")                        \
    X(TLSA_SELECTOR_UNKNOWN, "tlsa-selector-unknown", NOTE, "RFC 6698 §2.1.2")                    \
    X(TLSA_MATCHING_UNKNOWN, "tlsa-matching-unknown", NOTE, "RFC 6698 §2.1.3")                    \
    X(TLSA_LENGTH, "tlsa-length", NOTE, "RFC 6698 §2.1.4")                                        \
    X(TLSA_NONE_USABLE, "tlsa-none-usable", FAULT, "RFC 7672 §2.2")                               \
    X(SPF_VERSION, "spf-version", NOTE, "RFC 7208 §4.5")                                          \
    X(DMARC_VERSION, "dmarc-version", NOTE, "RFC 9989 §4.10")                                     \
    X(DMARC_POLICY_ASSUMED, "dmarc-policy-assumed", NOTE, "RFC 9989 §4.10.1")                     \
    X(DMARC_URI_SIZE, "dmarc-uri-size", NOTE, "RFC 9989 §4.7")                                    \
    X(TLSRPT_VERSION, "tlsrpt-version", FAULT, "RFC 8460 §3")                                     \
    X(TLSRPT_EXTENSION_INVALID, "tlsrpt-extension-invalid", FAULT, "RFC 8460 §3")                 \
    X(BIMI_VERSION, "bimi-version", NOTE, "draft-brand-indicators-for-message-identification §4") \
    X(BIMI_EVIDENCE_INVALID, "bimi-evidence-invalid", FAULT,                                      \
      "draft-brand-indicators-for-message-identification §4")                                     \
    X(POLICY_LINE_BLANK, "policy-line-blank", NOTE, "RFC 8461 §3.2")                              \
    X(DMARC_UNPROCESSED, "dmarc-unprocessed", FAULT, "RFC 9989 §4.10.1")                          \
    X(DKIM_MULTIPLE, "dkim-multiple", FAULT, "RFC 6376 §3.6.2.2")                                 \
    X(DKIM_SYNTAX, "dkim-syntax", FAULT, "RFC 6376 §3.2")                                         \
    X(DKIM_VERSION, "dkim-version", NOTE, "RFC 6376 §3.6.1")                                      \
    X(DKIM_TAG_REPEATED, "dkim-tag-repeated", FAULT, "RFC 6376 §3.2")                             \
    X(DKIM_TAG_UNKNOWN, "dkim-tag-unknown", NOTE, "RFC 6376 §3.2")                                \
    X(DKIM_TAG_HISTORIC, "dkim-tag-historic", NOTE, "RFC 6376 §C.1")                              \
    X(DKIM_KEY_MISSING, "dkim-key-missing", FAULT, "RFC 6376 §3.6.1")                             \
    X(DKIM_KEY_INVALID, "dkim-key-invalid", FAULT, "RFC 6376 §3.6.1")                             \
    X(DKIM_KEY_TYPE_UNKNOWN, "dkim-key-type-unknown", FAULT, "RFC 6376 §3.6.1")                   \
    X(DKIM_KEY_SHORT, "dkim-key-short", FAULT, "RFC 8301 §3.2")                                   \
    X(DKIM_KEY_BELOW_2048, "dkim-key-below-2048", NOTE, "RFC 8301 §3.2")                          \
    X(DKIM_HASH_UNUSABLE, "dkim-hash-unusable", FAULT, "RFC 8301 §3.1")                           \
    X(DKIM_SERVICE_OTHER, "dkim-service-other", FAULT, "RFC 6376 §3.6.1")                         \
    X(CAA_MALFORMED, "caa-malformed", FAULT, "RFC 8659 §4.1")                                     \
    X(CAA_FLAGS_RESERVED, "caa-flags-reserved", NOTE, "RFC 8659 §4.1")                            \
    X(CAA_TAG_UNKNOWN, "caa-tag-unknown", NOTE, "RFC 8659 §4.1")                                  \
    X(CAA_CRITICAL_UNKNOWN, "caa-critical-unknown", NOTE, "RFC 8659 §4.1")                        \
    X(CAA_ISSUER_INVALID, "caa-issuer-invalid", FAULT, "RFC 8659 §4.2")                           \
    X(CAA_IODEF_INVALID, "caa-iodef-invalid", FAULT, "RFC 8659 §4.4")                             \
    X(POLICY_BOM, "policy-bom", FAULT, "RFC 8461 §3.2")                                           \
    X(POLICY_BARE_CR, "policy-bare-cr", FAULT, "RFC 8461 §3.2")                                   \
    X(POLICY_LINE_END_WRITTEN, "policy-line-end-written", FAULT, "RFC 8461 §3.2")                 \
    X(POLICY_FIELD_SPACED, "policy-field-spaced", FAULT, "RFC 8461 §3.2")                         \
    X(POLICY_FIELD_SEPARATOR, "policy-field-separator", FAULT, "RFC 8461 §3.2")                   \
    X(POLICY_FIELD_CASE, "policy-field-case", NOTE, "RFC 8461 §3.2")                              \
    X(POLICY_PROSE, "policy-prose", FAULT, "RFC 8461 §3.2")                                       \
    X(POLICY_JSON, "policy-json", FAULT, "RFC 8461 §3.2")                                         \
    X(POLICY_RECORD, "policy-record", FAULT, "RFC 8461 §3.2")                                     \
    X(POLICY_MAX_AGE_SHORT, "policy-max-age-short", NOTE, "RFC 8461 §3.2")                        \
    X(POLICY_MX_LIST, "policy-mx-list", FAULT, "RFC 8461 §3.2")                                   \
    X(POLICY_MX_URL, "policy-mx-url", FAULT, "RFC 8461 §3.2")                                     \
    X(POLICY_MX_PREFERENCE, "policy-mx-preference", FAULT, "RFC 8461 §3.2")                       \
    X(POLICY_MX_NOT_ASCII, "policy-mx-not-ascii", FAULT, "RFC 8461 §3.2")                         \
    X(POLICY_MX_ADDRESS, "policy-mx-address", NOTE, "RFC 8461 §3.2")                              \
    X(SPF_INCLUDE_INVALID, "spf-include-invalid", FAULT, "RFC 7208 §5.2")                         \
    X(SPF_REDIRECT_INVALID, "spf-redirect-invalid", FAULT, "RFC 7208 §6.1")                       \
    X(SPF_TOO_MANY_MX, "spf-too-many-mx", FAULT, "RFC 7208 §4.6.4")                               \
    X(MX_TARGET_ALIAS, "mx-target-alias", NOTE, "RFC 2181 §10.3")                                 \
    X(MX_TARGET_MISSING, "mx-target-missing", FAULT, "RFC 5321 §5.1")                             \
    X(MX_TARGET_NO_ADDRESS, "mx-target-no-address", FAULT, "RFC 5321 §5.1")

enum violation {
#define X(id, name, weight, source) VIOLATION_##id,
    VIOLATIONS(X)
#undef X
        VIOLATION_COUNT
};

/* A set of them: each is told once per record, in the order of the table. */
struct violations {
    uint64_t bits[(VIOLATION_COUNT + 63) / 64];
};

/* What is wrong with one TLSA record is a note, for a sender leaves that record out (RFC 7672
 * §3.1); that none is left is a fault. *-version where a verdict is absent: the text was meant as a
 * record, and receivers discard it. */
void violations_add(struct violations *vs, enum violation v);
void violations_join(struct violations *vs, const struct violations *others);
bool violations_have(const struct violations *vs, enum violation v);
bool violations_any(const struct violations *vs);
bool violations_fault(const struct violations *vs); /* one of them is a fault */

const char *violation_name(enum violation v);
bool violation_parse(const char *name, size_t len, enum violation *v); /* false: no such name */
const char *violation_source(enum violation v);
bool violation_is_note(enum violation v);

#endif
