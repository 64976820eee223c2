---@meta sigmamind.core

--- The C core: HTTP on libcurl, strict JSON, pages of a listing. Failures at run time return
--- nil, message, kind; the kinds are those of sigmamind.Error. Misuse raises.
local core = {}

--- The value of a null in an array, and of a null alone: lightuserdata NULL, equal to cjson.null
--- and ngx.null.
---@type lightuserdata
core.null = nil

---@class sigmamind.core.DecoderOptions
---@field null? any value of a null field of an object; default: the field is absent
---@field array_mt? table metatable of arrays; default: none
---@field max_depth? integer max levels of nesting, 1 to 500; default 64

---@class sigmamind.core.SessionOptions
---@field max_body? number max bytes of a response body; default 16 MiB
---@field ca_file? string PEM of the authorities to trust; default: the system's
---@field client_cert? string PEM of the client certificate; default: none
---@field client_key? string PEM of its key; default: in client_cert
---@field proxy? string URL; "": none. Default: the environment's, for https only
---@field http_version? "1.1"|"2" default "2": HTTP/2 over TLS where the server offers it
---@field max_age? number seconds after which a busy connection is replaced; default 300
---@field user_agent? string default: none sent

--- Makes an HTTP engine. The first start opens its descriptors and connections.
---@param options? sigmamind.core.SessionOptions
---@return sigmamind.core.Session
function core.session(options) end

--- Makes a decoder from JSON to Lua values.
---@param options? sigmamind.core.DecoderOptions
---@return sigmamind.core.Decoder
function core.decoder(options) end

--- The meaning of a CURLcode, or of one of our own codes below 0; nil for an unknown code.
---@param code integer
---@return {cause: string, kind: string, retry: boolean, message: string}?
function core.outcome(code) end

---@class sigmamind.core.QueryOptions
---@field where? table<string, any> by path, a value or a table of operators
---@field select? string[] paths
---@field key? string path of the field that identifies rows
---@field chain? sigmamind.core.QueryStep[] applied after the where and the select, in order

---@class sigmamind.core.QueryStep
---@field where? table<string, any> further conditions
---@field select? string[] paths within the earlier selection
---@field stage? integer of this where, and of later ones without a stage. Stage 0, the default,
---  drops a row that does not match; any other returns minus its number in place of the row

--- Compiles a query, which any number of pages can use.
---@param options sigmamind.core.QueryOptions
---@return sigmamind.core.Query?
---@return string? message
---@return "config"? kind
---@return any operator the unknown operator, if that is the error
---@return string[]? known the known operators
function core.query(options) end

--- Makes a set of the ids of returned rows: at least the last `max`, or all.
---@param max? integer 0 to 2^30; 0, the default: no limit
---@return sigmamind.core.Seen
function core.seen(max) end

--- A Lua value as JSON. A table with names is an object, one with the keys 1 to n an array; an
--- empty one is an object unless it has the metatable array_mt. Whole numbers below 2^63 are
--- written as digits, fractions with the fewest digits that read back. nil and core.null are null.
--- Refused, with the path to it: functions and the like, nan and infinity, strings that are not
--- UTF-8, tables with other keys, with holes, that contain themselves or are nested beyond 500
--- levels. Metamethods are not called.
---@param value any
---@param options? {null?: any, array_mt?: table} as of a decoder
---@return string? text
---@return string? message
function core.encode(value, options) end

--- A 64-bit digest of a text, in 16 hexadecimal digits. Not cryptographic: not for secrets.
---@param text string
---@return string
function core.digest(text) end

--- The SHA-256 of a text (FIPS 180-4), in 64 hexadecimal digits.
---@param text string
---@return string
function core.sha256(text) end

---@class sigmamind.core.Url
---@field scheme string
---@field user? string
---@field password? string
---@field host string
---@field port? string default: that of the scheme
---@field path string
---@field query? string
---@field fragment? string

--- The parts of a URL, as libcurl parses it.
---@param text string
---@return sigmamind.core.Url?
---@return string? message
---@return "config"? kind
function core.url(text) end

--- Seconds, monotonic: only differences are meaningful.
---@return number
function core.now() end

--- Blocks this thread. Returns early on a signal.
---@param seconds number 0 to 1e9
function core.sleep(seconds) end

--- At least 0, below 1, for jitter: from the system's randomness, if available.
---@return number
function core.random() end

--- The running coroutine, that of the main program too.
---@return thread
function core.thread() end

--- The process id, which is another one after a fork.
---@return integer
function core.process() end

--- Whether a path names a regular file, not a directory, FIFO or device.
---@param path string
---@return boolean
function core.is_file(path) end

