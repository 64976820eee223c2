---@meta _
-- Made by packaging/generate.lua from the declarations in lua/sigmamind/resources; `make generate`
-- writes it anew.

-- Rows have the types that the API's documentation shows. Nothing is checked against them: any
-- field may be absent, as a null one is by default, and further fields and values pass through.
-- Where the three generations of the documentation, A, B and C, differ, the newest comes first.

--- What every listing takes, besides the API's own arguments.
---@class sigmamind.ListArguments
---@field size? integer rows of a page, from 1; default: 100, or what `limit` needs
---@field where? table<string, any> conditions by path; default: none
---@field select? string[] paths; default: whole rows
---@field limit? integer max rows, those before `resume` included; default: none
---@field prefetch? integer max pages in flight, 0 to 64; default: that of the client
---@field resume? string a token: continue after the row where it was taken
---@field verify? boolean walk again until two passes agree; not with `resume`. Default: false

--- What a request for one page takes, besides the API's own arguments.
---@class sigmamind.PageArguments
---@field page? integer from 0, the default
---@field size? integer rows of a page, from 1; default: the API's

--- What a walk by pages takes, besides the API's own arguments.
---@class sigmamind.PagesArguments
---@field size? integer rows of a page, from 1; default: 100
---@field prefetch? integer max pages in flight, 0 to 64; default: that of the client

--- What watching a list takes, besides the API's own arguments.
---@class sigmamind.WatchArguments
---@field size? integer rows of a page, from 1; default: 100
---@field where? table<string, any> conditions by path; default: none
---@field select? string[] paths; default: whole rows
---@field interval? number seconds between two readings; default: 10
---@field timeout? number|false seconds until it ends; default: false
---@field initial? boolean whether the rows of the first reading count as added; default: false

--- What waiting for the end of a row takes.
---@class sigmamind.WaitArguments
---@field timeout? number|false seconds for all; default: see the resource; false: no limit
---@field interval? number seconds between the first two requests, then growing
---@field ready? fun(row: table): boolean what to wait for; default: the end of the row

--- What creating a row takes, besides the API's own arguments.
---@class sigmamind.CreateArguments
---@field extra? table<string, any> further fields, as the API may have them

--- What changing a row takes, besides the API's own arguments.
---@class sigmamind.UpdateArguments
---@field extra? table<string, any> further fields, as the API may have them

---@alias sigmamind.CampaignStatus
---| "live"
---| "scheduled"
---| "paused"
---| "completed"
---| string

---@class sigmamind.AgentRef
---@field name? string
---@field agentId? string
---@field status? string such as Live, Testing or active; the documentation has no list

---@alias sigmamind.PhoneNumberProvider
---| "twilio"
---| "telnyx"
---| "byo"
---| string

---@class sigmamind.PhoneNumber
---@field sipPhoneNumber? string|number E.164, like +14155552671
---@field provider? sigmamind.PhoneNumberProvider
---@field inboundAgentId? string may be null
---@field outboundAgentId? string may be null
---@field outboundPhoneNumber? string|number may be null
---@field active? boolean
---@field terminationSipURI? string
---@field friendlyName? string

--- An outbound campaign: a list of contacts, called by an agent.
---@class sigmamind.Campaign
---@field campaignId? string
---@field campaignName? string
---@field campaignStatus? sigmamind.CampaignStatus
---@field scheduledDate? string ISO 8601; null: it was started at once
---@field concurrentCalls? integer max calls at the same time
---@field agent? sigmamind.AgentRef
---@field phoneNumber? sigmamind.PhoneNumber|string
---@field errors? string[] problems with rows of the contacts
---@field scheduled? boolean

---@alias sigmamind.CallType
---| "inbound"
---| "outbound"
---| "web"
---| string

---@alias sigmamind.CallStatus
---| "scheduled"
---| "in-progress"
---| "ended"
---| "not-connected"
---| "error"
---| "completed"
---| "failed"
---| string

---@alias sigmamind.CallTerminationReason
---| "user_ended_call"
---| "customer_ended_call"
---| "agent_ended_call"
---| "inactivity"
---| "busy"
---| "no-answer"
---| "voicemail"
---| "failed"
---| string

--- A phone or web call of an agent.
---@class sigmamind.Call
---@field callId? string
---@field callType? sigmamind.CallType
---@field phoneNumber? sigmamind.PhoneNumber|string
---@field campaign? sigmamind.Campaign may be null
---@field status? sigmamind.CallStatus
---@field transcript? string may be null; since C
---@field startTime? string ISO 8601, as all times; may be null
---@field endTime? string may be null
---@field duration? integer|number seconds; may be null
---@field terminationReason? sigmamind.CallTerminationReason may be null
---@field createdAt? string
---@field updatedAt? string
---@field dynamicVariables? table<string, any> may be null; since C
---@field variables? table<string, any> may be null; only in A, B
---@field recordingUrl? string may be on another host; may be null; since B
---@field agent? sigmamind.AgentRef since B
---@field conversationId? integer only in A

---@alias sigmamind.AgentWelcomeMessageType
---| "static"
---| "prompt"
---| string

---@class sigmamind.AgentSettingsWebhook
---@field webhookId? string
---@field name? string
---@field url? string
---@field events? string[]
---@field active? boolean
---@field secret? string a secret

---@class sigmamind.AgentSettings
---@field language? string
---@field aiStartsConversation? boolean
---@field backgroundSound? string may be null
---@field globalPrompt? string may be null
---@field maxCallDuration? integer
---@field endCallOnSilenceDuration? integer
---@field llmModel? string
---@field voiceId? string
---@field voiceModelId? string
---@field agentTimezone? string
---@field ivrHangup? boolean
---@field webhooks? sigmamind.AgentSettingsWebhook[]

---@class sigmamind.AgentTool
---@field type? string such as voice_transfer_call
---@field transferTo? string may be null
---@field description? string may be null

--- A voice agent: its instructions, voice and tools.
---@class sigmamind.Agent
---@field agentId? string
---@field agentName? string
---@field instructions? string
---@field welcomeMessageType? sigmamind.AgentWelcomeMessageType
---@field welcomeMessage? string may be null
---@field agentSettings? sigmamind.AgentSettings with more fields
---@field tools? sigmamind.AgentTool[] with more fields

