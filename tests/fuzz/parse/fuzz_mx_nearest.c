/* A pattern and a host, a NUL between: what matches is near, and the spelling of a name and the
 * order of the two make no difference where they should not. */
#include "tests/fuzz/parse/fuzz.h"

#include "workers/parse/mx_match.h"
#include "workers/parse/mx_nearest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes rest = { (const char *)data, len }, pattern, both[2];
    enum mx_nearness n;

    if (len == 0)
        return 0;
    bytes_split(&rest, '\0', &pattern);
    if (rest.data == NULL)
        return 0;
    n = mx_nearest(&pattern, 1, rest);
    HOLDS((n == MX_NEAR_MATCH) == mx_match(pattern, rest));
    both[0] = bytes_of("mx.elsewhere.example");
    both[1] = pattern;
    HOLDS(mx_nearest(both, 2, rest) <= n); /* one more pattern never moves a host away */
    if (n == MX_NEAR_TYPO && !bytes_begin(pattern, "*.") && !bytes_begin(rest, "*."))
        HOLDS(mx_nearest(&rest, 1, pattern) <= MX_NEAR_TYPO); /* as many edits back */
    return 0;
}