--- The size of an open file and the time when it was last changed, as a text to compare.
---@param file file*
---@return string|nil stamp  nil: it is no open file
function core.file_stamp(file) end

--- Parses a date in one of the three forms of RFC 9110, section 5.6.7.
---@param text string
---@return number? seconds since 1970
function core.http_date(text) end

---@class sigmamind.core.Version
---@field sigmamind string
---@field curl string
---@field ssl string
---@field zlib string
---@field http2 boolean

--- Versions of this library, of libcurl, and of the libraries that libcurl uses.
---@return sigmamind.core.Version
function core.version() end

--- The HTTP engine, with its connections. After a fork, a child opens connections of its own.
---@class sigmamind.core.Session
local Session = {}

---@class sigmamind.core.Request
---@field url string
---@field key? string sent as X-API-Key
---@field headers? table<string, string|false> false: libcurl sends no such header of its own
---@field method? string default "GET"; of a form "POST"
---@field body? string
---@field form? sigmamind.core.Part[] a multipart/form-data body (RFC 7578)
---@field exclusive? boolean sent at most once, by HTTP/1.1 on a connection of its own; libcurl
---  sends any other again if a reused connection dies before a byte of the response
---@field timeout? number|false seconds for the whole transfer; default: no limit
---@field connect_timeout? number|false seconds; default: no limit
---@field stall_timeout? number|false seconds without a byte; default: no limit

---@class sigmamind.core.Part
---@field name string
---@field data? string
---@field file? file* open for reading, instead of data: streamed from its beginning, with the
---  length that it has when the transfer starts; the handle may be closed then
---@field filename? string
---@field type? string the Content-Type

--- Starts a transfer. Nothing is sent before the next poll.
---@param request sigmamind.core.Request
---@return sigmamind.core.Transfer?
---@return string? message
---@return "closed"|"network"|"config"|nil kind
---@return "descriptors"|"engine"|"file"|nil cause
function Session:start(request) end

--- Waits for activity, and advances every transfer. Returns immediately if none is in flight.
---@param seconds number max wait; 0: does not wait
---@return integer? running transfers in flight
---@return string? message
---@return "closed"? kind
function Session:poll(seconds) end

--- A descriptor that is readable whenever poll(0) has work to do. Linux only.
---@return integer?
---@return string? message
---@return "closed"|"network"|"config"|nil kind
function Session:fd() end

--- Stops using the connections that are open now, because one of them is dead, or sent a response
--- that belongs to no request.
---@return true?
---@return string? message
---@return "closed"? kind
function Session:retire_idle() end

--- Ends its transfers with kind "closed". Idempotent.
function Session:close() end

--- One HTTP request and its response.
---@class sigmamind.core.Transfer
local Transfer = {}

--- Whether the transfer is over. Until then status, header, body, failure and timing raise.
---@return boolean
function Transfer:done() end

--- The status of the response. A status from 300 on is returned even if the body failed.
---@return integer?
---@return string? message
---@return string? kind
function Transfer:status() end

---@class sigmamind.core.Outcome
---@field message string the sentence, followed by the words
---@field sentence? string ours; only of a failure
---@field words? string libcurl's, which may contain a proxy's secret; only of a failure
---@field kind string
---@field cause string
---@field retry boolean whether another attempt may succeed
---@field status? integer of a response whose body failed
---@field proxy_status? integer of a proxy's response to CONNECT

--- Why the response is incomplete; nil if it is complete.
---@return sigmamind.core.Outcome?
---@return string? message
---@return "closed"? kind
function Transfer:failure() end

--- Whether any byte of the request may have reached the server.
---@return boolean
function Transfer:sent() end

--- The first header of that name, also after a failure; nil: there is none.
---@param name string case-insensitive
---@return string?
---@return string? message
---@return "closed"? kind
function Transfer:header(name) end

--- All headers, by name in lower case; the values of repeated ones are joined by ", ".
---@return table<string, string>?
---@return string? message
---@return "closed"? kind
function Transfer:headers() end

--- The received part of the body, also after a failure.
---@return string?
---@return string? message
---@return "closed"? kind
function Transfer:body() end

--- Seconds are from the start of the transfer, 0 for a step that did not happen.
---@class sigmamind.core.Timing
---@field dns number
---@field connect number
---@field tls number
---@field first_byte number
---@field total number
---@field bytes integer of the body, as received over the wire
---@field reused boolean no connection was opened for it
---@field http_version? "1.0"|"1.1"|"2"|"3" nil: there was no response
---@field address? string "IP:port" of the last peer tried; nil: none was

---@return sigmamind.core.Timing?
---@return string? message
---@return "closed"? kind
function Transfer:timing() end

