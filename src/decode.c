#include "decode.h"

#include <stdio.h>
#include <string.h>

#include "compat.h"
#include "number.h"
#include "object.h"
#include "simd.h"

#define SHAPED_DEPTH 8 /* objects nested deeper are built without templates */

/* Keeps a function that needs much stack out of a recursive one: see JSON_MAX_DEPTH. */
#define APART __attribute__((noinline))

/* == What was pushed before ========================================================= */

#define LONG_STRING 512 /* min bytes of a string in the memo */

/* Pushes the value at p and returns its end, if the memo has it; else NULL. [+1 or 0] */
static const char *recall(const decoding *d, const char *p) {
  for (const decode_memo *m = d->memo; m != NULL; m = m->outer)
    for (int i = 0; i < m->count; i++)
      if (m->kept[i].at == p) {
        lua_pushvalue(d->L, m->kept[i].index);
        return m->kept[i].end;
      }
  return NULL;
}

/* Pushes the string from p to end, if it is long and the memo has it. [+1 or 0] */
static bool recall_string(const decoding *d, const char *p, const char *end) {
  return d->memo != NULL && end - p >= LONG_STRING && recall(d, p) != NULL;
}

/* Adds the value from p to end, on top of the stack, to the memo. False: the memo is full. [0] */
static bool keep_in_memo(const decoding *d, decode_memo *m, const char *p, const char *end) {
  if (m->count == TEMPLATE_CONTAINERS) return false;
  m->kept[m->count].at = p;
  m->kept[m->count].end = end;
  m->kept[m->count++].index = lua_gettop(d->L);
  return true;
}

/* Whether p is inside a value of the memo: another template took it for a single value. */
static bool is_within_kept(const decode_memo *m, const char *p) {
  for (int i = 0; i < m->count; i++)
    if (p > m->kept[i].at && p < m->kept[i].end) return true;
  return false;
}

/* == Strings ======================================================================== */

/* Pushes the checked string between its quotes. Large scratch space is a userdata, so that it is
** freed when lua_pushlstring raises. [+1] */
static APART void push_unescaped(lua_State *L, const char *first, const char *last) {
  char small[1024];
  const size_t room = (size_t)(last - first);
  if (room <= sizeof small) {
    lua_pushlstring(L, small, json_unescape(small, first, last));
    return;
  }
  char *large = lua_newuserdata(L, room);
  lua_pushlstring(L, large, json_unescape(large, first, last));
  lua_remove(L, -2);
}

/* Pushes the string from p, its opening quote; its bytes before q are plain. [+1] */
static const char *push_other_string(decoding *d, const char *p, const char *q) {
  bool escaped = false;
  const char *end = json_check_string(&d->scan, q, &escaped);
  if (end == NULL || recall_string(d, p, end)) return end;
  if (escaped)
    push_unescaped(d->L, p + 1, end - 1);
  else
    lua_pushlstring(d->L, p + 1, (size_t)(end - p) - 2);
  return end;
}

static const char *push_string(decoding *d, const char *p) {
  const char *q = simd_plain(p + 1, d->scan.end);
  if (*q != '"') return push_other_string(d, p, q);
  if (!recall_string(d, p, q + 1)) lua_pushlstring(d->L, p + 1, (size_t)(q - p) - 1);
  return q + 1;
}

