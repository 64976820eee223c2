#include "decode.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"

typedef struct builder {
  lua_State *L;
  int null;     /* stack index of what a null field becomes; 0: the field is absent */
  int array_mt; /* stack index of the metatable of arrays; 0: none */
} builder;

static const char *push_value(const builder *b, const char *p);

/* Pushes the decoded string between its quotes. The scratch space is Lua's, so an error while
** interning frees it. [+1] */
static void push_unescaped(lua_State *L, const char *first, const char *last) {
  char small[256];
  const size_t room = (size_t)(last - first);
  if (room <= sizeof small) {
    lua_pushlstring(L, small, json_unescape(small, first, last));
    return;
  }
  char *large = lua_newuserdata(L, room);
  lua_pushlstring(L, large, json_unescape(large, first, last));
  lua_remove(L, -2);
}

static const char *push_string(lua_State *L, const char *p) {
  const char *first = p + 1;
  const char *last = json_skip_string(p) - 1;
  const size_t length = (size_t)(last - first);
  if (memchr(first, '\\', length) != NULL)
    push_unescaped(L, first, last);
  else
    lua_pushlstring(L, first, length);
  return last + 1;
}

/* strtod reads the decimal point of the process's locale. Where that is not '.', the number is
** copied with the locale's own; the point is found by printing one, which needs no global. */
static double to_double(lua_State *L, const char *p, size_t length) {
  char half[16];
  const int printed = snprintf(half, sizeof half, "%.1f", 0.5);
  const char *dot = memchr(p, '.', length);
  if (dot == NULL || printed < 3 || (printed == 3 && half[1] == '.')) return strtod(p, NULL);
  const size_t point = (size_t)printed - 2, head = (size_t)(dot - p);
  char *copy = lua_newuserdata(L, length + point);
  memcpy(copy, p, head);
  memcpy(copy + head, half + 1, point);
  memcpy(copy + head + point, dot + 1, length - head - 1);
  copy[length + point - 1] = '\0';
  const double value = strtod(copy, NULL);
  lua_pop(L, 1);
  return value;
}

/* A number beyond the range of a double keeps its spelling, as a string: never an infinity. */
static const char *push_fraction(lua_State *L, const char *p, const char *end) {
  const size_t length = (size_t)(end - p);
  const double value = to_double(L, p, length);
  if (isinf(value))
    lua_pushlstring(L, p, length);
  else
    lua_pushnumber(L, value);
  return end;
}

static void push_integer(lua_State *L, uint64_t magnitude, bool negative) {
#if LUA_VERSION_NUM >= 503
  if (magnitude > 0 || !negative) {
    lua_pushinteger(L, (lua_Integer)(negative ? 0 - magnitude : magnitude));
    return;
  }
#endif
  const lua_Number value = (lua_Number)magnitude;
  lua_pushnumber(L, negative ? -value : value);
}

/* An integer that the host's number type does not hold exactly keeps its digits, as a string. */
static const char *push_number(lua_State *L, const char *p) {
  const char *const start = p;
  const bool negative = *p == '-';
  const uint64_t limit = negative ? SM_INTEGER_MIN : SM_INTEGER_MAX;
  uint64_t magnitude = 0;
  bool exact = true;
  if (negative) p++;
  for (; *p >= '0' && *p <= '9'; p++) {
    const unsigned digit = (unsigned)(*p - '0');
    exact = exact && magnitude <= (limit - digit) / 10;
    if (exact) magnitude = magnitude * 10 + digit;
  }
  if (*p == '.' || *p == 'e' || *p == 'E')
    return push_fraction(L, start, p + strspn(p, "+-.eE0123456789"));
  if (exact)
    push_integer(L, magnitude, negative);
  else
    lua_pushlstring(L, start, (size_t)(p - start));
  return p;
}

