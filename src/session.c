#include "session.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "decode.h"
#include "object.h"
#include "transfer.h"

#define SESSION          "sigmamind.session"
#define MAX_BODY_DEFAULT ((size_t)16 * 1024 * 1024)

/* == The engine. No Lua here. ======================================================= */

static void link_transfer(session *s, transfer *t) {
  t->session = s;
  t->next = s->first;
  t->previous = &s->first;
  if (t->next != NULL) t->next->previous = &t->next;
  s->first = t;
  s->running++;
}

static void unlink_transfer(session *s, transfer *t) {
  *t->previous = t->next;
  if (t->next != NULL) t->next->previous = t->previous;
  t->session = NULL;
  s->running--;
}

bool session_remove(session *s, transfer *t) {
  const bool usable = s->pid == getpid();
  if (usable) curl_multi_remove_handle(s->multi, t->easy);
  unlink_transfer(s, t);
  return usable;
}

static void stop_all(session *s, const char *kind, const char *message) {
  while (s->first != NULL) {
    transfer *t = s->first;
    const bool usable = session_remove(s, t);
    transfer_abort(t, usable, kind, message);
  }
}

/* In the process that opened it, frees what curl holds. In any other, that memory is left alone:
** to clean up would speak on connections that the first process goes on using. */
static void shut(session *s, const char *kind, const char *message) {
  stop_all(s, kind, message);
  if (s->multi != NULL && s->pid == getpid()) curl_multi_cleanup(s->multi);
  s->multi = NULL;
  poller_close(&s->poller);
}

static void leave_parent(session *s) {
  if (s->multi != NULL && s->pid != getpid())
    shut(s, "cancelled", "transfer belongs to the process before the fork");
}

/* False: see errno. */
static bool open_engine(session *s) {
  if (s->multi != NULL) return true;
  s->multi = curl_multi_init();
  if (s->multi == NULL) {
    errno = ENOMEM;
    return false;
  }
  s->pid = getpid();
  if (poller_open(&s->poller, s->multi)) return true;
  const int cause = errno;
  curl_multi_cleanup(s->multi);
  s->multi = NULL;
  errno = cause;
  return false;
}

static void finish_transfers(session *s) {
  int left;
  for (CURLMsg *m; (m = curl_multi_info_read(s->multi, &left)) != NULL;) {
    transfer *t;
    const CURLcode code = m->data.result; /* m is gone once its handle is removed */
    if (m->msg != CURLMSG_DONE) continue;
    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
    session_remove(s, t);
    transfer_finish(t, code);
  }
}

/* == What Lua calls ================================================================= */

static session *check_session(lua_State *L) {
  session *s = luaL_checkudata(L, 1, SESSION);
  leave_parent(s);
  return s;
}

static int closed(lua_State *L) {
  return failure(L, "closed", "session is closed");
}

static int no_engine(lua_State *L) {
  return failure(L, "network", strerror(errno));
}

/* A copy of options[name] (a string or nil) in the settings on top of the stack. */
static void copy_string(lua_State *L, int options, const char *name) {
  size_t length = 0;
  lua_getfield(L, options, name);
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
  if (!lua_isnil(L, -1) && (text == NULL || !transfer_is_header_value(text, length)))
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

int session_lua(lua_State *L) {
  lua_settop(L, 1);
  if (lua_isnil(L, 1)) {
    lua_newtable(L);
    lua_replace(L, 1);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  session *s = lua_newuserdata(L, sizeof *s);
  memset(s, 0, sizeof *s);
  object_set_type(L, SESSION);
  lua_newtable(L);
  s->max_depth = decode_settings(L, 1);
  s->max_body = get_max_body(L, 1);
  copy_string(L, 1, "ca_file");
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
  if (!open_engine(s)) return no_engine(L);
  sm_getuservalue(L, 1);
  transfer *t = transfer_new(L, s, 2);
  if (s->closed) return closed(L); /* by a finalizer, meanwhile */
  const CURLMcode code = curl_multi_add_handle(s->multi, t->easy);
  if (code != CURLM_OK) return failure(L, "network", curl_multi_strerror(code));
  link_transfer(s, t);
  return 1;
}

/* With nothing in flight there is nothing to wait for, whatever the time given. When the engine
** itself fails, its transfers end with that error, and the next start opens another. */
static int l_poll(lua_State *L) {
  session *s = check_session(L);
  const double milliseconds = ceil(luaL_checknumber(L, 2) * 1000);
  if (s->closed) return closed(L);
  if (s->running > 0) {
    const double wait = milliseconds > 0 ? fmin(milliseconds, INT_MAX) : 0;
    const CURLMcode code = poller_run(&s->poller, s->multi, (int)wait);
    if (code == CURLM_OK)
      finish_transfers(s);
    else
      shut(s, "network", curl_multi_strerror(code));
  }
  lua_pushinteger(L, s->running);
  return 1;
}

static int l_fd(lua_State *L) {
  session *s = check_session(L);
  if (s->closed) return closed(L);
  if (!open_engine(s)) return no_engine(L);
  const int fd = poller_fd(&s->poller);
  if (fd < 0) return failure(L, "config", "this system has no single descriptor: poll instead");
  lua_pushinteger(L, fd);
  return 1;
}

/* Connections that are idle now are not used again: one of them had an answer too many, or none. */
static int l_distrust(lua_State *L) {
  check_session(L)->distrusted_at = clock_now();
  return 0;
}

static int l_close(lua_State *L) {
  session *s = check_session(L);
  shut(s, "closed", "session was closed");
  s->closed = true;
  return 0;
}

static int l_tostring(lua_State *L) {
  const session *s = check_session(L);
  if (s->closed)
    lua_pushliteral(L, "sigmamind.session (closed)");
  else
    lua_pushfstring(L, "sigmamind.session (%d in flight)", s->running);
  return 1;
}

void session_register(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"start", l_start}, {"poll", l_poll}, {"fd", l_fd}, {"distrust", l_distrust}, {NULL, NULL},
  };
  static const object_type type = {SESSION, methods, l_close, l_close, l_tostring};
  object_register(L, &type);
}
