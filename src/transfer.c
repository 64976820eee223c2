#include "transfer.h"

#include <string.h>

#include "ascii.h"
#include "engine.h"
#include "object.h"

#define TRANSFER "sigmamind.transfer"

typedef struct transfer {
  exchange exchange;
  bool closed;
  unsigned reading; /* copies of head or body in progress, a count: lua_pushlstring may first run a
                    ** finalizer that reads or closes this, and must not free the bytes */
} transfer;

exchange *transfer_new(lua_State *L, const request_settings *s, int request, int *error) {
  const int settings = lua_gettop(L);
  luaL_checkstack(L, 20, "no room for a request");
  transfer *t = lua_newuserdata(L, sizeof *t);
  memset(t, 0, sizeof *t);
  object_set_type(L, TRANSFER);
  lua_pushvalue(L, settings);
  sm_setuservalue(L, -2);
  if (!exchange_open(&t->exchange, s->max_body)) luaL_error(L, "not enough memory");
  *error = request_prepare(L, &t->exchange, s, settings, request);
  return *error == 0 ? &t->exchange : NULL;
}

static bool is_in_flight(const transfer *t) {
  return t->exchange.engine != NULL;
}

static transfer *check_transfer(lua_State *L) {
  return object_self(L, TRANSFER);
}

static int closed(lua_State *L) {
  return failure(L, "closed", "transfer is closed");
}

/* The transfer, if its exchange is done; raises before, as a misuse. */
static transfer *check_done(lua_State *L) {
  transfer *t = check_transfer(L);
  if (is_in_flight(t)) luaL_error(L, "transfer is not done yet: poll until transfer:done()");
  return t;
}

/* The transfer, if it has a reply; else pushes nil, message, kind and returns NULL. [0 or +3] */
static transfer *check_reply(lua_State *L) {
  transfer *t = check_done(L);
  if (t->closed)
    closed(L);
  else if (!exchange_has_reply(&t->exchange))
    failure(L, t->exchange.failure->kind, t->exchange.message);
  else
    return t;
  return NULL;
}

/* Pushes a copy of bytes of the head or body. If lua_pushlstring raises, for lack of memory,
** `reading` stays above 0, and the bytes are freed when the transfer is collected. [+1] */
static void push_bytes(lua_State *L, transfer *t, const char *bytes, size_t length) {
  t->reading++;
  lua_pushlstring(L, bytes, length);
  t->reading--;
  if (t->closed && t->reading == 0) reply_free(&t->exchange.reply);
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
  lua_pushboolean(L, !is_in_flight(check_transfer(L)));
  return 1;
}

static int l_status(lua_State *L) {
  const transfer *t = check_reply(L);
  if (t == NULL) return 3;
  lua_pushinteger(L, (lua_Integer)t->exchange.reply.status);
  return 1;
}

/* transfer:body() -> the body, or what was received of it before a failure */
static int l_body(lua_State *L) {
  transfer *t = check_done(L);
  if (t->closed) return closed(L);
  const buffer *body = &t->exchange.reply.body;
  push_bytes(L, t, buffer_text(body), body->length);
  return 1;
}

/* transfer:header(name) -> the first header with this name, also after a failure; if a proxy
** refused the tunnel, of the proxy's response */
static int l_header(lua_State *L) {
  transfer *t = check_done(L);
  size_t name_length, length;
  const char *name = luaL_checklstring(L, 2, &name_length);
  if (t->closed) return closed(L);
  luaL_argcheck(L, request_is_token(name, name_length), 2, "a header name must be a token");
  const char *value = reply_header(&t->exchange.reply, name, name_length, &length);
  if (value != NULL)
    push_bytes(L, t, value, length);
  else
    lua_pushnil(L);
  return 1;
}

/* Sets table[name in lower case], after the values of earlier lines with that name (RFC 9110 section
** 5.3). The table is on top of the stack. [0] */
static void add_line(lua_State *L, const char *line, const char *colon, const char *end) {
  size_t length;
  const char *value = reply_value(colon + 1, end, &length);
  luaL_Buffer name;
  luaL_buffinit(L, &name);
  for (; line < colon; line++)
    luaL_addchar(&name, ascii_lower(*line));
  luaL_pushresult(&name);
  lua_pushvalue(L, -1);
  lua_gettable(L, -3);
  const bool again = !lua_isnil(L, -1);
  if (again)
    lua_pushliteral(L, ", ");
  else
    lua_pop(L, 1);
  lua_pushlstring(L, value, length);
  if (again) lua_concat(L, 3);
  lua_settable(L, -3);
}

