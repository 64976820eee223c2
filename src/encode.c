#include "encode.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "buffer.h"
#include "json.h"
#include "number.h"
#include "object.h"
#include "simd.h"

#define TEXT     "sigmamind.text"
#define SHOWN    16                  /* levels of a path */
#define KEPT_MAX ((size_t)64 * 1024) /* bytes of the shared text that are kept from call to call */

/* A userdata that owns the text while it is written. One is shared by all calls; a call that begins
** while it is in use, in a finalizer, has its own. */
typedef struct text {
  buffer bytes;
  bool in_use;
} text;

/* Where a value stands in the one that it is part of. */
typedef struct place {
  const void *table; /* the table that is being written at this level */
  int key;           /* the stack index of its key; 0: it is an element */
  int64_t element;
} place;

typedef struct encoding {
  lua_State *L;
  buffer *out;
  int null, array_mt; /* stack indices; 0: there is none */
  int depth;          /* of the value that is being written, which is in so many tables */
  const char *wrong;  /* what is wrong with it; NULL: memory ran out */
  place places[JSON_MAX_DEPTH];
} encoding;

static const char NOT_UTF8[] = "a string is not valid UTF-8";
static const char NO_FORM[] = "has no JSON form"; /* a value of its type */

static bool refuse(encoding *e, const char *wrong) {
  e->wrong = wrong;
  return false;
}

static bool add(encoding *e, const char *bytes, size_t length) {
  return buffer_append(e->out, bytes, length);
}

static bool add_byte(encoding *e, char c) {
  char *room = buffer_room(e->out, 1);
  if (room == NULL) return false;
  *room = c;
  e->out->length++;
  return true;
}

/* == Scalars ======================================================================== */

static bool add_number(encoding *e, int index) {
  char *room = buffer_room(e->out, NUMBER_ROOM);
  if (room == NULL) return false;
  const double value = (double)lua_tonumber(e->L, index);
  if (isnan(value)) return refuse(e, "nan has no JSON form");
  if (isinf(value)) return refuse(e, "an infinite number has no JSON form");
#if LUA_VERSION_NUM >= 503
  char *end = lua_isinteger(e->L, index)
                  ? number_write_integer(room, (int64_t)lua_tointeger(e->L, index))
                  : number_write_double(room, value);
#else
  char *end = number_write_double(room, value);
#endif
  e->out->length += (size_t)(end - room);
  return true;
}

/* Writes the escape of a quote, a backslash or a control character; returns the end of it. */
static char *put_escape(char *out, char c) {
  static const char LETTERS[] = {'b', 't', 'n', 0, 'f', 'r'};
  *out++ = '\\';
  if (c == '"' || c == '\\') {
    *out++ = c;
  } else if (c >= '\b' && c <= '\r' && c != '\v') {
    *out++ = LETTERS[c - '\b'];
  } else {
    memcpy(out, "u00", 3);
    out[3] = (char)('0' + (c >> 4));
    out[4] = "0123456789abcdef"[c & 15];
    out += 5;
  }
  return out;
}

/* Copies a run, most often of a few bytes, for which a call is too much. */
static char *put_run(char *out, const char *p, size_t length) {
  if (length >= 16) {
    memcpy(out, p, length);
    return out + length;
  }
  while (length-- > 0)
    *out++ = *p++;
  return out;
}

#define ESCAPE_ROOM 8 /* an escape has six bytes at most, and a string two quotes */

/* Where the string goes on whose bytes from p to `end` are to come: with room for them as they are,
** and one escape. NULL: memory ran out. */
static char *make_room(encoding *e, char *out, const char *p, const char *end) {
  buffer *b = e->out;
  const size_t needed = (size_t)(end - p) + ESCAPE_ROOM;
  if (out != NULL) b->length = (size_t)(out - b->data);
  if (out != NULL && b->capacity - b->length > needed) return out;
  return buffer_room(b, needed);
}

static bool add_string(encoding *e, int index) {
  size_t length;
  const char *p = lua_tolstring(e->L, index, &length);
  const char *const end = p + length;
  char *out = make_room(e, NULL, p, end);
  if (out == NULL) return false;
  *out++ = '"';
  while (p < end) {
    const char *stop = simd_plain(p, end);
    out = put_run(out, p, (size_t)(stop - p));
    p = stop;
    for (size_t n; (unsigned char)*p >= 0x80; p += n) {
      if ((n = json_utf8_length(p)) == 0) return refuse(e, NOT_UTF8);
      out = put_run(out, p, n);
    }
    for (; p < end && (unsigned char)*p < 0x80 && !simd_is_plain(*p); p++) {
      if ((out = make_room(e, out, p, end)) == NULL) return false;
      out = put_escape(out, *p);
    }
  }
  *out++ = '"';
  e->out->length = (size_t)(out - e->out->data);
  return true;
}

