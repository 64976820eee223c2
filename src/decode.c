#include "decode.h"

#include <stdio.h>
#include <string.h>

#include "number.h"
#include "object.h"
#include "vector.h"

#define SHAPED_DEPTH 8 /* objects that are nested deeper are built without templates */

/* == Strings ======================================================================== */

/* Pushes the checked string between its quotes. The scratch space is Lua's, so an error while
** interning frees it. [+1] */
static void push_unescaped(lua_State *L, const char *first, const char *last) {
  char small[1024];
  const size_t room = JSON_ROOM((size_t)(last - first));
  if (room <= sizeof small) {
    lua_pushlstring(L, small, json_unescape(small, first, last));
    return;
  }
  char *large = lua_newuserdata(L, room);
  lua_pushlstring(L, large, json_unescape(large, first, last));
  lua_remove(L, -2);
}

/* Pushes the string from p, its opening quote, of which the bytes before q are plain. [+1] */
static const char *push_other_string(decoding *d, const char *p, const char *q) {
  bool escaped = false;
  const char *end = json_check_string(&d->scan, q, &escaped);
  if (end == NULL) return NULL;
  if (escaped)
    push_unescaped(d->L, p + 1, end - 1);
  else
    lua_pushlstring(d->L, p + 1, (size_t)(end - p) - 2);
  return end;
}

static const char *push_string(decoding *d, const char *p) {
  const char *q = vector_plain(p + 1, d->scan.end);
  if (*q != '"') return push_other_string(d, p, q);
  lua_pushlstring(d->L, p + 1, (size_t)(q - p) - 1);
  return q + 1;
}

/* Pushes the name at p; returns where the value is. [+1] */
static const char *push_name(decoding *d, const char *p) {
  if (*p != '"') return json_fail(&d->scan, p, "a name in quotes");
  const char *q = vector_plain(p + 1, d->scan.end);
  if (*q == '"') {
    string_cache_push(d->L, d->cache, d->strings, p + 1, (size_t)(q - p) - 1);
    p = q + 1;
  } else if ((p = push_other_string(d, p, q)) == NULL) {
    return NULL;
  }
  p = json_space(p);
  return *p == ':' ? json_space(p + 1) : json_fail(&d->scan, p, "':'");
}

/* == Scalars ======================================================================== */

/* A number that the host's number type does not hold exactly keeps its digits, as a string. [+1] */
static const char *push_number(decoding *d, const char *p) {
  json_number read;
  const char *end = json_check_number(&d->scan, p, &read);
  if (end == NULL) return NULL;
  const number n = number_of(&read, p, end);
  if (n.kind == NUMBER_TEXT)
    lua_pushlstring(d->L, p, (size_t)(end - p));
  else if (n.kind == NUMBER_FLOAT)
    lua_pushnumber(d->L, n.real);
  else
    sm_pushinteger(d->L, n.integer);
  return end;
}

/* [+1] */
static const char *push_boolean(decoding *d, const char *p) {
  lua_pushboolean(d->L, *p == 't');
  return *p == 't' ? json_check_word(&d->scan, p, "true", 4)
                   : json_check_word(&d->scan, p, "false", 5);
}

/* [+1] */
static const char *push_null(decoding *d, const char *p) {
  lua_pushlightuserdata(d->L, NULL);
  return json_check_word(&d->scan, p, "null", 4);
}

const char *decode_field(decoding *d, const char *p, unsigned depth) {
  if (*p != 'n') return decode_value(d, p, depth);
  lua_pushvalue(d->L, d->null);
  return json_check_word(&d->scan, p, "null", 4);
}

/* == Arrays ========================================================================= */

#define COLLECTED 32   /* elements that wait on the stack, until it is known how many there are */
#define CROWDED   4000 /* stack slots from which on none waits: Lua 5.1 has 8000 */

/* Makes an array, with room for so many, of the n elements on top of the stack. [-n, +1] */
static void collect(decoding *d, int n, int room) {
  lua_State *L = d->L;
  const int array = lua_gettop(L) - n + 1;
  lua_createtable(L, room, 0);
  lua_insert(L, array);
  for (int i = n; i > 0; i--)
    lua_rawseti(L, array, i);
}

