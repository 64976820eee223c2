-- Installed files work in their place, and uninstall removes them. Slow: each way runs on one Lua only.

local interpreter = require "spec.support.interpreter"

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

--- Runs the command of a tree, in a folder and an environment without this checkout's paths.
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
  describe("make env", function()
    it("prints paths by which each tree of the checkout is found, from every folder", function()
      local load = [[lua5.4 -e 'require "sigmamind" require "sigmamind.cli" print(require("sigmamind.sandbox").start)']]
      assert.matches("^function", succeed(
        [[eval "$(env -u MAKEFLAGS -u LUA_PATH -u LUA_CPATH make -s env LUA=lua5.4)"; cd /; ]] .. load))
    end)

    it("prints them for a checkout whose path has blanks and quotes", function()
      local checkout = folder .. "/it's a b"
      succeed(('mkdir "%s" && cp Makefile "%s"'):format(checkout, checkout))
      local line = [[eval "$(env -u MAKEFLAGS make -s -C "%s" env LUA=luajit)"; echo "$LUA_CPATH"]]
      assert.equal(checkout .. "/build/luajit/?.so;;\n", succeed(line:format(checkout)))
    end)
  end)

  describe("make install", function()
    local function make(target, variables)
      return succeed(("env -u MAKEFLAGS make -s %s LUA=lua5.4 %s"):format(target, variables))
    end

    local function lua_of(command)
      return from_outside(command, "--version"):match "%((.-),"
    end

    it("installs a command that finds its modules", function()
      local prefix = folder .. "/a b"
      make("install", ("PREFIX='%s'"):format(prefix))
      local command = prefix .. "/bin/sigmamind"
      assert.equal("sigmamind " .. VERSION .. " (Lua 5.4", from_outside(command, "--version"):match "^[^,]+")
      assert.matches("^Usage: sigmamind", from_outside(command, "--help"))
    end)

    it("takes its variables from the environment, LIBDIR too, and a moved tree runs behind a link", function()
      succeed(("PREFIX='%s/a' LIBDIR='%s/a/lib64' LUA=lua5.4 env -u MAKEFLAGS make -s install"):format(folder, folder))
      assert(io.open(folder .. "/a/lib64/lua/5.4/sigmamind/core.so")):close()
      assert.equal("Lua 5.4", lua_of(folder .. "/a/bin/sigmamind"))
      succeed(("mv %s/a %s/b && ln -s %s/b/bin/sigmamind %s/link"):format(folder, folder, folder, folder))
      assert.equal("Lua 5.4", lua_of(folder .. "/link"))
    end)

    it("finds a LIBDIR outside PREFIX", function()
      make("install", ("PREFIX=%s/a LIBDIR=%s/c"):format(folder, folder))
      assert.equal("Lua 5.4", lua_of(folder .. "/a/bin/sigmamind"))
    end)

    it("makes its files readable for every user, with any umask", function()
      succeed(("umask 077; env -u MAKEFLAGS make -s install LUA=lua5.4 PREFIX=%s/a"):format(folder))
      assert.equal("", succeed(("find %s/a ! -perm -go=r -o -type d ! -perm -go=x"):format(folder)))
      assert.equal("755\n", succeed(("stat -c %%a %s/a/bin/sigmamind"):format(folder)))
    end)

    it("leaves the command to the Lua that it was installed for last", function()
      local places = "PREFIX=" .. folder
      make("install", places)
      succeed("env -u MAKEFLAGS make -s install LUA=lua5.3 " .. places)
      assert.equal("Lua 5.3", lua_of(folder .. "/bin/sigmamind"))
      make("uninstall", places)
      assert.equal("Lua 5.3", lua_of(folder .. "/bin/sigmamind"))
    end)

    local function make_for(lua, target, variables)
      return succeed(("env -u MAKEFLAGS make -s %s LUA=%s PREFIX=%s %s"):format(target, lua, folder, variables or ""))
    end

    local SHARED = {
      "share/man/man1/sigmamind.1", "share/bash-completion/completions/sigmamind",
      "share/zsh/site-functions/_sigmamind", "share/fish/vendor_completions.d/sigmamind.fish",
      "share/sigmamind/types/sigmamind/core.lua", "share/doc/sigmamind/README.md",
    }

    it("gives the command back to a Lua that is still there, and leaves what they share", function()
      make_for("lua5.4", "install")
      make_for("luajit", "install")
      assert.equal("LuaJIT", lua_of(folder .. "/bin/sigmamind"):match "^%a+")
      assert.matches("the command is that of Lua 5.4 now\n", make_for("luajit", "uninstall"))
      assert.equal("Lua 5.4", lua_of(folder .. "/bin/sigmamind"))
      for _, path in ipairs(SHARED) do
        assert(io.open(folder .. "/" .. path), path):close()
      end
      make_for("lua5.4", "uninstall")
      assert.equal("", succeed(("find '%s' -type f -o -name '*sigmamind*'"):format(folder)))
    end)

    it("removes the command when no interpreter is left for it, and leaves the other module", function()
      make_for("lua5.4", "install")
      succeed(("mkdir -p %s/lib/lua/9.9 && cp -R %s/lib/lua/5.4/sigmamind %s/lib/lua/9.9"):format(folder, folder, folder))
      assert.matches("no interpreter for Lua 9.9 was found", make_for("lua5.4", "uninstall"))
      assert.is_nil(io.open(folder .. "/bin/sigmamind"))
      assert.is_nil(io.open(folder .. "/" .. SHARED[1]))
      assert(io.open(folder .. "/share/sigmamind/types/sigmamind/core.lua")):close()
      assert(io.open(folder .. "/lib/lua/9.9/sigmamind/core.so")):close()
    end)

    it("warns that Lua 5.1 and LuaJIT share one directory", function()
      make_for("lua5.1", "install")
      make_for("luajit", "install")
      assert.matches("Lua 5.1 and LuaJIT share", make_for("lua5.1", "uninstall"))
      assert.equal("", succeed(("find '%s' -type f -o -name '*sigmamind*'"):format(folder)))
    end)

    it("omits completion scripts when their text cannot be generated", function()
      local empty = ("LUA_PATH='%s/?.lua' LUA_CPATH='%s/?.so'"):format(folder, folder)
      local output = make("install", ("PREFIX=%s/a %s"):format(folder, empty))
      assert.matches("no completion scripts", output)
      assert.matches("apt%-get install lua%-argparse lua%-cjson", output)
      assert.equal("", succeed(("find %s/a -size 0 -o -path '*completion*' -type f ! -name '*.lua'"):format(folder)))
    end)

    it("installs a build for another machine", function()
      local build = folder .. "/build"
      succeed(("mkdir -p %s/sigmamind && echo foreign | tee %s/sigmamind/core.so >%s/sigmamind/console.so"):format(
        build, build, build))
      local places = "env -u MAKEFLAGS LUA=lua5.4 DESTDIR=%s/tree PREFIX=/p LIBDIR=/p/lib BUILD=%s "
        .. "LUA_PATH='lua/?.lua;lua/?/init.lua;cli/lua/?.lua;cli/lua/?/init.lua;;' LUA_CPATH='%s/?.so;;' "
        .. "packaging/install install"
      assert.equal("", succeed(places:format(folder, build, build)))
      for _, path in ipairs { "bash-completion/completions/sigmamind", "zsh/site-functions/_sigmamind" } do
        assert.matches("campaigns", succeed(("cat %s/tree/p/share/%s"):format(folder, path)))
      end
    end)

    it("gets the compiler's flags from pkg-config, or what PKG_CONFIG names", function()
      local recorder = folder .. "/recorder"
      succeed(("printf '#!/bin/sh\\necho \"$@\" >>%s/calls; exec pkg-config \"$@\"\\n' >%s; chmod +x %s"):format(
        folder, recorder, recorder))
      local text = succeed(("env -u MAKEFLAGS make -n build LUA=lua5.4 BUILD=%s/b PKG_CONFIG=%s"):format(folder, recorder))
      local calls = succeed(("sort -u %s/calls"):format(folder))
      assert.equal("--cflags libcurl\n--cflags lua5.4\n--libs libcurl\n", calls)
      for _, flag in ipairs { "pkg-config --cflags lua5.4", "pkg-config --libs libcurl" } do
        assert.is_truthy(text:find(succeed(flag):match "^%S*", 1, true))
      end
    end)

    it("refuses -ffast-math, with which 1e400 would be a number", function()
      for _, flag in ipairs { "-ffast-math", "-ffinite-math-only" } do
        local build = "env -u MAKEFLAGS make -s build LUA=lua5.4 BUILD=%s/b CFLAGS=%s"
        local output, status = run(build:format(folder, flag))
        assert.equal(2, status)
        assert.matches("compile without %-ffast%-math", output)
      end
    end)

    it("names all missing packages in one message, by Debian's names, and compiles nothing", function()
      local nowhere = "PREFIX=%s/a BUILD=%s/build CC=%s/cc PKG_CONFIG=%s/pkg-config"
      local output, status = run("env -u MAKEFLAGS make -s install LUA=lua5.4 " .. nowhere:gsub("%%s", folder))
      assert.equal(2, status)
      assert.matches("these are missing: a C compiler, [^\n]*pkg%-config\n", output)
      assert.matches("\nWith Debian's names: apt%-get install gcc libc6%-dev pkg%-config\n", output)
      output, status = run("env -u MAKEFLAGS make -s install LUA=lua5.4 LUA_CFLAGS= CURL_CFLAGS=-nostdinc "
        .. nowhere:gsub(" CC=.*", ""):gsub("%%s", folder))
      assert.equal(2, status)
      assert.matches("missing: lua.h of lua5.4, curl/curl.h\n", output)
      assert.matches("apt%-get install liblua5.4%-dev libcurl4%-openssl%-dev\n", output)
      assert.equal("", succeed("ls " .. folder))
    end)

    it("names no package that Debian lacks for a Lua", function()
      succeed(("printf '#!/bin/sh\nLUA_PATH=%s LUA_CPATH=%s exec lua5.4 \"$@\"' >%s/lua5.5 && chmod +x %s/lua5.5"):format(
        folder, folder, folder, folder))
      local needs = [[PATH="%s:$PATH" LUA=%s CC=cc PKG_CONFIG=pkg-config FLAGS="$(pkg-config --cflags lua5.4)" ]]
        .. "packaging/needs install"
      for _, lua in ipairs { "lua5.5", folder .. "/lua5.5" } do
        assert.equal(("The command sigmamind needs also, for %s: argparse lua-cjson (the module does not).\n"
          .. "Debian has them for Lua 5.1 to 5.4 and LuaJIT: install the rocks, or give another LUA\n"):format(lua),
          succeed(needs:format(folder, lua)))
      end
    end)

    it("ignores LUA_INIT, and uninstall needs no interpreter", function()
      local places = ("PREFIX=%s/a"):format(folder)
      succeed([[LUA_INIT='print("hi")' LUA_INIT_5_4='print("hi")' env -u MAKEFLAGS make -s install LUA=lua5.4 ]] .. places)
      assert.equal("5.4\n", succeed(("ls %s/a/lib/lua"):format(folder)))
      assert.matches("\nlocal LUA_VERSION = \"5.4\"\n", succeed(("cat %s/a/bin/sigmamind"):format(folder)))
      assert.matches("^_sigmamind", succeed(("cat %s/a/share/bash-completion/completions/sigmamind"):format(folder)))
      local uninstall = "env -u MAKEFLAGS make -s uninstall LUA=%s " .. places
      local output, status = run(uninstall:format "/nonesuch/lua")
      assert.equal(2, status)
      assert.matches("^/nonesuch/lua cannot be run, and its name has no version: give LUA=lua5.4 or the like\n", output)
      succeed(uninstall:format "/nonesuch/lua5.4")
      assert.equal("", succeed(("find %s/a -type f -o -name '*sigmamind*'"):format(folder)))
    end)

    it("prints how to make fish read its completions, when fish does not", function()
      succeed(("mkdir %s/bin"):format(folder))
      local fish = assert(io.open(folder .. "/bin/fish", "w"))
      fish:write(("#!/bin/sh\necho /etc/fish/completions\necho %s/a/share/fish/vendor_completions.d\n"):format(folder))
      fish:close()
      succeed(("chmod +x %s/bin/fish"):format(folder))
      local function install(prefix, more)
        return (succeed(('PATH="%s/bin:$PATH" env -u MAKEFLAGS make -s install LUA=lua5.4 PREFIX=%s/%s %s'):format(
          folder, folder, prefix, more or "")))
      end
      assert.equal("", install "a")
      local file = folder .. "/b/share/fish/vendor_completions.d/sigmamind.fish"
      assert.equal("fish reads its completions after: ln -s " .. file .. " /etc/fish/completions/\n", install "b")
      assert.equal("", install("b", "DESTDIR=" .. folder .. "/root"))
    end)

    it("installs each file in its directory, and uninstall leaves none", function()
      local places = ("DESTDIR='%s/a b' PREFIX=/p LIBDIR=/l"):format(folder)
      make("install", places)
      local root = folder .. "/a b"
      for _, path in ipairs {
        "l/lua/5.4/sigmamind/core.so", "l/lua/5.4/sigmamind/console.so", "p/share/man/man1/sigmamind.1",
        "p/share/lua/5.4/sigmamind/runtime/init.lua", "p/share/lua/5.4/sigmamind/cli/init.lua",
        "p/share/lua/5.4/sigmamind/sandbox/server.lua",
        "p/share/bash-completion/completions/sigmamind", "p/share/zsh/site-functions/_sigmamind",
        "p/share/fish/vendor_completions.d/sigmamind.fish", "p/share/sigmamind/types/sigmamind/core.lua",
        "p/share/sigmamind/types/sigmamind/resources.lua", "p/share/doc/sigmamind/doc/reference.md",
      } do
        assert.is_true(assert(io.open(root .. "/" .. path), path):seek "end" > 0, path)
      end
      make("uninstall", places)
      assert.equal("", succeed(("find '%s' -type f -o -name '*sigmamind*'"):format(root)))
    end)
  end)
