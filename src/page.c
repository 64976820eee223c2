#include "page.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "decode.h"
#include "hash.h"
#include "json.h"
#include "object.h"
#include "query.h"
#include "rows.h"
#include "seen.h"
#include "template.h"
#include "wrapper.h"

#define PAGE "sigmamind.page"

/* The slots of a page's table. */
enum { TEXT = 1, QUERY, SEEN, SETTINGS, TEMPLATES, DATA };

typedef struct page {
  decode_settings settings;
  wrapper wrapper;
  rows rows; /* their text, filter and seen are in the page's table */
  bool closed;
} page;

/* == Making ========================================================================= */

/* Checks the text; `set` is the index of the templates of its rows. False, with nil, message, kind
** pushed: it is not a page. The filter, which other pages share, is in use until its notes are
** copied: no Lua runs before that. [0 or +3] */
static bool read_page(lua_State *L, page *g, int set) {
  filter *f = g->rows.filter;
  wrapper_check c = {.scan = {.end = g->rows.end, .max_depth = g->settings.max_depth}};
  c.templates = lua_touserdata(L, set);
  if (f != NULL) f->out_of_memory = false;
  const bool is_page = wrapper_read(&g->wrapper, &g->rows, &c);
  if (c.out_of_memory || (f != NULL && f->out_of_memory)) luaL_error(L, "not enough memory");
  if (f != NULL) g->rows.notes = f->notes;
  if (is_page) {
    if (c.learned != NULL) templates_learn(L, set, f, c.learned, c.learned_end);
  } else if (c.scan.at != NULL) {
    decode_failed(L, &c.scan, g->rows.text);
  } else {
    lua_pushnil(L);
    lua_pushfstring(L, "not a page of a listing: %s", c.not_a_page);
    lua_pushliteral(L, "protocol");
  }
  return is_page;
}

/* A message, if the query or the seen is closed; else NULL. Both may be NULL. */
static const char *closed_part(const filter *f, const seen *s) {
  if (f != NULL && f->closed) return "query is closed";
  return s != NULL && seen_is_closed(s) ? "seen is closed" : NULL;
}

static const char *why_closed(const page *g) {
  return g->closed ? "page is closed" : closed_part(g->rows.filter, g->rows.seen);
}

/* Pushes an empty page, from the values that page_new describes and the templates at 6. [+1] */
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
  const char *text = lua_tolstring(L, 2, &length);
  rows_init(&g->rows, text, text + length, query_check(L, 3), seen_check(L, 4));
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

/* Frees the index, and releases the text and `data`, which readers have on the stack. [0] */
static void release(lua_State *L, page *g) {
  rows_free(&g->rows);
  sm_getuservalue(L, 1);
  lua_pushnil(L);
  lua_rawseti(L, -2, TEXT);
  lua_pushnil(L);
  lua_rawseti(L, -2, DATA);
  lua_pop(L, 1);
}

/* == Returning rows ================================================================= */

/* The form in which a row is returned: a table, its text, or nothing, to count it only. */
enum row_form { FORM_TABLE, FORM_JSON, FORM_NONE };

/* Begins to decode text of the page, whose table is at that index. [+0 to +3] */
static decoding begin(lua_State *L, const page *g, int table) {
  if (g->settings.has_null || g->settings.has_array_mt) lua_rawgeti(L, table, SETTINGS);
  decoding d = decode_begin(L, &g->settings, lua_gettop(L), g->rows.end);
  d.scan.checked = true;
  return d;
}

/* Returns rows to Lua. Their text, query and templates are on the stack, because a finalizer may
** close the page meanwhile. */
typedef struct reader {
  page *page;
  enum row_form form;
  decoding d;
  int query;     /* its stack index, to decode selected fields; 0: rows are decoded whole */
  int templates; /* the stack index of the rows' set; its table is at the next index */
} reader;

