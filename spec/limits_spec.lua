-- Walks whose server, or a proxy before it, limits the request rate: 429 and 503.

local core = require "sigmamind.core"
local nginx = require "spec.support.nginx"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local unpack = table.unpack or unpack -- luacheck: ignore 143

describe("prefetch, a walk whose prefetched pages are refused", function()
  local sandbox

  setup(function()
    sandbox = server.start()
  end)

  teardown(function()
    sandbox:stop()
  end)

  before_each(function()
    sandbox:clear()
  end)

  local NOW = { ["retry-after"] = "0" }

  it("allows each page as many attempts as without prefetch", function()
    for _, status in ipairs { 429, 503 } do
      local faults = {}
      for page = 1, 4 do
        faults[page] = { page = page, status = status, times = 3, headers = NOW }
      end
      sandbox:faults(unpack(faults))
      local client = sandbox:client { prefetch = 4 }
      assert.equal(125, assert(client:campaigns({ size = 10 }):count()))
      client:close()
    end
  end)

  it("fails with the error of the last attempt, when the limit stays", function()
    for _, prefetch in ipairs { 0, 4 } do
      sandbox:faults { page = 2, status = 503, times = -1, headers = NOW }
      local client = sandbox:client { prefetch = prefetch }
      local rows, err = client:campaigns({ size = 10 }):totable()
      assert.is_nil(rows)
      assert.equal(503, err.status)
      assert.equal(20, #err.partial)
      assert.equal(prefetch == 0 and 3 or 4, #err.attempts)
      client:close()
    end
  end)

  it("continues with one request at a time, and one more after every eight pages", function()
    for _, status in ipairs { 429, 503 } do
      sandbox:faults { page = 2, status = status, headers = NOW }
      local in_flight, begun = {}, 0
      local client = sandbox:client {
        prefetch = 8,
        on_event = function(event)
          local page = tonumber(event.path:match "page=(%d+)")
          if event.name == "request" then
            begun = begun + 1
            in_flight[page] = begun
          elseif event.name ~= "retry" and event.name ~= "done" then
            begun = begun - 1
          end
        end,
      }
      assert.equal(125, client:campaigns({ size = 4 }):count())
      assert.equal(0, begun)
      local first = {} -- pages before 10 may have been requested before the refusal
      for page = 31, 10, -1 do
        first[in_flight[page]] = page
      end
      assert.same({ 10, 12, 21, 30 }, first)
      client:close()
    end
  end)
end)

describe("prefetch, a walk behind nginx with limit_req", function()
  local PAGES, SIZE = 40, 10
  local CONFIGURATION = [[
daemon off;
master_process off;
pid nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path temp;
  proxy_temp_path temp;
  fastcgi_temp_path temp;
  uwsgi_temp_path temp;
  scgi_temp_path temp;
  types {}
  default_type application/json;
  limit_req_zone $server_name zone=rate:1m rate=20r/s;
  server {
    listen 127.0.0.1:$port;
    root .;
    limit_req zone=rate burst=5 nodelay;
    location = /bare/v1/campaigns { limit_req_status 429; try_files /$arg_page =404; }
    location = /retry_after/v1/campaigns {
      limit_req_status 429;
      add_header Retry-After 1 always;
      try_files /$arg_page =404;
    }
    location = /busy/v1/campaigns { try_files /$arg_page =404; }
  }
}
]]
  local limited

  setup(function()
    local directory, port = nginx.directory(), nginx.free_ports(1)[1]
    for page = 0, PAGES - 1 do
      local rows = {}
      for i = 1, SIZE do
        rows[i] = ('{"campaignId":"%d"}'):format(page * SIZE + i)
      end
      local text = '{"data":[%s],"page":%d,"size":%d,"totalCount":%d,"hasNext":%s}'
      local file = assert(io.open(directory .. "/" .. page, "w"))
      file:write(text:format(table.concat(rows, ","), page, SIZE, PAGES * SIZE, tostring(page < PAGES - 1)))
      file:close()
    end
    limited = nginx.run(directory, CONFIGURATION:gsub("%$port", tostring(port)), port)
  end)

  teardown(function()
    limited:stop()
  end)

  --- Walks with the default options and `prefetch`. Returns the number of rows and of refusals.
  local function walk(where, prefetch)
    local refused = 0
    local client = sigmamind.new {
      base_url = ("http://127.0.0.1:%d/%s"):format(limited.port, where),
      api_key = "key",
      on_event = function(event)
        refused = refused + ((event.status == 429 or event.status == 503) and 1 or 0)
      end,
    }
    local count = assert(client:campaigns({ size = SIZE, prefetch = prefetch }):count())
    client:close()
    core.sleep(0.3) -- until the burst of limit_req is free again
    return count, refused
  end

  for _, where in ipairs { "bare", "retry_after", "busy" } do
    it("reaches its end, and is refused little more often than without prefetch: " .. where, function()
      local rows, refused = walk(where, 0)
      assert.equal(PAGES * SIZE, rows)
      for _, prefetch in ipairs { 4, 16 } do
        local refused_prefetching
        rows, refused_prefetching = walk(where, prefetch)
        assert.equal(PAGES * SIZE, rows)
        assert.is_true(refused_prefetching <= 2 * refused + 25, ("%d, %d"):format(refused, refused_prefetching))
      end
    end)
  end
end)
