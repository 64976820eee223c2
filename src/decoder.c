#include "decoder.h"

#include "decode.h"
#include "object.h"
#include "page.h"

#define DECODER "sigmamind.decoder"

/* Its user value is the table of its settings. */
typedef struct decoder {
  decode_settings settings;
} decoder;

int decoder_lua(lua_State *L) {
  lua_settop(L, 1);
  const decode_settings settings = decode_read_settings(L, 1);
  decoder *d = lua_newuserdata(L, sizeof *d);
  d->settings = settings;
  object_set_type(L, DECODER);
  lua_pushvalue(L, 2);
  sm_setuservalue(L, -2);
  return 1;
}

/* decoder:value(text) -> value | nil, message, "decode" */
static int l_value(lua_State *L) {
  size_t length;
  const decoder *made = object_self(L, DECODER);
  const char *text = luaL_checklstring(L, 2, &length);
  lua_settop(L, 2);
  sm_getuservalue(L, 1);
  decoding d = decode_begin(L, &made->settings, 3, text + length);
  const char *p = decode_value(&d, json_space(text), 0);
  if (p == NULL || json_check_end(&d.scan, p) == NULL) return decode_failed(L, &d.scan, text);
  return 1;
}

/* decoder:page(text [, query [, seen]]) -> page | nil, message, kind */
static int l_page(lua_State *L) {
  const decoder *d = object_self(L, DECODER);
  luaL_checkstring(L, 2);
  lua_settop(L, 4);
  sm_getuservalue(L, 1);
  return page_new(L, &d->settings);
}

/* Every object has a close; a decoder holds nothing to free. */
static int l_close(lua_State *L) {
  object_self(L, DECODER);
  return 0;
}

static int l_tostring(lua_State *L) {
  const decoder *d = object_self(L, DECODER);
  lua_pushfstring(L, "sigmamind.decoder (%d levels)", (int)d->settings.max_depth);
  return 1;
}

void decoder_register(lua_State *L) {
  static const luaL_Reg methods[] = {{"value", l_value}, {"page", l_page}, {NULL, NULL}};
  static const object_type type = {DECODER, methods, l_close, NULL, l_tostring, NULL, NULL};
  object_register(L, &type, decode_push_upvalues(L));
}
