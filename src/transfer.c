#include "transfer.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "object.h"
#include "page.h"
#include "query.h"
#include "seen.h"
#include "wipe.h"

#define TRANSFER "sigmamind.transfer"
#define HEAD_MAX ((size_t)256 * 1024) /* bytes of reply headers */

/* == What curl calls. No Lua here. ================================================== */

/* Appends to b, or notes why not and returns 0, which makes curl end the transfer. */
static size_t take(transfer *t, body *b, const char *data, size_t length, const char *too_large) {
  if (body_append(b, data, length)) return length;
  t->refusal = body_fits(b, length) ? NULL : too_large;
  t->refused_at = b->max;
  return 0;
}

static const char BODY_TOO_LARGE[] = "the body is larger than max_body,";
static const char HEAD_TOO_LARGE[] = "the headers are larger than";
static const char CODED_TWICE[] = "the body is coded more than once";

static size_t on_body(char *data, size_t size, size_t count, void *self) {
  transfer *t = self;
  return take(t, &t->body, data, size * count, BODY_TOO_LARGE);
}

/* Whether the token is one that puts no coding on the body, but says how it is sent, or nothing. */
static bool is_plain(const char *token, size_t length) {
  return length == 0 || (length == 7 && strncasecmp(token, "chunked", length) == 0) ||
         (length == 8 && strncasecmp(token, "identity", length) == 0);
}

/* How many codings a header line puts on the body. */
static int count_codings(const char *line, size_t length) {
  static const char between[] = ", \t\r\n";
  int codings = 0;
  size_t at = strlen("content-encoding:");
  if (length < at || strncasecmp(line, "content-encoding:", at) != 0) {
    at = strlen("transfer-encoding:");
    if (length < at || strncasecmp(line, "transfer-encoding:", at) != 0) return 0;
  }
  while (at < length) {
    size_t token = 0;
    while (at + token < length && memchr(between, line[at + token], sizeof between) == NULL)
      token++;
    codings += !is_plain(line + at, token);
    at += token + 1;
  }
  return codings;
}

/* A status line begins the headers of another reply: of what came before (a 100 Continue), nothing
** is kept. A blank line ends them. libcurl undoes up to five codings, one within the other, and
** looks at no time limit meanwhile: a few KiB can keep it busy for minutes. */
static size_t on_header(char *data, size_t size, size_t count, void *self) {
  transfer *t = self;
  const size_t length = size * count;
  if ((t->head_ended || t->head.length == 0) && length >= 5 && memcmp(data, "HTTP/", 5) == 0) {
    t->head.length = 0;
    t->head_ended = false;
    t->codings = 0;
  }
  t->head_ended |= *data == '\r' || *data == '\n';
  t->codings += count_codings(data, length);
  if (t->codings > 1) {
    t->refusal = CODED_TWICE;
    return 0;
  }
  return take(t, &t->head, data, length, HEAD_TOO_LARGE);
}

/* == Setting up ===================================================================== */

static void free_headers(transfer *t) {
  for (struct curl_slist *h = t->headers; h != NULL; h = h->next)
    wipe(h->data, strlen(h->data));
  curl_slist_free_all(t->headers);
  t->headers = NULL;
}

/* False: out of memory. libcurl takes "Name;" for a header with an empty value. */
static bool append_header(transfer *t, const char *name, const char *value) {
  const size_t size = strlen(name) + strlen(value) + 3;
  char *line = malloc(size);
  if (line == NULL) return false;
  if (*value != '\0')
    snprintf(line, size, "%s: %s", name, value);
  else
    snprintf(line, size, "%s;", name);
  struct curl_slist *longer = curl_slist_append(t->headers, line);
  wipe(line, size);
  free(line);
  if (longer != NULL) t->headers = longer;
  return longer != NULL;
}

static bool is_token(const char *s, size_t length) {
  if (length == 0) return false;
  for (; length > 0; s++, length--) {
    const bool letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z');
    if (!letter && (*s == '\0' || strchr("!#$%&'*+-.^_`|~0123456789", *s) == NULL)) return false;
  }
  return true;
}

bool transfer_is_header_value(const char *s, size_t length) {
  for (; length > 0; s++, length--) {
    const unsigned char c = (unsigned char)*s;
    if ((c < 0x20 && c != '\t') || c == 0x7F) return false;
  }
  return true;
}

