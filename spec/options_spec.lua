-- What sigmamind.new accepts.

local certificate = require "spec.support.certificate"
local core = require "sigmamind.core"
local interpreter = require "spec.support.interpreter"
local scratch = require "spec.support.scratch"
local sigmamind = require "sigmamind"

local place = scratch.open()
local PEM, KEY = certificate.make(place.directory, "one")
local PROXY = "a URL like http://proxy:3128 (or https, socks4, socks4a, socks5, socks5h), or ''"

teardown(function()
  place:remove()
end)

local here = "spec/options_spec.lua:%d+: "

local function refuses(options, message)
  local ok, err = pcall(function()
    local client = sigmamind.new(options)
    return client
  end)
  assert.is_false(ok)
  assert.equal("string", type(err))
  assert.matches("^" .. here, err)
  assert.equal(message, (err:gsub("^" .. here, "")))
end

local function with(options)
  options.api_key = options.api_key or "k"
  return options
end

describe("sigmamind", function()
  it("has its version", function()
    assert.matches("^%d+%.%d+%.%d+$", sigmamind.VERSION)
    assert.equal(sigmamind.VERSION, core.version().sigmamind)
    assert.equal(core.null, sigmamind.null)
  end)
end)

describe("sigmamind.new", function()
  it("creates a client without opening a connection", function()
    local client = sigmamind.new { api_key = "k" }
    assert.is_function(client.campaigns.page)
    client:close()
    client:close()
  end)

  it("accepts every option", function()
    sigmamind.new {
      api_key = function() return "k" end,
      base_url = "https://api.example.com/base/",
      allow_http = false,
      runtime = "auto",
      connect_timeout = 5,
      stall_timeout = false,
      timeout = 0.5,
      deadline = false,
      attempts = 1,
      prefetch = 0,
      max_body = 2 ^ 20,
      max_depth = 64,
      http_version = "1.1",
      ca_file = PEM,
      client_cert = PEM,
      client_key = KEY,
      proxy = "socks5h://127.0.0.1:1080",
      user_agent = "me/1.0",
      null = sigmamind.null,
      array_mt = {},
      on_event = print,
    }
    sigmamind.new(with { runtime = "blocking" })
    sigmamind.new(with { connect_timeout = 3600, stall_timeout = 3600, timeout = 3600, deadline = 7 * 86400 })
    sigmamind.new(with { runtime = { now = core.now, sleep = core.sleep, wait = print } })
  end)

  it("requires a key", function()
    if not os.getenv "SIGMAMIND_API_KEY" then
      refuses(nil, "sigmamind.new: api_key is missing: pass api_key, or set SIGMAMIND_API_KEY")
      refuses({}, "sigmamind.new: api_key is missing: pass api_key, or set SIGMAMIND_API_KEY")
    end
  end)

  it("refuses an invalid key of the environment at the caller's line, without showing it", function()
    place:write("key.lua", "\nlocal client = require('sigmamind').new()\nprint 'a client'\nclient:close()\n")
    local message = "key.lua:2: sigmamind.new: SIGMAMIND_API_KEY must be a string of printable ASCII characters "
      .. "without leading or trailing spaces"
    for _, key in ipairs { "secret ", " secret", "secret\n", "secret\tkey", "s\195\169cret", "secret\127", " " } do
      local output, ok = place:run("lua key.lua", ("SIGMAMIND_API_KEY='%s'"):format(key))
      assert.is_false(ok)
      assert.is_truthy(output:find(message, 1, true), output)
      assert.is_nil(output:find("cret", 1, true))
    end
    assert.equal("a client\n", (place:run("lua key.lua", "SIGMAMIND_API_KEY='se cret'")))
    assert.is_truthy(place:run("lua key.lua", "SIGMAMIND_API_KEY=''"):find("api_key is missing", 1, true))
  end)

  it("shows the first 40 bytes of a refused value, on one line", function()
    local message = "sigmamind.new: http_version must be one of 1.1, 2, got '%s'"
    refuses(with { http_version = ("x"):rep(40) }, message:format(("x"):rep(40)))
    refuses(with { http_version = ("x"):rep(41) }, message:format(("x"):rep(40) .. "..."))
    refuses(with { http_version = ("\n"):rep(41) }, message:format(("?"):rep(40) .. "..."))
    refuses(with { http_version = "a\0b\127\27[m" }, message:format "a?b??[m")
    local unknown = "^unknown option '" .. ("x"):rep(40) .. "%.%.%.'; known: "
    local _, err = pcall(sigmamind.new, with { [("x"):rep(300)] = 1 })
    assert.matches(unknown, (err:gsub("^.-sigmamind.new: ", "")))
  end)

  it("does not show a key that it refuses", function()
    local message = "sigmamind.new: api_key must be a string of printable ASCII characters "
      .. "without leading or trailing spaces, or a "
      .. "function that returns one"
    refuses({ api_key = "secret\n" }, message)
    refuses({ api_key = "" }, message)
    refuses({ api_key = 42 }, message)
  end)

  --- The error of new with these environment variables and no options.
  local function refusal(variables)
    place:write("new.lua", "print(select(2, pcall(require('sigmamind').new)))")
    return (interpreter.run("'" .. place.directory .. "/new.lua'", variables))
  end

  it("names a refused environment variable, and a line end or blank at its ends", function()
    local key = "sigmamind.new: SIGMAMIND_API_KEY must be a string of printable ASCII characters "
      .. "without leading or trailing spaces"
    local url = "sigmamind.new: SIGMAMIND_BASE_URL must be a URL like https://api.sigmamind.ai"
    local file = "sigmamind.new: CURL_CA_BUNDLE must be the name of a readable PEM file with certificates, got 'x"
    for variables, message in pairs {
      ["'SIGMAMIND_API_KEY=secret\n'"] = key .. ": it ends with a line break",
      ["'SIGMAMIND_API_KEY=secret\r'"] = key .. ": it ends with a line break",
      ["'SIGMAMIND_API_KEY=secret '"] = key .. ": it ends with a blank",
      ["'SIGMAMIND_API_KEY=\tsecret'"] = key .. ": it begins with a blank",
      ["'SIGMAMIND_API_KEY=se\1cret'"] = key,
      ["SIGMAMIND_API_KEY=k 'SIGMAMIND_BASE_URL=http://127.0.0.1:1\r'"] = url .. ": it ends with a line break",
      ["SIGMAMIND_API_KEY=k SIGMAMIND_BASE_URL=x"] = url,
      ["SIGMAMIND_API_KEY=k 'CURL_CA_BUNDLE=x\r\n'"] = file .. "??': it ends with a line break",
      ["SIGMAMIND_API_KEY=k CURL_CA_BUNDLE=x"] = file .. "'",
    } do
      assert.equal(message .. "\n", (refusal("env -u SIGMAMIND_BASE_URL " .. variables):gsub("^%S*%.lua:%d+: ", "")))
    end
  end)

  it("sends the key over https, or to loopback", function()
    local message = "sigmamind.new: base_url must be https, or the key would be sent unencrypted (http "
      .. "is for loopback; allow_http = true overrides), got '%s'"
    local in_clear = {
      "http://api.sigmamind.ai",
      "http://127.0.0.1.example.com",
      "http://localhost.example.com",
      "http://10.0.0.1",
      "http://127.999.1.1", -- neither addresses nor localhost: libcurl would resolve these as names
      "http://127.0.0.08", "http://localhost.",
    }
    for _, url in ipairs { "http://127.0.0.1.", "http://127.0.0.1%2e" } do
      if core.url(url).host ~= "127.0.0.1" then -- newer versions of libcurl normalize it to that
        in_clear[#in_clear + 1] = url
      end
    end
    for _, url in ipairs(in_clear) do
      refuses(with { base_url = url }, message:format(url))
      sigmamind.new(with { base_url = url, allow_http = true })
    end
    local loopback = {
      "http://LOCALHOST", "http://localhost:1", "http://127.0.0.1:8080", "http://127.1.2.3",
      "http://localhost", "http://[::1]:80",
    }
    for _, url in ipairs(loopback) do
      sigmamind.new(with { base_url = url })
    end
  end)

  it("refuses an invalid base_url, and one with a user, password, query or fragment", function()
    local parts = "sigmamind.new: base_url must have no user, password, query or fragment"
    local urls = {
      "https://u@x.y", "http://127.0.0.1@evil.example", "https://x.y/?a", "https://x.y/#f",
      "https://x.y#", "https://x.y?", "https://u:secret@x.y",
    }
    for _, url in ipairs(urls) do
      refuses(with { base_url = url }, parts)
    end
    local not_a_url = "sigmamind.new: base_url must be a URL like https://api.sigmamind.ai"
    for _, url in ipairs { "api.sigmamind.ai", "ftp://x.y", "https://", "x y", "" } do
      refuses(with { base_url = url }, not_a_url)
    end
    refuses(with { base_url = 1 }, "sigmamind.new: base_url must be a string, got 1")
  end)

  local seconds = "a number of seconds above 0, or false"
  local wait = "a number of seconds above 0 and up to 3600, or false"
  local wrong = {
    { "connect_timeout", 0, wait .. ", got 0" },
    { "stall_timeout", -1, wait .. ", got -1" },
    { "timeout", "5", wait .. ", got '5'" },
    { "timeout", 20000, wait .. ", got 20000 (milliseconds?)" },
    { "connect_timeout", 5000, wait .. ", got 5000 (milliseconds?)" },
    { "stall_timeout", 3601, wait .. ", got 3601 (milliseconds?)" },
    { "timeout", math.huge, wait .. ", got inf" },
    { "deadline", true, seconds .. ", got true" },
    { "attempts", 0, "an integer from 1 to 10, got 0" },
    { "attempts", 2.5, "an integer from 1 to 10, got 2.5" },
    { "prefetch", -1, "an integer from 0 to 64, got -1" },
    { "max_body", 0, "an integer from 1 to 2147483647, got 0" },
    { "max_depth", 501, "an integer from 1 to 500, got 501" },
    { "http_version", "3", "one of 1.1, 2, got '3'" },
    { "http_version", 2, "one of 1.1, 2, got 2" },
    { "ca_file", "/no/such/file", "the name of a readable PEM file with certificates, got '/no/such/file'" },
    { "ca_file", "spec", "the name of a readable PEM file with certificates, got 'spec'" },
    { "ca_file", "/dev/null", "the name of a readable PEM file with certificates, got '/dev/null'" },
    { "ca_file", "LICENSE", "the name of a readable PEM file with certificates, got 'LICENSE'" },
    { "client_cert", "LICENSE", "the name of a readable PEM file with certificates, got 'LICENSE'" },
    { "client_key", PEM, "the name of a readable PEM file with a key that has no passphrase, got '" .. PEM .. "'" },
    { "proxy", 1, PROXY },
    { "proxy", "http://user:secret@h:9999999", PROXY },
    { "proxy", "foo://user:secret@127.0.0.1:1", PROXY },
    { "proxy", "127.0.0.1:3128", PROXY },
    { "proxy", "http://user:se cret@127.0.0.1:1", PROXY },
    { "proxy", "http://user:se/cret@127.0.0.1:1", PROXY },
    { "proxy", "http://user:se?cret@127.0.0.1:1", PROXY },
    { "proxy", "http://user:s@cr#et@127.0.0.1:1", PROXY },
    { "null", false, "a value that JSON does not have, such as sigmamind.null, got false" },
    { "null", "", "a value that JSON does not have, such as sigmamind.null, got ''" },
    { "user_agent", "a\nb", "a string of printable ASCII characters without leading or trailing spaces, got 'a?b'" },
    { "array_mt", "x", "a table, got 'x'" },
    { "on_event", "x", "a function, or a listener from sigmamind.log, got 'x'" },
    { "allow_http", 1, "a boolean, got 1" },
  }
  for _, case in ipairs(wrong) do
    it(("refuses %s = %s"):format(case[1], tostring(case[2])), function()
      local message = ("sigmamind.new: %s must be %s"):format(case[1], case[3])
      refuses(with { [case[1]] = case[2] }, message)
    end)
  end

  describe("with a PEM file", function()
    local CERTIFICATES = "the name of a readable PEM file with certificates"
    local A_KEY = "the name of a readable PEM file with a key that has no passphrase"

    local function write(text)
      place:write("some.pem", text)
      return place.directory .. "/some.pem"
    end

    local function read(path)
      local file = assert(io.open(path))
      local text = file:read "*a"
      file:close()
      return text
    end

    local function refuses_file(name, path, accepts)
      local options = with { [name] = path }
      if name == "client_key" then
        options.client_cert = PEM
      end
      local shown = #path > 40 and path:sub(1, 40) .. "..." or path
      refuses(options, ("sigmamind.new: %s must be %s, got '%s'"):format(name, accepts, (shown:gsub("%c", "?"))))
    end

    it("refuses a FIFO, because open would wait for a writer", function()
      local path = place.directory .. "/fifo"
      os.execute("mkfifo '" .. path .. "'")
      for _, name in ipairs { "ca_file", "client_cert" } do
        place:write("fifo.lua", ("print(pcall(require('sigmamind').new, { api_key = 'k', %s = '%s' }))"):format(name, path))
        local output = interpreter.run("'" .. place.directory .. "/fifo.lua'", "timeout 20")
        assert.matches("^false\t.*" .. name .. " must be " .. CERTIFICATES, output)
      end
    end)

    it("refuses a name with a control character, also NUL", function()
      refuses_file("ca_file", PEM .. "\0x", CERTIFICATES)
      refuses_file("client_key", KEY .. "\0", A_KEY)
      place:write("a\nb.pem", read(PEM))
      refuses_file("ca_file", place.directory .. "/a\nb.pem", CERTIFICATES)
    end)

    it("accepts the same PEM blocks as OpenSSL", function()
      local text = read(PEM)
      for _, good in ipairs {
        "a comment\n" .. text, (text:gsub("\n", "\r\n")), (text:gsub("\n$", "")), (text:gsub("CERTIFICATE", "TRUSTED %0")),
        (text:gsub("CERTIFICATE", "X509 %0")), text .. text, (text:gsub("%-%-%-%-%-\n", "----- \n")),
      } do
        sigmamind.new(with { ca_file = write(good) })
      end
    end)

    it("refuses a file that only mentions a certificate, or is incomplete", function()
      local text = read(PEM)
      for _, bad in ipairs {
        "see " .. text, " " .. text, (text:gsub("\n%-%-%-%-%-END.*", "\n")), "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", (text:gsub("END CERTIFICATE", "END X509 %0")),
        "-----BEGIN CERTIFICATE-----\nnot base64!!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n" .. text:gsub("CERTIFICATE", "PUBLIC KEY"),
      } do
        refuses_file("ca_file", write(bad), CERTIFICATES)
      end
    end)

    it("refuses a key with a passphrase, also in the older format", function()
      local path = place.directory .. "/locked.key"
      for _, command in ipairs { "pkcs8 -topk8 -passout pass:secret", "ec -aes128 -passout pass:secret" } do
        os.execute(("openssl %s -in '%s' -out '%s' 2>/dev/null"):format(command, KEY, path))
        assert.matches("ENCRYPTED", read(path))
        refuses_file("client_key", path, A_KEY)
      end
    end)

    it("requires a key for client_cert: in client_key, or in the same file", function()
      local message = "sigmamind.new: client_key is missing: client_cert holds no key without a passphrase"
      refuses(with { client_cert = PEM }, message)
      refuses(with { client_cert = write(read(PEM) .. read(place.directory .. "/locked.key")) }, message)
      sigmamind.new(with { client_cert = write(read(PEM) .. read(KEY)) })
      sigmamind.new(with { client_cert = write(read(KEY) .. read(PEM)) })
    end)

    it("refuses an empty block, and a key without a certificate", function()
      local empty = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
      refuses_file("ca_file", write(empty), CERTIFICATES)
      refuses_file("ca_file", write(read(KEY) .. empty), CERTIFICATES)
      refuses(with { client_key = KEY }, "sigmamind.new: client_key needs client_cert")
    end)
  end)

  it("refuses an unknown or incomplete runtime", function()
    local message = "sigmamind.new: runtime must be one of auto, blocking, tick, nginx, luv, cqueues, or a "
      .. "table {now =, sleep =, wait =}, got 'libuv'"
    refuses(with { runtime = "libuv" }, message)
    for _, left_out in ipairs { "now", "sleep", "wait" } do
      local runtime = { now = core.now, sleep = core.sleep, wait = print }
      runtime[left_out] = nil
      assert.has_error(function() sigmamind.new(with { runtime = runtime }) end)
    end
  end)

  it("names an unknown option and the known ones", function()
    refuses(
      with { api_kee = "x" },
      "sigmamind.new: unknown option 'api_kee' (did you mean api_key?); known: allow_http, api_key, array_mt, attempts, "
        .. "base_url, ca_file, cache, client_cert, client_key, coalesce, connect_timeout, deadline, http_version, "
        .. "max_body, max_depth, null, on_event, "
        .. "prefetch, proxy, rate, runtime, stall_timeout, store, timeout, upload_timeout, user_agent"
    )
    local meant = {
      timeuot = "timeout", apiKey = "api_key", ["base-url"] = "base_url", prefech = "prefetch", prefectch = "prefetch",
      proxi = "proxy", nulk = "null",
    }
    for name, nearest in pairs(meant) do
      local _, err = pcall(sigmamind.new, with { [name] = 1 })
      assert.is_truthy(err:find(("unknown option '%s' (did you mean %s?); known"):format(name, nearest), 1, true), err)
    end
    for _, name in ipairs { "key", "x", "retries", "prefetchers", ("timeout"):rep(10), 1 } do
      assert.not_matches("did you mean", select(2, pcall(sigmamind.new, with { [name] = 1 })))
    end
    refuses("secret", "sigmamind.new: expected a table of named arguments, got a string")
  end)
end)
