#include "connections.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "clock.h"
#include "descriptor.h"
#include "easy.h"

#define SECOND      INT64_C(1000000)
#define IDLE_MAX    118           /* seconds that libcurl keeps an idle connection */
#define SUSPECT_MAX (60 * SECOND) /* an address is skipped for this long */
#define FRESH_MAX   32 /* max new connections after a time-out, however many requests follow */
#define SPARE       4  /* descriptors that a name lookup and a TLS handshake need */

/* == Age ============================================================================ */

void connections_retire_idle(connections *c) {
  c->retired_at = clock_now();
  c->fresh_left = FRESH_MAX;
}

/* Opens a new connection instead of sharing one, at most FRESH_MAX times, to prevent a storm. */
static void open_fresh(connections *c, CURL *easy) {
  if (c->fresh_left == 0) return;
  c->fresh_left--;
  EASY_TRY(easy, CURLOPT_FRESH_CONNECT, 1L);
}

/* Excludes retired connections. libcurl limits the age of idle ones, in whole seconds, but not of
** those in use over HTTP/2: while a transfer from before is in flight, none is shared. */
static void exclude(connections *c, CURL *easy, int64_t oldest) {
  const int64_t seconds = (clock_now() - c->retired_at) / SECOND;
  if ((oldest != 0 && oldest <= c->retired_at) || seconds < 2)
    open_fresh(c, easy);
  else if (seconds <= IDLE_MAX)
    EASY_TRY(easy, CURLOPT_MAXAGE_CONN, (long)seconds - 1);
}

/* Replaces connections that reach the max age. From 7.80 on libcurl replaces idle ones, which
** leaves us those that are never idle; before, all are ours. */
static void renew(connections *c, CURL *easy, int64_t oldest) {
  const int64_t now = clock_now();
  const bool is_time = c->renewed_at == 0 || now - c->renewed_at >= c->max_age * SECOND;
#if LIBCURL_VERSION_NUM >= 0x075000
  EASY_TRY(easy, CURLOPT_MAXLIFETIME_CONN, (long)c->max_age);
  if (is_time) c->fresh_left = FRESH_MAX;
  if (oldest != 0 && (is_time || oldest < c->renewed_at)) open_fresh(c, easy);
#else
  (void)easy;
  (void)oldest;
  if (is_time && c->renewed_at != 0) connections_retire_idle(c);
#endif
  if (is_time) c->renewed_at = now;
}

/* == Addresses ====================================================================== */

static suspect *find_suspect(connections *c, const char *address) {
  for (int i = 0; i < CONNECTIONS_SUSPECTS; i++)
    if (c->suspects[i].since != 0 && strcmp(c->suspects[i].address, address) == 0)
      return &c->suspects[i];
  return NULL;
}

/* Replaces the entry of the same address, or else the oldest one. */
static void suspect_address(connections *c, const char *address) {
  suspect *s = find_suspect(c, address);
  if (*address == '\0') return;
  if (s == NULL) s = c->suspects;
  for (int i = 0; i < CONNECTIONS_SUSPECTS && strcmp(s->address, address) != 0; i++)
    if (c->suspects[i].since < s->since) s = &c->suspects[i];
  memcpy(s->address, address, ADDRESS_SIZE);
  s->since = clock_now();
}

void connections_note_reply(connections *c, const connecting *t) {
  suspect *s = find_suspect(c, t->address);
  if (s != NULL) s->since = 0;
  for (int i = 0; i < t->tried_count; i++)
    if (strcmp(t->tried[i], t->address) != 0) suspect_address(c, t->tried[i]);
}

void connections_note_silence(connections *c, const connecting *t) {
  for (int i = 0; i < t->tried_count; i++)
    suspect_address(c, t->tried[i]);
  if (t->got_through || t->tried_count == 0) suspect_address(c, t->address);
}