/* Pushes a null that stands in an object: nil (which removes the field) or the caller's own. */
static const char *push_null_field(const builder *b, const char *p) {
  if (b->null != 0)
    lua_pushvalue(b->L, b->null);
  else
    lua_pushnil(b->L);
  return p + 4;
}

static const char *push_object(const builder *b, const char *p) {
  lua_State *L = b->L;
  lua_newtable(L);
  for (p = json_space(p + 1); *p != '}'; p = json_space(p)) {
    if (*p == ',') p = json_space(p + 1);
    p = json_space(push_string(L, p));
    p = json_space(p + 1);
    p = *p == 'n' ? push_null_field(b, p) : push_value(b, p);
    lua_rawset(L, -3);
  }
  return p + 1;
}

static const char *push_array(const builder *b, const char *p) {
  lua_State *L = b->L;
  lua_newtable(L);
  if (b->array_mt != 0) {
    lua_pushvalue(L, b->array_mt);
    lua_setmetatable(L, -2);
  }
  int n = 0;
  for (p = json_space(p + 1); *p != ']'; p = json_space(p)) {
    if (*p == ',') p = json_space(p + 1);
    p = push_value(b, p);
    lua_rawseti(L, -2, ++n);
  }
  return p + 1;
}

/* Each level takes at most three slots: the table, a key, and the value below. */
static const char *push_value(const builder *b, const char *p) {
  lua_State *L = b->L;
  luaL_checkstack(L, 4, "JSON too deep");
  switch (*p) {
  case '{': return push_object(b, p);
  case '[': return push_array(b, p);
  case '"': return push_string(L, p);
  case 't': lua_pushboolean(L, 1); return p + 4;
  case 'f': lua_pushboolean(L, 0); return p + 5;
  case 'n': lua_pushlightuserdata(L, NULL); return p + 4;
  default: return push_number(L, p);
  }
}

/* Pushes settings[name]; returns its index, or 0 if it is nil. [+1] */
static int push_setting(lua_State *L, int settings, const char *name) {
  lua_getfield(L, settings, name);
  return lua_isnil(L, -1) ? 0 : lua_gettop(L);
}

const char *decode_push(lua_State *L, const char *p, int settings) {
  const int top = lua_gettop(L);
  luaL_checkstack(L, 3, "JSON too deep");
  const int null = push_setting(L, settings, "null");
  const builder b = {L, null, push_setting(L, settings, "array_mt")};
  p = push_value(&b, p);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return p;
}

unsigned decode_settings(lua_State *L, int from) {
  unsigned max_depth = DECODE_MAX_DEPTH_DEFAULT;
  if (lua_isnoneornil(L, from)) return max_depth;
  luaL_checktype(L, from, LUA_TTABLE);
  lua_getfield(L, from, "null");
  lua_setfield(L, -2, "null");
  lua_getfield(L, from, "array_mt");
  luaL_argcheck(L, lua_isnil(L, -1) || lua_istable(L, -1), from, "array_mt must be a table");
  lua_setfield(L, -2, "array_mt");
  lua_getfield(L, from, "max_depth");
  if (!lua_isnil(L, -1)) {
    const lua_Number depth = lua_tonumber(L, -1);
    luaL_argcheck(L, depth >= 1 && depth <= DECODE_MAX_DEPTH_LIMIT, from,
                  "max_depth must be a number from 1 to 1000");
    max_depth = (unsigned)depth;
  }
  lua_pop(L, 1);
  return max_depth;
}

int decode_failed(lua_State *L, const json_scan *scan, const char *text, const char *end) {
  const char *found = scan->at == end ? ", found the end of the text" : "";
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
  json_scan scan = {decode_settings(L, 2), NULL, NULL};
  const char *start = json_space(text);
  const char *p = json_check_value(&scan, start, 0);
  if (p == NULL || json_check_end(&scan, p, text + length) == NULL)
    return decode_failed(L, &scan, text, text + length);
  decode_push(L, start, 3);
  return 1;
}
