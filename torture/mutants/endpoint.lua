-- Changes of the endpoint in nginx.

local FILES = "lua/sigmamind/nginx/"

local changes = {
  {
    file = "source.lua", specs = "endpoint",
    from = [[return added or err ~= "exists"]],
    to = [[return true]],
    why = "the lock keeps nobody back",
  },
  {
    file = "source.lua", specs = "endpoint",
    from = [[local added, err = self.dict:safe_add(self.keys.lock, token, LOCK_TTL)]],
    to = [[local added, err = self.dict:safe_add(self.keys.lock, token)]],
    why = "the lock of a worker that was killed never expires",
  },
  {
    file = "source.lua", specs = "endpoint",
    from = [[return added or err ~= "exists"]],
    to = [[return added]],
    why = "nobody fetches where the dict has no room for the lock",
  },
  {
    file = "source.lua", specs = "endpoint",
    from = [[if age and age < self.options.stale then]],
    to = [[if age then]],
    why = "answers are served for ever",
  },
  {
    file = "source.lua", specs = "endpoint",
    from = [[if is_exiting() and self:current() then]],
    to = [[if is_exiting() then]],
    why = "those who wait for the first answer in a worker that exits are left alone",
  },
  {
    file = "source.lua", specs = "endpoint",
    from = [[  elseif not self.has_given_up then]],
    to = [[  else]],
    why = "a reload counts as an outage",
  },
  {
    file = "source.lua", specs = "endpoint",
    from = [[of_client.base_url, key, options.resource]],
    to = [[of_client.base_url, options.resource]],
    why = "clients with different keys share an answer",
  },
  {
    file = "source.lua", specs = "endpoint",
    from = [[  local self = sources[name]
]],
    to = [[  local self
]],
    why = "each endpoint has a timer, also one that is made in each request",
  },
  {
    file = "source.lua", specs = "endpoint_fleet",
    from = [[if is_due(self) and self.fleet:take_lock(token, LOCK_TTL) then]],
    to = [[if is_due(self) then]],
    why = "each machine fetches",
  },
  {
    file = "source.lua", specs = "endpoint_fleet",
    from = [[    self.outage:hold(kind, seconds)
]],
    to = "",
    why = "a machine does not mind the pause of another",
  },
  {
    file = "fleet.lua", specs = "endpoint_fleet",
    from = [[return self.store:add(self.keys.lock, token, ttl) ~= false]],
    to = [[return self.store:add(self.keys.lock, token, ttl) == true]],
    why = "no machine fetches without the store",
  },
  {
    file = "outage.lua", specs = "endpoint",
    from = [[  self.dict:safe_set(self.keys.pause, kind, seconds)
]],
    to = "",
    why = "the other workers do not pause",
  },
  {
    file = "outage.lua", specs = "endpoint",
    from = [[  if not begins(self) then
    return
  end
]],
    to = "",
    why = "each failure is logged",
  },
  {
    file = "outage.lua", specs = "endpoint",
    from = [[    dict:delete(keys.outage)
]],
    to = "",
    why = "the end of an outage is logged again and again",
  },
  {
    file = "answer.lua", specs = "endpoint",
    from = [[return { digest = digest, body = before.body,]],
    to = [[return { digest = digest, body = before.gzip,]],
    why = "the wrong form is kept",
  },
  {
    file = "endpoint.lua", specs = "endpoint",
    from = [[return gzip > 0 and gzip >= identity]],
    to = [[return gzip >= identity]],
    why = "a quality of 0 counts as accepted",
  },
  {
    file = "endpoint.lua", specs = "endpoint",
    from = [[return answer.gzip, '"' .. answer.digest .. '-gzip"', "gzip"]],
    to = [[return answer.gzip, '"' .. answer.digest .. '"', "gzip"]],
    why = "both forms have one tag",
  },
  {
    file = "endpoint.lua", specs = "endpoint",
    from = [[self[name] = name == "list" and copy(value) or value]],
    to = [[self[name] = value]],
    why = "the caller can change the arguments later",
  },
}

for _, change in ipairs(changes) do
  change.file, change.lua = FILES .. change.file, "luajit"
end

return changes
