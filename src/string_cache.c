#include "string_cache.h"

#include <string.h>

#include "simd.h"

static uint64_t load4(const char *p) {
  uint32_t w;
  memcpy(&w, p, sizeof w);
  return w;
}

/* Mixes all bytes of a short string, and some bytes of a longer one. Two strings with the same hash
** replace each other. */
static unsigned slot_of(const char *p, size_t length) {
  uint64_t hash;
  if (length >= 8)
    hash = simd_load(p) ^ simd_load(p + length / 2 - 4) * UINT64_C(0xC2B2AE3D27D4EB4F) ^
           simd_load(p + length - 8) * UINT64_C(0xD6E8FEB86659FD93);
  else if (length >= 4)
    hash = load4(p) | load4(p + length - 4) << 32;
  else
    hash = (unsigned char)p[0] | (unsigned)(unsigned char)p[length / 2] << 8 |
           (unsigned)(unsigned char)p[length - 1] << 16;
  return (unsigned)((hash ^ length) * UINT64_C(0x9E3779B97F4A7C15) >> 56) % CACHED_STRINGS;
}

bool string_cache_push(lua_State *L, string_cache *cache, int strings, const char *p,
                       size_t length) {
  if (length == 0 || length > CACHED_LENGTH) {
    lua_pushlstring(L, p, length);
    return false;
  }
  const unsigned slot = slot_of(p, length);
  cached_string *s = &cache->entries[slot];
  if (s->length == length && simd_same(s->text, p, length)) {
    lua_rawgeti(L, strings, (int)slot + 1);
    return true;
  }
  lua_pushlstring(L, p, length);
  lua_pushvalue(L, -1);
  lua_rawseti(L, strings, (int)slot + 1); /* a finalizer that decodes may have filled the slot */
  memcpy(s->text, p, length);
  s->length = (uint8_t)length;
  return false;
}
