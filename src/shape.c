#include "shape.h"

/* Past the gap at p, which must be in the text; NULL if something else stands there. */
static inline const char *skip_gap(const shape *s, shape_gap gap, const char *p, const char *end) {
  if (end - p < gap.length || !vector_same(s->text + gap.at, p, gap.length)) return NULL;
  return p + gap.length;
}

/* Checks the string at p. */
static const char *check_string(json_scan *scan, const char *p, shape_span *span) {
  const char *q = vector_plain(p + 1, scan->end);
  bool escaped = false;
  q = *q == '"' ? q + 1 : json_check_string(scan, q, &escaped);
  span->kind = escaped ? SPAN_ESCAPED : SPAN_STRING;
  span->end = q;
  return q;
}

const char *shape_check(const shape *s, node *nodes, json_scan *scan, const char *p, unsigned depth,
                        shape_span *spans) {
  if (depth + s->levels > scan->max_depth) return NULL;
  for (const shape_field *f = s->fields, *last = f + s->count; f < last; f++, spans++) {
    if ((p = skip_gap(s, f->gap, p, scan->end)) == NULL) return NULL;
    if (*p == '{' && f->no_object) return NULL;
    nodes[f->node].value = spans->at = p;
    if (*p == '"') {
      p = check_string(scan, p, spans);
    } else if ((unsigned char)*p <= ' ') {
      return NULL; /* a gap with more white space */
    } else {
      spans->kind = SPAN_OTHER;
      p = json_check_value(scan, p, depth + f->level);
    }
    if (p == NULL) return NULL;
  }
  return skip_gap(s, s->tail, p, scan->end);
}
