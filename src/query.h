/*
** query: where and select, compiled once to a filter, for any number of pages.
**
** It owns its tree and its scratch space, and anchors the Lua strings that they refer to.
*/
#ifndef SIGMAMIND_QUERY_H
#define SIGMAMIND_QUERY_H

#include <lua.h>

#include "decode.h"
#include "filter.h"

/* The filter of the query at this argument, which may be closed; NULL if there is none. Raises for
** anything else. */
filter *query_check(lua_State *L, int argument);

/* Pushes the templates of the rows that the query lets through. [+1] */
void query_push_templates(lua_State *L, int query);

/* Pushes the selected fields of the row at p, which is at this depth, and returns the end of it;
** `query` is the stack index of its query. [+1] */
const char *query_push_row(decoding *d, filter *f, int query, const char *p, unsigned depth);

/* Pushes them as JSON, in their own bytes. [+1] */
void query_push_json(lua_State *L, filter *f, const char *p, const char *end);

/* Pushes a table from each path of where and select to what the rows of a page had of it: false, no
** such field; "null", nothing that a condition was about; "string", "number", "boolean", "array" or
** "object", values of this type alone, which a condition refuses; else true. Then such a table of
** the elements of the arrays there. The stack grows by more than the two. */
void query_push_notes(lua_State *L, int query, const filter_notes *n);

/* core.query{where =, select =, key =, chain =} -> query | nil, message, "config" [, the name of an
** operator that there is not, the list of those that there are]. The chain is a list of steps
** {where =, select =, stage =}, as if chained onto the where and the select one after another: all
** conditions hold, and each select leaves some of what the one before left. A row that does not
** meet those of a stage above 0 is handed out as minus the number of the first such stage. */
int query_lua(lua_State *L);

void query_register(lua_State *L);

#endif
