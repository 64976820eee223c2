#include "page.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "decode.h"
#include "hash.h"
#include "json.h"
#include "object.h"
#include "query.h"
#include "seen.h"
#include "template.h"

#define PAGE   "sigmamind.page"
#define ABSENT INT64_MIN

/* What a page's table holds. */
enum { TEXT = 1, QUERY, SEEN, SETTINGS, TEMPLATES, DATA };

enum flag { FLAG_ABSENT, FLAG_FALSE, FLAG_TRUE };

/* A row that matches the page's query; without a query, any. */
typedef struct match {
  uint32_t at; /* in the text */
  uint32_t row;
  uint32_t stage;    /* of the query, which the row does not pass; 0: it passes all */
  uint32_t template; /* the number of that which the row has; 0: it has none */
  uint32_t place;    /* of the template in its set */
  uint32_t spans;    /* the first of its fields; NO_SPANS: they are not kept */
} match;

#define NO_SPANS UINT32_MAX

/* What the API's rows and their fields take at least, hardly any excepted. */
#define ROW_BYTES   512
#define FIELD_BYTES 32

/* Where the value of a row's field stands, as the check found it, so that decoding need not search
** for it. */
typedef struct field_span {
  uint32_t at;     /* in the text */
  uint32_t length; /* of a string; shifted by KIND_BITS, with the kind of the shape_span below */
} field_span;

#define KIND_BITS 3

typedef struct page {
  decode_settings settings;
  const char *data;   /* the array of rows */
  filter *filter;     /* of the query, which the page's table anchors; NULL: there is none */
  filter_notes notes; /* with a query, what all the rows have */
  seen *seen; /* rows not to be handed out again, which the page's table anchors; NULL: none */
  const char *text;
  match *matches; /* from matches[next_match] on they are to come */
  size_t match_count, match_capacity, next_match;
  field_span *spans; /* of the matches */
  size_t span_count, span_capacity;
  size_t last_match; /* the one that was handed out last */
  lua_Number call;   /* of that, the number of the call; -1: it had none */
  bool again;        /* that row is to be handed out once more */
  uint64_t *ids;     /* with a query that has a key, of all rows; 0: it has none */
  size_t id_capacity;
  uint64_t digest; /* of the ids in their order */
  int64_t last;    /* the row that was handed out last, in `data`; -1: none yet */
  uint64_t last_id;
  int64_t before; /* the row that was handed out before it */
  uint64_t before_id;
  int64_t duplicates; /* matches that were not handed out, because they had been */
  bool has_data, has_ids;
  const char *end; /* of the text */
  bool closed;
  int64_t number, size, total_count, total_pages; /* or ABSENT */
  enum flag has_next, has_previous;
  int64_t count; /* rows in `data` */
} page;

/* == Checking. No Lua here. ========================================================= */

/* A check of a page ends well, or in text that is not JSON, or in JSON that is not a page. */
typedef struct checker {
  json_scan scan;
  bool out_of_memory;
  const char *not_a_page;  /* what is missing or of another type; NULL: nothing */
  templates *templates;    /* of such rows */
  const row_template *fit; /* of the last row, with the place and its spans; NULL: it has none */
  const template_place *place;
  shape_span spans[SHAPE_FIELDS];
  const char *learned; /* the row of which a template is to be made; NULL: none */
  const char *learned_end;
} checker;

/* The integer at p; ABSENT if there is none, or it is beyond 64 bits. */
static int64_t read_integer(const char *p) {
  const size_t length = strspn(p, "0123456789");
  int64_t value = 0;
  if (length == 0 || strchr(".eE", p[length]) != NULL) return ABSENT;
  for (size_t i = 0; i < length; i++) {
    const int digit = p[i] - '0';
    if (value > (INT64_MAX - digit) / 10) return ABSENT;
    value = value * 10 + digit;
  }
  return value;
}

static enum flag read_flag(const char *p) {
  return *p == 't' ? FLAG_TRUE : *p == 'f' ? FLAG_FALSE : FLAG_ABSENT;
}

/* Makes room for the element number `count`, from 0; those before it need not have been there. The
** first time there is room for one in so many bytes of the text. False: out of memory. */
static bool reserve(const page *g, void **list, size_t *capacity, size_t count, size_t size,
                    size_t bytes) {
  if (count < *capacity) return true;
  size_t larger = *capacity == 0 ? (size_t)(g->end - g->text) / bytes + 8 : *capacity * 2;
  while (larger <= count)
    larger *= 2;
  void *moved = realloc(*list, larger * size);
  if (moved == NULL) return false;
  *list = moved;
  *capacity = larger;
  return true;
}

