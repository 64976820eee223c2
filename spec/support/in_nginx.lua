-- The functions that the specs run in nginx's Lua. Loaded in init_by_lua, so that the client precedes the fork.

local nginx_runtime = require "sigmamind.runtime.nginx"
local contract = require "spec.support.runtime_contract"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"
local walks = require "spec.support.walks"

local in_nginx = {}

local client = sigmamind.new { attempts = 1 }
local patient

-- Results of requests in phases in which nginx cannot wait, for /said: errors and no crash.
local said = {}

in_nginx.assert = sigmamind.assert

--- A client with an unknown key.
function in_nginx.stranger()
  return sigmamind.new { api_key = "unknown" }
end

--- The number of rows of a page, or the error, and the worker's process id.
function in_nginx.page(number)
  local page, err = client.campaigns:page { page = number }
  return ("%s by %d"):format(page and page:info().count or err, ngx.worker.pid())
end

function in_nginx.count()
  return tostring(client:campaigns({ size = 50 }):count())
end

--- Counts with an on_event that fails.
function in_nginx.count_with_typo()
  local other = sigmamind.new { on_event = function(event) return event.nothing.more end }
  return tostring(other:campaigns({ size = 50 }):count())
end

--- The number of rows of a generator, which waits in its own coroutine.
function in_nginx.generate()
  local count = 0
  for row in coroutine.wrap(function()
    local stream = client:campaigns { size = 25 }
    local row = stream:next()
    while row do
      coroutine.yield(row)
      row = stream:next()
    end
  end) do
    count = count + (row.campaignId and 1 or 0)
  end
  return tostring(count)
end

--- Counts all rows in a light thread that belongs to no request. Waits for it by ngx.sleep.
function in_nginx.count_in_timer()
  local answer
  assert(ngx.timer.at(0, function()
    answer = ngx.get_phase() .. " " .. in_nginx.count()
  end))
  while not answer do
    ngx.sleep(0.01)
  end
  return answer
end

--- Sends a request in a phase in which nginx cannot wait.
function in_nginx.ask_in_vain(phase)
  local page, err = client.campaigns:page()
  said[phase] = page and "a page" or err.kind .. ": " .. err.message
end

--- Records, for /said, whether the runtime can wait in the current phase.
function in_nginx.note_phase()
  said[ngx.get_phase()] = nginx_runtime.unavailable() or "can wait"
end

function in_nginx.said(phase)
  return said[phase] or "nothing"
end

--- Sleeps for a minute after the first row of page 1, while page 2 is prefetched.
function in_nginx.walk()
  patient = patient or sigmamind.new { prefetch = 4 }
  local stream = patient:campaigns { size = 20 }
  for _ = 1, 21 do
    stream:next()
  end
  ngx.sleep(60)
end

--- The number of transfers in flight, by tostring of the sessions.
function in_nginx.in_flight()
  local count = 0
  for _, each in ipairs { client, patient } do
    count = count + tostring(each.transport.session):match "%((%d+) in flight%)"
  end
  return ("%d in flight by %d"):format(count, ngx.worker.pid())
end

local function start_page(number)
  return client.transport.session:start {
    url = client.options.base_url .. "/v1/campaigns?page=" .. number,
    key = client.options.api_key(),
  }
end

--- Gathers items, only some of which wait, in the handler itself; then in a gather.
function in_nginx.gather(count)
  local list = {}
  for i = 1, count do
    list[i] = i
  end
  local results, err = client:gather(list, function(i)
    local page, wrong = true, nil
    if i % 20 == 0 then
      page, wrong = client.campaigns:page { page = i }
    end
    return page and i, wrong
  end)
  local nested = client:gather({ 1, 2 }, function(i)
    return (client:gather({ i, i }, function(each) return client.campaigns:page() and each end))[2]
  end)
  return ("%s %d %d %d"):format(tostring(err), #results, nested[1], nested[2])
end

--- Runs several listings at once, in light threads of one request.
function in_nginx.threads(count)
  local threads, pages = {}, {}
  for i = 1, count do
    threads[i] = ngx.thread.spawn(client.campaigns.page, client.campaigns, { page = i, size = 5 })
  end
  for i = 1, count do
    local _, page = ngx.thread.wait(threads[i])
    pages[i] = page:info().page
  end
  return table.concat(pages, " ")
end

local held

--- Kills a light thread while it waits for a transfer, which `held` keeps from collection.
function in_nginx.kill_thread()
  held = start_page(1)
  local thread = ngx.thread.spawn(nginx_runtime.wait, client.transport.session, held)
  local before = in_nginx.in_flight()
  assert(ngx.thread.kill(thread))
  return before
end

--- The state of that transfer.
function in_nginx.killed()
  return held:done() and tostring(select(2, held:status())) or "in flight"
end

--- Occupies nginx's running timers for some seconds.
function in_nginx.occupy_timer(seconds)
  return tostring(ngx.timer.at(0, function()
    ngx.sleep(seconds)
  end))
end

--- Closes a client during a request.
function in_nginx.close_while_waiting()
  local other = sigmamind.new { attempts = 1 }
  local thread = ngx.thread.spawn(other.campaigns.page, other.campaigns, { page = 1 })
  other:close()
  local _, _, err = ngx.thread.wait(thread)
  return err.kind
end

local function new_host()
  local threads = {}
  local host = { sandbox = server.attach(client.options.base_url, client.options.api_key()) }
  host.all = assert(walks.ids(client))
  host.sandbox:clear()
  function host.client(options)
    return host.sandbox:client(options)
  end
  function host.spawn(action)
    local results = {}
    threads[#threads + 1] = ngx.thread.spawn(function()
      results.first, results.second = action()
      results.over = true
    end)
    return results
  end
  function host.after(seconds, action)
    host.spawn(function()
      ngx.sleep(seconds)
      action()
    end)
  end
  function host.finish()
    for _, thread in ipairs(threads) do
      assert(ngx.thread.wait(thread))
    end
    threads = {}
  end
  return host
end

--- Runs a check of the runtimes' contract in light threads.
function in_nginx.keeps(number)
  local ok, err = pcall(contract[number].check, new_host())
  return ok and "kept" or tostring(err)
end

return in_nginx
