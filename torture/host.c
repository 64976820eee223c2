/*
** host: a minimal interpreter: `host FILE ARGUMENT...` or `host -e CHUNK`, with `arg` as the
** standalone Lua sets it. It is linked with a sanitizer, whose library the system's interpreter
** would have to preload; and it closes its state on every exit, so that any memory left is a leak.
*/
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static int traceback(lua_State *L) {
  if (luaL_callmeta(L, 1, "__tostring")) return 1; /* as the standalone Lua does from 5.2 on */
  lua_getglobal(L, "debug");
  lua_getfield(L, -1, "traceback");
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 2);
  lua_call(L, 2, 1);
  return 1;
}

static lua_State *running;

static void interrupt_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  luaL_error(L, "interrupted!");
}

static void on_interrupt(int signal_number) {
  signal(signal_number, SIG_DFL);
  lua_sethook(running, interrupt_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

/* os.exit([code]) */
static int l_exit(lua_State *L) {
  const bool failed = lua_isboolean(L, 1) && !lua_toboolean(L, 1);
  const int code = lua_isnumber(L, 1) ? (int)lua_tointeger(L, 1) : failed;
  lua_close(L);
  exit(code);
}

static void set_exit(lua_State *L) {
  lua_getglobal(L, "os");
  lua_pushcfunction(L, l_exit);
  lua_setfield(L, -2, "exit");
  lua_pop(L, 1);
}

static void set_arguments(lua_State *L, int argc, char **argv) {
  lua_newtable(L);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - 1);
  }
  lua_setglobal(L, "arg");
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  if (argc < 2 || L == NULL) return 2;
  luaL_openlibs(L);
  running = L;
  signal(SIGINT, on_interrupt); /* like the standalone Lua, which sets it for each chunk */
  set_exit(L);
  set_arguments(L, argc, argv);
  lua_pushcfunction(L, traceback);
  const bool chunk = strcmp(argv[1], "-e") == 0 && argc > 2;
  const int used = chunk ? 3 : 2;
  bool failed = (chunk ? luaL_loadstring(L, argv[2]) : luaL_loadfile(L, argv[1])) != 0;
  for (int i = used; i < argc && !failed; i++)
    lua_pushstring(L, argv[i]);
  failed = failed || lua_pcall(L, argc - used, 0, 1) != 0;
  if (failed && !lua_isnil(L, -1)) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return failed ? 1 : 0;
}
