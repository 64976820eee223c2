/*
** template: rows that have the shape of the rows before them.
**
** A listing's rows have the same fields in the same order. After a few rows a template is made of
** one: the list of its fields, and a Lua function that takes their values and returns the row,
*which
** builds it faster than calls from C can. A row is then compared with the template, key by key, and
** only its values are looked at. A row of another shape is built without it.
*/
#ifndef SIGMAMIND_TEMPLATE_H
#define SIGMAMIND_TEMPLATE_H

#include "build.h"

/* Pushes an empty template. [+1] */
void template_new(lua_State *L);

/* Pushes the row at p, with the template on top of the stack; returns the end of it. [+1] */
const char *template_row(builder *b, const char *p);

#endif
