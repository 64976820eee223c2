/*
** filter: where and select over the bytes of a row. No Lua in it.
**
** The fields that a query names form a tree. While a row is checked, the values of its fields that
** `where` asks about are noted, and at its end the conditions are held against them: a row that
** does not match was read once, and nothing was made of it.
*/
#ifndef SIGMAMIND_FILTER_H
#define SIGMAMIND_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "number.h"

enum operator_code {
  OP_EQ,
  OP_NE,
  OP_LT,
  OP_LE,
  OP_GT,
  OP_GE,
  OP_ONE_OF,
  OP_STARTS_WITH,
  OP_ENDS_WITH,
  OP_CONTAINS,
  OP_EXISTS
};

typedef struct operand {
  enum { OPERAND_STRING, OPERAND_NUMBER, OPERAND_BOOLEAN } type;
  const char *text; /* the query anchors it */
  size_t length;
  number number;
  bool boolean;
} operand;

typedef struct condition {
  enum operator_code code;
  int node; /* the field that it is about */
  const operand *operands;
  size_t count; /* more than one for OP_ONE_OF alone */
} condition;

/* A field of the tree; node 0 is the row. Indices of 0 mean none. */
typedef struct node {
  const char *name; /* the query anchors it */
  size_t length;
  int child, next; /* the first of its fields, and the next field beside it */
  bool tested;     /* a condition is about it or about a field in it */
  bool selected;   /* it, whole, or some of its fields ... */
  bool whole;
  int selected_children;
  const char *value; /* in the row that is checked; NULL: absent */
} node;

typedef struct filter {
  node *nodes;
  int node_count;
  const condition *conditions;
  size_t condition_count;
  bool selects;  /* only the selected fields are wanted */
  int key;       /* the field that tells one row from another; 0: none is known */
  char *scratch; /* for strings with escapes: owned by the query */
  size_t scratch_size;
  bool out_of_memory;
  bool closed; /* its scratch space is gone for good */
} filter;

/* Checks the row at p, which is at this depth, as json_check_value does, and notes the values of its
** fields. */
const char *filter_check_row(filter *f, json_scan *scan, const char *p, unsigned depth);

/* The same for a row whose fields are noted elsewhere: forgets the values of the last row. */
void filter_forget(filter *f);

/* Whether all the conditions are met by the values that were noted. */
bool filter_holds(filter *f, const char *end);

/* After a row: lets go of scratch space that a long string needed. Queries live long. */
void filter_rest(filter *f);

/* Whether a condition is about the field i itself. */
bool filter_asks(const filter *f, int i);

/* The field of `parent` whose key stands at `key`, its opening quote, and ends before `end`; 0:
** it is not in the tree. */
int filter_find(filter *f, int parent, const char *key, const char *end, bool escaped);

#endif
