/*
** decoder: the Lua object that decodes replies, cached pages and single values. It owns its
** settings; its user value is their table.
*/
#ifndef SIGMAMIND_DECODER_H
#define SIGMAMIND_DECODER_H

#include <lua.h>

/* core.decoder{null =, array_mt =, max_depth =} -> decoder */
int decoder_lua(lua_State *L);

/* Makes the metatable. [0] */
void decoder_register(lua_State *L);

#endif
