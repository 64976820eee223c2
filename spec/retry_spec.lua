-- The decisions about retries, without waits or a server.

local retry = require "sigmamind.http.retry"

describe("retry.after", function()
  it("reads seconds", function()
    assert.equal(0, retry.after "0")
    assert.equal(120, retry.after "120")
  end)

  it("reads the three forms of an HTTP date", function()
    local date = "Sun, 06 Nov 1994 08:49:37 GMT"
    assert.equal(60, retry.after("Sun, 06 Nov 1994 08:50:37 GMT", date))
    assert.equal(60, retry.after("Sunday, 06-Nov-94 08:50:37 GMT", date))
    assert.equal(60, retry.after("Sun Nov  6 08:50:37 1994", date))
  end)

  it("returns 0 for a past date, with or without the reply's own Date", function()
    assert.equal(0, retry.after("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:50:37 GMT"))
    assert.equal(0, retry.after "Sun, 06 Nov 1994 08:49:37 GMT")
  end)

  it("compares a date with this machine's clock when the reply has no readable Date", function()
    local locale = os.setlocale(nil, "time")
    os.setlocale("C", "time")
    local soon = os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() + 100)
    os.setlocale(locale, "time")
    for _, date in ipairs { false, "nonsense" } do
      local seconds = retry.after(soon, date or nil)
      assert.is_true(seconds >= 98 and seconds <= 100)
    end
  end)

  it("rounds a fraction up (RFC 9110 allows none, but servers send it)", function()
    assert.equal(300, retry.after "299.997")
    assert.equal(1, retry.after "0.853")
    assert.equal(2, retry.after "1.5")
    assert.equal(2, retry.after "2.0")
    assert.equal(0, retry.after "0.000")
  end)

  it("reads the first of two joined values", function()
    assert.equal(120, retry.after "120, 60")
    assert.equal(3, retry.after "2.5,7")
  end)

  it("returns nil for a missing or unreadable header", function()
    assert.is_nil(retry.after(nil))
    for _, bad in ipairs {
      "", "soon", "-1", "1.", ".5", "1.5.5", "0x10", "1e3", "10 s", "10, soon", ", 10", "inf", "nan",
    } do
      assert.is_nil((retry.after(bad)))
    end
  end)

  it("accepts out-of-range values", function()
    assert.equal(2 ^ 31, retry.after(("9"):rep(400))) -- RFC 9111 section 1.2.2
    assert.equal(2 ^ 31, retry.after "2147483649")
    assert.is_true(retry.after("Fri, 31 Dec 9999 23:59:59 GMT") > 60)
  end)
end)

describe("retry.decide", function()
  local ATTEMPTS = 20

  local function decide(err, made, budget, remaining, since)
    err.retryable = true
    return retry.decide(err, made, ATTEMPTS, budget or retry.budget(), remaining or math.huge, since or 0)
  end

  it("waits a random time below a bound that doubles from 0.5 s to 8 s", function()
    for made = 1, 8 do
      local bound = ({ 0.5, 1, 2, 4, 8, 8, 8, 8 })[made]
      local longest = 0
      for _ = 1, 200 do
        local wait = decide({ kind = "network" }, made)
        assert.is_true(wait >= 0 and wait < bound)
        longest = math.max(longest, wait)
      end
      assert.is_true(longest > bound / 2) -- fails by chance once in 2^200
    end
  end)

  it("waits at least half of that bound after a 429 or 503: a limit would refuse an early retry", function()
    for _, status in ipairs { 429, 503 } do
      for made = 0, 8 do
        local bound = ({ [0] = 0.5, 0.5, 1, 2, 4, 8, 8, 8, 8 })[made]
        for _ = 1, 50 do
          local wait = decide({ kind = "http", status = status }, made)
          assert.is_true(wait >= bound / 2 and wait < bound)
        end
      end
    end
    local least = math.huge
    for _ = 1, 200 do
      least = math.min(least, (decide({ kind = "http", status = 502 }, 4)))
    end
    assert.is_true(least < 2) -- fails by chance once in 2^200
  end)

  it("waits for Retry-After, up to a minute", function()
    assert.equal(60, decide({ kind = "http", retry_after = 60 }, 1))
    local wait, decision = decide({ kind = "http", retry_after = 61 }, 1)
    assert.is_nil(wait)
    assert.matches("longer wait", decision)
  end)

  it("spends 5 tokens of the budget, 10 after a timeout, and refunds 1", function()
    local budget = retry.budget()
    assert.equal(500, budget.tokens)
    decide({ kind = "http" }, 1, budget)
    assert.equal(495, budget.tokens)
    decide({ kind = "timeout" }, 1, budget)
    assert.equal(485, budget.tokens)
    retry.refund(budget)
    assert.equal(486, budget.tokens)
    for _ = 1, 20 do
      retry.refund(budget)
    end
    assert.equal(500, budget.tokens)
    budget.tokens = 9
    assert.is_nil((decide({ kind = "timeout" }, 1, budget)))
    assert.is_number(decide({ kind = "http" }, 1, budget))
    assert.equal(4, budget.tokens)
    assert.is_nil((decide({ kind = "http" }, 1, budget)))
    budget.tokens = 5
    assert.is_number(decide({ kind = "http" }, 1, budget))
    assert.equal(0, budget.tokens)
    budget.tokens = 10
    assert.is_number(decide({ kind = "timeout" }, 1, budget))
    assert.equal(0, budget.tokens)
  end)

  it("spends no tokens without a retry", function()
    local budget = retry.budget()
    assert.is_nil((decide({ kind = "http" }, 20, budget)))
    assert.is_nil((decide({ kind = "http", retry_after = 99 }, 1, budget)))
    assert.is_nil((decide({ kind = "http", retry_after = 10 }, 1, budget, 5)))
    assert.equal(500, budget.tokens)
  end)
end)
