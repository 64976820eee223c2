-- Single changes to the Lua layer that its specs must notice. `from` occurs once in the file.

return {
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[self.empty = info.count == 0 and self.empty + 1 or 0]],
    to = [[self.empty = info.count == 0 and self.empty + 1 or self.empty]],
    why = "empty pages are counted in all, not in a row",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[local EMPTY_MOST = 3]],
    to = [[local EMPTY_MOST = 4]],
    why = "one more empty page in a row is borne",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[self.empty == EMPTY_MOST then
    self.empty = 0]],
    to = [[self.empty == EMPTY_MOST then]],
    why = "the count of empty pages is not reset after the error",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[self.repeated = ago == 1 and self.repeated + 1 or 0]],
    to = [[self.repeated = ago == 1 and self.repeated + 1 or self.repeated]],
    why = "repeated pages are counted in all, not in a row",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[local REPEATED_MOST = 3]],
    to = [[local REPEATED_MOST = 2]],
    why = "one repeated page fewer is borne",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[self.circling = ago and self.circling + 1 or 0]],
    to = [[self.circling = ago and self.circling + 1 or self.circling]],
    why = "circling pages are counted in all, not in a row",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[local CIRCLING_MOST = 50]],
    to = [[local CIRCLING_MOST = 49]],
    why = "one circling page fewer is borne",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[    self.repeated, self.circling = 0, 0
]],
    to = [[    self.circling = 0
]],
    why = "repeated pages: the count is not reset after the error",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[    self.repeated, self.circling = 0, 0
]],
    to = [[    self.repeated = 0
]],
    why = "circling pages: the count is not reset after the error",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[math.min(#self.recent, RECENT - 1)]],
    to = [[math.min(#self.recent, RECENT - 2)]],
    why = "one recent page fewer is remembered",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[math.min(#self.recent, RECENT - 1)]],
    to = [[math.min(#self.recent, RECENT)]],
    why = "one recent page more is remembered",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[self.number > self.farthest and 0 or self.steps_back]],
    to = [[self.steps_back]],
    why = "steps back are counted in all, not without getting further",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[self.steps_back > STEPS_BACK_MOST]],
    to = [[self.steps_back >= STEPS_BACK_MOST]],
    why = "one step back fewer is borne",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[local STEPS_BACK_MOST = 100]],
    to = [[local STEPS_BACK_MOST = 101]],
    why = "one step back more is borne",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[      self.steps_back = 0
]],
    to = "\n",
    why = "steps back: the count is not reset after the error",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[info.totalCount or self.total
]],
    to = [[info.totalCount
]],
    why = "a page without totalCount makes the walk forget the total",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[self.number - self.untold - back]],
    to = [[self.number - back]],
    why = "pages that told no total are not read again",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[if rows == 0 or self.number == 0 then]],
    to = [[if rows == 0 then]],
    why = "steps back also on page 0 of another pass",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[local PASSES_MOST = 10]],
    to = [[local PASSES_MOST = 12]],
    why = "a walk that verifies makes up to 12 passes",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "pager",
    from = [[self.passes == PASSES_MOST]],
    to = [[self.passes == PASSES_MOST - 1]],
    why = "a walk that verifies makes one pass fewer",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[= number, {}, nil, false]],
    to = [[= number, {}, self.total, false]],
    why = "begin_at keeps the total of the page before",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[  drift.total = total or drift.total]],
    to = [[  drift.total = total]],
    why = "a page without totalCount makes the search forget the total",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[place.row - drift.fallen >= row or row == 0]],
    to = [[true]],
    why = "the gap is not looked for again where more went meanwhile",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[local SEARCHED_MOST = 200]],
    to = [[local SEARCHED_MOST = 100]],
    why = "looks at 100 pages",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[searched < SEARCHED_MOST do]],
    to = [[searched <= SEARCHED_MOST do]],
    why = "looks at one page more",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[drift.risen) + beyond]],
    to = [[drift.risen)]],
    why = "no pages beyond on the far side",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[drift.fallen) - beyond]],
    to = [[drift.fallen)]],
    why = "no pages beyond on the near side",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[local BEYOND = 10]],
    to = [[local BEYOND = 9]],
    why = "looks one page less beyond",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[local BEYOND = 10]],
    to = [[local BEYOND = 11]],
    why = "looks one page more beyond",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[drift.risen = drift.risen + math.max(0, change)]],
    to = [[drift.risen = math.max(0, change)]],
    why = "only the last rise counts",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[drift.fallen = drift.fallen + math.max(0, -change)]],
    to = [[drift.fallen = math.max(0, -change)]],
    why = "only the last fall counts",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[local home = page_of(walk, place.row)]],
    to = [[local home = page_of(walk, place.row + 1)]],
    why = "the search begins a page too far",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[(row - 1) / walk:page_size()]],
    to = [[row / walk:page_size()]],
    why = "a row is looked for by its number from 0",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[page_of(walk, row + 1))]],
    to = [[page_of(walk, row))]],
    why = "the gap is looked for on the page before",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[page:skip(row % walk:page_size())]],
    to = [[page:skip((row + 1) % walk:page_size())]],
    why = "a row behind the gap is left out",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[{ home - distance, home + distance }]],
    to = [[{ home + distance, home - distance }]],
    why = "looks at the far side first",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[total = place.total }]],
    to = [[total = nil }]],
    why = "the token's total is not held against the first",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "resume",
    from = [[  if position == 0 then]],
    to = [[  if position < 0 then]],
    why = "a page of which no row was read is a place",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "resume",
    from = [[return here.duplicates + here.page:info().duplicates]],
    to = [[return here.duplicates]],
    why = "duplicates of the page at hand are left out",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[return info.totalCount == nil or info.totalCount == info.count]],
    to = [[return info.totalCount == info.count]],
    why = "a single page without totalCount is not consistent",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[self.report.pages == 1 and not self.listing.resume then]],
    to = [[self.report.pages == 1 then]],
    why = "one page behind a token is consistent",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "prefetch",
    from = [[failure.kind == "cancelled" or operation]],
    to = [[operation]],
    why = "what a fork cancelled is not begun anew",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "prefetch",
    from = [[    if not operation or self.closed then -- on_event may close the walk
]],
    to = [[    if not operation then
]],
    why = "requests on though on_event closed the walk",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "prefetch",
    from = [[  if not operation or self.closed then -- by on_event or api_key
]],
    to = [[  if not operation then
]],
    why = "requests the next page though on_event closed the walk while pages were begun",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "prefetch",
    from = [[  self.closed = true
]],
    to = [[  self.closed = false
]],
    why = "a closed walk is not known as closed to its requests",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "prefetch",
    from = [[operation.attempts, operation.began, operation.transfer = {}, nil, nil]],
    to = [[operation.began, operation.transfer = nil, nil]],
    why = "a neglected attempt counts",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "prefetch",
    from = [[, limits.connect_timeout or NEGLECT)]],
    to = [[)]],
    why = "neglect does not look at connect_timeout",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "prefetch",
    from = [[limits.timeout or NEGLECT, limits]],
    to = [[limits]],
    why = "neglect does not look at timeout",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "prefetch",
    from = [[operation.is_neglected and failure.retry]],
    to = [[operation.is_neglected]],
    why = "what cannot be repeated is begun anew where it was neglected",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "prefetch",
    from = [[operation.is_neglected = operation.transfer:done()]],
    to = [[operation.is_neglected = false]],
    why = "what failed because nobody polled is not begun anew",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "prefetch",
    from = [[  first.is_cut, first.ending = true, { base = self.ending }
]],
    to = [[  first.ending = { base = self.ending }
]],
    why = "take_while requests all pages at once",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "prefetch",
    from = [[  first.is_cut = self.is_cut or not knows
]],
    to = [[  first.is_cut = self.is_cut
]],
    why = "take behind a filter requests all pages at once",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "prefetch",
    from = [[  derived.is_cut = self.is_cut
]],
    to = "",
    why = "what follows take_while requests all pages at once",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "prefetch",
    from = [[  if self.source and not self.is_cut then
]],
    to = [[  if self.source and self.is_cut then
]],
    why = "only cut streams request all pages at once",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "prefetch",
    from = [[math.min(most, self.width * 2)]],
    to = [[math.min(most, self.width + 1)]],
    why = "the width grows by one page",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "limits",
    from = [[local PAGES_FOR_MORE = 8]],
    to = [[local PAGES_FOR_MORE = 7]],
    why = "one page fewer makes room for one more",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "limits",
    from = [[self.room, self.calm = self.room + 1, 0]],
    to = [[self.room = self.room + 1]],
    why = "calm pages are counted in all, not since there was room",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "limits",
    from = [[  self.room, self.calm = 1, 0
]],
    to = [[  self.room = 1
]],
    why = "a refusal does not begin the count of calm pages anew",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "prefetch",
    from = [[math.floor(self.requests.options.max_body / self.largest)]],
    to = [[math.ceil(self.requests.options.max_body / self.largest)]],
    why = "bodies in flight may go beyond max_body",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "reading",
    from = [[  self.awaited = operation
  self.begun[number] = nil
]],
    to = [[  self.begun[number] = nil
  self.awaited = operation
]],
    why = "an interruption loses an operation that is neither begun nor awaited",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "reading",
    from = [[    self.awaited:cancel()
    self.awaited = nil
]],
    to = [[    local awaited = self.awaited
    self.awaited = nil
    awaited:cancel()
]],
    why = "an interruption loses the operation that an abandoned reader waited for",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "prefetch",
    from = [[    if number > last then
]],
    to = [[    if false then
]],
    why = "pages beyond the last are waited for",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "limits",
    from = [[operation.is_ahead = operation.began ~= nil]],
    to = [[operation.is_ahead = false]],
    why = "a refusal of a page requested ahead counts as an attempt",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "prefetch",
    from = [[    operation:cancel()
    self.begun[number] = nil
]],
    to = [[    self.begun[number] = nil
]],
    why = "what is in flight is not cancelled",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "prefetch",
    from = [[first + self.ahead:widen(how) - 1]],
    to = [[first + self.ahead:widen(how)]],
    why = "one page too many is requested ahead",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "prefetch",
    from = [[math.ceil(self.wanted / size) - 1]],
    to = [[math.ceil(self.wanted / size)]],
    why = "a page that cannot be needed is requested",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "prefetch",
    from = [[self.ahead.largest = math.max(self.ahead.largest, info.bytes)]],
    to = [[self.ahead.largest = info.bytes]],
    why = "only the last body tells how large they are",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "prefetch",
    from = [[  if self.finished then
    self.ahead:cancel()
  end
]],
    to = "",
    why = "what is in flight at the end is not cancelled",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "prefetch",
    from = [[    draft.ahead:cancel()
]],
    to = [[    draft.page = draft.page
]],
    why = "what is in flight is not cancelled on an error",
  },
  {
    file = "lua/sigmamind/scheduler.lua",
    specs = "tick",
    from = [[kind == "closed" and session == self.session)]],
    to = [[kind == "closed")]],
    why = "another client's close ends this one's tasks",
  },
  {
    file = "lua/sigmamind/task.lua",
    specs = "tick",
    from = [[function task.stop(self, err)
  if self.state == "running" then]],
    to = [[function task.stop(self, err)
  if self.state then]],
    why = "a task that is over is stopped once more",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "cqueues",
    from = [[    if self.host.release then
      self.host.release(self.requests.session) -- so that they look
    end
]],
    to = "",
    why = "who waits for a page is not woken where the walk is closed",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "cqueues",
    from = [[    host.release(self.session)
]],
    to = [[    host.release(nil)
]],
    why = "another session than that of the client is released",
  },
  {
    file = "lua/sigmamind/operation.lua",
    specs = "request",
    from = [[math.max(left, 0.001)]],
    to = [[left]],
    why = "the time limit of an attempt may be 0 or below",
  },
  {
    file = "lua/sigmamind/operation.lua",
    specs = "request",
    from = [[math.max(left, 0.001)]],
    to = [[math.max(left, 1)]],
    why = "an attempt has a second beyond the deadline",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[  elseif not RULES.api_key.test(key) then]],
    to = [[  elseif key == "" then]],
    why = "the key of the environment is not checked",
  },
  {
    file = "lua/sigmamind/scrub.lua",
    specs = "secrets",
    from = [[  ["'"] = "&apos;",
]],
    to = "",
    why = "&apos; is not looked for",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[(self.is_shared or self.source:has_begun())]],
    to = [[(self.source:has_begun())]],
    why = "where after take begins another walk",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[(self.is_shared or self.source:has_begun())]],
    to = [[(self.is_shared)]],
    why = "where after the first row begins another walk",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "request",
    from = [[statuses.of(status).retry and "try again later" or nil]],
    to = [[status > 500 and statuses.of(status).retry and "try again later" or nil]],
    why = "no hint for 500",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[  seconds = math.min(seconds, retry.PAUSE_MOST)
]],
    to = "",
    why = "a pause has no bound",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "request",
    from = [[PAUSE_MOST = 86400]],
    to = [[PAUSE_MOST = 86401]],
    why = "a pause may be longer than a day",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[math.max(self.paused_until, operation.host.now() + seconds)]],
    to = [[operation.host.now() + seconds]],
    why = "a shorter pause takes the place of a longer",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[    retry.refund(self.budget)
]],
    to = "",
    why = "a success gives no token back",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "options",
    from = [[#value > 40 and value:sub(1, 40) .. "..." or value]],
    to = [[value]],
    why = "values in messages are not cut",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "options",
    from = [[#value > 40 and]],
    to = [[#value > 41 and]],
    why = "values in messages are cut one byte later",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "options",
    from = [[text:gsub("%c", "?")]],
    to = [[text:gsub("%z", "?")]],
    why = "values in messages are not one line",
  },
  {
    file = "lua/sigmamind/runtime/blocking.lua",
    specs = "runtime",
    from = [[session:poll(POLL)]],
    to = [[session:poll(0)]],
    why = "blocking.wait spins",
  },
  {
    file = "lua/sigmamind/runtime/blocking.lua",
    specs = "runtime",
    from = [[  while left > 0 do
    core.sleep(left)
    left = wake - core.now()
  end
]],
    to = [[  core.sleep(left)
]],
    why = "a negative sleep is passed on",
  },
  {
    file = "lua/sigmamind/missing.lua",
    specs = "runtime",
    from = [[first:find ":$" and second ~= "" and first .. " " .. second or first]],
    to = [[text]],
    why = "the whole search list is in the message",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "reading",
    from = [[  self.ahead:abandon()
]],
    to = "",
    why = "what was in flight of an interrupted read is kept",
  },
  {
    file = "lua/sigmamind/runtime/nginx.lua",
    specs = "nginx",
    from = [[  ssl_session_fetch = true,
]],
    to = "",
    why = "nothing can wait in ssl_session_fetch",
  },
  {
    file = "lua/sigmamind/runtime/nginx.lua",
    specs = "nginx",
    from = [[  ssl_client_hello = true,
]],
    to = "",
    why = "nothing can wait in ssl_client_hello",
  },
  {
    file = "lua/sigmamind/runtime/nginx.lua",
    specs = "nginx",
    from = [[  ssl_cert = true,
]],
    to = "",
    why = "nothing can wait in ssl_cert",
  },
  {
    file = "lua/sigmamind/runtime/nginx.lua",
    specs = "nginx",
    from = [[  server_rewrite = true,
]],
    to = "",
    why = "nothing can wait in server_rewrite",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "prefetch",
    from = [[(info.size or 0) > INT32_MOST]],
    to = [[(info.size or 0) > 2 ^ 53]],
    why = "a size beyond int32 is not refused",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "prefetch",
    from = [[(info.size or 0) > INT32_MOST]],
    to = [[(info.size or 0) >= INT32_MOST]],
    why = "the largest int32 is refused as a size",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "prefetch",
    from = [[(info.totalCount or 0) > (info.page + 1) * own]],
    to = [[(info.totalCount or 0) >= (info.page + 1) * own]],
    why = "a last page that is full is refused",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "prefetch",
    from = [[(info.totalCount or 0) > (info.page + 1) * own]],
    to = [[(info.totalCount or 0) > (info.page + 2) * own]],
    why = "one page too few is not noticed",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "prefetch",
    from = [[elseif info.size == 0 then]],
    to = [[elseif info.size == -1 then]],
    why = "a size of 0 is taken",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "prefetch",
    from = [[elseif more and info.page == INT32_MOST then]],
    to = [[elseif more and info.page == -1 then]],
    why = "a page follows the last that an int32 can number",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "prefetch pager",
    from = [[info.page + 1 < info.totalPages]],
    to = [[info.page < info.totalPages]],
    why = "a page is requested behind totalPages",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "prefetch pager",
    from = [[last = info.totalPages - 1]],
    to = [[last = info.totalPages]],
    why = "one page too many by totalPages",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "prefetch drift",
    from = [[math.ceil(info.totalCount / size) - 1]],
    to = [[math.floor(info.totalCount / size) - 1]],
    why = "one page too few by totalCount",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "prefetch",
    from = [[return math.min(last, INT32_MOST)]],
    to = [[return last]],
    why = "pages beyond an int32 are requested",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "prefetch",
    from = [[info.size ~= size then]],
    to = [[info.size > size then]],
    why = "pages may become smaller",
  },
  {
    file = "lua/sigmamind/wrapper.lua",
    specs = "pager",
    from = [[if info.hasNext == nil and info.totalPages then]],
    to = [[if info.totalPages then]],
    why = "totalPages goes before hasNext",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "prefetch",
    from = [[self.size or info.size]],
    to = [[info.size]],
    why = "the size that a page leaves out is forgotten",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "prefetch",
    from = [[math.abs(fell), fell ~= 0]],
    to = [[math.max(0, fell), fell > 0]],
    why = "a rise of the total with several in flight is no danger",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "drift",
    from = [[fell ~= 0 and self.ahead.width or 0]],
    to = [[0]],
    why = "pages that were in flight together are not read again",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "drift",
    from = [[return math.max(0, fell), 0]],
    to = [[return 0, 0]],
    why = "a walk one page after another never steps back",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[math.ceil(grown / self:page_size())]],
    to = [[math.floor(grown / self:page_size())]],
    why = "the place is not looked for again where the origin grew by part of a page",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[number <= origin.page +]],
    to = [[number < origin.page +]],
    why = "a walk that steps back to its origin brings rows from before it",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "prefetch",
    from = [[2 ^ self.unrest]],
    to = [[1]],
    why = "an unruly list is not calmed for longer and longer",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "prefetch",
    from = [[self.unrest + (pages > 0 and 1 or 0)]],
    to = [[self.unrest]],
    why = "unrest is not counted",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "drift",
    from = [[local back = math.ceil((pages > 0]],
    to = [[local back = math.floor((pages > 0]],
    why = "the walk steps back by whole pages only",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "drift",
    from = [[self.report.reread + self.number - number })]],
    to = [[self.report.reread })]],
    why = "pages that are read again are not counted",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[self.pass.is_patched = true
  end
  return true]],
    to = [[self.pass.is_patched = false
  end
  return true]],
    why = "a pass in which a page was read twice may prove something",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "prefetch",
    from = [[self.eager and self.unrest == 0]],
    to = [[self.eager]],
    why = "all pages are requested at once though the list moves",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "prefetch",
    from = [[first < self.calm_from and "one"]],
    to = [[first <= self.calm_from and "one"]],
    why = "one more page is requested alone",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[and not self.resume then]],
    to = [[then]],
    why = "pages are requested ahead while the place is looked for",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[pass.rows = pass.rows + page:count_new(pass.met)]],
    to = [[pass.rows = pass.rows + info.count]],
    why = "rows that came twice in a pass count twice",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[if info.page == 0 then
    pass.total]],
    to = [[if info.page == 1 then
    pass.total]],
    why = "the total of a pass is that of page 1",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[alike and pass.total == pass.rows and not pass.is_patched]],
    to = [[alike and not pass.is_patched]],
    why = "two passes that saw the same prove it whatever the total",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[alike and pass.total == pass.rows and not pass.is_patched]],
    to = [[alike and pass.total == pass.rows]],
    why = "a patched pass proves it",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[(alike and not pass.total)]],
    to = [[alike]],
    why = "two passes that are alike end the walk whatever the total",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[self.ids_before, self.pass = ids, new_pass()]],
    to = [[self.ids_before, self.pass = self.ids_before, new_pass()]],
    why = "a pass is not held against the one before",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[    self.state.pass.is_patched = true
  end
  self.draft]],
    to = [[    self.state.pass.is_patched = false
  end
  self.draft]],
    why = "a pass that was interrupted may prove something",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "reading",
    from = [[  self.draft = self.state
end]],
    to = [[end]],
    why = "an interrupted draft goes on",
    equivalent = "begin_draft, its only caller, sets the draft next, and may drop one again",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "request",
    from = [[self.deadline = self.deadline or self.requests:deadline()]],
    to = [[self.deadline = self.requests:deadline()]],
    why = "each page has the whole deadline",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[state.delivered * state:page_size()]],
    to = [[(state.delivered + 1) * state:page_size()]],
    why = "a token is a page too far",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[listing.resume.row > 0 and]],
    to = [[listing.resume.row >= 0 and]],
    why = "a token from before the first row is looked for",
  },
  {
    file = "lua/sigmamind/pager.lua",
    specs = "resume",
    from = [[core.seen(not listing.verify and SEEN or nil)]],
    to = [[core.seen(not listing.verify and 1 or nil)]],
    why = "rows that come again are forgotten soon",
  },
  {
    file = "lua/sigmamind/resume.lua",
    specs = "resume",
    from = [[math.max(0, math.min(number, wrapper.PAGE_MOST))]],
    to = [[math.max(0, number)]],
    why = "a place that was made up is beyond an int32",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "resume",
    from = [[before = resume and resume.count or 0,]],
    to = [[before = 0,]],
    why = "the rows before a token do not count",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "stream",
    from = [[and self:is_whole()) or listing.resume or listing.verify then]],
    to = [[and self:is_whole()) then]],
    why = "smaller pages are requested for a walk with a token",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "stream",
    from = [[not (most and listing.may_shrink and self:is_whole())]],
    to = [[not (most and self:is_whole())]],
    why = "smaller pages are requested though a size was given",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "stream",
    from = [[math.max(1, math.ceil(most / pages))]],
    to = [[math.max(1, math.floor(most / pages))]],
    why = "pages have too few rows for what is wanted",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "stream",
    from = [[math.max(1, math.ceil(most / size))]],
    to = [[math.max(1, math.floor(most / size))]],
    why = "a page too few is planned",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "resume",
    from = [[resume.query ~= digest(self.listing)]],
    to = [[resume.query == nil]],
    why = "a token of another walk is taken",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "stream",
    from = [[  self.is_last_read = false
]],
    to = "",
    why = "first that failed leaves small pages",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "stream",
    from = [[self.pager and not self.here.page then
    self.pager:close()
    self.pager = nil]],
    to = [[self.pager and not self.here.page then
    self.pager:close()]],
    why = "a walk that first could not read is not opened anew",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "resume",
    from = [[return { row = here.before + position, id]],
    to = [[return { row = here.before + position - 1, id]],
    why = "a token is a row too early",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "resume",
    from = [[id = id, total = here.page:info().totalCount }]],
    to = [[id = id }]],
    why = "a token has no total",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "prefetch",
    from = [[want and self:is_whole() and want or math.huge]],
    to = [[math.huge]],
    why = "pages that cannot be needed are requested ahead",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "prefetch",
    from = [[want and self:is_whole() and want or math.huge]],
    to = [[want or math.huge]],
    why = "a filter has too few pages in flight",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "tick",
    from = [[self.breathe = walk.ahead:breather()]],
    to = [[self.breathe = nil]],
    why = "a page is not spread over several ticks",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "stream",
    from = [[self.count.at_end = err == nil]],
    to = [[self.count.at_end = true]],
    why = "a walk that failed has ended",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "resume",
    from = [[count = self.before + self.count.read,]],
    to = [[count = self.count.read,]],
    why = "a token of a walk from a token has too few rows",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "stream",
    from = [[self.is_broken_off = self.is_broken_off or not (walk and walk:is_over())]],
    to = [[self.is_broken_off = false]],
    why = "a closed stream is taken for a complete one",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "resume",
    from = [[  if self.here.page then
    turn_to(self, nil)
  end
]],
    to = [[  self.here.page = nil
]],
    why = "the token is another one after the stream was closed",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "resume",
    from = [[pages = seen.pages,]],
    to = [[pages = seen.pages + 1,]],
    why = "a page too many in the report",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "client",
    from = [[listing.rows = query.compile(listing.chain, listing.key)]],
    to = [[listing.rows = query.compile({ listing.chain[1] }, listing.key)]],
    why = "the first step alone is compiled",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "prefetch",
    from = [[for number = first, last do
    local operation = self.begun]],
    to = [[for number = first + 1, last do
    local operation = self.begun]],
    why = "the page that is wanted next is not requested ahead",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "limits",
    from = [[    if REFUSED[attempt.status] then
      return true]],
    to = [[    if REFUSED[attempt.status] then
      return false]],
    why = "refusals are not noticed",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "limits",
    from = [[[503] = true } -- status]],
    to = [[[502] = true } -- status]],
    why = "503 is no refusal",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "prefetch",
    from = [[least, most = math.min(least, total or least), math.max(most, total or most)]],
    to = [[least, most = total or least, total or most]],
    why = "only the last total of those in flight counts",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "prefetch",
    from = [[how == "all" and most or]],
    to = [[how == "all" and most + 1 or]],
    why = "more in flight than prefetch",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "limits",
    from = [[math.max(1, self.listing.prefetch), self.room)]],
    to = [[math.max(1, self.listing.prefetch), 64)]],
    why = "the width does not heed the room",
  },
  {
    file = "lua/sigmamind/ahead.lua",
    specs = "cqueues",
    from = [[    self.awaited:cancel()
    if self.host]],
    to = "    if self.host",
    why = "who waits for a page waits on though the walk was closed",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "client",
    from = [[local IDLE = 408]],
    to = [[local IDLE = 409]],
    why = "a 408 on an idle connection counts",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "client",
    from = [[err.status == IDLE and operation.reused]],
    to = [[err.status == IDLE]],
    why = "a 408 on a new connection is repeated for free",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "client",
    from = [[  self.session:retire_idle()
]],
    to = "",
    why = "the connection that failed is used again",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "pager",
    from = [[  if operation.repeated then
    return false
  end
]],
    to = "",
    why = "a page that is another is requested for ever",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "client",
    from = [[made - free_repeats(operation) - operation:spared()]],
    to = [[made - operation:spared()]],
    why = "a free repeat counts",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "limits",
    from = [[made - free_repeats(operation) - operation:spared()]],
    to = [[made - free_repeats(operation)]],
    why = "a refusal of a request ahead counts",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "descriptors",
    from = [[err.cause == "descriptors" and]],
    to = [[err.cause == "descriptor" and]],
    why = "nothing is collected where descriptors are used up",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "descriptors",
    from = [[  operation.collected = true
]],
    to = "",
    why = "what lacks descriptors is repeated for ever",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[wait > retry.RETRY_AFTER_MOST then]],
    to = [[wait >= retry.RETRY_AFTER_MOST then]],
    why = "a pause of just a minute is not waited for",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[elseif wait >= operation:remaining() then]],
    to = [[elseif wait > operation:remaining() + 1 then]],
    why = "a pause beyond the deadline is waited for",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[local is_over = operation:remaining() <= 0]],
    to = [[local is_over = false]],
    why = "a walk beyond its deadline says that it is paused",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[until wait == 0 or operation.cancelled or self.closed
  return true]],
    to = [[until true
  return true]],
    why = "a pause that became longer is not waited for",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[while left > 0 and not operation.cancelled and not self.closed do]],
    to = [[while left > 0 and not operation.cancelled do]],
    why = "a closed client sleeps on",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[while left > 0 and not operation.cancelled and not self.closed do]],
    to = [[while left > 0 and not self.closed do]],
    why = "a closed walk sleeps on",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[left = left - NAP
]],
    to = [[left = left - 2 * NAP
]],
    why = "sleeps for half the time",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[operation.host.sleep(math.min(left, NAP), self.session)]],
    to = [[operation.host.sleep(left, self.session)]],
    why = "a sleeper does not look whether it is still wanted",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[local attempt = { number = #operation.attempts + 1,]],
    to = [[local attempt = { number = #operation.attempts,]],
    why = "attempts are numbered from 0",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[if self:pause_left(operation) > 0 or operation:remaining() <= 0 then]],
    to = [[if operation:remaining() <= 0 then]],
    why = "pages are requested ahead during a pause",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "prefetch",
    from = [[  if not operation.cancelled then -- by on_event
    self:start(operation)]],
    to = [[  if true then -- by on_event
    self:start(operation)]],
    why = "a page is requested though on_event closed the walk at its event",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[(operation:retry_after() or 0) - operation:seconds_since())]],
    to = [[(operation:retry_after() or 0))]],
    why = "a pause counts from when it was noticed",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[if transfer:status() == 429 then]],
    to = [[if transfer:status() == 428 then]],
    why = "a 429 to a page ahead holds nobody back",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[if err.kind == "rate_limit" then
    pause]],
    to = [[if err.kind == "none" then
    pause]],
    why = "a 429 holds back its own request alone",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[err.retry_after and err.retry_after - since or wait or 0)]],
    to = [[wait or 0)]],
    why = "a 429 that is not repeated holds nobody back",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[    event.error = err
]],
    to = "",
    why = "a failure has no error in its event",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "prefetch",
    from = [[  if transfer and not reply then
    transfer:close()
  end
]],
    to = "",
    why = "a transfer that failed is not closed",
    equivalent = "the collector closes it a little later",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[err.attempts = operation.attempts
  return nil, err]],
    to = [[return nil, err]],
    why = "an error has no attempts",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "pager",
    from = [[if got and got ~= operation.number then]],
    to = [[if got and got > operation.number then]],
    why = "a page before the one that was requested is taken",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "request",
    from = [[  self.closed = true
  self.session:close()]],
    to = [[  self.session:close()]],
    why = "a client is not known as closed",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "client",
    from = [[headers = { Accept = "application/json" },]],
    to = "",
    why = "no Accept header",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "descriptors",
    from = [[local retryable = kind == "network"]],
    to = [[local retryable = false]],
    why = "what could not be started is not repeated",
  },
  {
    file = "lua/sigmamind/request.lua",
    specs = "client",
    from = [[if not transfer:done() then
    error]],
    to = [[if false then
    error]],
    why = "a runtime that returns too early is not noticed",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "retry",
    from = [[BACKOFF_FIRST * 2 ^ math.max(0, attempts_made - 1)]],
    to = [[BACKOFF_FIRST * 2 ^ attempts_made]],
    why = "the backoff begins at its second bound",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "retry",
    from = [[local BACKOFF_MOST = 8]],
    to = [[local BACKOFF_MOST = 16]],
    why = "the backoff grows to 16 s",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "retry",
    from = [[LIMITS[status] and bound / 2 or 0]],
    to = [[0]],
    why = "a limit is asked again at once",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "retry",
    from = [[COST, COST_OF_TIMEOUT, REFUND = 5, 10, 1]],
    to = [[COST, COST_OF_TIMEOUT, REFUND = 5, 5, 1]],
    why = "a time-out costs no more than others",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "retry",
    from = [[budget.tokens < cost]],
    to = [[budget.tokens <= cost]],
    why = "the last tokens are not spent",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "retry request",
    from = [[made >= options.attempts]],
    to = [[made > options.attempts]],
    why = "one attempt too many",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "retry request",
    from = [[err.retry_after > retry.RETRY_AFTER_MOST]],
    to = [[err.retry_after >= retry.RETRY_AFTER_MOST]],
    why = "a wait of just a minute is not made",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "retry request",
    from = [[if wait >= remaining then]],
    to = [[if wait > remaining + 1 then]],
    why = "a wait beyond the deadline is made",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "retry",
    from = [[when and math.max(0, when - now)]],
    to = [[when and when - now]],
    why = "a date that has passed is a negative wait",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "retry",
    from = [[fraction:find "[1-9]" and 1 or 0]],
    to = [[fraction ~= "" and 1 or 0]],
    why = "2.0 seconds are 3",
  },
  {
    file = "lua/sigmamind/retry.lua",
    specs = "retry",
    from = [[math.min(BUDGET, budget.tokens + REFUND)]],
    to = [[budget.tokens + REFUND]],
    why = "the budget grows without end",
  },
  {
    file = "lua/sigmamind/operation.lua",
    specs = "request prefetch",
    from = [[return seconds > STALE and seconds or 0]],
    to = [[return 0]],
    why = "a wait counts from when its page comes to its turn",
  },
  {
    file = "lua/sigmamind/operation.lua",
    specs = "client",
    from = [[table.sort(pairs_of_query)]],
    to = [[local _ = pairs_of_query]],
    why = "the query has no order",
  },
  {
    file = "lua/sigmamind/operation.lua",
    specs = "limits",
    from = [[(status == 429 or status == 503) and 1 or 0]],
    to = [[(status == 429 or status == 503) and 2 or 0]],
    why = "a refusal ahead spares two attempts",
  },
  {
    file = "lua/sigmamind/operation.lua",
    specs = "proxy",
    from = [[failure.cause == "proxy_limit" or failure.cause == "proxy_failed"]],
    to = [[failure.cause == "proxy_failed"]],
    why = "a proxy's Retry-After is not obeyed",
  },
  {
    file = "lua/sigmamind/operation.lua",
    specs = "prefetch",
    from = [[  self.cancelled = true
]],
    to = "",
    why = "an operation that is cancelled does not know it",
  },
  {
    file = "lua/sigmamind/operation.lua",
    specs = "client",
    from = [[self.deadline - self.host.now()]],
    to = [[self.host.now() - self.deadline]],
    why = "a deadline is in the past",
  },
  {
    file = "lua/sigmamind/task.lua",
    specs = "tick",
    from = [[self.scheduler.running = self.scheduler.running - 1]],
    to = [[self.scheduler.running = self.scheduler.running]],
    why = "tasks that are over count as running",
  },
  {
    file = "lua/sigmamind/task.lua",
    specs = "tick",
    from = [[return not self.wake or now >= self.wake]],
    to = [[return not self.wake or now > self.wake + 1]],
    why = "a sleeper wakes late",
  },
  {
    file = "lua/sigmamind/task.lua",
    specs = "tick",
    from = [[self.transfer, self.wake = nil, nil
]],
    to = [[self.transfer = nil
]],
    why = "who caught that it cannot wait sleeps on",
    lua = "lua5.1",
  },
  {
    file = "lua/sigmamind/task.lua",
    specs = "tick",
    from = [[  cancel_transfer(self)
  if self.waiting then]],
    to = [[  if self.waiting then]],
    why = "the exchange of a cancelled task goes on",
  },
  {
    file = "lua/sigmamind/task.lua",
    specs = "tick",
    from = [[  close(self.thread)
]],
    to = "",
    why = "to-be-closed variables of a cancelled task stay open",
  },
  {
    file = "lua/sigmamind/task.lua",
    specs = "tick",
    from = [[resume(self, unpack(arguments, 1, arguments.n))]],
    to = [[resume(self, unpack(arguments))]],
    why = "a nil among the arguments cuts them",
  },
  {
    file = "lua/sigmamind/task.lua",
    specs = "tick",
    from = [[return unpack(self.results, 1, self.results.n)]],
    to = [[return unpack(self.results)]],
    why = "a nil among the results cuts them",
  },
  {
    file = "lua/sigmamind/task.lua",
    specs = "tick",
    from = [[... ~= self.results[2] then]],
    to = [[... == self.results[2] then]],
    why = "an error in cleaning up is lost",
  },
  {
    file = "lua/sigmamind/task.lua",
    specs = "tick",
    from = [[if current and current.thread == coroutine.running() then]],
    to = [[if current then]],
    why = "a request in a coroutine of a task suspends the task",
  },
  {
    file = "lua/sigmamind/scheduler.lua",
    specs = "tick",
    from = [[local BUDGET = 0.002]],
    to = [[local BUDGET = 2]],
    why = "the default budget is two seconds",
  },
  {
    file = "lua/sigmamind/scheduler.lua",
    specs = "tick",
    from = [[while self.first <= last and (turns == 0 or time < self.deadline) do]],
    to = [[while self.first <= last and time < self.deadline do]],
    why = "a budget of 0 takes no step",
  },
  {
    file = "lua/sigmamind/scheduler.lua",
    specs = "tick",
    from = [[while self.first <= last and (turns == 0 or time < self.deadline) do]],
    to = [[while self.first <= self.last and (turns == 0 or time < self.deadline) do]],
    why = "tasks that were spawned in a tick begin in it",
  },
  {
    file = "lua/sigmamind/scheduler.lua",
    specs = "tick",
    from = [[take_turns(self) > 0 then
    open = poll(self)]],
    to = [[take_turns(self) > 0 then
    open = true]],
    why = "requests of a tick go out with the next",
  },
  {
    file = "lua/sigmamind/scheduler.lua",
    specs = "tick",
    from = [[    self.ticking = false -- a hook]],
    to = [[    -- a hook]],
    why = "a tick that was interrupted is the last",
  },
  {
    file = "lua/sigmamind/scheduler.lua",
    specs = "tick",
    from = [[  elseif self.ticking then]],
    to = [[  elseif self.closed then]],
    why = "a function may tick the client that runs it",
  },
  {
    file = "lua/sigmamind/scheduler.lua",
    specs = "tick",
    from = [[    self.unhandled = {}
]],
    to = "",
    why = "tasks that failed are returned again",
  },
  {
    file = "lua/sigmamind/scheduler.lua",
    specs = "tick",
    from = [[  self.running = self.running + 1
]],
    to = "",
    why = "tasks that were spawned do not count",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[  rows.read = rows.offered
  return row
end

local function next_of]],
    to = [[  return row
end

local function next_of]],
    why = "rows that `for` gave come again",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[return self.rows.at_end and self.rows or self.ending]],
    to = [[return self.ending]],
    why = "who shares a listing is not told of its end",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[    ending = ending.base
]],
    to = [[    ending = nil
]],
    why = "a stream of which the first rows were read to the end is not over",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[local COUNT_MAX = 2 ^ 53]],
    to = [[local COUNT_MAX = 2 ^ 63]],
    why = "a count wraps around",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[value < 0 or value % 1 ~= 0 then]],
    to = [[value < 0 then]],
    why = "take takes a fraction",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[self.form == "text" and "text" or nil]],
    to = [[nil]],
    why = "functions after json make rows of text",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[  texts.is_whole = self.is_whole
]],
    to = "",
    why = "take behind json requests all pages at once",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[      if changed ~= nil then]],
    to = [[      if changed then]],
    why = "map drops false",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[least, last = least + rows.read - last, rows.read]],
    to = [[last = rows.read]],
    why = "take counts rows that others read",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[local left = least and least - rows.read or count]],
    to = [[local left = least and least - rows.offered or count]],
    why = "take gives a row too few where one is offered again",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "reading",
    from = [[least = least or last - 1 + count]],
    to = [[least = least or last + count]],
    why = "take gives a row too many",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "prefetch",
    from = [[want and math.min(want, left) or left)]],
    to = [[left)]],
    why = "pages are requested for more rows than are wanted",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[    if left == 0 then
      return nil]],
    to = [[    if left == 1 then
      return nil]],
    why = "take behind a filter gives a row too few",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[  first.is_whole, first.form = self.is_whole, self.form
]],
    to = [[  first.form = self.form
]],
    why = "drop behind take counts in Lua",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[      finished = true
]],
    to = "",
    why = "take_while goes on behind the row that failed",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "prefetch",
    from = [[return pull(take, want and want + left)]],
    to = [[return pull(take, want)]],
    why = "drop wants too few rows",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "reading",
    from = [[rows.offered <= least do]],
    to = [[rows.offered < least do]],
    why = "drop leaves a row",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[return left < 0]],
    to = [[return left <= 0]],
    why = "drop behind a filter leaves a row too many",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "reading",
    from = [[list.before = read - #list.rows]],
    to = [[list.before = read]],
    why = "totable loses its place",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "reading",
    from = [[list.before + #list.rows ~= read + 1 then]],
    to = [[list.before + #list.rows ~= read then]],
    why = "a row that is offered again comes twice in the list",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[        self.list = nil
]],
    to = "",
    why = "totable gives again what was partial",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[  err.partial = partial
]],
    to = "",
    why = "what came before a failure is not in the error",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[  if row ~= nil then
    self:close()]],
    to = [[  if row then
    self:close()]],
    why = "first does not close where the row is false",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[      value = core.null
]],
    to = [[      value = "null"
]],
    why = "rows without a value are grouped under text",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[    return not test(row)]],
    to = [[    return test(row)]],
    why = "all is true for none",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[  return row ~= nil
end]],
    to = [[  return row
end]],
    why = "any gives the row",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[local row, err = next_of(self, 1)]],
    to = [[local row, err = next_of(self, 2)]],
    why = "first wants two rows",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "request",
    from = [[local TEXT_MAX = 2048]],
    to = [[local TEXT_MAX = 4096]],
    why = "an error keeps 4 KiB",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "request",
    from = [[local JSON_MAX = 65536]],
    to = [[local JSON_MAX = 80000]],
    why = "an explanation that is far too long is decoded",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "request",
    from = [[gsub("%c", "?") -- for terminals]],
    to = [[gsub("%z", "?") -- for terminals]],
    why = "control characters reach the terminal",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "request",
    from = [[where = where .. ", status " .. self.status]],
    to = [[where = where .. ", " .. self.status]],
    why = "the status has no name",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "request",
    from = [[  elseif status == 404 then
    return "check base_url"
  end
  return status]],
    to = [[  end
  return status]],
    why = "no hint for 404",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "outcomes",
    from = [[elseif status == 403 and next(said) == nil then]],
    to = [[elseif status == 403 then]],
    why = "a 403 of the API is put on a gateway",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "outcomes",
    from = [[gsub("^.*@", "***@")]],
    to = [[gsub("^.-@", "***@")]],
    why = "a user with an @ is shown in part",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "outcomes",
    from = [[local path = value:match "^[^?#]*"]],
    to = [[local path = value]],
    why = "the query of a redirect is shown",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "request",
    from = [[not content_type:find("json", 1, true) then]],
    to = [[content_type:find("json", 1, true) then]],
    why = "the type of a page that is no JSON is not told",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "proxy",
    from = [[failure.proxy_status == 407 then]],
    to = [[failure.proxy_status == 403 then]],
    why = "a 407 has no hint for credentials",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "proxy",
    from = [[BY_NETWORK[kind] and not LOCAL[cause] then]],
    to = [[BY_NETWORK[kind] then]],
    why = "failures of this machine are put on the proxy",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "secrets proxy",
    from = [[secrets[#secrets + 1] = key
]],
    to = "",
    why = "the key is not taken out of errors",
  },
  {
    file = "lua/sigmamind/errors.lua",
    specs = "proxy",
    from = [[local secrets = way and proxy.secrets(way.url) or {}]],
    to = [[local secrets = {}]],
    why = "the proxy's credentials are not taken out of errors",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[host:lower()
]],
    to = [[host
]],
    why = "LOCALHOST is not loopback",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[tonumber(octet) > 255 or octet:find "^0%d" then]],
    to = [[octet:find "^0%d" then]],
    why = "127.999.1.1 is loopback",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[tonumber(octet) > 255 or octet:find "^0%d" then]],
    to = [[tonumber(octet) > 255 then]],
    why = "127.0.0.08 is loopback",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[parts.user or parts.password or url:find "[?#]" then]],
    to = [[parts.user or parts.password then]],
    why = "a base_url may have a query",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[parts.scheme == "http" and not allow_http and not is_loopback(parts.host) then]],
    to = [[parts.scheme == "http" and not allow_http and false then]],
    why = "the key goes in clear",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "client",
    from = [[resolved.base_url = resolved.base_url:gsub("/+$", "")]],
    to = [[resolved.base_url = resolved.base_url:gsub("/$", "")]],
    why = "one slash at the end of base_url is taken off",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[return value ~= "" and value or nil]],
    to = [[return value]],
    why = "an empty variable counts",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[if name == label and has_content then]],
    to = [[if has_content then]],
    why = "a block ends with another label",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[if name == label and has_content then]],
    to = [[if name == label then]],
    why = "an empty block is a certificate",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[has_content, encrypted = name, false, false]],
    to = [[has_content, encrypted = name, has_content, false]],
    why = "the content of another block counts",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[    if label:find "^ENCRYPTED" then
      return false]],
    to = [[    if label:find "^ENCRYPTED" then
      return true]],
    why = "a key with a passphrase is taken",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [["[%z\1-\31\127]"]],
    to = [["[\1-\31\127]"]],
    why = "a name with NUL is taken",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[attempts = check.integer(1, 10)]],
    to = [[attempts = check.integer(1, 100)]],
    why = "a hundred attempts",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "reference",
    from = [[  timeout = 60,]],
    to = [[  timeout = 600,]],
    why = "an attempt takes ten minutes",
  },
  {
    file = "lua/sigmamind/options.lua",
    specs = "options",
    from = [[given.client_key and not given.client_cert then]],
    to = [[false then]],
    why = "client_key without client_cert is taken",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "options",
    from = [[local WAIT_MAX = 3600]],
    to = [[local WAIT_MAX = 36000]],
    why = "milliseconds are taken for seconds",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "options",
    from = [[value > 0 and value <= WAIT_MAX)]],
    to = [[value >= 0 and value <= WAIT_MAX)]],
    why = "a time limit of 0 is taken",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "options",
    from = [[value < math.huge and "milliseconds"]],
    to = [["milliseconds"]],
    why = "an infinite wait is taken for milliseconds",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "options",
    from = [[and not (value:find "^ " or value:find " $")]],
    to = [[and not value:find "^ "]],
    why = "a blank at the end is taken",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "client options",
    from = [[value % 1 == 0 --]],
    to = [[value % 1 >= 0 --]],
    why = "a fraction is an integer",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "client",
    from = [[local INT32_MAX = 2147483647]],
    to = [[local INT32_MAX = 2147483646]],
    why = "the largest int32 is refused",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "client",
    from = [[check.page_size = check.integer(1, INT32_MAX)]],
    to = [[check.page_size = check.integer(0, INT32_MAX)]],
    why = "a size of 0 is taken",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "options",
    from = [[check.prefetch = check.integer(0, 64)]],
    to = [[check.prefetch = check.integer(0, 65)]],
    why = "65 pages in flight",
  },
  {
    file = "lua/sigmamind/check.lua",
    specs = "options",
    from = [[rule.secret and "" or]],
    to = [[rule.secret == nil and "" or]],
    why = "a secret value is shown",
  },
  {
    file = "lua/sigmamind/scrub.lua",
    specs = "secrets",
    from = [[local LONGEST = 7]],
    to = [[local LONGEST = 4]],
    why = "a key in long spellings is shown in part at the end",
  },
  {
    file = "lua/sigmamind/scrub.lua",
    specs = "secrets",
    from = [[local SHORTEST = 3]],
    to = [[local SHORTEST = 12]],
    why = "a short key is shown",
  },
  {
    file = "lua/sigmamind/scrub.lua",
    specs = "secrets",
    from = [[character == " " and "+" or nil]],
    to = [[nil]],
    why = "a blank as + is not looked for",
  },
  {
    file = "lua/sigmamind/scrub.lua",
    specs = "secrets",
    from = [["%%%02x", ]],
    to = "",
    why = "percent encoding is not looked for",
  },
  {
    file = "lua/sigmamind/scrub.lua",
    specs = "secrets",
    from = [["\\u%04x", ]],
    to = "",
    why = "JSON escapes are not looked for",
  },
  {
    file = "lua/sigmamind/scrub.lua",
    specs = "secrets",
    from = [[  spellings[#spellings + 1] = "\\" .. character:lower()
]],
    to = "",
    why = "a backslash before a character is not looked for",
  },
  {
    file = "lua/sigmamind/scrub.lua",
    specs = "secrets",
    from = [[at <= most do]],
    to = [[at < most do]],
    why = "a key that begins at the last byte is shown in part",
  },
  {
    file = "lua/sigmamind/scrub.lua",
    specs = "secrets",
    from = [[after or at + 1)]],
    to = [[at + 1)]],
    why = "what follows a key is looked at from within it",
  },
  {
    file = "lua/sigmamind/scrub.lua",
    specs = "secrets",
    from = [[text:sub(from, most)):sub(1, most)]],
    to = [[text:sub(from, most))]],
    why = "a text grows beyond its bound",
  },
  {
    file = "lua/sigmamind/scrub.lua",
    specs = "secrets",
    from = [[last = math.max(last, place)]],
    to = [[last = math.min(last, place)]],
    why = "the shortest spelling of a key is taken out",
  },
  {
    file = "lua/sigmamind/token.lua",
    specs = "token resume",
    from = [[core.digest(body) ~= check then]],
    to = [[core.digest(body) == nil then]],
    why = "an altered token is taken",
  },
  {
    file = "lua/sigmamind/token.lua",
    specs = "token",
    from = [[local MOST = 2 ^ 53]],
    to = [[local MOST = 2 ^ 31]],
    why = "a place beyond int32 is cut",
  },
  {
    file = "lua/sigmamind/token.lua",
    specs = "token",
    from = [[digits(value) == text and value or nil]],
    to = [[value or nil]],
    why = "a number with leading zeros is taken",
  },
  {
    file = "lua/sigmamind/number.lua",
    specs = "number",
    from = [[("%.17g")]],
    to = [[("%.16g")]],
    why = "a number does not read back",
  },
  {
    file = "lua/sigmamind/number.lua",
    specs = "number",
    from = [[math.abs(value) <= WHOLE_MAX]],
    to = [[math.abs(value) < 2 ^ 40]],
    why = "whole numbers have an exponent",
  },
  {
    file = "lua/sigmamind/object.lua",
    specs = "object",
    from = [[if getmetatable(self) ~= class then]],
    to = [[if getmetatable(self) == nil then]],
    why = "a method takes another object",
  },
  {
    file = "lua/sigmamind/object.lua",
    specs = "object",
    from = [[not name:find "^__" and not internal[name] then]],
    to = [[not name:find "^__" then]],
    why = "internal names are told as methods",
  },
  {
    file = "lua/sigmamind/nearest.lua",
    specs = "options",
    from = [[#wanted < 3 and 0 or #wanted < 6 and 1 or 2]],
    to = [[#wanted < 3 and 0 or #wanted < 6 and 1 or 3]],
    why = "far names are suggested",
  },
  {
    file = "lua/sigmamind/query.lua",
    specs = "stream",
    from = [[    if both[path] ~= nil then
      return nil
    end
]],
    to = [[]],
    why = "a second condition replaces the first",
  },
  {
    file = "lua/sigmamind/statuses.lua",
    specs = "outcomes",
    from = [[[408] = later]],
    to = [[[409] = later]],
    why = "408 is not repeated",
  },
  {
    file = "lua/sigmamind/statuses.lua",
    specs = "outcomes",
    from = [[status < 300 and status ~= 206]],
    to = [[status <= 300 and status ~= 206]],
    why = "300 is a success",
  },
  {
    file = "lua/sigmamind/statuses.lua",
    specs = "outcomes",
    from = [[status ~= 206]],
    to = [[status ~= 205]],
    why = "206 is a success",
  },
  {
    file = "lua/sigmamind/emitter.lua",
    specs = "request",
    from = [[local REPORTS_MAX = 10]],
    to = [[local REPORTS_MAX = 11]],
    why = "eleven errors of on_event are reported",
  },
  {
    file = "lua/sigmamind/emitter.lua",
    specs = "request",
    from = [[if reports[message] or reports]],
    to = [[if reports]],
    why = "an error of on_event is reported again and again",
  },
  {
    file = "lua/sigmamind/emitter.lua",
    specs = "request",
    from = [[if interrupted then]],
    to = [[if false then]],
    why = "an interrupt in on_event is swallowed",
  },
  {
    file = "lua/sigmamind/raise.lua",
    specs = "raise",
    from = [[if not caught and]],
    to = [[if]],
    why = "errors that are caught are reported",
    lua = "lua5.1",
  },
  {
    file = "lua/sigmamind/proxy.lua",
    specs = "proxy",
    from = [[if names == "*" or not host then]],
    to = [[if not host then]],
    why = "no_proxy = * is not obeyed",
  },
  {
    file = "lua/sigmamind/proxy.lua",
    specs = "proxy",
    from = [[host:sub(-#name - 1) == "." .. name]],
    to = [[host:sub(-#name) == name]],
    why = "no_proxy covers names that only end so",
  },
  {
    file = "lua/sigmamind/proxy.lua",
    specs = "proxy",
    from = [[("="):rep(-#plain % 3)]],
    to = [[("="):rep(#plain % 3)]],
    why = "credentials in base64 are padded wrongly",
  },
  {
    file = "lua/sigmamind/runtime/luv.lua",
    specs = "luv",
    from = [[math.ceil(seconds * 1000)]],
    to = [[math.floor(seconds * 1000)]],
    why = "a sleep is up to a millisecond short",
    equivalent = "libuv counts whole milliseconds: a sleep may be one short either way",
  },
  {
    file = "lua/sigmamind/runtime/luv.lua",
    specs = "luv",
    from = [[  uv.update_time() -- the]],
    to = [[  -- the]],
    why = "a sleep in a callback is too short",
  },
  {
    file = "lua/sigmamind/runtime/luv.lua",
    specs = "luv",
    from = [[watch.waiting[thread] = nil
      ready]],
    to = [[ready]],
    why = "who was resumed is resumed again",
  },
  {
    file = "lua/sigmamind/runtime/luv.lua",
    specs = "luv",
    from = [[    detach(watch)
    resume(ready, failures)]],
    to = [[    resume(ready, failures)]],
    why = "the descriptor is watched while coroutines run",
  },
  {
    file = "lua/sigmamind/runtime/luv.lua",
    specs = "luv",
    from = [[  raise(failures)
end

local function watch_of]],
    to = [[end

local function watch_of]],
    why = "errors of coroutines are lost",
  },
  {
    file = "lua/sigmamind/runtime/cqueues.lua",
    specs = "cqueues",
    from = [[  hand_over(watch, waiter.controller)
]],
    to = "",
    why = "nobody takes the place of a driver that is done",
  },
  {
    file = "lua/sigmamind/runtime/cqueues.lua",
    specs = "cqueues",
    from = [[    tell(watch)
  end
  close()]],
    to = [[  end
  close()]],
    why = "the driver does not tell the others",
  },
  {
    file = "lua/sigmamind/runtime/cqueues.lua",
    specs = "cqueues",
    from = [[  close()
  watch.drivers]],
    to = [[  watch.drivers]],
    why = "descriptors of drivers stay open",
  },
  {
    file = "lua/sigmamind/runtime/cqueues.lua",
    specs = "cqueues",
    from = [[return not controller or is_direct or passes_on]],
    to = [[return true]],
    why = "a generator gets what is for the controller",
  },
  {
    file = "lua/sigmamind/runtime/cqueues.lua",
    specs = "cqueues",
    from = [[  watch.waiting[waiter] = nil
]],
    to = "",
    why = "who is done still waits",
    equivalent = "the table is weak, and nobody waits for that condition any more",
  },
  {
    file = "lua/sigmamind/runtime/nginx.lua",
    specs = "nginx",
    from = [[  elseif caller:count() == 0 then]],
    to = [[  elseif caller:count() < 0 then]],
    why = "the transfers of a request that was broken off go on",
  },
  {
    file = "lua/sigmamind/runtime/nginx.lua",
    specs = "nginx",
    from = [[local ORPHANED = 2]],
    to = [[local ORPHANED = 200]],
    why = "what was ahead of a request that was broken off goes on",
  },
  {
    file = "lua/sigmamind/runtime/nginx.lua",
    specs = "nginx",
    from = [[if not caller:wait(PATIENCE) and driver.polls == polls then]],
    to = [[if not caller:wait(PATIENCE) and false then]],
    why = "a driver that nginx dropped is waited for",
  },
  {
    file = "lua/sigmamind/runtime/nginx.lua",
    specs = "nginx",
    from = [[local running = session:poll(0) or 0]],
    to = [[local running = session:poll(0)]],
    why = "a closed session ends the driver with an error",
  },
  {
    file = "lua/sigmamind/runtime/tick.lua",
    specs = "tick",
    from = [[here.wake = tick.now() + seconds]],
    to = [[here.wake = tick.now()]],
    why = "a task does not sleep",
  },
  {
    file = "lua/sigmamind/runtime/tick.lua",
    specs = "tick",
    from = [[tick.now() >= here.scheduler.deadline]],
    to = [[tick.now() < here.scheduler.deadline]],
    why = "a task gives its turn back within the budget",
  },
  {
    file = "lua/sigmamind/runtime/tick.lua",
    specs = "tick",
    from = [[  here.scheduler.sessions[session] = true
]],
    to = "",
    why = "the session of another client is not polled",
  },
  {
    file = "lua/sigmamind/runtime/init.lua",
    specs = "runtime",
    from = [[said[name] = said[name] or why
]],
    to = [[said[name] = why
]],
    why = "a broken library has other words the second time",
  },
  {
    file = "lua/sigmamind/runtime/init.lua",
    specs = "nginx client",
    from = [[name = in_nginx() and "nginx" or "blocking"]],
    to = [[name = "blocking"]],
    why = "a worker is blocked",
  },
  {
    file = "lua/sigmamind/runtime/init.lua",
    specs = "options",
    from = [[and type(value.wait) == "function"]],
    to = "",
    why = "a runtime without wait is taken",
  },
  {
    file = "lua/sigmamind/client.lua",
    specs = "client",
    from = [[local WALK_SIZE = 100]],
    to = [[local WALK_SIZE = 50]],
    why = "a walk requests pages of 50",
  },
  {
    file = "lua/sigmamind/client.lua",
    specs = "resume",
    from = [[math.max(0, given.limit - before)]],
    to = [[given.limit]],
    why = "the rows before a token do not count to the limit",
  },
  {
    file = "lua/sigmamind/client.lua",
    specs = "prefetch",
    from = [[given.prefetch or self.options.prefetch]],
    to = [[self.options.prefetch]],
    why = "prefetch of one walk is not heeded",
  },
  {
    file = "lua/sigmamind/client.lua",
    specs = "resume",
    from = [[given.verify and given.resume then]],
    to = [[false then]],
    why = "verify and resume go together",
  },
  {
    file = "lua/sigmamind/client.lua",
    specs = "stream",
    from = [[return listing.limit and rows:take(listing.limit) or rows]],
    to = [[return rows]],
    why = "a limit is not heeded",
  },
  {
    file = "lua/sigmamind/query.lua",
    specs = "stream",
    from = [[each.stage == added.stage]],
    to = [[true]],
    why = "a where behind take goes before it",
  },
  {
    file = "lua/sigmamind/query.lua",
    specs = "stream resume",
    from = [[local longer, added = {}, copy(step)]],
    to = [[local longer, added = {}, step]],
    why = "what is changed in a where later counts",
  },
  {
    file = "lua/sigmamind/query.lua",
    specs = "stream",
    from = [[if step.stage == 0 and next(step.where) ~= nil then]],
    to = [[if step.where then]],
    why = "a where behind take makes the listing one that needs any number of pages",
  },
  {
    file = "lua/sigmamind/query.lua",
    specs = "stream client",
    from = [["%1 (did you mean " .. meant .. "?); known are"]],
    to = [["%1; known are"]],
    why = "no operator is suggested",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[local stage = self.is_counted and self.stage + 1 or self.stage]],
    to = [[local stage = self.stage]],
    why = "a where behind take is decided before it",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[  return self.is_counted and passing(rows, stage) or rows]],
    to = [[  return rows]],
    why = "rows that a where leaves out are handed out as numbers",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[    return passing(remake(base), stage)
]],
    to = [[    return remake(base)
]],
    why = "of two wheres behind take, the first is lost",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[  made.stage, made.is_counted = self.stage, true
]],
    to = [[  made.stage, made.is_counted = 0, true
]],
    why = "a second where behind take has the stage of the first",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[  self.is_shared = true
]],
    to = [[]],
    why = "where on what take was taken of begins another walk",
  },
  {
    file = "lua/sigmamind/stream.lua",
    specs = "stream",
    from = [[  passed.form, passed.stage = "rows", stage
]],
    to = [[  passed.stage = stage
]],
    why = "no JSON behind a where behind take",
  },
  {
    file = "lua/sigmamind/source.lua",
    specs = "paths",
    from = [[  if page then
    self.paths:add(page)]],
    to = [[  if page and before == 0 then
    self.paths:add(page)]],
    why = "the paths of the first page alone count",
  },
  {
    file = "lua/sigmamind/paths.lua",
    specs = "paths",
    from = [[  if one == nil or rank(one) < rank(other) then
    return other
]],
    to = [[  if one == nil then
    return other
]],
    why = "what the first page lacks is unknown",
  },
  {
    file = "lua/sigmamind/paths.lua",
    specs = "paths",
    from = [=[    found[#found + 1], object = near, object[near]]=],
    to = [[    found[#found + 1] = near]],
    why = "near names are looked for in the row alone",
  },
  {
    file = "lua/sigmamind/paths.lua",
    specs = "paths",
    from = [[  table.sort(unknown, by_path)
]],
    to = [[]],
    why = "unknown paths are in no order",
  },
  {
    file = "lua/sigmamind/paths.lua",
    specs = "paths",
    from = [[  if rank(note) == RANK_OF_TYPE then]],
    to = [[  if note == "string" then]],
    why = "numbers compared with strings are not told",
  },
}
