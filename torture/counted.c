#include "counted.h"

counted_state counted;

/* Precedes each block. */
typedef union header {
  struct {
    size_t size;
    enum counted_owner owner;
  } block;
  long double align;
} header;

static bool fails(void) {
  counted.calls++;
  if (counted.fail_at == 0 || counted.calls < counted.fail_at) return false;
  if (counted.calls > counted.fail_at && !counted.lasting) return false;
  counted.failed = true;
  return true;
}

void *counted_take(enum counted_owner owner, void *block, size_t size) {
  header *old = block != NULL ? (header *)block - 1 : NULL;
  if (old != NULL && size <= old->block.size) return block; /* Lua requires that this never fails */
  header *h = fails() ? NULL : malloc(sizeof *h + size);
  if (h == NULL) return NULL;
  h->block.size = size;
  h->block.owner = owner;
  counted.live[owner].blocks++;
  counted.live[owner].bytes += size;
  if (old != NULL) memcpy(h + 1, block, old->block.size);
  counted_give(block);
  return h + 1;
}

void counted_give(void *block) {
  if (block == NULL) return;
  header *h = (header *)block - 1;
  if (counted.on_free != NULL) counted.on_free(h->block.owner, block, h->block.size);
  counted.live[h->block.owner].blocks--;
  counted.live[h->block.owner].bytes -= h->block.size;
  free(h);
}
