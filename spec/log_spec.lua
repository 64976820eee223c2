-- sigmamind.log: the lines that a listener of each level writes.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local log = require "sigmamind.log"
local scripted = require "spec.support.scripted"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local sandbox = server.shared()

local lines

local function new_log(level)
  lines = {}
  return log.new { level = level, write = function(line) lines[#lines + 1] = line end }
end

--- The lines with numbers of seconds replaced by S, as one text.
local function seen()
  return (table.concat(lines, "\n"):gsub("%d+%.%d+", "S"))
end

describe("sigmamind.log", function()
  it("writes a line for each attempt, and one for the decision after a failure", function()
    local client = sandbox:client { on_event = new_log(), attempts = 2 }
    sandbox:faults { status = 503, times = 3, headers = { ["retry-after"] = "0" } }
    assert.is_nil((client.campaigns:page()))
    assert.is_truthy(client.campaigns:page())
    assert.matches("^GET /v1/campaigns: 503, S s, attempt 1, new connection\n[^\n]+; retrying in S s\n"
      .. "GET /v1/campaigns: 503, S s, attempt 2, reused connection\n[^\n]+; not retried: all attempts are used\n"
      .. "GET /v1/campaigns: 503, S s, attempt 1, reused connection\n[^\n]+; retrying in S s\n"
      .. "GET /v1/campaigns: 200, S s, attempt 2, reused connection$", seen())
    client:close()
  end)

  it("writes the kind of a failure without a reply", function()
    local client = sandbox:client { on_event = new_log "info", attempts = 1 }
    sandbox:faults { reset = true }
    client.campaigns:page()
    assert.matches("^GET /v1/campaigns: network, S s, attempt 1, new connection\n", seen())
    client:close()
  end)

  it("writes headers and bodies at debug, without secrets", function()
    local client = sandbox:client { on_event = new_log "debug", attempts = 1 }
    sandbox:faults { status = 400, body = '{"message":"bad","secret":"s3cr\\"et","n":1}',
      headers = { ["set-cookie"] = "id=1", ["x-seen"] = sandbox.key, location = "http://u:PASS@h/" } }
    client:request {
      method = "POST", path = "/v1/phone-numbers/import",
      json = { trunkPassword = "pa\"ss" }, headers = { Authorization = "Basic abc", ["X-Trace"] = "t" },
    }
    local text = seen()
    for _, line in ipairs {
      "> POST /v1/phone-numbers/import", "> Accept: application/json", "> Authorization: ***", "> X-API-Key: ***",
      "> X-Trace: t", '> {"trunkPassword":"***"}', "< set-cookie: ***", "< x-seen: ***",
      '< {"message":"bad","secret":"***","n":1}', "< location: http://***@h/",
    } do
      assert.is_truthy(("\n" .. text .. "\n"):find("\n" .. line .. "\n", 1, true), line .. "\nis not in\n" .. text)
    end
    assert.matches("POST /v1/phone%-numbers/import: 400, S s, attempt 1, new connection %(.*connect S.*first_byte S%)", text)
    assert.is_nil(text:find(sandbox.key, 1, true))
    client:close()
  end)

  it("names the parts of a form, and writes no more of a body than 2 KiB", function()
    local peer = scripted.open(function(connection)
      local body = ("x"):rep(10000)
      connection:send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10000\r\n\r\n" .. body)
    end)
    local client = sigmamind.new {
      api_key = "k", base_url = peer.url, runtime = peer:runtime(), on_event = new_log "debug",
    }
    assert(client:request {
      method = "POST", path = "/p",
      form = { { name = "a", data = "secret text" }, { name = "b", data = "c", filename = "d" } },
    })
    assert.is_truthy(seen():find("\n> form: a, b (d)\n", 1, true))
    assert.equal("< " .. ("x"):rep(2048), lines[#lines])
    client:close()
    peer:close()
  end)

  it("writes a prefetched request that failed before its page was needed", function()
    local client = sandbox:client { on_event = new_log(), prefetch = 4, runtime = {
      now = core.now,
      sleep = core.sleep,
      wait = function(session, transfer)
        while not transfer:done() do session:poll(1) end
        for _ = 1, 20 do session:poll(0.005) end -- the prefetched ones end, too
      end,
    } }
    sandbox:faults({ page = 2, reset = true, times = 1 }, { page = 3, reset = true, times = 1 })
    assert.equal(125, assert(client:campaigns({ size = 10 }):count()))
    local failures = select(2, seen():gsub(": network, S s, attempt 1, %a+ connection", ""))
    assert.is_true(failures >= 1)
    client:close()
  end)

  it("writes one line whatever a server sends", function()
    local client = sandbox:client { on_event = new_log "debug", attempts = 1 }
    sandbox:faults { status = 400, body = '{"message":"a\\nGET /forged: 200\\u001b[2J"}\n\nGET /forged: 200' }
    client.campaigns:page()
    for _, line in ipairs(lines) do
      assert.is_nil(line:find "%c")
      assert.is_nil(line:find "^GET /forged")
    end
    client:close()
  end)

  it("shows events nothing of headers and bodies at info", function()
    local events = {}
    local listener = new_log "info"
    local client = sandbox:client { on_event = function(event)
      events[#events + 1] = event
      listener(event)
    end }
    assert(client.campaigns:page())
    assert.equal(3, #events)
    for _, event in ipairs(events) do
      assert.is_nil(event.headers)
      assert.is_nil(event.body)
    end
    client:close()
  end)

  it("refuses what is not an option", function()
    assert.error_matches(function() log.new { level = "trace" } end,
      "log.new: level must be one of info, debug, got 'trace'")
    assert.error_matches(function() log.new { format = "xml" } end,
      "log.new: format must be one of text, json, logfmt, got 'xml'")
    assert.error_matches(function() log.new { format = "json", level = "debug" } end,
      "log.new: level is of the format 'text', not of 'json'")
    assert.error_matches(function() log.new { levle = "info" } end, "log.new: unknown option 'levle'")
  end)
end)

--- A log in that format, which writes to `lines`.
local function new_format(format)
  lines = {}
  return log.new { format = format, write = function(line) lines[#lines + 1] = line end }
end

--- The words of a line of logfmt, by name. Raises for a line that is not.
local function words_of(line)
  local words, at = {}, 1
  while at <= #line do
    local name, after = line:match("^([a-z_]+)=()", at)
    assert(name, "no name at " .. at .. " of " .. line)
    local quoted, next_one = line:match('^("[^"\\]*")()', after)
    local word, past = line:match('^([^ "=]+)()', after)
    words[name] = quoted and decoding.value(quoted) or assert(word, line)
    at = quoted and next_one or past
    assert(at == #line + 1 or line:sub(at, at) == " ", line)
    at = at + 1
  end
  return words
end

describe("sigmamind.log, a line for each request", function()
  it("is JSON, of a success and of a failure, after all attempts", function()
    local client = sandbox:client { on_event = new_format "json", attempts = 2, runtime = {
      now = core.now, sleep = function() end, wait = require("sigmamind.runtime.blocking").wait,
    } }
    sandbox:faults { status = 503, times = 3 }
    client.campaigns:page { size = 2 }
    client.campaigns:page { size = 2 }
    sandbox:faults { method = "POST", reset = true }
    client.calls:create { agentId = "a", fromPhoneNumber = "+14155552671", toPhoneNumber = "+14155552672" }
    client:close()
    assert.equal(3, #lines)
    local failed, fine, unknown = decoding.value(lines[1]), decoding.value(lines[2]), decoding.value(lines[3])
    assert.matches("^{\"time\":\"20%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ\",\"level\":\"error\",\"method\":\"GET\",", lines[1])
    for name, value in pairs {
      level = "error", method = "GET", path = "/v1/campaigns?size=2", resource = "campaigns", status = 503,
      kind = "http", attempts = 2,
    } do
      assert.equal(value, failed[name], name)
    end
    assert.equal("number", type(failed.seconds))
    assert.equal("number", type(failed.waited))
    assert.is_true(failed.bytes > 0)
    assert.is_nil(failed.outcome)
    assert.equal("info", fine.level)
    assert.equal(200, fine.status)
    assert.equal(2, fine.attempts)
    assert.is_nil(fine.kind)
    assert.is_nil(fine.cache)
    assert.equal("POST", unknown.method)
    assert.equal("calls", unknown.resource)
    assert.is_nil(unknown.status)
    assert.equal("unknown", unknown.outcome)
  end)

  it("is logfmt", function()
    local client = sandbox:client { on_event = new_format "logfmt", attempts = 1 }
    client:request { path = "/v1/campaigns", query = { name = "a b=c" } }
    client:request { path = "/nothing" }
    client:close()
    assert.equal(2, #lines)
    local first, second = words_of(lines[1]), words_of(lines[2])
    assert.equal("/v1/campaigns?name=a%20b%3Dc", first.path)
    assert.equal("info", first.level)
    assert.equal("request", first.resource)
    assert.equal("200", first.status)
    assert.matches("^%d+%.%d%d%d%d%d%d$", first.seconds)
    assert.equal("404", second.status)
    assert.equal("http", second.kind)
  end)

  it("has what the cache had", function()
    local event = {
      name = "done", method = "GET", path = "/p", resource = "request", attempt = 0, seconds = 0, waited = 0,
      bytes = 0, cache = "stale", age = 2.5,
    }
    new_format "json"(event)
    assert.matches(',"cache":"stale","age":2.500}$', lines[1])
    new_format "logfmt"(event)
    assert.matches(" cache=stale age=2.500$", lines[1])
  end)

  it("cannot be forged, and has no key", function()
    for _, format in ipairs { "json", "logfmt" } do
      local listener = new_format(format)
      for _, path in ipairs { "/a\nlevel=info status=200", '/"}\n{"level":"info', "/\27[2J\127", "/\255\254 x=1", "/\0" } do
        listener {
          name = "done", method = "GET", path = path, resource = "request", attempt = 1, seconds = 0.5, waited = 0,
          bytes = 0, status = 404, error = { kind = "http" },
        }
        local line = lines[#lines]
        assert.is_nil(line:find "[%z\1-\31\127-\255]", line)
        local read = format == "json" and decoding.value(line) or words_of((line:gsub('\\.', "")))
        assert.equal("404", tostring(read.status))
        assert.equal("error", read.level)
      end
      local client = sandbox:client { on_event = listener }
      client:request { path = "/v1/" .. sandbox.key }
      client:close()
      assert.is_nil(table.concat(lines):find(sandbox.key, 1, true))
      assert.equal(6, #lines)
    end
  end)
end)
