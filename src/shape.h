/*
** shape: what is the same from object to object.
**
** An object's shape is all of it but the values: names, braces, commas and white space, as bytes.
** Where another has the same bytes between its values, they need not be parsed again. No Lua in it.
*/
#ifndef SIGMAMIND_SHAPE_H
#define SIGMAMIND_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"
#include "json.h"
#include "simd.h"

#define SHAPE_FIELDS  64 /* at most, objects included */
#define SHAPE_NESTING 4  /* of the objects that belong to the shape; a deeper one is a value */
#define SHAPE_TEXT    4096

/* A piece of the shape's text. */
typedef struct shape_gap {
  uint16_t at, length;
} shape_gap;

typedef struct shape_field {
  shape_gap gap;       /* what stands before the value */
  uint8_t level;       /* 1: a field of the object; 2: of an object in it ... */
  bool wanted;         /* it is built */
  bool no_object;      /* an object there makes another shape: the filter's tree goes deeper */
  uint8_t misses_left; /* until this field's values are not looked up in the cache any more */
  int node;            /* in the filter's tree; 0: none, since node 0 is the row itself */
} shape_field;

typedef struct shape {
  int count;
  int asked; /* no field from there on has a node */
  unsigned levels;
  shape_field *fields;
  shape_gap tail; /* what stands after the last value, the object's brace included */
  const char *text;
  uint64_t had; /* the filter's paths that such rows have: see filter_notes */
} shape;

/* Where a value of a field stands, and where a string, with its quotes, or a number ends; of
** another value `end` is `at`. */
typedef struct shape_span {
  enum { SPAN_WORD, SPAN_NUMBER, SPAN_STRING, SPAN_ESCAPED, SPAN_CONTAINER } kind;
  const char *at, *end;
  json_number number;
} shape_span;

/* Checks the object from field *i on, whose gap is at p, up to a field that holds an array or an
** object: *i is set to it, and it is returned where that stands. The caller goes on behind it, with
** the next field. Without such a field *i is set to the number of fields, and the end of the object
** is returned. Sets the spans of the fields. NULL with scan->at set: it is no JSON; NULL without:
** it has another shape. */
const char *shape_scan(const shape *s, int *i, json_scan *scan, const char *p, shape_span *spans);

/* Checks all of the object at p, which is at this depth, as json_check_value does. Otherwise the
** same. */
const char *shape_check(const shape *s, json_scan *scan, const char *p, unsigned depth,
                        shape_span *spans);

/* Whether an object at this depth may be of the shape: the scan allows so many levels. */
static inline bool shape_may_be_at(const shape *s, const json_scan *scan, unsigned depth) {
  return depth + s->levels <= scan->max_depth;
}

#endif
