/*
** decoder: the Lua object that turns JSON into Lua values, in one way for all texts: replies,
** pages that were kept, single values.
**
** It owns its table: what a null in an object becomes (nil: the field is absent), the metatable of
** arrays, and what all decoders of its Lua state have learned.
*/
#ifndef SIGMAMIND_DECODER_H
#define SIGMAMIND_DECODER_H

#include <lua.h>

/* core.decoder{null =, array_mt =, max_depth =} -> decoder */
int decoder_lua(lua_State *L);

void decoder_register(lua_State *L);

#endif
