#include "transfer.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ascii.h"
#include "easy.h"
#include "object.h"
#include "request.h"

#define TRANSFER "sigmamind.transfer"
#define HEAD_MAX ((size_t)256 * 1024) /* bytes of reply headers, as outcome.c says */
#define BETWEEN  ": "                 /* our sentence and libcurl's words */

/* == What curl calls. No Lua here. ================================================== */

/* Appends to b, or notes why not and returns 0, which makes curl end the transfer. */
static size_t take(transfer *t, body *b, const char *data, size_t length, int too_large) {
  if (body_append(b, data, length)) return length;
  t->refusal = body_fits(b, length) ? OUTCOME_NO_MEMORY : too_large;
  return 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *self) {
  transfer *t = self;
  return take(t, &t->body, data, size * count, OUTCOME_BODY_TOO_LARGE);
}

static bool is_name(const char *text, size_t length, const char *name) {
  return length == strlen(name) && ascii_equal(text, name, length);
}

/* Whether a transfer coding or content coding leaves the body's bytes as they are. */
static bool is_plain(const char *token, size_t length) {
  return length == 0 || is_name(token, length, "chunked") || is_name(token, length, "identity");
}

/* Whether a header line has that name. */
static bool names(const char *line, size_t length, const char *name) {
  const char *colon = memchr(line, ':', length);
  return colon != NULL && is_name(line, (size_t)(colon - line), name);
}

/* How many codings a header line puts on the body. */
static int count_codings(const char *line, size_t length) {
  static const char between[] = ", \t\r\n";
  int codings = 0;
  if (!names(line, length, "content-encoding") && !names(line, length, "transfer-encoding"))
    return 0;
  for (size_t at = (size_t)(strchr(line, ':') - line) + 1; at < length;) {
    size_t token = 0;
    while (at + token < length && memchr(between, line[at + token], sizeof between) == NULL)
      token++;
    codings += !is_plain(line + at, token);
    at += token + 1;
  }
  return codings;
}

/* The length of the body that a header line, which ends with '\n', announces; 0: none. */
static size_t announced_length(const char *line, size_t length) {
  if (!names(line, length, "content-length")) return 0;
  const unsigned long long bytes = strtoull(strchr(line, ':') + 1, NULL, 10);
  return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

/* The number in a status line; 0: there is none. */
static long status_of_line(const char *line, size_t length) {
  const char *blank = memchr(line, ' ', length);
  return blank != NULL ? strtol(blank, NULL, 10) : 0;
}

/* Whether the reply has the body that its Content-Length announces (RFC 9112 section 6.3). */
static bool has_body(const transfer *t) {
  return !t->is_chunked && !t->is_head && t->status != 204 && t->status != 304;
}

/* Whether a line begins the headers of another reply: of what came before (a 100 Continue, a
** proxy's answer to CONNECT), nothing is kept. Behind the last, it can only be a trailer. */
static bool begins_head(transfer *t, const char *line, size_t length) {
  if (length < 5 || memcmp(line, "HTTP/", 5) != 0) return false;
  return t->head.length == 0 || (t->head_ended && (t->tunnelled || t->status < 200));
}

/* The blank line came. libcurl counts a proxy's answer to CONNECT apart: it is no reply, and of one
** that made the tunnel nothing is kept. What it counts is else what the line says, but that some
** releases read 200 from "HTTP/2.0 503" over HTTP/1. */
static void end_head(transfer *t) {
  long code = 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &code);
  t->head_ended = true;
  t->tunnelled = code == 0;
  t->status = t->tunnelled ? 0 : t->line_status;
  if (t->tunnelled && t->line_status / 100 == 2) body_free(&t->head);
}

/* Trailers are no headers (RFC 9110 section 6.5.1). */
static size_t drop_trailer(transfer *t, size_t length) {
  t->trailers += length;
  if (t->trailers <= HEAD_MAX) return length;
  t->refusal = OUTCOME_HEAD_TOO_LARGE;
  return 0;
}

