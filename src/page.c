#include "page.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "json.h"
#include "object.h"
#include "query.h"
#include "template.h"

#define PAGE   "sigmamind.page"
#define ABSENT INT64_MIN

/* What a page's table holds. */
enum { TEXT = 1, SETTINGS, QUERY, TEMPLATES, TEMPLATE, CONSTRUCTOR };

enum flag { FLAG_ABSENT, FLAG_FALSE, FLAG_TRUE };

typedef struct page {
  const char *row;        /* the next row, or the ']' after the last; NULL: nothing more to read */
  row_template *template; /* of all its rows, which the page's table anchors; NULL: they differ */
  filter *filter;         /* of the query, which the page's table anchors; NULL: there is none */
  const char *text;       /* with a query, the rows that match stand at text + matches[i] ... */
  uint32_t *matches;      /* ... from matches[next_match] on */
  size_t match_count, match_capacity, next_match;
  bool has_data;
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
  const char *not_a_page;   /* what is missing or of another type; NULL: nothing */
  template_list *templates; /* of such rows */
  row_template *template;   /* of the last row; NULL: none */
  bool differ;              /* rows have different ones */
  const char *unlike;       /* the last row that had no template; NULL: none */
} checker;

/* The integer at p; ABSENT if there is none, or it is beyond 18 digits. */
static int64_t read_integer(const char *p) {
  const size_t length = strspn(p, "0123456789");
  int64_t value = 0;
  if (length == 0 || length > 18 || strchr(".eE", p[length]) != NULL) return ABSENT;
  for (size_t i = 0; i < length; i++)
    value = value * 10 + (p[i] - '0');
  return value;
}

static enum flag read_flag(const char *p) {
  return *p == 't' ? FLAG_TRUE : *p == 'f' ? FLAG_FALSE : FLAG_ABSENT;
}

/* Notes the row at p as one that matches. A body is smaller than 4 GiB. */
static void add_match(checker *c, page *g, const char *p) {
  if (g->match_count == g->match_capacity) {
    const size_t capacity = g->match_capacity == 0 ? 64 : g->match_capacity * 2;
    uint32_t *matches = realloc(g->matches, capacity * sizeof *matches);
    if (matches == NULL) {
      c->out_of_memory = true;
      return;
    }
    g->matches = matches;
    g->match_capacity = capacity;
  }
  g->matches[g->match_count++] = (uint32_t)(p - g->text);
}

/* Checks the row at p and, with a query, whether it matches. */
static const char *check_row(checker *c, page *g, const char *p) {
  bool holds = false;
  if (*p != '{') return json_check_value(&c->scan, p, 2);
  const char *end = p;
  row_template *t = templates_check(c->templates, g->filter, &c->scan, &end, 2, &holds);
  if (t == NULL) {
    c->unlike = p;
    end = g->filter == NULL ? json_check_value(&c->scan, p, 2)
                            : filter_check_row(g->filter, &c->scan, p, 2, &holds);
  }
  c->differ |= t == NULL || (c->template != NULL && c->template != t);
  c->template = t;
  if (g->filter != NULL && holds) add_match(c, g, p);
  return end;
}

