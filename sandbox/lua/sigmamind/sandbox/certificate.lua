--- sandbox.certificate: self-signed certificates for https on loopback, new at each start. A client
--- that has them as its CA trusts https://localhost and https://127.0.0.1.

local altname = require "openssl.x509.altname"
local bignum = require "openssl.bignum"
local http_tls = require "http.tls"
local name = require "openssl.x509.name"
local pkey = require "openssl.pkey"
local rand = require "openssl.rand"
local ssl_context = require "openssl.ssl.context"
local x509 = require "openssl.x509"

local certificate = {}

local PROTOCOLS = { ["h2"] = 2, ["http/1.1"] = 1 }

--- The preferred one of the protocols that a client offers by ALPN; nil: none is known.
local function choose_protocol(_, offered)
  local best
  for _, protocol in ipairs(offered) do
    if (PROTOCOLS[protocol] or 0) > (PROTOCOLS[best] or 0) then
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

local DAY = 86400 -- seconds

--- How each kind differs, and whether clients are to trust it.
local KINDS = {
  good = { trusted = true },
  expired = { trusted = true, first = -2 * DAY, last = -DAY },
  wrong_host = { trusted = true, names = other_names },
  self_signed = { trusted = false },
}

--- Makes a key and its certificate, by default valid for a year from a minute ago.
---@param kind table
---@return table certificate, table key openssl.x509, openssl.pkey
local function new_certificate(kind)
  local key = pkey.new { type = "EC", curve = "prime256v1" }
  local self, now = x509.new(), os.time()
  self:setVersion(3)
  self:setSerial(bignum.fromBinary(rand.bytes(15)))
  self:setSubject(subject())
  self:setIssuer(subject())
  self:setSubjectAlt((kind.names or loopback_names)())
  self:setLifetime(now + (kind.first or -60), now + (kind.last or 365 * DAY))
  self:setBasicConstraints { CA = false }
  self:setBasicConstraintsCritical(true)
  self:setPublicKey(key)
  self:sign(key)
  return self, key
end

--- Makes a server context: TLS 1.2 and newer, HTTP/2 by ALPN.
local function new_context(cert, key)
  local context = http_tls.new_server_context()
  context:setOptions(ssl_context.OP_NO_TLSv1 + ssl_context.OP_NO_TLSv1_1)
  if context.setGroups then
    context:setGroups "X25519:P-256"
  end
  context:setAlpnSelect(choose_protocol)
  context:setPrivateKey(key)
  context:setCertificate(cert)
  return context
end

--- Makes a server context for each kind of certificate: "good", and the faults "expired",
--- "wrong_host" and "self_signed".
---@param file string receives the certificates that a client is to trust (PEM)
---@return table<string, table>|nil contexts, string|nil err contexts: openssl.ssl.context
function certificate.contexts(file)
  local out, err = io.open(file, "w")
  if not out then
    return nil, err
  end
  local contexts = {}
  for kind_name, kind in pairs(KINDS) do
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
