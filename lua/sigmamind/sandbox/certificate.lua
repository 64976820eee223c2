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

--- A new key and its certificate, valid from a minute ago for a year.
---@return table certificate openssl.x509
---@return table key openssl.pkey
function certificate.new()
  local key = pkey.new { type = "EC", curve = "prime256v1" }
  local self, now = x509.new(), os.time()
  self:setVersion(3)
  self:setSerial(bignum.fromBinary(rand.bytes(15)))
  self:setSubject(subject())
  self:setIssuer(subject())
  self:setSubjectAlt(loopback_names())
  self:setLifetime(now - 60, now + 365 * 86400)
  self:setBasicConstraints { CA = false }
  self:setBasicConstraintsCritical(true)
  self:setPublicKey(key)
  self:sign(key)
  return self, key
end

--- The context of a server with a new certificate: TLS 1.2 and newer, HTTP/2 by ALPN.
---@param file string where the certificate is written (PEM)
---@return table? context openssl.ssl.context
---@return string? err
function certificate.context(file)
  local cert, key = certificate.new()
  local out, err = io.open(file, "w")
  if not out then
    return nil, err
  end
  out:write(cert:toPEM())
  out:close()
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

return certificate
