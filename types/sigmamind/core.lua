---@meta sigmamind.core

--- The C core: HTTP on libcurl, strict JSON, pages of a listing. What can fail at run time returns
--- nil, message, kind; the kinds are those of sigmamind.Error. Misuse raises.
local core = {}

--- What a null in an array is, and a null alone: lightuserdata NULL, equal to cjson.null and
--- ngx.null.
---@type lightuserdata
core.null = nil

---@class sigmamind.core.DecoderOptions
---@field null? any what a null field of an object becomes; default: it is absent
---@field array_mt? table the metatable of arrays; default: none
---@field max_depth? integer levels of nesting, 1 to 500; default 64

---@class sigmamind.core.SessionOptions
---@field max_body? number bytes of a reply's body; default 16 MiB
---@field ca_file? string PEM of the authorities that are trusted; default: the system's
---@field client_cert? string PEM of the certificate that a server may require; default: none
---@field client_key? string PEM of its key; default: in client_cert
---@field proxy? string URL; "": none. Default: the environment's, for https alone
---@field http_version? "1.1"|"2" default "2": HTTP/2 over TLS where the server offers it
---@field max_age? number seconds after which a busy connection is replaced; default 300
---@field user_agent? string default: none is sent

--- Opens nothing yet: the first start does.
---@param options? sigmamind.core.SessionOptions
---@return sigmamind.core.Session
function core.session(options) end

--- How JSON becomes Lua.
---@param options? sigmamind.core.DecoderOptions
---@return sigmamind.core.Decoder
function core.decoder(options) end

--- What a CURLcode means, or below 0 one of our own outcomes; nil: the table does not name it.
---@param code integer
---@return {cause: string, kind: string, retry: boolean, message: string}?
function core.outcome(code) end

---@class sigmamind.core.QueryOptions
---@field where? table<string, any> by path, a value or a table of operators
---@field select? string[] paths
---@field key? string the path of the field that tells rows apart
---@field chain? sigmamind.core.QueryStep[] as if chained onto the where and the select

---@class sigmamind.core.QueryStep
---@field where? table<string, any> conditions that must hold, too
---@field select? string[] paths within what was selected before
---@field stage? integer of this where, and of those that follow where they have none: 0, the first,
---  leaves out rows; in place of a row that does not pass a later one comes minus its number

--- Compiles a query, for any number of pages.
---@param options sigmamind.core.QueryOptions
---@return sigmamind.core.Query?
---@return string? message
---@return "config"? kind
---@return any operator an unknown one, where that is what is wrong
---@return string[]? known
function core.query(options) end

--- Remembers the rows that were handed out: at least the last `max`, or all of them.
---@param max? integer 0 to 2^30; 0, the default: no bound
---@return sigmamind.core.Seen
function core.seen(max) end

--- 64 bits mixed from a text, in 16 hexadecimal digits. Tells texts apart, and keeps no secret.
---@param text string
---@return string
function core.digest(text) end

---@class sigmamind.core.Url
---@field scheme string
---@field user? string
---@field password? string
---@field host string
---@field port? string the scheme's own where none is given
---@field path string
---@field query? string
---@field fragment? string

--- The parts of a URL, as libcurl reads it.
---@param text string
---@return sigmamind.core.Url?
---@return string? message
---@return "config"? kind
function core.url(text) end

--- Seconds, monotonic: only differences mean something.
---@return number
function core.now() end

--- Blocks this thread. Returns early when a signal arrives.
---@param seconds number 0 to 1e9
function core.sleep(seconds) end

--- At least 0, below 1, for jitter: from the system's randomness, where it gives some.
---@return number
function core.random() end

--- The running coroutine, that of the main program too.
---@return thread
function core.thread() end

--- Whether a path names a regular file: no directory, FIFO or device.
---@param path string
---@return boolean
function core.is_file(path) end

--- A date in one of the three forms of RFC 9110, section 5.6.7.
---@param text string
---@return number? seconds since 1970
function core.http_date(text) end

---@class sigmamind.core.Version
---@field sigmamind string
---@field curl string
---@field ssl string
---@field zlib string
---@field http2 boolean

--- Versions of this library and of libcurl with what it is built on.
---@return sigmamind.core.Version
function core.version() end

