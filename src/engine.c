#include "engine.h"

#include <errno.h>
#include <stdint.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "clock.h"
#include "descriptor.h"
#include "outcome.h"
#include "sigpipe.h"

#define NUDGE      200000 /* microseconds between two looks at connections being made */
#define QUICK_EXIT 21     /* CURLMOPT_QUICK_EXIT of libcurl 8.20 */

#ifdef SOCK_CLOEXEC
#define CLOSE_ON_EXEC SOCK_CLOEXEC
#else
#define CLOSE_ON_EXEC 0
#endif

/* == In flight ====================================================================== */

static void link_exchange(engine *e, exchange *x) {
  x->engine = e;
  x->next = e->first;
  x->previous = &e->first;
  if (x->next != NULL) x->next->previous = &x->next;
  e->first = x;
  e->running++;
}

static void unlink_exchange(engine *e, exchange *x) {
  *x->previous = x->next;
  if (x->next != NULL) x->next->previous = x->previous;
  x->engine = NULL;
  e->running--;
}

/* Unlinks an exchange and, in the process that started it, removes it from the multi handle. In any
** other, libcurl's memory is abandoned. Over HTTP/2, an exchange that ends without a reply leaves
** its connection open, and libcurl takes that for recently used: if the connection was retired, it
** must be retired again. */
static void take_out(engine *e, exchange *x, bool is_ours) {
  if (is_ours) {
    const sigpipe_hold hold = sigpipe_begin(e->holds_sigpipe);
    curl_multi_remove_handle(e->multi, x->easy);
    sigpipe_end(&hold);
  }
  unlink_exchange(e, x);
  if (!x->reply.head_ended && x->connecting.started <= e->connections.retired_at)
    connections_retire_idle(&e->connections);
}

static void end(exchange *x, int code, const char *detail) {
  const bool is_ours = x->engine->pid == getpid();
  take_out(x->engine, x, is_ours);
  exchange_abort(x, is_ours, code, detail);
}

/* == Opening and closing ============================================================ */

/* In the process that opened it, frees the multi handle. In any other, it is abandoned: a cleanup
** would write to connections that the first process still uses. */
void engine_shut(engine *e, int code, const char *detail) {
  while (e->first != NULL)
    end(e->first, code, detail);
  if (e->multi != NULL && e->pid == getpid()) {
    const sigpipe_hold hold = sigpipe_begin(e->holds_sigpipe);
    curl_multi_cleanup(e->multi);
    sigpipe_end(&hold);
  } else if (e->multi != NULL) {
    connections_leave(&e->connections);
  }
  e->multi = NULL;
  poller_close(&e->poller);
}

void engine_leave_parent(engine *e) {
  if (e->multi != NULL && e->pid != getpid()) engine_shut(e, OUTCOME_FORKED, "");
}

/* A host that becomes a daemon may close every descriptor. Then the numbers of curl's may have
** other owners, and the multi handle is abandoned as after a fork. */
void engine_notice_loss(engine *e) {
  if (e->multi == NULL || poller_is_intact(&e->poller)) return;
  e->pid = 0;
  engine_shut(e, OUTCOME_ENGINE, "its descriptors were closed");
}

void engine_cancel(exchange *x) {
  if (x->engine != NULL && x->engine->pid == getpid()) engine_notice_loss(x->engine);
  if (x->engine != NULL) end(x, OUTCOME_CANCELLED, "");
}

static bool is_unnamed_socket(int fd) {
  struct sockaddr_storage name;
  socklen_t length = sizeof name;
  return getsockname(fd, (struct sockaddr *)&name, &length) == 0 && name.ss_family == AF_UNIX &&
         length == sizeof name.ss_family;
}

/* Opens the standard streams that are closed, to occupy their numbers. Returns which, as bits. */
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

/* The numbers that the next pair of sockets will get; -1: unknown. */
static void find_free(int numbers[2]) {
  numbers[0] = numbers[1] = -1;
  if (socketpair(AF_UNIX, SOCK_STREAM | CLOSE_ON_EXEC, 0, numbers) != 0) return;
  close(numbers[0]);
  close(numbers[1]);
}

