-- SO_LINGER, which cqueues does not offer: a socket that does not linger is reset when it is
-- closed. Through LuaJIT's ffi or else luasocket; without both, `off` does nothing and the client
-- sees an orderly close.

local has_ffi, ffi = pcall(require, "ffi")
local has_socket, luasocket = pcall(require, "socket")

local linger = {}

local function with_ffi()
  ffi.cdef "int setsockopt(int fd, int level, int name, const void *value, unsigned int length);"
  local linux = ffi.os == "Linux"
  local level, name = linux and 1 or 0xffff, linux and 13 or 0x80
  local value = ffi.new("int[2]", 1, 0)
  return function(descriptor)
    return ffi.C.setsockopt(descriptor, level, name, value, ffi.sizeof(value)) == 0
  end
end

local function with_luasocket()
  return function(descriptor)
    local socket = luasocket.tcp()
    socket:setfd(descriptor)
    local ok = socket:setoption("linger", { on = true, timeout = 0 })
    socket:setfd(-1) -- the descriptor is not luasocket's to close
    return ok == 1
  end
end

local function with_nothing()
  return function()
    return false
  end
end

--- Makes the close of a socket a reset.
---@type fun(descriptor: integer): boolean whether it could
linger.off = (has_ffi and with_ffi or has_socket and with_luasocket or with_nothing)()

return linger
