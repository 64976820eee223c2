-- The faults of a request, and the required result of a walk: every fault at the first, a middle and the
-- last page, with and without prefetch, once and permanently.

local recorder = require "spec.support.recorder"

local matrix = {}

local CAMPAIGNS, SIZE = 40, 10

--- The pages with a fault.
matrix.places = { first = 0, middle = 2, last = 3 }
matrix.place_names = { "first", "middle", "last" }

local OK = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
local CHUNKED = OK .. "transfer-encoding: chunked\r\n\r\n"
local SHORT = 0.25 -- seconds, the time limit when the fault is silence

--- Each has a name, the fault for the sandbox, and
---   kind    of the error when the fault lasts; nil: the walk returns all rows
---   final   whether it is an error also when it happens once; else the next attempt succeeds
---   shared  whether it may hit other requests of the client: then another page may fail
---   over    "https": over TLS and HTTP/2; else plain HTTP/1.1
---   limit   the time limit of a request
local list = {}

local function add(name, kind, fault, more)
  local entry = { name = name, kind = kind, fault = fault }
  for field, value in pairs(more or {}) do
    entry[field] = value
  end
  list[#list + 1] = entry
end

local FINAL = { final = true }
local SILENT = { limit = SHORT }
local TLS = { over = "https" }

-- == The connection ===================================================================

add("refused", "network", { refuse = 0.4 }, { final = true, shared = true })
add("reset before the status line", "network", { reset = true })
add("closed before the status line", "network", { raw = "" })
add("reset within the status line", "network", { raw = "HTTP/1.1 2", reset = true })
add("closed within the status line", "network", { raw = "HTTP/1.1 2" })
add("reset within the headers", "network", { raw = OK .. "x-a: ", reset = true })
add("closed within the headers", "network", { raw = OK .. "x-a: " })
add("reset within the body, length known", "network", { cut = 500, reset = true })
add("reset within the body, chunked", "network", { chunked_cut = 500, reset = true })
add("closed within the body, length known", "network", { cut = 500 })
add("closed within the body, chunked", "network", { chunked_cut = 500 })
add("closed after the headers", "network", { cut = 0 })
add("closed within the body, no length", "decode", { raw = OK .. '\r\n{"data":[{"campaignId":"c' }, FINAL)
add("closed after the reply, unannounced", nil, { hang_up = true })
add("later connections are reset", "network", { afterwards = "reset" }, { shared = true })
add("later connections are closed", "network", { afterwards = "close" }, { shared = true })
add("later connections are silent", "timeout", { afterwards = "silence" }, { shared = true, limit = SHORT })
add("later connections give garbage", "protocol", { afterwards = "garbage" }, { shared = true, final = true })

-- == Time =============================================================================

add("silence after the request", "timeout", { silent = true }, SILENT)
add("silence within the status line", "timeout", { raw = "HTTP/1.1 2", silent = true }, SILENT)
add("silence within the headers", "timeout", { raw = OK .. "x-a: ", silent = true }, SILENT)
add("silence within the body", "timeout", { cut = 500, silent = true }, SILENT)
add("silence within a chunk", "timeout", { raw = CHUNKED .. "ff\r\n{", silent = true }, SILENT)
add("a byte at a time", "timeout", { drip = 0.05 }, SILENT)
add("a length larger than the body", "timeout", { raw = OK .. "content-length: 9\r\n\r\n{}", silent = true }, SILENT)

-- == HTTP =============================================================================

add("garbage", "protocol", { raw = "\1\2\3\127 what is this\r\n\r\n" }, FINAL)
add("another protocol's greeting", "protocol", { raw = "SSH-2.0-OpenSSH_9.2\r\n" }, FINAL)
add("HTTP/0.9", "protocol", { raw = '{"data":[]}' }, FINAL)
add("a status line without a number", "protocol", { raw = "HTTP/1.1 OK\r\n\r\n" }, FINAL)
add("endless headers", "protocol", { raw = OK, endless = "x-a: " .. ("b"):rep(1000) .. "\r\n" }, FINAL)
add("an endless header", "too_large", { raw = OK .. "x-a: ", endless = ("b"):rep(1000) }, FINAL)
add("an endless body, no length", "too_large", { raw = OK .. "\r\n", endless = (" "):rep(4096) }, FINAL)
add("an endless body, chunked", "too_large", { raw = CHUNKED, endless = "400\r\n" .. (" "):rep(1024) .. "\r\n" }, FINAL)
add("a huge length", "too_large", { raw = OK .. "content-length: 99999999999\r\n\r\n{}" }, FINAL)
add("a length smaller than the body", "decode", { raw = OK .. 'content-length: 5\r\n\r\n{"data":[]}' }, FINAL)
add("a length that is not a number", "protocol", { raw = OK .. "content-length: many\r\n\r\n{}" }, FINAL)
add("a negative length", "protocol", { raw = OK .. "content-length: -5\r\n\r\n{}" }, FINAL)
add("a chunk size that is not a number", "network", { raw = CHUNKED .. "size\r\n{}\r\n0\r\n\r\n" })
add("a chunk size beyond 64 bits", "network", { raw = CHUNKED .. ("f"):rep(40) .. "\r\n{}" })
add("a chunk without an end", "network", { raw = CHUNKED .. "2\r\n{}oops" })
add("a wrong content type", nil, { content_type = "text/plain" })
add("a null byte in a header", "protocol", { raw = OK .. "x-a: \0\r\n\r\n{}" }, FINAL)

-- == Content ==========================================================================

add("HTML with 200", "decode", { body = "<html>Hello</html>", content_type = "text/html" }, FINAL)
add("an empty body with 200", "decode", { body = "" }, FINAL)
add("204", "decode", { status = 204, body = "" }, FINAL)
add("invalid JSON at the start", "decode", { body = '}{"data":[]}' }, FINAL)
add("invalid JSON in a row", "decode", { body = '{"data":[{"campaignId":01}],"hasNext":false}' }, FINAL)
add("invalid JSON at the end", "decode", { body = '{"data":[],"hasNext":false}}' }, FINAL)
add("a row cut off", "decode", { truncate = 700, headers = { ["content-encoding"] = "identity" } }, FINAL)
add("a byte order mark", "decode", { body = '\239\187\191{"data":[]}' }, FINAL)
add("a control character in a string", "decode", { body = '{"data":[{"campaignId":"a\1"}]}' }, FINAL)
add("nesting without end", "decode", { body = ("["):rep(100000) }, FINAL)
add("an array", "protocol", { body = "[]" }, FINAL)
add("an object without data", "protocol", { body = '{"ok":true}' }, FINAL)
add("data that is an object", "protocol", { body = '{"data":{},"hasNext":false}' }, FINAL)
add("data of strings", "protocol", { body = '{"data":["a"],"hasNext":false}' }, FINAL)
add("another page's number", "protocol", { body = '{"data":[],"page":77,"hasNext":false}' })
add("a wrapper without hasNext and totalPages", "protocol", { body = '{"data":[]}' }, FINAL)
add("a gzip bomb", "too_large", { bomb = 64 }, FINAL)
add("broken gzip", "protocol", { body = "not gzip", headers = { ["content-encoding"] = "gzip" } }, FINAL)
add("gzip cut off", "decode", { truncate = 200 }, FINAL)
add("an unknown encoding", "protocol", { headers = { ["content-encoding"] = "zebra" } }, FINAL)

-- == Statuses =========================================================================

for _, status in ipairs { 301, 302, 307, 308 } do
  local elsewhere = status % 2 == 1 and "http://127.0.0.1:9/" or "/v1/campaigns"
  add(status .. " to " .. elsewhere, "protocol", { status = status, headers = { location = elsewhere } }, FINAL)
end
add("304", "protocol", { status = 304, body = "" }, FINAL)
for _, status in ipairs { 400, 404, 405, 409, 413, 422, 501 } do
  add(tostring(status), "http", { status = status }, FINAL)
end
for _, status in ipairs { 401, 403 } do
  add(tostring(status), "auth", { status = status }, FINAL)
end
for _, status in ipairs { 408, 500, 502, 503, 504 } do
  add(tostring(status), "http", { status = status })
end
add("503 with HTML", "http", { status = 503, body = "<html>", content_type = "text/html" })
add("429", "rate_limit", { status = 429 })

local function retry_after(name, value, more)
  add("429, Retry-After: " .. name, "rate_limit", { status = 429, headers = { ["retry-after"] = value } }, more)
end

retry_after("0", "0")
retry_after("2", "2")
retry_after("a date that has passed", "Sun, 06 Nov 1994 08:49:37 GMT")
retry_after("an RFC 850 date that has passed", "Sunday, 06-Nov-94 08:49:37 GMT")
retry_after("a negative number", "-5")
retry_after("a word", "soon")
retry_after("nothing", "")
retry_after("a day", "86400", FINAL)
retry_after("beyond any number", ("9"):rep(400), FINAL)
retry_after("a date in a thousand years", "Fri, 31 Dec 3025 23:59:59 GMT", FINAL)

-- == TLS and HTTP/2 ===================================================================

for _, certificate in ipairs { "expired", "self_signed", "wrong_host" } do
  local more = { over = "https", final = true, shared = true }
  add("a certificate: " .. certificate, "tls", { afterwards = certificate }, more)
end
for mood, kind in pairs { reset = "network", close = "network", garbage = "network" } do
  add("no TLS handshake: " .. mood, kind, { afterwards = mood }, { over = "https", shared = true })
end
add("no TLS handshake: silence", "timeout", { afterwards = "silence" }, { over = "https", shared = true, limit = SHORT })
add("HTTP/2: RST_STREAM", "network", { reset = true }, TLS)
add("HTTP/2: RST_STREAM within the body", "network", { cut = 500 }, TLS)
add("HTTP/2: GOAWAY", "network", { go_away = true }, { over = "https", shared = true })
add("HTTP/2: silence", "timeout", { silent = true }, { over = "https", limit = SHORT })
add("HTTP/2: 503", "http", { status = 503 }, TLS)

matrix.faults = list

-- == Walks ============================================================================

local function copy(table)
  local copied = {}
  for name, value in pairs(table) do
    copied[name] = value
  end
  return copied
end

--- The fault for the sandbox: at this page, once or permanently.
local function script(entry, page, lasting)
  local fault = copy(entry.fault)
  fault.page = page
  fault.times = lasting and -1 or 1
  if fault.afterwards then
    fault.times = 1
    fault.connections = lasting and -1 or 1
  end
  return fault
end

local function new_client(sandbox, entry)
  return sandbox:client {
    base_url = entry.over == "https" and sandbox.https_url or sandbox.url,
    ca_file = sandbox.ca_file,
    runtime = recorder(),
    timeout = entry.limit or 20,
    connect_timeout = entry.limit or 5,
    stall_timeout = false,
    max_body = 2 ^ 20,
  }
end

--- Walks to the end or an error. Returns the error and the token; appends the ids to `ids`.
local function walk(sandbox, entry, options, ids)
  local client = new_client(sandbox, entry)
  local stream = client:campaigns(options)
  local ok, err = stream:each(function(row)
    ids[#ids + 1] = row.campaignId
  end)
  local token = stream:token()
  client:close()
  return not ok and err or nil, token
end

--- The fault of a walk that should have ended with `kind`; nil if none.
local function complaint(entry, kind, page, ids, err)
  local delivered = #ids / SIZE
  if err and err.kind ~= kind then
    return ("ended with %s"):format(tostring(err))
  elseif not err and kind then
    return "ended well"
  elseif err and (entry.shared and delivered % 1 ~= 0 or not entry.shared and delivered ~= page) then
    return ("failed after %d rows, at page %d"):format(#ids, page)
  end
end

local function same(expected, ids)
  if #expected ~= #ids then
    return false
  end
  for i, id in ipairs(expected) do
    if ids[i] ~= id then
      return false
    end
  end
  return true
end

--- Sets the sandbox's list; to be called once.
function matrix.prepare(sandbox)
  sandbox:list(CAMPAIGNS)
  matrix.ids = sandbox:ids()
end

--- Runs a walk with a fault, and the walk that resumes it. Returns the number of rows before the fault, the
--- kind of the error or nil, and the violation or nil.
function matrix.run(sandbox, entry, place, prefetch, lasting)
  local page, ids = matrix.places[place], {}
  sandbox:faults(script(entry, page, lasting))
  local err, token = walk(sandbox, entry, { size = SIZE, prefetch = prefetch }, ids)
  local rows = #ids
  local kind = (lasting or entry.final) and entry.kind or nil
  local wrong = complaint(entry, kind, page, ids, err)
  sandbox:clear()
  if err then
    local later = walk(sandbox, entry, { size = SIZE, prefetch = prefetch, resume = token }, ids)
    wrong = wrong or later and ("resumed, ended with %s"):format(tostring(later))
  end
  if not wrong and not same(matrix.ids, ids) then
    wrong = ("%d rows of %d, or in another order"):format(#ids, #matrix.ids)
  end
  return rows, err and err.kind, wrong
end

return matrix
