#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "simd.h"

#define SCRATCH_KEPT 4096 /* bytes */

/* == Strings ======================================================================== */

typedef struct text {
  const char *bytes; /* NULL: no memory */
  size_t length;
} text;

/* Decodes the string between its quotes into the scratch space, valid until the next call. */
static text unescape(filter *f, const char *first, const char *last) {
  const size_t room = (size_t)(last - first);
  const text none = {NULL, 0};
  if (room > f->scratch_size) {
    char *larger = realloc(f->scratch, room);
    if (larger == NULL) {
      f->out_of_memory = true;
      return none;
    }
    f->scratch = larger;
    f->scratch_size = room;
  }
  const text decoded = {f->scratch, json_unescape(f->scratch, first, last)};
  return decoded;
}

void filter_rest(filter *f) {
  if (f->scratch_size <= SCRATCH_KEPT) return;
  free(f->scratch);
  f->scratch = NULL;
  f->scratch_size = 0;
}

static text read_string(filter *f, const char *p, const char *end) {
  const char *q = simd_quote(p + 1, end);
  if (*q == '\\') return unescape(f, p + 1, json_skip_string(p, end) - 1);
  const text plain = {p + 1, (size_t)(q - p) - 1};
  return plain;
}

static int compare_text(text a, const operand *b) {
  const size_t common = a.length < b->length ? a.length : b->length;
  const int order = common == 0 ? 0 : memcmp(a.bytes, b->text, common);
  if (order != 0) return order;
  return (a.length > b->length) - (a.length < b->length);
}

static bool contains_text(text whole, const operand *part) {
  if (part->length == 0) return true;
  const char *p = whole.bytes, *end = whole.bytes + whole.length;
  while ((size_t)(end - p) >= part->length) {
    const size_t starts = (size_t)(end - p) - part->length + 1;
    p = memchr(p, part->text[0], starts);
    if (p == NULL) return false;
    if (memcmp(p, part->text, part->length) == 0) return true;
    p++;
  }
  return false;
}

/* == Conditions ===================================================================== */

/* A value of a row, to compare. A number out of the host's range is a string, as it is in Lua. */
typedef struct scalar {
  enum scalar_type type;
  text text;
  number number;
  bool boolean;
} scalar;

static scalar read_scalar(filter *f, const char *p, const char *end) {
  scalar s = {SCALAR_NONE, {NULL, 0}, {NUMBER_TEXT, 0, 0}, false};
  if (*p == '"') {
    s.text = read_string(f, p, end);
    s.type = s.text.bytes != NULL ? SCALAR_STRING : SCALAR_NONE;
  } else if (*p == 't' || *p == 'f') {
    s.type = SCALAR_BOOLEAN;
    s.boolean = *p == 't';
  } else if (*p == '-' || (*p >= '0' && *p <= '9')) {
    s.number = number_read(p, &end);
    s.type = s.number.kind == NUMBER_TEXT ? SCALAR_STRING : SCALAR_NUMBER;
    s.text.bytes = p;
    s.text.length = (size_t)(end - p);
  }
  return s;
}

static bool is_equal(const scalar *s, const operand *o) {
  if (s->type != o->type) return false;
  switch (o->type) {
  case SCALAR_STRING: return compare_text(s->text, o) == 0;
  case SCALAR_NUMBER: return number_compare(&s->number, &o->number) == 0;
  default: return s->boolean == o->boolean;
  }
}

/* False: the two are neither both numbers nor both strings, and have no order. */
static bool get_order(const scalar *s, const operand *o, int *order) {
  if (s->type == SCALAR_STRING && o->type == SCALAR_STRING)
    *order = compare_text(s->text, o);
  else if (s->type == SCALAR_NUMBER && o->type == SCALAR_NUMBER)
    *order = number_compare(&s->number, &o->number);
  else
    return false;
  return true;
}

static bool is_one_of(const scalar *s, const condition *c) {
  for (size_t i = 0; i < c->count; i++)
    if (is_equal(s, &c->operands[i])) return true;
  return false;
}

static bool array_contains(filter *f, const char *p, const char *end, const operand *o) {
  for (p = json_space(p + 1); *p != ']'; p = json_space(p)) {
    if (*p == ',') p = json_space(p + 1);
    const scalar s = read_scalar(f, p, end);
    if (is_equal(&s, o)) return true;
    p = json_skip_value(p, end);
  }
  return false;
}

static bool is_text(const scalar *s, const operand *o) {
  return s->type == SCALAR_STRING && o->type == SCALAR_STRING;
}

static bool starts_with(text t, const operand *o) {
  return t.length >= o->length && memcmp(t.bytes, o->text, o->length) == 0;
}

static bool ends_with(text t, const operand *o) {
  return t.length >= o->length && memcmp(t.bytes + t.length - o->length, o->text, o->length) == 0;
}

