#include "tests/world/peer/tls.h"

#include <err.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 4096, FILE_MAX = 4 << 20 };

/* One parsed PEM block. The cache is direct-mapped: a newcomer takes the place of who was there. */
struct block {
    char *text; /* owned; NULL: free slot */
    size_t len;
    X509 *certificate;
    EVP_PKEY *key;
};
static struct block blocks[SLOTS];
static SSL_CTX *context;

static int on_status_request(SSL *ssl, void *nothing)
{
    const long *size = SSL_get_app_data(ssl);
    unsigned char *bytes = size == NULL ? NULL : OPENSSL_zalloc((size_t)*size);

    (void)nothing;
    if (bytes == NULL)
        return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, bytes, *size);
    return SSL_TLSEXT_ERR_OK;
}

void tls_staple(SSL *ssl, const long *size)
{
    SSL_set_app_data(ssl, *size > 0 ? (void *)size : NULL);
}

void tls_init(void)
{
    context = SSL_CTX_new(TLS_server_method());
    /* Debian's openssl.cnf may forbid what these hosts must speak, so each limit is set here. */
    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, 0) != 1 ||
        SSL_CTX_set_cipher_list(context, "ALL:!aNULL:!eNULL:@SECLEVEL=0") != 1)
        errx(1, "cannot set up TLS");
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_dh_auto(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_tlsext_status_cb(context, on_status_request);
    SSL_CTX_set_num_tickets(context, 0); /* a probe never comes back: tickets are wasted work */
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
}

static void block_clear(struct block *b)
{
    free(b->text);
    X509_free(b->certificate);
    EVP_PKEY_free(b->key);
    *b = (struct block){ 0 };
}

void tls_free(void)
{
    for (size_t i = 0; i < SLOTS; i++)
        block_clear(&blocks[i]);
    SSL_CTX_free(context);
}

static struct block *block_slot(const char *text, size_t len)
{
    uint64_t hash = 14695981039346656037U; /* FNV-1a */

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * 1099511628211U;
    return &blocks[(hash ^ hash >> 32) % SLOTS];
}

/* The block text[0..len) parsed; its slot stays valid until the next call. */
static struct block *block_get(const char *text, size_t len)
{
    struct block *b = block_slot(text, len);
    BIO *bio;

    if (b->text != NULL && b->len == len && memcmp(b->text, text, len) == 0)
        return b;
    block_clear(b);
    bio = BIO_new_mem_buf(text, (int)len);
    if (memmem(text, len < 40 ? len : 40, "CERTIFICATE", 11) != NULL)
        b->certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    else
        b->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if ((b->text = malloc(len)) == NULL)
        err(1, "memory");
    memcpy(b->text, text, len);
    b->len = len;
    return b;
}

struct identity {
    X509 *leaf;
    EVP_PKEY *key;
    STACK_OF(X509) * chain;
};

static void identity_clear(struct identity *id)
{
    X509_free(id->leaf);
    EVP_PKEY_free(id->key);
    sk_X509_pop_free(id->chain, X509_free);
}

static void identity_add(struct identity *id, const struct block *b)
{
    if (b->certificate != NULL) {
        X509_up_ref(b->certificate);
        if (id->leaf == NULL)
            id->leaf = b->certificate;
        else
            sk_X509_push(id->chain, b->certificate);
    } else if (b->key != NULL && id->key == NULL) {
        EVP_PKEY_up_ref(b->key);
        id->key = b->key;
    }
}

static void identity_read(struct identity *id, const char *text, size_t len)
{
    static const char begin[] = "-----BEGIN ", end[] = "\n-----END ";
    const char *stop = text + len, *from, *to;

    *id = (struct identity){ .chain = sk_X509_new_null() };
    while ((from = memmem(text, (size_t)(stop - text), begin, sizeof begin - 1)) != NULL &&
           (to = memmem(from, (size_t)(stop - from), end, sizeof end - 1)) != NULL) {
        const char *line = memchr(to + 1, '\n', (size_t)(stop - to - 1));

        text = line == NULL ? stop : line + 1;
        if (memmem(from, 40, "PARAMETERS", 10) == NULL)
            identity_add(id, block_get(from, (size_t)(text - from)));
    }
}

static size_t file_read(const char *path, char *text, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t n;

    if (fd < 0)
        return 0;
    while (len < room && (n = read(fd, text + len, room - len)) > 0)
        len += (size_t)n;
    close(fd);
    return len;
}

SSL *tls_server(int fd, const char *pem, int version)
{
    static char text[FILE_MAX];
    struct identity id;
    SSL *ssl = SSL_new(context);
    bool good;

    identity_read(&id, text, pem == NULL ? 0 : file_read(pem, text, sizeof text));
    good = ssl != NULL && id.leaf != NULL && id.key != NULL &&
           SSL_use_cert_and_key(ssl, id.leaf, id.key, id.chain, 1) == 1 && SSL_set_fd(ssl, fd) == 1;
    if (good && version != 0)
        good = SSL_set_min_proto_version(ssl, version) == 1 &&
               SSL_set_max_proto_version(ssl, version) == 1;
    if (!good) {
        warnx("%s: no usable certificate and key: %s", pem == NULL ? "-" : pem,
              ERR_reason_error_string(ERR_peek_error()));
        SSL_free(ssl);
        ssl = NULL;
    } else {
        SSL_set_accept_state(ssl);
    }
    ERR_clear_error();
    identity_clear(&id);
    return ssl;
}
