#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "json.h"

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

void rows_begin(rows *r, const char *data, const char *row) {
  r->data = data;
  r->row = row;
  r->count = 0;
  r->match_count = 0;
  r->digest = 0;
  r->has_ids = false;
  if (r->filter != NULL) filter_begin(r->filter);
}

/* Makes room for the element number `count`, from 0; those before it need not have been there.
** False: out of memory. */
static bool reserve(void **list, size_t *capacity, size_t count, size_t size) {
  if (count < *capacity) return true;
  size_t larger = *capacity == 0 ? 64 : *capacity * 2;
  while (larger <= count)
    larger *= 2;
  void *moved = realloc(*list, larger * size);
  if (moved == NULL) return false;
  *list = moved;
  *capacity = larger;
  return true;
}

/* A text is smaller than 4 GiB, see page_new. */
bool rows_add_match(rows *r, const char *p, uint32_t template_number) {
  const match m = {(uint32_t)(p - r->text), (uint32_t)r->count, (uint32_t)r->filter->dropped,
                   template_number};
  void *list = r->matches;
  if (!reserve(&list, &r->match_capacity, r->match_count, sizeof m)) return false;
  r->matches = list;
  r->matches[r->match_count++] = m;
  return true;
}

/* The filter has the value of the key, because it checked the row to its end: a check that stops
** early leaves it unset, or that of a row before. */
bool rows_add_id(rows *r) {
  const char *p = r->filter->nodes[r->filter->key].value;
  const bool known = p != NULL && *p != 'n' && *p != '{' && *p != '[';
  const char *end = known ? json_skip_value(p, r->end) : NULL;
  const uint64_t id = known ? hash_bytes(p, (size_t)(end - p)) : 0;
  void *list = r->ids;
  if (!reserve(&list, &r->id_capacity, (size_t)r->count, sizeof id)) return false;
  r->ids = list;
  r->ids[r->count] = id;
  r->digest = hash_mix(r->digest, id);
  r->has_ids |= known;
  return true;
}

/* == The cursor ===================================================================== */

/* The id of match i; 0: it has none. */
static uint64_t id_of(const rows *r, size_t i) {
  return r->ids != NULL ? r->ids[r->matches[i].row] : 0;
}

/* Whether match i was handed out before, by this page or another of the walk. */
static bool was_seen(const rows *r, size_t i) {
  return r->seen != NULL && id_of(r, i) != 0 && seen_has(r->seen, id_of(r, i));
}

const char *rows_current(rows *r) {
  if (r->filter == NULL) return r->row == NULL || *r->row == ']' ? NULL : r->row;
  for (; !r->again && r->next_match < r->match_count && was_seen(r, r->next_match); r->next_match++)
    r->duplicates++;
  return r->next_match < r->match_count ? r->text + rows_match(r)->at : NULL;
}

void rows_take_back(rows *r, double call) {
  if (call < 0 || call != r->call) return;
  if (r->row_before != NULL) r->row = r->row_before;
  if (r->matches == NULL) return;
  r->next_match = r->last_match;
  r->again = true;
}

bool rows_leave(rows *r, const char *end, double call) {
  if (r->filter == NULL) {
    end = json_space(end);
    r->row_before = r->row;
    r->row = *end == ',' ? json_space(end + 1) : end;
    r->call = call;
    return true;
  }
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
  r->row = r->row_before = NULL;
  free(r->matches);
  free(r->ids);
  r->matches = NULL;
  r->ids = NULL;
  r->match_count = r->match_capacity = r->next_match = r->id_capacity = 0;
  r->again = false;
}
