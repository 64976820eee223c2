-- Changes of what sends requests of any kind, and of what is known of them.

return {
  {
    file = "lua/sigmamind/http/call.lua", specs = "at_most_once",
    from = [[exclusive = not (SAFE[method] and call.is_idempotent(given))]],
    to = [[exclusive = false]],
    why = "libcurl may repeat a POST, and so may we",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "at_most_once",
    from = [[PUT = true, DELETE = true }

--- Methods whose]],
    to = [[PUT = true, DELETE = true, POST = true }

--- Methods whose]],
    why = "a POST counts as idempotent",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "at_most_once",
    from = [[if given.idempotent ~= nil then]],
    to = [[if given.idempotent then]],
    why = "idempotent = false is not heeded",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "raw_request",
    from = [[body = body or ""]],
    to = [[body = body]],
    why = "a POST without a body has no length",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "raw_request",
    from = [[method ~= "GET" and method or nil]],
    to = [[nil]],
    why = "every request is a GET or a POST",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "raw_request",
    from = [[own = { Accept = "application/json", Expect = false, ["Content-Type"] = false }]],
    to = [[own = { Accept = "application/json", Expect = false }]],
    why = "libcurl's Content-Type is sent",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "raw_request",
    from = [[own = { Accept = "application/json", Expect = false, ["Content-Type"] = false }]],
    to = [[own = { Accept = "application/json", ["Content-Type"] = false }]],
    why = "Expect is sent with a large body",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "raw_request",
    from = [=[    if names[lower] then
      all[names[lower]] = nil
    end
]=],
    to = [[]],
    why = "a header is sent twice where it is given in another case",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "verbs",
    from = [[  set_headers(all, names, options)
]],
    to = [[]],
    why = "headers of one operation are not sent",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "raw_request",
    from = [[local head, pairs_of_name = call.escape(name) .. "=", {}]],
    to = [[local head, pairs_of_name = name .. "=", {}]],
    why = "names of the query are not escaped",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "raw_request",
    from = [[type(value) == "table" and value or { value }]],
    to = [[{ value }]],
    why = "a list in the query is one value",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "raw_request",
    from = [[    if part.file then
      return true]],
    to = [[    if part.file then
      return false]],
    why = "a file has the time limit of other requests",
  },
  {
    file = "lua/sigmamind/http/outcome.lua", specs = "outcome at_most_once",
    from = [[if not was_sent then]],
    to = [[if false then]],
    why = "what was never sent is unknown",
  },
  {
    file = "lua/sigmamind/http/outcome.lua", specs = "outcome at_most_once",
    from = [[status >= 200 and status < 300]],
    to = [[status >= 200 and status < 400]],
    why = "a redirect counts as done",
  },
  {
    file = "lua/sigmamind/http/outcome.lua", specs = "outcome at_most_once",
    from = [[status < 500 and status ~= 408]],
    to = [[status < 500]],
    why = "a 408 counts as not done",
  },
  {
    file = "lua/sigmamind/http/outcome.lua", specs = "outcome at_most_once",
    from = [[status < 500 and status ~= 408]],
    to = [[status < 600 and status ~= 408]],
    why = "a 5xx counts as not done",
  },
  {
    file = "lua/sigmamind/http/outcome.lua", specs = "outcome",
    from = [[{ not_done = 1, unknown = 2, done = 3 }]],
    to = [[{ not_done = 1, unknown = 3, done = 2 }]],
    why = "unknown hides that it was done",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "at_most_once",
    from = [[return self.is_idempotent or not self.was_sent or err.status == statuses.RATE_LIMIT]],
    to = [[return true]],
    why = "a POST is sent again after any failure",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "at_most_once",
    from = [[return self.is_idempotent or not self.was_sent or err.status == statuses.RATE_LIMIT]],
    to = [[return self.is_idempotent or err.status == statuses.RATE_LIMIT]],
    why = "a POST that was never sent is not retried",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "at_most_once",
    from = [[return self.is_idempotent or not self.was_sent or err.status == statuses.RATE_LIMIT]],
    to = [[return self.is_idempotent or not self.was_sent]],
    why = "a POST that a 429 refused is not retried",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "at_most_once",
    from = [[self.outcome = outcome.worse(self.outcome, outcome.of(]],
    to = [[self.outcome = (outcome.of(]],
    why = "the last attempt alone decides the outcome",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "at_most_once",
    from = [[    err.retryable = err.retryable and err.outcome == "not_done"
]],
    to = [[]],
    why = "a POST of unknown outcome is retryable",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "at_most_once",
    from = [[errors.set_outcome(err, self.outcome or "not_done")]],
    to = [[errors.set_outcome(err, self.outcome or "unknown")]],
    why = "what was never begun is unknown",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "at_most_once raw_request",
    from = [[    errors.set_outcome(err, "done")
]],
    to = [[]],
    why = "a success with an unusable body has no outcome",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "at_most_once",
    from = [[self.method == "DELETE" and self.outcome and self.outcome ~= "not_done"]],
    to = [[self.method == "DELETE"]],
    why = "the first 404 of a DELETE is a success",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "at_most_once",
    from = [[return status == 404 and self.method == "DELETE"]],
    to = [[return status == 410 and self.method == "DELETE"]],
    why = "the 404 of a repeated DELETE is a failure",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "verbs raw_request",
    from = [[attempts_max = choose(own, "attempts", options)]],
    to = [[attempts_max = options.attempts]],
    why = "attempts of one operation are not heeded",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "raw_request",
    from = [[local seconds = choose(given, "deadline", options)]],
    to = [[local seconds = options.deadline]],
    why = "the deadline of one operation is not heeded",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "raw_request",
    from = [[call.has_file(given) and options.for_files or options]],
    to = [[options]],
    why = "upload_timeout is not heeded",
  },
  {
    file = "lua/sigmamind/http/read.lua", specs = "verbs",
    from = [[got and is_object and not got.text:find "^%s*{"]],
    to = [[false]],
    why = "a row may be an array",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "log",
    from = [[    emit(self, "give_up", { error = err, decision = decision })
]],
    to = [[]],
    why = "no event follows the last failure",
  },
  {
    file = "lua/sigmamind/http/content.lua", specs = "log",
    from = [[SECRET[ascii.lower(name)] and "***" or clean(without_user)]],
    to = [[clean(without_user)]],
    why = "the log shows credentials in headers",
  },
  {
    file = "lua/sigmamind/http/content.lua", specs = "log",
    from = [[SECRET[ascii.lower(name)] and "***" or clean(without_user)]],
    to = [[SECRET[ascii.lower(name)] and "***" or without_user]],
    why = "the log shows the key that a server echoes",
  },
  {
    file = "lua/sigmamind/http/content.lua", specs = "log",
    from = [[event.body = clean(transfer:body())]],
    to = [[event.body = transfer:body()]],
    why = "the log shows secrets of a body",
  },
  {
    file = "lua/sigmamind/redact.lua", specs = "log secrets",
    from = [[return mask_members(redact(text, secrets, max)):sub(1, max)]],
    to = [[return redact(text, secrets, max)]],
    why = "secrets of the API's JSON are shown",
  },
  {
    file = "lua/sigmamind/redact.lua", specs = "log secrets",
    from = [[not is_quoted_twice and backslashes % 2 == 0]],
    to = [[not is_quoted_twice]],
    why = "what follows an escaped quote in a secret is shown",
  },
  {
    file = "lua/sigmamind/log.lua", specs = "log",
    from = [[return (text:gsub("%c", "?"))]],
    to = [[return text]],
    why = "a server can forge lines of the log",
  },
  {
    file = "lua/sigmamind/log.lua", specs = "log",
    from = [[wants_content = given.level == "debug"]],
    to = [[wants_content = true]],
    why = "bodies are logged at info",
  },
  {
    file = "lua/sigmamind/check.lua", specs = "raw_request",
    from = [[or value:gsub("%%%x%x", ""):find "%%" then]],
    to = [[or false then]],
    why = "a path may have a % that encodes nothing",
  },
  {
    file = "lua/sigmamind/check.lua", specs = "raw_request",
    from = [[if check.is_dots(segment) then]],
    to = [[if false then]],
    why = "a path may leave its folder",
  },
  {
    file = "lua/sigmamind/check.lua", specs = "raw_request",
    from = [[local plain = segment:gsub("%%2[eE]", ".")]],
    to = [[local plain = segment]],
    why = "a path may leave its folder by %2e",
  },
  {
    file = "lua/sigmamind/raw_request.lua", specs = "raw_request",
    from = [[elseif bodies > 1 then]],
    to = [[elseif false then]],
    why = "a request has two bodies",
  },
  {
    file = "lua/sigmamind/raw_request.lua", specs = "raw_request",
    from = [[bodies == 1 and not http_call.may_have_body(method)]],
    to = [[false]],
    why = "a GET has a body",
  },
  {
    file = "lua/sigmamind/files.lua", specs = "raw_request",
    from = [[elseif not core.is_file(path) then]],
    to = [[elseif false then]],
    why = "a folder is opened as a file",
  },
  {
    file = "lua/sigmamind/options.lua", specs = "raw_request",
    from = [[    and not OWN_HEADERS[ascii.lower(name)]
]],
    to = [[]],
    why = "a header of the caller takes the key's place",
  },
  {
    file = "lua/sigmamind/options.lua", specs = "raw_request",
    from = [[changed.api_key = key_source(given.api_key)]],
    to = [[local _ = key_source]],
    why = "a client of client:with has the key of the other",
  },
  {
    file = "lua/sigmamind/http/transport.lua", specs = "raw_request",
    from = [[self.options.base_url .. "\n" .. key]],
    to = [[self.options.base_url]],
    why = "a 429 of one key pauses another",
  },
  {
    file = "lua/sigmamind/http/transport.lua", specs = "raw_request",
    from = [[local found = shared.limiters[account]
]],
    to = [[local found
]],
    why = "a 429 does not pause all clients of its key",
  },
  {
    file = "lua/sigmamind/verb.lua", specs = "verbs",
    from = [[http_call.escape(id)]],
    to = [[id]],
    why = "an id is not escaped",
  },
  {
    file = "lua/sigmamind/verb.lua", specs = "verbs",
    from = [[value ~= "" and not check.is_dots(value)]],
    to = [[value ~= ""]],
    why = "the id .. names another path",
  },
  {
    file = "lua/sigmamind/verbs.lua", specs = "verbs",
    from = [[rawget(client, declaration.name) ~= self then]],
    to = [[false then]],
    why = "a resource is called on another client",
  },
  {
    file = "lua/sigmamind/verbs.lua", specs = "verbs",
    from = [[fields = declaration.row,
    paging = declaration.paging,
]],
    to = [[fields = declaration.row,
]],
    why = "undocumented paging is taken for documented",
  },
  {
    file = "lua/sigmamind/listing/page_info.lua", specs = "verbs",
    from = [[info.count > 0 and info.ids ~= ids_before]],
    to = [[info.count >= 10]],
    why = "a short page ends an undocumented list",
  },
  {
    file = "lua/sigmamind/listing/page_info.lua", specs = "verbs",
    from = [[(info.ids or info.count == 0) then]],
    to = [[true then]],
    why = "a list without ids may be cut short",
  },
  {
    file = "lua/sigmamind/query.lua", specs = "verbs",
    from = [[wheres[canonical(step.where)] = true]],
    to = [[wheres[#wheres + 1] = canonical(step.where)]],
    why = "equal conditions have different tokens",
  },
  {
    file = "lua/sigmamind/listing/token.lua", specs = "verbs",
    from = [[listing.path, listing.query, where, select]],
    to = [[listing.path, where, select]],
    why = "tokens of two agents' webhooks are equal",
  },
  {
    file = "lua/sigmamind/http/call.lua", specs = "at_most_once",
    from = [[exclusive = not (SAFE[method] and call.is_idempotent(given))]],
    to = [[exclusive = not call.is_idempotent(given)]],
    why = "libcurl repeats a DELETE, and the outcome does not know it",
  },
  {
    file = "lua/sigmamind/options.lua", specs = "verbs",
    from = [[return given and copy(check.arguments(]],
    to = [[return given and (check.arguments(]],
    why = "the caller changes the options of a walk that runs",
  },
  {
    file = "lua/sigmamind/http/read.lua", specs = "verbs",
    from = [[page and request.call.paging ~= "unknown" and body:find "^%s*%["]],
    to = [[false]],
    why = "a documented listing may be a bare array",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "raw_request",
    from = [[if refusal then]],
    to = [[if false then]],
    why = "a file that was closed between two attempts raises",
  },
  {
    file = "lua/sigmamind/options.lua", specs = "raw_request",
    from = [[given.api_key == constant_keys[resolved.api_key] then]],
    to = [[false then]],
    why = "the same key has limits of its own",
  },
  {
    file = "lua/sigmamind/http/request.lua", specs = "secrets",
    from = [[return may_hold_key and redact(path, { key }, #path + LONGER) or path]],
    to = [[return path]],
    why = "errors show a key that is in the path",
  },
  {
    file = "lua/sigmamind/listing/pager.lua", specs = "verbs",
    from = [[self.pass and info.count > 0 and not info.ids]],
    to = [[false]],
    why = "verify returns rows without ids again and again",
  },
  {
    file = "lua/sigmamind/runtime/luv.lua", specs = "luv",
    from = [[    transfer:cancel() -- it was not sent yet
]],
    to = [[]],
    why = "a request that cannot be waited for is sent",
  },
  {
    file = "src/exchange.c", specs = "form",
    from = [[lost_file ? OUTCOME_FILE : find_outcome(x, code)]],
    to = [[find_outcome(x, code)]],
    why = "a file that became shorter looks like a cancelled request",
  },
}
