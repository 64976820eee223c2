-- Nothing is done twice: every fault of a write at each moment, with each verb, in each runtime. The sandbox counts
-- what arrived and what was done. nginx has its own LuaJIT, so it runs there alone.

local matrix = require "spec.support.write_matrix"
local nginx = require "spec.support.nginx"
local recorder = require "spec.support.recorder"
local server = require "spec.support.server"

local sandbox = server.shared { campaigns = 3, calls = 3 }

--- What every host has.
local function new_host(fields)
  fields.name, fields.sandbox = fields.runtime, sandbox
  fields.attempts = fields.attempts or 1
  fields.run = fields.run or function(_, fn) return fn() end
  fields.client = function(options)
    options.runtime = fields.runtime == "blocking" and recorder() or fields.runtime
    return sandbox:client(options)
  end
  return fields
end

local function run_tasks(client, fn)
  local task = client:spawn(fn)
  repeat
    local running = client:tick(0.01)
    client.transport.session:poll(running > 0 and 0.001 or 0)
  until running == 0
  return task:result()
end

local function run_luv(uv)
  return function(_, fn)
    local result, err
    coroutine.wrap(function() result, err = fn() end)()
    uv.run()
    return result, err
  end
end

local hosts = {
  new_host { runtime = "blocking", attempts = 3, is_hurried = true },
  new_host { runtime = "tick", run = run_tasks },
}
local has_luv, uv = pcall(require, "luv")
if has_luv then
  hosts[#hosts + 1] = new_host { runtime = "luv", run = run_luv(uv) }
end

for _, host in ipairs(hosts) do
  describe(("with runtime = %q, a write is done once and known after"):format(host.runtime), function()
    for _, entry in ipairs(matrix.faults) do
      it(entry.name, function()
        assert.equal("", matrix.run_all(host, entry))
      end)
    end
  end)
end

--- nginx runs the cases itself, with its own requests to the sandbox.
local NGINX = [[
  init_by_lua_block {
    matrix = require "spec.support.write_matrix"
    server, sigmamind = require "spec.support.server", require "sigmamind"
  }
  server {
    listen 127.0.0.1:$port;
    location = /case {
      content_by_lua_block {
        local sandbox = server.attach("%s", "%s")
        ngx.print("wrong: ", matrix.run_all({
          name = "nginx " .. ngx.worker.pid(),
          sandbox = sandbox,
          attempts = 1,
          client = function(options)
            return sandbox:client(options)
          end,
          run = function(_, fn)
            return fn()
          end,
        }, matrix.faults[tonumber(ngx.var.arg_number)]))
      }
    }
  }
]]

if rawget(_G, "jit") and nginx.modules() then
  describe("in nginx, a write is done once and known after", function()
    local worker

    setup(function()
      worker = nginx.start(NGINX:format(sandbox.url, sandbox.key))
    end)

    teardown(function()
      worker:stop()
    end)

    for number, entry in ipairs(matrix.faults) do
      it(entry.name, function()
        assert.equal("wrong: ", worker:get("/case?number=" .. number))
      end)
    end
  end)
end

it("the matrix is in doc/reliability.md", function()
  local file = assert(io.open "doc/reliability.md")
  local text = file:read "*a"
  file:close()
  for _, entry in ipairs(matrix.faults) do
    local row = ("\n| %s | %s | `%s` |"):format(entry.name, entry.acted and "yes" or "no", entry.outcome or "success")
    assert.is_truthy(text:find(row, 1, true), "doc/reliability.md lacks" .. row)
  end
end)
