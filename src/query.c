#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "object.h"
#include "template.h"
#include "vector.h"

#define QUERY          "sigmamind.query"
#define PATH_NAMES_MAX JSON_MAX_DEPTH /* no row is nested deeper */

/* What a query's table holds: strings that are referred to, the name of node i at i, operands. */
enum { ANCHORS = 1, NAMES, OPERANDS, TEMPLATES };

static const struct {
  const char *name;
  enum operator_code code;
} OPERATORS[] = {
    {"eq", OP_EQ},
    {"ne", OP_NE},
    {"lt", OP_LT},
    {"le", OP_LE},
    {"gt", OP_GT},
    {"ge", OP_GE},
    {"one_of", OP_ONE_OF},
    {"starts_with", OP_STARTS_WITH},
    {"ends_with", OP_ENDS_WITH},
    {"contains", OP_CONTAINS},
    {"exists", OP_EXISTS},
};

/* == Compiling ====================================================================== */

/* How much of each a query needs; then, how much has been filled in. */
typedef struct amounts {
  size_t nodes, conditions, operands;
} amounts;

typedef struct compiler {
  lua_State *L;
  filter *filter;
  condition *conditions;
  operand *operands;
  amounts room, filled; /* a finalizer may change the tables after they were counted */
  int anchors, names;   /* stack indices */
  bool changed;         /* there are more operands than were counted */
} compiler;

#define CHANGED "where or select was changed while it was read"

/* Pushes a message; returns false. */
static bool complain(compiler *c, const char *format, const char *what) {
  lua_pushfstring(c->L, format, what);
  return false;
}

/* Counts the nodes of the path on top of the stack. */
static void count_path(lua_State *L, amounts *a) {
  size_t length;
  if (lua_type(L, -1) != LUA_TSTRING) return;
  const char *path = lua_tolstring(L, -1, &length);
  a->nodes++;
  for (size_t i = 0; i < length; i++)
    a->nodes += path[i] == '.';
}

/* Counts the conditions and operands of the value on top of the stack. */
static void count_conditions(lua_State *L, amounts *a) {
  if (!lua_istable(L, -1)) {
    a->conditions++;
    a->operands++;
    return;
  }
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    a->conditions++;
    a->operands += lua_istable(L, -1) ? (size_t)lua_rawlen(L, -1) : 1;
  }
}

static amounts count(lua_State *L, int where, int select, int key) {
  amounts a = {1, 0, 0};
  lua_pushvalue(L, key);
  count_path(L, &a);
  lua_pop(L, 1);
  if (lua_istable(L, where))
    for (lua_pushnil(L); lua_next(L, where); lua_pop(L, 1)) {
      count_conditions(L, &a);
      lua_pushvalue(L, -2);
      count_path(L, &a);
      lua_pop(L, 1);
    }
  if (lua_istable(L, select))
    for (lua_pushnil(L); lua_next(L, select); lua_pop(L, 1))
      count_path(L, &a);
  return a;
}

/* The string at the index, anchored for as long as the query lives. */
static const char *anchor(compiler *c, int index, size_t *length) {
  lua_pushvalue(c->L, index);
  lua_rawseti(c->L, c->anchors, (int)lua_rawlen(c->L, c->anchors) + 1);
  return lua_tolstring(c->L, index, length);
}

/* The field of that name in `parent`, added if need be; 0: there is no room. */
static int add_node(compiler *c, int parent, const char *name, size_t length) {
  node *nodes = c->filter->nodes;
  int *link = &nodes[parent].child;
  for (; *link != 0; link = &nodes[*link].next)
    if (nodes[*link].length == length && memcmp(nodes[*link].name, name, length) == 0) return *link;
  if ((size_t)c->filter->node_count == c->room.nodes) return 0;
  const int i = c->filter->node_count++;
  *link = i;
  nodes[i].name = name;
  nodes[i].length = length;
  lua_pushlstring(c->L, name, length);
  lua_rawseti(c->L, c->names, i);
  return i;
}

