/*
** transfer: the Lua object of an exchange. It owns the exchange, which a session's engine links
** while it is in flight.
*/
#ifndef SIGMAMIND_TRANSFER_H
#define SIGMAMIND_TRANSFER_H

#include <lua.h>

#include "exchange.h"
#include "request.h"

/* Pushes a transfer for the request in the table at `request`, and returns its exchange, not
** started. The session's strings are in the table on top of the stack, and stay there. NULL: a file
** cannot be used, for the reason in *error, an errno. [+1, or more] */
exchange *transfer_new(lua_State *L, const request_settings *s, int request, int *error);

/* Makes the metatable. [0] */

void transfer_register(lua_State *L);

#endif
