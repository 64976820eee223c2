--- store.redis_client: the calls of lua-redis and lua-resty-redis, in one form.
--
-- call returns the reply, false for none; or nil, a message, and how it failed:
--   "refused"    the server said so
--   "read only"  the server said that it is a replica
--   "slow"       no answer in time
--   "broken"     the connection was lost; the command was executed or not

local interrupt = require "sigmamind.interrupt"

local unpack = table.unpack or unpack

local redis_client = {}

local MESSAGE_MAX = 200 -- bytes

--- A message without what it may quote of commands and URLs: keys, values and passwords.
---@param raised any
---@return string
function redis_client.message(raised)
  local has_text, text = pcall(tostring, raised)
  text = has_text and type(text) == "string" and text or "an error object without a text"
  text = text:gsub("^%S-%.lua:%d+: ", ""):gsub("redis error: ", ""):gsub("//[^/@%s]*@", "//")
  text = text:gsub(",? ?with args beginning with.*", ""):gsub(" script: %x+, on.*", "")
  text = text:gsub("%c", "?")
  return text:sub(1, MESSAGE_MAX)
end

local function refusal(text)
  local is_replica = text:find("READONLY", 1, true)
  return nil, redis_client.message(text), is_replica and "read only" or "refused"
end

local function failure(text)
  local slow = text:find "timeout" or text:find "want%l+$" -- the latter: LuaSec
  return nil, redis_client.message(text), slow and "slow" or "broken"
end

local function text_of(raised)
  return type(raised) == "string" and raised or redis_client.message(raised)
end

---@class sigmamind.store.RedisClient
---@field package client table  the user's
---@field package timeout number  seconds

-- == lua-redis: over LuaSocket or LuaSec, raises errors ================================

---@class sigmamind.store.LuaRedis: sigmamind.store.RedisClient
local LuaRedis = {}
LuaRedis.__index = LuaRedis

local function limit(self, seconds)
  local socket = self.client.network.socket
  socket:settimeout(seconds)
  socket:settimeout(seconds, "t")
end

--- Sends a command.
---@param name string
---@param ... string|integer
---@return any reply, string|nil message, string|nil how
function LuaRedis:call(name, ...)
  local count, arguments = select("#", ...), { ... }
  local ok, reply = interrupt.pcall(function()
    limit(self, self.timeout)
    return self.client[name](self.client, unpack(arguments, 1, count))
  end)
  if ok and reply == nil then
    return false
  elseif ok then
    return reply
  end
  local text = text_of(reply)
  return (text:find("redis error: ", 1, true) and refusal or failure)(text)
end

--- Whether it can be used again. After each reply the server has nothing to say: if something can
--- be read, that is the end of the connection.
function LuaRedis:is_sound()
  local ok, byte, err = interrupt.pcall(function()
    limit(self, 0)
    return self.client.network.socket:receive(1)
  end)
  return ok and byte == nil and (err == "timeout" or err == "wantread")
end

function LuaRedis:close()
  interrupt.pcall(function()
    self.client.network.socket:close()
  end)
end

-- == lua-resty-redis: over nginx's cosockets, returns nil or false and the error =======

---@class sigmamind.store.RestyRedis: sigmamind.store.RedisClient
local RestyRedis = {}
RestyRedis.__index = RestyRedis

--- Sends a command.
---@param name string
---@param ... string|integer
---@return any reply, string|nil message, string|nil how
function RestyRedis:call(name, ...)
  local count, arguments = select("#", ...), { ... }
  local ok, reply, err = interrupt.pcall(function()
    self.client:set_timeout(self.timeout * 1000)
    return self.client[name](self.client, unpack(arguments, 1, count))
  end)
  if not ok or reply == nil then
    return failure(text_of(err or reply))
  elseif reply == false then
    return refusal(text_of(err))
  end
  return reply ~= rawget(_G, "ngx").null and reply
end

--- Whether it came from nginx's pool, in which nginx closes what the server has closed.
function RestyRedis:is_reused()
  local ok, times = interrupt.pcall(function()
    return self.client:get_reused_times()
  end)
  return ok and type(times) == "number" and times > 0
end

--- Gives it to nginx's pool.
function RestyRedis:keep()
  interrupt.pcall(function()
    return self.client:set_keepalive()
  end)
end

function RestyRedis:close()
  interrupt.pcall(function()
    self.client:close()
  end)
end

-- == Which of them =====================================================================

--- Whether this is nginx, where nothing must block.
---@return boolean
function redis_client.in_nginx()
  local ngx = rawget(_G, "ngx")
  return type(ngx) == "table" and ngx.get_phase ~= nil
end

---@param client any  what the user's function returned
---@param timeout number
---@return sigmamind.store.RedisClient|nil, string|nil
function redis_client.new(client, timeout)
  local is_table = type(client) == "table"
  local network = is_table and rawget(client, "network") -- lua-resty-redis invents any other field
  if type(network) == "table" and network.socket then
    local self = setmetatable({ client = client, timeout = timeout }, LuaRedis)
    if redis_client.in_nginx() then
      self:close()
      return nil, "connect returned a client of lua-redis, which blocks the worker:"
        .. " use lua-resty-redis"
    end
    return self
  elseif is_table and type(client.set_timeout) == "function" and redis_client.in_nginx() then
    return setmetatable({ client = client, timeout = timeout }, RestyRedis)
  end
  return nil, "connect returned no client of lua-redis or, in nginx, of lua-resty-redis"
end

return redis_client
