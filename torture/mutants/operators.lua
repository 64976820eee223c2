-- Single changes to the counts, the metrics and the lines of a log that their specs must notice.
-- `from` occurs once in the file.

return {
  {
    file = "lua/sigmamind/http/request.lua",
    specs = "stats",
    from = [[  if self.stage == "begun" then -- else]],
    to = [[  if false then -- else]],
    why = "a prefetched page that is never read is never done",
  },
  {
    file = "lua/sigmamind/http/request.lua",
    specs = "stats",
    from = [[    status = err.status
  end
  local seconds]],
    to = [[  end
  local seconds]],
    why = "a request that was never sent has the status of an earlier attempt, or none",
  },
  {
    file = "lua/sigmamind/http/request.lua",
    specs = "stats",
    from = [[    self.idle = self.transfer and self.runtime.now() - self.began or 0]],
    to = [[    self.idle = 0]],
    why = "a slow reader makes prefetched pages look slow",
  },
  {
    file = "lua/sigmamind/http/request.lua",
    lua = "luajit",
    specs = "metrics",
    from = [[  return failure and failure.kind == "cancelled" and not self.transport:is_closed()]],
    to = [[  return false]],
    why = "a visitor who leaves stays in flight",
  },
  {
    file = "lua/sigmamind/http/read.lua",
    specs = "stats",
    from = [[    request:finish(err)
  end
  return page, err]],
    to = [[    request:finish()
  end
  return page, err]],
    why = "a body that cannot be used is a success",
  },
  {
    file = "lua/sigmamind/http/transport.lua",
    specs = "stats",
    from = [[    owner.waited = owner.waited + host.now() - began]],
    to = [[    owner.waited = host.now() - began]],
    why = "waited is the last wait alone",
  },
  {
    file = "lua/sigmamind/http/stats.lua",
    specs = "stats",
    from = [[    running = setmetatable({}, { __mode = "k" }),]],
    to = [[    running = {},]],
    why = "an abandoned coroutine stays in flight",
  },
  {
    file = "lua/sigmamind/http/stats.lua",
    specs = "stats",
    from = [[  for i = tonumber(number), #BOUNDS do]],
    to = [[  for i = tonumber(number), tonumber(number) do]],
    why = "buckets are not cumulative",
  },
  {
    file = "lua/sigmamind/http/stats.lua",
    specs = "stats",
    from = [[    name = self.keys_left > 0 and name or OTHER]],
    to = [[    name = name or OTHER]],
    why = "any number of resources is counted",
  },
  {
    file = "lua/sigmamind/http/mirror.lua",
    lua = "luajit",
    specs = "metrics",
    from = [[safe_set(key, count, LIFE)]],
    to = [[safe_set(key, count)]],
    why = "what a killed worker had in flight stays",
  },
  {
    file = "lua/sigmamind/http/mirror.lua",
    lua = "luajit",
    specs = "metrics",
    from = [[  show(self, count)
  self:keep_renewing(counter, count)
end

--- Begins]],
    to = [[end

--- Begins]],
    why = "a long request disappears",
  },
  {
    file = "lua/sigmamind/http/mirror.lua",
    lua = "luajit",
    specs = "metrics",
    from = [[    sum, why = dict:safe_add(name, value)]],
    to = [[    sum, why = dict:set(name, value)]],
    why = "workers overwrite each other's first counts, or evict entries",
  },
  {
    file = "lua/sigmamind/http/mirror.lua",
    lua = "luajit",
    specs = "metrics",
    from = [[  note_failure(self, not sum and why)]],
    to = [[  assert(sum, why)]],
    why = "a full dictionary fails requests",
  },
  {
    file = "lua/sigmamind/log.lua",
    specs = "log",
    from = [[^[%w%-._~/:?&%%+,]+$]],
    to = [[^[%w%-._~/:?&%%+,= ]+$]],
    why = "a path adds words to a line of logfmt",
  },
}
