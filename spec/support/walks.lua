-- Walks over all campaigns, for the specs of the runtimes.

local walks = {}

--- The ids of all campaigns in order; or nil, err. Plain Lua 5.1 cannot yield in `for`. Requests one page at a
--- time, unless `prefetch` is given.
function walks.ids(client, size, prefetch)
  local stream, ids = client:campaigns { size = size, prefetch = prefetch or 0 }, {}
  while true do
    local campaign, err = stream:next()
    if err then
      return nil, err
    elseif not campaign then
      return ids
    end
    ids[#ids + 1] = campaign.campaignId
  end
end

--- Whether the first `count` requests of a sandbox's log were concurrent requests for one path: with HTTP/1.1 and
--- one client, each then has its own connection.
function walks.overlapped(log, count, path)
  local seen = {}
  for i = 1, count do
    local entry = log[i]
    if entry.version ~= 1.1 or entry.path ~= path or seen[entry.connection] then
      return false
    end
    seen[entry.connection] = true
  end
  return true
end

--- A session that counts its polls in the field `polls`.
function walks.counted(session)
  local counted = { polls = 0 }
  function counted.fd()
    return session:fd()
  end
  function counted.poll(self, seconds)
    self.polls = self.polls + 1
    return session:poll(seconds)
  end
  return counted
end

--- Whether a coroutine can yield in `for ... in` on this Lua.
function walks.for_yields()
  local thread = coroutine.create(function()
    for _ in function() return coroutine.yield() end do end
  end)
  return (coroutine.resume(thread))
end

return walks
