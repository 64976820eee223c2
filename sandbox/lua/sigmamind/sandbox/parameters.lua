--- sandbox.parameters: the query of a list: page, size and the arguments that are declared.

local check = require "sigmamind.check"
local json = require "sigmamind.sandbox.json"

local parameters = {}

local INT32_MAX = 2147483647
local BOOLEANS = { ["true"] = true, ["false"] = false }

--- The value of an integer parameter between `least` and 2^31 - 1.
---@param query table<string, string>
---@param name string
---@param least integer
---@param default integer
---@return integer|nil value, string|nil err
local function integer(query, name, least, default)
  local text = query[name]
  if not text then
    return default
  end
  local value = text:match "^%d+$" and tonumber(text)
  if value and value >= least and value <= INT32_MAX then
    return value
  end
  local message = "%s must be an integer from %d to %d, got '%s'"
  return nil, message:format(name, least, INT32_MAX, text)
end

--- The value of a text in a query or a form, by the rule of its argument; a text that does not fit
--- stays as it is.
---@param rule table see sigmamind.check
---@param text string
---@return any
function parameters.value(rule, text)
  local value
  if rule.type == "integer" or rule.type == "number" then
    value = text:find "^%-?%d+%.?%d*$" and tonumber(text) or nil -- tonumber reads more: blanks, hex
  elseif rule.type == "boolean" then
    value = BOOLEANS[text]
  elseif rule.type == "table" then
    value = json.decode(text)
  end
  if value == nil then
    value = text
  end
  return value
end

--- The value of a declared argument of a query.
---@param name string
---@param rule table see sigmamind.check
---@param text string
---@return any value, string|nil err
local function argument(name, rule, text)
  local value = parameters.value(rule, text)
  if rule.test(value) then
    return value
  end
  local accepts = rule.type == "boolean" and "true or false" or rule.accepts
  return nil, ("%s must be %s, got '%s'"):format(name, accepts, text)
end

---@class sigmamind.sandbox.Wanted
---@field filters table<string, any> values by declared argument
---@field page integer
---@field size integer

--- Parses a query. Unknown parameters are ignored.
---@param rules table<string, table> of the declared arguments
---@param query table<string, string>
---@return sigmamind.sandbox.Wanted|nil wanted, string|nil err
function parameters.parse(rules, query)
  local filters = {}
  for _, name in ipairs(check.sorted_keys(rules)) do
    local value, err = rules[name].default, nil
    if query[name] then
      value, err = argument(name, rules[name], query[name])
    end
    if err then
      return nil, err
    end
    filters[name] = value
  end
  local page, page_err = integer(query, "page", 0, 0)
  if not page then
    return nil, page_err
  end
  local size, size_err = integer(query, "size", 1, 10)
  if not size then
    return nil, size_err
  end
  return { filters = filters, page = page, size = size }
end

return parameters
