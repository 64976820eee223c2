/*
** simd: searches text 16 bytes at a time with SSE2, else 8 bytes at a time in a word. No read goes
** beyond `end`, which is a NUL byte. No Lua in it.
*/
#ifndef SIGMAMIND_SIMD_H
#define SIGMAMIND_SIMD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define SIMD_BYTES(c) (UINT64_C(0x0101010101010101) * (unsigned char)(c))
#define SIMD_HIGH     SIMD_BYTES(0x80)

static inline uint64_t simd_load(const char *p) {
  uint64_t w;
  memcpy(&w, p, sizeof w);
  return w;
}

/* Not 0 if some byte of w is 0. */
static inline uint64_t simd_zero(uint64_t w) {
  return (w - SIMD_BYTES(1)) & ~w & SIMD_HIGH;
}

static inline uint64_t simd_has(uint64_t w, char c) {
  return simd_zero(w ^ SIMD_BYTES(c));
}

static inline bool simd_is_plain(char c) {
  return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* The first byte from p on that is not plain: a quote, a backslash, a control or non-ASCII. */
static inline const char *simd_plain(const char *p, const char *end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    const __m128i escape = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    const __m128i other = _mm_cmplt_epi8(x, _mm_set1_epi8(0x20)); /* signed: beyond ASCII too */
    const int hits = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, escape), other));
    if (hits != 0) return p + __builtin_ctz((unsigned)hits);
  }
#else
  for (; end - p >= 8; p += 8) {
    const uint64_t x = simd_load(p);
    const uint64_t control = (x - SIMD_BYTES(0x20)) & SIMD_HIGH;
    if ((simd_has(x, '"') | simd_has(x, '\\') | control | (x & SIMD_HIGH)) != 0) break;
  }
#endif
  while (simd_is_plain(*p))
    p++;
  return p;
}

/* The first quote or backslash from p on; there is one. */
static inline const char *simd_quote(const char *p, const char *end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    const __m128i escape = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    const int hits = _mm_movemask_epi8(_mm_or_si128(quote, escape));
    if (hits != 0) return p + __builtin_ctz((unsigned)hits);
  }
#else
  for (; end - p >= 8; p += 8) {
    const uint64_t x = simd_load(p);
    if ((simd_has(x, '"') | simd_has(x, '\\')) != 0) break;
  }
#endif
  while (*p != '"' && *p != '\\')
    p++;
  return p;
}

/* Bytes that the functions below examine. Bit i of their result is the byte at p + i. */
#define SIMD_BLOCK 16

/* simd_stops for a block that goes beyond the end of the text, whose NUL is not plain. */
static inline unsigned simd_last_stops(const char *p, const char *end) {
  unsigned stops = 0;
  for (int i = 0; i < SIMD_BLOCK && i <= end - p; i++)
    stops |= (unsigned)!simd_is_plain(p[i]) << i;
  return stops;
}

/* The bytes of the block that are not plain. */
static inline unsigned simd_stops(const char *p, const char *end) {
#if defined(__SSE2__)
  if (end - p >= SIMD_BLOCK) {
    const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    const __m128i escape = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    const __m128i other = _mm_cmplt_epi8(x, _mm_set1_epi8(0x20));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, escape), other));
  }
#endif
  return simd_last_stops(p, end);
}

/* The bytes of the block that are a quote or a backslash, in a checked string. */
static inline unsigned simd_quotes(const char *p, const char *end) {
#if defined(__SSE2__)
  if (end - p >= SIMD_BLOCK) {
    const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    const __m128i escape = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(quote, escape));
  }
#endif
  unsigned stops = 0;
  for (int i = 0; i < SIMD_BLOCK && i <= end - p; i++)
    stops |= (unsigned)(p[i] == '"' || p[i] == '\\') << i;
  return stops;
}

/* The first quote, bracket or brace from p on; there is one. */
static inline const char *simd_structure(const char *p, const char *end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    const __m128i folded = _mm_or_si128(x, _mm_set1_epi8(0x20)); /* brackets become braces */
    const __m128i opening = _mm_cmpeq_epi8(folded, _mm_set1_epi8('{'));
    const __m128i closing = _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'));
    const int hits = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, opening), closing));
    if (hits != 0) return p + __builtin_ctz((unsigned)hits);
  }
#else
  (void)end;
#endif
  while (*p != '"' && (*p | 0x20) != '{' && (*p | 0x20) != '}')
    p++;
  return p;
}

/* Copies the bytes from p to the first backslash, at most to `last`, and returns where it stopped.
** Up to 15 more bytes may be written to `out`. */
static inline const char *simd_copy_run(char *out, const char *p, const char *last) {
#if defined(__SSE2__)
  for (; last - p >= 16; p += 16, out += 16) {
    const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    const int hits = _mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
    _mm_storeu_si128((__m128i *)(void *)out, x);
    if (hits != 0) return p + __builtin_ctz((unsigned)hits);
  }
#else
  for (; last - p >= 8; p += 8, out += 8) {
    const uint64_t x = simd_load(p);
    if (simd_has(x, '\\') != 0) break;
    memcpy(out, &x, sizeof x);
  }
#endif
  while (p < last && *p != '\\')
    *out++ = *p++;
  return p;
}

/* Whether n bytes are equal, by overlapping words: n is small, a call of memcmp is not. */
static inline bool simd_same(const char *a, const char *b, size_t n) {
  if (n < 8) {
    uint32_t x, y, v, w;
    if (n < 4) return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
    memcpy(&x, a, 4);
    memcpy(&y, b, 4);
    memcpy(&v, a + n - 4, 4);
    memcpy(&w, b + n - 4, 4);
    return x == y && v == w;
  }
  for (size_t i = 0; i + 8 < n; i += 8)
    if (simd_load(a + i) != simd_load(b + i)) return false;
  return simd_load(a + n - 8) == simd_load(b + n - 8);
}

#endif
