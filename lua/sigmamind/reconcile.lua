--- reconcile: creates a row whose name no other has, so that after an unknown outcome the list says
--- what became of it.

local check = require "sigmamind.check"
local errors = require "sigmamind.errors"
local runtime = require "sigmamind.runtime"
local verb = require "sigmamind.verb"

local reconcile = {}

--- Seconds before each look at the list: the server may still be at work.
local LOOKS = { 0, 1, 4 }

--- The row with that name, in the form of a reply; nil, or nil, err.
local function find(resource, name, call_options)
  local declaration, transport = resource.declaration, resource.transport
  local wanted = { where = { [declaration.unique] = name }, limit = 1 }
  local rows = resource:list(wanted, verb.merged(call_options or {}, { cache = false })):json()
  local text, err = rows:next()
  rows:close()
  if not text then
    return nil, err
  end
  return { text = text, data = transport.decoder:value(text) }
end

--- Looks for the row until it is there, in vain the last time.
local function look(resource, name, call_options)
  local transport = resource.transport
  local host = runtime.resolve(transport.options.runtime)
  for _, seconds in ipairs(LOOKS) do
    transport:rest(host, seconds)
    local found, err = find(resource, name, call_options)
    if found or err and not err.retryable then
      return found
    end
  end
end

--- A number of the row that is not the one that was sent; nil: none. Other types may come back in
--- another form.
local function contradiction(sent, row)
  for _, field in ipairs(check.sorted_keys(sent)) do
    local value, got = sent[field], row[field]
    if type(value) == "number" and type(got) == "number" and value ~= got then
      return field
    end
  end
end

--- Sends what creates the row, unless the list has one with that name.
---@param resource sigmamind.Resource
---@param name string
---@param sent table  the fields
---@param call sigmamind.http.Call
---@param send fun(): sigmamind.Reply|nil, sigmamind.Error|nil
---@return sigmamind.Reply|nil, sigmamind.Error|nil
function reconcile.send(resource, name, sent, call, send)
  local declaration, transport = resource.declaration, resource.transport
  local before, why = find(resource, name, call.options)
  if why then
    why.outcome = "not_done"
    return nil, why
  elseif before then
    local text = "there is a %s with this %s already: its %s is %s"
    local id = tostring(before.data[declaration.id])
    return nil, errors.new {
      kind = "conflict",
      message = text:format(declaration.title, declaration.unique, declaration.id, id),
      hint = "choose another name, or update the one that is there",
      method = call.method,
      path = transport.options.base_path .. call.path,
      outcome = "not_done",
    }
  end
  local reply, err = send()
  if reply or err.outcome == "not_done" then
    return reply, err
  end
  local found = look(resource, name, call.options)
  local other = found and contradiction(sent, found.data)
  if found and not other then
    return found
  elseif other then
    local text = "; the %s with this %s has another %s: it may be somebody else's"
    err.hint = err.hint .. text:format(declaration.title, declaration.unique, other)
  end
  return nil, err
end

return reconcile