/* Keeps the spans of the row that was just checked, and returns the number of the first. All together
** they take no more room than the text. */
static uint32_t keep_spans(checker *c, page *g) {
  const size_t first = g->span_count, count = (size_t)c->fit->wanted_count;
  const size_t length = (size_t)(g->end - g->text);
  const bool is_much = (first + count) * sizeof *g->spans > length;
  if (is_much || length >> (32 - KIND_BITS) != 0) return NO_SPANS;
  if (count == 0) return 0; /* the query selects nothing that the row has */
  void *list = g->spans;
  if (!reserve(g, &list, &g->span_capacity, first + count - 1, sizeof *g->spans, FIELD_BYTES))
    c->out_of_memory = true;
  g->spans = list;
  if (c->out_of_memory) return NO_SPANS;
  for (size_t i = 0; i < count; i++) {
    const shape_span *from = &c->spans[i];
    const bool is_number = from->kind == SPAN_NUMBER; /* it is read once more */
    const uint32_t kind = is_number ? SPAN_WORD : (uint32_t)from->kind;
    g->spans[first + i].at = (uint32_t)(from->at - g->text);
    g->spans[first + i].length = (uint32_t)(from->end - from->at) << KIND_BITS | kind;
  }
  g->span_count += count;
  return (uint32_t)first;
}

/* Notes the row at p as one that matches. A body is smaller than 4 GiB. */
static void add_match(checker *c, page *g, const char *p) {
  match m = {(uint32_t)(p - g->text), (uint32_t)g->count, 0, 0, 0, NO_SPANS};
  if (g->filter != NULL) m.stage = (uint32_t)g->filter->dropped;
  if (c->fit != NULL && m.stage == 0) {
    m.template = c->fit->number;
    m.place = (uint32_t)(c->place - c->templates->places);
    m.spans = keep_spans(c, g);
  }
  void *list = g->matches;
  if (!reserve(g, &list, &g->match_capacity, g->match_count, sizeof m, ROW_BYTES))
    c->out_of_memory = true;
  g->matches = list;
  if (!c->out_of_memory) g->matches[g->match_count++] = m;
}

/* Notes the id of the row that was just checked. */
static void add_id(checker *c, page *g) {
  const char *p = g->filter->nodes[g->filter->key].value;
  const bool known = p != NULL && *p != 'n' && *p != '{' && *p != '[';
  const char *end = known ? json_skip_value(p, g->end) : NULL;
  const uint64_t id = known ? hash_bytes(p, (size_t)(end - p)) : 0;
  void *list = g->ids;
  if (!reserve(g, &list, &g->id_capacity, (size_t)g->count, sizeof id, ROW_BYTES))
    c->out_of_memory = true;
  g->ids = list;
  if (!c->out_of_memory) g->ids[g->count] = id;
  g->digest = hash_mix(g->digest, id);
  g->has_ids |= known;
}

/* Checks the row at p, of the template that fits. NULL without a failure: none does. */
static const char *check_like(checker *c, page *g, template_place *place, const char *p) {
  const char *end = p;
  c->fit = templates_match(place, g->filter, &c->scan, &end, 2, c->spans);
  c->place = place;
  return c->fit != NULL ? end : NULL;
}

/* Checks the row at p without a template. */
static const char *check_unlike(checker *c, page *g, template_place *place, const char *p) {
  const char *end = g->filter == NULL ? json_check_value(&c->scan, p, 2)
                                      : filter_check_row(g->filter, &c->scan, p, 2);
  if (end != NULL && template_is_due(place, p, end)) {
    c->learned = p;
    c->learned_end = end;
  }
  return end;
}

/* Checks the row at p and, with a query, whether it matches. */
static const char *check_row(checker *c, page *g, const char *p) {
  if (c->not_a_page != NULL) return json_check_value(&c->scan, p, 2);
  template_place *place = templates_place(c->templates, json_space(p + 1));
  const char *end = check_like(c, g, place, p);
  if (end == NULL && c->scan.at == NULL) end = check_unlike(c, g, place, p);
  if (end == NULL) return NULL;
  if (g->filter == NULL || filter_holds(g->filter, end)) add_match(c, g, p);
  if (g->filter == NULL) return end;
  if (g->filter->key != 0) add_id(c, g);
  filter_rest(g->filter);
  return end;
}

/* Checks the array of rows at p. */
static const char *check_rows(checker *c, page *g, const char *p) {
  c->not_a_page = *p == '[' ? NULL : "data is not an array"; /* the last `data` counts */
  if (*p != '[') return json_check_value(&c->scan, p, 1);
  if (c->scan.max_depth < 2) return json_fail(&c->scan, p, JSON_TOO_DEEP);
  g->data = p;
  p = json_space(p + 1);
  g->has_data = true;
  g->count = 0;
  g->match_count = g->span_count = 0;
  g->digest = 0;
  g->has_ids = false;
  if (g->filter != NULL) filter_begin(g->filter);
  if (*p == ']') return p + 1;
  for (;;) {
    if (*p != '{') c->not_a_page = "data holds something that is not an object";
    if ((p = check_row(c, g, p)) == NULL) return NULL;
    g->count++;
    p = json_space(p);
    if (*p == ']') return p + 1;
    if (*p != ',') return json_fail(&c->scan, p, "',' or ']'");
    p = json_space(p + 1);
  }
}

