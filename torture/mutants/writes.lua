-- Changes of what creates, updates, deletes, waits and watches.

return {
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[call.idempotent, call.missing = true, verb.missing(declaration)]],
    to = [[call.missing = verb.missing(declaration)]],
    why = "an update is sent once",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[self.verb == "delete" and err.outcome == "done"]],
    to = [[false]],
    why = "a deletion whose reply breaks off fails",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[local is_refused = not (given.allow_problems or contacts.is_good(opened.report))]],
    to = [[local is_refused = not given.allow_problems and opened.report.problem_count > 0]],
    why = "duplicates are sent",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[not (given.allow_problems or contacts.is_good(opened.report))]],
    to = [[not contacts.is_good(opened.report)]],
    why = "allow_problems is ignored",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[  if err.outcome == "not_done" then
    return
  elseif]],
    to = [[  if false then
    return
  elseif]],
    why = "a refused write points to the list",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[    elseif rules[field] then]],
    to = [[    elseif false then]],
    why = "extra replaces an argument unchecked",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[field == declaration.contacts then]],
    to = [[false then]],
    why = "extra replaces the contacts",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[  local wrong = declaration.prepare and declaration.prepare(fields, name)]],
    to = [[  local wrong = nil]],
    why = "a schedule is not checked",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[encode(self, "create", { [field] = value }, level + 1) -- raises]],
    to = [[-- raises]],
    why = "a form may hold what JSON cannot",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[if given.reconcile and not name then]],
    to = [[if false then]],
    why = "reconcile without a name is accepted",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[  if not next(fields) then]],
    to = [[  if false then]],
    why = "an empty update is sent",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[opened.part.name = self.resource.declaration.contacts]],
    to = [[opened.part.name = "contacts"]],
    why = "the part has another name",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[transport.decoder, self.verb ~= "delete", id)]],
    to = [[transport.decoder, self.verb ~= "delete")]],
    why = "a new row needs no id",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[  self:close()
  return reply, err]],
    to = [[  return reply, err]],
    why = "the file of contacts stays open",
  },
  {
    file = "lua/sigmamind/writes.lua", specs = "writes",
    from = [[return contacts.changed(opened) and CHANGED or nil]],
    to = [[return nil]],
    why = "a file that changed is sent",
  },
  {
    file = "lua/sigmamind/reconcile.lua", specs = "writes",
    from = [[  if why then
]],
    to = [[  if false then
]],
    why = "a list that cannot be read is taken for empty",
  },
  {
    file = "lua/sigmamind/reconcile.lua", specs = "writes",
    from = [[    why.outcome = "not_done"
]],
    to = [[]],
    why = "the outcome is not told where the list fails",
  },
  {
    file = "lua/sigmamind/reconcile.lua", specs = "writes",
    from = [[  elseif before then]],
    to = [[  elseif false then]],
    why = "a name that is there is used again",
  },
  {
    file = "lua/sigmamind/reconcile.lua", specs = "writes",
    from = [[if reply or err.outcome == "not_done" then]],
    to = [[if reply then]],
    why = "a refused name is looked for",
  },
  {
    file = "lua/sigmamind/reconcile.lua", specs = "writes",
    from = [[  local found = look(resource, name, call.options)]],
    to = [[  local found = nil]],
    why = "what was created is not found",
  },
  {
    file = "lua/sigmamind/reconcile.lua", specs = "writes",
    from = [[local LOOKS = { 0, 1, 4 }]],
    to = [[local LOOKS = { 0 }]],
    why = "it looks once",
  },
  {
    file = "lua/sigmamind/wait.lua", specs = "wait",
    from = [[local GROWTH = 1.5]],
    to = [[local GROWTH = 1]],
    why = "the interval does not grow",
  },
  {
    file = "lua/sigmamind/wait.lua", specs = "wait",
    from = [[    interval = math.min(interval * GROWTH, interval_max)]],
    to = [[    interval = interval * GROWTH]],
    why = "the interval grows without end",
  },
  {
    file = "lua/sigmamind/wait.lua", specs = "wait",
    from = [[local interval_max = math.max(interval, waiting.interval_max)]],
    to = [[local interval_max = waiting.interval_max]],
    why = "a long interval becomes shorter",
  },
  {
    file = "lua/sigmamind/wait.lua", specs = "wait",
    from = [[or since == "string" or since == "number"]],
    to = [[]],
    why = "endTime does not count",
  },
  {
    file = "lua/sigmamind/wait.lua", specs = "wait",
    from = [[    if err and not err.retryable then]],
    to = [[    if err then]],
    why = "any failure ends the wait",
  },
  {
    file = "lua/sigmamind/wait.lua", specs = "wait",
    from = [[    if err and not err.retryable then]],
    to = [[    if false then]],
    why = "no failure ends the wait",
  },
  {
    file = "lua/sigmamind/wait.lua", specs = "wait",
    from = [[transport:rest(host, math.min(interval, left))]],
    to = [[transport:rest(host, interval)]],
    why = "it waits beyond its time",
  },
  {
    file = "lua/sigmamind/wait.lua", specs = "wait",
    from = [[  if err and not (last and err.kind == "timeout") then]],
    to = [[  if false then]],
    why = "the last failure is not told",
  },
  {
    file = "lua/sigmamind/watch.lua", specs = "watch",
    from = [[if text and self.last_report.consistent then]],
    to = [[if text then]],
    why = "a row that may have been missed is removed",
  },
  {
    file = "lua/sigmamind/watch.lua", specs = "watch",
    from = [[    elseif text ~= old then]],
    to = [[    elseif false then]],
    why = "a change is not seen",
  },
  {
    file = "lua/sigmamind/watch.lua", specs = "watch",
    from = [[return fields[1] and {]],
    to = [[return {]],
    why = "another order of fields is a change",
  },
  {
    file = "lua/sigmamind/watch.lua", specs = "watch",
    from = [[  return ok or err.retryable or nil, err]],
    to = [[  return ok, err]],
    why = "any failure ends the watch",
  },
  {
    file = "lua/sigmamind/watch.lua", specs = "watch",
    from = [[  return ok or err.retryable or nil, err]],
    to = [[  return true]],
    why = "no failure ends the watch",
  },
  {
    file = "lua/sigmamind/watch.lua", specs = "watch",
    from = [[  if type(id) == "string" and not tonumber(id) then]],
    to = [[  if true then]],
    why = "ids that are numbers fail",
  },
  {
    file = "lua/sigmamind/watch.lua", specs = "watch",
    from = [[elseif not check.is_id(id) then]],
    to = [[elseif id == nil then]],
    why = "rows whose id is null are one row",
  },
  {
    file = "lua/sigmamind/watch.lua", specs = "watch",
    from = [[check.has(select, declaration.id) and select or]],
    to = [[select or]],
    why = "the id is not selected",
  },
  {
    file = "lua/sigmamind/watch.lua", specs = "watch",
    from = [[  self.stopped = true
]],
    to = [[]],
    why = "stop does not end it",
  },
  {
    file = "lua/sigmamind/watch.lua", specs = "watch",
    from = [[elseif host.now() >= self.over then]],
    to = [[elseif false then]],
    why = "it never ends",
  },
  {
    file = "lua/sigmamind/watch.lua", specs = "watch",
    from = [[return are_tables and first[1] == nil and second[1] == nil]],
    to = [[return are_tables]],
    why = "arrays are compared by element",
  },
  {
    file = "lua/sigmamind/schedule.lua", specs = "schedule",
    from = [[  if month == 2 and is_leap(year) then]],
    to = [[  if month == 2 then]],
    why = "every February has 29 days",
  },
  {
    file = "lua/sigmamind/schedule.lua", specs = "schedule",
    from = [[(year % 100 ~= 0 or year % 400 == 0)]],
    to = [[true]],
    why = "1900 was a leap year",
  },
  {
    file = "lua/sigmamind/schedule.lua", specs = "schedule",
    from = [[local WEST = 12 * 3600]],
    to = [[local WEST = -48 * 3600]],
    why = "today is in the past",
  },
  {
    file = "lua/sigmamind/schedule.lua", specs = "schedule",
    from = [[verb == "create" and given > 0]],
    to = [[false]],
    why = "a part of a schedule is sent",
  },
  {
    file = "lua/sigmamind/schedule.lua", specs = "schedule",
    from = [[if not wrong and verb == "create" and count(arguments) == #TRIO then]],
    to = [[if false then]],
    why = "isScheduled is not set",
  },
  {
    file = "lua/sigmamind/schedule.lua", specs = "schedule",
    from = [[arguments.isScheduled == false and given > 0]],
    to = [[false]],
    why = "a schedule and none",
  },
  {
    file = "lua/sigmamind/schedule.lua", specs = "schedule",
    from = [[return not is_zone_file(ZONES .. "UTC") or is_zone_file(ZONES .. value)]],
    to = [[return true]],
    why = "a zone is not looked up",
  },
  {
    file = "lua/sigmamind/check.lua", specs = "writes",
    from = [[value:find "^%+[1-9]%d+$" ~= nil]],
    to = [[true]],
    why = "any string is a phone number",
  },
  {
    file = "lua/sigmamind/check.lua", specs = "writes",
    from = [[rule.required and given[name] == nil]],
    to = [[false]],
    why = "nothing is required",
  },
  {
    file = "lua/sigmamind/check.lua", specs = "writes",
    from = [[#value - continued >= min and #value - continued <= max]],
    to = [[true]],
    why = "a string may have any length",
  },
  {
    file = "lua/sigmamind/resource.lua", specs = "resource",
    from = [[  elseif not given.get then]],
    to = [[  elseif false then]],
    why = "wait without get",
  },
}
