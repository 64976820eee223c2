/*
** fuzz: gives libFuzzer's inputs to a Lua program, which raises an error when something is not as
** it must be. PROGRAM is its file: it returns a function of a string.
**
** The program has the core as sigmamind.core, and here besides the reader of reply headers, which no
** input reaches without a server: transfer.c is part of this file, and header(head, name) calls it.
*/
#include <stdint.h>
#include <stdlib.h>
#include <lualib.h>

#include "../../src/transfer.c"

int luaopen_sigmamind_core(lua_State *L);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* header(head, name) -> string | nil */
static int header(lua_State *L) {
  size_t length;
  const char *head = luaL_checklstring(L, 1, &length);
  luaL_checkstring(L, 2);
  transfer *t = lua_newuserdata(L, sizeof *t);
  memset(t, 0, sizeof *t);
  object_set_type(L, TRANSFER);
  t->head.max = HEAD_MAX;
  lua_replace(L, 1);
  if (!body_append(&t->head, head, length)) return luaL_error(L, "no room for the head");
  return l_header(L);
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
  luaL_getmetatable(L, TRANSFER); /* the upvalue that l_header has as a method */
  lua_pushcclosure(L, header, 1);
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
