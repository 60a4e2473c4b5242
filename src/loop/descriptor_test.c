// Waiting for descriptors, on a real loop with pipes and sockets: docs/tasks.md R29.
#include "whorl/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>

#include "task/kit.h" // CHECK, note
#include "whorl/loop.h"

static whorl_loop_t loop;
static int near, far; // two ends
static int64_t blocks;

static int setup(void **state)
{
  (void)state;
  trace_clear();
  blocks = whorl__memory_blocks();
  return whorl_loop_create(NULL, &loop);
}

static int teardown(void **state)
{
  (void)state;
  if (whorl_loop_destroy(loop) < 0) return -1;
  return whorl__memory_blocks() == blocks ? 0 : -1;
}

#define LOOP_TEST(name)                                                  \
  static int name##_main(void *arg);                                     \
  static void name(void **state)                                         \
  {                                                                      \
    (void)state;                                                         \
    assert_int_equal(WHORL_OK, whorl_loop_run(loop, name##_main, NULL)); \
  }                                                                      \
  static int name##_main(void *arg __attribute__((unused)))
#define ENTRY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void make_pipe(int ends[2])
{
  CHECK_INT(0, pipe(ends));
  for (int i = 0; i < 2; i++) CHECK_INT(0, fcntl(ends[i], F_SETFL, O_NONBLOCK));
}

static void open_pipe(void)
{
  int ends[2];
  make_pipe(ends);
  near = ends[0];
  far = ends[1];
}

static void open_sockets(void)
{
  int ends[2];
  CHECK_INT(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
  near = ends[0];
  far = ends[1];
}

static void close_both(void)
{
  close(near);
  close(far);
}

static void write_one(int fd) { CHECK_INT(1, write(fd, "x", 1)); }

static void read_one(int fd)
{
  char byte;
  CHECK_INT(1, read(fd, &byte, 1));
}

// Until it would block.
static void fill(int fd)
{
  static const char zeros[4096];
  while (write(fd, zeros, sizeof zeros) > 0) {}
  while (write(fd, zeros, 1) > 0) {}
  CHECK_INT(EAGAIN, errno);
}

static void empty(int fd)
{
  static char bytes[65536];
  while (read(fd, bytes, sizeof bytes) > 0) {}
  CHECK_INT(EAGAIN, errno);
}

static int says(const char *who, int status)
{
  note("%s:%s", who, whorl_status_name(status) + 6);
  return status == WHORL_CANCELED ? status : WHORL_OK;
}

static int waits_readable(void *arg) { return says(arg, whorl_wait_readable(near)); }
static int waits_writable(void *arg) { return says(arg, whorl_wait_writable(near)); }

static void let_them_run(void)
{
  for (int i = 0; i < 3; i++) CHECK_INT(WHORL_OK, whorl_yield());
}

// --- Readiness

LOOP_TEST(a_reader_wakes_when_there_is_something)
{
  whorl_task_group_t group;
  open_pipe();
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits_readable, "r");
  let_them_run();
  CHECK_TEXT("", trace);
  write_one(far);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("r:OK", trace);
  CHECK_INT(WHORL_OK, whorl_wait_readable(near)); // a level: it still is
  read_one(near);
  close_both();
  return WHORL_OK;
}

LOOP_TEST(a_writer_wakes_when_there_is_room)
{
  whorl_task_group_t group;
  open_sockets();
  CHECK_INT(WHORL_OK, whorl_wait_writable(near));
  fill(near);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits_writable, "w");
  let_them_run();
  CHECK_TEXT("", trace);
  empty(far);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("w:OK", trace);
  close_both();
  return WHORL_OK;
}

LOOP_TEST(R29_both_directions_of_one_descriptor)
{
  whorl_task_group_t group;
  open_sockets();
  fill(near);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits_readable, "r");
  whorl_task_group_spawn(&group, waits_writable, "w");
  let_them_run();
  write_one(far);
  while (trace[0] == '\0') CHECK_INT(WHORL_OK, whorl_yield());
  CHECK_TEXT("r:OK", trace); // one woke, the other waits on
  empty(far);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("r:OK w:OK", trace);
  close_both();
  return WHORL_OK;
}

LOOP_TEST(a_hang_up_is_readiness)
{
  char byte;
  open_sockets();
  close(far);
  CHECK_INT(WHORL_OK, whorl_wait_readable(near));
  CHECK_INT(0, read(near, &byte, 1));
  CHECK_INT(WHORL_OK, whorl_wait_writable(near));
  CHECK_INT(-1, send(near, "x", 1, MSG_NOSIGNAL));
  CHECK_INT(EPIPE, errno);
  close(near);
  open_pipe();
  fill(far);
  close(near); // an error at the writing end
  CHECK_INT(WHORL_OK, whorl_wait_writable(far));
  close(far);
  return WHORL_OK;
}