/* Begins to return rows of the page at 1 in that form. [+n] */
static reader begin_reader(lua_State *L, page *g, enum row_form form) {
  reader r = {.page = g, .form = form};
  sm_getuservalue(L, 1);
  const int table = lua_gettop(L);
  lua_rawgeti(L, table, TEXT);
  if (form != FORM_TABLE) return r;
  r.d = begin(L, g, table);
  if (g->rows.filter != NULL && g->rows.filter->selects) {
    lua_rawgeti(L, table, QUERY);
    r.query = lua_gettop(L);
  }
  lua_rawgeti(L, table, TEMPLATES);
  r.templates = lua_gettop(L);
  sm_getuservalue(L, r.templates);
  return r;
}

/* Pushes the row by its template. False: it has none any more, or no spans. [+1 or 0] */
static bool push_like(reader *r) {
  const rows *all = &r->page->rows;
  const match *m = rows_match(all);
  shape_span spans[SHAPE_FIELDS];
  if (m->spans == ROWS_NO_SPANS) return false;
  templates *set = lua_touserdata(r->d.L, r->templates);
  row_template *t = template_of(&set->places[m->place], m->template);
  if (t == NULL) return false;
  rows_find_spans(all, m, t->wanted_count, spans);
  decode_like(&r->d, t, r->templates + 1, spans, 2);
  return true;
}

/* Pushes the row at p, or its selected fields. [+n, the row on top] */
static void push_table(reader *r, const char *p) {
  if (push_like(r)) return;
  if (r->query != 0)
    query_push_row(&r->d, r->page->rows.filter, r->query, p, 2);
  else
    decode_value(&r->d, p, 2);
}

/* Pushes the row at p, or its selected fields, as JSON. [+n, the JSON on top] */
static void push_json(lua_State *L, const rows *r, const char *p) {
  if (r->filter != NULL && r->filter->selects)
    query_push_json(L, r->filter, p, r->end);
  else
    lua_pushlstring(L, p, (size_t)(json_skip_value(p, r->end) - p));
}

/* Pushes the row at p in the reader's form. [+n, the row on top; 0 for FORM_NONE] */
static void push_row(lua_State *L, reader *r, const char *p) {
  if (r->form == FORM_TABLE) push_table(r, p);
  if (r->form == FORM_JSON) push_json(L, &r->page->rows, p);
}

/* The row that the call of this number must return; NULL: none, or something is closed, see
** push_none. No Lua may run before it is read: a finalizer may advance the cursor, or close the
** page. */
static const char *find_row(page *g, lua_Number call) {
  rows_take_back(&g->rows, call);
  return why_closed(g) != NULL ? NULL : rows_current(&g->rows);
}

/* Pushes what `next` returns without a row; returns the number of values. [+1 or +3] */
static int push_none(lua_State *L, page *g) {
  const char *closed = why_closed(g);
  if (closed != NULL) return failure(L, "closed", closed);
  rows_free(&g->rows);
  lua_pushnil(L);
  return 1;
}

/* Moves the cursor past a row that was pushed completely: an error for lack of memory comes before
** this, and loses no row. A finalizer that read this page has moved the cursor already. */
static void leave_row(lua_State *L, page *g, const char *row, lua_Number call) {
  if (g->closed || rows_current(&g->rows) != row) return;
  if (!rows_leave(&g->rows, call)) luaL_error(L, "not enough memory");
}

/* The number of a call of `next`; -1: it has none. A call with the number of the last call returns
** the same row again: its caller was interrupted before it could store the row. In `for row in
** page.next, page`, the argument is the previous row, which is no number. */
static lua_Number call_number(lua_State *L) {
  return lua_type(L, 2) == LUA_TNUMBER ? lua_tonumber(L, 2) : -1;
}

/* The first stage of the query that the next row fails; 0: it passes all. */
static uint32_t stage_of(const page *g) {
  return rows_match(&g->rows)->stage;
}

/* Pushes the value for a row that fails the stage. It is negative, because `for` passes it back as
** an argument, where it must not be the number of a call. [+1] */
static void push_stage(lua_State *L, uint32_t stage) {
  sm_pushinteger(L, -(int64_t)stage);
}