static bool is_url(const char *s, size_t length) {
  for (; length > 0; s++, length--)
    if ((unsigned char)*s <= 0x20 || *s == 0x7F) return false;
  return true;
}

/* The message never holds the value: it may be the key. */
static void add_header(lua_State *L, transfer *t, int request, const char *name, size_t name_length,
                       const char *value, size_t value_length) {
  luaL_argcheck(L, is_token(name, name_length), request, "a header name must be a token");
  luaL_argcheck(L, transfer_is_header_value(value, value_length), request,
                "a header value or key must not hold control characters (CR, LF, NUL, ...)");
  if (!append_header(t, name, value)) luaL_error(L, "not enough memory");
}

static void add_headers(lua_State *L, transfer *t, int request) {
  lua_getfield(L, request, "headers");
  if (!lua_isnil(L, -1)) {
    luaL_argcheck(L, lua_istable(L, -1), request, "headers must be a table");
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
      size_t name_length, value_length;
      luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING, request,
                    "headers must map strings to strings");
      const char *name = lua_tolstring(L, -2, &name_length);
      const char *value = lua_tolstring(L, -1, &value_length);
      add_header(L, t, request, name, name_length, value, value_length);
    }
  }
  lua_pop(L, 1);
}

/* Pushes request[name], a string or nil, and returns it. [+1] */
static const char *get_string(lua_State *L, int request, const char *name, size_t *length) {
  lua_getfield(L, request, name);
  if (lua_isnil(L, -1)) return NULL;
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_argerror(L, request, lua_pushfstring(L, "%s must be a string", name));
  return lua_tolstring(L, -1, length);
}

/* request[name] in seconds, as milliseconds; nil and false are 0. */
static long get_milliseconds(lua_State *L, int request, const char *name) {
  lua_getfield(L, request, name);
  double seconds = 0;
  if (lua_toboolean(L, -1)) {
    seconds = lua_tonumber(L, -1);
    if (!(lua_isnumber(L, -1) && seconds > 0))
      luaL_argerror(L, request, lua_pushfstring(L, "%s must be a number above 0, or false", name));
  }
  lua_pop(L, 1);
  const double milliseconds = ceil(seconds * 1000);
  return milliseconds < INT_MAX ? (long)milliseconds : INT_MAX;
}

static void check(lua_State *L, CURLcode code) {
  if (code != CURLE_OK) luaL_error(L, "libcurl: %s", curl_easy_strerror(code));
}

/* setopt is a macro that checks types, so this cannot be a function. */
#define SET(option, value) check(L, curl_easy_setopt(t->easy, option, value))

/* curl counts a stall in whole seconds, and no connect timeout means its default of 300 s. */
static void set_timeouts(lua_State *L, transfer *t, int request) {
  const long connect = get_milliseconds(L, request, "connect_timeout");
  const long stall = get_milliseconds(L, request, "stall_timeout");
  SET(CURLOPT_CONNECTTIMEOUT_MS, connect > 0 ? connect : (long)INT_MAX);
  SET(CURLOPT_TIMEOUT_MS, get_milliseconds(L, request, "timeout"));
  SET(CURLOPT_LOW_SPEED_LIMIT, stall > 0 ? 1L : 0L);
  SET(CURLOPT_LOW_SPEED_TIME, stall / 1000 + (stall % 1000 > 0));
}

/* Plain http goes to loopback (or where the user insisted): a proxy of the environment would be
** handed the key in clear, so only a proxy set on purpose is used for it. */
static void set_proxy(lua_State *L, transfer *t, const char *url, const char *proxy) {
  if (proxy == NULL && strncasecmp(url, "http:", 5) == 0) proxy = "";
  if (proxy != NULL) SET(CURLOPT_PROXY, proxy);
  SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* ours are not for the proxy */
  SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static void set_security(lua_State *L, transfer *t, const char *ca_file) {
  SET(CURLOPT_FOLLOWLOCATION, 0L); /* curl would carry X-API-Key to another host */
  SET(CURLOPT_SSL_VERIFYPEER, 1L);
  SET(CURLOPT_SSL_VERIFYHOST, 2L);
  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
#if LIBCURL_VERSION_NUM >= 0x075500
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  if (ca_file != NULL) {
    SET(CURLOPT_CAINFO, ca_file);
    SET(CURLOPT_CAPATH, NULL); /* this file instead of the system's authorities */
  }
}

/* Which connections it may use: none that was idle when the session came to distrust them. libcurl
** knows the age of an idle one in seconds, and uses none beyond 118 s. */
static void set_connection(lua_State *L, transfer *t, const session *s) {
  const int64_t seconds = (clock_now() - s->distrusted_at) / 1000000;
  if (s->distrusted_at == 0 || seconds > 118) return;
  if (seconds < 2)
    SET(CURLOPT_FRESH_CONNECT, 1L);
  else
    SET(CURLOPT_MAXAGE_CONN, (long)seconds - 1);
}

static void set_callbacks(lua_State *L, transfer *t) {
  SET(CURLOPT_PRIVATE, t);
  SET(CURLOPT_ERRORBUFFER, t->message);
  SET(CURLOPT_WRITEFUNCTION, on_body);
  SET(CURLOPT_WRITEDATA, t);
  SET(CURLOPT_HEADERFUNCTION, on_header);
  SET(CURLOPT_HEADERDATA, t);
  SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->body.max);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_BUFFERSIZE, 64L * 1024); /* a page of 100 in one read; more would be mapped anew */