#define NAME_ROOM ((size_t)16) /* for the names of the wrapper that we know */

/* Decodes the name from `key`, its opening quote, to `end`; one that is too long to be known
** becomes an empty one, and one with a NUL too. */
static void read_name(char *name, const char *key, const char *end) {
  char decoded[JSON_ROOM(6 * NAME_ROOM)]; /* \u and four digits for a letter */
  const size_t room = (size_t)(end - key) - 2;
  const size_t length = room <= 6 * NAME_ROOM ? json_unescape(decoded, key + 1, end - 1) : 0;
  const size_t kept = length < NAME_ROOM && memchr(decoded, '\0', length) == NULL ? length : 0;
  memcpy(name, decoded, kept);
  name[kept] = '\0';
}

static void keep_integer(int64_t *kept, const char *p) {
  const int64_t value = read_integer(p);
  if (value != ABSENT) *kept = value;
}

/* Checks the value at p of the wrapper's field `name`, and keeps it if it is one we know. Older
** generations of the API say totalCounts. */
static const char *check_field(checker *c, page *g, const char *name, const char *p) {
  if (strcmp(name, "data") == 0) return check_rows(c, g, p);
  if (strcmp(name, "page") == 0) keep_integer(&g->number, p);
  if (strcmp(name, "size") == 0) keep_integer(&g->size, p);
  if (strcmp(name, "totalCount") == 0 || strcmp(name, "totalCounts") == 0)
    keep_integer(&g->total_count, p);
  if (strcmp(name, "totalPages") == 0) keep_integer(&g->total_pages, p);
  if (strcmp(name, "hasNext") == 0) g->has_next = read_flag(p);
  if (strcmp(name, "hasPrevious") == 0) g->has_previous = read_flag(p);
  return json_check_value(&c->scan, p, 1);
}

static const char *check_wrapper(checker *c, page *g, const char *p) {
  p = json_space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    char name[NAME_ROOM];
    const char *key = p, *key_end;
    bool escaped;
    if ((p = json_check_key(&c->scan, p, &key_end, &escaped)) == NULL) return NULL;
    read_name(name, key, key_end);
    if ((p = check_field(c, g, name, p)) == NULL) return NULL;
    p = json_space(p);
    if (*p == '}') return p + 1;
    if (*p != ',') return json_fail(&c->scan, p, "',' or '}'");
    p = json_space(p + 1);
  }
}

static bool check_page(checker *c, page *g, const char *text) {
  const char *p = json_space(text);
  g->number = g->size = g->total_count = g->total_pages = ABSENT;
  if (*p == '{') {
    p = check_wrapper(c, g, p);
  } else {
    c->not_a_page = "the body is not an object";
    p = json_check_value(&c->scan, p, 0);
  }
  if (p == NULL || json_check_end(&c->scan, p) == NULL) return false;
  if (c->not_a_page == NULL && !g->has_data) c->not_a_page = "data is missing";
  return c->not_a_page == NULL;
}

/* The id of match i; 0: it has none. */
static uint64_t id_of(const page *g, size_t i) {
  return g->ids != NULL ? g->ids[g->matches[i].row] : 0;
}

/* Whether match i was handed out before, by this page or another of the walk. */
static bool was_seen(const page *g, size_t i) {
  return g->seen != NULL && id_of(g, i) != 0 && seen_has(g->seen, id_of(g, i));
}

/* The row that is to be handed out next; NULL: there is none. */
static const char *current_row(page *g) {
  for (; !g->again && g->next_match < g->match_count && was_seen(g, g->next_match); g->next_match++)
    g->duplicates++;
  return g->next_match < g->match_count ? g->text + g->matches[g->next_match].at : NULL;
}

/* Goes back to the row that was handed out last, if that was by the call of this number. */
static void take_back(page *g, lua_Number call) {
  if (call < 0 || call != g->call || g->matches == NULL) return;
  g->next_match = g->last_match;
  g->again = true;
}

