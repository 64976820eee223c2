-- where, select and their chains over decoded rows, written from doc/reference.md. The specs compare it with
-- the core, which evaluates them on bytes.

local core = require "sigmamind.core"

local oracle = {}

--- Whether string a sorts before b by its bytes; Lua's own < follows the locale.
local function sorts_before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then
      return x < y
    end
  end
  return #a < #b
end

--- Whether a < b, for two numbers or two strings; other types are not ordered.
local function less(a, b)
  local kind = type(a)
  if kind ~= type(b) then
    return false
  elseif kind == "string" then
    return sorts_before(a, b)
  end
  return kind == "number" and a < b
end

local function is_ordered(value)
  return type(value) == "number" or type(value) == "string"
end

--- Arrays are read raw: fields of their metatable (array_mt) are not elements of the row.
local function is_in(list, value)
  local i = 1
  while rawget(list, i) ~= nil do
    if value == rawget(list, i) then
      return true
    end
    i = i + 1
  end
  return false
end

local function is_null(value, null)
  return value == nil or value == core.null or value == null
end

local function count(t)
  local n = 0
  for _ in next, t do
    n = n + 1
  end
  return n
end

--- Operators: each gets a value, which is not nil, and its operand.
local operators = {}

--- Whether all the operators, or the value alone, hold for a value.
local function holds(value, wanted, null)
  if type(wanted) ~= "table" then
    wanted = { eq = wanted }
  end
  for operator, operand in pairs(wanted) do
    local is_met
    if is_null(value, null) then
      is_met = operator == "ne" or operator == "none_of" or operator == "exists" and not operand
    else
      is_met = operators[operator](value, operand, null)
    end
    if not is_met then
      return false
    end
  end
  return true
end

function operators.eq(value, wanted) return value == wanted end
function operators.ne(value, wanted) return value ~= wanted end
function operators.lt(value, bound) return less(value, bound) end
function operators.gt(value, bound) return less(bound, value) end
function operators.le(value, bound) return less(value, bound) or is_ordered(value) and value == bound end
function operators.ge(value, bound) return less(bound, value) or is_ordered(value) and value == bound end
function operators.one_of(value, list) return is_in(list, value) end
function operators.none_of(value, list) return not is_in(list, value) end
function operators.exists(_, wanted) return wanted end

function operators.starts_with(value, prefix)
  return type(value) == "string" and value:sub(1, #prefix) == prefix
end

function operators.ends_with(value, suffix)
  return type(value) == "string" and #value >= #suffix and value:sub(#value - #suffix + 1) == suffix
end

function operators.contains(value, wanted)
  if type(value) == "table" then
    return is_in(value, wanted)
  end
  return type(value) == "string" and type(wanted) == "string" and value:find(wanted, 1, true) ~= nil
end

function operators.length(value, wanted)
  if type(value) == "string" then
    return holds(#value, wanted)
  end
  return type(value) == "table" and holds(count(value), wanted)
end

function operators.any(value, wanted, null)
  local i = 1
  while type(value) == "table" and rawget(value, i) ~= nil do
    if holds(rawget(value, i), wanted, null) then
      return true
    end
    i = i + 1
  end
  return false
end

local function names_of(path)
  local names = {}
  for name in path:gmatch "[^.]+" do
    names[#names + 1] = name
  end
  return names
end

--- The value at the path in a row, or nil when it is absent or null.
local function fetch(row, names, null)
  local value = row
  for _, name in ipairs(names) do
    if type(value) ~= "table" or is_null(value, null) then
      return nil
    end
    value = rawget(value, name)
  end
  return value
end

--- Whether a row meets all the conditions. Its nulls are core.null, or `null`, or absent; those of
--- arrays are core.null.
---@param where table<string, any>
---@param null any
---@return fun(row: table): boolean
function oracle.where(where, null)
  return function(row)
    for path, wanted in pairs(where) do
      if not holds(fetch(row, names_of(path), null), wanted, null) then
        return false
      end
    end
    return true
  end
end

--- Adds a path to the tree of selected ones, in which true is a whole value.
local function add_path(tree, names)
  for i = 1, #names - 1 do
    local branch = tree[names[i]] or {}
    if branch == true then
      return
    end
    tree[names[i]], tree = branch, branch
  end
  tree[names[#names]] = true
end

--- Only its metatable distinguishes an empty array from an object.
local function is_object(value, decoding)
  return type(value) == "table"
    and value ~= decoding.null
    and rawget(value, 1) == nil
    and (decoding.array_mt == nil or getmetatable(value) ~= decoding.array_mt)
end

local function prune(row, tree, decoding)
  local kept = {}
  for name, branch in pairs(tree) do
    local value = rawget(row, name)
    if branch == true then
      kept[name] = value
    elseif is_object(value, decoding) then
      kept[name] = prune(value, branch, decoding)
    end
  end
  return kept
end

--- A row with only the selected fields.
---@param paths string[]
---@param decoding {null: any, array_mt: table|nil}
---@return fun(row: table): table
function oracle.select(paths, decoding)
  local tree = {}
  for _, path in ipairs(paths) do
    add_path(tree, names_of(path))
  end
  return function(row)
    return prune(row, tree, decoding)
  end
end

local function kept(rows, test)
  local list = {}
  for i, row in ipairs(rows) do
    if test(row, i) then
      list[#list + 1] = row
    end
  end
  return list
end

--- The result of a chain over rows. Its steps are {"where", conditions}, {"select", paths}, {"take", n}
--- and {"drop", n}. A where sees whole rows, also after a select.
---@param rows table[]
---@param chain table[]
---@param decoding table
---@return table[]
function oracle.chain(rows, chain, decoding)
  local selects = {}
  for _, step in ipairs(chain) do
    local name, operand = step[1], step[2]
    if name == "select" then
      selects[#selects + 1] = oracle.select(operand, decoding)
    elseif name == "where" then
      rows = kept(rows, oracle.where(operand, decoding.null))
    else
      rows = kept(rows, function(_, i)
        return (i <= operand) == (name == "take")
      end)
    end
  end
  local made = {}
  for i, row in ipairs(rows) do
    for _, select in ipairs(selects) do
      row = select(row)
    end
    made[i] = row
  end
  return made
end

return oracle
