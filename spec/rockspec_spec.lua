-- What the rockspecs install is what there is, and each version is the library's.

local VERSION = require("sigmamind.core").version().sigmamind

local function read(path)
  local rockspec = {}
  local chunk = assert(loadfile(path, "t", rockspec))
  if setfenv then
    setfenv(chunk, rockspec)
  end
  chunk()
  return rockspec
end

local function first_match(path, pattern)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text:match(pattern)
end

describe("the rockspecs", function()
  local scm = read "sigmamind-scm-1.rockspec"
  local release = read(("sigmamind-%s-1.rockspec"):format(VERSION))

  it("install every file of the Lua layer under its name, and nothing else", function()
    local expected = {}
    local pipe = io.popen "find lua -name '*.lua'"
    for path in pipe:lines() do
      expected[path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/", ".")] = path
    end
    pipe:close()
    assert.same(expected, scm.build.install.lua)
  end)

  it("differ in the version and in the tag alone", function()
    assert.equal("scm-1", scm.version)
    assert.is_nil(scm.source.tag)
    assert.equal(VERSION .. "-1", release.version)
    assert.equal("v" .. VERSION, release.source.tag)
    scm.version, scm.source.tag = release.version, release.source.tag
    assert.same(scm, release)
  end)
end)

describe("the version", function()
  it("is the same in every package", function()
    assert.equal(VERSION, first_match("dist.ini", "\nversion = (%S+)\n"))
    assert.equal(VERSION, first_match("packaging/debian/changelog", "^%S+ %(([^)]+)%)"))
  end)
end)
