rockspec_format = "3.0"
package = "sigmamind-sandbox"
version = "scm-1"
source = {
  url = "git+https://github.com/sigmamind/sigmamind-lua.git",
}
description = {
  summary = "A local server of the SigmaMind API, with made-up data and scripted faults",
  detailed = [[
Serves the documented endpoints on loopback, so that a program can be written, shown and tested without an
account. Its server runs on LuaJIT, Lua 5.1 or 5.2.]],
  license = "MIT",
  labels = { "http", "api", "test" },
}
dependencies = {
  "lua >= 5.1, < 5.6",
  "sigmamind == scm-1",
  "cqueues",
  "http",
  "lua-cjson",
  "luaossl",
}
build = {
  type = "builtin",
  modules = {
    ["sigmamind.sandbox.init"] = "sandbox/lua/sigmamind/sandbox/init.lua",
    ["sigmamind.sandbox.admin_api"] = "sandbox/lua/sigmamind/sandbox/admin_api.lua",
    ["sigmamind.sandbox.api"] = "sandbox/lua/sigmamind/sandbox/api.lua",
    ["sigmamind.sandbox.body"] = "sandbox/lua/sigmamind/sandbox/body.lua",
    ["sigmamind.sandbox.certificate"] = "sandbox/lua/sigmamind/sandbox/certificate.lua",
    ["sigmamind.sandbox.clock"] = "sandbox/lua/sigmamind/sandbox/clock.lua",
    ["sigmamind.sandbox.contact_list"] = "sandbox/lua/sigmamind/sandbox/contact_list.lua",
    ["sigmamind.sandbox.data.agents"] = "sandbox/lua/sigmamind/sandbox/data/agents.lua",
    ["sigmamind.sandbox.data.calls"] = "sandbox/lua/sigmamind/sandbox/data/calls.lua",
    ["sigmamind.sandbox.data.campaigns"] = "sandbox/lua/sigmamind/sandbox/data/campaigns.lua",
    ["sigmamind.sandbox.data.chats"] = "sandbox/lua/sigmamind/sandbox/data/chats.lua",
    ["sigmamind.sandbox.data.generator"] = "sandbox/lua/sigmamind/sandbox/data/generator.lua",
    ["sigmamind.sandbox.data.phone_numbers"] = "sandbox/lua/sigmamind/sandbox/data/phone_numbers.lua",
    ["sigmamind.sandbox.data.shapes"] = "sandbox/lua/sigmamind/sandbox/data/shapes.lua",
    ["sigmamind.sandbox.data.webhooks"] = "sandbox/lua/sigmamind/sandbox/data/webhooks.lua",
    ["sigmamind.sandbox.dialer"] = "sandbox/lua/sigmamind/sandbox/dialer.lua",
    ["sigmamind.sandbox.drift"] = "sandbox/lua/sigmamind/sandbox/drift.lua",
    ["sigmamind.sandbox.fault"] = "sandbox/lua/sigmamind/sandbox/fault.lua",
    ["sigmamind.sandbox.fault_actions"] = "sandbox/lua/sigmamind/sandbox/fault_actions.lua",
    ["sigmamind.sandbox.faults"] = "sandbox/lua/sigmamind/sandbox/faults.lua",
    ["sigmamind.sandbox.form"] = "sandbox/lua/sigmamind/sandbox/form.lua",
    ["sigmamind.sandbox.handler"] = "sandbox/lua/sigmamind/sandbox/handler.lua",
    ["sigmamind.sandbox.json"] = "sandbox/lua/sigmamind/sandbox/json.lua",
    ["sigmamind.sandbox.listener"] = "sandbox/lua/sigmamind/sandbox/listener.lua",
    ["sigmamind.sandbox.log"] = "sandbox/lua/sigmamind/sandbox/log.lua",
    ["sigmamind.sandbox.lookup"] = "sandbox/lua/sigmamind/sandbox/lookup.lua",
    ["sigmamind.sandbox.made.calls"] = "sandbox/lua/sigmamind/sandbox/made/calls.lua",
    ["sigmamind.sandbox.made.campaigns"] = "sandbox/lua/sigmamind/sandbox/made/campaigns.lua",
    ["sigmamind.sandbox.options"] = "sandbox/lua/sigmamind/sandbox/options.lua",
    ["sigmamind.sandbox.parameters"] = "sandbox/lua/sigmamind/sandbox/parameters.lua",
    ["sigmamind.sandbox.server"] = "sandbox/lua/sigmamind/sandbox/server.lua",
    ["sigmamind.sandbox.store"] = "sandbox/lua/sigmamind/sandbox/store.lua",
  },
}
