#include "template.h"

#include <stdio.h>
#include <string.h>

#include "object.h"
#include "shape.h"

#define TEMPLATES 4 /* in a list */
#define MISFIT    8 /* what a row without a template counts for, against 1 for a row with one ... */
#define MISFITS   32              /* ... until a template is made */
#define ATTEMPTS  8               /* templates that are made so soon, until they serve ... */
#define SERVES    64              /* ... so many rows */
#define LATER     (2048 * MISFIT) /* instead of MISFITS, once those were made in vain */
#define PATIENCE  16   /* new values before a field's values are no longer remembered ... */
#define ANEW      1024 /* ... until so many rows later, for two of them */

struct row_template {
  shape shape;
  int wanted_count;               /* the fields from there on are not wanted */
  uint8_t patience[SHAPE_FIELDS]; /* 0: this field's values hardly ever come again */
  unsigned rows;                  /* that were read with it */
};

/* Its table holds template i, which is list[i], at i + 1, and its constructor at TEMPLATES + i + 1.
** A finalizer that decodes may replace any of them; whoever uses one has it on the stack. */
struct template_list {
  row_template *list[TEMPLATES];
  int count, current, next; /* how many, the last that served, the one to be replaced */
  unsigned misfits, serves, attempts;
};

void templates_new(lua_State *L) {
  memset(lua_newuserdata(L, sizeof(template_list)), 0, sizeof(template_list));
  lua_createtable(L, 2 * TEMPLATES, 0);
  sm_setuservalue(L, -2);
}

/* == Checking. No Lua here. ========================================================= */

row_template *templates_check(template_list *list, filter *f, json_scan *scan, const char **p,
                              unsigned depth, bool *holds) {
  node none;
  for (int i = 0; i < list->count; i++) {
    const int k = (list->current + i) % list->count;
    if (f != NULL) filter_forget(f);
    const char *end =
        shape_check(&list->list[k]->shape, f != NULL ? f->nodes : &none, scan, *p, depth);
    scan->at = NULL; /* what is wrong, if anything is, the general way tells */
    if (end == NULL) continue;
    list->current = k;
    list->misfits -= list->misfits > 0;
    if (++list->serves == SERVES) list->attempts = 0;
    *holds = f == NULL || filter_holds(f, scan->end);
    if (f != NULL) f->notes.had |= list->list[k]->shape.had;
    if (f != NULL) filter_rest(f);
    *p = end;
    return list->list[k];
  }
  list->misfits += MISFIT;
  return NULL;
}

/* == Learning ======================================================================= */

typedef struct key {
  const char *text;
  size_t length;
  unsigned level;
} key;

typedef struct learner {
  shape *shape;
  int wanted_count;
  size_t used; /* of the shape's text */
  filter *filter;
  const char *end, *gap; /* of the text; where the gap that is being read begins */
  key keys[SHAPE_FIELDS];
  int key_count;
  luaL_Buffer source;
} learner;

/* Whether the key at p is plain, not too much, and new to the object whose keys begin at
** `first`. */
static bool add_key(learner *l, int first, unsigned level, const char *p, const char *end) {
  const size_t length = (size_t)(end - p);
  if (l->key_count == SHAPE_FIELDS || memchr(p, '\\', length) != NULL) return false;
  for (int i = first; i < l->key_count; i++) {
    const key *k = &l->keys[i];
    if (k->level == level && k->length == length && memcmp(k->text, p, length) == 0) return false;
  }
  const key added = {p, length, level};
  l->keys[l->key_count++] = added;
  return true;
}

/* Ends the gap at p. False: it is too long. */
static bool end_gap(learner *l, shape_gap *gap, const char *p) {
  const size_t length = (size_t)(p - l->gap);
  if (length > SHAPE_TEXT - l->used) return false;
  memcpy(l->shape->text + l->used, l->gap, length);
  gap->at = (uint16_t)l->used;
  gap->length = (uint16_t)length;
  l->used += length;
  return true;
}

/* Adds a key as Lua source: in decimal escapes, so that nothing in it can end the string. */
static void add_name(learner *l, const key *k) {
  char byte[8];
  luaL_addstring(&l->source, "[\"");
  for (size_t i = 1; i < k->length - 1; i++) {
    snprintf(byte, sizeof byte, "\\%03u", (unsigned char)k->text[i]);
    luaL_addstring(&l->source, byte);
  }
  luaL_addstring(&l->source, "\"]=");
}

/* What the filter wants of a field. */
typedef struct wish {
  int node;    /* in its tree; NO_NODE: the field is not there */
  bool wanted; /* the whole of it */
  bool partly; /* what it selects of the fields in it */
  bool asked;  /* a condition is about the field itself */
  bool deeper; /* its tree goes on */
} wish;

