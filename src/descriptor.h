/* descriptor: keeps our descriptors off numbers 0 to 2. They are the host's standard streams, even
** if it closed them: whatever the host prints would go into ours. */
#ifndef SIGMAMIND_DESCRIPTOR_H
#define SIGMAMIND_DESCRIPTOR_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define DESCRIPTOR_MIN 3

/* Moves a descriptor above the streams, if it is not there yet. Takes and returns -1, with errno
** set, for a failure. */
static inline int descriptor_above_streams(int fd) {
  if (fd < 0 || fd >= DESCRIPTOR_MIN) return fd;
  const int above = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_MIN);
  const int cause = errno;
  close(fd);
  errno = cause;
  return above;
}

#endif
