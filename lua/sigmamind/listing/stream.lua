--- stream: a lazy sequence of a listing's rows, with chained where, select, map, take and so on.
--
-- A stream is read once. Calling it returns the next row, so that it works in `for`; a failure then
-- raises its error object. next() returns the same rows, and returns failures as nil, err. After a
-- failure the stream stays usable: the next call retries the failed request, and no row is lost.
--
-- An error may also be raised in the middle of a read, by a hook for instance. So a row is offered
-- again until rows.read counts it, which is the last step of a read. A row that is passed to a
-- user's function counts before the call: the function may raise, and must not get a row twice.

local check = require "sigmamind.check"
local core = require "sigmamind.core"
local errors = require "sigmamind.errors"
local object = require "sigmamind.object"
local paths = require "sigmamind.listing.paths"
local query = require "sigmamind.query"
local raise = require "sigmamind.raise"
local reader = require "sigmamind.listing.reader"
local stages = require "sigmamind.listing.stages"

local stream = {}

---@class sigmamind.Decoding  how rows are decoded
---@field null? any
---@field array_mt? table

---@class sigmamind.Stream
---@field package base sigmamind.Stream  the listing's own stream; it alone has listing, transport,
---  pager, page and quick
---@field package listing sigmamind.Listing
---@field package transport sigmamind.Transport
---@field package pager? sigmamind.Pager  from the first read on
---@field package rows {read: integer, offered: integer}  rows handed out, and the same with the row
---  that is being handed out; shared by all streams of a listing
---@field package page? sigmamind.core.Page
---@field package quick? sigmamind.core.Page  `page`, if the runtime does not yield between rows
---@operator call: table|nil
---@overload fun(): table|nil
local Stream = { __name = "sigmamind.stream" }
Stream.__index = Stream

--- The rows of a listing's pages. The core evaluates the where and select of the listing, and those
--- that are chained onto it before anything else: a row that does not match is never decoded.
---@param transport sigmamind.Transport
---@param listing sigmamind.Listing
---@param decoding sigmamind.Decoding
---@return sigmamind.Stream
function stream.new(transport, listing, decoding)
  local rows = { read = 0, offered = 0 }
  local self = {
    transport = transport,
    listing = listing,
    decoding = decoding,
    rows = rows,
    ending = rows, -- see ending_of
    paths = paths.new(listing.fields),
    pull = reader.pull,
    fill = reader.fill,
    form = "rows",
    stage = 0,
    is_whole = true, -- each row is the listing's next: no stage in Lua removes any
    is_cut = false, -- the reader may stop at a row that is not known before
    is_counted = false, -- by take or drop: a later where needs a stage
    is_shared = false, -- a take was chained onto it, and may have read rows
    is_eager = false, -- all rows will be read
    is_last_read = false,
    is_broken_off = false,
    closed = false,
    parent = false,
    pager = false,
    page = false,
    quick = false,
    maybe_yield = false,
    yield_at = false,
    list = false, -- of an interrupted totable
  }
  self.base = self
  return setmetatable(self, Stream)
end

--- Whether the end of this stream, or of one that it was derived from, was returned to a caller.
local function is_over(self)
  local ending = self.ending
  while ending do
    if ending.is_over then
      return true
    end
    ending = ending.base
  end
  return self.rows.is_over
end

--- The error for a further read of a stream that was closed or read to its end; nil if it has just
--- ended. totable and count must not mistake a closed stream for a complete one.
local function complaint(self)
  local err = reader.complaint(self.base)
  if not err and is_over(self) then
    err = errors.new {
      kind = "closed",
      message = "this stream was read to its end",
      hint = "a stream can be read once: make a new one, or keep the list from totable()",
    }
  end
  return err
end

--- The table whose is_over records that the end was returned. If the listing has ended, all its
--- streams share it; else only those that are cut at the same row. Set as the last step of a read.
local function ending_of(self)
  return self.rows.at_end and self.rows or self.ending
end

--- The slow path of __call.
local function next_or_raise(self)
  local row, err = self:pull()
  if row == nil then
    err = err or complaint(self)
    if err ~= nil then
      raise(err)
    end
    ending_of(self).is_over = true
    return nil
  end
  local rows = self.rows
  rows.read = rows.offered
  return row
end

--- Costs one call of the core per row while nothing is chained and the runtime does not yield
--- between rows.
function Stream:__call()
  local page = self.quick
  if page then
    local rows = self.rows
    local read = rows.read
    local row = self.next_row(page, read)
    if row then
      rows.offered = read + 1
      rows.read = read + 1
      return row
    end
  end
  return next_or_raise(self)
end

local function next_of(self, want)
  local row, err = self:pull(nil, want)
  if row == nil then
    err = err or complaint(self)
    if err ~= nil then
      return nil, err
    end
    ending_of(self).is_over = true
    return nil
  end
  local rows = self.rows
  rows.read = rows.offered
  return row
