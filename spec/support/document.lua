-- A document in Markdown: its code blocks, and the names in its headings and tables.
--
--   for _, block in ipairs(document.blocks "README.md") do
--     block.language block.text block.section block.line block.not_run block.needs
--
-- `not_run` is the reason that a comment before the block gives: <!-- not run: why -->, and `needs` a
-- library: <!-- needs: luv -->

local document = {}

---@param path string
function document.read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

---@return {language: string, text: string, section: string, line: integer, not_run?: string,
---  needs?: string}[]
function document.blocks(path)
  local blocks, section, reason, needs, number = {}, "", nil, nil, 0
  local block
  for line in document.read(path):gmatch "([^\n]*)\n" do
    number = number + 1
    local fence = line:match "^```(%w*)$"
    if block and fence == "" then
      block.text = table.concat(block.lines, "\n") .. "\n"
      blocks[#blocks + 1] = block
      block, reason, needs = nil, nil, nil
    elseif block then
      table.insert(block.lines, line)
    elseif fence then
      block = { language = fence, section = section, line = number, not_run = reason, needs = needs, lines = {} }
    elseif line ~= "" then
      reason = line:match "^<!%-%- not run: (.*) %-%->$"
      needs = line:match "^<!%-%- needs: (%w+) %-%->$"
      section = line:match "^#+ (.*)$" or section
    end
  end
  assert(not block, path .. ": a block does not end")
  return blocks
end

--- The first identifier in the code of a text: `client:tick(budget?)` gives "client:tick".
local function name_in(text)
  return text:match "`([%w_.:]+)[^`]*`"
end

---@class document.Section
---@field text string[]  its lines
---@field tables string[][]  the names in the first cells of the rows of each table

---@class document.Outline
---@field sections table<string, document.Section>  by their headings, without backquotes
---@field names string[]  in headings and first cells
local Outline = {}
Outline.__index = Outline

local function add_line(self, section, line, before)
  local cell = line:match "^|([^|]*)|"
  if cell and not before:find "^|" then
    table.insert(section.tables, {})
  elseif cell and name_in(cell) then
    table.insert(section.tables[#section.tables], name_in(cell))
    table.insert(self.names, name_in(cell))
  end
  table.insert(section.text, line)
end

---@return document.Outline
function document.outline(path)
  local self = setmetatable({ sections = {}, names = {} }, Outline)
  local section, is_code, before = { text = {}, tables = {} }, false, ""
  for line in document.read(path):gmatch "([^\n]*)\n" do
    local heading = not is_code and line:match "^#+ (.*)$"
    if heading then
      section = { text = {}, tables = {} }
      local plain = heading:gsub("`", "")
      assert(not self.sections[plain], "two sections are called " .. heading)
      self.sections[plain] = section
      self.names[#self.names + 1] = name_in(heading)
    elseif not is_code then
      add_line(self, section, line, before)
    end
    is_code = is_code ~= (line:find "^```" ~= nil)
    before = line
  end
  return self
end

--- The names in the first cells of a section's tables, as { name = true }; `number` selects one table
--- (default: all).
function Outline:rows(heading, number)
  local section = assert(self.sections[heading], "there is no section " .. heading)
  local names = {}
  for i, rows in ipairs(section.tables) do
    for _, name in ipairs(number and number ~= i and {} or rows) do
      names[name] = true
    end
  end
  return names
end

--- The names of an owner's members: members "client" returns { tick = true, ... } for `client:tick(budget?)`.
function Outline:members(owner)
  local members = {}
  for _, name in ipairs(self.names) do
    local member = name:match("^" .. owner .. "[.:]([%w_]+)$")
    if member then
      members[member] = true
    end
  end
  return members
end

function Outline:text(heading)
  return table.concat(self.sections[heading].text, "\n")
end

return document
