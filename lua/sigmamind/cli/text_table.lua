--- cli.text_table: campaigns in columns, for people. The widths are those of the first rows, of
--- which some are kept until then; on a terminal they are made to fit it.

local csv = require "sigmamind.cli.csv"
local terminal = require "sigmamind.cli.terminal"
local width = require "sigmamind.cli.width"

local text_table = {}

local KEPT = 100 -- rows that the widths are taken from
local GAP = 2 -- blanks between columns
local LEAST = 6 -- columns of the terminal that a cell keeps, if it needs them

--- What is shown when nothing was selected, and its title.
local COLUMNS = {
  { "campaignId", "ID" },
  { "campaignName", "NAME" },
  { "campaignStatus", "STATUS" },
  { "concurrentCalls", "CALLS" },
  { "agent.name", "AGENT" },
  { "phoneNumber.sipPhoneNumber", "NUMBER" },
  { "scheduledDate", "SCHEDULED" },
  { "errors", "ERRORS" },
}

--- ECMA-48 colours of each status.
local COLOURS = { live = "32", scheduled = "36", paused = "33", completed = "2" }

local Table = { wants_json = false }
Table.__index = Table

---@param output table  with width, columns of the terminal (nil: it is none), and colour
---@param select string[]|nil
function text_table.new(output, select)
  local paths, titles = {}, {}
  for i, column in ipairs(COLUMNS) do
    paths[i], titles[i] = column[1], column[2]
  end
  paths = select or paths
  return setmetatable({
    output = output,
    paths = paths,
    getters = csv.getters(paths),
    kept = { select or titles },
    summary = not select, -- errors are counted
  }, Table)
end

--- Cells as a terminal can show them: no control characters, which could drive it.
local function cells_of(self, row)
  local cells = csv.cells(self.getters, row, self.output)
  for i, cell in ipairs(cells) do
    if self.summary and self.paths[i] == "errors" then
      local errors = row.errors
      cell = type(errors) == "table" and #errors > 0 and tostring(#errors) or ""
    end
    cells[i] = terminal.harmless(cell)
  end
  return cells
end

--- Takes columns of the terminal from the widest cells until a line fits. Where all have the least,
--- those on the right are left out.
local function shrink(widths, most)
  local function total()
    local sum = GAP * (#widths - 1)
    for _, each in ipairs(widths) do
      sum = sum + each
    end
    return sum
  end
  while total() > most do
    local widest = 1
    for i, each in ipairs(widths) do
      widest = each > widths[widest] and i or widest
    end
    if widths[widest] > LEAST then
      widths[widest] = widths[widest] - 1
    elseif #widths > 1 then
      widths[#widths] = nil
    else
      widths[1] = most
    end
  end
end

local function measure(self)
  local widths = {}
  for _, cells in ipairs(self.kept) do
    for i, cell in ipairs(cells) do
      widths[i] = math.max(widths[i] or 1, width.of(cell))
    end
  end
  if self.output.width then
    shrink(widths, self.output.width)
  end
  return widths
end

local function coloured(self, i, cell)
  local colour = self.output.colour and self.paths[i] == "campaignStatus"
    and COLOURS[cell:match "%S*"]
  return colour and ("\27[%sm%s\27[0m"):format(colour, cell) or cell
end

local function write(self, cells)
  local texts = {}
  for i in ipairs(self.widths) do
    local cell = cells[i]
    local fits = self.output.width or width.of(cell) <= self.widths[i]
    texts[i] = coloured(self, i, fits and width.fit(cell, self.widths[i]) or cell)
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

---@param row table
function Table:row(row)
  local cells = cells_of(self, row)
  if not self.kept then
    return write(self, cells)
  end
  self.kept[#self.kept + 1] = cells
  if #self.kept > KEPT then
    write_kept(self)
  end
end

function Table:finish()
  if self.kept then
    write_kept(self)
  end
end

return text_table
