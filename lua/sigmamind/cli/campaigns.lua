--- cli.campaigns: `sigmamind campaigns`.

local condition = require "sigmamind.cli.condition"
local fields = require "sigmamind.cli.fields"
local formats = require "sigmamind.cli.formats"
local interrupt = require "sigmamind.cli.interrupt"
local output = require "sigmamind.cli.output"
local progress = require "sigmamind.cli.progress"
local settings = require "sigmamind.cli.settings"
local sigmamind = require "sigmamind"
local terminal = require "sigmamind.cli.terminal"
local watch = require "sigmamind.cli.watch"

local campaigns = {}

local function usage(message)
  return { kind = "usage", message = message }
end

local function config(message)
  return { kind = "config", message = message }
end

--- What sigmamind raises for an option that it refuses is the user's to mend.
local function guarded(kind, action, ...)
  local ok, result = pcall(action, ...)
  if ok then
    return result
  end
  return nil, { kind = kind, message = tostring(result):gsub("^%S+:%d+: ", "") }
end

local function new_client(options, line)
  local given, why = settings.client_options(options)
  if not given then
    return nil, config(why)
  end
  given.runtime = interrupt.runtime
  given.array_mt = fields.array_mt
  given.on_event = function(event)
    line:tell(event)
  end
  return guarded("config", sigmamind.new, given)
end

--- With `as_json`, the rows of the stream are JSON text.
local function open(client, options, where, as_json)
  local stream, err = guarded("usage", client.campaigns, client, {
    status = options.status,
    size = options.size,
    where = where,
    select = options.select,
    limit = options.limit,
    resume = options.resume,
  })
  if stream and as_json then
    stream = stream:json()
  end
  return stream, err
end

--- Writes every campaign. Returns true; nil, err.
local function list(stream, writer, line)
  local row, err = stream:next()
  while row do
    writer:row(row)
    line:row()
    interrupt.step()
    row, err = stream:next()
  end
  if err then
    return nil, err
  end
  return true
end

local function say_where_to_go_on(stream)
  local hint = "interrupted; to go on, give the same options and\n--resume %s\n"
  io.stderr:write(hint:format(stream:token()))
end

local function run_list(client, options, where, line)
  local out = output.new(line)
  local new_writer = formats[options.format]
  local writer = new_writer(out, options.select)
  local stream, refused = open(client, options, where, writer.wants_json)
  if not stream then
    return nil, refused
  end
  local done, how, err, stack = interrupt.run(function()
    return { list(stream, writer, line) }
  end, function()
    line:show()
  end)
  if line.rows > 0 or done and done[1] then -- nothing of a listing that failed at once
    writer:finish()
  end
  out:flush()
  line:hide()
  if how == "interrupted" then
    say_where_to_go_on(stream)
    return nil, { kind = "interrupted" }
  elseif how == "raised" then
    return nil, err, stack
  end
  return done[1], done[2]
end

--- One look at all of them. A failure that may pass is told, and no reason to end.
local function look(watching, client, options, where)
  local stream, refused = open(client, options, where, true)
  if not stream then
    return nil, refused
  end
  local count, err = watching:look(stream)
  if not count and not err.retryable then
    return nil, err
  elseif not count then
    io.stderr:write(tostring(err), "\n")
  end
  return count or true
end

local function run_watch(client, options, where, line)
  local out = output.new(line)
  if options.select then
    table.insert(options.select, 1, "campaignId")
  end
  local watching = watch.new(out, options)
  local done, how, err, stack = interrupt.run(function()
    local first = true
    while true do
      local count, failure = look(watching, client, options, where)
      if not count then
        return { failure }
      end
      out:flush()
      line:hide()
      if first and terminal.is_terminal(2) then
        local text = "watching %s campaigns; Ctrl-C ends it\n"
        io.stderr:write(text:format(type(count) == "number" and count or "the"))
      end
      first = false
      interrupt.runtime.sleep(options.watch)
    end
  end, function() end)
  out:flush()
  line:hide()
  if how then
    return nil, how == "raised" and err or { kind = "interrupted" }, stack
  end
  return nil, done[1]
end

--- Runs the command. Returns true; nil, err, and the stack where it was raised if it was.
---@param options table  as argparse gives them
---@return true|nil, table|nil, string|nil
function campaigns.run(options)
  local where, wrong = condition.parse(options.where)
  if not where then
    return nil, usage(wrong)
  elseif options.watch and (options.limit or options.resume) then
    return nil, usage "--watch looks at all campaigns: it goes with neither --limit nor --resume"
  end
  local line = progress.new(terminal.is_terminal(2))
  local client, err = new_client(options, line)
  if not client then
    return nil, err
  end
  local run = options.watch and run_watch or run_list
  local done, failure, stack = run(client, options, where, line)
  client:close()
  return done, failure, stack
end

return campaigns
