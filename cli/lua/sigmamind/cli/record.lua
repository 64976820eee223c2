--- cli.record: one row for people: a line for each field, "name: value".

local fields = require "sigmamind.cli.fields"
local query = require "sigmamind.query"
local redact = require "sigmamind.redact"
local resource = require "sigmamind.resource"
local terminal = require "sigmamind.cli.terminal"
local values = require "sigmamind.cli.values"

local record = {}

local WHOLE = 2 ^ 31 - 1 -- bytes of a cell
local GAP = 2 -- blanks after the colon of the longest name
local HIDDEN = "**** (--select %s shows it)"

local Record = {}
Record.__index = Record

---@param output table  with `colour`
---@param select string[]|nil
---@param declaration sigmamind.Declaration  of the row
function record.new(output, select, declaration)
  local secret = {}
  resource.each_field(declaration.row, function(path, field)
    secret[path] = field.secret
  end)
  return setmetatable({
    output = output,
    select = select,
    declaration = declaration,
    secret = select and {} or secret,
    values = values.of(declaration),
  }, Record)
end

--- Adds the paths of an object's values: those of declared fields in the order of the declaration,
--- then the others.
local function add_paths(paths, object, declared, prefix)
  local known, rest = {}, {}
  for _, field in ipairs(declared) do
    local value, path = rawget(object, field.name), prefix .. field.name
    known[field.name] = true
    local is_object = type(value) == "table" and getmetatable(value) ~= fields.array_mt
    if field.fields and is_object then
      add_paths(paths, value, field.fields, path .. ".")
    elseif value ~= nil then
      paths[#paths + 1] = path
    end
  end
  for name in pairs(object) do
    if not known[name] then
      rest[#rest + 1] = prefix .. name
    end
  end
  table.sort(rest)
  for _, path in ipairs(rest) do
    paths[#paths + 1] = path
  end
  return paths
end

--- A value, its lines below one another and safe for a terminal.
local function shown(text, indent)
  local lines = {}
  for line in (text:gsub("\r\n", "\n"):gsub("\n+$", "") .. "\n"):gmatch "(.-)\n" do
    lines[#lines + 1] = terminal.harmless(line)
  end
  return table.concat(lines, "\n" .. (" "):rep(indent))
end

--- The JSON of an array or an object without the secrets in it; another value as it is.
local function without_secrets(row, path, cell)
  local is_json = type(query.getter(path, nil, 1)(row)) == "table"
  return is_json and redact(cell, {}, WHOLE) or cell
end

---@param text string
function Record:row(text)
  local row = fields.decoder():value(text)
  local paths = self.select or add_paths({}, row, self.declaration.row, "")
  local cells = fields.reader(paths)(row, text) -- with their line ends
  local labels, width = {}, 0
  for i, path in ipairs(paths) do
    labels[i] = terminal.harmless(path) .. ":"
    width = math.max(width, terminal.columns(labels[i]))
  end
  for i, path in ipairs(paths) do
    local text_of_cell = self.select and cells[i] or without_secrets(row, path, cells[i])
    local cell = self.secret[path] and HIDDEN:format(path) or shown(text_of_cell, width + GAP)
    if self.output.colour and self.values[path] then
      cell = values.coloured(cell)
    end
    local line = terminal.fit(labels[i], width + GAP) .. cell
    self.output:write((line:gsub(" +$", "")) .. "\n")
  end
end

function Record.finish() end

return record