/* Moves on from a row, handed out by the call of this number. False: out of memory, and the row is
** still to come. */
static bool leave_row(page *g, lua_Number call) {
  const uint64_t id = id_of(g, g->next_match);
  if (g->seen != NULL && id != 0 && !seen_add(g->seen, id)) return false;
  if (!g->again) {
    g->before = g->last;
    g->before_id = g->last_id;
  }
  g->last_match = g->next_match++;
  g->last = (int64_t)g->matches[g->last_match].row;
  g->last_id = id;
  g->call = call;
  g->again = false;
  return true;
}

/* Moves on to the row after row `last`, and takes those before for handed out. */
static bool leave_rows(page *g, int64_t last) {
  for (int64_t i = 0; i <= last && g->seen != NULL; i++)
    if (g->ids[i] != 0 && !seen_add(g->seen, g->ids[i])) return false;
  while (g->next_match < g->match_count && (int64_t)g->matches[g->next_match].row <= last)
    g->next_match++;
  g->last = last;
  g->last_id = last < 0 ? 0 : g->ids[last];
  return true;
}

/* == What Lua calls ================================================================= */

/* Reads the text; `set` is the index of the templates of its rows. False, with what it is instead of
** a page pushed: nil, message, kind. */
static bool read_page(lua_State *L, page *g, int set) {
  checker c = {.scan = {.end = g->end, .max_depth = g->settings.max_depth}};
  c.templates = lua_touserdata(L, set);
  if (g->filter != NULL) g->filter->out_of_memory = false;
  const bool is_page = check_page(&c, g, g->text);
  if (c.out_of_memory || (g->filter != NULL && g->filter->out_of_memory))
    luaL_error(L, "not enough memory");
  if (g->filter != NULL) g->notes = g->filter->notes;
  if (is_page) {
    if (c.learned != NULL) templates_learn(L, set, g->filter, c.learned, c.learned_end);
  } else if (c.scan.at != NULL) {
    decode_failed(L, &c.scan, g->text);
  } else {
    lua_pushnil(L);
    lua_pushfstring(L, "not a page of a listing: %s", c.not_a_page);
    lua_pushliteral(L, "protocol");
  }
  return is_page;
}

/* What of these is closed, as a message; NULL: nothing. A query and a seen may be none. */
static const char *closed_part(const filter *f, const seen *s) {
  if (f != NULL && f->closed) return "query is closed";
  return s != NULL && seen_is_closed(s) ? "seen is closed" : NULL;
}

static const char *why_closed(const page *g) {
  return g->closed ? "page is closed" : closed_part(g->filter, g->seen);
}

/* Pushes an empty page; for what, see page_new. The templates are at 6. [+1] */
static page *new_page(lua_State *L, const decode_settings *settings) {
  size_t length;
  page *g = lua_newuserdata(L, sizeof *g);
  memset(g, 0, sizeof *g);
  object_set_type(L, PAGE);
  lua_createtable(L, DATA, 0);
  for (int slot = TEXT; slot <= TEMPLATES; slot++) {
    lua_pushvalue(L, slot + 1);
    lua_rawseti(L, -2, slot);
  }
  sm_setuservalue(L, -2);
  g->settings = *settings;
  g->text = lua_tolstring(L, 2, &length);
  g->end = g->text + length;
  g->filter = query_check(L, 3);
  g->seen = seen_check(L, 4);
  g->last = g->before = -1;
  g->call = -1;
  luaL_argcheck(L, length < UINT32_MAX, 1, "a page must be smaller than 4 GiB");
  return g;
}

int page_new(lua_State *L, const decode_settings *settings) {
  const char *closed = closed_part(query_check(L, 3), seen_check(L, 4));
  if (closed != NULL) return failure(L, "closed", closed);
  if (lua_isnil(L, 3))
    decode_push_templates(L);
  else
    query_push_templates(L, 3);
  return read_page(L, new_page(L, settings), 6) ? 1 : 3;
}

static page *to_page(lua_State *L) {
  return object_self(L, PAGE);
}

/* There are no rows any more. */
static void free_rows(page *g) {
  free(g->matches);
  free(g->spans);
  free(g->ids);
  g->matches = NULL;
  g->spans = NULL;
  g->ids = NULL;
  g->match_count = g->match_capacity = g->next_match = 0;
  g->span_count = g->span_capacity = g->id_capacity = 0;
  g->again = false;
}

/* Lets go of the text and of `data`, too. Whoever is reading them has them on the stack. */
static void release(lua_State *L, page *g) {
  free_rows(g);
  sm_getuservalue(L, 1);
  lua_pushnil(L);
  lua_rawseti(L, -2, TEXT);
  lua_pushnil(L);
  lua_rawseti(L, -2, DATA);
  lua_pop(L, 1);
}

/* == Handing out rows =============================================================== */

/* What becomes of a row: a table, its text, or nothing, where it is only counted. */
enum row_form { FORM_TABLE, FORM_JSON, FORM_NONE };

