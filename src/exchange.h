/*
** exchange: one HTTP exchange, a request of libcurl's and the reply to it. No Lua in it.
**
** It owns its easy handle and header list until it is done, and the reply until it is freed. The
** header list holds the key, and is wiped when freed.
*/
#ifndef SIGMAMIND_EXCHANGE_H
#define SIGMAMIND_EXCHANGE_H

#include <stdbool.h>
#include <curl/curl.h>

#include "connections.h"
#include "outcome.h"
#include "reply.h"

typedef struct timing { /* seconds from the start of the exchange; 0: did not happen */
  double dns, connect, tls, first_byte, total;
  double bytes; /* of the body, as they came over the wire */
  long http_version;
} timing;

typedef struct exchange {
  struct engine *engine;      /* set while in flight; the rest of its links are the engine's */
  struct exchange *next;      /* in the engine's list ... */
  struct exchange **previous; /* ... and what points to this one */
  CURL *easy;
  struct curl_slist *headers;
  connecting connecting;
  bool has_certificate; /* of our own, for servers that require one */
  reply reply;
  const outcome *failure; /* NULL while in flight, and where the whole reply came */
  long tunnel_status;     /* of the proxy's reply to CONNECT; 0: there was none */
  timing timing;
  char words[CURL_ERROR_SIZE];         /* libcurl's, for a failure */
  char message[CURL_ERROR_SIZE + 128]; /* our sentence and those ... */
  size_t sentence;                     /* ... and the length of the first */
} exchange;

#define EXCHANGE_BETWEEN ": " /* stands in the message between our sentence and libcurl's words */

/* Of one that is all zero: makes its easy handle, whose callbacks fill the reply. It must not move
** from then on. False: out of memory, and exchange_free is still due. */
bool exchange_open(exchange *x, size_t max_body);

/* Its end came: takes the results out of the easy handle and frees it. Not in flight any more. */
void exchange_finish(exchange *x, CURLcode code);

/* It did not come to its end, for this outcome; `detail` may be "". Not in flight any more. Where
** the easy handle is not `usable`, see engine_remove, it is left alone. */
void exchange_abort(exchange *x, bool usable, int code, const char *detail);

/* Frees all that it owns, however far it came. Not in flight. May be called again. */
void exchange_free(exchange *x);

/* Whether there is a reply: all of it came, or its status says enough, whatever became of its
** body. */
bool exchange_has_reply(const exchange *x);

#endif
