/*
** threads: lists in several threads at once, each with its own Lua state and client:
**
**   threads COUNT URL LISTINGS      runs torture/threads.lua in each
**
** Prints the number of rows read. Fails if a thread got the response to another thread's request.
*/
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#define THREADS_MAX 64

int luaopen_sigmamind_console(lua_State *L);
int luaopen_sigmamind_core(lua_State *L);

typedef struct job {
  pthread_t thread;
  int number; /* from 1 */
  const char *url;
  long listings;
  long rows; /* read; -1: it failed */
} job;

static lua_State *open_state(void) {
  lua_State *L = luaL_newstate();
  if (L == NULL) return NULL;
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_sigmamind_core);
  lua_setfield(L, -2, "sigmamind.core");
  lua_pushcfunction(L, luaopen_sigmamind_console);
  lua_setfield(L, -2, "sigmamind.console");
  lua_settop(L, 0);
  return L;
}

static void *work(void *argument) {
  job *j = argument;
  lua_State *L = open_state();
  j->rows = -1;
  if (L == NULL) return NULL;
  bool good = luaL_loadfile(L, "torture/threads.lua") == 0;
  if (good) {
    lua_pushinteger(L, j->number);
    lua_pushstring(L, j->url);
    lua_pushinteger(L, j->listings);
    good = lua_pcall(L, 3, 1, 0) == 0;
  }
  if (good)
    j->rows = (long)lua_tointeger(L, -1);
  else
    fprintf(stderr, "thread %d: %s\n", j->number, lua_tostring(L, -1));
  lua_close(L);
  return NULL;
}

int main(int argc, char **argv) {
  static job jobs[THREADS_MAX];
  const int count = argc == 4 ? atoi(argv[1]) : 0;
  long rows = 0;
  bool failed = false;
  if (count < 1 || count > THREADS_MAX) return 2;
  for (int i = 0; i < count; i++) {
    jobs[i].number = i + 1;
    jobs[i].url = argv[2];
    jobs[i].listings = atol(argv[3]);
    if (pthread_create(&jobs[i].thread, NULL, work, &jobs[i]) != 0) return 1;
  }
  for (int i = 0; i < count; i++) {
    pthread_join(jobs[i].thread, NULL);
    failed |= jobs[i].rows < 0;
    rows += jobs[i].rows;
  }
  printf("  %d threads, %s listings each: %ld rows, %s\n", count, argv[3], rows,
         failed ? "FAILED" : "each to the thread that asked");
  return failed;
}
