#include "compile.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "decode.h"
#include "number.h"
#include "object.h"
#include "template.h"

#define PATH_NAMES_MAX JSON_MAX_DEPTH /* no row is nested deeper */
#define SHOWN_MAX      40             /* bytes of a string in a message */
#define NOTED_MAX      64             /* paths that have a bit in the notes */

/* What an operator tests: a field, an element of an array, or a length. */
enum scope { IN_FIELD = 1, IN_ANY = 2, IN_LENGTH = 4 };

#define ANYWHERE (IN_FIELD | IN_ANY | IN_LENGTH)

enum takes { SCALAR, ORDERED, STRING, BOOLEAN, LIST, LENGTH, ELEMENT };

/* In alphabetical order, for messages. */
static const struct {
  const char *name;
  enum operator_code code;
  enum takes takes;
  int scopes;
} OPERATORS[] = {
    {"any", OP_ANY, ELEMENT, IN_FIELD},
    {"contains", OP_CONTAINS, SCALAR, IN_FIELD | IN_ANY},
    {"ends_with", OP_ENDS_WITH, STRING, IN_FIELD | IN_ANY},
    {"eq", OP_EQ, SCALAR, ANYWHERE},
    {"exists", OP_EXISTS, BOOLEAN, IN_FIELD | IN_ANY},
    {"ge", OP_GE, ORDERED, ANYWHERE},
    {"gt", OP_GT, ORDERED, ANYWHERE},
    {"le", OP_LE, ORDERED, ANYWHERE},
    {"length", OP_LENGTH, LENGTH, IN_FIELD | IN_ANY},
    {"lt", OP_LT, ORDERED, ANYWHERE},
    {"ne", OP_NE, SCALAR, ANYWHERE},
    {"none_of", OP_NONE_OF, LIST, ANYWHERE},
    {"one_of", OP_ONE_OF, LIST, ANYWHERE},
    {"starts_with", OP_STARTS_WITH, STRING, IN_FIELD | IN_ANY},
};

#define OPERATOR_COUNT ((int)(sizeof OPERATORS / sizeof *OPERATORS))
#define OPERATOR_EQ    3

/* The number of each that a query needs, or that is filled in. */
typedef struct amounts {
  size_t nodes, conditions, operands;
} amounts;

typedef struct compiler {
  lua_State *L;
  filter *filter;
  condition *conditions;
  operand *operands;
  amounts room, filled;      /* compared: a finalizer may change the tables after the count */
  int anchors, names, paths; /* stack indices */
  int path;                  /* stack index of the conditions' path */
  int stage, path_count;
  enum scope scope;
  const char *within; /* the operators around this one, for messages */
  bool is_unknown;    /* an operator is: its name and the known ones are on the stack */
} compiler;

/* == Messages ======================================================================= */

#define CHANGED "where or select was changed while it was read"

/* Pushes a message; returns false. [+1] */
static bool complain(compiler *c, const char *format, const char *what) {
  lua_pushfstring(c->L, format, what);
  return false;
}

/* Pushes the string at the index in quotes, truncated, with control characters replaced. [+1] */
static void push_quoted(lua_State *L, int index) {
  char text[SHOWN_MAX + 6];
  size_t length, n = 0;
  const char *bytes = lua_tolstring(L, index, &length);
  text[n++] = '\'';
  for (size_t i = 0; i < length && i < SHOWN_MAX; i++)
    text[n++] = bytes[i];
  for (size_t i = 1; i < n; i++)
    if (iscntrl((unsigned char)text[i])) text[i] = '?';
  for (int i = 0; length > SHOWN_MAX && i < 3; i++)
    text[n++] = '.';
  text[n++] = '\'';
  lua_pushlstring(L, text, n);
}

/* Pushes the number at the index as text, the same in every locale. [+1] */
static void push_number(lua_State *L, int index) {
  char text[NUMBER_ROOM];
  const double value = (double)lua_tonumber(L, index);
  if (isnan(value))
    lua_pushliteral(L, "nan");
  else if (isinf(value))
    lua_pushstring(L, value > 0 ? "inf" : "-inf");
  else
    lua_pushlstring(L, text, (size_t)(number_write_double(text, value) - text));
}

