--- statuses: maps the status of a reply to the kind of its error and whether a retry may succeed.
--- Failures without a status are in the core's table of outcomes.

local statuses = {
  RATE_LIMIT = 429, -- RFC 6585 section 4
}

---@class sigmamind.Status
---@field kind string  of the error
---@field retry boolean
---@field why string  the reason, for the reference

--- Defaults for the statuses that the table below does not list, by the first digit.
local CLASSES = {
  [1] = { kind = "protocol", retry = false, why = "no final status" },
  [2] = { kind = "protocol", retry = false, why = "not what was requested" },
  [3] = { kind = "protocol", retry = false, why = "redirects are not followed" },
  [4] = { kind = "http", retry = false, why = "the request is wrong; a retry would not change it" },
  [5] = { kind = "http", retry = false, why = "the server does not support the request" },
}

local function later(why)
  return { kind = "http", retry = true, why = why }
end

local ORIGIN = later "Cloudflare: the server behind it was not reached, or responded badly"

local STATUSES = {
  [401] = { kind = "auth", retry = false, why = "the key was refused" },
  [403] = { kind = "auth", retry = false, why = "the key, or a gateway's rule, does not allow it" },
  [407] = { kind = "config", retry = false, why = "the proxy requires other credentials" },
  [408] = later "the server gave up waiting (RFC 9110 section 15.5.9)",
  [425] = later "too early (RFC 8470 section 5.2)",
  [429] = { kind = "rate_limit", retry = true, why = "too many requests (RFC 6585 section 4)" },
  [500] = later "the server failed for now",
  [502] = later "a gateway got an invalid reply",
  [503] = later "overloaded, or down for now",
  [504] = later "a gateway got no reply in time",
  [520] = ORIGIN,
  [521] = ORIGIN,
  [522] = ORIGIN,
  [523] = ORIGIN,
  [524] = ORIGIN,
  [529] = later "the server is overloaded",
}

---@param status integer
---@return sigmamind.Status
function statuses.of(status)
  return STATUSES[status] or CLASSES[math.floor(status / 100)] or CLASSES[5]
end

--- Whether a server that limits requests refused this one.
---@param status integer|nil
---@return boolean
function statuses.is_refusal(status)
  return status == statuses.RATE_LIMIT or status == 503
end

--- Whether the reply is a success. 206 is not: no part was requested.
---@param status integer
---@return boolean
function statuses.is_success(status)
  return status >= 200 and status < 300 and status ~= 206
end

return statuses
