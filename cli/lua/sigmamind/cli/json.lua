--- cli.json: rows as JSON, in the API's own bytes: one document, or one line each.

local json = {}

local Document = { wants_json = true }
Document.__index = Document

--- One array for all pages.
---@param output table
function json.document(output)
  return setmetatable({ output = output, separator = "[\n" }, Document)
end

---@param text string
function Document:row(text)
  self.output:write(self.separator .. self.output:json(text))
  self.separator = ",\n"
end

function Document:finish()
  self.output:write(self.separator == "[\n" and "[]\n" or "\n]\n")
end

--- Leaves the array open, so that a parser notices that rows are missing.
function Document:fail()
  self.output:write "\n"
end

--- A JSON text in one line. JSON has line ends only between tokens, never in strings.
---@param text string
---@return string
function json.one_line(text)
  return (text:gsub("[\r\n]+[ \t]*", ""))
end

local Value = {}
Value.__index = Value

--- One row as a document of its own.
---@param output table
function json.value(output)
  return setmetatable({ output = output }, Value)
end

---@param text string
function Value:row(text)
  self.output:write(self.output:json(text:match "^%s*(.-)%s*$") .. "\n")
end

function Value.finish() end

local Lines = { wants_json = true }
Lines.__index = Lines

--- One line per row (https://github.com/ndjson/ndjson-spec).
---@param output table
function json.lines(output)
  return setmetatable({ output = output }, Lines)
end

---@param text string
function Lines:row(text)
  self.output:write(self.output:json(json.one_line(text)) .. "\n")
end

function Lines.finish() end

function Lines.fail() end

return json
