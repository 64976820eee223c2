/* compat: one name for each function that differs between Lua 5.1 to 5.5 and LuaJIT. */
#ifndef SIGMAMIND_COMPAT_H
#define SIGMAMIND_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

/* The one table that a userdata carries: its environment in Lua 5.1, else its user value. */
#if LUA_VERSION_NUM == 501
#define sm_setuservalue(L, index) lua_setfenv(L, index)
#define sm_getuservalue(L, index) lua_getfenv(L, index)
#elif LUA_VERSION_NUM < 504
#define sm_setuservalue(L, index) lua_setuservalue(L, index)
#define sm_getuservalue(L, index) lua_getuservalue(L, index)
#else
#define sm_setuservalue(L, index) lua_setiuservalue(L, index, 1)
#define sm_getuservalue(L, index) lua_getiuservalue(L, index, 1)
#endif

/* The length of a table, without __len. */
#if LUA_VERSION_NUM == 501
#define sm_rawlen(L, index) lua_objlen(L, index)
#else
#define sm_rawlen(L, index) lua_rawlen(L, index)
#endif

/* The integers that the host's number type holds exactly. */
#if LUA_VERSION_NUM >= 503
#define sm_pushinteger(L, i) lua_pushinteger(L, (lua_Integer)(i))
#define SM_INTEGER_MAX       9223372036854775807u
#define SM_INTEGER_MIN       9223372036854775808u /* as a magnitude */
#else
#define sm_pushinteger(L, i) lua_pushnumber(L, (lua_Number)(i))
#define SM_INTEGER_MAX       9007199254740992u
#define SM_INTEGER_MIN       9007199254740992u
#endif

#endif
