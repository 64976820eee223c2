/*
** reply: what a server answers, a head and a body, as libcurl hands them over. No Lua in it.
**
** A reply owns both buffers. What came before the final head (a 100 Continue, a proxy's answer to
** CONNECT) is dropped, and so are trailers.
*/
#ifndef SIGMAMIND_REPLY_H
#define SIGMAMIND_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <curl/curl.h>

#include "buffer.h"

typedef struct reply { /* all zero but the caps of head and body: nothing came */
  buffer head, body;
  bool head_ended;  /* the blank line came */
  bool tunnelled;   /* ... and the head was a proxy's, for a tunnel */
  bool is_head;     /* the request is HEAD, whose reply has no body */
  bool is_chunked;  /* the body comes in chunks */
  int codings;      /* that the headers put on the body */
  size_t announced; /* bytes of the body, by the headers; 0: they do not say */
  long status;      /* 0: there is none */
  long line_status; /* in the status line */
  size_t trailers;  /* bytes of fields that came behind the body */
  int refusal;      /* why it was not taken any further: an OUTCOME_...; 0: it was */
} reply;

void reply_init(reply *r, size_t max_body);

/* Frees head and body; what the status was stays. */
void reply_free(reply *r);

/* Each takes bytes in, and returns their number; any other makes libcurl end the exchange. */
size_t reply_add_line(reply *r, CURL *easy, const char *line, size_t length);
size_t reply_add_body(reply *r, const char *data, size_t length);

/* Whether the status says what became of the request: of an error the status line is enough, a
** success needs the rest of its headers, too. */
bool reply_has_status(const reply *r);

/* The value of the first header of that name, without blanks at its ends; NULL: there is none. */
const char *reply_header(const reply *r, const char *name, size_t name_length, size_t *length);

#endif
