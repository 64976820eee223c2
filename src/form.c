#include "form.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>

#include "descriptor.h"

typedef struct form_file {
  struct form_file *next;
  int fd;
  curl_off_t at, length; /* bytes sent, and in all */
  bool lost;             /* it became shorter, or cannot be read */
} form_file;

/* == What libcurl calls ============================================================= */

/* A file that became shorter ends the transfer. */
static size_t on_read(char *buffer, size_t size, size_t count, void *self) {
  form_file *file = self;
  const curl_off_t left = file->length - file->at;
  size_t wanted = size * count;
  if (left < (curl_off_t)wanted) wanted = (size_t)left;
  if (wanted == 0) return 0;
  const ssize_t got = pread(file->fd, buffer, wanted, (off_t)file->at);
  file->lost = got <= 0;
  if (file->lost) return CURL_READFUNC_ABORT;
  file->at += got;
  return (size_t)got;
}

/* libcurl rewinds where it begins anew before a byte was taken from it. */
static int on_seek(void *self, curl_off_t offset, int origin) {
  form_file *file = self;
  if (origin != SEEK_SET || offset < 0 || offset > file->length) return CURL_SEEKFUNC_FAIL;
  file->at = offset;
  return CURL_SEEKFUNC_OK;
}

/* == Making ========================================================================= */

static bool out_of_memory(void) {
  errno = ENOMEM;
  return false;
}

bool form_open(form *f, CURL *easy) {
  f->mime = curl_mime_init(easy);
  return f->mime != NULL || out_of_memory();
}

/* The named part; NULL: out of memory. */
static curl_mimepart *add_part(form *f, const char *name) {
  curl_mimepart *part = curl_mime_addpart(f->mime);
  return part != NULL && curl_mime_name(part, name) == CURLE_OK ? part : NULL;
}

static bool set_head(curl_mimepart *part, const char *filename, const char *type) {
  return curl_mime_filename(part, filename) == CURLE_OK && curl_mime_type(part, type) == CURLE_OK;
}

bool form_add_data(form *f, const char *name, const char *data, size_t length, const char *filename,
                   const char *type) {
  curl_mimepart *part = add_part(f, name);
  const bool added = part != NULL && curl_mime_data(part, data, length) == CURLE_OK &&
                     set_head(part, filename, type);
  return added || out_of_memory();
}

/* Links a file of all zero into the list; NULL: out of memory. */
static form_file *new_file(form *f) {
  form_file *file = calloc(1, sizeof *file);
  if (file == NULL) return NULL;
  file->fd = -1;
  file->next = f->files;
  f->files = file;
  return file;
}

/* Opens a copy of the descriptor, and reads the length. */
static bool open_file(form_file *file, int fd) {
  struct stat s;
  file->fd = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_MIN);
  if (file->fd < 0 || fstat(file->fd, &s) != 0) return false;
  file->length = (curl_off_t)s.st_size;
  if (S_ISREG(s.st_mode)) return true;
  errno = ESPIPE;
  return false;
}

bool form_add_file(form *f, const char *name, int fd, const char *filename, const char *type) {
  curl_mimepart *part = add_part(f, name);
  form_file *file = part != NULL ? new_file(f) : NULL;
  if (file == NULL) return out_of_memory();
  if (!open_file(file, fd)) return false;
  const bool added =
      curl_mime_data_cb(part, file->length, on_read, on_seek, NULL, file) == CURLE_OK &&
      set_head(part, filename, type);
  return added || out_of_memory();
}

bool form_is_lost(const form *f) {
  for (const form_file *file = f->files; file != NULL; file = file->next)
    if (file->lost) return true;
  return false;
}

void form_free(form *f, bool usable) {
  if (usable) curl_mime_free(f->mime);
  f->mime = NULL;
  for (form_file *file = f->files, *next; file != NULL; file = next) {
    next = file->next;
    if (file->fd >= 0) close(file->fd);
    free(file);
  }
  f->files = NULL;
}