/* A body that cannot be taken is refused once the status and all headers are there. libcurl
** undoes up to five codings, one within the other, and looks at no time limit meanwhile: a few
** KiB can keep it busy for minutes. */
static size_t on_header(char *data, size_t size, size_t count, void *self) {
  transfer *t = self;
  const size_t length = size * count;
  if (begins_head(t, data, length)) {
    t->head.length = t->announced = 0;
    t->head_ended = t->tunnelled = t->is_chunked = false;
    t->codings = 0;
    t->line_status = status_of_line(data, length);
  } else if (t->head_ended) {
    return drop_trailer(t, length);
  }
  const size_t announced = announced_length(data, length);
  if (announced > 0) t->announced = announced;
  t->is_chunked |= names(data, length, "transfer-encoding");
  t->codings += count_codings(data, length);
  if (take(t, &t->head, data, length, OUTCOME_HEAD_TOO_LARGE) == 0) return 0;
  if (*data == '\r' || *data == '\n') end_head(t);
  const bool is_last = t->head_ended && t->status >= 200;
  if (is_last && has_body(t) && t->announced > t->body.max) t->refusal = OUTCOME_BODY_TOO_LARGE;
  if (is_last && t->codings > 1) t->refusal = OUTCOME_CODED_TWICE;
  return t->refusal != 0 ? 0 : length;
}

/* == Setting up ===================================================================== */

#define SET(option, value) EASY_SET(L, t->easy, option, value)

static void set_callbacks(lua_State *L, transfer *t) {
  SET(CURLOPT_PRIVATE, t);
  SET(CURLOPT_ERRORBUFFER, t->words);
  SET(CURLOPT_WRITEFUNCTION, on_body);
  SET(CURLOPT_WRITEDATA, t);
  SET(CURLOPT_HEADERFUNCTION, on_header);
  SET(CURLOPT_HEADERDATA, t);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_BUFFERSIZE, 64L * 1024); /* a page of 100 in one read; more would be mapped anew */
#if LIBCURL_VERSION_NUM >= 0x075700
  /* Else ending a transfer waits for a name lookup under way. */
  EASY_TRY(t->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

transfer *transfer_new(lua_State *L, const session *s, int request) {
  const int settings = lua_gettop(L);
  luaL_checkstack(L, 20, "no room for a request");
  transfer *t = lua_newuserdata(L, sizeof *t);
  memset(t, 0, sizeof *t);
  object_set_type(L, TRANSFER);
  lua_pushvalue(L, settings);
  sm_setuservalue(L, -2);
  t->head.max = HEAD_MAX;
  t->body.max = s->max_body;
  t->easy = curl_easy_init();
  if (t->easy == NULL) luaL_error(L, "not enough memory");
  request_prepare(L, t, settings, request, s->http_version);
  set_callbacks(L, t);
  return t;
}

/* == Ending ========================================================================= */

static double get_time(CURL *easy, CURLINFO info) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, info, &microseconds);
  return (double)microseconds / 1e6;
}

static void read_results(transfer *t) {
  curl_off_t bytes = 0;
  if (!t->head_ended) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->status);
  curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &t->tunnel_status);
  curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
  curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &t->timing.http_version);
  t->timing.bytes = (double)bytes;
  t->timing.dns = get_time(t->easy, CURLINFO_NAMELOOKUP_TIME_T);
  t->timing.connect = get_time(t->easy, CURLINFO_CONNECT_TIME_T);
  t->timing.tls = get_time(t->easy, CURLINFO_APPCONNECT_TIME_T);
  if (t->head.length > 0) /* libcurl 8.23 has a time where nothing came, too */
    t->timing.first_byte = get_time(t->easy, CURLINFO_STARTTRANSFER_TIME_T);
  t->timing.total = get_time(t->easy, CURLINFO_TOTAL_TIME_T);
}

/* The easy handle refers to the header list until it is gone. */
static void free_request(transfer *t, bool usable) {
  if (usable && t->easy != NULL) curl_easy_cleanup(t->easy);
  t->easy = NULL;
  request_free_headers(t);
}

/* What a proxy's answer to CONNECT means that is no success. */
static int outcome_of_tunnel(const transfer *t) {
  if (t->tunnel_status == 429) return OUTCOME_PROXY_LIMIT;
  const bool later = t->tunnel_status == 408 || t->tunnel_status >= 500;
  return later ? OUTCOME_PROXY_FAILED : OUTCOME_PROXY_REFUSED;
}

