# sigmamind
#
#   make setup [FOR=test]     the packages that a target needs, by apt; the only target that installs any
#   make demo                 set-up, build, start the sandbox, list its campaigns
#   make test                 set-up, then every spec on every Lua found
#   make test LUA=luajit SPEC="retry token"     those specs, on that Lua
#   make fast                 the specs that hardly wait, on one Lua; some seconds
#   make build LUA=lua5.4     build/lua5.4/sigmamind/core.so, and the command's console.so; LUA=luajit
#                             likewise
#   make env LUA=lua5.4       for a shell in the checkout: eval "$(make -s env)"; client, command, sandbox
#   make install LUA=lua5.4   into PREFIX=/usr/local; DESTDIR and LIBDIR as usual; make uninstall;
#                             LuaJIT and Lua 5.1 share one place, where each serves both
#   make deb                  build/deb/*.deb, for Lua 5.1 and 5.4
#   make sandbox PORT=8080    the sandbox server, in the foreground
#   make fleet                40 visitors of two nginx and a Redis see an outage of the API; 45 seconds
#   make specs LUA=lua5.4     what `busted spec/retry_spec.lua` needs
#   make check                lint and static analysis
#   make live                 compares one page of each list of your account with the declarations
#   make generate             the types and tables that are made from lua/sigmamind/resources
#   make format               the layout of the C code
#   make soak                 50,000 walks over lists that change at random; some minutes
#   make prove                faults, failing allocations, sanitizers, threads, fuzzing, soak; an hour
#   make bench                every benchmark; writes doc/benchmarks.md
#   make bench-check          the decoder's instructions, against bench/instructions.txt; a minute
#   make valgrind             the specs on Lua 5.4 under valgrind
#   make clean                removes build

LUA        ?= lua5.4
FOR        ?= test
PORT       ?= 0
CFLAGS     ?= -O2
PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
PKG_CONFIG ?= pkg-config

