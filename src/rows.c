#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "json.h"

/* The position of a field's value, as the check found it, for decoding without a search. */
struct field_span {
  uint32_t at;     /* offset in the text */
  uint32_t length; /* shifted by KIND_BITS, with the kind of the shape_span in the low bits */
};

#define KIND_BITS 3

/* Almost all rows of the API, and their fields, are at least this long. */
#define ROW_BYTES   512
#define FIELD_BYTES 32

void rows_init(rows *r, const char *text, const char *end, filter *f, seen *s) {
  memset(r, 0, sizeof *r);
  r->text = text;
  r->end = end;
  r->filter = f;
  r->seen = s;
  r->last = r->before = -1;
  r->call = -1;
}

/* == While the text is checked ====================================================== */

void rows_begin(rows *r, const char *data) {
  r->data = data;
  r->count = 0;
  r->match_count = r->span_count = 0;
  r->digest = 0;
  r->has_ids = false;
  if (r->filter != NULL) filter_begin(r->filter);
}

/* Makes room for the element at index `count`, and zeroes new elements, because indices may be
** skipped. The first capacity is one element for each `bytes` bytes of the text. False: out of
** memory. */
static bool reserve(const rows *r, void **list, size_t *capacity, size_t count, size_t size,
                    size_t bytes) {
  if (count < *capacity) return true;
  size_t larger = *capacity == 0 ? (size_t)(r->end - r->text) / bytes + 8 : *capacity * 2;
  while (larger <= count)
    larger *= 2;
  void *moved = realloc(*list, larger * size);
  if (moved == NULL) return false;
  memset((char *)moved + *capacity * size, 0, (larger - *capacity) * size);
  *list = moved;
  *capacity = larger;
  return true;
}

/* Keeps the spans of a row, unless all spans would take more room than the text; *first becomes the
** index of the first one kept. False: out of memory. */
static bool keep_spans(rows *r, const rows_fit *fit, uint32_t *first) {
  const size_t before = r->span_count, count = (size_t)fit->template->wanted_count;
  const size_t length = (size_t)(r->end - r->text);
  const bool is_much = (before + count) * sizeof *r->spans > length;
  if (is_much || length >> (32 - KIND_BITS) != 0) return true;
  *first = 0;
  if (count == 0) return true; /* the query selects nothing that the row has */
  void *list = r->spans;
  if (!reserve(r, &list, &r->span_capacity, before + count - 1, sizeof *r->spans, FIELD_BYTES))
    return false;
  r->spans = list;
  for (size_t i = 0; i < count; i++) {
    const shape_span *from = &fit->spans[i];
    const bool is_number = from->kind == SPAN_NUMBER; /* its json_number is not kept: read again */
    const uint32_t kind = is_number ? SPAN_WORD : (uint32_t)from->kind;
    r->spans[before + i].at = (uint32_t)(from->at - r->text);
    r->spans[before + i].length = (uint32_t)(from->end - from->at) << KIND_BITS | kind;
  }
  r->span_count += count;
  *first = (uint32_t)before;
  return true;
}

/* A text is smaller than 4 GiB, see page_new. */
bool rows_add_match(rows *r, const char *p, const rows_fit *fit) {
  match m = {(uint32_t)(p - r->text), (uint32_t)r->count, 0, 0, 0, ROWS_NO_SPANS};
  if (r->filter != NULL) m.stage = (uint32_t)r->filter->dropped;
  if (fit->template != NULL && m.stage == 0) {
    m.template = fit->template->number;
    m.place = fit->place;
    if (!keep_spans(r, fit, &m.spans)) return false;
  }
  void *list = r->matches;
  if (!reserve(r, &list, &r->match_capacity, r->match_count, sizeof m, ROW_BYTES)) return false;
  r->matches = list;
  r->matches[r->match_count++] = m;
  return true;
}

