--- nginx.endpoint: answers visitors with the rows of a list, out of the worker's memory.

local check = require "sigmamind.check"
local core = require "sigmamind.core"
local source = require "sigmamind.nginx.source"

local ngx = ngx

local endpoint = {}

--- The rule of the option `client`.
endpoint.client = {
  accepts = "a client, as from sigmamind.new",
  required = true,
  test = function(value)
    local meta = type(value) == "table" and getmetatable(value)
    return type(meta) == "table" and rawget(meta, "__name") == "sigmamind.client"
  end,
}

local RULES = {
  client = endpoint.client,
  list = check.type "table",
  resource = check.type "string",
  refresh = check.interval,
  stale = check.interval,
  max_age = {
    accepts = "a number of seconds, 0 or more",
    test = function(value)
      return type(value) == "number" and value >= 0 and value < math.huge
    end,
  },
  first_wait = check.interval,
  dict = check.type "string",
}

local DEFAULTS = {
  list = {},
  resource = "campaigns",
  refresh = 5,
  stale = 3600,
  first_wait = 10,
  dict = "sigmamind",
}

local POLL = 0.05 -- seconds between two looks of a visitor who waits for the first answer

-- == What visitors accept =============================================================

--- The quality of a coding in an Accept-Encoding (RFC 9110 section 12.5.3); nil: it is not named.
local function quality(header, coding)
  for name, rest in header:gmatch "([^%s,;]+)([^,]*)" do
    if name == coding then
      return tonumber(rest:match ";%s*q%s*=%s*([%d.]+)" or 1) or 0
    end
  end
end

local function accepts_gzip(header)
  header = header:lower()
  local any = quality(header, "*")
  local gzip = quality(header, "gzip") or quality(header, "x-gzip") or any or 0
  local identity = quality(header, "identity") or 0
  return gzip > 0 and gzip >= identity
end

--- Whether headers accept gzip. There are few different ones, unless someone tries out many.
local known, known_count = {}, 0
local KNOWN_MAX = 100

local function wants_gzip(header)
  local accepts = known[header]
  if accepts == nil then
    if known_count == KNOWN_MAX then
      known, known_count = {}, 0
    end
    accepts = accepts_gzip(header)
    known[header], known_count = accepts, known_count + 1
  end
  return accepts
end

--- Whether an If-None-Match names the tag, by weak comparison (RFC 9110 section 13.1.2). nginx's
--- own gzip makes our tags weak.
local function is_match(header, etag)
  if header:find "^%s*%*%s*$" then
    return true
  end
  for tag in header:gmatch '"[^"]*"' do
    if tag == etag then
      return true
    end
  end
  return false
end

-- == Answers ==========================================================================

--- An answer without rows: for people, and without anything that the API said.
local function refuse(status, kind, message)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  local body = ('{"error":"%s","message":"%s"}\n'):format(kind, message)
  ngx.header["Content-Length"] = #body
  ngx.print(body)
end

local function refuse_method()
  ngx.header["Allow"] = "GET, HEAD"
  refuse(405, "method", "use GET or HEAD")
end

local function refuse_for_now(seconds, kind)
  local after = math.max(1, math.ceil(seconds))
  ngx.header["Retry-After"] = after
  refuse(503, kind, ("there is no answer yet; try again in %d s"):format(after))
end

--- The form of the answer that the visitor accepts: its bytes, its tag, and its coding.
local function choose(answer)
  local accepted = answer.gzip and ngx.var.http_accept_encoding
  if accepted and wants_gzip(accepted) then
    return answer.gzip, '"' .. answer.digest .. '-gzip"', "gzip"
  end
  return answer.body, '"' .. answer.digest .. '"'
end

--- Sends the answer, or that the visitor has it already.
local function send(self, answer, age)
  local header = ngx.header
  local body, etag, coding = choose(answer)
  if answer.gzip then
    header["Vary"] = "Accept-Encoding"
  end
  header["ETag"] = etag
  header["Cache-Control"] = self.cache_control
  header["Age"] = math.floor(age)
  local condition = ngx.var.http_if_none_match
  if condition and is_match(condition, etag) then
    ngx.status = 304
    ngx.send_headers()
    return
  end
  header["Content-Encoding"] = coding
  header["Content-Type"] = "application/json"
  header["Content-Length"] = #body
  ngx.print(body)