/* Begins to decode text of the page, whose table is at that index. [+3] */
static decoding begin(lua_State *L, const page *g, int table) {
  if (g->settings.has_null || g->settings.has_array_mt) lua_rawgeti(L, table, SETTINGS);
  decoding d = decode_begin(L, &g->settings, lua_gettop(L), g->end);
  d.scan.checked = true;
  return d;
}

/* Rows on their way to Lua. What they need stands on the stack meanwhile: finalizers may run, and
** close the page. */
typedef struct reader {
  page *page;
  enum row_form form;
  decoding d;
  int templates; /* the index of those of the rows, where they are decoded; their table is behind */
  int query;     /* the index of it, where it selects; else 0 */
} reader;

/* Begins to hand out rows of the page at 1 in that form. [+n] */
static reader begin_reader(lua_State *L, page *g, enum row_form form) {
  reader r = {.page = g, .form = form};
  sm_getuservalue(L, 1);
  const int table = lua_gettop(L);
  lua_rawgeti(L, table, TEXT);
  if (form != FORM_TABLE) return r;
  r.d = begin(L, g, table);
  lua_rawgeti(L, table, TEMPLATES);
  r.templates = lua_gettop(L);
  sm_getuservalue(L, -1);
  if (g->filter == NULL || !g->filter->selects) return r;
  lua_rawgeti(L, table, QUERY);
  r.query = lua_gettop(L);
  return r;
}

/* Sets the spans of a row's fields that were kept. */
static void find_spans(const page *g, const match *m, int count, shape_span *spans) {
  for (int i = 0; i < count; i++) {
    const field_span kept = g->spans[m->spans + (uint32_t)i];
    spans[i].kind = kept.length & ((1 << KIND_BITS) - 1);
    spans[i].at = g->text + kept.at;
    spans[i].end = spans[i].at + (kept.length >> KIND_BITS);
  }
}

/* Pushes the row by the template that it has. False: it has none any more, or its spans were not
** kept. [+1] */
static bool push_like(reader *r, const match *m) {
  shape_span spans[SHAPE_FIELDS];
  if (m->spans == NO_SPANS) return false;
  templates *set = lua_touserdata(r->d.L, r->templates);
  row_template *t = template_of(&set->places[m->place], m->template);
  if (t == NULL) return false;
  find_spans(r->page, m, t->wanted_count, spans);
  decode_like(&r->d, t, r->templates + 1, spans, 2);
  return true;
}

/* Pushes the row at p as a table, above what that needs. [+n] */
static void push_table(reader *r, const char *p) {
  const page *g = r->page;
  if (push_like(r, &g->matches[g->next_match])) return;
  if (r->query != 0)
    query_push_row(&r->d, g->filter, r->query, p, 2);
  else
    decode_value(&r->d, p, 2);
}

/* Pushes the text of the row at p, or of what is selected of it. [+1] */
static void push_text(lua_State *L, const page *g, const char *p) {
  if (g->filter != NULL && g->filter->selects)
    query_push_json(L, g->filter, p, g->end);
  else
    lua_pushlstring(L, p, (size_t)(json_skip_value(p, g->end) - p));
}

/* Pushes the row at p in the reader's form. [+n; of FORM_NONE 0] */
static void push_row(lua_State *L, reader *r, const char *p) {
  if (r->form == FORM_JSON) push_text(L, r->page, p);
  if (r->form == FORM_TABLE) push_table(r, p);
}

/* The row that the call of this number is to hand out; NULL: there is none, or something is closed,
** see push_none. No Lua may run before it is read: a finalizer may read on, or close the page. */
static const char *begin_row(page *g, lua_Number call) {
  take_back(g, call);
  return why_closed(g) != NULL ? NULL : current_row(g);
}

/* Pushes what `next` returns where there is no row, and returns how many values that is. */
static int push_none(lua_State *L, page *g) {
  const char *closed = why_closed(g);
  if (closed != NULL) return failure(L, "closed", closed);
  free_rows(g);
  lua_pushnil(L);
  return 1;
}

/* The row was handed out whole. An error for lack of memory comes before this, and loses none. A
** finalizer that read this page meanwhile has moved the cursor already. */
static void end_row(lua_State *L, page *g, const char *row, lua_Number call) {
  if (g->closed || current_row(g) != row) return;
  if (!leave_row(g, call)) luaL_error(L, "not enough memory");
}

/* The number of a call of `next`; -1: it has none. A call with the number of the call before gets
** the same row, because its caller was interrupted before the row got where it was to go. In
** `for row in page.next, page`, Lua gives the row before as the argument. */
static lua_Number call_number(lua_State *L) {
  return lua_type(L, 2) == LUA_TNUMBER ? lua_tonumber(L, 2) : -1;
}

