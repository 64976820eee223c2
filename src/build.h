/*
** build: pushes checked JSON as Lua values, whatever its shape.
*/
#ifndef SIGMAMIND_BUILD_H
#define SIGMAMIND_BUILD_H

#include <stdbool.h>
#include <stdint.h>
#include <lua.h>

#include "json.h"
#include "vector.h"

#define WORDS     256 /* a power of 2 */
#define WORD_MAX  47  /* bytes, quotes included */
#define SIZES     32
#define SIZE_MOST 1024 /* that a table is made before its fields come */

/* A string as it stands in JSON, with its quotes; of no length when there is none. */
typedef struct word {
  uint8_t length;
  char text[WORD_MAX];
} word;

/* What is remembered from row to row: strings that come again, so that they need not be interned
** again, and how large each table became. Lua's string of word i is strings[i + 1]. */
typedef struct memory {
  word words[WORDS];
  uint32_t sizes[SIZES]; /* in the order in which a row begins its tables */
} memory;

/* What the table of settings holds (see decode.h). */
enum { SETTING_NULL = 1, SETTING_ARRAY_MT, SETTING_MEMORY, SETTING_STRINGS, SETTING_TEMPLATES };

typedef struct builder {
  lua_State *L;
  const char *end; /* of the text */
  memory *memory;
  int strings;            /* stack index of the strings of memory's words */
  int settings;           /* stack index of the table of settings */
  unsigned depth, tables; /* of this row, so far */
} builder;

/* Each pushes the value at p and returns the end of it. In a field, a null is nil or the caller's
** own. They raise only for lack of memory or stack. [+1] */
const char *build_value(builder *b, const char *p);
const char *build_field(builder *b, const char *p);

/* The end of the string at p, after its closing quote. */
static inline const char *build_string_end(const builder *b, const char *p, bool *escaped) {
  const char *q = vector_quote(p + 1, b->end);
  *escaped = *q == '\\';
  return *escaped ? json_skip_string(p, b->end) : q + 1;
}

/* Pushes the string that stands from p, its opening quote, to end, after its closing one. [+1] */
void build_string(lua_State *L, const char *p, const char *end, bool escaped);

/* The same for one without escapes that is likely to come again: it is taken from memory, or else
** kept there. Returns whether it was there. [+1] */
bool build_word(builder *b, const char *p, const char *end);

#endif
