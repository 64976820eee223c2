#include "request.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <lualib.h>

#include "ascii.h"
#include "compat.h"
#include "easy.h"
#include "object.h"
#include "wipe.h"

/* A value of NULL: libcurl sends no such header of its own. False: out of memory. libcurl takes
** "Name:" for a header to leave out, and "Name;" for one with an empty value. */
static bool append_header(exchange *x, const char *name, const char *value) {
  const char *text = value != NULL ? value : "";
  const char *mark = value == NULL ? ":" : *value == '\0' ? ";" : ": ";
  const size_t size = strlen(name) + strlen(text) + 3;
  char *line = malloc(size);
  if (line == NULL) return false;
  snprintf(line, size, "%s%s%s", name, mark, text);
  struct curl_slist *longer = curl_slist_append(x->headers, line);
  wipe(line, size);
  free(line);
  if (longer != NULL) x->headers = longer;
  return longer != NULL;
}

bool request_is_token(const char *s, size_t length) {
  if (length == 0) return false;
  for (; length > 0; s++, length--) {
    const bool letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z');
    if (!letter && (*s == '\0' || strchr("!#$%&'*+-.^_`|~0123456789", *s) == NULL)) return false;
  }
  return true;
}

bool request_is_header_value(const char *s, size_t length) {
  for (; length > 0; s++, length--) {
    const unsigned char c = (unsigned char)*s;
    if ((c < 0x20 && c != '\t') || c == 0x7F) return false;
  }
  return true;
}

static bool is_url(const char *s, size_t length) {
  for (; length > 0; s++, length--)
    if ((unsigned char)*s <= 0x20 || *s == 0x7F) return false;
  return true;
}

/* The message never holds the value, which may be the API key. */
static void add_header(lua_State *L, exchange *x, int request, const char *name, size_t name_length,
                       const char *value, size_t value_length) {
  luaL_argcheck(L, request_is_token(name, name_length), request, "a header name must be a token");
  luaL_argcheck(L, value == NULL || request_is_header_value(value, value_length), request,
                "a header value or key must not hold control characters (CR, LF, NUL, ...)");
  if (!append_header(x, name, value)) luaL_error(L, "not enough memory");
}

static void add_headers(lua_State *L, exchange *x, int request) {
  lua_getfield(L, request, "headers");
  if (!lua_isnil(L, -1)) {
    luaL_argcheck(L, lua_istable(L, -1), request, "headers must be a table");
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
      size_t name_length, value_length = 0;
      const bool is_removed = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
      luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, request, "header names must be strings");
      luaL_argcheck(L, is_removed || lua_type(L, -1) == LUA_TSTRING, request,
                    "header values must be strings, or false for none");
      const char *name = lua_tolstring(L, -2, &name_length);
      const char *value = is_removed ? NULL : lua_tolstring(L, -1, &value_length);
      add_header(L, x, request, name, name_length, value, value_length);
    }
  }
  lua_pop(L, 1);
}

/* Pushes table[name], a string or nil, and returns it. [+1] */
static const char *get_string_of(lua_State *L, int request, int table, const char *name,
                                 size_t *length) {
  lua_getfield(L, table, name);
  if (lua_isnil(L, -1)) return NULL;
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_argerror(L, request, lua_pushfstring(L, "%s must be a string", name));
  return lua_tolstring(L, -1, length);
}

static const char *get_string(lua_State *L, int request, const char *name, size_t *length) {
  return get_string_of(L, request, request, name, length);
}

/* request[name], from seconds to milliseconds; 0 for nil and false. [0] */
static long get_milliseconds(lua_State *L, int request, const char *name) {
  lua_getfield(L, request, name);
  double seconds = 0;
  if (lua_toboolean(L, -1)) {
    seconds = lua_tonumber(L, -1);
    if (!(lua_isnumber(L, -1) && seconds > 0))
      luaL_argerror(L, request, lua_pushfstring(L, "%s must be a number above 0, or false", name));
  }
  lua_pop(L, 1);
  const double milliseconds = ceil(seconds * 1000);
  return milliseconds < INT_MAX ? (long)milliseconds : INT_MAX;
}

#define SET(option, value) EASY_SET(L, x->easy, option, value)
#define TRY(option, value) EASY_TRY(x->easy, option, value)

