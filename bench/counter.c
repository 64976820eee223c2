/* counter: tells callgrind which instructions to count; outside of valgrind nothing happens. Also
** loaded before libc, where it stops the clock: Lua 5.4 makes the seed of its hashes from the time
** and from addresses, which valgrind gives alike to every run. */

#include <time.h>
#include <lauxlib.h>
#include <lua.h>
#include <valgrind/callgrind.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT time_t time(time_t *t) {
  if (t != NULL) *t = 1;
  return 1;
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

EXPORT int luaopen_counter(lua_State *L);

int luaopen_counter(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, l_start);
  lua_setfield(L, -2, "start");
  lua_pushcfunction(L, l_stop);
  lua_setfield(L, -2, "stop");
  return 1;
}
