-- Requests through a proxy, and what is said of it.

local interpreter = require "spec.support.interpreter"
local proxies = require "spec.support.proxy"
local recorder = require "spec.support.recorder"
local scratch = require "spec.support.scratch"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local sandbox

setup(function()
  sandbox = server.start { tls = true }
end)

teardown(function()
  sandbox:stop()
end)

before_each(function()
  sandbox:clear()
end)

local function client_through(url, options)
  local given =
    { base_url = sandbox.https_url, ca_file = sandbox.ca_file, proxy = url, runtime = recorder(), timeout = 10 }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  return sandbox:client(given)
end

--- Everything that an error says.
local function all_of(err)
  local texts = { tostring(err), err.message, err.hint or "", err.body or "" }
  for _, attempt in ipairs(err.attempts) do
    texts[#texts + 1] = (attempt.message or "") .. (attempt.decision or "")
  end
  return table.concat(texts, "\n")
end

local ASK = [[
  local sigmamind = require "sigmamind"
  local client = sigmamind.new { base_url = "%s", api_key = "%s", ca_file = "%s", timeout = 10, proxy = %s }
  local page, err = client:list_campaigns()
  print(page and "a page" or err.kind, err and #err.attempts, err and err.retryable, err and err.hint)
  print(tostring(err), err and err.attempts[1].message)
]]

--- What a program prints that makes one request, with these variables in its environment.
local function ask(environment, proxy)
  local place = scratch.open()
  local given = proxy and ("%q"):format(proxy) or "nil"
  place:write("ask.lua", ASK:format(sandbox.https_url, sandbox.key, sandbox.ca_file, given))
  local clean = "https_proxy= HTTPS_PROXY= all_proxy= ALL_PROXY= no_proxy= NO_PROXY= "
  local output = interpreter.run("'" .. place.directory .. "/ask.lua'", clean .. environment)
  place:remove()
  return output
end

describe("a proxy", function()
  it("gets a CONNECT without the key, and the reply comes through it", function()
    local through = proxies.start {}
    local client = client_through(through.url)
    assert.equal(10, assert(client:list_campaigns()):info().count)
    local heads = through:heads()
    assert.equal(1, #heads)
    assert.matches("^CONNECT 127%.0%.0%.1:%d+ HTTP/1%.1", heads[1])
    assert.is_nil(heads[1]:lower():find "api%-key")
    assert.is_nil(heads[1]:find(sandbox.key, 1, true))
    client:close()
    through:stop()
  end)

  it("may be https, with an authority of one's own in ca_file", function()
    local place = scratch.open()
    local through = proxies.start { tls = true }
    os.execute(("cat '%s' '%s' >'%s/both.pem'"):format(sandbox.ca_file, through.certificate, place.directory))
    local client = client_through(through.url, { ca_file = place.directory .. "/both.pem" })
    assert.equal(10, assert(client:list_campaigns()):info().count)
    assert.equal(1, #through:heads())
    client:close()
    local wrong = client_through(through.url)
    assert.equal("tls", select(2, wrong:list_campaigns()).kind)
    wrong:close()
    through:stop()
    place:remove()
  end)

  it("that was given is not undone by NO_PROXY; one of the environment is", function()
    local through = proxies.start {}
    assert.matches("^a page", ask("NO_PROXY='*' no_proxy='*'", through.url))
    assert.equal(1, #through:heads())
    assert.matches("^a page", ask("NO_PROXY='*' no_proxy='*' https_proxy=" .. through.url))
    assert.equal(1, #through:heads())
    assert.matches("^a page", ask("https_proxy=" .. through.url))
    assert.equal(2, #through:heads())
    through:stop()
  end)
end)

local function answer(status, headers)
  return ("HTTP/1.1 %s\r\n%scontent-length: 6\r\n\r\n<html>"):format(status, headers or "")
end

describe("a proxy that refuses the tunnel", function()
  local through

  after_each(function()
    through:stop()
  end)

  for _, status in ipairs { 400, 403, 404, 407 } do
    it(("with %d is asked once, and named with where it is from"):format(status), function()
      through = proxies.start { answer = answer(status .. " No") }
      local client = client_through("http://user:S3cret@127.0.0.1:" .. through.port)
      local _, err = client:list_campaigns()
      assert.equal("config", err.kind)
      assert.equal("proxy_refused", err.cause)
      assert.is_false(err.retryable)
      assert.is_nil(err.status)
      assert.equal(1, #through:heads())
      assert.matches(tostring(status), err.message)
      assert.matches("http://127.0.0.1:" .. through.port .. " %(from the option proxy%)", err.hint)
      assert.is_nil(all_of(err):find "S3cret")
      client:close()
      local output = ask("https_proxy=http://user:S3cret@127.0.0.1:" .. through.port)
      assert.matches("^config%s+1%s+false", output)
      assert.matches("%(from https_proxy%)", output)
      assert.is_nil(output:find "S3cret")
    end)
  end

  it("with 429 holds the client back for its Retry-After", function()
    through = proxies.start { answer = answer("429 No", "retry-after: 7\r\n") }
    local runtime = recorder()
    local client = client_through(through.url, { attempts = 2, runtime = runtime })
    local _, err = client:list_campaigns()
    assert.equal("rate_limit", err.kind)
    assert.equal(7, err.retry_after)
    assert.equal(2, #through:heads())
    assert.is_true(runtime.sleeps[1] >= 7)
    client:close()
  end)

  it("with 503 is asked again, after its Retry-After", function()
    through = proxies.start { answer = answer("503 No", "retry-after: 3\r\n") }
    local runtime = recorder()
    local client = client_through(through.url, { attempts = 2, runtime = runtime })
    local _, err = client:list_campaigns()
    assert.equal("network", err.kind)
    assert.is_true(err.retryable)
    assert.equal(2, #through:heads())
    assert.is_true(runtime.sleeps[1] >= 3)
    client:close()
  end)

  it("of plain http with 407 is asked once", function()
    through = proxies.start { answer = answer("407 Proxy Authentication Required") }
    local client = client_through(through.url, { base_url = sandbox.url })
    local _, err = client:list_campaigns()
    assert.equal("config", err.kind)
    assert.equal(407, err.status)
    assert.is_false(err.retryable)
    assert.equal(1, #through:heads())
    assert.matches("http://127.0.0.1:" .. through.port .. " %(from the option proxy%)", err.hint)
    client:close()
  end)
end)

describe("a proxy of the environment that libcurl cannot use", function()
  for _, url in ipairs {
    "foo://user:S3cret@127.0.0.1:9", "http://user:S3cret/9x@127.0.0.1:9", "http://user:S3cret?9x@127.0.0.1:9",
    "http://user:S3cret#9x@127.0.0.1:9", "http://user:S3 cret@127.0.0.1:9", "http://user:S3cret@127.0.0.1:99999",
    "http://user:p@S3cret#word@127.0.0.1:9", "http://user:S3cret@127.0.0.1 2:9", "user:S3cret/x@127.0.0.1:9",
  } do
    it("is config, and shows no password: " .. url, function()
      local output = ask(("https_proxy='%s'"):format(url))
      assert.matches("^config%s+1%s+false", output)
      assert.matches("https_proxy", output)
      assert.is_nil(output:find "S3")
      assert.is_nil(output:find "cret")
      assert.is_nil(output:find "9x")
    end)
  end
end)

describe("the password of a proxy", function()
  it("is in no error where nothing listens", function()
    for _, url in ipairs {
      "http://user:S3cret@127.0.0.1:1", "https://user:S3cret@127.0.0.1:1", "socks5://user:S3cret@127.0.0.1:1",
      "socks4://user:S3cret@127.0.0.1:1", "http://user:S3cret@no-such-host.invalid:1",
      "http://us%40er:S3cret%2F@127.0.0.1:1",
    } do
      local client = client_through(url, { attempts = 1 })
      local _, err = client:list_campaigns()
      assert.equal("network", err.kind)
      assert.matches("%(from the option proxy%)", err.hint)
      assert.is_nil(all_of(err):find "S3cret")
      client:close()
    end
  end)

  it("is in no table of a client", function()
    local client = sigmamind.new { api_key = "k", proxy = "http://user:S3cret@127.0.0.1:9" }
    local seen = {}
    local function look(value)
      if type(value) == "string" then
        assert.is_nil(value:find "S3cret")
      elseif type(value) == "table" and not seen[value] then
        seen[value] = true
        for name, field in next, value do
          look(name)
          look(field)
        end
      end
    end
    look(client)
    client:close()
  end)
end)
