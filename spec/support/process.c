/* process: what the specs need of POSIX and Lua does not have. Built for each Lua by `make specs`. */

#include <lauxlib.h>
#include <lua.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* fork() -> 0 in the child, its process id in the parent */
static int l_fork(lua_State *L) {
  lua_pushinteger(L, fork());
  return 1;
}

/* exit(ok): ends the process at once, with nothing flushed, closed or collected. By exec, because
** valgrind would report as leaks what a forked child abandons on purpose. */
static int l_exit(lua_State *L) {
  execl("/bin/sh", "sh", "-c", lua_toboolean(L, 1) ? "exit 0" : "exit 1", (char *)NULL);
  _exit(1);
}

/* wait(pid) -> exit code, or -1 if it did not exit by itself */
static int l_wait(lua_State *L) {
  int status;
  const pid_t ended = waitpid((pid_t)luaL_checkinteger(L, 1), &status, 0);
  lua_pushinteger(L, ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  return 1;
}

/* limit_descriptors(count): this process may open no more than so many */
static int l_limit_descriptors(lua_State *L) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = (rlim_t)luaL_checkinteger(L, 1);
  lua_pushboolean(L, setrlimit(RLIMIT_NOFILE, &limit) == 0);
  return 1;
}

/* close(descriptor) */
static int l_close(lua_State *L) {
  lua_pushinteger(L, close((int)luaL_checkinteger(L, 1)));
  return 1;
}

int luaopen_process(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, l_fork);
  lua_setfield(L, -2, "fork");
  lua_pushcfunction(L, l_exit);
  lua_setfield(L, -2, "exit");
  lua_pushcfunction(L, l_close);
  lua_setfield(L, -2, "close");
  lua_pushcfunction(L, l_limit_descriptors);
  lua_setfield(L, -2, "limit_descriptors");
  lua_pushcfunction(L, l_wait);
  lua_setfield(L, -2, "wait");
  return 1;
}