end

describe("the command", function()
  it("names a missing module in one line, with Debian's package", function()
    local lua = jit and "LuaJIT" or _VERSION -- luacheck: ignore 113
    local hidden = "LUA_PATH='lua/?.lua;lua/?/init.lua' LUA_CPATH='%s' %s cli/bin/sigmamind --version"
    local output, status = run(hidden:format(package.cpath, interpreter.command()))
    assert.equal(3, status)
    assert.equal("sigmamind: the command needs the module argparse for " .. lua .. ", but it was not found; "
      .. "install Debian's package lua-argparse, or the rock argparse\n", output)
    output, status = run(hidden:format("/nonesuch/?.so", interpreter.command()))
    assert.equal(3, status)
    assert.matches("^sigmamind: [^\n]+ module sigmamind.console for [^\n]+ make install LUA=lua[^\n]+\n$", output)
  end)

  if not jit and os.getenv "KIND" ~= "asan" then -- luacheck: ignore 113
    -- torture/host.c, which the sanitizers run, knows no LUA_INIT
    it("names no package that Debian lacks for its Lua", function()
      local on_55 = [[LUA_INIT="_VERSION = 'Lua 5.5'" LUA_INIT_%s="_VERSION = 'Lua 5.5'" ]]
      local hidden = on_55 .. "LUA_PATH='lua/?.lua;lua/?/init.lua;%s/?.lua' LUA_CPATH='%s' %s cli/bin/sigmamind --version"
      local version = _VERSION:match "%d%.%d":gsub("%.", "_")
      local own = package.cpath:match "[^;]*build/[^;]*lua[^;/]*/%?%.so"
      succeed(("echo 'return {}' >%s/argparse.lua"):format(folder))
      local output, status = run(hidden:format(version, folder, own, interpreter.command()))
      assert.equal(3, status)
      assert.equal("sigmamind: the command needs the module cjson for Lua 5.5, but it was not found; Debian has it only "
        .. "for Lua 5.1 to 5.4: install the rock lua-cjson, or make install LUA=lua5.4\n", output)
    end)
  end
end)

