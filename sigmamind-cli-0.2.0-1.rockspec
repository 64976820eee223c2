rockspec_format = "3.0"
package = "sigmamind-cli"
version = "0.2.0-1"
source = {
  url = "git+https://github.com/sigmamind/sigmamind-lua.git",
  tag = "v0.2.0",
}
description = {
  summary = "The command sigmamind: lists what a SigmaMind account has, and calls its API",
  detailed = [[
Lists campaigns, calls, agents, phone numbers, chats and webhooks as a table, JSON, lines of JSON or CSV, filters
them, and reports what changes; sends any other request. With the
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
      ["sigmamind.cli.actions"] = "cli/lua/sigmamind/cli/actions.lua",
      ["sigmamind.cli.api"] = "cli/lua/sigmamind/cli/api.lua",
      ["sigmamind.cli.api_request"] = "cli/lua/sigmamind/cli/api_request.lua",
      ["sigmamind.cli.arguments"] = "cli/lua/sigmamind/cli/arguments.lua",
      ["sigmamind.cli.common_options"] = "cli/lua/sigmamind/cli/common_options.lua",
      ["sigmamind.cli.completion"] = "cli/lua/sigmamind/cli/completion.lua",
      ["sigmamind.cli.config"] = "cli/lua/sigmamind/cli/config.lua",
      ["sigmamind.cli.connection"] = "cli/lua/sigmamind/cli/connection.lua",
      ["sigmamind.cli.contacts"] = "cli/lua/sigmamind/cli/contacts.lua",
      ["sigmamind.cli.convert"] = "cli/lua/sigmamind/cli/convert.lua",
      ["sigmamind.cli.csv"] = "cli/lua/sigmamind/cli/csv.lua",
      ["sigmamind.cli.dry_run"] = "cli/lua/sigmamind/cli/dry_run.lua",
      ["sigmamind.cli.environment"] = "cli/lua/sigmamind/cli/environment.lua",
      ["sigmamind.cli.errors"] = "cli/lua/sigmamind/cli/errors.lua",
      ["sigmamind.cli.fields"] = "cli/lua/sigmamind/cli/fields.lua",
      ["sigmamind.cli.get"] = "cli/lua/sigmamind/cli/get.lua",
      ["sigmamind.cli.help"] = "cli/lua/sigmamind/cli/help.lua",
      ["sigmamind.cli.interrupt"] = "cli/lua/sigmamind/cli/interrupt.lua",
      ["sigmamind.cli.json"] = "cli/lua/sigmamind/cli/json.lua",
      ["sigmamind.cli.listing"] = "cli/lua/sigmamind/cli/listing.lua",
      ["sigmamind.cli.names"] = "cli/lua/sigmamind/cli/names.lua",
      ["sigmamind.cli.output"] = "cli/lua/sigmamind/cli/output.lua",
      ["sigmamind.cli.plan"] = "cli/lua/sigmamind/cli/plan.lua",
      ["sigmamind.cli.progress"] = "cli/lua/sigmamind/cli/progress.lua",
      ["sigmamind.cli.quantity"] = "cli/lua/sigmamind/cli/quantity.lua",
      ["sigmamind.cli.record"] = "cli/lua/sigmamind/cli/record.lua",
      ["sigmamind.cli.sandbox"] = "cli/lua/sigmamind/cli/sandbox.lua",
      ["sigmamind.cli.settings"] = "cli/lua/sigmamind/cli/settings.lua",
      ["sigmamind.cli.suggestions"] = "cli/lua/sigmamind/cli/suggestions.lua",
      ["sigmamind.cli.terminal"] = "cli/lua/sigmamind/cli/terminal.lua",
      ["sigmamind.cli.text_table"] = "cli/lua/sigmamind/cli/text_table.lua",
      ["sigmamind.cli.values"] = "cli/lua/sigmamind/cli/values.lua",
      ["sigmamind.cli.verb_options"] = "cli/lua/sigmamind/cli/verb_options.lua",
      ["sigmamind.cli.wait"] = "cli/lua/sigmamind/cli/wait.lua",
      ["sigmamind.cli.warnings"] = "cli/lua/sigmamind/cli/warnings.lua",
      ["sigmamind.cli.watch"] = "cli/lua/sigmamind/cli/watch.lua",
      ["sigmamind.cli.where"] = "cli/lua/sigmamind/cli/where.lua",
      ["sigmamind.cli.write"] = "cli/lua/sigmamind/cli/write.lua",
    },
  },
}