/* libcurl loses the errno of a socket that could not be opened, and has other words where a file
** or a name lookup lacked a descriptor. */
static bool lacked_descriptor(const transfer *t, CURLcode code) {
  switch (code) {
  case CURLE_COULDNT_CONNECT: return t->connecting.error == EMFILE || t->connecting.error == ENFILE;
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_FAILED_INIT:
  case CURLE_OUT_OF_MEMORY: return connections_are_used_up();
  default: return false;
  }
}

/* The code of the outcome; CURLE_OK: the whole reply came. */
static int find_outcome(const transfer *t, CURLcode code) {
  const bool refused_tunnel = t->status == 0 && t->tunnel_status >= 300;
  if (t->refusal != 0) return t->refusal;
  if (code == CURLE_OK && (t->status < 200 || !t->head_ended || t->tunnelled))
    return OUTCOME_HEAD_CUT; /* for curl a reply that ended */
  if (code != CURLE_OK && refused_tunnel) return outcome_of_tunnel(t);
  if (code == CURLE_BAD_FUNCTION_ARGUMENT && t->status != 0) return OUTCOME_REPLY;
  if (code == CURLE_BAD_FUNCTION_ARGUMENT && t->has_certificate && t->connecting.opened > 0)
    return CURLE_SSL_CERTPROBLEM; /* so named until 8.20 */
  return lacked_descriptor(t, code) ? OUTCOME_DESCRIPTORS : (int)code;
}

/* Our own sentence, to which `more` belongs, and behind it words from elsewhere; both may be "". */
static void fail(transfer *t, int code, const char *more, const char *words) {
  const outcome *o = t->failure = outcome_of(code);
  snprintf(t->message, sizeof t->message, "%s%s", o->sentence, more);
  t->sentence = strlen(t->message);
  if (*words == '\0' || o->mute) return;
  snprintf(t->message + t->sentence, sizeof t->message - t->sentence, "%s%s", BETWEEN, words);
}

/* What stands beside our sentence: a limit, a status, or libcurl's words, or else what its code
** means. */
static void explain(transfer *t, int ended, CURLcode code) {
  char more[48] = "";
  if (ended == OUTCOME_BODY_TOO_LARGE || ended == CURLE_FILESIZE_EXCEEDED)
    snprintf(more, sizeof more, ", %zu bytes", t->body.max);
  else if (ended <= OUTCOME_PROXY_REFUSED && ended >= OUTCOME_PROXY_FAILED)
    snprintf(more, sizeof more, ": status %ld", t->tunnel_status);
  const bool has_words = ended >= 0 && *more == '\0';
  const char *words = *t->words != '\0' ? t->words : curl_easy_strerror(code);
  fail(t, ended, more, has_words ? words : "");
}

void transfer_finish(transfer *t, CURLcode code) {
  read_results(t);
  free_request(t, true);
  const int ended = find_outcome(t, code);
  if (ended != CURLE_OK) explain(t, ended, code);
}

void transfer_abort(transfer *t, bool usable, int code, const char *detail) {
  free_request(t, usable);
  t->status = 0;
  fail(t, code, "", detail);
}

/* == What Lua calls ================================================================= */

