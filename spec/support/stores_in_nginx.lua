-- What spec/store_spec.lua runs in nginx's Lua.

local bucket = require "sigmamind.store.bucket"
local contract = require "spec.support.store_contract"
local core = require "sigmamind.core"
local store = require "sigmamind.store"

local stores_in_nginx = {}

local port = tonumber(os.getenv "REDIS_PORT")

--- A client of lua-resty-redis, as Debian names it.
local function connect(timeout)
  local client = require("nginx.redis"):new()
  client:set_timeout(timeout * 1000)
  local ok, err = client:connect("127.0.0.1", port)
  if not ok then
    return nil, err
  elseif client:get_reused_times() == 0 then
    ngx.shared.shared:incr("opened", 1, 0)
  end
  return client
end

local TIMEOUT = { timeout = 10 } -- for busy machines

local function open(kind)
  return kind == "nginx" and store.nginx "shared" or store.redis(connect, TIMEOUT)
end

--- Runs a check of the contract.
function stores_in_nginx.keeps(kind, number)
  local ok, err = pcall(contract[number].check, { store = open(kind), sleep = ngx.sleep })
  return ok and "kept" or tostring(err)
end

--- Takes part in a crowd.
function stores_in_nginx.join(kind, crowd, time)
  return contract.join(crowd, open(kind), time)
end

local function text(...)
  local words = {}
  for i = 1, select("#", ...) do
    words[i] = tostring((select(i, ...)))
  end
  return table.concat(words, " ")
end

local cases = {}

function cases.unknown()
  return text(pcall(function()
    store.nginx "shred"
  end))
end

-- A value that has no room, beside others that have.
function cases.too_large()
  local small = store.nginx "small"
  for number = 1, 20 do
    assert(small:set("kept-" .. number, "value", 100))
  end
  local value = ("v"):rep(2 ^ 19)
  local said = text(small:set("large", value, 100)) .. ", " .. text(small:add("large", value, 100))
  local count = 0
  for number = 1, 20 do
    count = count + (small:get("kept-" .. number) and 1 or 0)
  end
  return said .. ", " .. count
end

-- A dictionary that is full forgets what was not used for longest.
function cases.full()
  local small = store.nginx "small"
  for number = 1, 1000 do
    assert(small:set("full-" .. number, ("v"):rep(5000), 100))
  end
  return text(small:get "full-1", #small:get "full-1000", small:take("full", 10, 1, 0))
end

-- The lock of a worker that was killed.
function cases.left_behind()
  ngx.shared.shared:add("lock left", true, 0.1)
  return text(store.nginx("shared"):take("left", 10, 1, 0))
end

function cases.locked()
  ngx.shared.shared:add("lock locked", true, 100)
  return text(store.nginx("shared"):take("locked", 10, 1, 0))
end

-- A worker that was suspended while it had the lock, until another had it, too.
function cases.late()
  local shared, other = store.nginx "shared", nil
  jit.off()
  jit.flush()
  debug.sethook(function()
    if debug.getinfo(2, "f").func == bucket.take then
      debug.sethook()
      core.sleep(0.2)
      other = shared:take("late", 0.01, 1, 0)
    end
  end, "c")
  local late = shared:take("late", 0.01, 1, 0)
  debug.sethook()
  jit.on()
  return text(other, late)
end

function cases.is_blocking()
  return text(open("nginx").is_blocking, open("redis").is_blocking)
end

function cases.blocking_client()
  return text(store.redis(function(timeout)
    return require("redis").connect { host = "127.0.0.1", port = port, timeout = timeout }
  end, TIMEOUT):get "key")
end

-- A light thread is killed while it waits for Redis, which hangs.
function cases.killed()
  local shared = open "redis"
  shared:set("killed", "first", 100)
  shared:set("other", "second", 100)
  stores_in_nginx.wait_for "stopped"
  local thread = ngx.thread.spawn(shared.get, shared, "killed")
  ngx.sleep(0.05)
  assert(ngx.thread.kill(thread))
  ngx.shared.shared:set("killed", true)
  stores_in_nginx.wait_for "continued"
  return text((shared:get "other"), (shared:get "killed"))
end

function cases.hung()
  local shared = store.redis(connect)
  return text(shared:get "hung")
end

-- The number of connections that 20 operations open after the first.
function cases.reused()
  local shared, flags = open "redis", ngx.shared.shared
  shared:set("reused", "value", 100)
  local before = flags:get "opened"
  for _ = 1, 20 do
    assert(shared:get "reused" == "value")
  end
  return text(flags:get "opened" - before)
end

-- Uses a pooled connection whose server has been started again.
function cases.started_again()
  local shared = open "redis"
  assert(shared:set("before", "value", 100))
  stores_in_nginx.wait_for "started again"
  return text(shared:add("after", "value", 100)) .. ", " .. text((shared:get "before"))
end

--- Waits until the spec has set a flag.
function stores_in_nginx.wait_for(name)
  while not ngx.shared.shared:get(name) do
    ngx.sleep(0.01)
  end
end

--- The result of a case.
function stores_in_nginx.case(name)
  local ok, said = pcall(cases[name])
  return tostring(said) .. (ok and "" or " (raised)")
end

--- Sets a flag; what it was.
function stores_in_nginx.flag(name)
  local was = ngx.shared.shared:get(name)
  ngx.shared.shared:set(name, true)
  return text(was)
end

--- The text of a flag.
function stores_in_nginx.read(name)
  return text(ngx.shared.shared:get(name))
end

--- In a phase in which nginx cannot wait.
function stores_in_nginx.take_in_log()
  ngx.shared.shared:set("in log", text(store.nginx("shared"):take("log", 10, 1, 0)) .. ", "
    .. text(open("redis"):get "key"))
end

return stores_in_nginx
