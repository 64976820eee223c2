-- The outcome of each failure: the core's table for transfers without a reply, and the table of statuses.
-- doc/reference.md has both; this spec repeats them.

local core = require "sigmamind.core"
local document = require "spec.support.document"
local server = require "spec.support.server"
local statuses = require "sigmamind.http.statuses"

local KINDS = {
  config = true, network = true, timeout = true, tls = true, http = true, auth = true, rate_limit = true,
  protocol = true, decode = true, too_large = true, cancelled = true, closed = true,
}

-- By CURLcode (libcurl-errors(3)): kind, and whether another attempt is made.
local CODES = {
  [1] = { "protocol", false }, -- UNSUPPORTED_PROTOCOL: not HTTP
  [2] = { "config", false }, -- FAILED_INIT
  [3] = { "config", false }, -- URL_MALFORMAT
  [4] = { "config", false }, -- NOT_BUILT_IN
  [5] = { "network", true }, -- COULDNT_RESOLVE_PROXY
  [6] = { "network", true }, -- COULDNT_RESOLVE_HOST
  [7] = { "network", true }, -- COULDNT_CONNECT
  [8] = { "protocol", false }, -- WEIRD_SERVER_REPLY
  [9] = { "auth", false }, -- REMOTE_ACCESS_DENIED
  [16] = { "network", true }, -- HTTP2
  [18] = { "network", true }, -- PARTIAL_FILE
  [23] = { "protocol", false }, -- WRITE_ERROR: the coding, where it is not our own refusal
  [26] = { "config", false }, -- READ_ERROR
  [27] = { "too_large", false }, -- OUT_OF_MEMORY: also a long header line, until 8.6
  [28] = { "timeout", true }, -- OPERATION_TIMEDOUT
  [35] = { "network", true }, -- SSL_CONNECT_ERROR
  [41] = { "config", false }, -- FUNCTION_NOT_FOUND
  [42] = { "cancelled", false }, -- ABORTED_BY_CALLBACK
  [43] = { "config", false }, -- BAD_FUNCTION_ARGUMENT
  [45] = { "config", false }, -- INTERFACE_FAILED
  [47] = { "protocol", false }, -- TOO_MANY_REDIRECTS
  [48] = { "config", false }, -- UNKNOWN_OPTION
  [52] = { "network", true }, -- GOT_NOTHING
  [53] = { "tls", false }, -- SSL_ENGINE_NOTFOUND
  [54] = { "tls", false }, -- SSL_ENGINE_SETFAILED
  [55] = { "network", true }, -- SEND_ERROR
  [56] = { "network", true }, -- RECV_ERROR
  [58] = { "tls", false }, -- SSL_CERTPROBLEM
  [59] = { "tls", false }, -- SSL_CIPHER
  [60] = { "tls", false }, -- PEER_FAILED_VERIFICATION
  [61] = { "protocol", false }, -- BAD_CONTENT_ENCODING
  [63] = { "too_large", false }, -- FILESIZE_EXCEEDED
  [64] = { "tls", false }, -- USE_SSL_FAILED
  [65] = { "network", true }, -- SEND_FAIL_REWIND
  [66] = { "tls", false }, -- SSL_ENGINE_INITFAILED
  [67] = { "auth", false }, -- LOGIN_DENIED
  [77] = { "tls", false }, -- SSL_CACERT_BADFILE
  [80] = { "network", true }, -- SSL_SHUTDOWN_FAILED
  [81] = { "network", true }, -- AGAIN
  [82] = { "tls", false }, -- SSL_CRL_BADFILE
  [83] = { "tls", false }, -- SSL_ISSUER_ERROR
  [89] = { "network", true }, -- NO_CONNECTION_AVAILABLE
  [90] = { "tls", false }, -- SSL_PINNEDPUBKEYNOTMATCH
  [91] = { "tls", false }, -- SSL_INVALIDCERTSTATUS
  [92] = { "network", true }, -- HTTP2_STREAM
  [93] = { "config", false }, -- RECURSIVE_API_CALL
  [94] = { "auth", false }, -- AUTH_ERROR
  [95] = { "network", true }, -- HTTP3
  [96] = { "network", true }, -- QUIC_CONNECT_ERROR
  [97] = { "network", true }, -- PROXY
  [98] = { "tls", false }, -- SSL_CLIENTCERT
  [99] = { "network", true }, -- UNRECOVERABLE_POLL
  [100] = { "too_large", false }, -- TOO_LARGE
  [101] = { "tls", false }, -- ECH_REQUIRED
  -- Our own codes.
  [-1] = { "cancelled", false },
  [-2] = { "closed", false },
  [-3] = { "cancelled", false }, -- of the process before a fork
  [-4] = { "network", true }, -- the event loop failed
  [-5] = { "too_large", false }, -- max_body
  [-6] = { "protocol", false }, -- the headers
  [-7] = { "protocol", false }, -- coded twice
  [-8] = { "too_large", false }, -- no memory
  [-9] = { "network", true }, -- cut within the headers
  [-10] = { "network", true }, -- no descriptor
  [-11] = { "config", false }, -- a proxy refused the tunnel
  [-12] = { "rate_limit", true }, -- a proxy's 429
  [-13] = { "network", true }, -- a proxy's 5xx
  [-14] = { "protocol", false }, -- a broken reply
  [-15] = { "config", false }, -- a file of a form that cannot be sent
}

