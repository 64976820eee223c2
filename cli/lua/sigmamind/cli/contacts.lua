--- cli.contacts: `sigmamind contacts check FILE`, and reports on the contacts of a campaign.

local check = require "sigmamind.contacts"
local errors = require "sigmamind.cli.errors"
local fields = require "sigmamind.cli.fields"
local json = require "sigmamind.cli.json"
local output = require "sigmamind.cli.output"
local quantity = require "sigmamind.cli.quantity"
local terminal = require "sigmamind.cli.terminal"
local verb_options = require "sigmamind.cli.verb_options"

local unpack = table.unpack or unpack

local contacts = {}

local SHOWN = 20 -- problems and duplicates

--- FILE:LINE: COLUMN: VALUE: MESSAGE, as far as they are known.
local function line_of(name, line, column, value, message)
  local parts = { line and ("%s:%d"):format(name, line) or name }
  parts[#parts + 1] = column
  parts[#parts + 1] = value
  parts[#parts + 1] = errors.hint(message)
  return terminal.harmless(table.concat(parts, ": "))
end

--- The numbers of a report: "3 contacts, 2 good; 1 problem, 0 duplicates".
---@param report sigmamind.ContactReport
---@return string
function contacts.counts(report)
  return ("%s, %d good; %s, %s"):format(
    quantity(report.rows, "contact"), report.good,
    quantity(report.problem_count, "problem"), quantity(report.duplicate_count, "duplicate"))
end

--- A report for people: a line for each problem and each duplicate, the first 20, and the counts.
---@param report sigmamind.ContactReport
---@param name string  of the file
---@return string
function contacts.text(report, name)
  local lines = {}
  for _, each in ipairs(report.problems) do
    lines[#lines + 1] = line_of(name, each.line, each.column, each.value, each.message)
  end
  for _, each in ipairs(report.duplicates) do
    lines[#lines + 1] = line_of(name, each.line, nil, each.value,
      "an earlier contact has this phone number")
  end
  local kept = { unpack(lines, 1, SHOWN) }
  local more = report.problem_count + report.duplicate_count - #kept
  if more > 0 then
    kept[#kept + 1] = ("and %d more"):format(more)
  end
  kept[#kept + 1] = contacts.counts(report)
  return table.concat(kept, "\n") .. "\n"
end

local function report_json(report)
  for _, list in ipairs { "problems", "duplicates", "columns" } do
    setmetatable(report[list], fields.array_mt)
  end
  return fields.json(report)
end

--- The error for contacts whose report was printed.
---@return table
function contacts.bad()
  return { kind = "contacts", message = "the contacts have problems" }
end

--- Runs the command. Returns true; nil, err.
---@param options table  as argparse gives them
---@return true|nil, table|nil
function contacts.run(options)
  local given = verb_options.check_options(options)
  local report, err = errors.guard("usage", check.check, options.file, given)
  if not report then
    return nil, err
  end
  if options.format == "json" then
    json.value(output.new()):row(report_json(report))
  else
    output.say(contacts.text(report, options.file))
  end
  if not check.is_good(report) then
    return nil, contacts.bad()
  end
  return true
end

return contacts