/* The stage of the query that the row to come does not pass; 0: it passes all. */
static uint32_t stage_of(const page *g) {
  return g->matches[g->next_match].stage;
}

/* Pushes what stands for a row that does not pass the stage. It is below 0 because `for` gives it
** back as an argument, and must not name a call. */
static void push_stage(lua_State *L, uint32_t stage) {
  sm_pushinteger(L, -(int64_t)stage);
}

static int next_as(lua_State *L, enum row_form form) {
  page *g = to_page(L);
  const lua_Number call = call_number(L);
  lua_settop(L, 1);
  reader r = begin_reader(L, g, form);
  const char *row = begin_row(g, call);
  if (row == NULL) return push_none(L, g);
  const uint32_t stage = stage_of(g);
  if (stage != 0)
    push_stage(L, stage);
  else
    push_row(L, &r, row);
  end_row(L, g, row, call);
  return 1;
}

/* page:next([call]) -> row | -stage | nil */
static int l_next(lua_State *L) {
  return next_as(L, FORM_TABLE);
}

/* page:next_json([call]) -> text of the row | -stage | nil */
static int l_next_json(lua_State *L) {
  return next_as(L, FORM_JSON);
}

/* The arguments of page:fill, and behind them the name of the counter's field. */
enum { LIST = 2, COUNTER, MAX, DEADLINE, READ };

/* Rows that go into a list. */
typedef struct filling {
  reader reader;
  size_t at;    /* where the next one goes */
  int64_t read; /* the counter's value, which is the number of the next row's call */
  int64_t filled;
} filling;

/* Whether some rows of the query come as the number of a stage. */
static bool has_stages(const filter *f) {
  for (size_t i = 0; f != NULL && i < f->condition_count; i++)
    if (f->conditions[i].stage != 0) return true;
  return false;
}

/* The value of the counter. Raises for what it cannot be. [0] */
static int64_t read_counter(lua_State *L) {
  lua_pushvalue(L, READ);
  lua_rawget(L, COUNTER);
  const lua_Number read = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
  const bool is_count = read >= 0 && read < 9007199254740992.0 && read == (lua_Number)(int64_t)read;
  luaL_argcheck(L, is_count, COUNTER, "its field 'read' must be an integer of 0 or more");
  lua_pop(L, 1);
  return (int64_t)read;
}

/* Checks the arguments of fill, and pushes the name of the counter's field. [top = READ] */
static void check_fill(lua_State *L, const page *g) {
  lua_settop(L, DEADLINE);
  if (!lua_isnil(L, LIST)) luaL_checktype(L, LIST, LUA_TTABLE);
  luaL_checktype(L, COUNTER, LUA_TTABLE);
  luaL_argcheck(L, luaL_optnumber(L, MAX, 0) >= 0, MAX, "must be 0 or more");
  luaL_optnumber(L, DEADLINE, 0);
  luaL_argcheck(L, !has_stages(g->filter), 1, "the page's query has stages, which `next` tells");
  lua_pushliteral(L, "read");
}

/* Adds the row that is on top of the stack, if there is one, to the list, and counts it. The counter
** has the field already, so that nothing can fail between the two. */
static void count_row(lua_State *L, filling *f) {
  if (f->reader.form != FORM_NONE) lua_rawseti(L, LIST, (int)f->at++);
  lua_pushvalue(L, READ);
  sm_pushinteger(L, ++f->read);
  lua_rawset(L, COUNTER);
  f->filled++;
}

/* Hands out the next row. An error, wherever it is raised, leaves the row to a call with the same
** counter: before the cursor moves, because that has not; after it, because the counter has not.
** False: there is none. */
static bool fill_row(lua_State *L, filling *f) {
  page *g = f->reader.page;
  const int top = lua_gettop(L);
  const lua_Number call = (lua_Number)f->read;
  const char *row = begin_row(g, call);
  if (row == NULL) return false;
  push_row(L, &f->reader, row);
  end_row(L, g, row, call);
  count_row(L, f);
  lua_settop(L, top);
  return true;
}

static bool is_past(lua_State *L) {
  return !lua_isnil(L, DEADLINE) && (lua_Number)clock_now() / 1e6 >= lua_tonumber(L, DEADLINE);
}

static int fill(lua_State *L, enum row_form form) {
  page *g = to_page(L);
  filling f = {.filled = 0};
  check_fill(L, g);
  f.read = read_counter(L);
  const lua_Number max = luaL_optnumber(L, MAX, HUGE_VAL);
  if (lua_isnil(L, LIST)) form = FORM_NONE;
  if (form != FORM_NONE) f.at = lua_rawlen(L, LIST) + 1;
  f.reader = begin_reader(L, g, form);
  while ((lua_Number)f.filled + 1 <= max && fill_row(L, &f) && !is_past(L))
    ;
  const char *closed = why_closed(g);
  if (closed != NULL && f.filled == 0) return failure(L, "closed", closed);
  const bool at_end = closed == NULL && begin_row(g, (lua_Number)f.read) == NULL;
  if (at_end) free_rows(g);
  sm_pushinteger(L, f.filled);
  lua_pushboolean(L, at_end);
  return 2;
}

