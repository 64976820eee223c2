--- cli.csv: rows as CSV (RFC 4180). The header does not depend on the rows: it has the selected
--- fields, or those that the API documents. Arrays are JSON in their cell.

local fields = require "sigmamind.cli.fields"
local lines = require "sigmamind.csv"
local resource = require "sigmamind.resource"

local csv = {}

local Csv = { wants_json = true }
Csv.__index = Csv

--- The paths without --select: all values but secrets.
---@param declaration sigmamind.Declaration
---@return string[]
function csv.default_columns(declaration)
  local secret, columns = {}, {}
  resource.each_field(declaration.row, function(path, field)
    secret[path] = field.secret
  end)
  for _, path in ipairs(resource.leaf_paths(declaration)) do
    columns[#columns + 1] = not secret[path] and path or nil
  end
  return columns
end

---@param output table
---@param select string[]|nil
---@param declaration sigmamind.Declaration  of the rows
function csv.new(output, select, declaration)
  local columns = select or csv.default_columns(declaration)
  local read = fields.reader(columns, output)
  return setmetatable({ output = output, columns = columns, read = read }, Csv)
end

local function write_header(self)
  if self.columns then
    self.output:write(lines.line(self.columns))
    self.columns = nil
  end
end

---@param text string
function Csv:row(text)
  write_header(self)
  self.output:write(lines.line(self.read(fields.decoder():value(text), text)))
end

function Csv:finish()
  write_header(self)
end

Csv.fail = Csv.finish

return csv
