/*
** hash: 64 bits mixed from bytes, not cryptographic. No Lua in it.
*/
#ifndef SIGMAMIND_HASH_H
#define SIGMAMIND_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_DIGITS 16

/* Mixes 64 more bits into a hash. */
static inline uint64_t hash_mix(uint64_t hash, uint64_t bits) {
  hash = (hash ^ bits) * UINT64_C(0x9E3779B97F4A7C15);
  return hash ^ hash >> 32;
}

/* Never 0. */
static inline uint64_t hash_bytes(const char *bytes, size_t length) {
  uint64_t hash = hash_mix(UINT64_C(0xD6E8FEB86659FD93), length), word;
  for (; length >= sizeof word; length -= sizeof word, bytes += sizeof word) {
    memcpy(&word, bytes, sizeof word);
    hash = hash_mix(hash, word);
  }
  word = 0;
  memcpy(&word, bytes, length);
  hash = hash_mix(hash_mix(hash, word), 0);
  return hash != 0 ? hash : 1;
}

/* Writes 16 hexadecimal digits, without a NUL. */
static inline void hash_write_hex(char digits[HASH_DIGITS], uint64_t bits) {
  for (int i = HASH_DIGITS - 1; i >= 0; i--, bits >>= 4)
    digits[i] = "0123456789abcdef"[bits & 15];
}

#endif
