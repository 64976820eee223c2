-- The stores: spec/support/store_contract.lua for each of them, and what each does when it fails.

local bucket = require "sigmamind.store.bucket"
local certificate = require "spec.support.certificate"
local contract = require "spec.support.store_contract"
local core = require "sigmamind.core"
local interpreter = require "spec.support.interpreter"
local listener = require "spec.support.listener"
local nginx = require "spec.support.nginx"
local process = require "process"
local redis = require "spec.support.redis"
local scratch = require "spec.support.scratch"
local socket = require "socket"
local store = require "sigmamind.store"

local unpack = table.unpack or unpack

local PATIENT = { timeout = 10 } -- for busy machines
local CROWD = 8 -- processes

local function keeps_contract(open)
  for _, each in ipairs(contract) do
    it(each.name, function()
      each.check { store = open(), sleep = core.sleep }
    end)
  end
end

describe("store.memory", function()
  keeps_contract(store.memory)

  for _, name in ipairs(contract.crowds) do
    it("is exact for several users, by " .. name, function()
      local shared, texts = store.memory(), {}
      for i = 1, CROWD do
        texts[i] = contract.join(name, shared, 0)
      end
      assert.is_nil(contract.judge(name, texts))
    end)
  end

  it("forgets what was not used for longest when it is full", function()
    local shared = store.memory { max_bytes = 10000 }
    for number = 1, 5 do
      assert.is_true(shared:set("k" .. number, ("v"):rep(1700), 100))
    end
    assert.is_string((shared:get "k1"))
    assert.is_true(shared:set("k6", ("v"):rep(1700), 100))
    assert.is_nil((shared:get "k2"))
    assert.is_string((shared:get "k1"))
    assert.is_string((shared:get "k3"))
  end)

  it("refuses a value that is larger than itself, and keeps the others", function()
    local shared = store.memory { max_bytes = 10000 }
    shared:set("small", "value", 100)
    assert.is_false(shared:set("large", ("v"):rep(10000), 100))
    assert.is_nil((shared:add("large", ("v"):rep(10000), 100)))
    assert.equal("value", (shared:get "small"))
  end)

  it("does not block", function()
    assert.is_nil(store.memory().is_blocking)
  end)
end)

describe("the bucket of store.memory and store.nginx", function()
  it("gives a full bucket's tokens at one moment, whatever the time and the rate", function()
    for _, rate in ipairs { 3, 7, 0.3, 11, 1e3 / 3 } do
      for number = 1, 200 do
        local now, full_at, wait = 12345.678901 * number, 0
        for _ = 1, 5 do
          wait, full_at = bucket.take(full_at, now, rate, 5, 0)
          assert.equal(0, wait)
        end
        assert.is_false((bucket.take(full_at, now, rate, 5, 0)))
      end
    end
  end)
end)

describe("a store", function()
  it("raises at the caller's line where there is no nginx, or no function that connects", function()
    for _, call in ipairs {
      function() store.nginx "shared" end,
      function() store.nginx() end,
      function() store.redis() end,
      function() store.redis "127.0.0.1:6379" end,
      function() store.redis(print, { timeout = 0 }) end,
      function() store.redis(print, { timeouts = 1 }) end,
    } do
      local ok, err = pcall(call)
      assert.is_false(ok)
      assert.matches("^spec/store_spec.lua:%d+: store%.", err)
    end
  end)

  it("raises for a call with a dot and for an unknown method", function()
    for _, each in ipairs { store.memory(), store.redis(print) } do
      assert.error_matches(function() each.get "key" end, "must be called with a colon")
      assert.error_matches(function() each:fetch "key" end, "has no 'fetch'")
    end
  end)
end)

-- == Redis, by lua-redis ===============================================================

if not redis.is_installed() then
  print "redis-server is not installed: the specs of store.redis are left out"
  return
end

local function ends(condition)
  assert.is_truthy(nginx.eventually(condition))
end

local OPERATIONS = {
  get = { "secret-key" },
  set = { "secret-key", "value", 10 },
  add = { "secret-lock", "value", 10 },
  incr = { "secret-count", 1, 10 },
  take = { "secret-bucket", 10, 5, 1 },
}