---@alias sigmamind.ChatStatus
---| "in_progress"
---| "in-progress"
---| "ended"
---| "error"
---| string

---@class sigmamind.ChatItem
---@field id? string
---@field role? string
---@field type? string
---@field content? string[]

--- A text chat with an agent.
---@class sigmamind.Chat
---@field chatId? string
---@field createdAt? string ISO 8601
---@field status? sigmamind.ChatStatus
---@field response? sigmamind.ChatItem[]
---@field agent? sigmamind.AgentRef
---@field transcript? string may be null; since C; not in the list
---@field messages? sigmamind.ChatItem[] since C; not in the list
---@field dynamicVariables? table<string, any> may be null; since C; not in the list

--- A URL that the API calls with the events of an agent.
---@class sigmamind.Webhook
---@field workspaceId? string since C
---@field webhookId? string
---@field name? string
---@field agentId? string
---@field active? boolean
---@field secret? string since C; a secret
---@field events? string[]|string
---@field url? string

---@alias sigmamind.campaigns.Status
---| "live"
---| "scheduled"
---| "paused"
---| "completed"

---@class sigmamind.campaigns.Arguments
---@field status? sigmamind.campaigns.Status

---@class sigmamind.campaigns.ListArguments : sigmamind.ListArguments, sigmamind.campaigns.Arguments

---@class sigmamind.campaigns.PageArguments : sigmamind.PageArguments, sigmamind.campaigns.Arguments

---@class sigmamind.campaigns.PagesArguments : sigmamind.PagesArguments, sigmamind.campaigns.Arguments

---@class sigmamind.campaigns.WatchArguments : sigmamind.WatchArguments, sigmamind.campaigns.Arguments

--- One page of a listing; see sigmamind.core.Page.
---@class sigmamind.CampaignPage : sigmamind.core.Page
---@field data sigmamind.Campaign[] all rows
local CampaignPage = {}

--- The next row that matches.
---@return sigmamind.Campaign? row nil: there is none left
---@return string? message
---@return "closed"? kind
function CampaignPage:next() end

--- All pages of a listing, one after another; see sigmamind.Pager.
---@class sigmamind.CampaignPager : sigmamind.Pager
local CampaignPager = {}

--- The next page; nil after the last; nil, err on failure.
---@return sigmamind.CampaignPage? page
---@return sigmamind.Error? err
function CampaignPager:next() end

--- All rows of a listing, one after another; see sigmamind.Stream.
---@class sigmamind.CampaignStream : sigmamind.Stream
---@operator call: sigmamind.Campaign|nil
---@overload fun(): sigmamind.Campaign?
local CampaignStream = {}

--- The next row; nil at the end; nil, err on failure, where `for` would raise.
---@return sigmamind.Campaign? row
---@return sigmamind.Error? err
function CampaignStream:next() end

--- For `for row in stream:iterate() do`: from Lua 5.4 on, leaving the loop closes the walk.
---@return sigmamind.CampaignStream, nil, nil, sigmamind.CampaignStream
function CampaignStream:iterate() end

--- Rows that meet all the conditions.
---@param where table<string, any> by path
---@return sigmamind.CampaignStream
function CampaignStream:where(where) end

--- Rows with the selected fields alone.
---@param fields string[] paths
---@return sigmamind.CampaignStream
function CampaignStream:select(fields) end

--- Rows for which test(row) is true.
---@param test fun(row: sigmamind.Campaign): boolean
---@return sigmamind.CampaignStream
function CampaignStream:filter(test) end

--- change(row) for each row; nil drops the row.
---@param change fun(row: sigmamind.Campaign): any
---@return sigmamind.Stream
function CampaignStream:map(change) end

--- The first `count` rows.
---@param count integer
---@return sigmamind.CampaignStream
function CampaignStream:take(count) end

--- Rows until test(row) is false for one.
---@param test fun(row: sigmamind.Campaign): boolean
---@return sigmamind.CampaignStream
function CampaignStream:take_while(test) end

--- All rows but the first `count`.
---@param count integer
---@return sigmamind.CampaignStream
function CampaignStream:drop(count) end

--- Folds the rows: result = combine(result, row), from `initial`.
---@param combine fun(result: any, row: sigmamind.Campaign): any
---@param initial any
---@return any? result
---@return sigmamind.Error? err
function CampaignStream:reduce(combine, initial) end

--- Calls visit(row) for each row.
---@param visit fun(row: sigmamind.Campaign)
---@return true? done
---@return sigmamind.Error? err
function CampaignStream:each(visit) end

--- All rows in a list.
---@return sigmamind.Campaign[]? rows
---@return sigmamind.Error? err
function CampaignStream:totable() end

--- The first row that was not read yet. Closes the stream.
---@return sigmamind.Campaign? row nil: there is none
---@return sigmamind.Error? err
function CampaignStream:first() end

--- Lists of rows, by the value of a field or the result of key(row).
---@param key string|fun(row: sigmamind.Campaign): any
---@return table<any, sigmamind.Campaign[]>? groups
---@return sigmamind.Error? err
function CampaignStream:group_by(key) end

--- Whether test(row) is true for some row; stops at the first.
---@param test fun(row: sigmamind.Campaign): boolean
---@return boolean? found
---@return sigmamind.Error? err
function CampaignStream:any(test) end

--- Whether test(row) is true for every row; stops at the first for which it is not.
---@param test fun(row: sigmamind.Campaign): boolean
---@return boolean? all
---@return sigmamind.Error? err
function CampaignStream:all(test) end

--- What changed in a row.
---@class sigmamind.CampaignChange : sigmamind.Change
---@field row sigmamind.Campaign of a removed one: as it was last
---@field was? sigmamind.Campaign of a changed one: as it was before

--- The changes of a listing; see sigmamind.Watch.
---@class sigmamind.CampaignWatch : sigmamind.Watch
---@operator call: sigmamind.CampaignChange|nil
---@overload fun(): sigmamind.CampaignChange?
local CampaignWatch = {}

