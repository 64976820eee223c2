--- verb: what the verbs of a resource share: their arguments and the id of a row.

local check = require "sigmamind.check"
local http_call = require "sigmamind.http.call"
local options = require "sigmamind.options"

local verb = {}

--- The id of a row. Dots alone would name another path (RFC 3986 section 5.2.4).
local ID = {
  accepts = "the id of a row: a non-empty string",
  test = function(value)
    return type(value) == "string" and value ~= "" and not check.is_dots(value)
  end,
}

---@param first table
---@param second table
---@return table both  a new one, in which the second wins
function verb.merged(first, second)
  local both = {}
  for _, each in ipairs { first, second } do
    for name, value in pairs(each) do
      both[name] = value
    end
  end
  return both
end

--- Checks the arguments and the options of a verb, and returns both. Raises at `level`, counted as
--- for `error`.
---@param self sigmamind.Resource
---@param name string  of the verb
---@param rules table<string, table>
---@param given table|nil
---@param call_options sigmamind.CallOptions|nil
---@param level integer
---@return table given, sigmamind.CallOptions|nil
function verb.arguments(self, name, rules, given, call_options, level)
  local what = self.declaration.name .. ":" .. name
  given = check.arguments(what, rules, given, level + 1)
  call_options = options.check_call(what, call_options, level + 1)
  return given, call_options
end

--- The path of one row. Raises at `level` for what cannot be an id.
---@param self sigmamind.Resource
---@param name string  of the verb
---@param id any
---@param level integer
---@return string path
function verb.path_of(self, name, id, level)
  local declaration = self.declaration
  if not ID.test(id) then
    local text = "%s:%s: id must be %s, got %s"
    error(text:format(declaration.name, name, ID.accepts, check.show(id)), level + 1)
  end
  return declaration.path .. "/" .. http_call.escape(id)
end

local LAST = 1 -- seconds that the last reading may take at least

--- The options of one of several readings that end together at the time `over`.
---@param call_options sigmamind.CallOptions|nil
---@param host table  the runtime
---@param over number  math.huge: never
---@return sigmamind.CallOptions|nil
function verb.limited(call_options, host, over)
  if over == math.huge then
    return call_options
  end
  local own = call_options and call_options.deadline or math.huge
  local left = math.max(over - host.now(), LAST)
  return verb.merged(call_options or {}, { deadline = math.min(own, left) })
end

--- What to check when there is no row with the id.
---@param declaration sigmamind.Declaration
---@return string hint
function verb.missing(declaration)
  return ("check the id, or base_url; %s:list shows the ids"):format(declaration.name)
end

return verb
