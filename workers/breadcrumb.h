/* breadcrumb: a page shared by a worker and its parent that names the job in hand, so that the
 * parent can tell which job ended the worker (DESIGN.md section 4, Poison). */
#ifndef MXC_WORKERS_BREADCRUMB_H
#define MXC_WORKERS_BREADCRUMB_H

#include <stdbool.h>

#include "scanner/queue/queue.h"

#define BREADCRUMB_SIZE 128

struct breadcrumb;

/* Made by the parent before it forks; both see the same page. */
struct breadcrumb *breadcrumb_new(void);
void breadcrumb_free(struct breadcrumb *b);

/* By the worker, around every step of a job; costs a copy of 48 bytes. A NULL b is allowed and does
 * nothing. */
void breadcrumb_drop(struct breadcrumb *b, enum stage stage, const char entry[48], unsigned number);
void breadcrumb_clear(struct breadcrumb *b);

/* By the parent, after the worker's end: "stage/entry/number". False when it had no job in hand. */
bool breadcrumb_read(const struct breadcrumb *b, char text[BREADCRUMB_SIZE]);

#endif