/* Pushes the name at p; returns the start of its value. [+1] */
static const char *push_name(decoding *d, const char *p) {
  if (*p != '"') return json_fail(&d->scan, p, "a name in quotes");
  const char *q = simd_plain(p + 1, d->scan.end);
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

/* Pushes the number from p to end; as a string, in its own digits, if it is out of the range of the
** host's number type. [+1] */
static void push_read_number(lua_State *L, const json_number *read, const char *p,
                             const char *end) {
  const number n = number_of(read, p, end);
  if (n.kind == NUMBER_TEXT)
    lua_pushlstring(L, p, (size_t)(end - p));
  else if (n.kind == NUMBER_FLOAT)
    lua_pushnumber(L, n.real);
  else
    sm_pushinteger(L, n.integer);
}

/* [+1] */
static const char *push_number(decoding *d, const char *p) {
  json_number read;
  const char *end = json_check_number(&d->scan, p, &read);
  if (end != NULL) push_read_number(d->L, &read, p, end);
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
  if (d->null == 0)
    lua_pushnil(d->L);
  else
    lua_pushvalue(d->L, d->null);
  return json_check_word(&d->scan, p, "null", 4);
}

/* == Arrays ========================================================================= */

#define COLLECTED 32   /* max elements held on the stack until the array's length is known */
#define CROWDED   4000 /* stack slots in use from which on only one is: Lua 5.1 has 8000 */

/* Makes an array, with room for `room`, of the n elements on top of the stack. [-n, +1] */
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
  const int max = lua_gettop(L) < CROWDED ? COLLECTED : 1, array = lua_gettop(L) + 1;
  luaL_checkstack(L, COLLECTED + 4, "JSON too deep");
  for (int n = 1;; n++) {
    if ((p = decode_value(d, p, depth)) == NULL) return NULL;
    p = json_space(p);
    if (n > max)
      lua_rawseti(L, array, n);
    else if (n == max || *p == ']')
      collect(d, n, *p == ']' ? n : 2 * n);
    if (*p == ']') return p + 1;
    if (*p != ',') return json_fail(&d->scan, p, "',' or ']'");
    p = json_space(p + 1);
  }
}

