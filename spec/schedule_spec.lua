-- When a campaign starts: the forms that the documentation has, and the three arguments together.

local schedule = require "sigmamind.schedule"

describe("a date", function()
  it("has one of the two documented forms", function()
    for _, text in ipairs {
      "2025-09-25", "2025-09-25T00:00:00.000Z", "2025-09-25T23:59:59Z", "2025-09-25T00:00:00+05:30", "2024-02-29",
      "2000-02-29",
    } do
      assert.is_true(schedule.date.test(text), text)
    end
  end)

  it("is a day of the calendar, and nothing else", function()
    for _, value in ipairs {
      "", "2025-9-25", "25-09-2025", "2025-13-01", "2025-00-10", "2025-09-31", "2025-02-29", "1900-02-29",
      "2025-09-00", "2025-09-25T", "2025-09-25T24:00:00Z", "2025-09-25T00:60:00Z", "2025-09-25T00:00:00",
      "2025-09-25 00:00:00Z", "2025-09-25T00:00:00.Z", "2025-09-25T00:00:00..1Z",
      "2030-01-01T00:00:00+99:99", "2030-01-01T00:00:00+15:00", "2025-09-25\n", 20250925, true,
    } do
      assert.is_false(schedule.date.test(value), tostring(value))
    end
  end)
end)

describe("a time", function()
  it("has hours, minutes and seconds", function()
    for _, text in ipairs { "12:00:00", "00:00:00", "23:59:59" } do
      assert.is_true(schedule.time.test(text), text)
    end
    for _, value in ipairs { "12:00", "24:00:00", "12:60:00", "12:00:60", "1:00:00", "12:00:00Z", "noon", 12 } do
      assert.is_false(schedule.time.test(value), tostring(value))
    end
  end)
end)

describe("a time zone", function()
  it("has the form of a name in the IANA database", function()
    for _, text in ipairs { "America/Los_Angeles", "UTC", "Asia/Kathmandu", "America/Argentina/Buenos_Aires" } do
      assert.is_true(schedule.zone.test(text), text)
    end
    for _, value in ipairs {
      "", "Pacific Time", "../../etc/passwd", "America/", "/UTC", "America//New_York", "+02:00", "UTC\n", 0, false,
      "posixrules", "localtime", "right/UTC", "posix/UTC",
    } do
      assert.is_false(schedule.zone.test(value), tostring(value))
    end
  end)

  it("is in the system's database, where there is one", function()
    local file = io.open "/usr/share/zoneinfo/UTC"
    local has_database = file and file:close()
    assert.equal(not has_database, schedule.zone.test "America/Los_Angles")
  end)
end)

local FUTURE = { scheduledDate = "2999-09-25", scheduledTime = "12:00:00", scheduledTimezone = "UTC" }

local function with(changes)
  local arguments = {}
  for name, value in pairs(FUTURE) do
    arguments[name] = value
  end
  for name, value in pairs(changes) do
    if value == "none" then
      value = nil
    end
    arguments[name] = value
  end
  return arguments
end

describe("a campaign that is created", function()
  it("is scheduled by all three, and not without them", function()
    local arguments = with {}
    assert.is_nil(schedule.prepare(arguments, "create"))
    assert.is_true(arguments.isScheduled)
    local none = {}
    assert.is_nil(schedule.prepare(none, "create"))
    assert.same({}, none)
  end)

  it("needs all three", function()
    for name in pairs(FUTURE) do
      local wrong = schedule.prepare(with { [name] = "none" }, "create")
      assert.equal(name .. " is missing: a schedule has all of scheduledDate, scheduledTime, scheduledTimezone", wrong)
    end
    assert.is_truthy(schedule.prepare({ isScheduled = true }, "create"))
  end)

  it("cannot have a schedule and none", function()
    assert.equal("isScheduled is false, but there is a schedule", schedule.prepare(with { isScheduled = false }, "create"))
  end)

  it("cannot start on a day that is over everywhere", function()
    local past = os.date("!%Y-%m-%d", os.time() - 36 * 3600 - 60)
    assert.equal(("scheduledDate is in the past: '%s'"):format(past),
      schedule.prepare(with { scheduledDate = past }, "create"))
    local today = os.date "!%Y-%m-%d"
    local noon = { scheduledDate = today, scheduledTimezone = "Asia/Tokyo", scheduledTime = "23:59:59" }
    assert.is_nil(schedule.prepare(with(noon), "create"))
    noon.scheduledDate = today .. "T00:00:00.000Z"
    assert.is_nil(schedule.prepare(with(noon), "create"))
  end)

  it("cannot start at a time of UTC that is over, but later", function()
    local function prepared(seconds)
      local at = os.time() + seconds
      local day, time = os.date("!%Y-%m-%d", at), os.date("!%H:%M:%S", at)
      return schedule.prepare(with { scheduledDate = day, scheduledTime = time }, "create")
    end
    assert.is_truthy(prepared(-60))
    assert.is_nil(prepared(60))
  end)

  it("is compared by seconds since 1970", function()
    assert.equal(0, schedule.seconds("1970-01-01", "00:00:00"))
    assert.equal(951782400, schedule.seconds("2000-02-29", "00:00:00"))
    assert.equal(1758801600, schedule.seconds("2025-09-25T00:00:00.000Z", "12:00:00"))
  end)
end)

describe("an update", function()
  it("may change a part of the schedule, unless it schedules", function()
    local arguments = with { scheduledDate = "none" }
    assert.is_nil(schedule.prepare(arguments, "update"))
    assert.is_nil(arguments.isScheduled)
    arguments.isScheduled = true
    assert.is_truthy(schedule.prepare(arguments, "update"))
    assert.is_truthy(schedule.prepare({ scheduledDate = "2025-09-25" }, "update"))
  end)
end)
