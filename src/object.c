#include "object.h"

#include <stdbool.h>
#include <string.h>

int failure(lua_State *L, const char *kind, const char *message) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  lua_pushstring(L, kind);
  return 3;
}

bool object_is_name(lua_State *L, int index, const char *name) {
  size_t length;
  if (lua_type(L, index) != LUA_TSTRING) return false;
  const char *text = lua_tolstring(L, index, &length);
  return strlen(name) == length && memcmp(text, name, length) == 0;
}

void object_check_names(lua_State *L, int table, int argument, const char *what,
                        const char *const *names) {
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    const char *const *known = names;
    while (*known != NULL && !object_is_name(L, -2, *known))
      known++;
    if (*known != NULL) continue;
    const bool is_string = lua_type(L, -2) == LUA_TSTRING;
    const char *name = is_string ? lua_tostring(L, -2) : luaL_typename(L, -2);
    const char *quote = is_string ? "'" : "";
    luaL_argerror(L, argument, lua_pushfstring(L, "unknown %s %s%s%s", what, quote, name, quote));
  }
}

/* Shared by all functions of a type: the index of its metatable, and the upvalues below it. */
typedef struct shared {
  int metatable, upvalues;
} shared;

/* Pushes a function with its upvalues. [+1] */
static void push_function(lua_State *L, shared s, lua_CFunction f) {
  lua_pushvalue(L, s.metatable);
  for (int i = s.upvalues; i > 0; i--)
    lua_pushvalue(L, s.metatable - i);
  lua_pushcclosure(L, f, 1 + s.upvalues);
}

static void set_function(lua_State *L, shared s, const char *name, lua_CFunction f) {
  push_function(L, s, f);
  lua_setfield(L, -2, name);
}

/* __index of the methods. Upvalues: the name of the type, and its names for the message. */
static int l_unknown(lua_State *L) {
  const char *name = lua_isstring(L, 2) ? lua_tostring(L, 2) : luaL_typename(L, 2);
  return luaL_error(L, "%s has no '%s'; its methods are %s", lua_tostring(L, lua_upvalueindex(1)),
                    name, lua_tostring(L, lua_upvalueindex(2)));
}

/* __index of a type with fields. Upvalues: those of l_unknown, the methods, and `field`. */
static int l_index(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(3));
  if (!lua_isnil(L, -1)) return 1;
  lua_pushvalue(L, lua_upvalueindex(4));
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_call(L, 2, LUA_MULTRET);
  return lua_gettop(L) > 3 ? 1 : l_unknown(L);
}

/* Pushes the name of the type, and the names of its methods and fields. [+2] */
static void push_names(lua_State *L, const object_type *type) {
  luaL_Buffer names;
  lua_pushstring(L, type->name);
  luaL_buffinit(L, &names);
  luaL_addstring(&names, "close");
  for (const luaL_Reg *m = type->methods; m != NULL && m->name != NULL; m++) {
    luaL_addstring(&names, ", ");
    luaL_addstring(&names, m->name);
  }
  if (type->fields != NULL) luaL_addstring(&names, "; its fields are ");
  if (type->fields != NULL) luaL_addstring(&names, type->fields);
  luaL_pushresult(&names);
}

/* Makes the table of methods on top of the stack raise for unknown names. [0] */
static void refuse_unknown(lua_State *L, const object_type *type) {
  lua_newtable(L);
  push_names(L, type);
  lua_pushcclosure(L, l_unknown, 2);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

/* Sets __index of the metatable, from the methods on top of the stack. [-1] */
static void set_index(lua_State *L, shared s, const object_type *type) {
  lua_pushvalue(L, -1);
  lua_setfield(L, s.metatable, "__methods");
  if (type->field == NULL) {
    refuse_unknown(L, type);
  } else {
    push_names(L, type);
    lua_pushvalue(L, -3);
    push_function(L, s, type->field);
    lua_pushcclosure(L, l_index, 4);
  }
  lua_setfield(L, s.metatable, "__index");
}

void object_register(lua_State *L, const object_type *type, int upvalues) {
  luaL_newmetatable(L, type->name);
  const shared s = {lua_gettop(L), upvalues};
  lua_newtable(L);
  for (const luaL_Reg *m = type->methods; m != NULL && m->name != NULL; m++)
    set_function(L, s, m->name, m->func);
  set_function(L, s, "close", type->close);
  set_index(L, s, type);
  lua_settop(L, s.metatable);
  set_function(L, s, "__close", type->close);
  if (type->gc != NULL) set_function(L, s, "__gc", type->gc);
  set_function(L, s, "__tostring", type->tostring);
  lua_pushstring(L, type->name); /* Lua before 5.3 does not set it */
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "protected"); /* getmetatable would hand out __gc */
  lua_setfield(L, -2, "__metatable");
  lua_settop(L, s.metatable - 1 - upvalues);
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

/* Pushes the name of the running method, by its function: the caller's variable may have any name.
** [+n, the name on top] */
static void push_method_name(lua_State *L) {
  lua_Debug call;
  lua_getstack(L, 0, &call);
  lua_getinfo(L, "f", &call);
  lua_getfield(L, lua_upvalueindex(1), "__methods");
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    if (lua_rawequal(L, -1, -4)) {
      lua_pop(L, 1);
      return;
    }
    lua_pop(L, 1);
  }
  lua_pushliteral(L, "method");
}

/* Raises, with the line of the caller. */
static void refuse_self(lua_State *L, const char *name) {
  const char *object = strrchr(name, '.') + 1;
  push_method_name(L);
  const char *method = lua_tostring(L, -1);
  luaL_error(L, "%s.%s must be called with a colon: %s:%s(...)", object, method, object, method);
}

void *object_self(lua_State *L, const char *name) {
  if (!is_self(L)) refuse_self(L, name);
  return lua_touserdata(L, 1);
}
