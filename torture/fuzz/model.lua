-- JSON and the operators of where once more, in plain Lua and nothing else: what the core is held
-- against. It follows RFC 8259 and RFC 3629, and is written to be read, not to be fast.

local model = {}

local LEVELS = 64 -- of a decoder, unless told otherwise
local NUMBER_MAX = 1000 -- characters
local LIMIT = math.type and { "9223372036854775807", "9223372036854775808" }
  or { "9007199254740992", "9007199254740992" } -- of integers, and of negative ones

-- LuaJIT's tonumber is wrong, each time otherwise, where there are 19 digits and an exponent.
local to_number = tonumber
if rawget(_G, "jit") then
  local ffi = require "ffi"
  ffi.cdef "double strtod(const char *, char **);"
  to_number = function(text)
    return ffi.C.strtod(text, nil)
  end
end

-- RFC 3629, section 4; UTF8-1 is left to the caller
local SEQUENCES = {
  "^[\194-\223][\128-\191]",
  "^\224[\160-\191][\128-\191]",
  "^[\225-\236][\128-\191][\128-\191]",
  "^\237[\128-\159][\128-\191]",
  "^[\238\239][\128-\191][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]",
}

-- RFC 8259, section 7
local ESCAPES = {
  ['"'] = "\34", ["\\"] = "\92", ["/"] = "\47", b = "\8", f = "\12", n = "\10", r = "\13", t = "\9",
}

--- Ends the reading: the text is no JSON at this place, from 1.
local function fail(at)
  error({ offset = at - 1 }, 0)
end

--- The UTF-8 of a code point.
local function encode(code)
  if code < 128 then
    return string.char(code)
  end
  local bytes, most = "", 64
  repeat
    bytes = string.char(128 + code % 64) .. bytes
    code, most = math.floor(code / 64), most / 2
  until code < most
  return string.char(256 - 2 * most + code) .. bytes
end

--- The code unit of the escape \uXXXX at this place; nil: there is none. Fails within one.
local function code_unit(text, at, must)
  if text:sub(at, at + 1) ~= "\\u" then
    return nil
  end
  for i = at + 2, at + 5 do
    if not text:find("^%x", i) then
      return must and fail(i)
    end
  end
  return tonumber(text:sub(at + 2, at + 5), 16)
end