/* transfer:headers() -> {[name in lower case] = value}, also after a failure. As in push_bytes, the
** bytes are in use meanwhile. */
static int l_headers(lua_State *L) {
  transfer *t = check_done(L);
  if (t->closed) return closed(L);
  lua_newtable(L);
  t->reading++;
  for (const char *line = buffer_text(&t->exchange.reply.head); *line != '\0';) {
    const char *end = line + strcspn(line, "\n");
    const char *colon = memchr(line, ':', (size_t)(end - line));
    if (colon != NULL && request_is_token(line, (size_t)(colon - line)))
      add_line(L, line, colon, end);
    line = *end == '\n' ? end + 1 : end;
  }
  t->reading--;
  if (t->closed && t->reading == 0) reply_free(&t->exchange.reply);
  return 1;
}

/* transfer:failure() -> {message, sentence, words, kind, cause, retry, status, proxy_status};
** nothing after a complete reply. The message is our sentence, then libcurl's words, if any, which
** may hold a secret. `status` is that of a reply whose body failed, `proxy_status` that of a
** proxy's response to CONNECT. */
static int l_failure(lua_State *L) {
  const transfer *t = check_done(L);
  const exchange *x = &t->exchange;
  if (t->closed) return closed(L);
  if (x->failure == NULL) return 0;
  lua_createtable(L, 0, 8);
  set_string(L, "message", x->message);
  lua_pushlstring(L, x->message, x->sentence);
  lua_setfield(L, -2, "sentence");
  if (x->message[x->sentence] != '\0')
    set_string(L, "words", x->message + x->sentence + strlen(EXCHANGE_BETWEEN));
  set_string(L, "kind", x->failure->kind);
  set_string(L, "cause", x->failure->cause);
  lua_pushboolean(L, x->failure->retry);
  lua_setfield(L, -2, "retry");
  if (x->tunnel_status != 0) set_integer(L, "proxy_status", x->tunnel_status);
  if (reply_has_status(&x->reply)) set_integer(L, "status", x->reply.status);
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
  default: return NULL; /* no reply */
  }
}

static int l_timing(lua_State *L) {
  const transfer *t = check_done(L);
  const timing *took = &t->exchange.timing;
  const connecting *c = &t->exchange.connecting;
  if (t->closed) return closed(L);
  lua_createtable(L, 0, 9);
  set_number(L, "dns", took->dns);
  set_number(L, "connect", took->connect);
  set_number(L, "tls", took->tls);
  set_number(L, "first_byte", took->first_byte);
  set_number(L, "total", took->total);
  lua_pushinteger(L, (lua_Integer)took->bytes);
  lua_setfield(L, -2, "bytes");
  lua_pushboolean(L, c->got_through && c->opened == 0);
  lua_setfield(L, -2, "reused");
  if (c->address[0] != '\0') set_string(L, "address", c->address);
  lua_pushstring(L, http_version(took->http_version));
  lua_setfield(L, -2, "http_version");
  return 1;
}

/* transfer:sent() -> whether any byte of the request may have reached the server; it is done */
static int l_sent(lua_State *L) {
  const transfer *t = check_done(L);
  lua_pushboolean(L, t->exchange.was_sent);
  return 1;
}

static int l_cancel(lua_State *L) {
  engine_cancel(&check_transfer(L)->exchange);
  return 0;
}

static int l_close(lua_State *L) {
  transfer *t = check_transfer(L);
  engine_cancel(&t->exchange);
  t->closed = true;
  if (t->reading == 0) reply_free(&t->exchange.reply);
  return 0;
}

/* It may be used afterwards, by another object's finalizer. No copy is in progress: a reader has
** the transfer on the stack. */
static int l_gc(lua_State *L) {
  transfer *t = check_transfer(L);
  engine_cancel(&t->exchange);
  exchange_free(&t->exchange);
  t->closed = true;
  return 0;
}

static int l_tostring(lua_State *L) {
  const transfer *t = check_transfer(L);
  const char *state = is_in_flight(t) ? "in flight" : t->closed ? "closed" : "done";
  lua_pushfstring(L, "sigmamind.transfer (%s)", state);
  return 1;
}

void transfer_register(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"done", l_done},     {"status", l_status},   {"header", l_header}, {"headers", l_headers},
      {"body", l_body},     {"failure", l_failure}, {"timing", l_timing}, {"sent", l_sent},
      {"cancel", l_cancel}, {NULL, NULL},
  };
  static const object_type type = {TRANSFER, methods, l_close, l_gc, l_tostring, NULL, NULL};
  object_register(L, &type, 0);
}
