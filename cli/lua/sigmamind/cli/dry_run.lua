--- cli.dry_run: prints the request of a write that is not sent, without secrets.

local check = require "sigmamind.check"
local fields = require "sigmamind.cli.fields"
local output = require "sigmamind.cli.output"
local quantity = require "sigmamind.cli.quantity"

local dry_run = {}

--- A part of a form. The contents of a file are not shown, which may have a million lines.
local function part_line(part)
  if part.data then
    return part.name .. ": " .. part.data
  end
  local text = "%s: %s (%s, %s)"
  return text:format(part.name, part.filename, quantity(part.bytes, "byte"), part.type)
end

--- The lines of the request: its first line, headers, and the body or the parts of the form.
local function lines_of(shown)
  local lines = { shown.method .. " " .. shown.url }
  for _, name in ipairs(check.sorted_keys(shown.headers)) do
    lines[#lines + 1] = name .. ": " .. shown.headers[name]
  end
  if shown.form then
    lines[#lines + 1] = "Content-Type: multipart/form-data"
  end
  lines[#lines + 1] = ""
  for _, part in ipairs(shown.form or {}) do
    lines[#lines + 1] = part_line(part)
  end
  if shown.body and shown.body ~= "" then
    lines[#lines + 1] = shown.body
  end
  return lines
end

--- Prints the request: for people, or as JSON.
---@param write sigmamind.Write
---@param format string|nil  of the output
---@param line table  the progress
function dry_run.print(write, format, line)
  local out, shown = output.new(line), write:describe()
  if format == "json" or format == "ndjson" then
    setmetatable(shown.form or {}, fields.array_mt)
    out:write(out:json(fields.json(shown)) .. "\n")
  else
    for _, text in ipairs(lines_of(shown)) do
      out:write(out:plain(text) .. "\n")
    end
  end
  output.flush()
end

return dry_run
