#include "workers/certificate.h"

#include <assert.h>
#include <openssl/ct.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "scanner/base/memory.h"
#include "scanner/base/timing.h"
#include "scanner/queue/queue.h"
#include "workers/parse/bytes.h"

#define OID_TEXT_SIZE 128

static void write_hex(struct json_writer *w, const char *key, const uint8_t *data, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    for (size_t i = 0; i < len; i++) {
        buf_byte(&text, digits[data[i] >> 4]);
        buf_byte(&text, digits[data[i] & 15]);
    }
    json_write_bytes(w, key, text.data, text.len);
    buf_free(&text);
}

static void write_base64(struct json_writer *w, const char *key, const uint8_t *data, size_t len)
{
    char *text = memory_alloc((len + 2) / 3 * 4 + 1);
    int written = EVP_EncodeBlock((unsigned char *)text, data, (int)len);

    json_write_bytes(w, key, text, (size_t)written);
    free(text);
}

static void write_name(struct json_writer *w, const char *key, const X509_NAME *name, BIO *scratch)
{
    char *text;
    long len;

    BIO_reset(scratch);
    X509_NAME_print_ex(scratch, name, 0, XN_FLAG_RFC2253);
    len = BIO_get_mem_data(scratch, &text);
    json_write_bytes(w, key, text, len > 0 ? (size_t)len : 0);
}

static void write_names(struct json_writer *w, X509 *x509, BIO *scratch)
{
    write_name(w, "subject", X509_get_subject_name(x509), scratch);
    write_name(w, "issuer", X509_get_issuer_name(x509), scratch);
}

/* Negative serials are seen; RFC 5280 §4.1.2.2 forbids them. */
static void write_serial(struct json_writer *w, X509 *x509)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
    const uint8_t *data = ASN1_STRING_get0_data(serial);
    int len = ASN1_STRING_length(serial);
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    if (ASN1_STRING_type(serial) & V_ASN1_NEG)
        buf_byte(&text, '-');
    for (int i = 0; i < len; i++)
        buf_printf(&text, "%02x", data[i]);
    if (len == 0)
        buf_string(&text, "00");
    json_write_bytes(w, "serial", text.data, text.len);
    buf_free(&text);
}

static void write_dns_name(struct json_writer *w, const ASN1_IA5STRING *name)
{
    size_t len = (size_t)ASN1_STRING_length(name);
    char *lower = memory_strndup((const char *)ASN1_STRING_get0_data(name), len);

    for (size_t i = 0; i < len; i++)
        lower[i] = ascii_lower(lower[i]);
    json_write_bytes(w, NULL, lower, len);
    free(lower);
}

/* "names", left out where no dNSName is in the certificate. */
static void write_dns_names(struct json_writer *w, X509 *x509)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    bool open = false;

    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);

        if (name->type != GEN_DNS)
            continue;
        if (!open)
            json_open_array(w, "names");
        open = true;
        write_dns_name(w, name->d.dNSName);
    }
    if (open)
        json_close_array(w);
    GENERAL_NAMES_free(all);
}

static void write_time(struct json_writer *w, const char *key, const ASN1_TIME *time)
{
    char stamp[TIMING_STAMP_SIZE];
    struct tm tm;

    if (ASN1_TIME_to_tm(time, &tm) != 1)
        return;
    timing_stamp(stamp, timegm(&tm));
    json_write_string(w, key, stamp);
}

/* The names of FIPS 186 where there is one, as browsers and `openssl x509` show them. */
static const char *curve_name(const EVP_PKEY *key, char text[OID_TEXT_SIZE])
{
    size_t len;
    int nid;

    if (EVP_PKEY_get_group_name(key, text, OID_TEXT_SIZE, &len) != 1)
        return NULL;
    nid = OBJ_txt2nid(text);
    return nid != NID_undef && EC_curve_nid2nist(nid) != NULL ? EC_curve_nid2nist(nid) : text;
}