/* page:fill(list | nil, counter [, max [, deadline]]) -> rows, at_end | nil, message, kind: adds rows
** to the list, or only passes over them, and adds their number to counter.read. A page whose query
** has stages raises. */
static int l_fill(lua_State *L) {
  return fill(L, FORM_TABLE);
}

/* page:fill_json: the same with the rows' texts. */
static int l_fill_json(lua_State *L) {
  return fill(L, FORM_JSON);
}

/* == The rest of what Lua calls ===================================================== */

/* page:position([call]) -> the number of rows in `data` up to the one that was handed out last, and
** the id of that one in 16 hexadecimal digits; without a key in the query, nil. The row that the
** call of this number would hand out once more does not count. */
static int l_position(lua_State *L) {
  const page *g = to_page(L);
  const lua_Number call = call_number(L);
  const bool is_out = call < 0 || call != g->call;
  if (g->filter == NULL || g->filter->key == 0) return 0;
  sm_pushinteger(L, (is_out ? g->last : g->before) + 1);
  seen_push_hex(L, is_out ? g->last_id : g->before_id);
  return 2;
}

/* page:skip(id) -> whether the row of that id is here; page:skip(count) -> true. The rows up to it,
** or so many, are taken for handed out; those that were already stay so. */
static int l_skip(lua_State *L) {
  page *g = to_page(L);
  const int64_t rows = g->count;
  const char *closed = why_closed(g);
  int64_t last;
  luaL_argcheck(L, g->filter != NULL && g->filter->key != 0, 1, "the page's query has no key");
  if (closed != NULL) return failure(L, "closed", closed);
  if (lua_type(L, 2) == LUA_TSTRING) {
    const uint64_t id = strtoull(lua_tostring(L, 2), NULL, 16);
    for (last = 0; last < rows && g->ids != NULL && (id == 0 || g->ids[last] != id); last++)
      ; /* 0: of rows that have none */
  } else {
    const lua_Number count = luaL_checknumber(L, 2);
    luaL_argcheck(L, count >= 0, 2, "must be 0 or more");
    last = (count < (lua_Number)rows ? (int64_t)count : rows) - 1;
  }
  if (g->ids == NULL) { /* all were read, or there are none */
    lua_pushboolean(L, lua_type(L, 2) != LUA_TSTRING);
    return 1;
  }
  const bool found = last < rows;
  if (found && last > g->last && !leave_rows(g, last)) return luaL_error(L, "not enough memory");
  lua_pushboolean(L, found);
  return 1;
}

/* page:meet(seen) -> how many rows have an id that is new to `seen`, whether they match or not.
** It is noted there, and they may be handed out all the same. */
static int l_meet(lua_State *L) {
  const page *g = to_page(L);
  seen *s = seen_check(L, 2);
  int64_t fresh = 0;
  luaL_argcheck(L, s != NULL, 2, "must be a seen");
  if (g->closed) return failure(L, "closed", "page is closed");
  if (seen_is_closed(s)) return failure(L, "closed", "seen is closed");
  for (int64_t i = 0; g->ids != NULL && i < g->count; i++) {
    if (g->ids[i] == 0 || seen_has(s, g->ids[i])) continue;
    if (!seen_add(s, g->ids[i])) return luaL_error(L, "not enough memory");
    fresh++;
  }
  sm_pushinteger(L, fresh);
  return 1;
}

/* page:paths() -> what the rows have of the query's paths, and what their elements are: see
** query_push_notes; nil: there is no row, or no query */
static int l_paths(lua_State *L) {
  const page *g = to_page(L);
  if (g->filter == NULL || g->count == 0) return 0;
  lua_settop(L, 1);
  sm_getuservalue(L, 1);
  lua_rawgeti(L, 2, QUERY);
  query_push_notes(L, 3, &g->notes);
  return 2;
}

/* page:sample() -> the first row, whole, whatever the query is; nil: there is none, or the page is
** closed */
static int l_sample(lua_State *L) {
  const page *g = to_page(L);
  if (g->closed || g->count == 0) return 0;
  lua_settop(L, 1);
  sm_getuservalue(L, 1);
  lua_rawgeti(L, 2, TEXT); /* keeps it while Lua runs finalizers */
  decoding d = begin(L, g, 2);
  decode_value(&d, json_space(g->data + 1), 2);
  return 1;
}

