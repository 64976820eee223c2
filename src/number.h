/*
** number: reads and writes JSON numbers exactly, or not at all. No Lua in it.
*/
#ifndef SIGMAMIND_NUMBER_H
#define SIGMAMIND_NUMBER_H

#include <stdint.h>

#include "json.h"

enum number_kind {
  NUMBER_INTEGER, /* one that the host's number type holds exactly */
  NUMBER_FLOAT,   /* with a fraction or an exponent, or -0 */
  NUMBER_TEXT     /* out of the host's range: keeps its spelling */
};

typedef struct number {
  enum number_kind kind;
  int64_t integer;
  double real;
} number;

/* The number from p to `end`, as json_check_number has read it. */
number number_of(const json_number *n, const char *p, const char *end);

/* The number at p, in checked text; *end becomes its end. */
number number_read(const char *p, const char **end);

/* Less than, equal to or greater than 0 as a is to b. Neither may be NUMBER_TEXT. Exact: an integer
** is not rounded for the comparison. */
int number_compare(const number *a, const number *b);

/* Write a number as JSON, without a NUL; return the end of it. A fraction gets the fewest digits
** that read back as the same double; a whole double below 2^63 all its digits, and no exponent. The
** double is finite. */
#define NUMBER_ROOM 40
char *number_write_integer(char *out, int64_t value);
char *number_write_double(char *out, double value);

#endif
