--- files: opens files that users name.

local core = require "sigmamind.core"

local files = {}

local NO_DESCRIPTOR = { [23] = true, [24] = true } -- errno: ENFILE, EMFILE

--- Opens a regular file for reading. Not a FIFO, which waits for its writer. If descriptors are
--- used up, collects garbage first: clients that were never closed hold some.
---@param path any
---@return file*|nil file, string|nil why
function files.open(path)
  if type(path) ~= "string" or path:find "[%z\1-\31\127]" then
    return nil, "not the name of a file"
  elseif not core.is_file(path) then
    return nil, path .. ": not a regular file, or not there"
  end
  local file, why, errno = io.open(path, "rb")
  if not file and NO_DESCRIPTOR[errno] then
    collectgarbage()
    file, why = io.open(path, "rb")
  end
  return file, why
end

return files