--- Ends the transfer with kind "cancelled", if it is in flight.
function Transfer:cancel() end

--- Cancels the transfer, and frees the response. Idempotent.
function Transfer:close() end

--- Turns JSON into Lua values.
---@class sigmamind.core.Decoder
local Decoder = {}

--- Decodes any JSON text (RFC 8259).
---@param text string
---@return any value nil if the text is invalid
---@return string? message
---@return "decode"? kind
function Decoder:value(text) end

--- Reads a page of a listing, the documented wrapper {data, page, size, ...}, and validates all of
--- it.
---@param text string
---@param query? sigmamind.core.Query
---@param seen? sigmamind.core.Seen rows to leave out; returned rows are added to it
---@return sigmamind.core.Page?
---@return string? message
---@return "decode"|"protocol"|"closed"|nil kind
function Decoder:page(text, query, seen) end

function Decoder:close() end

--- A cursor over the rows of one page. It has the wrapper's fields under their own names; a field
--- that the wrapper lacks, or has with another type, is nil.
---@class sigmamind.core.Page
---@field data table[] all rows, regardless of the query, decoded once; raises on a closed page
---@field page? integer
---@field size? integer
---@field totalCount? integer
---@field totalPages? integer
---@field hasNext? boolean
---@field hasPrevious? boolean
local Page = {}

--- The next row that matches the query. A call with the number of the previous call returns the
--- same row again, for callers that were interrupted. A row that does not pass a stage of the query
--- is returned as minus the stage's number.
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

--- Counts the rows that a reader has received, over any number of pages.
---@class sigmamind.core.Counter
---@field read integer a raw field, which fill increments for each row

--- Appends rows to a list, as next returns them to calls whose number is counter.read. A row counts
--- as read once it is in the list: after an error, a call with the same counter continues without
--- losing or duplicating a row. Raises for a query with stages.
---@param list? table[] nil: the rows are only counted
---@param counter sigmamind.core.Counter
---@param max? number max rows; default: all
---@param deadline? number by core.now(); ends after the row at which it has passed
---@return integer? rows number of rows added
---@return boolean|string at_end whether no row is left; or the message
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

--- A field that the wrapper lacks, or has with another type, is nil.
---@class sigmamind.core.Info
---@field page? integer
---@field size? integer
---@field totalCount? integer
---@field totalPages? integer
---@field hasNext? boolean
---@field hasPrevious? boolean
---@field count integer rows in `data`, whether they match or not
---@field bytes integer of the text
---@field duplicates? integer with a key: matching rows that had been returned before
---@field ids? string with a key: equal for the same rows in the same order

--- The page's metadata; also works on a closed page.
---@return sigmamind.core.Info
function Page:info() end

--- For each path of where and select: false if no row has the field; "null" if no row has a value
--- there; "string", "number", "boolean", "array" or "object" if all values are of this type and a
--- condition refuses it; otherwise true. The second table says the same of the elements of arrays.
---@return table<string, boolean|string>? paths nil: there is no row, or no query
---@return table<string, boolean|string>? elements
function Page:paths() end

--- The first row, whole, regardless of the query.
---@return table? row nil: there is none, or the page is closed
function Page:sample() end

--- The position of the cursor; nil for a query without a key.
---@param call? integer the row that a call with this number would return again does not count
---@return integer? rows of `data`, up to the one returned last
---@return string? id digest of that row's id, in 16 hexadecimal digits
---@return integer? duplicates rows skipped because they had been seen
function Page:position(call) end

--- Marks the rows up to one as returned; it never moves back. Needs a query with a key.
---@param to string|integer an id as position returns it, or a number of rows
---@return boolean? found
---@return string? message
---@return "closed"? kind
function Page:skip(to) end

--- Adds the ids of all rows to a set. The rows can still be returned.
---@param seen sigmamind.core.Seen
---@return integer? fresh number of rows whose id was new
---@return string? message
---@return "closed"? kind
function Page:count_new(seen) end

--- Frees the text. Idempotent.
function Page:close() end

--- A compiled where and select.
---@class sigmamind.core.Query
local Query = {}

--- No page can be read with it any more, nor those that already use it. Idempotent.
function Query:close() end

--- A set of the ids of returned rows.
---@class sigmamind.core.Seen
local Seen = {}

--- Adds a text, by its 64-bit hash: 16 to 32 bytes each, and those of a row's id the same.
--- Raises if the set is closed, and when memory runs out.
---@param text string
---@return boolean is_new whether it was not there
function Seen:add(text) end

--- Clears the set. No page can be read with it any more, nor those that already use it. Idempotent.
function Seen:close() end

return core