enum { NO_NODE = -1 };

/* For the field of this name in an object for which `above` is the wish. */
static wish wish_for(learner *l, wish above, const char *name, const char *end) {
  wish w = {NO_NODE, above.wanted, false, false, false};
  if (l->filter == NULL || above.node == NO_NODE) return w;
  const int i = filter_find(l->filter, above.node, name, end, false);
  if (i == 0) return w;
  const node *n = &l->filter->nodes[i];
  l->shape->had |= n->bit;
  w.node = i;
  w.wanted |= n->whole;
  w.partly = n->selected;
  w.asked = filter_asks(l->filter, i);
  w.deeper = n->child != 0;
  return w;
}

/* Adds the field whose value is at p. Returns the end of the value; NULL: the gap is too long. */
static const char *add_field(learner *l, const char *p, unsigned level, wish w) {
  char name[16];
  shape_field *f = &l->shape->fields[l->shape->count];
  f->level = (uint8_t)level;
  f->wanted = w.wanted;
  f->node = w.node == NO_NODE ? 0 : w.node;
  f->no_object = w.deeper;
  if (!end_gap(l, &f->gap, p)) return NULL;
  snprintf(name, sizeof name, "v%d,", l->shape->count++);
  if (w.wanted) luaL_addstring(&l->source, name);
  if (w.wanted) l->wanted_count = l->shape->count;
  l->gap = json_skip_value(p, l->end);
  return l->gap;
}

static const char *add_fields(learner *l, const char *p, unsigned level, wish above);

/* Adds the object at p, whose fields belong to the row's shape. */
static const char *add_object(learner *l, const char *p, unsigned level, wish w) {
  const bool kept = w.wanted || w.partly;
  if (kept) luaL_addstring(&l->source, "{");
  p = add_fields(l, p, level, w);
  if (kept) luaL_addstring(&l->source, "},");
  return p;
}

/* Adds the fields of the object at p. Returns the end of it; NULL: no template can be made. */
static const char *add_fields(learner *l, const char *p, unsigned level, wish above) {
  const int first = l->key_count;
  if (level > l->shape->levels) l->shape->levels = level;
  for (p = json_space(p + 1);; p = json_space(p + 1)) {
    const char *name = p, *end = json_skip_string(p, l->end);
    if (!add_key(l, first, level, name, end)) return NULL;
    const wish w = wish_for(l, above, name, end);
    p = json_space(json_space(end) + 1);
    const bool opens = *p == '{' && *json_space(p + 1) != '}' && level < SHAPE_NESTING && !w.asked;
    if (w.wanted || (w.partly && opens)) add_name(l, &l->keys[l->key_count - 1]);
    p = opens ? add_object(l, p, level + 1, w) : add_field(l, p, level, w);
    if (p == NULL) return NULL;
    p = json_space(p);
    if (*p == '}') return p + 1;
  }
}

/* Learns the shape of the row at p and pushes the source of its constructor. False, with nothing
** pushed: no template can be made of it. [+1] */
static bool learn(lua_State *L, learner *l, const char *p) {
  char name[16];
  const wish row = {0, l->filter == NULL || !l->filter->selects, false, false, false};
  const int top = lua_gettop(L);
  if (*json_space(p + 1) == '}') return false;
  l->gap = p;
  luaL_buffinit(L, &l->source);
  luaL_addstring(&l->source, ") return {");
  const char *end = add_fields(l, p, 1, row);
  luaL_addstring(&l->source, "} end");
  luaL_pushresult(&l->source);
  if (end == NULL || !end_gap(l, &l->shape->tail, end)) {
    lua_settop(L, top);
    return false;
  }
  luaL_buffinit(L, &l->source);
  luaL_addstring(&l->source, "return function(");
  for (int i = 0, n = 0; i < l->shape->count; i++) {
    if (!l->shape->fields[i].wanted) continue;
    snprintf(name, sizeof name, n++ == 0 ? "v%d" : ",v%d", i);
    luaL_addstring(&l->source, name);
  }
  luaL_pushresult(&l->source);
  lua_insert(L, -2);
  lua_concat(L, 2);
  return true;
}

/* Pushes the function that the source on top of the stack returns. False: it is none. [+1] */
static bool push_constructor(lua_State *L) {
  size_t length;
  const char *source = lua_tolstring(L, -1, &length);
  if (luaL_loadbuffer(L, source, length, "=sigmamind.row") != 0) return false;
  lua_call(L, 0, 1);
  return true;
}

