#include "number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "json.h"

/* With it the compiler may assume that no double is infinite, and an overflow is not seen: 1e400
** would be a number. */
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "compile without -ffast-math and -ffinite-math-only"
#endif

/* strtod reads the decimal point of the process's locale, which is found by printing one: that
** needs no global. Where it is another, strtod reads a copy that has it, and ends with the
** number. */
static double to_double(const char *p, size_t length) {
  char half[16], copy[JSON_NUMBER_MAX + sizeof half];
  const int printed = snprintf(half, sizeof half, "%.1f", 0.5);
  const char *dot = memchr(p, '.', length);
  if (printed < 3 || (printed == 3 && half[1] == '.')) return strtod(p, NULL);
  const size_t head = dot != NULL ? (size_t)(dot - p) : length;
  const size_t point = dot != NULL ? (size_t)printed - 2 : 0;
  const size_t tail = dot != NULL ? length - head - 1 : 0;
  memcpy(copy, p, head);
  memcpy(copy + head, half + 1, point);
  memcpy(copy + head + point, p + length - tail, tail);
  copy[head + point + tail] = '\0';
  return strtod(copy, NULL);
}

#if FLT_EVAL_METHOD == 0 && defined(__SIZEOF_INT128__)
static const uint64_t POWERS[] = {1,
                                  10,
                                  100,
                                  1000,
                                  10000,
                                  100000,
                                  1000000,
                                  10000000,
                                  100000000,
                                  1000000000,
                                  10000000000,
                                  100000000000,
                                  1000000000000,
                                  10000000000000,
                                  100000000000000,
                                  1000000000000000,
                                  10000000000000000,
                                  100000000000000000,
                                  1000000000000000000,
                                  10000000000000000000u};

/* digits / 10^places, rounded once. The quotient has 63 or 64 bits; where more would follow, its
** last bit is set, which is enough to round 53 of them right. */
static double divide(uint64_t digits, int places) {
  __extension__ typedef unsigned __int128 wide;
  const int up = __builtin_clzll(digits), down = __builtin_clzll(POWERS[places]);
  const wide dividend = (wide)(digits << up) << 63;
  const uint64_t divisor = POWERS[places] << down;
  const uint64_t quotient = (uint64_t)(dividend / divisor);
  const bool more = (uint64_t)dividend != quotient * divisor;
  return ldexp((double)(quotient | more), down - up - 63);
}

/* False: the number is not of a kind that is read without strtod. A mantissa up to 2^53 and a power
** of ten up to 10^22 are exact doubles, so that one product or quotient rounds right (Clinger,
** 1990). */
static bool read_simple(const json_number *n, double *value) {
  static const double EXACT[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (!n->exact || n->power < -22 || n->power > 22) return false;
  if (n->digits <= UINT64_C(1) << 53)
    *value =
        n->power < 0 ? (double)n->digits / EXACT[-n->power] : (double)n->digits * EXACT[n->power];
  else if (n->power < 0 && n->power >= -19)
    *value = divide(n->digits, -n->power);
  else
    return false;
  if (n->negative) *value = -*value;
  return true;
}
#else
static bool read_simple(const json_number *n, double *value) {
  (void)n, (void)value;
  return false;
}
#endif

static number read_real(const json_number *n, const char *p, const char *end) {
  number real = {NUMBER_FLOAT, 0, 0};
  if (read_simple(n, &real.real)) return real;
  real.real = to_double(p, (size_t)(end - p));
  if (isinf(real.real)) real.kind = NUMBER_TEXT;
  return real;
}

number number_of(const json_number *n, const char *p, const char *end) {
  const uint64_t limit = n->negative ? SM_INTEGER_MIN : SM_INTEGER_MAX;
  if (!n->integer || (n->negative && n->digits == 0 && n->exact)) return read_real(n, p, end);
  number integer = {n->exact && n->digits <= limit ? NUMBER_INTEGER : NUMBER_TEXT, 0, 0};
  integer.integer = (int64_t)(n->negative ? 0 - n->digits : n->digits);
  return integer;
}

number number_read(const char *p, const char **end) {
  json_scan unused;
  json_number n;
  *end = json_check_number(&unused, p, &n);
  return number_of(&n, p, *end);
}

static int compare_doubles(double a, double b) {
  return (a > b) - (a < b);
}

/* 2^63 is a double; an integer is below it, so a double below it can become an integer. */
static int compare_mixed(int64_t a, double b) {
  if (b >= 9223372036854775808.0) return -1;
  if (b < -9223372036854775808.0) return 1;
  const int64_t whole = (int64_t)b; /* towards 0 */
  if (a != whole) return a < whole ? -1 : 1;
  return compare_doubles((double)whole, b);
}

int number_compare(const number *a, const number *b) {
  if (a->kind == NUMBER_INTEGER && b->kind == NUMBER_INTEGER)
    return (a->integer > b->integer) - (a->integer < b->integer);
  if (a->kind == NUMBER_INTEGER) return compare_mixed(a->integer, b->real);
  if (b->kind == NUMBER_INTEGER) return -compare_mixed(b->integer, a->real);
  return compare_doubles(a->real, b->real);
}
