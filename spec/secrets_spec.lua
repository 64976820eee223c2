-- The API key: which requests send it, and that nothing else contains it.

local core = require "sigmamind.core"
local interpreter = require "spec.support.interpreter"
local recorder = require "spec.support.recorder"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"
local socket = require "socket"

local MARK = "k3y%that.must-not$leak"

local sandbox = server.shared { tls = true, key = MARK }
local elsewhere = server.shared()

--- Raises if the key is in a value, or in a table inside it at any depth.
local function assert_clean(value, path, seen)
  seen = seen or {}
  if type(value) == "string" then
    local found = value:find(MARK, 1, true)
    assert(not found, ("the key is in %s: %s"):format(path, value))
  elseif type(value) == "table" and not seen[value] then
    seen[value] = true
    for key, each in pairs(value) do
      assert_clean(key, path .. ", a name", seen)
      assert_clean(each, path .. "." .. tostring(key), seen)
    end
    assert_clean(tostring(value), "tostring of " .. path)
  elseif type(value) == "userdata" then
    assert_clean(tostring(value), "tostring of " .. path)
  end
end

--- A client, and the list of its events.
local function watched(options)
  local events = {}
  options = options or {}
  options.runtime = options.runtime or recorder()
  options.on_event = function(event)
    events[#events + 1] = event
  end
  return sandbox:client(options), events
end

describe("sigmamind, the key is not in", function()
  it("the path of an error or an event, where a caller put it", function()
    local client, events = watched { attempts = 1 }
    local escaped = MARK:gsub("%%", "%%25")
    for _, given in ipairs { { path = "/v1/nothing", query = { k = MARK } }, { path = "/v1/" .. escaped } } do
      local _, err = client:request(given)
      assert_clean(err, "the error")
      assert.matches("***", err.path, 1, true)
    end
    assert_clean(events, "the events")
    client:close()
  end)

  it("a member of JSON that the declarations call a secret", function()
    local redact, resource = require "sigmamind.redact", require "sigmamind.resource"
    local found = 0
    for _, declaration in ipairs(require "sigmamind.resources") do
      resource.each_field(declaration.row, function(path, field)
        if field.secret then
          found = found + 1
          local text = ("{\"a\":1,\"%s\" : \"x\\\"y\",\"b\":\"z\"}"):format(path:match "[^.]*$")
          assert.is_nil(redact(text, {}, 2048):find "x")
          assert.matches('"b":"z"}$', redact(text, {}, 2048))
        end
      end)
    end
    assert.equal(2, found)
    assert.equal('{\\"secret\\":\\"***\\",\\"b\\":1}', redact('{\\"secret\\":\\"abc\\",\\"b\\":1}', {}, 2048))
    assert.equal('{\\"secret\\":\\"***\\"}', redact('{\\"secret\\":\\"ab\\\\\\"TAIL\\"}', {}, 2048))
    local long = '{"secret":"' .. ("s"):rep(1900) .. '","a":"' .. ("x"):rep(125) .. MARK
    assert.is_nil(redact(long, { MARK }, 2048):find(MARK:sub(1, 6), 1, true))
    assert.equal('{"trunkPassword":"***', redact('{"trunkPassword":"abc', {}, 2048))
  end)

  it("an error with a body, with echoed headers, or without a reply", function()
    local faults = {
      { status = 400, echo = true },
      { status = 500, echo = true, times = 3 },
      { status = 302, echo = true, headers = { location = "https://elsewhere.example/?" .. MARK } },
      { echo = true },
      { echo = true, content_type = "text/" .. MARK:gsub("%W", "") },
      { body = '{"data":"' .. MARK .. '"}' },
      { body = '{"error":"' .. MARK .. '","message":"' .. MARK .. '"}', status = 422 },
      { raw = "HTTP/1.1 200 " .. MARK .. "\r\nx: " .. MARK .. "\r\n", times = 3 },
      { raw = MARK },
      { reset = true, times = 3 },
      { cut = 10, times = 3 },
    }
    for i, fault in ipairs(faults) do
      sandbox:faults(fault)
      local client, events = watched()
      local page, err = client.campaigns:page()
      assert.is_nil(page, "fault " .. i)
      assert_clean(err, "err of fault " .. i)
      assert_clean(events, "events of fault " .. i)
      assert_clean(client, "client")
      client:close()
    end
  end)

  it("an error, with any escaping of the echoed key", function()
    local key = [[a"b/c\d'e<f>&g h+i%j]]
    local own = server.start { key = key }
    local client = own:client { attempts = 1 }
    local function each(format)
      return (key:gsub(".", function(c)
        return format:format(c:byte())
      end))
    end
    local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#039;" }
    local spellings = {
      key,
      (key:gsub('[\\"]', "\\%0")),
      (key:gsub('[\\"/]', "\\%0")),
      (key:gsub('[\\"]', "\\%0"):gsub("[<>&]", function(c) return ("\\u%04x"):format(c:byte()) end)),
      each "\\u%04X", each "%%%02x", each "&#%d;", each "&#x%X;",
      (key:gsub("[&<>\"']", entities)),
      (key:gsub("[&<>\"']", entities):gsub("&#039;", "&apos;")), (key:gsub("'", "&APOS;")),
      (key:gsub("[^%w]", function(c) return c == " " and "+" or ("%%%02X"):format(c:byte()) end)),
    }
    for _, spelled in ipairs(spellings) do
      for _, before in ipairs { 0, 2030, 2047 } do
        own:faults { status = 400, body = ("."):rep(before) .. spelled .. "!", content_type = "text/html" }
        local _, err = client.campaigns:page()
        assert.is_nil(err.body:find("b", 1, true), err.body)
        local rest = before + #spelled < 2048 and "***!" or "***"
        assert.equal(("."):rep(before) .. rest:sub(1, 2048 - before), err.body)
      end
    end
    client:close()
    own:stop()
  end)

  it("an error, with any key and any number of copies", function()
    local keys = {
      "sk_live_ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
      "live%25ABCDEFGH", [[a\\b\\\\c]], "x&amp;y&amp;z", ("a"):rep(64),
    }
    for _, key in ipairs(keys) do
      local own = server.start { key = key }
      local client = own:client { attempts = 1 }
      for _, text in ipairs { (key .. " "):rep(math.ceil(5000 / #key)), "your key " .. key .. " is not known" } do
        own:faults { status = 400, body = text, content_type = "text/plain" }
        local _, err = client.campaigns:page()
        assert.is_nil(err.body:find(key:sub(1, 8), 1, true), err.body)
      end
      client:close()
      own:stop()
    end
  end)

  it("an error, when the key overlaps itself: the rest of the text stays", function()
    local own = server.start { key = "abcabcabc" }
    local client = own:client { attempts = 1 }
    own:faults { status = 400, body = "key abcabcabcabc!", content_type = "text/plain" }
    assert.equal("key ***abc!", select(2, client.campaigns:page()).body)
    client:close()
    own:stop()
  end)

  it("an error raised in for, or its traceback", function()
    sandbox:faults { status = 403, echo = true }
    local client = watched()
    local _, trace = xpcall(function()
      for _ in client:campaigns() do
      end
    end, function(err)
      return { err = err, trace = debug.traceback(tostring(err)) }
    end)
    assert.equal("auth", trace.err.kind)
    assert_clean(trace, "traceback")
    client:close()
  end)

  it("tostring, the fields, the tokens and the reports of any object", function()
    local client, events = watched()
    local stream = client:campaigns { size = 10 }
    for _ = 1, 15 do
      assert(stream:next())
    end
    local pager = client.campaigns:pages()
    local objects = {
      sigmamind, client, stream, stream:token(), stream:report(), pager, pager:next(), core.session {},
      client.campaigns:page(), stream.pager, client.transport, client.transport.session,
    }
    local transfer = client.transport.session:start { url = sandbox.url .. "/", key = MARK }
    objects[#objects + 1] = transfer
    assert_clean(objects, "objects")
    assert_clean(events, "events")
    client:close()
  end)

  it("a failed task", function()
    sandbox:faults { status = 401, echo = true, times = -1 }
    local client = sandbox:client { runtime = "tick" }
    local task = client:spawn(function()
      error(select(2, client.campaigns:page()))
    end)
    local failed
    for _ = 1, 5000 do
      failed = failed or select(2, client:tick())
      core.sleep(0.001)
      if failed then
        break
      end
    end
    assert.equal(task, failed[1])
    assert_clean(task:traceback(), "traceback")
    assert_clean(select(2, task:result()), "result")
    client:close()
  end)

  it("the paths and queries of requests", function()
    local client = watched()
    client:campaigns({ size = 50, status = "live" }):totable()
    client:close()
    for _, request in ipairs(sandbox:log()) do
      assert_clean(request, "log")
      assert.equal("right", request.key)
    end
  end)

  it("the message that refuses a key", function()
    for _, bad in ipairs { MARK .. "\r\n", MARK .. "\0", MARK .. "\195\169", MARK .. "\n" } do
      local _, message = pcall(sigmamind.new, { api_key = bad })
      assert_clean(message, "message")
      local client = sandbox:client { api_key = function() return bad end }
      assert_clean(select(2, client.campaigns:page()), "err")
      client:close()
    end
    local _, message = pcall(sigmamind.new, { api_key = MARK, proxy = "\0" .. MARK })
    assert_clean(message, "message")
  end)
end)

describe("sigmamind, the key is not sent", function()
  it("to the target of a redirect, with any status", function()
    for _, status in ipairs { 301, 302, 303, 307, 308 } do
      for _, target in ipairs { elsewhere.url, (elsewhere.url:gsub("127.0.0.1", "localhost")) } do
        sandbox:faults { status = status, headers = { location = target .. "/v1/campaigns" } }
        local client = watched()
        local page, err = client.campaigns:page()
        assert.is_nil(page)
        assert.equal("protocol", err.kind)
        client:close()
      end
    end
    assert.equal(10, #sandbox:log())
    assert.equal(0, #elsewhere:log())
  end)

  it("in an injected header or request", function()
    local function refused(ok, page, err)
      return not ok or (page == nil and err ~= nil)
    end
    local injected = "\r\nX-Injected: yes\r\n\r\nGET / HTTP/1.1\r\n\r\n"
    for _, bad in ipairs { injected, "\n", "\r", "\0" } do
      assert.is_true(refused(pcall(sigmamind.new, { api_key = "k" .. bad })))
      assert.is_true(refused(pcall(sigmamind.new, { api_key = "k", user_agent = "u" .. bad })))
      assert.is_true(refused(pcall(sigmamind.new, { api_key = "k", base_url = sandbox.url .. "/" .. bad })))
      assert.is_true(refused(pcall(sigmamind.new, { api_key = "k", base_url = "http://127.0.0.1" .. bad })))
      local session = core.session {}
      local url = sandbox.url .. "/v1/campaigns"
      assert.is_false(pcall(session.start, session, { url = url .. bad, key = MARK }))
      assert.is_false(pcall(session.start, session, { url = url .. "?a=" .. bad, key = MARK }))
      assert.is_false(pcall(session.start, session, { url = url, key = MARK .. bad }))
      assert.is_false(pcall(session.start, session, { url = url, headers = { a = bad }, key = MARK }))
      assert.is_false(pcall(session.start, session, { url = url, headers = { ["a" .. bad] = "" } }))
      assert.is_false(pcall(session.start, session, { url = url, method = "GET" .. bad }))
      session:close()
    end
    assert.equal(0, #sandbox:log())
    local client = watched()
    local _, message = pcall(client.campaigns.page, client.campaigns, { status = "live" .. injected })
    assert.matches("status must be one of", message)
    client:close()
  end)

  it("over plain http to another machine, without allow_http", function()
    for _, host in ipairs { "http://api.example.com", "http://10.0.0.1:8080", "http://localhost.example" } do
      local ok, message = pcall(sigmamind.new, { api_key = MARK, base_url = host })
      assert.is_false(ok)
      assert.matches("must be https", message)
      assert.is_true(pcall(sigmamind.new, { api_key = MARK, base_url = host, allow_http = true }))
    end
    for _, host in ipairs { "http://127.0.0.1:1", "http://localhost", "http://[::1]:80" } do
      assert.is_true(pcall(sigmamind.new, { api_key = MARK, base_url = host }))
    end
  end)
end)

describe("TLS", function()
  local CONFIGURATION = [[
openssl_conf = default
[default]
ssl_conf = ssl
[ssl]
system_default = old
[old]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0
]]

  local PROGRAM = [[-e '
    local core = require "sigmamind.core"
    local session = core.session { ca_file = "%s/cert.pem" }
    local transfer = session:start { url = "https://localhost:%d/", timeout = 5 }
    while not transfer:done() do session:poll(1) end
    print(transfer:timing().tls > 0 and "connected" or select(2, transfer:status()))
  ']]

  --- Starts openssl s_server in a directory with its certificate; returns its process id once it is up.
  local function start(directory, port, version)
    local command = "cd '%s' && OPENSSL_CONF=conf openssl s_server -accept 127.0.0.1:%d -cert cert.pem -key key.pem"
      .. " -%s -cipher DEFAULT@SECLEVEL=0 -quiet >/dev/null 2>&1 & echo $!"
    local pipe = io.popen(command:format(directory, port, version))
    local pid = pipe:read "*l"
    pipe:close()
    local up
    for _ = 1, 200 do
      local probe = socket.connect("127.0.0.1", port)
      up = probe and probe:close()
      if up then
        break
      end
      core.sleep(0.02)
    end
    assert(up, "openssl s_server did not start")
    return pid
  end

  it("is at least 1.2, also when the system accepts less", function()
    local pipe = io.popen "mktemp -d"
    local directory = pipe:read "*l"
    pipe:close()
    local file = assert(io.open(directory .. "/conf", "w"))
    file:write(CONFIGURATION)
    file:close()
    os.execute(("cd '%s' && openssl req -x509 -nodes -days 2 -newkey rsa:2048 -subj /CN=localhost "):format(directory)
      .. "-addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem >/dev/null 2>&1")
    local said = {}
    for _, version in ipairs { "tls1_1", "tls1_2", "tls1_3" } do
      local probe = assert(socket.bind("127.0.0.1", 0))
      local port = select(2, probe:getsockname())
      probe:close()
      local pid = start(directory, port, version)
      local environment = ("OPENSSL_CONF=%s/conf"):format(directory)
      said[version] = interpreter.run(PROGRAM:format(directory, port), environment)
      local check = "cd '%s'; echo | OPENSSL_CONF=conf openssl s_client -connect localhost:%d -%s"
        .. " -cipher DEFAULT@SECLEVEL=0 2>&1"
      local client = io.popen(check:format(directory, port, version))
      assert.matches("BEGIN CERTIFICATE", client:read "*a") -- the system's library accepts the version
      client:close()
      os.execute("kill " .. pid)
    end
    os.execute(("rm -r '%s'"):format(directory))
    assert.matches("protocol version", said.tls1_1)
    assert.equal("connected\n", said.tls1_2)
    assert.equal("connected\n", said.tls1_3)
  end)
end)
