/*
** template: how objects that repeat their shape are built.
**
** Each shape has a constructor, a Lua function made for it that takes the values and returns the
** object: the VM builds a table of known fields faster than C can. A set of templates is of all
** objects that a Lua state decodes, or of the rows of one query.
*/
#ifndef SIGMAMIND_TEMPLATE_H
#define SIGMAMIND_TEMPLATE_H

#include <lua.h>

#include "filter.h"
#include "shape.h"

#define TEMPLATES_AT_PLACE  4
#define TEMPLATE_PLACES     32 /* a power of 2 */
#define TEMPLATE_CONTAINERS 16 /* fields at most that hold an array or an object */
#define SHAPE_MISSES        16 /* new values before a field's values are not looked up any more */

typedef struct row_template {
  uint32_t number;  /* of its set, from 1: no other has had it */
  int slot;         /* in its set's table, which has the constructor behind it */
  int wanted_count; /* the fields from there on are not wanted */
  int wanted_values;
  unsigned objects; /* that were built by it */
  shape shape;
} row_template;

/* The objects that begin with the same name. */
typedef struct template_place {
  row_template *list[TEMPLATES_AT_PLACE];
  int count, current, next; /* how many, the last that fitted, the one to be replaced */
  unsigned unmatched, matched, look_after, wasted; /* see template_is_due */
  uint64_t looked_at;
  int credit; /* see templates_match */
  unsigned skipped;
  uint32_t size; /* fields that the next one may have */
} template_place;

/* A finalizer that decodes may replace any template; whoever uses one has it on the stack. */
typedef struct templates {
  uint32_t made;
  bool built; /* there are constructors */
  template_place places[TEMPLATE_PLACES];
} templates;

/* Pushes an empty set; its uservalue is its table. A set without constructors serves to check rows
** alone. [+1] */
void templates_new(lua_State *L, bool built);

/* The place for an object whose first name is at p. */
template_place *templates_place(templates *set, const char *p);

/* Whether the next object is to be compared with the templates of its place: not each is, where
** hardly any fitted. Then, in this order, those that are to be tried (NULL: there are no more), and
** what came of it. */
bool template_is_tried(template_place *place);
row_template *template_to_try(const template_place *place, int i);
void template_fits(template_place *place, const row_template *t);
void template_none_fits(template_place *place);

/* The template of that number; NULL: there is none any more. */
row_template *template_of(const template_place *place, uint32_t wanted);

/* All of that by shape_check, for the object at *p, which is moved past it. Returns its template,
** and what the filter asks for is noted. NULL with scan->at set: it is no JSON; NULL without: none
** fits. */
row_template *templates_match(template_place *place, filter *f, json_scan *scan, const char **p,
                              unsigned depth, shape_span *spans);

/* Takes note of the object from p to end, which was checked and is of no template. Returns whether
** one should be made of it: such objects have become many, and this one is like another. */
bool template_is_due(template_place *place, const char *p, const char *end);

/* Makes a template of the object from p to end, which was checked. `index` is the set's on the
** stack. [0] */
void templates_learn(lua_State *L, int index, filter *f, const char *p, const char *end);

/* Pushes the template, to anchor it, and its constructor; `table` is the index of the set's table.
** [+2] */
void template_push(lua_State *L, int table, const row_template *t);

/* An object is built by it. Values that hardly ever came again may do so by now. */
void template_count(row_template *t);

/* An object there had so many fields. */
void template_note_size(template_place *place, uint32_t fields);

#endif
