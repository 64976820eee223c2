#include "session.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "clock.h"
#include "descriptor.h"
#include "object.h"
#include "outcome.h"
#include "request.h"
#include "sigpipe.h"
#include "transfer.h"

#define SESSION          "sigmamind.session"
#define MAX_BODY_DEFAULT ((size_t)16 * 1024 * 1024)
#define MAX_AGE_DEFAULT  300
#define NUDGE            200000 /* microseconds between two looks at connections being made */
#define QUICK_EXIT       21     /* CURLMOPT_QUICK_EXIT of libcurl 8.20 */

#ifdef SOCK_CLOEXEC
#define CLOSE_ON_EXEC SOCK_CLOEXEC
#else
#define CLOSE_ON_EXEC 0
#endif

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

/* Over HTTP/2 a transfer that ends without a reply leaves its connection to the next, and makes it
** look fresh: so one of a connection that was given up gives it up again. */
bool session_remove(session *s, transfer *t) {
  const bool usable = s->pid == getpid();
  if (usable) {
    const sigpipe_hold hold = sigpipe_begin(s->holds_sigpipe);
    curl_multi_remove_handle(s->multi, t->easy);
    sigpipe_end(&hold);
  }
  unlink_transfer(s, t);
  if (!t->head_ended && t->connecting.started <= s->connections.distrusted_at)
    connections_distrust(&s->connections);
  return usable;
}

static void stop_all(session *s, int code, const char *detail) {
  while (s->first != NULL) {
    transfer *t = s->first;
    const bool usable = session_remove(s, t);
    transfer_abort(t, usable, code, detail);
  }
}

/* In the process that opened it, frees what curl holds. In any other, that memory is left alone:
** to clean up would speak on connections that the first process goes on using. */
static void shut(session *s, int code, const char *detail) {
  stop_all(s, code, detail);
  if (s->multi != NULL && s->pid == getpid()) {
    const sigpipe_hold hold = sigpipe_begin(s->holds_sigpipe);
    curl_multi_cleanup(s->multi);
    sigpipe_end(&hold);
  } else if (s->multi != NULL) {
    connections_leave(&s->connections);
  }
  s->multi = NULL;
  poller_close(&s->poller);
}

static void leave_parent(session *s) {
  if (s->multi != NULL && s->pid != getpid()) shut(s, OUTCOME_FORKED, "");
}

/* A host that becomes a daemon may close every descriptor. Then curl's have other owners, too, and
** what curl holds is left alone as after a fork. */
void session_notice_loss(session *s) {
  if (s->multi == NULL || poller_is_intact(&s->poller)) return;
  s->pid = 0;
  shut(s, OUTCOME_ENGINE, "its descriptors were closed");
}

static bool is_unnamed_socket(int fd) {
  struct sockaddr_storage name;
  socklen_t length = sizeof name;
  return getsockname(fd, (struct sockaddr *)&name, &length) == 0 && name.ss_family == AF_UNIX &&
         length == sizeof name.ss_family;
}

/* Takes the numbers of standard streams that are closed. Returns which, as bits. */
static unsigned fill_streams(void) {
  unsigned filled = 0;
  int fd;
  while ((fd = open("/dev/null", O_RDWR | O_CLOEXEC)) >= 0 && fd < DESCRIPTOR_MIN)
    filled |= 1u << fd;
  if (fd >= 0) close(fd);
  return filled;
}

static void free_streams(unsigned filled) {
  for (int fd = 0; fd < DESCRIPTOR_MIN; fd++)
    if (filled & 1u << fd) close(fd);
}

/* The numbers that the next pair of sockets gets, or -1. */
static void find_free(int numbers[2]) {
  numbers[0] = numbers[1] = -1;
  if (socketpair(AF_UNIX, SOCK_STREAM | CLOSE_ON_EXEC, 0, numbers) != 0) return;
  close(numbers[0]);
  close(numbers[1]);
}

