/*
** wrapper: checks and reads the documented body of a page, {data, page, size, totalCount,
** totalPages, hasNext, hasPrevious}, or the rows alone as an array. It owns nothing: the rows are
** the caller's. It calls no Lua.
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

/* Its fields other than data. */
typedef struct wrapper {
  int64_t page, size, total_count, total_pages; /* WRAPPER_ABSENT: none */
  enum wrapper_flag has_next, has_previous;
} wrapper;

/* A check of a page fails for text that is not JSON (see scan), or JSON that is not a page. */
typedef struct wrapper_check {
  json_scan scan;
  bool out_of_memory;
  const char *not_a_page; /* what is missing or has another type; NULL: nothing */
  templates *templates;   /* of the rows */
  rows_fit fit;           /* of the last row */
  const char *learned;    /* the row to make a template from; NULL: none */
  const char *learned_end;
} wrapper_check;

/* Checks the text of the rows, which were set up by rows_init. Returns whether it is a page; if
** c->out_of_memory or the filter's is set, the result is void. */
bool wrapper_read(wrapper *w, rows *r, wrapper_check *c);

#endif
