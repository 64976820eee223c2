#include "number.h"

#include <float.h>
#include <langinfo.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "json.h"

#define MARK_MAX 16 /* bytes of a locale's decimal point */

/* With these, the compiler may assume that no double is infinite, and 1e400 would pass for a
** number. */
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "compile without -ffast-math and -ffinite-math-only"
#endif

/* strtod expects the decimal mark of the process's locale. If that is not a point, it gets a copy
** of the number with that mark. */
static double to_double(const char *p, size_t length) {
  const char *mark = nl_langinfo(RADIXCHAR), *dot = memchr(p, '.', length);
  if (dot == NULL || strcmp(mark, ".") == 0) return strtod(p, NULL);
  char copy[JSON_NUMBER_MAX + MARK_MAX];
  const size_t head = (size_t)(dot - p), size = strlen(mark);
  if (size >= MARK_MAX) return strtod(p, NULL);
  memcpy(copy, p, head);
  memcpy(copy + head, mark, size);
  memcpy(copy + head + size, dot + 1, length - head - 1);
  copy[length - 1 + size] = '\0';
  return strtod(copy, NULL);
}

#if FLT_EVAL_METHOD == 0 && defined(__SIZEOF_INT128__)
__extension__ typedef unsigned __int128 wide;

#define POWER_MAX 27

static const uint64_t FIVES[POWER_MAX + 1] = {1,
                                              5,
                                              25,
                                              125,
                                              625,
                                              3125,
                                              15625,
                                              78125,
                                              390625,
                                              1953125,
                                              9765625,
                                              48828125,
                                              244140625,
                                              1220703125,
                                              6103515625,
                                              30517578125,
                                              152587890625,
                                              762939453125,
                                              3814697265625,
                                              19073486328125,
                                              95367431640625,
                                              476837158203125,
                                              2384185791015625,
                                              11920928955078125,
                                              59604644775390625,
                                              298023223876953125,
                                              1490116119384765625,
                                              7450580596923828125};

/* The double nearest to w * 2^exponent. If w was truncated, its last bit must be set: w has more
** than 53 bits, so that this sticky bit rounds it right. */
static double to_nearest(uint64_t w, int exponent) {
  return ldexp((double)w, exponent);
}

/* digits * 10^power = digits * 5^power * 2^power, for powers from -POWER_MAX to -1. The quotient
** has 63 or 64 bits. */
static double divide(uint64_t digits, int power) {
  const int up = __builtin_clzll(digits), down = __builtin_clzll(FIVES[-power]);
  const wide dividend = (wide)(digits << up) << 63;
  const uint64_t divisor = FIVES[-power] << down;
  const uint64_t quotient = (uint64_t)(dividend / divisor);
  const bool more = (uint64_t)dividend != quotient * divisor;
  return to_nearest(quotient | more, down - up - 63 + power);
}

/* The same for powers from 0 to POWER_MAX, with the 64 highest bits of the product. */
static double multiply(uint64_t digits, int power) {
  const wide product = (wide)digits * FIVES[power];
  const uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
  if (high == 0) return to_nearest(low, power);
  const int up = __builtin_clzll(high);
  const wide aligned = product << up;
  return to_nearest((uint64_t)(aligned >> 64) | ((uint64_t)aligned != 0), 64 - up + power);
}

/* Reads the number without strtod. False: it has too many digits, or too large an exponent. A
** mantissa up to 2^53 and a power of ten up to 10^22 are exact doubles, so that a single product or
** quotient is rounded right (Clinger, 1990). */
static bool read_simple(const json_number *n, double *value) {
  static const double EXACT[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (!n->exact || n->power < -POWER_MAX || n->power > POWER_MAX) return false;
  if (n->digits == 0)
    *value = 0;
  else if (n->digits <= UINT64_C(1) << 53 && n->power >= -22 && n->power <= 22)
    *value =
        n->power < 0 ? (double)n->digits / EXACT[-n->power] : (double)n->digits * EXACT[n->power];
  else
    *value = n->power < 0 ? divide(n->digits, n->power) : multiply(n->digits, n->power);
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

/* 2^63 is exact as a double. A double from -2^63 to below it converts to an integer safely. */
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

/* == Writing ======================================================================== */

/* Writes so many digits at least, with zeros before them. */
static char *write_digits(char *out, uint64_t value, int least) {
  char digits[20];
  int n = 0;
  for (; value > 0 || n < least; value /= 10)
    digits[n++] = (char)('0' + value % 10);
  while (n > 0)
    *out++ = digits[--n];
  return out;
}

char *number_write_integer(char *out, int64_t value) {
  if (value < 0) *out++ = '-';
  return write_digits(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

#if FLT_EVAL_METHOD == 0 && defined(__SIZEOF_INT128__)
/* Writes digits / 10^decimals. */
static char *write_decimal(char *out, uint64_t digits, int decimals) {
  out = write_digits(out, digits, decimals + 1);
  memmove(out - decimals + 1, out - decimals, (size_t)decimals);
  out[-decimals] = '.';
  return out + 1;
}

/* Writes a fraction of 2^-10 or more with the fewest decimals that read back; NULL: it is smaller.
** It is mantissa / 2^down, and a decimal reads back if it is nearer than half the way to the next
** double, which below a power of two is half as far. All of that fits 128 bits. */
static char *write_fraction(char *out, double value) {
  int exponent;
  const uint64_t mantissa = (uint64_t)ldexp(frexp(value, &exponent), 53);
  const int down = 53 - exponent;
  if (down > 62) return NULL;
  const int nearness = mantissa == UINT64_C(1) << 52 ? 2 : 1;
  wide power = 1;
  for (int decimals = 1; decimals <= 19; decimals++) {
    power *= 10;
    const wide exact = mantissa * power, half = (wide)1 << (down - 1);
    const wide digits = (exact + half) >> down, near = digits << down;
    const wide off = near > exact ? near - exact : exact - near;
    if (off < power >> nearness) return write_decimal(out, (uint64_t)digits, decimals);
  }
  return NULL;
}
#else
static char *write_fraction(char *out, double value) {
  (void)out, (void)value;
  return NULL;
}
#endif

/* Copies what printf wrote, with a point for the decimal mark of the locale. */
static char *copy_with_point(char *out, const char *text) {
  for (bool in_mark = false; *text != '\0'; text++) {
    const bool is_mark = strchr("0123456789+-e", *text) == NULL;
    if (!is_mark || !in_mark) *out++ = is_mark ? '.' : *text;
    in_mark = is_mark;
  }
  return out;
}

/* printf and strtod agree about the locale. A double has 15 digits that are its own, and below DBL_MIN
** fewer. */
static char *write_by_printf(char *out, double value) {
  char text[NUMBER_ROOM + MARK_MAX];
  for (int digits = value < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  return copy_with_point(out, text);
}

char *number_write_double(char *out, double value) {
  const double size = fabs(value);
  if (signbit(value)) *out++ = '-';
  if (size < 9223372036854775808.0 && size == floor(size))
    return write_digits(out, (uint64_t)size, 1);
  char *end = size < 9007199254740992.0 ? write_fraction(out, size) : NULL;
  return end != NULL ? end : write_by_printf(out, size);
}