/* [+1] */
static APART const char *push_array(decoding *d, const char *p, unsigned depth) {
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

/* Pushes a string without escapes, from the cache if the field's strings tend to recur. [+1] */
static void push_cached(decoding *d, shape_field *f, const shape_span *s) {
  const size_t length = (size_t)(s->end - s->at) - 2;
  if (f->misses_left == 0)
    lua_pushlstring(d->L, s->at + 1, length);
  else if (string_cache_push(d->L, d->cache, d->strings, s->at + 1, length))
    f->misses_left = SHAPE_MISSES;
  else
    f->misses_left--;
}

/* Pushes the value of a field. [+1] */
static void push_span(decoding *d, shape_field *f, const shape_span *s, unsigned depth) {
  if (s->kind == SPAN_STRING)
    push_cached(d, f, s);
  else if (s->kind == SPAN_ESCAPED)
    push_unescaped(d->L, s->at + 1, s->end - 1);
  else if (s->kind == SPAN_NUMBER)
    push_read_number(d->L, &s->number, s->at, s->end);
  else
    decode_field(d, s->at, depth + f->level);
}

/* Makes the object from the template, constructor and values on top of the stack. [-n-2, +1] */
static void construct(lua_State *L, row_template *t) {
  template_count(t);
  lua_call(L, t->wanted_values, 1);
  lua_remove(L, -2);
}

void decode_like(decoding *d, row_template *t, int table, const shape_span *spans, unsigned depth) {
  luaL_checkstack(d->L, SHAPE_FIELDS + 8, "JSON too deep");
  template_push(d->L, table, t);
  for (int i = 0; i < t->wanted_count; i++)
    if (t->shape.fields[i].wanted) push_span(d, &t->shape.fields[i], &spans[i], depth);
  construct(d->L, t);
}

/* Pushes the array or object at p, and adds it to the memo. NULL without a failure of the scan: the
** memo is full, or p is inside a value of it, and would be decoded at each level. [+1] */
static const char *push_container(decoding *d, decode_memo *m, const char *p, unsigned depth) {
  const char *end = d->memo != NULL ? recall(d, p) : NULL;
  if (end != NULL) return end;
  if (m->count == TEMPLATE_CONTAINERS || is_within_kept(m, p)) return NULL;
  if ((end = decode_value(d, p, depth)) != NULL) keep_in_memo(d, m, p, end);
  return end;
}

static bool is_long(const shape_span *s) {
  return (s->kind == SPAN_STRING || s->kind == SPAN_ESCAPED) && s->end - s->at >= LONG_STRING;
}

/* Pushes a long string, and adds it to the memo. False: the memo is full. [+1] */
static bool push_long(decoding *d, decode_memo *m, shape_field *f, const shape_span *s) {
  if (recall(d, s->at) != NULL) return true;
  push_span(d, f, s, 0);
  return keep_in_memo(d, m, s->at, s->end);
}

/* Pushes the values of the fields from `first` to before field i. False: the memo is full of long
** strings, and the object may still turn out to have another shape. [+n] */
static bool push_spans(decoding *d, row_template *t, decode_memo *m, const shape_span *spans,
                       int first, int i, unsigned depth) {
  for (int k = first; k < i; k++) {
    shape_field *f = &t->shape.fields[k];
    if (!is_long(&spans[k]))
      push_span(d, f, &spans[k], depth);
    else if (!push_long(d, m, f, &spans[k]) && i < t->shape.count)
      return false;
  }
  return true;
}

/* Pushes the object at p by a template. NULL without a failure of the scan: it has another shape.
** [+1; with NULL, +n] */
static const char *push_by(decoding *d, row_template *t, decode_memo *m, const char *p,
                           unsigned depth) {
  shape_span spans[SHAPE_FIELDS];
  luaL_checkstack(d->L, SHAPE_FIELDS + 8, "JSON too deep");
  if (!shape_may_be_at(&t->shape, &d->scan, depth)) return NULL;
  int i = 0, pushed = 0;
  if ((p = shape_scan(&t->shape, &i, &d->scan, p, spans)) == NULL) return NULL;
  template_push(d->L, d->built, t);
  for (;;) {
    if (!push_spans(d, t, m, spans, pushed, i, depth)) return NULL;
    if (i == t->shape.count) break;
    if ((p = push_container(d, m, p, depth + t->shape.fields[i].level)) == NULL) return NULL;
    pushed = ++i;
    if ((p = shape_scan(&t->shape, &i, &d->scan, p, spans)) == NULL) return NULL;
  }
  construct(d->L, t);
  return p;
}

/* Pushes the object at p by one of the templates of its place. NULL without a failure of the scan:
** no template matches. What others pushed stays below, since the memo refers to it. [+n, the object
** on top] */
static const char *push_shaped(decoding *d, template_place *place, decode_memo *m, const char *p,
                               unsigned depth) {
  row_template *t;
  for (int i = 0; (t = template_to_try(place, i)) != NULL; i++) {
    const char *end = push_by(d, t, m, p, depth);
    if (m->count > 0) d->memo = m;
    if (end != NULL) template_fits(place, t);
    if (end != NULL || d->scan.at != NULL) return end;
  }
  template_none_fits(place);
  return NULL;
}

/* Pushes a table of the fields from p, the first name, on. [+1] */
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

/* Pushes the object at `start`, whose first name is at p, without a template. [+1] */
static APART const char *push_unshaped(decoding *d, template_place *place, const char *start,
                                       const char *p, unsigned depth) {
  p = push_fields(d, place, p, depth + 1);
  if (p != NULL && depth < SHAPED_DEPTH && template_is_due(place, start, p))
    templates_learn(d->L, d->templates, NULL, start, p);
  return p;
}

/* Pushes the object at `start`, by a template if one matches. [+1] */
static APART const char *try_object(decoding *d, template_place *place, const char *start,
                                    const char *p, unsigned depth) {
  lua_State *L = d->L;
  decode_memo m = {.outer = d->memo, .count = 0};
  const int top = lua_gettop(L);
  const char *end = push_shaped(d, place, &m, start, depth);
  if (end == NULL && d->scan.at == NULL) end = push_unshaped(d, place, start, p, depth);
  d->memo = m.outer;
  if (end == NULL || lua_gettop(L) == top + 1) return end;
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return end;
}

/* [+1] */
static const char *push_object(decoding *d, const char *start, unsigned depth) {
  if (depth == d->scan.max_depth) return json_fail(&d->scan, start, JSON_TOO_DEEP);
  const char *p = json_space(start + 1);
  if (*p == '}') {
    lua_createtable(d->L, 0, 0);
    return p + 1;
  }
  template_place *place = templates_place(lua_touserdata(d->L, d->templates), p);
  if (depth < SHAPED_DEPTH && template_is_tried(place))
    return try_object(d, place, start, p, depth);
  return push_unshaped(d, place, start, p, depth);
}

/* [+1] */
static const char *push_any(decoding *d, const char *p, unsigned depth) {
  const char *end = d->memo != NULL ? recall(d, p) : NULL;
  if (end != NULL) return end;
  return *p == '{' ? push_object(d, p, depth) : push_array(d, p, depth);
}

const char *decode_value(decoding *d, const char *p, unsigned depth) {
  if (*p == '"') return push_string(d, p);
  switch (*p) {
  case '{':
  case '[': return push_any(d, p, depth);
  case 't':
  case 'f': return push_boolean(d, p);
  case 'n': return push_null(d, p);
  default:
    if (*p != '-' && (*p < '0' || *p > '9')) return json_fail(&d->scan, p, "a value");
    return push_number(d, p);
  }
}

/* == Shared state, and settings ===================================================== */

#define SHARED "sigmamind.decoding"

/* The state that all decoding in a Lua state shares. Decoding functions have it as upvalues. */
enum { UPVALUE_STRINGS = 2, UPVALUE_BUILT, UPVALUE_CACHE, UPVALUE_TEMPLATES };

/* Makes the shared state. [+4] */
static void new_shared(lua_State *L) {
  lua_createtable(L, CACHED_STRINGS, 0);
  templates_new(L, true);
  sm_getuservalue(L, -1);
  lua_insert(L, -2);
  memset(lua_newuserdata(L, sizeof(string_cache)), 0, sizeof(string_cache));
  lua_insert(L, -2);
}

int decode_push_upvalues(lua_State *L) {
  const int count = UPVALUE_TEMPLATES - UPVALUE_STRINGS + 1;
  lua_getfield(L, LUA_REGISTRYINDEX, SHARED);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_createtable(L, count, 0);
    new_shared(L);
    for (int i = count; i > 0; i--)
      lua_rawseti(L, -1 - i, i);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, SHARED);
  }
  const int table = lua_gettop(L);
  for (int i = 1; i <= count; i++)
    lua_rawgeti(L, table, i);
  lua_remove(L, table);
  return count;
}