static int next_as(lua_State *L, enum row_form form) {
  page *g = to_page(L);
  const lua_Number call = call_number(L);
  lua_settop(L, 1);
  reader r = begin_reader(L, g, form);
  const char *row = find_row(g, call);
  if (row == NULL) return push_none(L, g);
  const uint32_t stage = stage_of(g);
  if (stage != 0)
    push_stage(L, stage);
  else
    push_row(L, &r, row);
  leave_row(L, g, row, call);
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

/* Stack indices: the arguments of page:fill, then the name of the counter's field. */
enum { LIST = 2, COUNTER, MAX, DEADLINE, READ };

/* A call of page:fill. */
typedef struct filling {
  reader reader;
  size_t at;    /* the list's index for the next row */
  int64_t read; /* the counter's value, which numbers the call of the next row */
  int64_t filled;
} filling;

/* Whether the query has stages above 0, whose numbers `next` returns. */
static bool has_stages(const filter *f) {
  for (size_t i = 0; f != NULL && i < f->condition_count; i++)
    if (f->conditions[i].stage != 0) return true;
  return false;
}

/* The value of the counter. Raises for an invalid one. [0] */
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
  luaL_argcheck(L, !has_stages(g->rows.filter), 1,
                "the page's query has stages: use next, which returns them");
  lua_pushliteral(L, "read");
}

/* Adds the row on top of the stack to the list, except for FORM_NONE, and counts it. The counter
** has the field already, so that nothing can fail between the two. */
static void count_row(lua_State *L, filling *f) {
  if (f->reader.form != FORM_NONE) lua_rawseti(L, LIST, (int)f->at++);
  lua_pushvalue(L, READ);
  sm_pushinteger(L, ++f->read);
  lua_rawset(L, COUNTER);
  f->filled++;
}

/* Adds the next row. False: there is none. No error loses a row: before the cursor moves, it is
** still at the row; after that, the unchanged counter makes the next call return it again. [0] */
static bool fill_row(lua_State *L, filling *f) {
  page *g = f->reader.page;
  const int top = lua_gettop(L);
  const lua_Number call = (lua_Number)f->read;
  const char *row = find_row(g, call);
  if (row == NULL) return false;
  push_row(L, &f->reader, row);
  leave_row(L, g, row, call);
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
  if (form != FORM_NONE) f.at = sm_rawlen(L, LIST) + 1;
  f.reader = begin_reader(L, g, form);
  while ((lua_Number)f.filled + 1 <= max && fill_row(L, &f) && !is_past(L))
    ;
  const char *closed = why_closed(g);
  if (closed != NULL && f.filled == 0) return failure(L, "closed", closed);
  const bool at_end = closed == NULL && find_row(g, (lua_Number)f.read) == NULL;
  if (at_end) rows_free(&g->rows);
  sm_pushinteger(L, f.filled);
  lua_pushboolean(L, at_end);
  return 2;
}

/* page:fill(list | nil, counter [, max [, deadline]]) -> rows, at_end | nil, message, kind: appends
** rows to the list, or skips them without one, and adds their number to counter.read. Raises if the
** page's query has stages. */
static int l_fill(lua_State *L) {
  return fill(L, FORM_TABLE);
}

/* page:fill_json: fill, with the rows as JSON. */
static int l_fill_json(lua_State *L) {
  return fill(L, FORM_JSON);
}

/* == The cursor's place ============================================================= */

/* Whether the rows have ids. */
static bool has_key(const page *g) {
  return g->rows.filter != NULL && g->rows.filter->key != 0;
}

/* Pushes 64 bits in hexadecimal digits. [+1] */
static void push_hex(lua_State *L, uint64_t bits) {
  char digits[HASH_DIGITS];
  hash_write_hex(digits, bits);
  lua_pushlstring(L, digits, sizeof digits);
}

