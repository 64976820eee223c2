--- query: what a listing is asked for by where and select. The core checks it, and decides on the
--- bytes of a page; here the steps of a chain are put together, and compiled once.
--
--   where  = { campaignStatus = "live", concurrentCalls = { ge = 5, lt = 20 } }
--   select = { "campaignId", "phoneNumber.sipPhoneNumber" }
--
-- A chain is a list of steps {where = ...}, {select = ...}. Behind take and drop a where has a
-- stage of its own, because these count rows that it will leave out: see core.query.

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
---@return string[]|nil names  nil: it is no path
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

--- Raises at `level` when the where or the select is malformed.
---@param step sigmamind.Step
---@param level integer  as for `error`
function query.check(step, level)
  local ok, message, _, operator, known = core.query { where = step.where, select = step.select }
  local meant = known and nearest(operator, known)
  if meant then
    message = message:gsub("^(.*); known are", "%1 (did you mean " .. meant .. "?); known are")
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

--- All conditions of both tables, or nil when they have a field in common.
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

--- The chain with a copy of another step, whose conditions go into a step that the chain has if
--- they can: so equal ones are one query, however they were chained. The chain that was given
--- stays as it is.
---@param chain sigmamind.Step[]
---@param step sigmamind.Step  which was checked
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

--- The chain of a listing that is given a where and a select at once; either may be nil.
---@param where table<string, any>|nil
---@param select string[]|nil
---@return sigmamind.Step[]
function query.chain(where, select)
  local chain = where and query.append({}, { where = where, stage = 0 }) or {}
  return select and query.append(chain, { select = select }) or chain
end

--- What a chain asks of the listing before anything is counted, for a token: the where and the
--- select, nil for none; a list of them where they are no one table.
---@param chain sigmamind.Step[]
---@return table|nil where, table|nil select
function query.asked(chain)
  local wheres, selects = {}, {}
  for _, step in ipairs(chain) do
    if step.stage == 0 and next(step.where) ~= nil then
      wheres[#wheres + 1] = step.where
    end
    selects[#selects + 1] = step.select
  end
  return #wheres > 1 and wheres or wheres[1], #selects > 1 and selects or selects[1]
end

local COMPILED_MAX = 64

local compiled, compiled_count = {}, 0

--- The core's query for a chain whose steps were checked. Equal ones get the same: what it has
--- learned of the rows serves every walk.
---@param chain sigmamind.Step[]
---@param key string  the field that tells rows apart
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
