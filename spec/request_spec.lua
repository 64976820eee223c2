-- Logical requests: their errors, and when they are retried.

local core = require "sigmamind.core"
local listener = require "spec.support.listener"
local read = require "sigmamind.http.read"
local recorder = require "spec.support.recorder"
local scratch = require "spec.support.scratch"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local sandbox = server.shared { tls = true }
local host

before_each(function()
  host = recorder()
end)

--- The limiter of a client's key.
local function limits_of(client)
  return client.transport:limiter(client.options.api_key())
end

--- Lists once with a client of these options, whose waits take no time.
local function list(options)
  options = options or {}
  options.runtime = options.runtime or host
  local client = sandbox:client(options)
  local page, err = client.campaigns:page { size = 2 }
  client:close()
  return page, err
end

--- Asserts that a request fails with an error that has the expected fields.
local function fails(expected, options)
  local page, err = list(options)
  assert.is_nil(page)
  for name, value in pairs(expected) do
    if name == "message" then
      assert.matches(value, err.message)
    else
      assert.equal(value, err[name], name)
    end
  end
  assert.equal(expected.status, err.status)
  assert.equal("/v1/campaigns?size=2", err.path)
  assert.matches("^sigmamind: " .. err.kind .. ": ", tostring(err))
  return err
end

