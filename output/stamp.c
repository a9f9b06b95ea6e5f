#include "output/stamp.h"

#include <stddef.h>

/* n digits at *text, which moves behind them. -1 where one is none. */
static int number(const char **text, int n)
{
    int value = 0;

    for (; n > 0; n--, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    return value;
}

bool stamp_parse(const char *text, time_t *t)
{
    static const struct {
        int digits;
        char behind;
    } fields[] = { { 4, '-' }, { 2, '-' }, { 2, 'T' }, { 2, ':' }, { 2, ':' }, { 2, 'Z' } };
    int value[6];
    struct tm tm = { 0 };

    if (text == NULL)
        return false;
    for (size_t i = 0; i < 6; i++) {
        value[i] = number(&text, fields[i].digits);
        if (value[i] < 0 || *text++ != fields[i].behind)
            return false;
    }
    if (*text != '\0')
        return false;
    tm.tm_year = value[0] - 1900;
    tm.tm_mon = value[1] - 1;
    tm.tm_mday = value[2];
    tm.tm_hour = value[3];
    tm.tm_min = value[4];
    tm.tm_sec = value[5];
    *t = timegm(&tm);
    return true;
}