/* Pushes the value at the index as a message shows it. [+1] */
static const char *show(lua_State *L, int index) {
  switch (lua_type(L, index)) {
  case LUA_TSTRING: push_quoted(L, index); break;
  case LUA_TNUMBER: push_number(L, index); break;
  case LUA_TBOOLEAN: lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false"); break;
  case LUA_TNIL: lua_pushliteral(L, "nil"); break;
  default: lua_pushfstring(L, "a %s", luaL_typename(L, index));
  }
  return lua_tostring(L, -1);
}

/* Pushes a message about the conditions on the path; returns false. [+2, the message on top] */
static bool refuse(compiler *c, const char *what) {
  const char *path = show(c->L, c->path);
  lua_pushfstring(c->L, "where %s: %s%s", path, c->within, what);
  return false;
}

/* Pushes the value at the index, which is not a valid list, as a message shows it. [+1] */
static const char *show_list(lua_State *L, int index) {
  if (!lua_istable(L, index)) return show(L, index);
  lua_pushnil(L);
  const bool is_empty = !lua_next(L, index);
  if (!is_empty) lua_pop(L, 2);
  lua_pushstring(L, is_empty ? "an empty list" : "a table");
  return lua_tostring(L, -1);
}

static bool is_nan(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TNUMBER && lua_tonumber(L, index) != lua_tonumber(L, index);
}

/* Pushes a message about the operand at the index, or about that element of a list; returns false.
** [+n, the message on top] */
static bool refuse_operand(compiler *c, int op, int index, int element) {
  static const char *const ACCEPTED[] = {
      "a string, a number or a boolean",
      "a string or a number",
      "a string",
      "a boolean",
      "a list of strings, numbers or booleans",
      "a number or a table of operators",
      "a string, a number, a boolean or a table of operators",
  };
  const enum takes takes = OPERATORS[op].takes;
  const bool is_list = takes == LIST && element == 0;
  const char *name = OPERATORS[op].name, *accepted = ACCEPTED[takes];
  const char *got = is_list ? show_list(c->L, index) : show(c->L, index);
  if (c->scope == IN_LENGTH) accepted = takes == LIST ? "a list of numbers" : "a number";
  if (is_nan(c->L, index))
    lua_pushfstring(c->L, "%s: nan cannot be compared", name);
  else if (element != 0)
    lua_pushfstring(c->L, "%s must be %s, got %s as element %d", name, accepted, got, element);
  else
    lua_pushfstring(c->L, "%s must be %s, got %s", name, accepted, got);
  return refuse(c, lua_tostring(c->L, -1));
}

/* Pushes a list of the operators that this scope allows. [+1] */
static void push_known(compiler *c) {
  lua_newtable(c->L);
  for (int i = 0, n = 0; i < OPERATOR_COUNT; i++) {
    if (!(OPERATORS[i].scopes & (int)c->scope)) continue;
    lua_pushstring(c->L, OPERATORS[i].name);
    lua_rawseti(c->L, -2, ++n);
  }
}

/* Pushes the name at the index, the list of known operators, and a message; returns false. [+n, the
** name, the list, the quoted path and the message on top] */
static bool refuse_operator(compiler *c, int index) {
  lua_State *L = c->L;
  const char *name = show(L, index);
  luaL_Buffer message;
  luaL_buffinit(L, &message);
  luaL_addstring(&message, "unknown operator ");
  luaL_addstring(&message, name);
  luaL_addstring(&message, "; known: ");
  for (int i = 0, n = 0; i < OPERATOR_COUNT; i++) {
    if (!(OPERATORS[i].scopes & (int)c->scope)) continue;
    if (n++ > 0) luaL_addstring(&message, ", ");
    luaL_addstring(&message, OPERATORS[i].name);
  }
  luaL_pushresult(&message);
  lua_pushvalue(L, index);
  push_known(c);
  c->is_unknown = true;
  return refuse(c, lua_tostring(L, -3));
}

/* == Counting ======================================================================= */

/* Counts the nodes of the path on top of the stack. [0] */
static void count_path(lua_State *L, amounts *a) {
  size_t length;
  if (lua_type(L, -1) != LUA_TSTRING) return;
  const char *path = lua_tolstring(L, -1, &length);
  a->nodes++;
  for (size_t i = 0; i < length; i++)
    a->nodes += path[i] == '.';
}

