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
#include "connections.h"
#include "outcome.h"
#include "session.h"

typedef struct timing { /* seconds from the start of the transfer; 0: did not happen */
  double dns, connect, tls, first_byte, total;
  double bytes; /* of the body, as they came over the wire */
  long http_version;
} timing;

typedef struct transfer {
  session *session;           /* set while in flight */
  struct transfer *next;      /* in the session's list ... */
  struct transfer **previous; /* ... and what points to this one */
  CURL *easy;
  struct curl_slist *headers;
  connecting connecting;
  bool has_certificate; /* of our own, for servers that require one */
  body head, body;
  bool head_ended;          /* all of it came */
  bool tunnelled;           /* ... and it was a proxy's, for a tunnel */
  int codings;              /* that the headers put on the body */
  size_t announced;         /* bytes of the body, by the headers; 0: they do not say */
  bool is_chunked, is_head; /* the body is in chunks; the request is HEAD, whose reply has none */
  long line_status;         /* in the status line */
  size_t trailers;          /* bytes of fields that came behind the body, which are dropped */
  bool closed;
  unsigned reading; /* how many copies of head or body Lua is making: it may run a finalizer first,
                    ** which reads or closes this, and what is being copied must not be freed */
  int refusal;      /* why the reply was not taken any further: an OUTCOME_...; 0: it was */
  const outcome *failure;     /* NULL while in flight, and where the whole reply came */
  long status, tunnel_status; /* of the reply, and of the proxy's to CONNECT; 0: there was none */
  timing timing;
  char words[CURL_ERROR_SIZE];         /* libcurl's, for a failure */
  char message[CURL_ERROR_SIZE + 128]; /* our sentence and those ... */
  size_t sentence;                     /* ... and the length of the first */
} transfer;

/* Pushes a transfer for the request described by the table at `request`, not yet started. The
** settings of the session are on top of the stack, and stay there. [+1] */
transfer *transfer_new(lua_State *L, const session *s, int request);

/* The exchange is over: takes the results out of the easy handle and frees it. Out of flight. */
void transfer_finish(transfer *t, CURLcode code);

/* The exchange did not end, for this outcome; `detail` may be "". Out of flight; `usable` as
** session_remove says. */
void transfer_abort(transfer *t, bool usable, int code, const char *detail);

void transfer_register(lua_State *L);

#endif
