/*
** encode: writes Lua values as JSON.
**
** What has no JSON form is refused with the path to it. Metamethods are not called: no Lua runs
** meanwhile, and nothing raises but for lack of memory.
*/
#ifndef SIGMAMIND_ENCODE_H
#define SIGMAMIND_ENCODE_H

#include "compat.h"

/* core.encode(value [, {null=, array_mt=}]) -> text | nil, message. Its upvalue is made by
** encode_push_upvalue. */
int encode_lua(lua_State *L);

/* Pushes the text that calls of encode share. [+1] */
void encode_push_upvalue(lua_State *L);

#endif
