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

#include "poller.h"

struct transfer;

typedef struct session {
  CURLM *multi; /* NULL: not opened yet, or closed */
  poller poller;
  pid_t pid;              /* of the process that opened multi */
  struct transfer *first; /* the transfers in flight */
  int running;            /* how many they are */
  bool closed;
  int64_t distrusted_at; /* when connections that were idle were given up; 0: never */
  size_t max_body;       /* bytes, for each transfer */
  unsigned max_depth;    /* of JSON, for each page */
} session;

/* Takes a transfer out of the list and out of curl; in another process than the one that put it
** there, out of the list alone. Returns whether the easy handle may be used. */
bool session_remove(session *s, struct transfer *t);

int session_lua(lua_State *L);       /* core.session{...} -> session */
void session_register(lua_State *L); /* makes the metatable */

#endif