void templates_learn(lua_State *L, int index, filter *f, const char *p, const char *end) {
  template_list *list = lua_touserdata(L, index);
  const int top = lua_gettop(L);
  const bool is_soon = list->attempts < ATTEMPTS;
  if (list->misfits < (is_soon ? MISFITS : LATER)) return;
  list->misfits = list->serves = 0;
  list->attempts += is_soon;
  sm_getuservalue(L, index);
  row_template *t = lua_newuserdata(L, sizeof *t);
  memset(t, 0, sizeof *t);
  memset(t->patience, PATIENCE, sizeof t->patience);
  learner l = {&t->shape, 0, 0, f, end, NULL, {{NULL, 0, 0}}, 0, {0}};
  if (learn(L, &l, p) && push_constructor(L)) {
    const int k = list->next;
    lua_rawseti(L, top + 1, TEMPLATES + k + 1);
    lua_pushvalue(L, top + 2);
    lua_rawseti(L, top + 1, k + 1);
    t->wanted_count = l.wanted_count;
    list->list[k] = t;
    list->next = (k + 1) % TEMPLATES;
    if (k == list->count) list->count++;
    list->current = k;
  }
  lua_settop(L, top);
}

/* == Building ======================================================================= */

/* Pushes the string at p, a value of field i. [+1] */
static const char *push_text(builder *b, row_template *t, int i, const char *p) {
  bool escaped;
  const char *end = build_string_end(b, p, &escaped);
  if (escaped || t->patience[i] == 0) {
    build_string(b->L, p, end, escaped);
  } else if (build_word(b, p, end)) {
    t->patience[i] = PATIENCE;
  } else {
    t->patience[i]--;
  }
  return end;
}

/* Values that hardly ever came again may do so by now. The first is remembered, and the second
** known. */
static void be_patient(row_template *t) {
  for (int i = 0; i < t->shape.count; i++)
    if (t->patience[i] < 2) t->patience[i] = 2;
}

/* Pushes the wanted values of the row at p. Returns the end of it, or NULL: it has another
** shape. A row that is known to have this shape is not compared again, and not read beyond what
** is wanted. */
static inline const char *push_values(builder *b, row_template *t, const char *p, bool known) {
  const shape *s = &t->shape;
  const int count = known ? t->wanted_count : s->count;
  if (++t->rows % ANEW == 0) be_patient(t);
  for (int i = 0; i < count; i++) {
    const shape_field *f = &s->fields[i];
    p = known ? p + f->gap.length : shape_skip(s, f->gap, p, b->end);
    if (p == NULL || (!known && *p == '{' && f->no_object)) return NULL;
    if (!f->wanted)
      p = json_skip_value(p, b->end);
    else
      p = *p == '"' ? push_text(b, t, i, p) : build_field(b, p);
  }
  if (known) return count == s->count ? p + s->tail.length : p;
  return shape_skip(s, s->tail, p, b->end);
}

const char *template_row(builder *b, row_template *t, const char *p) {
  lua_State *L = b->L;
  const int constructor = lua_gettop(L);
  luaL_checkstack(L, SHAPE_FIELDS + 8, "no room for a row");
  p = push_values(b, t, p, true);
  lua_call(L, lua_gettop(L) - constructor, 1);
  return p;
}

void template_push(lua_State *L, int index, const row_template *t) {
  const template_list *list = lua_touserdata(L, index);
  int k = 0;
  while (k < list->count - 1 && list->list[k] != t)
    k++;
  sm_getuservalue(L, index);
  lua_rawgeti(L, -1, k + 1);
  lua_rawgeti(L, -2, TEMPLATES + k + 1);
  lua_remove(L, -3);
}

const char *templates_row(builder *b, int index, const char *p) {
  lua_State *L = b->L;
  template_list *list = lua_touserdata(L, index);
  const int top = lua_gettop(L), table = top + 1, constructor = top + 3;
  if (list->count == 0) return NULL;
  luaL_checkstack(L, SHAPE_FIELDS + 8, "no room for a row");
  sm_getuservalue(L, index);
  for (int i = 0; i < list->count; i++) {
    const int k = (list->current + i) % list->count;
    const shape *s = &list->list[k]->shape;
    if (shape_skip(s, s->fields[0].gap, p, b->end) == NULL) continue;
    lua_rawgeti(L, table, k + 1);
    lua_rawgeti(L, table, TEMPLATES + k + 1);
    const char *end = push_values(b, list->list[k], p, false);
    if (end != NULL) {
      list->current = k;
      lua_call(L, lua_gettop(L) - constructor, 1);
      return end;
    }
    lua_settop(L, table);
  }
  lua_settop(L, top);
  return NULL;
}