/* page:position([call]) -> the number of rows in `data` up to and with the last one returned, its
** id in 16 hexadecimal digits, and the number of rows skipped because they were seen; nothing
** without a key in the query. A row that page:next(call) would return again does not count. */
static int l_position(lua_State *L) {
  const page *g = to_page(L);
  const rows *r = &g->rows;
  const lua_Number call = call_number(L);
  const bool is_out = call < 0 || call != r->call;
  if (!has_key(g)) return 0;
  sm_pushinteger(L, (is_out ? r->last : r->before) + 1);
  push_hex(L, is_out ? r->last_id : r->before_id);
  sm_pushinteger(L, r->duplicates);
  return 3;
}

/* page:skip(id) -> whether the page has a row with this id; page:skip(count) -> true. Moves the
** cursor past that row, or past `count` rows, never back. */
static int l_skip(lua_State *L) {
  page *g = to_page(L);
  rows *r = &g->rows;
  const char *closed = why_closed(g);
  int64_t last;
  luaL_argcheck(L, has_key(g), 1, "the page's query has no key");
  if (closed != NULL) return failure(L, "closed", closed);
  if (lua_type(L, 2) == LUA_TSTRING) {
    last = rows_find(r, strtoull(lua_tostring(L, 2), NULL, 16));
  } else {
    const lua_Number count = luaL_checknumber(L, 2);
    luaL_argcheck(L, count >= 0, 2, "must be 0 or more");
    last = (count < (lua_Number)r->count ? (int64_t)count : r->count) - 1;
  }
  if (r->ids == NULL) { /* the index was freed after the last row, or there are no rows */
    lua_pushboolean(L, lua_type(L, 2) != LUA_TSTRING);
    return 1;
  }
  const bool found = last < r->count;
  if (found && last > r->last && !rows_leave_to(r, last)) return luaL_error(L, "not enough memory");
  lua_pushboolean(L, found);
  return 1;
}

/* page:count_new(seen) -> the number of rows, matching or not, with an id that is new to `seen`.
** Adds their ids to it, which does not keep this page from returning the rows. */
static int l_count_new(lua_State *L) {
  const page *g = to_page(L);
  seen *s = seen_check(L, 2);
  int64_t fresh;
  luaL_argcheck(L, s != NULL, 2, "must be a seen");
  if (g->closed) return failure(L, "closed", "page is closed");
  if (seen_is_closed(s)) return failure(L, "closed", "seen is closed");
  if (!rows_count_new(&g->rows, s, &fresh)) return luaL_error(L, "not enough memory");
  sm_pushinteger(L, fresh);
  return 1;
}

/* == What the page says ============================================================= */

/* page:paths() -> summaries of the rows' values and elements at the query's paths, see
** query_push_notes; nothing without a row or a query */
static int l_paths(lua_State *L) {
  const page *g = to_page(L);
  if (g->rows.filter == NULL || g->rows.count == 0) return 0;
  lua_settop(L, 1);
  sm_getuservalue(L, 1);
  lua_rawgeti(L, 2, QUERY);
  query_push_notes(L, 3, &g->rows.notes);
  return 2;
}

/* page:sample() -> the first row, whole, matching or not; nothing from an empty or closed page */
static int l_sample(lua_State *L) {
  const page *g = to_page(L);
  if (g->closed || g->rows.count == 0) return 0;
  lua_settop(L, 1);
  sm_getuservalue(L, 1);
  lua_rawgeti(L, 2, TEXT); /* anchored here in case a finalizer closes the page */
  decoding d = begin(L, g, 2);
  decode_value(&d, json_space(g->rows.data + 1), 2);
  return 1;
}

/* Pushes an integer; nil if it is absent, or not exact in the host's number type. [+1] */
static void push_integer(lua_State *L, int64_t value) {
  if (value < 0 || (uint64_t)value > SM_INTEGER_MAX)
    lua_pushnil(L);
  else
    sm_pushinteger(L, value);
}

/* [+1] */
static void push_flag(lua_State *L, enum wrapper_flag value) {
  if (value == FLAG_ABSENT)
    lua_pushnil(L);
  else
    lua_pushboolean(L, value == FLAG_TRUE);
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
  push_integer(L, value);
  lua_setfield(L, -2, name);
}

