-- The completion scripts: their text, and their results in the installed shells.

local command = require "spec.support.command"
local process = require "process"
local scratch = require "spec.support.scratch"

local place

setup(function()
  place = scratch.open()
  for shell, name in pairs { bash = "bash", zsh = "_sigmamind", fish = "fish" } do
    place:write(name, (command.run("--completion " .. shell)))
  end
  place:run "mkdir home there; cd there; mkdir config sandbox campaigns json live 'a b'; touch key.txt 'a b/key of mine'"
end)

teardown(function()
  place:remove()
end)

local run = command.run

describe("completion, a completion script", function()
  it("completes options, status words and field names", function()
    local completion = os.tmpname()
    for shell, check in pairs { bash = "bash -n", zsh = "cat", fish = "cat" } do
      local out, _, code = run("--completion " .. shell .. " | tee " .. completion)
      assert.equal(0, code)
      for _, word in ipairs { "campaigns", "format", "ndjson", "scheduled", "phoneNumber.sipPhoneNumber" } do
        assert.is_truthy(out:find(word, 1, true), shell .. " lacks " .. word)
      end
      assert.is_truthy(os.execute(check .. " " .. completion .. " >/dev/null"))
    end
    run("--completion bash > " .. completion)
    local ask = [[. %s; COMP_WORDS=(sigmamind campaigns %s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _sigmamind; ]]
      .. [[echo ${COMPREPLY[@]}]]
    for words, offered in pairs {
      ['--status ""'] = "live scheduled paused completed",
      ["--format = n"] = "ndjson",
      ["--format ="] = "table json ndjson csv",
      ["--format c"] = "csv",
      ["--select campaignId,agent.n"] = "campaignId,agent.name",
      ["--select agent.n"] = "agent.name",
      ['--limit ""'] = "",
      ['--base-url ""'] = "",
      ["--key-file cli/bin/sigma"] = "cli/bin/sigmamind",
      ["--select = campaignId,agent.n"] = "campaignId,agent.name",
      ["--verb"] = "--verbose",
      ["--where concurrentCalls g"] = "gt ge",
      ["-w errors any con"] = "contains",
      ["-w errors any length l"] = "length lt le",
      ["-w concurrentCalls --verb"] = "--verbose",
      ["-w concurrentCalls ge l"] = "",
      ['-w "concurrentCalls>5" l'] = "",
    } do
      local pipe = io.popen(("bash -c '%s'"):format(ask:format(completion, words)))
      assert.equal(offered .. "\n", pipe:read "*a", words)
      pipe:close()
    end
    local script = run "--completion bash"
    assert.matches("\ncomplete %-F _sigmamind sigmamind\n", script) -- -o default would offer files when nothing fits
    assert.equal(31, select(2, script:gsub("compopt %-o filenames", ""))) -- elsewhere a command may look like a folder
    script = run "--completion zsh"
    assert.is_truthy(script:find('{-f+,--format=}"[', 1, true))
    assert.is_truthy(script:find('{-n+,--limit=}"[Maximum number of campaigns]: :()"', 1, true))
    for _, name in ipairs { "size", "watch", "resume", "timeout", "base-url", "proxy", "port" } do
      assert.matches('"%-%-' .. name:gsub("%-", "%%-") .. '=%[[^\n]*: :%(%)"\n', script)
    end
    assert.matches('"%-%-key%-file=%[[^\n]*: :_files"', script)
    assert.is_truthy(script:find('"--verbose[', 1, true))
    assert.not_matches("e%.g", script)
    assert.matches('{%-S%+,%-%-select=}"[^\n]*: :_sequence compadd %- campaignId', script)
    script = run "--completion fish"
    assert.matches("%-s S %-l select %-xa '%(__fish_sigmamind_fields campaignId campaignName ", script)
    assert.matches("\ncomplete %-c sigmamind %-f\n", script)
    assert.matches("%-l key%-file %-rF ", script)
    os.remove(completion)
  end)
end)

--- Whether a shell is installed; prints a note if it is not.
local function is_there(shell)
  local found = os.execute("command -v " .. shell .. " >/dev/null") -- a number on 5.1
  if found == true or found == 0 then
    return true
  end
  print(shell .. " is not installed: the specs of its completion are left out")
end

--- Start-up files of shells, in which the command prints its arguments and ends the shell.
local START = {
  bash = { "bash --rcfile ../bashrc -i", "bashrc", ". ../bash" },
  zsh = {
    "ZDOTDIR=.. zsh -i", ".zshrc",
    "fpath=($ZDOTDIR $fpath); autoload -Uz compinit; compinit -u -D; unsetopt autoremoveslash",
  },
}

--- Typed lines and the resulting arguments; \t is the key TAB.
local function type_line(shell, line)
  local start, file, load = (unpack or table.unpack)(START[shell])
  place:write(file, load .. "\nPS1='ready> '\nsigmamind() { printf 'got'; printf ':%s' \"$@\"; echo ':'; exit; }\n")
  local open = "cd '%s/there'; export TERM=dumb; exec env %s"
  local _, _, seen = process.on_terminal(open:format(place.directory, start), "ready> ", line .. "\n")
  return seen:match "got:(.-):[\r\n]" or seen
end

local LINES = {
  ["sigmamind phone-n\t"] = "phone-numbers",
  ["sigmamind calls g\tcall_1"] = "calls:get:call_1",
  ["sigmamind campaigns cr\t--contacts key\t"] = "campaigns:create:--contacts:key.txt",
  ["sigmamind campaigns create --stat\t"] = "campaigns:create:--stat", -- an option of the list
  ["sigmamind campaigns create --is-scheduled t\t"] = "campaigns:create:--is-scheduled:true",
  ["sigmamind calls --error-format json -w status eq create --contac\t"] =
    "calls:--error-format:json:-w:status:eq:create:--contac",
  ["sigmamind campaigns.\t"] = "campaigns.",
  ["sigmamind contacts ch\tkey\t"] = "contacts:check:key.txt",
  ["sigmamind phone-numbers l\t"] = "phone-numbers:list",
  ["sigmamind phone-numbers g\t"] = "phone-numbers:g", -- the API documents no request for one
  ["sigmamind calls -w callType eq web l\t"] = "calls:-w:callType:eq:web:l", -- there the word may belong to the value
  ["sigmamind calls --select callId,terminationR\t"] = "calls:--select:callId,terminationReason",
  ["sigmamind webhooks --active f\t"] = "webhooks:--active:false",
  ["sigmamind agents --where welcomeMessageT\teq static"] = "agents:--where:welcomeMessageType:eq:static",
  ["sigmamind api PAT\t/v1/x"] = "api:PATCH:/v1/x",
  ["sigmamind api GET key\t"] = "api:GET:key",
  ["sigmamind api /v1/x --input key\t"] = "api:/v1/x:--input:key.txt",
  ["sigmamind api /v1/x --pag\t"] = "api:/v1/x:--paginate",
  ["sigmamind conf\t"] = "config", -- not the folder config/
  ["sigmamind campaigns -f js\t"] = "campaigns:-f:json",
  ["sigmamind campaigns --status=li\t"] = "campaigns:--status=live",
  ["sigmamind campaigns --select campaignId,agent.n\t"] = "campaigns:--select:campaignId,agent.name",
  ["sigmamind campaigns -S campaignId,agent.n\t"] = "campaigns:-S:campaignId,agent.name",
  ["sigmamind campaigns --select=errors,campaignId,agent.n\t"] = "campaigns:--select=errors,campaignId,agent.name",
  ["sigmamind config --key-file key\t"] = "config:--key-file:key.txt",
  ["sigmamind config --key-file conf\t"] = "config:--key-file:config/",
  ["sigmamind config --key-file a\tk\t"] = "config:--key-file:a b/key of mine",
  ["sigmamind campaigns key\t"] = "campaigns:key",
  ["sigmamind campaigns --where concurrentC\tge 5"] = "campaigns:--where:concurrentCalls:ge:5",
  ["sigmamind campaigns -w campaignName start\tQ4"] = "campaigns:-w:campaignName:starts_with:Q4",
  ["sigmamind campaigns -w errors any cont\tx"] = "campaigns:-w:errors:any:contains:x",
  ["sigmamind campaigns -w errors length g\t0"] = "campaigns:-w:errors:length:g0", -- gt or ge
  ["sigmamind campaigns -w errors length ge 1 --verb\t"] = "campaigns:-w:errors:length:ge:1:--verbose",
  ["sigmamind campaigns -w 'errors length ge 1' --verb\t"] = "campaigns:-w:errors length ge 1:--verbose",
}

for _, shell in ipairs { "bash", "zsh" } do
  if is_there(shell) then
    describe("in " .. shell, function()
      for line, words in pairs(LINES) do
        it("TAB completes " .. line:gsub("\t", "<TAB>"), function()
          assert.equal(words, type_line(shell, line))
        end)
      end
    end)
  end
end

if is_there "fish" then
  describe("in fish", function()
    local function offered(line)
      local text = "cd there; HOME=$PWD/../home fish -c 'source ../fish; complete -C \"%s\"'"
      local said = place:run(text:format(line))
      return (said:gsub("\t[^\n]*", ""))
    end

    it("completes verbs, and their options alone", function()
      assert.equal("--contacts\n", offered "sigmamind campaigns create --cont")
      assert.equal("", offered "sigmamind campaigns create --stat")
      assert.equal("", offered "sigmamind campaigns --cont")
      assert.equal("create\n", offered "sigmamind campaigns cr")
      assert.equal("", offered "sigmamind campaigns.")
      assert.equal("check\n", offered "sigmamind contacts c")
      assert.equal("key.txt\n", offered "sigmamind contacts check key")
    end)

    it("completes the last of several fields", function()
      assert.equal("campaignId,agent.name\n", offered "sigmamind campaigns --select campaignId,agent.n")
      assert.equal("campaignId,agent.name\n", offered "sigmamind campaigns -S campaignId,agent.n")
      assert.equal("--select=errors,campaignId,agent.name\n",
        offered "sigmamind campaigns --select=errors,campaignId,agent.n")
      assert.equal("agent.name\n", offered "sigmamind campaigns --select agent.n")
      assert.equal("campaignId\n", offered "sigmamind campaigns --select campaignI")
    end)

    it("offers operators after the path of a condition", function()
      assert.equal("ge\ngt\n", offered "sigmamind campaigns --where concurrentCalls g")
      assert.equal("starts_with\n", offered "sigmamind campaigns -w campaignName sta")
      assert.equal("contains\n", offered "sigmamind campaigns -w errors any con")
      assert.equal("--verbose\n", offered "sigmamind campaigns -w errors --verb")
      assert.equal("", offered "sigmamind campaigns -w concurrentCalls ge con")
    end)

    it("offers the words that may follow a command", function()
      assert.equal("get\n", offered "sigmamind calls g")
      assert.equal("", offered "sigmamind phone-numbers g")
      assert.equal("", offered "sigmamind calls get l")
      assert.equal("PATCH\n", offered "sigmamind api PA")
      assert.equal("callId,terminationReason\n", offered "sigmamind calls --select callId,terminationR")
    end)

    it("offers files only for the options that take one", function()
      assert.equal("key.txt\n", offered "sigmamind api /v1/x --input key")
      assert.equal("", offered "sigmamind campaigns key")
      assert.equal("key.txt\n", offered "sigmamind campaigns --key-file key")
      assert.equal("--ca-file=key.txt\n", offered "sigmamind config --ca-file=key")
      assert.equal("config\n", offered "sigmamind conf")
    end)
  end)
end

describe("completion, Debian's package", function()
  it("installs each script in its shell's directory", function()
    local file = assert(io.open "packaging/debian/sigmamind.install")
    local text = file:read "*a"
    file:close()
    assert.is_truthy(text:find("\nusr/share/zsh/site-functions/_sigmamind usr/share/zsh/vendor-completions\n", 1, true))
    assert.is_truthy(text:find("\nusr/share/bash-completion\n", 1, true))
    assert.is_truthy(text:find("\nusr/share/fish\n", 1, true))
  end)
end)
