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

#if FLT_EVAL_METHOD == 0
/* A mantissa up to 2^53 and a power of ten up to 10^22 are exact doubles, so that one product or
** quotient rounds right (Clinger, 1990). False: the number is not of that kind. */
static bool read_simple(const char *p, const char *end, double *value) {
  static const double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const bool negative = *p == '-';
  uint64_t mantissa = 0;
  int power = 0, exponent = 0;
  bool fraction = false;
  if (end - p > 32) return false;
  for (p += negative; p < end && *p != 'e' && *p != 'E'; p++) {
    if (*p == '.') {
      fraction = true;
      continue;
    }
    if (mantissa > (UINT64_C(1) << 53)) return false;
    mantissa = mantissa * 10 + (uint64_t)(*p - '0');
    power -= fraction;
  }
  if (p < end) {
    const bool down = p[1] == '-';
    for (p += p[1] == '-' || p[1] == '+' ? 2 : 1; p < end && exponent < 1000; p++)
      exponent = exponent * 10 + (*p - '0');
    power += down ? -exponent : exponent;
  }
  if (mantissa > (UINT64_C(1) << 53) || power < -22 || power > 22) return false;
  *value = power < 0 ? (double)mantissa / POWERS[-power] : (double)mantissa * POWERS[power];
  if (negative) *value = -*value;
  return true;
}
#else
static bool read_simple(const char *p, const char *end, double *value) {
  (void)p, (void)end, (void)value;
  return false;
}
#endif

static number read_fraction(const char *p, const char *end) {
  number n = {NUMBER_FLOAT, 0, 0, end};
  if (read_simple(p, end, &n.real)) return n;
  n.real = to_double(p, (size_t)(end - p));
  if (isinf(n.real)) n.kind = NUMBER_TEXT;
  return n;
}

static const char *end_of_number(const char *p) {
  while ((*p >= '0' && *p <= '9') || *p == '.' || *p == 'e' || *p == 'E' || *p == '+' || *p == '-')
    p++;
  return p;
}

number number_read(const char *p) {
  const char *const start = p;
  const bool negative = *p == '-';
  const uint64_t limit = negative ? SM_INTEGER_MIN : SM_INTEGER_MAX;
  uint64_t magnitude = 0;
  bool exact = true;
  if (negative) p++;
  for (; *p >= '0' && *p <= '9'; p++) {
    const unsigned digit = (unsigned)(*p - '0');
    exact = exact && magnitude <= (limit - digit) / 10;
    if (exact) magnitude = magnitude * 10 + digit;
  }
  if (*p == '.' || *p == 'e' || *p == 'E') return read_fraction(start, end_of_number(p));
  if (negative && magnitude == 0) return read_fraction(start, p);
  number n = {exact ? NUMBER_INTEGER : NUMBER_TEXT, 0, 0, p};
  n.integer = (int64_t)(negative ? 0 - magnitude : magnitude);
  return n;
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
