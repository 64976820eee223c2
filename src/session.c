#include "session.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <curl/curl.h>

#include "engine.h"
#include "object.h"
#include "outcome.h"
#include "request.h"
#include "transfer.h"

#define SESSION          "sigmamind.session"
#define MAX_BODY_DEFAULT ((size_t)16 * 1024 * 1024)
#define MAX_AGE_DEFAULT  300

typedef struct session {
  engine engine;
  request_settings settings; /* the strings are in its table, which is its user value */
  bool closed;
} session;

static session *check_session(lua_State *L) {
  session *s = object_self(L, SESSION);
  engine_leave_parent(&s->engine);
  return s;
}

static int closed(lua_State *L) {
  return failure(L, "closed", "session is closed");
}

/* [+4] nil, message, kind, cause */
static int fail_to_start(lua_State *L, int code, const char *detail) {
  const outcome *o = outcome_of(code);
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", o->sentence, detail);
  lua_pushstring(L, o->kind);
  lua_pushstring(L, o->cause);
  return 4;
}

static int no_engine(lua_State *L) {
  const bool used_up = errno == EMFILE || errno == ENFILE;
  return fail_to_start(L, used_up ? OUTCOME_DESCRIPTORS : OUTCOME_ENGINE, strerror(errno));
}

static int no_file(lua_State *L, int error) {
  const bool used_up = error == EMFILE || error == ENFILE;
  if (error == ENOMEM) return luaL_error(L, "not enough memory");
  return fail_to_start(L, used_up ? OUTCOME_DESCRIPTORS : OUTCOME_FILE, strerror(error));
}

/* Copies options[name], a string or nil, to the table on top of the stack. [0] */
static void copy_string(lua_State *L, int options, const char *name) {
  size_t length = 0;
  lua_getfield(L, options, name);
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
  if (!lua_isnil(L, -1) && (text == NULL || !request_is_header_value(text, length)))
    luaL_argerror(L, options,
                  lua_pushfstring(L, "%s must be a string without control characters", name));
  lua_setfield(L, -2, name);
}

static size_t get_max_body(lua_State *L, int options) {
  lua_getfield(L, options, "max_body");
  const lua_Number bytes = lua_isnil(L, -1) ? (lua_Number)MAX_BODY_DEFAULT : lua_tonumber(L, -1);
  luaL_argcheck(L, bytes >= 1 && bytes <= (lua_Number)(SIZE_MAX / 4), options,
                "max_body must be a number of bytes, 1 or more");
  lua_pop(L, 1);
  return (size_t)bytes;
}

/* Seconds after which a busy connection is replaced, so that a client leaves a drained server, and
** resolves its name again. */
static int get_max_age(lua_State *L, int options) {
  lua_getfield(L, options, "max_age");
  const lua_Number seconds = lua_isnil(L, -1) ? MAX_AGE_DEFAULT : lua_tonumber(L, -1);
  luaL_argcheck(L, seconds >= 1 && seconds <= 1e6, options,
                "max_age must be a number of seconds, 1 or more");
  lua_pop(L, 1);
  return (int)seconds;
}

/* By default, HTTP/2 over TLS, if the server offers it. */
static long get_http_version(lua_State *L, int options) {
  lua_getfield(L, options, "http_version");
  const char *version = lua_isnil(L, -1) ? "2" : lua_tostring(L, -1);
  const bool is_two = version != NULL && strcmp(version, "2") == 0;
  luaL_argcheck(L, is_two || (version != NULL && strcmp(version, "1.1") == 0), options,
                "http_version must be '1.1' or '2'");
  lua_pop(L, 1);
  return is_two ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
}

static const char *const OPTION_NAMES[] = {"max_body", "max_age",     "http_version",
                                           "ca_file",  "client_cert", "client_key",
                                           "proxy",    "user_agent",  NULL};

int session_lua(lua_State *L) {
  lua_settop(L, 1);
  if (lua_isnil(L, 1)) {
    lua_newtable(L);
    lua_replace(L, 1);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  object_check_names(L, 1, 1, "option", OPTION_NAMES);
  session *s = lua_newuserdata(L, sizeof *s);
  memset(s, 0, sizeof *s);
  object_set_type(L, SESSION);
  lua_newtable(L);
  s->settings.max_body = get_max_body(L, 1);
  s->engine.connections.max_age = get_max_age(L, 1);
  s->settings.http_version = get_http_version(L, 1);
  copy_string(L, 1, "ca_file");
  copy_string(L, 1, "client_cert");
  copy_string(L, 1, "client_key");
  copy_string(L, 1, "proxy");
  copy_string(L, 1, "user_agent");
  sm_setuservalue(L, -2);
  return 1;
}

static int l_start(lua_State *L) {
  session *s = check_session(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  if (s->closed) return closed(L);
  engine_notice_loss(&s->engine);
  sm_getuservalue(L, 1);
  int error;
  exchange *x = transfer_new(L, &s->settings, 2, &error);
  if (x == NULL) return no_file(L, error);
  if (s->closed) return closed(L); /* by a finalizer, meanwhile */
  if (!engine_open(&s->engine)) return no_engine(L);
  const CURLMcode code = engine_start(&s->engine, x);
  if (code != CURLM_OK) return fail_to_start(L, OUTCOME_ENGINE, curl_multi_strerror(code));
  return 1;
}

/* Returns at once if nothing is in flight, whatever the time given. */
static int l_poll(lua_State *L) {
  session *s = check_session(L);
  const double milliseconds = ceil(luaL_checknumber(L, 2) * 1000);
  if (s->closed) return closed(L);
  engine_run(&s->engine, milliseconds > 0 ? (int)fmin(milliseconds, INT_MAX) : 0);
  lua_pushinteger(L, s->engine.running);
  return 1;
}

static int l_fd(lua_State *L) {
  session *s = check_session(L);
  if (s->closed) return closed(L);
  engine_notice_loss(&s->engine);
  if (!engine_open(&s->engine)) return no_engine(L);
  const int fd = engine_fd(&s->engine);
  if (fd < 0) return failure(L, "config", "this system has no single descriptor: use poll");
  lua_pushinteger(L, fd);
  return 1;
}

/* Retires the connections that are open now: one of them was desynchronised or dead. */
static int l_retire_idle(lua_State *L) {
  session *s = check_session(L);
  if (s->closed) return closed(L);
  connections_retire_idle(&s->engine.connections);
  lua_pushboolean(L, true);
  return 1;
}

static int l_close(lua_State *L) {
  session *s = check_session(L);
  engine_notice_loss(&s->engine);
  engine_shut(&s->engine, OUTCOME_CLOSED, "");
  s->closed = true;
  return 0;
}

static int l_tostring(lua_State *L) {
  const session *s = check_session(L);
  if (s->closed)
    lua_pushliteral(L, "sigmamind.session (closed)");
  else
    lua_pushfstring(L, "sigmamind.session (%d in flight)", s->engine.running);
  return 1;
}

void session_register(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"start", l_start}, {"poll", l_poll}, {"fd", l_fd}, {"retire_idle", l_retire_idle},
      {NULL, NULL},
  };
  static const object_type type = {SESSION, methods, l_close, l_close, l_tostring, NULL, NULL};
  object_register(L, &type, 0);
}
