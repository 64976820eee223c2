-- Where things are: a spec is found from the file that it specifies.

local function read(name)
  local file = assert(io.open(name))
  local text = file:read "*a"
  file:close()
  return text
end

local function exists(name)
  local file = io.open(name)
  return file ~= nil and file:close()
end

--- By file or folder, the names of the specs in the table of CONTRIBUTING.md.
local function named_specs()
  local specs = {}
  for files, names in read "CONTRIBUTING.md":gmatch "\n| `([^`]+)` | `([^`]+)` |" do
    for file in files:gmatch "%S+" do
      specs[file] = names
    end
  end
  return specs
end

describe("the specs", function()
  it("have one for each file, by its name or in CONTRIBUTING.md", function()
    local named, used = named_specs(), {}
    local pipe = io.popen "ls src/*.c cli/src/*.c lua/sigmamind/*.lua lua/sigmamind/*/*.lua cli/lua/sigmamind/cli/*.lua \
      sandbox/lua/sigmamind/sandbox/*.lua"
    for file in pipe:lines() do
      local folder, name = file:match "^(.*/)([^/]+)%.%a+$"
      local key = named[file] and file or named[folder] and folder
      assert(key or exists("spec/" .. name .. "_spec.lua"), file .. " has no spec, and CONTRIBUTING.md names none")
      used[key or ""] = true
    end
    pipe:close()
    for file, names in pairs(named) do
      assert(used[file], "CONTRIBUTING.md names " .. file .. ", which is not there")
      for name in names:gmatch "%S+" do
        assert(exists("spec/" .. name .. "_spec.lua"), "there is no spec " .. name)
      end
    end
  end)

  it("have lists of changes that fit the files", function()
    local pipe = io.popen "lua5.4 torture/mutate.lua check 2>&1; echo status=$?"
    local output = pipe:read "*a"
    pipe:close()
    assert.matches("^status=0\n$", output)
  end)
end)