static void make_close_on_exec(int fd) {
  if (is_unnamed_socket(fd)) fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* A multi handle wakes itself by a pair of sockets, which programs that the host starts would
** inherit. libcurl does not say which they are: the lowest two numbers that were free. */
static CURLM *new_multi(void) {
  int numbers[2];
  const unsigned filled = fill_streams();
  find_free(numbers);
  CURLM *multi = curl_multi_init();
  make_close_on_exec(numbers[0]);
  make_close_on_exec(numbers[1]);
  free_streams(filled);
  if (multi != NULL) curl_multi_setopt(multi, (CURLMoption)QUICK_EXIT, 1L);
  return multi;
}

/* False: see errno. */
static bool open_engine(session *s) {
  if (s->multi != NULL) return true;
  s->multi = new_multi();
  if (s->multi == NULL) {
    errno = connections_are_used_up() ? EMFILE : ENOMEM;
    return false;
  }
  s->pid = getpid();
  const unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;
  s->holds_sigpipe = sigpipe_is_ours(version);
  s->nudges = version >= 0x075700 && version < 0x080400;
  if (poller_open(&s->poller, s->multi)) return true;
  const int cause = errno;
  curl_multi_cleanup(s->multi);
  s->multi = NULL;
  errno = cause;
  return false;
}

static CURLMcode add(session *s, transfer *t) {
  const sigpipe_hold hold = sigpipe_begin(s->holds_sigpipe);
  const CURLMcode code = curl_multi_add_handle(s->multi, t->easy);
  sigpipe_end(&hold);
  return code;
}

/* A transfer that passed over an address and found no other that is alive begins anew. */
static bool begin_anew(session *s, transfer *t, CURLcode code) {
  const bool connected = connections_got_through(t->easy, &t->connecting);
  if (connected || (code != CURLE_COULDNT_CONNECT && code != CURLE_OPERATION_TIMEDOUT))
    return false;
  if (!connections_try_others(&s->connections, t->easy, &t->connecting)) return false;
  curl_multi_remove_handle(s->multi, t->easy);
  return add(s, t) == CURLM_OK;
}

static bool is_shared(const session *s, const transfer *t, curl_socket_t socket) {
  for (const transfer *other = s->first; other != NULL; other = other->next)
    if (other != t && connections_socket(other->easy) == socket) return true;
  return false;
}

/* A time-out says something of its connection, and of those that were idle beside it. */
static void give_up_connections(session *s, const transfer *t) {
  const curl_socket_t socket = connections_socket(t->easy);
  if (!is_shared(s, t, socket)) connections_shut_down(socket);
  connections_distrust(&s->connections);
}

/* What the end of a transfer says of its connection and its address. */
static void draw_conclusions(session *s, transfer *t, CURLcode code) {
  const bool got_through = connections_got_through(t->easy, &t->connecting);
  if (t->head_ended)
    connections_note_reply(&s->connections, &t->connecting);
  else if (code == CURLE_OK || outcome_of((int)code)->retry)
    connections_note_silence(&s->connections, &t->connecting);
  if (code == CURLE_OPERATION_TIMEDOUT && got_through) give_up_connections(s, t);
}

static void finish_transfers(session *s) {
  int left;
  for (CURLMsg *m; (m = curl_multi_info_read(s->multi, &left)) != NULL;) {
    transfer *t;
    const CURLcode code = m->data.result; /* m is gone once its handle is removed */
    if (m->msg != CURLMSG_DONE) continue;
    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
    if (begin_anew(s, t, code)) continue;
    draw_conclusions(s, t, code);
    session_remove(s, t);
    transfer_finish(t, code);
  }
}

/* Of several addresses libcurl 7.87 to 8.3 goes on to the next only when it is called, and asks
** for no call. To pause a transfer and let it go on is a way to have it looked at. */
static void nudge(session *s) {
  bool pending = false;
  if (s->poller.nudge == 0 || s->poller.nudge > clock_now()) return;
  for (transfer *t = s->first; t != NULL; t = t->next) {
    if (connections_got_through(t->easy, &t->connecting)) continue;
    curl_easy_pause(t->easy, CURLPAUSE_SEND);
    curl_easy_pause(t->easy, CURLPAUSE_CONT);
    pending = true;
  }
  poller_set_nudge(&s->poller, pending ? clock_now() + NUDGE : 0);
}

/* Waits at most this long, and moves every transfer on. */
static CURLMcode run(session *s, int milliseconds) {
  const sigpipe_hold hold = sigpipe_begin(s->holds_sigpipe);
  const CURLMcode code = poller_run(&s->poller, s->multi, milliseconds);
  if (code == CURLM_OK) {
    nudge(s);
    finish_transfers(s);
  }
  sigpipe_end(&hold);
  return code;
}

/* == What Lua calls ================================================================= */

static session *check_session(lua_State *L) {
  session *s = object_self(L, SESSION);
  leave_parent(s);
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

/* A copy of options[name] (a string or nil) in the settings on top of the stack. */
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

/* Seconds after which a busy connection is replaced, so that a client leaves a server that is
** drained, and sees where its name points to now. */
static int get_max_age(lua_State *L, int options) {
  lua_getfield(L, options, "max_age");
  const lua_Number seconds = lua_isnil(L, -1) ? MAX_AGE_DEFAULT : lua_tonumber(L, -1);
  luaL_argcheck(L, seconds >= 1 && seconds <= 1e6, options,
                "max_age must be a number of seconds, 1 or more");
  lua_pop(L, 1);
  return (int)seconds;
}

/* Over TLS, HTTP/2 where the server offers it, unless it is switched off. */
static long get_http_version(lua_State *L, int options) {
  lua_getfield(L, options, "http_version");
  const char *version = lua_isnil(L, -1) ? "2" : lua_tostring(L, -1);
  const bool is_two = version != NULL && strcmp(version, "2") == 0;
  luaL_argcheck(L, is_two || (version != NULL && strcmp(version, "1.1") == 0), options,
                "http_version must be '1.1' or '2'");
  lua_pop(L, 1);
  return is_two ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
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
  s->max_body = get_max_body(L, 1);
  s->connections.max_age = get_max_age(L, 1);
  s->http_version = get_http_version(L, 1);
  copy_string(L, 1, "ca_file");
  copy_string(L, 1, "client_cert");
  copy_string(L, 1, "client_key");
  copy_string(L, 1, "proxy");
  copy_string(L, 1, "user_agent");
  sm_setuservalue(L, -2);
  return 1;
}

/* When the transfer began that has been in flight for the longest time; 0: none is. */
static int64_t oldest_start(const session *s) {
  int64_t oldest = 0;
  for (const transfer *t = s->first; t != NULL; t = t->next)
    oldest = t->connecting.started;
  return oldest;
}

static int l_start(lua_State *L) {
  session *s = check_session(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  if (s->closed) return closed(L);
  session_notice_loss(s);
  sm_getuservalue(L, 1);
  transfer *t = transfer_new(L, s, 2);
  if (s->closed) return closed(L); /* by a finalizer, meanwhile */
  if (!open_engine(s)) return no_engine(L);
  connections_choose(&s->connections, t->easy, &t->connecting, oldest_start(s));
  const CURLMcode code = add(s, t);
  if (code != CURLM_OK) return fail_to_start(L, OUTCOME_ENGINE, curl_multi_strerror(code));
  link_transfer(s, t);
  if (s->nudges && s->poller.nudge == 0) poller_set_nudge(&s->poller, clock_now() + NUDGE);
  return 1;
}

/* With nothing in flight there is nothing to wait for, whatever the time given. When the engine
** itself fails, its transfers end with that error, and the next start opens another. */
static int l_poll(lua_State *L) {
  session *s = check_session(L);
  const double milliseconds = ceil(luaL_checknumber(L, 2) * 1000);
  if (s->closed) return closed(L);
  if (s->running > 0) session_notice_loss(s);
  if (s->running > 0) {
    const double wait = milliseconds > 0 ? fmin(milliseconds, INT_MAX) : 0;
    const CURLMcode code = run(s, (int)wait);
    if (code != CURLM_OK) {
      session_notice_loss(s);
      shut(s, OUTCOME_ENGINE, curl_multi_strerror(code));
    }
  }
  lua_pushinteger(L, s->running);
  return 1;
}

static int l_fd(lua_State *L) {
  session *s = check_session(L);
  if (s->closed) return closed(L);
  session_notice_loss(s);
  if (!open_engine(s)) return no_engine(L);
  const int fd = poller_fd(&s->poller);
  if (fd < 0) return failure(L, "config", "this system has no single descriptor: poll instead");
  lua_pushinteger(L, fd);
  return 1;
}

/* Connections that are open now are not used again: one of them had an answer too many, or none. */
static int l_distrust(lua_State *L) {
  session *s = check_session(L);
  if (s->closed) return closed(L);
  connections_distrust(&s->connections);
  lua_pushboolean(L, true);
  return 1;
}

static int l_close(lua_State *L) {
  session *s = check_session(L);
  session_notice_loss(s);
  shut(s, OUTCOME_CLOSED, "");
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
  static const object_type type = {SESSION, methods, l_close, l_close, l_tostring, NULL, NULL};
  object_register(L, &type, 0);
}
