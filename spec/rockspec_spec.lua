-- Each rock installs its tree, and has the version of the library.

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

--- The modules of a tree, by their names.
local function modules_in(tree)
  local modules = {}
  local pipe = io.popen(("find %s -name '*.lua'"):format(tree))
  for path in pipe:lines() do
    modules[path:sub(#tree + 2):gsub("%.lua$", ""):gsub("/", ".")] = path
  end
  pipe:close()
  return modules
end

--- The tree of each rock's Lua modules.
local TREES = { ["sigmamind"] = "lua", ["sigmamind-cli"] = "cli/lua", ["sigmamind-sandbox"] = "sandbox/lua" }

for rock, tree in pairs(TREES) do
  describe("the rockspecs of " .. rock, function()
    local scm = read(rock .. "-scm-1.rockspec")
    local release = read(("%s-%s-1.rockspec"):format(rock, VERSION))

    it("install every module of their tree under its name, and nothing else", function()
      assert.same(modules_in(tree), scm.build.modules or scm.build.install.lua)
    end)

    it("require the client of the same version, except the client's own", function()
      local expected = rock ~= "sigmamind" and "sigmamind == " or nil
      for _, rockspec in ipairs { scm, release } do
        local found
        for _, dependency in ipairs(rockspec.dependencies) do
          found = found or dependency:match "^sigmamind.*"
        end
        assert.equal(expected and expected .. rockspec.version, found)
      end
    end)

    it("differ only in the version, the tag and the client's version", function()
      assert.equal(rock, scm.package)
      assert.equal("scm-1", scm.version)
      assert.is_nil(scm.source.tag)
      assert.equal(VERSION .. "-1", release.version)
      assert.equal("v" .. VERSION, release.source.tag)
      scm.version, scm.source.tag = release.version, release.source.tag
      for i, dependency in ipairs(scm.dependencies) do
        scm.dependencies[i] = dependency:gsub("scm%-1", release.version)
      end
      assert.same(scm, release)
    end)
  end)
end

describe("the Debian package of the client", function()
  it("has every folder of the client, and none of the other trees", function()
    local expected, installed = { ["*.lua"] = true }, {}
    local pipe = io.popen "find lua/sigmamind -mindepth 1 -maxdepth 1 -type d"
    for path in pipe:lines() do
      expected[path:match "[^/]+$"] = true
    end
    pipe:close()
    for line in io.lines "packaging/debian/lua-sigmamind.install" do
      local name = line:match "^usr/share/lua/%*/sigmamind/(.+)$"
      installed[name or "*.lua"] = true
    end
    assert.same(expected, installed)
  end)
end)

describe("the version", function()
  it("is the same in every package", function()
    assert.equal(VERSION, first_match("packaging/debian/changelog", "^%S+ %(([^)]+)%)"))
    assert.equal(VERSION, first_match("doc/reference.md", 'The version, as `"([%d.]+)"`'))
  end)
end)