static void write_known_key(struct json_writer *w, const EVP_PKEY *key)
{
    static const struct {
        int id;
        const char *name;
    } types[] = { { EVP_PKEY_RSA, "RSA" },         { EVP_PKEY_RSA_PSS, "RSA-PSS" },
                  { EVP_PKEY_EC, "EC" },           { EVP_PKEY_DSA, "DSA" },
                  { EVP_PKEY_ED25519, "Ed25519" }, { EVP_PKEY_ED448, "Ed448" } };
    const char *type = OBJ_nid2sn(EVP_PKEY_get_base_id(key));
    char curve[OID_TEXT_SIZE];

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].id == EVP_PKEY_get_base_id(key))
            type = types[i].name;
    json_write_string(w, "type", type);
    json_write_int(w, "bits", EVP_PKEY_get_bits(key));
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && curve_name(key, curve) != NULL)
        json_write_string(w, "curve", curve_name(key, curve));
}

/* A key that cannot be read has only its algorithm. */
static void write_key(struct json_writer *w, X509 *x509)
{
    const EVP_PKEY *key = X509_get0_pubkey(x509);
    ASN1_OBJECT *algorithm = NULL;
    char oid[OID_TEXT_SIZE];

    json_open_object(w, "key");
    if (key != NULL) {
        write_known_key(w, key);
    } else {
        X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(x509));
        OBJ_obj2txt(oid, sizeof(oid), algorithm, 0);
        json_write_string(w, "type", oid);
    }
    json_close_object(w);
}

static void write_signature(struct json_writer *w, X509 *x509)
{
    const ASN1_OBJECT *oid;
    char text[OID_TEXT_SIZE];

    X509_ALGOR_get0(&oid, NULL, NULL, X509_get0_tbs_sigalg(x509));
    OBJ_obj2txt(text, sizeof(text), oid, 0);
    json_write_string(w, "signature", text);
}

static int scts_count(X509 *x509)
{
    STACK_OF(SCT) *scts = X509_get_ext_d2i(x509, NID_ct_precert_scts, NULL, NULL);
    int count = scts != NULL ? sk_SCT_num(scts) : 0;

    SCT_LIST_free(scts);
    return count;
}

static void write_spki(struct json_writer *w, X509 *x509)
{
    uint8_t digest[EVP_MAX_MD_SIZE], *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);
    size_t digest_len = 0;

    if (len > 0 && EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)len, digest, &digest_len) == 1)
        write_hex(w, "spki_sha256", digest, digest_len);
    OPENSSL_free(der);
}

void certificate_write(struct json_writer *w, X509 *x509, const uint8_t *der, size_t der_len,
                       const uint8_t sha256[CERTIFICATE_SHA256_SIZE])
{
    BIO *scratch = BIO_new(BIO_s_mem());

    json_open_object(w, NULL);
    json_write_int(w, "v", RECORD_VERSION);
    write_hex(w, "sha256", sha256, CERTIFICATE_SHA256_SIZE);
    write_spki(w, x509);
    write_names(w, x509, scratch);
    write_serial(w, x509);
    write_dns_names(w, x509);
    write_time(w, "not_before", X509_get0_notBefore(x509));
    write_time(w, "not_after", X509_get0_notAfter(x509));
    write_key(w, x509);
    write_signature(w, x509);
    json_write_bool(w, "self_signed", X509_self_signed(x509, 0) == 1);
    json_write_bool(w, "ca", (X509_get_extension_flags(x509) & EXFLAG_CA) != 0);
    json_write_int(w, "scts", scts_count(x509));
    write_base64(w, "der", der, der_len);
    json_close_object(w);
    BIO_free(scratch);
}

struct certificate *certificate_new(X509 *x509, const uint8_t *der, size_t der_len,
                                    const uint8_t sha256[CERTIFICATE_SHA256_SIZE])
{
    struct certificate *c;
    struct json_writer w;
    struct buf text;

    buf_init(&text, BUF_NO_CEILING);
    json_writer_init(&w, &text);
    certificate_write(&w, x509, der, der_len, sha256);
    c = memory_alloc(sizeof(*c) + text.len);
    c->references = 1;
    memcpy(c->sha256, sha256, sizeof(c->sha256));
    c->record_len = text.len;
    memcpy(c->record, text.data, text.len);
    buf_free(&text);
    return c;
}

struct certificate *certificate_hold(struct certificate *c)
{
    c->references++;
    return c;
}

void certificate_drop(struct certificate *c)
{
    if (c != NULL && --c->references == 0)
        free(c);
}
