/* object: what every object of the core shares, its class and its way to fail. */
#ifndef SIGMAMIND_OBJECT_H
#define SIGMAMIND_OBJECT_H

#include "compat.h"

/* Pushes nil, message, kind, and returns 3: `return failure(L, "closed", "page is closed")`. The
** kinds are those of the Lua layer's error objects. */
int failure(lua_State *L, const char *kind, const char *message);

/* Makes the metatable `name`. `close` is also __gc and __close: it must bear being called twice,
** and on an object whose making failed half way. [0] */
void object_class(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction close,
                  lua_CFunction tostring);

#endif
