/*
** session: the Lua object of an engine, with the settings of its requests. It owns the engine; its
** user value is a table with the strings among the settings.
*/
#ifndef SIGMAMIND_SESSION_H
#define SIGMAMIND_SESSION_H

#include <lua.h>

int session_lua(lua_State *L);       /* core.session{...} -> session */
void session_register(lua_State *L); /* makes the metatable [0] */

#endif
