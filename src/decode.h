/*
** decode: pushes JSON as Lua values, and checks it on the way.
**
** One path for all of it: single values, rows of a page, and rows of which a query wants some
** fields.
*/
#ifndef SIGMAMIND_DECODE_H
#define SIGMAMIND_DECODE_H

#include <stdbool.h>
#include <lua.h>

#include "json.h"
#include "string_cache.h"
#include "template.h"

/* Arrays, objects and long strings of an object that turned out to be of another shape, when they had
** been pushed already: they are not made twice. */
typedef struct decode_memo {
  struct decode_memo *outer; /* of an object around it; NULL: none */
  int count;
  struct {
    const char *at, *end;
    int index; /* on the stack */
  } kept[TEMPLATE_CONTAINERS];
} decode_memo;

/* One text that becomes Lua values. What the indices refer to stays there meanwhile. */
typedef struct decoding {
  lua_State *L;
  json_scan scan;
  string_cache *cache;
  int strings;   /* index of the cache's strings */
  int null;      /* of what a null becomes in an object; 0: nil */
  int array_mt;  /* of the metatable of arrays; 0: there is none */
  int templates; /* of the set for objects of any kind ... */
  int built;     /* ... and of its table */
  decode_memo *memo;
} decoding;

#define DECODE_MAX_DEPTH_DEFAULT 64

/* How JSON becomes Lua, with a table that anchors what a null in an object becomes and the metatable
** of arrays, as far as there are any. */
typedef struct decode_settings {
  unsigned max_depth;
  bool has_null, has_array_mt;
} decode_settings;

/* Reads `null`, `array_mt` and `max_depth` of the options at `from` (a table, or none); raises for
** what they cannot be. Pushes the table. [+1] */
decode_settings decode_read_settings(lua_State *L, int from);

/* Pushes what the functions that decode must have as their upvalues, see object_register; returns
** how many that is. */
int decode_push_upvalues(lua_State *L);

/* For a function that has them: begins to decode text that ends at `end`. `table` is the index of the
** settings' table; where they need none, it may be another. [+2] */
decoding decode_begin(lua_State *L, const decode_settings *settings, int table, const char *end);

/* For a function that has them: pushes the set of templates for objects of any kind. [+1] */
void decode_push_templates(lua_State *L);

/* Pushes nil, what is wrong with the text, "decode". [+3] */
int decode_failed(lua_State *L, const json_scan *scan, const char *text);

/* Each pushes the value at p, which is at this depth, and returns the end of it; NULL, with some
** values pushed: it is no JSON, and the scan says why. In a field, a null is nil or the caller's
** own. They raise only for lack of memory or stack. [+1] */
const char *decode_value(decoding *d, const char *p, unsigned depth);
const char *decode_field(decoding *d, const char *p, unsigned depth);

/* Pushes the object at this depth of which a template and its spans were found; `table` is the
** index of the table of the template's set. [+1] */
void decode_like(decoding *d, row_template *t, int table, const shape_span *spans, unsigned depth);

#endif
