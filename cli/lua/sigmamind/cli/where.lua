--- cli.where: parses --where into tables that stream:where accepts.
--
--   concurrentCalls>=5           = != < <= > >=  comparison
--   campaignStatus=live,paused   one of several; != none of them
--   campaignName*=Q4             ^= starts with, $= ends with, *= contains (an array: an element)
--   #errors>0                    the length
--   errors[]*=invalid            any element; #errors[]>80: the length of any element
--   scheduledDate                present; !scheduledDate: absent
--
-- The same in words, which need no quotes in a shell: PATH [any] [length] OPERATOR VALUE, with the
-- names of the operators in `where`.
--
--   concurrentCalls ge 5
--   campaignStatus one_of live,paused
--   errors length gt 0
--   errors any contains invalid
--
-- A value is a number, true or false if it is one in JSON, else a string. In double quotes it is
-- always a string, and may contain commas or look like a condition.

local core = require "sigmamind.core"
local fields = require "sigmamind.cli.fields"
local nearest = require "sigmamind.nearest"
local resource = require "sigmamind.resource"

local where = {}

---@class sigmamind.cli.Condition
---@field text string  as given
---@field path string
---@field any boolean  whether any element may meet it
---@field length boolean  whether it compares the length
---@field operator string  of `where`
---@field value any  its operand

--- The operators with an operand, by their names in `where`.
where.WORDS = {
  "eq", "ne", "lt", "le", "gt", "ge", "one_of", "none_of", "starts_with", "ends_with", "contains",
}

--- Operators by sign. False: a likely mistake for one.
local SIGNS = {
  ["="] = "eq",
  ["=="] = "eq",
  ["!="] = "ne",
  ["<"] = "lt",
  ["<="] = "le",
  [">"] = "gt",
  [">="] = "ge",
  ["^="] = "starts_with",
  ["$="] = "ends_with",
  ["*="] = "contains",
  ["=>"] = false,
  ["=<"] = false,
  ["=~"] = false,
  ["<>"] = false,
}

--- The operator for several values.
local SEVERAL = { eq = "one_of", one_of = "one_of", ne = "none_of", none_of = "none_of" }
local ORDERED = { lt = true, le = true, gt = true, ge = true }
local TEXT = { starts_with = true, ends_with = true }
local NOT_OF_LENGTH = { starts_with = true, ends_with = true, contains = true }

local PATH = "[%w_%-][%w_%-.]*"

local is_word = {}
for _, word in ipairs(where.WORDS) do
  is_word[word] = true
end

