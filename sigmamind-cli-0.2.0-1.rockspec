rockspec_format = "3.0"
package = "sigmamind-cli"
version = "0.2.0-1"
source = {
  url = "git+https://github.com/sigmamind/sigmamind-lua.git",
  tag = "v0.2.0",
}
description = {
  summary = "The command sigmamind: lists the campaigns of a SigmaMind account",
  detailed = [[
Lists campaigns as a table, JSON, lines of JSON or CSV, filters them, and reports what changes. With the
rock sigmamind-sandbox it can serve the same API with made-up data.]],
  license = "MIT",
  labels = { "http", "json", "api", "commandline" },
}
dependencies = {
  "lua >= 5.1, < 5.6",
  "sigmamind == 0.2.0-1",
  "argparse",
  "lua-cjson",
}
build = {
  type = "make",
  build_pass = false,
  install_target = "rock-console",
  install_variables = {
    CFLAGS = "$(CFLAGS)",
    LIBDIR = "$(LIBDIR)",
    LUA_CFLAGS = "-I'$(LUA_INCDIR)'",
  },
  install = {
    bin = {
      sigmamind = "cli/bin/sigmamind",
    },
    lua = {
      ["sigmamind.cli.init"] = "cli/lua/sigmamind/cli/init.lua",
      ["sigmamind.cli.arguments"] = "cli/lua/sigmamind/cli/arguments.lua",
      ["sigmamind.cli.campaigns"] = "cli/lua/sigmamind/cli/campaigns.lua",
      ["sigmamind.cli.config"] = "cli/lua/sigmamind/cli/config.lua",
      ["sigmamind.cli.csv"] = "cli/lua/sigmamind/cli/csv.lua",
      ["sigmamind.cli.environment"] = "cli/lua/sigmamind/cli/environment.lua",
      ["sigmamind.cli.errors"] = "cli/lua/sigmamind/cli/errors.lua",
      ["sigmamind.cli.fields"] = "cli/lua/sigmamind/cli/fields.lua",
      ["sigmamind.cli.interrupt"] = "cli/lua/sigmamind/cli/interrupt.lua",
      ["sigmamind.cli.json"] = "cli/lua/sigmamind/cli/json.lua",
      ["sigmamind.cli.output"] = "cli/lua/sigmamind/cli/output.lua",
      ["sigmamind.cli.progress"] = "cli/lua/sigmamind/cli/progress.lua",
      ["sigmamind.cli.quantity"] = "cli/lua/sigmamind/cli/quantity.lua",
      ["sigmamind.cli.sandbox"] = "cli/lua/sigmamind/cli/sandbox.lua",
      ["sigmamind.cli.settings"] = "cli/lua/sigmamind/cli/settings.lua",
      ["sigmamind.cli.terminal"] = "cli/lua/sigmamind/cli/terminal.lua",
      ["sigmamind.cli.text_table"] = "cli/lua/sigmamind/cli/text_table.lua",
      ["sigmamind.cli.warnings"] = "cli/lua/sigmamind/cli/warnings.lua",
      ["sigmamind.cli.watch"] = "cli/lua/sigmamind/cli/watch.lua",
      ["sigmamind.cli.where"] = "cli/lua/sigmamind/cli/where.lua",
    },
  },
}
