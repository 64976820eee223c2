/*
** rows: an index of the rows in a page's text, and a cursor over them. It calls no Lua.
**
** It owns three lists: the rows that match the query (without one, all rows), the positions of
** their fields, and, if the query has a key, the ids of all rows. The page anchors the text, the
** filter and the seen.
*/
#ifndef SIGMAMIND_ROWS_H
#define SIGMAMIND_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"
#include "seen.h"
#include "shape.h"
#include "template.h"

/* A row that matches the page's query; without a query, any row. */
typedef struct match {
  uint32_t at;       /* offset in the text */
  uint32_t row;      /* its number in `data`, from 0 */
  uint32_t stage;    /* the first stage of the query that it fails; 0: it passes all */
  uint32_t template; /* the number of its template; 0: none */
  uint32_t place;    /* of the template in its set */
  uint32_t spans;    /* the index of its first span; ROWS_NO_SPANS: they are not kept */
} match;

#define ROWS_NO_SPANS UINT32_MAX

typedef struct rows {
  const char *text, *end;
  filter *filter;     /* the query; NULL: none */
  seen *seen;         /* rows that must not be returned again; NULL: none */
  const char *data;   /* the array of rows; NULL: not found */
  int64_t count;      /* rows in `data` */
  filter_notes notes; /* of all rows; with a query only */
  match *matches;     /* the cursor is at matches[next_match] */
  size_t match_count, match_capacity, next_match;
  struct field_span *spans; /* of the fields of the matches */
  size_t span_count, span_capacity;
  size_t last_match; /* the match that was returned last */
  double call;       /* the number of the call that returned it; -1: it had none */
  bool again;        /* that match is returned once more */
  uint64_t *ids;     /* of all rows, if the query has a key; 0: the row has no id */
  size_t id_capacity;
  uint64_t digest; /* of the ids, in order */
  bool has_ids;    /* some row has one */
  int64_t last;    /* the row that was returned last, in `data`; -1: none yet */
  uint64_t last_id;
  int64_t before; /* the row that was returned before it */
  uint64_t before_id;
  int64_t duplicates; /* matches that were skipped, because their ids were seen */
} rows;

/* For a text that is not checked yet, and ends at `end`; f and s may be NULL. */
void rows_init(rows *r, const char *text, const char *end, filter *f, seen *s);

/* == While the text is checked ====================================================== */

/* The template of the row that was just checked. */
typedef struct rows_fit {
  const row_template *template; /* NULL: none matched, and the rest is not set */
  uint32_t place;
  shape_span spans[SHAPE_FIELDS];
} rows_fit;

/* Empties the index, for the rows of the array at `data`. */
void rows_begin(rows *r, const char *data);

/* Each takes the row that was just checked to its end, whose number is r->count: adds it, at p, as
** a match; adds its id, from the value of the filter's key. False: out of memory. */
bool rows_add_match(rows *r, const char *p, const rows_fit *fit);
bool rows_add_id(rows *r);

/* == The cursor ===================================================================== */

/* The row at the cursor, past those that were seen; NULL: no row is left. */
const char *rows_current(rows *r);

/* The match at the cursor, after rows_current. */
static inline const match *rows_match(const rows *r) {
  return &r->matches[r->next_match];
}

/* Moves the cursor back to the last row, if the call of this number returned it. */
void rows_take_back(rows *r, double call);

/* Sets the spans of the first `count` fields of a match with spans. `count` is the wanted_count of
** the match's template, which template_of found by its number: numbers are never reused. */
void rows_find_spans(const rows *r, const match *m, int count, shape_span *spans);

/* Moves the cursor past its row, which the call of this number returns. False: out of memory; the
** cursor has not moved. */
bool rows_leave(rows *r, double call);

/* Moves the cursor past row `last`, which is not before the last row returned, and marks the rows
** up to it as seen. r->ids must not be NULL. False: out of memory. */
bool rows_leave_to(rows *r, int64_t last);

/* The first row with this id; r->count: none. 0 is no id. */
int64_t rows_find(const rows *r, uint64_t id);

/* Adds the ids of all rows to `s`; *fresh becomes the number of new ones. False: out of memory. */
bool rows_count_new(const rows *r, seen *s, int64_t *fresh);

/* Frees the index. */
void rows_free(rows *r);

#endif
