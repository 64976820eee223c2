--- cli.text_table: rows in columns, for people. The first rows are buffered to compute the widths,
--- which are reduced to fit a terminal.

local fields = require "sigmamind.cli.fields"
local terminal = require "sigmamind.cli.terminal"
local values = require "sigmamind.cli.values"

local text_table = {}

local KEPT_MAX = 100 -- rows that are buffered to compute the widths
local GAP = 2 -- blanks between columns
local CELL_MIN = 6 -- min width that a wider cell is reduced to

--- Headings that are shorter than the path.
local TITLES = { ["phoneNumber.sipPhoneNumber"] = "phoneNumber" }

local Table = { wants_json = true }
Table.__index = Table

---@param output table  with `width`, the terminal's columns (nil: not a terminal), and `colour`
---@param select string[]|nil
---@param declaration sigmamind.Declaration  of the rows
function text_table.new(output, select, declaration)
  local titles = {}
  for i, path in ipairs(declaration.columns) do
    titles[i] = TITLES[path] or path
  end
  local paths = select or declaration.columns
  return setmetatable({
    output = output,
    paths = paths,
    id = declaration.id,
    values = values.of(declaration),
    read = fields.reader(paths, output),
    kept = { select or titles },
    summary = not select, -- errors are counted
  }, Table)
end

--- A shorter text than the field's own, or nil.
local function short_cell(self, path, row)
  local value = row[path]
  if self.summary and path == "errors" then
    return type(value) == "table" and #value > 0 and tostring(#value) or ""
  elseif path == "phoneNumber" and type(value) == "table" then
    return type(value.sipPhoneNumber) == "string" and value.sipPhoneNumber or nil
  end
end

--- The cells of a row, in one line and safe for a terminal.
local function cells_of(self, text)
  local row = fields.decoder():value(text)
  local cells = self.read(row, text)
  for i, cell in ipairs(cells) do
    cells[i] = terminal.harmless(short_cell(self, self.paths[i], row) or cell)
  end
  return cells
end

--- The width of a line.
local function total(widths)
  local sum = GAP * (#widths - 1)
  for _, each in ipairs(widths) do
    sum = sum + each
  end
  return sum
end

--- The widest column that can be reduced, or nil.
local function find_widest(widths, least)
  local widest
  for i, each in ipairs(widths) do
    if each > least[i] and (not widest or each > widths[widest]) then
      widest = i
    end
  end
  return widest
end

--- Drops columns on the right until the others fit with their min widths, then reduces the widest
--- ones until a line fits.
local function shrink(widths, least, max)
  while #least > 1 and total(least) > max do
    least[#least], widths[#least] = nil, nil
  end
  while total(widths) > max do
    local i = find_widest(widths, least)
    if not i then
      widths[1] = max
      return
    end
    widths[i] = widths[i] - 1
  end
end

--- The min width of each column. Ids and headings are never cut.
local function least_of(self, widths)
  local least = {}
  for i, path in ipairs(self.paths) do
    local heading = self.summary and terminal.columns(self.kept[1][i]) or 0
    local own = path == self.id and widths[i] or math.max(CELL_MIN, heading)
    least[i] = math.min(own, widths[i])
  end
  return least
end

local function measure(self)
  local widths = {}
  for _, cells in ipairs(self.kept) do
    for i, cell in ipairs(cells) do
      widths[i] = math.max(widths[i] or 1, terminal.columns(cell))
    end
  end
  if self.output.width then
    shrink(widths, least_of(self, widths), self.output.width)
  end
  return widths
end

local function coloured(self, i, cell)
  local has_values = self.output.colour and self.values[self.paths[i]]
  return has_values and values.coloured(cell) or cell
end

local function write(self, cells)
  local texts = {}
  for i in ipairs(self.widths) do
    local cell = cells[i]
    local fits = self.output.width or terminal.columns(cell) <= self.widths[i]
    texts[i] = coloured(self, i, fits and terminal.fit(cell, self.widths[i]) or cell)
  end
  self.output:write((table.concat(texts, (" "):rep(GAP)):gsub(" +$", "")) .. "\n")
end

local function write_kept(self)
  self.widths = measure(self)
  for _, cells in ipairs(self.kept) do
    write(self, cells)
  end
  self.kept = nil
end

---@param text string
function Table:row(text)
  local cells = cells_of(self, text)
  if not self.kept then
    return write(self, cells)
  end
  self.kept[#self.kept + 1] = cells
  if #self.kept > KEPT_MAX then
    write_kept(self)
  end
end

function Table:finish()
  if self.kept then
    write_kept(self)
  end
end

Table.fail = Table.finish

return text_table
