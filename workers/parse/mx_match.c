#include "workers/parse/mx_match.h"

#include <string.h>

static bool same(struct bytes a, struct bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
            return false;
    return true;
}

bool mx_match(struct bytes pattern, struct bytes host)
{
    const char *dot;

    if (host.len > 0 && host.data[host.len - 1] == '.')
        host.len--;
    if (pattern.len == 0 || host.len == 0)
        return false;
    if (!bytes_begin(pattern, "*."))
        return same(pattern, host);
    dot = memchr(host.data, '.', host.len);
    if (dot == NULL || dot == host.data)
        return false;
    return pattern.len > 2 && same(bytes_slice(pattern, 1, pattern.len),
                                   bytes_slice(host, (size_t)(dot - host.data), host.len));
}
