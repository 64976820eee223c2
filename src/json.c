#include "json.h"

#include <stdbool.h>
#include <string.h>

#include "simd.h"

#define TOO_LONG "a number of at most 1000 characters"

const char *json_fail(json_scan *scan, const char *p, const char *expected) {
  scan->at = p;
  scan->expected = expected;
  return NULL;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* The values of hexadecimal digits, with HEX set; 0: not a digit. */
#define HEX 0x10
static const unsigned char DIGITS[256] = {
    ['0'] = HEX | 0,  ['1'] = HEX | 1,  ['2'] = HEX | 2,  ['3'] = HEX | 3,  ['4'] = HEX | 4,
    ['5'] = HEX | 5,  ['6'] = HEX | 6,  ['7'] = HEX | 7,  ['8'] = HEX | 8,  ['9'] = HEX | 9,
    ['a'] = HEX | 10, ['b'] = HEX | 11, ['c'] = HEX | 12, ['d'] = HEX | 13, ['e'] = HEX | 14,
    ['f'] = HEX | 15, ['A'] = HEX | 10, ['B'] = HEX | 11, ['C'] = HEX | 12, ['D'] = HEX | 13,
    ['E'] = HEX | 14, ['F'] = HEX | 15};

static unsigned hex_digit(char c) {
  return DIGITS[(unsigned char)c];
}

/* The character that a letter after a backslash means; 0: none, or `u` and four digits. */
static const char ESCAPES[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                  ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};

static bool is_tail(char c) {
  return ((unsigned char)c & 0xC0) == 0x80;
}

/* A call for each character would cost a sixth of the decoding of such text. */
static inline size_t utf8_length(const char *p) {
  const unsigned char c = (unsigned char)p[0], d = (unsigned char)p[1];
  if (c < 0xC2 || c > 0xF4 || !is_tail(p[1])) return 0;
  if (c < 0xE0) return 2;
  if (!is_tail(p[2])) return 0;
  if (c < 0xF0) return (c == 0xE0 && d < 0xA0) || (c == 0xED && d > 0x9F) ? 0 : 3;
  if (!is_tail(p[3])) return 0;
  return (c == 0xF0 && d < 0x90) || (c == 0xF4 && d > 0x8F) ? 0 : 4;
}

size_t json_utf8_length(const char *p) {
  return utf8_length(p);
}

/* p is at the backslash of an escape that is not in ESCAPES. */
static const char *check_unicode(json_scan *scan, const char *p) {
  if (p[1] != 'u') return json_fail(scan, p + 1, "one of \" \\ / b f n r t u after a backslash");
  if (scan->end - p >= 6 &&
      (hex_digit(p[2]) & hex_digit(p[3]) & hex_digit(p[4]) & hex_digit(p[5]) & HEX) != 0)
    return p + 6;
  for (p += 2; hex_digit(*p) != 0;)
    p++;
  return json_fail(scan, p, "a hexadecimal digit");
}

/* Past the non-ASCII characters at p. */
static const char *check_utf8(json_scan *scan, const char *p) {
  do {
    const size_t length = utf8_length(p);
    if (length == 0) return json_fail(scan, p, "valid UTF-8");
    p += length;
  } while ((unsigned char)*p >= 0x80);
  return p;
}

/* The end of a checked string, from p on. Skips the escapes within a block without another load. */
static const char *end_of_string(const char *p, const char *end, bool *escaped) {
  for (;;) {
    int passed = SIMD_BLOCK;
    for (unsigned stops = simd_quotes(p, end); stops != 0; stops &= ~0u << passed) {
      const int i = __builtin_ctz(stops);
      if (p[i] == '"') return p + i + 1;
      *escaped = true;
      passed = i + 2;
    }
    p += passed > SIMD_BLOCK ? passed : SIMD_BLOCK;
  }
}

/* Past the escapes at p. */
static const char *check_escapes(json_scan *scan, const char *p) {
  do {
    if (ESCAPES[(unsigned char)p[1]] != 0)
      p += 2;
    else if ((p = check_unicode(scan, p)) == NULL)
      return NULL;
  } while (*p == '\\');
  return p;
}

/* Past the escapes or non-ASCII characters at p, in a string; NULL: they are invalid. */
static const char *check_special(json_scan *scan, const char *p, bool *escaped) {
  if (*p == '\\') {
    *escaped = true;
    return check_escapes(scan, p);
  }
  if ((unsigned char)*p >= 0x80) return check_utf8(scan, p);
  return json_fail(scan, p, "a closing quote (control characters must be escaped)");
}

const char *json_check_string(json_scan *scan, const char *p, bool *escaped) {
  if (scan->checked) return end_of_string(p, scan->end, escaped);
  for (;;) {
    const char *const block = p;
    unsigned stops = simd_stops(p, scan->end);
    for (p += SIMD_BLOCK; stops != 0;) {
      const char *stop = block + __builtin_ctz(stops), *next;
      if (*stop == '"') return stop + 1;
      if ((next = check_special(scan, stop, escaped)) == NULL) return NULL;
      if (next - block >= SIMD_BLOCK) p = next;
      stops = next - block < SIMD_BLOCK ? stops & ~0u << (next - block) : 0;
    }
  }
}

/* Appends the digits at p, at least one, to *digits, which may overflow. */
static const char *check_digits(json_scan *scan, const char *p, uint64_t *digits) {
  if (!is_digit(*p)) return json_fail(scan, p, "a digit");
  do
    *digits = *digits * 10 + (uint64_t)(*p - '0');
  while (is_digit(*++p));
  return p;
}

/* p is at the e or E. */
static const char *check_exponent(json_scan *scan, const char *p, int *power) {
  const bool down = p[1] == '-';
  int exponent = 0;
  p += p[1] == '+' || p[1] == '-' ? 2 : 1;
  if (!is_digit(*p)) return json_fail(scan, p, "a digit");
  for (; is_digit(*p); p++)
    if (exponent < 10000) exponent = exponent * 10 + (*p - '0');
  *power += down ? -exponent : exponent;
  return p;
}

const char *json_check_number(json_scan *scan, const char *p, json_number *n) {
  const char *const start = p;
  *n = (json_number){0, 0, true, *p == '-', true};
  p += n->negative;
  if (*p == '0' && is_digit(p[1])) return json_fail(scan, p + 1, "no digit after a leading zero");
  const char *const whole = p;
  if ((p = check_digits(scan, p, &n->digits)) == NULL) return NULL;
  ptrdiff_t count = p - whole; /* of digits, without leading zeros of a fraction */
  if (*p == '.') {
    const bool is_below_1 = *whole == '0';
    const char *const fraction = p + 1, *first = fraction;
    while (is_below_1 && *first == '0')
      first++;
    if (is_below_1) count = 0;
    if ((p = check_digits(scan, fraction, &n->digits)) == NULL) return NULL;
    count += p - first;
    n->power = -(int)(p - fraction);
    n->integer = false;
  }
  if (*p == 'e' || *p == 'E') {
    if ((p = check_exponent(scan, p, &n->power)) == NULL) return NULL;
    n->integer = false;
  }
  n->exact = count <= 19;
  return p - start <= JSON_NUMBER_MAX ? p : json_fail(scan, start, TOO_LONG);
}

/* json_check_string for a string that is usually plain; p is at its opening quote. */
static const char *check_likely_plain(json_scan *scan, const char *p, bool *escaped) {
  p = simd_plain(p + 1, scan->end);
  return *p == '"' ? p + 1 : json_check_string(scan, p, escaped);
}

const char *json_check_key(json_scan *scan, const char *p, const char **end, bool *escaped) {
  if (*p != '"') return json_fail(scan, p, "a name in quotes");
  if ((p = check_likely_plain(scan, p, escaped)) == NULL) return NULL;
  *end = p;
  p = json_space(p);
  if (*p != ':') return json_fail(scan, p, "':'");
  return json_space(p + 1);
}

static const char *check_object(json_scan *scan, const char *p, unsigned depth) {
  p = json_space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    const char *key_end;
    bool escaped;
    if ((p = json_check_key(scan, p, &key_end, &escaped)) == NULL) return NULL;
    if ((p = json_check_value(scan, p, depth)) == NULL) return NULL;
    p = json_space(p);
    if (*p == '}') return p + 1;
    if (*p != ',') return json_fail(scan, p, "',' or '}'");
    p = json_space(p + 1);
  }
}

