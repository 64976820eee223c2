/*
** number: reads JSON numbers exactly, or not at all. No Lua in it.
*/
#ifndef SIGMAMIND_NUMBER_H
#define SIGMAMIND_NUMBER_H

#include <stdint.h>

#include "json.h"

enum number_kind {
  NUMBER_INTEGER, /* what the host's number type holds exactly */
  NUMBER_FLOAT,   /* with a fraction or an exponent, or -0 */
  NUMBER_TEXT     /* beyond what the host's number type holds: keeps its spelling */
};

typedef struct number {
  enum number_kind kind;
  int64_t integer;
  double real;
} number;

/* The number that is written from p to `end`, as json_check_number read it. */
number number_of(const json_number *n, const char *p, const char *end);

/* The number at p, in checked text; *end is set to its end. */
number number_read(const char *p, const char **end);

/* Below, at or above 0 as a is less than, equal to or more than b; the kinds may differ, and
** neither is NUMBER_TEXT. Exact: an integer is not rounded to compare it. */
int number_compare(const number *a, const number *b);

#endif
