/* url: takes URLs apart with libcurl's own parser, so that what is checked is what is asked. */
#ifndef SIGMAMIND_URL_H
#define SIGMAMIND_URL_H

#include <lua.h>

int url_lua(lua_State *L); /* core.url(text) -> {scheme, host, port, path, ...} | nil, message */
void url_register(lua_State *L);

#endif
