/*
** poller: waits for what libcurl's multi interface waits for. No Lua in it.
**
** On Linux an epoll set holds curl's sockets and a timerfd, so that ONE descriptor tells when
** there is work; elsewhere curl_multi_poll waits, and there is no such descriptor.
*/
#ifndef SIGMAMIND_POLLER_H
#define SIGMAMIND_POLLER_H

#include <stdbool.h>
#include <curl/curl.h>

typedef struct poller { /* all zero: closed */
  bool open;
  int epoll, timer;
} poller;

/* Binds a closed poller to multi; `poller` must not move while multi lives. False: see errno. */
bool poller_open(poller *p, CURLM *multi);

/* Closes this process's descriptors; does not touch what other processes share. */
void poller_close(poller *p);

/* Waits at most this long for activity (0: not at all) and lets curl act on it. */
CURLMcode poller_run(poller *p, CURLM *multi, int milliseconds);

/* The descriptor, or -1 where there is none. */
int poller_fd(const poller *p);

#endif
