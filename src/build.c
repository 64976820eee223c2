#include "build.h"

#include <string.h>

#include "compat.h"
#include "json.h"
#include "number.h"
#include "vector.h"

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

const char *build_string_end(const builder *b, const char *p, bool *escaped) {
  const char *q = vector_quote(p + 1, b->end);
  *escaped = *q == '\\';
  return *escaped ? json_skip_string(p, b->end) : q + 1;
}

bool build_is_word(const builder *b, const word *w, const char *p) {
  return w->length != 0 && b->end - p >= w->length && vector_same(w->text, p, w->length);
}

static const char *push_string(builder *b, const char *p) {
  bool escaped;
  const char *end = build_string_end(b, p, &escaped);
  build_string(b->L, p, end, escaped);
  return end;
}

/* Some bytes tell the keys of a row apart; where they do not, two take turns in a slot. */
static unsigned slot_of(const char *text, size_t length) {
  const unsigned first = (unsigned char)text[1], middle = (unsigned char)text[length / 2],
                 last = (unsigned char)text[length - 2];
  const unsigned hash = (unsigned)length * 0x9E3779B1u ^ first * 0x85EBCA6Bu ^
                        middle * 0xC2B2AE35u ^ last * 0x27D4EB2Fu;
  return (hash >> 25) % WORDS;
}

/* Pushes the key at p, from memory if it is there. [+1] */
static const char *push_key(builder *b, const char *p) {
  lua_State *L = b->L;
  bool escaped;
  const char *end = build_string_end(b, p, &escaped);
  const size_t length = (size_t)(end - p);
  if (escaped || length > WORD_MAX) {
    build_string(L, p, end, escaped);
    return end;
  }
  const unsigned slot = slot_of(p, length);
  word *w = &b->memory->keys[slot];
  if (w->length == length && vector_same(w->text, p, length)) {
    lua_rawgeti(L, b->keys, (int)slot + 1);
    return end;
  }
  build_string(L, p, end, false);
  lua_pushvalue(L, -1);
  lua_rawseti(L, b->keys, (int)slot + 1);
  memcpy(w->text, p, length);
  w->length = (uint8_t)length;
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

/* A table is made as large as its elder sibling became, but no longer once that is far too large.
 */
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
  if (b->null != 0)
    lua_pushvalue(b->L, b->null);
  else
    lua_pushnil(b->L);
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
  if (b->array_mt != 0) {
    lua_pushvalue(L, b->array_mt);
    lua_setmetatable(L, -2);
  }
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