/* curl counts a stall in whole seconds; a connect timeout of 0 is its default of 300 s. */
static void set_timeouts(lua_State *L, exchange *x, int request) {
  const long connect = get_milliseconds(L, request, "connect_timeout");
  const long stall = get_milliseconds(L, request, "stall_timeout");
  x->connecting.connect_timeout = connect > 0 ? connect : (long)INT_MAX;
  SET(CURLOPT_CONNECTTIMEOUT_MS, x->connecting.connect_timeout);
  x->connecting.timeout = get_milliseconds(L, request, "timeout");
  SET(CURLOPT_TIMEOUT_MS, x->connecting.timeout);
  SET(CURLOPT_LOW_SPEED_LIMIT, stall > 0 ? 1L : 0L);
  SET(CURLOPT_LOW_SPEED_TIME, stall / 1000 + (stall % 1000 > 0));
}

/* A proxy from the environment would get the API key of a plain http request in clear text: such a
** request, to loopback or where the user insisted, uses only a proxy from the options. NO_PROXY
** does not override a proxy from the options. */
static void set_proxy(lua_State *L, exchange *x, const char *url, const char *proxy) {
  if (proxy == NULL && ascii_equal(url, "http:", 5)) proxy = "";
  if (proxy != NULL) SET(CURLOPT_PROXY, proxy);
  if (proxy != NULL) SET(CURLOPT_NOPROXY, "");
  SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* ours are not for the proxy */
}

/* Replaces the system's authorities, for the server and for an https proxy. Some TLS libraries lack
** CAPATH, or https proxies. */
static void set_authorities(lua_State *L, exchange *x, const char *ca_file) {
  if (ca_file == NULL) return;
  SET(CURLOPT_CAINFO, ca_file);
  TRY(CURLOPT_CAPATH, NULL);
  TRY(CURLOPT_PROXY_CAINFO, ca_file);
  TRY(CURLOPT_PROXY_CAPATH, NULL);
}

/* The passphrase is empty, or OpenSSL would prompt for one on the terminal. */
static void set_client_certificate(lua_State *L, exchange *x, const char *cert, const char *key) {
  x->has_certificate = cert != NULL;
  if (cert == NULL) return;
  SET(CURLOPT_SSLCERT, cert);
  SET(CURLOPT_SSLKEY, key != NULL ? key : cert);
  SET(CURLOPT_KEYPASSWD, "");
}

