#include "shape.h"

const char *shape_check(const shape *s, node *nodes, json_scan *scan, const char *p,
                        unsigned depth) {
  if (depth + s->levels > scan->max_depth) return NULL;
  for (const shape_field *f = s->fields, *last = f + s->count; f < last; f++) {
    if ((p = shape_skip(s, f->gap, p, scan->end)) == NULL) return NULL;
    if (*p == '{' && f->no_object) return NULL;
    nodes[f->node].value = p;
    if (*p == '"') {
      const char *q = vector_plain(p + 1, scan->end);
      if (*q == '"') {
        p = q + 1;
        continue;
      }
    }
    if ((p = json_check_value(scan, p, depth + f->level)) == NULL) return NULL;
  }
  return shape_skip(s, s->tail, p, scan->end);
}
