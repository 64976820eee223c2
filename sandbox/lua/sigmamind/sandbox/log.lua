-- What was asked of the API: the requests, in the order in which they came.

local json = require "sigmamind.sandbox.json"

local concat = table.concat

local limit = 100000

local fields = {
  "method", "path", "status", "connection", "version", "userAgent", "key",
}

---@class sandbox.LogEntry
---@field method string
---@field path string with the query
---@field status? integer of the answer; nil as long as there is none
---@field connection integer ordinal of the TCP connection, among those that asked the API
---@field version number of HTTP: 1, 1.1 or 2
---@field userAgent? string
---@field key "right"|"wrong"|"none" never the key itself

---@class sandbox.Log
---@field private entries sandbox.LogEntry[]
---@field private connections table<table, integer>
---@field private connection_count integer
local methods = {}
local log_mt = { __index = methods, __name = "sigmamind.sandbox.log" }

local log = {}

---@return sandbox.Log
function log.new()
  local connections = setmetatable({}, { __mode = "k" })
  return setmetatable({ entries = {}, connections = connections, connection_count = 0 }, log_mt)
end

---@private
---@param connection table
---@return integer
function methods:ordinal(connection)
  local ordinal = self.connections[connection]
  if not ordinal then
    ordinal = self.connection_count + 1
    self.connection_count = ordinal
    self.connections[connection] = ordinal
  end
  return ordinal
end

--- Notes a request. The caller sets the entry's status when it answers.
--- After 100,000 requests no more are kept, so that a benchmark cannot fill the memory.
---@param request sandbox.Request
---@param connection table
---@return sandbox.LogEntry
function methods:add(request, connection)
  local entry = {
    method = request.method,
    path = request.target,
    connection = self:ordinal(connection),
    version = request.version,
    userAgent = request.user_agent,
    key = request.key,
  }
  if #self.entries < limit then
    self.entries[#self.entries + 1] = entry
  end
  return entry
end

--- Forgets the requests; connections go on being counted.
function methods:clear()
  self.entries = {}
end

---@return string json an array
function methods:encode()
  local items = {}
  for i, entry in ipairs(self.entries) do
    items[i] = json.encode(entry, fields)
  end
  return "[" .. concat(items, ",\n") .. "]"
end

return log
