/*
** compile: checks where and select, and makes a filter of them.
*/
#ifndef SIGMAMIND_COMPILE_H
#define SIGMAMIND_COMPILE_H

#include <lua.h>

#include "filter.h"

/* What a query's table holds: strings that are referred to, the name of node i at i, operands, the
** templates of its rows, the paths by their bits in the notes. */
enum {
  COMPILED_ANCHORS = 1,
  COMPILED_NAMES,
  COMPILED_OPERANDS,
  COMPILED_TEMPLATES,
  COMPILED_PATHS
};

/* Pushes a filter, in a userdata with that table, of the options at index 1, which is the top of
** the stack. Returns 1; or, for what is malformed, pushes nil, message, "config" and, if there is
** no such operator, its name and the list of those that there are, and returns how many these are.
*/
int compile_push(lua_State *L);

#endif