local luarocks, missing = run "luarocks config lua_version"
if missing ~= 0 then
  print "luarocks is not installed: the rock is not tried"
elseif luarocks == _VERSION:match "%d%.%d" .. "\n" and not jit then -- luacheck: ignore 113
  describe("a rock", function()
    local function make(rock, tree, options)
      local command = "env -u MAKEFLAGS luarocks %s make --deps-mode=none --tree '%s' %s-%s-1.rockspec CFLAGS=-O0"
      return command:format(options, tree, rock, VERSION)
    end

    it("of the command finds its modules and the client's, also in a directory with blanks", function()
      local include = succeed "luarocks config variables.LUA_INCDIR":match "[^\n]+"
      succeed(("ln -s '%s' '%s/a b'"):format(include, folder))
      for _, rock in ipairs { "sigmamind", "sigmamind-cli" } do
        succeed(make(rock, folder .. "/t", "") .. (" LUA_INCDIR='%s/a b'"):format(folder))
      end
      local command = folder .. "/t/bin/sigmamind"
      assert.matches("^sigmamind " .. VERSION:gsub("%.", "%%."), from_outside(command, "--version"))
      assert.matches("^Usage: sigmamind", from_outside(command, "--help"))
    end)

    it("is built beside that of another Lua in the same checkout", function()
      local versions = { "5.3", "5.4" }
      local modules = { sigmamind = "sigmamind", ["sigmamind-cli"] = "sigmamind.console" }
      local script = {}
      for _, version in ipairs(versions) do
        for rock in pairs(modules) do
          script[#script + 1] = make(rock, folder .. "/" .. version .. rock, "--lua-version=" .. version) .. " & "
        end
      end
      succeed(table.concat(script) .. "wait")
      for _, version in ipairs(versions) do
        for rock, module in pairs(modules) do
          local load = "LUA_PATH='lua/?.lua;lua/?/init.lua' LUA_CPATH='%s/%s/lib/lua/%s/?.so' lua%s -e 'require [[%s]]'"
          succeed(load:format(folder, version .. rock, version, version, module))
        end
      end
    end)
  end)
end
