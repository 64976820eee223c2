/*
** shape: the bytes of an object between its values. No Lua in it.
**
** A shape has the object's names, braces, commas and white space, as bytes. The check of another
** object with the same bytes compares them, and parses the values alone. A template owns the fields
** and the text.
*/
#ifndef SIGMAMIND_SHAPE_H
#define SIGMAMIND_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"
#include "json.h"
#include "simd.h"

#define SHAPE_FIELDS  64 /* max, objects included */
#define SHAPE_NESTING 4  /* levels of objects in a shape; a deeper object is a value */
#define SHAPE_TEXT    4096

/* A slice of the shape's text. */
typedef struct shape_gap {
  uint16_t at, length;
} shape_gap;

typedef struct shape_field {
  shape_gap gap;       /* the bytes before the value */
  uint8_t level;       /* 1: a field of the object; 2: of an object in it; ... */
  bool wanted;         /* the value is decoded */
  bool no_object;      /* no object matches here, because the filter needs fields in it */
  uint8_t misses_left; /* string cache misses until this field's values are no longer looked up */
  int node;            /* in the filter's tree; 0: none, since node 0 is the row itself */
} shape_field;

typedef struct shape {
  int count;
  int asked;       /* no field from this one on has a node */
  unsigned levels; /* of objects in the shape */
  shape_field *fields;
  shape_gap tail; /* the bytes after the last value, the object's brace included */
  const char *text;
  uint64_t had; /* the filter's paths that these rows have: see filter_notes */
} shape;

/* The position of a field's value. `end` is set for strings, quotes included, and numbers; else it
** is `at`. */
typedef struct shape_span {
  enum { SPAN_WORD, SPAN_NUMBER, SPAN_STRING, SPAN_ESCAPED, SPAN_CONTAINER } kind;
  const char *at, *end;
  json_number number;
} shape_span;

/* Checks the object from field *i on, whose gap is at p, up to a field that holds an array or an
** object: *i becomes that field, and its value's position is returned, for the caller to check it
** and continue after it with field *i + 1. Without such a field, *i becomes the number of fields,
** and the end of the object is returned. Sets the spans of the fields. NULL with scan->at set: it
** is not JSON; NULL without: it has another shape. */
const char *shape_scan(const shape *s, int *i, json_scan *scan, const char *p, shape_span *spans);

/* Checks the whole object at p, at this depth, and returns its end. NULL as for shape_scan. */
const char *shape_check(const shape *s, json_scan *scan, const char *p, unsigned depth,
                        shape_span *spans);

/* Whether the scan's max_depth allows the shape's levels at this depth. */
static inline bool shape_may_be_at(const shape *s, const json_scan *scan, unsigned depth) {
  return depth + s->levels <= scan->max_depth;
}

#endif