/* == Tables ========================================================================= */

static bool add_value(encoding *e);

/* Of the table that was entered last. */
static bool refuse_keys(encoding *e) {
  e->depth--;
  return refuse(e, "the keys of a table are neither names nor 1 to n");
}

/* The name of a field could not be added. */
static bool refuse_name(encoding *e) {
  e->depth--;
  return e->wrong == NULL ? false : refuse(e, "the name of a field is not valid UTF-8");
}

static bool has_array_mt(const encoding *e, int index) {
  if (e->array_mt == 0 || !lua_getmetatable(e->L, index)) return false;
  const bool has = lua_rawequal(e->L, -1, e->array_mt);
  lua_pop(e->L, 1);
  return has;
}

/* The number of elements, where the keys are 1 to n; -1 where they are not. */
static int64_t count_elements(lua_State *L, int table) {
  const int64_t max = (int64_t)sm_rawlen(L, table);
  int64_t count = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    const lua_Number key = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : 0;
    if (!(key >= 1 && key <= (lua_Number)max && key == floor(key))) {
      lua_pop(L, 2);
      return -1;
    }
    count++;
  }
  return count == max ? count : -1;
}

static bool add_element(encoding *e, place *here, int64_t i) {
  if (i > 1 && !add_byte(e, ',')) return false;
  here->element = i;
  return add_value(e);
}

/* Adds the elements behind the first `added`, of a table that does not store them in order. What was
** added stays: to begin again would double the work at each level. */
static bool add_unordered(encoding *e, int table, place *here, int64_t added) {
  const int64_t count = count_elements(e->L, table);
  if (count < 0) return refuse_keys(e);
  for (int64_t i = added + 1; i <= count; i++) {
    lua_rawgeti(e->L, table, (int)i);
    if (!add_element(e, here, i)) return false;
    lua_pop(e->L, 1);
  }
  return add_byte(e, ']');
}

/* A table stores its elements in order, most often. */
static bool add_array(encoding *e, int table, place *here) {
  lua_State *L = e->L;
  if (!add_byte(e, '[')) return false;
  int64_t count = 0;
  here->key = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TNUMBER || lua_tonumber(L, -2) != (lua_Number)(count + 1)) {
      lua_pop(L, 2);
      return add_unordered(e, table, here, count);
    }
    if (!add_element(e, here, ++count)) return false;
  }
  return add_byte(e, ']');
}

/* With the first key and value on the stack, which it takes. */
static bool add_object(encoding *e, int table, place *here) {
  lua_State *L = e->L;
  here->key = lua_gettop(L) - 1;
  if (!add_byte(e, '{')) return false;
  for (bool more = true, first = true; more; first = false) {
    if (lua_type(L, -2) != LUA_TSTRING) return refuse_keys(e);
    if (!first && !add_byte(e, ',')) return false;
    if (!add_string(e, here->key)) return refuse_name(e);
    if (!add_byte(e, ':') || !add_value(e)) return false;
    lua_pop(L, 1);
    more = lua_next(L, table) != 0;
  }
  return add_byte(e, '}');
}

/* The first key tells what the others must be. An empty table is an object. */
static bool add_by_keys(encoding *e, int table, place *here) {
  lua_State *L = e->L;
  lua_pushnil(L);
  if (!lua_next(L, table)) return add(e, "{}", 2);
  if (lua_type(L, -2) == LUA_TSTRING) return add_object(e, table, here);
  lua_pop(L, 2);
  return add_array(e, table, here);
}

/* Cuts the path where a table comes again. */
static bool refuse_depth(encoding *e) {
  for (int last = 1; last < e->depth; last++)
    for (int i = 0; i < last; i++) {
      if (e->places[i].table != e->places[last].table) continue;
      e->depth = last;
      return refuse(e, "a table contains itself");
    }
  return refuse(e, "tables are nested deeper than 500 levels");
}

static bool add_table(encoding *e) {
  lua_State *L = e->L;
  const int table = lua_gettop(L);
  if (e->depth == JSON_MAX_DEPTH) return refuse_depth(e);
  if (!lua_checkstack(L, LUA_MINSTACK)) return false;
  place *here = &e->places[e->depth++];
  here->table = lua_topointer(L, table);
  if (!(has_array_mt(e, table) ? add_array : add_by_keys)(e, table, here)) return false;
  e->depth--;
  return true;
}