BUILD   = build/$(LUA)
OBJECTS = $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/*.c))
MODULES = $(BUILD)/sigmamind/core.so $(BUILD)/sigmamind/console.so
NEEDS   = needs # says what is missing, before anything is compiled
SETUP   = @$(MAKE) --no-print-directory -s setup

LUA_CFLAGS  = $(shell $(PKG_CONFIG) --cflags $(LUA) 2>/dev/null)
CURL_CFLAGS = $(shell $(PKG_CONFIG) --cflags libcurl 2>/dev/null)
CURL_LIBS   = $(shell $(PKG_CONFIG) --libs libcurl 2>/dev/null)
WARNINGS    = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
ALL_CFLAGS  = -std=c99 -D_DEFAULT_SOURCE -fPIC -fvisibility=hidden -pthread $(WARNINGS) \
              $(LUA_CFLAGS) $(CURL_CFLAGS) $(CFLAGS)

# The library stays loaded when its Lua state closes: libcurl's global state belongs to it.
ifeq ($(shell uname),Darwin)
LIBFLAG = -bundle -undefined dynamic_lookup
else
LIBFLAG = -shared -Wl,-z,nodelete
endif

# For programs that run in the checkout: the paths of the three trees, each with $(1) before it.
paths = $(1)lua/?.lua;$(1)lua/?/init.lua;$(1)cli/lua/?.lua;$(1)cli/lua/?/init.lua;$\
$(1)sandbox/lua/?.lua;$(1)sandbox/lua/?/init.lua;;
export LUA_PATH  = $(call paths)
export LUA_CPATH = $(BUILD)/?.so;;

.PHONY: build help setup env needs install uninstall deb specs benches demo fleet test fast live soak prove sandbox check \
  generate bench bench-check valgrind rock rock-console format clean

build: $(MODULES)
	@:

$(BUILD)/sigmamind/core.so: $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(LIBFLAG) $(LDFLAGS) -pthread -o $@ $^ $(CURL_LIBS) -lm

# The command's: it needs Lua alone, and no libcurl.
$(BUILD)/sigmamind/console.so: cli/src/console.c src/wipe.h Makefile | $(NEEDS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc $(LIBFLAG) $(LDFLAGS) -o $@ $<

$(BUILD)/%.o: src/%.c $(wildcard src/*.h) Makefile | $(NEEDS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# What the scripts have from here.
needs install uninstall: export FLAGS = $(LUA_CFLAGS) $(CURL_CFLAGS) $(CFLAGS)
$(foreach name, LUA CC PKG_CONFIG BUILD DESTDIR PREFIX LIBDIR, \
  $(eval needs install uninstall: export $(name) := $$($(name))))

needs:
	@packaging/needs build

install:
	@packaging/needs install
	@$(MAKE) --no-print-directory build NEEDS=
	@packaging/install install

uninstall:
	@packaging/install uninstall

setup:
	@packaging/setup $(FOR)

# Absolute, so that they hold in every folder. No shell: the path of the checkout may have any character.
env: ROOT = $(subst ','\'',$(CURDIR))/
env:
	$(info export LUA_PATH='$(call paths,$(ROOT))')
	$(info export LUA_CPATH='$(ROOT)$(BUILD)/?.so;;')
	@:

deb:
	$(SETUP) FOR=deb
	@packaging/build-deb

# What the specs need besides the product.
specs: build $(BUILD)/process.so

$(BUILD)/process.so: spec/support/process.c
	$(CC) -D_DEFAULT_SOURCE -fPIC -pthread $(LUA_CFLAGS) $(CFLAGS) $(LIBFLAG) -o $@ $<

# What the benchmarks need besides the product.
benches: build $(BUILD)/floor.so

$(BUILD)/floor.so $(BUILD)/counter.so: $(BUILD)/%.so: bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=c99 -fPIC -fvisibility=hidden $(WARNINGS) $(LUA_CFLAGS) $(CFLAGS) $(LIBFLAG) -o $@ $<

demo:
	$(SETUP) FOR=demo
	@$(MAKE) --no-print-directory -s build
	@$(LUA) examples/demo.lua

fleet:
	$(SETUP) FOR=test
	@$(MAKE) --no-print-directory -s build LUA=luajit
	@LUA_CPATH="build/luajit/?.so;;" luajit examples/fleet/run.lua

help:
	@sed -n 's/^#   //p' Makefile

# One Lua where LUA is given; else all that are found.
test: export LUAS := $(or $(LUAS),$(if $(filter file,$(origin LUA)),,$(LUA)))
test:
	$(SETUP) FOR=test
	@spec/run

fast:
	@LUAS=$(LUA) SPEC="canonical core decode json number object options outcomes page pager query raise retry \
	  rockspec stream token types" spec/run

# Reads one page of each list of an account, and changes nothing.
live: build
	@LUA_PATH="lua/?.lua;lua/?/init.lua;;" LUA_CPATH="$(BUILD)/?.so;;" $(LUA) torture/live.lua

soak:
	$(SETUP) FOR=test
	@spec/soak

prove:
	$(SETUP) FOR=prove
	@torture/run full

sandbox:
	$(SETUP) FOR=demo
	@for lua in luajit lua5.1 lua5.2; do \
	  if $$lua -e 'require "http.server" require "cjson"' 2>/dev/null; then \
	    exec $$lua sandbox/lua/sigmamind/sandbox/server.lua --port $(PORT); \
	  fi; \
	done; echo "the sandbox needs lua-http and lua-cjson for Lua 5.1, 5.2 or LuaJIT" >&2; exit 1

check:
	$(SETUP) FOR=check
	clang-format --dry-run -Werror src/*.[ch] cli/src/*.c torture/*.[ch] spec/support/*.c bench/*.c examples/*/*.c
	luacheck -q lua cli/lua cli/bin/sigmamind sandbox/lua types packaging spec examples bench torture
	$(LUA) packaging/generate.lua --check
	cppcheck -q --std=c99 --enable=warning,performance,portability --inline-suppr \
	  --suppress=missingIncludeSystem --error-exitcode=1 src cli/src
	clang-tidy --quiet --warnings-as-errors='*' src/*.c cli/src/*.c -- $(ALL_CFLAGS) -Isrc
	mandoc -Tlint -W warning cli/sigmamind.1
	for rockspec in *.rockspec; do luarocks lint $$rockspec || exit; done

bench:
	$(SETUP) FOR=bench
	@bench/run

bench-check: export CFLAGS := $(CFLAGS)
bench-check:
	$(SETUP) FOR=bench-check
	@$(MAKE) --no-print-directory -s build build/lua5.4/counter.so LUA=lua5.4
	@lua5.4 bench/check.lua $(if $(UPDATE),update)

valgrind:
	$(SETUP) FOR=valgrind
	@LUAS=lua5.4 SCRIPTS=30 LIMIT=3600 WRAPPER="valgrind -q --error-exitcode=99 --leak-check=full \
	  --suppressions=torture/valgrind.supp" spec/run

# The rockspecs call these: `rock` that of the client, `rock-console` that of the command. LuaRocks sets
# the variables, LIBDIR among them. Each is built from nothing in a folder of its own, since another
# may be built for another Lua at the same time.
rock: MODULE = core
rock-console: MODULE = console
rock rock-console:
	mkdir -p build "$(LIBDIR)/sigmamind"
	folder=$$(mktemp -d build/rock.XXXXXX) && trap 'rm -rf "$$folder"' EXIT && \
	  $(MAKE) "$$folder/sigmamind/$(MODULE).so" NEEDS= BUILD="$$folder" && \
	  install -m 755 "$$folder/sigmamind/$(MODULE).so" "$(LIBDIR)/sigmamind/$(MODULE).so"

generate:
	@$(LUA) packaging/generate.lua

format:
	clang-format -i src/*.[ch] cli/src/*.c torture/*.[ch] spec/support/*.c bench/*.c examples/*/*.c

clean:
	rm -rf build
