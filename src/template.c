#include "template.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "compat.h"
#include "hash.h"

/* Objects that match no template are examined ever less often: the first, the 4th after it, the
** 16th after that, and so on, down to each 128th. If two objects examined in a row have the same
** shape, it becomes a template. Templates made in vain raise the limit of 128 to 4 and then 16
** times as much, until ENOUGH_USES objects match. A match offsets an eighth of an object that does
** not. */
#define UNMATCHED      8
#define LOOK_AFTER     (1 * UNMATCHED)
#define LOOK_AFTER_MAX (128 * UNMATCHED)
#define ENOUGH_USES    64

/* Comparing in vain costs time. A match adds 3 to the credit of its place, a failure takes 1; at
** ASLEEP, only each 16th object is compared. */
#define CREDIT_MAX 32
#define ASLEEP     (-16)

#define ANEW       1024 /* objects until all fields are looked up in the string cache again */
#define FIELDS_MAX 1024 /* max fields that a table is presized for */

void templates_new(lua_State *L, bool built) {
  templates *set = lua_newuserdata(L, sizeof *set);
  memset(set, 0, sizeof *set);
  set->built = built;
  lua_newtable(L);
  sm_setuservalue(L, -2);
}

template_place *templates_place(templates *set, const char *p) {
  unsigned hash = 0;
  if (*p != '"') return &set->places[0]; /* it may be the end of the text */
  for (int i = 1; i <= 8 && (unsigned char)p[i] > '"'; i++)
    hash = hash * 31 + (unsigned char)p[i];
  return &set->places[(hash ^ hash >> 5) % TEMPLATE_PLACES];
}

/* A decaying maximum: Lua rehashes a table that is too small. */
void template_note_size(template_place *place, uint32_t fields) {
  if (fields > FIELDS_MAX) fields = FIELDS_MAX;
  if (fields > place->size)
    place->size = fields;
  else
    place->size -= (place->size - fields) / 8;
}

/* == Matching. No Lua here. ========================================================= */

bool template_is_tried(template_place *place) {
  if (place->count == 0) return false;
  return place->credit != ASLEEP || ++place->skipped % 16 == 0;
}

row_template *template_to_try(const template_place *place, int i) {
  if (i >= place->count) return NULL;
  const int k = place->current + i; /* a division here would cost as much as a field */
  return place->list[k < place->count ? k : k - place->count];
}

row_template *template_of(const template_place *place, uint32_t wanted) {
  for (int k = 0; k < place->count; k++)
    if (place->list[k]->number == wanted) return place->list[k];
  return NULL;
}

void template_fits(template_place *place, const row_template *t) {
  const bool asleep = place->credit == ASLEEP;
  for (int k = 0; place->list[place->current] != t && k < place->count; k++)
    if (place->list[k] == t) place->current = k;
  place->credit = asleep ? 0 : place->credit + 3 < CREDIT_MAX ? place->credit + 3 : CREDIT_MAX;
  place->unmatched -= place->unmatched > 0;
  if (++place->matched == ENOUGH_USES) place->look_after = place->wasted = 0;
}

void template_none_fits(template_place *place) {
  if (place->credit > ASLEEP) place->credit--;
}

/* Notes the values of the filter's nodes, and the paths that the row has. A field without a node
** must be left out: its index is 0, which is the row's node. */
static void note_values(filter *f, const shape *s, const shape_span *spans) {
  filter_forget(f);
  f->notes.had |= s->had;
  for (int i = 0; i < s->asked; i++) {
    const shape_field *field = &s->fields[i];
    if (field->node == 0) continue;
    f->nodes[field->node].value = spans[i].at;
    if (field->no_object) f->notes.had |= filter_had(f, field->node, spans[i].at);
  }
}

row_template *templates_match(template_place *place, filter *f, json_scan *scan, const char **p,
                              unsigned depth, shape_span *spans) {
  row_template *t;
  if (!template_is_tried(place)) return NULL;
  for (int i = 0; (t = template_to_try(place, i)) != NULL; i++) {
    const char *end = shape_check(&t->shape, scan, *p, depth, spans);
    if (end != NULL) {
      template_fits(place, t);
      if (f != NULL) note_values(f, &t->shape, spans);
      *p = end;
      return t;
    }
    if (scan->at != NULL) return NULL;
  }
  template_none_fits(place);
  return NULL;
}

/* Whether to examine this object of the place. */
static bool is_due(template_place *place) {
  const unsigned max = (unsigned)LOOK_AFTER_MAX << 2 * place->wasted;
  if (place->look_after == 0) place->look_after = LOOK_AFTER;
  place->unmatched += UNMATCHED;
  if (place->unmatched < place->look_after) return false;
  place->unmatched = 0;
  place->look_after = place->look_after < max / 4 ? place->look_after * 4 : max;
  return true;
}

/* A hash of the bytes between the values of the object at p, without nested objects. */
static uint64_t look_at(const char *p, const char *end) {
  uint64_t hash = 0;
  const char *gap = p;
  p = json_space(p + 1);
  for (int i = 0; *p != '}' && i < SHAPE_FIELDS; i++) {
    p = json_space(json_space(json_skip_string(p, end)) + 1);
    hash = hash_mix(hash, hash_bytes(gap, (size_t)(p - gap)));
    gap = json_skip_value(p, end);
    p = json_space(gap);
    if (*p == ',') p = json_space(p + 1);
  }
  return hash;
}

