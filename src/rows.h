/*
** rows: the rows of a page in their text, and a cursor over them. It calls no Lua.
**
** It owns a list of the rows that match its query, or of all where there is none; of where their
** fields stand; and where the query has a key, of the ids of all rows. The text, the filter and the
** seen are the page's, which anchors them.
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

/* A row that matches the page's query; without a query, any. */
typedef struct match {
  uint32_t at; /* in the text */
  uint32_t row;
  uint32_t stage;    /* of the query, which the row does not pass; 0: it passes all */
  uint32_t template; /* the number of that which the row has; 0: it has none */
  uint32_t place;    /* of the template in its set */
  uint32_t spans;    /* the first of its fields; ROWS_NO_SPANS: they are not kept */
} match;

#define ROWS_NO_SPANS UINT32_MAX

typedef struct rows {
  const char *text, *end;
  filter *filter;     /* of the query, which owns it; NULL: there is none */
  seen *seen;         /* rows not to be handed out again; NULL: none */
  const char *data;   /* the array of rows; NULL: none was found */
  int64_t count;      /* rows in `data` */
  filter_notes notes; /* with a query, what all the rows have */
  match *matches;     /* from matches[next_match] on they are to come */
  size_t match_count, match_capacity, next_match;
  struct field_span *spans; /* of the matches */
  size_t span_count, span_capacity;
  size_t last_match; /* the one that was handed out last */
  double call;   /* of the row that was handed out last, the number of the call; -1: it had none */
  bool again;    /* that row is to be handed out once more */
  uint64_t *ids; /* with a query that has a key, of all rows; 0: it has none */
  size_t id_capacity;
  uint64_t digest; /* of the ids in their order */
  bool has_ids;    /* some row has one */
  int64_t last;    /* the row that was handed out last, in `data`; -1: none yet */
  uint64_t last_id;
  int64_t before; /* the row that was handed out before it */
  uint64_t before_id;
  int64_t duplicates; /* matches that were not handed out, because they had been */
} rows;

/* Of a text that is not read yet, which ends at `end`; f and s may be NULL. */
void rows_init(rows *r, const char *text, const char *end, filter *f, seen *s);

/* == While the text is checked ====================================================== */

/* What fitted the row that was just checked. */
typedef struct rows_fit {
  const row_template *template; /* NULL: none did; else with its place and its spans */
  uint32_t place;
  shape_span spans[SHAPE_FIELDS];
} rows_fit;

/* Forgets what was noted: the rows are those of the array at `data`. */
void rows_begin(rows *r, const char *data);

/* Each notes of the row that was just checked, row number r->count: that it matches, and is at p;
** and its id. False: out of memory. */
bool rows_add_match(rows *r, const char *p, const rows_fit *fit);
bool rows_add_id(rows *r);

/* == The cursor ===================================================================== */

/* The row that is to be handed out next; NULL: there is none. */
const char *rows_current(rows *r);

/* The entry of that row. */
static inline const match *rows_match(const rows *r) {
  return &r->matches[r->next_match];
}

/* Goes back to the row that was handed out last, if that was by the call of this number. */
void rows_take_back(rows *r, double call);

/* Sets the spans of the first `count` fields of a match whose spans were kept: as many as its
** template has wanted fields. No other template ever gets the number of that. */
void rows_find_spans(const rows *r, const match *m, int count, shape_span *spans);

/* Moves on from that row, handed out by the call of this number. False: out of memory, and the row
** is still to come. */
bool rows_leave(rows *r, double call);

/* Moves on to the row after row `last`, which is not before the last one that was handed out, and
** takes those between for handed out. There are ids. False: out of memory. */
bool rows_leave_to(rows *r, int64_t last);

/* The first row of that id; the number of rows: there is none. 0 is no id. */
int64_t rows_find(const rows *r, uint64_t id);

/* Adds the ids of all rows to `s`; *fresh becomes how many it did not have. False: out of memory.
*/
bool rows_count_new(const rows *r, seen *s, int64_t *fresh);

/* There are no rows any more. */
void rows_free(rows *r);

#endif
