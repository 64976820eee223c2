/*
** page: a cursor over one page of a listing, the documented wrapper
** {data, page, size, totalCount, totalPages, hasNext, hasPrevious}.
**
** The whole body is checked before the page is made; each row is decoded when it is read. The page
** owns the index of the rows that match its query, until the last row was returned or the page is
** closed. Its table anchors the text, the query, the seen and the templates; the text is released
** when the page is closed.
*/
#ifndef SIGMAMIND_PAGE_H
#define SIGMAMIND_PAGE_H

#include <lua.h>

#include "decode.h"

/* For a method with the upvalues of decode_push_upvalues: makes a page of the text at 2, with the
** query at 3 and the seen at 4 (both may be nil). `settings` are those whose table is at 5, the top
** of the stack. Pushes the page and returns 1; or pushes nil, message, kind and returns 3. */
int page_new(lua_State *L, const decode_settings *settings);

/* Makes the metatable. [0] */
void page_register(lua_State *L);

#endif