static const char *check_array(json_scan *scan, const char *p, unsigned depth) {
  p = json_space(p + 1);
  if (*p == ']') return p + 1;
  for (;;) {
    if ((p = json_check_value(scan, p, depth)) == NULL) return NULL;
    p = json_space(p);
    if (*p == ']') return p + 1;
    if (*p != ',') return json_fail(scan, p, "',' or ']'");
    p = json_space(p + 1);
  }
}

const char *json_check_value(json_scan *scan, const char *p, unsigned depth) {
  bool escaped;
  json_number n;
  switch (*p) {
  case '{':
  case '[':
    if (depth == scan->max_depth) return json_fail(scan, p, JSON_TOO_DEEP);
    return *p == '{' ? check_object(scan, p, depth + 1) : check_array(scan, p, depth + 1);
  case '"': return check_likely_plain(scan, p, &escaped);
  case 't': return json_check_word(scan, p, "true", 4);
  case 'f': return json_check_word(scan, p, "false", 5);
  case 'n': return json_check_word(scan, p, "null", 4);
  default:
    if (*p != '-' && !is_digit(*p)) return json_fail(scan, p, "a value");
    return json_check_number(scan, p, &n);
  }
}

const char *json_check_end(json_scan *scan, const char *p) {
  p = json_space(p);
  return p == scan->end ? p : json_fail(scan, p, "the end of the text");
}

