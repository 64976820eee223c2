-- Changes of what the sandbox makes of writes.

return {
  {
    file = "sandbox/lua/sigmamind/sandbox/handler.lua", specs = "made",
    from = [[local response = fault.acts and respond(request, state, fault, entry)]],
    to = [[local response]],
    why = "a fault that acts does not act",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/handler.lua", specs = "made",
    from = [[not fault.acts and replaces(fault)]],
    to = [[false]],
    why = "a write is carried out though a fault comes instead",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/handler.lua", specs = "made",
    from = [[entry.acted = response.acted or false]],
    to = [[entry.acted = false]],
    why = "the log does not say what was done",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/handler.lua", specs = "made",
    from = [[if fault.unread and replace_response(state, stream, fault) then]],
    to = [[if false then]],
    why = "a body is read though it is not to be",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/faults.lua", specs = "made",
    from = [[fault.method and request.method ~= fault.method]],
    to = [[false]],
    why = "a fault of a method hits all",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/dialer.lua", specs = "made",
    from = [[    sink(free, lines)]],
    to = [[]],
    why = "all contacts wait for one line",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/dialer.lua", specs = "made",
    from = [[while plan.starts[first] and plan.starts[first] <= now do]],
    to = [[while plan.starts[first] do]],
    why = "a larger limit changes nothing",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/contact_list.lua", specs = "made",
    from = [[  elseif known[phone] then]],
    to = [[  elseif false then]],
    why = "a contact is called twice",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/made/campaigns.lua", specs = "made",
    from = [[return row ~= nil and row.campaignId ~= id]],
    to = [[return false]],
    why = "names are not unique",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/made/campaigns.lua", specs = "made",
    from = [[if waiting[i].starts <= now then]],
    to = [[if true then]],
    why = "a scheduled campaign starts at once",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/form.lua", specs = "made",
    from = [[if not at or body:sub(at + 1, at + 2) ~= "--" then]],
    to = [[if false then]],
    why = "a form may end anywhere",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/store.lua", specs = "made",
    from = [[selected[1] and self:is_settled() and selected or nil]],
    to = [[selected[1] and selected]],
    why = "a list by status does not change",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/body.lua", specs = "made",
    from = [[  if missing then
]],
    to = [[  if false then
]],
    why = "nothing is required",
  },
}
