--- query: where and select. The core applies them to the bytes of a page; here they are checked,
--- and applied to rows that have been through a Lua function.
--
--   where  = { campaignStatus = "live", concurrentCalls = { ge = 5, lt = 20 } }
--   select = { "campaignId", "phoneNumber.sipPhoneNumber" }
--
-- Paths are dotted field names. All conditions must hold. Nothing is coerced: 5 and "5" differ. A
-- field that is absent or null equals nothing, so only `ne` and `exists = false` hold for it.

local canonical = require "sigmamind.canonical"
local check = require "sigmamind.check"
local core = require "sigmamind.core"

local query = {}

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

--- Whether a < b, for two numbers or two strings; for anything else neither < nor > holds.
local function less(a, b)
  local kind = type(a)
  if kind ~= type(b) then
    return false
  elseif kind == "string" then
    return sorts_before(a, b)
  end
  return kind == "number" and a < b
end

local function less_or_equal(a, b)
  return less(a, b) or a == b
end

--- Arrays are read raw: what their metatable (array_mt) adds is no element of the row.
local function is_one_of(value, list)
  local i = 1
  while rawget(list, i) ~= nil do
    if value == rawget(list, i) then
      return true
    end
    i = i + 1
  end
  return false
end

local function contains(value, wanted)
  if type(value) == "table" then
    return is_one_of(wanted, value)
  end
  return type(value) == "string"
    and type(wanted) == "string"
    and value:find(wanted, 1, true) ~= nil
end