static void make_close_on_exec(int fd) {
  if (is_unnamed_socket(fd)) fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* A multi handle wakes itself through a pair of sockets, which programs that the host starts would
** inherit. libcurl does not say which: they get the two lowest free numbers. */
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

bool engine_open(engine *e) {
  if (e->multi != NULL) return true;
  e->multi = new_multi();
  if (e->multi == NULL) {
    errno = connections_are_used_up() ? EMFILE : ENOMEM;
    return false;
  }
  e->pid = getpid();
  const unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;
  e->holds_sigpipe = sigpipe_is_ours(version);
  e->nudges = version >= 0x075700 && version < 0x080400;
  if (poller_open(&e->poller, e->multi)) return true;
  const int cause = errno;
  curl_multi_cleanup(e->multi);
  e->multi = NULL;
  errno = cause;
  return false;
}

/* == Running ======================================================================== */

static CURLMcode add(engine *e, exchange *x) {
  const sigpipe_hold hold = sigpipe_begin(e->holds_sigpipe);
  const CURLMcode code = curl_multi_add_handle(e->multi, x->easy);
  sigpipe_end(&hold);
  return code;
}

/* The start of the oldest exchange in flight; 0: none. */
static int64_t oldest_start(const engine *e) {
  int64_t oldest = 0;
  for (const exchange *x = e->first; x != NULL; x = x->next)
    oldest = x->connecting.started;
  return oldest;
}

CURLMcode engine_start(engine *e, exchange *x) {
  connections_choose(&e->connections, x->easy, &x->connecting, oldest_start(e));
  const CURLMcode code = add(e, x);
  if (code != CURLM_OK) return code;
  link_exchange(e, x);
  if (e->nudges && e->poller.nudge == 0) poller_set_nudge(&e->poller, clock_now() + NUDGE);
  return CURLM_OK;
}

/* Restarts an exchange that skipped an address and reached no other. False: it is over. */
static bool begin_anew(engine *e, exchange *x, CURLcode code) {
  const bool connected = connections_got_through(x->easy, &x->connecting);
  if (connected || (code != CURLE_COULDNT_CONNECT && code != CURLE_OPERATION_TIMEDOUT))
    return false;
  if (!connections_try_others(&e->connections, x->easy, &x->connecting)) return false;
  curl_multi_remove_handle(e->multi, x->easy);
  return add(e, x) == CURLM_OK;
}

static bool is_shared(const engine *e, const exchange *x, curl_socket_t socket) {
  for (const exchange *other = e->first; other != NULL; other = other->next)
    if (other != x && connections_socket(other->easy) == socket) return true;
  return false;
}

/* After a time-out, its connection may be dead, and so may the idle ones. */
static void give_up_connections(engine *e, const exchange *x) {
  const curl_socket_t socket = connections_socket(x->easy);
  if (!is_shared(e, x, socket)) connections_shut_down(socket);
  connections_retire_idle(&e->connections);
}

/* Records what the end of an exchange says about its connection and its addresses. */
static void draw_conclusions(engine *e, exchange *x, CURLcode code) {
  const bool got_through = connections_got_through(x->easy, &x->connecting);
  if (x->reply.head_ended)
    connections_note_reply(&e->connections, &x->connecting);
  else if (code == CURLE_OK || outcome_of((int)code)->retry)
    connections_note_silence(&e->connections, &x->connecting);
  if (code == CURLE_OPERATION_TIMEDOUT && got_through) give_up_connections(e, x);
}

static void finish_all(engine *e) {
  int left;
  for (CURLMsg *m; (m = curl_multi_info_read(e->multi, &left)) != NULL;) {
    exchange *x;
    const CURLcode code = m->data.result; /* m is freed when its handle is removed */
    if (m->msg != CURLMSG_DONE) continue;
    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&x);
    if (begin_anew(e, x, code)) continue;
    draw_conclusions(e, x, code);
    take_out(e, x, true);
    exchange_finish(x, code);
  }
}

/* libcurl 7.87 to 8.3 moves on to the next of several addresses only when it is called, but sets no
** timer. To pause and unpause a transfer makes libcurl look at it. */
static void nudge(engine *e) {
  bool pending = false;
  if (e->poller.nudge == 0 || e->poller.nudge > clock_now()) return;
  for (exchange *x = e->first; x != NULL; x = x->next) {
    if (connections_got_through(x->easy, &x->connecting)) continue;
    curl_easy_pause(x->easy, CURLPAUSE_SEND);
    curl_easy_pause(x->easy, CURLPAUSE_CONT);
    pending = true;
  }
  poller_set_nudge(&e->poller, pending ? clock_now() + NUDGE : 0);
}

static CURLMcode run(engine *e, int milliseconds) {
  const sigpipe_hold hold = sigpipe_begin(e->holds_sigpipe);
  const CURLMcode code = poller_run(&e->poller, e->multi, milliseconds);
  if (code == CURLM_OK) {
    nudge(e);
    finish_all(e);
  }
  sigpipe_end(&hold);
  return code;
}

void engine_run(engine *e, int milliseconds) {
  if (e->running > 0) engine_notice_loss(e);
  if (e->running == 0) return;
  const CURLMcode code = run(e, milliseconds);
  if (code == CURLM_OK) return;
  engine_notice_loss(e);
  engine_shut(e, OUTCOME_ENGINE, curl_multi_strerror(code));
}

int engine_fd(engine *e) {
  return poller_fd(&e->poller);
}
