/*
** rows: the rows of a page in their text, and a cursor over them. It calls no Lua.
**
** With a query, it owns a list of the rows that match, and where the query has a key, of the ids of
** all rows. The text, the filter and the seen are the page's, which anchors them.
*/
#ifndef SIGMAMIND_ROWS_H
#define SIGMAMIND_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"
#include "seen.h"

/* A row that matches the page's query. */
typedef struct match {
  uint32_t at; /* in the text */
  uint32_t row;
  uint32_t stage;    /* of the query, which the row does not pass; 0: it passes all */
  uint32_t template; /* the number of that which the row has; 0: it has none */
} match;

typedef struct rows {
  const char *text, *end;
  filter *filter;         /* of the query, which owns it; NULL: there is none */
  seen *seen;             /* rows not to be handed out again; NULL: none */
  const char *data;       /* the array of rows; NULL: none was found */
  int64_t count;          /* rows in `data` */
  filter_notes notes;     /* with a query, what all the rows have */
  const char *row;        /* the next row, or the ']' after the last; NULL: nothing more to read */
  const char *row_before; /* without a query, the row that was handed out last; NULL: none */
  match *matches; /* with a query, the rows that match: from matches[next_match] on are to come */
  size_t match_count, match_capacity, next_match;
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

/* Forgets what was noted: the rows are those of the array at `data`, the first of them at `row`. */
void rows_begin(rows *r, const char *data, const char *row);

/* Each notes what the filter found out of the row that was just checked, row number r->count: that
** it matches, and is at p; and its id. False: out of memory. */
bool rows_add_match(rows *r, const char *p, uint32_t template_number);
bool rows_add_id(rows *r);

/* == The cursor ===================================================================== */

/* The row that is to be handed out next; NULL: there is none. */
const char *rows_current(rows *r);

/* Of that row, with a query: its entry. */
static inline const match *rows_match(const rows *r) {
  return &r->matches[r->next_match];
}

/* Goes back to the row that was handed out last, if that was by the call of this number. */
void rows_take_back(rows *r, double call);

/* Moves on from that row, handed out by the call of this number. `end` is its end; a page with a
** query does not need it. False: out of memory, and the row is still to come. */
bool rows_leave(rows *r, const char *end, double call);

/* Moves on to the row after row `last`, which is not before the last one that was handed out, and
** takes those between for handed out. There are ids. False: out of memory. */
bool rows_leave_to(rows *r, int64_t last);

/* The first row of that id; the number of rows: there is none. 0 is no id. */
int64_t rows_find(const rows *r, uint64_t id);

/* Adds the ids of all rows to `s`; *fresh becomes how many it did not have. False: out of memory. */
bool rows_count_new(const rows *r, seen *s, int64_t *fresh);

/* There are no rows any more. */
void rows_free(rows *r);

#endif