end

--- The next row; nil at the end; nil, err on failure, where `for` would raise. On plain Lua 5.1 a
--- runtime that yields needs next(), because an iterator cannot yield there.
---@return any row, sigmamind.Error|nil
function Stream:next()
  object.expect(self, Stream, "next")
  return next_of(self)
end

local function expect_function(name, value)
  if type(value) ~= "function" then
    error(("%s expects a function, got %s"):format(name, type(value)), 3)
  end
end

local function expect_table(name, value)
  if type(value) ~= "table" then
    error(("%s must be a table, got %s"):format(name, check.show(value)), 3)
  end
end

local COUNT_MAX = 2 ^ 53 -- so that sums do not wrap around an integer of Lua 5.3

local function expect_count(name, value)
  if type(value) ~= "number" or value < 0 or value % 1 ~= 0 then
    error(("%s expects an integer of 0 or more, got %s"):format(name, check.show(value)), 3)
  end
  return math.min(value, COUNT_MAX)
end

local function expect_rows(self, name)
  if self.form == "text" then
    error(name .. ": the rows are JSON text here: put it before json()", 3)
  end
end

--- A stream whose rows come from this one, through a stage with these fields.
local function derive(self, pull, fields)
  fields = fields or {}
  fields.parent, fields.base, fields.rows = self, self.base, self.rows
  fields.pull, fields.fill = pull, fields.fill or stages.fill_none
  fields.decoding, fields.ending, fields.is_cut = self.decoding, self.ending, self.is_cut
  fields.form = fields.form or self.form == "text" and "text"
  fields.stage, fields.remake = fields.stage or false, fields.remake or false
  fields.is_whole, fields.is_counted, fields.is_shared = false, false, false
  fields.quick, fields.list = false, false
  return setmetatable(fields, Stream)
end

-- == Where and select ==================================================================
--
-- The core evaluates them while it checks a page, so they must be known before the first page. So
-- where and select derive a new listing with one more step, and stream.remake(base) applies the
-- preceding take and drop to it anew. A where after take or drop has a stage: the core marks the
-- rows that it excludes instead of dropping them, since take and drop count them.

local INSTEAD = {
  where = "filter(function(row) ... end)",
  select = "map(function(row) ... end)",
}
local AFTER_FUNCTION = "%s cannot follow filter, map or take_while: put it before them, or use %s"
local AFTER_READING = "%s: this stream's rows were already read, or taken by take: use %s"

local function expect_remake(self, name)
  local wrong = not self.stage and AFTER_FUNCTION
    or (self.is_shared or self.base.pager) and AFTER_READING
  if wrong then
    error(wrong:format(name, INSTEAD[name]), 3)
  end
end

--- Rebuilds a stream over another base, link by link.
local function replay(self, base)
  return self.parent and self:remake(replay(self.parent, base)) or base
end

--- The same stream, over a listing with one more step.
local function remade(self, step)
  local base = self.base
  local listing = reader.narrow(base.listing, step)
  return replay(self, stream.new(base.transport, listing, base.decoding))
end

--- Rows that the core has not marked as excluded by the where of this stage.
local function passing(parent, stage)
  return derive(parent, stages.pass, {
    form = "rows",
    stage = stage,
    remake = function(self, other)
      return passing(other, self.stage)
    end,
  })
end

-- == The stream itself =================================================================

--- For `for row in stream:iterate() do`: from Lua 5.4 on, leaving the loop closes the walk.
---@return sigmamind.Stream, nil, nil, sigmamind.Stream
function Stream:iterate()
  object.expect(self, Stream, "iterate")
  return self, nil, nil, self
end

--- Cancels the requests in flight; no rows follow. Idempotent.
function Stream:close()
  object.expect(self, Stream, "close")
  reader.close(self.base)
end

Stream.__close = Stream.close

--- The position after the last row that was read, for `resume`, as a short printable string. Of a
--- stream with filters and maps in Lua it is the position in the listing.
---@return string
function Stream:token()
  object.expect(self, Stream, "token")
  return reader.token(self.base)
end

---@class sigmamind.Report
---@field rows integer  rows of the listing that matched and were handed out
---@field pages integer  pages that were read
---@field duplicates integer  rows that came again and were dropped
---@field reread integer  pages that were read again because rows may have moved up
---@field cached integer  pages that came from the cache, or from the request of another reader
---@field stale integer  of these, pages that were older than the cache's ttl
---@field age number  seconds, of the oldest of them when it was read; 0 if all came from the API
---@field total_first? integer  totalCount of the first page
---@field total_last? integer  and of the last
---@field consistent boolean  true if it is proven that every row which existed from the first
---  request to the last was read: all came in one page of the API, or `verify` saw two equal
---  passes
---@field unknown_paths sigmamind.UnknownPath[]  paths of where and select that no row had
---@field mistyped_paths sigmamind.MistypedPath[]  paths of where whose values or elements were all
---  of one type that a condition does not accept