--- Patterns for the beginning of another condition within a value.
local NEXT = "[%s;&|,]!?#?" .. PATH .. "%[?%]?"
local SECONDS = {
  "&&",
  "||",
  "[%s;&|,]!" .. PATH .. "$",
  NEXT .. "%s*[!^$*=]?=",
  NEXT .. "%s*[<>]",
}
for _, word in ipairs(where.WORDS) do
  SECONDS[#SECONDS + 1] = NEXT .. "%s+" .. word .. "%s+%S"
end

local TWO = "'%s' has two conditions; give --where once for each condition, or the value in "
  .. "double quotes"

local function trim(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

-- == Values ============================================================================

--- Replaces text in double quotes by as many underscores, so that positions stay the same.
local function masked(text)
  local bare = text:gsub("\\.", "__")
  return (bare:gsub('"[^"]*"', function(quoted)
    return ("_"):rep(#quoted)
  end))
end

--- Whether a value contains another condition.
local function has_second(value)
  local bare = masked(value)
  for _, pattern in ipairs(SECONDS) do
    if bare:find(pattern) then
      return true
    end
  end
  return false
end

--- The value of a text that is a scalar in JSON, else the text itself.
local function to_value(text)
  local value = fields.decoder():value(text)
  local kind = type(value)
  if kind == "number" or kind == "boolean" or kind == "string" and text:find '^"' then
    return value
  end
  return text
end

--- The values of a list that is separated by commas.
local function to_values(text)
  local values, first = {}, 1
  for comma in (masked(text) .. ","):gmatch "()," do
    values[#values + 1] = to_value(trim(text:sub(first, comma - 1)))
    first = comma + 1
  end
  return values
end

--- The operator of `where` and its operand, from the written operator and the text after it.
local function operation(operator, text)
  if TEXT[operator] then
    local value = to_value(text)
    return operator, type(value) == "string" and value or text
  elseif not SEVERAL[operator] then
    return operator, to_value(text)
  end
  local values = to_values(text)
  if #values > 1 or operator == SEVERAL[operator] then
    return SEVERAL[operator], values
  end
  return operator, values[1]
end

-- == One condition =====================================================================

--- Nil, and a refusal, which becomes a message with an example.
local function refuse(text, why)
  return nil, { text = text, why = why }
end

local function message_of(refusal, example)
  if type(refusal) == "string" then
    return refusal
  end
  local message = "'%s' is not a condition like %s%s"
  return message:format(refusal.text, example, refusal.why and "; " .. refusal.why or "")
end

--- The subject of a condition, and the text after it; nil if the text does not begin with a path.
local function read_subject(text)
  local mark, path, brackets, rest = text:match("^(#?)(" .. PATH .. ")(%[?%]?)(.*)$")
  if not path or #brackets == 1 then
    return nil
  end
  local subject = { path = path, any = brackets == "[]", length = mark == "#" }
  for _, word in ipairs { "any", "length" } do
    local after = rest:match("^%s+" .. word .. "%f[^%w_](.*)$")
    subject[word] = subject[word] or after ~= nil
    rest = after or rest
  end
  return subject, rest
end

--- The operator at the start of a text, or false; the text after it; its word, if it is one.
local function read_operator(text)
  for size = 2, 1, -1 do
    local operator = SIGNS[text:sub(1, size)]
    if operator ~= nil then
      return operator, trim(text:sub(size + 1))
    end
  end
  local word, rest = text:match "^([%a_][%w_]*)(.*)$"
  return is_word[word or ""] and word or false, trim(rest or ""), word
end

local function refuse_operator(text, rest, word)
  if has_second(rest) then
    return nil, TWO:format(text)
  elseif not word then
    return refuse(text)
  elseif word == "exists" then
    return refuse(text, "PATH alone means present, !PATH absent")
  end
  local meant = nearest(word, where.WORDS)
  local known = meant and "did you mean " .. meant .. "?"
    or "the operators are " .. table.concat(where.WORDS, ", ")
  return refuse(text, ("unknown operator '%s'; %s"):format(word, known))
end

--- The operator and operand for `where`, nested in `length` or `any` as the condition says.
local function nested(self)
  local operator, operand = self.operator, self.value
  for _, scope in ipairs { "length", "any" } do
    if self[scope] then
      operator, operand = scope, { [operator] = operand }
    end
  end
  return operator, operand
end

--- The condition, if `where` accepts it; nil, message.
local function checked(self)
  if self.length and NOT_OF_LENGTH[self.operator] then
    return refuse(self.text, "a length is a number: use = != < <= > >=")
  end
  local operator, operand = nested(self)
  local ok, message = core.query { where = { [self.path] = { [operator] = operand } } }
  if ok then
    return self
  end
  local accepted = message:match " must be (.*)$"
  if not accepted then
    return nil, "--" .. message
  end
  local wrong = "--where '%s': the value must be %s"
  return nil, wrong:format(self.text, accepted)
end

local function exists(text, path, value)
  return checked {
    text = text,
    path = path,
    any = false,
    length = false,
    operator = "exists",
    value = value,
  }
end

--- Parses a condition; nil, message or refusal.
local function parse(text)
  local absent = text:match("^!(" .. PATH .. ")$")
  local subject, rest = read_subject(text)
  if absent then
    return exists(text, absent, false)
  elseif not subject then
    return refuse_operator(text, text:match "^!.*" or "")
  elseif trim(rest) == "" and (subject.any or subject.length) then
    return refuse(text, "an operator and a value must follow")
  elseif trim(rest) == "" then
    return exists(text, subject.path, true)
  end
  local operator, value, word = read_operator(trim(rest))
  if not operator then
    return refuse_operator(text, rest, word)
  elseif has_second(value) then
    return nil, TWO:format(text)
  elseif value == "" and (word or ORDERED[operator]) then
    return refuse(text, "a value must follow")
  end
  subject.text = text
  subject.operator, subject.value = operation(operator, value)
  return checked(subject)
end

-- == Several ===========================================================================

--- The values that a condition allows, if it lists them, and their operator.
local function alternatives(self)
  if self.operator == "one_of" then
    return self.value, "eq"
  elseif self.operator == "eq" or self.operator == "exists" then
    return { self.value }, self.operator
  end
end

local function have_common(some, others)
  for _, one in ipairs(some) do
    for _, other in ipairs(others) do
      if one == other then
        return true
      end
    end
  end
  return false
end

--- Whether no value can meet both conditions. Two elements of an array can.
local function exclude_each_other(one, other)
  if one.path ~= other.path or one.length ~= other.length or one.any or other.any then
    return false
  end
  local some, kind = alternatives(one)
  local others, other_kind = alternatives(other)
  return some ~= nil and kind == other_kind and not have_common(some, others)
end

--- The first condition that excludes the last one; nil: none.
local function find_contrary(conditions)
  local last = conditions[#conditions]
  for _, each in ipairs(conditions) do
    if exclude_each_other(each, last) then
      return each
    end
  end
end

--- A condition on rows, for messages: on a number that a table shows, or on their second column.
---@param declaration sigmamind.Declaration
---@return string
function where.example(declaration)
  local types = {}
  resource.each_field(declaration.row, function(path, field)
    types[path] = field.type
  end)
  for _, path in ipairs(declaration.columns) do
    if types[path] == "integer" then
      return path .. ">=5"
    end
  end
  return declaration.columns[2] .. "=VALUE"
end

--- Parses several conditions, which must all hold; nil, message.
---@param expressions string[]
---@param example string  a condition, for messages
---@return sigmamind.cli.Condition[]|nil, string|nil
function where.parse(expressions, example)
  local conditions = {}
  for i, text in ipairs(expressions) do
    local parsed, refusal = parse(trim(text))
    if not parsed then
      return nil, message_of(refusal, example)
    end
    conditions[i] = parsed
    local contrary = find_contrary(conditions)
    if contrary then
      local hint = parsed.operator ~= "exists" and "; give several values with commas" or ""
      return nil, ("'%s' and '%s' can never both hold%s"):format(contrary.text, parsed.text, hint)
    end
  end
  return conditions
end

--- Conditions as tables for `where`. A table has each operator of a path once; further ones go into
--- further tables.
---@param conditions sigmamind.cli.Condition[]
---@return table<string, table>[]
function where.steps(conditions)
  local steps = {}
  for _, each in ipairs(conditions) do
    local operator, operand = nested(each)
    local at = 1
    while steps[at] and steps[at][each.path] and steps[at][each.path][operator] ~= nil do
      at = at + 1
    end
    steps[at] = steps[at] or {}
    steps[at][each.path] = steps[at][each.path] or {}
    steps[at][each.path][operator] = operand
  end
  return steps
end

--- Whether a word of a command line is the option that a condition follows.
---@param word string|nil
---@return boolean
function where.is_option(word)
  return word == "-w" or word == "--where"
end

local function is_value(word)
  return word ~= nil and not word:find "^%-[^%d.]"
end

--- The number of words of a command line, from `first` on, that are one condition: four of `errors
--- any contains invalid`; three of `concurrentCalls gte 5`, so that the error names the unknown
--- operator.
---@param words string[]
---@param first integer
---@return integer
function where.count_words(words, first)
  local at = first + 1
  for _, scope in ipairs { "any", "length" } do
    at = words[at] == scope and at + 1 or at
  end
  local operator, has_value = words[at] or "", is_value(words[at + 1])
  local is_operator = is_word[operator] or has_value and operator:find "^%a[%w_]*$"
  if not is_operator or not words[first]:find("^" .. PATH .. "$") then
    return 1
  end
  return at - first + (has_value and 2 or 1)
end

return where
