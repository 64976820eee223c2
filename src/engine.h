/*
** engine: one curl_multi with its connections, what it waits for, and the exchanges in flight. No
** Lua in it.
**
** It owns the multi handle and the poller. It does not own its exchanges: those are Lua's, each in
** a list while in flight, so that whichever of the two is collected first can let go of the other.
** libcurl is opened at the first start, and belongs to the process that opened it: in another
** process (after a fork) the engine abandons it and opens its own.
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
  CURLM *multi;         /* NULL: not opened yet, or shut */
  poller poller;
  pid_t pid;          /* of the process that opened multi; 0: none may use it any more */
  exchange *first;    /* the exchanges in flight, the latest first */
  int running;        /* how many they are */
  bool holds_sigpipe; /* around each call of libcurl that may write */
  bool nudges;        /* libcurl needs it while connections are made */
  connections connections;
} engine;

/* Opens libcurl, unless it is open. False: see errno. */
bool engine_open(engine *e);

/* Begins an exchange, of which the request is set up, with an engine that is open. Another code
** than CURLM_OK: it is not in flight. */
CURLMcode engine_start(engine *e, exchange *x);

/* Waits at most so many milliseconds (0: not at all) for what is in flight, and moves all of it on.
** When the engine itself fails, its exchanges end with that error, and the next start opens it
** anew. */
void engine_run(engine *e, int milliseconds);

/* The one descriptor to watch; -1: this system has none. For an engine that is open. */
int engine_fd(engine *e);

/* Ends one that is in flight as cancelled; any other stays as it is. */
void engine_cancel(exchange *x);

/* Ends all exchanges with that outcome, `detail` may be "", and closes libcurl. */
void engine_shut(engine *e, int code, const char *detail);

/* In a process that was forked since it was opened: ends all exchanges, and forgets what libcurl
** holds. */
void engine_leave_parent(engine *e);

/* The same where somebody closed its descriptors. */
void engine_notice_loss(engine *e);

#endif
