#include "scanner/queue/follow_up.h"

#include "scanner/base/json_write.h"

void follow_up_host(struct buf *out, const char *host)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_open_object(&w, NULL);
    json_write_string(&w, "host", host);
    json_close_object(&w);
}

void follow_up_policy(struct buf *out, const char *domain, const char *const *aliases,
                      size_t alias_count)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_open_object(&w, NULL);
    json_write_string(&w, "domain", domain);
    if (alias_count > 0)
        json_write_strings(&w, "aliases_of_record", aliases, alias_count);
    json_close_object(&w);
}
