/*
** shape: what is the same from row to row.
**
** A row's shape is all of it but the values: names, braces, commas and white space, as bytes. Where
** the next row has the same bytes between its values, they need not be parsed again. No Lua in it.
*/
#ifndef SIGMAMIND_SHAPE_H
#define SIGMAMIND_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"
#include "json.h"
#include "vector.h"

#define SHAPE_FIELDS  64 /* at most, objects included */
#define SHAPE_NESTING 4  /* of the objects that belong to the shape; a deeper one is a value */
#define SHAPE_TEXT    4096

/* A piece of the shape's text. */
typedef struct shape_gap {
  uint16_t at, length;
} shape_gap;

typedef struct shape_field {
  shape_gap gap;  /* what stands before the value */
  uint8_t level;  /* 1: a field of the row; 2: of an object in it ... */
  bool wanted;    /* it is built */
  bool no_object; /* an object there makes another shape: the filter's tree goes deeper */
  int node;       /* in the filter's tree; 0: none */
} shape_field;

typedef struct shape {
  int count; /* 0: no row has this shape */
  unsigned levels;
  shape_field fields[SHAPE_FIELDS];
  uint64_t had;   /* the filter's paths that such rows have: see filter_notes */
  shape_gap tail; /* what stands after the last value, the row's brace included */
  char text[SHAPE_TEXT];
} shape;

/* Past the gap at p, which must be in the text; NULL if something else stands there. */
static inline const char *shape_skip(const shape *s, shape_gap gap, const char *p,
                                     const char *end) {
  if (end - p < gap.length || !vector_same(s->text + gap.at, p, gap.length)) return NULL;
  return p + gap.length;
}

/* Checks the row at p, which is at this depth, as json_check_value does, and notes in the filter's
** nodes what they ask for. NULL: it has another shape, or it is no JSON. */
const char *shape_check(const shape *s, node *nodes, json_scan *scan, const char *p,
                        unsigned depth);

#endif