static void set_security(lua_State *L, exchange *x) {
  SET(CURLOPT_FOLLOWLOCATION, 0L); /* curl would carry X-API-Key to another host */
  SET(CURLOPT_SSL_VERIFYPEER, 1L);
  SET(CURLOPT_SSL_VERIFYHOST, 2L);
  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  TRY(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
#if LIBCURL_VERSION_NUM >= 0x075500
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/* Sets the method, GET by default, and the body, which curl copies. */
static void set_method(lua_State *L, exchange *x, int request) {
  size_t method_length = 0, body_length = 0;
  const char *method = get_string(L, request, "method", &method_length);
  const char *text = get_string(L, request, "body", &body_length);
  luaL_argcheck(L, method == NULL || request_is_token(method, method_length), request,
                "method must be a token");
  if (text != NULL) {
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_length);
    SET(CURLOPT_COPYPOSTFIELDS, text);
  }
  x->reply.is_head = method != NULL && strcmp(method, "HEAD") == 0;
  if (x->reply.is_head)
    SET(CURLOPT_NOBODY, 1L);
  else if (method != NULL || text != NULL) /* a body makes curl's default POST */
    SET(CURLOPT_CUSTOMREQUEST, method != NULL ? method : "GET");
  lua_pop(L, 2);
}

/* The open file of Lua's io library on top of the stack; NULL: it is none. Every Lua begins such a
** userdata with the FILE *, which 5.1 and LuaJIT set to NULL when it is closed. */
static FILE *to_file(lua_State *L) {
  void *file = lua_touserdata(L, -1);
  if (file == NULL || !lua_getmetatable(L, -1)) return NULL;
  luaL_getmetatable(L, LUA_FILEHANDLE);
  const bool is_file = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  if (!is_file) return NULL;
#if LUA_VERSION_NUM >= 502
  if (((luaL_Stream *)file)->closef == NULL) return NULL;
#endif
  return *(FILE **)file;
}

#ifdef __APPLE__
#define st_mtim st_mtimespec
#endif

int request_file_stamp(lua_State *L) {
  struct stat s;
  char text[64];
  lua_settop(L, 1);
  FILE *file = to_file(L);
  if (file == NULL || fstat(fileno(file), &s) != 0) {
    lua_pushnil(L);
    return 1;
  }
  snprintf(text, sizeof text, "%lld %lld.%09ld", (long long)s.st_size, (long long)s.st_mtim.tv_sec,
           (long)s.st_mtim.tv_nsec);
  lua_pushstring(L, text);
  return 1;
}

/* Pushes a field of a part that becomes part of its head: a line end would begin another header. Some
** releases of libcurl escape it, some do not. [+1] */
static const char *get_part_text(lua_State *L, int request, int part, const char *field) {
  size_t length = 0;
  const char *text = get_string_of(L, request, part, field, &length);
  if (text != NULL && !request_is_header_value(text, length))
    luaL_argerror(L, request,
                  lua_pushfstring(L, "the %s of a part must not hold control characters", field));
  return text;
}

static const char *const PART_NAMES[] = {"name", "data", "file", "filename", "type", NULL};

/* Adds the part, a table on top of the stack. [0] */
static bool add_part(lua_State *L, form *f, int request) {
  size_t length = 0;
  const int part = lua_gettop(L);
  object_check_names(L, part, request, "field of a part", PART_NAMES);
  const char *name = get_part_text(L, request, part, "name");
  const char *filename = get_part_text(L, request, part, "filename");
  const char *type = get_part_text(L, request, part, "type");
  const char *data = get_string_of(L, request, part, "data", &length);
  luaL_argcheck(L, name != NULL, request, "a part of a form must have a name");
  lua_getfield(L, part, "file");
  FILE *file = lua_isnil(L, -1) ? NULL : to_file(L);
  luaL_argcheck(L, (data != NULL) != (file != NULL), request,
                "a part of a form must have data, a string, or file, an open file");
  const bool added = file != NULL ? form_add_file(f, name, fileno(file), filename, type)
                                  : form_add_data(f, name, data, length, filename, type);
  lua_settop(L, part);
  return added;
}

/* A multipart body, and POST unless there is another method. Returns 0, or errno for a file that
** cannot be used. [0, or more] */
static int set_form(lua_State *L, exchange *x, int request) {
  lua_getfield(L, request, "body");
  lua_getfield(L, request, "form");
  if (!lua_isnil(L, -1)) {
    luaL_argcheck(L, lua_isnil(L, -2), request, "a request has a body or a form");
    luaL_argcheck(L, lua_istable(L, -1), request, "form must be a list of parts");
    if (!form_open(&x->form, x->easy)) luaL_error(L, "not enough memory");
    for (int i = 1; i <= (int)sm_rawlen(L, -1); i++) {
      lua_rawgeti(L, -1, i);
      luaL_argcheck(L, lua_istable(L, -1), request, "form must be a list of parts");
      if (!add_part(L, &x->form, request)) return errno;
      lua_pop(L, 1);
    }
    SET(CURLOPT_MIMEPOST, x->form.mime);
  }
  lua_pop(L, 2);
  return 0;
}

static const char *const FIELD_NAMES[] = {
    "url",       "method",  "headers",         "key",           "body", "form",
    "exclusive", "timeout", "connect_timeout", "stall_timeout", NULL};

int request_prepare(lua_State *L, exchange *x, const request_settings *s, int settings,
                    int request) {
  const int top = lua_gettop(L);
  size_t length = 0;
  object_check_names(L, request, request, "field of a request", FIELD_NAMES);
  const char *url = get_string(L, request, "url", &length);
  luaL_argcheck(L, url != NULL && is_url(url, length), request,
                "url must be a string without spaces and control characters");
  SET(CURLOPT_URL, url);
  SET(CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl can decode */
  SET(CURLOPT_HTTP_VERSION, s->http_version);
  set_security(L, x);
  set_authorities(L, x, get_string(L, settings, "ca_file", &length));
  const char *cert = get_string(L, settings, "client_cert", &length);
  set_client_certificate(L, x, cert, get_string(L, settings, "client_key", &length));
  set_proxy(L, x, url, get_string(L, settings, "proxy", &length));
  const char *user_agent = get_string(L, settings, "user_agent", &length);
  if (user_agent != NULL) SET(CURLOPT_USERAGENT, user_agent);
  add_headers(L, x, request);
  const char *key = get_string(L, request, "key", &length);
  if (key != NULL) add_header(L, x, request, "X-API-Key", 9, key, length);
  SET(CURLOPT_HTTPHEADER, x->headers);
  lua_settop(L, top);
  set_method(L, x, request);
  const int error = set_form(L, x, request);
  if (error != 0) return error;
  lua_getfield(L, request, "exclusive");
  if (lua_toboolean(L, -1) && !exchange_make_exclusive(x)) luaL_error(L, "not enough memory");
  lua_pop(L, 1);
  set_timeouts(L, x, request);
  return 0;
}