--- The next change; waits for it.
---@return sigmamind.CampaignChange? change nil: after stop, or when the time is over
---@return sigmamind.Error? err
function CampaignWatch:next() end

--- Reads the list once, now.
---@return sigmamind.CampaignChange[]? changes since the last reading
---@return sigmamind.Error? err
function CampaignWatch:poll() end

---@class sigmamind.campaigns.Values
---@field agentId string a string of 1 to 64 characters
---@field sipPhoneNumber string a phone number like '+14155552671' (E.164)
---@field campaignName? string a string of 1 to 128 characters
---@field concurrentCalls? integer
---@field isScheduled? boolean
---@field scheduledDate? string a date like '2027-09-25' or '2027-09-25T00:00:00.000Z'
---@field scheduledTime? string a time like '12:00:00'
---@field scheduledTimezone? string an IANA time zone like 'America/Los_Angeles'
---@field variables? table

---@class sigmamind.campaigns.CreateArguments : sigmamind.CreateArguments, sigmamind.campaigns.Values
---@field contacts string|file*|sigmamind.ContactRow[] a CSV file, by name or open, or rows
---@field check? sigmamind.ContactOptions
---@field allow_problems? boolean send the contacts whatever was found; default: false
---@field reconcile? boolean look for the campaignName before and, if need be, afterwards; default: false

---@class sigmamind.campaigns.Changes
---@field agentId? string a string of 1 to 64 characters
---@field campaignName? string a string of 1 to 128 characters
---@field concurrentCalls? integer
---@field dynamicVariables? table
---@field isScheduled? boolean
---@field scheduledDate? string a date like '2027-09-25' or '2027-09-25T00:00:00.000Z'
---@field scheduledTime? string a time like '12:00:00'
---@field scheduledTimezone? string an IANA time zone like 'America/Los_Angeles'
---@field sipPhoneNumber? string a phone number like '+14155552671' (E.164)

---@class sigmamind.campaigns.UpdateArguments : sigmamind.UpdateArguments, sigmamind.campaigns.Changes

--- client.campaigns: GET /v1/campaigns, GET /v1/campaigns/{campaignId}, POST /v1/campaigns and PATCH /v1/campaigns/{campaignId}.
---@class sigmamind.campaigns
---@overload fun(client: sigmamind.Client, arguments?: sigmamind.campaigns.ListArguments, options?: sigmamind.CallOptions): sigmamind.CampaignStream
local campaigns = {}

--- The rows of all pages, in order, without duplicates. Sends no request yet.
---@param arguments? sigmamind.campaigns.ListArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.CampaignStream
function campaigns:list(arguments, options) end

--- One page, by one request.
---@param arguments? sigmamind.campaigns.PageArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.CampaignPage? page
---@return sigmamind.Error? err
function campaigns:page(arguments, options) end

--- All pages, in order. Sends no request yet.
---@param arguments? sigmamind.campaigns.PagesArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.CampaignPager
function campaigns:pages(arguments, options) end

--- The changes of the list, read again and again.
---@param arguments? sigmamind.campaigns.WatchArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.CampaignWatch
function campaigns:watch(arguments, options) end

--- One campaign.
---@param id string its campaignId
---@param options? sigmamind.CallOptions
---@return sigmamind.Campaign? row
---@return sigmamind.Error? err
function campaigns:get(id, options) end

--- Creates a campaign. err.outcome says whether the API may have acted on it.
---@param arguments sigmamind.campaigns.CreateArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.Campaign? row
---@return sigmamind.Error? err
function campaigns:create(arguments, options) end

--- Changes fields of a campaign; those left out stay as they are.
---@param id string its campaignId
---@param arguments sigmamind.campaigns.UpdateArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.Campaign? row
---@return sigmamind.Error? err
function campaigns:update(id, arguments, options) end

--- Reads a campaign again and again until it has ended.
---@param id string its campaignId
---@param arguments? sigmamind.WaitArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.Campaign? row
---@return sigmamind.Error? err
---@return sigmamind.Campaign? last as it was last
function campaigns:wait(id, arguments, options) end

---@class sigmamind.calls.Arguments
---@field status? string a string

---@class sigmamind.calls.ListArguments : sigmamind.ListArguments, sigmamind.calls.Arguments

---@class sigmamind.calls.PageArguments : sigmamind.PageArguments, sigmamind.calls.Arguments

---@class sigmamind.calls.PagesArguments : sigmamind.PagesArguments, sigmamind.calls.Arguments

---@class sigmamind.calls.WatchArguments : sigmamind.WatchArguments, sigmamind.calls.Arguments

--- One page of a listing; see sigmamind.core.Page.
---@class sigmamind.CallPage : sigmamind.core.Page
---@field data sigmamind.Call[] all rows
local CallPage = {}

--- The next row that matches.
---@return sigmamind.Call? row nil: there is none left
---@return string? message
---@return "closed"? kind
function CallPage:next() end

--- All pages of a listing, one after another; see sigmamind.Pager.
---@class sigmamind.CallPager : sigmamind.Pager
local CallPager = {}

--- The next page; nil after the last; nil, err on failure.
---@return sigmamind.CallPage? page
---@return sigmamind.Error? err
function CallPager:next() end

--- All rows of a listing, one after another; see sigmamind.Stream.
---@class sigmamind.CallStream : sigmamind.Stream
---@operator call: sigmamind.Call|nil
---@overload fun(): sigmamind.Call?
local CallStream = {}

--- The next row; nil at the end; nil, err on failure, where `for` would raise.
---@return sigmamind.Call? row
---@return sigmamind.Error? err
function CallStream:next() end

--- For `for row in stream:iterate() do`: from Lua 5.4 on, leaving the loop closes the walk.
---@return sigmamind.CallStream, nil, nil, sigmamind.CallStream
function CallStream:iterate() end

--- Rows that meet all the conditions.
---@param where table<string, any> by path
---@return sigmamind.CallStream
function CallStream:where(where) end