-- Calls a method by its name; it must not raise.
local function operate(shared, name)
  local ok, value, more = pcall(shared[name], shared, unpack(OPERATIONS[name]))
  assert(ok, value)
  return value, more
end

-- Each operation once. Returns the results by name, each with its message.
local function each_operation(shared)
  local results = {}
  for name in pairs(OPERATIONS) do
    local value, more = operate(shared, name)
    results[name] = { value = value, message = more }
  end
  return results
end

-- Asserts that every operation fails with a message, which does not tell the key or the password.
local function all_fail(shared)
  for name, each in pairs(each_operation(shared)) do
    assert.is_nil(each.value, name)
    assert.is_string(each.message, name)
    assert.is_nil(each.message:find "secret", each.message)
    assert.is_nil(each.message:find "%c")
  end
end

if redis.client then
  local server, open

  setup(function()
    server = redis.start()
    open = function()
      server:command "FLUSHALL"
      return store.redis(server:connector(), PATIENT)
    end
  end)

  teardown(function()
    server:stop()
  end)

  -- Runs an action in this number of child processes at once, and returns the texts that it returned.
  local function in_children(count, action)
    local place, children, texts = scratch.open(), {}, {}
    for i = 1, count do
      children[i] = process.fork()
      if children[i] == 0 then
        local ok, text = pcall(action, i)
        place:write(i, tostring(text))
        process.exit(ok)
      end
    end
    for i = 1, count do
      local code = process.wait(children[i])
      texts[i] = place:read(i)
      assert(code == 0, texts[i])
    end
    place:remove()
    return texts
  end

  describe("store.redis", function()
    keeps_contract(function()
      return open()
    end)

    for _, name in ipairs(contract.crowds) do
      it("is exact for several processes at once, by " .. name, function()
        open()
        local time = core.now() + 0.2
        local texts = in_children(CROWD, function()
          return contract.join(name, store.redis(server:connector(), PATIENT), time)
        end)
        assert.is_nil(contract.judge(name, texts))
      end)
    end

    it("blocks, which event loops can see", function()
      assert.is_true(open().is_blocking)
    end)

    it("has every key expire", function()
      local shared = open()
      shared:set("set", "value", 100)
      shared:add("add", "value", 100)
      shared:incr("incr", 1, 100)
      shared:take("take", 10, 5, 1)
      for _, key in ipairs { "set", "add", "incr", "take" } do
        assert.matches("^:[1-9]", server:command("PTTL", key))
      end
    end)

    it("returns a value without an end that another program has set", function()
      local shared = open()
      server:command("SET", "endless", "value")
      assert.same({ "value", math.huge }, { shared:get "endless" })
    end)

    it("uses one connection for all", function()
      local opened = 0
      local shared = store.redis(function(timeout)
        opened = opened + 1
        return server:connector()(timeout)
      end, PATIENT)
      for _ = 1, 5 do
        each_operation(shared)
      end
      assert.equal(1, opened)
    end)

    it("gives the function that connects its time limit", function()
      local given
      store.redis(function(timeout) given = timeout end):get "key"
      assert.equal(0.05, given)
      store.redis(function(timeout) given = timeout end, { timeout = 0.5 }):get "key"
      assert.equal(0.5, given)
    end)
  end)

  describe("store.redis fails with a message", function()
    it("when nothing listens", function()
      local port = nginx.free_ports(1)[1]
      all_fail(store.redis(function(timeout)
        return redis.client.connect { host = "127.0.0.1", port = port, timeout = timeout }
      end))
    end)

    it("when the function that connects raises or returns anything else", function()
      for _, connect in ipairs {
        function() error "no" end,
        function() error { code = 5 } end,
        function() error(setmetatable({}, { __tostring = function() error "no text" end })) end,
        function() end,
        function() return nil, "no" end,
        function() return false end,
        function() return "redis://secret@host" end,
        function() return {} end,
        function() return { network = { socket = {} } } end,
        function() error "cannot reach redis://user:secret@host" end,
      } do
        all_fail(store.redis(connect))
      end
    end)

    it("when the server accepts and says nothing", function()
      local silent = listener.open()
      local began = core.now()
      all_fail(store.redis(function(timeout)
        return redis.client.connect { host = "127.0.0.1", port = silent.port, timeout = timeout }
      end))
      assert(core.now() - began < 10)
      silent:close()
    end)

    it("when the server speaks another protocol", function()
      local other = listener.open()
      local shared = store.redis(function(timeout)
        local client = redis.client.connect { host = "127.0.0.1", port = other.port, timeout = timeout }
        other:accept()
        other:send "HTTP/1.1 400 Bad Request\r\n\r\n"
        return client
      end)
      assert.same({ nil, "string" }, { (shared:get "key"), type(select(2, shared:get "key")) })
      other:close()
    end)

    it("when the password is wrong or missing", function()
      local guarded = redis.start { password = "secret-password" }
      all_fail(store.redis(function(timeout)
        local client = redis.client.connect { host = "127.0.0.1", port = guarded.port, timeout = timeout }
        client:auth "secret-guess"
        return client
      end, PATIENT))
      all_fail(store.redis(function(timeout)
        return redis.client.connect { host = "127.0.0.1", port = guarded.port, timeout = timeout }
      end, PATIENT))
      local shared = store.redis(guarded:connector(), PATIENT)
      assert.is_true(shared:set("key", "value", 10))
      guarded:stop()
    end)

    it("when a command is unknown to it, without quoting its arguments", function()
      local poor = redis.start { 'rename-command EVAL ""', 'rename-command SET ""' }
      all_fail(store.redis(poor:connector(), PATIENT))
      poor:stop()
    end)

    it("when it is full, and it still reads and removes", function()
      local shared = open()
      shared:set("kept", "value", 100)
      server:command("CONFIG", "SET", "maxmemory", "1")
      local done, err = shared:set("more", "value", 100)
      local sum, err_of_incr = shared:incr("count", 1, 100)
      local wait, err_of_take = shared:take("bucket", 1, 1, 0)
      local value = shared:get "kept"
      local removed = shared:set("kept", nil)
      server:command("CONFIG", "SET", "maxmemory", "0")
      assert.same({ nil, nil, nil }, { done, sum, wait })
      assert.same({ "string", "string", "string" }, { type(err), type(err_of_incr), type(err_of_take) })
      assert.same({ "value", true }, { value, removed })
      assert.is_true(shared:set("more", "value", 100))
    end)

    it("when a value of another kind is there", function()
      local shared = open()
      server:command("LPUSH", "secret-key", "a")
      local value, err = shared:get "secret-key"
      assert.is_nil(value)
      assert.matches("WRONGTYPE", err)
      assert.is_nil(err:find "secret")
    end)
  end)

  describe("store.redis works", function()
    it("while the server evicts", function()
      local small = redis.start { "maxmemory 3mb", "maxmemory-policy allkeys-lru" }
      local shared = store.redis(small:connector(), PATIENT)
      for number = 1, 200 do
        assert.is_true(shared:set("key-" .. number, ("v"):rep(50000), 100))
      end
      assert.equal(0, shared:take("bucket", 10, 1, 0))
      assert.is_nil((shared:get "key-1"))
      small:stop()
    end)

    it("after its scripts were flushed", function()
      local shared = open()
      each_operation(shared)
      server:command("SCRIPT", "FLUSH")
      for name, each in pairs(each_operation(shared)) do
        assert.is_not_nil(each.value, name)
      end
    end)

    for name, expected in pairs { get = "none", set = true, add = true, incr = 1, take = 0 } do
      it("at once after the server was started again, by " .. name, function()
        local shared = open()
        shared:set("before", "value", 100)
        server:kill()
        server:run()
        local value, err = operate(shared, name)
        assert.same({ expected, nil }, { value == nil and "none" or value, err })
      end)
    end

    it("again when the server is there again", function()
      local shared = open()
      shared:set("key", "value", 100)
      server:kill()
      all_fail(shared)
      server:run()
      assert.is_true(shared:set("key", "value", 100))
    end)

    it("again when the server hung, and never returns a late reply", function()
      local shared = open()
      local quick = store.redis(server:connector())
      assert.is_true(shared:set("first", "1", 100))
      assert.is_true(shared:set("second", "2", 100))
      ends(function() return quick:get "first" end)
      server:signal "STOP"
      local value, err = quick:get "first"
      server:signal "CONT"
      assert.is_nil(value)
      assert.is_string(err)
      ends(function()
        local second = quick:get "second"
        assert(second == nil or second == "2", second)
        return second
      end)
    end)

    for _, name in ipairs { "set", "add", "incr", "take" } do
      it("on the new master after a failover, at once, by " .. name, function()
        local other = redis.start()
        local master, opened = server, 0
        open()
        local shared = store.redis(function(timeout)
          opened = opened + 1
          return master:connector()(timeout)
        end, PATIENT)
        assert.is_true(shared:set("before", "value", 100))
        server:command("REPLICAOF", "127.0.0.1", "1")
        master = other
        local value, err = operate(shared, name)
        server:command("REPLICAOF", "NO", "ONE")
        assert.is_nil(err)
        assert.is_truthy(value)
        assert.equal(2, opened)
        other:stop()
      end)
    end

    it("with Sentinel, which knows the master", function()
      local other = redis.start()
      local sentinel = redis.start { sentinel = true, ("sentinel monitor fleet 127.0.0.1 %d 1"):format(server.port) }
      open()
      local shared = store.redis(function(timeout)
        local guide = redis.client.connect { host = "127.0.0.1", port = sentinel.port, timeout = timeout }
        local master = guide:raw_cmd "SENTINEL get-master-addr-by-name fleet"
        guide:quit()
        return redis.client.connect { host = master[1], port = master[2], timeout = timeout }
      end, PATIENT)
      assert.is_true(shared:set("key", "value", 100))
      sentinel:command("SENTINEL", "REMOVE", "fleet")
      sentinel:command("SENTINEL", "MONITOR", "fleet", "127.0.0.1", tostring(other.port), "1")
      server:command("REPLICAOF", "127.0.0.1", "1")
      local done = shared:set("other", "value", 100)
      server:command("REPLICAOF", "NO", "ONE")
      local there = other:command("EXISTS", "other")
      sentinel:stop()
      other:stop()
      assert.is_true(done)
      assert.equal(":1", there)
    end)

    it("not on a replica, which it leaves after a second attempt", function()
      open()
      local opened = 0
      local shared = store.redis(function(timeout)
        opened = opened + 1
        return server:connector()(timeout)
      end, PATIENT)
      server:command("REPLICAOF", "127.0.0.1", "1")
      local done, err = shared:set("key", "value", 100)
      server:command("REPLICAOF", "NO", "ONE")
      assert.equal(2, opened)
      assert.is_nil(done)
      assert.matches("READONLY", err)
    end)
  end)

  describe("store.redis, a connection that is lost after a command was sent", function()
    -- Relays commands to the server, in a child process. It ends the first connection after a number of commands, of
    -- which the last was executed, too.
    local function relay(commands)
      local front = assert(socket.bind("127.0.0.1", 0))
      local child = process.fork()
      if child > 0 then
        return select(2, front:getsockname()), child, front
      end
      front:settimeout(20)
      for number = 1, 2 do
        local client = front:accept()
        local upstream = socket.connect("127.0.0.1", server.port)
        if not (client and upstream) then
          break
        end
        client:settimeout(0)
        upstream:settimeout(0)
        local replies, lost = 0
        repeat
          local readable = socket.select({ client, upstream }, nil, 20)
          local from_client, err, rest = client:receive(1e6)
          upstream:send(from_client or rest)
          lost = err == "closed" or #readable == 0
          local from_server, _, partial = upstream:receive(1e6)
          local reply = from_server or partial
          if #reply > 0 then
            replies = replies + 1
            lost = lost or number == 1 and replies == commands
            if not lost then
              client:send(reply)
            end
          end
        until lost
        client:close()
        upstream:close()
      end
      process.exit(true)
    end

    local cases = {
      { "repeats get", "get", { "key" }, "before", "$6" },
      { "repeats set", "set", { "key", "after", 100 }, true, "$5" },
      { "repeats the removal of a value", "set", { "key" }, true, "$-1" },
      { "repeats incr, which may count too much", "incr", { "count", 1, 100 }, 2 },
      { "repeats take, which may lose a token", "take", { "bucket", 0.01, 2, 0 }, 0 },
      { "does not repeat add, which would find its own value", "add", { "lock", "mine", 100 }, nil },
    }

    for _, case in ipairs(cases) do
      local name, method, arguments, expected, there = unpack(case)
      it(name, function()
        open():set("key", "before", 100)
        local port, child, front = relay(2)
        local shared = store.redis(function(timeout)
          return redis.client.connect { host = "127.0.0.1", port = port, timeout = timeout }
        end, PATIENT)
        assert.equal("before", (shared:get "key"))
        local value, err = shared[method](shared, unpack(arguments))
        local reply = server:command("GET", "key")
        front:close()
        os.execute("kill -KILL " .. child)
        process.wait(child)
        assert.equal(expected, value)
        assert.equal(expected == nil and "string" or method == "get" and "number" or "nil", type(err))
        assert.equal(there or reply, reply)
      end)
    end
  end)

  describe("store.redis in a forked process", function()
    local function is_shared_safely(connect)
      local opened = 0
      local shared = store.redis(function(timeout)
        opened = opened + 1
        return connect(timeout)
      end, PATIENT)
      assert.is_true(shared:set("parent", "of the parent", 100))
      local children = {}
      for i = 1, 4 do
        children[i] = process.fork()
        if children[i] == 0 then
          local key, sound = "child-" .. i, true
          for number = 1, 50 do
            local value = key .. number
            sound = sound and shared:set(key, value, 100) and shared:get(key) == value
          end
          collectgarbage()
          collectgarbage()
          process.exit(sound and opened == 2)
        end
      end
      for _ = 1, 200 do
        assert.equal("of the parent", (shared:get "parent"))
      end
      for i = 1, 4 do
        assert.equal(0, process.wait(children[i]))
      end
      assert.equal("of the parent", (shared:get "parent"))
      assert.equal(1, opened)
    end

    it("uses a connection of its own", function()
      open()
      is_shared_safely(server:connector())
    end)

    it("uses a connection of its own over TLS", function()
      local found, ssl = pcall(require, "ssl")
      if not found then
        return pending "LuaSec is not installed"
      end
      local place = scratch.open()
      local file, key = certificate.make(place.directory, "redis")
      local port = nginx.free_ports(1)[1]
      local guarded = redis.start {
        password = "secret", "tls-port " .. port, "tls-cert-file " .. file, "tls-key-file " .. key,
        "tls-ca-cert-file " .. file, "tls-auth-clients no",
      }
      is_shared_safely(function(timeout)
        local plain = assert(socket.tcp())
        plain:settimeout(timeout)
        assert(plain:connect("127.0.0.1", port))
        local secure = assert(ssl.wrap(plain, { mode = "client", protocol = "any", verify = "peer", cafile = file }))
        secure:settimeout(timeout)
        assert(secure:dohandshake())
        local client = redis.client.connect { socket = secure }
        client:auth "secret"
        return client
      end)
      guarded:stop()
      place:remove()
    end)
  end)

  describe("store.redis, interrupted anywhere in an operation", function()
    it("raises the interrupt, and never returns the reply of another", function()
      local jit = rawget(_G, "jit")
      if jit then
        jit.off()
      end
      local shared = open()
      assert.is_true(shared:set("first", "1", 100))
      assert.is_true(shared:set("second", "2", 100))
      local place, interrupted, finished = 0, 0, false
      while not finished and place < 20000 do
        place = place + 1 + math.floor(place / 30)
        local count, fired = 0, false
        local ok, value = pcall(function()
          debug.sethook(function()
            count = count + 1
            if count >= place then
              fired = true
              debug.sethook()
              error("interrupted", 0)
            end
          end, "", 1)
          local value = shared:get "first"
          debug.sethook()
          return value
        end)
        finished = not fired
        assert.equal(finished, ok)
        assert.equal(ok and "1" or "interrupted", value)
        interrupted = interrupted + (ok and 0 or 1)
        assert.equal("2", (shared:get "second"))
      end
      if jit then
        jit.on()
      end
      assert.is_true(finished)
      assert(interrupted > 30, interrupted)
    end)
  end)

  describe("store.guard", function()
    it("passes a failed store by for a second, tells once, and comes back", function()
      local place = scratch.open()
      place:write("guard.lua", [[
        local core = require "sigmamind.core"
        local guard = require "sigmamind.store.guard"
        local redis = require "spec.support.redis"
        local store = require "sigmamind.store"
        local server, opened = redis.start(), 0
        local shared = guard.of(store.redis(function(timeout)
          opened = opened + 1
          return server:connector()(timeout)
        end, { timeout = 10 }))
        print((shared:set("key", "value", 100)), (shared:add("key", "other", 100)))
        server:kill()
        for _ = 1, 3 do
          print(shared:incr("count", 1, 100) == nil)
        end
        local began, tried = core.now(), opened
        repeat
          shared:take("bucket", 1, 1, 0)
        until opened > tried
        print("passed by for a second", core.now() - began > 0.5)
        server:run()
        repeat
          core.sleep(0.01)
        until shared:get "key" == nil and shared:set("key", "b", 100)
        print((shared:add("key", "c", 100)), (shared:get "key"))
        server:stop()
      ]])
      local output = interpreter.run(place.directory .. "/guard.lua")
      place:remove()
      local told = select(2, output:gsub("sigmamind: the store failed, requests go on without it: ", ""))
      assert.equal(1, told, output)
      assert.equal(
        "true false / true / true / true / passed by for a second true / false b",
        (output:gsub("sigmamind: [^\n]*\n", ""):gsub("\t", " "):gsub("\n$", ""):gsub("\n", " / "))
      )
    end)
  end)
