#include "buffer.h"

#include <stdlib.h>
#include <string.h>

void buffer_free(buffer *b) {
  free(b->data);
  b->data = NULL;
  b->length = b->capacity = 0;
}

bool buffer_fits(const buffer *b, size_t length) {
  return length <= b->max - b->length;
}

/* Doubles the capacity until `needed` bytes and the NUL fit, within the cap. */
static bool reserve(buffer *b, size_t needed) {
  if (needed < b->capacity) return true;
  size_t capacity = b->capacity == 0 ? 4096 : b->capacity;
  while (capacity <= needed)
    capacity = capacity > b->max / 2 ? b->max + 1 : capacity * 2;
  char *data = realloc(b->data, capacity);
  if (data == NULL) return false;
  b->data = data;
  b->capacity = capacity;
  return true;
}

char *buffer_room(buffer *b, size_t length) {
  if (!buffer_fits(b, length) || !reserve(b, b->length + length)) return NULL;
  return b->data + b->length;
}

bool buffer_append(buffer *b, const char *data, size_t length) {
  char *room = buffer_room(b, length);
  if (room == NULL) return false;
  memcpy(room, data, length);
  b->length += length;
  b->data[b->length] = '\0';
  return true;
}

const char *buffer_text(const buffer *b) {
  return b->data != NULL ? b->data : "";
}