--- Statistics of the walk so far.
---@return sigmamind.Report
function Stream:report()
  object.expect(self, Stream, "report")
  return reader.report(self.base)
end

--- Rows that meet all the conditions.
---@param where table<string, any>  see sigmamind.query
---@return sigmamind.Stream
function Stream:where(where)
  object.expect(self, Stream, "where")
  expect_rows(self, "where")
  expect_table("where", where)
  query.check({ where = where }, 2)
  expect_remake(self, "where")
  local stage = self.is_counted and self.stage + 1 or self.stage
  local rows = remade(self, { where = where, stage = stage })
  return self.is_counted and passing(rows, stage) or rows
end

--- Rows with the selected fields alone. A where that follows sees the whole row.
---@param fields string[]  dotted, as in "agent.name"
---@return sigmamind.Stream
function Stream:select(fields)
  object.expect(self, Stream, "select")
  expect_rows(self, "select")
  expect_table("select", fields)
  query.check({ select = fields }, 2)
  expect_remake(self, "select")
  return remade(self, { select = fields })
end

--- Rows as JSON text instead of tables: the API's own bytes, or what is selected of them, so that
--- empty arrays, big integers and the spelling of numbers survive. Only where, select, take and
--- drop may precede it; neither where nor select may follow. Later functions get text.
---@return sigmamind.Stream
function Stream:json()
  object.expect(self, Stream, "json")
  if self.form ~= "rows" then
    error("json: only where, select, take and drop can come before it, in that order", 2)
  end
  local texts = derive(self, stages.json, { fill = stages.fill_json, form = "text" })
  texts.is_whole = self.is_whole
  return texts
end

--- Rows for which test(row) is true.
---@param test fun(row: any): boolean
---@return sigmamind.Stream
function Stream:filter(test)
  object.expect(self, Stream, "filter")
  expect_function("filter", test)
  return derive(self, stages.filter, { test = test })
end

--- change(row) for each row; nil drops the row.
---@param change fun(row: any): any
---@return sigmamind.Stream
function Stream:map(change)
  object.expect(self, Stream, "map")
  expect_function("map", change)
  return derive(self, stages.map, { change = change })
end

--- A stream that counts rows, with the `remake` that a later where needs.
local function counted(self, pull, method, fields)
  local made = derive(self, pull, fields)
  made.stage, made.is_counted = self.stage, true
  made.is_whole, made.form = self.is_whole, self.form
  made.remake = function(this, other)
    return other[method](other, this.length)
  end
  return made
end

--- The first `count` rows. No page beyond them is requested.
---@param count integer
---@return sigmamind.Stream
function Stream:take(count)
  object.expect(self, Stream, "take")
  local length = expect_count("take", count)
  local knows = self.is_whole and reader.is_unfiltered(self.base.listing)
  local pull = self.is_whole and stages.take_of_whole or stages.take
  local fill = self.is_whole and stages.fill_taken or nil
  local fields = { length = length, taken = 0, last = 0, least = false, fill = fill }
  local first = counted(self, pull, "take", fields)
  first.is_cut = self.is_cut or not knows
  first.ending = { base = self.ending }
  self.is_shared = true
  return first
end

--- Rows until test(row) is false for one; that row is read, and dropped.
---@param test fun(row: any): boolean
---@return sigmamind.Stream
function Stream:take_while(test)
  object.expect(self, Stream, "take_while")
  expect_function("take_while", test)
  local first = derive(self, stages.take_while, { test = test, finished = false })
  first.is_cut, first.ending = true, { base = self.ending }
  return first
end

--- All rows but the first `count`.
---@param count integer
---@return sigmamind.Stream
function Stream:drop(count)
  object.expect(self, Stream, "drop")
  local length = expect_count("drop", count)
  local pull = self.is_whole and stages.drop_of_whole or stages.drop
  return counted(self, pull, "drop", { length = length, dropped = 0, least = false })
end

--- Lets the walk prefetch at full width, unless the stream may stop early.
local function read_eagerly(self)
  if not self.is_cut then
    self.base.is_eager = true
  end
end

--- Stores the result so far in the error: a second call continues after it.
local function with_partial(err, partial)
  err.partial = partial
  return err
end

