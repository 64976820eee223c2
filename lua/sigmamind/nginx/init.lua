--- nginx: what web servers need of the client, for nginx's Lua module.

if type(ngx) ~= "table" or not ngx.get_phase then
  error("sigmamind.nginx: this is not nginx with its Lua module", 2)
end

local endpoint = require "sigmamind.nginx.endpoint"

return { endpoint = endpoint.new }
