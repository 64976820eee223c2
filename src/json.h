/*
** json: a strict scanner for RFC 8259. No Lua in it.
**
** Text must be followed by a NUL byte: it stops every loop, since NUL is legal nowhere in JSON. The
** check functions take any text; the others trust text that was checked. It owns nothing.
*/
#ifndef SIGMAMIND_JSON_H
#define SIGMAMIND_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define JSON_NUMBER_MAX 1000 /* characters */

/* A number as it is written: digits * 10^power. */
typedef struct json_number {
  uint64_t digits; /* all of them, without the point */
  int power;
  bool exact; /* `digits` did not overflow: at most 19 digits, without leading zeros */
  bool negative;
  bool integer; /* without a fraction and an exponent */
} json_number;

typedef struct json_scan {
  const char *end;      /* of the text: where its NUL is */
  unsigned max_depth;   /* max nesting of arrays and objects */
  bool checked;         /* the text was checked before: strings are not validated again */
  const char *at;       /* where the scan failed ... */
  const char *expected; /* ... and what it expected there */
} json_scan;

/* Past the white space at p. Usually there is none. */
static inline const char *json_space(const char *p) {
  if ((unsigned char)*p > ' ') return p;
  while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
    p++;
  return p;
}

/* Records a failure; returns NULL. */
const char *json_fail(json_scan *scan, const char *p, const char *expected);

/* Past true, false or null, whose first letter is at p. */
static inline const char *json_check_word(json_scan *scan, const char *p, const char *word,
                                          size_t length) {
  const bool fits = (size_t)(scan->end - p) >= length;
  return fits && memcmp(p, word, length) == 0 ? p + length : json_fail(scan, p, "a value");
}

/* Each checks the element at p, at this depth, and returns its end; NULL, with scan->at and
** scan->expected set: it is malformed. */
const char *json_check_value(json_scan *scan, const char *p, unsigned depth);
const char *json_check_number(json_scan *scan, const char *p, json_number *n);
/* The rest of a string from p; *escaped is set to true if it has escapes, else left unchanged. */
const char *json_check_string(json_scan *scan, const char *p, bool *escaped);
/* The name and the colon, up to the value; *end becomes the end of the name, after its quote. */
const char *json_check_key(json_scan *scan, const char *p, const char **end, bool *escaped);
const char *json_check_end(json_scan *scan, const char *p);

/* The length of the UTF-8 sequence of two bytes or more at p, in text that ends with a NUL, by RFC
** 3629 section 4; 0: it is invalid. */
size_t json_utf8_length(const char *p);

/* Each level takes about 100 bytes of C stack, and each of the outermost objects, which may have
** shapes, 3 KB more: this many levels fit in 84 KB, with gcc and clang, of the 128 KB that musl
** gives a thread. The rest is for the host. spec/support/deepest.lua tests it. */
#define JSON_MAX_DEPTH 500

#define JSON_TOO_DEEP "no deeper nesting (see max_depth)"

/* Past the value or string at p, in checked text that ends at `end`. */
const char *json_skip_value(const char *p, const char *end);
const char *json_skip_string(const char *p, const char *end);

/* Decodes the checked string between first (after its opening quote) and last (its closing quote)
** into out, which must have last - first bytes. Returns the length. A lone surrogate
** becomes U+FFFD: UTF-8 cannot encode it. */
size_t json_unescape(char *out, const char *first, const char *last);

#endif
