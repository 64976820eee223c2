/*
** counted: an allocator that counts, says whose each block is, and fails when it is told to. The
** core is compiled with it in place of malloc (see the end); Lua and libcurl are handed it.
*/
#ifndef SIGMAMIND_COUNTED_H
#define SIGMAMIND_COUNTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum counted_owner { COUNTED_LUA, COUNTED_CURL, COUNTED_CORE, COUNTED_OWNERS };

typedef struct counted_state {
  long calls;   /* that asked for memory, since somebody set this to 0 */
  long fail_at; /* the call that fails, from 1; 0: none */
  bool lasting; /* and all that follow */
  bool failed;  /* one did */
  struct {
    long blocks;
    size_t bytes;
  } live[COUNTED_OWNERS];
  /* Sees each block before it is freed; NULL: nobody does. */
  void (*on_free)(enum counted_owner owner, const char *block, size_t size);
} counted_state;

extern counted_state counted;

/* As realloc, with a size above 0: a NULL block begins, and a failure leaves the block as it was. A
** block that grows always moves, so that whoever keeps its old address is found out. */
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