#if LIBCURL_VERSION_NUM >= 0x075700
  SET(CURLOPT_QUICK_EXIT, 1L); /* else ending a transfer waits for a name lookup under way */
#endif
}

/* The method, GET unless said, and the body, which curl copies. */
static void set_method(lua_State *L, transfer *t, int request) {
  size_t method_length = 0, body_length = 0;
  const char *method = get_string(L, request, "method", &method_length);
  const char *text = get_string(L, request, "body", &body_length);
  luaL_argcheck(L, method == NULL || is_token(method, method_length), request,
                "method must be a token");
  if (text != NULL) {
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_length);
    SET(CURLOPT_COPYPOSTFIELDS, text);
  }
  if (method != NULL && strcmp(method, "HEAD") == 0)
    SET(CURLOPT_NOBODY, 1L);
  else if (method != NULL || text != NULL) /* a body alone would make it POST */
    SET(CURLOPT_CUSTOMREQUEST, method != NULL ? method : "GET");
  lua_pop(L, 2);
}

static void set_request(lua_State *L, transfer *t, int settings, int request) {
  const int top = lua_gettop(L);
  size_t length = 0;
  const char *url = get_string(L, request, "url", &length);
  luaL_argcheck(L, url != NULL && is_url(url, length), request,
                "url must be a string without spaces and control characters");
  SET(CURLOPT_URL, url);
  SET(CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl can decode */
  set_security(L, t, get_string(L, settings, "ca_file", &length));
  set_proxy(L, t, url, get_string(L, settings, "proxy", &length));
  const char *user_agent = get_string(L, settings, "user_agent", &length);
  if (user_agent != NULL) SET(CURLOPT_USERAGENT, user_agent);
  add_headers(L, t, request);
  const char *key = get_string(L, request, "key", &length);
  if (key != NULL) add_header(L, t, request, "X-API-Key", 9, key, length);
  SET(CURLOPT_HTTPHEADER, t->headers);
  lua_settop(L, top);
  set_method(L, t, request);
  set_timeouts(L, t, request);
  set_callbacks(L, t);
}

transfer *transfer_new(lua_State *L, const session *s, int request) {
  const int settings = lua_gettop(L);
  luaL_checkstack(L, 12, "no room for a request");
  transfer *t = lua_newuserdata(L, sizeof *t);
  memset(t, 0, sizeof *t);
  object_set_type(L, TRANSFER);
  lua_pushvalue(L, settings);
  sm_setuservalue(L, -2);
  t->max_depth = s->max_depth;
  t->head.max = HEAD_MAX;
  t->body.max = s->max_body;
  t->easy = curl_easy_init();
  if (t->easy == NULL) luaL_error(L, "not enough memory");
  set_request(L, t, settings, request);
  set_connection(L, t, s);
  return t;
}

/* == Ending ========================================================================= */

/* A handshake that broke off (CURLE_SSL_CONNECT_ERROR) is a matter of the network, and may go well
** the next time; a certificate that was refused is not. */
static const char *kind_of(CURLcode code) {
  switch (code) {
  case CURLE_OPERATION_TIMEDOUT: return "timeout";
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
  case CURLE_PEER_FAILED_VERIFICATION: return "tls";
  case CURLE_URL_MALFORMAT:
  case CURLE_BAD_FUNCTION_ARGUMENT: return "config";
  case CURLE_UNSUPPORTED_PROTOCOL: /* also what is not HTTP at all */
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_BAD_CONTENT_ENCODING: return "protocol";
  case CURLE_OUT_OF_MEMORY: /* also what a header line beyond libcurl's limit was, until 8.6 */
#if LIBCURL_VERSION_NUM >= 0x080600
  case CURLE_TOO_LARGE:
#endif
    return "too_large";
  default: return "network";
  }
}

static double get_time(CURL *easy, CURLINFO info) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, info, &microseconds);
  return (double)microseconds / 1e6;
}