/* Adds the path at the index; marks its nodes as tested or selected. Returns its last node; 0,
** with a message pushed: it is not a path. */
static int add_path(compiler *c, int index, bool select) {
  int parent = 0, names = 0;
  size_t length = 0;
  const char *path = lua_type(c->L, index) == LUA_TSTRING ? anchor(c, index, &length) : "";
  for (const char *name = path, *end = path + length;; name++) {
    const char *dot = memchr(name, '.', (size_t)(end - name));
    const char *name_end = dot != NULL ? dot : end;
    if (name_end == name || ++names > PATH_NAMES_MAX) {
      complain(c, "'%s' is not a path like 'agent.name'", path);
      return 0;
    }
    const int above = parent;
    parent = add_node(c, above, name, (size_t)(name_end - name));
    if (parent == 0) return complain(c, CHANGED, "");
    node *field = &c->filter->nodes[parent];
    c->filter->nodes[above].selected_children += select && !field->selected;
    field->tested |= !select;
    field->selected |= select;
    if (dot == NULL) return parent;
    name = dot;
  }
}

/* The number at the index, as the rows' numbers are read. */
static number to_number(lua_State *L, int index) {
  number n = {NUMBER_FLOAT, 0, lua_tonumber(L, index)};
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, index)) {
    n.kind = NUMBER_INTEGER;
    n.integer = (int64_t)lua_tointeger(L, index);
  }
#endif
  return n;
}

/* Adds the value at the index as an operand of c; false if it is no scalar, or was not counted, as
** none was for an empty table. */
static bool add_operand(compiler *c, int index) {
  operand *o = &c->operands[c->filled.operands];
  if (c->filled.operands == c->room.operands) {
    c->changed = !lua_istable(c->L, index);
    return false;
  }
  switch (lua_type(c->L, index)) {
  case LUA_TSTRING:
    o->type = OPERAND_STRING;
    o->text = anchor(c, index, &o->length);
    break;
  case LUA_TNUMBER:
    o->type = OPERAND_NUMBER;
    o->number = to_number(c->L, index);
    if (o->number.kind == NUMBER_FLOAT && o->number.real != o->number.real) return false;
    break;
  case LUA_TBOOLEAN:
    o->type = OPERAND_BOOLEAN;
    o->boolean = lua_toboolean(c->L, index);
    break;
  default: return false;
  }
  c->filled.operands++;
  return true;
}

/* Of the list at the index; 0: it is empty, or something else. */
static size_t list_length(lua_State *L, int index) {
  size_t keys = 0;
  if (!lua_istable(L, index)) return 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
    keys++;
  return lua_rawlen(L, index) == keys ? keys : 0;
}

static bool add_list(compiler *c, int index) {
  lua_State *L = c->L;
  const size_t length = list_length(L, index);
  if (length == 0) return false;
  for (size_t i = 1; i <= length; i++) {
    lua_rawgeti(L, index, (int)i);
    const bool added = add_operand(c, lua_gettop(L));
    lua_pop(L, 1);
    if (!added) return false;
  }
  return true;
}

/* Whether this operator takes an operand of this type. */
static bool suits(enum operator_code code, int lua_kind) {
  switch (code) {
  case OP_LT:
  case OP_LE:
  case OP_GT:
  case OP_GE: return lua_kind == LUA_TSTRING || lua_kind == LUA_TNUMBER;
  case OP_STARTS_WITH:
  case OP_ENDS_WITH: return lua_kind == LUA_TSTRING;
  case OP_EXISTS: return lua_kind == LUA_TBOOLEAN;
  default: return true;
  }
}

/* Adds the condition with the operand at the index. */
static bool add_condition(compiler *c, int field, enum operator_code code, int index) {
  if (c->filled.conditions == c->room.conditions) return complain(c, CHANGED, "");
  condition *k = &c->conditions[c->filled.conditions++];
  k->code = code;
  k->node = field;
  k->operands = &c->operands[c->filled.operands];
  const size_t before = c->filled.operands;
  const bool added = code == OP_ONE_OF
                         ? add_list(c, index)
                         : suits(code, lua_type(c->L, index)) && add_operand(c, index);
  k->count = c->filled.operands - before;
  return added ||
         complain(c, c->changed ? CHANGED : "where: not an operand that the operator takes", "");
}

static bool find_operator(const char *name, size_t length, enum operator_code *code) {
  for (size_t i = 0; i < sizeof OPERATORS / sizeof *OPERATORS; i++)
    if (strcmp(OPERATORS[i].name, name) == 0 && strlen(name) == length) {
      *code = OPERATORS[i].code;
      return true;
    }
  return false;
}

