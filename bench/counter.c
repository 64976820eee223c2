/* counter: starts and stops callgrind's counting of instructions; no effect outside of valgrind. It
** is also preloaded to replace time(): Lua 5.4 seeds its hashes from the time and from addresses,
** and under valgrind the addresses are the same in every run. */

#include <time.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <valgrind/callgrind.h>

#define EXPORT __attribute__((visibility("default")))

static time_t now = 1;

EXPORT time_t time(time_t *t) {
  if (t != NULL) *t = now;
  return now;
}

static int l_start(lua_State *L) {
  (void)L;
  CALLGRIND_START_INSTRUMENTATION;
  return 0;
}

static int l_stop(lua_State *L) {
  (void)L;
  CALLGRIND_STOP_INSTRUMENTATION;
  return 0;
}

/* run(time, script, a, b): runs a script with the arguments a and b in a new Lua state, seeded by
** this time. */
static int l_run(lua_State *L) {
  now = (time_t)luaL_checkinteger(L, 1);
  lua_State *S = luaL_newstate();
  if (S == NULL) return luaL_error(L, "no memory");
  luaL_openlibs(S);
  int failed = luaL_loadfile(S, luaL_checkstring(L, 2));
  if (!failed) {
    lua_pushstring(S, luaL_checkstring(L, 3));
    lua_pushstring(S, luaL_checkstring(L, 4));
    failed = lua_pcall(S, 2, 0, 0);
  }
  if (failed) lua_pushstring(L, lua_tostring(S, -1));
  lua_close(S);
  return failed ? lua_error(L) : 0;
}

EXPORT int luaopen_counter(lua_State *L);

int luaopen_counter(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"start", l_start}, {"stop", l_stop}, {"run", l_run}, {NULL, NULL}};
  lua_newtable(L);
  for (const luaL_Reg *f = functions; f->name != NULL; f++) {
    lua_pushcfunction(L, f->func);
    lua_setfield(L, -2, f->name);
  }
  return 1;
}