static transfer *check_transfer(lua_State *L) {
  return object_self(L, TRANSFER);
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

/* Of an error the status line is enough; of a success the rest of the headers is needed. */
static bool has_status(const transfer *t) {
  return !t->tunnelled && (t->head_ended ? t->status >= 200 : t->status >= 300);
}

/* Whether there is a reply: all of it came, or its status says enough, whatever became of its
** body. */
static bool stands(const transfer *t) {
  return t->failure == NULL || (has_status(t) && t->status >= 300);
}

/* The transfer when it has a reply; else pushes nil, message, kind and returns NULL. */
static transfer *check_reply(lua_State *L) {
  transfer *t = check_done(L);
  if (t->closed)
    closed(L);
  else if (!stands(t))
    failure(L, t->failure->kind, t->message);
  else
    return t;
  return NULL;
}

static void free_reply(transfer *t) {
  body_free(&t->head);
  body_free(&t->body);
}

/* Pushes a copy of bytes of the head or body. Where lua_pushlstring raises, for lack of memory,
** they are freed when the transfer is collected. [+1] */
static void push_bytes(lua_State *L, transfer *t, const char *bytes, size_t length) {
  t->reading++;
  lua_pushlstring(L, bytes, length);
  t->reading--;
  if (t->closed && t->reading == 0) free_reply(t);
}

static void set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, long value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
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
  if (!ascii_equal(line, name, length) || line[length] != ':') return NULL;
  line += length + 1;
  return line + strspn(line, " \t");
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

/* The first header of that name. A bare CR ends no line (RFC 9112 section 2.2). Of a failure, those
** that came: a proxy's, where it refused the tunnel. */
static int l_header(lua_State *L) {
  transfer *t = check_done(L);
  size_t length;
  const char *name = luaL_checklstring(L, 2, &length);
  if (t->closed) return closed(L);
  luaL_argcheck(L, request_is_token(name, length), 2, "a header name must be a token");
  for (const char *line = body_text(&t->head); *line != '\0';) {
    const char *end = line + strcspn(line, "\n");
    const char *value = match_header(line, name, length);
    const char *next = *end == '\n' ? end + 1 : end;
    if (value != NULL) {
      while (end > value && is_blank(end[-1]))
        end--;
      push_bytes(L, t, value, (size_t)(end - value));
      return 1;
    }
    line = next;
  }
  lua_pushnil(L);
  return 1;
}

/* transfer:failure() -> {message, sentence, words, kind, cause, retry, status, proxy_status} | nil,
** where the whole reply came. The message is our sentence, and words from elsewhere, if there are
** any, which may hold a secret. The status is that of a reply whose body failed, and the proxy's
** that of its answer to CONNECT. */
static int l_failure(lua_State *L) {
  const transfer *t = check_done(L);
  if (t->closed) return closed(L);
  if (t->failure == NULL) return 0;
  lua_createtable(L, 0, 8);
  set_string(L, "message", t->message);
  lua_pushlstring(L, t->message, t->sentence);
  lua_setfield(L, -2, "sentence");
  if (t->message[t->sentence] != '\0')
    set_string(L, "words", t->message + t->sentence + strlen(BETWEEN));
  set_string(L, "kind", t->failure->kind);
  set_string(L, "cause", t->failure->cause);
  lua_pushboolean(L, t->failure->retry);
  lua_setfield(L, -2, "retry");
  if (t->tunnel_status != 0) set_integer(L, "proxy_status", t->tunnel_status);
  if (has_status(t)) set_integer(L, "status", t->status);
  return 1;
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
  const transfer *t = check_done(L);
  if (t->closed) return closed(L);
  lua_createtable(L, 0, 9);
  set_number(L, "dns", t->timing.dns);
  set_number(L, "connect", t->timing.connect);
  set_number(L, "tls", t->timing.tls);
  set_number(L, "first_byte", t->timing.first_byte);
  set_number(L, "total", t->timing.total);
  lua_pushinteger(L, (lua_Integer)t->timing.bytes);
  lua_setfield(L, -2, "bytes");
  lua_pushboolean(L, t->connecting.got_through && t->connecting.opened == 0);
  lua_setfield(L, -2, "reused");
  if (t->connecting.address[0] != '\0') set_string(L, "address", t->connecting.address);
  lua_pushstring(L, http_version(t->timing.http_version));
  lua_setfield(L, -2, "http_version");
  return 1;
}

static void stop(transfer *t) {
  if (t->session != NULL && t->session->pid == getpid()) session_notice_loss(t->session);
  if (t->session == NULL) return;
  const bool usable = session_remove(t->session, t);
  transfer_abort(t, usable, OUTCOME_CANCELLED, "");
}

static int l_cancel(lua_State *L) {
  stop(check_transfer(L));
  return 0;
}

static int l_close(lua_State *L) {
  transfer *t = check_transfer(L);
  stop(t);
  t->closed = true;
  if (t->reading == 0) free_reply(t);
  return 0;
}

/* Another object's finalizer may call the transfer after its own. Nothing is being read: who reads
** has it on the stack. */
static int l_gc(lua_State *L) {
  transfer *t = check_transfer(L);
  stop(t);
  free_request(t, true);
  t->closed = true;
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
      {"done", l_done},       {"status", l_status}, {"header", l_header}, {"body", l_body},
      {"failure", l_failure}, {"timing", l_timing}, {"cancel", l_cancel}, {NULL, NULL},
  };
  static const object_type type = {TRANSFER, methods, l_close, l_gc, l_tostring, NULL, NULL};
  object_register(L, &type, 0);
}
