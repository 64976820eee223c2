--- sandbox.log: the requests to the API, in the order of their arrival.

local json = require "sigmamind.sandbox.json"

local log = {}

local ENTRIES_MAX = 100000 -- bounds the memory during a benchmark
local FIELDS = {
  "method", "path", "status", "connection", "version", "userAgent", "key", "acted", "id",
}

---@class sigmamind.sandbox.LogEntry
---@field method string
---@field path string with the query
---@field status? integer of the response; nil until there is one
---@field connection integer ordinal of the TCP connection among those to the API
---@field version number of HTTP: 1, 1.1 or 2
---@field userAgent? string
---@field key "right"|"wrong"|"none" never the key itself
---@field acted boolean whether the API created, changed or deleted something
---@field id? string of the row that it was

---@class sigmamind.sandbox.Log
---@field private entries sigmamind.sandbox.LogEntry[]
---@field private connections table<table, integer>
---@field private connection_count integer
local Log = { __name = "sigmamind.sandbox.log" }
Log.__index = Log

---@return sigmamind.sandbox.Log
function log.new()
  local connections = setmetatable({}, { __mode = "k" })
  return setmetatable({ entries = {}, connections = connections, connection_count = 0 }, Log)
end

---@private
---@param connection table
---@return integer
function Log:ordinal(connection)
  local ordinal = self.connections[connection]
  if not ordinal then
    ordinal = self.connection_count + 1
    self.connection_count = ordinal
    self.connections[connection] = ordinal
  end
  return ordinal
end

--- Logs a request, up to ENTRIES_MAX. The caller sets the entry's status when it responds.
---@param request sigmamind.sandbox.Request
---@param connection table
---@return sigmamind.sandbox.LogEntry
function Log:add(request, connection)
  local entry = {
    method = request.method,
    path = request.target,
    connection = self:ordinal(connection),
    version = request.version,
    userAgent = request.user_agent,
    key = request.key,
    acted = false,
  }
  if #self.entries < ENTRIES_MAX then
    self.entries[#self.entries + 1] = entry
  end
  return entry
end

--- Clears the entries. Connections keep their ordinals.
function Log:clear()
  self.entries = {}
end

---@return string json an array
function Log:encode()
  local items = {}
  for i, entry in ipairs(self.entries) do
    items[i] = json.encode(entry, FIELDS)
  end
  return "[" .. table.concat(items, ",\n") .. "]"
end

return log
