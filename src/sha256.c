#include "sha256.h"

#include <stdint.h>
#include <string.h>

#define BLOCK  64 /* bytes */
#define LENGTH 8  /* bytes of the length at the end of the last block */
#define ROUNDS 64

/* FIPS 180-4 section 4.2.2 */
static const uint32_t constants[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int bits) {
  return x >> bits | x << (32 - bits);
}

static uint32_t read_word(const unsigned char *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void write_word(unsigned char *bytes, uint32_t word) {
  bytes[0] = (unsigned char)(word >> 24);
  bytes[1] = (unsigned char)(word >> 16);
  bytes[2] = (unsigned char)(word >> 8);
  bytes[3] = (unsigned char)word;
}

/* The message schedule (section 6.2.2, step 1). */
static void expand(uint32_t w[ROUNDS], const unsigned char *block) {
  for (int t = 0; t < 16; t++)
    w[t] = read_word(block + 4 * t);
  for (int t = 16; t < ROUNDS; t++) {
    const uint32_t a = w[t - 15], b = w[t - 2];
    const uint32_t s0 = rotate(a, 7) ^ rotate(a, 18) ^ a >> 3;
    const uint32_t s1 = rotate(b, 17) ^ rotate(b, 19) ^ b >> 10;
    w[t] = s1 + w[t - 7] + s0 + w[t - 16];
  }
}

/* Steps 2 to 4; the variables a to h are s[0] to s[7]. */
static void add_block(uint32_t state[8], const unsigned char *block) {
  uint32_t w[ROUNDS], s[8];
  expand(w, block);
  memcpy(s, state, sizeof s);
  for (int t = 0; t < ROUNDS; t++) {
    const uint32_t e1 = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
    const uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    const uint32_t t1 = s[7] + e1 + choice + constants[t] + w[t];
    const uint32_t e0 = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
    const uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += t1;
    s[0] = t1 + e0 + majority;
  }
  for (int i = 0; i < 8; i++)
    state[i] += s[i];
}

/* Pads the rest (section 5.1.1) and adds it. */
static void add_last(uint32_t state[8], const unsigned char *rest, size_t left, uint64_t length) {
  unsigned char block[2 * BLOCK] = {0};
  const size_t size = left + 1 + LENGTH <= BLOCK ? BLOCK : 2 * BLOCK;
  if (left > 0) memcpy(block, rest, left);
  block[left] = 0x80;
  write_word(block + size - 8, (uint32_t)(length * 8 >> 32));
  write_word(block + size - 4, (uint32_t)(length * 8));
  add_block(state, block);
  if (size > BLOCK) add_block(state, block + BLOCK);
}

void sha256(unsigned char digest[SHA256_BYTES], const void *data, size_t length) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const unsigned char *bytes = data;
  size_t left = length;
  for (; left >= BLOCK; left -= BLOCK, bytes += BLOCK)
    add_block(state, bytes);
  add_last(state, bytes, left, length);
  for (int i = 0; i < 8; i++)
    write_word(digest + 4 * i, state[i]);
}
