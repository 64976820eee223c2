-- The ways to list campaigns that bench/list.lua compares, each as a function of a base URL and the
-- certificate to trust, which gives one that walks every page and calls visit(row). lua-curl also
-- takes a key and a size.

local KEY, SIZE = "bench-key", 100

local clients = {
  order = { "sigmamind", "lua-curl", "luasocket" },
  modules = { sigmamind = "sigmamind.core", ["lua-curl"] = "curl", luasocket = "ssl.https" },
}

function clients.sigmamind(base_url, ca_file)
  local client = require("sigmamind").new {
    base_url = base_url,
    api_key = KEY,
    ca_file = ca_file,
  }
  return function(visit)
    for row in client:campaigns { size = SIZE } do
      visit(row)
    end
  end
end

-- The loop that each program without sigmamind has; `get` gives the body at a URL.
local function with_cjson(base_url, get, size)
  local cjson = require "cjson"
  local url = base_url .. "/v1/campaigns?page=%d&size=" .. (size or SIZE)
  return function(visit)
    local number = 0
    repeat
      local page = cjson.decode(get(url:format(number)))
      for _, row in ipairs(page.data) do
        visit(row)
      end
      number = number + 1
    until not page.hasNext
  end
end

-- One easy handle, and so one connection. It has no call that gives the status: failing is left to
-- libcurl.
clients["lua-curl"] = function(base_url, ca_file, key, size)
  local curl = require "curl"
  local easy, chunks = curl.easy_init(), {}
  easy:setopt(curl.OPT_HTTPHEADER, { "X-API-Key: " .. (key or KEY), "Accept: application/json" })
  easy:setopt(curl.OPT_CAINFO, ca_file)
  easy:setopt(curl.OPT_FAILONERROR, 1)
  easy:setopt(curl.OPT_WRITEFUNCTION, function(chunk)
    chunks[#chunks + 1] = chunk
    return #chunk
  end)
  return with_cjson(base_url, function(url)
    chunks = {}
    easy:setopt(curl.OPT_URL, url)
    local code, message = easy:perform()
    assert(code == 0, message)
    return table.concat(chunks)
  end, size)
end

-- A connection for each request: http.request has no other way. It sends a request in pieces, and
-- over https waits 40 ms for a delayed acknowledgement in between; that costs no CPU time.
function clients.luasocket(base_url, ca_file)
  local ltn12 = require "ltn12"
  local http = require(base_url:find "^https" and "ssl.https" or "socket.http")
  return with_cjson(base_url, function(url)
    local chunks = {}
    local _, status = http.request {
      url = url,
      headers = { ["X-API-Key"] = KEY, Accept = "application/json" },
      sink = ltn12.sink.table(chunks),
      cafile = ca_file,
      verify = "peer",
    }
    assert(status == 200, status)
    return table.concat(chunks)
  end)
end

return clients
