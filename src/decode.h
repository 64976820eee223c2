/*
** decode: turns checked JSON into Lua values.
**
** Settings travel in a table that every object of ours keeps as its user value: `null`, what a
** null in an object becomes (nil: the field is absent), and `array_mt`, the metatable of arrays.
*/
#ifndef SIGMAMIND_DECODE_H
#define SIGMAMIND_DECODE_H

#include <lua.h>

#include "json.h"

#define DECODE_MAX_DEPTH_DEFAULT 64
#define DECODE_MAX_DEPTH_LIMIT   1000 /* what the C stack of a small thread holds with room */

/* Pushes the value at p, in checked text, and returns the end of it. `settings` is the stack
** index of the table above. Raises only for lack of memory or stack. [+1] */
const char *decode_push(lua_State *L, const char *p, int settings);

/* Copies `null` and `array_mt` from the options at `from` (a table, or none) into the table on
** top of the stack, and returns max_depth; raises on a wrong type. [0] */
unsigned decode_settings(lua_State *L, int from);

/* core.decode(text [, options]) -> value | nil, message, "decode" */
int decode_lua(lua_State *L);

/* Pushes nil, what is wrong with the text, "decode". [+3] */
int decode_failed(lua_State *L, const json_scan *scan, const char *text, const char *end);

#endif
