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
  OP_EXISTS, /* from here on they do not compare the value itself */
  OP_LENGTH,
  OP_ANY
};

/* What an operand is, and a value that is compared with it; NONE: an object or an array. */
enum scalar_type { SCALAR_NONE, SCALAR_STRING, SCALAR_NUMBER, SCALAR_BOOLEAN };

/* What the notes tell of a value that is not null: the types of scalars, and these. */
enum { TYPE_ARRAY = SCALAR_BOOLEAN + 1, TYPE_OBJECT, VALUE_TYPES };

typedef struct operand {
  enum scalar_type type;
  const char *text; /* the query anchors it */
  size_t length;
  number number;
  bool boolean;
} operand;

/* The conditions of a filter are one array. Those behind OP_LENGTH and OP_ANY are about the length
** and about an element. */
typedef struct condition {
  enum operator_code code;
  int node;  /* the field that it is about */
  int stage; /* 0: the row is left out if it does not hold; see filter_holds */
  const operand *operands;
  size_t count; /* of the operands: a list may have more than one */
  size_t inner; /* how many of the conditions that follow belong to this one */
} condition;

/* A field of the tree; node 0 is the row. Indices of 0 mean none. */
typedef struct node {
  const char *name; /* the query anchors it */
  size_t length;
  int child, next; /* the first of its fields, and the next field beside it */
  bool tested;     /* a condition is about it or about a field in it */
  bool selected;   /* it, whole, or some of its fields ... */
  bool whole;
  uint8_t picked; /* 1: so by the one select that is compiled just now; 2: whole */
  int selected_children;
  uint64_t bit;      /* of a path that ends here, in the notes; 0: none does, or it has no bit */
  uint64_t within;   /* the bits of this field and of those in it */
  const char *value; /* in the row that is checked; NULL: absent */
} node;

/* For each type of values, the paths of which some value has it, or some condition refuses it. */
typedef struct type_set {
  uint64_t paths[VALUE_TYPES];
} type_set;

/* A path is settled by a value that no condition refuses, and by values of two types: what comes
** after that is not noted. */
typedef struct type_notes {
  uint64_t unsettled;
  type_set had;
} type_notes;

/* What the rows of a page have of the paths of a query. Each of the first 64 paths has a bit. */
typedef struct filter_notes {
  uint64_t had;                /* some row has the field, if only as null */
  type_notes values, elements; /* of fields that conditions are about, and of the arrays there */
} filter_notes;

/* All pages of equal queries share one filter. What it keeps of one row (the nodes' values, the
** scratch space, dropped, out_of_memory) is therefore good only as long as no Lua runs: a finalizer
** may read another page. The check of a page runs none; what decodes a row afterwards uses no value
** of a node, and looks at out_of_memory before it calls Lua. */
typedef struct filter {
  node *nodes;
  int node_count;
  const condition *conditions;
  size_t condition_count;
  bool selects;   /* only the selected fields are wanted */
  int key;        /* the field that tells one row from another; 0: none is known */
  int dropped;    /* the stage that the row last checked does not pass; 0: it passes all */
  uint64_t paths; /* the bits that are in use */
  type_set refused_values, refused_elements;
  filter_notes notes; /* since filter_begin */
  char *scratch;      /* for strings with escapes; owned by the query */
  size_t scratch_size;
  bool out_of_memory; /* since somebody cleared it: something was not decoded */
  bool closed;        /* its scratch space is gone for good */
} filter;

/* Begins the notes of a page. */
void filter_begin(filter *f);

/* Checks the row at p, which is at this depth, as json_check_value does, and notes the values of
** its fields. */
const char *filter_check_row(filter *f, json_scan *scan, const char *p, unsigned depth);

/* The same for a row whose fields are noted elsewhere: forgets the values of the last row. */
void filter_forget(filter *f);

/* Whether the conditions of stage 0 are met by the values that were noted. If they are, f->dropped
** is the first later stage of which a condition is not. */
bool filter_holds(filter *f, const char *end);

/* After a row: lets go of scratch space that a long string needed. Queries live long. */
void filter_rest(filter *f);

/* The paths that a row has whose field i is at p: with one that is null, each in it, too, for there
** may be such fields in other rows. */
static inline uint64_t filter_had(const filter *f, int i, const char *p) {
  return *p == 'n' ? f->nodes[i].within : f->nodes[i].bit;
}

/* Whether a condition is about the field i itself. */
bool filter_asks(const filter *f, int i);

/* The field of `parent` whose key stands at `key`, its opening quote, and ends before `end`; 0:
** it is not in the tree. */
int filter_find(filter *f, int parent, const char *key, const char *end, bool escaped);

#endif
