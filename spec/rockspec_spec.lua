-- What the rockspec installs is what there is.

describe("the rockspec", function()
  it("installs every file of the Lua layer under its name, and nothing else", function()
    local rockspec = {}
    local chunk = assert(loadfile("sigmamind-scm-1.rockspec", "t", rockspec))
    if setfenv then
      setfenv(chunk, rockspec)
    end
    chunk()
    local expected = {}
    local pipe = io.popen "find lua -name '*.lua'"
    for path in pipe:lines() do
      expected[path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/", ".")] = path
    end
    pipe:close()
    assert.same(expected, rockspec.build.install.lua)
  end)
end)