static void set_flag(lua_State *L, const char *name, enum wrapper_flag value) {
  push_flag(L, value);
  lua_setfield(L, -2, name);
}

/* page:info() -> the wrapper's fields, also of a closed page; one that it lacks, or of another
** type, is absent. With a key in the query, `duplicates` is the number of rows skipped because they
** were seen, and `ids` a digest of the rows' ids in order. */
static int l_info(lua_State *L) {
  const page *g = to_page(L);
  lua_createtable(L, 0, 10);
  set_integer(L, "page", g->wrapper.page);
  set_integer(L, "size", g->wrapper.size);
  set_integer(L, "totalCount", g->wrapper.total_count);
  set_integer(L, "totalPages", g->wrapper.total_pages);
  set_flag(L, "hasNext", g->wrapper.has_next);
  set_flag(L, "hasPrevious", g->wrapper.has_previous);
  set_integer(L, "count", g->rows.count);
  set_integer(L, "bytes", g->rows.end - g->rows.text);
  if (!has_key(g)) return 1;
  set_integer(L, "duplicates", g->rows.duplicates);
  if (g->rows.has_ids) push_hex(L, g->rows.digest);
  if (g->rows.has_ids) lua_setfield(L, -2, "ids");
  return 1;
}

/* Stores the list on top of the stack in the page's table, unless a finalizer has closed the page
** meanwhile. If a finalizer has made and stored the list, that list replaces this one. [0] */
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

/* Pushes all rows of the body as a list, which is made once. [+n, the list on top] */
static void push_data(lua_State *L, const page *g) {
  sm_getuservalue(L, 1);
  const int table = lua_gettop(L);
  lua_rawgeti(L, table, DATA);
  if (!lua_isnil(L, -1)) return;
  if (g->closed) luaL_error(L, "page is closed");
  lua_rawgeti(L, table, TEXT);
  decoding d = begin(L, g, table);
  decode_value(&d, g->rows.data, 1);
  keep_data(L, g, table);
}

/* (page, name) -> the wrapper's field; nil for one that it lacks, or of another type. */
static int l_field(lua_State *L) {
  const page *g = lua_touserdata(L, 1);
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(name, "data") == 0)
    push_data(L, g);
  else if (strcmp(name, "page") == 0)
    push_integer(L, g->wrapper.page);
  else if (strcmp(name, "size") == 0)
    push_integer(L, g->wrapper.size);
  else if (strcmp(name, "totalCount") == 0)
    push_integer(L, g->wrapper.total_count);
  else if (strcmp(name, "totalPages") == 0)
    push_integer(L, g->wrapper.total_pages);
  else if (strcmp(name, "hasNext") == 0)
    push_flag(L, g->wrapper.has_next);
  else if (strcmp(name, "hasPrevious") == 0)
    push_flag(L, g->wrapper.has_previous);
  else
    return 0;
  return 1;
}

/* == The object ===================================================================== */

static int l_close(lua_State *L) {
  page *g = to_page(L);
  release(L, g);
  g->closed = true;
  return 0;
}

/* Another object's finalizer may call the page after its own. */
static int l_gc(lua_State *L) {
  page *g = to_page(L);
  rows_free(&g->rows);
  g->closed = true;
  return 0;
}

static int l_tostring(lua_State *L) {
  const page *g = to_page(L);
  if (g->closed)
    lua_pushliteral(L, "sigmamind.page (closed)");
  else
    lua_pushfstring(L, "sigmamind.page (%d rows)", (int)g->rows.count);
  return 1;
}

void page_register(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"next", l_next},   {"next_json", l_next_json}, {"fill", l_fill}, {"fill_json", l_fill_json},
      {"info", l_info},   {"position", l_position},   {"skip", l_skip}, {"count_new", l_count_new},
      {"paths", l_paths}, {"sample", l_sample},       {NULL, NULL},
  };
  static const object_type type = {
      PAGE,   methods,    l_close,
      l_gc,   l_tostring, "data, page, size, totalCount, totalPages, hasNext, hasPrevious",
      l_field};
  object_register(L, &type, decode_push_upvalues(L));
}