--- The HTTP engine, with its connections. After a fork, a child opens its own.
---@class sigmamind.core.Session
local Session = {}

---@class sigmamind.core.Request
---@field url string
---@field key? string sent as X-API-Key
---@field headers? table<string, string>
---@field method? string default "GET"
---@field body? string
---@field timeout? number|false seconds for all of it; default: no limit
---@field connect_timeout? number|false seconds; default: no limit
---@field stall_timeout? number|false seconds without a byte; default: no limit

--- Begins an exchange. Nothing moves before the next poll.
---@param request sigmamind.core.Request
---@return sigmamind.core.Transfer?
---@return string? message
---@return "closed"|"network"|nil kind
---@return "descriptors"|"engine"|nil cause
function Session:start(request) end

--- Waits at most so long for activity, and moves every transfer forward. With none in flight it
--- returns at once.
---@param seconds number 0: does not wait
---@return integer? running transfers in flight
---@return string? message
---@return "closed"? kind
function Session:poll(seconds) end

--- A descriptor that is readable whenever poll(0) has work to do. On Linux alone.
---@return integer?
---@return string? message
---@return "closed"|"network"|"config"|nil kind
function Session:fd() end

--- Connections that are open now are not used again: one of them is dead, or sent a reply that no
--- request belongs to.
---@return true?
---@return string? message
---@return "closed"? kind
function Session:retire_idle() end

--- Ends its transfers with an error of the kind "closed". May be called twice.
function Session:close() end

--- One HTTP exchange.
---@class sigmamind.core.Transfer
local Transfer = {}

--- Whether the exchange is over. Until then status, header, body, failure and timing raise.
---@return boolean
function Transfer:done() end

--- The status of the reply: of one from 300 on whatever became of its body.
---@return integer?
---@return string? message
---@return string? kind
function Transfer:status() end

---@class sigmamind.core.Outcome
---@field message string the sentence, and behind it the words
---@field sentence? string ours; of a failure
---@field words? string libcurl's, which may hold a secret of a proxy; of a failure
---@field kind string
---@field cause string
---@field retry boolean whether another attempt may go well
---@field status? integer of a reply whose body failed
---@field proxy_status? integer of a proxy's answer to CONNECT

--- Why not all of the reply came; nil: it did.
---@return sigmamind.core.Outcome?
---@return string? message
---@return "closed"? kind
function Transfer:failure() end

--- The first header of that name, also of an exchange that failed half way; nil: there is none.
---@param name string in any case
---@return string?
---@return string? message
---@return "closed"? kind
function Transfer:header(name) end

--- What came of the body, also where the exchange failed half way.
---@return string?
---@return string? message
---@return "closed"? kind
function Transfer:body() end

--- Seconds are from the start of the transfer, 0 for what did not happen.
---@class sigmamind.core.Timing
---@field dns number
---@field connect number
---@field tls number
---@field first_byte number
---@field total number
---@field bytes integer of the body, as they came over the wire
---@field reused boolean no connection was opened for it
---@field http_version? "1.0"|"1.1"|"2"|"3" nil: there was no reply
---@field address? string "IP:port" that was connected to; nil: none was

---@return sigmamind.core.Timing?
---@return string? message
---@return "closed"? kind
function Transfer:timing() end

--- Ends the exchange with an error of the kind "cancelled", if it is in flight.
function Transfer:cancel() end

--- Cancels it, and lets go of the reply. May be called twice.
function Transfer:close() end

--- Turns JSON into Lua values.
---@class sigmamind.core.Decoder
local Decoder = {}

--- Any JSON text (RFC 8259). Nothing is given of a text that is invalid.
---@param text string
---@return any value nil if the text is invalid
---@return string? message
---@return "decode"? kind
function Decoder:value(text) end

--- A page of a listing, the documented wrapper {data, page, size, ...}. All of it is checked.
---@param text string
---@param query? sigmamind.core.Query
---@param seen? sigmamind.core.Seen rows not to be handed out; those that are, are noted in it
---@return sigmamind.core.Page?
---@return string? message
---@return "decode"|"protocol"|"closed"|nil kind
function Decoder:page(text, query, seen) end

function Decoder:close() end

