-- multipart/form-data bodies (RFC 7578), whose files are streamed from the disk.

local core = require "sigmamind.core"
local scratch = require "spec.support.scratch"
local scripted = require "spec.support.scripted"

local place, other, session

before_each(function()
  place = scratch.open()
  other = scripted.open(function(client)
    client:send "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
  end)
  session = core.session()
end)

after_each(function()
  session:close()
  other:close()
  place:remove()
end)

local function file_of(text)
  place:write("contacts.csv", text)
  return assert(io.open(place.directory .. "/contacts.csv", "rb"))
end

--- Sends the form. Returns the transfer and the request that arrived.
local function send(form, fields)
  local request = { url = other.url .. "/v1/campaigns", form = form, timeout = 10, exclusive = true }
  for name, value in pairs(fields or {}) do
    request[name] = value
  end
  local transfer = other:finish(session, session:start(request))
  return transfer, other.requests[#other.requests]
end

describe("session:start, a form", function()
  it("is posted with its length, and without chunks", function()
    local transfer, request = send { { name = "campaignName", data = "Spring" } }
    assert.equal(201, transfer:status())
    assert.equal("POST", request.method)
    assert.matches("[Cc]ontent%-[Ll]ength: " .. #request.body .. "\r\n", request.head)
    assert.is_nil(request.head:lower():find "transfer%-encoding")
    assert.matches('[Cc]ontent%-[Dd]isposition: form%-data; name="campaignName"\r\n\r\nSpring\r\n', request.body)
  end)

  it("streams the bytes of a file, with its name and its type", function()
    local text = ("+15551234567,Ann\r\n"):rep(20000) .. "\0\1\255"
    local file = file_of(text)
    local _, request = send {
      { name = "campaignName", data = "Spring" },
      { name = "file", file = file, filename = "contacts.csv", type = "text/csv" },
    }
    file:close()
    assert.is_truthy(request.body:find(text, 1, true))
    assert.matches('name="file"; filename="contacts.csv"\r\n[Cc]ontent%-[Tt]ype: text/csv\r\n\r\n', request.body)
    assert.matches("[Cc]ontent%-[Ll]ength: " .. #request.body .. "\r\n", request.head)
  end)

  it("reads a file from its beginning, wherever its handle stands, and leaves it there", function()
    local file = file_of "phone\n+15551234567\n"
    assert.equal("phone", file:read())
    local before = file:seek()
    local _, request = send { { name = "file", file = file } }
    assert.matches("\r\n\r\nphone\n%+15551234567\n\r\n", request.body)
    assert.equal(before, file:seek())
    file:close()
  end)

  it("goes on with a file whose handle was closed or whose name is gone", function()
    local file = file_of "phone\n+15551234567\n"
    local transfer = session:start { url = other.url, form = { { name = "file", file = file } }, timeout = 10 }
    file:close()
    os.remove(place.directory .. "/contacts.csv")
    other:finish(session, transfer)
    assert.matches("phone\n%+15551234567\n", other.requests[1].body)
  end)

  it("fails where the file became shorter meanwhile, and adds nothing to one that grew", function()
    local file = file_of(("x"):rep(500000))
    local transfer = session:start { url = other.url, form = { { name = "file", file = file } }, timeout = 10 }
    file_of "short":close()
    other:finish(session, transfer)
    assert.equal("config", transfer:failure().kind)
    assert.equal("file", transfer:failure().cause)
    assert.same({}, other.requests)
    file:close()
    file = file_of "phone"
    transfer = session:start { url = other.url, form = { { name = "file", file = file } }, timeout = 10 }
    file_of "phone, and more":close()
    other:finish(session, transfer)
    assert.matches("\r\n\r\nphone\r\n", other.requests[1].body)
    file:close()
  end)

  it("keeps no descriptor of a file, however the transfer ends", function()
    local file = file_of "phone"
    local function assert_closed() -- but for the handle's own
      local count
      for _ = 1, 5 do
        collectgarbage()
        local pipe = io.popen "ls -l /proc/$PPID/fd | grep -c contacts.csv"
        count = pipe:read "*n"
        pipe:close()
      end
      assert.equal(1, count)
    end
    send { { name = "file", file = file } }
    assert_closed()
    local transfer = session:start { url = other.url, form = { { name = "file", file = file } }, timeout = 10 }
    transfer:cancel()
    assert_closed()
    assert.is_false((pcall(session.start, session, {
      url = other.url, form = { { name = "file", file = file }, { name = "file", file = "none" } },
    })))
    assert_closed()
    file:close()
  end)

  it("does not read a file into memory", function()
    local function resident() -- KiB
      local status = assert(io.open "/proc/self/status")
      local size = tonumber(status:read("*a"):match "VmRSS:%s*(%d+)")
      status:close()
      return size
    end
    local file = file_of ""
    file:close()
    file = assert(io.open(place.directory .. "/contacts.csv", "r+b"))
    file:seek("set", 200 * 1024 * 1024)
    file:write "."
    file:flush()
    local before = resident()
    local transfer = session:start { url = other.url, form = { { name = "file", file = file } }, timeout = 10 }
    other.act = function() end
    for _ = 1, 20 do -- as much as the server's and the client's sockets take
      session:poll(0.01)
    end
    assert.is_true(resident() - before < 50 * 1024)
    transfer:cancel()
    file:close()
  end)

  it("sends an empty file", function()
    local file = file_of ""
    local transfer, request = send { { name = "file", file = file, filename = "none.csv" } }
    file:close()
    assert.equal(201, transfer:status())
    assert.matches('filename="none.csv"\r\n\r\n\r\n%-%-', request.body)
  end)

  it("sends no header of libcurl's own that is false, and an empty one that is empty", function()
    local file = file_of(("x"):rep(2 * 1024 * 1024)) -- libcurl would send Expect
    local _, request = send({ { name = "file", file = file } }, { headers = { Expect = false, ["X-Empty"] = "" } })
    file:close()
    assert.is_nil(request.head:find "Expect")
    assert.matches("\r\nX%-Empty:%s?\r\n", request.head)
  end)

  it("is refused where it is none", function()
    local function refuses(message, request)
      request.url = other.url
      local ok, said = pcall(session.start, session, request)
      assert.is_false(ok)
      assert.matches(message, said)
    end
    local file = file_of ""
    file:close()
    refuses("form must be a list of parts", { form = "text" })
    refuses("form must be a list of parts", { form = { "text" } })
    refuses("a part of a form must have a name", { form = { { data = "x" } } })
    refuses("must have data, a string, or file, an open file", { form = { { name = "x" } } })
    refuses("must have data, a string, or file, an open file", { form = { { name = "x", file = file } } })
    refuses("must have data, a string, or file, an open file", { form = { { name = "x", file = "path" } } })
    refuses("must have data, a string, or file, an open file", { form = { { name = "x", file = io.stdout, data = "" } } })
    refuses("name must be a string", { form = { { name = {}, data = "x" } } })
    for _, field in ipairs { "name", "filename", "type" } do
      for _, value in ipairs { "a\r\nb", "a\0b", "a\127" } do
        local part = { name = "x", data = "x" }
        part[field] = value
        refuses(field .. " of a part must not hold control characters", { form = { part } })
      end
    end
    refuses("a request has a body or a form", { form = {}, body = "x" })
    local pipe = io.popen "true"
    local transfer, _, kind, cause = session:start { url = other.url, form = { { name = "x", file = pipe } } }
    assert.same({ "config", "file" }, { kind, cause })
    assert.is_nil(transfer)
    pipe:close()
  end)
end)