--- Rows with the selected fields alone.
---@param fields string[] paths
---@return sigmamind.CallStream
function CallStream:select(fields) end

--- Rows for which test(row) is true.
---@param test fun(row: sigmamind.Call): boolean
---@return sigmamind.CallStream
function CallStream:filter(test) end

--- change(row) for each row; nil drops the row.
---@param change fun(row: sigmamind.Call): any
---@return sigmamind.Stream
function CallStream:map(change) end

--- The first `count` rows.
---@param count integer
---@return sigmamind.CallStream
function CallStream:take(count) end

--- Rows until test(row) is false for one.
---@param test fun(row: sigmamind.Call): boolean
---@return sigmamind.CallStream
function CallStream:take_while(test) end

--- All rows but the first `count`.
---@param count integer
---@return sigmamind.CallStream
function CallStream:drop(count) end

--- Folds the rows: result = combine(result, row), from `initial`.
---@param combine fun(result: any, row: sigmamind.Call): any
---@param initial any
---@return any? result
---@return sigmamind.Error? err
function CallStream:reduce(combine, initial) end

--- Calls visit(row) for each row.
---@param visit fun(row: sigmamind.Call)
---@return true? done
---@return sigmamind.Error? err
function CallStream:each(visit) end

--- All rows in a list.
---@return sigmamind.Call[]? rows
---@return sigmamind.Error? err
function CallStream:totable() end

--- The first row that was not read yet. Closes the stream.
---@return sigmamind.Call? row nil: there is none
---@return sigmamind.Error? err
function CallStream:first() end

--- Lists of rows, by the value of a field or the result of key(row).
---@param key string|fun(row: sigmamind.Call): any
---@return table<any, sigmamind.Call[]>? groups
---@return sigmamind.Error? err
function CallStream:group_by(key) end

--- Whether test(row) is true for some row; stops at the first.
---@param test fun(row: sigmamind.Call): boolean
---@return boolean? found
---@return sigmamind.Error? err
function CallStream:any(test) end

--- Whether test(row) is true for every row; stops at the first for which it is not.
---@param test fun(row: sigmamind.Call): boolean
---@return boolean? all
---@return sigmamind.Error? err
function CallStream:all(test) end

--- What changed in a row.
---@class sigmamind.CallChange : sigmamind.Change
---@field row sigmamind.Call of a removed one: as it was last
---@field was? sigmamind.Call of a changed one: as it was before

--- The changes of a listing; see sigmamind.Watch.
---@class sigmamind.CallWatch : sigmamind.Watch
---@operator call: sigmamind.CallChange|nil
---@overload fun(): sigmamind.CallChange?
local CallWatch = {}

--- The next change; waits for it.
---@return sigmamind.CallChange? change nil: after stop, or when the time is over
---@return sigmamind.Error? err
function CallWatch:next() end

--- Reads the list once, now.
---@return sigmamind.CallChange[]? changes since the last reading
---@return sigmamind.Error? err
function CallWatch:poll() end

---@class sigmamind.calls.Values
---@field fromPhoneNumber string a phone number like '+14155552671' (E.164)
---@field toPhoneNumber string a phone number like '+14155552671' (E.164)
---@field agentId? string a string of 1 to 64 characters
---@field dynamicVariables? table

---@class sigmamind.calls.CreateArguments : sigmamind.CreateArguments, sigmamind.calls.Values

--- client.calls: GET /v1/calls, GET /v1/calls/{callId}, POST /v1/calls and DELETE /v1/calls/{callId}.
---@class sigmamind.calls
---@overload fun(client: sigmamind.Client, arguments?: sigmamind.calls.ListArguments, options?: sigmamind.CallOptions): sigmamind.CallStream
local calls = {}

--- The rows of all pages, in order, without duplicates. Sends no request yet.
---@param arguments? sigmamind.calls.ListArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.CallStream
function calls:list(arguments, options) end

--- One page, by one request.
---@param arguments? sigmamind.calls.PageArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.CallPage? page
---@return sigmamind.Error? err
function calls:page(arguments, options) end

--- All pages, in order. Sends no request yet.
---@param arguments? sigmamind.calls.PagesArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.CallPager
function calls:pages(arguments, options) end

--- The changes of the list, read again and again.
---@param arguments? sigmamind.calls.WatchArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.CallWatch
function calls:watch(arguments, options) end

--- One call.
---@param id string its callId
---@param options? sigmamind.CallOptions
---@return sigmamind.Call? row
---@return sigmamind.Error? err
function calls:get(id, options) end

--- Creates a call. err.outcome says whether the API may have acted on it.
---@param arguments sigmamind.calls.CreateArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.Call? row
---@return sigmamind.Error? err
function calls:create(arguments, options) end

--- Deletes a call for good.
---@param id string its callId
---@param options? sigmamind.CallOptions
---@return true? done
---@return sigmamind.Error? err
function calls:delete(id, options) end

--- Reads a call again and again until it has ended.
---@param id string its callId
---@param arguments? sigmamind.WaitArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.Call? row
---@return sigmamind.Error? err
---@return sigmamind.Call? last as it was last
function calls:wait(id, arguments, options) end

---@class sigmamind.agents.ListArguments : sigmamind.ListArguments

---@class sigmamind.agents.PageArguments : sigmamind.PageArguments

---@class sigmamind.agents.PagesArguments : sigmamind.PagesArguments

---@class sigmamind.agents.WatchArguments : sigmamind.WatchArguments

--- One page of a listing; see sigmamind.core.Page.
---@class sigmamind.AgentPage : sigmamind.core.Page
---@field data sigmamind.Agent[] all rows
local AgentPage = {}

--- The next row that matches.
---@return sigmamind.Agent? row nil: there is none left
---@return string? message
---@return "closed"? kind
function AgentPage:next() end

--- All pages of a listing, one after another; see sigmamind.Pager.
---@class sigmamind.AgentPager : sigmamind.Pager
local AgentPager = {}

--- The next page; nil after the last; nil, err on failure.
---@return sigmamind.AgentPage? page
---@return sigmamind.Error? err
function AgentPager:next() end

