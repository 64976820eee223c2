--- schedule: the arguments that say when a campaign starts. A campaign without them starts at once,
--- so they are checked before anything is sent. It needs no C module.

local schedule = {}

local ZONES = "/usr/share/zoneinfo/" -- where POSIX systems keep the IANA time zone database
local WEST = 12 * 3600 -- seconds by which local time may be behind UTC

local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

local function is_day(year, month, day)
  local last = DAYS[month]
  if month == 2 and is_leap(year) then
    last = 29
  end
  return last ~= nil and day >= 1 and day <= last
end

local function is_time(hour, minute, second)
  return hour <= 23 and minute <= 59 and second <= 59
end

--- The rest of a date-time behind its date: "T00:00:00.000Z", or an offset from UTC for the Z.
local function is_rest(text)
  local hour, minute, second, zone = text:match "^T(%d%d):(%d%d):(%d%d)(.+)$"
  zone = zone and zone:gsub("^%.%d+", "")
  if not hour or not is_time(tonumber(hour), tonumber(minute), tonumber(second)) then
    return false
  end
  local east, past = zone:match "^[+-](%d%d):(%d%d)$"
  return zone == "Z" or east ~= nil and tonumber(east) <= 14 and tonumber(past) <= 59
end

--- The documentation has both forms: YYYY-MM-DD where campaigns are created, and a date-time where
--- they are updated.
schedule.date = {
  accepts = "a date like '2027-09-25' or '2027-09-25T00:00:00.000Z'",
  type = "string",
  test = function(value)
    local year, month, day, rest = tostring(value):match "^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$"
    return type(value) == "string"
      and year ~= nil
      and is_day(tonumber(year), tonumber(month), tonumber(day))
      and (rest == "" or is_rest(rest))
  end,
}

schedule.time = {
  accepts = "a time like '12:00:00'",
  type = "string",
  test = function(value)
    local hour, minute, second = tostring(value):match "^(%d%d):(%d%d):(%d%d)$"
    return hour ~= nil and is_time(tonumber(hour), tonumber(minute), tonumber(second))
  end,
}

local function is_zone_file(path)
  local file = io.open(path, "rb")
  if not file then
    return false
  end
  local magic = file:read(4)
  file:close()
  return magic == "TZif" -- RFC 8536 section 3.1
end

--- The name of a time zone. It is looked up where the system has the database.
schedule.zone = {
  accepts = "an IANA time zone like 'America/Los_Angeles'",
  type = "string",
  test = function(value)
    if type(value) ~= "string" or not value:find "^%u[%w_+/-]*%w$" or value:find "//" then
      return false -- names of files beside the zones, like posixrules, begin with a small letter
    end
    return not is_zone_file(ZONES .. "UTC") or is_zone_file(ZONES .. value)
  end,
}

local TRIO = { "scheduledDate", "scheduledTime", "scheduledTimezone" }

--- How many of the three are given, and the first that is not.
local function count(arguments)
  local given, missing = 0, nil
  for _, name in ipairs(TRIO) do
    if arguments[name] ~= nil then
      given = given + 1
    else
      missing = missing or name
    end
  end
  return given, missing
end

--- The time of a UTC date and time, by Howard Hinnant's algorithm for the Gregorian calendar.
---@param date string  "YYYY-MM-DD"; what follows is ignored
---@param time string  "HH:MM:SS"
---@return number  seconds since 1970
function schedule.seconds(date, time)
  local year, month, day = date:match "^(%d+)-(%d+)-(%d+)"
  local hour, minute, second = time:match "^(%d+):(%d+):(%d+)$"
  local y, m = tonumber(year), tonumber(month)
  if m <= 2 then
    y = y - 1
  end
  local era = math.floor(y / 400)
  local of_era = y - era * 400
  local of_year = math.floor((153 * ((m + 9) % 12) + 2) / 5) + day - 1
  local days = era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100)
  return (days + of_year - 719468) * 86400 + hour * 3600 + minute * 60 + second
end

local UTC = { UTC = true, GMT = true, ["Etc/UTC"] = true, ["Etc/GMT"] = true }

--- Whether it is certainly over: in its zone if that is UTC, else everywhere on Earth. Without a
--- time, the day is over.
local function is_past(arguments, now)
  local time = arguments.scheduledTime or "23:59:59"
  local slack = UTC[arguments.scheduledTimezone] and 0 or WEST
  return schedule.seconds(arguments.scheduledDate, time) + slack < now
end

--- What is wrong with the arguments together; nil: nothing. The API needs all three when
--- isScheduled is true; an update may change some of them.
---@param arguments table  of campaigns:create or campaigns:update, each of them valid
---@param verb "create"|"update"
---@return string|nil
local function problem(arguments, verb)
  local given, missing = count(arguments)
  local needs_all = arguments.isScheduled or verb == "create" and given > 0
  local date = arguments.scheduledDate
  if arguments.isScheduled == false and given > 0 then
    return "isScheduled is false, but there is a schedule"
  elseif needs_all and missing then
    return ("%s is missing: a schedule has all of %s"):format(missing, table.concat(TRIO, ", "))
  elseif date and is_past(arguments, os.time()) then
    return ("scheduledDate is in the past: '%s'"):format(date)
  end
end

--- Checks the arguments together, and completes them: what is created with a schedule is scheduled.
---@param arguments table  changed
---@param verb "create"|"update"
---@return string|nil problem
function schedule.prepare(arguments, verb)
  local wrong = problem(arguments, verb)
  if not wrong and verb == "create" and count(arguments) == #TRIO then
    arguments.isScheduled = true
  end
  return wrong
end

return schedule
