/*
** body: a growing, capped byte buffer, which a transfer fills and owns. No Lua in it.
*/
#ifndef SIGMAMIND_BODY_H
#define SIGMAMIND_BODY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct body { /* all zero but max: empty */
  char *data;         /* NULL while empty; else data[length] is '\0' */
  size_t length, capacity;
  size_t max; /* the cap on length, in bytes */
} body;

void body_free(body *b); /* leaves it empty */

/* False, with the body as it was: the cap would be passed, or memory ran out. */
bool body_append(body *b, const char *data, size_t length);
bool body_fits(const body *b, size_t length);

/* The bytes as a C string: never NULL. */
const char *body_text(const body *b);

#endif