/* Counts the conditions and operands of the value on top of the stack, through at most `inside`
** further levels of operators. A list holds operands, not operators. [0] */
static void count_conditions(lua_State *L, amounts *a, int inside) {
  if (!lua_istable(L, -1)) {
    a->conditions++;
    a->operands++;
    return;
  }
  luaL_checkstack(L, 8, "no room for a query");
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    const bool is_table = lua_istable(L, -1);
    const size_t length = is_table ? (size_t)sm_rawlen(L, -1) : 1;
    a->conditions += is_table ? 1 : 2; /* a plain value may be an eq on a length or an element */
    a->operands += length;
    if (length == 0 && inside > 0) count_conditions(L, a, inside - 1);
  }
}

#define INSIDE_MAX 2 /* the length of an element */

static void count_where(lua_State *L, amounts *a) {
  if (!lua_istable(L, -1)) return;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    count_conditions(L, a, INSIDE_MAX);
    lua_pushvalue(L, -2);
    count_path(L, a);
    lua_pop(L, 1);
  }
}

static void count_select(lua_State *L, amounts *a) {
  if (!lua_istable(L, -1)) return;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
    count_path(L, a);
}

/* Counts the nodes, conditions and operands of the step at the index. [0] */
static void count_step(lua_State *L, int step, amounts *a) {
  lua_getfield(L, step, "where");
  count_where(L, a);
  lua_getfield(L, step, "select");
  count_select(L, a);
  lua_getfield(L, step, "key");
  count_path(L, a);
  lua_pop(L, 3);
}

/* == Paths ========================================================================== */

/* The string at the index, anchored in the query's table. [0] */
static const char *anchor(compiler *c, int index, size_t *length) {
  lua_pushvalue(c->L, index);
  lua_rawseti(c->L, c->anchors, (int)sm_rawlen(c->L, c->anchors) + 1);
  return lua_tolstring(c->L, index, length);
}

/* The field of that name in `parent`, added if it is new; 0: there is no room. [0] */
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

static int refuse_path(compiler *c, int index, const char *what) {
  const char *path = show(c->L, index);
  lua_pushfstring(c->L, "%s: %s is not a path like 'agent.name'", what, path);
  return 0;
}

/* Adds the path at the index, and marks its nodes as tested or picked. Returns its last node, never
** node 0; 0, with a message on top: it is not a path. */
static int add_path(compiler *c, int index, const char *what, bool is_tested) {
  int field = 0, names = 0;
  size_t length = 0;
  const char *path = lua_type(c->L, index) == LUA_TSTRING ? anchor(c, index, &length) : "";
  for (const char *name = path, *end = path + length;; name++) {
    const char *dot = memchr(name, '.', (size_t)(end - name));
    const char *name_end = dot != NULL ? dot : end;
    if (name_end == name || ++names > PATH_NAMES_MAX) return refuse_path(c, index, what);
    field = add_node(c, field, name, (size_t)(name_end - name));
    if (field == 0) return complain(c, CHANGED, "");
    node *n = &c->filter->nodes[field];
    n->tested |= is_tested;
    if (!is_tested && n->picked == 0) n->picked = 1;
    if (dot == NULL) return field;
    name = dot;
  }
}

/* Gives the field, whose path is at the index, a bit in the notes, if any is left. [0] */
static void note_path(compiler *c, int field, int index) {
  node *n = &c->filter->nodes[field];
  if (n->bit != 0 || c->path_count == NOTED_MAX) return;
  n->bit = (uint64_t)1 << c->path_count;
  c->filter->paths |= n->bit;
  lua_pushvalue(c->L, index);
  lua_rawseti(c->L, c->paths, ++c->path_count);
}

/* Sets `within` of the field and of those in it. */
static void gather(filter *f, int field) {
  node *n = &f->nodes[field];
  n->within = n->bit;
  for (int i = n->child; i != 0; i = f->nodes[i].next) {
    gather(f, i);
    n->within |= f->nodes[i].within;
  }
}

/* == where ========================================================================== */

/* The number at the index, in the form of the rows' numbers. */
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

/* Makes the value at the index an operand. False: it is not a scalar, or nan. */
static bool read_operand(compiler *c, operand *o, int index) {
  switch (lua_type(c->L, index)) {
  case LUA_TSTRING:
    o->type = SCALAR_STRING;
    o->text = anchor(c, index, &o->length);
    return true;
  case LUA_TNUMBER:
    o->type = SCALAR_NUMBER;
    o->number = to_number(c->L, index);
    return o->number.kind != NUMBER_FLOAT || o->number.real == o->number.real;
  case LUA_TBOOLEAN:
    o->type = SCALAR_BOOLEAN;
    o->boolean = lua_toboolean(c->L, index);
    return true;
  default: return false;
  }
}

