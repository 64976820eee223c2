--- runtime: how this host waits. There is one HTTP engine; hosts differ in this alone.
--
-- A runtime is a table:
--   now()                     seconds, monotonic
--   sleep(seconds)            suspends the caller only
--   wait(session, transfer)   returns when transfer:done() is true

local runtime = {}


local function is_runtime(value)
  return type(value) == "table"
    and type(value.now) == "function"
    and type(value.sleep) == "function"
    and type(value.wait) == "function"
end

--- The rule of the option `runtime`.
runtime.rule = {
  accepts = "'auto', 'blocking' or a table {now =, sleep =, wait =} "
    .. "('tick', 'nginx', 'luv' and 'cqueues' are not there yet)",
  test = function(value)
    return value == "auto" or value == "blocking" or is_runtime(value)
  end,
}

--- Inside an nginx worker, where waiting by blocking would hold up every other request.
local function in_nginx()
  local ngx = rawget(_G, "ngx")
  return type(ngx) == "table" and type(ngx.sleep) == "function"
end

--- The runtime for an operation that starts now. A client may be made before its host is up (in
--- nginx's init phase), so `auto` is decided here and not when the client is made.
---@param wanted string|table
---@return table|nil, string|nil  nil and why not
function runtime.resolve(wanted)
  if type(wanted) == "table" then
    return wanted
  elseif wanted == "auto" and in_nginx() then
    return nil, "the nginx runtime is not there yet; runtime = 'blocking' holds up the worker"
  end
  return require "sigmamind.runtime.blocking"
end


return runtime
