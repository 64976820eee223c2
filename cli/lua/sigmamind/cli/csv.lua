--- cli.csv: campaigns as CSV by RFC 4180. The header is the same in each run: the fields that were
--- selected, or those that the API documents. An array is JSON in its cell.

local fields = require "sigmamind.cli.fields"

local csv = {}

local Csv = { wants_json = true }
Csv.__index = Csv

--- A cell, in quotes where it has to be (RFC 4180, section 2, rules 5 to 7).
local function quoted(text)
  if text:find '[",\r\n]' then
    return '"' .. text:gsub('"', '""') .. '"'
  end
  return text
end

---@param cells string[]
---@return string
function csv.line(cells)
  local texts = {}
  for i, cell in ipairs(cells) do
    texts[i] = quoted(cell)
  end
  return table.concat(texts, ",") .. "\r\n"
end

--- The cells of a campaign.
---@param getters (fun(row: table, row_text: string|nil): string)[]
---@param row table
---@param output table  whose terminal, if it is one, gets nothing that drives it
---@param row_text string|nil  the row as JSON
---@return string[]
function csv.cells(getters, row, output, row_text)
  local cells = {}
  for i, get in ipairs(getters) do
    cells[i] = output:plain(get(row, row_text))
  end
  return cells
end

--- A getter for each column.
---@param columns string[]
---@return (fun(row: table, row_text: string|nil): string)[]
function csv.getters(columns)
  local getters = {}
  for i, path in ipairs(columns) do
    getters[i] = fields.cell(path)
  end
  return getters
end

---@param output table
---@param select string[]|nil
function csv.new(output, select)
  local columns = select or fields.all
  return setmetatable({ output = output, columns = columns, getters = csv.getters(columns) }, Csv)
end

local function write_header(self)
  if self.columns then
    self.output:write(csv.line(self.columns))
    self.columns = nil
  end
end

--- A row of its JSON text.
---@param text string
---@return table
function csv.decode(text)
  return fields.decoder():value(text)
end

---@param text string
function Csv:row(text)
  write_header(self)
  self.output:write(csv.line(csv.cells(self.getters, csv.decode(text), self.output, text)))
end

function Csv:finish()
  write_header(self)
end

Csv.fail = Csv.finish

return csv
