/*
** sha256: the digest of FIPS 180-4, for keys in a store that others can read. No Lua in it. libcurl
** has one too, but does not export it, and no other library is needed.
*/
#ifndef SIGMAMIND_SHA256_H
#define SIGMAMIND_SHA256_H

#include <stddef.h>

#define SHA256_BYTES 32

void sha256(unsigned char digest[SHA256_BYTES], const void *data, size_t length);

#endif
