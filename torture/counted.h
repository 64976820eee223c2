/*
** counted: an allocator that counts blocks by owner, and fails on request. The core is compiled
** with it in place of malloc (see the end); Lua and libcurl get it as their allocator.
*/
#ifndef SIGMAMIND_COUNTED_H
#define SIGMAMIND_COUNTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum counted_owner { COUNTED_LUA, COUNTED_CURL, COUNTED_CORE, COUNTED_OWNERS };

typedef struct counted_state {
  long calls;   /* allocations, since a caller set this to 0 */
  long fail_at; /* the allocation that fails, from 1; 0: none */
  bool lasting; /* all later ones fail too */
  bool failed;  /* one has failed */
  struct {
    long blocks;
    size_t bytes;
  } live[COUNTED_OWNERS];
  /* Called before each block is freed; may be NULL. */
  void (*on_free)(enum counted_owner owner, const char *block, size_t size);
} counted_state;

extern counted_state counted;

/* Like realloc, with a size above 0. A block that grows always moves, so that uses of its old
** address are detected. */
void *counted_take(enum counted_owner owner, void *block, size_t size);
void counted_give(void *block);

static inline void *counted_calloc(enum counted_owner owner, size_t count, size_t size) {
  void *block = counted_take(owner, NULL, count * size);
  return block != NULL ? memset(block, 0, count * size) : NULL;
}

#ifdef COUNTED_FOR_THE_CORE /* the core's own calls */
#define malloc(size)         counted_take(COUNTED_CORE, NULL, size)
#define calloc(count, size)  counted_calloc(COUNTED_CORE, count, size)
#define realloc(block, size) counted_take(COUNTED_CORE, block, size)
#define free(block)          counted_give(block)
#endif

#endif
