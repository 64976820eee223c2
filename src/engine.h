/*
** engine: one curl_multi handle with its connections, its poller and its exchanges in flight. No
** Lua in it.
**
** It owns the multi handle and the poller. Lua owns the exchanges; the engine links those in
** flight, so that whichever of the two is collected first can unlink the other. The multi handle is
** opened at the first start, and belongs to the process that opened it: after a fork, the child's
** engine abandons it and opens its own.
*/
#ifndef SIGMAMIND_ENGINE_H
#define SIGMAMIND_ENGINE_H

#include <stdbool.h>
#include <sys/types.h>
#include <curl/curl.h>

#include "connections.h"
#include "exchange.h"
#include "poller.h"

typedef struct engine { /* all zero but connections.max_age: not opened yet; it must not move */
  CURLM *multi;         /* NULL: not opened, or closed */
  poller poller;
  pid_t pid;          /* of the process that opened multi; 0: no process may use it */
  exchange *first;    /* the exchanges in flight, newest first */
  int running;        /* number of exchanges in flight */
  bool holds_sigpipe; /* around each libcurl call that may write */
  bool nudges;        /* this libcurl must be nudged while it connects: see nudge */
  connections connections;
} engine;

/* Opens the multi handle and the poller, unless they are open. False: see errno. */
bool engine_open(engine *e);

/* Starts an exchange, whose request is set up, on an open engine. A code other than CURLM_OK: it is
** not in flight. */
CURLMcode engine_start(engine *e, exchange *x);

/* Waits for activity, at most this many milliseconds (0: not at all), and lets libcurl act on it.
** If the engine itself fails, its exchanges end with that error, and the next start reopens it. */
void engine_run(engine *e, int milliseconds);

/* The one descriptor to watch, of an open engine; -1: this system has none. */
int engine_fd(engine *e);

/* Ends an exchange in flight as cancelled. No effect on any other. */
void engine_cancel(exchange *x);

/* Ends all exchanges with this outcome, and closes the multi handle and the poller; `detail` may be
** empty. */
void engine_shut(engine *e, int code, const char *detail);

/* In a child of the process that opened it: ends all exchanges, and abandons the multi handle. */
void engine_leave_parent(engine *e);

/* The same if the program has closed the engine's descriptors. */
void engine_notice_loss(engine *e);

#endif
