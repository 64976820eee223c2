/*
** json: a strict scanner for RFC 8259. No Lua in it.
**
** Text must be followed by a NUL byte: it is what stops every loop, since NUL is legal nowhere
** in JSON. The check functions read text that may be anything; the others take text that was
** checked, and trust it.
*/
#ifndef SIGMAMIND_JSON_H
#define SIGMAMIND_JSON_H

#include <stddef.h>

#define JSON_NUMBER_MAX 1000 /* characters */

typedef struct json_scan {
  const char *end;      /* of the text: where its NUL is */
  unsigned escapes;     /* seen in strings so far */
  unsigned max_depth;   /* arrays and objects inside one another, at most this many */
  const char *at;       /* where the scan failed ... */
  const char *expected; /* ... and what it expected there */
} json_scan;

/* Past the white space at p. Most often there is none. */
static inline const char *json_space(const char *p) {
  if ((unsigned char)*p > ' ') return p;
  while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
    p++;
  return p;
}

/* Each checks what stands at p, at this depth, and returns the end of it, or NULL with scan->at
** and scan->expected set. */
const char *json_check_value(json_scan *scan, const char *p, unsigned depth);
/* The name and the colon, to the value; *end is set to the end of the name, after its quote. */
const char *json_check_key(json_scan *scan, const char *p, const char **end);
const char *json_check_end(json_scan *scan, const char *p);

#define JSON_TOO_DEEP "no deeper nesting (see max_depth)"

/* Records a failure; returns NULL. */
const char *json_fail(json_scan *scan, const char *p, const char *expected);

/* Past the value or string at p, in checked text that ends at `end`. */
const char *json_skip_value(const char *p, const char *end);
const char *json_skip_string(const char *p, const char *end);

/* Decodes the checked string between first (after its quote) and last (its closing quote) into
** out, which holds at least last - first bytes. Returns the length. A lone surrogate becomes
** U+FFFD: UTF-8 has no form for it. */
size_t json_unescape(char *out, const char *first, const char *last);

#endif
