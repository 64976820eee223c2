/*
** request: what Lua describes in a table becomes an easy handle: URL, method, headers, body, TLS,
** proxy, time limits.
*/
#ifndef SIGMAMIND_REQUEST_H
#define SIGMAMIND_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <lua.h>

#include "exchange.h"

/* What all requests of a session share; the texts are in a table. */
typedef struct request_settings {
  size_t max_body;   /* bytes, of each reply */
  long http_version; /* CURL_HTTP_VERSION_... */
} request_settings;

/* Sets up the easy handle of an exchange for the table at `request`. The session's texts are in a
** table at `settings`. Raises for what cannot be sent; the message never holds a value, which may
** be the key. [0] */
void request_prepare(lua_State *L, exchange *x, const request_settings *s, int settings,
                     int request);

bool request_is_token(const char *s, size_t length); /* RFC 9110 section 5.6.2 */

/* RFC 9110 section 5.5: no CR, LF or NUL, which would begin another header, nor other controls. */
bool request_is_header_value(const char *s, size_t length);

#endif
