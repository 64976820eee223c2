--- cli.api: `sigmamind api`, which sends any request.

local api_request = require "sigmamind.cli.api_request"
local check = require "sigmamind.check"
local connection = require "sigmamind.cli.connection"
local errors = require "sigmamind.cli.errors"
local http_call = require "sigmamind.http.call"
local interrupt = require "sigmamind.cli.interrupt"
local json = require "sigmamind.cli.json"
local listing = require "sigmamind.cli.listing"
local names = require "sigmamind.cli.names"
local outcome = require "sigmamind.http.outcome"
local output = require "sigmamind.cli.output"
local resources = require "sigmamind.resources"

local api = {}

local ANY = {
  accepts = "anything",
  test = function()
    return true
  end,
}

--- The declared resource with a path, or with a path of one of its rows; nil: none.
local function resource_of(path)
  for _, declaration in ipairs(resources) do
    local is_within = path:sub(1, #declaration.path + 1) == declaration.path .. "/"
    if path == declaration.path or is_within then
      return declaration
    end
  end
end

--- What the user should do about a request that the API may have acted on.
local function advice(given)
  local declaration = resource_of(given.path)
  local way = declaration and "sigmamind " .. names.command(declaration)
    or "sigmamind api " .. given.path
  return outcome.HINTS.unknown .. ", for instance with " .. way
end

local function write_head(out, reply)
  local lines = {}
  for name, value in pairs(reply.headers) do
    lines[#lines + 1] = out:plain(name .. ": " .. value) .. "\n"
  end
  table.sort(lines)
  out:write(("HTTP %d\n%s\n"):format(reply.status, table.concat(lines)))
end

--- A text that is not JSON, line by line: on a terminal, without control characters.
local function plain_lines(out, text)
  return (text:gsub("[^\n]+", function(line)
    return out:plain(line)
  end))
end

local function write_reply(out, reply, is_included)
  if is_included then
    write_head(out, reply)
  end
  local text = reply.text
  text = reply.data ~= nil and out:json(text) or plain_lines(out, text)
  local needs_end = out.is_terminal and text ~= "" and not text:find "\n$"
  out:write(needs_end and text .. "\n" or text)
end

local function send(client, line, given, options)
  local ok, reply, err = pcall(errors.guard, "usage", client.request, client, given)
  if not ok and reply == interrupt.INTERRUPTED and not http_call.is_safe(given.method) then
    return nil, errors.interrupted(given.method, given.path, advice(given))
  elseif not ok then
    error(reply, 0)
  elseif not reply then
    if err.outcome == "unknown" then
      err.hint = advice(given) .. (err.hint or ""):sub(#outcome.HINTS.unknown + 1)
    end
    return nil, err
  end
  write_reply(output.new(line), reply, options.include)
  return true
end

--- The arguments and the rules of a listing; nil, message.
local function listing_of(given, options)
  local declaration = resource_of(given.path)
  local id = options.id or declaration and declaration.path == given.path and declaration.id
  if not id then
    return nil, "--paginate needs --id FIELD, the field that identifies a row of " .. given.path
  end
  local rules, arguments = {}, {}
  for name, values in pairs(given.query) do
    rules[name], arguments[name] = ANY, values
  end
  if arguments.size then
    local text = arguments.size[#arguments.size]
    rules.size, arguments.size = nil, text:find "^%d+$" and tonumber(text)
    if not check.positive.test(arguments.size) then
      local message = "--query size must be %s, got '%s'"
      return nil, message:format(check.positive.accepts, text)
    end
  end
  return { path = given.path, id = id, paging = "unknown", list = rules }, arguments
end

--- Prints the rows of all pages.
local function paginate(client, line, given, declaration, arguments)
  local resource, wrong = errors.guard("usage", client.collection, client, declaration)
  if not resource then
    return nil, wrong
  end
  local stream, refused =
    errors.guard("usage", resource.list, resource, arguments, { headers = given.headers })
  if not stream then
    return nil, refused
  end
  line:restart()
  local done, err = listing.write_all(stream:json(), json.lines(output.new(line)), line)
  line:hide()
  if done then
    line:summarize()
  end
  return done, err
end

--- Runs the command. Returns true; nil, err.
---@param options table  as argparse gives them
---@return true|nil, table|nil
function api.run(options)
  local given, wrong = api_request.read(options)
  if not given then
    return nil, errors.usage(wrong)
  elseif not options.paginate then
    return connection.run(options, "row", function(client, line)
      return send(client, line, given, options)
    end)
  elseif given.method ~= "GET" or given.body then
    return nil, errors.usage "--paginate is for GET alone"
  elseif options.include then
    return nil, errors.usage "--paginate and --include cannot be combined"
  end
  local declaration, arguments = listing_of(given, options)
  if not declaration then
    return nil, errors.usage(arguments)
  end
  return connection.run(options, "row", function(client, line)
    return paginate(client, line, given, declaration, arguments)
  end)
end

return api
