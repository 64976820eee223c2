/*
** connections: decides which connections the transfers of a session may use. No Lua in it.
**
** libcurl pools connections and caches names; this sets its options. After a time-out, no transfer
** uses a connection that was open then. New connections skip an address that gave no reply, so that
** the next attempt goes to another. A busy connection has a maximum age. Sockets are opened here,
** close-on-exec, so that no program that the host starts inherits them.
**
** It owns no memory. libcurl closes the sockets, unless its handles are abandoned: then
** connections_leave does.
*/
#ifndef SIGMAMIND_CONNECTIONS_H
#define SIGMAMIND_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <curl/curl.h>

#define CONNECTIONS_SUSPECTS 8  /* addresses remembered at once */
#define CONNECTIONS_SOCKETS  64 /* sockets remembered for a session */
#define CONNECTIONS_TRIED    8  /* addresses remembered for a transfer */
#define ADDRESS_SIZE         64 /* bytes of "[IPv6 address]:port" and NUL */

typedef struct suspect {
  char address[ADDRESS_SIZE];
  int64_t since; /* microseconds, monotonic; 0: free */
} suspect;

/* An open socket of libcurl, with its inode, which is unique among sockets: the number alone may
** have been closed and reused. */
typedef struct open_socket {
  curl_socket_t socket;
  ino_t inode; /* 0: free */
} open_socket;

typedef struct connections { /* all zero but max_age: nothing is known */
  int64_t retired_at;        /* connections opened before are not used again; 0: all may be */
  int fresh_left;            /* connections that may still be opened instead of sharing one */
  int64_t renewed_at;        /* when busy connections were last replaced */
  int max_age;               /* seconds until a busy connection is replaced */
  suspect suspects[CONNECTIONS_SUSPECTS];
  open_socket sockets[CONNECTIONS_SOCKETS]; /* any more are not remembered */
} connections;

/* The connections of one transfer. */
typedef struct connecting {
  connections *all;           /* of the session */
  const connections *known;   /* of the session, for its suspects; NULL: no address is skipped */
  int64_t started;            /* microseconds, monotonic */
  int opened, passed_over;    /* sockets opened, and suspect addresses skipped */
  int error;                  /* errno of the last socket that could not be opened; 0: none */
  bool is_exclusive;          /* from 7.80 on, a second sending is aborted */
  int sendings;               /* how often libcurl was about to write the request; from 7.80 on */
  bool got_through;           /* the connection is established, the TLS handshake included */
  char address[ADDRESS_SIZE]; /* the last peer; "": none yet */
  char tried[CONNECTIONS_TRIED][ADDRESS_SIZE]; /* the peers before it */
  int tried_count;
  bool began_anew;
  long connect_timeout; /* milliseconds */
  long timeout;         /* milliseconds, for the whole transfer; 0: none */
} connecting;

/* Sets which connections libcurl may use for a transfer that starts now. `oldest` is the start of
** the oldest transfer in flight; 0: none. Neither `c` nor `t` may move: libcurl calls back with `t`
** until the transfer is over, and with `c` until the multi handle is freed, which closes the last
** sockets. */
void connections_choose(connections *c, CURL *easy, connecting *t, int64_t oldest);

/* Retires all connections that are open now: no later transfer uses them. */
void connections_retire_idle(connections *c);

/* For curl handles that must not be touched, in a forked process or after a loss of descriptors:
** closes the sockets that are still open here, without sending anything. */
void connections_leave(connections *c);

/* The socket of the transfer's last connection; CURL_SOCKET_BAD: libcurl does not say. */
curl_socket_t connections_socket(CURL *easy);

/* Makes libcurl find a connection closed that it takes for idle and alive. */
void connections_shut_down(curl_socket_t socket);

/* The last address replied: the addresses tried before it become suspect. */
void connections_note_reply(connections *c, const connecting *t);

/* No address replied: those tried before the last become suspect. The last one does too if the
** connection was established or no other was tried; otherwise it had the least time, and may be
** tried again. */
void connections_note_silence(connections *c, const connecting *t);

/* After a transfer that skipped addresses and reached no other: makes suspect the addresses it
** tried instead of those it skipped; the second time, skips none. Sets the handle up for another
** try. False: nothing was skipped, or no time is left. */
bool connections_try_others(connections *c, CURL *easy, connecting *t);

/* Whether the connection was established, the TLS handshake included. */
bool connections_got_through(CURL *easy, connecting *t);

/* Whether a byte of the request may have been written. `easy` is NULL for a handle that must not be
** touched. */
bool connections_was_sent(CURL *easy, const connecting *t);

/* Whether this process has at most a few file descriptors left. */
bool connections_are_used_up(void);

#endif
