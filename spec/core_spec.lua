-- The functions of the core outside its objects.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local interpreter = require "spec.support.interpreter"
local process = require "process"

--- The file of a C module.
local function library(module)
  for template in package.cpath:gmatch "[^;]+" do
    local path = template:gsub("%?", (module:gsub("%.", "/")))
    local file = io.open(path, "rb")
    if file then
      file:close()
      return path
    end
  end
end

--- The writable variables of a library, without the C compiler's own.
local function variables(path)
  local names = {}
  local pipe = io.popen("objdump -t '" .. path .. "' 2>/dev/null")
  for line in pipe:lines() do
    local name = line:match " O %.t?bss%s+%x+%s+(%a[%w_]*)" or line:match " O %.t?data%s+%x+%s+(%a[%w_]*)"
    if name and name ~= "completed" then
      names[#names + 1] = name
    end
  end
  pipe:close()
  table.sort(names)
  return names
end

--- Whether random numbers are spread over 0 to 1, without repetition.
local SPREAD = [[
local function spread(random)
  local met, low, high = {}, 0, 0
  for _ = 1, 1000 do
    local number = random()
    assert(number >= 0 and number < 1 and not met[number], number)
    met[number] = true
    low, high = low + (number < 0.25 and 1 or 0), high + (number >= 0.75 and 1 or 0)
  end
  return low > 150 and low < 350 and high > 150 and high < 350
end
]]

describe("the core", function()
  it("has no variables that Lua states share, except those that a process needs once", function()
    local names = variables(library "sigmamind.core")
    if #names == 0 then
      return pending "objdump is not installed, or the library is stripped"
    end
    assert.same({ "once" }, names)
    assert.same({ "ending", "interrupted" }, variables(library "sigmamind.console"))
  end)
end)

describe("core.random", function()
  it("returns numbers from 0 to below 1 without repetition", function()
    local spread = assert((loadstring or load)(SPREAD .. "return spread"))()
    assert.is_true(spread(core.random))
  end)

  it("returns them also when getrandom and then files fail, because a retry must not raise", function()
    local output = interpreter.run(([[-e '
      local core, process = require "sigmamind.core", require "process"
      %s
      if not process.without_getrandom() then
        return print "no filter"
      end
      print(spread(core.random), process.without_files(function()
        return io.open("/dev/urandom"), spread(core.random)
      end))
    ']]):format(SPREAD))
    if output == "no filter\n" then
      return pending "system calls cannot be filtered here"
    end
    assert.matches("^true%s+nil%s+true\n$", output)
  end)
end)

describe("core.url", function()
  it("returns only the parts that a URL has", function()
    assert.same({
      scheme = "https", user = "u", password = "p", host = "h", port = "8443", path = "/a/b", query = "q=1", fragment = "f",
    }, core.url "https://u:p@h:8443/a/b?q=1#f")
    assert.same({ scheme = "foo", host = "h", path = "/" }, core.url "foo://h")
  end)

  it("returns the scheme's port when the URL has none", function()
    for url, port in pairs {
      ["https://h/"] = "443", ["http://h/"] = "80", ["https://h"] = "443", ["HTTP://h"] = "80", ["https://h:/"] = "443",
      ["https://h:80/"] = "80", ["http://[::1]/"] = "80", ["http://h:1"] = "1", ["http://h:65535"] = "65535",
    } do
      assert.equal(port, core.url(url).port)
    end
  end)

  it("returns nil and kind 'config' for an invalid URL", function()
    for _, text in ipairs { "", "h", "https://", "https://h:65536", "https://h:x", "https://a b", "https://h\0/" } do
      local parts, message, kind = core.url(text)
      assert.is_nil(parts)
      assert.equal("not a URL", message)
      assert.equal("config", kind)
    end
    assert.error_matches(function() core.url() end, "string expected")
  end)
end)

describe("core.process", function()
  it("returns the process id, which is another one in a forked process", function()
    local own = core.process()
    assert.is_true(own > 1 and own % 1 == 0)
    assert.equal(own, core.process())
    local child = process.fork()
    if child == 0 then
      process.exit(core.process() ~= own)
    end
    assert.equal(0, process.wait(child))
    local shell = io.popen "echo $PPID"
    assert.equal(own, shell:read "*n")
    shell:close()
  end)
end)

describe("core.http_date", function()
  it("reads the three forms of a date in HTTP", function()
    for _, text in ipairs {
      "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    } do
      assert.equal(784111777, core.http_date(text))
    end
  end)

  it("reads dates on both sides of 1970, and beyond 32 bits", function()
    assert.equal(1, core.http_date "Thu, 01 Jan 1970 00:00:01 GMT")
    assert.equal(0, core.http_date "Thu, 01 Jan 1970 00:00:00 GMT")
    assert.equal(-2, core.http_date "Wed, 31 Dec 1969 23:59:58 GMT")
    assert.equal(-86400, core.http_date "Wed, 31 Dec 1969 00:00:00 GMT")
    assert.equal(2147483647, core.http_date "Tue, 19 Jan 2038 03:14:07 GMT")
    assert.equal(2147483648, core.http_date "Tue, 19 Jan 2038 03:14:08 GMT")
    assert.equal(4294967296, core.http_date "Sun, 07 Feb 2106 06:28:16 GMT")
  end)

  it("returns nil for an invalid date", function()
    for _, text in ipairs { "", "soon", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT" } do
      assert.is_nil(core.http_date(text))
    end
  end)
end)

describe("core.file_stamp", function()
  it("differs when an open file was changed, and is nil for what is none", function()
    local name = os.tmpname()
    local file, other = assert(io.open(name, "r+b")), assert(io.open(name, "r+b"))
    local before = core.file_stamp(file)
    assert.equal(before, core.file_stamp(other))
    require("socket").sleep(0.02) -- its time has a resolution
    other:write "a"
    other:flush()
    local grown = core.file_stamp(file)
    assert.not_equal(before, grown)
    require("socket").sleep(0.02)
    other:seek("set", 0)
    other:write "b"
    other:close()
    assert.not_equal(grown, core.file_stamp(file))
    assert.is_nil(core.file_stamp(other))
    assert.is_nil(core.file_stamp {})
    file:close()
    os.remove(name)
  end)
end)

describe("core.is_file", function()
  it("returns true for a regular file only", function()
    assert.is_true(core.is_file "README.md")
    assert.is_false(core.is_file "spec")
    assert.is_false(core.is_file "/dev/null")
    assert.is_false(core.is_file "spec/nosuch")
  end)
end)

describe("seen:add", function()
  it("returns whether a text is new, of any bytes and in any number", function()
    local seen = core.seen()
    for _, text in ipairs { "", "a", "a\0", "a\0b", "+14155550100" } do
      assert.same({ true, false }, { seen:add(text), seen:add(text) })
    end
    for i = 1, 5000 do
      assert.is_true(seen:add("x" .. i))
    end
    for i = 1, 5000 do
      assert.is_false(seen:add("x" .. i))
    end
    seen:close()
  end)

  it("knows at least the last max texts", function()
    local seen = core.seen(2)
    for i = 1, 5 do
      assert.is_true(seen:add("x" .. i))
    end
    assert.same({ false, false, true }, { seen:add "x5", seen:add "x4", seen:add "x1" })
  end)

  it("raises for a closed set, another value and another self", function()
    local seen = core.seen()
    assert.error_matches(function() seen:add(1) end, "string expected")
    assert.error_matches(function() seen:add() end, "string expected")
    assert.error_matches(function() seen.add "x" end, "seen.add must be called with a colon: seen:add")
    seen:close()
    assert.error_matches(function() seen:add "x" end, "seen is closed")
  end)
end)

describe("core.sha256", function()
  it("is that of FIPS 180-4, by NIST's examples and at each boundary of its blocks", function()
    for text, digest in pairs {
      [""] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      ["abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"]
        = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
      [("a"):rep(1000000)] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    } do
      assert.equal(digest, core.sha256(text))
    end
    local all = {}
    for length = 0, 300 do
      all[#all + 1] = core.sha256(("\0\255x"):rep(100):sub(1, length))
    end
    assert.equal("da6c87b6de2d4f1bd0cc1de524ae7bcf2cfc518b21675488c3b37e92ef7807b3", core.sha256(table.concat(all)))
  end)
end)

describe("core.digest", function()
  -- saved tokens contain digests: a release with another digest would refuse them
  local DIGESTS = {
    { "", "27e68ad78208e7f8" },
    { "x", "bfc701f97d5777a1" },
    { "a", "525e95b23ec5d8fa" },
    { "a\0", "3de640f48628f587" },
    { "1234567", "f9544ca4d41e52e0" },
    { "12345678", "7b3494a2ca248cfb" },
    { "123456789", "2a2aeeab240fe1ec" },
    { "0123456789abcdef", "14bdfdd1820ddffd" },
    { "0123456789abcdefg", "3532488f61e196c9" },
    { "camp_XiQEBcj9cc5TFRB4", "e0f2d0005cf4c84a" },
    { "\"camp_XiQEBcj9cc5TFRB4\"", "e76629d68690a237" },
    { "\255\254\253\252\251\250\249\248", "5f88987386a511f4" },
  }

  it("is the same in every release", function()
    for _, case in ipairs(DIGESTS) do
      assert.equal(case[2], core.digest(case[1]))
    end
    local page = assert(decoding.page('{"data":[{"id":"a"},{"id":7},{}]}', core.query { key = "id" }))
    assert.equal("6f387731d7569103", page:info().ids)
    page:next()
    assert.same({ 1, "2f530bc435cf6b2e", 0 }, { page:position() })
  end)

  it("differs when one byte differs, at every position and in every length", function()
    local met = {}
    local function note(text)
      local digest = core.digest(text)
      assert.matches("^%x+$", digest)
      assert.equal(16, #digest)
      assert.is_nil(met[digest], text)
      met[digest] = text
    end
    for length = 0, 40 do
      note(("a"):rep(length))
      note(("\0"):rep(length + 2))
      for place = 1, length do
        note(("a"):rep(place - 1) .. "b" .. ("a"):rep(length - place))
        note(("a"):rep(place - 1) .. "\0" .. ("a"):rep(length - place))
      end
    end
  end)
end)

describe("the core refuses an unknown name among the options of", function()
  local session = core.session()
  local cases = {
    ["session"] = function() core.session { max_bodi = 1 } end,
    ["decoder"] = function() core.decoder { nul = 1 } end,
    ["encode"] = function() core.encode({}, { nul = 1 }) end,
    ["a request"] = function() session:start { url = "http://127.0.0.1:1/", metod = "GET" } end,
    ["a part of a form"] = function()
      session:start { url = "http://127.0.0.1:1/", form = { { name = "a", data = "", fliename = "b" } } }
    end,
  }
  for what, call in pairs(cases) do
    it(what, function()
      assert.error_matches(call, "unknown [%a ]+ '[%a_]+'")
    end)
  end
end)