/* Adds the conditions on a field: the value at the index, or its table of operators. */
static bool add_conditions(compiler *c, int field, int index) {
  lua_State *L = c->L;
  if (!lua_istable(L, index)) return add_condition(c, field, OP_EQ, index);
  bool any = false;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    enum operator_code code;
    size_t length = 1;
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &length) : "?";
    if (!find_operator(name, length, &code)) return complain(c, "where: there is no '%s'", name);
    if (!add_condition(c, field, code, lua_gettop(L))) return false;
    any = true;
  }
  return any || complain(c, "where: no operator given", "");
}

static bool add_where(compiler *c, int where) {
  lua_State *L = c->L;
  if (lua_isnil(L, where)) return true;
  if (!lua_istable(L, where)) return complain(c, "where must be a table of conditions", "");
  for (lua_pushnil(L); lua_next(L, where); lua_pop(L, 1)) {
    const int value = lua_gettop(L), field = add_path(c, value - 1, false);
    if (field == 0 || !add_conditions(c, field, value)) return false;
  }
  return true;
}

static bool add_select(compiler *c, int select) {
  lua_State *L = c->L;
  if (lua_isnil(L, select)) return true;
  const size_t length = list_length(L, select);
  if (length == 0) return complain(c, "select must be a list of paths", "");
  for (size_t i = 1; i <= length; i++) {
    lua_rawgeti(L, select, (int)i);
    const int field = add_path(c, lua_gettop(L), true);
    if (field == 0) return false;
    c->filter->nodes[field].whole = true;
    lua_pop(L, 1);
  }
  c->filter->selects = true;
  return true;
}

/* The key is noted in each row as the fields are that `where` asks about. */
static bool add_key(compiler *c, int key) {
  if (lua_isnil(c->L, key)) return true;
  c->filter->key = add_path(c, key, false);
  return c->filter->key != 0;
}

/* Pushes an empty query with room for so much, and its table. [+2] */
static filter *new_query(lua_State *L, const amounts *a, compiler *c) {
  const size_t size = sizeof(filter) + a->nodes * sizeof(node) + a->conditions * sizeof(condition);
  filter *f = lua_newuserdata(L, size);
  memset(f, 0, size);
  f->nodes = (node *)(f + 1);
  f->node_count = 1;
  c->conditions = (condition *)(f->nodes + a->nodes);
  f->conditions = c->conditions;
  object_set_type(L, QUERY);
  lua_createtable(L, TEMPLATES, 0);
  lua_pushvalue(L, -1);
  sm_setuservalue(L, -3);
  c->operands = lua_newuserdata(L, (a->operands + 1) * sizeof(operand));
  lua_rawseti(L, -2, OPERANDS);
  templates_new(L, true);
  lua_rawseti(L, -2, TEMPLATES);
  return f;
}

int query_lua(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkstack(L, LUA_MINSTACK, "no room for a query");
  lua_settop(L, 1);
  lua_getfield(L, 1, "where");
  lua_getfield(L, 1, "select");
  lua_getfield(L, 1, "key");
  const amounts needed = count(L, 2, 3, 4);
  compiler c = {L, NULL, NULL, NULL, needed, {0, 0, 0}, 7, 8, false};
  c.filter = new_query(L, &needed, &c);
  lua_newtable(L);
  lua_pushvalue(L, 7);
  lua_rawseti(L, 6, ANCHORS);
  lua_newtable(L);
  lua_pushvalue(L, 8);
  lua_rawseti(L, 6, NAMES);
  if (!add_where(&c, 2) || !add_select(&c, 3) || !add_key(&c, 4))
    return failure(L, "config", lua_tostring(L, -1));
  c.filter->condition_count = c.filled.conditions;
  lua_settop(L, 5);
  return 1;
}

filter *query_check(lua_State *L, int argument) {
  return lua_isnoneornil(L, argument) ? NULL : luaL_checkudata(L, argument, QUERY);
}

/* == Selected rows ================================================================== */

/* The selected field whose key is at p, and the value after it. */
static int find_selected(filter *f, int parent, const char **p, const char *end) {
  const char *key = *p, *key_end = vector_quote(key + 1, end);
  const bool escaped = *key_end == '\\';
  key_end = escaped ? json_skip_string(key, end) : key_end + 1;
  const int i = filter_find(f, parent, key, key_end, escaped);
  *p = json_space(json_space(key_end) + 1);
  return i != 0 && f->nodes[i].selected ? i : 0;
}

