-- Single changes to what processes share that the specs must notice. `from` occurs once.

return {
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[local is_shared = options.cache or options.coalesce]=],
    to = [=[local is_shared = true]=],
    why = "a client without cache and coalesce shares",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[fields.body or own and own.cache == false then]=],
    to = [=[fields.body then]=],
    why = "cache = false is of no effect",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[canonical { fields.url, fields.headers }]=],
    to = [=[canonical { fields.url }]=],
    why = "calls with other headers share a body",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[or found.generation ~= self.generation or]=],
    to = [=[or]=],
    why = "a write invalidates nothing",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[or found.age >= cache.ttl + cache.stale then]=],
    to = [=[then]=],
    why = "stale has no end",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[call.snapshot and found.snapshot ~= call.snapshot]=],
    to = [=[false]=],
    why = "pages of several walks are mixed",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[if cache and not call.is_fresh then]=],
    to = [=[if cache then]=],
    why = "verify reads from the cache",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[  if before and before:body() == body then]=],
    to = [=[  if before then]=],
    why = "a refresh that found something new keeps the snapshot",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[ and #self.text <= cache.max_bytes]=],
    to = [=[]=],
    why = "max_bytes is of no effect",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[  network = true, timeout = true, tls = true,]=],
    to = [=[  timeout = true, tls = true,]=],
    why = "no old body while there is no network",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[return OUTAGES[err.kind] or (err.status or 0) >= 500]=],
    to = [=[return true]=],
    why = "an old body instead of 401",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[  if err and request.kept and is_outage(err) then]=],
    to = [=[  if false then]=],
    why = "each reader of an old body tries again",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[err.kind == "timeout" and request.deadline == math.huge then]=],
    to = [=[err.kind == "timeout" then]=],
    why = "the deadline of one ends all",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[is_sound = not found]=],
    to = [=[is_sound = true]=],
    why = "a damaged body is tried for ever",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[found.age < cache.ttl then]=],
    to = [=[found.age < cache.ttl + cache.stale then]=],
    why = "an old body is never refreshed",
  },
  {
    file = "lua/sigmamind/http/flight.lua",
    specs = "cache",
    from = [=[  if found == owner.token then]=],
    to = [=[  if false then]=],
    why = "the lock is never given back",
  },
  {
    file = "lua/sigmamind/http/flight.lua",
    specs = "cache",
    from = [=[request:is_over() or is_done and is_done()]=],
    to = [=[is_done and is_done()]=],
    why = "who waits has no deadline",
  },
  {
    file = "lua/sigmamind/http/flight.lua",
    specs = "cache",
    from = [=[    elseif other then
      self.other = other
      return "waiting"]=],
    to = [=[    elseif other then
      return "open"]=],
    why = "everybody fetches",
  },
  {
    file = "lua/sigmamind/http/kept.lua",
    specs = "cache",
    from = [=[    if HEADERS[name] then]=],
    to = [=[    if true then]=],
    why = "a cookie of one visitor is kept",
  },
  {
    file = "lua/sigmamind/http/kept.lua",
    specs = "cache",
    from = [=[age = math.max(0, life / 1000 - left)]=],
    to = [=[age = 0]=],
    why = "a body is never old",
  },
  {
    file = "lua/sigmamind/http/kept.lua",
    specs = "cache",
    from = [=[return is_whole and body]=],
    to = [=[return body]=],
    why = "half of a compressed body is used",
  },
  {
    file = "lua/sigmamind/http/limiter.lua",
    specs = "limiter",
    from = [=[if paused and left >= seconds - SAME or not]=],
    to = [=[if not]=],
    why = "a shorter pause takes the place of a longer",
  },
  {
    file = "lua/sigmamind/http/limiter.lua",
    specs = "limiter",
    from = [=[if self.store and seconds > 0 then]=],
    to = [=[if false then]=],
    why = "a pause is not shared",
  },
  {
    file = "lua/sigmamind/http/limiter.lua",
    specs = "limiter",
    from = [=[self.full_at = wait and more or self.full_at]=],
    to = [=[self.full_at = self.full_at]=],
    why = "no rate while the store fails",
  },
  {
    file = "lua/sigmamind/http/turn.lua",
    specs = "limiter",
    from = [=[and request.limiter:take(request.runtime, 0) == 0]=],
    to = [=[]=],
    why = "pages are requested ahead without a turn",
  },
  {
    file = "lua/sigmamind/http/turn.lua",
    specs = "limiter",
    from = [=[      request:rest(wait)
    end
    local is_paused]=],
    to = [=[    end
    local is_paused]=],
    why = "nobody waits for his turn",
  },
  {
    file = "lua/sigmamind/http/retry.lua",
    specs = "limiter",
    from = [=[store:incr(key, cost - spent, BUDGET_TTL)]=],
    to = [=[local _ = nil]=],
    why = "refunds go beyond the budget",
  },
  {
    file = "lua/sigmamind/http/retry.lua",
    specs = "limiter",
    from = [=[elseif spent > BUDGET then]=],
    to = [=[elseif false then]=],
    why = "the budget has no end",
  },
  {
    file = "lua/sigmamind/listing/prefetch.lua",
    specs = "cache",
    from = [=[local fits = self.is_fresh or not self.snapshot or self.snapshot == snapshot]=],
    to = [=[local fits = true]=],
    why = "a page of another walk is taken",
  },
  {
    file = "lua/sigmamind/listing/prefetch.lua",
    specs = "cache",
    from = [=[only_kept = self.read_at and self.runtime.now() - self.read_at > PART,]=],
    to = [=[only_kept = false,]=],
    why = "old pages are continued by new ones",
  },
  {
    file = "lua/sigmamind/listing/prefetch.lua",
    specs = "cache",
    from = [=[self.snapshot, self.read_at = self.is_fresh and flight.token(), false]=],
    to = [=[self.snapshot, self.read_at = false, false]=],
    why = "pages of two passes have one snapshot",
  },
  {
    file = "lua/sigmamind/listing/pager.lua",
    specs = "cache",
    from = [=[    if self.prefetch.is_shared then
      lapse(self)]=],
    to = [=[    if false then
      lapse(self)]=],
    why = "a walk of the cache steps back within it",
  },
  {
    file = "lua/sigmamind/listing/pager.lua",
    specs = "cache",
    from = [=[core.seen(not (listing.verify or may_lapse(transport)) and SEEN or nil)]=],
    to = [=[core.seen(1)]=],
    why = "a walk that begins again repeats rows",
  },
  {
    file = "lua/sigmamind/listing/verify.lua",
    specs = "cache",
    from = [=[  if walk.prefetch.is_shared then
    return false
  elseif walk.finished]=],
    to = [=[  if walk.finished]=],
    why = "a walk of the cache is consistent",
  },
  {
    file = "lua/sigmamind/wait.lua",
    specs = "cache",
    from = [=[call_options = verb.merged(call_options or {}, { cache = false })]=],
    to = [=[call_options = verb.merged(call_options or {}, {})]=],
    why = "wait reads from the cache",
  },
  {
    file = "lua/sigmamind/http/read.lua",
    specs = "cache",
    from = [=[    request:keep(transfer)
    transfer:close()
  end
  return page, err]=],
    to = [=[    transfer:close()
  end
  return page, err]=],
    why = "pages are not kept",
  },
  {
    file = "lua/sigmamind/http/request.lua",
    specs = "cache",
    from = [=[elseif status == UNCHANGED and self.kept then]=],
    to = [=[elseif false then]=],
    why = "a 304 is an error",
  },
  {
    file = "lua/sigmamind/http/request.lua",
    specs = "cache",
    from = [=[if store and not call.is_safe(self.method) and #self.attempts > 0 then]=],
    to = [=[if store and not call.is_safe(self.method) and self.status == 201 then]=],
    why = "a write with an unknown outcome invalidates nothing",
  },
  {
    file = "lua/sigmamind/http/flight.lua",
    specs = "cache",
    from = [=[if owner.is_ended or not thread or thread == core.thread() then]=],
    to = [=[if false then]=],
    why = "a reader waits for the lock that itself has left",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[if found and found.generation == self.generation then
    return serve]=],
    to = [=[if found then
    return serve]=],
    why = "what was asked for before a write is shared with those who know of it",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[  elseif box and box.is_over then
    return unboxed(request, box, reader)
]=],
    to = [=[]=],
    why = "what came aside is lost where the store fails",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[    if err and request.kept then
      self.store:set(self.body_key, nil)
    end
]=],
    to = [=[]=],
    why = "an old body hides a 404",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[snapshot, confirmed = before.snapshot, before.snapshot_age]=],
    to = [=[snapshot = before.snapshot]=],
    why = "a page that was confirmed counts as new",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[  elseif has_condition(fields.headers) then
    return nil
]=],
    to = [=[]=],
    why = "a call with a condition of its own is shared",
  },
  {
    file = "lua/sigmamind/http/kept.lua",
    specs = "cache",
    from = [=[if not body or core.digest(body) ~= digest then]=],
    to = [=[if not body then]=],
    why = "a damaged body is used",
  },
  {
    file = "lua/sigmamind/http/request.lua",
    specs = "cache",
    from = [=[return self.transport:request(given, math.huge, self.key())]=],
    to = [=[return self.transport:request(given, math.huge)]=],
    why = "what is fetched aside has another key",
  },
  {
    file = "lua/sigmamind/http/read.lua",
    specs = "cache",
    from = [=[if page and desynchronised(request, page) then -- kept]=],
    to = [=[if false then -- kept]=],
    why = "a wrong page that a raw request has kept is used",
  },
  {
    file = "lua/sigmamind/listing/pager.lua",
    specs = "cache",
    from = [=[      self.prefetch:stay_fresh()
]=],
    to = [=[]=],
    why = "a walk steps back to what it has kept itself",
  },
  {
    file = "lua/sigmamind/listing/prefetch.lua",
    specs = "cache",
    from = [=[self.is_fresh, self.snapshot = true, flight.token()]=],
    to = [=[self.is_fresh = true]=],
    why = "a walk that steps back mixes its pages for those who read them later",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[elseif call.only_kept or is_overtaken then]=],
    to = [=[elseif call.only_kept then]=],
    why = "a walk goes on beside one that has overtaken it",
  },
  {
    file = "lua/sigmamind/http/flight.lua",
    specs = "cache",
    from = [=[  until is_over or is_abandoned(self, other) or self]=],
    to = [=[  until is_over or self]=],
    why = "who waits does not see that the reader of this process has ended",
  },
  {
    file = "lua/sigmamind/http/request.lua",
    specs = "cache",
    from = [=[    self.share:renew()
    left = left - step]=],
    to = [=[    left = left - step]=],
    why = "the lock expires while its owner waits for its turn",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[  flight.retry(self.store)
  if]=],
    to = [=[  if]=],
    why = "a lock that could not be given back stays",
  },
  {
    file = "lua/sigmamind/http/share.lua",
    specs = "cache",
    from = [=[if not (cache or self.flight:is_locked()) then]=],
    to = [=[if not cache then]=],
    why = "what is fetched for others is not packed",
  },
}