--- All rows of a listing, one after another; see sigmamind.Stream.
---@class sigmamind.AgentStream : sigmamind.Stream
---@operator call: sigmamind.Agent|nil
---@overload fun(): sigmamind.Agent?
local AgentStream = {}

--- The next row; nil at the end; nil, err on failure, where `for` would raise.
---@return sigmamind.Agent? row
---@return sigmamind.Error? err
function AgentStream:next() end

--- For `for row in stream:iterate() do`: from Lua 5.4 on, leaving the loop closes the walk.
---@return sigmamind.AgentStream, nil, nil, sigmamind.AgentStream
function AgentStream:iterate() end

--- Rows that meet all the conditions.
---@param where table<string, any> by path
---@return sigmamind.AgentStream
function AgentStream:where(where) end

--- Rows with the selected fields alone.
---@param fields string[] paths
---@return sigmamind.AgentStream
function AgentStream:select(fields) end

--- Rows for which test(row) is true.
---@param test fun(row: sigmamind.Agent): boolean
---@return sigmamind.AgentStream
function AgentStream:filter(test) end

--- change(row) for each row; nil drops the row.
---@param change fun(row: sigmamind.Agent): any
---@return sigmamind.Stream
function AgentStream:map(change) end

--- The first `count` rows.
---@param count integer
---@return sigmamind.AgentStream
function AgentStream:take(count) end

--- Rows until test(row) is false for one.
---@param test fun(row: sigmamind.Agent): boolean
---@return sigmamind.AgentStream
function AgentStream:take_while(test) end

--- All rows but the first `count`.
---@param count integer
---@return sigmamind.AgentStream
function AgentStream:drop(count) end

--- Folds the rows: result = combine(result, row), from `initial`.
---@param combine fun(result: any, row: sigmamind.Agent): any
---@param initial any
---@return any? result
---@return sigmamind.Error? err
function AgentStream:reduce(combine, initial) end

--- Calls visit(row) for each row.
---@param visit fun(row: sigmamind.Agent)
---@return true? done
---@return sigmamind.Error? err
function AgentStream:each(visit) end

--- All rows in a list.
---@return sigmamind.Agent[]? rows
---@return sigmamind.Error? err
function AgentStream:totable() end

--- The first row that was not read yet. Closes the stream.
---@return sigmamind.Agent? row nil: there is none
---@return sigmamind.Error? err
function AgentStream:first() end

--- Lists of rows, by the value of a field or the result of key(row).
---@param key string|fun(row: sigmamind.Agent): any
---@return table<any, sigmamind.Agent[]>? groups
---@return sigmamind.Error? err
function AgentStream:group_by(key) end

--- Whether test(row) is true for some row; stops at the first.
---@param test fun(row: sigmamind.Agent): boolean
---@return boolean? found
---@return sigmamind.Error? err
function AgentStream:any(test) end

--- Whether test(row) is true for every row; stops at the first for which it is not.
---@param test fun(row: sigmamind.Agent): boolean
---@return boolean? all
---@return sigmamind.Error? err
function AgentStream:all(test) end

--- What changed in a row.
---@class sigmamind.AgentChange : sigmamind.Change
---@field row sigmamind.Agent of a removed one: as it was last
---@field was? sigmamind.Agent of a changed one: as it was before

--- The changes of a listing; see sigmamind.Watch.
---@class sigmamind.AgentWatch : sigmamind.Watch
---@operator call: sigmamind.AgentChange|nil
---@overload fun(): sigmamind.AgentChange?
local AgentWatch = {}

--- The next change; waits for it.
---@return sigmamind.AgentChange? change nil: after stop, or when the time is over
---@return sigmamind.Error? err
function AgentWatch:next() end

--- Reads the list once, now.
---@return sigmamind.AgentChange[]? changes since the last reading
---@return sigmamind.Error? err
function AgentWatch:poll() end

--- client.agents: GET /v1/agents and GET /v1/agents/{agentId}.
---@class sigmamind.agents
---@overload fun(client: sigmamind.Client, arguments?: sigmamind.agents.ListArguments, options?: sigmamind.CallOptions): sigmamind.AgentStream
local agents = {}

--- The rows of all pages, in order, without duplicates. Sends no request yet.
---@param arguments? sigmamind.agents.ListArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.AgentStream
function agents:list(arguments, options) end

--- One page, by one request.
---@param arguments? sigmamind.agents.PageArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.AgentPage? page
---@return sigmamind.Error? err
function agents:page(arguments, options) end

--- All pages, in order. Sends no request yet.
---@param arguments? sigmamind.agents.PagesArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.AgentPager
function agents:pages(arguments, options) end

--- The changes of the list, read again and again.
---@param arguments? sigmamind.agents.WatchArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.AgentWatch
function agents:watch(arguments, options) end

--- One agent.
---@param id string its agentId
---@param options? sigmamind.CallOptions
---@return sigmamind.Agent? row
---@return sigmamind.Error? err
function agents:get(id, options) end

---@class sigmamind.phone_numbers.ListArguments : sigmamind.ListArguments

---@class sigmamind.phone_numbers.PageArguments : sigmamind.PageArguments

---@class sigmamind.phone_numbers.PagesArguments : sigmamind.PagesArguments

---@class sigmamind.phone_numbers.WatchArguments : sigmamind.WatchArguments

--- One page of a listing; see sigmamind.core.Page.
---@class sigmamind.PhoneNumberPage : sigmamind.core.Page
---@field data sigmamind.PhoneNumber[] all rows
local PhoneNumberPage = {}

--- The next row that matches.
---@return sigmamind.PhoneNumber? row nil: there is none left
---@return string? message
---@return "closed"? kind
function PhoneNumberPage:next() end

--- All pages of a listing, one after another; see sigmamind.Pager.
---@class sigmamind.PhoneNumberPager : sigmamind.Pager
local PhoneNumberPager = {}

--- The next page; nil after the last; nil, err on failure.
---@return sigmamind.PhoneNumberPage? page
---@return sigmamind.Error? err
function PhoneNumberPager:next() end

