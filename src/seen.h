/*
** seen: the Lua object of a set of row ids, so that a walk returns no row twice while the list
** changes; or of texts, of which Lua adds one at a time. It owns its tables.
**
** An id is the 64-bit hash of the bytes of the row's key; 0 is no id. In a walk over a million
** rows, two different ids collide with a probability of about 1 in 40 million.
*/
#ifndef SIGMAMIND_SEEN_H
#define SIGMAMIND_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <lua.h>

typedef struct seen seen;

bool seen_has(const seen *s, uint64_t id);
/* False: out of memory. */
bool seen_add(seen *s, uint64_t id);

/* A closed set is empty, and must not be used. */
bool seen_is_closed(const seen *s);

/* The object at this argument, which may be closed; NULL for nil or none. Raises for others. */
seen *seen_check(lua_State *L, int argument);

/* core.seen([max]) -> seen: keeps at least the last `max` ids; without it, or with 0, all. */
int seen_lua(lua_State *L);

/* Makes the metatable. [0] */
void seen_register(lua_State *L);

#endif