/* Pushes an integer; nil, if the host's number type does not hold it exactly. [+1] */
static void push_integer(lua_State *L, int64_t value) {
  if (value < 0 || (uint64_t)value > SM_INTEGER_MAX)
    lua_pushnil(L);
  else
    sm_pushinteger(L, value);
}

/* [+1] */
static void push_flag(lua_State *L, enum flag value) {
  if (value == FLAG_ABSENT)
    lua_pushnil(L);
  else
    lua_pushboolean(L, value == FLAG_TRUE);
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
  push_integer(L, value);
  lua_setfield(L, -2, name);
}

static void set_flag(lua_State *L, const char *name, enum flag value) {
  push_flag(L, value);
  lua_setfield(L, -2, name);
}

/* What the wrapper said, which stays when the page is closed. A field that it lacks, or that is
** of another type, is absent. With a key in the query, `duplicates` are the rows that were not
** handed out because they had been, and `ids` is the same text for the same rows in their order. */
static int l_info(lua_State *L) {
  const page *g = to_page(L);
  lua_createtable(L, 0, 10);
  set_integer(L, "page", g->number);
  set_integer(L, "size", g->size);
  set_integer(L, "totalCount", g->total_count);
  set_integer(L, "totalPages", g->total_pages);
  set_flag(L, "hasNext", g->has_next);
  set_flag(L, "hasPrevious", g->has_previous);
  set_integer(L, "count", g->count);
  set_integer(L, "bytes", g->end - g->text);
  if (g->filter == NULL || g->filter->key == 0) return 1;
  set_integer(L, "duplicates", g->duplicates);
  if (g->has_ids) seen_push_hex(L, g->digest);
  if (g->has_ids) lua_setfield(L, -2, "ids");
  return 1;
}

/* Keeps the list on top of the stack in the page's table, unless a finalizer has closed the page
** meanwhile; one that has read the list had it made, and that one counts. [0] */
static void keep_data(lua_State *L, const page *g, int table) {
  if (g->closed) return;
  lua_rawgeti(L, table, DATA);
  if (!lua_isnil(L, -1)) {
    lua_replace(L, -2);
    return;
  }
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_rawseti(L, table, DATA);
}

/* The rows of the body as a list, whatever the query is. It is made once. [+1] */
static void push_data(lua_State *L, const page *g) {
  sm_getuservalue(L, 1);
  const int table = lua_gettop(L);
  lua_rawgeti(L, table, DATA);
  if (!lua_isnil(L, -1)) return;
  if (g->closed) luaL_error(L, "page is closed");
  lua_rawgeti(L, table, TEXT);
  decoding d = begin(L, g, table);
  decode_value(&d, g->data, 1);
  keep_data(L, g, table);
}

/* (page, name) -> what the wrapper says under that name; a field that it lacks, or that is of
** another type, is nil. */
static int l_field(lua_State *L) {
  const page *g = lua_touserdata(L, 1);
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(name, "data") == 0)
    push_data(L, g);
  else if (strcmp(name, "page") == 0)
    push_integer(L, g->number);
  else if (strcmp(name, "size") == 0)
    push_integer(L, g->size);
  else if (strcmp(name, "totalCount") == 0)
    push_integer(L, g->total_count);
  else if (strcmp(name, "totalPages") == 0)
    push_integer(L, g->total_pages);
  else if (strcmp(name, "hasNext") == 0)
    push_flag(L, g->has_next);
  else if (strcmp(name, "hasPrevious") == 0)
    push_flag(L, g->has_previous);
  else
    return 0;
  return 1;
}

static int l_close(lua_State *L) {
  page *g = to_page(L);
  release(L, g);
  g->closed = true;
  return 0;
}

/* Another object's finalizer may call the page after its own. */
static int l_gc(lua_State *L) {
  page *g = to_page(L);
  free_rows(g);
  g->closed = true;
  return 0;
}

static int l_tostring(lua_State *L) {
  const page *g = to_page(L);
  if (g->closed)
    lua_pushliteral(L, "sigmamind.page (closed)");
  else
    lua_pushfstring(L, "sigmamind.page (%d rows)", (int)g->count);
  return 1;
}

void page_register(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"next", l_next},   {"next_json", l_next_json}, {"fill", l_fill}, {"fill_json", l_fill_json},
      {"info", l_info},   {"position", l_position},   {"skip", l_skip}, {"meet", l_meet},
      {"paths", l_paths}, {"sample", l_sample},       {NULL, NULL},
  };
  static const object_type type = {
      PAGE,   methods,    l_close,
      l_gc,   l_tostring, "data, page, size, totalCount, totalPages, hasNext, hasPrevious",
      l_field};
  object_register(L, &type, decode_push_upvalues(L));
}
