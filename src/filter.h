/*
** filter: evaluates where and select on the bytes of a row. No Lua in it.
**
** The fields that a query names form a tree. The check of a row notes where the values of the
** tested fields are, and evaluates the conditions at the end of the row: a row that does not match
** is read once and never decoded. The query owns the filter, and anchors its nodes, operands and
** strings.
*/
#ifndef SIGMAMIND_FILTER_H
#define SIGMAMIND_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
  OP_NONE_OF,
  OP_STARTS_WITH,
  OP_ENDS_WITH,
  OP_CONTAINS,
  OP_EXISTS, /* this one and those below do not compare the value itself */
  OP_LENGTH,
  OP_ANY
};

/* The type of an operand, and of the value compared with it. NONE: an object or an array. */
enum scalar_type { SCALAR_NONE, SCALAR_STRING, SCALAR_NUMBER, SCALAR_BOOLEAN };

/* The types of values in the notes: those of scalars, and these. A null has none. */
enum { TYPE_ARRAY = SCALAR_BOOLEAN + 1, TYPE_OBJECT, VALUE_TYPES };

typedef struct operand {
  enum scalar_type type;
  const char *text; /* the query anchors it */
  size_t length;
  number number;
  bool boolean;
} operand;

/* The conditions of a filter are one array. Those after OP_LENGTH and OP_ANY belong to it (see
** `inner`), and test the length or an element. */
typedef struct condition {
  enum operator_code code;
  int node;  /* the field that it tests */
  int stage; /* 0: a row for which it is false is dropped; see filter_holds */
  const operand *operands;
  size_t count; /* of the operands: a list may have more than one */
  size_t inner; /* how many of the conditions that follow belong to this one */
} condition;

/* A field of the tree. Node 0 is the row itself, which no condition or key can name: its value is
** never written or read, and an index of 0 means none. */
typedef struct node {
  const char *name; /* the query anchors it */
  size_t length;
  int child, next; /* the first of its fields, and the next field beside it */
  bool tested;     /* a condition or the key names it or a field in it */
  bool selected;   /* it is selected, at least in part */
  bool whole;      /* it is selected entirely */
  uint8_t picked;  /* by the select being compiled: 1: in part; 2: entirely */
  int selected_children;
  uint64_t bit;      /* of the path that ends here, in the notes; 0: none */
  uint64_t within;   /* the bits of this field and of all fields in it */
  const char *value; /* in the row being checked; NULL: absent */
} node;

/* For each type, a set of paths, by their bits: those that have values of the type, or those with a
** condition that refuses it, because its operands have other types. */
typedef struct type_set {
  uint64_t paths[VALUE_TYPES];
} type_set;

/* A path is settled once it has a value of a type that no condition refuses, or values of two
** types. Later values are not noted. */
typedef struct type_notes {
  uint64_t unsettled;
  type_set had;
} type_notes;

/* Which of the query's paths the rows of a page have. Each of the first 64 paths has a bit. */
typedef struct filter_notes {
  uint64_t had;                /* paths that some row has, if only as null */
  type_notes values, elements; /* of tested fields, and of the elements of arrays there */
} filter_notes;

/* All pages of equal queries share one filter. Its state of one row (the nodes' values, the scratch
** space, dropped, out_of_memory) is therefore valid only until Lua runs: a finalizer may read
** another page. The check of a page runs no Lua. Decoding a row uses no node's value, and reads
** out_of_memory before it calls Lua. */
typedef struct filter {
  node *nodes;
  int node_count;
  const condition *conditions;
  size_t condition_count;
  bool selects;   /* only the selected fields are decoded */
  int key;        /* the field that identifies a row; 0: none */
  int dropped;    /* the first stage that the row last checked fails; 0: it passes all */
  uint64_t paths; /* the bits in use */
  type_set refused_values, refused_elements;
  filter_notes notes; /* since filter_begin */
  char *scratch;      /* for strings with escapes; freed when the query is closed */
  size_t scratch_size;
  bool out_of_memory; /* a string was not decoded; callers clear it */
  bool closed;
} filter;

/* Clears the notes, for a new page. */
void filter_begin(filter *f);

/* Checks the row at p, at this depth, as json_check_value does, and notes where the values of its
** fields are. If the check fails, nodes may still have the values of an earlier row. */
const char *filter_check_row(filter *f, json_scan *scan, const char *p, unsigned depth);

/* Clears the values of the nodes, before a caller sets them for a new row. */
void filter_forget(filter *f);

/* Whether the noted values of the row, which was checked to its end, meet the conditions of stage
** 0. If so, f->dropped is the first later stage with a condition that they do not meet. */
bool filter_holds(filter *f, const char *end);

/* After each row: frees scratch space that a long string needed, because queries live long. */
void filter_rest(filter *f);

/* The paths that a row has by its field i, whose value is at p. A null counts for each path in it
** too, since other rows may have those fields. */
static inline uint64_t filter_had(const filter *f, int i, const char *p) {
  return *p == 'n' ? f->nodes[i].within : f->nodes[i].bit;
}

/* Whether a condition tests the field i itself. */
bool filter_asks(const filter *f, int i);

/* The field of `parent` with the key that begins at `key`, its opening quote, and ends before
** `end`; 0: it is not in the tree. */
int filter_find(filter *f, int parent, const char *key, const char *end, bool escaped);

#endif
