-- What metrics_spec runs in nginx's Lua.

local metrics = require "sigmamind.metrics"
local sigmamind = require "sigmamind"

local specs = {}

local client = sigmamind.new { attempts = 1 }

specs.location = require("sigmamind.nginx").metrics { client = client }

function specs.share(name)
  metrics.share(client, name)
end

--- Requests a page, and returns its status and the worker's process id.
function specs.page(number)
  local page, err = client.campaigns:page { page = number, size = 5 }
  return (page and 200 or tostring(err.status or err.kind)) .. " by " .. ngx.worker.pid()
end

--- How often this worker has begun a request.
function specs.own()
  return client:stats().attempts .. " by " .. ngx.worker.pid()
end

--- Fills a dictionary, so that it takes nothing more.
function specs.fill(name)
  local dict, i = ngx.shared[name], 0
  for length = 12, 0, -1 do
    repeat
      i = i + 1
    until not dict:safe_set("filler" .. i, ("x"):rep(2 ^ length))
  end
  return specs.fillers(name)
end

--- How many entries of `fill` are in the dictionary.
function specs.fillers(name)
  local count = 0
  for _, key in ipairs(ngx.shared[name]:get_keys(0)) do
    count = count + (key:find "^filler" and 1 or 0)
  end
  return tostring(count)
end

return specs
