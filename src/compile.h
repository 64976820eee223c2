/*
** compile: checks where and select, and makes a filter of them. The filter is a userdata, which
** anchors all that it refers to.
*/
#ifndef SIGMAMIND_COMPILE_H
#define SIGMAMIND_COMPILE_H

#include <lua.h>

#include "filter.h"

/* The slots of a query's table: the strings that the filter points into, the name of node i at i,
** the operands, the templates of its rows, the paths in the order of their bits in the notes. */
enum {
  COMPILED_ANCHORS = 1,
  COMPILED_NAMES,
  COMPILED_OPERANDS,
  COMPILED_TEMPLATES,
  COMPILED_PATHS
};

/* Compiles the options at index 1, the top of the stack. Pushes a filter with that table and
** returns 1; or, for malformed options, pushes nil, message, "config" and, after an unknown
** operator, its name and the list of known ones, and returns their number. [+1, +3 or +5] */
int compile_push(lua_State *L);

#endif
