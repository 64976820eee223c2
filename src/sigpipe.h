/*
** sigpipe: blocks SIGPIPE while libcurl writes.
**
** With CURLOPT_NOSIGNAL, libcurl before 7.87 lets OpenSSL write to a connection that was reset, for
** example to close it, and the signal would end the program. So this thread blocks the signal
** around each call that may write, and consumes it if it became pending.
*/
#ifndef SIGMAMIND_SIGPIPE_H
#define SIGMAMIND_SIGPIPE_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

typedef struct sigpipe_hold {
  bool held; /* false: nothing to undo */
  sigset_t before;
} sigpipe_hold;

/* Whether libcurl of this version leaves the signal to us. macOS has no sigtimedwait; libcurl sets
** SO_NOSIGPIPE there. */
static inline bool sigpipe_is_ours(unsigned version) {
#ifdef __APPLE__
  (void)version;
  return false;
#else
  return version < 0x075700;
#endif
}

/* A signal that was already pending is not libcurl's, and stays. */
static inline sigpipe_hold sigpipe_begin(bool wanted) {
  sigpipe_hold hold;
  sigset_t set;
  memset(&hold, 0, sizeof hold);
  hold.held = wanted && sigpending(&set) == 0 && !sigismember(&set, SIGPIPE);
  if (!hold.held) return hold;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  hold.held = pthread_sigmask(SIG_BLOCK, &set, &hold.before) == 0;
  return hold;
}

static inline void sigpipe_end(const sigpipe_hold *hold) {
#ifndef __APPLE__
  const struct timespec now = {0, 0};
  sigset_t set;
  if (!hold->held) return;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  while (sigtimedwait(&set, NULL, &now) == SIGPIPE)
    ;
  pthread_sigmask(SIG_SETMASK, &hold->before, NULL);
#else
  (void)hold;
#endif
}

#endif
