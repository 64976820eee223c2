#include "wrapper.h"

#include <string.h>

#include "filter.h"
#include "shape.h"

/* == Scalars ======================================================================== */

/* The integer at p, of 0 or more; WRAPPER_ABSENT: it is none, or does not fit in 64 bits. */
static int64_t read_integer(const char *p) {
  const size_t length = strspn(p, "0123456789");
  int64_t value = 0;
  if (length == 0 || strchr(".eE", p[length]) != NULL) return WRAPPER_ABSENT;
  for (size_t i = 0; i < length; i++) {
    const int digit = p[i] - '0';
    if (value > (INT64_MAX - digit) / 10) return WRAPPER_ABSENT;
    value = value * 10 + digit;
  }
  return value;
}

static enum wrapper_flag read_flag(const char *p) {
  return *p == 't' ? FLAG_TRUE : *p == 'f' ? FLAG_FALSE : FLAG_ABSENT;
}

/* == Rows =========================================================================== */

/* Checks the row at p by a template. NULL without a failure of the scan: no template matches. */
static const char *check_like(wrapper_check *c, rows *r, template_place *place, const char *p) {
  const char *end = p;
  c->fit.template = templates_match(place, r->filter, &c->scan, &end, 2, c->fit.spans);
  c->fit.place = (uint32_t)(place - c->templates->places);
  return c->fit.template != NULL ? end : NULL;
}

/* Checks the row at p without a template. */
static const char *check_unlike(wrapper_check *c, rows *r, template_place *place, const char *p) {
  const char *end = r->filter == NULL ? json_check_value(&c->scan, p, 2)
                                      : filter_check_row(r->filter, &c->scan, p, 2);
  if (end != NULL && template_is_due(place, p, end)) {
    c->learned = p;
    c->learned_end = end;
  }
  return end;
}

/* Checks the row at p and, with a query, whether it matches. The nodes of the filter have this
** row's values, for filter_holds and rows_add_id, only because the check came to the row's end. */
static const char *check_row(wrapper_check *c, rows *r, const char *p) {
  if (c->not_a_page != NULL) return json_check_value(&c->scan, p, 2);
  template_place *place = templates_place(c->templates, json_space(p + 1));
  const char *end = check_like(c, r, place, p);
  if (end == NULL && c->scan.at == NULL) end = check_unlike(c, r, place, p);
  if (end == NULL) return NULL;
  const bool matches = r->filter == NULL || filter_holds(r->filter, end);
  if (matches && !rows_add_match(r, p, &c->fit)) c->out_of_memory = true;
  if (r->filter == NULL) return end;
  if (r->filter->key != 0 && !rows_add_id(r)) c->out_of_memory = true;
  filter_rest(r->filter);
  return end;
}

/* Checks the array of rows at p. */
static const char *check_rows(wrapper_check *c, rows *r, const char *p) {
  c->not_a_page = *p == '[' ? NULL : "data is not an array"; /* a later `data` replaces this */
  if (*p != '[') return json_check_value(&c->scan, p, 1);
  if (c->scan.max_depth < 2) return json_fail(&c->scan, p, JSON_TOO_DEEP);
  rows_begin(r, p);
  p = json_space(p + 1);
  if (*p == ']') return p + 1;
  for (;;) {
    if (*p != '{') c->not_a_page = "a row in data is not an object";
    if ((p = check_row(c, r, p)) == NULL) return NULL;
    r->count++;
    p = json_space(p);
    if (*p == ']') return p + 1;
    if (*p != ',') return json_fail(&c->scan, p, "',' or ']'");
    p = json_space(p + 1);
  }
}

/* == Fields ========================================================================= */

#define NAME_ROOM ((size_t)16) /* bytes, for each name in check_member */

/* Decodes the name from `key`, its opening quote, to `end`. A name that is too long or has a NUL,
** and so cannot be a known one, becomes "". */
static void read_name(char *name, const char *key, const char *end) {
  char decoded[6 * NAME_ROOM]; /* \u and four digits for each letter */
  const size_t room = (size_t)(end - key) - 2;
  const size_t length = room <= 6 * NAME_ROOM ? json_unescape(decoded, key + 1, end - 1) : 0;
  const size_t kept = length < NAME_ROOM && memchr(decoded, '\0', length) == NULL ? length : 0;
  memcpy(name, decoded, kept);
  name[kept] = '\0';
}

static void keep_integer(int64_t *kept, const char *p) {
  const int64_t value = read_integer(p);
  if (value != WRAPPER_ABSENT) *kept = value;
}

/* Checks the value at p of the wrapper's field `name`, and keeps it if the field is known. Older
** versions of the API have totalCounts. */
static const char *check_member(wrapper_check *c, wrapper *w, rows *r, const char *name,
                                const char *p) {
  if (strcmp(name, "data") == 0) return check_rows(c, r, p);
  if (strcmp(name, "page") == 0) keep_integer(&w->page, p);
  if (strcmp(name, "size") == 0) keep_integer(&w->size, p);
  if (strcmp(name, "totalCount") == 0 || strcmp(name, "totalCounts") == 0)
    keep_integer(&w->total_count, p);
  if (strcmp(name, "totalPages") == 0) keep_integer(&w->total_pages, p);
  if (strcmp(name, "hasNext") == 0) w->has_next = read_flag(p);
  if (strcmp(name, "hasPrevious") == 0) w->has_previous = read_flag(p);
  return json_check_value(&c->scan, p, 1);
}

static const char *check_wrapper(wrapper_check *c, wrapper *w, rows *r, const char *p) {
  p = json_space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    char name[NAME_ROOM];
    const char *key = p, *key_end;
    bool escaped;
    if ((p = json_check_key(&c->scan, p, &key_end, &escaped)) == NULL) return NULL;
    read_name(name, key, key_end);
    if ((p = check_member(c, w, r, name, p)) == NULL) return NULL;
    p = json_space(p);
    if (*p == '}') return p + 1;
    if (*p != ',') return json_fail(&c->scan, p, "',' or '}'");
    p = json_space(p + 1);
  }
}

bool wrapper_read(wrapper *w, rows *r, wrapper_check *c) {
  const char *p = json_space(r->text);
  w->page = w->size = w->total_count = w->total_pages = WRAPPER_ABSENT;
  if (*p == '{') {
    p = check_wrapper(c, w, r, p);
  } else if (*p == '[') {
    p = check_rows(c, r, p);
  } else {
    c->not_a_page = "the body is neither an object nor an array";
    p = json_check_value(&c->scan, p, 0);
  }
  if (p == NULL || json_check_end(&c->scan, p) == NULL) return false;
  if (c->not_a_page == NULL && r->data == NULL) c->not_a_page = "data is missing";
  return c->not_a_page == NULL;
}