/* Pushes the selected fields of the object at p; returns the end of it. [+1] */
static const char *push_fields(decoding *d, filter *f, int names, int parent, const char *p,
                               unsigned depth) {
  lua_State *L = d->L;
  luaL_checkstack(L, 8, "select too deep");
  lua_createtable(L, 0, f->nodes[parent].selected_children);
  for (p = json_space(p + 1); *p != '}'; p = json_space(p)) {
    if (*p == ',') p = json_space(p + 1);
    const int i = find_selected(f, parent, &p, d->scan.end);
    if (i == 0) {
      p = json_skip_value(p, d->scan.end);
      continue;
    }
    lua_rawgeti(L, names, i);
    if (f->nodes[i].whole) {
      p = decode_field(d, p, depth);
    } else if (*p == '{') {
      p = push_fields(d, f, names, i, p, depth + 1);
    } else {
      lua_pushnil(L);
      p = json_skip_value(p, d->scan.end);
    }
    lua_rawset(L, -3);
  }
  return p + 1;
}

/* An error of Lua's may have ended the row before this one. */
static void begin_row(filter *f) {
  f->out_of_memory = false;
}

/* A key that could not be decoded for lack of memory was taken for one that is not selected. */
static void end_row(lua_State *L, filter *f) {
  filter_rest(f);
  if (f->out_of_memory) luaL_error(L, "not enough memory");
}

void query_push_templates(lua_State *L, int query) {
  sm_getuservalue(L, query);
  lua_rawgeti(L, -1, TEMPLATES);
  lua_remove(L, -2);
}

const char *query_push_row(decoding *d, filter *f, int query, const char *p, unsigned depth) {
  sm_getuservalue(d->L, query);
  lua_rawgeti(d->L, -1, NAMES);
  begin_row(f);
  p = push_fields(d, f, lua_gettop(d->L), 0, p, depth + 1);
  end_row(d->L, f);
  return p;
}

/* The next selected field of the object, from p on, which is after its opening brace or after a
** field: its node, with *key at its name and *value at its value. 0: there is none, *value at the
** closing brace. */
static int next_selected(filter *f, int parent, const char *p, const char *end, const char **key,
                         const char **value) {
  for (p = json_space(p); *p != '}'; p = json_space(json_skip_value(p, end))) {
    if (*p == ',') p = json_space(p + 1);
    *key = p;
    const int i = find_selected(f, parent, &p, end);
    if (i != 0) {
      *value = p;
      return i;
    }
  }
  *value = p;
  return 0;
}

/* Where a name comes more than once in an object, the last value counts. last[i] becomes the last
** value of node i in the object at p. */
static void find_last(filter *f, const char **last, int parent, const char *p, const char *end) {
  const char *key, *value;
  for (int i; (i = next_selected(f, parent, p + 1, end, &key, &value)) != 0;) {
    last[i] = value;
    p = json_skip_value(value, end) - 1;
  }
}

/* Adds the selected fields of the object at p as JSON; returns the end of it. */
static const char *add_fields(luaL_Buffer *json, filter *f, const char **last, int parent,
                              const char *p, const char *end) {
  bool first = true;
  const char *key, *value;
  find_last(f, last, parent, p, end);
  luaL_addchar(json, '{');
  p++;
  for (int i; (i = next_selected(f, parent, p, end, &key, &value)) != 0;) {
    p = json_skip_value(value, end);
    if (last[i] != value || !(f->nodes[i].whole || *value == '{')) continue;
    if (!first) luaL_addchar(json, ',');
    first = false;
    luaL_addlstring(json, key, (size_t)(json_skip_string(key, end) - key));
    luaL_addchar(json, ':');
    if (f->nodes[i].whole)
      luaL_addlstring(json, value, (size_t)(p - value));
    else
      add_fields(json, f, last, i, value, end);
  }
  luaL_addchar(json, '}');
  return value + 1;
}

void query_push_json(lua_State *L, filter *f, const char *p, const char *end) {
  luaL_Buffer json;
  const char **last = lua_newuserdata(L, (size_t)f->node_count * sizeof *last);
  luaL_buffinit(L, &json);
  begin_row(f);
  add_fields(&json, f, last, 0, p, end);
  luaL_pushresult(&json);
  end_row(L, f);
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
  static const luaL_Reg no_methods[] = {{NULL, NULL}};
  static const object_type type = {QUERY, no_methods, l_close, l_close, l_tostring, NULL, NULL};
  object_register(L, &type, 0);
}