const char *json_skip_string(const char *p, const char *end) {
  bool escaped;
  return end_of_string(p + 1, end, &escaped);
}

/* p is at the opening bracket or brace. */
static const char *skip_container(const char *p, const char *end) {
  unsigned depth = 0;
  do {
    p = simd_structure(p, end);
    if (*p == '"') {
      p = json_skip_string(p, end);
    } else {
      depth += *p == '{' || *p == '[' ? 1u : -1u;
      p++;
    }
  } while (depth > 0);
  return p;
}

const char *json_skip_value(const char *p, const char *end) {
  if (*p == '"') return json_skip_string(p, end);
  if (*p == '{' || *p == '[') return skip_container(p, end);
  while (*p != ',' && *p != '}' && *p != ']' && (unsigned char)*p > ' ')
    p++;
  return p;
}

/* The four hexadecimal digits at p. */
static unsigned hex4(const char *p) {
  return ((hex_digit(p[0]) << 12) + (hex_digit(p[1]) << 8) + (hex_digit(p[2]) << 4) +
          hex_digit(p[3])) -
         HEX * 0x1111;
}

/* Writes a character, and perhaps bytes after it. Branchless: its length is unpredictable. */
static char *put_utf8(char *out, unsigned c) {
  static const unsigned char LEADS[] = {0, 0xC0, 0xE0, 0xF0};
  const unsigned tails = (unsigned)(c >= 0x80) + (c >= 0x800) + (c >= 0x10000), shift = 6 * tails;
  out[0] = (char)(LEADS[tails] | c >> shift);
  out[1] = (char)(0x80 | (c >> ((shift - 6) & 31) & 0x3F));
  out[2] = (char)(0x80 | (c >> ((shift - 12) & 31) & 0x3F));
  out[3] = (char)(0x80 | (c & 0x3F));
  return out + 1 + tails;
}

/* The low surrogate escaped at p; 0: none. */
static unsigned low_surrogate(const char *p) {
  if (p[0] != '\\' || p[1] != 'u') return 0;
  const unsigned c = hex4(p + 2);
  return c >= 0xDC00 && c <= 0xDFFF ? c : 0;
}

/* Decodes the \uXXXX at *p, with the low surrogate that may follow, and moves *p past it. */
static char *unescape_unicode(char *out, const char **p) {
  unsigned c = hex4(*p + 2);
  *p += 6;
  if (c >= 0xD800 && c <= 0xDFFF) {
    const unsigned low = c < 0xDC00 ? low_surrogate(*p) : 0;
    c = low != 0 ? 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
    *p += low != 0 ? 6 : 0;
  }
  return put_utf8(out, c);
}

/* Decodes the escapes at *p, and moves *p past them. */
static char *unescape_some(char *out, const char **p) {
  while (**p == '\\') {
    const char c = ESCAPES[(unsigned char)(*p)[1]];
    if (c == 0) {
      out = unescape_unicode(out, p);
    } else {
      *out++ = c;
      *p += 2;
    }
  }
  return out;
}

size_t json_unescape(char *out, const char *first, const char *last) {
  char *const start = out;
  for (const char *p = first;;) {
    const char *run = p;
    p = simd_copy_run(out, p, last);
    out += p - run;
    if (p == last) return (size_t)(out - start);
    out = unescape_some(out, &p);
    while (p + 1 < last && p[1] == '\\') { /* a run of one byte between two escapes */
      *out++ = *p++;
      out = unescape_some(out, &p);
    }
  }
}