LOOP_TEST(R29_one_task_per_direction)
{
  whorl_task_group_t group;
  open_sockets();
  fill(near);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits_readable, "r1");
  whorl_task_group_spawn(&group, waits_writable, "w1");
  whorl_task_group_spawn(&group, waits_readable, "r2");
  whorl_task_group_spawn(&group, waits_writable, "w2");
  let_them_run();
  CHECK_TEXT("r2:BUSY w2:BUSY", trace);
  write_one(far);
  empty(far);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK(strstr(trace, "r1:OK") != NULL && strstr(trace, "w1:OK") != NULL);
  close_both();
  return WHORL_OK;
}

// --- Cancellation

LOOP_TEST(R4_a_cancelled_wait_leaves_nothing)
{
  whorl_timeout_t timeout;
  open_pipe();
  for (int i = 0; i < 3; i++) {
    whorl_timeout_open(&timeout, WHORL_MICROSECONDS(200));
    CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, whorl_wait_readable(near)));
  }
  write_one(far);
  CHECK_INT(WHORL_OK, whorl_wait_readable(near));
  whorl_timeout_open(&timeout, 0);
  CHECK_INT(WHORL_CANCELED, whorl_wait_readable(near)); // R3
  CHECK_INT(WHORL_OK, whorl_fd_closing(near));          // R13
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, WHORL_CANCELED));
  close_both();
  return WHORL_OK;
}

static int stalls_until(void *arg)
{
  write_one(far);
  struct timespec now;
  do clock_gettime(CLOCK_MONOTONIC, &now); // the loop is stuck: deadline and readiness are found in one turn
  while (WHORL_SECONDS(now.tv_sec) + now.tv_nsec <= *(int64_t *)arg);
  return WHORL_OK;
}

LOOP_TEST(R6_after_a_stall_a_deadline_goes_before_readiness)
{
  whorl_timeout_t timeout;
  whorl_task_group_t group;
  open_pipe();
  int64_t deadline = whorl_now_ns() + WHORL_MILLISECONDS(20);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, stalls_until, &deadline);
  whorl_timeout_open(&timeout, WHORL_FOREVER);
  CHECK_INT(WHORL_OK, whorl_timeout_set_deadline(&timeout, deadline));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, whorl_wait_readable(near)));
  CHECK_INT(WHORL_OK, whorl_wait_readable(near)); // it is still there
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  close_both();
  return WHORL_OK;
}

LOOP_TEST(a_cancelled_reader_leaves_the_writer_waiting)
{
  whorl_task_group_t readers, writers;
  open_sockets();
  fill(near);
  whorl_task_group_open(&writers);
  whorl_task_group_spawn(&writers, waits_writable, "w");
  whorl_task_group_open(&readers);
  whorl_task_group_spawn(&readers, waits_readable, "r");
  let_them_run();
  whorl_task_group_cancel(&readers);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&readers, WHORL_OK));
  CHECK_TEXT("r:CANCELED", trace);
  empty(far);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&writers, WHORL_OK));
  CHECK_TEXT("r:CANCELED w:OK", trace);
  close_both();
  return WHORL_OK;
}

static int cancels_the_loop(void *arg)
{
  (void)arg;
  return whorl_loop_cancel(loop);
}

static int waits_while_the_loop_is_cancelled(void *arg)
{
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, cancels_the_loop, NULL);
  return whorl_task_group_close(&group, whorl_wait_readable(near));
}

static void the_end_of_a_loop_ends_waits(void **state)
{
  (void)state;
  open_pipe();
  assert_int_equal(WHORL_CANCELED, whorl_loop_run(loop, waits_while_the_loop_is_cancelled, NULL));
  write_one(far);
  close_both();
}

// --- Closing

LOOP_TEST(R29_closing_ends_both_directions)
{
  whorl_task_group_t group;
  open_sockets();
  fill(near);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits_readable, "r");
  whorl_task_group_spawn(&group, waits_writable, "w");
  let_them_run();
  CHECK_INT(WHORL_OK, whorl_fd_closing(near));
  close_both();
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("r:CLOSED w:CLOSED", trace);
  return WHORL_OK;
}

static void closes_near(void *arg)
{
  (void)arg;
  says("closing", whorl_fd_closing(near));
  close(near);
}

static int ends(void *arg) { return arg == NULL ? WHORL_OK : WHORL_IO_ERROR; }

LOOP_TEST(closing_in_a_post_and_in_a_release_function)
{
  whorl_task_group_t group;
  open_pipe();
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits_readable, "r");
  let_them_run();
  CHECK_INT(WHORL_OK, whorl_loop_post(loop, closes_near, NULL, NULL));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  close(far);
  open_pipe();
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits_readable, "r");
  let_them_run();
  CHECK_INT(WHORL_OK,
            whorl_task_group_spawn_with_options(&group, ends, NULL, &(whorl_task_options_t){.release = closes_near}, NULL, "here"));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  close(far);
  CHECK_TEXT("closing:OK r:CLOSED closing:OK r:CLOSED", trace);
  return WHORL_OK;
}

// --- What is refused

