/*
** body: a growing, capped byte buffer that a transfer fills and its pages go on reading. Shared
** by count: whoever holds a pointer to one has retained it, and releases it once. No Lua in it.
*/
#ifndef SIGMAMIND_BODY_H
#define SIGMAMIND_BODY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct body {
  char *data; /* NULL while empty; else data[length] is '\0' */
  size_t length, capacity;
  size_t max; /* the cap on length, in bytes */
  unsigned holders;
} body;

body *body_new(size_t max); /* held once; NULL: out of memory */
body *body_retain(body *b);
void body_release(body *b); /* NULL is allowed */

/* False, with the body as it was: the cap would be passed, or memory ran out. */
bool body_append(body *b, const char *data, size_t length);
bool body_fits(const body *b, size_t length);

/* The bytes as a C string: never NULL. */
const char *body_text(const body *b);

#endif
