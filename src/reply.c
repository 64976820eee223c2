#include "reply.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ascii.h"
#include "outcome.h"

#define HEAD_MAX ((size_t)256 * 1024) /* bytes of headers; the message is in outcome.c */

void reply_init(reply *r, size_t max_body) {
  memset(r, 0, sizeof *r);
  r->head.max = HEAD_MAX;
  r->body.max = max_body;
}

void reply_free(reply *r) {
  buffer_free(&r->head);
  buffer_free(&r->body);
}

/* Appends to b; or sets the refusal and returns 0. */
static size_t take(reply *r, buffer *b, const char *data, size_t length, int too_large) {
  if (buffer_append(b, data, length)) return length;
  r->refusal = buffer_fits(b, length) ? OUTCOME_NO_MEMORY : too_large;
  return 0;
}

size_t reply_add_body(reply *r, const char *data, size_t length) {
  return take(r, &r->body, data, length, OUTCOME_BODY_TOO_LARGE);
}

/* == Header lines =================================================================== */

static bool is_name(const char *text, size_t length, const char *name) {
  return length == strlen(name) && ascii_equal(text, name, length);
}

/* Whether the token is not a content coding: chunked, identity or empty. */
static bool is_plain(const char *token, size_t length) {
  return length == 0 || is_name(token, length, "chunked") || is_name(token, length, "identity");
}

/* Whether a header line has this name. */
static bool names(const char *line, size_t length, const char *name) {
  const char *colon = memchr(line, ':', length);
  return colon != NULL && is_name(line, (size_t)(colon - line), name);
}

/* The number of codings of the body in a header line. */
static int count_codings(const char *line, size_t length) {
  static const char between[] = ", \t\r\n";
  int codings = 0;
  if (!names(line, length, "content-encoding") && !names(line, length, "transfer-encoding"))
    return 0;
  for (size_t at = (size_t)(strchr(line, ':') - line) + 1; at < length;) {
    size_t token = 0;
    while (at + token < length && memchr(between, line[at + token], sizeof between) == NULL)
      token++;
    codings += !is_plain(line + at, token);
    at += token + 1;
  }
  return codings;
}

/* The Content-Length in a header line, which ends in '\n'; 0: none. */
static size_t announced_length(const char *line, size_t length) {
  if (!names(line, length, "content-length")) return 0;
  const unsigned long long bytes = strtoull(strchr(line, ':') + 1, NULL, 10);
  return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

/* The number in a status line; 0: none. */
static long status_of_line(const char *line, size_t length) {
  const char *blank = memchr(line, ' ', length);
  return blank != NULL ? strtol(blank, NULL, 10) : 0;
}

/* == Heads ========================================================================== */

/* Whether the reply has a body of its Content-Length (RFC 9112 section 6.3). */
static bool has_body(const reply *r) {
  return !r->is_chunked && !r->is_head && r->status != 204 && r->status != 304;
}

/* Whether a line begins another head, after a 100 Continue or a proxy's response to CONNECT, which
** are dropped. After the final head it can only be a trailer. */
static bool begins_head(const reply *r, const char *line, size_t length) {
  if (length < 5 || memcmp(line, "HTTP/", 5) != 0) return false;
  return r->head.length == 0 || (r->head_ended && (r->tunnelled || r->status < 200));
}

static void begin_head(reply *r, const char *line, size_t length) {
  r->head.length = r->announced = 0;
  r->head_ended = r->tunnelled = r->is_chunked = false;
  r->codings = 0;
  r->line_status = status_of_line(line, length);
}

/* After the blank line. libcurl's response code is 0 for a proxy's response to CONNECT: that is not
** a reply, and a successful one is dropped. Otherwise the status line counts, since some releases
** read 200 from "HTTP/2.0 503" over HTTP/1. */
static void end_head(reply *r, CURL *easy) {
  long code = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
  r->head_ended = true;
  r->tunnelled = code == 0;
  r->status = r->tunnelled ? 0 : r->line_status;
  if (r->tunnelled && r->line_status / 100 == 2) buffer_free(&r->head);
}

/* Trailers are not headers (RFC 9110 section 6.5.1). */
static size_t drop_trailer(reply *r, size_t length) {
  r->trailers += length;
  if (r->trailers <= HEAD_MAX) return length;
  r->refusal = OUTCOME_HEAD_TOO_LARGE;
  return 0;
}

/* An oversized or multiply coded body is refused at the end of the head, when the status is known.
** libcurl decodes up to five nested codings without checking its time limits: a few KiB can keep it
** busy for minutes. */
size_t reply_add_line(reply *r, CURL *easy, const char *line, size_t length) {
  if (begins_head(r, line, length))
    begin_head(r, line, length);
  else if (r->head_ended)
    return drop_trailer(r, length);
  const size_t announced = announced_length(line, length);
  if (announced > 0) r->announced = announced;
  r->is_chunked |= names(line, length, "transfer-encoding");
  r->codings += count_codings(line, length);
  if (take(r, &r->head, line, length, OUTCOME_HEAD_TOO_LARGE) == 0) return 0;
  if (*line == '\r' || *line == '\n') end_head(r, easy);
  const bool is_last = r->head_ended && r->status >= 200;
  if (is_last && has_body(r) && r->announced > r->body.max) r->refusal = OUTCOME_BODY_TOO_LARGE;
  if (is_last && r->codings > 1) r->refusal = OUTCOME_CODED_TWICE;
  return r->refusal != 0 ? 0 : length;
}

/* == Reading ======================================================================== */

bool reply_has_status(const reply *r) {
  return !r->tunnelled && (r->head_ended ? r->status >= 200 : r->status >= 300);
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

const char *reply_value(const char *p, const char *end, size_t *length) {
  while (p < end && is_blank(*p))
    p++;
  while (end > p && is_blank(end[-1]))
    end--;
  *length = (size_t)(end - p);
  return p;
}

/* A bare CR does not end a line (RFC 9112 section 2.2). */
const char *reply_header(const reply *r, const char *name, size_t name_length, size_t *length) {
  for (const char *line = buffer_text(&r->head); *line != '\0';) {
    const char *end = line + strcspn(line, "\n");
    if (ascii_equal(line, name, name_length) && line[name_length] == ':')
      return reply_value(line + name_length + 1, end, length);
    line = *end == '\n' ? end + 1 : end;
  }
  return NULL;
}
