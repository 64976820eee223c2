/*
** seen: the rows that a walk has handed out, so that none comes twice while the list moves.
**
** A row is remembered by the hash of the bytes of its id; 0 stands for a row that has none. Two
** different ids among a million rows have the same 64 bits in one walk of some forty million.
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

/* Whether it has forgotten all rows, and is to be asked no more. */
bool seen_is_closed(const seen *s);

/* The object at this argument, which may be closed; NULL if there is none. Raises for anything
** else. */
seen *seen_check(lua_State *L, int argument);

/* core.seen([max]) -> seen: remembers at least the last `max` rows, or all of them. */
int seen_lua(lua_State *L);

void seen_register(lua_State *L);

#endif