describe("sigmamind.http.request without a reply", function()
  it("returns kind 'network' when the connection is refused", function()
    local err = fails(
      { kind = "network", retryable = true, message = "no connection could be made" },
      { base_url = "http://127.0.0.1:1" }
    )
    assert.equal(3, #err.attempts)
    assert.equal("not retried: all attempts are used", err.attempts[3].decision)
    assert.matches("^retried after 0%.%d+ s$", err.attempts[1].decision)
    assert.equal("network", err.attempts[2].kind)
    assert.equal("check base_url and the network", err.hint)
  end)

  it("returns kind 'network' when the name is not resolved", function()
    fails(
      { kind = "network", retryable = true, message = "the host name could not be resolved" },
      { base_url = "https://no-such-host.invalid" }
    )
  end)

  it("returns kind 'tls' when the certificate is not trusted, without a retry", function()
    local err = fails(
      { kind = "tls", retryable = false, message = "the server's certificate is not trusted" },
      { base_url = sandbox.https_url }
    )
    assert.equal(1, #err.attempts)
    assert.matches("ca_file", tostring(err))
  end)

  it("returns kind 'timeout' at each of its time limits", function()
    local silent = listener.open()
    local plain, secure = "http://127.0.0.1:" .. silent.port, "https://127.0.0.1:" .. silent.port
    for _, options in ipairs {
      { base_url = secure, connect_timeout = 0.1, stall_timeout = 50 },
      { base_url = plain, timeout = 0.1, stall_timeout = 50 },
      { base_url = plain, stall_timeout = 1 },
    } do
      options.attempts = 1
      local began = core.now()
      fails({ kind = "timeout", retryable = true, message = "a time limit was reached" }, options)
      assert.is_true(core.now() - began < 40) -- the other limits are 50 s and more
    end
    silent:close()
  end)

  it("returns kind 'network' when the body is cut short, with a length or in chunks", function()
    sandbox:faults({ cut = 200, times = 3 }, { chunked_cut = 200, times = 3 })
    fails({ kind = "network", status = 200, retryable = true, message = "." })
    fails({ kind = "network", status = 200, retryable = true, message = "." })
    assert.equal(6, #sandbox:log())
  end)

  it("succeeds when the body of the retry is complete", function()
    sandbox:faults({ cut = 200 })
    local page = assert(list())
    assert.equal(2, page:info().count)
    assert.equal(2, #sandbox:log())
  end)

  it("returns kind 'network' when the connection is reset", function()
    sandbox:faults { reset = true, times = 3 }
    fails { kind = "network", retryable = true, message = "." }
  end)

  it("returns kind 'network' when the connection is closed within the headers, which libcurl accepts", function()
    sandbox:faults { raw = "HTTP/1.1 200 OK\r\ncontent-type: application/js", times = 3 }
    fails { kind = "network", retryable = true, message = "closed within the headers" }
    sandbox:faults { raw = "HTTP/1.1 100 Continue\r\n\r\n", times = 3 }
    fails { kind = "network", retryable = true, message = "." }
  end)

  it("returns kind 'too_large' when a header line never ends", function()
    sandbox:faults { raw = "HTTP/1.1 200 OK\r\nx-a: ", endless = ("b"):rep(1000), times = 3 }
    fails { kind = "too_large", retryable = false, message = "header" }
  end)

  it("returns kind 'protocol' when the reply is not HTTP", function()
    sandbox:faults { raw = "SSH-2.0-OpenSSH_9.2\r\n" }
    fails { kind = "protocol", retryable = false, message = "this is not HTTP" }
  end)
end)

describe("sigmamind.http.request with an error status", function()
  it("returns kind 'auth' for a wrong key", function()
    local err = fails(
      { kind = "auth", status = 401, retryable = false, code = "Unauthorized", message = "key" },
      { api_key = "wrong-key" }
    )
    assert.equal(1, #sandbox:log())
    assert.matches("check api_key or SIGMAMIND_API_KEY", tostring(err))
    assert.not_matches("wrong%-key", tostring(err))
  end)

  it("returns kind 'auth' for 403", function()
    sandbox:faults { status = 403 }
    fails { kind = "auth", status = 403, retryable = false, message = "." }
  end)

  it("returns the fields of the documented error body", function()
    sandbox:faults {
      status = 400,
      body = '{"error":"Bad Request","message":"size is too odd","path":"/v1/campaigns","status":400,'
        .. '"timestamp":"2026-05-05T10:00:00.000Z"}',
    }
    local err = fails {
      kind = "http",
      status = 400,
      retryable = false,
      code = "Bad Request",
      message = "^size is too odd$",
    }
    assert.matches('"timestamp"', err.body)
    assert.equal(
      "sigmamind: http: size is too odd (GET /v1/campaigns?size=2, status 400, attempt 1, not "
        .. "retried: it would fail again)",
      tostring(err)
    )
  end)

  it("returns at most 2 KiB of a message", function()
    sandbox:faults { status = 400, body = '{"message":"' .. ("x"):rep(50000) .. '"}' }
    assert.equal(2048, #select(2, list()).message)
  end)

  it("does not decode an error body that is too long", function()
    sandbox:faults { status = 400, body = '{"message":"' .. ("x"):rep(70000) .. '"}' }
    local err = select(2, list())
    assert.equal("the API returned 400 with application/json", err.message)
    assert.equal(2048, #err.body)
  end)

  it("returns kind 'protocol' for an unrequested 206", function()
    sandbox:faults { status = 206, body = '{"data":[],"page":0,"hasNext":false}' }
    local err = select(2, list())
    assert.equal("protocol", err.kind)
    assert.equal("the API returned 206 (partial content), which was not requested", err.message)
  end)

  it("replaces control characters in a message", function()
    sandbox:faults { status = 400, body = [[{"message":"a\u0000b\u001b[31m\n"}]] }
    assert.equal("a?b?[31m?", select(2, list()).message)
  end)

  it("returns the status and the first bytes of an HTML or empty body", function()
    sandbox:faults(
      { status = 404, body = "<html>" .. ("x"):rep(5000), content_type = "text/html" },
      { status = 404, body = "" }
    )
    local err = fails {
      kind = "http",
      status = 404,
      retryable = false,
      message = "^the API returned 404 with text/html$",
    }
    assert.equal(2048, #err.body)
    assert.equal("<html>xxx", err.body:sub(1, 9))
    err = fails { kind = "http", status = 404, retryable = false, message = "^the API returned 404" }
    assert.equal("", err.body)
  end)

  it("returns kind 'protocol' for a redirect, and does not follow it", function()
    sandbox:faults { status = 301, headers = { Location = "https://elsewhere.example/" }, body = "" }
    fails { kind = "protocol", status = 301, retryable = false, message = "redirect.*not followed" }
    assert.equal(1, #sandbox:log())
  end)

  it("retries a 503 until the attempts run out", function()
    sandbox:faults { status = 503, times = -1 }
    local err = fails { kind = "http", status = 503, retryable = true, message = "." }
    assert.equal(3, #sandbox:log())
    assert.equal(3, #err.attempts)
    assert.equal(2, #host.sleeps)
    assert.is_true(host.sleeps[1] >= 0 and host.sleeps[1] <= 0.5)
    assert.is_true(host.sleeps[2] >= 0 and host.sleeps[2] <= 1)
    for i, attempt in ipairs(err.attempts) do
      assert.equal(i, attempt.number)
      assert.equal(503, attempt.status)
      assert.is_true(attempt.at >= 0 and attempt.seconds > 0)
    end
    assert.equal("not retried: all attempts are used", err.attempts[3].decision)
  end)

  it("sends one request when attempts is 1", function()
    sandbox:faults { status = 503, times = -1 }
    fails({ kind = "http", status = 503, retryable = true, message = "." }, { attempts = 1 })
    assert.equal(1, #sandbox:log())
  end)

  for _, status in ipairs { 408, 429, 500, 502, 503, 504 } do
    it(("retries a %d, and may then succeed"):format(status), function()
      sandbox:faults { status = status }
      assert.equal(2, assert(list()):info().count)
      assert.equal(2, #sandbox:log())
    end)
  end

  for _, status in ipairs { 400, 401, 403, 404, 409, 413, 422, 501 } do
    it(("does not retry a %d"):format(status), function()
      sandbox:faults { status = status }
      fails {
        kind = (status == 401 or status == 403) and "auth" or "http",
        status = status,
        retryable = false,
        message = ".",
      }
      assert.equal(1, #sandbox:log())
    end)
  end
end)

describe("sigmamind.http.request, the hint of a status", function()
  local AUTH = "check api_key or SIGMAMIND_API_KEY: keys are under Dashboard, API Keys"
  local hints = {
    [400] = false, [401] = AUTH, [403] = AUTH, [404] = "check base_url", [408] = "try again later", [409] = false,
    [422] = false, [429] = "retry after retry_after seconds, and send fewer requests",
    [500] = "try again later", [501] = false, [502] = "try again later",
    [503] = "try again later", [504] = "try again later", [505] = false,
  }
  for status, hint in pairs(hints) do
    it(("%d is: %s"):format(status, hint or "none"), function()
      sandbox:faults { status = status, times = -1, headers = { ["retry-after"] = "0" } }
      local _, err = list()
      assert.equal(status, err.status)
      assert.equal(hint or nil, err.hint)
    end)
  end
end)

describe("sigmamind.http.request, Retry-After", function()
  it("is obeyed in seconds: 429, then success", function()
    sandbox:faults { status = 429, headers = { ["Retry-After"] = "7" } }
    assert.equal(2, assert(list()):info().count)
    assert.equal(1, #host.sleeps)
    assert.is_true(host.sleeps[1] > 5 and host.sleeps[1] <= 7) -- less the time until the reply was noticed
    assert.equal(2, #sandbox:log())
  end)

  it("is obeyed as a date, relative to the reply's own Date", function()
    sandbox:faults {
      status = 503,
      headers = {
        ["Retry-After"] = "Sun, 06 Nov 1994 08:49:47 GMT",
        Date = "Sun, 06 Nov 1994 08:49:37 GMT",
      },
    }
    assert.is_truthy(list())
    assert.same({ 10 }, host.sleeps)
  end)

  it("is returned at once when it is longer than a minute", function()
    sandbox:faults { status = 429, headers = { ["Retry-After"] = "61" } }
    local err = fails { kind = "rate_limit", status = 429, retryable = true, message = "." }
    assert.equal(61, err.retry_after)
    assert.same({}, host.sleeps)
    assert.equal(1, #sandbox:log())
    assert.matches("longer wait than this client accepts", err.attempts[1].decision)
  end)

  it("is returned at once when it ends after the deadline", function()
    sandbox:faults { status = 429, headers = { ["Retry-After"] = "30" } }
    local err = fails(
      { kind = "rate_limit", status = 429, retryable = true, message = "." },
      { deadline = 20 }
    )
    assert.equal(30, err.retry_after)
    assert.same({}, host.sleeps)
  end)

  it("delays later requests when its own request is not retried", function()
    local client = sandbox:client { runtime = host, attempts = 1 }
    sandbox:faults { status = 429, headers = { ["Retry-After"] = "2" } }
    assert.equal(2, select(2, client.campaigns:page()).retry_after)
    assert.same({}, host.sleeps)
    assert.is_truthy(client.campaigns:page())
    assert.equal(1, #host.sleeps)
    assert.is_true(host.sleeps[1] > 1.5 and host.sleeps[1] <= 2)
    client:close()
  end)

  it("is returned again, without a request, while it is longer than a minute", function()
    local client = sandbox:client { runtime = host }
    sandbox:faults { status = 429, headers = { ["Retry-After"] = "100" } }
    assert.equal(100, select(2, client.campaigns:page()).retry_after)
    local _, err = client.campaigns:page()
    assert.equal("rate_limit", err.kind)
    assert.is_true(err.retry_after > 99 and err.retry_after <= 100)
    assert.equal(1, #sandbox:log())
    host.sleep(50)
    assert.is_truthy(client.campaigns:page())
    assert.equal(2, #sandbox:log())
    client:close()
  end)

  it("delays a client for at most a day, whatever its value", function()
    for _, seconds in ipairs { "86401", "999999999" } do
      local client = sandbox:client { runtime = host }
      sandbox:faults { status = 429, headers = { ["Retry-After"] = seconds } }
      assert.equal(tonumber(seconds), select(2, client.campaigns:page()).retry_after)
      local page, err = client.campaigns:page()
      assert.is_nil(page)
      assert.is_true(err.retry_after > 86000 and err.retry_after <= 86400)
      host.sleep(86400)
      assert.is_truthy(client.campaigns:page())
      client:close()
    end
  end)

  it("of a later reply prolongs the pause, and never shortens it", function()
    for _, seconds in ipairs { { 50, 5 }, { 5, 50 } } do
      local client = sandbox:client { runtime = host, attempts = 1 }
      local requests, faults = {}, {}
      for i = 1, 2 do
        faults[i] = { page = i, delay = 0.5, status = 429, headers = { ["Retry-After"] = tostring(seconds[i]) } }
        requests[i] = client.transport:request { path = "/v1/campaigns", query = { page = i }, page = i }
      end
      sandbox:faults((unpack or table.unpack)(faults))
      requests[1]:prefetch()
      requests[2]:prefetch()
      requests[1].is_prefetched, requests[2].is_prefetched = false, false -- so that their attempts count
      for i = 1, 2 do
        assert.equal(seconds[i], select(2, read.page(requests[i], client.transport.decoder)).retry_after)
      end
      host.sleeps = {}
      assert.is_truthy(client.campaigns:page())
      assert.equal(1, #host.sleeps)
      assert.is_true(host.sleeps[1] > 40 and host.sleeps[1] <= 50)
      client:close()
    end
  end)

  it("delays a request by up to a minute, and up to the deadline", function()
    local clock = 1000
    local still = { now = function() return clock end, wait = host.wait }
    function still.sleep(seconds)
      clock = clock + seconds
    end
    local function seconds_held(pause, deadline)
      local client = sandbox:client { runtime = still, deadline = deadline }
      limits_of(client).paused_until = clock + pause
      local began = clock
      local page, err = client.campaigns:page()
      client:close()
      return page and clock - began or err.retry_after
    end
    sandbox:clear()
    assert.equal(60, seconds_held(60))
    assert.equal(4.875, seconds_held(4.875, 5))
    assert.equal(2, #sandbox:log())
    assert.equal(60.125, seconds_held(60.125))
    assert.equal(5, seconds_held(5, 5))
    assert.equal(5.5, seconds_held(5.5, 5))
    assert.equal(2, #sandbox:log())
  end)

  it("prolongs the wait of a request that is already waiting", function()
    local client = sandbox:client { runtime = host }
    sandbox:faults { status = 429, headers = { ["Retry-After"] = "5" } }
    limits_of(client).paused_until = host.now() + 3
    local sleep = host.sleep
    host.sleep = function(seconds)
      host.sleep = sleep
      sleep(seconds)
      limits_of(client).paused_until = host.now() + 4 -- as another request's 429 would
    end
    sandbox:clear()
    assert.is_truthy(client.campaigns:page())
    assert.equal(1, #host.sleeps)
    assert.is_true(host.sleeps[1] > 4)
    client:close()
  end)

  it("delays no request after its client was closed", function()
    local client = sandbox:client { runtime = host }
    sandbox:faults { status = 429, headers = { ["Retry-After"] = "30" } }
    local sleep = host.sleep
    host.sleep = function(seconds)
      sleep(seconds)
      client:close()
    end
    assert.equal("closed", select(2, client.campaigns:page()).kind)
    assert.is_true(host.sleeps[1] < 1)
  end)

  it("delays a prefetch", function()
    local client = sandbox:client { runtime = host }
    limits_of(client).paused_until = host.now() + 50
    local request = client.transport:request { path = "/v1/campaigns", query = { page = 1 }, page = 1 }
    request:prefetch()
    assert.is_false(request.transfer)
    assert.same({}, host.sleeps)
    assert(read.page(request, client.transport.decoder))
    assert.is_true(host.sleeps[1] > 40)
    client:close()
  end)

  it("delays every request of the client, not its own alone", function()
    local client = sandbox:client { runtime = host }
    local page
    local sleep = host.sleep
    host.sleep = function(seconds)
      sleep(seconds * 0.5)
      page = page or client.campaigns:page { page = 3 }
      sleep(seconds * 0.5)
    end
    sandbox:faults { status = 429, headers = { ["Retry-After"] = "8" } }
    assert.is_truthy(client.campaigns:page())
    assert.equal(3, page:info().page)
    assert.is_true(host.sleeps[1] > 7.9 and host.sleeps[1] <= 8) -- the wait of the other request
    client:close()
  end)

  it("counts from the arrival of the reply, not from the turn of its page", function()
    local faults = {}
    for page = 1, 4 do
      faults[page] = { page = page, delay = 0.1, status = 429, headers = { ["retry-after"] = "2" } }
    end
    sandbox:faults((unpack or table.unpack)(faults))
    local own = recorder()
    local other = sandbox:client { runtime = own, prefetch = 8 }
    local started = own.now()
    assert.equal(125, other:campaigns({ size = 25 }):count())
    local waited = own.now() - started
    assert.is_true(waited >= 1.9 and waited < 3.9, waited .. " s") -- 8 s if the waits added up
    other:close()
  end)

  it("of a prefetched page delays the client's other requests, too", function()
    sandbox:faults { page = 2, status = 429, headers = { ["retry-after"] = "5" } }
    local own = recorder()
    local other = sandbox:client { runtime = own, prefetch = 4 }
    local stream = other:campaigns { size = 10 }
    for _ = 1, 11 do
      assert(stream:next())
    end
    core.sleep(0.2)
    own.sleeps = {}
    assert(other.campaigns:page { page = 7, size = 10 })
    assert.equal(1, #own.sleeps)
    assert.is_true(own.sleeps[1] > 4 and own.sleeps[1] <= 5)
    other:close()
  end)
end)

describe("sigmamind.http.request, the deadline", function()
  it("bounds a request with its retries and waits", function()
    sandbox:faults { status = 503, times = -1, headers = { ["Retry-After"] = "5" } }
    local err = fails(
      { kind = "http", status = 503, retryable = true, message = "." },
      { deadline = 12, attempts = 10 }
    )
    assert.same({ 5, 5 }, host.sleeps)
    assert.matches("deadline is before", err.attempts[3].decision)
  end)

  it("bounds an attempt in progress", function()
    sandbox:faults { silent = true }
    fails(
      { kind = "timeout", retryable = true, message = "a time limit was reached" },
      { deadline = 0.2, runtime = "blocking" }
    )
  end)

  it("returns kind 'timeout' when it has passed before a request is sent", function()
    sandbox:faults { page = 1, delay = 0.3, times = -1 }
    for _, prefetch in ipairs { 0, 4 } do
      local requests = 0
      local client = sandbox:client {
        runtime = host,
        deadline = 5,
        prefetch = prefetch,
        on_event = function(event)
          requests = requests + (event.name == "request" and 1 or 0)
          if event.name == "request" and requests == 2 then
            host.sleep(7)
          end
        end,
      }
      local count, err = client:campaigns({ size = 10 }):count()
      client:close()
      assert.is_nil(count)
      assert.equal("timeout", err.kind)
      assert.equal("/v1/campaigns?page=1&size=10", err.path)
    end
  end)

  it("bounds a whole walk", function()
    local client = sandbox:client { deadline = 10, runtime = host }
    local stream = client:campaigns { size = 50 }
    for _ = 1, 50 do
      assert.is_table(stream:next())
    end
    host.sleep(11)
    local row, err = stream:next()
    assert.is_nil(row)
    assert.equal("timeout", err.kind)
    assert.equal("the deadline has passed", err.message)
    assert.equal(1, #sandbox:log())
    client:close()
  end)

  it("before the end of a pause returns kind 'rate_limit' with retry_after", function()
    sandbox:faults { status = 429, headers = { ["retry-after"] = "20" } }
    local client = sandbox:client { deadline = 5 }
    client.campaigns:page()
    local page, err = client.campaigns:page()
    client:close()
    assert.is_nil(page)
    assert.equal("rate_limit", err.kind)
    assert.is_true(err.retryable)
    assert.is_true(err.retry_after > 10 and err.retry_after <= 20)
  end)
end)

describe("sigmamind.http.request, closing a walk", function()
  --- A walk whose first reply has a Retry-After of 30 s, in a coroutine that sleeps by yielding.
  local function begin(options)
    local turns = recorder "yields"
    local sleeps = 0
    turns.sleep = function()
      sleeps = sleeps + 1
      coroutine.yield()
    end
    options.runtime = turns
    sandbox:faults { status = 503, headers = { ["Retry-After"] = "30" } }
    local client = sandbox:client(options)
    local stream, result = client:campaigns(), {}
    local walk = coroutine.create(function()
      result.row, result.err = stream:next()
    end)
    while sleeps == 0 do
      assert(coroutine.resume(walk))
    end
    return client, stream, walk, result
  end

  it("ends its backoff at once", function()
    local client, stream, walk, result = begin {}
    stream:close()
    assert(coroutine.resume(walk))
    assert.equal("dead", coroutine.status(walk))
    assert.is_nil(result.row)
    assert.equal("cancelled", result.err.kind)
    assert.equal(1, #sandbox:log())
    client:close()
  end)

  it("ends its backoff at once, also by closing the client", function()
    local client, _, walk, result = begin {}
    client:close()
    assert(coroutine.resume(walk))
    assert.equal("dead", coroutine.status(walk))
    assert.equal("closed", result.err.kind)
    assert.equal(1, #sandbox:log())
  end)
end)

describe("sigmamind.http.request, the retry budget", function()
  it("ends retries when it is used up, and the error names it", function()
    sandbox:faults { status = 503, times = -1 }
    local client = sandbox:client { runtime = host, attempts = 10 }
    local err, made = nil, 0
    for _ = 1, 20 do
      err = select(2, client.campaigns:page())
      made = made + #err.attempts
    end
    assert.equal(120, made) -- 20 first attempts, and 500 tokens for retries at 5
    assert.equal(1, #err.attempts)
    assert.matches("this client's retry budget is used up", tostring(err))
    client:close()
  end)

  it("pays 5 tokens for a retry, and gains one with each success, up to 500", function()
    local client = sandbox:client { runtime = host }
    local budget = limits_of(client).budget
    sandbox:faults({ status = 500, times = 2 }, { status = 404, request = 4 })
    assert.is_truthy(client.campaigns:page())
    assert.equal(491, budget.tokens)
    assert.equal(404, select(2, client.campaigns:page()).status)
    assert.equal(491, budget.tokens)
    for tokens = 492, 500 do
      assert.is_truthy(client.campaigns:page())
      assert.equal(tokens, budget.tokens)
    end
    assert.is_truthy(client.campaigns:page())
    assert.equal(500, budget.tokens)
    client:close()
  end)

  it("pays 10 tokens after a time-out", function()
    local client = sandbox:client { runtime = host, timeout = 0.2 }
    sandbox:faults { silent = true }
    assert.is_truthy(client.campaigns:page())
    assert.equal(491, limits_of(client).budget.tokens)
    client:close()
  end)
end)

describe("sigmamind.http.request with status 200 and no page", function()
  it("returns kind 'decode' for HTML", function()
    sandbox:faults { body = "<!DOCTYPE html>", content_type = "text/html; charset=utf-8" }
    local err = fails {
      kind = "decode",
      status = 200,
      retryable = false,
      message = "^invalid JSON at byte 0: expected a value %(Content%-Type: text/html; charset=utf%-8%)$",
    }
    assert.equal("<!DOCTYPE html>", err.body)
    assert.equal(1, #sandbox:log())
    assert.matches("check that base_url is the API", tostring(err))
  end)

  it("returns kind 'decode' for an empty body and for truncated JSON", function()
    sandbox:faults({ body = "" }, { body = '{"data":[{"a":1}' })
    fails { kind = "decode", status = 200, retryable = false, message = "^the body is empty$" }
    fails { kind = "decode", status = 200, retryable = false, message = "at byte 16: expected ',' or '%]'" }
  end)

  it("returns kind 'protocol' for JSON of another shape", function()
    sandbox:faults { body = '{"items":[]}' }
    fails { kind = "protocol", status = 200, retryable = false, message = "data is missing" }
  end)

  it("returns kind 'too_large' beyond max_body", function()
    local err = fails(
      { kind = "too_large", status = 200, retryable = false, message = "larger than max_body, 100 bytes" },
      { max_body = 100 }
    )
    assert.equal(1, #err.attempts)
    assert.matches("raise max_body", tostring(err))
  end)

  it("returns kind 'decode' beyond max_depth", function()
    fails(
      { kind = "decode", status = 200, retryable = false, message = "no deeper nesting %(see max_depth%)" },
      { max_depth = 3 }
    )
  end)
end)

describe("sigmamind.http.request, the key", function()
  it("may come from a function, which is called before each request", function()
    local keys = { "wrong", sandbox.key }
    local client = sandbox:client { api_key = function() return table.remove(keys, 1) end }
    assert.equal("auth", select(2, client.campaigns:page()).kind)
    assert.is_truthy(client.campaigns:page())
    client:close()
  end)

  it("fails with kind 'config' when the function returns an invalid one", function()
    local page, err = list { api_key = function() return "a\r\nb" end }
    assert.is_nil(page)
    assert.equal("config", err.kind)
    assert.is_false(err.retryable)
    local message = "the function api_key must return a string of printable ASCII characters "
      .. "without leading or trailing spaces"
    assert.equal(message, err.message)
    assert.equal(0, #sandbox:log())
  end)

  it("is redacted in every field of an error", function()
    local key = "k.e-y%1+(x)"
    local client = sigmamind.new { base_url = sandbox.url, api_key = key, runtime = host }
    sandbox:faults { status = 400, body = '{"error":"' .. key .. '","message":"no ' .. key .. '"}' }
    local _, err = client.campaigns:page()
    assert.equal("no ***", err.message)
    assert.equal("***", err.code)
    assert.equal('{"error":"***","message":"no ***"}', err.body)
    client:close()
    client = sigmamind.new { base_url = sandbox.url, api_key = 'a/b"c', runtime = host }
    sandbox:faults { status = 400, body = [["a/b\"c" "a\/b\"c" "a\u002fb\u0022c"]] }
    assert.equal('"***" "***" "***"', select(2, client.campaigns:page()).body)
    client:close()
  end)
end)

local PROGRAM = [[
local sigmamind = require "sigmamind"
local count
local client = sigmamind.new {
  base_url = "%s",
  api_key = "%s",
  on_event = function(event)
    %s
  end,
}
print(client:campaigns({ size = 10 }):count())
]]

describe("sigmamind.http.request, on_event", function()
  it("is called for every attempt, reply and retry", function()
    local events = {}
    sandbox:faults { status = 503 }
    list { on_event = function(event) events[#events + 1] = event end }
    local names = {}
    for i, event in ipairs(events) do
      names[i] = event.name .. " " .. event.attempt
      assert.equal("/v1/campaigns?size=2", event.path)
    end
    assert.same({ "request 1", "failure 1", "retry 1", "request 2", "reply 2", "done 2" }, names)
    assert.equal(503, events[2].status)
    assert.equal("http", events[2].error.kind)
    assert.equal(host.sleeps[1], events[3].seconds)
    assert.equal(200, events[5].status)
    assert.is_true(events[5].reused)
    assert.equal("1.1", events[5].http_version)
    assert.is_true(events[5].bytes > 0)
  end)

  --- The output of a program that reads a walk with this on_event.
  local function run(on_event, url)
    local place = scratch.open()
    place:write("program.lua", PROGRAM:format(url or sandbox.url, sandbox.key, on_event))
    local output, ok = place:run "lua program.lua"
    place:remove()
    assert.is_true(ok, output)
    return output
  end

  it("is reported once when it raises, without any other effect", function()
    sandbox:faults { page = 1, status = 503, headers = { ["Retry-After"] = "0" } }
    local output = run "return event.nothing.more"
    local report = "^sigmamind: error in on_event, event 'request': program%.lua:%d+: [^\n]*nil value[^\n]*\n125\n$"
    assert.matches(report, output)
  end)

  it("may raise any value", function()
    for _, each in ipairs {
      { "error()", tostring(select(2, pcall(error))) },
      { "error(setmetatable({}, {__tostring = function() return 'an\\nobject' end}))", "an?object" },
      { "error('\\27[2J', 0)", "?[2J" },
    } do
      assert.equal(("sigmamind: error in on_event, event 'request': %s\n125\n"):format(each[2]), run(each[1]))
    end
    for _, text in ipairs { "error 'again'", "return {}" } do
      assert.matches("^sigmamind: error in on_event, event 'request': [^\n]+\n125\n$",
        run(("error(setmetatable({}, {__tostring = function() %s end}))"):format(text)))
    end
    assert.matches("event 'request': program%.lua:%d+: the socket was interrupted!\n125\n$",
      run "error 'the socket was interrupted!'")
  end)

  it("has ten different errors reported for a client", function()
    local lines, last = {}, nil
    for line in run("count = (count or 0) + 1 error(count, 0)"):gmatch "[^\n]+" do
      lines[#lines + 1], last = line:match "event '%l+': (%d+)", line
    end
    assert.same({ "1", "2", "3", "4", "5", "6", "7", "8", "9", "10" }, lines)
    assert.equal("125", last)
  end)

  it("is reported when it yields where that is not possible", function()
    local output = run "coroutine.yield()" -- in the main program
    assert.matches("^sigmamind: error in on_event, event 'request': [^\n]*yield[^\n]*\n125\n$", output)
  end)

  it("does not keep a hook from interrupting the request", function()
    local is_inside = false
    local client = sandbox:client {
      on_event = function()
        is_inside = true
        is_inside = tostring(is_inside) == ""
      end,
    }
    local stream = client:campaigns { size = 50, prefetch = 0 }
    debug.sethook(function()
      if is_inside then
        debug.sethook()
        error("of the hook", 0)
      end
    end, "", 1)
    local ok, err = pcall(stream.next, stream)
    debug.sethook()
    assert.is_false(ok)
    assert.equal("of the hook", err)
    assert.equal(125, stream:count())
    client:close()
  end)
end)

describe("sigmamind.http.request, a request that is never sent", function()
  it("emits only that it is done and counts no attempt: when the rate-limit wait exceeds the deadline", function()
    sandbox:clear()
    local names = {}
    local client = sandbox:client { deadline = 30, on_event = function(event)
      names[#names + 1] = event.name .. " " .. event.attempt
    end }
    sandbox:faults { status = 429, headers = { ["retry-after"] = "1000" } }
    assert.equal(429, select(2, client.campaigns:page()).status)
    local first = { "request 1", "failure 1", "give_up 1", "done 1" }
    assert.same(first, names)
    local _, err = client.campaigns:page()
    assert.equal("rate_limit", err.kind)
    assert.is_nil(err.status)
    assert.is_true(err.retry_after > 900)
    assert.same({}, err.attempts)
    assert.same({ first[1], first[2], first[3], first[4], "done 0" }, names)
    assert.equal(1, #sandbox:log())
    client:close()
  end)
end)