--- The string behind the quote at this place, and the place behind it.
local function read_string(text, at)
  local parts = {}
  at = at + 1
  while text:sub(at, at) ~= '"' do
    local char = text:sub(at, at)
    local unit = code_unit(text, at, true)
    if char == "" or char:byte() < 0x20 then
      fail(at)
    elseif unit then
      local low = code_unit(text, at + 6)
      if unit >= 0xD800 and unit <= 0xDBFF and low and low >= 0xDC00 and low <= 0xDFFF then
        unit, at = 0x10000 + (unit - 0xD800) * 0x400 + low - 0xDC00, at + 6
      elseif unit >= 0xD800 and unit <= 0xDFFF then
        unit = 0xFFFD
      end
      parts[#parts + 1], at = encode(unit), at + 6
    elseif char == "\\" then
      parts[#parts + 1] = ESCAPES[text:sub(at + 1, at + 1)] or fail(at + 1)
      at = at + 2
    elseif char:byte() < 0x80 then
      parts[#parts + 1], at = char, at + 1
    else
      local sequence
      for _, pattern in ipairs(SEQUENCES) do
        sequence = sequence or text:match(pattern, at)
      end
      parts[#parts + 1] = sequence or fail(at)
      at = at + #sequence
    end
  end
  return table.concat(parts), at + 1
end

--- Digits from this place on, of which there must be one; the place behind them.
local function skip_digits(text, at)
  return (select(2, text:find("^%d+", at)) or fail(at)) + 1
end

--- Whether the digits of an integer, without its sign, are at most those of another.
local function is_within(digits, limit)
  return #digits < #limit or (#digits == #limit and digits <= limit)
end

--- The number at this place, or its spelling where this Lua has no such number, and the place
--- behind it.
local function read_number(text, at)
  local start, exact = at, true
  if text:sub(at, at) == "-" then
    at = at + 1
  end
  if text:find("^0%d", at) then
    fail(at + 1)
  end
  at = skip_digits(text, at)
  local digits = text:sub(start, at - 1):gsub("^-", "")
  if text:sub(at, at) == "." then
    at, exact = skip_digits(text, at + 1), false
  end
  if text:find("^[eE]", at) then
    at, exact = skip_digits(text, at + (text:find("^[+-]", at + 1) and 2 or 1)), false
  end
  if at - start > NUMBER_MAX then
    fail(start)
  end
  local spelling = text:sub(start, at - 1)
  local is_negative = spelling:sub(1, 1) == "-"
  if spelling == "-0" then
    return 0 * -1.0, at
  elseif exact then
    return is_within(digits, LIMIT[is_negative and 2 or 1]) and tonumber(spelling) or spelling, at
  end
  local value = to_number(spelling)
  return (value == math.huge or value == -math.huge) and spelling or value, at
end

local function skip_space(text, at)
  return (select(2, text:find("^[ \t\r\n]+", at)) or at - 1) + 1
end

local WORDS = { t = { "true", true }, f = { "false", false }, n = { "null" } }

local read_value

--- The object or array at this place, and the place behind it; so many levels may begin there.
local function read_container(text, at, null, levels)
  local is_object = text:sub(at, at) == "{"
  local closing, value, count = is_object and "}" or "]", {}, 0
  if levels == 0 then
    fail(at)
  end
  at = skip_space(text, at + 1)
  if text:sub(at, at) == closing then
    return value, at + 1
  end
  while true do
    count = count + 1
    local key = count
    if is_object then
      if text:sub(at, at) ~= '"' then
        fail(at)
      end
      key, at = read_string(text, at)
      at = skip_space(text, at)
      if text:sub(at, at) ~= ":" then
        fail(at)
      end
      at = skip_space(text, at + 1)
    end
    value[key], at = read_value(text, at, null, levels - 1)
    at = skip_space(text, at)
    if text:sub(at, at) == closing then
      return value, at + 1
    elseif text:sub(at, at) ~= "," then
      fail(at)
    end
    at = skip_space(text, at + 1)
  end
end

function read_value(text, at, null, levels)
  local char = text:sub(at, at)
  local word = WORDS[char]
  if char == '"' then
    return read_string(text, at)
  elseif char == "{" or char == "[" then
    return read_container(text, at, null, levels)
  elseif word and text:sub(at, at + #word[1] - 1) == word[1] then
    if word[2] == nil then
      return null, at + 4
    end
    return word[2], at + #word[1]
  elseif char:find "^[-%d]" then
    return read_number(text, at)
  end
  fail(at)
end

--- The value of a JSON text of so many levels, with `null` for each null; or nil and the offset
--- where it is no JSON.
function model.decode(text, null, levels)
  local ok, value = pcall(function()
    local value, at = read_value(text, skip_space(text, 1), null, levels or LEVELS)
    at = skip_space(text, at)
    return at > #text and { value } or fail(at)
  end)
  if ok then
    return value[1]
  end
  return nil, type(value) == "table" and value.offset or error(value, 0)
end

--- Whether a comes before b: numbers by their value, strings by their bytes; nothing else does.
local function is_before(a, b)
  local kind = type(a)
  if kind ~= type(b) or (kind ~= "number" and kind ~= "string") then
    return false
  elseif kind == "number" then
    return a < b
  end
  for i = 1, #a do
    local x, y = a:byte(i), b:byte(i) or -1
    if x ~= y then
      return x < y
    end
  end
  return #a < #b
end

local function is_same(a, b)
  return type(a) ~= "table" and a == b
end

local function are_texts(a, b)
  return type(a) == "string" and type(b) == "string"
end

local function has(list, wanted)
  for _, each in ipairs(list) do
    if is_same(each, wanted) then
      return true
    end
  end
  return false
end

--- Each takes the value of a field, which is not null, and the operand.
model.OPERATORS = {
  eq = is_same,
  ne = function(a, b) return not is_same(a, b) end,
  lt = is_before,
  le = function(a, b) return is_before(a, b) or (type(a) ~= "boolean" and is_same(a, b)) end,
  gt = function(a, b) return is_before(b, a) end,
  ge = function(a, b) return is_before(b, a) or (type(a) ~= "boolean" and is_same(a, b)) end,
  one_of = function(a, list) return has(list, a) end,
  none_of = function(a, list) return not has(list, a) end,
  starts_with = function(a, b) return are_texts(a, b) and a:sub(1, #b) == b end,
  ends_with = function(a, b) return are_texts(a, b) and #b <= #a and a:sub(#a - #b + 1) == b end,
  contains = function(a, b)
    if type(a) == "table" then
      return has(a, b)
    end
    return are_texts(a, b) and a:find(b, 1, true) ~= nil
  end,
}

-- What strings and numbers are made of here, one for each byte of an input.
local IN_STRINGS = {
  "a", "\\", "u", '\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000", "\\u007f",
  "\\u0080", "\\u07FF",
  "\\u0800", "\\uD7ff", "\\uD800", "\\uDBFF", "\\udc00", "\\udfff", "\\uE000", "\\uFFFF",
  "\\u00e9", "\\v", "\\u",
  "\\u12", "\\ud83d\\ude00", "g", "G", "@", "`", "/", ":", "0", "9", "D8", "dc", "00", "xuDC00",
  "\31", "\32", "\127",
  "\128", "\143", "\144", "\159", "\160", "\191", "\192", "\193", "\194\128", "\223\191", "\224",
  "\224\160\128",
  "\224\159\191", "\237\159\191", "\237\160\128", "\238\128\128", "\239\191\191", "\240",
  "\240\144\128\128",
  "\240\143\191\191", "\241\128\128", "\244\143\191\191", "\244\144\128\128", "\245\128\128\128",
  "\255", "{", "]",
  "sixteen bytes...", '","x":"',
}
local IN_NUMBERS = {
  "0", "1", "2", "5", "9", "00", "-", "+", ".", "e", "E", "e-", "E+", "9007199254740992",
  "9007199254740993",
  "9223372036854775807", "9223372036854775808", "4294967297", "22", "23", "308", "309", "324",
  ".5", "0000000000",
}

local function made_of(pieces, input)
  local parts = {}
  for i = 1, #input do
    parts[i] = pieces[input:byte(i) % #pieces + 1]
  end
  return table.concat(parts)
end

--- What may be a string in JSON, made of the bytes of the input.
function model.string_of(input)
  return '"' .. made_of(IN_STRINGS, input) .. '"'
end

--- What may be a number in JSON.
function model.number_of(input)
  return made_of(IN_NUMBERS, input)
end

--- Whether two values are the same: deep, with the sign of zero and the type of a number.
function model.same(one, other)
  if type(one) ~= "table" or type(other) ~= "table" then
    return one == other
      and (one ~= 0 or 1 / one == 1 / other)
      and (not math.type or math.type(one) == math.type(other))
  end
  for key, value in pairs(one) do
    if not model.same(value, other[key]) then
      return false
    end
  end
  for key in pairs(other) do
    if one[key] == nil then
      return false
    end
  end
  return true
end

return model
