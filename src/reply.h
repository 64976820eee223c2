/*
** reply: the head and the body of an HTTP response, as libcurl delivers them. No Lua in it.
**
** A reply owns both buffers. Heads before the final one (a 100 Continue, a proxy's response to
** CONNECT) are dropped, and so are trailers.
*/
#ifndef SIGMAMIND_REPLY_H
#define SIGMAMIND_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <curl/curl.h>

#include "buffer.h"

typedef struct reply { /* all zero but the caps of head and body: nothing received */
  buffer head, body;
  bool head_ended;  /* the blank line was received */
  bool tunnelled;   /* the head is a proxy's response to CONNECT */
  bool is_head;     /* the request is HEAD, whose reply has no body */
  bool is_chunked;  /* the head has a Transfer-Encoding */
  int codings;      /* of the body, by the headers, other than chunked and identity */
  size_t announced; /* Content-Length, in bytes; 0: none */
  long status;      /* 0: none yet */
  long line_status; /* in the status line */
  size_t trailers;  /* bytes of trailer fields */
  int refusal;      /* why receiving stopped, an OUTCOME_...; 0: it did not */
} reply;

void reply_init(reply *r, size_t max_body);

/* Frees head and body; the status stays. */
void reply_free(reply *r);

/* Each appends received bytes, and returns their number; 0 makes libcurl end the exchange. */
size_t reply_add_line(reply *r, CURL *easy, const char *line, size_t length);
size_t reply_add_body(reply *r, const char *data, size_t length);

/* Whether the status is final. For 300 and above the status line is enough; a success needs all its
** headers. */
bool reply_has_status(const reply *r);

/* The value from p to end of a header line, without surrounding blanks. */
const char *reply_value(const char *p, const char *end, size_t *length);

/* The value of the first header with this name, without surrounding blanks; NULL: none. */
const char *reply_header(const reply *r, const char *name, size_t name_length, size_t *length);

#endif
