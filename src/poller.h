/*
** poller: waits for the sockets and timers of a multi handle. No Lua in it.
**
** On Linux it owns an epoll set of curl's sockets and a timerfd, so that a single descriptor
** becomes readable when there is work. Elsewhere curl_multi_poll waits, and there is no such
** descriptor.
*/
#ifndef SIGMAMIND_POLLER_H
#define SIGMAMIND_POLLER_H

#include <stdbool.h>
#include <stdint.h>
#include <curl/curl.h>

typedef struct poller { /* all zero: closed */
  bool open;
  bool watched; /* poller_fd was called: the timerfd is armed, at the cost of a system call */
  int epoll, timer;
  int64_t due;   /* when curl wants to be called, in microseconds, monotonic; 0: never */
  int64_t nudge; /* when the engine wants to be called */
  int64_t tag;   /* identifies the timerfd, also in a child process */
} poller;

/* Binds a closed poller to multi; it must not move while multi lives. False: see errno. */
bool poller_open(poller *p, CURLM *multi);

/* Whether the descriptors are still those that it opened: a host that closes all descriptors may
** have opened others under the same numbers. */
bool poller_is_intact(const poller *p);

/* Closes the descriptors if they are intact, in any process; else forgets them. */
void poller_close(poller *p);

/* Makes waits end at this time, and the descriptor readable from it on. 0: never. */
void poller_set_nudge(poller *p, int64_t when);

/* Waits for activity, at most this many milliseconds (0: not at all), and lets curl act on it. */
CURLMcode poller_run(poller *p, CURLM *multi, int milliseconds);

/* The descriptor; -1: none. From this call on it also becomes readable when a timer is due. */
int poller_fd(poller *p);

#endif
