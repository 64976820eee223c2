--- nginx: what web servers need of the client, for nginx's Lua module.

if type(ngx) ~= "table" or not ngx.get_phase then
  error("sigmamind.nginx: this is not nginx with its Lua module", 2)
end

local check = require "sigmamind.check"
local endpoint = require "sigmamind.nginx.endpoint"
local metrics = require "sigmamind.metrics"

local nginx = { endpoint = endpoint.new }

local METRICS_RULES = { client = endpoint.client, dict = check.type "string" }

--- A function for content_by_lua that answers with the metrics of a client, in Prometheus's text.
---@param options {client: sigmamind.Client, dict?: string}  dict: a lua_shared_dict in which the
---  counts of all workers are added, see metrics.share; default: the counts of the worker that
---  answers
---@return fun()
function nginx.metrics(options)
  local given = check.arguments("nginx.metrics", METRICS_RULES, options, 2)
  if given.dict then
    metrics.share(given.client, given.dict)
  end
  return metrics.location(given.client)
end

return nginx
