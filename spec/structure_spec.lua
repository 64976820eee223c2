-- The layout: every source file leads to its spec.

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

--- The files in a cell of the table: one or more, some with several names in braces.
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

--- The spec names in the table of CONTRIBUTING.md, by file.
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

--- The spec with the name of a file; for init.lua, with that of its folder.
local function guess(file)
  local name = file:match "([^/]+)/init%.lua$" or file:match "([^/]+)%.%a+$"
  return "spec/" .. name .. "_spec.lua"
end

--- The tree of a file; src and lua are one tree, the client.
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

  it("with a file's name belong to one tree; CONTRIBUTING.md lists files of other trees", function()
    local trees = {}
    for _, file in each_file() do
      local spec = guess(file)
      if not named[file] then
        assert.equal(trees[spec] or tree_of(file), tree_of(file), spec .. " may be that of " .. file)
        trees[spec] = tree_of(file)
      end
    end
  end)

  it("in CONTRIBUTING.md exist, and so do the files", function()
    for file, names in pairs(named) do
      assert(exists(file), "CONTRIBUTING.md names " .. file .. ", which is not there")
      for name in names:gmatch "%S+" do
        assert(exists("spec/" .. name .. "_spec.lua"), "there is no spec " .. name)
      end
    end
  end)

  it("have mutants that fit the files", function()
    local pipe = io.popen "lua5.4 torture/mutate.lua check 2>&1; echo status=$?"
    local output = pipe:read "*a"
    pipe:close()
    assert.matches("^status=0\n$", output)
  end)
end)
