#include "template.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "object.h"

#define FIELDS   64 /* at most, in a row and the objects in it */
#define NESTING  4  /* of the objects whose fields are the template's own */
#define AFTER    4  /* rows in a row that do not fit, before a template is made of the next */
#define ATTEMPTS 8  /* templates that are made, until one serves ... */
#define SERVES   64 /* ... so many rows */
#define PATIENCE 8  /* new values in a row before a field's last value is no longer kept */

/* What a template's table holds. */
enum { CONSTRUCTOR = 1, VALUES };

typedef struct field {
  word key;
  word value;       /* the last one, if it was a short string: the string values[i + 1] */
  uint8_t patience; /* 0: its values are not kept */
  bool opens;       /* an object: the fields that follow are in it */
  uint8_t closes;   /* how many objects end after this field, the row itself included */
} field;

typedef struct template {
  field fields[FIELDS];
  int count;
  unsigned made; /* how many were made: a finalizer that decodes may make another meanwhile */
  int misfits;   /* rows since the last that fitted */
  int fits;      /* rows since the template was made */
  int attempts;  /* templates made, since one served */
}
template;

void template_new(lua_State *L) {
  memset(lua_newuserdata(L, sizeof(template)), 0, sizeof(template));
  lua_createtable(L, VALUES, 0);
  sm_setuservalue(L, -2);
}

/* == Making ========================================================================= */

/* The parent's fields begin at `first`: whether one of them has this key. */
static bool has_key(const template *t, int first, int last, const word *key) {
  int depth = 0;
  for (int i = first; i < last; i++) {
    const field *f = &t->fields[i];
    const bool same = f->key.length == key->length && !memcmp(f->key.text, key->text, key->length);
    if (depth == 0 && same) return true;
    depth += f->opens - f->closes;
  }
  return false;
}

/* Adds the fields of the object at p. Returns the end of it, or NULL: no template can be made. */
static const char *add_fields(builder *b, template *t, const char *p, int nesting) {
  const int first = t->count;
  p = json_space(p + 1);
  for (;; p = json_space(p + 1)) {
    bool escaped;
    if (t->count == FIELDS) return NULL;
    field *f = &t->fields[t->count];
    const char *end = build_string_end(b, p, &escaped);
    if (escaped || end - p > WORD_MAX) return NULL;
    memset(f, 0, sizeof *f);
    memcpy(f->key.text, p, (size_t)(end - p));
    f->key.length = (uint8_t)(end - p);
    f->patience = PATIENCE;
    if (has_key(t, first, t->count, &f->key)) return NULL;
    t->count++;
    p = json_space(json_space(end) + 1);
    f->opens = *p == '{' && nesting < NESTING && *json_space(p + 1) != '}';
    p = f->opens ? add_fields(b, t, p, nesting + 1) : json_skip_value(p, b->end);
    if (p == NULL) return NULL;
    p = json_space(p);
    if (*p == '}') break;
  }
  t->fields[t->count - 1].closes++;
  return p + 1;
}

/* Adds a key as Lua source: in decimal escapes, so that nothing in it can end the string. */
static void add_key(luaL_Buffer *source, const word *key) {
  char byte[8];
  luaL_addstring(source, "[\"");
  for (int i = 1; i < key->length - 1; i++) {
    snprintf(byte, sizeof byte, "\\%03u", (unsigned char)key->text[i]);
    luaL_addstring(source, byte);
  }
  luaL_addstring(source, "\"]=");
}

/* Pushes the source of the constructor:
** local v1,v2,v3 = ... return {["\097"]=v1,["\098"]={["\099"]=v2},["\100"]=v3} [+1] */
static void push_source(lua_State *L, const template *t) {
  char name[16];
  luaL_Buffer source;
  luaL_buffinit(L, &source);
  luaL_addstring(&source, "local ");
  for (int i = 0, n = 0; i < t->count; i++) {
    if (t->fields[i].opens) continue;
    snprintf(name, sizeof name, n++ == 0 ? "v%d" : ",v%d", i);
    luaL_addstring(&source, name);
  }
  luaL_addstring(&source, " = ... return {");
  for (int i = 0; i < t->count; i++) {
    add_key(&source, &t->fields[i].key);
    snprintf(name, sizeof name, t->fields[i].opens ? "{" : "v%d,", i);
    luaL_addstring(&source, name);
    for (int closes = t->fields[i].closes; closes > 0; closes--)
      luaL_addstring(&source, i == t->count - 1 && closes == 1 ? "}" : "},");
  }
  luaL_pushresult(&source);
}