end

--- Waits for the first answer. Returns it; nil, the seconds until the next try, and the kind of the
--- error.
local function wait_for_first(self, origin)
  local deadline = core.now() + self.first_wait
  while true do
    local answer, age = origin:current()
    if answer then
      return answer, age
    end
    local left, kind = origin:pause()
    if left then
      return nil, left, kind
    elseif core.now() >= deadline then
      return nil, 1, "timeout"
    end
    ngx.sleep(POLL)
  end
end

local function origin_of(self)
  local origin, err = self.origin, nil
  if not origin then
    origin, err = source.of(self)
    self.origin = origin
  end
  if not origin and not self.is_told then
    self.is_told = true
    ngx.log(ngx.ERR, "sigmamind: the endpoint of ", self.resource, " waits for a key: ", err)
  end
  return origin
end

local function answer_visitor(self)
  local method = ngx.req.get_method()
  if method ~= "GET" and method ~= "HEAD" then
    return refuse_method()
  end
  local origin = origin_of(self)
  if not origin then
    return refuse_for_now(1, "config")
  end
  origin:start()
  local answer, age = origin:current()
  if not answer then
    local kind
    answer, age, kind = wait_for_first(self, origin)
    if not answer then
      return refuse_for_now(age, kind)
    end
  end
  send(self, answer, age)
end

-- == Options ==========================================================================

--- A copy that the caller does not change.
local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local copied = {}
  for key, each in pairs(value) do
    copied[key] = copy(each)
  end
  return setmetatable(copied, getmetatable(value))
end

local function check_resource(client, name, level)
  local found, list = pcall(function()
    return client[name].list
  end)
  if not (found and type(list) == "function") then
    local text = "nginx.endpoint: resource must be the name of a resource with lists, got %s"
    error(text:format(check.show(name)), level + 1)
  end
end

--- The list refuses its own arguments; the message gets the caller's line.
local function check_list(client, name, list, level)
  local accepted, err = pcall(function()
    client[name]:list(list)
  end)
  if not accepted then
    error("nginx.endpoint: list: " .. tostring(err):gsub("^[^\n]-:%d+: ", ""), level + 1)
  end
end

local function check_dict(name, level)
  if not ngx.shared[name] then
    local text = "nginx.endpoint: there is no lua_shared_dict %s: add `lua_shared_dict %s 16m;` to "
      .. "nginx's block http"
    error(text:format(check.show(name), name), level + 1)
  end
end

local function cache_control_of(self)
  local text = "public, max-age=%d, stale-if-error=%d"
  return text:format(math.ceil(self.max_age), math.ceil(self.stale))
end

--- A function for content_by_lua that answers with all rows of a list as a JSON array. It is made
--- once, in init_by_lua or in a module. One worker's timer fetches the rows for all.
---
--- Called in init_worker_by_lua, it fetches the rows before the first visitor comes.
---@param given {client: sigmamind.Client, list?: table, resource?: string, refresh?: number,
---  stale?: number, max_age?: number, first_wait?: number, dict?: string}
---  list: arguments of client.campaigns:list; resource: default "campaigns"; refresh: seconds
---  between two fetches, default 5; stale: seconds after a fetch in which its rows are served,
---  default 3600; max_age: seconds in which caches need not ask, default refresh; first_wait:
---  seconds that visitors wait for the very first rows, default 10; dict: the name of a
---  lua_shared_dict, default "sigmamind"
---@return fun()
function endpoint.new(given)
  local self = copy(DEFAULTS)
  for name, value in pairs(check.arguments("nginx.endpoint", RULES, given, 2)) do
    self[name] = name == "list" and copy(value) or value
  end
  check_dict(self.dict, 2)
  check_resource(self.client, self.resource, 2)
  check_list(self.client, self.resource, self.list, 2)
  self.max_age = self.max_age or self.refresh
  self.cache_control = cache_control_of(self)
  return function()
    if ngx.get_phase() == "init_worker" then
      local origin = origin_of(self)
      return origin and origin:start()
    end
    answer_visitor(self)
  end
end

return endpoint
