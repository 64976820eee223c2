-- Single changes to the JSON, filters and pages of the C core, each of which some spec must notice.
-- `from` stands once in the file. `specs` are the spec files that fail, without "_spec.lua". Where
-- given, `kind` is what notices it instead of a plain run: "asan", those specs with the sanitizers;
-- "allocator", torture/allocator.
-- luacheck: no max line length

return {
  {
    file = "src/json.h", specs = "json",
    from = [[*p == '\n' || *p == '\r' || *p == '\t']],
    to = [[*p == '\n' || *p == '\v' || *p == '\r' || *p == '\t']],
    why = "a vertical tab is white space",
  },
  {
    file = "src/json.h", specs = "json",
    from = [[*p == '\n' || *p == '\r' || *p == '\t']],
    to = [[*p == '\n' || *p == '\f' || *p == '\r' || *p == '\t']],
    why = "a form feed is white space",
  },
  {
    file = "src/json.h", specs = "json",
    from = [[*p == '\n' || *p == '\r' || *p == '\t']],
    to = [[*p == '\n' || *p == '\t']],
    why = "a carriage return is no white space",
  },
  {
    file = "src/json.h", specs = "json",
    from = [[#define JSON_NUMBER_MAX 1000]],
    to = [[#define JSON_NUMBER_MAX 999]],
    why = "numbers may be shorter",
  },
  {
    file = "src/json.h", specs = "json", kind = "asan",
    from = [[const bool fits = (size_t)(scan->end - p) >= length;]],
    to = [[const bool fits = length > 0;]],
    why = "a word is compared beyond the text (asan)",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[c > 0xF4 || !is_tail(p[1])]],
    to = [[c > 0xF5 || !is_tail(p[1])]],
    why = "lead byte F5 begins a sequence",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[c > 0xF4 || !is_tail(p[1])]],
    to = [[c > 0xF3 || !is_tail(p[1])]],
    why = "lead byte F4 begins none",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[if (c < 0xC2 ||]],
    to = [[if (c < 0xC1 ||]],
    why = "lead byte C1 begins a sequence: overlong",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[if (c < 0xC2 ||]],
    to = [[if (c < 0xC3 ||]],
    why = "lead byte C2 begins none",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[if (c < 0xE0) return 2;]],
    to = [[if (c <= 0xE0) return 2;]],
    why = "lead byte E0 begins a sequence of two",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[(c == 0xE0 && d < 0xA0)]],
    to = [[(c == 0xE0 && d < 0x9F)]],
    why = "an overlong sequence of three is taken",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[(c == 0xE0 && d < 0xA0)]],
    to = [[(c == 0xE0 && d <= 0xA0)]],
    why = "U+0800 is refused",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[(c == 0xED && d > 0x9F)]],
    to = [[(c == 0xED && d > 0xA0)]],
    why = "a surrogate as UTF-8 is taken",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[(c == 0xED && d > 0x9F)]],
    to = [[(c == 0xEC && d > 0x9F)]],
    why = "surrogates are taken, and code points before them refused",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[  if (!is_tail(p[2])) return 0;
]],
    to = [[]],
    why = "the third byte is any",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[  if (!is_tail(p[3])) return 0;
]],
    to = [[]],
    why = "the fourth byte is any",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[if (c < 0xF0) return (c]],
    to = [[if (c <= 0xF0) return (c]],
    why = "lead byte F0 begins a sequence of three",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[(c == 0xF0 && d < 0x90)]],
    to = [[(c == 0xF0 && d < 0x8F)]],
    why = "an overlong sequence of four is taken",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[(c == 0xF4 && d > 0x8F)]],
    to = [[(c == 0xF4 && d > 0x90)]],
    why = "a code point past U+10FFFF is taken",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[((unsigned char)c & 0xC0) == 0x80]],
    to = [[((unsigned char)c & 0x80) == 0x80]],
    why = "lead bytes are taken for tail bytes",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[c >= 0xD800 && c <= 0xDFFF]],
    to = [[c >= 0xD800 && c < 0xDFFF]],
    why = "\\udfff gives bytes that are no UTF-8",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[c >= 0xD800 && c <= 0xDFFF]],
    to = [[c > 0xD800 && c <= 0xDFFF]],
    why = "\\ud800 gives bytes that are no UTF-8",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[c >= 0xD800 && c <= 0xDFFF]],
    to = [[c >= 0xD800 && c <= 0xE000]],
    why = "\\ue000 is taken for a surrogate",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[*p == '0' && is_digit(p[1])]],
    to = [[*p == '1' && is_digit(p[1])]],
    why = "leading zeros are taken",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[p[1] == '+' || p[1] == '-' ? 2 : 1]],
    to = [[p[1] == '-' ? 2 : 1]],
    why = "an exponent has no plus",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[p - start <= JSON_NUMBER_MAX]],
    to = [[p - start < JSON_NUMBER_MAX]],
    why = "a number of 1000 characters is refused",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[p - start <= JSON_NUMBER_MAX]],
    to = [[p - start <= JSON_NUMBER_MAX + 1]],
    why = "a number of 1001 characters is taken",
  },
  {
    file = "src/json.c", specs = "json page",
    from = [[if (depth == scan->max_depth) return json_fail(scan, p, JSON_TOO_DEEP);
    return *p]],
    to = [[if (depth > scan->max_depth) return json_fail(scan, p, JSON_TOO_DEEP);
    return *p]],
    why = "one level more is taken",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[check_object(scan, p, depth + 1)]],
    to = [[check_object(scan, p, depth)]],
    why = "objects count for no depth",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[check_array(scan, p, depth + 1);]],
    to = [[check_array(scan, p, depth);]],
    why = "arrays count for no depth",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[  return p == scan->end ? p : json_fail(scan, p, "the end of the text");]],
    to = [[  return *p == '\0' ? p : json_fail(scan, p, "the end of the text");]],
    why = "text after a NUL is not looked at",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[  if (*p != ':') return json_fail(scan, p, "':'");
]],
    to = [[]],
    why = "any byte is a colon",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[  p = json_space(p);
  if (*p != ':')]],
    to = [[  if (*p != ':')]],
    why = "no white space before a colon",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[  p = json_space(p + 1);
  if (*p == ']') return p + 1;]],
    to = [[  p++;
  if (*p == ']') return p + 1;]],
    why = "no white space after a bracket",
  },
  {
    file = "src/json.c", specs = "page",
    from = [[depth += *p == '{' || *p == '[' ? 1u : -1u;]],
    to = [[depth += *p == '{' ? 1u : *p == '[' ? 0u : *p == ']' ? 0u : -1u;]],
    why = "an array that is skipped ends with the text after its bracket",
  },
  {
    file = "src/json.c", specs = "page query",
    from = [[*p != ']' && (unsigned char)*p > ' ']],
    to = [[(unsigned char)*p > ' ']],
    why = "a bracket belongs to the number before it",
  },
  {
    file = "src/json.c", specs = "json",
    from = [=[['f'] = HEX | 15, ['A']]=],
    to = [=[['f'] = HEX | 15, ['g'] = HEX | 15, ['A']]=],
    why = "g is a hexadecimal digit",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[['a'] = HEX | 10,]],
    to = [[['a'] = HEX | 10, ['`'] = HEX | 9,]],
    why = "` is a hexadecimal digit",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[['F'] = HEX | 15}]],
    to = [[['F'] = HEX | 15, ['G'] = HEX | 15}]],
    why = "G is a hexadecimal digit",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[['A'] = HEX | 10,]],
    to = [[['A'] = HEX | 10, ['@'] = HEX | 9,]],
    why = "@ is a hexadecimal digit",
  },
  {
    file = "src/json.c", specs = "json decode",
    from = [[['A'] = HEX | 10,]],
    to = [[['A'] = HEX | 11,]],
    why = "A is 11",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[['9'] = HEX | 9,]],
    to = [[['9'] = HEX | 9, [':'] = HEX | 10,]],
    why = ": is a hexadecimal digit",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[['t'] = '\t'};]],
    to = [[['t'] = '\t', ['v'] = '\v'};]],
    why = "\\v is an escape",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[['t'] = '\t'};]],
    to = [[['t'] = '\t', ['\''] = '\''};]],
    why = "\\' is an escape",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[['t'] = '\t'};]],
    to = [[['t'] = '\t', ['a'] = '\a'};]],
    why = "\\a is an escape",
  },
  {
    file = "src/json.c", specs = "json decode",
    from = [[['/'] = '/', ]],
    to = [[]],
    why = "\\/ is no escape",
  },
  {
    file = "src/json.c", specs = "json decode",
    from = [[['f'] = '\f',]],
    to = [[['f'] = '\v',]],
    why = "\\f is another character",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[  if (p[1] != 'u') return json_fail]],
    to = [[  if (p[1] != 'u' && p[1] != '\0') return json_fail]],
    why = "a backslash and a NUL begin four digits",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[(hex_digit(p[2]) & hex_digit(p[3]) & hex_digit(p[4]) & hex_digit(p[5]) & HEX) != 0)]],
    to = [[(hex_digit(p[2]) & hex_digit(p[3]) & hex_digit(p[4]) & HEX) != 0)]],
    why = "the fourth hexadecimal digit is any",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[(hex_digit(p[2]) & hex_digit(p[3])]],
    to = [[(hex_digit(p[3])]],
    why = "the first hexadecimal digit is any",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[if (scan->end - p >= 6 &&]],
    to = [[if (scan->end - p >= 7 &&]],
    why = "four digits at the end of the text are too few",
  },
  {
    file = "src/json.c", specs = "json", kind = "asan",
    from = [[if (scan->end - p >= 6 &&]],
    to = [[if (scan->end - p >= 2 &&]],
    why = "digits are read beyond the text (asan)",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[  for (p += 2; hex_digit(*p) != 0;)]],
    to = [[  for (p += 1; hex_digit(*p) != 0;)]],
    why = "a bad digit is told at the letter u",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[  if ((unsigned char)*p >= 0x80) return check_utf8(scan, p);]],
    to = [[  if ((unsigned char)*p > 0x80) return check_utf8(scan, p);]],
    why = "another message for byte 80",
  },
  {
    file = "src/json.c", specs = "json decode",
    from = [[    *escaped = true;
    return check_escapes(scan, p);]],
    to = [[    *escaped = p[1] != 'u';
    return check_escapes(scan, p);]],
    why = "\\u and four digits stay as they are",
  },
  {
    file = "src/json.c", specs = "json decode",
    from = [[if (next - block >= SIMD_BLOCK) p = next;]],
    to = [[]],
    why = "an escape across two blocks is looked at twice",
  },
  {
    file = "src/json.c", specs = "json decode",
    from = [[stops = next - block < SIMD_BLOCK ? stops & ~0u << (next - block) : 0;]],
    to = [[stops &= ~0u << (next - block) % 32;]],
    why = "what stood before many escapes is looked at again, behind them",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[stops & ~0u << (next - block)]],
    to = [[stops & ~0u << (next - block) << 1]],
    why = "what stands behind an escape is not looked at",
  },
  {
    file = "src/json.c", specs = "page template",
    from = [[      passed = i + 2;]],
    to = [[      passed = i + 1;]],
    why = "in a row an escaped quote ends a string",
  },
  {
    file = "src/json.c", specs = "page template",
    from = [[    p += passed > SIMD_BLOCK ? passed : SIMD_BLOCK;]],
    to = [[    p += SIMD_BLOCK;]],
    why = "in a row a quote that is escaped from the block before ends a string",
  },
  {
    file = "src/json.c", specs = "page template",
    from = [[      *escaped = true;
      passed]],
    to = [[      passed]],
    why = "in a row escapes stay as they are",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[(unsigned)(c >= 0x80) +]],
    to = [[(unsigned)(c > 0x80) +]],
    why = "\\u0080 gives a byte that is no UTF-8",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[(unsigned)(c >= 0x80) +]],
    to = [[(unsigned)(c >= 0x7F) +]],
    why = "\\u007f gives an overlong sequence",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[(c >= 0x800) +]],
    to = [[(c > 0x800) +]],
    why = "\\u0800 gives bytes that are no UTF-8",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[+ (c >= 0x10000),]],
    to = [[+ (c > 0x10000),]],
    why = "U+10000 gives bytes that are no UTF-8",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[+ (c >= 0x10000),]],
    to = [[+ (c >= 0xFFFF),]],
    why = "\\uffff gives an overlong sequence",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[{0, 0xC0, 0xE0, 0xF0}]],
    to = [[{0, 0xC0, 0xC0, 0xF0}]],
    why = "sequences of three have a lead byte of two",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[(c >> ((shift - 12) & 31) & 0x3F)]],
    to = [[(c >> ((shift - 12) & 31) & 0x1F)]],
    why = "the third byte of four lacks a bit",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[  return out + 1 + tails;]],
    to = [[  return out + (tails > 2 ? 3 : 1 + tails);]],
    why = "sequences of four lose their last byte",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[if (p[0] != '\\' || p[1] != 'u') return 0;]],
    to = [[if (p[1] != 'u') return 0;]],
    why = "a high surrogate and a plain letter u are a pair",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[if (p[0] != '\\' || p[1] != 'u') return 0;]],
    to = [[if (p[0] != '\\') return 0;]],
    why = "what any escape has behind it is a low surrogate",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[return c >= 0xDC00 && c]],
    to = [[return c > 0xDC00 && c]],
    why = "the first low surrogate is none",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[return c >= 0xDC00 && c]],
    to = [[return c >= 0xD800 && c]],
    why = "two high surrogates are a pair",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[c <= 0xDFFF ? c : 0]],
    to = [[c <= 0xE000 ? c : 0]],
    why = "U+E000 is a low surrogate",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[c <= 0xDFFF ? c : 0]],
    to = [[c < 0xDFFF ? c : 0]],
    why = "the last low surrogate is none",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[if (c >= 0xD800 && c <= 0xDFFF) {]],
    to = [[if (c >= 0xD800 && c < 0xDFFF) {]],
    why = "\\udfff gives bytes that are no UTF-8",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[if (c >= 0xD800 && c <= 0xDFFF) {]],
    to = [[if (c > 0xD800 && c <= 0xDFFF) {]],
    why = "\\ud800 gives bytes that are no UTF-8",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[if (c >= 0xD800 && c <= 0xDFFF) {]],
    to = [[if (c >= 0xD800 && c <= 0xE000) {]],
    why = "\\ue000 is taken for a surrogate",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[c < 0xDC00 ? low_surrogate(*p) : 0]],
    to = [[low_surrogate(*p)]],
    why = "two low surrogates are a pair",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[c < 0xDC00 ? low_surrogate(*p) : 0]],
    to = [[c < 0xDBFF ? low_surrogate(*p) : 0]],
    why = "the last high surrogate has no pair",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[*p += low != 0 ? 6 : 0;]],
    to = [[*p += low != 0 ? 6 : 2;]],
    why = "two characters behind a lone surrogate are lost",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[if (*p == '0' && is_digit(p[1])) return json_fail]],
    to = [[if (*p == '1' && is_digit(p[1])) return json_fail]],
    why = "leading zeros are taken",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[  if (*p == 'e' || *p == 'E') {]],
    to = [[  if (*p == 'e') {]],
    why = "E begins no exponent",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[p += p[1] == '+' || p[1] == '-' ? 2 : 1;]],
    to = [[p += p[1] == '-' ? 2 : 1;]],
    why = "an exponent has no plus",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[? 2 : 1;
  if (!is_digit(*p)) return json_fail(scan, p, "a digit");
]],
    to = [[? 2 : 1;
]],
    why = "an exponent may have no digits",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[    if (exponent < 10000) exponent]],
    to = [[    exponent]],
    why = "an exponent wraps an int",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[    if (exponent < 10000) exponent]],
    to = [[    if (exponent < 10) exponent]],
    why = "an exponent of three digits counts as one of two",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[*power += down ? -exponent : exponent;]],
    to = [[*power = down ? -exponent : exponent;]],
    why = "a fraction with an exponent loses its point",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[n->power = -(int)(p - fraction);]],
    to = [[n->power = -(int)(p - whole) + 1;]],
    why = "digits before the point count as behind it",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[    n->power = -(int)(p - fraction);
    n->integer = false;
]],
    to = [[    n->power = -(int)(p - fraction);
]],
    why = "a fraction is an integer",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[&n->power)) == NULL) return NULL;
    n->integer = false;
]],
    to = [[&n->power)) == NULL) return NULL;
]],
    why = "a number with an exponent is an integer",
  },
  {
    file = "src/json.c", specs = "decode random",
    from = [[    if (is_below_1) count = 0;]],
    to = [[    count = 0;]],
    why = "digits before the point are not counted, and wrap",
  },
  {
    file = "src/json.c", specs = "decode random",
    from = [[    while (is_below_1 && *first == '0')]],
    to = [[    while (*first == '0')]],
    why = "zeros behind digits are not counted, and wrap",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[n->exact = count <= 19;]],
    to = [[n->exact = count <= 20;]],
    why = "a mantissa wraps",
  },
  {
    file = "src/json.c", specs = "decode",
    from = [[n->exact = count <= 19;]],
    to = [[n->exact = count <= 18;]],
    why = "integers of 19 digits become text",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[p - start <= JSON_NUMBER_MAX]],
    to = [[p - start < JSON_NUMBER_MAX]],
    why = "a number of 1000 characters is refused",
  },
  {
    file = "src/json.c", specs = "json",
    from = [[p - start <= JSON_NUMBER_MAX]],
    to = [[p - start <= JSON_NUMBER_MAX + 1]],
    why = "a number of 1001 characters is taken",
  },
  {
    file = "src/json.c", specs = "json page",
    from = [[json_check_word(scan, p, "true", 4);]],
    to = [[json_check_word(scan, p, "true", 3);]],
    why = "tru is a word, where it is only checked",
  },
  {
    file = "src/json.c", specs = "json page",
    from = [[json_check_word(scan, p, "false", 5);]],
    to = [[json_check_word(scan, p, "false", 4);]],
    why = "fals is a word, where it is only checked",
  },
  {
    file = "src/json.c", specs = "json page",
    from = [[json_check_word(scan, p, "null", 4);]],
    to = [[json_check_word(scan, p, "null", 3);]],
    why = "nul is a word, where it is only checked",
  },
  {
    file = "src/json.c", specs = "json page",
    from = [[    if (*p != '-' && !is_digit(*p)) return json_fail(scan, p, "a value");
]],
    to = [[]],
    why = "what is no value is told as a bad number, where it is only checked",
  },
  {
    file = "src/json.c", specs = "json page",
    from = [[    if (*p == ']') return p + 1;
    if (*p != ',') return json_fail(scan, p, "',' or ']'");
]],
    to = [[    if (*p == ']') return p + 1;
]],
    why = "any byte is a comma in an array, where it is only checked",
  },
  {
    file = "src/json.c", specs = "json page",
    from = [[    if (*p == '}') return p + 1;
    if (*p != ',') return json_fail(scan, p, "',' or '}'");
]],
    to = [[    if (*p == '}') return p + 1;
]],
    why = "any byte is a comma in an object, where it is only checked",
  },
  {
    file = "src/json.c", specs = "json page",
    from = [[  if (*p != '"') return json_fail(scan, p, "a name in quotes");
]],
    to = [[]],
    why = "a name may begin with any byte, where it is only checked",
  },
  {
    file = "src/simd.h", specs = "json",
    from = [[(unsigned char)c >= 0x20 && (unsigned char)c < 0x80]],
    to = [[(unsigned char)c >= 0x1F && (unsigned char)c < 0x80]],
    why = "byte 1F is taken, near the end",
  },
  {
    file = "src/simd.h", specs = "json",
    from = [[(unsigned char)c >= 0x20 && (unsigned char)c < 0x80]],
    to = [[(unsigned char)c >= 0x20 && (unsigned char)c < 0x81]],
    why = "byte 80 is taken, near the end",
  },
  {
    file = "src/simd.h", specs = "json",
    from = [[(unsigned char)c >= 0x20 && (unsigned char)c < 0x80]],
    to = [[(unsigned char)c >= 0x20 && (unsigned char)c < 0x7F]],
    why = "byte 7F is refused, near the end",
  },
  {
    file = "src/simd.h", specs = "page query template",
    from = [[/* brackets become braces */
    const __m128i opening = _mm_cmpeq_epi8(folded, _mm_set1_epi8('{'));]],
    to = [[/* brackets become braces */
    const __m128i opening = _mm_cmpeq_epi8(x, _mm_set1_epi8('{'));]],
    why = "an opening bracket is not seen, far from the end",
  },
  {
    file = "src/simd.h", specs = "page query template",
    from = [[while (*p != '"' && (*p | 0x20) != '{']],
    to = [[while (*p != '"' && *p != '{']],
    why = "an opening bracket is not seen, near the end",
  },
  {
    file = "src/simd.h", specs = "query",
    from = [[(a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1])]],
    to = [[(a[0] == b[0] && a[n - 1] == b[n - 1])]],
    why = "the middle of three bytes is not compared",
  },
  {
    file = "src/simd.h", specs = "query",
    from = [[return x == y && v == w;]],
    to = [[return x == y;]],
    why = "names of 5 to 7 letters are told apart by four",
  },
  {
    file = "src/simd.h", specs = "query",
    from = [[memcpy(&v, a + n - 4, 4);]],
    to = [[memcpy(&v, a + n - 5, 4);]],
    why = "no short name is the same",
  },
  {
    file = "src/simd.h", specs = "query",
    from = [[for (size_t i = 0; i + 8 < n; i += 8)]],
    to = [[for (size_t i = 0; i + 16 < n; i += 8)]],
    why = "bytes in the middle of 9 to 16 are not compared",
  },
  {
    file = "src/simd.h", specs = "query",
    from = [[return simd_load(a + n - 8) == simd_load(b + n - 8);]],
    to = [[return true;]],
    why = "the last bytes of a longer name are not compared",
  },
  {
    file = "src/simd.h", specs = "json",
    from = [[(unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"']],
    to = [[(unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\'']],
    why = "a quote of another kind ends a string, near the end of the text",
  },
  {
    file = "src/simd.h", specs = "json",
    from = [[_mm_set1_epi8(0x20)); /* signed: beyond ASCII too */]],
    to = [[_mm_set1_epi8(0x1F)); /* signed: beyond ASCII too */]],
    why = "byte 1F is taken at the beginning of a string, far from the end",
  },
  {
    file = "src/simd.h", specs = "json",
    from = [[    const __m128i other = _mm_cmplt_epi8(x, _mm_set1_epi8(0x20));
]],
    to = [[    const __m128i other = _mm_cmplt_epi8(x, _mm_set1_epi8(0x1F));
]],
    why = "byte 1F is taken behind what is not plain, far from the end",
  },
  {
    file = "src/simd.h", specs = "json", kind = "asan",
    from = [[static inline const char *simd_plain(const char *p, const char *end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {]],
    to = [[static inline const char *simd_plain(const char *p, const char *end) {
#if defined(__SSE2__)
  for (; end - p >= 8; p += 16) {]],
    why = "a string is looked at beyond the text (asan)",
  },
  {
    file = "src/simd.h", specs = "json page", kind = "asan",
    from = [[static inline unsigned simd_stops(const char *p, const char *end) {
#if defined(__SSE2__)
  if (end - p >= SIMD_BLOCK) {]],
    to = [[static inline unsigned simd_stops(const char *p, const char *end) {
#if defined(__SSE2__)
  if (end - p >= SIMD_BLOCK / 2) {]],
    why = "a string with escapes is looked at beyond the text (asan)",
  },
  {
    file = "src/simd.h", specs = "page template", kind = "asan",
    from = [[static inline unsigned simd_quotes(const char *p, const char *end) {
#if defined(__SSE2__)
  if (end - p >= SIMD_BLOCK) {]],
    to = [[static inline unsigned simd_quotes(const char *p, const char *end) {
#if defined(__SSE2__)
  if (end - p >= 0) {]],
    why = "a string of a row is looked at beyond the text (asan)",
  },
  {
    file = "src/simd.h", specs = "page template",
    from = [[    stops |= (unsigned)(p[i] == '"' || p[i] == '\\') << i;]],
    to = [[    stops |= (unsigned)(p[i] == '"') << i;]],
    why = "escapes in a row are not seen, near the end of the text",
  },
  {
    file = "src/simd.h", specs = "page template",
    from = [[_mm_or_si128(quote, escape));
  }
#endif
  unsigned stops]],
    to = [[quote);
  }
#endif
  unsigned stops]],
    why = "escapes in a row are not seen, far from the end",
  },
  {
    file = "src/simd.h", specs = "json decode",
    from = [[  for (int i = 0; i < SIMD_BLOCK && i <= end - p; i++)
    stops |= (unsigned)!simd_is_plain]],
    to = [[  for (int i = 0; i < SIMD_BLOCK - 1 && i <= end - p; i++)
    stops |= (unsigned)!simd_is_plain]],
    why = "the sixteenth byte is not looked at, near the end of the text",
  },
  {
    file = "src/simd.h", specs = "decode",
    from = [[  for (; last - p >= 16; p += 16, out += 16) {]],
    to = [[  for (; last - p >= 1; p += 16, out += 16) {]],
    why = "the string behind an escaped one belongs to it",
  },
  {
    file = "src/simd.h", specs = "decode",
    from = [[  while (p < last && *p != '\\')]],
    to = [[  while (*p != '\\' && *p != '\0')]],
    why = "an escaped string goes on beyond its quote",
  },
  {
    file = "src/simd.h", specs = "page query template",
    from = [[_mm_or_si128(_mm_or_si128(quote, opening), closing)]],
    to = [[_mm_or_si128(opening, closing)]],
    why = "a bracket in a string counts, far from the end",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[negative ? SM_INTEGER_MIN : SM_INTEGER_MAX]],
    to = [[SM_INTEGER_MAX]],
    why = "the least integer becomes text",
  },
  {
    file = "src/number.c", specs = "query",
    from = [[if (b >= 9223372036854775808.0) return -1;]],
    to = [[if (b > 9223372036854775808.0) return -1;]],
    why = "2^63 is converted out of range",
  },
  {
    file = "src/number.c", specs = "query",
    from = [[if (b < -9223372036854775808.0) return 1;]],
    to = [[if (b <= -9223372036854775808.0) return 1;]],
    why = "the least integer is more than itself as a fraction",
  },
  {
    file = "src/number.c", specs = "query",
    from = [[return a < whole ? -1 : 1;]],
    to = [[return a <= whole ? 1 : -1;]],
    why = "integers and fractions are ordered the other way",
  },
  {
    file = "src/number.c", specs = "query",
    from = [[return compare_doubles((double)whole, b);]],
    to = [[return 0;]],
    why = "1 equals 1.5",
  },
  {
    file = "src/number.c", specs = "query",
    from = [[return -compare_mixed(b->integer, a->real);]],
    to = [[return compare_mixed(b->integer, a->real);]],
    why = "fractions and integers are ordered the other way",
  },
  {
    file = "src/number.c", specs = "decode number",
    from = [[dot == NULL || strcmp(mark, ".") == 0]],
    to = [[dot == NULL || *mark != '\0']],
    why = "fractions stop at the point where the locale has a comma",
  },
  {
    file = "src/number.c", specs = "decode number", kind = "asan",
    from = [[n->power < -POWER_MAX || n->power > POWER_MAX]],
    to = [[n->power < -POWER_MAX || n->power > POWER_MAX + 1]],
    why = "a power beyond the table (asan)",
  },
  {
    file = "src/number.c", specs = "decode number", kind = "asan",
    from = [[n->power < -POWER_MAX || n->power > POWER_MAX]],
    to = [[n->power < -POWER_MAX - 1 || n->power > POWER_MAX]],
    why = "a divisor beyond the table (asan)",
  },
  {
    file = "src/number.c", specs = "decode number", kind = "asan",
    from = [[&& n->power >= -22 && n->power <= 22)]],
    to = [[&& n->power >= -22 && n->power <= 23)]],
    why = "a power beyond those that are exact (asan)",
  },
  {
    file = "src/number.c", specs = "decode number", kind = "asan",
    from = [[&& n->power >= -22 && n->power <= 22)]],
    to = [[&& n->power >= -23 && n->power <= 22)]],
    why = "a divisor beyond those that are exact (asan)",
  },
  {
    file = "src/number.c", specs = "decode", kind = "asan",
    from = [[  if (n->digits == 0)
    *value = 0;
  else if]],
    to = [[  if]],
    why = "the leading zeros of 0 are counted, which is undefined (asan)",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[if (!n->exact || n->power]],
    to = [[if (n->power]],
    why = "a mantissa that wrapped is read",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[n->digits <= UINT64_C(1) << 53 &&]],
    to = [[n->digits <= UINT64_C(1) << 60 &&]],
    why = "a mantissa beyond 2^53 is rounded twice",
  },
  {
    file = "src/number.c", specs = "decode number",
    from = [[to_nearest(quotient | more, down]],
    to = [[to_nearest(quotient | (more && false), down]],
    why = "what a quotient leaves does not count: a half is rounded wrong",
  },
  {
    file = "src/number.c", specs = "decode number",
    from = [[const bool more = (uint64_t)dividend != quotient * divisor;]],
    to = [[const bool more = true;]],
    why = "an exact half is rounded up",
  },
  {
    file = "src/number.c", specs = "decode random",
    from = [[(wide)(digits << up) << 63;]],
    to = [[(wide)digits << 63;]],
    why = "a quotient has too few bits",
  },
  {
    file = "src/number.c", specs = "decode random",
    from = [[down - up - 63 + power]],
    to = [[down - up - 62 + power]],
    why = "quotients are twice as large",
  },
  {
    file = "src/number.c", specs = "decode number",
    from = [[| ((uint64_t)aligned != 0)]],
    to = [[]],
    why = "what is below the 64 highest bits of a product does not count: a half is rounded wrong",
  },
  {
    file = "src/number.c", specs = "decode random",
    from = [[  if (high == 0) return to_nearest(low, power);
]],
    to = [[  if (high == 0) return to_nearest(low, power + 1);
]],
    why = "small products are twice as large",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[FIVES[power];]],
    to = [[FIVES[power - 1];]],
    why = "products are a fifth",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[  if (n->negative) *value = -*value;
]],
    to = [[]],
    why = "negative fractions become positive",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[if (isinf(real.real)) real.kind = NUMBER_TEXT;]],
    to = [[if (real.real > 1e308) real.kind = NUMBER_TEXT;]],
    why = "a large finite number becomes text, and -1e400 an infinity",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[n->exact && n->digits <= limit ?]],
    to = [[n->digits <= limit ?]],
    why = "integers that wrapped are numbers",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[n->exact && n->digits <= limit ?]],
    to = [[n->exact && n->digits < limit ?]],
    why = "the largest integers become text",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[n->exact && n->digits <= limit ?]],
    to = [[n->exact && n->digits <= limit + 1 ?]],
    why = "integers just past the range wrap",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[n->negative ? SM_INTEGER_MIN : SM_INTEGER_MAX]],
    to = [[SM_INTEGER_MAX]],
    why = "the least integer becomes text",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[(n->negative && n->digits == 0 && n->exact)]],
    to = [[false]],
    why = "-0 becomes 0",
  },
  {
    file = "src/number.c", specs = "decode",
    from = [[(n->negative && n->digits == 0 && n->exact)]],
    to = [[(n->negative && n->digits == 0)]],
    why = "-2^64, whose digits wrap to 0, is read as a fraction",
  },
  {
    file = "src/number.c", specs = "decode number",
    from = [[  memcpy(copy + head + size, dot + 1, length - head - 1);]],
    to = [[  memcpy(copy + head + size, dot, length - head - 1);]],
    why = "fractions have two points where the locale has a comma",
  },
  {
    file = "src/number.c", specs = "decode number",
    from = [[  copy[length - 1 + size] = '\0';]],
    to = [[  copy[length - 2 + size] = '\0';]],
    why = "the last digit is lost where the locale has a comma",
  },
  {
    file = "src/hash.h", specs = "core",
    from = [[hash_mix(UINT64_C(0xD6E8FEB86659FD93), length);]],
    to = [[hash_mix(UINT64_C(0xD6E8FEB86659FD93), 0);]],
    why = "a and a NUL have one digest",
  },
  {
    file = "src/hash.h", specs = "core",
    from = [[return hash ^ hash >> 32;]],
    to = [[return hash ^ hash >> 31;]],
    why = "digests differ from those in saved tokens",
  },
  {
    file = "src/hash.h", specs = "core",
    from = [[hash = hash_mix(hash_mix(hash, hash_word(bytes, length)), 0);]],
    to = [[hash = hash_mix(hash, hash_word(bytes, length));]],
    why = "digests differ from those in saved tokens",
  },
  {
    file = "src/hash.h", specs = "core",
    from = [[hash_mix(hash, hash_word(bytes, length))]],
    to = [[hash_mix(hash, 0)]],
    why = "the last bytes do not count",
  },
  {
    file = "src/hash.h", specs = "core",
    from = [[for (; length >= size; length]],
    to = [[for (; length > size; length]],
    why = "digests of 8, 16, ... bytes differ from those in saved tokens",
  },
  {
    file = "src/seen.c", specs = "page",
    from = [[  larger.count = t->count;
]],
    to = [[]],
    why = "a bounded seen keeps more than twice its bound",
  },
  {
    file = "src/seen.c", specs = "page",
    from = [[t->count == s->max]],
    to = [[t->count > s->max]],
    why = "a bounded seen keeps one row more",
  },
  {
    file = "src/seen.c", specs = "page",
    from = [[  s->old = s->young;
]],
    to = [[]],
    why = "a bounded seen forgets all at once",
  },
  {
    file = "src/seen.c", specs = "page",
    from = [[return has(&s->young, id) || has(&s->old, id);]],
    to = [[return has(&s->young, id);]],
    why = "the generation before is not known",
  },
  {
    file = "src/seen.c", specs = "page",
    from = [[  if (has(t, id)) return true;
]],
    to = [[]],
    why = "a row counts twice",
  },
  {
    file = "src/hash.h", specs = "core",
    from = [[for (int i = HASH_DIGITS - 1; i >= 0; i--, bits >>= 4)]],
    to = [[for (int i = 0; i < HASH_DIGITS; i++, bits >>= 4)]],
    why = "digits in the other order",
  },
  {
    file = "src/seen.c", specs = "page",
    from = [[max <= (lua_Number)(1 << 30)]],
    to = [[max < (lua_Number)(1 << 30)]],
    why = "2^30 rows are refused",
  },
  {
    file = "src/seen.c", specs = "page",
    from = [[i = (i + 1) & (t->size - 1);]],
    to = [[i = (i + 1) & (t->size - 2);]],
    why = "a set that has odd slots only half used never ends",
  },
  {
    file = "src/seen.c", specs = "page",
    from = [[t->count >= t->size / 2 && !grow(t)]],
    to = [[t->count >= t->size && !grow(t)]],
    why = "a full set is searched for ever",
  },
  {
    file = "src/seen.c", specs = "decoder",
    from = [[NULL : luaL_checkudata(L, argument, SEEN);]],
    to = [[NULL : lua_touserdata(L, argument);]],
    why = "a page is made with another userdata as a seen",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[(size_t)(q - p) - 1};]],
    to = [[(size_t)(q - p)};]],
    why = "a string has its closing quote",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[return t.length >= o->length && memcmp(t.bytes, o->text, o->length) == 0;]],
    to = [[return memcmp(t.bytes, o->text, o->length) == 0;]],
    why = "starts_with looks beyond the value",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[return t.length >= o->length && memcmp(t.bytes + t.length]],
    to = [[return memcmp(t.bytes + t.length]],
    why = "ends_with looks before the value",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[return t.length >= o->length && memcmp(t.bytes, o->text]],
    to = [[return t.length > o->length && memcmp(t.bytes, o->text]],
    why = "no string starts with itself",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[while ((size_t)(end - p) >= part->length) {]],
    to = [[while ((size_t)(end - p) > part->length) {]],
    why = "the end of a string is not looked at",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[    const size_t starts = (size_t)(end - p) - part->length + 1;]],
    to = [[    const size_t starts = (size_t)(end - p) - part->length + 2;]],
    why = "contains looks beyond the value",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[  if (part->length == 0) return true;
]],
    to = [[]],
    why = "contains '' fails, or reads before the operand",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[return (a.length > b->length) - (a.length < b->length);]],
    to = [[return 0;]],
    why = "a string equals those that begin with it",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[  if (s->type != o->type) return false;
]],
    to = [[  if (s->type != o->type && o->type != SCALAR_BOOLEAN) return false;
]],
    why = "false equals what is no boolean",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[s.type = s.number.kind == NUMBER_TEXT ? SCALAR_STRING : SCALAR_NUMBER;]],
    to = [[s.type = SCALAR_NUMBER;]],
    why = "a number beyond the range is no string",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[*p == '-' || (*p >= '0' && *p <= '9')]],
    to = [[*p == '-' || (*p > '0' && *p <= '9')]],
    why = "0 is no number",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[get_order(s, o, &order) && order <= 0;]],
    to = [[get_order(s, o, &order) && order < 0;]],
    why = "le is lt",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[get_order(s, o, &order) && order >= 0;]],
    to = [[get_order(s, o, &order) && order != 0;]],
    why = "ge is ne",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[for (size_t i = 0; i < c->count; i++)]],
    to = [[for (size_t i = 1; i < c->count; i++)]],
    why = "the first of one_of does not count",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[case OP_EXISTS: return c->operands[0].boolean;]],
    to = [[case OP_EXISTS: return true;]],
    why = "exists = false holds for what is there",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[if (c->code == OP_EXISTS) return !c->operands[0].boolean;]],
    to = [[if (c->code == OP_EXISTS) return true;]],
    why = "exists = true holds for what is absent",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[return p == NULL || *p == 'n' ? holds]],
    to = [[return p == NULL ? holds]],
    why = "null exists",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[    f->nodes[i].value = NULL;
    forget(f, i);
]],
    to = [[    f->nodes[i].value = NULL;
]],
    why = "of a parent that comes twice, the fields two names deeper are kept",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[if (f->nodes[i].value != NULL) forget(f, i);]],
    to = [[]],
    why = "of a parent that comes twice, the fields are kept",
  },
  {
    file = "src/filter.c", specs = "query", kind = "allocator",
    from = [[      f->out_of_memory = true;
]],
    to = [[]],
    why = "without memory a row is lost (torture/allocator)",
  },
  {
    file = "src/filter.c", specs = "query", kind = "asan",
    from = [[if (room > f->scratch_size) {]],
    to = [[if (room > f->scratch_size + 64) {]],
    why = "a decoded string overruns its room (asan)",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[if (depth == scan->max_depth) return json_fail(scan, p, JSON_TOO_DEEP);
  p = json_space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    const char *key = p, *key_end;
    bool]],
    to = [[p = json_space(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    const char *key = p, *key_end;
    bool]],
    why = "objects that where goes into may be too deep",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[n->length == name.length && simd_same]],
    to = [[n->length <= name.length && simd_same]],
    why = "a name that begins with another is taken for it",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[if (escaped) name = unescape(f, key + 1, end - 1);]],
    to = [[(void)escaped;]],
    why = "an escaped name is not known",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[n->length == name.length && simd_same(n->name, name.bytes, name.length)]],
    to = [[n->length == name.length]],
    why = "names of one length are the same",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[case OP_ONE_OF: return is_one_of(s, c);]],
    to = [[case OP_ONE_OF: return is_equal(s, o);]],
    why = "one_of is eq of the first",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[case OP_NE: return !is_equal(s, o);]],
    to = [[case OP_NE: return s->type != SCALAR_NONE && !is_equal(s, o);]],
    why = "ne fails for objects and arrays",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[f->nodes[i].tested || f->notes.had != f->paths;]],
    to = [[f->notes.had != f->paths;]],
    why = "conditions on nested fields see nothing",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[if (f->conditions[k].node == i) return true;]],
    to = [[if (f->conditions[k].node == i) return false;]],
    why = "a condition on an object itself sees nothing in a known shape",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[case OP_NONE_OF: return !is_one_of(s, c);]],
    to = [[case OP_NONE_OF: return !is_equal(s, o);]],
    why = "none_of is ne of the first",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[return c->code == OP_NE || c->code == OP_NONE_OF;]],
    to = [[return c->code == OP_NE;]],
    why = "none_of does not hold for what is absent",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[    return s.type == SCALAR_STRING;
]],
    to = [[    return s.type != SCALAR_NONE;
]],
    why = "numbers and booleans have a length",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[    *length = s.text.length;
]],
    to = [[    *length = (size_t)(json_skip_value(p, end) - p) - 2;
]],
    why = "the length of a string is that of its spelling",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[  for (size_t i = 1; i <= c->inner; i++)
    if (!holds_for_scalar(&c[i], &s)) return false;]],
    to = [[  for (size_t i = 1; i <= c->inner && i < 2; i++)
    if (!holds_for_scalar(&c[i], &s)) return false;]],
    why = "of a length one operator counts",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[if (*p != '[') return false;]],
    to = [[if (*p == '{') return false;]],
    why = "any looks at what is no array (or reads beyond it)",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[      i += 1 + c[i].inner;
]],
    to = [[      i++;
]],
    why = "the operators of an element's length are taken for the element's",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[    if (i > c->inner) return true;
]],
    to = [[    if (i > 1 || c->inner == 0) return true;
]],
    why = "one of the operators of any is enough",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[i += 1 + f->conditions[i].inner) {
    const condition *c = &f->conditions[i];
    if (holds]],
    to = [[i++) {
    const condition *c = &f->conditions[i];
    if (holds]],
    why = "the operators of a length are taken for the field's",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[    return c->stage != 0;
]],
    to = [[    return false;
]],
    why = "a row that does not pass a stage is left out",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[    f->dropped = c->stage;
    return c->stage != 0;]],
    to = [[    f->dropped = c->stage;
    if (c->stage == 0) return false;]],
    why = "the last stage that a row does not pass counts",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[  f->notes.had |= filter_had(f, i, p);
  if]],
    to = [[  if]],
    why = "paths of rows without a template are unknown",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[(f->notes.values.unsettled | f->notes.elements.unsettled) != 0)]],
    to = [[f->condition_count == 1)]],
    why = "only types that the first condition comes to are noted",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[    if (notes->elements.unsettled & n->bit && *n->value == '[')]],
    to = [[    if (n->bit == 0)]],
    why = "types of elements are not noted",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[f->key != 0 || f->notes.had != f->paths;]],
    to = [[f->key != 0;]],
    why = "without conditions and a key, all paths are unknown",
  },
  {
    file = "src/filter.c", specs = "query",
    from = [[  memset(&f->notes, 0, sizeof f->notes);
]],
    to = [[]],
    why = "what was noted of a page counts for the next",
  },
  {
    file = "src/filter.c", specs = "query",
    equivalent = "query.c looks at the refused types once more: the types are noted for longer",
    from = [[if (others & bit || !(refused->paths[type] & bit)) n->]],
    to = [[if (others & bit) n->]],
    why = "a path is settled by values of two types alone",
  },
  {
    file = "src/number.c", specs = "encode",
    from = [[*out++ = is_mark ? '.' : *text;]],
    to = [[*out++ = *text;]],
    why = "a number is written with the decimal mark of the locale",
  },
  {
    file = "src/encode.c", specs = "encode",
    from = [[for (int64_t i = added + 1; i <= count; i++) {]],
    to = [[for (int64_t i = 1; i <= count; i++) {]],
    why = "elements come twice where a table is out of order",
  },
  {
    file = "src/request.c", specs = "form",
    from = [[  if (text != NULL && !request_is_header_value(text, length))]],
    to = [[  if (text != NULL && !request_is_header_value(text, strlen(text)))]],
    why = "a part's text is cut at a NUL",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[    n.kind = NUMBER_INTEGER;
]],
    to = [[]],
    why = "integer operands beyond 2^53 are rounded",
  },
  {
    file = "src/compile.c", specs = "query", kind = "asan",
    from = [[  if (c->filled.operands == c->room.operands)
    return lua_istable(c->L, index) ? refuse_operand(c, op, index, element)
                                    : complain(c, CHANGED, "");
]],
    to = [[]],
    why = "operands that were added meanwhile overrun (asan)",
  },
  {
    file = "src/compile.c", specs = "query", kind = "asan",
    from = [[  if (c->filled.conditions == c->room.conditions) return complain(c, CHANGED, "");
]],
    to = [[]],
    why = "conditions that were added meanwhile overrun (asan)",
  },
  {
    file = "src/compile.c", specs = "query", kind = "asan",
    from = [[  if ((size_t)c->filter->node_count == c->room.nodes) return 0;
]],
    to = [[]],
    why = "paths that were added meanwhile overrun (asan)",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[return lua_istable(c->L, index) ? refuse_operand]],
    to = [[return lua_isnil(c->L, index) ? refuse_operand]],
    why = "an empty table as an operand is told as a change",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[name_end == name || ++names > PATH_NAMES_MAX]],
    to = [[++names > PATH_NAMES_MAX]],
    why = "a path may have an empty name",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[++names > PATH_NAMES_MAX]],
    to = [[++names >= PATH_NAMES_MAX]],
    why = "a path of 500 names is refused",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[return o->number.kind != NUMBER_FLOAT || o->number.real == o->number.real;]],
    to = [[return true;]],
    why = "not a number is an operand",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[  case BOOLEAN: return type == LUA_TBOOLEAN;
]],
    to = [[]],
    why = "exists takes any operand",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[return sm_rawlen(L, index) == keys ? keys : 0;]],
    to = [[return sm_rawlen(L, index);]],
    why = "a list with names beside is taken",
  },
  {
    file = "src/object.c", specs = "query",
    from = [[strlen(name) == length && memcmp(text, name, length) == 0]],
    to = [[length > 0 && strcmp(text, name) == 0]],
    why = "an operator may have a NUL behind it",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[return any || refuse(c, "no operator given");]],
    to = [[return true || refuse(c, any ? "" : "no operator given");]],
    why = "a field without an operator is taken",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[    a->nodes += path[i] == '.';]],
    to = [[    a->nodes += path[i] == '.' && i > 1;]],
    why = "a path of short names is told as a change",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[  if (c->scope == IN_LENGTH) return type == LUA_TNUMBER;
]],
    to = [[]],
    why = "a length is compared with strings",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[  c->within = outer.within;
]],
    to = [[]],
    why = "what follows a length or any is told as in it",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[  c->scope = outer.scope;
]],
    to = [[]],
    why = "what follows a length takes its operators alone",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[a->conditions += is_table ? 1 : 2;]],
    to = [[a->conditions += 1;]],
    why = "a length that is a number alone is told as a change",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[    if (length == 0 && inside > 0) count_conditions(L, a, inside - 1);
]],
    to = [[]],
    why = "operators of a length are told as a change",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[    if (iscntrl((unsigned char)text[i])) text[i] = '?';]],
    to = [[    if (text[i] == 127) text[i] = '?';]],
    why = "a message has several lines",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[n->selected = (n->selected || before) && (n->picked != 0 || now);]],
    to = [[n->selected = n->picked != 0 || now;]],
    why = "a select forgets the one before it",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[    n->whole = before && now;]],
    to = [[    n->whole = now;]],
    why = "a select widens the one before it",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[    n->picked = 0;
]],
    to = [[]],
    why = "what one select named, the next names, too",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[stage >= c->stage, 1]],
    to = [[stage >= 0, 1]],
    why = "stages may come in any order",
  },
  {
    file = "src/compile.c", specs = "query",
    from = [[if (n->bit != 0 || c->path_count == NOTED_MAX) return;]],
    to = [[if (n->bit != 0) return;]],
    why = "the 65th path has the bit of the first",
  },
  {
    file = "src/query.c", specs = "query",
    from = [[return i != 0 && f->nodes[i].selected ? i : 0;]],
    to = [[return i;]],
    why = "fields that where names are selected",
  },
  {
    file = "src/query.c", specs = "query",
    from = [[      lua_pushnil(L);
      p = json_skip_value(p, d->scan.end);
    }
    lua_rawset(L, -3);]],
    to = [[      lua_pop(L, 1);
      p = json_skip_value(p, d->scan.end);
      continue;
    }
    lua_rawset(L, -3);]],
    why = "of an object that comes again as a scalar, the fields are kept",
  },
  {
    file = "src/query.c", specs = "query",
    from = [[if (last[i] != value || !]],
    to = [[if (!]],
    why = "a name that comes twice stands twice in the JSON",
  },
  {
    file = "src/query.c", specs = "query",
    from = [[    if (!first) luaL_addchar(json, ',');
]],
    to = [[]],
    why = "no comma between selected fields",
  },
  {
    file = "src/query.c", specs = "query",
    from = [[  f->closed = true;
  return 0;]],
    to = [[  return 0;]],
    why = "a closed query does not say so",
  },
  {
    file = "src/query.c", specs = "page query", kind = "allocator",
    from = [[  f->out_of_memory = false;
]],
    to = [[]],
    why = "once without memory, a page raises for ever",
  },
  {
    file = "src/query.c", specs = "query",
    from = [[last[i] = value;]],
    to = [[if (last[i] == NULL) last[i] = value;]],
    why = "what was in the memory before counts, or the first of a name that comes twice",
  },
  {
    file = "src/query.c", specs = "query",
    from = [[    if (*p == ',') p = json_space(p + 1);
    *key = p;]],
    to = [[    if (*p == ',') p = p + 1;
    *key = p;]],
    why = "fields after white space are not in the JSON",
  },
  {
    file = "src/query.c", specs = "query",
    from = [[    if (*p == ',') p = json_space(p + 1);
    const int i]],
    to = [[    if (*p == ',') p = p + 1;
    const int i]],
    why = "fields after white space are not in the row",
  },
  {
    file = "src/query.c", specs = "query", kind = "allocator",
    from = [[  if (f->out_of_memory) luaL_error(L, "not enough memory");
]],
    to = [[]],
    why = "without memory, a row lacks a selected field",
  },
  {
    file = "src/query.c", specs = "query",
    from = [[return types == 1 ? type]],
    to = [[return types > 0 ? type]],
    why = "of several types the last is told",
  },
  {
    file = "src/query.c", specs = "decoder",
    from = [[NULL : luaL_checkudata(L, argument, QUERY);]],
    to = [[NULL : lua_touserdata(L, argument);]],
    why = "a page is made with another userdata as a query",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[if (value > (INT64_MAX - digit) / 10) return WRAPPER_ABSENT;]],
    to = [[if (value > INT64_MAX / 10) return WRAPPER_ABSENT;]],
    why = "a total just past 2^63 overflows",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[strchr(".eE", p[length]) != NULL]],
    to = [[strchr(".e", p[length]) != NULL]],
    why = "1E2 is read as 1",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[  r->match_count = r->span_count = 0;
  r->digest = 0;]],
    to = [[  r->digest = 0;]],
    why = "rows of the first data are handed out",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[  r->digest = 0;
  r->has_ids = false;]],
    to = [[  r->has_ids = false;]],
    why = "ids of the first data count",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[  r->has_ids = false;
  if (r->filter]],
    to = [[  if (r->filter]],
    why = "data without ids has them of the first",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[  r->count = 0;
  r->match_count]],
    to = [[  r->match_count]],
    why = "rows of the first data are counted",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[memchr(decoded, '\0', length) == NULL ? length]],
    to = [[length > 0 ? length]],
    why = "a name ends with a NUL in it",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[r->last_id = last < 0 ? 0 : r->ids[last];]],
    to = [[r->last_id = 0;]],
    why = "position after skip has no id",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[  r->last = last;
  r->last_id]],
    to = [[  r->last_id]],
    why = "position after skip is where it was",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[if (r->ids[i] == 0 || seen_has(s, r->ids[i])) continue;]],
    to = [[if (seen_has(s, r->ids[i])) continue;]],
    why = "meet counts a row without an id",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[p != NULL && *p != 'n' && *p != '{' && *p != '[';]],
    to = [[p != NULL && *p != 'n';]],
    why = "an object or array is an id",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[p != NULL && *p != 'n' && *p != '{' && *p != '[';]],
    to = [[p != NULL && *p != '{' && *p != '[';]],
    why = "null is an id",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[w->has_next = read_flag(p);]],
    to = [[if (w->has_next == FLAG_ABSENT) w->has_next = read_flag(p);]],
    why = "of hasNext twice, the first counts",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[w->has_previous = read_flag(p);]],
    to = [[if (w->has_previous != FLAG_TRUE) w->has_previous = read_flag(p);]],
    why = "of hasPrevious twice, true counts",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[ || strcmp(name, "totalCounts") == 0)]],
    to = [[)]],
    why = "totalCounts is not known",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[  if (value != WRAPPER_ABSENT) *kept = value;]],
    to = [[  *kept = value;]],
    why = "a total that another name leaves null is lost",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[if (c->scan.max_depth < 2) return]],
    to = [[if (c->scan.max_depth < 1) return]],
    why = "data counts for no depth",
  },
  {
    file = "src/rows.c", specs = "page", kind = "asan",
    from = [[if (count < *capacity) return true;]],
    to = [[if (count <= *capacity) return true;]],
    why = "the 65th row overruns the list (asan)",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[if (r->seen != NULL && id != 0 && !seen_add(r->seen, id)) return false;]],
    to = [[if (id != 0 && r->again) return false;]],
    why = "rows that were handed out are not seen",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[  if (!r->again) {
    r->before]],
    to = [[  {
    r->before]],
    why = "position of a call before, after a row given once more, is that row",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[(int64_t)rows_match(r)->row <= last)]],
    to = [[(int64_t)rows_match(r)->row < last)]],
    why = "the row that is skipped to comes",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[if (found && last > r->last && !rows_leave_to]],
    to = [[if (found && !rows_leave_to]],
    why = "skip goes back",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[(id == 0 || r->ids[i] != id)]],
    to = [[r->ids[i] != id]],
    why = "a row without an id is found by zeros",
  },
  {
    file = "src/page.c", specs = "page", kind = "allocator",
    from = [[  if (f != NULL) f->out_of_memory = false;
]],
    to = [[]],
    why = "once without memory, a query raises for ever (torture/allocator)",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[if (*p != '{') c->not_a_page = "a row in data is not an object";]],
    to = [[if (*p != '{' && *p != '[') c->not_a_page = "a row in data is not an object";]],
    why = "arrays are rows",
  },
  {
    file = "src/rows.c", specs = "page template random",
    from = [[    spans[i].at = r->text + kept.at;]],
    to = [[    spans[i].at = r->text + r->spans[i].at;]],
    why = "every row has the values of the first",
  },
  {
    file = "src/rows.c", specs = "page decoder query template",
    from = [[    const uint32_t kind = is_number ? SPAN_WORD : (uint32_t)from->kind;]],
    to = [[    const uint32_t kind = is_number || from->kind == SPAN_ESCAPED ? SPAN_WORD : (uint32_t)from->kind;]],
    equivalent = "a string with escapes is decoded from its beginning then, to the same",
    why = "strings with escapes are read once more",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[lua_tonumber(L, 2) : -1;]],
    to = [[lua_tonumber(L, 2) : 0;]],
    why = "rows come again and again in a for",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[is_out ? r->last_id : r->before_id]],
    to = [[r->last_id]],
    why = "position of a call to be made again has the id of its row",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[sm_pushinteger(L, (is_out ? r->last : r->before) + 1);]],
    to = [[sm_pushinteger(L, is_out ? r->last : r->before);]],
    why = "position counts from 0",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[(count < (lua_Number)r->count ? (int64_t)count : r->count) - 1;]],
    to = [[(count < (lua_Number)r->count ? (int64_t)count : r->count);]],
    why = "skip goes one row too far",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[if (c->not_a_page == NULL && r->data == NULL) c->not_a_page = "data is missing";]],
    to = [[]],
    why = "an object without data is a page",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[p == NULL || json_check_end(&c->scan, p) == NULL]],
    to = [[p == NULL]],
    why = "text after a page is taken",
  },
  {
    file = "src/rows.c", specs = "query",
    from = [[  if (r->filter != NULL) filter_begin(r->filter);
]],
    to = [[]],
    why = "the notes of a page are never begun",
  },
  {
    file = "src/page.c", specs = "query",
    from = [[  sm_pushinteger(L, -(int64_t)stage);]],
    to = [[  sm_pushinteger(L, (int64_t)stage);]],
    why = "what stands for a row names a call",
  },
  {
    file = "src/page.c", specs = "query",
    from = [[  if (g->rows.filter == NULL || g->rows.count == 0) return 0;
  lua_settop]],
    to = [[  if (g->rows.filter == NULL) return 0;
  lua_settop]],
    why = "of a page without rows no path is known",
  },
  {
    file = "src/page.c", specs = "query",
    from = [[if (g->closed || g->rows.count == 0) return 0;
  lua_settop(L, 1);]],
    to = [[if (g->closed) return 0;
  lua_settop(L, 1);]],
    why = "an empty page has a first row",
  },
  {
    file = "src/wrapper.c", specs = "page", kind = "asan",
    from = [[char decoded[6 * NAME_ROOM];]],
    to = [[char decoded[NAME_ROOM];]],
    why = "a name in escapes overruns its room (asan)",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[room <= 6 * NAME_ROOM ? json_unescape]],
    to = [[room <= 60 ? json_unescape]],
    why = "a name that is escaped whole is not known",
  },
  {
    file = "src/wrapper.c", specs = "page", kind = "asan",
    from = [[room <= 6 * NAME_ROOM ? json_unescape]],
    to = [[room > 0 ? json_unescape]],
    why = "a long name overruns its room (asan)",
  },
  {
    file = "src/wrapper.c", specs = "page", kind = "asan",
    from = [[length < NAME_ROOM && memchr]],
    to = [[length <= NAME_ROOM && memchr]],
    why = "a name of 16 letters overruns its room (asan)",
  },
  {
    file = "src/wrapper.c", specs = "page template",
    from = [[  c->fit.template = templates_match(place, r->filter, &c->scan, &end, 2, c->fit.spans);
  c->fit.place = (uint32_t)(place - c->templates->places);
  return c->fit.template != NULL ? end : NULL;]],
    to = [[  const row_template *t = templates_match(place, r->filter, &c->scan, &end, 2, c->fit.spans);
  if (t != NULL) c->fit.template = t;
  c->fit.place = (uint32_t)(place - c->templates->places);
  return t != NULL ? end : NULL;]],
    why = "a row without a template is read by that of the row before",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[if (value < 0 || (uint64_t)value > SM_INTEGER_MAX)]],
    to = [[if (value <= 0 || (uint64_t)value > SM_INTEGER_MAX)]],
    why = "a page or total of 0 is absent",
  },
  {
    file = "src/page.c", specs = "page", lua = "lua5.1",
    from = [[if (value < 0 || (uint64_t)value > SM_INTEGER_MAX)]],
    to = [[if (value < 0)]],
    why = "a total beyond 2^53 is rounded",
  },
  {
    file = "src/wrapper.c", specs = "page", kind = "asan",
    from = [[  if (c->not_a_page != NULL) return json_check_value(&c->scan, p, 2);
]],
    to = [[]],
    why = "rows among other things overrun the list of ids (asan)",
  },
  {
    file = "src/wrapper.c", specs = "page",
    from = [[  c->not_a_page = *p == '[' ? NULL : "data is not an array"; /* a later `data` replaces this */
]],
    to = [[  if (*p != '[') c->not_a_page = "data is not an array";
]],
    why = "a page whose first data was none is none",
  },
  {
    file = "src/wrapper.c", specs = "page query",
    from = [[r->filter == NULL || filter_holds(r->filter, end);]],
    to = [[r->filter == NULL || filter_holds(r->filter, end) || r->filter->key != 0;]],
    why = "with a key every row matches",
  },
  {
    file = "src/page.c", specs = "query page",
    from = [[  if (f != NULL) g->rows.notes = f->notes;
]],
    to = [[]],
    why = "a page's paths are none",
  },
  {
    file = "src/page.c", specs = "page", kind = "asan",
    from = [[  for (int slot = TEXT; slot <= TEMPLATES; slot++) {
    lua_pushvalue(L, slot + 1);]],
    to = [[  for (int slot = TEXT; slot <= TEMPLATES; slot++) {
    lua_pushvalue(L, slot == TEXT ? 1 : slot + 1);]],
    why = "a page does not keep its text",
  },
  {
    file = "src/page.c", specs = "page query", kind = "asan",
    from = [[    lua_pushvalue(L, slot + 1);]],
    to = [[    lua_pushvalue(L, slot == QUERY ? 1 : slot + 1);]],
    why = "a page does not keep its query",
  },
  {
    file = "src/page.c", specs = "page", kind = "asan",
    from = [[    lua_pushvalue(L, slot + 1);]],
    to = [[    lua_pushvalue(L, slot == SEEN ? 1 : slot + 1);]],
    why = "a page does not keep its seen",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[  r->last = r->before = -1;]],
    to = [[  r->last = r->before = 0;]],
    why = "a page that is not read yet is at its first row",
  },
  {
    file = "src/rows.c", specs = "page",
    from = [[  r->call = -1;
]],
    to = [[  r->call = 0;
]],
    why = "the first call may be one that is made again",
  },
  {
    file = "src/page.c", specs = "decoder page", kind = "asan",
    from = [[  lua_rawgeti(L, table, TEXT);
  if (form != FORM_TABLE) return r;]],
    to = [[  lua_pushnil(L);
  if (form != FORM_TABLE) return r;]],
    why = "a page that a finalizer closes loses its text while it is read (asan)",
  },
  {
    file = "src/page.c", specs = "page",
    from = [[if (g->closed || rows_current(&g->rows) != row) return;]],
    to = [[if (g->closed) return;]],
    why = "a row that a finalizer read meanwhile is passed twice",
  },
  {
    file = "src/page.c", specs = "page",
    equivalent = "a closed page has no row: rows_current returns NULL",
    from = [[if (g->closed || rows_current(&g->rows) != row) return;]],
    to = [[if (rows_current(&g->rows) != row) return;]],
    why = "a page that a finalizer closed goes on",
  },
  {
    file = "src/page.c", specs = "page decoder query",
    from = [[decode_value(&r->d, p, 2);
}]],
    to = [[decode_value(&r->d, p, 3);
}]],
    why = "rows as deep as may be fail when they are read",
  },
  {
    file = "src/page.c", specs = "query",
    from = [[json_space(g->rows.data + 1), 2);]],
    to = [[json_space(g->rows.data + 1), 3);]],
    why = "a first row as deep as may be fails when it is read",
  },
  {
    file = "src/page.c", specs = "decoder",
    from = [[decode_value(&d, g->rows.data, 1);]],
    to = [[decode_value(&d, g->rows.data, 2);]],
    why = "data as deep as may be fails when it is read",
  },
  {
    file = "src/page.c", specs = "template query decoder",
    from = [[decode_like(&r->d, t, r->templates + 1, spans, 2);]],
    to = [[decode_like(&r->d, t, r->templates + 1, spans, 3);]],
    why = "selected values as deep as may be fail when they are read",
  },
  {
    file = "src/page.c", specs = "decoder",
    from = [[  lua_pushvalue(L, -1);
  lua_rawseti(L, table, DATA);]],
    to = [[]],
    why = "data is another table each time",
  },
  {
    file = "src/page.c", specs = "decoder",
    from = [[  if (g->closed) return;
  lua_rawgeti]],
    to = [[  lua_rawgeti]],
    why = "a page that a finalizer closed keeps its data",
  },
  {
    file = "src/page.c", specs = "decoder",
    from = [[    lua_replace(L, -2);
    return;]],
    to = [[    lua_pop(L, 1);
    return;]],
    why = "data that a finalizer read is another list",
  },
  {
    file = "src/page.c", specs = "decoder", kind = "asan",
    from = [[  if (g->closed) luaL_error(L, "page is closed");
]],
    to = [[]],
    why = "data of a closed page is read from what is not there (asan)",
  },
  {
    file = "src/page.c", specs = "decoder",
    from = [[  lua_pushnil(L);
  lua_rawseti(L, -2, DATA);
]],
    to = [[]],
    why = "a closed page has its data still",
  },
  {
    file = "src/page.c", specs = "decoder page",
    from = [[if (g->settings.has_null || g->settings.has_array_mt) lua_rawgeti]],
    to = [[if (g->settings.has_null) lua_rawgeti]],
    why = "rows have no array_mt where null is the usual one",
  },
  {
    file = "src/page.c", specs = "decoder page",
    from = [[.max_depth = g->settings.max_depth}};]],
    to = [[.max_depth = DECODE_MAX_DEPTH_DEFAULT}};]],
    why = "a page may be as deep as any other",
  },
  {
    file = "src/page.c", specs = "decoder",
    from = [[  else if (strcmp(name, "totalPages") == 0)
    push_integer(L, g->wrapper.total_pages);]],
    to = [[  else if (strcmp(name, "totalPages") == 0)
    push_integer(L, g->wrapper.total_count);]],
    why = "page.totalPages is the total of rows",
  },
  {
    file = "src/page.c", specs = "decoder",
    from = [[  else if (strcmp(name, "size") == 0)
    push_integer]],
    to = [[  else if (strcmp(name, "sizes") == 0)
    push_integer]],
    why = "page.size is not known",
  },
  {
    file = "src/page.c", specs = "decoder",
    from = [[  else if (strcmp(name, "hasPrevious") == 0)
    push_flag(L, g->wrapper.has_previous);]],
    to = [[  else if (strcmp(name, "hasPrevious") == 0)
    push_flag(L, g->wrapper.has_next);]],
    why = "page.hasPrevious is hasNext",
  },
  {
    file = "src/page.c", specs = "decoder page",
    from = [[  if (value == FLAG_ABSENT)]],
    to = [[  if (value != FLAG_TRUE)]],
    why = "hasNext is never false",
  },
  {
    file = "src/rows.c", specs = "page", kind = "asan",
    from = [[  r->matches = NULL;
]],
    to = [[]],
    why = "rows are freed twice (asan)",
  },
  {
    file = "src/rows.c", specs = "page", kind = "asan",
    from = [[  r->ids = NULL;
]],
    to = [[]],
    why = "ids of what was read or closed are read (asan)",
  },
  {
    file = "src/url.c", specs = "core options",
    from = [[strlen(text) != length ||]],
    to = [[]],
    why = "a URL ends at a NUL",
  },
  {
    file = "src/url.c", specs = "core options",
    from = [[  set_part(L, u, CURLUPART_FRAGMENT, "fragment");
]],
    to = [[]],
    why = "a fragment is not seen",
  },
  {
    file = "src/core.c", specs = "core",
    from = [[(random_bits(L) >> 11) / 9007199254740992.0]],
    to = [[(random_bits(L) >> 10) / 9007199254740992.0]],
    why = "random numbers reach 2",
  },
  {
    file = "src/core.c", specs = "core",
    from = [[(random_bits(L) >> 11) / 9007199254740992.0]],
    to = [[(random_bits(L) >> 12) / 9007199254740992.0]],
    why = "random numbers end at 0.5",
  },
  {
    file = "src/core.c", specs = "core",
    from = [[== 0 && S_ISREG(s.st_mode)]],
    to = [[== 0]],
    why = "a directory is a file",
  },
  {
    file = "src/core.c", specs = "outcomes",
    from = [[if (!outcome_is_known(code)) return 0;]],
    to = [[]],
    why = "codes that nobody knows have an outcome",
  },
}
