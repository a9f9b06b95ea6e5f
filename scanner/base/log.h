/* log: lines for a person on standard error: "mxcensus: what, where, what to do". Control
 * characters in what is printed are shown as \xNN, so that no text of a stranger reaches the
 * terminal raw. */
#ifndef MXC_BASE_LOG_H
#define MXC_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

extern enum log_level log_threshold; /* LOG_INFO unless told; a process sets it once at its start */

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
