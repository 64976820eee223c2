/*
** string_cache: short strings that come again and again, such as names of fields, so that Lua need
** not hash them again. It is found by their bytes; a new one takes the place of another.
*/
#ifndef SIGMAMIND_STRING_CACHE_H
#define SIGMAMIND_STRING_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <lua.h>

#define CACHED_STRINGS 256 /* a power of 2 */
#define CACHED_LENGTH  47  /* bytes at most */

typedef struct cached_string {
  uint8_t length; /* 0: there is none */
  char text[CACHED_LENGTH];
} cached_string;

/* Lua's string of entries[i] is at i + 1 in a table that goes with it. */
typedef struct string_cache {
  cached_string entries[CACHED_STRINGS];
} string_cache;

/* Pushes the string; `strings` is the stack index of that table. Returns whether it was there.
** [+1] */
bool string_cache_push(lua_State *L, string_cache *cache, int strings, const char *p,
                       size_t length);

#endif
