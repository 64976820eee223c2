/*
** template: how rows that repeat their shape are built.
**
** Each shape has a constructor, a Lua function made for it that takes the values and returns the
** row: the VM builds a table of known fields faster than C can. A list of templates serves the rows
** of one kind, whole or as one query wants them.
*/
#ifndef SIGMAMIND_TEMPLATE_H
#define SIGMAMIND_TEMPLATE_H

#include <lua.h>

#include "build.h"
#include "filter.h"

typedef struct row_template row_template;
typedef struct template_list template_list;

/* Pushes an empty list. [+1] */
void templates_new(lua_State *L);

/* Checks the row at *p as filter_check_row does, and moves *p past it. Returns its template;
** NULL: it is no JSON, or has no template yet, of which the list takes note. No Lua in it. */
row_template *templates_check(template_list *list, filter *f, json_scan *scan, const char **p,
                              unsigned depth, bool *holds);

/* Adds a template for the row at p, which was checked, if the rows that had none have become many.
** `index` is the list's on the stack. [0] */
void templates_learn(lua_State *L, int index, filter *f, const char *p, const char *end);

/* Pushes the row at p, above what it needs besides, and returns the end of it; NULL, with nothing
** pushed, if no template is its. `index` is the list's on the stack. */
const char *templates_row(builder *b, int index, const char *p);

/* Pushes a template of the list, to anchor it, and its constructor. [+2] */
void template_push(lua_State *L, int index, const row_template *t);

/* Makes the row at p, which was found to have this template, of the constructor on top of the
** stack. Returns the end of it, or of what is wanted of it. [0] */
const char *template_row(builder *b, row_template *t, const char *p);

#endif
