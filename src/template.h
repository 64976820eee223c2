/*
** template: builds objects whose shape has been seen before.
**
** Each template has a shape and a constructor: a generated Lua function that takes the values and
** returns the object, because the VM builds a table of known fields faster than C can. A Lua state
** has one set of templates for objects of any kind, and each query has one for its rows. A set is a
** userdata; its table owns the templates and constructors.
*/
#ifndef SIGMAMIND_TEMPLATE_H
#define SIGMAMIND_TEMPLATE_H

#include <lua.h>

#include "filter.h"
#include "shape.h"

#define TEMPLATES_AT_PLACE  4
#define TEMPLATE_PLACES     32 /* a power of 2 */
#define TEMPLATE_CONTAINERS 16 /* max fields that hold an array or an object */
#define SHAPE_MISSES        16 /* string cache misses until a field is no longer looked up */

typedef struct row_template {
  uint32_t number;  /* from 1, unique in its set: never reused */
  int slot;         /* in its set's table; the constructor is in the next one */
  int wanted_count; /* no field from this one on is wanted */
  int wanted_values;
  unsigned objects; /* built with it */
  shape shape;
} row_template;

/* The templates of objects that begin with the same name, or with names of the same hash. */
typedef struct template_place {
  row_template *list[TEMPLATES_AT_PLACE];
  int count, current, next; /* their number, the last that matched, the next to be replaced */
  unsigned unmatched, matched, look_after, wasted; /* see template_is_due */
  uint64_t looked_at;
  int credit; /* see CREDIT_MAX */
  unsigned skipped;
  uint32_t size; /* fields to make room for in the next object */
} template_place;

/* A finalizer that decodes may replace any template: code that uses one across calls of Lua must
** have it on the stack. */
typedef struct templates {
  uint32_t made; /* the number of the last template */
  bool built;    /* the templates have constructors */
  template_place places[TEMPLATE_PLACES];
} templates;

/* Pushes an empty set, with its table as user value. Without constructors it only checks. [+1] */
void templates_new(lua_State *L, bool built);

/* The place for an object whose first name is at p. */
template_place *templates_place(templates *set, const char *p);

/* Matching an object. template_is_tried: whether to compare it at all, which a place with few
** matches does only for some. template_to_try: the i-th template to compare, NULL after the last.
** Then template_fits or template_none_fits records the result. */
bool template_is_tried(template_place *place);
row_template *template_to_try(const template_place *place, int i);
void template_fits(template_place *place, const row_template *t);
void template_none_fits(template_place *place);

/* The template with this number; NULL: it was replaced. */
row_template *template_of(const template_place *place, uint32_t wanted);

/* Matches the object at *p by shape_check, and moves *p past it. Returns its template, with the
** values of the filter's nodes noted; f may be NULL. NULL with scan->at set: it is not JSON; NULL
** without: no template matches. */
row_template *templates_match(template_place *place, filter *f, json_scan *scan, const char **p,
                              unsigned depth, shape_span *spans);

/* Counts the checked object from p to end, which matches no template. Returns whether to make one
** from it: there were many such objects, and the last one examined had the same shape. */
bool template_is_due(template_place *place, const char *p, const char *end);

/* Makes a template from the checked object from p to end, if it can have one. `index` is the stack
** index of the set. [0] */
void templates_learn(lua_State *L, int index, filter *f, const char *p, const char *end);

/* Pushes the template, to anchor it, and its constructor; `table` is the index of the set's table.
** [+2] */
void template_push(lua_State *L, int table, const row_template *t);

/* Counts an object built with it. Now and then, its fields are looked up in the cache again. */
void template_count(row_template *t);

/* Records the number of fields of an object, for the size of the next table. */
void template_note_size(template_place *place, uint32_t fields);

#endif
