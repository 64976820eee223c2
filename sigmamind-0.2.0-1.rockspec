rockspec_format = "3.0"
package = "sigmamind"
version = "0.2.0-1"
source = {
  url = "git+https://github.com/sigmamind/sigmamind-lua.git",
  tag = "v0.2.0",
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
      ["sigmamind.ascii"] = "lua/sigmamind/ascii.lua",
      ["sigmamind.canonical"] = "lua/sigmamind/canonical.lua",
      ["sigmamind.check"] = "lua/sigmamind/check.lua",
      ["sigmamind.client"] = "lua/sigmamind/client.lua",
      ["sigmamind.errors"] = "lua/sigmamind/errors.lua",
      ["sigmamind.http.call"] = "lua/sigmamind/http/call.lua",
      ["sigmamind.http.emitter"] = "lua/sigmamind/http/emitter.lua",
      ["sigmamind.http.outcome"] = "lua/sigmamind/http/outcome.lua",
      ["sigmamind.http.proxy"] = "lua/sigmamind/http/proxy.lua",
      ["sigmamind.http.reply"] = "lua/sigmamind/http/reply.lua",
      ["sigmamind.http.request"] = "lua/sigmamind/http/request.lua",
      ["sigmamind.http.retry"] = "lua/sigmamind/http/retry.lua",
      ["sigmamind.http.statuses"] = "lua/sigmamind/http/statuses.lua",
      ["sigmamind.http.transport"] = "lua/sigmamind/http/transport.lua",
      ["sigmamind.listing.drift"] = "lua/sigmamind/listing/drift.lua",
      ["sigmamind.listing.page_info"] = "lua/sigmamind/listing/page_info.lua",
      ["sigmamind.listing.pager"] = "lua/sigmamind/listing/pager.lua",
      ["sigmamind.listing.paths"] = "lua/sigmamind/listing/paths.lua",
      ["sigmamind.listing.prefetch"] = "lua/sigmamind/listing/prefetch.lua",
      ["sigmamind.listing.reader"] = "lua/sigmamind/listing/reader.lua",
      ["sigmamind.listing.resume"] = "lua/sigmamind/listing/resume.lua",
      ["sigmamind.listing.stages"] = "lua/sigmamind/listing/stages.lua",
      ["sigmamind.listing.stream"] = "lua/sigmamind/listing/stream.lua",
      ["sigmamind.listing.token"] = "lua/sigmamind/listing/token.lua",
      ["sigmamind.listing.verify"] = "lua/sigmamind/listing/verify.lua",
      ["sigmamind.missing"] = "lua/sigmamind/missing.lua",
      ["sigmamind.nearest"] = "lua/sigmamind/nearest.lua",
      ["sigmamind.number"] = "lua/sigmamind/number.lua",
      ["sigmamind.object"] = "lua/sigmamind/object.lua",
      ["sigmamind.options"] = "lua/sigmamind/options.lua",
      ["sigmamind.packages"] = "lua/sigmamind/packages.lua",
      ["sigmamind.query"] = "lua/sigmamind/query.lua",
      ["sigmamind.raise"] = "lua/sigmamind/raise.lua",
      ["sigmamind.raw_request"] = "lua/sigmamind/raw_request.lua",
      ["sigmamind.redact"] = "lua/sigmamind/redact.lua",
      ["sigmamind.report"] = "lua/sigmamind/report.lua",
      ["sigmamind.resource"] = "lua/sigmamind/resource.lua",
      ["sigmamind.resources.agents"] = "lua/sigmamind/resources/agents.lua",
      ["sigmamind.resources.calls"] = "lua/sigmamind/resources/calls.lua",
      ["sigmamind.resources.campaigns"] = "lua/sigmamind/resources/campaigns.lua",
      ["sigmamind.resources.chats"] = "lua/sigmamind/resources/chats.lua",
      ["sigmamind.resources.init"] = "lua/sigmamind/resources/init.lua",
      ["sigmamind.resources.phone_numbers"] = "lua/sigmamind/resources/phone_numbers.lua",
      ["sigmamind.resources.shapes"] = "lua/sigmamind/resources/shapes.lua",
      ["sigmamind.resources.webhooks"] = "lua/sigmamind/resources/webhooks.lua",
      ["sigmamind.runtime.blocking"] = "lua/sigmamind/runtime/blocking.lua",
      ["sigmamind.runtime.cqueues"] = "lua/sigmamind/runtime/cqueues.lua",
      ["sigmamind.runtime.frames"] = "lua/sigmamind/runtime/frames.lua",
      ["sigmamind.runtime.init"] = "lua/sigmamind/runtime/init.lua",
      ["sigmamind.runtime.luv"] = "lua/sigmamind/runtime/luv.lua",
      ["sigmamind.runtime.nginx"] = "lua/sigmamind/runtime/nginx.lua",
      ["sigmamind.runtime.tick.init"] = "lua/sigmamind/runtime/tick/init.lua",
      ["sigmamind.runtime.tick.scheduler"] = "lua/sigmamind/runtime/tick/scheduler.lua",
      ["sigmamind.runtime.tick.task"] = "lua/sigmamind/runtime/tick/task.lua",
      ["sigmamind.verbs"] = "lua/sigmamind/verbs.lua",
    },
  },
}
