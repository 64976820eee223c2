-- Certificates: the trusted authorities and their sources, and client certificates.

local certificate = require "spec.support.certificate"
local core = require "sigmamind.core"
local interpreter = require "spec.support.interpreter"
local nginx = require "spec.support.nginx"
local scratch = require "spec.support.scratch"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local sandbox = server.shared { tls = true }
local place

setup(function()
  place = scratch.open()
end)

teardown(function()
  place:remove()
end)

local REQUEST = [[
  local ok, client = pcall(require("sigmamind").new, { base_url = "%s", api_key = "%s", timeout = 10 })
  if not ok then
    print(client)
  else
    local page, err = client.campaigns:page()
    print(page and "a page" or err.kind .. " " .. tostring(err.cause))
  end
]]

--- The output of a program that trusts the authorities of its environment.
local function request(environment)
  place:write("request.lua", REQUEST:format(sandbox.https_url, sandbox.key))
  local output = interpreter.run("'" .. place.directory .. "/request.lua'", "SSL_CERT_FILE= CURL_CA_BUNDLE= " .. environment)
  return output
end

describe("TLS, the authorities", function()
  it("are the system's, unless the environment names a file as for curl(1)", function()
    assert.equal("tls certificate\n", request "")
    assert.equal("a page\n", request("SSL_CERT_FILE=" .. sandbox.ca_file))
    assert.equal("a page\n", request("CURL_CA_BUNDLE=" .. sandbox.ca_file))
  end)

  it("are those of CURL_CA_BUNDLE before those of SSL_CERT_FILE", function()
    local other = certificate.make(place.directory, "other")
    assert.equal("a page\n", request(("SSL_CERT_FILE=%s CURL_CA_BUNDLE=%s"):format(other, sandbox.ca_file)))
    assert.equal("tls certificate\n", request(("SSL_CERT_FILE=%s CURL_CA_BUNDLE=%s"):format(sandbox.ca_file, other)))
  end)

  it("of ca_file replace all of the system's, also those in its directory", function()
    local other = certificate.make(place.directory, "other")
    os.execute(([[cd '%s' && mkdir -p authorities && cp '%s' authorities/ca-certificates.crt &&
      cp '%s' authorities/$(openssl x509 -hash -noout -in '%s').0]]):format(
      place.directory, other, sandbox.ca_file, sandbox.ca_file))
    local function list(ca_file)
      place:write("list.lua", ([[
        local core = require "sigmamind.core"
        local session = core.session { ca_file = %s }
        local transfer = session:start { url = "%s/v1/campaigns", key = "%s", timeout = 10 }
        while not transfer:done() do session:poll(1) end
        print(transfer:status() or select(3, transfer:status()))
      ]]):format(ca_file and ("%q"):format(ca_file) or "nil", sandbox.https_url, sandbox.key))
      return (place:run("unshare --mount --propagation unchanged sh -c '"
        .. "mount --make-rprivate / 2>/dev/null; mount --bind authorities /etc/ssl/certs && exec lua list.lua'"))
    end
    if list() ~= "200\n" then
      return pending "needs a mount namespace, and a libcurl that looks in /etc/ssl/certs"
    end
    assert.equal("tls\n", list(other))
    assert.equal("200\n", list(sandbox.ca_file))
  end)

  it("of the environment are checked by new, which names the variable", function()
    local output = request "SSL_CERT_FILE=/no/such/file"
    assert.matches("SSL_CERT_FILE must be the name of a readable PEM file with certificates, got '/no/such/file'", output)
    assert.matches("CURL_CA_BUNDLE must be", request "CURL_CA_BUNDLE=LICENSE")
  end)

  it("of the environment are ignored for plain http", function()
    place:write("request.lua", REQUEST:format(sandbox.url, sandbox.key))
    local output = interpreter.run("'" .. place.directory .. "/request.lua'", "SSL_CERT_FILE=/no/such/file")
    assert.equal("a page\n", output)
  end)

  it("that became unreadable fail with kind 'tls' and their own hint, without a retry", function()
    local file = place.directory .. "/gone.pem"
    os.execute(("cp '%s' '%s'"):format(sandbox.ca_file, file))
    local client = sandbox:client { base_url = sandbox.https_url, ca_file = file }
    os.remove(file)
    local _, err = client.campaigns:page()
    assert.equal("tls", err.kind)
    assert.equal("ca_file", err.cause)
    assert.equal(1, #err.attempts)
    assert.equal("install the package ca-certificates, or name a bundle in ca_file", err.hint)
    client:close()
  end)
end)

describe("TLS, a server that requires a client certificate", function()
  local port, pipe, files

  setup(function()
    port = nginx.free_ports(1)[1]
    files = {}
    files.cert, files.key = certificate.make(place.directory, "server")
    files.mine, files.my_key = certificate.make(place.directory, "mine")
    files.locked = place.directory .. "/locked.key"
    local lock = "openssl pkcs8 -topk8 -passout pass:secret -in '%s' -out '%s' 2>/dev/null"
    os.execute(lock:format(files.my_key, files.locked))
    os.execute(("mkdir -p '%s/v1'"):format(place.directory))
    place:write("v1/campaigns?size=1", '{"data":[{"campaignId":"c1"}],"page":0,"size":1,"hasNext":false}')
    local command = "cd '%s' && exec openssl s_server -quiet -WWW -accept 127.0.0.1:%d -cert '%s' -key '%s' -CAfile '%s' "
      .. "-Verify 1 -verify_return_error >/dev/null 2>&1 </dev/null & echo $!"
    pipe = io.popen(command:format(place.directory, port, files.cert, files.key, files.mine))
    files.pid = pipe:read "*l"
    for _ = 1, 100 do
      local probe = require("socket").connect("127.0.0.1", port)
      if probe then
        probe:close()
        break
      end
      core.sleep(0.05)
    end
  end)

  teardown(function()
    os.execute("kill " .. files.pid)
    pipe:close()
  end)

  local function list(options)
    options.base_url, options.api_key = "https://localhost:" .. port, "k"
    options.ca_file, options.timeout, options.attempts = files.cert, 10, 2
    local client = sigmamind.new(options)
    local page, err = client.campaigns:page { size = 1 }
    client:close()
    return page, err
  end

  it("gets the certificate of client_cert and client_key", function()
    assert.equal("c1", assert(list { client_cert = files.mine, client_key = files.my_key }):next().campaignId)
  end)

  it("gets a certificate whose key is in the same file", function()
    os.execute(("cat '%s' '%s' >'%s/together.pem'"):format(files.mine, files.my_key, place.directory))
    assert(list { client_cert = place.directory .. "/together.pem" })
  end)

  it("refuses a client without a certificate", function()
    local page, err = list {}
    assert.is_nil(page)
    assert.is_true(err.kind == "network" or err.kind == "tls")
  end)

  it("gets no request with a certificate and another one's key: kind 'tls', without a retry", function()
    local page, err = list { client_cert = files.mine, client_key = files.key }
    assert.is_nil(page)
    assert.equal("tls", err.kind)
    assert.equal("client_cert", err.cause)
    assert.equal(1, #err.attempts)
    assert.matches("client_key", err.hint)
  end)

  it("gets no key with a passphrase: new refuses it", function()
    assert.error_matches(function()
      sigmamind.new { api_key = "k", client_cert = files.mine, client_key = files.locked }
    end, "client_key must be the name of a readable PEM file with a key that has no passphrase")
  end)

  it("never makes OpenSSL read a passphrase from a terminal or from standard input", function()
    place:write("locked.lua", ([[
      local core = require "sigmamind.core"
      local session = core.session { ca_file = "%s", client_cert = "%s", client_key = "%s" }
      local transfer = session:start { url = "https://localhost:%d/v1/campaigns?size=1", timeout = 10 }
      while not transfer:done() do
        session:poll(1)
      end
      print(transfer:status() or select(3, transfer:status()))
    ]]):format(files.cert, files.mine, files.locked, port))
    place:write("locked.sh", ("echo secret | exec setsid %s '%s/locked.lua'"):format(interpreter.command(), place.directory))
    local program = io.popen("sh '" .. place.directory .. "/locked.sh' 2>&1")
    assert.equal("tls\n", program:read "*a")
    program:close()
  end)

  it("needs client_cert: new refuses client_key alone", function()
    assert.error_matches(function()
      sigmamind.new { api_key = "k", client_key = files.my_key }
    end, "client_key needs client_cert")
  end)
end)
