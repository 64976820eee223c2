--- cli.watch: polls a list, and reports what was added, changed or removed since the last poll. It
--- keeps the id, the name and 64 bits of the text of each row.

local core = require "sigmamind.core"
local csv = require "sigmamind.csv"
local fields = require "sigmamind.cli.fields"
local interrupt = require "sigmamind.cli.interrupt"
local json = require "sigmamind.cli.json"
local names = require "sigmamind.cli.names"
local resource = require "sigmamind.resource"
local terminal = require "sigmamind.cli.terminal"

local unpack = table.unpack or unpack

local watch = {}

local Watch = {}
Watch.__index = Watch

local function has(list, item)
  for _, each in ipairs(list) do
    if each == item then
      return true
    end
  end
  return false
end

---@param output table
---@param options table  format, select
---@param declaration sigmamind.Declaration  of the rows
function watch.new(output, options, declaration)
  local select, id, name = options.select, declaration.id, declaration.columns[2]
  if select and not has(select, id) then
    select = { id, unpack(select) }
  end
  local columns = select or resource.leaf_paths(declaration)
  if options.format == "csv" then
    output:write(csv.line { "time", "change", unpack(columns) })
  end
  return setmetatable({
    output = output,
    format = options.format,
    select = select,
    id = id,
    name = name, -- the path of what a line for people shows besides the id
    name_of = fields.getter(name),
    noun = names.field(declaration),
    id_alone = core.query { select = { id } },
    read = fields.reader(columns, output),
    known = nil, -- by id; nil before the first poll
  }, Watch)
end

--- The fields to request; nil: all.
---@return string[]|nil
function Watch:selected()
  local needed = {}
  for i, path in ipairs(self.select or {}) do
    needed[i] = path
  end
  if self.format == "table" and not has(needed, self.name) then
    needed[#needed + 1] = self.name
  end
  return self.select and needed
end

local writers = {}

--- A line of a change, for people.
---@param _ table
---@param time string
---@param change "added"|"changed"|"removed"
---@param entry {id: any, name: string, text?: string}
function writers.table(_, time, change, entry)
  local id = type(entry.id) == "string" and entry.id or fields.text(entry.id)
  id = terminal.harmless(id) -- before format, which ends at a NUL on Lua 5.1
  return ("%s  %-7s  %s  %s\n"):format(time, change, id, terminal.harmless(entry.name))
end

--- A change as a JSON object in one line: with the row, or the last known id of a removed one.
---@param self table
---@param time string
---@param change "added"|"changed"|"removed"
---@param entry {id_json?: string, text?: string}
function writers.json(self, time, change, entry)
  local text = '{"time":"%s","change":"%s","%s":%s}\n'
  local row = json.one_line(entry.text or entry.id_json or "{}")
  return text:format(time, change, self.noun, self.output:json(row))
end

writers.ndjson = writers.json

---@param self table
---@param time string
---@param change "added"|"changed"|"removed"
---@param entry {id: any, name: string, text?: string}
function writers.csv(self, time, change, entry)
  local row = entry.text and fields.decoder():value(entry.text) or { [self.id] = entry.id }
  local cells = self.read(row, entry.text)
  return csv.line { time, change, unpack(cells) }
end

local function write_change(self, change, entry)
  local time = os.date "!%Y-%m-%dT%H:%M:%SZ"
  self.output:write((writers[self.format](self, time, change, entry)))
end

--- {"campaignId":...} in the API's own bytes: a number may have more digits than Lua holds.
local function id_json(self, text)
  local page = fields.decoder():page('{"data":[' .. text .. "]}", self.id_alone)
  return page:next_json()
end

--- The key and the entry of a row. Ids 5 and "5" differ; a row without id is keyed by its text.
local function entry_of(self, text)
  local row, digest = fields.decoder():value(text), core.digest(text)
  local id = row[self.id]
  local entry = { id = id, name = self.name_of(row, text), digest = digest }
  if id == nil or id == core.null then
    return digest, entry
  end
  entry.id_json = id_json(self, text)
  local is_text = type(id) == "string" and not tonumber(id) -- some Lua may decode 5 as "5"
  return is_text and "string" .. id or entry.id_json, entry
end

--- Reads all rows. Returns the entries by key, their number, and the changes; nil, err. A
--- failed poll reports no changes.
local function look(self, stream)
  local now, changes, count = {}, {}, 0
  local text, err = stream:next()
  while text do
    local key, entry = entry_of(self, text)
    local before = self.known and self.known[key]
    if self.known and (not before or before.digest ~= entry.digest) then
      local change = before and "changed" or "added"
      changes[#changes + 1] = { change, { id = entry.id, name = entry.name, text = text } }
    end
    now[key], count = entry, count + 1
    self.output.line:row()
    interrupt.step()
    text, err = stream:next()
  end
  if err then
    return nil, err
  end
  return now, count, changes
end

--- Polls once, by a fresh stream of JSON texts. Returns the number of rows; nil, err. The
--- next poll is compared with the last that succeeded. If the list moved so that a row may have
--- been missed, none is reported as removed.
---@param stream sigmamind.Stream
---@return integer|nil, sigmamind.Error|nil
function Watch:look(stream)
  local now, count, changes = look(self, stream)
  if not now then
    return nil, count
  end
  local is_sure = stream:report().consistent
  for key, entry in pairs(self.known or {}) do
    if not now[key] and is_sure then
      changes[#changes + 1] = { "removed", entry }
    elseif not now[key] then
      now[key] = entry
    end
  end
  for _, each in ipairs(changes) do
    write_change(self, each[1], each[2])
  end
  self.known = now
  return count
end

return watch