/* Makes the template of the row at p. Where that cannot be, there is none. `table` is the stack
** index of its table. [0] */
static void make(builder *b, template *t, int table, const char *p) {
  lua_State *L = b->L;
  size_t length;
  const unsigned made = ++t->made;
  t->count = 0;
  t->misfits = t->fits = 0;
  t->attempts++;
  if (*json_space(p + 1) == '}' || add_fields(b, t, p, 1) == NULL) {
    t->count = 0;
    return;
  }
  push_source(L, t);
  const char *source = lua_tolstring(L, -1, &length);
  lua_createtable(L, t->count, 0);
  const bool loaded = luaL_loadbuffer(L, source, length, "=sigmamind.row") == 0;
  if (t->made == made && loaded) {
    lua_rawseti(L, table, CONSTRUCTOR);
    lua_rawseti(L, table, VALUES);
  } else if (t->made == made) {
    t->count = 0;
  }
  lua_settop(L, table);
}

/* == Using ========================================================================== */

/* Pushes the string at p, which is likely to be what field i was in the row before. [+1] */
static const char *push_text(builder *b, template *t, int values, int i, const char *p) {
  lua_State *L = b->L;
  field *f = &t->fields[i];
  const unsigned made = t->made;
  bool escaped;
  if (build_is_word(b, &f->value, p)) {
    lua_rawgeti(L, values, i + 1);
    f->patience = PATIENCE;
    return p + f->value.length;
  }
  const char *end = build_string_end(b, p, &escaped);
  build_string(L, p, end, escaped);
  if (t->made != made) return end;
  f->value.length = 0;
  if (f->patience == 0 || escaped || end - p > WORD_MAX) return end;
  f->patience--;
  lua_pushvalue(L, -1);
  lua_rawseti(L, values, i + 1);
  memcpy(f->value.text, p, (size_t)(end - p));
  f->value.length = (uint8_t)(end - p);
  return end;
}

/* Past the ends of objects after a field, and the comma if one must follow; NULL: another shape. */
static const char *match_ends(const char *p, int closes, bool last) {
  p = json_space(p);
  for (; closes > 0; closes--) {
    if (*p != '}') return NULL;
    p = closes == 1 && last ? p + 1 : json_space(p + 1);
  }
  if (last) return p;
  return *p == ',' ? json_space(p + 1) : NULL;
}

/* Pushes the values of the row at p. Returns the end of it, or NULL: it has another shape. */
static const char *push_values(builder *b, template *t, int values, const char *p) {
  p = json_space(p + 1);
  const unsigned made = t->made;
  for (int i = 0; i < t->count; i++) {
    const field *f = &t->fields[i];
    if (t->made != made || !build_is_word(b, &f->key, p)) return NULL;
    p = json_space(json_space(p + f->key.length) + 1);
    if (f->opens) {
      if (*p != '{') return NULL;
      p = json_space(p + 1);
      continue;
    }
    p = *p == '"' ? push_text(b, t, values, i, p) : build_field(b, p);
    p = match_ends(p, f->closes, i == t->count - 1);
    if (p == NULL) return NULL;
  }
  return p;
}

const char *template_row(builder *b, const char *p) {
  lua_State *L = b->L;
  const int top = lua_gettop(L), table = top + 1, values = top + 2;
  template *t = lua_touserdata(L, top);
  luaL_checkstack(L, FIELDS + 8, "no room for a row");
  sm_getuservalue(L, top);
  if (t->misfits >= AFTER && t->attempts < ATTEMPTS) make(b, t, table, p);
  if (t->count > 0) {
    lua_rawgeti(L, table, VALUES);
    lua_rawgeti(L, table, CONSTRUCTOR);
    const unsigned made = t->made;
    const char *end = push_values(b, t, values, p);
    if (end != NULL && t->made == made) {
      t->misfits = 0;
      if (++t->fits == SERVES) t->attempts = 0;
      lua_call(L, lua_gettop(L) - values - 1, 1);
      return end;
    }
    lua_settop(L, table);
  }
  t->misfits++;
  b->tables = 0;
  return build_value(b, p);
}