/* Whether the operator takes the value at the index. */
static bool suits(const compiler *c, int op, int index) {
  const int type = lua_type(c->L, index);
  if (c->scope == IN_LENGTH) return type == LUA_TNUMBER;
  switch (OPERATORS[op].takes) {
  case ORDERED: return type == LUA_TSTRING || type == LUA_TNUMBER;
  case STRING: return type == LUA_TSTRING;
  case BOOLEAN: return type == LUA_TBOOLEAN;
  default: return true;
  }
}

/* Adds the value at the index as an operand: the only one (element 0), or an element of a list. */
static bool add_operand(compiler *c, condition *k, int op, int index, int element) {
  operand *o = &c->operands[c->filled.operands];
  if (!suits(c, op, index)) return refuse_operand(c, op, index, element);
  if (c->filled.operands == c->room.operands)
    return lua_istable(c->L, index) ? refuse_operand(c, op, index, element)
                                    : complain(c, CHANGED, "");
  if (!read_operand(c, o, index)) return refuse_operand(c, op, index, element);
  c->filled.operands++;
  k->count++;
  return true;
}

/* The length of the list at the index; 0: it is empty, or not a list. */
static size_t list_length(lua_State *L, int index) {
  size_t keys = 0;
  if (!lua_istable(L, index)) return 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
    keys++;
  return sm_rawlen(L, index) == keys ? keys : 0;
}

static bool add_list(compiler *c, condition *k, int op, int index) {
  const size_t length = list_length(c->L, index);
  if (length == 0) return refuse_operand(c, op, index, 0);
  for (size_t i = 1; i <= length; i++) {
    lua_rawgeti(c->L, index, (int)i);
    if (!add_operand(c, k, op, lua_gettop(c->L), (int)i)) return false;
    lua_pop(c->L, 1);
  }
  return true;
}

static bool add_conditions(compiler *c, int field, int index);

/* Adds the conditions at the index as inner conditions, on a length or an element. */
static bool add_inner(compiler *c, condition *k, int op, int index) {
  const compiler outer = *c;
  const bool is_length = OPERATORS[op].code == OP_LENGTH;
  if (is_length && lua_type(c->L, index) != LUA_TNUMBER && !lua_istable(c->L, index))
    return refuse_operand(c, op, index, 0);
  c->within = !is_length ? "any: " : c->scope == IN_ANY ? "any: length: " : "length: ";
  c->scope = is_length ? IN_LENGTH : IN_ANY;
  if (!add_conditions(c, k->node, index)) return false;
  c->within = outer.within;
  c->scope = outer.scope;
  k->inner = c->filled.conditions - outer.filled.conditions;
  return true;
}

#define TYPE(type) (1u << (type))

/* The types whose values the condition examines. For all others, the type alone decides it. */
static unsigned accepted_types(const condition *k) {
  unsigned types = k->code == OP_CONTAINS ? TYPE(TYPE_ARRAY) : 0;
  switch (k->code) {
  case OP_EXISTS: return ~0u;
  case OP_LENGTH: return TYPE(SCALAR_STRING) | TYPE(TYPE_ARRAY) | TYPE(TYPE_OBJECT);
  case OP_ANY: return TYPE(TYPE_ARRAY);
  default: break;
  }
  for (size_t i = 0; i < k->count; i++)
    types |= TYPE(k->operands[i].type);
  return types;
}

static void refuse_types(type_set *refused, unsigned accepted, uint64_t bit) {
  for (int i = SCALAR_STRING; i < VALUE_TYPES; i++)
    if (!(accepted & TYPE(i))) refused->paths[i] |= bit;
}

/* Adds the types that the condition does not accept to the refused ones of its path. */
static void note_refused(compiler *c, const condition *k) {
  filter *f = c->filter;
  const unsigned accepted = accepted_types(k);
  const uint64_t bit = f->nodes[k->node].bit;
  if (c->scope == IN_FIELD) refuse_types(&f->refused_values, accepted, bit);
  if (c->scope == IN_ANY || (c->scope == IN_FIELD && k->code == OP_CONTAINS))
    refuse_types(&f->refused_elements, accepted, bit);
}

/* Adds the condition's operands, from the value at the index. */
static bool add_operands(compiler *c, condition *k, int op, int index) {
  switch (OPERATORS[op].takes) {
  case LENGTH:
  case ELEMENT: return add_inner(c, k, op, index);
  case LIST: return add_list(c, k, op, index);
  default: return add_operand(c, k, op, index, 0);
  }
}