static void read_results(transfer *t) {
  curl_off_t bytes = 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->status);
  curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
  curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &t->timing.connections);
  curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &t->timing.http_version);
  t->timing.bytes = (double)bytes;
  t->timing.dns = get_time(t->easy, CURLINFO_NAMELOOKUP_TIME_T);
  t->timing.connect = get_time(t->easy, CURLINFO_CONNECT_TIME_T);
  t->timing.tls = get_time(t->easy, CURLINFO_APPCONNECT_TIME_T);
  t->timing.first_byte = get_time(t->easy, CURLINFO_STARTTRANSFER_TIME_T);
  t->timing.total = get_time(t->easy, CURLINFO_TOTAL_TIME_T);
}

/* The easy handle refers to the header list until it is gone. */
static void free_request(transfer *t, bool usable) {
  if (usable && t->easy != NULL) curl_easy_cleanup(t->easy);
  t->easy = NULL;
  free_headers(t);
}

/* What curl says of a failure, or else what its code means. */
static void explain(transfer *t, CURLcode code) {
  const char *text = curl_easy_strerror(code);
  if (code == CURLE_OUT_OF_MEMORY) text = "out of memory, or a header line too long for libcurl";
  if (code == CURLE_OUT_OF_MEMORY || t->message[0] == '\0')
    snprintf(t->message, sizeof t->message, "%s", text);
}

void transfer_finish(transfer *t, CURLcode code) {
  read_results(t);
  free_request(t, true);
  if (code == CURLE_FILESIZE_EXCEEDED) {
    t->refusal = BODY_TOO_LARGE;
    t->refused_at = t->body.max;
  }
  if (t->refusal == CODED_TWICE) {
    t->kind = "protocol";
    snprintf(t->message, sizeof t->message, "%s", t->refusal);
  } else if (t->refusal != NULL) {
    t->kind = t->refusal == BODY_TOO_LARGE ? "too_large" : "protocol";
    snprintf(t->message, sizeof t->message, "%s %zu bytes", t->refusal, t->refused_at);
  } else if (code != CURLE_OK) {
    t->kind = code == CURLE_BAD_FUNCTION_ARGUMENT && t->status != 0 ? "protocol" : kind_of(code);
    explain(t, code);
  } else if (!t->head_ended || t->status < 200) { /* for curl a reply that ended */
    t->kind = "network";
    snprintf(t->message, sizeof t->message, "the connection was closed within the headers");
  }
}

void transfer_abort(transfer *t, bool usable, const char *kind, const char *message) {
  free_request(t, usable);
  t->kind = kind;
  snprintf(t->message, sizeof t->message, "%s", message);
}

/* == What Lua calls ================================================================= */

static transfer *check_transfer(lua_State *L) {
  return luaL_checkudata(L, 1, TRANSFER);
}

static int closed(lua_State *L) {
  return failure(L, "closed", "transfer is closed");
}

/* The transfer when its exchange is over. To ask before is a mistake in the program, and raises. */
static transfer *check_done(lua_State *L) {
  transfer *t = check_transfer(L);
  if (t->session != NULL) luaL_error(L, "transfer is not done yet: poll until transfer:done()");
  return t;
}

/* The transfer when it has a reply; else pushes nil, message, kind and returns NULL. */
static transfer *check_reply(lua_State *L) {
  transfer *t = check_done(L);
  if (t->closed)
    closed(L);
  else if (t->kind != NULL)
    failure(L, t->kind, t->message);
  else
    return t;
  return NULL;
}

static void free_reply(transfer *t) {
  body_free(&t->head);
  body_free(&t->body);
}

/* Pushes a copy of bytes of the head or body. Lua may collect, and run a finalizer that closes the
** transfer, before it copies. [+1] */
static void push_bytes(lua_State *L, transfer *t, const char *bytes, size_t length) {
  t->reading = true;
  lua_pushlstring(L, bytes, length);
  t->reading = false;
  if (t->closed) free_reply(t);
}