--- Operators on a value that is there. Each takes the value and its operand.
local OPERATORS = {
  eq = function(value, wanted)
    return value == wanted
  end,
  ne = function(value, wanted)
    return value ~= wanted
  end,
  lt = less,
  le = less_or_equal,
  gt = function(value, bound)
    return less(bound, value)
  end,
  ge = function(value, bound)
    return less_or_equal(bound, value)
  end,
  one_of = is_one_of,
  starts_with = function(value, prefix)
    return type(value) == "string" and value:sub(1, #prefix) == prefix
  end,
  ends_with = function(value, suffix)
    return type(value) == "string" and (suffix == "" or value:sub(-#suffix) == suffix)
  end,
  contains = contains,
  exists = function(_, wanted)
    return wanted
  end,
}

--- What holds for a field that is absent or null.
local function holds_for_absent(operator, operand)
  return operator == "ne" or (operator == "exists" and operand == false)
end

local function is_scalar(value)
  local kind = type(value)
  return kind == "string" or kind == "boolean" or (kind == "number" and value == value)
end

local function is_ordered(value)
  return is_scalar(value) and type(value) ~= "boolean"
end

local function count(t)
  local n = 0
  for _ in pairs(t) do
    n = n + 1
  end
  return n
end

local function is_list_of_scalars(value)
  if type(value) ~= "table" or #value == 0 or #value ~= count(value) then
    return false
  end
  for _, each in ipairs(value) do
    if not is_scalar(each) then
      return false
    end
  end
  return true
end

local SCALAR = { accepts = "a string, a number or a boolean", test = is_scalar }
local ORDERED = { accepts = "a string or a number", test = is_ordered }

--- What each operator takes.
local RULES = {
  eq = SCALAR,
  ne = SCALAR,
  lt = ORDERED,
  le = ORDERED,
  gt = ORDERED,
  ge = ORDERED,
  one_of = { accepts = "a list of strings, numbers or booleans", test = is_list_of_scalars },
  starts_with = check.type "string",
  ends_with = check.type "string",
  contains = SCALAR,
  exists = check.type "boolean",
}

local NAMES_MOST = 500 -- of a path, as the core has it: no row is nested deeper

--- The fields of a dotted path as a list, or nil.
local function split(path)
  if type(path) ~= "string" or path == "" then
    return nil
  end
  local names = {}
  for name in (path .. "."):gmatch "([^.]*)%." do
    if name == "" or #names == NAMES_MOST then
      return nil
    end
    names[#names + 1] = name
  end
  return names
end

--- The value at the path in a row, or nil when it is absent or null.
local function fetch(row, names, null)
  local value = row
  for _, name in ipairs(names) do
    if type(value) ~= "table" or value == null then
      return nil
    end
    value = rawget(value, name) -- an array's metatable has no fields of the row
  end
  if value == core.null or value == null then
    return nil
  end
  return value
end

local function new_condition(names, operator, operand, null)
  local holds, if_absent = OPERATORS[operator], holds_for_absent(operator, operand)
  return function(row)
    local value = fetch(row, names, null)
    if value == nil then
      return if_absent
    end
    return holds(value, operand)
  end
end

--- Adds the conditions on one path to the list.
local function add_conditions(conditions, path, wanted, null, level)
  local names = split(path)
  if not names then
    error("where: " .. check.show(path) .. " is not a path like 'agent.name'", level + 1)
  end
  local operators = type(wanted) == "table" and wanted or { eq = wanted }
  check.arguments("where '" .. path .. "'", RULES, operators, level + 1, "operator")
  if next(operators) == nil then
    error("where '" .. path .. "': no operator given", level + 1)
  end
  for operator, operand in pairs(operators) do
    conditions[#conditions + 1] = new_condition(names, operator, operand, null)
  end
end

--- A function that reads the field at a dotted path; nil when it is absent or null. Raises at
--- `level` when it is no path.
---@param path string
---@param null any  what the client makes of null
---@param level integer  as for `error`
---@return fun(row: table): any
function query.getter(path, null, level)
  local names = split(path)
  if not names then
    error(check.show(path) .. " is not a path like 'agent.name'", level + 1)
  end
  return function(row)
    return fetch(row, names, null)
  end
end

--- Compiles a where table to a predicate over rows. Raises at `level` when it is malformed.
---@param where table<string, any>
---@param null any  what the client makes of null
---@param level integer  as for `error`
---@return fun(row: table): boolean
function query.where(where, null, level)
  if type(where) ~= "table" then
    error("where must be a table of conditions, got " .. check.show(where), level + 1)
  end
  local conditions = {}
  for path, wanted in pairs(where) do
    add_conditions(conditions, path, wanted, null, level + 1)
  end
  return function(row)
    for _, condition in ipairs(conditions) do
      if not condition(row) then
        return false
      end
    end
    return true
  end
end

--- Adds a path to the tree of selected ones, in which true is a whole value and a table some fields
--- of an object. A whole value stays whole.
local function add_path(tree, names)
  for i = 1, #names - 1 do
    local branch = tree[names[i]] or {}
    if branch == true then
      return
    end
    tree[names[i]] = branch
    tree = branch
  end
  tree[names[#names]] = true
end

local function new_tree(paths, level)
  local tree = {}
  for _, path in ipairs(paths) do
    local names = split(path)
    if not names then
      error("select: " .. check.show(path) .. " is not a path like 'agent.name'", level + 1)
    end
    add_path(tree, names)
  end
  return tree
end

--- Whether a value is a decoded object. An empty array is told from one by its metatable alone,
--- where the client gives arrays one.
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

--- A copy of a where or select that is well formed, which the caller may change from now on.
---@param asked table|nil
---@return table|nil
function query.copy(asked)
  if type(asked) ~= "table" then
    return asked
  end
  local copied = {}
  for key, value in pairs(asked) do
    copied[key] = query.copy(value)
  end
  return copied
end

--- All conditions of both tables, or nil when they have a field in common.
---@param first table|nil
---@param second table
---@return table|nil
function query.merge(first, second)
  local merged = {}
  for path, wanted in pairs(first or {}) do
    merged[path] = wanted
  end
  for path, wanted in pairs(second) do
    if merged[path] ~= nil then
      return nil
    end
    merged[path] = wanted
  end
  return merged
end

---@class sigmamind.Decoding  what rows were decoded with
---@field null? any
---@field array_mt? table

--- Compiles a select list to a function that makes a row of the selected fields alone, nested as
--- they were. Raises at `level` when it is malformed.
---@param paths string[]
---@param decoding sigmamind.Decoding
---@param level integer  as for `error`
---@return fun(row: table): table
function query.select(paths, decoding, level)
  if type(paths) ~= "table" or #paths == 0 or #paths ~= count(paths) then
    error("select must be a list of paths, got " .. check.show(paths), level + 1)
  end
  local tree = new_tree(paths, level + 1)
  return function(row)
    return prune(row, tree, decoding)
  end
end

--- Raises at `level` when a where or a select is malformed; either may be nil.
---@param where table|nil
---@param select string[]|nil
---@param level integer  as for `error`
function query.check(where, select, level)
  if where ~= nil then
    query.where(where, nil, level + 1)
  end
  if select ~= nil then
    query.select(select, {}, level + 1)
  end
end

local COMPILED_MOST = 64

local compiled, compiled_count = {}, 0

--- The core's query for a where and a select that were checked; either may be nil. Equal ones get
--- the same: what it has learned of the rows serves every walk.
---@param where table|nil
---@param select string[]|nil
---@param key string  the field that tells rows apart
---@return userdata
function query.compile(where, select, key)
  local text = canonical { where or {}, select or {}, key }
  if not compiled[text] then
    local rows = assert(core.query { where = where, select = select, key = key })
    if compiled_count == COMPILED_MOST then
      compiled, compiled_count = {}, 0
    end
    compiled[text], compiled_count = rows, compiled_count + 1
  end
  return compiled[text]
end

return query
