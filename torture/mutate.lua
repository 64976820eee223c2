-- For torture/mutate: reads torture/mutants/*.lua, makes the changed files, reports the results.
--
-- A mutant is { file =, from =, to =, specs =, why = }: in the file, `from`, which must occur once,
-- is replaced by `to`; `specs` names the specs that should fail ("retry request"); `why` describes
-- the defect. `lua` is the only Lua that shows it; `kind` is "asan" if it needs the sanitizers,
-- "allocator" if it needs the failing allocator. `equivalent` is the reason why no spec can fail:
-- such a mutant is not run.

local command, work = ...
local patterns = { select(3, ...) }

local GROUP_MAX = 6 -- mutants that share a run of all specs

local function read(name)
  local file = io.open(name, "rb")
  local text = file and file:read "a"
  return text, file and file:close()
end

local function write(name, text)
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
end

local function mutants()
  local list = {}
  local pipe = io.popen "ls torture/mutants/*.lua"
  for name in pipe:lines() do
    for i, mutant in ipairs(dofile(name)) do
      mutant.name = ("%s-%03d"):format(name:match "([^/]*)%.lua$", i)
      list[#list + 1] = mutant
    end
  end
  pipe:close()
  return list
end

--- The text of the file with the change; nil and the reason if it cannot be made.
local function changed(mutant)
  local text = read(mutant.file)
  if not text then
    return nil, "there is no such file"
  end
  local first, last = text:find(mutant.from, 1, true)
  if not first then
    return nil, "its text is not in the file"
  elseif text:find(mutant.from, first + 1, true) then
    return nil, "its text is in the file more than once"
  end
  return text:sub(1, first - 1) .. mutant.to .. text:sub(last + 1)
end

local function is_wanted(mutant)
  local wanted = not patterns[1]
  for _, pattern in ipairs(patterns) do
    for _, text in ipairs { mutant.name, mutant.file, mutant.why } do
      wanted = wanted or text:find(pattern)
    end
  end
  return wanted
end

--- Calls visit(mutant, text) for each wanted mutant. Fails at the end if a change cannot be made.
local function each_changed(visit)
  local is_sound = true
  for _, mutant in ipairs(mutants()) do
    if is_wanted(mutant) then
      local text, err = changed(mutant)
      if text then
        visit(mutant, text)
      else
        is_sound = false
        print(("%s, %s: %s"):format(mutant.name, mutant.file, err))
      end
    end
  end
  os.exit(is_sound)
end

local commands = {}

function commands.check()
  each_changed(function() end)
end

function commands.prepare()
  local list = assert(io.open(work .. "/list", "w"))
  each_changed(function(mutant, text)
    if mutant.equivalent then
      return
    end
    local folder = ("%s/changes/%s/"):format(work, mutant.name)
    os.execute("mkdir " .. folder)
    write(folder .. "file", mutant.file)
    write(folder .. "specs", mutant.specs)
    write(folder .. "kind", mutant.kind or "")
    write(folder .. "lua", mutant.lua or "")
    write(folder .. "text", text)
    list:write(mutant.name, "\n")
  end)
end

--- Groups the survivors of their own specs for the run of all specs, at most one per file in each.
function commands.group()
  local groups = {}
  for name in io.lines(work .. "/left") do
    local file = read(("%s/changes/%s/file"):format(work, name))
    if read(("%s/changes/%s/lua"):format(work, name)) ~= "" then
      file = nil -- alone
    end
    local at = file and 1 or #groups + 1
    while groups[at] and (groups[at].is_alone or groups[at][file] or #groups[at] == GROUP_MAX) do
      at = at + 1
    end
    groups[at] = groups[at] or { is_alone = not file }
    groups[at][file or "alone"] = true
    table.insert(groups[at], name)
  end
  for _, group in ipairs(groups) do
    print(table.concat(group, ","))
  end
end

function commands.report()
  local counts = { killed = 0, survived = 0, equivalent = 0 }
  local function print_result(result, mutant, text)
    counts[result] = counts[result] + 1
    local line = "%-10s  %-18s  %-36s  %s  (%s)"
    print(line:format(result, mutant.name, mutant.file, mutant.why, text))
  end
  for _, mutant in ipairs(mutants()) do
    local folder = ("%s/changes/%s/"):format(work, mutant.name)
    local killed = read(folder .. "killed")
    if mutant.equivalent then
      if is_wanted(mutant) then
        print_result("equivalent", mutant, mutant.equivalent)
      end
    elseif killed then
      print_result("killed", mutant, killed:gsub("%s+$", ""))
    elseif read(folder .. "file") then
      print_result("survived", mutant, "ran: " .. mutant.specs .. ", and all")
    end
  end
  local sums = "%d killed, %d survived, %d equivalent"
  print(sums:format(counts.killed, counts.survived, counts.equivalent))
  os.exit(counts.survived == 0)
end

commands[command]()
