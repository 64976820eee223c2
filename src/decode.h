/*
** decode: turns checked JSON into Lua values.
**
** Settings travel in a table, which sessions, transfers and pages keep: what a null in an object
** becomes (nil: the field is absent), the metatable of arrays, and what is remembered from row to
** row to make the next one faster.
*/
#ifndef SIGMAMIND_DECODE_H
#define SIGMAMIND_DECODE_H

#include <lua.h>

#include "json.h"
#include "template.h"

#define DECODE_MAX_DEPTH_DEFAULT 64

/* Each level takes up to 150 bytes of C stack, so that this many fit a thread of 128 KB, as musl
** makes them, with a third of it left for the host. spec/support/deepest.lua tries it. */
#define DECODE_MAX_DEPTH_LIMIT 500

/* Pushes the value at p, in checked text that ends at `end`. `settings` is the stack index of the
** table above. Raises only for lack of memory or stack. Here and below, what it needs besides stays
** on the stack under the value. */
void decode_push(lua_State *L, const char *p, const char *end, int settings);

/* The same for an object that is one row of many, of which `query` (the index of a query or nil)
** may want but some fields; `templates` is the index of the list for such rows. Returns the end of
** it. */
const char *decode_push_row(lua_State *L, const char *p, const char *end, int settings,
                            int templates, int query);

/* The same for a row that was found to have this template, whose constructor is at that index. */
const char *decode_push_like(lua_State *L, const char *p, const char *end, int settings,
                             row_template *t, int constructor);

/* Pushes the templates of rows that are wanted whole. [+1] */
void decode_push_templates(lua_State *L, int settings);

/* Makes settings of the table on top of the stack: with `null` and `array_mt` from the options at
** `from` (a table, or none). Returns max_depth; raises on a wrong type. [0] */
unsigned decode_settings(lua_State *L, int from);

/* Makes what the settings of one Lua state share. */
void decode_register(lua_State *L);

/* core.decode(text [, options]) -> value | nil, message, "decode" */
int decode_lua(lua_State *L);

/* Pushes nil, what is wrong with the text, "decode". [+3] */
int decode_failed(lua_State *L, const json_scan *scan, const char *text);

#endif