/* Pushes the elements from p on into an array. [+1] */
static const char *push_elements(decoding *d, const char *p, unsigned depth) {
  lua_State *L = d->L;
  const int most = lua_gettop(L) < CROWDED ? COLLECTED : 1, array = lua_gettop(L) + 1;
  luaL_checkstack(L, COLLECTED + 4, "JSON too deep");
  for (int n = 1;; n++) {
    if ((p = decode_value(d, p, depth)) == NULL) return NULL;
    p = json_space(p);
    if (n > most)
      lua_rawseti(L, array, n);
    else if (n == most || *p == ']')
      collect(d, n, *p == ']' ? n : 2 * n);
    if (*p == ']') return p + 1;
    if (*p != ',') return json_fail(&d->scan, p, "',' or ']'");
    p = json_space(p + 1);
  }
}

/* [+1] */
static const char *push_array(decoding *d, const char *p, unsigned depth) {
  lua_State *L = d->L;
  if (depth == d->scan.max_depth) return json_fail(&d->scan, p, JSON_TOO_DEEP);
  p = json_space(p + 1);
  if (*p == ']') {
    lua_createtable(L, 0, 0);
    p++;
  } else if ((p = push_elements(d, p, depth + 1)) == NULL) {
    return NULL;
  }
  if (d->array_mt != 0) {
    lua_pushvalue(L, d->array_mt);
    lua_setmetatable(L, -2);
  }
  return p;
}

/* == Objects ======================================================================== */

/* Pushes a string without escapes, which is likely to come again if the field's last ones did. */
static void push_text(decoding *d, shape_field *f, const shape_span *s) {
  const size_t length = (size_t)(s->end - s->at) - 2;
  if (f->misses_left == 0)
    lua_pushlstring(d->L, s->at + 1, length);
  else if (string_cache_push(d->L, d->cache, d->strings, s->at + 1, length))
    f->misses_left = SHAPE_MISSES;
  else
    f->misses_left--;
}

void decode_like(decoding *d, row_template *t, int table, const shape_span *spans, unsigned depth) {
  lua_State *L = d->L;
  luaL_checkstack(L, SHAPE_FIELDS + 8, "JSON too deep");
  template_push(L, table, t);
  template_count(t);
  for (int i = 0; i < t->wanted_count; i++) {
    shape_field *f = &t->shape.fields[i];
    if (!f->wanted) continue;
    if (spans[i].kind == SPAN_STRING)
      push_text(d, f, &spans[i]);
    else if (spans[i].kind == SPAN_ESCAPED)
      push_unescaped(L, spans[i].at + 1, spans[i].end - 1);
    else
      decode_field(d, spans[i].at, depth + f->level);
  }
  lua_call(L, t->wanted_values, 1);
  lua_remove(L, -2);
}

/* Pushes the object at p by a template. NULL without a failure of the scan: none fits. [+1] */
static const char *push_shaped(decoding *d, template_place *place, const char *p, unsigned depth) {
  shape_span spans[SHAPE_FIELDS];
  row_template *t = templates_match(place, NULL, &d->scan, &p, depth, spans);
  if (t == NULL) return NULL;
  decode_like(d, t, d->built, spans, depth);
  return p;
}

/* Pushes the fields from p, the first name, on into a table. [+1] */
static const char *push_fields(decoding *d, template_place *place, const char *p, unsigned depth) {
  lua_State *L = d->L;
  uint32_t count = 0;
  luaL_checkstack(L, 8, "JSON too deep");
  lua_createtable(L, 0, (int)place->size);
  for (;;) {
    if ((p = push_name(d, p)) == NULL) return NULL;
    if ((p = decode_field(d, p, depth)) == NULL) return NULL;
    lua_rawset(L, -3); /* nil removes an earlier field of that name */
    count++;
    p = json_space(p);
    if (*p == '}') break;
    if (*p != ',') return json_fail(&d->scan, p, "',' or '}'");
    p = json_space(p + 1);
  }
  template_note_size(place, count);
  return p + 1;
}

/* [+1] */
static const char *push_object(decoding *d, const char *start, unsigned depth) {
  if (depth == d->scan.max_depth) return json_fail(&d->scan, start, JSON_TOO_DEEP);
  const char *p = json_space(start + 1);
  if (*p == '}') {
    lua_createtable(d->L, 0, 0);
    return p + 1;
  }
  templates *set = lua_touserdata(d->L, d->templates);
  template_place *place = templates_place(set, p);
  if (depth < SHAPED_DEPTH && place->count > 0) {
    const char *end = push_shaped(d, place, start, depth);
    if (end != NULL || d->scan.at != NULL) return end;
  }
  p = push_fields(d, place, p, depth + 1);
  if (p != NULL && depth < SHAPED_DEPTH && template_is_due(place, start, p))
    templates_learn(d->L, d->templates, NULL, start, p);
  return p;
}

