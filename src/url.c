#include "url.h"

#include <string.h>
#include <curl/curl.h>

#include "object.h"

#define URL "sigmamind.url"

/* Owns curl's allocations while Lua, which may raise, copies them. */
typedef struct url {
  CURLU *parsed;
  char *part;
} url;

static int l_gc(lua_State *L) {
  url *u = lua_touserdata(L, 1);
  curl_free(u->part);
  curl_url_cleanup(u->parsed);
  return 0;
}

/* Sets the part in the table on top of the stack, if the URL has it. [0] */
static void set_part(lua_State *L, url *u, CURLUPart part, const char *name) {
  if (curl_url_get(u->parsed, part, &u->part, CURLU_DEFAULT_PORT) != CURLUE_OK) return;
  lua_pushstring(L, u->part);
  lua_setfield(L, -2, name);
  curl_free(u->part);
  u->part = NULL;
}

int url_lua(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  url *u = lua_newuserdata(L, sizeof *u);
  memset(u, 0, sizeof *u);
  object_set_type(L, URL);
  u->parsed = curl_url();
  if (u->parsed == NULL) return luaL_error(L, "not enough memory");
  if (strlen(text) != length ||
      curl_url_set(u->parsed, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return failure(L, "config", "not a URL");
  lua_newtable(L);
  set_part(L, u, CURLUPART_SCHEME, "scheme");
  set_part(L, u, CURLUPART_USER, "user");
  set_part(L, u, CURLUPART_PASSWORD, "password");
  set_part(L, u, CURLUPART_HOST, "host");
  set_part(L, u, CURLUPART_PORT, "port");
  set_part(L, u, CURLUPART_PATH, "path");
  set_part(L, u, CURLUPART_QUERY, "query");
  set_part(L, u, CURLUPART_FRAGMENT, "fragment");
  return 1;
}

/* Such a userdata never reaches Lua code: its metatable has a finalizer only. */
void url_register(lua_State *L) {
  luaL_newmetatable(L, URL);
  lua_pushcfunction(L, l_gc);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}
