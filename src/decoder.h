/*
** decoder: the Lua object that turns JSON into Lua values, in one way for all texts: replies,
** pages that were kept, single values.
*/
#ifndef SIGMAMIND_DECODER_H
#define SIGMAMIND_DECODER_H

#include <lua.h>

/* core.decoder{null =, array_mt =, max_depth =} -> decoder */
int decoder_lua(lua_State *L);

void decoder_register(lua_State *L);

#endif
