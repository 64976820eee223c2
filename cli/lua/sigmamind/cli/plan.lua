--- cli.plan: what a write is going to do, in words, before it does it.

local check = require "sigmamind.check"
local contacts = require "sigmamind.cli.contacts"
local fields = require "sigmamind.cli.fields"
local names = require "sigmamind.cli.names"
local terminal = require "sigmamind.cli.terminal"

local plan = {}

local GAP = 2 -- blanks after the colon of the longest name

--- The arguments that say when a campaign starts: they are one line.
local SCHEDULE = {
  isScheduled = true, scheduledDate = true, scheduledTime = true, scheduledTimezone = true,
}

--- When a row with a schedule starts.
local function start_of(given)
  if given.scheduledDate then
    return ("%s %s %s"):format(given.scheduledDate, given.scheduledTime, given.scheduledTimezone)
  end
  return "at once"
end

--- The lines of a row that is created, each { name, value }: arguments that are not given too,
--- because the API then decides.
local function of_create(lines, declaration, given)
  for _, name in ipairs(check.sorted_keys(declaration.create)) do
    local value = given[name]
    local is_shown = value ~= nil or declaration.create[name].type ~= "table"
    if is_shown and not SCHEDULE[name] then
      lines[#lines + 1] = { names.words(name), value == nil and "not given" or value }
    end
  end
  if declaration.create.scheduledDate then
    lines[#lines + 1] = { "starts", start_of(given) }
  end
end

--- The lines of a row that is changed: the fields that are.
local function of_update(lines, declaration, given)
  for _, name in ipairs(check.sorted_keys(declaration.update)) do
    if given[name] ~= nil then
      lines[#lines + 1] = { names.words(name), given[name] }
    end
  end
end

--- The lines of a write.
local function lines_of(declaration, verb, options, given, report)
  local lines = {}
  if report then
    lines[1] = { "contacts", ("%s, in %s"):format(contacts.counts(report), options.contacts) }
  end
  if verb ~= "create" then
    lines[1] = { names.words(declaration.id), options.id }
  end
  if verb == "create" then
    of_create(lines, declaration, given)
  elseif verb == "update" then
    of_update(lines, declaration, given)
  end
  for _, name in ipairs(check.sorted_keys(given and given.extra or {})) do
    lines[#lines + 1] = { name, given.extra[name] }
  end
  return lines
end

--- The text of a plan: a line for each value.
---@param declaration sigmamind.Declaration
---@param options table  as argparse gives them
---@param given table|nil  the arguments for the client
---@param report sigmamind.ContactReport|nil
---@return string
function plan.text(declaration, options, given, report)
  local verb = options.verb
  local lines, width = lines_of(declaration, verb, options, given, report), 0
  for _, each in ipairs(lines) do
    each[1] = terminal.harmless(each[1]) .. ":"
    width = math.max(width, terminal.columns(each[1]))
  end
  local texts = { ("This %ss %s:"):format(verb, names.one(declaration.title)) }
  for i, each in ipairs(lines) do
    local value = terminal.harmless(fields.text(each[2]))
    texts[i + 1] = "  " .. terminal.fit(each[1], width + GAP) .. value
  end
  return table.concat(texts, "\n") .. "\n"
end

return plan
