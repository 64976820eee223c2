-- A certificate for https on loopback, made anew at each start and signed by itself: a client
-- that has it as its CA trusts https://localhost and https://127.0.0.1.

local altname = require "openssl.x509.altname"
local bignum = require "openssl.bignum"
local http_tls = require "http.tls"
local name = require "openssl.x509.name"
local pkey = require "openssl.pkey"
local rand = require "openssl.rand"
local ssl_context = require "openssl.ssl.context"
local x509 = require "openssl.x509"

local certificate = {}

local protocols = { ["h2"] = 2, ["http/1.1"] = 1 }

--- The best protocol that a client offers by ALPN; nil for none.
local function choose_protocol(_, offered)
  local best
  for _, protocol in ipairs(offered) do
    if (protocols[protocol] or 0) > (protocols[best] or 0) then
      best = protocol
    end
  end
  return best
end

local function subject()
  local subject_name = name.new()
  subject_name:add("CN", "sigmamind sandbox")
  return subject_name
end

local function loopback_names()
  local names = altname.new()
  names:add("DNS", "localhost")
  names:add("IP", "127.0.0.1")
  return names
end

local function other_names()
  local names = altname.new()
  names:add("DNS", "elsewhere.example")
  return names
end

local day = 86400 -- seconds

--- In what each kind differs, and whether clients are told to trust it.
local kinds = {
  good = { trusted = true },
  expired = { trusted = true, first = -2 * day, last = -day },
  wrong_host = { trusted = true, names = other_names },
  self_signed = { trusted = false },
}

--- A new key and its certificate, valid from a minute ago for a year unless its kind says
--- otherwise.
---@param kind table
---@return table certificate openssl.x509
---@return table key openssl.pkey
local function new_certificate(kind)
  local key = pkey.new { type = "EC", curve = "prime256v1" }
  local self, now = x509.new(), os.time()
  self:setVersion(3)
  self:setSerial(bignum.fromBinary(rand.bytes(15)))
  self:setSubject(subject())
  self:setIssuer(subject())
  self:setSubjectAlt((kind.names or loopback_names)())
  self:setLifetime(now + (kind.first or -60), now + (kind.last or 365 * day))
  self:setBasicConstraints { CA = false }
  self:setBasicConstraintsCritical(true)
  self:setPublicKey(key)
  self:sign(key)
  return self, key
end

--- The context of a server: TLS 1.2 and newer, HTTP/2 by ALPN.
local function new_context(cert, key)
  local context = http_tls.new_server_context()
  context:setOptions(ssl_context.OP_NO_TLSv1 + ssl_context.OP_NO_TLSv1_1)
  if context.setGroups then
    context:setGroups("X25519:P-256")
  end
  context:setAlpnSelect(choose_protocol)
  context:setPrivateKey(key)
  context:setCertificate(cert)
  return context
end

--- A server context for each kind of certificate: "good", and for faults "expired", "wrong_host"
--- and "self_signed".
---@param file string where those that a client is to trust are written (PEM)
---@return table<string, table>? contexts openssl.ssl.context
---@return string? err
function certificate.contexts(file)
  local out, err = io.open(file, "w")
  if not out then
    return nil, err
  end
  local contexts = {}
  for kind_name, kind in pairs(kinds) do
    local cert, key = new_certificate(kind)
    if kind.trusted then
      out:write(tostring(cert)) -- PEM; luaossl of Debian 11 has no toPEM
    end
    contexts[kind_name] = new_context(cert, key)
  end
  out:close()
  return contexts
end

return certificate
