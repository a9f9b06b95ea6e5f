/* tri: yes, no, or could not be found out. The logic is Kleene's: "all" is no as soon as one is no,
 * "some" is yes as soon as one is yes, and otherwise one unknown makes unknown. */
#ifndef MXC_OUTPUT_TRI_H
#define MXC_OUTPUT_TRI_H

#include <stdbool.h>

enum tri { TRI_NO, TRI_YES, TRI_UNKNOWN, TRI_COUNT };

static inline enum tri tri_of(bool b)
{
    return b ? TRI_YES : TRI_NO;
}

static inline enum tri tri_not(enum tri a)
{
    return a == TRI_UNKNOWN ? TRI_UNKNOWN : tri_of(a == TRI_NO);
}

static inline enum tri tri_and(enum tri a, enum tri b)
{
    if (a == TRI_NO || b == TRI_NO)
        return TRI_NO;
    return a == TRI_UNKNOWN || b == TRI_UNKNOWN ? TRI_UNKNOWN : TRI_YES;
}

static inline enum tri tri_or(enum tri a, enum tri b)
{
    if (a == TRI_YES || b == TRI_YES)
        return TRI_YES;
    return a == TRI_UNKNOWN || b == TRI_UNKNOWN ? TRI_UNKNOWN : TRI_NO;
}

#endif