/* Checks the array of rows at p, and leaves the page's cursor at the first. */
static const char *check_rows(checker *c, page *g, const char *p) {
  if (*p != '[') c->not_a_page = "data is not an array";
  if (*p != '[') return json_check_value(&c->scan, p, 1);
  if (c->scan.max_depth < 2) return json_fail(&c->scan, p, JSON_TOO_DEEP);
  p = json_space(p + 1);
  g->row = p;
  g->has_data = true;
  g->count = 0;
  g->match_count = 0;
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

static bool is_key(const char *key, const char *name) {
  const size_t length = strlen(name);
  return strncmp(key + 1, name, length) == 0 && key[length + 1] == '"';
}

/* Checks the value at p of the wrapper's field `key`, and keeps it if it is one we know. Older
** generations of the API say totalCounts. */
static const char *check_field(checker *c, page *g, const char *key, const char *p) {
  if (is_key(key, "data")) return check_rows(c, g, p);
  if (is_key(key, "page")) g->number = read_integer(p);
  if (is_key(key, "size")) g->size = read_integer(p);
  if (is_key(key, "totalCount") || is_key(key, "totalCounts")) g->total_count = read_integer(p);
  if (is_key(key, "totalPages")) g->total_pages = read_integer(p);
  if (is_key(key, "hasNext")) g->has_next = read_flag(p);
  if (is_key(key, "hasPrevious")) g->has_previous = read_flag(p);
  return json_check_value(&c->scan, p, 1);
}

static const char *check_wrapper(checker *c, page *g, const char *p) {
  p = json_space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    const char *key = p, *key_end;
    if ((p = json_check_key(&c->scan, p, &key_end)) == NULL) return NULL;
    if ((p = check_field(c, g, key, p)) == NULL) return NULL;
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

/* Moves the cursor of a page with a query to its next match. */
static void next_match(page *g) {
  g->row = g->next_match < g->match_count ? g->text + g->matches[g->next_match++] : NULL;
}

/* Moves the cursor from the end of a row. */
static void next_row(page *g, const char *end) {
  if (g->filter != NULL) {
    next_match(g);
  } else {
    end = json_space(end);
    g->row = *end == ',' ? json_space(end + 1) : end;
  }
}

/* == What Lua calls ================================================================= */

/* Keeps the template that all the rows of the page on top of the stack have. [0] */
static void keep_template(lua_State *L, page *g, int templates, row_template *t) {
  sm_getuservalue(L, -1);
  template_push(L, templates, t);
  lua_rawseti(L, -3, CONSTRUCTOR);
  lua_rawseti(L, -2, TEMPLATE);
  lua_pop(L, 1);
  g->template = t;
}

int page_push(lua_State *L, unsigned max_depth) {
  const int query = lua_gettop(L), settings = query - 1, text = query - 2, templates = query + 1;
  if (lua_isnil(L, query))
    decode_push_templates(L, settings);
  else
    query_push_templates(L, query);
  page *g = lua_newuserdata(L, sizeof *g);
  memset(g, 0, sizeof *g);
  object_set_type(L, PAGE);
  lua_createtable(L, CONSTRUCTOR, 0);
  for (int slot = TEXT; slot <= TEMPLATES; slot++) {
    lua_pushvalue(L, text + slot - TEXT);
    lua_rawseti(L, -2, slot);
  }
  sm_setuservalue(L, -2);
  size_t length;
  g->text = lua_tolstring(L, text, &length);
  g->end = g->text + length;
  g->filter = query_check(L, query);
  if (g->filter != NULL) g->filter->out_of_memory = false;
  luaL_argcheck(L, length < UINT32_MAX, 1, "a page must be smaller than 4 GiB");
  checker c = {.scan = {g->end, 0, max_depth, NULL, NULL}};
  c.templates = lua_touserdata(L, templates);
  const bool is_page = check_page(&c, g, g->text);
  if (g->filter != NULL) {
    if (c.out_of_memory || g->filter->out_of_memory) return luaL_error(L, "not enough memory");
    next_match(g);
  }
  if (is_page && c.unlike != NULL) templates_learn(L, templates, g->filter, c.unlike, g->end);
  if (is_page && c.template != NULL && !c.differ) keep_template(L, g, templates, c.template);
  if (is_page) return 1;
  if (c.scan.at != NULL) return decode_failed(L, &c.scan, g->text);
  lua_pushnil(L);
  lua_pushfstring(L, "not a page of a listing: %s", c.not_a_page);
  lua_pushliteral(L, "protocol");
  return 3;
}

int page_lua(lua_State *L) {
  luaL_checkstring(L, 1);
  query_check(L, 2);
  lua_settop(L, 3);
  lua_pushvalue(L, 1);
  lua_newtable(L);
  const unsigned max_depth = decode_settings(L, 3);
  lua_pushvalue(L, 2);
  return page_push(L, max_depth);
}

static page *to_page(lua_State *L) {
  return object_self(L, PAGE);
}

/* Lets go of the text. Whoever is reading it has it on the stack. */
static void release(lua_State *L, page *g) {
  g->row = NULL;
  free(g->matches);
  g->matches = NULL;
  g->match_count = g->match_capacity = g->next_match = 0;
  sm_getuservalue(L, 1);
  lua_pushnil(L);
  lua_rawseti(L, -2, TEXT);
  lua_pop(L, 1);
}

/* Whether there is another row. If so, pushes the text, which keeps it while Lua runs finalizers
** (one may close the page), the settings, the query and the templates; if not, pushes what `next`
** returns then. */
static bool begin_row(lua_State *L, page *g) {
  lua_settop(L, 1);
  if (g->closed) {
    failure(L, "closed", "page is closed");
  } else if (g->row == NULL || *g->row == ']') {
    release(L, g);
    lua_pushnil(L);
  } else {
    sm_getuservalue(L, 1);
    lua_rawgeti(L, 2, TEXT);
    lua_rawgeti(L, 2, SETTINGS);
    if (g->template != NULL) {
      lua_rawgeti(L, 2, TEMPLATE);
      lua_rawgeti(L, 2, CONSTRUCTOR);
    } else {
      lua_rawgeti(L, 2, QUERY);
      lua_rawgeti(L, 2, TEMPLATES);
    }
    return true;
  }
  return false;
}

/* The row was handed out whole. An error for lack of memory comes before this, and loses none. A
** finalizer that read this page meanwhile has moved the cursor already. */
static void end_row(page *g, const char *row, const char *end) {
  if (!g->closed && g->row == row) next_row(g, end);
}

static int l_next(lua_State *L) {
  page *g = to_page(L);
  if (!begin_row(L, g)) return lua_gettop(L) - 1;
  const char *row = g->row, *end;
  if (g->template != NULL)
    end = decode_push_like(L, row, g->end, 4, g->template, 6);
  else
    end = decode_push_row(L, row, g->end, 4, 6, 5);
  end_row(g, row, end);
  return 1;
}

static int l_next_json(lua_State *L) {
  page *g = to_page(L);
  if (!begin_row(L, g)) return lua_gettop(L) - 1;
  const char *row = g->row, *end = json_skip_value(row, g->end);
  if (g->filter != NULL && g->filter->selects)
    query_push_json(L, g->filter, row, g->end);
  else
    lua_pushlstring(L, row, (size_t)(end - row));
  end_row(g, row, end);
  return 1;
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
  if (value == ABSENT) return;
  sm_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

static void set_flag(lua_State *L, const char *name, enum flag value) {
  if (value == FLAG_ABSENT) return;
  lua_pushboolean(L, value == FLAG_TRUE);
  lua_setfield(L, -2, name);
}

/* What the wrapper said, which stays when the page is closed. A field that it lacks, or that is
** of another type, is absent. */
static int l_info(lua_State *L) {
  const page *g = to_page(L);
  lua_createtable(L, 0, 7);
  set_integer(L, "page", g->number);
  set_integer(L, "size", g->size);
  set_integer(L, "totalCount", g->total_count);
  set_integer(L, "totalPages", g->total_pages);
  set_flag(L, "hasNext", g->has_next);
  set_flag(L, "hasPrevious", g->has_previous);
  set_integer(L, "count", g->count);
  return 1;
}

static int l_close(lua_State *L) {
  page *g = to_page(L);
  release(L, g);
  g->closed = true;
  return 0;
}

static int l_gc(lua_State *L) {
  page *g = to_page(L);
  free(g->matches);
  g->matches = NULL;
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
      {"next", l_next},
      {"next_json", l_next_json},
      {"info", l_info},
      {NULL, NULL},
  };
  static const object_type type = {PAGE, methods, l_close, l_gc, l_tostring};
  object_register(L, &type);
}
