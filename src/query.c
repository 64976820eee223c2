#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "object.h"
#include "template.h"
#include "simd.h"

#define QUERY "sigmamind.query"

int query_lua(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  const int results = compile_push(L);
  if (results == 1) object_set_type(L, QUERY);
  return results;
}

filter *query_check(lua_State *L, int argument) {
  return lua_isnoneornil(L, argument) ? NULL : luaL_checkudata(L, argument, QUERY);
}

/* == Selected rows ================================================================== */

/* The selected field with the key at *p, which is moved to the value; 0: it is not selected. For
** lack of memory to decode a key, it raises at once: later, a finalizer may have read another row
** with the same filter, and cleared the flag. [0] */
static int find_selected(lua_State *L, filter *f, int parent, const char **p, const char *end) {
  const char *key = *p, *key_end = simd_quote(key + 1, end);
  const bool escaped = *key_end == '\\';
  key_end = escaped ? json_skip_string(key, end) : key_end + 1;
  f->out_of_memory = false;
  const int i = filter_find(f, parent, key, key_end, escaped);
  if (f->out_of_memory) luaL_error(L, "not enough memory");
  *p = json_space(json_space(key_end) + 1);
  return i != 0 && f->nodes[i].selected ? i : 0;
}

/* Pushes the selected fields of the object at p; returns its end. [+1] */
static const char *push_selected(decoding *d, filter *f, int names, int parent, const char *p,
                                 unsigned depth) {
  lua_State *L = d->L;
  luaL_checkstack(L, 8, "select too deep");
  lua_createtable(L, 0, f->nodes[parent].selected_children);
  for (p = json_space(p + 1); *p != '}'; p = json_space(p)) {
    if (*p == ',') p = json_space(p + 1);
    const int i = find_selected(L, f, parent, &p, d->scan.end);
    if (i == 0) {
      p = json_skip_value(p, d->scan.end);
      continue;
    }
    lua_rawgeti(L, names, i);
    if (f->nodes[i].whole) {
      p = decode_field(d, p, depth);
    } else if (*p == '{') {
      p = push_selected(d, f, names, i, p, depth + 1);
    } else {
      lua_pushnil(L);
      p = json_skip_value(p, d->scan.end);
    }
    lua_rawset(L, -3);
  }
  return p + 1;
}

void query_push_templates(lua_State *L, int query) {
  sm_getuservalue(L, query);
  lua_rawgeti(L, -1, COMPILED_TEMPLATES);
  lua_remove(L, -2);
}

const char *query_push_row(decoding *d, filter *f, int query, const char *p, unsigned depth) {
  sm_getuservalue(d->L, query);
  lua_rawgeti(d->L, -1, COMPILED_NAMES);
  p = push_selected(d, f, lua_gettop(d->L), 0, p, depth + 1);
  filter_rest(f);
  return p;
}

/* The next selected field from p on, which is after the object's opening brace or after a field:
** its node, with *key at its name and *value at its value. 0: none, and *value is at the closing
** brace. */
static int next_selected(lua_State *L, filter *f, int parent, const char *p, const char *end,
                         const char **key, const char **value) {
  for (p = json_space(p); *p != '}'; p = json_space(json_skip_value(p, end))) {
    if (*p == ',') p = json_space(p + 1);
    *key = p;
    const int i = find_selected(L, f, parent, &p, end);
    if (i != 0) {
      *value = p;
      return i;
    }
  }
  *value = p;
  return 0;
}

/* Sets last[i] to the last value of node i in the object at p: if a name occurs more than once in
** an object, the last value counts. */
static void find_last(lua_State *L, filter *f, const char **last, int parent, const char *p,
                      const char *end) {
  const char *key, *value;
  for (int i; (i = next_selected(L, f, parent, p + 1, end, &key, &value)) != 0;) {
    last[i] = value;
    p = json_skip_value(value, end) - 1;
  }
}

