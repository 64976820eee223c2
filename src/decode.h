/*
** decode: pushes JSON as Lua values, and checks it on the way: single values, whole rows, and the
** selected fields of rows. The string cache and the templates are shared by all decoding in a Lua
** state, which owns them.
*/
#ifndef SIGMAMIND_DECODE_H
#define SIGMAMIND_DECODE_H

#include <stdbool.h>
#include <lua.h>

#include "json.h"
#include "string_cache.h"
#include "template.h"

/* The arrays, objects and long strings of an object that were pushed before it turned out to have
** another shape. They are reused, not built twice. */
typedef struct decode_memo {
  struct decode_memo *outer; /* of the enclosing object; NULL: none */
  int count;
  struct {
    const char *at, *end;
    int index; /* on the stack */
  } kept[TEMPLATE_CONTAINERS];
} decode_memo;

/* The decoding of one text. The values at its stack indices must stay there until it ends. */
typedef struct decoding {
  lua_State *L;
  json_scan scan;
  string_cache *cache;
  int strings;   /* index of the cache's strings */
  int null;      /* index of the value for null in an object; 0: nil */
  int array_mt;  /* index of the metatable of arrays; 0: none */
  int templates; /* index of the set for objects of any kind */
  int built;     /* index of that set's table */
  decode_memo *memo;
} decoding;

#define DECODE_MAX_DEPTH_DEFAULT 64

/* A separate table anchors the value for null and the metatable of arrays, if set. */
typedef struct decode_settings {
  unsigned max_depth;
  bool has_null, has_array_mt;
} decode_settings;

/* Reads `null`, `array_mt` and `max_depth` of the options at `from` (a table, or none); raises for
** an invalid one. Pushes the settings' table. [+1] */
decode_settings decode_read_settings(lua_State *L, int from);

/* Pushes the upvalues of a decoding function, for object_register; returns their number. [+n] */
int decode_push_upvalues(lua_State *L);

/* For a function with those upvalues: begins to decode text that ends at `end`. `table` is the
** index of the settings' table, if has_null or has_array_mt is set. [+0 to +2] */
decoding decode_begin(lua_State *L, const decode_settings *settings, int table, const char *end);

/* For a function with those upvalues: pushes the set of templates for objects of any kind. [+1] */
void decode_push_templates(lua_State *L);

/* Pushes nil, a message about the scan's failure, "decode"; returns 3. [+3] */
int decode_failed(lua_State *L, const json_scan *scan, const char *text);

/* Each pushes the value at p, at this depth, and returns its end; NULL, with some values pushed: it
** is not JSON, and scan->at and scan->expected are set. decode_value pushes null as a light
** userdata; decode_field as nil or the value that the settings give. They raise only for lack of
** memory or stack. [+1] */
const char *decode_value(decoding *d, const char *p, unsigned depth);
const char *decode_field(decoding *d, const char *p, unsigned depth);

/* Pushes an object, at this depth, from its template and the spans of its fields; `table` is the
** index of the table of the template's set. [+1] */
void decode_like(decoding *d, row_template *t, int table, const shape_span *spans, unsigned depth);

#endif