const char *decode_value(decoding *d, const char *p, unsigned depth) {
  if (*p == '"') return push_string(d, p);
  switch (*p) {
  case '{': return push_object(d, p, depth);
  case '[': return push_array(d, p, depth);
  case 't':
  case 'f': return push_boolean(d, p);
  case 'n': return push_null(d, p);
  default:
    if (*p != '-' && (*p < '0' || *p > '9')) return json_fail(&d->scan, p, "a value");
    return push_number(d, p);
  }
}

/* == Decoders ======================================================================= */

#define SHARED "sigmamind.decoders"

/* What a decoder's table holds: its own, and what those of one Lua state share. */
enum { SLOT_NULL = 1, SLOT_ARRAY_MT, SLOT_CACHE, SLOT_STRINGS, SLOT_TEMPLATES, SLOT_BUILT };

void decode_register(lua_State *L) {
  lua_newtable(L);
  memset(lua_newuserdata(L, sizeof(string_cache)), 0, sizeof(string_cache));
  lua_rawseti(L, -2, SLOT_CACHE);
  lua_createtable(L, CACHED_STRINGS, 0);
  lua_rawseti(L, -2, SLOT_STRINGS);
  templates_new(L, true);
  sm_getuservalue(L, -1);
  lua_rawseti(L, -3, SLOT_BUILT);
  lua_rawseti(L, -2, SLOT_TEMPLATES);
  lua_setfield(L, LUA_REGISTRYINDEX, SHARED);
}

/* Sets what the decoders share in the table on top of the stack. [0] */
static void add_shared(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, SHARED);
  for (int slot = SLOT_CACHE; slot <= SLOT_BUILT; slot++) {
    lua_rawgeti(L, -1, slot);
    lua_rawseti(L, -3, slot);
  }
  lua_pop(L, 1);
}

/* Sets the options at `from` in the table on top of the stack. [0] */
static void add_options(lua_State *L, decoder *d, int from) {
  luaL_checktype(L, from, LUA_TTABLE);
  lua_getfield(L, from, "null");
  lua_rawseti(L, -2, SLOT_NULL);
  lua_getfield(L, from, "array_mt");
  luaL_argcheck(L, lua_isnil(L, -1) || lua_istable(L, -1), from, "array_mt must be a table");
  d->has_array_mt = lua_istable(L, -1);
  lua_rawseti(L, -2, SLOT_ARRAY_MT);
  lua_getfield(L, from, "max_depth");
  if (!lua_isnil(L, -1)) {
    const lua_Number depth = lua_tonumber(L, -1);
    luaL_argcheck(L, depth >= 1 && depth <= JSON_MAX_DEPTH, from,
                  "max_depth must be a number from 1 to 500");
    d->max_depth = (unsigned)depth;
  }
  lua_pop(L, 1);
}

void decoder_new(lua_State *L, int from) {
  decoder *d = lua_newuserdata(L, sizeof *d);
  d->max_depth = DECODE_MAX_DEPTH_DEFAULT;
  d->has_array_mt = false;
  object_set_type(L, DECODER);
  lua_createtable(L, SLOT_BUILT, 0);
  add_shared(L);
  if (!lua_isnoneornil(L, from)) add_options(L, d, from);
  sm_setuservalue(L, -2);
}

decoding decode_begin(lua_State *L, int index, const char *end) {
  const decoder *made = lua_touserdata(L, index);
  decoding d = {.L = L, .scan = {end, made->max_depth, NULL, NULL}};
  luaL_checkstack(L, LUA_MINSTACK, "no room to decode");
  sm_getuservalue(L, index);
  const int table = lua_gettop(L);
  lua_rawgeti(L, table, SLOT_CACHE);
  d.cache = lua_touserdata(L, -1); /* the table keeps it */
  lua_pop(L, 1);
  lua_rawgeti(L, table, SLOT_STRINGS);
  d.strings = table + 1;
  lua_rawgeti(L, table, SLOT_NULL);
  d.null = table + 2;
  lua_rawgeti(L, table, SLOT_ARRAY_MT);
  d.array_mt = made->has_array_mt ? table + 3 : 0;
  lua_rawgeti(L, table, SLOT_TEMPLATES);
  d.templates = table + 4;
  lua_rawgeti(L, table, SLOT_BUILT);
  d.built = table + 5;
  return d;
}

void decode_push_templates(lua_State *L, int index) {
  sm_getuservalue(L, index);
  lua_rawgeti(L, -1, SLOT_TEMPLATES);
  lua_remove(L, -2);
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
