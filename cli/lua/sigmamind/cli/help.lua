--- cli.help: the texts of --help, and of `sigmamind` alone.

local help = {}

help.EXAMPLES = [[
Examples:
   sigmamind campaigns
   sigmamind campaigns --status live --where 'concurrentCalls>=5'
   sigmamind campaigns --where errors any contains invalid
   sigmamind campaigns --select campaignId,agent.name -f csv > campaigns.csv
   sigmamind campaigns --format ndjson | jq -r .campaignName
   sigmamind campaigns --watch 30
   sigmamind calls get call_1
   sigmamind campaigns create --contacts contacts.csv --agent-id agent_1 \
      --sip-phone-number +14155552671 --campaign-name May
   sigmamind calls create --help
   sigmamind api PATCH /v1/agents/agent_1 -f agentName=Anna
   sigmamind sandbox --port 8080       (then, in another shell, what it prints:)
   export SIGMAMIND_BASE_URL=http://127.0.0.1:8080 SIGMAMIND_API_KEY=sandbox-key

The key comes from SIGMAMIND_API_KEY or --key-file, or is prompted for on the
terminal.

Exit codes: 0 done, 1 internal error, 2 usage, 3 configuration or key,
4 the API refused, or its response is not what it should be, 5 network or
time-out, 6 rate limit, 7 failed, but the API may have acted on the request,
130 interrupted, or "no" was the answer to a question.]]

help.VERBS = {}

local CONSENT = [[
Shows what it will do, and asks for consent on the terminal. Without a terminal
on standard input it needs --yes. --dry-run prints the request instead, without
secrets and without the contents of a file.]]

local EXTRA = [[


The value of --extra is a number, true, false or null if it is one in JSON, else
a string; in double quotes it is always a string. May be given more than once.]]

help.VERBS.create = CONSENT .. [[


It is sent again only if the API cannot have acted on it. Exit code 7: it
failed, but the API may have acted on it; the message names the command that
shows whether it did.]] .. EXTRA

help.VERBS.update = CONSENT .. [[


What is not given stays as it is. It only sets values, so it is retried like a
get.]] .. EXTRA

help.VERBS.delete = CONSENT .. [[


A deletion is for good. It is retried like a get.]]

help.VERBS.wait = [[
Gets the row again and again, and prints it once it has come to its end. A
request that fails, but may succeed later, does not end the wait. Exit code 5:
the time was over first.]]

help.CONTACTS = [[
Prints each problem as FILE:LINE: COLUMN: VALUE: MESSAGE, the first 20, and
counts. The file is what sigmamind campaigns create takes: CSV in UTF-8 with a
header, and phone numbers like +14155550100 (E.164). Needs no key.

Exit code 2: there are problems, or the file cannot be read.]]

--- With a row of the resource in words, and the options of its own, each with a comma.
help.CONDITIONS = [[
Conditions: PATH=VALUE (or several values, with commas), != < <= > >=,
^= starts with, $= ends with, *= contains; PATH alone: present, !PATH: absent.
#PATH is the length, PATH[] any element of an array.

The same in words, which need no quotes in a shell: PATH OPERATOR VALUE,
with eq, ne, lt, le, gt, ge, one_of, none_of, starts_with, ends_with, contains;
any element: PATH any OPERATOR VALUE; the length: PATH length OPERATOR VALUE.

A value in double quotes is always a string. Each --where has one condition,
and all of them must hold. A path that no %s has is reported
on standard error.

--resume continues from the token that Ctrl-C printed. These must be the same as
before: %s--where, --select and --size.]]

help.API = [[
METHOD is GET, HEAD, OPTIONS, POST, PUT, PATCH or DELETE; default: GET, with
--field or --input POST. PATH is like /v1/calls, percent-encoded; arguments
after a "?" are given as --query.

The value of a --field is a number, true, false or null if it is one in JSON,
else a string; in double quotes it is always a string. For arrays and objects
use --input, which sends bytes as they are, as application/json unless a
--header says otherwise.

The body of the reply is printed as it came. --paginate prints the rows of all
pages instead, one JSON object in a line, without duplicates: --id names the
field that identifies a row, unless PATH is that of a resource above.

POST and PATCH are sent again only if the API cannot have acted on them; PUT,
DELETE and what --idempotent declares harmless are retried like a GET. If any
of them fails, and the API may have acted on it, the exit code is 7: find out,
for instance with a GET, before you send it again.

Examples:
   sigmamind api /v1/calls -q status=ended -q size=5
   sigmamind api /v1/calls --paginate | jq -r .callId
   sigmamind api PATCH /v1/agents/agent_1 -f agentName=Anna
   sigmamind api POST /v1/calls --input call.json]]

help.OVERVIEW = [[
sigmamind: a client for the SigmaMind API

Commands:
%s

With a key:      export SIGMAMIND_API_KEY=...
                 sigmamind campaigns
Without a key:   sigmamind sandbox; paste what it prints in another shell

sigmamind COMMAND --help lists the options of a command, and so does
sigmamind campaigns create --help of a verb.
]]

return help