LOOP_TEST(R29_what_cannot_be_waited_for)
{
  int file = open(WHORL_SOURCE_DIR "/README.md", O_RDONLY | O_CLOEXEC);
  int folder = open(WHORL_SOURCE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CHECK(file >= 0 && folder >= 0);
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_wait_readable(file));
  CHECK(strstr(whorl_detail(), "a file or a directory") != NULL);
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_wait_writable(folder));
  CHECK_INT(WHORL_OK, whorl_fd_closing(file));
  close(folder);
  close(file);
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_wait_readable(file));
  CHECK(strstr(whorl_detail(), "is not open") != NULL);
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_wait_readable(-1));
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_wait_readable(1 << 20));
  CHECK_INT(WHORL_OK, whorl_fd_closing(-1));
  CHECK_INT(WHORL_OK, whorl_fd_closing(1 << 30));
  return WHORL_OK;
}

static void outside_tasks(void **state)
{
  (void)state;
  assert_int_equal(WHORL_NOT_IN_TASK, whorl_wait_readable(0));
  assert_int_equal(WHORL_NOT_IN_TASK, whorl_wait_writable(0));
  assert_int_equal(WHORL_WRONG_THREAD, whorl_fd_closing(0));
}

TASK_TEST(without_a_loop)
{
  CHECK_INT(WHORL_UNSUPPORTED, whorl_wait_readable(0));
  CHECK(strstr(whorl_detail(), "only tasks of an event loop") != NULL);
  CHECK_INT(WHORL_UNSUPPORTED, whorl_wait_writable(0));
  CHECK_INT(WHORL_OK, whorl_fd_closing(0)); // nobody can wait for it
  return WHORL_OK;
}

// --- Memory

enum { PIPES = 50, ROUNDS = 40 };
static int rings[PIPES][2];

// Takes the token from its pipe and puts it into the next one.
static int passes_on(void *arg)
{
  intptr_t place = (intptr_t)arg;
  for (int i = 0; i < ROUNDS; i++) {
    WHORL_TRY(whorl_wait_readable(rings[place][0]));
    read_one(rings[place][0]);
    write_one(rings[(place + 1) % PIPES][1]);
  }
  return WHORL_OK;
}

static int token_ring(void *arg)
{
  whorl_task_group_t group;
  (void)arg;
  whorl_task_group_open(&group);
  for (intptr_t i = 0; i < PIPES; i++) whorl_task_group_spawn(&group, passes_on, (void *)i);
  write_one(rings[0][1]);
  int status = whorl_task_group_close(&group, WHORL_OK);
  read_one(rings[0][0]);
  return status;
}

LOOP_TEST(a_token_goes_round_many_pipes_without_allocation)
{
  for (int i = 0; i < PIPES; i++) make_pipe(rings[i]);
  CHECK_INT(WHORL_OK, token_ring(NULL));
  uint64_t before = whorl__memory_allocations();
  CHECK_INT(WHORL_OK, token_ring(NULL));
  CHECK_INT(before, whorl__memory_allocations());
  for (int i = 0; i < PIPES; i++) {
    close(rings[i][0]);
    close(rings[i][1]);
  }
  return WHORL_OK;
}

static int waits_without_memory(void *arg)
{
  int *ret_status = arg;
  *ret_status = whorl_wait_writable(far);
  whorl__memory_fail_at(0);
  CHECK_INT(WHORL_OK, whorl_wait_writable(far)); // nothing is left behind
  return WHORL_OK;
}

static int fails_at(void *arg)
{
  whorl__memory_fail_at(*(uint64_t *)arg);
  int status;
  (void)waits_without_memory(&status);
  return status < 0 ? status : 1;
}

static void every_allocation_fails_once(void **state)
{
  uint64_t nth = 0;
  int status;
  (void)state;
  open_pipe();
  do {
    whorl_loop_t fresh;
    assert_int_equal(WHORL_OK, whorl_loop_create(NULL, &fresh));
    nth++;
    status = whorl_loop_run(fresh, fails_at, &nth);
    assert_int_equal(WHORL_OK, whorl_loop_destroy(fresh));
    assert_true(status == 1 || status == WHORL_NO_MEMORY);
  } while (status < 0);
  assert_true(nth == 3); // the table and the watch
  close_both();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      ENTRY(a_reader_wakes_when_there_is_something),
      ENTRY(a_writer_wakes_when_there_is_room),
      ENTRY(R29_both_directions_of_one_descriptor),
      ENTRY(a_hang_up_is_readiness),
      ENTRY(R29_one_task_per_direction),
      ENTRY(R4_a_cancelled_wait_leaves_nothing),
      ENTRY(R6_after_a_stall_a_deadline_goes_before_readiness),
      ENTRY(a_cancelled_reader_leaves_the_writer_waiting),
      ENTRY(the_end_of_a_loop_ends_waits),
      ENTRY(R29_closing_ends_both_directions),
      ENTRY(closing_in_a_post_and_in_a_release_function),
      ENTRY(R29_what_cannot_be_waited_for),
      cmocka_unit_test(outside_tasks),
      cmocka_unit_test(without_a_loop),
      ENTRY(a_token_goes_round_many_pipes_without_allocation),
      ENTRY(every_allocation_fails_once),
  };
  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