--- All rows of a listing, one after another; see sigmamind.Stream.
---@class sigmamind.PhoneNumberStream : sigmamind.Stream
---@operator call: sigmamind.PhoneNumber|nil
---@overload fun(): sigmamind.PhoneNumber?
local PhoneNumberStream = {}

--- The next row; nil at the end; nil, err on failure, where `for` would raise.
---@return sigmamind.PhoneNumber? row
---@return sigmamind.Error? err
function PhoneNumberStream:next() end

--- For `for row in stream:iterate() do`: from Lua 5.4 on, leaving the loop closes the walk.
---@return sigmamind.PhoneNumberStream, nil, nil, sigmamind.PhoneNumberStream
function PhoneNumberStream:iterate() end

--- Rows that meet all the conditions.
---@param where table<string, any> by path
---@return sigmamind.PhoneNumberStream
function PhoneNumberStream:where(where) end

--- Rows with the selected fields alone.
---@param fields string[] paths
---@return sigmamind.PhoneNumberStream
function PhoneNumberStream:select(fields) end

--- Rows for which test(row) is true.
---@param test fun(row: sigmamind.PhoneNumber): boolean
---@return sigmamind.PhoneNumberStream
function PhoneNumberStream:filter(test) end

--- change(row) for each row; nil drops the row.
---@param change fun(row: sigmamind.PhoneNumber): any
---@return sigmamind.Stream
function PhoneNumberStream:map(change) end

--- The first `count` rows.
---@param count integer
---@return sigmamind.PhoneNumberStream
function PhoneNumberStream:take(count) end

--- Rows until test(row) is false for one.
---@param test fun(row: sigmamind.PhoneNumber): boolean
---@return sigmamind.PhoneNumberStream
function PhoneNumberStream:take_while(test) end

--- All rows but the first `count`.
---@param count integer
---@return sigmamind.PhoneNumberStream
function PhoneNumberStream:drop(count) end

--- Folds the rows: result = combine(result, row), from `initial`.
---@param combine fun(result: any, row: sigmamind.PhoneNumber): any
---@param initial any
---@return any? result
---@return sigmamind.Error? err
function PhoneNumberStream:reduce(combine, initial) end

--- Calls visit(row) for each row.
---@param visit fun(row: sigmamind.PhoneNumber)
---@return true? done
---@return sigmamind.Error? err
function PhoneNumberStream:each(visit) end

--- All rows in a list.
---@return sigmamind.PhoneNumber[]? rows
---@return sigmamind.Error? err
function PhoneNumberStream:totable() end

--- The first row that was not read yet. Closes the stream.
---@return sigmamind.PhoneNumber? row nil: there is none
---@return sigmamind.Error? err
function PhoneNumberStream:first() end

--- Lists of rows, by the value of a field or the result of key(row).
---@param key string|fun(row: sigmamind.PhoneNumber): any
---@return table<any, sigmamind.PhoneNumber[]>? groups
---@return sigmamind.Error? err
function PhoneNumberStream:group_by(key) end

--- Whether test(row) is true for some row; stops at the first.
---@param test fun(row: sigmamind.PhoneNumber): boolean
---@return boolean? found
---@return sigmamind.Error? err
function PhoneNumberStream:any(test) end

--- Whether test(row) is true for every row; stops at the first for which it is not.
---@param test fun(row: sigmamind.PhoneNumber): boolean
---@return boolean? all
---@return sigmamind.Error? err
function PhoneNumberStream:all(test) end

--- What changed in a row.
---@class sigmamind.PhoneNumberChange : sigmamind.Change
---@field row sigmamind.PhoneNumber of a removed one: as it was last
---@field was? sigmamind.PhoneNumber of a changed one: as it was before

--- The changes of a listing; see sigmamind.Watch.
---@class sigmamind.PhoneNumberWatch : sigmamind.Watch
---@operator call: sigmamind.PhoneNumberChange|nil
---@overload fun(): sigmamind.PhoneNumberChange?
local PhoneNumberWatch = {}

--- The next change; waits for it.
---@return sigmamind.PhoneNumberChange? change nil: after stop, or when the time is over
---@return sigmamind.Error? err
function PhoneNumberWatch:next() end

--- Reads the list once, now.
---@return sigmamind.PhoneNumberChange[]? changes since the last reading
---@return sigmamind.Error? err
function PhoneNumberWatch:poll() end

--- client.phone_numbers: GET /v1/phone-numbers.
---@class sigmamind.phone_numbers
---@overload fun(client: sigmamind.Client, arguments?: sigmamind.phone_numbers.ListArguments, options?: sigmamind.CallOptions): sigmamind.PhoneNumberStream
local phone_numbers = {}

--- The rows of all pages, in order, without duplicates. Sends no request yet.
---@param arguments? sigmamind.phone_numbers.ListArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.PhoneNumberStream
function phone_numbers:list(arguments, options) end

--- One page, by one request.
---@param arguments? sigmamind.phone_numbers.PageArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.PhoneNumberPage? page
---@return sigmamind.Error? err
function phone_numbers:page(arguments, options) end

--- All pages, in order. Sends no request yet.
---@param arguments? sigmamind.phone_numbers.PagesArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.PhoneNumberPager
function phone_numbers:pages(arguments, options) end

--- The changes of the list, read again and again.
---@param arguments? sigmamind.phone_numbers.WatchArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.PhoneNumberWatch
function phone_numbers:watch(arguments, options) end

---@class sigmamind.chats.Arguments
---@field status? string a string

---@class sigmamind.chats.ListArguments : sigmamind.ListArguments, sigmamind.chats.Arguments

---@class sigmamind.chats.PageArguments : sigmamind.PageArguments, sigmamind.chats.Arguments

---@class sigmamind.chats.PagesArguments : sigmamind.PagesArguments, sigmamind.chats.Arguments

---@class sigmamind.chats.WatchArguments : sigmamind.WatchArguments, sigmamind.chats.Arguments

--- One page of a listing; see sigmamind.core.Page.
---@class sigmamind.ChatPage : sigmamind.core.Page
---@field data sigmamind.Chat[] all rows
local ChatPage = {}

