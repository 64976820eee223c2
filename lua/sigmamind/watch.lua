--- watch: the verb that reads a list again and again, and returns what changed in between.

local canonical = require "sigmamind.canonical"
local check = require "sigmamind.check"
local core = require "sigmamind.core"
local object = require "sigmamind.object"
local query = require "sigmamind.query"
local raise = require "sigmamind.raise"
local runtime = require "sigmamind.runtime"
local verb = require "sigmamind.verb"

local unpack = table.unpack or unpack

local watch = {}

local INTERVAL = 10 -- seconds

local RULES = {
  size = check.positive,
  where = check.type "table",
  select = check.type "table",
  interval = check.interval,
  timeout = check.seconds,
  initial = check.type "boolean",
}

---@class sigmamind.Change
---@field type "added"|"changed"|"removed"
---@field row table  of a removed one: as it was last
---@field was? table  of a changed one: as it was before
---@field fields? {path: string, from: any, to: any}[]  of a changed one: what differs, by path; an
---  array is one value; nil: the field was not there
---@field text string  the row as the API's JSON

---@class sigmamind.Watch
---@field package resource sigmamind.Resource
---@field package given table
---@field package call_options sigmamind.CallOptions
---@field package interval number
---@field package over number  the time when it ends, from the first reading on
---@field package state {known: table<string, string>|false, keys: string[],
---  changes: sigmamind.Change[], returned: integer}  the texts of the rows by key, the keys in
---  order, what has changed, and how many changes were returned; replaced as a whole, because a
---  hook may raise between any two lines
---@field package failure? sigmamind.Error|false  of the last reading
---@field package last_report? table  of the last reading
---@field package stopped boolean
---@operator call: sigmamind.Change|nil
local Watch = { __name = "sigmamind.watch" }
Watch.__index = Watch

-- == What changed =====================================================================

--- Whether the fields of both are compared one by one.
local function are_objects(first, second)
  local are_tables = type(first) == "table" and type(second) == "table"
  return are_tables and first[1] == nil and second[1] == nil
end

