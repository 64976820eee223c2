/* floor: the time that a VM needs for a document when there is nothing to read. A plan, which
** bench/support/plan.lua makes of a decoded value, says which calls of Lua's API make that value;
** here it is carried out: strings by lua_pushlstring from memory that is not Lua's, tables by
** lua_createtable of the right size and raw sets, whole objects by calling a compiled constructor
** with the values of their fields. */

#include <string.h>
#include <lauxlib.h>
#include <lua.h>

/* Upvalues of a plan's function. */
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
  int room; /* on the stack */
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

/* Fills in a step of which `what` is known. Its operand is on top; the bytes of a string go to
** `room`. Returns what is left of that. */
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

/* floor(steps, bytes, room, keys, constructors) -> function that makes the value. `steps` is a list
** of letters, each before its operand; `bytes` are those of all strings; `room` is how much of the
** stack they take. */
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