/* Adds the value on top of the stack. False, with the stack and the depth as they were then: something
** in it has no JSON form, or memory ran out. [0] */
static bool add_value(encoding *e) {
  lua_State *L = e->L;
  if (e->null != 0 && lua_rawequal(L, -1, e->null)) return add(e, "null", 4);
  switch (lua_type(L, -1)) {
  case LUA_TSTRING: return add_string(e, lua_gettop(L));
  case LUA_TNUMBER: return add_number(e, lua_gettop(L));
  case LUA_TTABLE: return add_table(e);
  case LUA_TNIL: return add(e, "null", 4);
  case LUA_TBOOLEAN: return lua_toboolean(L, -1) ? add(e, "true", 4) : add(e, "false", 5);
  case LUA_TLIGHTUSERDATA:
    if (lua_touserdata(L, -1) == NULL) return add(e, "null", 4);
  }
  return refuse(e, NO_FORM);
}

/* == The call ======================================================================= */

static int l_gc(lua_State *L) {
  text *t = lua_touserdata(L, 1);
  buffer_free(&t->bytes);
  return 0;
}

void encode_push_upvalue(lua_State *L) {
  text *t = lua_newuserdata(L, sizeof *t);
  memset(t, 0, sizeof *t);
  t->bytes.max = SIZE_MAX / 4;
  if (luaL_newmetatable(L, TEXT)) {
    lua_pushcfunction(L, l_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
}

/* Makes the text ready for another call. */
static void release(text *t) {
  if (t->bytes.capacity > KEPT_MAX) buffer_free(&t->bytes);
  t->in_use = false;
}

/* Pushes the path to the value that was refused: contacts[3].phone. [+1] */
static void push_path(const encoding *e) {
  lua_State *L = e->L;
  lua_pushliteral(L, "");
  for (int i = 0; i < e->depth && i < SHOWN; i++) {
    const place *p = &e->places[i];
    if (p->key == 0)
      lua_pushfstring(L, "[%d]", (int)p->element);
    else
      lua_pushfstring(L, i == 0 ? "%s" : ".%s", lua_tostring(L, p->key));
    lua_concat(L, 2);
  }
  if (e->depth > SHOWN) lua_pushliteral(L, "...");
  if (e->depth > SHOWN) lua_concat(L, 2);
}

/* What is wrong, with the refused value on top of the stack. */
static int fail(const encoding *e) {
  lua_State *L = e->L;
  const char *type = e->wrong == NO_FORM ? luaL_typename(L, -1) : NULL;
  lua_pushnil(L);
  push_path(e);
  if (e->depth > 0) lua_pushliteral(L, ": ");
  if (type != NULL) lua_pushfstring(L, "a %s ", type);
  lua_pushstring(L, e->wrong);
  lua_concat(L, 2 + (e->depth > 0) + (type != NULL));
  return 2;
}

enum { VALUE = 1, SETTINGS, NULL_VALUE, ARRAY_MT };

static const char *const SETTING_NAMES[] = {"null", "array_mt", NULL};

/* If Lua raises for lack of memory, in lua_pushlstring or lua_checkstack, the shared text stays in
** use, and later calls have their own. */
int encode_lua(lua_State *L) {
  luaL_checkany(L, VALUE);
  lua_settop(L, SETTINGS);
  encoding e; /* but for its places, which are 12 KB */
  e.L = L;
  e.null = e.array_mt = e.depth = 0;
  e.wrong = NULL;
  if (!lua_isnil(L, SETTINGS)) {
    luaL_checktype(L, SETTINGS, LUA_TTABLE);
    object_check_names(L, SETTINGS, SETTINGS, "option", SETTING_NAMES);
    lua_getfield(L, SETTINGS, "null");
    lua_getfield(L, SETTINGS, "array_mt");
    e.null = lua_isnil(L, NULL_VALUE) ? 0 : NULL_VALUE;
    e.array_mt = lua_isnil(L, ARRAY_MT) ? 0 : ARRAY_MT;
  }
  text *t = lua_touserdata(L, lua_upvalueindex(1));
  if (t->in_use) {
    encode_push_upvalue(L);
    t = lua_touserdata(L, -1);
  }
  t->in_use = true;
  t->bytes.length = 0;
  e.out = &t->bytes;
  lua_pushvalue(L, VALUE);
  if (add_value(&e)) {
    lua_pushlstring(L, buffer_text(e.out), e.out->length);
    release(t);
    return 1;
  }
  release(t);
  return e.wrong != NULL ? fail(&e) : luaL_error(L, "not enough memory");
}
