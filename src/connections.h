/*
** connections: which connection the transfers of a session may use. No Lua in it.
**
** libcurl keeps connections and names on its own; here is what it is told of them. After a time-out
** no connection is used that was open then. An address that gave no reply is passed over by the
** next connection, so that another attempt starts elsewhere. A busy connection has a maximum age.
** Sockets are opened here, so that no program that the host starts inherits them.
*/
#ifndef SIGMAMIND_CONNECTIONS_H
#define SIGMAMIND_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <curl/curl.h>

#define CONNECTIONS_SUSPECTS 8  /* addresses that are remembered at once */
#define CONNECTIONS_SOCKETS  64 /* and sockets of one session */
#define CONNECTIONS_TRIED    8  /* and of one transfer */
#define ADDRESS_SIZE         64 /* bytes of "[IPv6 address]:port" and NUL */

typedef struct suspect {
  char address[ADDRESS_SIZE];
  int64_t since; /* microseconds, monotonic; 0: free */
} suspect;

/* An open socket of libcurl's, and the inode by which it is known again: no two sockets have the
** same. */
typedef struct open_socket {
  curl_socket_t socket;
  ino_t inode; /* 0: free */
} open_socket;

typedef struct connections { /* all zero: nothing is known */
  int64_t retired_at;        /* connections from before are given up; 0: none are */
  int fresh_left;            /* connections that may yet be opened instead of sharing one */
  int64_t renewed_at;        /* when those that are in use were replaced last */
  int max_age;               /* seconds after which they are */
  suspect suspects[CONNECTIONS_SUSPECTS];
  open_socket sockets[CONNECTIONS_SOCKETS]; /* the rest, if there are more, are not known */
} connections;

/* What one transfer has to do with connections. */
typedef struct connecting {
  connections *all;           /* of the session */
  const connections *known;   /* of the session; NULL: no address is passed over */
  int64_t started;            /* microseconds, monotonic */
  int opened, passed_over;    /* sockets that it opened, and addresses that it did not try */
  int error;                  /* errno of the last socket that could not be opened; 0: none */
  bool got_through;           /* it had a connection, to the end of the TLS handshake */
  char address[ADDRESS_SIZE]; /* of the peer that was asked last; "": none was */
  char tried[CONNECTIONS_TRIED][ADDRESS_SIZE]; /* those before it, of as many sockets */
  int tried_count;
  bool began_anew;
  long connect_timeout; /* milliseconds ... */
  long timeout;         /* ... and for all of it; 0: none */
} connecting;

/* Says which of its connections libcurl may use for a transfer that starts now. `oldest` is when
** the transfer began that has been in flight for the longest time; 0: none is. Neither `c` nor `t` may
** move: libcurl calls back with `t` until the transfer is over, and with `c` until the multi handle is
** gone, which closes the last sockets. */
void connections_choose(connections *c, CURL *easy, connecting *t, int64_t oldest);

/* Gives up all connections that are open now. */
void connections_retire_idle(connections *c);

/* Where curl's handles are left alone, in a forked process or because descriptors were closed:
** closes the sockets that are still open here, without a word on them. */
void connections_leave(connections *c);

/* The socket of the connection that a transfer had last, if libcurl still has it and tells. */
curl_socket_t connections_socket(CURL *easy);

/* Lets libcurl find a connection closed that looks idle and alive to it. */
void connections_shut_down(curl_socket_t socket);

/* A transfer got a reply from the address that it asked last: those that it tried before are
** suspect. */
void connections_note_reply(connections *c, const connecting *t);

/* It got none. Where it had a connection, or tried one address alone, that is suspect too; where it
** had none, the last address had the least time, and is tried again. */
void connections_note_silence(connections *c, const connecting *t);

/* Where addresses were passed over and no other was better: these are tried instead of those
** that were tried now, and, where that is of no use either, all. Returns whether there is time
** for it, and sets the handle up. */
bool connections_try_others(connections *c, CURL *easy, connecting *t);

/* Whether the transfer had a connection, to the end of the TLS handshake. */
bool connections_got_through(CURL *easy, connecting *t);

/* Whether this process has used up its file descriptors, or all but a few. */
bool connections_are_used_up(void);

#endif
