/*
** page: a cursor over one page of a listing, the documented wrapper
** {data, page, size, totalCount, totalPages, hasNext, hasPrevious}.
**
** The whole body is checked before there is a page; rows are decoded when they are asked for.
** A page reads a Lua string, which it anchors until its last row was handed out or it is closed;
** until then it owns the list of the rows that match its query.
*/
#ifndef SIGMAMIND_PAGE_H
#define SIGMAMIND_PAGE_H

#include <lua.h>

#include "decode.h"

/* For a method of decode_push_upvalues: makes a page of the text at 2, with the query at 3 and what
** was seen at 4 (both may be nil), by settings whose table is at 5, on top of the stack. Pushes it,
** or nil, message, kind. Returns how many values that is. */
int page_new(lua_State *L, const decode_settings *settings);

void page_register(lua_State *L);

#endif
