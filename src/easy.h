/* easy: sets options of libcurl's easy handles. setopt is a macro that checks types, so these must
** be macros too. */
#ifndef SIGMAMIND_EASY_H
#define SIGMAMIND_EASY_H

#include <curl/curl.h>
#include <lauxlib.h>

/* For a required option: raises libcurl's message on failure. */
#define EASY_SET(L, easy, option, value)                                                           \
  do {                                                                                             \
    const CURLcode easy_code = curl_easy_setopt(easy, option, value);                              \
    if (easy_code != CURLE_OK) luaL_error(L, "libcurl: %s", curl_easy_strerror(easy_code));        \
  } while (0)

/* For an option that a libcurl or its TLS library may lack. */
#define EASY_TRY(easy, option, value) ((void)curl_easy_setopt(easy, option, value))

#endif
