/* descriptor: numbers 0 to 2 are the host's standard streams, also where it closed them. A
** descriptor of ours there would get what the host prints. */
#ifndef SIGMAMIND_DESCRIPTOR_H
#define SIGMAMIND_DESCRIPTOR_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define DESCRIPTOR_MIN 3

/* Takes a descriptor, or -1 with errno set. Returns it, or one for the same above the streams. */
static inline int descriptor_above_streams(int fd) {
  if (fd < 0 || fd >= DESCRIPTOR_MIN) return fd;
  const int above = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_MIN);
  const int cause = errno;
  close(fd);
  errno = cause;
  return above;
}

#endif
