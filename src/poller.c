#include "poller.h"

#include "clock.h"

/* The time of the earlier of the two timers; 0: none is set. */
static int64_t next_due(const poller *p) {
  if (p->due == 0 || p->nudge == 0) return p->due + p->nudge;
  return p->due < p->nudge ? p->due : p->nudge;
}

/* Milliseconds to wait: at most this many, and at most until a timer is due. */
static int time_to_wait(const poller *p, int milliseconds) {
  const int64_t due = next_due(p);
  if (due == 0 || milliseconds == 0) return milliseconds;
  const int64_t left = due - clock_now();
  return left <= 0                             ? 0
         : left < milliseconds * INT64_C(1000) ? (int)((left + 999) / 1000)
                                               : milliseconds;
}

#if defined(__linux__) && !defined(SIGMAMIND_NO_EPOLL)

#include <errno.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "descriptor.h"

#define EVENTS_AT_ONCE 64

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *self, void *unused) {
  const poller *p = self;
  struct epoll_event event = {0};
  (void)easy;
  (void)unused;
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(p->epoll, EPOLL_CTL_DEL, fd, &event); /* curl may have closed it already */
    return 0;
  }
  event.data.fd = fd;
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  /* curl removes a socket when its transfer ends, and adds it again with the next one */
  if (epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &event) == 0) return 0;
  return errno == EEXIST ? epoll_ctl(p->epoll, EPOLL_CTL_MOD, fd, &event) : -1;
}

#define FAR INT64_C(1000000000) /* seconds, to which the tag adds nanoseconds */

static struct timespec tag_of(const poller *p) {
  struct timespec interval;
  interval.tv_sec = (time_t)(FAR + p->tag / 1000000000);
  interval.tv_nsec = (long)(p->tag % 1000000000);
  return interval;
}

/* Sets the timerfd to the earlier timer; all zero disarms it. The tag is its interval, which is too
** long to ever elapse. */
static int arm(const poller *p) {
  const int64_t due = next_due(p);
  struct itimerspec when = {{0, 0}, {0, 0}};
  when.it_interval = tag_of(p);
  when.it_value.tv_sec = (time_t)(due / 1000000);
  when.it_value.tv_nsec = (long)(due % 1000000) * 1000;
  return timerfd_settime(p->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* -1 milliseconds: curl has no timer. */
static int on_timer(CURLM *multi, long milliseconds, void *self) {
  poller *p = self;
  (void)multi;
  p->due = milliseconds < 0 ? 0 : clock_now() + (int64_t)milliseconds * 1000;
  return p->watched ? arm(p) : 0;
}

bool poller_open(poller *p, CURLM *multi) {
  struct epoll_event event = {0};
  p->epoll = descriptor_above_streams(epoll_create1(EPOLL_CLOEXEC));
  p->timer = descriptor_above_streams(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  p->open = true;
  p->watched = false;
  p->due = p->nudge = 0;
  p->tag = (int64_t)(((uint64_t)clock_now() * 2654435761u ^ (uintptr_t)p) >> 12);
  event.events = EPOLLIN;
  event.data.fd = p->timer;
  if (p->epoll < 0 || p->timer < 0 || arm(p) != 0 ||
      epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->timer, &event) != 0) {
    const int cause = errno;
    if (p->epoll >= 0) close(p->epoll);
    if (p->timer >= 0) close(p->timer);
    p->open = false;
    errno = cause;
    return false;
  }
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, p);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, p);
  return true;
}

/* Whether the timerfd has our tag. A host that closed it has closed the epoll set too, in all
** likelihood, so that is_our_set is called only before a close. */
bool poller_is_intact(const poller *p) {
  const struct timespec tag = tag_of(p);
  struct itimerspec now;
  return p->open && timerfd_gettime(p->timer, &now) == 0 && now.it_interval.tv_sec == tag.tv_sec &&
         now.it_interval.tv_nsec == tag.tv_nsec;
}

/* Only the epoll set that watches this very timer accepts the change. */
static bool is_our_set(const poller *p) {
  struct epoll_event event = {0};
  event.events = EPOLLIN;
  event.data.fd = p->timer;
  return epoll_ctl(p->epoll, EPOLL_CTL_MOD, p->timer, &event) == 0;
}

void poller_close(poller *p) {
  if (poller_is_intact(p)) {
    if (is_our_set(p)) close(p->epoll);
    close(p->timer);
  }
  p->open = false;
}

void poller_set_nudge(poller *p, int64_t when) {
  p->nudge = when;
  if (p->open && p->watched) arm(p);
}

static CURLMcode act(const poller *p, CURLM *multi, const struct epoll_event *event) {
  int running, mask = 0;
  uint64_t expirations;
  if (event->data.fd == p->timer) {
    const ssize_t got = read(p->timer, &expirations, sizeof expirations); /* or it stays readable */
    (void)got;
    return CURLM_OK;
  }
  if (event->events & (EPOLLIN | EPOLLHUP)) mask |= CURL_CSELECT_IN;
  if (event->events & EPOLLOUT) mask |= CURL_CSELECT_OUT;
  if (event->events & EPOLLERR) mask |= CURL_CSELECT_ERR;
  return curl_multi_socket_action(multi, event->data.fd, mask, &running);
}

static CURLMcode act_on_time(poller *p, CURLM *multi) {
  int running;
  if (p->due == 0 || p->due > clock_now()) return CURLM_OK;
  p->due = 0; /* curl sets it again, even if it finds this call too early */
  return curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

/* A signal ends the wait without an error, so that Lua can run its hooks. Any other error is
** permanent, for example closed descriptors. */
CURLMcode poller_run(poller *p, CURLM *multi, int milliseconds) {
  struct epoll_event events[EVENTS_AT_ONCE];
  const int wait = time_to_wait(p, milliseconds);
  const int ready = epoll_wait(p->epoll, events, EVENTS_AT_ONCE, wait);
  CURLMcode code = ready < 0 && errno != EINTR ? CURLM_INTERNAL_ERROR : CURLM_OK;
  for (int i = 0; i < ready && code == CURLM_OK; i++)
    code = act(p, multi, &events[i]);
  return code == CURLM_OK ? act_on_time(p, multi) : code;
}

int poller_fd(poller *p) {
  p->watched = true;
  return arm(p) == 0 ? p->epoll : -1;
}

#else

bool poller_open(poller *p, CURLM *multi) {
  (void)multi;
  p->open = true;
  p->due = p->nudge = 0;
  return true;
}

bool poller_is_intact(const poller *p) {
  return p->open;
}

void poller_close(poller *p) {
  p->open = false;
}

void poller_set_nudge(poller *p, int64_t when) {
  p->nudge = when;
}

CURLMcode poller_run(poller *p, CURLM *multi, int milliseconds) {
  int running;
  const int wait = time_to_wait(p, milliseconds);
  const CURLMcode code = wait > 0 ? curl_multi_poll(multi, NULL, 0, wait, NULL) : CURLM_OK;
  return code == CURLM_OK ? curl_multi_perform(multi, &running) : code;
}

int poller_fd(poller *p) {
  (void)p;
  return -1;
}

#endif