describe("core.outcome", function()
  for code = -20, 130 do
    local expected = CODES[code]
    if expected then
      it(("returns kind, retry and our own message for %d"):format(code), function()
        local outcome = core.outcome(code)
        assert.equal(expected[1], outcome.kind)
        assert.is_true(KINDS[outcome.kind])
        assert.equal(expected[2], outcome.retry)
        assert.matches("%a+ %a+", outcome.message)
        assert.matches("^[%a_]+$", outcome.cause)
      end)
    end
  end

  it("returns nil for any other code", function()
    for code = -20, 130 do
      assert.equal(CODES[code] ~= nil, core.outcome(code) ~= nil, code)
    end
  end)
end)

--- Calls visit(cells) for each row of the tables under a heading of the reference.
local function each_row(heading, visit)
  local text = document.read "doc/reference.md"
  local section = text:match("\n### " .. heading .. "\n(.-)\n##[# ]")
  for line in section:gmatch "[^\n]+" do
    local cells = {}
    for cell in line:gmatch "|([^|]+)" do
      cells[#cells + 1] = cell:match "^%s*(.-)%s*$"
    end
    if #cells >= 4 then
      visit(cells)
    end
  end
end

describe("doc/reference.md", function()
  it("has each code with its cause, kind and retry", function()
    local named = {}
    each_row("Outcomes", function(cells)
      for number in cells[1]:gmatch "%-?%d+" do
        local outcome = #cells == 5 and core.outcome(tonumber(number))
        if outcome then
          named[tonumber(number)] = true
          assert.equal(outcome.cause, cells[2]:match "`(.*)`", number)
          assert.equal(outcome.kind, cells[3]:match "`(.*)`", number)
          assert.equal(outcome.retry and "yes" or "no", cells[4], number)
        end
      end
    end)
    for code in pairs(CODES) do
      assert.is_true(named[code], code)
    end
  end)

  it("has each status with its kind and retry", function()
    local named = {}
    each_row("Outcomes", function(cells)
      if #cells == 4 and not cells[1]:find "other" then
        for number in cells[1]:gmatch "%d%d%d" do
          local meaning = statuses.of(tonumber(number))
          named[tonumber(number)] = true
          assert.equal(meaning.kind, cells[2]:match "`(.*)`", number)
          assert.equal(meaning.retry and "yes" or "no", cells[3], number)
        end
      end
    end)
    for status = 200, 599 do
      local meaning = statuses.of(status)
      local class = statuses.of(math.floor(status / 100) * 100 + 99)
      if meaning ~= class and status ~= 206 then
        assert.is_true(named[status], status)
      end
    end
  end)
end)

-- By status: kind, and whether another attempt is made. Others as their class.
local STATUSES = {
  [401] = { "auth", false }, [403] = { "auth", false }, [407] = { "config", false }, [408] = { "http", true },
  [425] = { "http", true }, [429] = { "rate_limit", true }, [500] = { "http", true }, [502] = { "http", true },
  [503] = { "http", true }, [504] = { "http", true }, [520] = { "http", true }, [521] = { "http", true },
  [522] = { "http", true }, [523] = { "http", true }, [524] = { "http", true }, [529] = { "http", true },
}
local CLASSES = { [2] = "protocol", [3] = "protocol", [4] = "http", [5] = "http" }

local function expected_of(status)
  local one = STATUSES[status]
  return one and one[1] or CLASSES[math.floor(status / 100)], one ~= nil and one[2]
end

describe("statuses.of", function()
  for status = 200, 599 do
    it(("returns kind, retry and a reason for %d"):format(status), function()
      local kind, retry = expected_of(status)
      local meaning = statuses.of(status)
      assert.equal(kind, meaning.kind)
      assert.equal(retry, meaning.retry)
      assert.matches("%a+ %a+", meaning.why)
    end)
  end

  it("accepts a status beyond those of HTTP", function()
    assert.is_false(statuses.of(999).retry)
  end)

  it("treats every 2xx except 206 as a success", function()
    for status = 100, 999 do
      assert.equal(status >= 200 and status < 300 and status ~= 206, statuses.is_success(status), status)
    end
  end)
end)

describe("core.outcome, a reply", function()
  local sandbox, client

  setup(function()
    sandbox = server.start()
  end)

  teardown(function()
    sandbox:stop()
  end)

  before_each(function()
    sandbox:clear()
    client = sandbox:client { attempts = 2, timeout = 10, max_body = 20000, runtime = require "spec.support.recorder"() }
  end)

  after_each(function()
    client:close()
  end)

  local function get(...)
    sandbox:faults(...)
    local page, err = client.campaigns:page()
    return err, #sandbox:log(), page
  end

  for _, status in ipairs { 300, 400, 401, 403, 404, 407, 408, 418, 425, 429, 451, 500, 501, 502, 503, 504, 505, 520, 521,
    522, 523, 524, 525, 526, 527, 529, 530, 599 } do
    it(("with %d is reported and retried by the table"):format(status), function()
      local kind, retry = expected_of(status)
      local err, requests = get { status = status, times = -1, body = "<html>", content_type = "text/html" }
      assert.equal(kind, err.kind)
      assert.equal(status, err.status)
      assert.equal(retry, err.retryable)
      local free = status == 408 and 1 or 0 -- on a reused connection it does not count as an attempt
      assert.equal(retry and 2 + free or 1, requests)
      local said = tostring(err)
      assert.is_false(said:find("would fail again", 1, true) ~= nil and said:find("try again", 1, true) ~= nil)
    end)
  end

  -- Bodies of error replies.
  local function head(status, more)
    return ("HTTP/1.1 %d No\r\ncontent-type: application/json\r\n%s\r\n"):format(status, more or "")
  end
  local LONG = ("x"):rep(30000)
  local BODIES = {
    ["cut, with a length"] = { "content-length: 500\r\n", '{"mess' },
    ["cut, in chunks"] = { "transfer-encoding: chunked\r\n", "5\r\n{\"mes" },
    ["cut before its first byte"] = { "content-length: 500\r\n", "" },
    ["labelled as gzip, and is not"] = { "content-encoding: gzip\r\ncontent-length: 6\r\n", "<html>" },
    ["coded twice"] = { "content-encoding: gzip, gzip\r\ncontent-length: 6\r\n", "<html>" },
    ["in an unknown coding"] = { "content-encoding: zebra\r\ncontent-length: 6\r\n", "<html>" },
    ["larger than max_body, with a length"] = { "content-length: 30000\r\n", LONG },
    ["larger than max_body, without a length"] = { "", LONG },
    ["in broken chunks"] = { "transfer-encoding: chunked\r\n", "zz\r\n" },
  }

  for name, body in pairs(BODIES) do
    for _, status in ipairs { 302, 401, 404, 429, 503 } do
      it(("with %d keeps status and Retry-After when its body is %s"):format(status, name), function()
        local kind, retry = expected_of(status)
        local raw = head(status, "retry-after: 7\r\n" .. body[1]) .. body[2]
        local err, requests = get { raw = raw, times = -1 }
        assert.equal(kind, err.kind)
        assert.equal(status, err.status)
        assert.equal(7, err.retry_after)
        assert.equal(retry, err.retryable)
        assert.equal(retry and 2 or 1, requests)
      end)
    end
  end

  it("with 200 keeps its status when its body is cut", function()
    local err, requests = get { raw = head(200, "content-length: 500\r\n") .. '{"da', times = -1 }
    assert.equal("network", err.kind)
    assert.equal(200, err.status)
    assert.equal(2, requests)
  end)

  it("with 200 fails with kind 'protocol', without a retry, when libcurl cannot decode its gzip", function()
    local text = '{"data":[],"page":0,"size":1,"hasNext":false}'
    local one = require("zlib").deflate(9, 31)
    local whole = one(text, "finish")
    local function member(piece)
      return (require("zlib").deflate(9, 31)(piece, "finish"))
    end
    for _, bytes in ipairs { whole .. ("\0"):rep(20), member(text:sub(1, 10)) .. member(text:sub(11)) } do
      local coded = ("content-encoding: gzip\r\ncontent-length: %d\r\n"):format(#bytes)
      sandbox:clear()
      local listener = require("spec.support.listener").open()
      local session = core.session {}
      local transfer = session:start { url = "http://127.0.0.1:" .. listener.port, timeout = 10 }
      session:poll(0.1)
      session:poll(0.1)
      listener:accept()
      listener:send(head(200, coded) .. bytes)
      while not transfer:done() do
        session:poll(1)
      end
      local failure = transfer:failure()
      if failure then -- a later libcurl may decode it
        assert.equal("protocol", failure.kind)
        assert.equal("coding", failure.cause)
        assert.is_false(failure.retry)
        assert.equal(200, failure.status)
      end
      session:close()
      listener:close()
    end
  end)

  it("that redirects returns the location without query and user", function()
    local cases = {
      ["https://login.corp.example/sso?token=secret#x"] = "https://login.corp.example/sso",
      ["https://user:secret@login.corp.example:8443/sso"] = "https://login.corp.example/sso",
      ["/v1/campaigns/?secret=1"] = "/v1/campaigns/",
      ["/login?next=secret@corp.example"] = "/login",
      ["//user:secret@portal.example/login?x"] = "//portal.example/login",
      ["///user:secret@portal.example/login?x"] = "//portal.example/login",
      ["////user:secret@portal.example/login?x"] = "***@portal.example/login",
      ["\\\\user:secret@portal.example\\login?x"] = "//portal.example/login",
      ["/\\user:secret@portal.example/login"] = "//portal.example/login",
      ["http:\\\\user:secret@portal.example/login"] = "http://portal.example/login",
      ["user:secret@portal.example/login"] = "***@portal.example/login",
      ["/user:secret@portal.example/login"] = "***@portal.example/login",
      ["//user:sec/ret@portal.example/login"] = "***@portal.example/login",
      ["user:sec@ret@portal.example/login"] = "***@portal.example/login",
      ["//user:secret?@portal.example/login"] = "***",
      ["https://user:secret#x@portal.example/login"] = "***",
      ["https://user:80/secret@portal.example/login"] = "https://user/***@portal.example/login",
      ["//user:secret@por tal/login#secret"] = "***@por tal/login",
    }
    for location, shown in pairs(cases) do
      local err = get { status = 302, headers = { location = location } }
      assert.equal("protocol", err.kind)
      assert.equal(shown, err.location)
      assert.is_truthy(err.message:find("redirects to " .. shown, 1, true))
      assert.is_nil(tostring(err):find "secret")
    end
  end)

  it("with 304 is not a redirect", function()
    local err = get { status = 304, body = "" }
    assert.is_nil(err.location)
    assert.matches("304", err.message)
    assert.not_matches("redirect", err.message)
  end)

  it("with 403 and no JSON has a hint that a gateway may have sent it", function()
    local err = get { status = 403, body = "<html>", content_type = "text/html" }
    assert.equal("auth", err.kind)
    assert.matches("^a gateway or firewall", err.hint)
    err = get { status = 403, body = '{"message":"no"}' }
    assert.matches("^check api_key", err.hint)
  end)

  it("with 429 rounds a fractional Retry-After up", function()
    local err = get { status = 429, headers = { ["retry-after"] = "299.997" } }
    assert.equal(300, err.retry_after)
    assert.equal(1, #err.attempts)
  end)
end)
