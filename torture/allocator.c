/*
** allocator: fails every allocation in turn: Lua's, libcurl's and the core's.
**
**   allocator URL KEY [STEP]     fails the 1st, the (1+STEP)th, ... allocation of allocator.lua
**
** Each time, the program may succeed or raise an error; then, with memory again, it must succeed.
** No block may be left when a Lua state is closed. In one pass a single allocation fails, in
** another all from that one on, until the error is raised.
**
** Then it searches freed memory for the API key: the core must have wiped its own blocks, and the
** headers that it made libcurl keep. The request that libcurl builds from them is libcurl's own.
*/
#include <stdio.h>
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "counted.h"

#define STATE_RUNS 100 /* failures in one Lua state */

int luaopen_sigmamind_core(lua_State *L);

/* == Allocators ===================================================================== */

static void *for_lua(void *unused, void *block, size_t old_size, size_t size) {
  (void)unused, (void)old_size;
  if (size > 0) return counted_take(COUNTED_LUA, block, size);
  counted_give(block);
  return NULL;
}

static void *curl_malloc(size_t size) {
  return counted_take(COUNTED_CURL, NULL, size);
}

static void *curl_realloc(void *block, size_t size) {
  return counted_take(COUNTED_CURL, block, size);
}

static void *curl_calloc(size_t count, size_t size) {
  return counted_calloc(COUNTED_CURL, count, size);
}

static char *curl_strdup(const char *text) {
  char *copy = curl_malloc(strlen(text) + 1);
  return copy != NULL ? strcpy(copy, text) : NULL;
}

/* == Lua states ===================================================================== */

static int panic(lua_State *L) {
  fprintf(stderr, "an error outside of pcall: %s\n", lua_tostring(L, -1));
  return 0;
}

static void preload(lua_State *L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_sigmamind_core);
  lua_setfield(L, -2, "sigmamind.core");
  lua_pop(L, 2);
}

/* Exits with the error on top of the stack. */
static void die(lua_State *L, const char *when) {
  lua_getglobal(L, "tostring");
  lua_insert(L, -2);
  lua_call(L, 1, 1);
  fprintf(stderr, "%s: %s\n", when, lua_tostring(L, -1));
  exit(1);
}

static lua_State *new_state(void) {
  lua_State *L = lua_newstate(for_lua, NULL);
  if (L == NULL) {
    puts("this Lua takes no allocator of the host's: left out");
    exit(0);
  }
  lua_atpanic(L, panic);
  luaL_openlibs(L);
  preload(L);
  return L;
}

/* == Failing ======================================================================== */

/* Calls the function below its arguments on top of the stack, while allocations fail from `fail_at`
** (0: none does). [-arguments-1, +1: its result, or an error] */
static bool call(lua_State *L, int arguments, long fail_at, bool lasting) {
  counted.calls = 0;
  counted.failed = false;
  counted.lasting = lasting;
  counted.fail_at = fail_at;
  const bool good = lua_pcall(L, arguments, 1, 0) == 0;
  counted.fail_at = 0;
  return good;
}

/* Loads torture/allocator.lua, which requires sigmamind, and returns its function. */
static int load_program(lua_State *L) {
  char **argv = lua_touserdata(L, 1);
  if (luaL_loadfile(L, "torture/allocator.lua") != 0) return lua_error(L);
  lua_pushstring(L, argv[1]);
  lua_pushstring(L, argv[2]);
  lua_call(L, 2, 1);
  return 1;
}

/* Leaves the program's function, or an error, as the only value on the stack. */
static bool load(lua_State *L, char **argv, long fail_at, bool lasting) {
  lua_settop(L, 0);
  lua_pushcfunction(L, load_program);
  lua_pushlightuserdata(L, argv);
  return call(L, 1, fail_at, lasting);
}

/* Runs the program, which stays at index 1, below its result or an error. */
static bool run(lua_State *L, long fail_at, bool lasting) {
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  return call(L, 0, fail_at, lasting);
}

typedef struct outcome {
  long runs, errors;
} outcome;

static long curl_blocks; /* that libcurl never frees */

