/*
** transfer: one HTTP exchange.
**
** It owns its easy handle and header list until it is done, and the reply's head and body until it
** is closed or collected. The header list holds the key, and is wiped when freed.
*/
#ifndef SIGMAMIND_TRANSFER_H
#define SIGMAMIND_TRANSFER_H

#include <stdbool.h>
#include <curl/curl.h>
#include <lua.h>

#include "body.h"
#include "session.h"

typedef struct timing { /* seconds from the start of the transfer; 0: did not happen */
  double dns, connect, tls, first_byte, total;
  double bytes; /* of the body, as they came over the wire */
  long connections, http_version;
} timing;

typedef struct transfer {
  session *session;           /* set while in flight */
  struct transfer *next;      /* in the session's list ... */
  struct transfer **previous; /* ... and what points to this one */
  CURL *easy;
  struct curl_slist *headers;
  body head, body;
  bool head_ended; /* all of it came */
  int codings;     /* that the headers put on the body */
  bool closed;
  bool reading; /* Lua copies from head or body: a finalizer that closes must not free them */
  unsigned max_depth;
  const char *refusal; /* why the reply was not taken any further: a static string, or NULL ... */
  size_t refused_at;   /* ... and at how many bytes */
  const char *kind;    /* why it failed: a static string; NULL: it did not */
  char message[CURL_ERROR_SIZE];
  long status;
  timing timing;
} transfer;

/* Pushes a transfer for the request described by the table at `request`, not yet started. The
** settings of the session are on top of the stack, and stay there. [+1] */
transfer *transfer_new(lua_State *L, const session *s, int request);

/* The exchange is over: takes the results out of the easy handle and frees it. Out of flight. */
void transfer_finish(transfer *t, CURLcode code);

/* The exchange did not end, for this reason. Out of flight; `usable` as session_remove says. */
void transfer_abort(transfer *t, bool usable, const char *kind, const char *message);

/* RFC 9110 section 5.5: no CR, LF or NUL, which would begin another header, nor other controls. */
bool transfer_is_header_value(const char *s, size_t length);

void transfer_register(lua_State *L);

#endif
