#include "build.h"

#include <string.h>

#include "compat.h"
#include "number.h"

/* == Strings ======================================================================== */

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

void build_string(lua_State *L, const char *p, const char *end, bool escaped) {
  if (escaped)
    push_unescaped(L, p + 1, end - 1);
  else
    lua_pushlstring(L, p + 1, (size_t)(end - p) - 2);
}

static const char *push_string(builder *b, const char *p) {
  bool escaped;
  const char *end = build_string_end(b, p, &escaped);
  build_string(b->L, p, end, escaped);
  return end;
}

/* Mixes all bytes of a short string, some bytes of a longer one; where that does not tell two
** apart, they take turns in a slot. */
static unsigned slot_of(const char *p, size_t length) {
  uint64_t head = 0, middle = 0, tail = 0;
  if (length >= 8) {
    head = vector_load(p);
    middle = vector_load(p + length / 2 - 4);
    tail = vector_load(p + length - 8);
  } else {
    memcpy(&head, p, length);
  }
  const uint64_t hash = (head ^ length) * UINT64_C(0x9E3779B97F4A7C15) ^
                        middle * UINT64_C(0xC2B2AE3D27D4EB4F) ^ tail * UINT64_C(0xD6E8FEB86659FD93);
  return (unsigned)(hash >> 48) % WORDS;
}

bool build_word(builder *b, const char *p, const char *end) {
  lua_State *L = b->L;
  const size_t length = (size_t)(end - p);
  if (length > WORD_MAX) {
    build_string(L, p, end, false);
    return false;
  }
  const unsigned slot = slot_of(p, length);
  word *w = &b->memory->words[slot];
  if (w->length == length && vector_same(w->text, p, length)) {
    lua_rawgeti(L, b->strings, (int)slot + 1);
    return true;
  }
  build_string(L, p, end, false);
  lua_pushvalue(L, -1);
  lua_rawseti(L, b->strings, (int)slot + 1);
  memcpy(w->text, p, length);
  w->length = (uint8_t)length;
  return false;
}

/* Pushes the key at p. [+1] */
static const char *push_key(builder *b, const char *p) {
  bool escaped;
  const char *end = build_string_end(b, p, &escaped);
  if (escaped)
    build_string(b->L, p, end, true);
  else
    build_word(b, p, end);
  return end;
}

/* A number that the host's number type does not hold exactly keeps its digits, as a string. */
static const char *push_number(lua_State *L, const char *p) {
  const number n = number_read(p);
  if (n.kind == NUMBER_TEXT)
    lua_pushlstring(L, p, (size_t)(n.end - p));
  else if (n.kind == NUMBER_FLOAT)
    lua_pushnumber(L, n.real);
  else
    sm_pushinteger(L, n.integer);
  return n.end;
}

/* == Tables ========================================================================= */

/* Where the size of the next table is remembered. */
static uint32_t *next_size(builder *b, uint32_t *unused) {
  return b->tables < SIZES ? &b->memory->sizes[b->tables++] : unused;
}

/* A table is made as large as its elder sibling became, but no longer once that is far too
** large. */
static void remember_size(uint32_t *size, uint32_t fields) {
  if (fields > SIZE_MOST) fields = SIZE_MOST;
  if (fields > *size || fields < *size / 2) *size = fields;
}

/* Stack slots are reserved for eight levels at a time: each takes at most three, the table, a key
** and the value below. */
static void enter(builder *b) {
  if (b->depth++ % 8 == 0) luaL_checkstack(b->L, 8 * 3 + 4, "JSON too deep");
}

const char *build_field(builder *b, const char *p) {
  if (*p != 'n') return build_value(b, p);
  lua_rawgeti(b->L, b->settings, SETTING_NULL);
  return p + 4;
}

static const char *push_object(builder *b, const char *p) {
  lua_State *L = b->L;
  uint32_t unused = 0, fields = 0;
  uint32_t *size = next_size(b, &unused);
  p = json_space(p + 1);
  lua_createtable(L, 0, *p == '}' ? 0 : (int)*size);
  if (*p == '}') return p + 1;
  enter(b);
  for (;; p = json_space(p + 1)) {
    p = json_space(push_key(b, p));
    p = json_space(p + 1);
    p = json_space(build_field(b, p));
    lua_rawset(L, -3); /* nil removes an earlier field of that name */
    fields++;
    if (*p == '}') break;
  }
  b->depth--;
  remember_size(size, fields);
  return p + 1;
}

static const char *push_array(builder *b, const char *p) {
  lua_State *L = b->L;
  uint32_t unused = 0;
  uint32_t *size = next_size(b, &unused);
  p = json_space(p + 1);
  lua_createtable(L, *p == ']' ? 0 : (int)*size, 0);
  lua_rawgeti(L, b->settings, SETTING_ARRAY_MT);
  if (lua_isnil(L, -1))
    lua_pop(L, 1);
  else
    lua_setmetatable(L, -2);
  if (*p == ']') return p + 1;
  enter(b);
  int n = 0;
  for (;; p = json_space(p + 1)) {
    p = json_space(build_value(b, p));
    lua_rawseti(L, -2, ++n);
    if (*p == ']') break;
  }
  b->depth--;
  remember_size(size, (uint32_t)n);
  return p + 1;
}

const char *build_value(builder *b, const char *p) {
  lua_State *L = b->L;
  switch (*p) {
  case '{': return push_object(b, p);
  case '[': return push_array(b, p);
  case '"': return push_string(b, p);
  case 't': lua_pushboolean(L, 1); return p + 4;
  case 'f': lua_pushboolean(L, 0); return p + 5;
  case 'n': lua_pushlightuserdata(L, NULL); return p + 4;
  default: return push_number(L, p);
  }
}
