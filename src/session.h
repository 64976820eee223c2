/*
** session: the HTTP engine, one curl_multi with its connections.
**
** It owns the multi handle and the poller. It does not own its transfers: those are Lua's, each
** in a list while in flight, so that whichever of the two is collected first can let go of the
** other. libcurl is opened at the first start, and belongs to the process that opened it: in
** another process (after a fork) the session abandons it and opens its own.
*/
#ifndef SIGMAMIND_SESSION_H
#define SIGMAMIND_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <curl/curl.h>
#include <lua.h>

#include "connections.h"
#include "poller.h"

struct transfer;

typedef struct session {
  CURLM *multi; /* NULL: not opened yet, or closed */
  poller poller;
  pid_t pid;              /* of the process that opened multi; 0: none may use it any more */
  struct transfer *first; /* the transfers in flight, the latest first */
  int running;            /* how many they are */
  bool closed;
  bool holds_sigpipe; /* around each call of libcurl that may write */
  bool nudges;        /* libcurl needs it while connections are made */
  connections connections;
  size_t max_body;   /* bytes, for each transfer */
  long http_version; /* CURL_HTTP_VERSION_... */
} session;

/* Takes a transfer out of the list and out of curl; in another process than the one that put it
** there, out of the list alone. Returns whether the easy handle may be used: what it refers to is
** not the process's own otherwise, and is left alone. */
bool session_remove(session *s, struct transfer *t);

/* Ends all transfers, and forgets what curl holds, where somebody closed the descriptors. */
void session_notice_loss(session *s);

int session_lua(lua_State *L);       /* core.session{...} -> session */
void session_register(lua_State *L); /* makes the metatable */

#endif