--- A cursor over the rows of one page. The wrapper's own names are fields; what it lacks, or has of
--- another type, is nil.
---@class sigmamind.core.Page
---@field data table[] all rows, whatever the query is, decoded once; a page that was closed raises
---@field page? integer
---@field size? integer
---@field totalCount? integer
---@field totalPages? integer
---@field hasNext? boolean
---@field hasPrevious? boolean
local Page = {}

--- The next row that matches the query. A call with the number of the call before gets the same
--- row, for callers that were interrupted. In place of a row that does not pass a stage of the
--- query it is minus the number of that.
---@param call? integer 0 or more
---@return table? row nil: there is none left
---@return string? message
---@return "closed"? kind
function Page:next(call) end

--- The same row in the API's own bytes.
---@param call? integer
---@return string? row nil: there is none left
---@return string? message
---@return "closed"? kind
function Page:next_json(call) end

--- Counts the rows that a reader has had, of any number of pages.
---@class sigmamind.core.Counter
---@field read integer a raw field, which fill raises by 1 for each row

--- Adds rows to the end of a list, as next would give them to calls whose number is counter.read. A
--- row counts as read when it is in the list: after an error, a call with the same counter goes on
--- without losing or repeating one. For a query without stages; one with stages raises.
---@param list? table[] nil: the rows are passed over, and only counted
---@param counter sigmamind.core.Counter
---@param max? number rows at most; default: all
---@param deadline? number by core.now(): ends behind the row at which it has passed
---@return integer? rows that were added
---@return boolean|string at_end no row is left; or the message
---@return "closed"? kind
function Page:fill(list, counter, max, deadline) end

--- The same with the rows' own bytes.
---@param list? string[]
---@param counter sigmamind.core.Counter
---@param max? number
---@param deadline? number
---@return integer? rows
---@return boolean|string at_end
---@return "closed"? kind
function Page:fill_json(list, counter, max, deadline) end

--- What the wrapper lacks, or has of another type, is nil.
---@class sigmamind.core.Info
---@field page? integer
---@field size? integer
---@field totalCount? integer
---@field totalPages? integer
---@field hasNext? boolean
---@field hasPrevious? boolean
---@field count integer rows in `data`, whether they match or not
---@field bytes integer of the text
---@field duplicates? integer with a key: rows that matched and had been handed out before
---@field ids? string with a key: the same for the same rows in the same order

--- What the wrapper said, also when the page is closed.
---@return sigmamind.core.Info
function Page:info() end

--- What the rows have of each path of where and select: false, none has the field; "null", none
--- has a value that a condition is about; "string", "number", "boolean", "array" or "object", all
--- values are of this type, and a condition refuses it; else true. Then the same of the elements of
--- arrays.
---@return table<string, boolean|string>? paths nil: there is no row, or no query
---@return table<string, boolean|string>? elements
function Page:paths() end

--- The first row, whole, whatever the query says.
---@return table? row nil: there is none, or the page is closed
function Page:sample() end

--- How far the rows were handed out; nothing for a query without a key.
---@param call? integer the row that the call of this number would get once more does not count
---@return integer? rows of `data`, up to the one that was handed out last
---@return string? id of that one, in 16 hexadecimal digits
---@return integer? duplicates rows that were passed over because they had been seen
function Page:position(call) end

--- Takes the rows up to one for handed out. Those that were already stay so. Needs a query with a
--- key.
---@param to string|integer an id as position gives it, or a number of rows
---@return boolean? found
---@return string? message
---@return "closed"? kind
function Page:skip(to) end

--- Adds the ids of all rows to a seen. The rows may be handed out all the same.
---@param seen sigmamind.core.Seen
---@return integer? fresh rows whose id was new
---@return string? message
---@return "closed"? kind
function Page:count_new(seen) end

--- Lets go of the text. May be called twice.
function Page:close() end

--- A compiled where and select.
---@class sigmamind.core.Query
local Query = {}

--- No page can be read with it any more, nor those that it was given to. May be called twice.
function Query:close() end

--- The ids of rows that were handed out.
---@class sigmamind.core.Seen
local Seen = {}

--- Forgets all rows. No page can be read with it any more, nor those that it was given to. May be
--- called twice.
function Seen:close() end

return core
