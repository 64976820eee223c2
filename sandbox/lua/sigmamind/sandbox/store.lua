--- sandbox.store: the list of a resource that the sandbox serves. It holds the numbers of the rows.
--- The JSON of a row is made when a page first needs it, so that a list of 100,000 is cheap, and
--- kept even when the row leaves the list or the list is refilled.

local generator = require "sigmamind.sandbox.data.generator"
local json = require "sigmamind.sandbox.json"
local resources = require "sigmamind.resources"

local store = {}

local KEPT_MAX = 16384 -- bytes: longer rows are made again, so that memory is for many short ones
local NAMED = 10 -- of the first rows, some may have identifiers that do not encode their numbers

--- The module sandbox.data.NAME of a resource: makes its rows.
---@class sigmamind.sandbox.Source
---@field row fun(number: integer): table from 1; only declared fields, json.null for null
---@field filters? table<string, fun(number: integer): any> values that arguments of the list are
---  compared with; default: the row's field with the name of the argument

---@class sigmamind.sandbox.Store
---@field private declaration sigmamind.Declaration
---@field private source sigmamind.sandbox.Source
---@field private hidden table<string, true> the fields that a row in a list does not have
---@field private numbers integer[] of all rows, in the order of the list
---@field private selections table<string, integer[]> the same by arguments; made on demand
---@field private unused integer the next number that no row of this list ever had
---@field private rows table<integer, string> JSON of rows, by number
---@field private ids table<integer, string> their identifiers, by number
local Store = { __name = "sigmamind.sandbox.store" }
Store.__index = Store

--- The fields that a row in a list does not have.
local function hidden_in_lists(fields)
  local hidden = {}
  for _, field in ipairs(fields) do
    hidden[field.name] = field.get_only
  end
  return hidden
end

---@param declaration sigmamind.Declaration
---@param count integer number of rows
---@return sigmamind.sandbox.Store
function store.new(declaration, count)
  local source = require("sigmamind.sandbox.data." .. declaration.name)
  local self = setmetatable({
    declaration = declaration,
    source = source,
    hidden = hidden_in_lists(declaration.row),
    rows = {},
    ids = {},
  }, Store)
  self:fill(count)
  return self
end

--- The stores of all declared resources.
---@param counts table<string, integer> numbers of rows, by resource
---@return table<string, sigmamind.sandbox.Store>
function store.all(counts)
  local stores = {}
  for _, declaration in ipairs(resources) do
    stores[declaration.name] = store.new(declaration, counts[declaration.name])
  end
  return stores
end

--- Replaces the list by the rows from 1 to `count`.
---@param count integer
function Store:fill(count)
  local numbers = {}
  for number = 1, count do
    numbers[number] = number
  end
  self.numbers, self.selections, self.unused = numbers, {}, count + 1
end

--- Inserts rows with numbers that this list never had.
---@param position integer zero-based, of the first one; past the end: at the end
---@param count integer
function Store:insert(position, count)
  local numbers = self.numbers
  local before = math.min(position, #numbers)
  for i = #numbers, before + 1, -1 do
    numbers[i + count] = numbers[i]
  end
  for i = 1, count do
    numbers[before + i] = self.unused
    self.unused = self.unused + 1
  end
  self.selections = {}
end

--- Deletes rows, as far as there are any.
---@param position integer zero-based, of the first one
---@param count integer
function Store:delete(position, count)
  local numbers = self.numbers
  local total = #numbers
  local gone = math.max(0, math.min(count, total - position))
  for i = position + 1, total do
    numbers[i] = i + gone <= total and numbers[i + gone] or nil
  end
  self.selections = {}
end

---@private
---@param number integer
---@param wanted table<string, any>
---@return boolean
function Store:fits(number, wanted)
  local filters = self.source.filters or {}
  for argument, value in pairs(wanted) do
    local filter = filters[argument]
    if filter then
      if filter(number) ~= value then
        return false
      end
    elseif self.source.row(number)[argument] ~= value then
      return false
    end
  end
  return true
end

---@private
---@param wanted table<string, any> values by argument; empty: all rows
---@return integer[]
function Store:select(wanted)
  if not next(wanted) then
    return self.numbers
  end
  local key = json.encode(wanted)
  local selected = self.selections[key]
  if not selected then
    selected = {}
    for _, number in ipairs(self.numbers) do
      if self:fits(number, wanted) then
        selected[#selected + 1] = number
      end
    end
    -- an empty one is not kept: clients can think of any number of values that no row has
    self.selections[key] = selected[1] and selected
  end
  return selected
end

---@private
---@param number integer
---@return string
function Store:row(number)
  local text = self.rows[number]
  if not text then
    local row = self.source.row(number)
    text = json.row(row, self.declaration.row, false, self.hidden)
    self.ids[number] = row[self.declaration.id]
    self.rows[number] = #text <= KEPT_MAX and text or nil
  end
  return text
end

--- The rows of one page, as the members of a JSON array.
---@param wanted table<string, any> values by argument; empty: all rows
---@param page integer zero-based
---@param size integer at least 1
---@return string rows, integer total_count rows: "" past the end
function Store:page(wanted, page, size)
  local selected = self:select(wanted)
  local total, before = #selected, page * size
  local rows = {}
  for i = before + 1, math.min(before + size, total) do
    rows[#rows + 1] = self:row(selected[i])
  end
  return table.concat(rows, ","), total
end

---@private
---@param number integer
---@return boolean
function Store:has(number)
  for _, each in ipairs(self.numbers) do
    if each == number then
      return true
    end
  end
  return false
end

--- The row with that identifier, as JSON; nil: the list has none.
---@param identifier string
---@return string|nil
function Store:get(identifier)
  local encoded = generator.number(identifier)
  for named = 0, NAMED do
    local number = named == 0 and encoded or named
    local row = number > 0 and self.source.row(number)
    if row and row[self.declaration.id] == identifier and self:has(number) then
      return json.row(row, self.declaration.row)
    end
  end
end

--- The identifiers of all rows, in the order of the list.
---@return string[]
function Store:identifiers()
  local identifiers = {}
  for i, number in ipairs(self.numbers) do
    if not self.ids[number] then
      self:row(number)
    end
    identifiers[i] = self.ids[number]
  end
  return identifiers
end

return store
