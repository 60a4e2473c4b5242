#define _GNU_SOURCE
#include "loop/uv_loop.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/detail.h"
#include "whorl/status.h"

// Libuv's first loop takes an epoll instance, and then a pipe for signals that it cannot do without.
static bool three_are_left(void)
{
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return false;
  int third = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
  if (third >= 0) close(third);
  close(ends[0]);
  close(ends[1]);
  return third >= 0;
}

int whorl__uv_loop_open(uv_loop_t *uv, const char *purpose)
{
  static atomic_bool has_its_pipe;
  if ((atomic_load(&has_its_pipe) || three_are_left()) && uv_loop_init(uv) == 0) {
    atomic_store(&has_its_pipe, true);
    return WHORL_OK;
  }
  return whorl__fail(WHORL_IO_ERROR, "libuv cannot make an event loop%s", purpose);
}