/* The row must have been checked to its end: a check that stops early leaves some nodes, perhaps
** the key's, with the value of an earlier row. */
bool rows_add_id(rows *r) {
  const char *p = r->filter->nodes[r->filter->key].value;
  const bool known = p != NULL && *p != 'n' && *p != '{' && *p != '[';
  const char *end = known ? json_skip_value(p, r->end) : NULL;
  const uint64_t id = known ? hash_bytes(p, (size_t)(end - p)) : 0;
  void *list = r->ids;
  if (!reserve(r, &list, &r->id_capacity, (size_t)r->count, sizeof id, ROW_BYTES)) return false;
  r->ids = list;
  r->ids[r->count] = id;
  r->digest = hash_mix(r->digest, id);
  r->has_ids |= known;
  return true;
}

/* == The cursor ===================================================================== */

/* The id of match i; 0: none. */
static uint64_t id_of(const rows *r, size_t i) {
  return r->ids != NULL ? r->ids[r->matches[i].row] : 0;
}

/* Whether match i was returned before, by this page or another one of the walk. */
static bool was_seen(const rows *r, size_t i) {
  return r->seen != NULL && id_of(r, i) != 0 && seen_has(r->seen, id_of(r, i));
}

const char *rows_current(rows *r) {
  for (; !r->again && r->next_match < r->match_count && was_seen(r, r->next_match); r->next_match++)
    r->duplicates++;
  return r->next_match < r->match_count ? r->text + rows_match(r)->at : NULL;
}

void rows_take_back(rows *r, double call) {
  if (call < 0 || call != r->call || r->matches == NULL) return;
  r->next_match = r->last_match;
  r->again = true;
}

void rows_find_spans(const rows *r, const match *m, int count, shape_span *spans) {
  for (int i = 0; i < count; i++) {
    const struct field_span kept = r->spans[m->spans + (uint32_t)i];
    spans[i].kind = kept.length & ((1 << KIND_BITS) - 1);
    spans[i].at = r->text + kept.at;
    spans[i].end = spans[i].at + (kept.length >> KIND_BITS);
  }
}

bool rows_leave(rows *r, double call) {
  const uint64_t id = id_of(r, r->next_match);
  if (r->seen != NULL && id != 0 && !seen_add(r->seen, id)) return false;
  if (!r->again) {
    r->before = r->last;
    r->before_id = r->last_id;
  }
  r->last_match = r->next_match++;
  r->last = (int64_t)r->matches[r->last_match].row;
  r->last_id = id;
  r->call = call;
  r->again = false;
  return true;
}

bool rows_leave_to(rows *r, int64_t last) {
  for (int64_t i = 0; i <= last && r->seen != NULL; i++)
    if (r->ids[i] != 0 && !seen_add(r->seen, r->ids[i])) return false;
  while (r->next_match < r->match_count && (int64_t)rows_match(r)->row <= last)
    r->next_match++;
  r->last = last;
  r->last_id = last < 0 ? 0 : r->ids[last];
  return true;
}

int64_t rows_find(const rows *r, uint64_t id) {
  int64_t i = 0;
  while (i < r->count && r->ids != NULL && (id == 0 || r->ids[i] != id))
    i++;
  return i;
}

bool rows_count_new(const rows *r, seen *s, int64_t *fresh) {
  *fresh = 0;
  for (int64_t i = 0; r->ids != NULL && i < r->count; i++) {
    if (r->ids[i] == 0 || seen_has(s, r->ids[i])) continue;
    if (!seen_add(s, r->ids[i])) return false;
    ++*fresh;
  }
  return true;
}

void rows_free(rows *r) {
  free(r->matches);
  free(r->spans);
  free(r->ids);
  r->matches = NULL;
  r->spans = NULL;
  r->ids = NULL;
  r->match_count = r->match_capacity = r->next_match = 0;
  r->span_count = r->span_capacity = r->id_capacity = 0;
  r->again = false;
}
