/*
** query: the Lua object of a filter: where and select, compiled once, for any number of pages.
**
** The userdata is the filter, with its nodes and conditions; it owns the scratch space, and its
** table anchors the operands and the strings that they point to.
*/
#ifndef SIGMAMIND_QUERY_H
#define SIGMAMIND_QUERY_H

#include <lua.h>

#include "decode.h"
#include "filter.h"

/* The filter of the query at this argument, which may be closed; NULL for nil or none. Raises for
** any other value. */
filter *query_check(lua_State *L, int argument);

/* Pushes the query's set of templates, for the rows of its pages. [+1] */
void query_push_templates(lua_State *L, int query);

/* Pushes the selected fields of the checked row at p, at this depth, and returns its end; `query`
** is the stack index of the query. [+3, the row on top] */
const char *query_push_row(decoding *d, filter *f, int query, const char *p, unsigned depth);

/* Pushes the selected fields of the row at p as JSON, their values as they are in the text.
** [+2, the JSON on top] */
void query_push_json(lua_State *L, filter *f, const char *p, const char *end);

/* Pushes a table with a summary of each path of where and select over the rows of a page: false: no
** row has the field; "null": no condition tests the path, or all values are null; "string",
** "number", "boolean", "array" or "object": all values have this type, and a condition refuses it,
** see type_set; else true. Then pushes such a table for the elements of the arrays there. [+4,
** those two on top] */
void query_push_notes(lua_State *L, int query, const filter_notes *n);

/* core.query{where =, select =, key =, chain =} -> query | nil, message, "config" [, the name of an
** unknown operator, the list of known ones]. The chain is a list of steps, each
** {where =, select =, stage =}, applied in order after the where and the select: all conditions
** must hold, and each select narrows the one before. A row that fails a condition of a stage above
** 0 is returned as minus the number of the first such stage. */
int query_lua(lua_State *L);

/* Makes the metatable. [0] */
void query_register(lua_State *L);

#endif
