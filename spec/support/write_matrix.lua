-- Every fault of a write, at each moment of it, and what must be found afterwards: how often the request arrived,
-- how often the API acted on it, and what the client says became of it. The same in each runtime.

local cjson = require "spec.support.json"
local core = require "sigmamind.core"

local matrix = {}

local SHORT = 0.3 -- seconds, the time limit when the fault is silence

local OK = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"

--- Each has a name, the fault for the sandbox, and
---   outcome   of a POST: nil: it succeeds
---   acted     whether the API acts on it
---   arrivals  of a POST with three attempts, default 1
---   before    the fault is not that of the write, but of a request before it
---   limit     the time limit of an attempt
local faults = {}

local function add(name, outcome, fault, more)
  local entry = { name = name, outcome = outcome, fault = fault, arrivals = 1, acted = fault.acts or false }
  for field, value in pairs(more or {}) do
    entry[field] = value
  end
  faults[#faults + 1] = entry
end

--- The same fault before the API acts and after it.
local function add_both(name, outcome, fault, more)
  add(name .. ", before the API acts", outcome, fault, more)
  local after = { acts = true }
  for field, value in pairs(fault) do
    after[field] = value
  end
  add(name .. ", after it acted", outcome, after, more)
end

local SILENT = { limit = SHORT }

-- == Before the request is read ========================================================

add("the connection is reset before the body is read", "unknown", { unread = true, reset = true })
add("the connection is closed before the body is read", "unknown", { unread = true, raw = "" })
add("silence before the body is read", "unknown", { unread = true, silent = true }, SILENT)

-- == Instead of a reply ================================================================

add_both("a reset", "unknown", { reset = true })
add_both("a close", "unknown", { raw = "" })
add_both("silence", "unknown", { silent = true }, SILENT)
add_both("a close within the status line", "unknown", { raw = "HTTP/1.1 2" })
add_both("a reset within the status line", "unknown", { raw = "HTTP/1.1 2", reset = true })
add_both("a close within the headers", "unknown", { raw = OK .. "x-a: " })
add_both("garbage", "unknown", { raw = "\1\2\3\127 what is this\r\n\r\n" })
add_both("another protocol's greeting", "unknown", { raw = "SSH-2.0-OpenSSH_9.2\r\n" })
add_both("a status line without a number", "unknown", { raw = "HTTP/1.1 OK\r\n\r\n" })
for _, status in ipairs { 301, 302, 307, 308 } do
  add_both(tostring(status), "unknown", { status = status, headers = { location = "http://127.0.0.1:9/" } })
end
for _, status in ipairs { 408, 500, 502, 503, 504 } do
  add_both(tostring(status), "unknown", { status = status })
end
add_both("503 with HTML", "unknown", { status = 503, body = "<html>", content_type = "text/html" })

-- == Refused ===========================================================================

for _, status in ipairs { 400, 401, 403, 404, 405, 409, 413, 422, 425 } do
  add(tostring(status), "not_done", { status = status })
end
add("429", "not_done", { status = 429 }, { arrivals = 3 })
add("429, Retry-After: 0", "not_done", { status = 429, headers = { ["retry-after"] = "0" } }, { arrivals = 3 })
add("429, Retry-After: a day", "not_done", { status = 429, headers = { ["retry-after"] = "86400" } })

-- == A reply that breaks off ===========================================================

local DONE = { acted = true }
add("a close after the headers of a 200", "done", { cut = 0 }, DONE)
add("a close within the body", "done", { cut = 9 }, DONE)
add("a reset within the body", "done", { cut = 9, reset = true }, DONE)
add("a close within the chunked body", "done", { chunked_cut = 9 }, DONE)
add("silence within the body", "done", { cut = 9, silent = true }, { acted = true, limit = SHORT })
add("a truncated body", "done", { truncate = 9, headers = { ["content-encoding"] = "identity" } }, DONE)
add("an empty body", "done", { body = "", acts = true })
add("HTML with 200", "done", { body = "<html>Hello</html>", content_type = "text/html", acts = true })
add("an array with 200", "done", { body = "[]", acts = true })
add("a close after the reply", nil, { hang_up = true }, DONE)

-- == Before the request is sent ========================================================

add("no server listens", "not_done", { refuse = 1.5 }, { before = true, arrivals = 0 })

matrix.faults = faults

-- == Verbs =============================================================================

local NUMBER, AGENT = "+14155552671", "agent_D5D0p7TUs66TTAEAx"
local CAMPAIGN = "camp_XiQEBcj9cc5TFRB4" -- documented: every sandbox has it

local function campaign_named(name)
  return {
    campaignName = name,
    sipPhoneNumber = NUMBER,
    agentId = AGENT,
    contacts = { { phone = "+14155550100", ["Customer Name"] = "Ann" } },
  }
end

local CALL = { fromPhoneNumber = NUMBER, toPhoneNumber = "+14155550100", agentId = AGENT }

--- By verb: the method, the path, and what it does. The name is another one for each case; so is the id of a call
--- that was placed for it.
local VERBS = {
  create = {
    method = "POST",
    path = "/v1/campaigns",
    act = function(client, case) return client.campaigns:create(campaign_named(case.name)) end,
  },
  reconcile = {
    method = "POST",
    path = "/v1/campaigns",
    act = function(client, case)
      local arguments = campaign_named(case.name)
      arguments.reconcile = true
      return client.campaigns:create(arguments)
    end,
  },
  call = {
    method = "POST",
    path = "/v1/calls",
    act = function(client) return client.calls:create(CALL) end,
  },
  update = {
    method = "PATCH",
    path = "/v1/campaigns",
    act = function(client) return client.campaigns:update(CAMPAIGN, { concurrentCalls = 7 }) end,
  },
  delete = {
    method = "DELETE",
    path = "/v1/calls",
    prepare = function(case, sandbox)
      local _, _, text = sandbox:send_body("POST /v1/calls", cjson.encode(CALL), "application/json")
      case.id = cjson.decode(text).callId
      sandbox:control("DELETE", "/sandbox/log")
    end,
    act = function(client, case) return client.calls:delete(case.id) end,
  },
}

matrix.verbs = { "create", "reconcile", "call", "update", "delete" }

-- == What must be found ================================================================

--- How often a request of the verb arrived, and how often it was acted on.
local function count(sandbox, verb)
  local arrived, acted = 0, 0
  for _, entry in ipairs(sandbox:log()) do
    if entry.method == verb.method and entry.path:find(verb.path, 1, true) == 1 then
      arrived = arrived + 1
      acted = acted + (entry.acted and 1 or 0)
    end
  end
  return arrived, acted
end

--- What is wrong with the outcome of a POST.
local function complaint_of_post(entry, name, attempts, result, err, arrived, acted)
  local expected = entry.outcome
  if name == "reconcile" and expected and expected ~= "not_done" and acted == 1 then
    expected = nil -- it is found in the list
  end
  if arrived ~= (entry.arrivals == 3 and attempts or entry.arrivals) then
    return ("arrived %d times"):format(arrived)
  elseif acted ~= (entry.acted and 1 or 0) then
    return ("was acted on %d times"):format(acted)
  elseif (result == nil) ~= (expected ~= nil) then
    return result and "succeeded" or "failed: " .. tostring(err)
  elseif err and err.outcome ~= expected then
    return "has another outcome: " .. tostring(err)
  end
end

--- What is wrong with the outcome of what can be repeated.
local function complaint_of_repeatable(name, attempts, result, err, arrived, acted)
  if arrived > attempts then
    return ("arrived %d times"):format(arrived)
  elseif name == "delete" and acted > 1 then
    return ("was deleted %d times"):format(acted)
  elseif result and acted == 0 then
    return "succeeded, and nothing was done"
  elseif err and (err.outcome == "not_done" and acted > 0 or err.outcome == "done" and acted == 0) then
    return "has a wrong outcome: " .. tostring(err)
  elseif err and not err.outcome then
    return "has no outcome: " .. tostring(err)
  end
end

local function complaint(entry, name, attempts, result, err, arrived, acted)
  if err and err.retryable and err.outcome ~= "not_done" then
    return "may be retried: " .. tostring(err)
  elseif VERBS[name].method == "POST" then
    return complaint_of_post(entry, name, attempts, result, err, arrived, acted)
  end
  return complaint_of_repeatable(name, attempts, result, err, arrived, acted)
end

-- == Runs ==============================================================================

local function scripted_fault(entry, verb)
  local fault = { times = -1, method = verb.method, path = verb.path }
  for name, value in pairs(entry.fault) do
    fault[name] = value
  end
  if entry.before then
    fault.method, fault.path, fault.times = "GET", nil, 1
  end
  return fault
end

--- Waits until the sandbox accepts connections again.
local function wait_for(sandbox)
  local deadline = core.now() + 10
  while not pcall(sandbox.get, sandbox, "/v1/campaigns?size=1") do
    assert(core.now() < deadline, "the sandbox accepts no connection")
    core.sleep(0.05)
  end
end

local number = 0

--- Runs one case. Returns what is wrong, or nil. The host has
---   name              another one in each process
---   sandbox
---   client(options)   a client of the runtime
---   run(client, fn)   the results of fn(), called where the runtime can wait
---   attempts          how often an update or a deletion is tried
---   is_hurried        whether no time passes between attempts
---@return string|nil
function matrix.run(host, entry, name)
  local verb, sandbox = VERBS[name], host.sandbox
  number = number + 1
  local case = { name = ("%s %d"):format(host.name, number) }
  sandbox:clear()
  if verb.prepare then
    verb.prepare(case, sandbox)
  end
  sandbox:faults(scripted_fault(entry, verb))
  local attempts = verb.method == "POST" and not entry.before and 3 or host.attempts
  local client = host.client {
    attempts = attempts, timeout = entry.limit or 5, stall_timeout = false, max_body = 2 ^ 20,
  }
  local result, err = host.run(client, function()
    local tries, ready = 0, not entry.before
    while not ready and tries < 50 do -- the first gets the fault; the next ones find nobody, a moment later
      local _, refused = client.calls:page()
      ready, tries = refused and refused.cause == "connect", tries + 1
    end
    return verb.act(client, case)
  end)
  client:close()
  local arrived, acted = count(sandbox, verb)
  sandbox:clear()
  wait_for(sandbox)
  return complaint(entry, name, attempts, result, err, arrived, acted)
end

--- Whether a case takes seconds, because it waits for a row that does not appear.
function matrix.is_slow(entry, name)
  return name == "reconcile" and entry.outcome == "unknown" and not entry.acted
end

--- Runs a fault with every verb. Returns what is wrong, one line each; "" if all is right.
function matrix.run_all(host, entry)
  local lines = {}
  for _, name in ipairs(matrix.verbs) do
    local wrong
    if host.is_hurried or not matrix.is_slow(entry, name) then
      wrong = matrix.run(host, entry, name)
    end
    lines[#lines + 1] = wrong and ("%s %s"):format(name, wrong)
  end
  return table.concat(lines, "\n")
end

return matrix
