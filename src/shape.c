#include "shape.h"

/* Past the gap at p; NULL: other bytes are there. */
static inline const char *skip_gap(const shape *s, shape_gap gap, const char *p, const char *end) {
  if (end - p < gap.length || !simd_same(s->text + gap.at, p, gap.length)) return NULL;
  return p + gap.length;
}

/* Checks a string whose bytes before q are plain. */
static const char *check_string(json_scan *scan, const char *q, shape_span *span) {
  bool escaped = false;
  q = *q == '"' ? q + 1 : json_check_string(scan, q, &escaped);
  span->kind = escaped ? SPAN_ESCAPED : SPAN_STRING;
  span->end = q;
  return q;
}

static const char *check_scalar(json_scan *scan, const char *p, shape_span *span) {
  if ((unsigned char)*p <= ' ') return NULL; /* more white space than in the gap */
  if (*p == '-' || (*p >= '0' && *p <= '9')) {
    span->kind = SPAN_NUMBER;
    return span->end = json_check_number(scan, p, &span->number);
  }
  span->kind = SPAN_WORD;
  return json_check_value(scan, p, 0);
}

const char *shape_scan(const shape *s, int *i, json_scan *scan, const char *p, shape_span *spans) {
  const char *const end = scan->end;
  int k = *i;
  for (; k < s->count; k++) {
    const shape_field *f = &s->fields[k];
    shape_span *span = &spans[k];
    if ((p = skip_gap(s, f->gap, p, end)) == NULL) return NULL;
    span->at = span->end = p;
    if (*p == '"') {
      p = check_string(scan, simd_plain(p + 1, end), span);
    } else if (*p == '[' || *p == '{') {
      span->kind = SPAN_CONTAINER;
      *i = k;
      return *p == '{' && f->no_object ? NULL : p;
    } else {
      p = check_scalar(scan, p, span);
    }
    if (p == NULL) return NULL;
  }
  *i = k;
  return skip_gap(s, s->tail, p, end);
}

const char *shape_check(const shape *s, json_scan *scan, const char *p, unsigned depth,
                        shape_span *spans) {
  if (!shape_may_be_at(s, scan, depth)) return NULL;
  for (int i = 0;; i++) {
    p = shape_scan(s, &i, scan, p, spans);
    if (p == NULL || i == s->count) return p;
    if ((p = json_check_value(scan, p, depth + s->fields[i].level)) == NULL) return NULL;
  }
}
