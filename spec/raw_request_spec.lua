-- client:request: what arrives at the server, and what comes back.

local raises_here = require "spec.support.raises_here"
local scripted = require "spec.support.scripted"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local sandbox = server.shared()

local peer, client, reply

local function ok(body, headers)
  local head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
  return ("%s%sContent-Length: %d\r\n\r\n%s"):format(head, headers or "", #body, body)
end

before_each(function()
  reply = ok '{"a":[1,null]}'
  peer = scripted.open(function(connection)
    connection:send(reply)
  end)
  client = sigmamind.new { api_key = "secret-key", base_url = peer.url .. "/base", runtime = peer:runtime() }
end)

after_each(function()
  client:close()
  peer:close()
end)

--- Sends a request; returns what arrived, and the reply.
local function send(given, of)
  local got, err = (of or client):request(given)
  assert(got, tostring(err))
  return peer.requests[#peer.requests], got
end

--- The value of a header that arrived.
local function header_of(request, wanted)
  return (scripted.header(request.head, wanted))
end

--- Calls fn, which must raise that message at a line of this file.
describe("client:request sends", function()
  it("GET by default, with the key, and a query that is escaped and sorted", function()
    local request = send { path = "/v1/agents/a%2Fb", query = { size = 5, ["a b"] = "x&y=1+1", active = true } }
    assert.equal("GET /base/v1/agents/a%2Fb?a%20b=x%26y%3D1%2B1&active=true&size=5 HTTP/1.1", request.head:match "^[^\r]*")
    assert.equal("secret-key", header_of(request, "X-API-Key"))
    assert.equal("application/json", header_of(request, "Accept"))
    assert.equal("", request.body)
    assert.is_nil(header_of(request, "Content-Length"))
  end)

  it("a query in the order of its bytes, in every locale: caches of several machines know it by its URL", function()
    local request = send { path = "/p", query = { b = 1, a = 1, B = 1, ["-c"] = 1, aa = 1 } }
    assert.equal("/base/p?-c=1&B=1&a=1&aa=1&b=1", request.head:match "^GET (%S+)")
  end)

  it("a name of the query once for each value of a list", function()
    local request = send { path = "/p", query = { tag = { "b", "a", 2 }, none = {}, a = 1 } }
    assert.equal("/base/p?a=1&tag=b&tag=a&tag=2", request.head:match "^GET (%S+)")
  end)

  it("JSON, exactly, with its type and length", function()
    local request = send {
      method = "POST",
      path = "/p",
      json = { n = 9007199254740992, list = { 1 }, none = sigmamind.null, text = "é\n" },
    }
    assert.equal('{"list":[1],"n":9007199254740992,"none":null,"text":"é\\n"}', (request.body:gsub(
      "^{(.*)}$", function(members)
        local list = {}
        for member in members:gmatch '"[^"]*":[^,]*' do
          list[#list + 1] = member
        end
        table.sort(list)
        return "{" .. table.concat(list, ",") .. "}"
      end)))
    assert.equal("application/json", header_of(request, "Content-Type"))
    assert.equal(tostring(#request.body), header_of(request, "Content-Length"))
  end)

  it("a body as it is, without a type of its own", function()
    local request = send { method = "PUT", path = "/p", body = "a\0b\r\n" }
    assert.equal("a\0b\r\n", request.body)
    assert.is_nil(header_of(request, "Content-Type"))
    request = send { method = "PUT", path = "/p", body = "a,b", headers = { ["content-type"] = "text/csv" } }
    assert.equal("text/csv", header_of(request, "Content-Type"))
  end)

  it("an empty body with POST, PUT and PATCH, and none with DELETE", function()
    for method, length in pairs { POST = "0", PUT = "0", PATCH = "0", DELETE = false } do
      local request = send { method = method, path = "/p" }
      assert.equal(method, request.method)
      assert.equal(length or nil, (header_of(request, "Content-Length")))
      assert.is_nil(header_of(request, "Content-Type"))
    end
  end)

  it("a form with a file, by its name or open, streamed from its beginning", function()
    local name = os.tmpname()
    local file = assert(io.open(name, "wb"))
    file:write "Phone Number\r\n+14155550100\r\n"
    file:close()
    file = assert(io.open(name, "rb"))
    file:read(5)
    local request = send {
      method = "POST",
      path = "/v1/campaigns",
      form = {
        { name = "campaignName", data = "Spring" },
        { name = "file", file = name, type = "text/csv" },
        { name = "again", file = file, filename = "b.csv" },
        { name = "text", data = "x", filename = "c.txt", type = "text/plain" },
      },
    }
    assert.equal("closed file", io.type(file:close() and file))
    os.remove(name)
    local base = name:match "[^/]*$"
    assert.is_truthy(header_of(request, "Content-Type"):find "^multipart/form%-data; boundary=")
    assert.is_truthy(request.body:find(('name="file"; filename="%s"\r\nContent-Type: text/csv\r\n\r\nPhone Number\r\n+1')
      :format(base), 1, true))
    assert.is_truthy(request.body:find('name="again"; filename="b.csv"', 1, true))
    assert.is_truthy(request.body:find('name="text"; filename="c.txt"\r\nContent-Type: text/plain\r\n\r\nx\r\n', 1, true))
    assert.is_nil(header_of(request, "Expect"))
    assert.equal(tostring(#request.body), header_of(request, "Content-Length"))
  end)

  it("headers of the call instead of its own, whatever their case, and none where they are false", function()
    local request = send { path = "/p", headers = { accept = "text/csv", ["X-Trace"] = "t1" } }
    assert.equal("text/csv", header_of(request, "Accept"))
    assert.equal(1, select(2, request.head:lower():gsub("\naccept:", "")))
    assert.equal("t1", header_of(request, "X-Trace"))
    assert.is_nil(header_of(send { path = "/p", headers = { Accept = false } }, "Accept"))
    request = send { method = "POST", path = "/p", body = "x", headers = { Expect = "100-continue" } }
    assert.equal("100-continue", header_of(request, "Expect"))
  end)

  it("no Expect, which a server might not answer", function()
    assert.is_nil(header_of(send { method = "POST", path = "/p", body = ("x"):rep(3000000) }, "Expect"))
  end)
end)

describe("client:request returns", function()
  it("status, headers, text and data", function()
    reply = ok('{"a":[1,null]}', "X-Rate: 7\r\nx-rate: 8\r\n")
    local _, got = send { path = "/p" }
    assert.equal(200, got.status)
    assert.equal('{"a":[1,null]}', got.text)
    assert.same({ a = { 1, sigmamind.null } }, got.data)
    assert.equal("7, 8", got:header "X-RATE")
    assert.is_nil(got:header "x-none")
    raises_here("reply:header: name must be a string, got nil", function() got:header() end)
    raises_here("sigmamind.reply has no 'body'", function() return got.body .. "" end)
  end)

  it("no data for an empty body, and for what is not JSON", function()
    reply = "HTTP/1.1 204 No Content\r\n\r\n"
    local _, got = send { method = "DELETE", path = "/p" }
    assert.equal(204, got.status)
    assert.equal("", got.text)
    assert.is_nil(got.data)
    reply = ok "null"
    assert.equal(sigmamind.null, select(2, send { path = "/p" }).data)
    reply = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 3\r\n\r\na,b"
    _, got = send { path = "/p" }
    assert.equal("a,b", got.text)
    assert.is_nil(got.data)
    reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    _, got = send { path = "/p" }
    assert.equal("hi", got.text)
    assert.is_nil(got.data)
    reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
    assert.same({}, select(2, send { path = "/p" }).data)
  end)

  it("the headers of a HEAD", function()
    reply = "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n"
    local request, got = send { method = "HEAD", path = "/p" }
    assert.equal("HEAD", request.method)
    assert.equal("400", got:header "content-length")
    assert.equal("", got.text)
  end)

  it("an error for JSON that is invalid", function()
    reply = ok "{"
    local got, err = client:request { path = "/p" }
    assert.is_nil(got)
    assert.equal("decode", err.kind)
    assert.is_nil(err.outcome)
    got, err = client:request { method = "POST", path = "/p", json = {} }
    assert.is_nil(got)
    assert.equal("decode", err.kind)
    assert.equal("done", err.outcome)
    assert.equal("{", err.body)
    assert.is_false(err.retryable)
    assert.matches("^the server acted on this request: do not send it again; check that base_url", err.hint)
  end)

  it("errors and events with the method", function()
    local events = {}
    local other = client:with { on_event = function(event) events[#events + 1] = event.name .. " " .. event.method end }
    reply = "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n"
    local _, err = other:request { method = "PATCH", path = "/p", json = {} }
    assert.same({ "request PATCH", "failure PATCH", "give_up PATCH", "done PATCH" }, events)
    assert.equal("PATCH", err.method)
    assert.equal("/base/p", err.path)
    assert.equal("not_done", err.outcome)
    assert.matches("%(PATCH /base/p, status 400, outcome not_done, attempt 1, not retried: ", tostring(err))
  end)
end)

describe("client:request is limited by", function()
  local function silent()
    peer.act = function() end
  end

  it("timeout, attempts and deadline of its own", function()
    silent()
    local _, err = client:request { path = "/p", timeout = 0.1, attempts = 1 }
    assert.equal("timeout", err.kind)
    assert.equal(1, #err.attempts)
    _, err = client:request { path = "/p", deadline = 0.1 }
    assert.equal("timeout", err.kind)
    assert.is_true(err.attempts[1].seconds < 5)
    local patient = client:with { timeout = 0.1, attempts = 1 }
    _, err = patient:request { path = "/p" }
    assert.equal(1, #err.attempts)
  end)

  it("upload_timeout where it sends a file", function()
    silent()
    local file = io.tmpfile()
    local hasty = client:with { upload_timeout = 0.1, timeout = 3000, attempts = 1 }
    local _, err = hasty:request { method = "PUT", path = "/p", form = { { name = "f", file = file } } }
    assert.equal("timeout", err.kind)
    assert.is_true(err.attempts[1].seconds < 5)
    local _, other = hasty:request {
      method = "PUT", path = "/p", form = { { name = "f", file = file } }, timeout = 0.2,
    }
    assert.equal("timeout", other.kind)
    file:close()
  end)
end)

describe("client:request refuses, before anything is sent,", function()
  local function refuses(message, given)
    raises_here(message, function() client:request(given) end)
    assert.equal(0, #peer.requests)
  end

  it("what is wrong with its arguments", function()
    refuses("client:request: path is missing", {})
    refuses("client:request: expected a table of named arguments, got a string", "/v1/calls")
    refuses("unknown option 'url'", { url = "x" })
    refuses("method must be one of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE, got 'get'", { path = "/p", method = "get" })
    for _, path in ipairs { "p", "", "/a b", "/a?b=1", "/a#b", "/a\r\nX: y", "/é", "/a/../b", "/..", "/./a", "/%2e%2E/a",
      "/a%", "/a%2", "/a%zz", "https://other/p", 7 } do
      refuses("path must be a path like '/v1/calls'", { path = path })
    end
    refuses("query must be a table of names", { path = "/p", query = "a=b" })
    refuses("query must be a table of names", { path = "/p", query = { "a" } })
    refuses("query must be a table of names", { path = "/p", query = { a = { {} } } })
    refuses("query must be a table of names", { path = "/p", query = { filter = { status = "x" } } })
    refuses("query must be a table of names", { path = "/p", query = { a = 0 / 0 } })
    refuses("query must be a table of names", { path = "/p", query = { a = { 1, math.huge } } })
    refuses("timeout must be a number of seconds", { path = "/p", timeout = 0 })
    refuses("attempts must be an integer from 1 to 10", { path = "/p", attempts = 0 })
  end)

  it("a body that it cannot send", function()
    refuses("a request has one of json, body and form", { path = "/p", method = "POST", json = 1, body = "x" })
    refuses("a GET request has no body", { path = "/p", json = {} })
    refuses("client:request: json: a.b: a function has no JSON form", { path = "/p", method = "POST",
      json = { a = { b = print } } })
    refuses("form[1]: name is missing", { path = "/p", method = "POST", form = { {} } })
    refuses("form[1]: name is missing", { path = "/p", method = "POST", form = { { data = "x" } } })
    refuses("form[2] must have data or file", { path = "/p", method = "POST",
      form = { { name = "a", data = "" }, { name = "b" } } })
    refuses("form[1]: filename must be a string without control characters", { path = "/p", method = "POST",
      form = { { name = "a", data = "", filename = "x\r\nY: z" } } })
    refuses("form[1]: cannot read the file: /nowhere/none.csv", { path = "/p", method = "POST",
      form = { { name = "a", file = "/nowhere/none.csv" } } })
    refuses("form[1]: cannot read the file: /: not a regular file", { path = "/p", method = "POST",
      form = { { name = "a", file = "/" } } })
    refuses("form must be a list of parts", { path = "/p", method = "POST", form = { name = "f", data = "x" } })
    refuses("form must be a list of parts", { path = "/p", method = "POST", form = {} })
    refuses("form must be a list of parts", { path = "/p", method = "POST", form = { { name = "f", data = "" }, a = "b" } })
    refuses("a form has a Content-Type of its own", { path = "/p", method = "POST", form = { { name = "f", data = "" } },
      headers = { ["content-type"] = false } })
    local pipe = io.popen "true"
    refuses("form[1]: file must be the name of a regular file, or an open one", { path = "/p", method = "POST",
      form = { { name = "a", file = pipe } } })
    pipe:close()
    local closed = io.tmpfile()
    closed:close()
    refuses("form[1]: file must be the name of a regular file, or an open one", { path = "/p", method = "POST",
      form = { { name = "a", file = closed } } })
  end)

  it("headers that are the client's, or none, and shows no value of them", function()
    for _, headers in ipairs { { ["x-api-key"] = "other" }, { Host = "other" }, { ["Content-Length"] = "1" },
      { ["a b"] = "c" }, { a = "b\r\nc" }, { a = 1 }, { a = "" }, { "b" }, "a: b", { Accept = "x", accept = "y" } } do
      local good, raised = pcall(client.request, client, { path = "/p", headers = headers })
      assert.is_false(good)
      assert.is_truthy(raised:find("headers must be a table of header names, each once, and values", 1, true))
      assert.is_nil(raised:find("other", 1, true))
    end
    assert.equal(0, #peer.requests)
  end)
end)

describe("client:request fails", function()
  it("with kind config, and sends nothing, where a file cannot be sent", function()
    local device = assert(io.open "/dev/null")
    local _, err = client:request { method = "POST", path = "/p", form = { { name = "f", file = device } } }
    assert.equal("config", err.kind)
    assert.equal("file", err.cause)
    assert.equal("not_done", err.outcome)
    assert.equal(0, #peer.requests)
    device:close()
  end)

  it("where a file was closed between two attempts, and raises nothing", function()
    local file = io.tmpfile()
    peer.act = function(connection)
      file:close()
      connection:send "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n"
    end
    local _, err = client:request { method = "POST", path = "/p", form = { { name = "f", file = file } } }
    assert.equal("config", err.kind)
    assert.equal("not_done", err.outcome)
    assert.equal(1, #peer.requests)
  end)

  it("without a key, and knows that nothing was done", function()
    local other = client:with { api_key = function() return "" end }
    local _, err = other:request { method = "POST", path = "/p", query = { a = 1 } }
    assert.equal("config", err.kind)
    assert.equal("not_done", err.outcome)
    assert.equal("/base/p?a=1", err.path)
    assert.is_nil(select(2, other:request { path = "/p" }).outcome)
  end)

  it("with an error that says in give_up what it says to the caller", function()
    local given
    local other = client:with { attempts = 1, on_event = function(event)
      if event.name == "give_up" then
        given = { event.error.outcome, event.error.retryable, #event.error.attempts }
      end
    end }
    peer.act = function(connection) connection:send "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n" end
    other:request { method = "POST", path = "/p" }
    assert.same({ "unknown", false, 1 }, given)
  end)
end)

describe("client:with", function()
  it("sends another key over the same connections, and pauses apart", function()
    local other = client:with { api_key = "other-key" }
    send { path = "/p" }
    local request = send({ path = "/p" }, other)
    assert.equal("other-key", header_of(request, "X-API-Key"))
    assert.equal(2, request.number)
    reply = "HTTP/1.1 429 Slow\r\nRetry-After: 3000\r\nContent-Length: 0\r\n\r\n"
    assert.equal("rate_limit", select(2, other:request { path = "/p" }).kind)
    local same = other:with { timeout = 5 }
    assert.equal("rate_limit", select(2, same:request { path = "/p" }).kind)
    assert.equal(3, #peer.requests)
    reply = ok "{}"
    assert.equal("secret-key", header_of(send { path = "/p" }, "X-API-Key"))
  end)

  it("decodes by options of its own", function()
    local other = client:with { null = sigmamind.null }
    reply = ok '{"a":null}'
    assert.equal(sigmamind.null, select(2, send({ path = "/p" }, other)).data.a)
    assert.is_nil(select(2, send { path = "/p" }).data.a)
  end)

  it("pauses with its client where it has the same key", function()
    local other = client:with { api_key = "secret-key", timeout = 5 }
    reply = "HTTP/1.1 429 Slow\r\nRetry-After: 3000\r\nContent-Length: 0\r\n\r\n"
    client:request { path = "/p" }
    assert.equal("rate_limit", select(2, other:request { path = "/p" }).kind)
    assert.equal(1, #peer.requests)
  end)

  it("is closed with its client, and closes it", function()
    local other = client:with { timeout = 5 }
    other:close()
    assert.equal("closed", select(2, client:request { path = "/p" }).kind)
    assert.equal("closed", select(2, other:request { path = "/p" }).kind)
  end)

  it("refuses what belongs to the connections, and what is unknown", function()
    raises_here("client:with: proxy belongs to the connections, which both clients share: use sigmamind.new",
      function() client:with { proxy = "" } end)
    raises_here("client:with: unknown option 'timeuot' (did you mean timeout?)", function() client:with { timeuot = 1 } end)
    raises_here("client:with: expected a table", function() client:with(5) end)
    raises_here("client:with: api_key must be", function() client:with { api_key = "" } end)
  end)
end)

describe("client:request on the sandbox", function()
  it("finds an unknown path with a hint", function()
    local live = sandbox:client()
    local _, err = live:request { path = "/v1/nothing" }
    assert.equal(404, err.status)
    assert.equal("http", err.kind)
    assert.is_truthy(live:request({ path = "/v1/campaigns", query = { size = 2 } }).data.data[2].campaignId)
    live:close()
  end)
end)
