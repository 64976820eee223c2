#include "object.h"

#include <stdbool.h>

int failure(lua_State *L, const char *kind, const char *message) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  lua_pushstring(L, kind);
  return 3;
}

/* Sets a function, which has the metatable at the index `type` as its upvalue. */
static void set_function(lua_State *L, int type, const char *name, lua_CFunction f) {
  lua_pushvalue(L, type);
  lua_pushcclosure(L, f, 1);
  lua_setfield(L, -2, name);
}

void object_register(lua_State *L, const object_type *type) {
  luaL_newmetatable(L, type->name);
  const int metatable = lua_gettop(L);
  lua_newtable(L);
  for (const luaL_Reg *m = type->methods; m->name != NULL; m++)
    set_function(L, metatable, m->name, m->func);
  set_function(L, metatable, "close", type->close);
  lua_setfield(L, -2, "__index");
  set_function(L, metatable, "__close", type->close);
  if (type->gc != NULL) set_function(L, metatable, "__gc", type->gc);
  set_function(L, metatable, "__tostring", type->tostring);
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

void *object_self(lua_State *L, const char *name) {
  void *object = lua_touserdata(L, 1);
  if (object == NULL || !lua_getmetatable(L, 1)) return luaL_checkudata(L, 1, name);
  const bool is_one = lua_rawequal(L, -1, lua_upvalueindex(1));
  lua_pop(L, 1);
  return is_one ? object : luaL_checkudata(L, 1, name);
}