static int l_done(lua_State *L) {
  lua_pushboolean(L, check_transfer(L)->session == NULL);
  return 1;
}

static int l_status(lua_State *L) {
  const transfer *t = check_reply(L);
  if (t == NULL) return 3;
  lua_pushinteger(L, (lua_Integer)t->status);
  return 1;
}

/* What came of the body, also where the exchange failed half way. */
static int l_body(lua_State *L) {
  transfer *t = check_done(L);
  if (t->closed) return closed(L);
  push_bytes(L, t, body_text(&t->body), t->body.length);
  return 1;
}

/* The value in a header line if its name is this one, which is matched without regard to case. */
static const char *match_header(const char *line, const char *name, size_t length) {
  if (strncasecmp(line, name, length) != 0 || line[length] != ':') return NULL;
  line += length + 1;
  return line + strspn(line, " \t");
}

/* The first header of that name. */
static int l_header(lua_State *L) {
  transfer *t = check_done(L);
  size_t length;
  const char *name = luaL_checklstring(L, 2, &length);
  if (t->closed) return closed(L);
  luaL_argcheck(L, is_token(name, length), 2, "a header name must be a token");
  for (const char *line = body_text(&t->head); *line != '\0';) {
    const char *end = line + strcspn(line, "\r\n");
    const char *value = match_header(line, name, length);
    if (value != NULL) {
      while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
      push_bytes(L, t, value, (size_t)(end - value));
      return 1;
    }
    line = end + strspn(end, "\r\n");
  }
  lua_pushnil(L);
  return 1;
}

static int l_page(lua_State *L) {
  transfer *t = check_reply(L);
  if (t == NULL) return 3;
  lua_settop(L, 3);
  query_check(L, 2);
  seen_check(L, 3);
  push_bytes(L, t, body_text(&t->body), t->body.length);
  sm_getuservalue(L, 1);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  return page_push(L, t->max_depth);
}

static void set_number(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

static const char *http_version(long version) {
  switch (version) {
  case CURL_HTTP_VERSION_1_0: return "1.0";
  case CURL_HTTP_VERSION_1_1: return "1.1";
  case CURL_HTTP_VERSION_2_0: return "2";
  case CURL_HTTP_VERSION_3: return "3";
  default: return NULL; /* there was no reply */
  }
}

static int l_timing(lua_State *L) {
  const transfer *t = check_transfer(L);
  lua_createtable(L, 0, 8);
  set_number(L, "dns", t->timing.dns);
  set_number(L, "connect", t->timing.connect);
  set_number(L, "tls", t->timing.tls);
  set_number(L, "first_byte", t->timing.first_byte);
  set_number(L, "total", t->timing.total);
  lua_pushinteger(L, (lua_Integer)t->timing.bytes);
  lua_setfield(L, -2, "bytes");
  lua_pushboolean(L, t->status != 0 && t->timing.connections == 0);
  lua_setfield(L, -2, "reused");
  lua_pushstring(L, http_version(t->timing.http_version));
  lua_setfield(L, -2, "http_version");
  return 1;
}

static void stop(transfer *t) {
  if (t->session == NULL) return;
  const bool usable = session_remove(t->session, t);
  transfer_abort(t, usable, "cancelled", "transfer was cancelled");
}

static int l_cancel(lua_State *L) {
  stop(check_transfer(L));
  return 0;
}

static int l_close(lua_State *L) {
  transfer *t = check_transfer(L);
  stop(t);
  t->closed = true;
  if (!t->reading) free_reply(t);
  return 0;
}

static int l_gc(lua_State *L) {
  transfer *t = check_transfer(L);
  stop(t);
  free_request(t, true);
  free_reply(t);
  return 0;
}

static int l_tostring(lua_State *L) {
  const transfer *t = check_transfer(L);
  const char *state = t->session != NULL ? "in flight" : t->closed ? "closed" : "done";
  lua_pushfstring(L, "sigmamind.transfer (%s)", state);
  return 1;
}

void transfer_register(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"done", l_done}, {"status", l_status}, {"header", l_header}, {"body", l_body},
      {"page", l_page}, {"timing", l_timing}, {"cancel", l_cancel}, {NULL, NULL},
  };
  static const object_type type = {TRANSFER, methods, l_close, l_gc, l_tostring};
  object_register(L, &type);
}
