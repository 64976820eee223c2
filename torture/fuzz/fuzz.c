/*
** fuzz: gives libFuzzer's inputs to a Lua program, which raises an error when something is not as
** it must be. PROGRAM is its file: it returns a function of a string.
**
** The program has the core as sigmamind.core, and besides header(head, name), the reader of reply
** headers, which no input reaches without a server.
*/
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <lauxlib.h>
#include <lualib.h>

#include "../../src/reply.h"

int luaopen_sigmamind_core(lua_State *L);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* header(head, name) -> string | nil */
static int header(lua_State *L) {
  size_t name_length, length;
  const char *name = luaL_checklstring(L, 2, &name_length);
  reply r;
  reply_init(&r, 0);
  r.head.data = (char *)luaL_checklstring(L, 1, &r.head.length);
  const char *value = reply_header(&r, name, name_length, &length);
  if (value == NULL) return 0;
  lua_pushlstring(L, value, length);
  return 1;
}

static lua_State *open_state(void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_sigmamind_core);
  lua_setfield(L, -2, "sigmamind.core");
  lua_settop(L, 0);
  if (luaL_loadfile(L, PROGRAM) != 0 || lua_pcall(L, 0, 1, 0) != 0) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    exit(2);
  }
  lua_pushcfunction(L, header);
  lua_setglobal(L, "header");
  return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static lua_State *L = NULL;
  if (L == NULL) L = open_state();
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_pushlstring(L, (const char *)data, size);
  if (lua_pcall(L, 1, 0, 0) != 0) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    abort();
  }
  return 0;
}