else
  print "lua-redis is not installed: the specs of store.redis outside nginx are left out"
end

-- == In nginx ==========================================================================

if not rawget(_G, "jit") then
  return
elseif not nginx.modules() then
  print "nginx's Lua module is not installed (Debian: libnginx-mod-http-lua): its specs are left out"
  return
end

local HTTP = [[
  lua_shared_dict shared 16m;
  lua_shared_dict small 1m;
  init_by_lua_block { stores = require "spec.support.stores_in_nginx" }
  server {
    listen 127.0.0.1:$port reuseport;
    keepalive_requests 10000;
    location = /pid { content_by_lua_block { ngx.print(ngx.worker.pid()) } }
    location = /contract {
      content_by_lua_block { ngx.print(stores.keeps(ngx.var.arg_kind, tonumber(ngx.var.arg_number))) }
    }
    location = /crowd {
      content_by_lua_block { ngx.print(stores.join(ngx.var.arg_kind, ngx.var.arg_name, ngx.var.arg_time / 1000)) }
    }
    location = /case { content_by_lua_block { ngx.print(stores.case(ngx.var.arg_name)) } }
    location = /flag { content_by_lua_block { ngx.print(stores.flag(ngx.unescape_uri(ngx.var.arg_name))) } }
    location = /read { content_by_lua_block { ngx.print(stores.read(ngx.unescape_uri(ngx.var.arg_name))) } }
    location = /log {
      log_by_lua_block { stores.take_in_log() }
      return 200 "answered";
    }
  }
]]