/* Closes the state; exits if it has leaked. */
static void close_state(lua_State *L, long from, long to) {
  lua_close(L);
  const long lua = counted.live[COUNTED_LUA].blocks, core = counted.live[COUNTED_CORE].blocks;
  const long curl = counted.live[COUNTED_CURL].blocks - curl_blocks;
  if (lua == 0 && core == 0 && curl == 0) return;
  fprintf(stderr,
          "LEAK between failure %ld and %ld: %ld blocks of Lua's, %ld of the core's, %ld of "
          "libcurl's\n",
          from, to, lua, core, curl);
  exit(1);
}

/* Fails one allocation after another while the program runs. */
static outcome fail_runs(char **argv, bool lasting, long step) {
  outcome o = {0, 0};
  lua_State *L = NULL;
  long first = 1, at = 1;
  for (bool failed = true; failed; at += step) {
    if (L == NULL) {
      L = new_state();
      first = at;
      if (!load(L, argv, 0, false)) die(L, "loading");
    }
    const bool good = run(L, at, lasting);
    failed = counted.failed;
    o.runs += failed;
    o.errors += !good;
    if (!run(L, 0, false)) die(L, "with memory again");
    if (at - first >= STATE_RUNS * step || !failed) {
      close_state(L, first, at);
      L = NULL;
    }
  }
  return o;
}

/* Fails one allocation after another while the module is loaded. */
static outcome fail_loads(char **argv, bool lasting, long step) {
  outcome o = {0, 0};
  for (long at = 1;; at += step) {
    lua_State *L = new_state();
    const bool good = load(L, argv, at, lasting);
    const bool failed = counted.failed;
    o.runs += failed;
    o.errors += !good;
    if (!good && !load(L, argv, 0, false)) die(L, "loading, with memory again");
    if (!run(L, 0, false)) die(L, "with memory again");
    close_state(L, at, at);
    if (!failed) return o;
  }
}

/* == The key ======================================================================== */

static struct {
  const char *key;
  size_t length;
  long frees, core, headers, request; /* all freed blocks; those that held the key */
} watch;

static bool holds_key(const char *block, size_t size) {
  for (size_t i = 0; i + watch.length <= size; i++)
    if (memcmp(block + i, watch.key, watch.length) == 0) return true;
  return false;
}

static void look(enum counted_owner owner, const char *block, size_t size) {
  static const char HEADER[] = "X-API-Key: ";
  watch.frees++;
  if (owner == COUNTED_LUA || !holds_key(block, size)) return;
  if (owner == COUNTED_CORE)
    watch.core++;
  else if (strncmp(block, HEADER, strlen(HEADER)) == 0)
    watch.headers++;
  else
    watch.request++;
}

/* Whether no block of the core, and none of its headers, held the key when it was freed. */
static bool watch_key(char **argv) {
  lua_State *L = new_state();
  watch.key = argv[2];
  watch.length = strlen(argv[2]);
  counted.on_free = look;
  if (!load(L, argv, 0, false) || !run(L, 0, false)) die(L, "watching");
  lua_close(L);
  counted.on_free = NULL;
  printf(
      "  the key, in %ld blocks when they were freed: %ld of the core's, %ld of its headers, %ld "
      "of libcurl's own\n",
      watch.frees, watch.core, watch.headers, watch.request);
  return watch.core == 0 && watch.headers == 0;
}

static void report(const char *what, bool lasting, outcome o) {
  printf("  %-8s %-22s %6ld failures: %ld errors, %ld successes\n", what,
         lasting ? "all from there on" : "a single allocation", o.runs, o.errors,
         o.runs - o.errors);
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const long step = argc > 3 ? atol(argv[3]) : 1;
  curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, counted_give, curl_realloc, curl_strdup,
                       curl_calloc);
  fail_runs(argv, false, 1000000); /* for the blocks that libcurl allocates once */
  curl_blocks = counted.live[COUNTED_CURL].blocks;
  for (int lasting = 0; lasting < 2; lasting++) {
    report("running", lasting, fail_runs(argv, lasting, step));
    report("loading", lasting, fail_loads(argv, lasting, step * 29));
  }
  return watch_key(argv) ? 0 : 1;
}
