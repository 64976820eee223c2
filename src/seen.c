#include "seen.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "object.h"

#define SEEN      "sigmamind.seen"
#define SLOTS_MIN 1024 /* a power of 2, like each table's size */

/* Open addressing; 0 is an empty slot. */
typedef struct table {
  uint64_t *slots;
  size_t size, count;
} table;

/* Without a bound, `young` grows. With one, a full `young` replaces `old`, whose ids are forgotten:
** at least the last `max` ids are kept. */
struct seen {
  table young, old;
  size_t max; /* 0: no bound */
  bool closed;
};

/* == Sets of ids. No Lua here. ====================================================== */

/* The slot that has this id, or the empty one for it. The table's address salts the hash, so that
** no server can choose ids that collide. */
static uint64_t *find_slot(const table *t, uint64_t id) {
  const uint64_t salt = (uint64_t)(uintptr_t)t->slots;
  size_t i = (size_t)hash_mix(salt, id) & (t->size - 1);
  while (t->slots[i] != 0 && t->slots[i] != id)
    i = (i + 1) & (t->size - 1);
  return &t->slots[i];
}

static bool has(const table *t, uint64_t id) {
  return t->slots != NULL && *find_slot(t, id) == id;
}

static bool new_table(table *t, size_t size) {
  const table empty = {calloc(size, sizeof *t->slots), size, 0};
  if (empty.slots != NULL) *t = empty;
  return empty.slots != NULL;
}

static bool grow(table *t) {
  table larger;
  if (!new_table(&larger, t->size == 0 ? SLOTS_MIN : t->size * 2)) return false;
  for (size_t i = 0; i < t->size; i++)
    if (t->slots[i] != 0) *find_slot(&larger, t->slots[i]) = t->slots[i];
  larger.count = t->count;
  free(t->slots);
  *t = larger;
  return true;
}

static bool begin_generation(seen *s) {
  table young;
  if (!new_table(&young, s->young.size)) return false;
  free(s->old.slots);
  s->old = s->young;
  s->young = young;
  return true;
}

bool seen_has(const seen *s, uint64_t id) {
  return has(&s->young, id) || has(&s->old, id);
}

bool seen_is_closed(const seen *s) {
  return s->closed;
}

bool seen_add(seen *s, uint64_t id) {
  table *t = &s->young;
  if (has(t, id)) return true;
  if (s->max > 0 && t->count == s->max) {
    if (!begin_generation(s)) return false;
  } else if (t->count >= t->size / 2 && !grow(t)) {
    return false;
  }
  *find_slot(t, id) = id;
  t->count++;
  return true;
}

/* == The object ===================================================================== */

int seen_lua(lua_State *L) {
  const lua_Number max = luaL_optnumber(L, 1, 0);
  luaL_argcheck(L, max >= 0 && max <= (lua_Number)(1 << 30), 1, "must be from 0 to 2^30");
  seen *s = lua_newuserdata(L, sizeof *s);
  memset(s, 0, sizeof *s);
  object_set_type(L, SEEN);
  s->max = (size_t)max;
  return 1;
}

seen *seen_check(lua_State *L, int argument) {
  return lua_isnoneornil(L, argument) ? NULL : luaL_checkudata(L, argument, SEEN);
}

/* seen:add(text) -> whether it is new. Of a million texts, two different ones have the same hash,
** and the second is not new, with a probability of about 1 in 40 million. */
static int l_add(lua_State *L) {
  seen *s = object_self(L, SEEN);
  size_t length;
  luaL_checktype(L, 2, LUA_TSTRING);
  const char *text = lua_tolstring(L, 2, &length);
  if (s->closed) return luaL_error(L, "seen is closed");
  const uint64_t id = hash_bytes(text, length);
  const bool is_new = !seen_has(s, id);
  if (is_new && !seen_add(s, id)) return luaL_error(L, "not enough memory");
  lua_pushboolean(L, is_new);
  return 1;
}

static int l_close(lua_State *L) {
  seen *s = object_self(L, SEEN);
  free(s->young.slots);
  free(s->old.slots);
  memset(&s->young, 0, sizeof s->young);
  memset(&s->old, 0, sizeof s->old);
  s->closed = true;
  return 0;
}

static int l_tostring(lua_State *L) {
  const seen *s = object_self(L, SEEN);
  if (s->closed)
    lua_pushliteral(L, "sigmamind.seen (closed)");
  else
    lua_pushfstring(L, "sigmamind.seen (%d rows)", (int)(s->young.count + s->old.count));
  return 1;
}

void seen_register(lua_State *L) {
  static const luaL_Reg methods[] = {{"add", l_add}, {NULL, NULL}};
  static const object_type type = {SEEN, methods, l_close, l_close, l_tostring, NULL, NULL};
  object_register(L, &type, 0);
}