describe("in nginx,", function()
  local host, server

  setup(function()
    server = redis.start()
    host = nginx.start(HTTP, {
      main = ("worker_processes %d;\nenv REDIS_PORT;\n"):format(CROWD),
      environment = "REDIS_PORT=" .. server.port,
    })
  end)

  teardown(function()
    host:stop()
    server:stop()
  end)

  local function case(name)
    return host:get("/case?name=" .. name)
  end

  -- A connection to each worker.
  local function one_for_each_worker()
    local by_worker, connections = {}, {}
    for _ = 1, 1000 do
      local connection = host:connect()
      local worker = connection:get "/pid"
      if by_worker[worker] then
        connection:close()
      else
        by_worker[worker] = true
        connections[#connections + 1] = connection
      end
      if #connections == CROWD then
        return connections
      end
    end
    error "not every worker serves"
  end

  for _, kind in ipairs { "nginx", "redis" } do
    describe("store." .. kind, function()
      for number, each in ipairs(contract) do
        it(each.name, function()
          assert.equal("kept", host:get(("/contract?kind=%s&number=%d"):format(kind, number)))
        end)
      end

      for _, name in ipairs(contract.crowds) do
        it("is exact for several workers at once, by " .. name, function()
          local connections, texts = one_for_each_worker(), {}
          local time = core.now() + 0.2
          for _, connection in ipairs(connections) do
            connection:send(("/crowd?kind=%s&name=%s&time=%d"):format(kind, name, math.floor(1000 * time)))
          end
          for i, connection in ipairs(connections) do
            texts[i] = connection:receive()
            assert.equal(200, connection.status)
            connection:close()
          end
          assert.is_nil(contract.judge(name, texts))
        end)
      end
    end)
  end

  it("store.nginx does not give a token twice when a worker is suspended while it has the lock", function()
    assert.equal("0 false", case "late")
  end)

  it("no store blocks", function()
    assert.equal("nil nil", case "is_blocking")
  end)

  it("store.nginx raises for an unknown dictionary, with the directive to add", function()
    assert.matches("^false [^\n]*stores_in_nginx.lua:%d+: store.nginx: [^\n]*lua_shared_dict shred ", case "unknown")
  end)

  it("store.nginx refuses a value that has no room, and keeps the others", function()
    assert.matches("^false, nil [^,]+, 20$", case "too_large")
  end)

  it("store.nginx forgets what was not used for longest when it is full", function()
    assert.equal("nil 5000 0 nil", case "full")
  end)

  it("store.nginx takes over the lock of a worker that was killed", function()
    assert.equal("0 nil", case "left_behind")
  end)

  it("store.nginx does not wait for a lock for ever", function()
    assert.matches("^nil .", case "locked")
  end)

  it("store.nginx works in a phase that cannot wait, where store.redis fails with a message", function()
    assert.equal("answered", host:get "/log")
    assert.is_true(nginx.eventually(function()
      return host:get "/read?name=in%20log" ~= "nil"
    end))
    assert.matches("^0 nil, nil .", host:get "/read?name=in%20log")
  end)

  it("store.redis refuses a client that blocks the worker", function()
    assert.matches("^nil connect returned a client of lua%-redis, which blocks", case "blocking_client")
  end)

  it("store.redis takes its connections from nginx's pool", function()
    assert.equal("0", case "reused")
  end)

  it("store.redis never returns the reply of a light thread that was killed", function()
    local connection = host:connect()
    connection:send "/case?name=killed"
    core.sleep(0.3)
    server:signal "STOP"
    host:get "/flag?name=stopped"
    assert.is_true(nginx.eventually(function()
      return host:get "/read?name=killed" ~= "nil"
    end))
    server:signal "CONT"
    host:get "/flag?name=continued"
    assert.equal("second first", connection:receive())
    connection:close()
  end)

  it("store.redis fails with a message when the server hangs", function()
    server:signal "STOP"
    local said = case "hung"
    server:signal "CONT"
    assert.matches("^nil .", said)
  end)

  it("store.redis works at once after the server was started again", function()
    local connection = host:connect()
    connection:send "/case?name=started_again"
    core.sleep(0.3)
    server:kill()
    server:run()
    host:get "/flag?name=started%20again"
    assert.equal("true, nil", connection:receive())
    connection:close()
  end)

  it("nothing of this is in the error log as a crash", function()
    local errors = host:errors()
    for _, word in ipairs { "exited on signal", "%[alert%]", "%[crit%]", "%[emerg%]", "panic", "lua entry" } do
      assert.is_nil(errors:match("[^\n]*" .. word .. "[^\n]*"))
    end
  end)
end)
