/* ascii: compares protocol text, which is ASCII in any locale. */
#ifndef SIGMAMIND_ASCII_H
#define SIGMAMIND_ASCII_H

#include <stdbool.h>
#include <stddef.h>

static inline char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether the first `length` bytes are equal without regard to case. Each text has that many bytes
** or ends in a NUL. */
static inline bool ascii_equal(const char *a, const char *b, size_t length) {
  for (; length > 0 && ascii_lower(*a) == ascii_lower(*b); a++, b++, length--)
    if (*a == '\0') return true;
  return length == 0;
}

#endif
