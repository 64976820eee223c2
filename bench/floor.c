/* floor: measures the time that a VM needs to build a document, without any parsing. It executes a
** plan, a list of API calls that bench/support/plan.lua derives from a decoded value:
** lua_pushlstring from C memory for strings, lua_createtable with the right size and raw sets for
** tables, and a call of a compiled constructor with the values of the fields for whole objects. */

#include <string.h>
#include <lauxlib.h>
#include <lua.h>

/* The upvalues of a plan's function. */
enum { STEPS = 1, KEYS, CONSTRUCTORS };

typedef struct step {
  char what; /* see bench/support/plan.lua */
  int n;
  union {
    size_t length;
    lua_Number number;
    lua_Integer integer;
  } u;
  const char *text;
} step;

typedef struct plan {
  int room; /* stack slots */
  size_t count;
  step steps[];
} plan;

static void one_step(lua_State *L, const step *s) {
  switch (s->what) {
  case 's': lua_pushlstring(L, s->text, s->u.length); break;
  case 'n': lua_pushnumber(L, s->u.number); break;
  case 'd': lua_pushinteger(L, s->u.integer); break;
  case 'b': lua_pushboolean(L, s->n); break;
  case 'z': lua_pushnil(L); break;
  case 'a': lua_createtable(L, s->n, 0); break;
  case 'o': lua_createtable(L, 0, s->n); break;
  case 'k': lua_rawgeti(L, lua_upvalueindex(KEYS), s->n); break;
  case 'i': lua_rawseti(L, -2, s->n); break;
  case '=': lua_rawset(L, -3); break;
  case 'f': lua_rawgeti(L, lua_upvalueindex(CONSTRUCTORS), s->n); break;
  case 'c': lua_call(L, s->n, 1); break;
  }
}

static int run(lua_State *L) {
  const plan *p = lua_touserdata(L, lua_upvalueindex(STEPS));
  luaL_checkstack(L, p->room, "plan");
  for (const step *s = p->steps; s < p->steps + p->count; s++)
    one_step(L, s);
  return 1;
}

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#endif

#if LUA_VERSION_NUM < 503
#define is_integer(L, index) 0
#else
#define is_integer(L, index) lua_isinteger(L, index)
#endif

/* Fills in a step, whose `what` is set, with the operand on top of the stack. The bytes of a string
** are copied to `room`. Returns the rest of `room`. [0] */
static char *fill(lua_State *L, step *s, char *room) {
  if (s->what == 's') {
    const char *text = lua_tolstring(L, -1, &s->u.length);
    s->text = memcpy(room, text, s->u.length);
    return room + s->u.length;
  }
  if (s->what == 'n' && is_integer(L, -1)) {
    s->what = 'd';
    s->u.integer = lua_tointeger(L, -1);
  } else if (s->what == 'n') {
    s->u.number = lua_tonumber(L, -1);
  } else {
    s->n = (int)lua_tointeger(L, -1);
  }
  return room;
}

/* floor(steps, bytes, room, keys, constructors) -> a function that builds the value. `steps` is a
** list of letters, each followed by its operand; `bytes` is the total length of all strings; `room`
** is the number of stack slots needed. */
static int new_plan(lua_State *L) {
  const size_t count = lua_rawlen(L, 1) / 2;
  const size_t bytes = (size_t)luaL_checknumber(L, 2);
  plan *p = lua_newuserdata(L, sizeof *p + count * sizeof p->steps[0] + bytes);
  char *room = (char *)(p->steps + count);
  p->count = count;
  p->room = (int)luaL_checknumber(L, 3);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, 1, (int)(2 * i + 1));
    p->steps[i].what = *lua_tostring(L, -1);
    lua_rawgeti(L, 1, (int)(2 * i + 2));
    room = fill(L, &p->steps[i], room);
    lua_pop(L, 2);
  }
  lua_pushvalue(L, 4);
  lua_pushvalue(L, 5);
  lua_pushcclosure(L, run, 3);
  return 1;
}

__attribute__((visibility("default"))) int luaopen_floor(lua_State *L);

int luaopen_floor(lua_State *L) {
  lua_pushcfunction(L, new_plan);
  return 1;
}
