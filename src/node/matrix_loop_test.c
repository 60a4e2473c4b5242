// The matrix (matrix.h) of what only an event loop has: descriptors (pipes) and blocking work, in a node on a real loop. No time decides anything: who shall be late has its deadline moved to now.
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "node/matrix.h"

// --- Descriptors, from both ends

static int near_end = -1, far_end = -1;

static int make_pipe(void)
{
  int ends[2];
  CHECK_INT(0, pipe(ends));
  for (int i = 0; i < 2; i++) CHECK_INT(0, fcntl(ends[i], F_SETFL, O_NONBLOCK));
  near_end = ends[0];
  far_end = ends[1];
  return WHORL_OK;
}

static int make_full_pipe(void)
{
  static const char much[4096];
  make_pipe();
  while (write(far_end, much, sizeof much) > 0) {}
  return WHORL_OK;
}

static void close_pipe(void)
{
  close(near_end); // no word to anybody: nothing of a wait is left
  close(far_end);
  near_end = far_end = -1;
}

static int wait_readable(void) { return whorl_wait_readable(near_end); }
static int wait_writable(void) { return whorl_wait_writable(far_end); }
static int announce_end_of_reading(void) { return whorl_fd_closing(near_end); }
static int announce_end_of_writing(void) { return whorl_fd_closing(far_end); }

static int write_byte(void)
{
  CHECK_INT(1, write(far_end, "x", 1));
  return WHORL_OK;
}

static int read_all(void)
{
  char bytes[4096];
  while (read(near_end, bytes, sizeof bytes) > 0) {}
  return WHORL_OK;
}

// --- Blocking work. A job that runs ends when it likes: here as soon as it is told to, or asked to by a cancellation; its status is the wait's, since it did happen (R30).

static atomic_int told; // what it shall return; 1: nothing yet
static atomic_bool begun;

static int job(void *arg)
{
  (void)arg;
  atomic_store(&begun, true);
  while (atomic_load(&told) == 1 && !whorl_work_canceled()) sched_yield();
  return atomic_load(&told) == 1 ? WHORL_OK : atomic_load(&told);
}

static int tell(int status)
{
  atomic_store(&told, status);
  return WHORL_OK;
}

static int make_job(void)
{
  atomic_store(&begun, false);
  return tell(1);
}
static bool job_has_begun(void) { return atomic_load(&begun); }
static int wait_for_job(void) { return whorl_work(job, NULL); }
static int let_job_end(void) { return tell(WHORL_OK); }
static int let_job_fail(void) { return tell(WHORL_IO_ERROR); }
static void unmake_job(void) { (void)tell(WHORL_OK); }

#define CANCELLABLE .canceled_is = WHORL_CANCELED, .shutdown_is = WHORL_CANCELED
static const awaitable_t rows[] = {
    {.name = "readable",
     .make = make_pipe,
     .wait = wait_readable,
     .complete = write_byte,
     .spoil = announce_end_of_reading,
     .fails_with = WHORL_CLOSED,
     .unmake = close_pipe,
     CANCELLABLE},
    {.name = "writable",
     .make = make_full_pipe,
     .wait = wait_writable,
     .complete = read_all,
     .spoil = announce_end_of_writing,
     .fails_with = WHORL_CLOSED,
     .unmake = close_pipe,
     CANCELLABLE},
    {.name = "work",
     .make = make_job,
     .wait = wait_for_job,
     .begun = job_has_begun,
     .complete = let_job_end,
     .spoil = let_job_fail,
     .fails_with = WHORL_IO_ERROR,
     .canceled_is = WHORL_OK,
     .shutdown_is = WHORL_OK,
     .unmake = unmake_job},
};

int main(void)
{
  schedule_drive = drive_by_a_loop;
  return run_matrix(rows, sizeof rows / sizeof rows[0]);
}
