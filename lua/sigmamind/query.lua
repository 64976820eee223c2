--- query: combines the where and select steps of a listing, and compiles them once. The core checks
--- the steps, and evaluates them on the bytes of a page.
--
--   where  = { campaignStatus = "live", concurrentCalls = { ge = 5, lt = 20 } }
--   select = { "campaignId", "phoneNumber.sipPhoneNumber" }
--
-- A chain is a list of steps {where = ...}, {select = ...}. A where after take or drop has its own
-- stage, because these count rows that it excludes: see core.query.

local canonical = require "sigmamind.canonical"
local check = require "sigmamind.check"
local core = require "sigmamind.core"
local nearest = require "sigmamind.nearest"

local query = {}

---@class sigmamind.Step
---@field where? table<string, any>
---@field select? string[]
---@field stage? integer  of where

---@param path any
---@return string[]|nil names  nil: not a path
local function split(path)
  if type(path) ~= "string" or ("." .. path .. "."):find("..", 1, true) then
    return nil
  end
  local names = {}
  for name in path:gmatch "[^.]+" do
    names[#names + 1] = name
  end
  return names
end

--- A function that returns the field at a dotted path; nil if it is absent or null. Raises at
--- `level` if the path is malformed.
---@param path string
---@param null any  the client's value for null
---@param level integer  as for `error`
---@return fun(row: table): any
function query.getter(path, null, level)
  local names = split(path)
  if not names then
    error(check.show(path) .. " is not a path like 'agent.name'", level + 1)
  end
  return function(row)
    local value = row
    for _, name in ipairs(names) do
      if type(value) ~= "table" or value == null then
        return nil
      end
      value = rawget(value, name) -- an array's metatable has no fields of the row
    end
    if value ~= core.null and value ~= null then
      return value
    end
  end
end

--- Raises at `level` if the where or the select is malformed.
---@param step sigmamind.Step
---@param level integer  as for `error`
function query.check(step, level)
  local ok, message, _, operator, known = core.query { where = step.where, select = step.select }
  local meant = known and nearest(operator, known)
  if meant then
    message = message:gsub("^(.*); known:", "%1 (did you mean " .. meant .. "?); known:")
  end
  if not ok then
    error(message, level + 1)
  end
end

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local copied = {}
  for key, each in pairs(value) do
    copied[key] = copy(each)
  end
  return copied
end

--- All conditions of both tables, or nil if they share a field.
local function merged(first, second)
  local both = {}
  for path, wanted in pairs(first) do
    both[path] = wanted
  end
  for path, wanted in pairs(second) do
    if both[path] ~= nil then
      return nil
    end
    both[path] = wanted
  end
  return both
end

--- A new chain with a copy of another step. Its conditions are merged into an existing step if
--- possible, so that equal queries are equal however they were chained.
---@param chain sigmamind.Step[]
---@param step sigmamind.Step  a checked one
---@return sigmamind.Step[]
function query.append(chain, step)
  local longer, added = {}, copy(step)
  for i, each in ipairs(chain) do
    longer[i] = each
    local both = each.where and added.where and each.stage == added.stage
      and merged(each.where, added.where)
    if both then
      longer[i], added = { where = both, stage = each.stage }, {}
    end
  end
  if next(added) ~= nil then
    longer[#longer + 1] = added
  end
  return longer
end

--- The chain of a listing with an initial where and select; either may be nil.
---@param where table<string, any>|nil
---@param select string[]|nil
---@return sigmamind.Step[]
function query.chain(where, select)
  local chain = where and query.append({}, { where = where, stage = 0 }) or {}
  return select and query.append(chain, { select = select }) or chain
end

--- The conditions and the selections of a chain before any take or drop, for a token: nil for
--- none. Equal conditions are equal in any order.
---@param chain sigmamind.Step[]
---@return table<string, true>|nil wheres, table[]|nil selects
function query.parts(chain)
  local wheres, selects = {}, {}
  for _, step in ipairs(chain) do
    if step.stage == 0 and next(step.where) ~= nil then
      wheres[canonical(step.where)] = true
    end
    selects[#selects + 1] = step.select
  end
  return next(wheres) and wheres, selects[1] and selects
end

local COMPILED_MAX = 64

local compiled, compiled_count = {}, 0

--- The core's query for a chain of checked steps. Equal chains share one, because what it has
--- learned about the rows helps every walk.
---@param chain sigmamind.Step[]
---@param key string  the field that identifies a row
---@return userdata
function query.compile(chain, key)
  local text = canonical { chain, key }
  if not compiled[text] then
    local rows = assert(core.query { chain = chain, key = key })
    if compiled_count == COMPILED_MAX then
      compiled, compiled_count = {}, 0
    end
    compiled[text], compiled_count = rows, compiled_count + 1
  end
  return compiled[text]
end

return query
