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

/* Up to eight bytes as a little-endian number, on every machine: hashes leave the process, in
** tokens. */
static inline uint64_t hash_word(const char *bytes, size_t length) {
  uint64_t word = 0;
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  memcpy(&word, bytes, length);
#else
  for (size_t i = 0; i < length; i++)
    word |= (uint64_t)(unsigned char)bytes[i] << 8 * i;
#endif
  return word;
}

/* Never 0. */
static inline uint64_t hash_bytes(const char *bytes, size_t length) {
  const size_t size = sizeof(uint64_t);
  uint64_t hash = hash_mix(UINT64_C(0xD6E8FEB86659FD93), length);
  for (; length >= size; length -= size, bytes += size)
    hash = hash_mix(hash, hash_word(bytes, size));
  hash = hash_mix(hash_mix(hash, hash_word(bytes, length)), 0);
  return hash != 0 ? hash : 1;
}

/* Writes 16 hexadecimal digits, without a NUL. */
static inline void hash_write_hex(char digits[HASH_DIGITS], uint64_t bits) {
  for (int i = HASH_DIGITS - 1; i >= 0; i--, bits >>= 4)
    digits[i] = "0123456789abcdef"[bits & 15];
}

#endif
