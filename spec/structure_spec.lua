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

--- The files that a cell of the table names: several, some with their names in braces.
local function files_in(cell)
  local files = {}
  for part in cell:gmatch "%S+" do
    local before, names, after = part:match "^(.*){(.*)}(.*)$"
    for name in (names or ""):gmatch "[^,]+" do
      files[#files + 1] = before .. name .. after
    end
    files[#files + 1] = not names and part or nil
  end
  return files
end

--- By file, the names of the specs in the table of CONTRIBUTING.md.
local function named_specs()
  local specs = {}
  for cell, names in read "CONTRIBUTING.md":gmatch "\n| `([^`]+)` | `([^`]+)` |" do
    for _, file in ipairs(files_in(cell)) do
      assert(not specs[file], "CONTRIBUTING.md names " .. file .. " twice")
      specs[file] = names
    end
  end
  return specs
end

--- The spec of a file's name: of init.lua, that of its folder.
local function guess(file)
  local name = file:match "([^/]+)/init%.lua$" or file:match "([^/]+)%.%a+$"
  return "spec/" .. name .. "_spec.lua"
end

--- The client is in C and in Lua.
local function tree_of(file)
  local tree = file:match "^[^/]+"
  return tree == "src" and "lua" or tree
end

local function each_file()
  local files = {}
  local pipe = io.popen "find src lua cli sandbox -name '*.c' -o -name '*.lua' | sort"
  for file in pipe:lines() do
    files[#files + 1] = file
  end
  pipe:close()
  return ipairs(files)
end

describe("the specs", function()
  local named = named_specs()

  it("have one for each file, by its name or in CONTRIBUTING.md", function()
    for _, file in each_file() do
      assert(named[file] or exists(guess(file)), file .. " has no spec, and CONTRIBUTING.md names none")
    end
  end)

  it("of a file's name are of one tree: the files of another are in CONTRIBUTING.md", function()
    local trees = {}
    for _, file in each_file() do
      local spec = guess(file)
      if not named[file] then
        assert.equal(trees[spec] or tree_of(file), tree_of(file), spec .. " may be that of " .. file)
        trees[spec] = tree_of(file)
      end
    end
  end)

  it("that CONTRIBUTING.md names are there, and so are the files", function()
    for file, names in pairs(named) do
      assert(exists(file), "CONTRIBUTING.md names " .. file .. ", which is not there")
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