--- The next row that matches.
---@return sigmamind.Chat? row nil: there is none left
---@return string? message
---@return "closed"? kind
function ChatPage:next() end

--- All pages of a listing, one after another; see sigmamind.Pager.
---@class sigmamind.ChatPager : sigmamind.Pager
local ChatPager = {}

--- The next page; nil after the last; nil, err on failure.
---@return sigmamind.ChatPage? page
---@return sigmamind.Error? err
function ChatPager:next() end

--- All rows of a listing, one after another; see sigmamind.Stream.
---@class sigmamind.ChatStream : sigmamind.Stream
---@operator call: sigmamind.Chat|nil
---@overload fun(): sigmamind.Chat?
local ChatStream = {}

--- The next row; nil at the end; nil, err on failure, where `for` would raise.
---@return sigmamind.Chat? row
---@return sigmamind.Error? err
function ChatStream:next() end

--- For `for row in stream:iterate() do`: from Lua 5.4 on, leaving the loop closes the walk.
---@return sigmamind.ChatStream, nil, nil, sigmamind.ChatStream
function ChatStream:iterate() end

--- Rows that meet all the conditions.
---@param where table<string, any> by path
---@return sigmamind.ChatStream
function ChatStream:where(where) end

--- Rows with the selected fields alone.
---@param fields string[] paths
---@return sigmamind.ChatStream
function ChatStream:select(fields) end

--- Rows for which test(row) is true.
---@param test fun(row: sigmamind.Chat): boolean
---@return sigmamind.ChatStream
function ChatStream:filter(test) end

--- change(row) for each row; nil drops the row.
---@param change fun(row: sigmamind.Chat): any
---@return sigmamind.Stream
function ChatStream:map(change) end

--- The first `count` rows.
---@param count integer
---@return sigmamind.ChatStream
function ChatStream:take(count) end

--- Rows until test(row) is false for one.
---@param test fun(row: sigmamind.Chat): boolean
---@return sigmamind.ChatStream
function ChatStream:take_while(test) end

--- All rows but the first `count`.
---@param count integer
---@return sigmamind.ChatStream
function ChatStream:drop(count) end

--- Folds the rows: result = combine(result, row), from `initial`.
---@param combine fun(result: any, row: sigmamind.Chat): any
---@param initial any
---@return any? result
---@return sigmamind.Error? err
function ChatStream:reduce(combine, initial) end

--- Calls visit(row) for each row.
---@param visit fun(row: sigmamind.Chat)
---@return true? done
---@return sigmamind.Error? err
function ChatStream:each(visit) end

--- All rows in a list.
---@return sigmamind.Chat[]? rows
---@return sigmamind.Error? err
function ChatStream:totable() end

--- The first row that was not read yet. Closes the stream.
---@return sigmamind.Chat? row nil: there is none
---@return sigmamind.Error? err
function ChatStream:first() end

--- Lists of rows, by the value of a field or the result of key(row).
---@param key string|fun(row: sigmamind.Chat): any
---@return table<any, sigmamind.Chat[]>? groups
---@return sigmamind.Error? err
function ChatStream:group_by(key) end

--- Whether test(row) is true for some row; stops at the first.
---@param test fun(row: sigmamind.Chat): boolean
---@return boolean? found
---@return sigmamind.Error? err
function ChatStream:any(test) end

--- Whether test(row) is true for every row; stops at the first for which it is not.
---@param test fun(row: sigmamind.Chat): boolean
---@return boolean? all
---@return sigmamind.Error? err
function ChatStream:all(test) end

--- What changed in a row.
---@class sigmamind.ChatChange : sigmamind.Change
---@field row sigmamind.Chat of a removed one: as it was last
---@field was? sigmamind.Chat of a changed one: as it was before

--- The changes of a listing; see sigmamind.Watch.
---@class sigmamind.ChatWatch : sigmamind.Watch
---@operator call: sigmamind.ChatChange|nil
---@overload fun(): sigmamind.ChatChange?
local ChatWatch = {}

--- The next change; waits for it.
---@return sigmamind.ChatChange? change nil: after stop, or when the time is over
---@return sigmamind.Error? err
function ChatWatch:next() end

--- Reads the list once, now.
---@return sigmamind.ChatChange[]? changes since the last reading
---@return sigmamind.Error? err
function ChatWatch:poll() end

--- client.chats: GET /v1/chats and GET /v1/chats/{chatId}.
---@class sigmamind.chats
---@overload fun(client: sigmamind.Client, arguments?: sigmamind.chats.ListArguments, options?: sigmamind.CallOptions): sigmamind.ChatStream
local chats = {}

--- The rows of all pages, in order, without duplicates. Sends no request yet.
---@param arguments? sigmamind.chats.ListArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.ChatStream
function chats:list(arguments, options) end

--- One page, by one request.
---@param arguments? sigmamind.chats.PageArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.ChatPage? page
---@return sigmamind.Error? err
function chats:page(arguments, options) end

--- All pages, in order. Sends no request yet.
---@param arguments? sigmamind.chats.PagesArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.ChatPager
function chats:pages(arguments, options) end

--- The changes of the list, read again and again.
---@param arguments? sigmamind.chats.WatchArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.ChatWatch
function chats:watch(arguments, options) end

--- One chat.
---@param id string its chatId
---@param options? sigmamind.CallOptions
---@return sigmamind.Chat? row
---@return sigmamind.Error? err
function chats:get(id, options) end

---@class sigmamind.webhooks.Arguments
---@field active? boolean
---@field agentId? string a string

---@class sigmamind.webhooks.ListArguments : sigmamind.ListArguments, sigmamind.webhooks.Arguments

---@class sigmamind.webhooks.PageArguments : sigmamind.PageArguments, sigmamind.webhooks.Arguments

---@class sigmamind.webhooks.PagesArguments : sigmamind.PagesArguments, sigmamind.webhooks.Arguments

---@class sigmamind.webhooks.WatchArguments : sigmamind.WatchArguments, sigmamind.webhooks.Arguments

