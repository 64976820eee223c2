#include "decode.h"

#include <stdio.h>
#include <string.h>

#include "build.h"
#include "object.h"
#include "query.h"
#include "template.h"

#define REMEMBERED "sigmamind.remembered"

/* Pushes what a builder needs of the settings. [+2] */
static builder begin(lua_State *L, const char *end, int settings) {
  builder b = {L, end, NULL, 0, settings, 0, 0};
  luaL_checkstack(L, 12, "JSON too deep");
  lua_rawgeti(L, settings, SETTING_MEMORY);
  b.memory = lua_touserdata(L, -1);
  lua_rawgeti(L, settings, SETTING_STRINGS);
  b.strings = lua_gettop(L);
  return b;
}

void decode_push(lua_State *L, const char *p, const char *end, int settings) {
  builder b = begin(L, end, settings);
  build_value(&b, p);
}

const char *decode_push_row(lua_State *L, const char *p, const char *end, int settings,
                            int templates, int query) {
  builder b = begin(L, end, settings);
  filter *f = query_check(L, query);
  const char *row_end = templates_row(&b, templates, p);
  if (row_end != NULL) return row_end;
  return f != NULL && f->selects ? query_push_row(&b, f, query, p) : build_value(&b, p);
}

const char *decode_push_like(lua_State *L, const char *p, const char *end, int settings,
                             row_template *t, int constructor) {
  builder b = begin(L, end, settings);
  lua_pushvalue(L, constructor);
  return template_row(&b, t, p);
}

/* What is remembered from row to row is one for each Lua state, in a table in the registry. The
** templates are those of whole rows; each query has its own. */
void decode_register(lua_State *L) {
  lua_newtable(L);
  memset(lua_newuserdata(L, sizeof(memory)), 0, sizeof(memory));
  lua_rawseti(L, -2, SETTING_MEMORY);
  lua_createtable(L, WORDS, 0);
  lua_rawseti(L, -2, SETTING_STRINGS);
  templates_new(L);
  lua_rawseti(L, -2, SETTING_TEMPLATES);
  lua_setfield(L, LUA_REGISTRYINDEX, REMEMBERED);
}

static void add_memory(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, REMEMBERED);
  for (int slot = SETTING_MEMORY; slot <= SETTING_TEMPLATES; slot++) {
    lua_rawgeti(L, -1, slot);
    lua_rawseti(L, -3, slot);
  }
  lua_pop(L, 1);
}

void decode_push_templates(lua_State *L, int settings) {
  lua_rawgeti(L, settings, SETTING_TEMPLATES);
}

unsigned decode_settings(lua_State *L, int from) {
  unsigned max_depth = DECODE_MAX_DEPTH_DEFAULT;
  add_memory(L);
  if (lua_isnoneornil(L, from)) return max_depth;
  luaL_checktype(L, from, LUA_TTABLE);
  lua_getfield(L, from, "null");
  lua_rawseti(L, -2, SETTING_NULL);
  lua_getfield(L, from, "array_mt");
  luaL_argcheck(L, lua_isnil(L, -1) || lua_istable(L, -1), from, "array_mt must be a table");
  lua_rawseti(L, -2, SETTING_ARRAY_MT);
  lua_getfield(L, from, "max_depth");
  if (!lua_isnil(L, -1)) {
    const lua_Number depth = lua_tonumber(L, -1);
    luaL_argcheck(L, depth >= 1 && depth <= DECODE_MAX_DEPTH_LIMIT, from,
                  "max_depth must be a number from 1 to 500");
    max_depth = (unsigned)depth;
  }
  lua_pop(L, 1);
  return max_depth;
}

int decode_failed(lua_State *L, const json_scan *scan, const char *text) {
  const char *found = scan->at == scan->end ? ", found the end of the text" : "";
  char offset[24]; /* lua_pushfstring has no size_t */
  snprintf(offset, sizeof offset, "%zu", (size_t)(scan->at - text));
  lua_pushnil(L);
  lua_pushfstring(L, "invalid JSON at byte %s: expected %s%s", offset, scan->expected, found);
  lua_pushliteral(L, "decode");
  return 3;
}

int decode_lua(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_settop(L, 2);
  lua_newtable(L);
  json_scan scan = {text + length, 0, decode_settings(L, 2), NULL, NULL};
  const char *start = json_space(text);
  const char *p = json_check_value(&scan, start, 0);
  if (p == NULL || json_check_end(&scan, p) == NULL) return decode_failed(L, &scan, text);
  decode_push(L, start, scan.end, 3);
  return 1;
}