bool connections_try_others(connections *c, CURL *easy, connecting *t) {
  const long elapsed = (long)((clock_now() - t->started) / 1000);
  if (t->passed_over == 0 || (t->timeout > 0 && elapsed >= t->timeout)) return false;
  if (t->timeout > 0) EASY_TRY(easy, CURLOPT_TIMEOUT_MS, t->timeout - elapsed);
  EASY_TRY(easy, CURLOPT_CONNECTTIMEOUT_MS, t->connect_timeout);
  memset(c->suspects, 0, sizeof c->suspects);
  for (int i = 0; i < t->tried_count; i++)
    suspect_address(c, t->tried[i]);
  suspect_address(c, t->address);
  if (t->began_anew) t->known = NULL;
  t->began_anew = true;
  t->passed_over = t->tried_count = 0;
  *t->address = '\0';
  return true;
}

static bool is_suspect(const connections *c, const char *address) {
  const int64_t now = clock_now();
  for (int i = 0; c != NULL && i < CONNECTIONS_SUSPECTS; i++) {
    const suspect *s = &c->suspects[i];
    if (s->since != 0 && now - s->since < SUSPECT_MAX && strcmp(s->address, address) == 0)
      return true;
  }
  return false;
}

/* While an address is skipped, gives the others half of the time: it may be the only one alive. */
static void leave_time(const connections *c, CURL *easy, const connecting *t) {
  const bool is_short = t->timeout > 0 && t->timeout < t->connect_timeout;
  const long limit = (is_short ? t->timeout : t->connect_timeout) / 2;
  for (int i = 0; i < CONNECTIONS_SUSPECTS; i++) {
    if (!is_suspect(c, c->suspects[i].address)) continue;
    EASY_TRY(easy, CURLOPT_CONNECTTIMEOUT_MS, limit > 0 ? limit : 1L);
    return;
  }
}

static void write_address(char *address, const char *ip, long port) {
  const char *form = strchr(ip, ':') != NULL ? "[%s]:%ld" : "%s:%ld";
  snprintf(address, ADDRESS_SIZE, form, ip, port);
}

/* "": the family is neither IPv4 nor IPv6. */
static void read_sockaddr(char *address, const struct sockaddr *a) {
  char ip[INET6_ADDRSTRLEN] = "";
  struct sockaddr_in four;
  struct sockaddr_in6 six;
  *address = '\0';
  if (a->sa_family == AF_INET) {
    memcpy(&four, a, sizeof four);
    if (inet_ntop(AF_INET, &four.sin_addr, ip, sizeof ip) != NULL)
      write_address(address, ip, ntohs(four.sin_port));
  } else if (a->sa_family == AF_INET6) {
    memcpy(&six, a, sizeof six);
    if (inet_ntop(AF_INET6, &six.sin6_addr, ip, sizeof ip) != NULL)
      write_address(address, ip, ntohs(six.sin6_port));
  }
}

/* == Sockets ======================================================================== */

