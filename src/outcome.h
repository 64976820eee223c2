/*
** outcome: the table of the ways in which an exchange can fail: the error's kind, whether a retry
** may succeed, and our own sentence. libcurl's words, which change from release to release, only
** follow it. No Lua in it.
*/
#ifndef SIGMAMIND_OUTCOME_H
#define SIGMAMIND_OUTCOME_H

#include <stdbool.h>

/* Our own codes, below libcurl's CURLcodes, which start at 0. */
enum {
  OUTCOME_CANCELLED = -1,
  OUTCOME_CLOSED = -2,
  OUTCOME_FORKED = -3,
  OUTCOME_ENGINE = -4,
  OUTCOME_BODY_TOO_LARGE = -5,
  OUTCOME_HEAD_TOO_LARGE = -6,
  OUTCOME_CODED_TWICE = -7,
  OUTCOME_NO_MEMORY = -8,
  OUTCOME_HEAD_CUT = -9,
  OUTCOME_DESCRIPTORS = -10,
  OUTCOME_PROXY_REFUSED = -11,
  OUTCOME_PROXY_LIMIT = -12,
  OUTCOME_PROXY_FAILED = -13,
  OUTCOME_REPLY = -14,
  OUTCOME_FILE = -15
};

typedef struct outcome {
  int code;          /* a CURLcode, or one of the above */
  const char *cause; /* for the Lua layer, which has hints for some causes; never NULL */
  const char *kind;  /* of the error object */
  bool retry;        /* a retry may succeed */
  bool mute;         /* drop libcurl's words: they may hold part of a password */
  const char *sentence;
} outcome;

/* Never NULL: a code that the table lacks counts as a network failure. */
const outcome *outcome_of(int code);

/* Whether the table names the code. */
bool outcome_is_known(int code);

#endif
