/* wipe: overwrites memory that held a secret. */
#ifndef SIGMAMIND_WIPE_H
#define SIGMAMIND_WIPE_H

#include <stddef.h>

/* Volatile stores, which the compiler must not remove. */
static inline void wipe(char *p, size_t length) {
  volatile char *q = p;
  while (length-- > 0)
    *q++ = 0;
}

#endif
