/*
** form: a multipart/form-data body (RFC 7578), whose files are streamed. No Lua in it.
**
** A form owns libcurl's mime handle and a descriptor of its own for each file. It reads a file from
** the beginning, whatever its owner reads meanwhile, and sends as many bytes as the file had when it
** was added: the length of the body is known, and nothing is sent in chunks.
*/
#ifndef SIGMAMIND_FORM_H
#define SIGMAMIND_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <curl/curl.h>

typedef struct form { /* all zero: there is none */
  curl_mime *mime;
  struct form_file *files; /* a list, the last one first */
} form;

/* Each returns false, with errno set, on failure: ENOMEM, ESPIPE for what is no regular file, or what
** the system says. form_free is still due. filename and type may be NULL. */
bool form_open(form *f, CURL *easy);
bool form_add_data(form *f, const char *name, const char *data, size_t length, const char *filename,
                   const char *type);
/* The form reads through a copy of the descriptor. */
bool form_add_file(form *f, const char *name, int fd, const char *filename, const char *type);

/* Whether the transfer ended because a file became shorter or cannot be read. */
bool form_is_lost(const form *f);

/* After the easy handle was freed. If that is abandoned, so is the mime handle: then not `usable`. */
void form_free(form *f, bool usable);

#endif
