/*
** A program in C that lists the live campaigns through the Lua module. Everything that can raise
** runs in one lua_pcall; run-time failures return nil, err, and err.kind distinguishes them.
**
** From the top of a checkout, for Lua 5.4 (for others: lua5.1, lua5.2, lua5.3 or luajit instead):
**
**   make build LUA=lua5.4
**   cc -o build/host examples/c_host/host.c $(pkg-config --cflags --libs lua5.4)
**
**   make sandbox                        or: sigmamind sandbox; prints a URL and a key
**   export SIGMAMIND_BASE_URL=...       the URL
**   export SIGMAMIND_API_KEY=...        the key
**   export LUA_PATH='lua/?.lua;lua/?/init.lua;;' LUA_CPATH='build/lua5.4/?.so;;'
**   build/host
**
** A statically linked Lua needs -Wl,-E, because core.so uses its functions.
*/
#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

/* error -> string. The message handler of lua_pcall: err is an object with __tostring, or text. */
static int to_text(lua_State *L) {
  if (!luaL_callmeta(L, 1, "__tostring")) lua_settop(L, 1);
  return 1;
}

/* object, arguments... -> results. Calls object:name(...); may raise. */
static void call(lua_State *L, const char *name, int arguments, int results) {
  lua_getfield(L, -1 - arguments, name);
  lua_insert(L, -2 - arguments);
  lua_call(L, arguments + 1, results);
}

/* The string in a field of the row at the top, or "-"; valid as long as the row is. */
static const char *field(lua_State *L, const char *name) {
  const char *text;
  lua_getfield(L, -1, name);
  text = lua_tostring(L, -1);
  lua_pop(L, 1);
  return text != NULL ? text : "-";
}

/* status -> count. Prints the campaigns with that status; raises any failure. */
static int list(lua_State *L) {
  lua_Integer count = 0;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "sigmamind");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "new");
  lua_call(L, 0, 1);
  lua_pushvalue(L, -1);
  lua_newtable(L);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "status");
  call(L, "campaigns", 1, 1); /* client, stream */
  for (;; count++) {
    lua_pushvalue(L, -1);
    call(L, "next", 0, 2); /* client, stream, row or nil, error or nil */
    if (!lua_isnil(L, -1)) return lua_error(L);
    lua_pop(L, 1);
    if (lua_isnil(L, -1)) break;
    printf("%s  %s\n", field(L, "campaignId"), field(L, "campaignName"));
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
  call(L, "close", 0, 0);
  lua_pushinteger(L, count);
  return 1;
}

int main(int argc, char **argv) {
  int status = EXIT_FAILURE;
  lua_State *L = luaL_newstate();
  if (L == NULL) return status;
  luaL_openlibs(L);
  lua_pushcfunction(L, to_text);
  lua_pushcfunction(L, list);
  lua_pushstring(L, argc > 1 ? argv[1] : "live");
  if (lua_pcall(L, 1, 1, 1) == 0) {
    printf("%ld campaigns\n", (long)lua_tointeger(L, -1));
    status = EXIT_SUCCESS;
  } else {
    const char *text = lua_tostring(L, -1);
    fprintf(stderr, "host: %s\n", text != NULL ? text : "error object without a message");
  }
  lua_close(L);
  return status;
}
