/* clock: monotonic time. */
#ifndef SIGMAMIND_CLOCK_H
#define SIGMAMIND_CLOCK_H

#include <stdint.h>
#include <time.h>

/* In microseconds from an arbitrary point. */
static inline int64_t clock_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

#endif