/* Adds the condition with the operand at the index. */
static bool add_condition(compiler *c, int field, int op, int index) {
  if (c->filled.conditions == c->room.conditions) return complain(c, CHANGED, "");
  condition *k = &c->conditions[c->filled.conditions++];
  k->code = OPERATORS[op].code;
  k->node = field;
  k->stage = c->stage;
  k->operands = &c->operands[c->filled.operands];
  if (!add_operands(c, k, op, index)) return false;
  note_refused(c, k);
  return true;
}

/* The operator with the name at the index; -1: this scope has none. */
static int find_operator(const compiler *c, int index) {
  for (int i = 0; i < OPERATOR_COUNT; i++)
    if (OPERATORS[i].scopes & (int)c->scope && object_is_name(c->L, index, OPERATORS[i].name))
      return i;
  return -1;
}

/* Adds the conditions on a field: at the index is the operand of an eq, or a table of operators. */
static bool add_conditions(compiler *c, int field, int index) {
  lua_State *L = c->L;
  bool any = false;
  luaL_checkstack(L, LUA_MINSTACK, "no room for a query");
  if (!lua_istable(L, index)) return add_condition(c, field, OPERATOR_EQ, index);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const int value = lua_gettop(L), op = find_operator(c, value - 1);
    if (op < 0) return refuse_operator(c, value - 1);
    if (!add_condition(c, field, op, value)) return false;
    any = true;
  }
  return any || refuse(c, "no operator given");
}

static bool add_where(compiler *c, int where) {
  lua_State *L = c->L;
  if (lua_isnil(L, where)) return true;
  if (!lua_istable(L, where))
    return complain(c, "where must be a table of conditions, got %s", show(L, where));
  for (lua_pushnil(L); lua_next(L, where); lua_pop(L, 1)) {
    const int value = lua_gettop(L), field = add_path(c, value - 1, "where", true);
    if (field == 0) return false;
    note_path(c, field, value - 1);
    c->path = value - 1;
    if (!add_conditions(c, field, value)) return false;
  }
  return true;
}

/* == select ========================================================================= */

/* Narrows the selection in `parent` to fields that were selected and are picked now. Each field in
** a whole one counts as whole. */
static void intersect(filter *f, int parent, bool was_whole, bool is_whole) {
  f->nodes[parent].selected_children = 0;
  for (int i = f->nodes[parent].child; i != 0; i = f->nodes[i].next) {
    node *n = &f->nodes[i];
    const bool before = was_whole || n->whole, now = is_whole || n->picked == 2;
    n->selected = (n->selected || before) && (n->picked != 0 || now);
    n->whole = before && now;
    n->picked = 0;
    f->nodes[parent].selected_children += n->selected;
    intersect(f, i, before, now);
  }
}

static bool add_select(compiler *c, int select) {
  lua_State *L = c->L;
  if (lua_isnil(L, select)) return true;
  const size_t length = list_length(L, select);
  if (length == 0)
    return complain(c, "select must be a list of paths, got %s", show_list(L, select));
  for (size_t i = 1; i <= length; i++) {
    lua_rawgeti(L, select, (int)i);
    const int path = lua_gettop(L), field = add_path(c, path, "select", false);
    if (field == 0) return false;
    note_path(c, field, path);
    c->filter->nodes[field].picked = 2;
    lua_pop(L, 1);
  }
  intersect(c->filter, 0, !c->filter->selects, false);
  c->filter->selects = true;
  return true;
}

/* == The query ====================================================================== */

/* Its node is tested, so that the check of each row notes its value. */
static bool add_key(compiler *c, int key) {
  if (lua_isnil(c->L, key)) return true;
  c->filter->key = add_path(c, key, "key", true);
  return c->filter->key != 0;
}

/* Adds the step at the index. False, with a message on top: it is malformed. [0 if true] */
static bool add_step(compiler *c, int step) {
  const int top = lua_gettop(c->L);
  lua_getfield(c->L, step, "where");
  lua_getfield(c->L, step, "select");
  if (!add_where(c, top + 1) || !add_select(c, top + 2)) return false;
  lua_settop(c->L, top);
  return true;
}

static const char *const STEP_NAMES[] = {"where", "select", "stage", NULL};

