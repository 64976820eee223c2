-- What a benchmark asks of its own process. Linux: it reads /proc.

local process = {}

local command = arg -- which Lua 5.1 hides in a function that has ...

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

--- A word for the shell.
function process.quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

--- Memory that is resident now, and at the peak, in MiB.
function process.memory()
  local status = read "/proc/self/status"
  return status:match "VmRSS:%s*(%d+)" / 1024, status:match "VmHWM:%s*(%d+)" / 1024
end

--- Seconds since the machine started, in hundredths. Needs no library that would add memory.
function process.now()
  return tonumber(read("/proc/uptime"):match "%S+")
end

--- The shell command that runs this script once more, with these arguments.
function process.again(...)
  local words, first = {}, 0
  while command[first - 1] do
    first = first - 1
  end
  for i = first, 0 do
    words[#words + 1] = process.quote(command[i])
  end
  for _, each in ipairs { ... } do
    words[#words + 1] = process.quote(each)
  end
  return table.concat(words, " ")
end

return process
