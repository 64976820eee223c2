/*
** request: what Lua describes in a table becomes an easy handle: URL, method, headers, body, TLS,
** proxy, time limits.
*/
#ifndef SIGMAMIND_REQUEST_H
#define SIGMAMIND_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <lua.h>

#include "transfer.h"

/* Sets up t->easy for the table at `request`. The settings are those of the session, a table at
** `settings`. Raises for what cannot be sent; the message never holds a value, which may be the
** key. [0] */
void request_prepare(lua_State *L, transfer *t, int settings, int request, long http_version);

/* Wipes and frees the header list, which holds the key. The easy handle refers to it until it is
** gone. */
void request_free_headers(transfer *t);

bool request_is_token(const char *s, size_t length); /* RFC 9110 section 5.6.2 */

/* RFC 9110 section 5.5: no CR, LF or NUL, which would begin another header, nor other controls. */
bool request_is_header_value(const char *s, size_t length);

#endif
