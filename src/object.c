#include "object.h"

#include <stdbool.h>
#include <string.h>

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

static bool is_self(lua_State *L) {
  if (lua_touserdata(L, 1) == NULL || !lua_getmetatable(L, 1)) return false;
  const bool is_one = lua_rawequal(L, -1, lua_upvalueindex(1));
  lua_pop(L, 1);
  return is_one;
}

/* Raises at the line of the caller. What the method is called there, only Lua knows. */
static void refuse_self(lua_State *L, const char *name) {
  lua_Debug call;
  const char *method = NULL, *object = strrchr(name, '.') + 1;
  if (lua_getstack(L, 0, &call) && lua_getinfo(L, "n", &call)) method = call.name;
  if (method == NULL) method = "method";
  luaL_error(L, "%s.%s must be called with a colon: %s:%s(...)", object, method, object, method);
}

void *object_self(lua_State *L, const char *name) {
  if (!is_self(L)) refuse_self(L, name);
  return lua_touserdata(L, 1);
}
