/*
** wrapper: the documented body of a page, {data, page, size, totalCount, totalPages, hasNext,
** hasPrevious}. Checks the whole text and notes what it says. It calls no Lua.
*/
#ifndef SIGMAMIND_WRAPPER_H
#define SIGMAMIND_WRAPPER_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "rows.h"
#include "template.h"

#define WRAPPER_ABSENT INT64_MIN

enum wrapper_flag { FLAG_ABSENT, FLAG_FALSE, FLAG_TRUE };

/* What it says beside its rows. */
typedef struct wrapper {
  int64_t page, size, total_count, total_pages; /* or WRAPPER_ABSENT */
  enum wrapper_flag has_next, has_previous;
} wrapper;

/* A check of a page ends well, or in text that is not JSON (see scan), or in JSON that is not a
** page. */
typedef struct wrapper_check {
  json_scan scan;
  bool out_of_memory;
  const char *not_a_page; /* what is missing or of another type; NULL: nothing */
  templates *templates;   /* of such rows */
  rows_fit fit;           /* of the last row */
  const char *learned;    /* the row of which a template is to be made; NULL: none */
  const char *learned_end;
} wrapper_check;

/* Checks the text of the rows, of which the caller has set text, end, filter and seen. Whether it
** is a page; but where c->out_of_memory is set, that is not known. */
bool wrapper_read(wrapper *w, rows *r, wrapper_check *c);

#endif