--- One page of a listing; see sigmamind.core.Page.
---@class sigmamind.WebhookPage : sigmamind.core.Page
---@field data sigmamind.Webhook[] all rows
local WebhookPage = {}

--- The next row that matches.
---@return sigmamind.Webhook? row nil: there is none left
---@return string? message
---@return "closed"? kind
function WebhookPage:next() end

--- All pages of a listing, one after another; see sigmamind.Pager.
---@class sigmamind.WebhookPager : sigmamind.Pager
local WebhookPager = {}

--- The next page; nil after the last; nil, err on failure.
---@return sigmamind.WebhookPage? page
---@return sigmamind.Error? err
function WebhookPager:next() end

--- All rows of a listing, one after another; see sigmamind.Stream.
---@class sigmamind.WebhookStream : sigmamind.Stream
---@operator call: sigmamind.Webhook|nil
---@overload fun(): sigmamind.Webhook?
local WebhookStream = {}

--- The next row; nil at the end; nil, err on failure, where `for` would raise.
---@return sigmamind.Webhook? row
---@return sigmamind.Error? err
function WebhookStream:next() end

--- For `for row in stream:iterate() do`: from Lua 5.4 on, leaving the loop closes the walk.
---@return sigmamind.WebhookStream, nil, nil, sigmamind.WebhookStream
function WebhookStream:iterate() end

--- Rows that meet all the conditions.
---@param where table<string, any> by path
---@return sigmamind.WebhookStream
function WebhookStream:where(where) end

--- Rows with the selected fields alone.
---@param fields string[] paths
---@return sigmamind.WebhookStream
function WebhookStream:select(fields) end

--- Rows for which test(row) is true.
---@param test fun(row: sigmamind.Webhook): boolean
---@return sigmamind.WebhookStream
function WebhookStream:filter(test) end

--- change(row) for each row; nil drops the row.
---@param change fun(row: sigmamind.Webhook): any
---@return sigmamind.Stream
function WebhookStream:map(change) end

--- The first `count` rows.
---@param count integer
---@return sigmamind.WebhookStream
function WebhookStream:take(count) end

--- Rows until test(row) is false for one.
---@param test fun(row: sigmamind.Webhook): boolean
---@return sigmamind.WebhookStream
function WebhookStream:take_while(test) end

--- All rows but the first `count`.
---@param count integer
---@return sigmamind.WebhookStream
function WebhookStream:drop(count) end

--- Folds the rows: result = combine(result, row), from `initial`.
---@param combine fun(result: any, row: sigmamind.Webhook): any
---@param initial any
---@return any? result
---@return sigmamind.Error? err
function WebhookStream:reduce(combine, initial) end

--- Calls visit(row) for each row.
---@param visit fun(row: sigmamind.Webhook)
---@return true? done
---@return sigmamind.Error? err
function WebhookStream:each(visit) end

--- All rows in a list.
---@return sigmamind.Webhook[]? rows
---@return sigmamind.Error? err
function WebhookStream:totable() end

--- The first row that was not read yet. Closes the stream.
---@return sigmamind.Webhook? row nil: there is none
---@return sigmamind.Error? err
function WebhookStream:first() end

--- Lists of rows, by the value of a field or the result of key(row).
---@param key string|fun(row: sigmamind.Webhook): any
---@return table<any, sigmamind.Webhook[]>? groups
---@return sigmamind.Error? err
function WebhookStream:group_by(key) end

--- Whether test(row) is true for some row; stops at the first.
---@param test fun(row: sigmamind.Webhook): boolean
---@return boolean? found
---@return sigmamind.Error? err
function WebhookStream:any(test) end

--- Whether test(row) is true for every row; stops at the first for which it is not.
---@param test fun(row: sigmamind.Webhook): boolean
---@return boolean? all
---@return sigmamind.Error? err
function WebhookStream:all(test) end

--- What changed in a row.
---@class sigmamind.WebhookChange : sigmamind.Change
---@field row sigmamind.Webhook of a removed one: as it was last
---@field was? sigmamind.Webhook of a changed one: as it was before

--- The changes of a listing; see sigmamind.Watch.
---@class sigmamind.WebhookWatch : sigmamind.Watch
---@operator call: sigmamind.WebhookChange|nil
---@overload fun(): sigmamind.WebhookChange?
local WebhookWatch = {}

--- The next change; waits for it.
---@return sigmamind.WebhookChange? change nil: after stop, or when the time is over
---@return sigmamind.Error? err
function WebhookWatch:next() end

--- Reads the list once, now.
---@return sigmamind.WebhookChange[]? changes since the last reading
---@return sigmamind.Error? err
function WebhookWatch:poll() end

--- client.webhooks: GET /v1/webhooks and GET /v1/webhooks/{webhookId}.
---@class sigmamind.webhooks
---@overload fun(client: sigmamind.Client, arguments?: sigmamind.webhooks.ListArguments, options?: sigmamind.CallOptions): sigmamind.WebhookStream
local webhooks = {}

--- The rows of all pages, in order, without duplicates. Sends no request yet.
---@param arguments? sigmamind.webhooks.ListArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.WebhookStream
function webhooks:list(arguments, options) end

--- One page, by one request.
---@param arguments? sigmamind.webhooks.PageArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.WebhookPage? page
---@return sigmamind.Error? err
function webhooks:page(arguments, options) end

--- All pages, in order. Sends no request yet.
---@param arguments? sigmamind.webhooks.PagesArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.WebhookPager
function webhooks:pages(arguments, options) end

--- The changes of the list, read again and again.
---@param arguments? sigmamind.webhooks.WatchArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.WebhookWatch
function webhooks:watch(arguments, options) end

--- One webhook.
---@param id string its webhookId
---@param options? sigmamind.CallOptions
---@return sigmamind.Webhook? row
---@return sigmamind.Error? err
function webhooks:get(id, options) end

--- The resources of an account.
---@class sigmamind.Client
---@field campaigns sigmamind.campaigns
---@field calls sigmamind.calls
---@field agents sigmamind.agents
---@field phone_numbers sigmamind.phone_numbers
---@field chats sigmamind.chats
---@field webhooks sigmamind.webhooks
