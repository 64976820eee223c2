/* core: registers the module sigmamind.core, its types and its small functions. */

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include <sys/stat.h>
#ifdef __APPLE__
#include <sys/random.h> /* getentropy */
#endif
#include <curl/curl.h>

#include "clock.h"
#include "decoder.h"
#include "encode.h"
#include "hash.h"
#include "object.h"
#include "outcome.h"
#include "page.h"
#include "query.h"
#include "seen.h"
#include "session.h"
#include "sha256.h"
#include "transfer.h"
#include "url.h"

#define VERSION "0.2.0"

/* core.now() -> seconds, monotonic, from an arbitrary point */
static int l_now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)clock_now() / 1e6);
  return 1;
}

/* core.sleep(seconds): blocks this thread; returns early when a signal arrives */
static int l_sleep(lua_State *L) {
  const double seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= 1e9, 1, "seconds must be from 0 to 1e9");
  struct timespec t;
  t.tv_sec = (time_t)seconds;
  t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
  nanosleep(&t, NULL);
  return 0;
}

static bool read_urandom(uint64_t *bits) {
  const int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool got = read(fd, bits, sizeof *bits) == (ssize_t)sizeof *bits;
  close(fd);
  return got;
}

/* From the system. An old kernel or a seccomp filter may lack getentropy, and a chroot the device:
** then bits that differ between processes, Lua states and moments. */
static uint64_t random_bits(const lua_State *L) {
  uint64_t bits;
  struct timespec t;
  if (getentropy(&bits, sizeof bits) == 0 || read_urandom(&bits)) return bits;
  clock_gettime(CLOCK_MONOTONIC, &t);
  bits = hash_mix((uint64_t)(uintptr_t)L, (uint64_t)getpid());
  bits = hash_mix(bits, (uint64_t)t.tv_sec);
  return hash_mix(hash_mix(bits, (uint64_t)t.tv_nsec), bits);
}

/* core.random() -> number, from 0 to below 1, for jitter, not for secrets. It never raises, so that
** a retry does not fail, and leaves the seed of the host's math.random alone. */
static int l_random(lua_State *L) {
  lua_pushnumber(L, (lua_Number)(random_bits(L) >> 11) / 9007199254740992.0);
  return 1;
}

/* core.is_file(path) -> whether it is a regular file, which opens and reads without blocking */
static int l_is_file(lua_State *L) {
  struct stat s;
  lua_pushboolean(L, stat(luaL_checkstring(L, 1), &s) == 0 && S_ISREG(s.st_mode));
  return 1;
}

/* core.thread() -> the running thread, also the main one, for which coroutine.running returns nil
** in Lua 5.1 and LuaJIT */
static int l_thread(lua_State *L) {
  lua_pushthread(L);
  return 1;
}

/* core.process() -> the process id. Another one than before: the process has been forked */
static int l_process(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)getpid());
  return 1;
}

/* core.http_date(text) -> seconds since 1970 | nil; the three forms of RFC 9110 section 5.6.7 */
static int l_http_date(lua_State *L) {
  const time_t t = curl_getdate(luaL_checkstring(L, 1), NULL);
  if (t != (time_t)-1)
    lua_pushnumber(L, (lua_Number)t);
  else
    lua_pushnil(L);
  return 1;
}

/* core.digest(text) -> a 64-bit hash, not cryptographic, in 16 hexadecimal digits */
static int l_digest(lua_State *L) {
  size_t length;
  char digits[HASH_DIGITS];
  const char *text = luaL_checklstring(L, 1, &length);
  hash_write_hex(digits, hash_bytes(text, length));
  lua_pushlstring(L, digits, sizeof digits);
  return 1;
}

/* core.sha256(text) -> the digest of FIPS 180-4 in 64 hexadecimal digits */
static int l_sha256(lua_State *L) {
  static const char hex[] = "0123456789abcdef";
  size_t length;
  unsigned char digest[SHA256_BYTES];
  char digits[2 * SHA256_BYTES];
  const char *text = luaL_checklstring(L, 1, &length);
  sha256(digest, text, length);
  for (int i = 0; i < SHA256_BYTES; i++) {
    digits[2 * i] = hex[digest[i] >> 4];
    digits[2 * i + 1] = hex[digest[i] & 15];
  }
  lua_pushlstring(L, digits, sizeof digits);
  return 1;
}

static void set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

/* core.outcome(code) -> {cause, kind, retry, message}, for a CURLcode, or for one of ours, which
** are below 0; nil for a code that the table lacks, which counts as "other". */
static int l_outcome(lua_State *L) {
  const int code = (int)luaL_checkinteger(L, 1);
  const outcome *o = outcome_of(code);
  if (!outcome_is_known(code)) return 0;
  lua_createtable(L, 0, 4);
  set_string(L, "cause", o->cause);
  set_string(L, "kind", o->kind);
  set_string(L, "message", o->sentence);
  lua_pushboolean(L, o->retry);
  lua_setfield(L, -2, "retry");
  return 1;
}

/* core.version() -> {sigmamind=, curl=, ssl=, zlib=, http2=} */
static int l_version(lua_State *L) {
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  lua_createtable(L, 0, 5);
  set_string(L, "sigmamind", VERSION);
  set_string(L, "curl", info->version);
  set_string(L, "ssl", info->ssl_version);
  set_string(L, "zlib", info->libz_version);
  lua_pushboolean(L, (info->features & CURL_VERSION_HTTP2) != 0);
  lua_setfield(L, -2, "http2");
  return 1;
}

/* The only global state, libcurl's own. It is never cleaned up: other users of libcurl in this
** process may rely on it. */
static void init_curl(void) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

__attribute__((visibility("default"))) int luaopen_sigmamind_core(lua_State *L);

int luaopen_sigmamind_core(lua_State *L) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  static const luaL_Reg functions[] = {
      {"session", session_lua},
      {"decoder", decoder_lua},
      {"query", query_lua},
      {"seen", seen_lua},
      {"digest", l_digest},
      {"sha256", l_sha256},
      {"url", url_lua},
      {"now", l_now},
      {"sleep", l_sleep},
      {"random", l_random},
      {"thread", l_thread},
      {"process", l_process},
      {"http_date", l_http_date},
      {"is_file", l_is_file},
      {"file_stamp", request_file_stamp},
      {"outcome", l_outcome},
      {"version", l_version},
      {NULL, NULL}, /* without this comment clang-format makes columns */
  };
  pthread_once(&once, init_curl);
  decoder_register(L);
  session_register(L);
  transfer_register(L);
  page_register(L);
  query_register(L);
  seen_register(L);
  url_register(L);
  lua_newtable(L);
  for (const luaL_Reg *f = functions; f->name != NULL; f++) {
    lua_pushcfunction(L, f->func);
    lua_setfield(L, -2, f->name);
  }
  encode_push_upvalue(L);
  lua_pushcclosure(L, encode_lua, 1);
  lua_setfield(L, -2, "encode");
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  return 1;
}
