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

void object_register(lua_State *L, const object_type *type) {
  luaL_newmetatable(L, type->name);
  lua_newtable(L);
  for (const luaL_Reg *m = type->methods; m->name != NULL; m++)
    set_function(L, m->name, m->func);
  set_function(L, "close", type->close);
  lua_setfield(L, -2, "__index");
  set_function(L, "__close", type->close);
  if (type->gc != NULL) set_function(L, "__gc", type->gc);
  set_function(L, "__tostring", type->tostring);
  lua_pushstring(L, type->name); /* Lua before 5.3 does not set it */
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "protected"); /* getmetatable would hand out __gc */
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

void object_set_type(lua_State *L, const char *name) {
  luaL_getmetatable(L, name);
  lua_setmetatable(L, -2);
}
