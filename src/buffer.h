/*
** buffer: a growing run of bytes with a cap. It owns its bytes. No Lua in it.
*/
#ifndef SIGMAMIND_BUFFER_H
#define SIGMAMIND_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct buffer { /* all zero but max: empty */
  char *data;           /* NULL while empty; else data[length] is '\0' */
  size_t length, capacity;
  size_t max; /* the cap on length, in bytes */
} buffer;

void buffer_free(buffer *b); /* leaves it empty */

/* False, with the buffer unchanged: the cap would be exceeded, or memory ran out. */
bool buffer_append(buffer *b, const char *data, size_t length);
bool buffer_fits(const buffer *b, size_t length);

/* Where `length` bytes more can be written, which count once `length` of the buffer says so, and
** behind them a NUL; NULL: see buffer_append. */
char *buffer_room(buffer *b, size_t length);

/* The bytes as a C string: never NULL. */
const char *buffer_text(const buffer *b);

#endif