static bool holds_for_scalar(const condition *c, const scalar *s) {
  const operand *o = &c->operands[0];
  int order;
  switch (c->code) {
  case OP_EQ: return is_equal(s, o);
  case OP_NE: return !is_equal(s, o);
  case OP_LT: return get_order(s, o, &order) && order < 0;
  case OP_LE: return get_order(s, o, &order) && order <= 0;
  case OP_GT: return get_order(s, o, &order) && order > 0;
  case OP_GE: return get_order(s, o, &order) && order >= 0;
  case OP_ONE_OF: return is_one_of(s, c);
  case OP_NONE_OF: return !is_one_of(s, c);
  case OP_STARTS_WITH: return is_text(s, o) && starts_with(s->text, o);
  case OP_ENDS_WITH: return is_text(s, o) && ends_with(s->text, o);
  default: return is_text(s, o) && contains_text(s->text, o);
  }
}

static size_t count_elements(const char *p, const char *end) {
  size_t count = 0;
  for (p = json_space(p + 1); *p != ']'; p = json_space(json_skip_value(p, end))) {
    if (*p == ',') p = json_space(p + 1);
    count++;
  }
  return count;
}

static size_t count_fields(const char *p, const char *end) {
  size_t count = 0;
  for (p = json_space(p + 1); *p != '}'; p = json_space(json_skip_value(p, end))) {
    if (*p == ',') p = json_space(p + 1);
    p = json_space(json_space(json_skip_string(p, end)) + 1);
    count++;
  }
  return count;
}

/* The length of the array, object or string at p. False: it is none of these. */
static bool get_length(filter *f, const char *p, const char *end, size_t *length) {
  if (*p == '[') {
    *length = count_elements(p, end);
  } else if (*p == '{') {
    *length = count_fields(p, end);
  } else {
    const scalar s = read_scalar(f, p, end);
    *length = s.text.length;
    return s.type == SCALAR_STRING;
  }
  return true;
}

static bool length_holds(filter *f, const condition *c, const char *p, const char *end) {
  scalar s = {SCALAR_NUMBER, {NULL, 0}, {NUMBER_INTEGER, 0, 0}, false};
  size_t length;
  if (!get_length(f, p, end, &length)) return false;
  s.number.integer = (int64_t)length;
  for (size_t i = 1; i <= c->inner; i++)
    if (!holds_for_scalar(&c[i], &s)) return false;
  return true;
}

static bool holds(filter *f, const condition *c, const char *p, const char *end);

static bool any_holds(filter *f, const condition *c, const char *p, const char *end) {
  if (*p != '[') return false;
  for (p = json_space(p + 1); *p != ']'; p = json_space(json_skip_value(p, end))) {
    if (*p == ',') p = json_space(p + 1);
    size_t i = 1;
    while (i <= c->inner && holds(f, &c[i], p, end))
      i += 1 + c[i].inner;
    if (i > c->inner) return true;
  }
  return false;
}

/* Whether the condition holds for the value at p, which is not null. */
static bool holds_for(filter *f, const condition *c, const char *p, const char *end) {
  switch (c->code) {
  case OP_EXISTS: return c->operands[0].boolean;
  case OP_LENGTH: return length_holds(f, c, p, end);
  case OP_ANY: return any_holds(f, c, p, end);
  case OP_CONTAINS:
    if (*p == '[') return array_contains(f, p, end, &c->operands[0]);
    break;
  default: break;
  }
  const scalar s = read_scalar(f, p, end);
  return holds_for_scalar(c, &s);
}

/* An absent or null field equals nothing. */
static bool holds_for_absent(const condition *c) {
  if (c->code == OP_EXISTS) return !c->operands[0].boolean;
  return c->code == OP_NE || c->code == OP_NONE_OF;
}

static bool holds(filter *f, const condition *c, const char *p, const char *end) {
  return p == NULL || *p == 'n' ? holds_for_absent(c) : holds_for(f, c, p, end);
}

static int type_at(const char *p) {
  const char *end;
  switch (*p) {
  case '"': return SCALAR_STRING;
  case 't':
  case 'f': return SCALAR_BOOLEAN;
  case '[': return TYPE_ARRAY;
  case '{': return TYPE_OBJECT;
  default: return number_read(p, &end).kind == NUMBER_TEXT ? SCALAR_STRING : SCALAR_NUMBER;
  }
}

/* Notes the type of the value at p, for the path with this bit. */
static void note_type(type_notes *n, const type_set *refused, uint64_t bit, const char *p) {
  uint64_t others = 0;
  if (*p == 'n') return;
  const int type = type_at(p);
  for (int i = 0; i < VALUE_TYPES; i++)
    if (i != type) others |= n->had.paths[i];
  n->had.paths[type] |= bit;
  if (others & bit || !(refused->paths[type] & bit)) n->unsettled &= ~bit;
}

