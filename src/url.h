/* url: parses URLs with libcurl's own parser, so that the checked URL is the requested one. */
#ifndef SIGMAMIND_URL_H
#define SIGMAMIND_URL_H

#include <lua.h>

int url_lua(lua_State *L); /* core.url(text) -> {scheme, host, port, path, ...} | nil, message */
void url_register(lua_State *L); /* makes the metatable of its userdata [0] */

#endif
