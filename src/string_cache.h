/*
** string_cache: recent short strings, such as names of fields, so that Lua need not hash them
** again. A new string replaces the one in its slot. A Lua table, which its user keeps, owns the
** strings.
*/
#ifndef SIGMAMIND_STRING_CACHE_H
#define SIGMAMIND_STRING_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <lua.h>

#define CACHED_STRINGS 256 /* a power of 2 */
#define CACHED_LENGTH  47  /* max bytes of a string */

typedef struct cached_string {
  uint8_t length; /* 0: the slot is empty */
  char text[CACHED_LENGTH];
} cached_string;

/* The Lua string of entries[i] is at i + 1 in the table of strings. */
typedef struct string_cache {
  cached_string entries[CACHED_STRINGS];
} string_cache;

/* Pushes the string; `strings` is the index of that table. Returns whether it was cached. [+1] */
bool string_cache_push(lua_State *L, string_cache *cache, int strings, const char *p,
                       size_t length);

#endif
