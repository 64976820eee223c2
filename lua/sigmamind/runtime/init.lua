--- runtime: selects how a client waits on its host: a script, nginx, libuv, cqueues, a game loop.
--- The HTTP engine is the same for all.
--
-- A runtime is a table:
--   now()                     seconds, monotonic
--   sleep(seconds, session)   suspends the caller only, which makes a request of that session
--   wait(session, transfer)   returns when transfer:done() is true
--   together(width, next_job, failed)
--                             optional: runs functions side by side, each in a coroutine of its
--                             own, up to `width` at a time. next_job() returns the next, or nil for
--                             none; it is called first and each time that one has ended. The error
--                             that one raises goes to failed(err). Returns when none runs and
--                             next_job() returned nil. Without it client:gather runs one item
--                             after another
--   breathe(session)          optional: called in the middle of long work that is no request, such
--                             as the check of a large file; lets others run for a moment
--   spawn(action)             optional: runs a function later, in a coroutine that does not end
--                             with the caller. Returns whether it will
--   maybe_yield()             optional: called between rows, may suspend the caller
--   yield_at()                optional: the time from which maybe_yield would suspend the caller
--   on_progress(session, running)
--                             optional: called after a poll outside of wait, with the number of
--                             transfers in flight
--   wake_waiters(session)     optional: makes every waiter check its transfer again; called after
--                             a transfer was cancelled, and before a session is closed: then the
--                             runtime must release the session's descriptor
--   unavailable()             optional, of named runtimes: the reason why the caller cannot wait
--                             here, or nil

-- The most common runtime is loaded now: at the first request no descriptor may be free.
require "sigmamind.runtime.blocking"

local missing = require "sigmamind.missing"

local runtime = {}

--- The named runtimes, each a module in this directory. It is loaded on first use, because it needs
--- the host's own library.
local NAMES = { "blocking", "tick", "nginx", "luv", "cqueues" }

local known = {}
for _, name in ipairs(NAMES) do
  known[name] = true
end

local function is_runtime(value)
  return type(value) == "table"
    and type(value.now) == "function"
    and type(value.sleep) == "function"
    and type(value.wait) == "function"
end

--- The rule of the option `runtime`.
runtime.rule = {
  accepts = "one of auto, " .. table.concat(NAMES, ", ") .. ", or a table {now =, sleep =, wait =}",
  test = function(value)
    return value == "auto" or known[value] == true or is_runtime(value)
  end,
}

--- Whether this is an nginx worker, where blocking would hold up every other request.
local function in_nginx()
  local ngx = rawget(_G, "ngx")
  return type(ngx) == "table" and type(ngx.sleep) == "function"
end

--- The first error of each module that was found but failed to load: Lua 5.1 and LuaJIT later
--- report only a loop.
local said = {}

--- The module of a runtime; nil and the reason if it cannot be loaded.
local function load(name)
  local module_name = "sigmamind.runtime." .. name
  local loaded, module = pcall(require, module_name)
  if loaded then
    return module
  end
  package.loaded[module_name] = nil -- Lua 5.1 and LuaJIT leave a sentinel there
  local missed, why = missing(module)
  if not missed then
    said[name] = said[name] or why
    why = said[name]
  end
  return nil, why
end

--- The runtime for a request that starts now. A client may be made before its host is up (in
--- nginx's init phase), so `auto` is decided here and not when the client is made.
---@param wanted string|table
---@return table|nil, string|nil  nil and the reason
function runtime.resolve(wanted)
  if type(wanted) == "table" then
    return wanted
  end
  local name = wanted
  if wanted == "auto" then
    name = in_nginx() and "nginx" or "blocking"
  end
  local module, why = load(name)
  if module and module.unavailable then
    why = module.unavailable()
  end
  if why then
    return nil, ("the runtime '%s' cannot be used: %s"):format(name, why)
  end
  return module
end

return runtime
