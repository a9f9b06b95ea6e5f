/* groups: by what domains are told apart: by TLD, by mail operator, by a column of the list. While
 * domains are seen each text gets a key and is counted; at the end the largest of a family are
 * chosen, and all others are one. Memory: about 100 bytes a key. */
#ifndef MXC_OUTPUT_GROUPS_H
#define MXC_OUTPUT_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/join.h"

enum family { FAMILY_TLD, FAMILY_OPERATOR, FAMILY_INPUT, FAMILY_COUNT };

struct groups;

/* column: of the input list; NULL: no such family. */
struct groups *groups_new(const char *column);
void groups_free(struct groups *g);

/* The keys of a domain, one of each family; 0 where it is in no group of it. Any thread. */
void groups_take(struct groups *g, const struct joined *d, uint32_t keys[FAMILY_COUNT]);

/* All are taken: choose the `top` largest of each family, those of equal size by name. */
void groups_choose(struct groups *g, unsigned top);
size_t groups_count(const struct groups *g, enum family f);  /* chosen, and one for the others */
size_t groups_chosen(const struct groups *g, enum family f); /* without the others */
/* Of a chosen one, from 0, the largest first: "com"; "(other)" for the last. */
const char *groups_text(const struct groups *g, enum family f, size_t i);
uint64_t groups_domains(const struct groups *g, enum family f, size_t i);
/* In adoption.csv: "tld=com", "operator=Google", "input.sector=bank". */
const char *groups_name(const struct groups *g, enum family f, size_t i);
/* Which chosen one a key belongs to; false: none, for key 0. */
bool groups_find(const struct groups *g, enum family f, uint32_t key, size_t *i);

#endif
