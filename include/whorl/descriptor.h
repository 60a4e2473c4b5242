// Waiting for file descriptors: pipes, sockets, serial ports, and what else can be polled. In tasks of an event loop. Law: docs/tasks.md R29.
#ifndef WHORL_DESCRIPTOR_H
#define WHORL_DESCRIPTOR_H

#include "whorl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

// May suspend, until a read or write would probably not block. That is a hint: the descriptor must be non-blocking (waiting makes it so), and the read or write may still say EAGAIN; an error or a hang-up
// is reported as readiness too, and shows at the read or write. One task per descriptor and direction. The descriptor stays the caller's.
// CANCELED; CLOSED after whorl_fd_closing; BUSY: another task waits already; INVALID_ARGUMENT: not open, or a regular file; LIMIT_EXCEEDED, NO_MEMORY, IO_ERROR; NOT_IN_TASK; UNSUPPORTED in a
// simulation or under an executor.
int whorl_wait_readable(int fd);
int whorl_wait_writable(int fd);

// To be called before close(fd) when a task may be waiting for it: that wait ends with CLOSED, and nothing of it touches the descriptor or a later one of the same number. Never suspends; harmless when
// nobody waits. In a task, a post or a release function of the loop whose tasks wait. WRONG_THREAD elsewhere.
int whorl_fd_closing(int fd);

#ifdef __cplusplus
}
#endif
#endif
