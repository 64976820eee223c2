/*
** exchange: one HTTP request and its reply. No Lua in it.
**
** It owns its easy handle, header list and form until it is done, and the reply until it is freed. The
** header list holds the API key, and is wiped before it is freed.
*/
#ifndef SIGMAMIND_EXCHANGE_H
#define SIGMAMIND_EXCHANGE_H

#include <stdbool.h>
#include <curl/curl.h>

#include "connections.h"
#include "form.h"
#include "outcome.h"
#include "reply.h"

typedef struct timing { /* seconds since the start of the exchange; 0: did not happen */
  double dns, connect, tls, first_byte, total;
  double bytes; /* of the body, as received, before decompression */
  long http_version;
} timing;

typedef struct exchange {
  struct engine *engine;      /* set while in flight; the engine maintains all three links */
  struct exchange *next;      /* in the engine's list */
  struct exchange **previous; /* the pointer to this one */
  CURL *easy;
  struct curl_slist *headers;
  form form;
  connecting connecting;
  bool has_certificate; /* of our own, for servers that require one */
  bool was_sent;        /* some byte of the request may have been written; set when it is over */
  reply reply;
  const outcome *failure; /* NULL while in flight, and after a complete reply */
  long tunnel_status;     /* of the proxy's reply to CONNECT; 0: none */
  timing timing;
  char words[CURL_ERROR_SIZE];         /* libcurl's error message */
  char message[CURL_ERROR_SIZE + 128]; /* our sentence, then libcurl's words */
  size_t sentence;                     /* the length of our sentence */
} exchange;

#define EXCHANGE_BETWEEN ": " /* between our sentence and libcurl's words */

/* Opens the easy handle of an all-zero exchange; its callbacks fill the reply, so the exchange must
** not move from here on. False: out of memory; exchange_free is still due. */
bool exchange_open(exchange *x, size_t max_body);

/* For a request on which the server must act at most once. libcurl sends any request again, a POST
** too, when a connection that it takes for reused dies before a byte of the reply, or an HTTP/2
** stream is refused. So it gets a new connection and HTTP/1.1, which no other request can join, and
** from 7.80 on a second sending is aborted. To be called before the exchange is started. */
bool exchange_make_exclusive(exchange *x);

/* For a transfer that libcurl has finished, already unlinked: reads the results from the easy
** handle, and frees it. */
void exchange_finish(exchange *x, CURLcode code);

/* For a transfer that ends early, already unlinked: sets this outcome; `detail` may be "". An easy
** handle that is not `usable`, of an abandoned multi handle, is not freed. */
void exchange_abort(exchange *x, bool usable, int code, const char *detail);

/* Frees everything it owns, at any stage but in flight. Idempotent. */
void exchange_free(exchange *x);

/* Whether there is a reply: it is complete, or its status is an error, with or without its body. */
bool exchange_has_reply(const exchange *x);

#endif
