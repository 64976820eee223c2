/*
** transfer: the Lua object of an exchange.
*/
#ifndef SIGMAMIND_TRANSFER_H
#define SIGMAMIND_TRANSFER_H

#include <lua.h>

#include "exchange.h"
#include "request.h"

/* Pushes a transfer for the request described by the table at `request`, and returns its exchange,
** not yet started. The session's texts are in the table on top of the stack, and stay there. [+1]
*/
exchange *transfer_new(lua_State *L, const request_settings *s, int request);

void transfer_register(lua_State *L);

#endif