/* Close-on-exec, atomically if the system can: a program that another thread starts must not get
** it. */
static curl_socket_t new_socket(int family, int type, int protocol) {
#ifdef SOCK_CLOEXEC
  const int fd = socket(family, type | SOCK_CLOEXEC, protocol);
#else
  const int fd = socket(family, type, protocol);
  if (fd >= 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
  return descriptor_above_streams(fd);
}

/* The inode of a socket; 0: the number is not a socket. */
static ino_t inode_of(curl_socket_t socket) {
  struct stat status;
  return fstat(socket, &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
}

static void note_socket(connections *c, curl_socket_t socket) {
  for (int i = 0; i < CONNECTIONS_SOCKETS; i++) {
    if (c->sockets[i].inode != 0) continue;
    c->sockets[i].socket = socket;
    c->sockets[i].inode = inode_of(socket);
    return;
  }
}

/* libcurl closes a socket, perhaps long after the transfer that opened it. */
static int on_close(void *self, curl_socket_t socket) {
  connections *c = self;
  for (int i = 0; i < CONNECTIONS_SOCKETS; i++)
    if (c->sockets[i].socket == socket) c->sockets[i].inode = 0;
  return close(socket);
}

void connections_leave(connections *c) {
  for (int i = 0; i < CONNECTIONS_SOCKETS; i++) {
    open_socket *s = &c->sockets[i];
    if (s->inode != 0 && inode_of(s->socket) == s->inode) close(s->socket);
    s->inode = 0;
  }
}

/* Before the next address: keeps the last one among those tried. */
static void note_tried(connecting *t) {
  if (*t->address == '\0' || t->tried_count == CONNECTIONS_TRIED) return;
  memcpy(t->tried[t->tried_count++], t->address, ADDRESS_SIZE);
}

/* Without a socket, libcurl goes on to the next address. */
static curl_socket_t on_open(void *self, curlsocktype purpose, struct curl_sockaddr *peer) {
  connecting *t = self;
  char address[ADDRESS_SIZE];
  (void)purpose;
  read_sockaddr(address, &peer->addr);
  t->got_through = false; /* libcurl may retry the request, after its connection died */
  if (is_suspect(t->known, address)) {
    t->passed_over++;
    return CURL_SOCKET_BAD;
  }
  note_tried(t);
  memcpy(t->address, address, sizeof t->address);
  const curl_socket_t fd = new_socket(peer->family, peer->socktype, peer->protocol);
  if (fd < 0) {
    t->error = errno;
    return CURL_SOCKET_BAD;
  }
  note_socket(t->all, fd);
  t->error = 0;
  t->opened++;
  return fd;
}

#if LIBCURL_VERSION_NUM >= 0x075000

/* The request is about to be written. */
static int on_ready(void *self, char *ip, char *local_ip, int port, int local_port) {
  connecting *t = self;
  (void)local_ip;
  (void)local_port;
  t->got_through = true;
  write_address(t->address, ip, port);
  t->sendings++;
  return t->is_exclusive && t->sendings > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static void watch_readiness(CURL *easy, connecting *t) {
  EASY_TRY(easy, CURLOPT_PREREQFUNCTION, on_ready);
  EASY_TRY(easy, CURLOPT_PREREQDATA, t);
}

bool connections_got_through(CURL *easy, connecting *t) {
  (void)easy;
  return t->got_through;
}

bool connections_was_sent(CURL *easy, const connecting *t) {
  (void)easy;
  return t->sendings > 0;
}

#else

static void watch_readiness(CURL *easy, connecting *t) {
  (void)easy;
  (void)t;
}

bool connections_got_through(CURL *easy, connecting *t) {
  curl_off_t microseconds = 0;
  const char *ip = NULL;
  long port = 0;
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
  t->got_through = microseconds > 0;
  if (t->got_through && ip != NULL && *ip != '\0') write_address(t->address, ip, port);
  return t->got_through;
}

/* Either figure alone is wrong where a proxy refuses or is silent. */
bool connections_was_sent(CURL *easy, const connecting *t) {
  long bytes = 0;
  curl_off_t microseconds = 0;
  (void)t;
  if (easy == NULL) return true;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &bytes);
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds);
  return bytes > 0 && microseconds > 0;
}

#endif

void connections_choose(connections *c, CURL *easy, connecting *t, int64_t oldest) {
  renew(c, easy, oldest);
  if (c->retired_at != 0) exclude(c, easy, oldest);
  t->all = c;
  t->known = c;
  t->started = clock_now();
  EASY_TRY(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
  EASY_TRY(easy, CURLOPT_OPENSOCKETDATA, t);
  EASY_TRY(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  EASY_TRY(easy, CURLOPT_CLOSESOCKETDATA, c);
  watch_readiness(easy, t);
  leave_time(c, easy, t);
}

curl_socket_t connections_socket(CURL *easy) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  return curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK ? socket
                                                                             : CURL_SOCKET_BAD;
}

void connections_shut_down(curl_socket_t socket) {
  if (socket != CURL_SOCKET_BAD) shutdown(socket, SHUT_RDWR);
}

bool connections_are_used_up(void) {
  int held[SPARE], count = 0;
  while (count < SPARE && (held[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
    count++;
  const bool used_up = count < SPARE && (errno == EMFILE || errno == ENFILE);
  while (count > 0)
    close(held[--count]);
  return used_up;
}
