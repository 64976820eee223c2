rockspec_format = "3.0"
package = "sigmamind"
version = "scm-1"
source = {
  url = "git+https://github.com/sigmamind/sigmamind-lua.git",
}
description = {
  summary = "A fast client for the SigmaMind REST API",
  detailed = [[
A C core on libcurl does authenticated HTTP and JSON and gives Lua tables; a Lua layer walks
pages, filters rows, retries what is safe to retry, and returns structured errors.]],
  license = "MIT",
  labels = { "http", "json", "api", "curl" },
}
dependencies = {
  "lua >= 5.1, < 5.6",
}
external_dependencies = {
  CURL = { library = "curl" },
}
build = {
  type = "make",
  build_pass = false,
  install_target = "rock",
  copy_directories = { "doc", "types" },
  install_variables = {
    CFLAGS = "$(CFLAGS)",
    LIBDIR = "$(LIBDIR)",
    LUA_CFLAGS = "-I'$(LUA_INCDIR)'",
    CURL_CFLAGS = "-I'$(CURL_INCDIR)'",
    CURL_LIBS = "-L'$(CURL_LIBDIR)' -lcurl",
  },
  install = {
    lua = {
      ["sigmamind.init"] = "lua/sigmamind/init.lua",
      ["sigmamind.ahead"] = "lua/sigmamind/ahead.lua",
      ["sigmamind.canonical"] = "lua/sigmamind/canonical.lua",
      ["sigmamind.check"] = "lua/sigmamind/check.lua",
      ["sigmamind.client"] = "lua/sigmamind/client.lua",
      ["sigmamind.emitter"] = "lua/sigmamind/emitter.lua",
      ["sigmamind.errors"] = "lua/sigmamind/errors.lua",
      ["sigmamind.inside"] = "lua/sigmamind/inside.lua",
      ["sigmamind.missing"] = "lua/sigmamind/missing.lua",
      ["sigmamind.nearest"] = "lua/sigmamind/nearest.lua",
      ["sigmamind.number"] = "lua/sigmamind/number.lua",
      ["sigmamind.object"] = "lua/sigmamind/object.lua",
      ["sigmamind.operation"] = "lua/sigmamind/operation.lua",
      ["sigmamind.options"] = "lua/sigmamind/options.lua",
      ["sigmamind.packages"] = "lua/sigmamind/packages.lua",
      ["sigmamind.pager"] = "lua/sigmamind/pager.lua",
      ["sigmamind.paths"] = "lua/sigmamind/paths.lua",
      ["sigmamind.proxy"] = "lua/sigmamind/proxy.lua",
      ["sigmamind.query"] = "lua/sigmamind/query.lua",
      ["sigmamind.raise"] = "lua/sigmamind/raise.lua",
      ["sigmamind.report"] = "lua/sigmamind/report.lua",
      ["sigmamind.request"] = "lua/sigmamind/request.lua",
      ["sigmamind.resume"] = "lua/sigmamind/resume.lua",
      ["sigmamind.retry"] = "lua/sigmamind/retry.lua",
      ["sigmamind.runtime.init"] = "lua/sigmamind/runtime/init.lua",
      ["sigmamind.runtime.blocking"] = "lua/sigmamind/runtime/blocking.lua",
      ["sigmamind.runtime.tick"] = "lua/sigmamind/runtime/tick.lua",
      ["sigmamind.runtime.cqueues"] = "lua/sigmamind/runtime/cqueues.lua",
      ["sigmamind.runtime.luv"] = "lua/sigmamind/runtime/luv.lua",
      ["sigmamind.runtime.nginx"] = "lua/sigmamind/runtime/nginx.lua",
      ["sigmamind.scrub"] = "lua/sigmamind/scrub.lua",
      ["sigmamind.source"] = "lua/sigmamind/source.lua",
      ["sigmamind.token"] = "lua/sigmamind/token.lua",
      ["sigmamind.wrapper"] = "lua/sigmamind/wrapper.lua",
      ["sigmamind.scheduler"] = "lua/sigmamind/scheduler.lua",
      ["sigmamind.statuses"] = "lua/sigmamind/statuses.lua",
      ["sigmamind.stream"] = "lua/sigmamind/stream.lua",
      ["sigmamind.task"] = "lua/sigmamind/task.lua",
    },
  },
}
