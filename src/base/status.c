#include "whorl/status.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/detail.h"

typedef struct status_row {
  int number;
  const char *name;
  const char *sentence;
} status_row_t;

static const status_row_t rows[] = {
#define STATUS_ROW(name, number, sentence) {number, "WHORL_" #name, sentence},
    WHORL_STATUS_TABLE(STATUS_ROW)
#undef STATUS_ROW
};

// The numbers are 0, -1, -2, ...: status_test.c checks that the table has no hole.
static const status_row_t *find_row(int status)
{
  int count = (int)(sizeof rows / sizeof rows[0]);
  return status <= 0 && status > -count ? &rows[-status] : NULL;
}

const char *whorl_status_name(int status)
{
  const status_row_t *row = find_row(status);
  return row != NULL ? row->name : "WHORL_UNKNOWN";
}

const char *whorl_status_sentence(int status)
{
  const status_row_t *row = find_row(status);
  return row != NULL ? row->sentence : "a number that is no status of this version";
}

int whorl_status_from_errno(int error)
{
  // On Linux EWOULDBLOCK is EAGAIN, and ENOTSUP is EOPNOTSUPP.
  if (error == 0) return WHORL_OK;
  if (error == ENOMEM) return whorl__fail_plain(WHORL_NO_MEMORY);
  if (error == EAGAIN) return whorl__fail_plain(WHORL_WOULD_BLOCK);
  if (error == EINTR) return whorl__fail_plain(WHORL_INTERRUPTED);
  if (error == ETIMEDOUT) return whorl__fail_plain(WHORL_TIMED_OUT);
  if (error == ECANCELED) return whorl__fail_plain(WHORL_CANCELED);
  if (error == EBUSY) return whorl__fail_plain(WHORL_BUSY);
  if (error == EINVAL || error == EBADF) return whorl__fail_plain(WHORL_INVALID_ARGUMENT);
  if (error == ENOENT) return whorl__fail_plain(WHORL_NOT_FOUND);
  if (error == EMFILE || error == ENFILE || error == ENOSPC) return whorl__fail_plain(WHORL_LIMIT_EXCEEDED);
  if (error == ENOSYS || error == EOPNOTSUPP) return whorl__fail_plain(WHORL_UNSUPPORTED);
  if (error == EPIPE || error == ECONNRESET) return whorl__fail_plain(WHORL_CLOSED);
  return whorl__fail(WHORL_IO_ERROR, "%s (errno %d)", strerror(error), error);
}
