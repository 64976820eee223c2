/*
** request: sets up an exchange's easy handle from a Lua table: URL, method, headers, body, TLS,
** proxy, time limits. It owns nothing: the header list is the exchange's.
*/
#ifndef SIGMAMIND_REQUEST_H
#define SIGMAMIND_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <lua.h>

#include "exchange.h"

/* The settings that all requests of a session share. The strings among them are in a Lua table. */
typedef struct request_settings {
  size_t max_body;   /* bytes, of each reply */
  long http_version; /* CURL_HTTP_VERSION_... */
} request_settings;

/* Sets up the easy handle of an exchange for the table at `request`; the session's strings are in
** the table at `settings`. Raises for an invalid request, with a message that never holds a value,
** which may be the API key. Returns 0, or errno for a file of a form that cannot be used. [0, or more
** after an error] */
int request_prepare(lua_State *L, exchange *x, const request_settings *s, int settings,
                    int request);

/* core.file_stamp(file) -> the size of an open file and the time when it was last changed, as a text
** to compare; nil: it is none */
int request_file_stamp(lua_State *L);

bool request_is_token(const char *s, size_t length); /* RFC 9110 section 5.6.2 */

/* RFC 9110 section 5.5: no CR, LF or NUL, which would start another header, nor other controls. */
bool request_is_header_value(const char *s, size_t length);

#endif