bool template_is_due(template_place *place, const char *p, const char *end) {
  if (!is_due(place)) return false;
  const uint64_t before = place->looked_at;
  place->looked_at = look_at(p, end);
  if (place->looked_at != before) return false;
  place->matched = 0;
  place->credit = 0;
  place->wasted += place->wasted < 2;
  return true;
}

/* == Learning ======================================================================= */

typedef struct key {
  const char *text;
  size_t length;
  unsigned level;
} key;

typedef struct learner {
  shape shape;
  int wanted_count, wanted_values;
  size_t used; /* of the shape's text */
  filter *filter;
  const char *end, *gap; /* of the text; where the gap that is being read begins */
  int key_count, containers;
  key keys[SHAPE_FIELDS];
  shape_field fields[SHAPE_FIELDS];
  char text[SHAPE_TEXT];
  luaL_Buffer source;
} learner;

/* Adds the key from p to end, of the object whose keys begin at `first`. False: it has escapes, it
** is one too many, or the object has it already. */
static bool learn_key(learner *l, int first, unsigned level, const char *p, const char *end) {
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
  memcpy(l->text + l->used, l->gap, length);
  gap->at = (uint16_t)l->used;
  gap->length = (uint16_t)length;
  l->used += length;
  return true;
}

/* Adds a key to the Lua source, in decimal escapes, so that nothing in it can end the string. */
static void add_name(learner *l, const key *k) {
  char byte[8];
  luaL_addstring(&l->source, "[\"");
  for (size_t i = 1; i < k->length - 1; i++) {
    snprintf(byte, sizeof byte, "\\%03u", (unsigned char)k->text[i]);
    luaL_addstring(&l->source, byte);
  }
  luaL_addstring(&l->source, "\"]=");
}

/* How the filter uses a field. */
typedef struct projection {
  int node;    /* in its tree; NO_NODE: none */
  bool wanted; /* entirely */
  bool partly; /* some of its fields are selected */
  bool asked;  /* a condition tests the field itself */
  bool deeper; /* its tree has fields in it */
} projection;

enum { NO_NODE = -1 };

/* The projection of the field with this name, in an object with the projection `above`. */
static projection project(learner *l, projection above, const char *name, const char *end) {
  projection w = {NO_NODE, above.wanted, false, false, false};
  if (l->filter == NULL || above.node == NO_NODE) return w;
  const int i = filter_find(l->filter, above.node, name, end, false);
  if (i == 0) return w;
  const node *n = &l->filter->nodes[i];
  l->shape.had |= n->bit;
  w.node = i;
  w.wanted |= n->whole;
  w.partly = n->selected;
  w.asked = filter_asks(l->filter, i);
  w.deeper = n->child != 0;
  return w;
}

/* Adds the field whose value is at p. Returns the end of the value; NULL: a limit is exceeded. */
static const char *learn_field(learner *l, const char *p, unsigned level, projection w) {
  char name[16];
  shape_field *f = &l->fields[l->shape.count];
  f->misses_left = SHAPE_MISSES;
  f->level = (uint8_t)level;
  f->wanted = w.wanted;
  f->node = w.node == NO_NODE ? 0 : w.node;
  if (f->node != 0) l->shape.asked = l->shape.count + 1;
  f->no_object = w.deeper;
  l->containers += *p == '[' || *p == '{';
  if (l->containers > TEMPLATE_CONTAINERS || !end_gap(l, &f->gap, p)) return NULL;
  snprintf(name, sizeof name, "v%d,", l->shape.count++);
  if (w.wanted) {
    luaL_addstring(&l->source, name);
    l->wanted_count = l->shape.count;
    l->wanted_values++;
  }
  l->gap = json_skip_value(p, l->end);
  return l->gap;
}

static const char *learn_fields(learner *l, const char *p, unsigned level, projection above);

/* Adds the object at p, whose fields belong to the shape. */
static const char *learn_object(learner *l, const char *p, unsigned level, projection w) {
  const bool kept = w.wanted || w.partly;
  if (kept) luaL_addstring(&l->source, "{");
  p = learn_fields(l, p, level, w);
  if (kept) luaL_addstring(&l->source, "},");
  return p;
}

/* Adds the fields of the object at p. Returns its end; NULL: no template can be made. */
static const char *learn_fields(learner *l, const char *p, unsigned level, projection above) {
  const int first = l->key_count;
  if (level > l->shape.levels) l->shape.levels = level;
  for (p = json_space(p + 1);; p = json_space(p + 1)) {
    const char *name = p, *end = json_skip_string(p, l->end);
    if (!learn_key(l, first, level, name, end)) return NULL;
    const projection w = project(l, above, name, end);
    p = json_space(json_space(end) + 1);
    const bool opens = *p == '{' && *json_space(p + 1) != '}' && level < SHAPE_NESTING && !w.asked;
    if (w.wanted || (w.partly && opens)) add_name(l, &l->keys[l->key_count - 1]);
    p = opens ? learn_object(l, p, level + 1, w) : learn_field(l, p, level, w);
    if (p == NULL) return NULL;
    p = json_space(p);
    if (*p == '}') return p + 1;
  }
}