/* Pushes step i of the chain at the index, and returns its stage, which defaults to that of the
** step before it. [+1] */
static int push_step(lua_State *L, int chain, int i, int before) {
  lua_rawgeti(L, chain, i);
  luaL_argcheck(L, lua_istable(L, -1), 1, "a step of the chain must be a table");
  object_check_names(L, lua_gettop(L), 1, "field of a step", STEP_NAMES);
  lua_getfield(L, -1, "stage");
  const int stage = lua_isnil(L, -1) ? before : (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return stage;
}

static void count_chain(lua_State *L, int chain, amounts *a) {
  if (lua_isnil(L, chain)) return;
  luaL_argcheck(L, lua_istable(L, chain), 1, "chain must be a list of steps");
  for (int i = 1, n = (int)sm_rawlen(L, chain); i <= n; i++) {
    push_step(L, chain, i, 0);
    count_step(L, lua_gettop(L), a);
    lua_pop(L, 1);
  }
}

/* Requires the steps in the order of their stages: filter_holds stops at the first condition that
** fails, which must be of the first stage that the row fails. */
static bool add_chain(compiler *c, int chain) {
  if (lua_isnil(c->L, chain)) return true;
  for (int i = 1, n = (int)sm_rawlen(c->L, chain); i <= n; i++) {
    const int stage = push_step(c->L, chain, i, c->stage);
    luaL_argcheck(c->L, stage >= c->stage, 1, "a step of the chain is of an earlier stage");
    c->stage = stage;
    if (!add_step(c, lua_gettop(c->L))) return false;
    lua_pop(c->L, 1);
  }
  return true;
}

/* Pushes an empty table, and stores it at `slot` of the table at the index. [+1] */
static int push_slot(lua_State *L, int table, int slot) {
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawseti(L, table, slot);
  return lua_gettop(L);
}

/* Pushes an empty filter with room for c->room, and its table. [+2] */
static void new_filter(compiler *c) {
  lua_State *L = c->L;
  const amounts *a = &c->room;
  const size_t size = sizeof(filter) + a->nodes * sizeof(node) + a->conditions * sizeof(condition);
  filter *f = lua_newuserdata(L, size);
  memset(f, 0, size);
  f->nodes = (node *)(f + 1);
  f->node_count = 1;
  c->conditions = (condition *)(f->nodes + a->nodes);
  f->conditions = c->conditions;
  c->filter = f;
  lua_createtable(L, COMPILED_PATHS, 0);
  lua_pushvalue(L, -1);
  sm_setuservalue(L, -3);
  c->operands = lua_newuserdata(L, (a->operands + 1) * sizeof(operand));
  lua_rawseti(L, -2, COMPILED_OPERANDS);
  templates_new(L, true);
  lua_rawseti(L, -2, COMPILED_TEMPLATES);
}

/* Pushes the results of compile_push for the message on top of the stack. Below it is, after
** refuse_operator, the quoted path, the list and the name. [+3 or +5] */
static int malformed(compiler *c) {
  lua_State *L = c->L;
  const int message = lua_gettop(L);
  failure(L, "config", lua_tostring(L, message));
  if (!c->is_unknown) return 3;
  lua_pushvalue(L, message - 3);
  lua_pushvalue(L, message - 2);
  return 5;
}

enum { OPTIONS = 1, KEY, CHAIN, QUERY, TABLE };

static const char *const OPTION_NAMES[] = {"where", "select", "key", "chain", NULL};

int compile_push(lua_State *L) {
  compiler c = {.L = L, .room = {1, 0, 0}, .scope = IN_FIELD, .within = ""};
  luaL_checkstack(L, LUA_MINSTACK, "no room for a query");
  object_check_names(L, OPTIONS, 1, "option", OPTION_NAMES);
  lua_getfield(L, OPTIONS, "key");
  lua_getfield(L, OPTIONS, "chain");
  count_step(L, OPTIONS, &c.room);
  count_chain(L, CHAIN, &c.room);
  new_filter(&c);
  c.anchors = push_slot(L, TABLE, COMPILED_ANCHORS);
  c.names = push_slot(L, TABLE, COMPILED_NAMES);
  c.paths = push_slot(L, TABLE, COMPILED_PATHS);
  if (!add_step(&c, OPTIONS) || !add_chain(&c, CHAIN) || !add_key(&c, KEY)) return malformed(&c);
  gather(c.filter, 0);
  c.filter->condition_count = c.filled.conditions;
  lua_settop(L, QUERY);
  return 1;
}
