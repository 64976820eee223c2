--- cli.get: `sigmamind RESOURCE get ID`, which prints one row.

local check = require "sigmamind.check"
local connection = require "sigmamind.cli.connection"
local core = require "sigmamind.core"
local csv = require "sigmamind.cli.csv"
local errors = require "sigmamind.cli.errors"
local fields = require "sigmamind.cli.fields"
local json = require "sigmamind.cli.json"
local names = require "sigmamind.cli.names"
local nearest = require "sigmamind.nearest"
local output = require "sigmamind.cli.output"
local query = require "sigmamind.query"
local record = require "sigmamind.cli.record"
local resource = require "sigmamind.resource"

local get = {}

--- Makes the writer of a format; see cli.listing.
---@type table<string, fun(output: table, select: string[]|nil, declaration: table): table>
local FORMATS = {
  table = record.new,
  json = json.value,
  ndjson = json.lines,
  csv = csv.new,
}

--- The text of a row with the selected fields alone.
local function selected(text, select)
  if not select then
    return text
  end
  local page = fields.decoder():page('{"data":[' .. text .. "]}", core.query { select = select })
  return page:next_json()
end

--- Warns of a selected field that the row does not have and the API does not document.
local function warn(declaration, text, options)
  local documented, known = {}, {}
  resource.each_field(declaration.row, function(path)
    documented[#documented + 1], known[path] = path, true
  end)
  local cells = fields.reader(options.select or {})(fields.decoder():value(text), text)
  for i, path in ipairs(options.select or {}) do
    if cells[i] == "" and not known[path] then
      local near = nearest(path, documented)
      local meant = near and ("; did you mean '%s'?"):format(near) or ""
      errors.warn({
        message = ("the %s has no '%s'%s"):format(declaration.title, path, meant),
        path = path,
        nearest = near,
      }, options.error_format)
    end
  end
end

--- The error for an id that would name another path; nil: there is none.
---@param declaration sigmamind.Declaration
---@param id string
---@return table|nil
function get.wrong_id(declaration, id)
  if id == "" or check.is_dots(id) then
    local message = "ID must be the id of %s, got '%s'"
    return errors.usage(message:format(names.one(declaration.title), id))
  end
end

--- The error for fields that are no paths; nil: there is none.
---@param select string[]|nil
---@return table|nil
function get.wrong_select(select)
  local _, wrong = errors.guard("usage", query.check, { select = select }, 1)
  return wrong
end

--- Prints one row.
---@param declaration sigmamind.Declaration
---@param text string  its JSON
---@param options table  format, select, error_format
---@param line table  the progress
function get.print(declaration, text, options, line)
  local writer = FORMATS[options.format](output.new(line), options.select, declaration)
  writer:row(selected(text, options.select))
  writer:finish()
  output.flush()
  warn(declaration, text, options)
end

--- Prints the row that a request replies. Returns true; nil, err.
---@param options table  as argparse gives them
---@param declaration sigmamind.Declaration
---@param request fun(verbs: sigmamind.Resource, line: table): sigmamind.Reply|nil, table|nil  the
---  reply, for its text, which the client's own verbs do not return
---@return true|nil, table|nil
function get.run_by(options, declaration, request)
  local wrong = get.wrong_id(declaration, options.id) or get.wrong_select(options.select)
  if wrong then
    return nil, wrong
  end
  return connection.run(options, declaration.title, function(client, line)
    local reply, err = request(client[declaration.name], line)
    if not reply then
      return nil, err
    end
    get.print(declaration, reply.text, options, line)
    return true
  end)
end

--- Runs the command. Returns true; nil, err.
---@param options table  as argparse gives them
---@param declaration sigmamind.Declaration
---@return true|nil, table|nil
function get.run(options, declaration)
  return get.run_by(options, declaration, function(verbs)
    return verbs:get_reply(options.id)
  end)
end

return get