static void note_elements(filter *f, uint64_t bit, const char *p, const char *end) {
  for (p = json_space(p + 1); *p != ']'; p = json_space(json_skip_value(p, end))) {
    if (*p == ',') p = json_space(p + 1);
    note_type(&f->notes.elements, &f->refused_elements, bit, p);
  }
}

/* Notes the types of all tested values, before any condition is evaluated: which one fails first
** depends on the order of a Lua table. */
static void note_types(filter *f, const char *end) {
  filter_notes *notes = &f->notes;
  for (size_t i = 0; i < f->condition_count; i += 1 + f->conditions[i].inner) {
    const node *n = &f->nodes[f->conditions[i].node];
    if (n->value == NULL) continue;
    if (notes->values.unsettled & n->bit)
      note_type(&notes->values, &f->refused_values, n->bit, n->value);
    if (notes->elements.unsettled & n->bit && *n->value == '[')
      note_elements(f, n->bit, n->value, end);
  }
}

/* Reads the scratch state of this check, in a filter that pages share: no Lua may run between
** filter_forget and this. */
bool filter_holds(filter *f, const char *end) {
  f->dropped = 0;
  if ((f->notes.values.unsettled | f->notes.elements.unsettled) != 0) note_types(f, end);
  for (size_t i = 0; i < f->condition_count; i += 1 + f->conditions[i].inner) {
    const condition *c = &f->conditions[i];
    if (holds(f, c, f->nodes[c->node].value, end)) continue;
    f->dropped = c->stage;
    return c->stage != 0;
  }
  return true;
}

/* == Rows =========================================================================== */

int filter_find(filter *f, int parent, const char *key, const char *end, bool escaped) {
  text name = {key + 1, (size_t)(end - key) - 2};
  if (escaped) name = unescape(f, key + 1, end - 1);
  if (name.bytes == NULL) return 0;
  for (int i = f->nodes[parent].child; i != 0; i = f->nodes[i].next) {
    const node *n = &f->nodes[i];
    if (n->length == name.length && simd_same(n->name, name.bytes, name.length)) return i;
  }
  return 0;
}

/* Clears the values in a field that occurs a second time in its object: the last one counts. */
static void forget(filter *f, int parent) {
  for (int i = f->nodes[parent].child; i != 0; i = f->nodes[i].next) {
    f->nodes[i].value = NULL;
    forget(f, i);
  }
}

static const char *check_fields(filter *f, json_scan *scan, const char *p, unsigned depth,
                                int parent);

/* Checks the value at p of node i, and notes where it is. */
static const char *check_field(filter *f, json_scan *scan, const char *p, unsigned depth, int i) {
  const bool is_wanted = f->nodes[i].tested || f->notes.had != f->paths;
  if (f->nodes[i].value != NULL) forget(f, i);
  f->nodes[i].value = p;
  f->notes.had |= filter_had(f, i, p);
  if (*p == '{' && f->nodes[i].child != 0 && is_wanted) return check_fields(f, scan, p, depth, i);
  return json_check_value(scan, p, depth);
}

/* Checks the object at p, at this depth, the value of the node `parent`. */
static const char *check_fields(filter *f, json_scan *scan, const char *p, unsigned depth,
                                int parent) {
  if (depth == scan->max_depth) return json_fail(scan, p, JSON_TOO_DEEP);
  p = json_space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    const char *key = p, *key_end;
    bool escaped = false;
    if ((p = json_check_key(scan, p, &key_end, &escaped)) == NULL) return NULL;
    const int i = filter_find(f, parent, key, key_end, escaped);
    p = i != 0 ? check_field(f, scan, p, depth + 1, i) : json_check_value(scan, p, depth + 1);
    if (p == NULL) return NULL;
    p = json_space(p);
    if (*p == '}') return p + 1;
    if (*p != ',') return json_fail(scan, p, "',' or '}'");
    p = json_space(p + 1);
  }
}

void filter_begin(filter *f) {
  memset(&f->notes, 0, sizeof f->notes);
  for (int i = 0; i < VALUE_TYPES; i++) {
    f->notes.values.unsettled |= f->refused_values.paths[i];
    f->notes.elements.unsettled |= f->refused_elements.paths[i];
  }
}

void filter_forget(filter *f) {
  for (int i = 1; i < f->node_count; i++)
    f->nodes[i].value = NULL;
}

bool filter_asks(const filter *f, int i) {
  for (size_t k = 0; k < f->condition_count; k++)
    if (f->conditions[k].node == i) return true;
  return false;
}

/* Without conditions and a key, and with all paths noted, the nodes keep the values of an earlier
** row, which nothing reads. */
const char *filter_check_row(filter *f, json_scan *scan, const char *p, unsigned depth) {
  const bool is_needed = f->condition_count > 0 || f->key != 0 || f->notes.had != f->paths;
  if (!is_needed) return json_check_value(scan, p, depth);
  filter_forget(f);
  return check_fields(f, scan, p, depth, 0);
}
