-- What is installed works where it is, and goes again. Slow, so each way is tried on one Lua.

local VERSION = require("sigmamind.core").version().sigmamind

local function run(command)
  local pipe = io.popen(("{ %s; } 2>&1; echo status=$?"):format(command))
  local text = pipe:read "*a"
  pipe:close()
  local output, status = text:match "^(.*)status=(%d+)\n$"
  return output, tonumber(status)
end

local function succeed(command)
  local output, status = run(command)
  assert(status == 0, command .. "\n" .. output)
  return output
end

--- The command of a tree, in a folder and an environment that know nothing of this checkout.
local function from_outside(command, option)
  return succeed(("cd / && env -u LUA_PATH -u LUA_CPATH '%s' %s"):format(command, option))
end

local folder

before_each(function()
  folder = succeed "mktemp -d":match "[^\n]+"
end)

after_each(function()
  succeed("rm -rf " .. folder)
end)

if _VERSION == "Lua 5.4" then
  describe("make install", function()
    local function make(target, variables)
      return succeed(("env -u MAKEFLAGS make -s %s LUA=lua5.4 %s"):format(target, variables))
    end

    it("gives a command that finds its modules", function()
      local prefix = folder .. "/a b"
      make("install", ("PREFIX='%s'"):format(prefix))
      local command = prefix .. "/bin/sigmamind"
      assert.equal("sigmamind " .. VERSION .. " (Lua 5.4", from_outside(command, "--version"):match "^[^,]+")
      assert.matches("^Usage: sigmamind", from_outside(command, "--help"))
    end)

    it("gives a command that finds its core in any LIBDIR", function()
      make("install", ("PREFIX='%s/p' LIBDIR='%s/lib & 64'"):format(folder, folder))
      assert.matches("^sigmamind ", from_outside(folder .. "/p/bin/sigmamind", "--version"))
    end)

    it("takes PREFIX and DESTDIR from the environment", function()
      succeed(("env -u MAKEFLAGS PREFIX=/p DESTDIR=%s make -s install LUA=lua5.4"):format(folder))
      succeed(("test -x %s/p/bin/sigmamind"):format(folder))
    end)

    it("lets everybody read it, under any umask", function()
      succeed(("umask 077; env -u MAKEFLAGS make -s install LUA=lua5.4 PREFIX=%s/p"):format(folder))
      local odd = "find %s/p -type d ! -perm 755 -o -type f ! -perm 644 ! -perm 755"
      assert.equal("", succeed(odd:format(folder)))
    end)

    it("leaves no completion scripts where the command does not run", function()
      local output = make("install", ("PREFIX=%s/p LUA_PATH='%s/none/?.lua'"):format(folder, folder))
      assert.matches("no completion scripts", output)
      assert.equal("", succeed(("find %s/p -path '*complet*' -type f -o -type f -empty"):format(folder)))
    end)

    it("gives a command that says in one line which module it lacks", function()
      make("install", ("PREFIX=%s/p"):format(folder))
      local command = "cd / && LUA_PATH='%s/?.lua' '%s/p/bin/sigmamind' --version"
      local output, status = run(command:format(folder, folder))
      assert.equal(3, status)
      assert.equal("sigmamind: the command needs the module argparse for Lua 5.4 (Debian: lua-argparse)\n", output)
    end)

    it("puts each thing in its place, and uninstall leaves none", function()
      local places = ("DESTDIR='%s/a b' PREFIX=/p LIBDIR=/l"):format(folder)
      make("install", places)
      local root = folder .. "/a b"
      for _, path in ipairs {
        "l/lua/5.4/sigmamind/core.so", "p/share/lua/5.4/sigmamind/runtime/init.lua", "p/share/man/man1/sigmamind.1",
        "p/share/bash-completion/completions/sigmamind", "p/share/zsh/site-functions/_sigmamind",
        "p/share/fish/vendor_completions.d/sigmamind.fish", "p/share/sigmamind/types/sigmamind/core.lua",
        "p/share/doc/sigmamind/doc/reference.md",
      } do
        assert.is_true(assert(io.open(root .. "/" .. path), path):seek "end" > 0, path)
      end
      make("uninstall", places)
      assert.equal("", succeed(("find '%s' -type f -o -name '*sigmamind*'"):format(root)))
    end)
  end)
end

local luarocks, missing = run "luarocks config lua_version"
if missing ~= 0 then
  print "luarocks is not installed: the rock is not tried"
elseif luarocks == _VERSION:match "%d%.%d" .. "\n" and not jit then -- luacheck: ignore 113
  describe("the rock", function()
    it("gives a command that finds its modules", function()
      local make = "env -u MAKEFLAGS luarocks make --deps-mode=none --tree %s sigmamind-%s-1.rockspec CFLAGS=-O0"
      succeed(make:format(folder, VERSION))
      local command = folder .. "/bin/sigmamind"
      assert.matches("^sigmamind " .. VERSION:gsub("%.", "%%."), from_outside(command, "--version"))
      assert.matches("^Usage: sigmamind", from_outside(command, "--help"))
    end)
  end)
end
