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

--- Rows that a request has made. They may change with time, and are made anew each time.
---@class sigmamind.sandbox.Made
---@field count integer
---@field row fun(number: integer, index: integer, now: number): table
---@field status fun(index: integer, now: number): string for the argument `status` of the list
---@field over fun(): number the time from which no row changes any more

---@class sigmamind.sandbox.Store
---@field private declaration sigmamind.Declaration
---@field private source sigmamind.sandbox.Source
---@field private hidden table<string, true> the fields that a row in a list does not have
---@field private numbers integer[] of all rows, in the order of the list
---@field private selections table<string, integer[]> the same by arguments; made on demand
---@field private unused integer the next number that no row of this list ever had
---@field private rows table<integer, string> JSON of rows, by number
---@field private ids table<integer, string> their identifiers, by number
---@field private made {first: integer, made: sigmamind.sandbox.Made}[] by their first numbers
---@field private replaced table<integer, sigmamind.sandbox.Made> in place of generated rows
---@field private clock sigmamind.sandbox.Clock
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
---@param clock sigmamind.sandbox.Clock
---@return sigmamind.sandbox.Store
function store.new(declaration, count, clock)
  local source = require("sigmamind.sandbox.data." .. declaration.name)
  local self = setmetatable({
    declaration = declaration,
    source = source,
    hidden = hidden_in_lists(declaration.row),
    rows = {},
    ids = {},
    clock = clock,
  }, Store)
  self:fill(count)
  return self
end

--- The stores of all declared resources.
---@param counts table<string, integer> numbers of rows, by resource
---@param clock sigmamind.sandbox.Clock
---@return table<string, sigmamind.sandbox.Store>
function store.all(counts, clock)
  local stores = {}
  for _, declaration in ipairs(resources) do
    stores[declaration.name] = store.new(declaration, counts[declaration.name], clock)
  end
  return stores
end

--- Replaces the list by the generated rows from 1 to `count`.
---@param count integer
function Store:fill(count)
  local numbers = {}
  for number = 1, count do
    numbers[number] = number
  end
  self.numbers, self.selections, self.unused = numbers, {}, count + 1
  self.made, self.replaced = {}, {}
end

--- Removes the rows that requests have made.
function Store:forget()
  local numbers = {}
  for _, number in ipairs(self.numbers) do
    local made = self:find_made(number)
    numbers[#numbers + 1] = (not made or self.replaced[number]) and number or nil
  end
  self.numbers, self.selections, self.made, self.replaced = numbers, {}, {}, {}
end

--- The number that the next row has.
---@return integer
function Store:next_number()
  return self.unused
end

--- Appends rows.
---@param made sigmamind.sandbox.Made
---@return integer number of the first
function Store:add(made)
  local first = self.unused
  table.insert(self.made, { first = first, made = made })
  self:insert(#self.numbers, made.count)
  return first
end

--- The rows that a request has made, with that number among them; nil: it is a generated one.
---@private
---@param number integer
---@return sigmamind.sandbox.Made|nil made, integer index
function Store:find_made(number)
  if self.replaced[number] then
    return self.replaced[number], 1
  end
  local low, high = 1, #self.made
  while low <= high do
    local middle = math.floor((low + high) / 2)
    local each = self.made[middle]
    if number < each.first then
      high = middle - 1
    elseif number >= each.first + each.made.count then
      low = middle + 1
    else
      return each.made, number - each.first + 1
    end
  end
  return nil, 0
end

--- The row with that number.
---@private
---@param number integer
---@return table row, sigmamind.sandbox.Made|nil made
function Store:make(number)
  local made, index = self:find_made(number)
  if made then
    return made.row(number, index, self.clock:now()), made
  end
  return self.source.row(number)
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
  local made, index = self:find_made(number)
  if made then
    return made.status(index, self.clock:now()) == wanted.status
  end
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

--- Whether no row will change by itself.
---@private
---@return boolean
function Store:is_settled()
  local now = self.clock:now()
  for _, each in ipairs(self.made) do
    if each.made.over() > now then
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
    -- An empty one is not kept: clients can think of any number of values that no row has. Nor is
    -- one of rows that change with time.
    self.selections[key] = selected[1] and self:is_settled() and selected or nil
  end
  return selected
end

---@private
---@param number integer
---@return string
function Store:row(number)
  local is_made = self:find_made(number) ~= nil -- maybe with the number of a generated row before
  local text = not is_made and self.rows[number]
  if not text then
    local row = self:make(number)
    text = json.row(row, self.declaration.row, false, self.hidden)
    if not is_made then
      self.ids[number] = row[self.declaration.id]
      self.rows[number] = #text <= KEPT_MAX and text or nil
    end
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

--- The place of a row in the list; nil: it is not there.
---@private
---@param number integer
---@return integer|nil
function Store:place(number)
  for i, each in ipairs(self.numbers) do
    if each == number then
      return i
    end
  end
end

--- The row with that identifier; nil: the list has none.
---@private
---@param identifier string
---@return integer|nil number, table row, sigmamind.sandbox.Made|nil made
function Store:number_of(identifier)
  local encoded = generator.number(identifier)
  for named = 0, NAMED do
    local number = named == 0 and encoded or named
    if number > 0 and number < self.unused then
      local row, made = self:make(number)
      if row[self.declaration.id] == identifier and self:place(number) then
        return number, row, made
      end
    end
  end
end

--- The row with that identifier, as JSON; nil: the list has none.
---@param identifier string
---@return string|nil
function Store:get(identifier)
  local number, row = self:number_of(identifier)
  return number and json.row(row, self.declaration.row)
end

--- The row with that number, as JSON.
---@param number integer
---@return string
function Store:text(number)
  return json.row(self:make(number), self.declaration.row)
end

--- The identifier of the row with that number.
---@param number integer
---@return string
function Store:identifier(number)
  return (self:make(number))[self.declaration.id]
end

--- The first row that has this value in a field.
---@param field string
---@param value any
---@return table|nil
function Store:find(field, value)
  for _, number in ipairs(self.numbers) do
    local row = self:make(number)
    if row[field] == value then
      return row
    end
  end
end

--- Removes the row with that identifier. Returns whether there was one.
---@param identifier string
---@return boolean
function Store:remove(identifier)
  local number = self:number_of(identifier)
  if number then
    self:delete(self:place(number) - 1, 1)
  end
  return number ~= nil
end

--- Changes the row with that identifier by change(row, made), which returns what replaces a
--- generated one, nil if it has changed a made one, or false, err. Returns whether there was a row,
--- and err.
---@param identifier string
---@param change fun(row: table, made: sigmamind.sandbox.Made|nil)
---@return boolean found, string|nil err
function Store:update(identifier, change)
  local number, row, made = self:number_of(identifier)
  if not number then
    return false
  end
  local replacement, err = change(row, made)
  if replacement then
    self.replaced[number] = replacement
    self.selections = {}
  end
  return true, err
end

--- The identifiers of all rows, in the order of the list.
---@return string[]
function Store:identifiers()
  local identifiers = {}
  for i, number in ipairs(self.numbers) do
    local is_made = self:find_made(number) ~= nil
    if not is_made and not self.ids[number] then
      self:row(number)
    end
    identifiers[i] = is_made and self:identifier(number) or self.ids[number]
  end
  return identifiers
end

return store
