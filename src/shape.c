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

static const char *check_scalar(json_scan *scan, const char *p, shape_span *span) {
  if (*p == '"') return check_string(scan, p, span);
  if ((unsigned char)*p <= ' ') return NULL; /* a gap with more white space */
  if (*p == '-' || (*p >= '0' && *p <= '9')) {
    span->kind = SPAN_NUMBER;
    return span->end = json_check_number(scan, p, &span->number);
  }
  span->kind = SPAN_WORD;
  return json_check_value(scan, p, 0);
}

const char *shape_scan(const shape *s, int *i, json_scan *scan, const char *p, shape_span *spans) {
  for (; *i < s->count; ++*i) {
    const shape_field *f = &s->fields[*i];
    shape_span *span = &spans[*i];
    if ((p = skip_gap(s, f->gap, p, scan->end)) == NULL) return NULL;
    span->at = p;
    if (*p == '[' || *p == '{') {
      span->kind = SPAN_CONTAINER;
      return *p == '{' && f->no_object ? NULL : p;
    }
    if ((p = check_scalar(scan, p, span)) == NULL) return NULL;
  }
  return skip_gap(s, s->tail, p, scan->end);
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

const char *shape_find(const shape *s, int count, json_scan *scan, const char *p,
                       shape_span *spans) {
  for (int i = 0; i < count; i++) {
    shape_span *span = &spans[i];
    span->at = p += s->fields[i].gap.length;
    span->kind = SPAN_CONTAINER;
    p = *p == '"' ? check_string(scan, p, span) : json_skip_value(p, scan->end);
  }
  return p;
}
