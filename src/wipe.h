/* wipe: overwrites what held a secret. */
#ifndef SIGMAMIND_WIPE_H
#define SIGMAMIND_WIPE_H

#include <stddef.h>

/* In a way that the compiler must keep. */
static inline void wipe(char *p, size_t length) {
  volatile char *q = p;
  while (length-- > 0)
    *q++ = 0;
}

#endif
