/*
** page: a cursor over one page of a listing, the documented wrapper
** {data, page, size, totalCount, totalPages, hasNext, hasPrevious}.
**
** The whole body is checked before there is a page; rows are decoded when they are asked for.
** A page holds its share of the body, or anchors the Lua string that it reads, until its last
** row was handed out or it is closed.
*/
#ifndef SIGMAMIND_PAGE_H
#define SIGMAMIND_PAGE_H

#include <lua.h>

#include "body.h"

/* Pushes a page over text, with the settings (see decode.h) on top of the stack in place of them;
** or nil, message, kind. Returns how many values that is. [-1, +1 or +3] */
int page_push(lua_State *L, body *b, unsigned max_depth);

/* core.page(text [, query [, options]]) -> page | nil, message, kind */
int page_lua(lua_State *L);

void page_register(lua_State *L);

#endif