--- Folds the rows: result = combine(result, row), from `initial`.
---@param combine fun(result: any, row: any): any
---@param initial any
---@return any|nil result, sigmamind.Error|nil  err.partial: the result so far; a second call that
---  gets it as `initial` continues
function Stream:reduce(combine, initial)
  object.expect(self, Stream, "reduce")
  expect_function("reduce", combine)
  local result, rows = initial, self.rows
  read_eagerly(self)
  while true do
    local row, err = self:pull()
    if row == nil then
      err = err or complaint(self)
      if err ~= nil then
        return nil, with_partial(err, result)
      end
      ending_of(self).is_over = true
      return result
    end
    rows.read = rows.offered
    result = combine(result, row)
  end
end

--- Calls visit(row) for each row.
---@param visit fun(row: any)
---@return boolean|nil true, sigmamind.Error|nil
function Stream:each(visit)
  object.expect(self, Stream, "each")
  expect_function("each", visit)
  local _, err = self:reduce(function(_, row)
    visit(row)
  end)
  if err then
    return nil, err
  end
  return true
end

--- The list of a new or an interrupted totable. `before` is the number of rows that were read
--- before those in the list; nil: not known yet. The last row in it may be offered again.
local function list_of(self)
  local list, read = not is_over(self) and self.list or { rows = {} }, self.rows.read
  if list.before and list.before + #list.rows ~= read + 1 then
    list.before = read - #list.rows
  end
  self.list = list
  return list
end

local function append(self, list, row)
  local rows, offered = list.rows, self.rows.offered
  if self.is_whole then
    list.before = list.before or offered - 1
    rows[offered - list.before] = row
  else
    rows[#rows + 1] = row
  end
end

--- All rows in a list.
---@return table|nil rows, sigmamind.Error|nil  err.partial: the rows before the failure; a second
---  call returns those that follow. If an error was raised in it, a second call returns all.
function Stream:totable()
  object.expect(self, Stream, "totable")
  local list, rows = list_of(self), self.rows
  local all = list.rows
  read_eagerly(self)
  while true do
    local row, err = self:pull()
    if row == nil then
      err = err or complaint(self)
      if err ~= nil then
        self.list = false
        return nil, with_partial(err, all)
      end
      ending_of(self).is_over = true
      return all
    end
    append(self, list, row)
    rows.read = rows.offered
    self:fill(all)
  end
end

--- The number of rows.
---@return integer|nil count, sigmamind.Error|nil  err.partial: the count so far
function Stream:count()
  object.expect(self, Stream, "count")
  return self:reduce(function(count)
    return count + 1 + self:fill()
  end, 0)
end

--- The first row that was not read yet, or nil if there is none. Closes the stream. A listing
--- without a filter requests no more rows than this one.
---@return any row, sigmamind.Error|nil
function Stream:first()
  object.expect(self, Stream, "first")
  local base = self.base
  reader.begin_last_read(base)
  local row, err = next_of(self, 1)
  if row ~= nil then
    self:close()
  elseif err ~= nil then
    reader.cancel_last_read(base)
  end
  return row, err
end

--- Lists of rows, by the value of a field or the result of key(row). Rows without a value are
--- listed under sigmamind.null.
---@param key string|fun(row: any): any  a dotted path or a function
---@return table<any, table>|nil groups, sigmamind.Error|nil  err.partial: the groups so far
function Stream:group_by(key)
  object.expect(self, Stream, "group_by")
  local key_of = key
  if type(key) == "string" then
    key_of = query.getter(key, self.decoding.null, 2)
  else
    expect_function("group_by", key)
  end
  return self:reduce(function(groups, row)
    local value = key_of(row)
    if value == nil then
      value = core.null
    end
    groups[value] = groups[value] or {}
    table.insert(groups[value], row)
    return groups
  end, {})
end

--- Whether test(row) is true for some row; stops at the first.
---@param test fun(row: any): boolean
---@return boolean|nil, sigmamind.Error|nil
function Stream:any(test)
  object.expect(self, Stream, "any")
  expect_function("any", test)
  local row, err = derive(self, stages.filter, { test = test }):next()
  if err ~= nil then
    return nil, err
  end
  return row ~= nil
end

--- Whether test(row) is true for every row; stops at the first for which it is not.
---@param test fun(row: any): boolean
---@return boolean|nil, sigmamind.Error|nil
function Stream:all(test)
  object.expect(self, Stream, "all")
  expect_function("all", test)
  local found, err = self:any(function(row)
    return not test(row)
  end)
  if err ~= nil then
    return nil, err
  end
  return not found
end

local BY_NUMBER = "a stream is not a list: loop over it with for, or make one with totable()"

--- Called from Lua 5.2 on; 5.1 ignores it for tables.
function Stream.__len()
  error(BY_NUMBER, 2)
end

--- For Lua 5.2; from 5.3 on ipairs reads fields by number instead.
function Stream.__ipairs()
  error(BY_NUMBER, 2)
end

object.seal(Stream, {}, BY_NUMBER)

return stream
