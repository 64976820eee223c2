-- sigmamind api: what arrives at the server, what is printed, and what a failure of a write exits with.

local api_request = require "sigmamind.cli.api_request"
local cjson = require "cjson"
local command = require "spec.support.command"
local parse_arguments = require("sigmamind.cli.arguments").parse
local process = require "process"
local scratch = require "spec.support.scratch"
local scripted = require "spec.support.scripted"
local server = require "spec.support.server"

local KEY = "sk_live_0123456789abcdef"

local sandbox = server.shared()
local place, peer, act

local function ok(body, headers)
  local head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s"
  return head:format(headers or "", #body, body)
end

before_each(function()
  place = scratch.open()
  act = function(connection)
    connection:send(ok "{}")
  end
  peer = scripted.open(function(connection)
    act(connection)
  end)
end)

after_each(function()
  peer:close()
  place:remove()
end)

--- Runs the command with the scripted server. Returns its output, its standard error and its exit code.
local function call(arguments, input)
  local environment = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(peer.url, KEY)
  return command.run_beside(peer, place, "api " .. arguments, environment, input)
end

--- The one request that arrived: its first line, its body, and its head.
local function arrived()
  assert.equal(1, #peer.requests)
  local request = peer.requests[1]
  return request.head:match "^([^\r]*) HTTP", request.body, request.head
end

local function sandboxed(arguments, rest)
  return command.run("api " .. arguments, sandbox:environment(), rest)
end

local lines_of = command.lines

describe("sigmamind api sends", function()
  it("a GET of a path alone, with the key", function()
    assert.same({ "{}", "", 0 }, { call "/v1/calls" })
    local line, body, head = arrived()
    assert.same({ "GET /v1/calls", "" }, { line, body })
    assert.equal(KEY, scripted.header(head, "x-api-key"))
    assert.is_nil(scripted.header(head, "content-type"))
  end)

  it("the method before the path, in any case", function()
    assert.equal(0, (select(3, call "delete /v1/webhooks/w")))
    assert.equal("DELETE /v1/webhooks/w", (arrived()))
  end)

  it("the arguments of the query, each as often as it is given", function()
    call "/v1/calls -q status=ended --query tag=b -q tag=a -q 'x y=1=2&3' -q none="
    assert.equal("GET /v1/calls?none=&status=ended&tag=b&tag=a&x%20y=1%3D2%263", (arrived()))
  end)

  it("fields as a JSON object in their order, by POST", function()
    call [[/v1/calls -f z=1 -f a=true -f b=false -f c=null -f d=1.50e3 -f e=-0 -f f=12345678901234567890 ]]
    local line, body, head = arrived()
    assert.equal("POST /v1/calls", line)
    assert.equal('{"z":1,"a":true,"b":false,"c":null,"d":1.50e3,"e":-0,"f":12345678901234567890}', body)
    assert.equal("application/json", scripted.header(head, "content-type"))
  end)

  it("what is no literal of JSON as a string", function()
    call [[PATCH /p -f a=+14155550100 -f 'b="5"' -f c= -f d=01 -f 'e=[1]' -f 'f={"a":1}' -f 'g=a "b"=c' -f h=True ]]
    local line, body = arrived()
    assert.equal("PATCH /p", line)
    assert.equal([[{"a":"+14155550100","b":"5","c":"","d":"01","e":"[1]","f":"{\"a\":1}","g":"a \"b\"=c","h":"True"}]], body)
  end)

  it("the bytes of a file or of standard input", function()
    place:write("bytes", "a\0b\r\n\255")
    call(("PUT /p --input %s/bytes -H 'content-type: text/csv'"):format(place.directory))
    local line, body, head = arrived()
    assert.same({ "PUT /p", "a\0b\r\n\255", "text/csv" }, { line, body, scripted.header(head, "content-type") })
    peer.requests = {}
    call("/p --input -", '{"a": 1}\n')
    line, body, head = arrived()
    assert.same({ "POST /p", '{"a": 1}\n', "application/json" }, { line, body, scripted.header(head, "content-type") })
  end)

  it("headers", function()
    call "/p -H 'X-Trace:  a: b ' --header 'accept: text/plain'"
    local _, _, head = arrived()
    assert.equal("a: b", scripted.header(head, "x-trace"))
    assert.equal("text/plain", scripted.header(head, "accept"))
  end)
end)

describe("sigmamind api prints", function()
  it("the body as it came", function()
    for _, body in ipairs { '{ "a" : 1.50,\n "b":[ ]}', "[]\n", '"\\u009b"', "null", "" } do
      act = function(connection)
        connection:send(ok(body))
      end
      assert.same({ body, "", 0 }, { call "/p" })
    end
  end)

  it("a body that is not JSON", function()
    act = function(connection)
      connection:send "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\na\0b\n\255"
    end
    assert.same({ "a\0b\n\255", "", 0 }, { call "/p" })
  end)

  it("status and headers before it with --include", function()
    act = function(connection)
      connection:send "HTTP/1.1 201 Created\r\nX-B: 2\r\nContent-Length: 2\r\nX-A: 1\r\n\r\n{}"
    end
    assert.same({ "HTTP 201\ncontent-length: 2\nx-a: 1\nx-b: 2\n\n{}", "", 0 }, { call "POST /p -i" })
  end)

  it("nothing for a HEAD", function()
    act = function(connection)
      connection:send "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    end
    assert.same({ "", "", 0 }, { call "HEAD /p" })
    assert.equal("HEAD /p", (arrived()))
  end)

  it("a line end on a terminal, and no character that could control it", function()
    local line = "exec " .. command.line("api /v1/calls",
      ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s TERM=xterm"):format(sandbox.url, sandbox.key))
    sandbox:faults { body = '{"a":"\194\155"}' }
    assert.equal('{"a":"\\u009b"}\r\n', (select(3, process.on_terminal(line, "}\r\n", ""))))
    sandbox:faults { body = "[]\n" }
    assert.equal("[]\r\n", (select(3, process.on_terminal(line, "]\r\n", ""))))
    sandbox:faults { body = "a\27[31mb\nend", content_type = "text/plain" }
    assert.equal("a [31mb\r\nend\r\n", (select(3, process.on_terminal(line, "end\r\n", ""))))
  end)

  it("an error on standard error alone", function()
    sandbox:faults { status = 404 }
    local out, errors, code = sandboxed "/v1/nothing --include"
    assert.same({ "", 4 }, { out, code })
    assert.matches("^sigmamind: http: .*GET /v1/nothing, status 404", errors)
  end)
end)

describe("sigmamind api --paginate", function()
  it("prints the rows of all pages of a resource", function()
    local out, errors, code = sandboxed "/v1/calls --paginate -q size=50"
    local ids, count = {}, 0
    for _, line in ipairs(lines_of(out)) do
      local id = cjson.decode(line).callId
      assert.is_nil(ids[id])
      ids[id], count = true, count + 1
    end
    assert.same({ "", 0, 240 }, { errors, code, count })
    assert.equal("/v1/calls?page=0&size=50", sandbox:log()[1].path)
  end)

  it("sends the arguments and headers, and prints what the resource's list prints", function()
    local out = sandboxed "GET /v1/webhooks --paginate -q active=false -H 'X-Trace: a'"
    assert.equal((command.run("webhooks --active false -f ndjson",
      ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, sandbox.key))), out)
    assert.equal(3, #lines_of(out))
  end)

  it("identifies the rows of another path by --id, and drops those that came before", function()
    sandbox:faults({ page = 0, body = '[{"k":1,\n"v":1},{"k":2}]', times = -1 }, { page = 1, body = '[{"k":2},{"k":3}]' },
      { page = 2, body = "[]" })
    assert.same({ '{"k":1,"v":1}\n{"k":2}\n{"k":3}\n', "", 0 }, { sandboxed "/v1/things --paginate --id k" })
  end)

  it("needs --id for such a path, and refuses what does not go with it", function()
    for arguments, message in pairs {
      ["/v1/things --paginate"] = "--paginate needs --id FIELD, the field that identifies a row of /v1/things",
      ["/v1/calls/x --paginate"] = "--paginate needs --id FIELD, the field that identifies a row of /v1/calls/x",
      ["POST /v1/calls --paginate"] = "--paginate is for GET alone",
      ["/v1/calls --paginate -f a=1"] = "--paginate is for GET alone",
      ["/v1/calls --paginate --include"] = "--paginate and --include cannot be combined",
      ["/v1/calls --paginate -q page=1"] = "--paginate cannot be combined with the argument page, which it does not send",
      ["/v1/calls --paginate -q limit=1"] = "--paginate cannot be combined with the argument limit, which it does not send",
      ["/v1/calls --paginate -q size=x"] = "--query size must be an integer from 1 to 2147483647, got 'x'",
      ["'/v1/a b' --paginate --id x"] = "PATH must be a path like '/v1/calls', percent-encoded, without a query and "
        .. "without . and .., got '/v1/a b'",
    } do
      assert.same({ "", "sigmamind: " .. message .. "\n", 2 }, { sandboxed(arguments) })
    end
    assert.same({}, sandbox:log())
  end)
end)

describe("sigmamind api refuses", function()
  it("arguments that are wrong, before it sends anything", function()
    local path = "PATH must be a path like '/v1/calls', percent-encoded, without a query and without . and .., got "
    for arguments, message in pairs {
      ["'/v1/calls?a=b'"] = path .. "'/v1/calls?a=b'",
      ["POST"] = path .. "'POST'",
      ["/v1/../x"] = path .. "'/v1/../x'",
      ["FETCH /p"] = "METHOD must be one of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE, got 'FETCH'",
      ["GET /p -f a=1"] = "a GET request has no body",
      ["/p -q a"] = "--query: 'a' is not NAME=VALUE",
      ["/p -f =a"] = "--field: '=a' is not NAME=VALUE",
      ["/p -f a=1 -f a=2"] = "--field a is given twice",
      ["/p -f a=1 --input -"] = "--field and --input cannot be combined",
      ["/p --input /none/such"] = "--input: cannot read /none/such: No such file or directory",
      ["/p --input /"] = "--input: cannot read /: Is a directory",
      ["/p -H nonsense"] = "--header must be NAME: VALUE",
      ["/p -H 'A: 1' -H 'a: 2'"] = "--header a is given twice",
      ["/p -H 'Host: x'"] = "--header must be NAME: VALUE in printable ASCII, and NAME none of X-API-Key, Host, "
        .. "Connection, Content-Length and Transfer-Encoding",
    } do
      assert.same({ "", "sigmamind: " .. message .. "\n", 2 }, { sandboxed(arguments) })
    end
    assert.same({}, sandbox:log())
    for arguments, message in pairs {
      [""] = "missing argument",
      ["GET /p x"] = "too many arguments",
      ["/p -S x"] = "'%-S' is an option of sigmamind campaigns",
    } do
      local _, errors, code = sandboxed(arguments)
      assert.equal(2, code)
      assert.matches("^sigmamind: " .. message .. ".*; see sigmamind api %-%-help\n$", errors)
    end
  end)

  it("the key as a header, without showing it", function()
    for _, name in ipairs { "X-API-Key", "x-api-key", "X-Api-KEY" } do
      local out, errors, code = sandboxed(("/p -H '%s: hush'"):format(name))
      assert.same({ "", "sigmamind: --header cannot set X-API-Key: give --key-file or SIGMAMIND_API_KEY\n", 2 },
        { out, errors, code })
    end
  end)

  it("a field whose text is not UTF-8", function()
    local options = assert(parse_arguments { "api", "/p", "-f", "a=\255" })
    local given, message = api_request.read(options)
    assert.is_nil(given)
    assert.matches("^%-%-field a: ", message)
  end)
end)

describe("sigmamind api, when a request fails,", function()
  local function reset(connection)
    connection:setoption("linger", { on = true, timeout = 0 })
    connection:close()
  end

  local function status(code)
    return function(connection)
      connection:send(("HTTP/1.1 %d Reason\r\nContent-Length: 0\r\n\r\n"):format(code))
    end
  end

  local function cut(connection)
    connection:send 'HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"a"'
    connection:close()
  end

  --- Exit code, outcome, and the number of requests.
  local function failed(arguments, action)
    act, peer.requests = action, {}
    local out, errors, code = call(arguments .. " --attempts 2")
    assert.equal("", out)
    return { code, errors:match "outcome (%l+_?%l*)" or "none", #peer.requests }
  end

  it("exits with 7 if the API acted on it, or may have", function()
    assert.same({ 7, "unknown", 1 }, failed("POST /p", reset))
    assert.same({ 7, "unknown", 1 }, failed("PATCH /p -f a=1", status(500)))
    assert.same({ 7, "unknown", 1 }, failed("POST /p --timeout 0.2", function() end))
    assert.same({ 7, "unknown", 2 }, failed("DELETE /p", status(503)))
    assert.same({ 7, "done", 1 }, failed("POST /p", cut))
    assert.same({ 7, "unknown", 2 }, failed("POST /p --idempotent", status(503)))
  end)

  it("exits with the code of its kind if the API did not, or if it was a GET", function()
    assert.same({ 4, "not_done", 1 }, failed("POST /p", status(400)))
    assert.same({ 3, "not_done", 1 }, failed("POST /p", status(401)))
    assert.same({ 6, "not_done", 2 }, failed("POST /p", status(429)))
    assert.same({ 4, "none", 2 }, failed("GET /p", status(503)))
    assert.same({ 5, "none", 2 }, failed("GET /p", reset))
    peer:close()
    assert.equal(5, (select(3, command.run("api POST /p --attempts 1", ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=k"):format(
      peer.url)))))
  end)

  it("names a command that shows whether the API acted", function()
    act = reset
    local unknown = "the server may have acted on this request: find out before you send it again, for instance with "
    for path, way in pairs {
      ["/v1/calls"] = "sigmamind calls;", ["/v1/phone-numbers/+1"] = "sigmamind phone-numbers;",
      ["/v1/callsigns"] = "sigmamind api /v1/callsigns;",
    } do
      local _, errors = call("POST " .. path)
      assert.is_truthy(errors:find(unknown .. way .. " check --base-url and the network\n", 1, true), errors)
    end
  end)

  it("prints method and outcome as JSON", function()
    act = status(500)
    local _, errors, code = call "POST /v1/calls --error-format json"
    local err = cjson.decode(errors).error
    assert.same({ "http", 500, "POST", "/v1/calls", "unknown", 7 },
      { err.kind, err.status, err.method, err.path, err.outcome, code })
    act = status(400)
    err = cjson.decode((select(2, call "GET /v1/calls --error-format json"))).error
    assert.same({ "http", "GET" }, { err.kind, err.method })
    assert.is_nil(err.outcome)
  end)

  it("says at Ctrl-C that the API may have acted on it", function()
    act = function()
      os.execute(("kill -INT $(cat %s/pid)"):format(place.directory))
    end
    assert.same({
      "", "sigmamind: interrupted; the server may have acted on this request: find out before you send it again, for "
        .. "instance with sigmamind calls\n", 130,
    }, { call "POST /v1/calls" })
    local _, errors, code = call "DELETE /v1/calls/c --error-format json"
    local err = cjson.decode(errors).error
    assert.same({ "interrupted", "unknown", "DELETE", 130 }, { err.kind, err.outcome, err.method, code })
    assert.same({ "", "", 130 }, { call "GET /v1/calls" })
  end)

  it("never prints the key", function()
    for _, action in ipairs { reset, status(401), status(500), cut, function(connection)
      connection:send("HTTP/1.1 400 Bad\r\nContent-Length: " .. #KEY .. "\r\nX-Key: " .. KEY .. "\r\n\r\n" .. KEY)
    end } do
      act = action
      for _, arguments in ipairs { "POST /p", "GET /p --error-format json" } do
        local out, errors = call(arguments .. " --verbose --include --attempts 1")
        assert.matches("%w+ /p: ", errors)
        assert.is_nil((out .. errors):find(KEY, 1, true))
      end
    end
  end)
end)
