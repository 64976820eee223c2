-- where and select in the core against the oracle, on queries and rows made of the input; and
-- each operator, on strings and numbers made of it, against a model.

local alike = dofile "torture/fuzz/alike.lua"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local model = dofile "torture/fuzz/model.lua"
local oracle = require "spec.support.query_oracle"

local PATHS = { "a", "b", "a.b", "a.c", "b.a.c", "c", "d", "name", "name.a", "nosuch", "a.nosuch" }
local SCALARS = { 0, 1, -1, 2.5, 1e3, "", "a", "ab", "1", "\195\169", true, false }
local VALUES = {
  "0", "1", "-1", "2.5", "1e3", "10e2", '""', '"a"', '"ab"', '"\\u0061"', '"1"', '"\195\169"',
  "true", "false", "null", "[]", "{}", '["a",1,null]', "[[1]]", "12345678901234567890",
  '"\\ud83d\\ude00"',
}
local KEYS = { '"a"', '"b"', '"c"', '"\\u0061"', '"d"' }
local SPACES = { "", " ", "\n  " }
local OPERATORS = {
  "eq", "ne", "lt", "le", "gt", "ge", "one_of", "starts_with", "ends_with", "contains", "exists",
  "none_of", "any", "any_of_length",
}

local YES_OR_NO = { true, false }

local function operand(choose, operator)
  if operator == "exists" then
    return choose(YES_OR_NO)
  elseif operator:find "_of$" then
    return { choose(SCALARS), choose(SCALARS) }
  elseif operator:find "with" then
    return tostring(choose(SCALARS))
  end
  local value = choose(SCALARS)
  if operator:find "^[lg]" and type(value) == "boolean" then
    return 1
  end
  return value
end

--- Conditions on one path. The core counts a name that comes twice in an object twice, so that a
--- length is not asked of objects.
local function conditions(choose)
  local operator = choose(OPERATORS)
  if operator == "any_of_length" then
    return { any = { length = { ge = choose { 0, 1, 2 } }, contains = "" } }
  elseif operator == "any" then
    local inner = choose(OPERATORS)
    inner = inner:find "^any" and "ne" or inner
    return { any = { [inner] = operand(choose, inner) } }
  end
  return { [operator] = operand(choose, operator) }
end

local function where_of(choose)
  local where = {}
  for _ = 1, choose { 0, 1, 2, 3 } do
    where[choose(PATHS)] = conditions(choose)
  end
  return where
end

local function select_of(choose)
  local paths = {}
  for i = 1, choose { 0, 1, 2, 3 } do
    paths[i] = choose(PATHS)
  end
  return paths[1] and paths or nil
end

local function object(choose, depth)
  local space, fields = choose(SPACES), {}
  for i = 1, choose { 0, 1, 2, 3, 4 } do
    local value = depth < 3 and choose(YES_OR_NO) and object(choose, depth + 1) or choose(VALUES)
    fields[i] = choose(KEYS) .. ":" .. space .. value
  end
  return "{" .. table.concat(fields, "," .. space) .. space .. "}"
end

--- Rows that are alike, or nearly, or not at all.
local function rows_of(choose)
  local count, rows = choose { 1, 2, 3, 4, 8, 12 }, {}
  if choose(YES_OR_NO) then
    return alike.objects(choose, count)
  end
  for i = 1, count do
    rows[i] = choose(YES_OR_NO) and rows[i - 1] or object(choose, 1)
  end
  return rows
end

local ARRAY = {} -- so that Lua knows arrays from objects
local OPTIONS = { array_mt = ARRAY }

--- A value in JSON and what the model reads in it, made of so many bytes of the input from a place.
local function value_of(input, at, length)
  local bytes = input:sub(at, at + length - 1)
  local make = length % 2 == 0 and model.string_of or model.number_of
  local text = make(bytes)
  local value, offset = model.decode(text, core.null)
  if offset then
    text = VALUES[(input:byte(at) or 0) % #VALUES + 1]
    value = model.decode(text, core.null)
  end
  return text, value
end

--- Whether the operator takes such an operand.
local function takes(operator, value)
  local kind = type(value)
  if operator:find "with$" then
    return kind == "string"
  elseif operator:find "^[lg]" then
    return kind == "string" or kind == "number"
  end
  return kind == "string" or kind == "number" or kind == "boolean"
end

--- The rows where the operator holds come, and no others.
local function check_operator(operator, wanted, rows, values)
  local compiled = assert(core.query { where = { v = { [operator] = wanted } } })
  local page = assert(decoding.page(rows, compiled))
  for number, value in ipairs(values) do
    local expected = operator == "ne" or operator == "none_of"
    if value ~= core.null then
      expected = model.OPERATORS[operator](value, wanted)
    end
    if expected then
      local row = page:next()
      assert(row and row.n == number, operator .. " misses row " .. number .. " of " .. rows)
    end
  end
  assert(page:next() == nil, operator .. " finds a row too many in " .. rows)
end

--- Each operator, with operands made of the input, on rows made of it.
local function check_operators(input)
  local texts, values = {}, {}
  for i = 1, 6 do
    texts[i], values[i] = value_of(input, 3 * i, (input:byte(i) or 0) % 12 + 1)
  end
  texts[7] = "[" .. table.concat(texts, ",", 1, 3) .. "]"
  values[7] = { values[1], values[2], values[3] }
  local rows = {}
  for number, text in ipairs(texts) do
    rows[number] = ('{"n":%d,"v":%s}'):format(number, text)
  end
  local page = '{"data":[' .. table.concat(rows, ",") .. "]}"
  for operator in pairs(model.OPERATORS) do
    for _, wanted in ipairs { values[1], values[4], values[5] } do
      if takes(operator, wanted) then
        local given = operator:find "_of$" and { "none", wanted } or wanted
        check_operator(operator, given, page, values)
      end
    end
  end
end

--- Steps of a chain, for the oracle, and the core's query of them.
local function chain_of(choose)
  local chain, steps = {}, {}
  for i = 1, choose { 1, 2, 3, 4 } do
    local select = choose(YES_OR_NO) and select_of(choose) or nil
    local step = select and { select = select } or { where = where_of(choose) }
    chain[i] = select and { "select", select } or { "where", step.where }
    steps[i] = step
  end
  return chain, assert(core.query { chain = steps })
end

return function(input)
  check_operators(input)
  local choose = alike.chooser(input)
  local chain, compiled = chain_of(choose)
  local text = '{"data":[' .. table.concat(rows_of(choose), ",") .. "]}"
  for _ = 1, 2 do -- by what the query has learned, too
    local page = assert(decoding.page(text, compiled, OPTIONS))
    local json = assert(decoding.page(text, compiled, OPTIONS))
    local whole, all = assert(decoding.page(text, nil, OPTIONS)), {}
    for row in whole.next, whole do
      all[#all + 1] = row
    end
    for _, expected in ipairs(oracle.chain(all, chain, OPTIONS)) do
      local got, spelled = page:next(), json:next_json()
      assert(got and model.same(expected, got), text)
      local read = decoding.value(spelled, OPTIONS)
      assert(model.same(expected, read), text .. " gave " .. spelled)
    end
    assert(page:next() == nil and json:next_json() == nil, text)
  end
end
