/*
** query: a where and a select, compiled once to a filter, for any number of pages.
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

/* core.query{where =, select =, key =} -> query | nil, message, "config" */
int query_lua(lua_State *L);

void query_register(lua_State *L);

#endif