/* Whether to build such an object is faster than to call a constructor. */
static bool is_built_sooner(const learner *l) {
  return l->filter == NULL && l->shape.count == 1 && l->shape.levels == 1;
}

/* Learns the shape of the object at p and pushes the source of its constructor. False: no template
** can be made. [+1; if false 0] */
static bool learn(lua_State *L, learner *l, const char *p) {
  char name[16];
  const projection whole = {0, l->filter == NULL || !l->filter->selects, false, false, false};
  const int top = lua_gettop(L);
  if (*json_space(p + 1) == '}') return false;
  l->gap = p;
  luaL_buffinit(L, &l->source);
  luaL_addstring(&l->source, ") return {");
  const char *end = learn_fields(l, p, 1, whole);
  luaL_addstring(&l->source, "} end");
  luaL_pushresult(&l->source);
  if (end == NULL || !end_gap(l, &l->shape.tail, end) || is_built_sooner(l)) {
    lua_settop(L, top);
    return false;
  }
  luaL_buffinit(L, &l->source);
  luaL_addstring(&l->source, "return function(");
  for (int i = 0, n = 0; i < l->shape.count; i++) {
    if (!l->fields[i].wanted) continue;
    snprintf(name, sizeof name, n++ == 0 ? "v%d" : ",v%d", i);
    luaL_addstring(&l->source, name);
  }
  luaL_pushresult(&l->source);
  lua_insert(L, -2);
  lua_concat(L, 2);
  return true;
}

/* Pushes the function that the source on top returns. False: it does not compile. [+1] */
static bool push_constructor(lua_State *L) {
  size_t length;
  const char *source = lua_tolstring(L, -1, &length);
  if (luaL_loadbuffer(L, source, length, "=sigmamind.object") != 0) return false;
  lua_call(L, 0, 1);
  return true;
}

/* Pushes a template with what was learned, its fields and text in the same userdata. [+1] */
static row_template *push_template(lua_State *L, const learner *l) {
  const size_t fields = (size_t)l->shape.count * sizeof *l->fields;
  row_template *t = lua_newuserdata(L, sizeof *t + fields + l->used);
  t->wanted_count = l->wanted_count;
  t->wanted_values = l->wanted_values;
  t->objects = 0;
  t->shape = l->shape;
  t->shape.fields = (shape_field *)(t + 1);
  memcpy(t->shape.fields, l->fields, fields);
  char *text = (char *)t->shape.fields + fields;
  memcpy(text, l->text, l->used);
  t->shape.text = text;
  return t;
}

/* Stores the template and the constructor on top of the stack in the place, and in the set's table,
** which anchors them. [-2] */
static void keep(lua_State *L, int index, template_place *place, row_template *t) {
  templates *set = lua_touserdata(L, index);
  const int k = place->next, before = (int)(place - set->places) * TEMPLATES_AT_PLACE + k;
  t->slot = 2 * before + 1;
  t->number = ++set->made;
  sm_getuservalue(L, index);
  lua_insert(L, -3);
  lua_rawseti(L, -3, t->slot + 1);
  lua_rawseti(L, -2, t->slot);
  lua_pop(L, 1);
  place->list[k] = t;
  place->next = (k + 1) % TEMPLATES_AT_PLACE;
  if (k == place->count) place->count++;
  place->current = k;
}

static void make(lua_State *L, int index, template_place *place, learner *l, const char *p) {
  const templates *set = lua_touserdata(L, index);
  const int top = lua_gettop(L);
  luaL_checkstack(L, LUA_MINSTACK, "no room for a template");
  if (!learn(L, l, p)) {
    place->unmatched = UNMATCHED; /* if two shapes alternate, the other one is examined next */
  } else {
    row_template *t = push_template(L, l);
    lua_insert(L, -2);
    if (!set->built)
      lua_pushboolean(L, false);
    else if (!push_constructor(L))
      t = NULL;
    if (t != NULL) {
      lua_remove(L, -2);
      keep(L, index, place, t);
    }
  }
  lua_settop(L, top);
}

void templates_learn(lua_State *L, int index, filter *f, const char *p, const char *end) {
  templates *set = lua_touserdata(L, index);
  learner l;
  memset(&l, 0, offsetof(learner, keys));
  l.filter = f;
  l.end = end;
  make(L, index, templates_place(set, json_space(p + 1)), &l, p);
}

/* == Building ======================================================================= */

void template_push(lua_State *L, int table, const row_template *t) {
  lua_rawgeti(L, table, t->slot);
  lua_rawgeti(L, table, t->slot + 1);
}

void template_count(row_template *t) {
  if (++t->objects % ANEW != 0) return;
  for (int i = 0; i < t->shape.count; i++)
    if (t->shape.fields[i].misses_left < 2) t->shape.fields[i].misses_left = 2;
}
