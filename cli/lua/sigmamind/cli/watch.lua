--- cli.watch: writes what was added, changed or removed in a list that is watched.

local check = require "sigmamind.check"
local csv = require "sigmamind.cli.csv"
local fields = require "sigmamind.cli.fields"
local json = require "sigmamind.cli.json"
local lines = require "sigmamind.csv"
local names = require "sigmamind.cli.names"
local redact = require "sigmamind.redact"
local resource = require "sigmamind.resource"
local terminal = require "sigmamind.cli.terminal"

local unpack = table.unpack or unpack

local watch = {}

---@class sigmamind.cli.Watch
---@field package output table
---@field package format string
---@field package select string[]|nil  with the id
---@field package name string  the path of what a line for people shows besides the id
---@field package noun string  the name of the row in JSON
---@field package id_of fun(row: table, row_text: string): string
---@field package name_of fun(row: table, row_text: string): string
---@field package read fun(row: table, row_text: string): string[]
---@field package secret table<string, boolean>  by path
local Watch = {}
Watch.__index = Watch

---@param output table
---@param options table  format, select
---@param declaration sigmamind.Declaration  of the rows
function watch.new(output, options, declaration)
  local select, id = options.select, declaration.id
  local name = declaration.columns[2] or id
  if select and not check.has(select, id) then
    select = { id, unpack(select) }
  end
  local columns = select or csv.default_columns(declaration)
  if options.format == "csv" then
    output:write(lines.line { "time", "change", unpack(columns) })
  end
  local secret = {}
  resource.each_field(declaration.row, function(path, field)
    secret[path] = field.secret
  end)
  return setmetatable({
    output = output,
    format = options.format,
    select = select,
    name = name,
    noun = names.field(declaration),
    id_of = fields.getter(id),
    name_of = fields.getter(name),
    read = fields.reader(columns, output),
    secret = select and {} or secret, -- what is selected is shown
  }, Watch)
end

--- The fields to request; nil: all.
---@return string[]|nil
function Watch:selected()
  local needed = {}
  for i, path in ipairs(self.select or {}) do
    needed[i] = path
  end
  if self.format == "table" and not check.has(needed, self.name) then
    needed[#needed + 1] = self.name
  end
  return self.select and needed
end

--- A value for people: short, and without secrets unless they are selected.
local function shown(self, value)
  if value == nil then
    return "none"
  end
  local text = fields.text(value)
  if not self.select and type(value) == "table" then
    text = redact(text, {}, #text)
  end
  return terminal.harmless(check.short(text))
end

--- What has changed: "  status: in-progress -> ended, endTime: none -> 2025-09-25T19:00:00.000Z".
local function differences(self, change)
  local parts = {}
  for i, each in ipairs(change.fields or {}) do
    local path = terminal.harmless(each.path)
    parts[i] = self.secret[each.path] and path .. ": ***"
      or ("%s: %s -> %s"):format(path, shown(self, each.from), shown(self, each.to))
  end
  return parts[1] and "  " .. table.concat(parts, ", ") or ""
end

local writers = {}

--- A line of a change, for people.
---@param self sigmamind.cli.Watch
---@param time string
---@param change sigmamind.Change
function writers.table(self, time, change)
  local row, text = change.row, change.text
  local id = terminal.harmless(self.id_of(row, text)) -- before format, which ends at a NUL on 5.1
  local name = terminal.harmless(self.name_of(row, text))
  return ("%s  %-7s  %s  %s%s\n"):format(time, change.type, id, name, differences(self, change))
end

--- A change as a JSON object in one line, with the row, and the paths of what has changed in it.
---@param self sigmamind.cli.Watch
---@param time string
---@param change sigmamind.Change
function writers.json(self, time, change)
  local paths = setmetatable({}, fields.array_mt)
  for i, each in ipairs(change.fields or {}) do
    paths[i] = each.path
  end
  local text = '{"time":"%s","change":"%s","%s":%s%s}\n'
  local row = self.output:json(json.one_line(change.text))
  local changed = paths[1] and ',"fields":' .. self.output:json(fields.json(paths)) or ""
  return text:format(time, change.type, self.noun, row, changed)
end

writers.ndjson = writers.json

---@param self sigmamind.cli.Watch
---@param time string
---@param change sigmamind.Change
function writers.csv(self, time, change)
  return lines.line { time, change.type, unpack(self.read(change.row, change.text)) }
end

--- Writes changes.
---@param changes sigmamind.Change[]
function Watch:write(changes)
  for _, change in ipairs(changes) do
    local time = os.date "!%Y-%m-%dT%H:%M:%SZ"
    self.output:write((writers[self.format](self, time, change)))
  end
end

return watch