local function add_differences(list, before, after, prefix)
  local names = verb.merged(before, after)
  for _, name in ipairs(check.sorted_keys(names)) do
    local from, to, path = before[name], after[name], prefix .. name
    if are_objects(from, to) then
      add_differences(list, from, to, path .. ".")
    elseif canonical(from) ~= canonical(to) then
      list[#list + 1] = { path = path, from = from, to = to }
    end
  end
  return list
end

--- What identifies a row. Ids 5 and "5" differ; a row without an id is known by its text.
local function key_of(self, text)
  local id = self.decoder:value(text)[self.id]
  if type(id) == "string" and not tonumber(id) then -- some Lua may decode 5 as "5"
    return "string" .. id
  elseif not check.is_id(id) then
    return text
  end
  local page = self.decoder:page('{"data":[' .. text .. "]}", self.id_alone)
  local key = page:next_json() -- a number may have more digits than Lua holds
  page:close()
  return key
end

--- The texts of all rows by key, and the keys in order; nil, err.
local function read(self, call_options)
  local stream = self.narrow(self.resource:list(self.given, call_options))
  local texts, keys, rows = {}, {}, stream:json()
  local text, err = rows:next()
  while text do
    local key = key_of(self, text)
    texts[key], keys[#keys + 1] = text, key
    self.on_row()
    text, err = rows:next()
  end
  if err then
    return nil, err
  end
  self.last_report = stream:report()
  return texts, keys
end

--- The change of a row whose text is another one; nil: its values are the same.
local function changed(self, text, before)
  local row, was = self.decoder:value(text), self.decoder:value(before)
  local fields = add_differences({}, was, row, "")
  return fields[1] and { type = "changed", row = row, was = was, fields = fields, text = text }
end

--- The changes that were not returned yet.
local function pending(state)
  local changes = {}
  for i = state.returned + 1, #state.changes do
    changes[#changes + 1] = state.changes[i]
  end
  return changes
end

--- The changes from the known rows to these, behind those that are pending. The rows are known
--- then; if the list moved so that one may have been missed, none counts as removed.
local function compare(self, before, texts, keys)
  local changes, known = pending(before), before.known or {}
  for _, key in ipairs(keys) do
    local text, old = texts[key], known[key]
    if not old then
      local row = self.decoder:value(text)
      changes[#changes + 1] = { type = "added", row = row, text = text }
    elseif text ~= old then
      changes[#changes + 1] = changed(self, text, old) or nil
    end
  end
  for _, key in ipairs(before.keys) do
    local text = not texts[key] and known[key]
    if text and self.last_report.consistent then
      local row = self.decoder:value(text)
      changes[#changes + 1] = { type = "removed", row = row, text = text }
    elseif text then
      texts[key], keys[#keys + 1] = text, key
    end
  end
  return { known = texts, keys = keys, changes = changes, returned = 0 }
end

-- == The object =======================================================================

--- Reads the list now. Returns true; nil, err.
local function look(self, call_options)
  local texts, keys = read(self, call_options)
  self.failure = not texts and keys
  if not texts then
    return nil, keys
  end
  local before = self.state
  if before.known or self.initial then
    self.state = compare(self, before, texts, keys)
  else
    self.state = { known = texts, keys = keys, changes = {}, returned = 0 }
  end
  return true
end

--- Reads the list now, and returns what changed since the last reading that succeeded, in the order
--- of the list, then the removed rows; before them, what `next` has not returned yet. The first
--- reading returns no changes, or with `initial` all rows as added.
---@return sigmamind.Change[]|nil, sigmamind.Error|nil
function Watch:poll()
  object.expect(self, Watch, "poll")
  local ok, err = look(self, self.call_options)
  if not ok then
    return nil, err
  end
  self.state.returned = #self.state.changes
  return self.state.changes
end

--- Reads the list once, after the interval unless it is the first time. A failure that may be over
--- later is no failure here: the next reading tells what changed meanwhile.
---@return true|nil, sigmamind.Error|nil
local function turn(self, host)
  if not self.has_begun then
    self.has_begun = true
    self.over = host.now() + self.timeout
  else
    self.resource.transport:rest(host, math.min(self.interval, self.over - host.now()))
  end
  if self.stopped then
    return true
  end
  local ok, err = look(self, verb.limited(self.call_options, host, self.over))
  return ok or err.retryable or nil, err
end

--- The next change: waits for it. nil after `stop`, or when the time is over: then with the error
--- of the last reading, if that failed.
---@return sigmamind.Change|nil, sigmamind.Error|nil
function Watch:next()
  object.expect(self, Watch, "next")
  local host = runtime.resolve(self.resource.transport.options.runtime)
  if not host then
    local _, err = look(self, self.call_options) -- says why nothing can wait here
    return nil, err
  end
  while self.state.returned >= #self.state.changes do
    if self.stopped then
      return nil
    elseif host.now() >= self.over then
      return nil, self.failure or nil
    end
    local ok, err = turn(self, host)
    if not ok then
      return nil, err
    end
  end
  local place = self.state.returned + 1
  self.state.returned = place
  return self.state.changes[place]
end

--- As next, but raises an error.
function Watch:__call()
  local change, err = self:next()
  if err then
    raise(err)
  end
  return change
end

--- Ends it: what was read is not returned any more.
function Watch:stop()
  object.expect(self, Watch, "stop")
  self.stopped = true
  local before = self.state
  self.state = { known = before.known, keys = before.keys, changes = {}, returned = 0 }
end

--- How the last reading went, as stream:report().
---@return table|nil
function Watch:report()
  object.expect(self, Watch, "report")
  return self.last_report or nil
end

object.seal(Watch, {})

-- == The verb =========================================================================

--- With the id among the selected fields.
local function selected(declaration, select)
  return check.has(select, declaration.id) and select or { declaration.id, unpack(select) }
end

---@param Resource table  the class
---@param declaration sigmamind.Declaration
function watch.add(Resource, declaration)
  local rules = verb.merged(declaration.list, RULES)

  --- The changes of a list, in `for` or by watch:next(). It reads the whole list each time, and
  --- keeps the text of each row. A reading that fails though it may succeed later is skipped.
  ---@param arguments? table  the API's; size, where, select: as for list, of what is watched;
  ---  interval: seconds between two readings, default 10; timeout: seconds until it ends, default
  ---  false: never; initial: whether the rows of the first reading count as added, default false
  ---@param call_options? sigmamind.CallOptions
  ---@return sigmamind.Watch
  function Resource:watch(arguments, call_options)
    object.expect(self, Resource, "watch")
    local given, own = verb.arguments(self, "watch", rules, arguments, call_options, 2)
    query.check(given, 2)
    local wanted = { size = given.size, where = given.where, verify = true }
    wanted.select = given.select and selected(declaration, given.select)
    for name in pairs(declaration.list) do
      wanted[name] = given[name]
    end
    local transport = self.transport
    return setmetatable({
      resource = self,
      given = wanted,
      call_options = own or {},
      interval = given.interval or INTERVAL,
      timeout = given.timeout or math.huge,
      initial = given.initial or false,
      id = declaration.id,
      id_alone = core.query { select = { declaration.id } },
      decoder = transport.decoder,
      state = { known = false, keys = {}, changes = {}, returned = 0 },
      has_begun = false,
      failure = false,
      over = math.huge,
      last_report = false,
      stopped = false,
      on_row = function() end,
      narrow = function(stream) -- the command may have several conditions for a path
        return stream
      end,
    }, Watch)
  end
end

return watch
