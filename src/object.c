#include "object.h"

int failure(lua_State *L, const char *kind, const char *message) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  lua_pushstring(L, kind);
  return 3;
}

static void set_function(lua_State *L, const char *name, lua_CFunction f) {
  lua_pushcfunction(L, f);
  lua_setfield(L, -2, name);
}

void object_class(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction close,
                  lua_CFunction tostring) {
  luaL_newmetatable(L, name);
  lua_newtable(L);
  for (; methods->name != NULL; methods++)
    set_function(L, methods->name, methods->func);
  set_function(L, "close", close);
  lua_setfield(L, -2, "__index");
  set_function(L, "__gc", close);
  set_function(L, "__close", close);
  set_function(L, "__tostring", tostring);
  lua_pushstring(L, name); /* Lua before 5.3 does not set it */
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "protected"); /* getmetatable would hand out __gc */
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