enum { SETTING_NULL = 1, SETTING_ARRAY_MT };

static const char *const SETTING_NAMES[] = {"null", "array_mt", "max_depth", NULL};

decode_settings decode_read_settings(lua_State *L, int from) {
  decode_settings settings = {DECODE_MAX_DEPTH_DEFAULT, false, false};
  lua_createtable(L, SETTING_ARRAY_MT, 0);
  if (lua_isnoneornil(L, from)) return settings;
  luaL_checktype(L, from, LUA_TTABLE);
  object_check_names(L, from, from, "option", SETTING_NAMES);
  lua_getfield(L, from, "null");
  settings.has_null = !lua_isnil(L, -1);
  lua_rawseti(L, -2, SETTING_NULL);
  lua_getfield(L, from, "array_mt");
  luaL_argcheck(L, lua_isnil(L, -1) || lua_istable(L, -1), from, "array_mt must be a table");
  settings.has_array_mt = lua_istable(L, -1);
  lua_rawseti(L, -2, SETTING_ARRAY_MT);
  lua_getfield(L, from, "max_depth");
  if (!lua_isnil(L, -1)) {
    const lua_Number depth = lua_tonumber(L, -1);
    luaL_argcheck(L, depth >= 1 && depth <= JSON_MAX_DEPTH, from,
                  "max_depth must be a number from 1 to 500");
    settings.max_depth = (unsigned)depth;
  }
  lua_pop(L, 1);
  return settings;
}

decoding decode_begin(lua_State *L, const decode_settings *settings, int table, const char *end) {
  decoding d = {.L = L, .scan = {.end = end, .max_depth = settings->max_depth}};
  luaL_checkstack(L, LUA_MINSTACK, "no room to decode");
  d.cache = lua_touserdata(L, lua_upvalueindex(UPVALUE_CACHE));
  d.strings = lua_upvalueindex(UPVALUE_STRINGS);
  d.templates = lua_upvalueindex(UPVALUE_TEMPLATES);
  d.built = lua_upvalueindex(UPVALUE_BUILT);
  if (settings->has_null) {
    lua_rawgeti(L, table, SETTING_NULL);
    d.null = lua_gettop(L);
  }
  if (settings->has_array_mt) {
    lua_rawgeti(L, table, SETTING_ARRAY_MT);
    d.array_mt = lua_gettop(L);
  }
  return d;
}

void decode_push_templates(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(UPVALUE_TEMPLATES));
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
