/*
** poller: waits for what libcurl's multi interface waits for. No Lua in it.
**
** On Linux an epoll set holds curl's sockets and, once somebody watches it, a timerfd, so that ONE
** descriptor tells when there is work; elsewhere curl_multi_poll waits, and there is no such
** descriptor.
*/
#ifndef SIGMAMIND_POLLER_H
#define SIGMAMIND_POLLER_H

#include <stdbool.h>
#include <stdint.h>
#include <curl/curl.h>

typedef struct poller { /* all zero: closed */
  bool open;
  bool watched; /* poller_fd was called: the timerfd is armed, which costs a call of the system */
  int epoll, timer;
  int64_t due;   /* when curl wants to be called, in microseconds, monotonic; 0: at no time */
  int64_t nudge; /* and when the session does */
  int64_t tag;   /* by which the timer is known again, also in a process that inherited it */
} poller;

/* Binds a closed poller to multi; `poller` must not move while multi lives. False: see errno. */
bool poller_open(poller *p, CURLM *multi);

/* Whether its descriptors are still those that it opened. A host that closed all that it had may
** have opened others under the same numbers. */
bool poller_is_intact(const poller *p);

/* Closes them, in whatever process, if they are; else forgets them. */
void poller_close(poller *p);

/* From then on a wait ends at that time, and the descriptor is readable. 0: at no time. */
void poller_set_nudge(poller *p, int64_t when);

/* Waits at most this long for activity (0: not at all) and lets curl act on it. */
CURLMcode poller_run(poller *p, CURLM *multi, int milliseconds);

/* The descriptor, or -1 where there is none. From then on it is readable when a timer is due,
** too. */
int poller_fd(poller *p);

#endif
