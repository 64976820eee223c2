-- Single changes to the decoder, its shapes, templates and cache of strings, which some spec must
-- notice; see core-json.lua for what an entry says.
-- luacheck: no max line length

return {
  {
    file = "src/decode.h", specs = "json",
    from = [[#define DECODE_MAX_DEPTH_DEFAULT 64]],
    to = [[#define DECODE_MAX_DEPTH_DEFAULT 65]],
    why = "one level more is taken",
  },
  {
    file = "src/decode.c", specs = "decode", kind = "asan",
    from = [[if (room <= sizeof small) {]],
    to = [[if (room <= 2 * sizeof small) {]],
    why = "an escaped string overruns the stack (asan)",
  },
  {
    file = "src/decode.c", specs = "decode",
    from = [[  lua_remove(L, -2);
}

/* Pushes the string from p, its]],
    to = [[}

/* Pushes the string from p, its]],
    why = "a long escaped string leaves its room on the stack",
  },
  {
    file = "src/decode.c", specs = "json decode",
    from = [[lua_pushlstring(d->L, p + 1, (size_t)(end - p) - 2);]],
    to = [[lua_pushlstring(d->L, p + 1, (size_t)(end - p) - 1);]],
    why = "a string beyond ASCII has its quote",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[if (*q != '"') return push_other_string(d, p, q);]],
    to = [[if (*q == '\\') return push_other_string(d, p, q);]],
    why = "a control character ends a string",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[  if (*p != '"') return json_fail(&d->scan, p, "a name in quotes");
]],
    to = [[]],
    why = "a name may begin with any byte",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[  p = json_space(p);
  return *p == ':']],
    to = [[  return *p == ':']],
    why = "no white space before a colon",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[*p == ':' ? json_space(p + 1) :]],
    to = [[*p != '\0' ? json_space(p + 1) :]],
    why = "any byte is a colon",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[return *p == ':' ? json_space(p + 1)]],
    to = [[return *p == ':' ? p + 1]],
    why = "no white space behind a colon",
  },
  {
    file = "src/decode.c", specs = "decode",
    from = [[    lua_pushlstring(L, p, (size_t)(end - p));
  else if]],
    to = [[    lua_pushnumber(L, n.real);
  else if]],
    why = "a number beyond the range becomes 0 or infinity",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[json_check_word(&d->scan, p, "true", 4)]],
    to = [[json_check_word(&d->scan, p, "true", 3)]],
    why = "tru is a word",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[json_check_word(&d->scan, p, "false", 5)]],
    to = [[json_check_word(&d->scan, p, "false", 4)]],
    why = "fals is a word",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[  lua_pushlightuserdata(d->L, NULL);
  return json_check_word(&d->scan, p, "null", 4);]],
    to = [[  lua_pushlightuserdata(d->L, NULL);
  return json_check_word(&d->scan, p, "null", 3);]],
    why = "nul is a word",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[    lua_pushvalue(d->L, d->null);
  return json_check_word(&d->scan, p, "null", 4);]],
    to = [[    lua_pushvalue(d->L, d->null);
  return json_check_word(&d->scan, p, "null", 3);]],
    why = "nul is a word, as a field",
  },
  {
    file = "src/decode.c", specs = "decode",
    from = [[if (*p != 'n') return decode_value(d, p, depth);]],
    to = [[if (*p != 'N') return decode_value(d, p, depth);]],
    why = "a null field is core.null, not absent",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[if (*p != '-' && (*p < '0' || *p > '9')) return]],
    to = [[if (*p == '\0') return]],
    why = "what is no value is told as a bad number",
  },
  {
    file = "src/decode.c", specs = "decode decoder",
    from = [[for (int i = n; i > 0; i--)]],
    to = [[for (int i = n; i > 1; i--)]],
    why = "the first element of an array is lost",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[    if (n > max)
]],
    to = [[    if (n > max + 1)
]],
    why = "the element behind those that waited is lost",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[else if (n == max || *p == ']')]],
    to = [[else if (n == max - 1 || *p == ']')]],
    why = "an element is taken for the array",
  },
  {
    file = "src/decode.c", specs = "decoder", lua = "lua5.1",
    from = [[lua_gettop(L) < CROWDED ? COLLECTED : 1]],
    to = [[COLLECTED]],
    why = "elements of many arrays in one another are too many for the stack",
  },
  {
    file = "src/decode.c", specs = "decoder json",
    from = [[  luaL_checkstack(L, COLLECTED + 4, "JSON too deep");
]],
    to = [[]],
    why = "elements overrun the stack of Lua",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[    if (*p == ']') return p + 1;
    if (*p != ',') return json_fail(&d->scan, p, "',' or ']'");
]],
    to = [[    if (*p == ']') return p + 1;
]],
    why = "any byte is a comma in an array",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[  if (depth == d->scan.max_depth) return json_fail(&d->scan, p, JSON_TOO_DEEP);
]],
    to = [[]],
    why = "arrays may be nested too deep",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[push_elements(d, p, depth + 1)]],
    to = [[push_elements(d, p, depth)]],
    why = "arrays count for no depth",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[  p = json_space(p + 1);
  if (*p == ']') {]],
    to = [[  p++;
  if (*p == ']') {]],
    why = "no white space in an empty array",
  },
  {
    file = "src/decode.c", specs = "decode decoder",
    from = [[  if (d->array_mt != 0) {]],
    to = [[  if (d->array_mt != 0 && p[-2] != '[') {]],
    why = "an empty array has no array_mt",
  },
  {
    file = "src/decode.c", specs = "template decoder",
    from = [[const size_t length = (size_t)(s->end - s->at) - 2;]],
    to = [[const size_t length = (size_t)(s->end - s->at) - 1;]],
    why = "strings of a known shape have their quote",
  },
  {
    file = "src/decode.c", specs = "template query",
    from = [[if (t->shape.fields[i].wanted) push_span]],
    to = [[push_span]],
    why = "fields that are not selected are built",
  },
  {
    file = "src/decode.c", specs = "decoder template query",
    from = [[decode_field(d, s->at, depth + f->level);]],
    to = [[decode_field(d, s->at, depth + f->level + 1);]],
    why = "values of a known shape that are as deep as may be fail",
  },
  {
    file = "src/decode.c", specs = "template decoder",
    from = [[for (const decode_memo *m = d->memo; m != NULL; m = m->outer)]],
    to = [[for (const decode_memo *m = d->memo; m != NULL; m = NULL)]],
    why = "what an object around it had pushed is decoded again, and twice as often at each level",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[      if (m->kept[i].at == p) {]],
    to = [[      if (m->kept[i].at <= p) {]],
    why = "another array or object is taken for one that was pushed",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[if (m->count == TEMPLATE_CONTAINERS || is_within]],
    to = [[if (m->count < 0 || is_within]],
    why = "more than the memo holds is decoded for nothing",
    equivalent = "then keep_in_memo refuses it: what is decoded twice costs time alone",
  },
  {
    file = "src/decode.c", specs = "decoder template", kind = "asan",
    from = [[  if (m->count == TEMPLATE_CONTAINERS) return false;
]],
    to = [[  if (m->count > TEMPLATE_CONTAINERS) return false;
]],
    why = "what was pushed overruns the memo (asan)",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[ || is_within_kept(m, p)) return NULL;]],
    to = [[) return NULL;]],
    why = "what another template had for one value is decoded anew at each level",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[  if (recall(d, s->at) != NULL) return true;
]],
    to = [[]],
    why = "a long string is made for each shape that is tried",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[  if (!recall_string(d, p, q + 1)) lua_pushlstring]],
    to = [[  lua_pushlstring]],
    why = "a long string is made again where no shape fits",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[if (end == NULL || recall_string(d, p, end)) return end;]],
    to = [[if (end == NULL) return end;]],
    why = "a long string with escapes is made again where no shape fits",
  },
  {
    file = "src/decode.c", specs = "decoder template",
    from = [[  push_span(d, f, s, 0);
]],
    to = [[  lua_pushlstring(d->L, s->at + 1, (size_t)(s->end - s->at) - 2);
]],
    why = "escapes in a long string of a known shape stay as they are",
  },
  {
    file = "src/decode.c", specs = "decode decoder template",
    from = [[    push_read_number(d->L, &s->number, s->at, s->end);]],
    to = [[    push_read_number(d->L, &s->number, s->at, s->end - 1);]],
    why = "the digits of a large number in a known shape lack the last",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[m->kept[m->count++].index = lua_gettop(d->L);]],
    to = [[m->kept[m->count++].index = lua_gettop(d->L) - 1;]],
    why = "what was pushed before is another value",
  },
  {
    file = "src/decode.c", specs = "decoder template",
    from = [[push_container(d, m, p, depth + t->shape.fields[i].level)]],
    to = [[push_container(d, m, p, depth + 1)]],
    why = "values in a known shape may be too deep",
  },
  {
    file = "src/decode.c", specs = "decoder template",
    from = [[  if (!shape_may_be_at(&t->shape, &d->scan, depth)) return NULL;
]],
    to = [[]],
    why = "objects of a known shape may be too deep",
  },
  {
    file = "src/decode.c", specs = "decoder template",
    from = [[    if (m->count > 0) d->memo = m;
]],
    to = [[]],
    why = "what was pushed is decoded again, and twice as often at each level",
  },
  {
    file = "src/decode.c", specs = "decoder json template",
    from = [[  luaL_checkstack(d->L, SHAPE_FIELDS + 8, "JSON too deep");
  if (!shape]],
    to = [[  if (!shape]],
    why = "an object of a known shape overruns the stack of Lua",
  },
  {
    file = "src/decode.c", specs = "template query",
    from = [[  luaL_checkstack(d->L, SHAPE_FIELDS + 8, "JSON too deep");
  template_push]],
    to = [[  template_push]],
    why = "a selected row overruns the stack of Lua",
  },
  {
    file = "src/decode.c", kind = "asan", specs = "decoder json",
    from = [[  luaL_checkstack(L, 8, "JSON too deep");
]],
    to = [[]],
    why = "objects in one another overrun the stack of Lua",
  },
  {
    file = "src/decode.c", specs = "decode decoder",
    from = [[if ((p = decode_field(d, p, depth)) == NULL) return NULL;]],
    to = [[if ((p = decode_value(d, p, depth)) == NULL) return NULL;]],
    why = "a null field is core.null, not absent or the decoder's own",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[    if (*p != ',') return json_fail(&d->scan, p, "',' or '}'");
]],
    to = [[]],
    why = "any byte is a comma in an object",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[p = push_fields(d, place, p, depth + 1);]],
    to = [[p = push_fields(d, place, p, depth);]],
    why = "objects count for no depth",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[  if (depth == d->scan.max_depth) return json_fail(&d->scan, start, JSON_TOO_DEEP);
]],
    to = [[]],
    why = "objects may be nested too deep",
  },
  {
    file = "src/decode.c", specs = "decoder template",
    from = [[.outer = d->memo, .count]],
    to = [[.outer = NULL, .count]],
    why = "what an object around it had pushed is decoded again, and twice as often at each level",
  },
  {
    file = "src/decode.c", specs = "decoder", kind = "asan",
    from = [[  d->memo = m.outer;
]],
    to = [[]],
    why = "the memo of an object that is done is read (asan)",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return end;]],
    to = [[  return end;]],
    why = "what did not fit a shape stays on the stack",
  },
  {
    file = "src/decode.c", specs = "json decoder",
    from = [[  if (depth < SHAPED_DEPTH && template_is_tried(place))]],
    to = [[  if (template_is_tried(place))]],
    why = "objects in one another take more of C's stack than there is",
  },
  {
    file = "src/decode.c", specs = "decoder template",
    from = [[  const char *end = d->memo != NULL ? recall(d, p) : NULL;
  if (end != NULL) return end;
  return *p == '{']],
    to = [[  return *p == '{']],
    why = "what was pushed for a shape in vain is decoded again, and twice as often at each level",
  },
  {
    file = "src/decode.c", specs = "decoder decode",
    from = [[settings.has_null = !lua_isnil(L, -1);]],
    to = [[settings.has_null = lua_toboolean(L, -1);]],
    why = "null cannot be false",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[depth >= 1 && depth <= JSON_MAX_DEPTH]],
    to = [[depth > 1 && depth <= JSON_MAX_DEPTH]],
    why = "max_depth cannot be 1",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[depth >= 1 && depth <= JSON_MAX_DEPTH]],
    to = [[depth >= 1 && depth < JSON_MAX_DEPTH]],
    why = "max_depth cannot be 500",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[depth >= 1 && depth <= JSON_MAX_DEPTH]],
    to = [[depth > 0 && depth <= JSON_MAX_DEPTH]],
    why = "max_depth may be a half",
  },
  {
    file = "src/decode.c", specs = "decoder decode",
    from = [[from, "array_mt must be a table");
  settings.has_array_mt = lua_istable(L, -1);]],
    to = [[from, "array_mt must be a table");
  settings.has_array_mt = settings.has_null;]],
    why = "array_mt alone does not count",
  },
  {
    file = "src/decode.c", specs = "json",
    from = [[scan->at == scan->end ?]],
    to = [[*scan->at == '\0' ?]],
    why = "a NUL is told as the end of the text",
  },
  {
    file = "src/decoder.c", specs = "json",
    from = [[if (p == NULL || json_check_end(&d.scan, p) == NULL)]],
    to = [[if (p == NULL)]],
    why = "text after a value is taken",
  },
  {
    file = "src/decoder.c", specs = "json",
    from = [[decode_value(&d, json_space(text), 0)]],
    to = [[decode_value(&d, text, 0)]],
    why = "no white space before a value",
  },
  {
    file = "src/decoder.c", specs = "json",
    from = [[decode_value(&d, json_space(text), 0)]],
    to = [[decode_value(&d, json_space(text), 1)]],
    why = "one level less is taken",
  },
  {
    file = "src/decoder.c", specs = "decoder",
    from = [[  lua_settop(L, 2);
  sm_getuservalue]],
    to = [[  sm_getuservalue]],
    why = "a third argument of value is taken for the settings",
  },
  {
    file = "src/decoder.c", specs = "decoder",
    from = [[  lua_settop(L, 1);
]],
    to = [[]],
    why = "a second argument of core.decoder is taken for the settings",
  },
  {
    file = "src/decoder.c", specs = "decoder",
    from = [[  lua_settop(L, 4);
]],
    to = [[  if (lua_gettop(L) < 4) lua_settop(L, 4);
]],
    why = "a fourth argument of page is taken for the settings",
  },
  {
    file = "src/decoder.c", specs = "decoder", kind = "asan",
    from = [[  luaL_checkstring(L, 2);
]],
    to = [[]],
    why = "a page is made of no text (asan)",
  },
  {
    file = "src/decoder.c", specs = "decoder object",
    from = [[static int l_close(lua_State *L) {
  object_self(L, DECODER);]],
    to = [[static int l_close(lua_State *L) {
  (void)L;]],
    why = "close takes what is no decoder",
  },
  {
    file = "src/string_cache.c", specs = "decode",
    from = [[if (length == 0 || length > CACHED_LENGTH) {]],
    to = [[if (length > CACHED_LENGTH) {]],
    why = "an empty name is nil",
  },
  {
    file = "src/string_cache.c", specs = "template decoder",
    from = [[length > CACHED_LENGTH) {]],
    to = [[length > CACHED_LENGTH + 1) {]],
    why = "a string of 48 bytes overruns its place",
  },
  {
    file = "src/string_cache.c", specs = "template decoder",
    from = [[s->length == length && simd_same(s->text, p, length)]],
    to = [[s->length == length]],
    why = "strings of one length may be the same",
  },
  {
    file = "src/string_cache.c", specs = "template decoder",
    from = [[s->length == length && simd_same(s->text, p, length)]],
    to = [[s->length >= length && simd_same(s->text, p, length)]],
    why = "a string may be one that it begins",
  },
  {
    file = "src/string_cache.c", specs = "template decoder",
    from = [[lua_rawgeti(L, strings, (int)slot + 1);]],
    to = [[lua_rawgeti(L, strings, (int)slot);]],
    why = "a string that comes again is another",
  },
  {
    file = "src/string_cache.c", specs = "template decoder",
    from = [[  lua_pushvalue(L, -1);
  lua_rawseti(L, strings, (int)slot + 1);]],
    to = [[  if (s->length == 0) lua_pushvalue(L, -1), lua_rawseti(L, strings, (int)slot + 1);]],
    why = "a string that took the place of another is the other when it comes again",
  },
  {
    file = "src/string_cache.c", specs = "template",
    from = [[  lua_pushlstring(L, p, length);
  lua_pushvalue(L, -1);
  lua_rawseti(L, strings, (int)slot + 1); /* a finalizer that decodes may have filled the slot */
  memcpy(s->text, p, length);
  s->length = (uint8_t)length;
]],
    to = [[  memcpy(s->text, p, length);
  s->length = (uint8_t)length;
  lua_pushlstring(L, p, length);
  lua_pushvalue(L, -1);
  lua_rawseti(L, strings, (int)slot + 1);
]],
    why = "a string that a finalizer decodes meanwhile is taken for another",
  },
  {
    file = "src/string_cache.c", specs = "decoder",
    from = [[>> 56) % CACHED_STRINGS;]],
    to = [[>> 48) % CACHED_STRINGS;]],
    why = "names that differ in their last byte take turns in a slot",
  },
  {
    file = "src/shape.h", specs = "template decoder",
    from = [[return depth + s->levels <= scan->max_depth;]],
    to = [[return depth + s->levels <= scan->max_depth + 1;]],
    why = "objects of a known shape may be one level too deep",
  },
  {
    file = "src/shape.c", specs = "template decoder", kind = "asan",
    from = [[if (end - p < gap.length || !simd_same]],
    to = [[if (!simd_same]],
    why = "a gap is compared beyond the text (asan)",
  },
  {
    file = "src/shape.c", specs = "template decoder",
    from = [[q = *q == '"' ? q + 1 :]],
    to = [[q = *q != '\\' ? q + 1 :]],
    why = "what is no plain string is taken in a known shape",
  },
  {
    file = "src/shape.c", specs = "template decoder",
    from = [[span->kind = escaped ? SPAN_ESCAPED : SPAN_STRING;]],
    to = [[span->kind = SPAN_STRING;]],
    why = "escapes stay as they are in a known shape",
  },
  {
    file = "src/shape.c", specs = "template decoder",
    from = [[  if ((unsigned char)*p <= ' ') return NULL; /* more white space than in the gap */
]],
    to = [[]],
    why = "white space before a value that a known shape lacks is told as a fault",
  },
  {
    file = "src/shape.c", specs = "template query",
    from = [[return *p == '{' && f->no_object ? NULL : p;]],
    to = [[return p;]],
    why = "a field of what was no object is not noted",
  },
  {
    file = "src/shape.c", specs = "template decoder",
    from = [[return skip_gap(s, s->tail, p, end);]],
    to = [[return p + s->tail.length;]],
    why = "more fields than the shape has are skipped",
  },
  {
    file = "src/shape.c", specs = "template decoder",
    from = [[    if ((p = skip_gap(s, f->gap, p, end)) == NULL) return NULL;
]],
    to = [[    if (end - p < f->gap.length) return NULL;
    p += f->gap.length;
]],
    why = "names are not compared with those of the shape",
  },
  {
    file = "src/shape.c", specs = "template",
    from = [[  if (!shape_may_be_at(s, scan, depth)) return NULL;
]],
    to = [[]],
    why = "rows of a known shape may be too deep",
  },
  {
    file = "src/shape.c", specs = "template",
    from = [[json_check_value(scan, p, depth + s->fields[i].level)]],
    to = [[json_check_value(scan, p, depth + 1)]],
    why = "values in rows of a known shape may be too deep",
  },
  {
    file = "src/shape.c", specs = "template decoder",
    from = [[    return span->end = json_check_number(scan, p, &span->number);]],
    to = [[    return json_check_number(scan, p, &span->number);]],
    why = "the digits of a number end where they may",
  },
  {
    file = "src/template.c", specs = "decoder page template", kind = "asan",
    from = [[  if (*p != '"') return &set->places[0]; /* it may be the end of the text */
]],
    to = [[]],
    why = "the first name is read beyond the text (asan)",
  },
  {
    file = "src/template.c", specs = "decoder template", kind = "asan",
    from = [[(hash ^ hash >> 5) % TEMPLATE_PLACES]],
    to = [[(hash ^ hash >> 5) % (TEMPLATE_PLACES + 1)]],
    why = "objects with some names have a place that is none (asan)",
  },
  {
    file = "src/template.c", specs = "decoder",
    from = [[  if (fields > FIELDS_MAX) fields = FIELDS_MAX;
]],
    to = [[]],
    why = "after one large object, each that begins alike takes as much memory",
  },
  {
    file = "src/template.c", specs = "template",
    from = [[return place->credit != ASLEEP || ++place->skipped % 16 == 0;]],
    to = [[return place->credit != ASLEEP;]],
    why = "a shape that others came between is never tried again",
  },
  {
    file = "src/template.c", specs = "template",
    from = [[  if (i >= place->count) return NULL;]],
    to = [[  if (i >= 1) return NULL;]],
    why = "of several shapes only the last is tried",
  },
  {
    file = "src/template.c", specs = "template query random",
    from = [[if (place->list[k]->number == wanted) return place->list[k];]],
    to = [[if (wanted != 0) return place->list[k];]],
    why = "selected rows are read by another template",
  },
  {
    file = "src/template.c", specs = "template query",
    from = [[  t->number = ++set->made;]],
    to = [[  t->number = (uint32_t)k + 1, ++set->made;]],
    why = "selected rows are read by a template that took the place of theirs",
  },
  {
    file = "src/template.c", specs = "template page",
    from = [[  filter_forget(f);
  f->notes]],
    to = [[  f->notes]],
    why = "values of the row before count for this one",
  },
  {
    file = "src/template.c", specs = "template query",
    from = [[f->notes.had |= s->had;]],
    to = [[f->notes.had = s->had;]],
    why = "paths that rows of other shapes have are unknown",
  },
  {
    file = "src/template.c", specs = "template query",
    from = [[    if (field->node == 0) continue;]],
    to = [[    if (field->node <= 1) continue;]],
    why = "the first path of a query is not seen in a known shape",
  },
  {
    file = "src/template.c", specs = "template",
    from = [[  place->unmatched += UNMATCHED;]],
    to = [[  place->unmatched += 0;]],
    why = "no shape is learned",
  },
  {
    file = "src/template.c", specs = "template",
    from = [[  if (++place->matched == ENOUGH_USES) place->look_after = place->wasted = 0;]],
    to = [[  ++place->matched;]],
    why = "after some shapes none is learned soon",
  },
  {
    file = "src/template.c", specs = "template",
    from = [[  if (place->looked_at != before) return false;
]],
    to = [[]],
    why = "shapes that never come again are learned",
  },
  {
    file = "src/template.c", specs = "template",
    from = [[hash = hash_mix(hash, hash_bytes(gap, (size_t)(p - gap)));]],
    to = [[hash = hash_mix(hash, (uint64_t)(p - gap));]],
    why = "shapes whose names are as long are taken for alike",
  },
  {
    file = "src/template.c", specs = "template",
    from = [[  place->matched = 0;
  place->credit = 0;]],
    to = [[  place->matched = 0;]],
    why = "a shape that is learned after many others is tried seldom",
  },
  {
    file = "src/template.c", specs = "template query",
    from = [[  w.partly = n->selected;]],
    to = [[  w.partly = false;]],
    why = "of what is selected in an object nothing is built in a known shape",
  },
  {
    file = "src/template.c", specs = "template",
    from = [[  f->level = (uint8_t)level;]],
    to = [[  f->level = 1;]],
    why = "values in objects of a known shape may be too deep",
  },
  {
    file = "src/template.c", specs = "template query",
    from = [[    l->wanted_count = l->shape.count;
]],
    to = [[    l->wanted_count = 1;
]],
    why = "rows of a known shape lack their later fields",
  },
  {
    file = "src/template.c", specs = "template query",
    from = [[  const bool kept = w.wanted || w.partly;]],
    to = [[  const bool kept = true;]],
    why = "objects of which nothing is selected are built",
  },
  {
    file = "src/template.c", specs = "template decoder",
    from = [[  if (level > l->shape.levels) l->shape.levels = level;
]],
    to = [[]],
    why = "objects of a known shape may be too deep",
  },
  {
    file = "src/template.c", specs = "template decoder",
    from = [[  if (end == NULL || !end_gap(l, &l->shape.tail, end) || is_built_sooner(l)) {]],
    to = [[  if (end == NULL || is_built_sooner(l)) {]],
    why = "what stands after the last value is any",
  },
  {
    file = "src/template.c", specs = "template",
    from = [[l->filter == NULL && l->shape.count == 1 && l->shape.levels == 1;]],
    to = [[false;]],
    why = "an object of one field is built by a function, which takes longer",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[m->count == TEMPLATE_CONTAINERS || is_within_kept(m, p)) return NULL;]],
    to = [[m->count == TEMPLATE_CONTAINERS) return NULL;]],
    why = "what is in an object is decoded anew by each shape that opens it",
  },
  {
    file = "src/decode.c", specs = "decoder",
    from = [[  return keep_in_memo(d, m, s->at, s->end);]],
    to = [[  (void)m;
  return true;]],
    why = "a long string is made anew by each shape",
  },
  {
    file = "src/page.c", specs = "decoder",
    from = [[  if (g->closed) return;
  lua_rawgeti(L, table, DATA);]],
    to = [[  lua_rawgeti(L, table, DATA);]],
    why = "a page that a finalizer closed while data was made has data",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[  push_row(L, &f->reader, row);
  leave_row(L, g, row, call);
  count_row(L, f);]],
    to = [[  count_row(L, f);
  push_row(L, &f->reader, row);
  leave_row(L, g, row, call);]],
    why = "fill counts a row before it is made",
  },
  {
    file = "src/page.c", specs = "page", kind = "allocator",
    from = [[  if (f->reader.form != FORM_NONE) lua_rawseti(L, LIST, (int)f->at++);
  lua_pushvalue(L, READ);
  sm_pushinteger(L, ++f->read);
  lua_rawset(L, COUNTER);]],
    to = [[  lua_pushvalue(L, READ);
  sm_pushinteger(L, ++f->read);
  lua_rawset(L, COUNTER);
  if (f->reader.form != FORM_NONE) lua_rawseti(L, LIST, (int)f->at++);]],
    why = "a row is counted and lost where the list cannot grow",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[while ((lua_Number)f.filled + 1 <= max &&]],
    to = [[while ((lua_Number)f.filled < max &&]],
    why = "fill adds a row more than a half",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[    if (f->conditions[i].stage != 0) return true;]],
    to = [[    if (f->conditions[i].stage > 1) return true;]],
    why = "fill takes the rows of a stage for others",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[clock_now() / 1e6 >= lua_tonumber]],
    to = [[clock_now() / 1e3 >= lua_tonumber]],
    why = "the deadline is in thousandths of seconds",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[  if (closed != NULL && f.filled == 0) return]],
    to = [[  if (closed != NULL) return]],
    why = "fill does not say how many rows came before a finalizer closed the page",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[  const bool at_end = closed == NULL && find_row]],
    to = [[  const bool at_end = find_row]],
    why = "a page that was closed is at its end",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[f.at = sm_rawlen(L, LIST) + 1;]],
    to = [[f.at = 1;]],
    why = "fill writes over what the list has",
  },
  {
    file = "src/template.c", specs = "template decoder",
    from = [[  t->slot = 2 * before + 1;]],
    to = [[  t->slot = before + 1;]],
    why = "a template has the constructor of another",
  },
  {
    file = "src/template.c", specs = "template decoder", kind = "asan",
    from = [[  place->next = (k + 1) % TEMPLATES_AT_PLACE;]],
    to = [[  place->next = k + 1;]],
    why = "the fifth shape of a place overruns it (asan)",
  },
  {
    file = "src/template.c", specs = "template decoder", kind = "asan",
    from = [[  lua_rawgeti(L, table, t->slot);
  lua_rawgeti]],
    to = [[  lua_pushnil(L);
  lua_rawgeti]],
    why = "a template that a finalizer replaced is read (asan)",
  },
  {
    file = "src/template.c", specs = "template", kind = "asan",
    from = [[if (length > SHAPE_TEXT - l->used) return false;
]],
    to = [[]],
    why = "names that are too long overrun the shape (asan)",
  },
  {
    file = "src/template.c", specs = "template", kind = "asan",
    from = [[l->key_count == SHAPE_FIELDS || memchr]],
    to = [[memchr]],
    why = "a 65th field overruns the shape (asan)",
  },
  {
    file = "src/template.c", specs = "template",
    from = [[ || memchr(p, '\\', length) != NULL) return false;]],
    to = [[) return false;]],
    why = "escapes in a name are copied as they are",
  },
  {
    file = "src/template.c", specs = "template",
    from = [[k->level == level && k->length == length && memcmp]],
    to = [[k->level == level + 9u && k->length == length && memcmp]],
    why = "a name that comes twice is learned",
  },
  {
    file = "src/template.c", specs = "template query",
    from = [[level < SHAPE_NESTING && !w.asked]],
    to = [[level < SHAPE_NESTING]],
    why = "a condition on an object itself sees nothing in a known shape",
  },
  {
    file = "src/template.c", specs = "template query",
    from = [[f->no_object = w.deeper;]],
    to = [[f->no_object = false;]],
    why = "a field of what was no object is not noted",
  },
  {
    file = "src/template.c", specs = "template page", kind = "asan",
    from = [[*json_space(p + 1) != '}' && level]],
    to = [[level]],
    why = "an empty object is learned as one with fields",
  },
  {
    file = "src/template.c", specs = "template query",
    from = [[w.wanted |= n->whole;]],
    to = [[w.wanted = n->whole;]],
    why = "fields that a condition names are not built when nothing is selected",
  },
  {
    file = "src/template.c", specs = "query",
    from = [[  l->shape.had |= n->bit;
]],
    to = [[]],
    why = "paths of rows with a template are unknown",
  },
}