/* Adds the selected fields of the object at p as JSON; returns its end. */
static const char *add_selected(lua_State *L, luaL_Buffer *json, filter *f, const char **last,
                                int parent, const char *p, const char *end) {
  bool first = true;
  const char *key, *value;
  find_last(L, f, last, parent, p, end);
  luaL_addchar(json, '{');
  p++;
  for (int i; (i = next_selected(L, f, parent, p, end, &key, &value)) != 0;) {
    p = json_skip_value(value, end);
    if (last[i] != value || !(f->nodes[i].whole || *value == '{')) continue;
    if (!first) luaL_addchar(json, ',');
    first = false;
    luaL_addlstring(json, key, (size_t)(json_skip_string(key, end) - key));
    luaL_addchar(json, ':');
    if (f->nodes[i].whole)
      luaL_addlstring(json, value, (size_t)(p - value));
    else
      add_selected(L, json, f, last, i, value, end);
  }
  luaL_addchar(json, '}');
  return value + 1;
}

void query_push_json(lua_State *L, filter *f, const char *p, const char *end) {
  luaL_Buffer json;
  const char **last = lua_newuserdata(L, (size_t)f->node_count * sizeof *last);
  luaL_buffinit(L, &json);
  add_selected(L, &json, f, last, 0, p, end);
  luaL_pushresult(&json);
  filter_rest(f);
}

/* == Notes ========================================================================== */

/* The type of all values of the path; SCALAR_NONE: it has no values, or several types. */
static int only_type(const type_notes *n, uint64_t bit) {
  int types = 0, type = SCALAR_NONE;
  for (int i = SCALAR_STRING; i < VALUE_TYPES; i++) {
    if (!(n->had.paths[i] & bit)) continue;
    types++;
    type = i;
  }
  return types == 1 ? type : SCALAR_NONE;
}

static bool has_values(const type_notes *n, uint64_t bit) {
  uint64_t paths = 0;
  for (int i = SCALAR_STRING; i < VALUE_TYPES; i++)
    paths |= n->had.paths[i];
  return (paths & bit) != 0;
}

/* Pushes the summary of the path with this bit: see query_push_notes. [+1] */
static void push_note(lua_State *L, const type_notes *n, const type_set *refused, uint64_t bit) {
  static const char *const NAMES[] = {NULL, "string", "number", "boolean", "array", "object"};
  const int type = only_type(n, bit);
  if (!has_values(n, bit))
    lua_pushliteral(L, "null");
  else if (refused->paths[type] & bit)
    lua_pushstring(L, NAMES[type]);
  else
    lua_pushboolean(L, true);
}

void query_push_notes(lua_State *L, int query, const filter_notes *n) {
  const filter *f = lua_touserdata(L, query);
  sm_getuservalue(L, query);
  lua_rawgeti(L, -1, COMPILED_PATHS);
  const int paths = lua_gettop(L), values = paths + 1, elements = paths + 2;
  lua_newtable(L);
  lua_newtable(L);
  for (int i = 1, count = (int)sm_rawlen(L, paths); i <= count; i++) {
    const uint64_t bit = (uint64_t)1 << (i - 1);
    lua_rawgeti(L, paths, i);
    lua_pushvalue(L, -1);
    if (n->had & bit)
      push_note(L, &n->values, &f->refused_values, bit);
    else
      lua_pushboolean(L, false);
    lua_rawset(L, values);
    push_note(L, &n->elements, &f->refused_elements, bit);
    lua_rawset(L, elements);
  }
}

/* == The object ===================================================================== */

static int l_close(lua_State *L) {
  filter *f = object_self(L, QUERY);
  free(f->scratch);
  f->scratch = NULL;
  f->scratch_size = 0;
  f->closed = true;
  return 0;
}

static int l_tostring(lua_State *L) {
  const filter *f = object_self(L, QUERY);
  if (f->closed)
    lua_pushliteral(L, "sigmamind.query (closed)");
  else
    lua_pushfstring(L, "sigmamind.query (%d conditions%s)", (int)f->condition_count,
                    f->selects ? ", select" : "");
  return 1;
}

void query_register(lua_State *L) {
  static const object_type type = {QUERY, NULL, l_close, l_close, l_tostring, NULL, NULL};
  object_register(L, &type, 0);
}
