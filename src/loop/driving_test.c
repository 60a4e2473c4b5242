// What tasks of a loop can do, they can whoever turns it: every test here runs under whorl_loop_run, under the user's uv_run and under whorl_loop_dispatch.
#include "loop/driving_testing.h"

#include <stdatomic.h>

#include "base/detail.h"
#include "whorl/channel.h"
#include "whorl/descriptor.h"
#include "whorl/work.h"

#define EACH_WAY(name)                     \
  static void name(void **state)           \
  {                                        \
    (void)state;                           \
    for (int i = 0; i < WAYS; i++) {       \
      driven_open((way_t)i);               \
      trace_clear();                       \
      print_message("%s\n", way_names[i]); \
      name##_check();                      \
      driven_close();                      \
    }                                      \
  }

static void expect_ok(whorl_task_function_t function) { assert_int_equal(WHORL_OK, drive(function, NULL)); }

// --- Results

static int fails_main(void *arg)
{
  (void)arg;
  return whorl__fail(WHORL_IO_ERROR, "the disk is full");
}
static int seventeen(void *arg)
{
  (void)arg;
  return 17;
}
static void fails_check(void)
{
  assert_int_equal(WHORL_IO_ERROR, drive(fails_main, NULL));
  assert_string_equal("the disk is full", driven.detail);
  assert_int_equal(17, drive(seventeen, NULL)); // as often as you like
}
EACH_WAY(fails)

// --- Time

static int tick(void *arg)
{
  for (int i = 0; i < 3; i++) {
    WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(10)));
    note("%s", (const char *)arg);
  }
  return WHORL_OK;
}

static int sleeps_main(void *arg)
{
  (void)arg;
  int64_t begin = whorl_now_ns();
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, tick, "a");
  whorl_task_group_spawn(&group, tick, "b");
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_MILLISECONDS(5));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, whorl_sleep(WHORL_SECONDS(3600))));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK(whorl_now_ns() - begin >= WHORL_MILLISECONDS(30)); // never early
  return WHORL_OK;
}
static void sleeps_check(void)
{
  expect_ok(sleeps_main);
  assert_trace("a b a b a b");
}
EACH_WAY(sleeps)

// --- R29 Descriptors

static int ends[2];

static void open_pipe(void)
{
  uv_file files[2];
  assert_int_equal(0, uv_pipe(files, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE));
  ends[0] = files[0], ends[1] = files[1];
}

static void close_pipe(void)
{
  close(ends[0]);
  close(ends[1]);
}

static int read_a_byte(void *arg)
{
  (void)arg;
  char byte = 0;
  WHORL_TRY(whorl_wait_readable(ends[0]));
  CHECK_INT(1, read(ends[0], &byte, 1));
  CHECK_INT('x', byte);
  return WHORL_OK;
}

static void *write_a_byte(void *arg)
{
  (void)arg;
  CHECK_INT(1, write(ends[1], "x", 1));
  return NULL;
}

static int R29_reads_main(void *arg)
{
  pthread_t thread;
  CHECK_INT(0, pthread_create(&thread, NULL, write_a_byte, NULL));
  CHECK_INT(WHORL_OK, read_a_byte(arg));
  CHECK_INT(WHORL_OK, whorl_wait_writable(ends[1]));
  whorl_timeout_t timeout; // a wait that ends without its descriptor
  whorl_timeout_open(&timeout, WHORL_MILLISECONDS(1));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, whorl_wait_readable(ends[0])));
  pthread_join(thread, NULL);
  return WHORL_OK;
}

static void R29_reads_check(void)
{
  open_pipe();
  expect_ok(R29_reads_main);
  close_pipe();
}
EACH_WAY(R29_reads)

// --- R30 Blocking work

static int elsewhere(void *arg)
{
  CHECK(!pthread_equal(*(pthread_t *)arg, pthread_self()));
  return 17;
}

static int R30_works_main(void *arg)
{
  (void)arg;
  pthread_t here = pthread_self();
  for (int i = 0; i < 20; i++) CHECK_INT(17, whorl_work(elsewhere, &here));
  return WHORL_OK;
}
static void R30_works_check(void) { expect_ok(R30_works_main); }
EACH_WAY(R30_works)

// --- R31 Posts, and what else other threads do

enum { POSTS = 1000 };
static atomic_int posted, released;
static whorl_event_t event;
static pthread_t loops_thread;

static void count_post(void *arg)
{
  CHECK(pthread_equal(loops_thread, pthread_self()));
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_yield());
  if (atomic_fetch_add(&posted, 1) == (intptr_t)arg) note(".");
  if (atomic_load(&posted) == POSTS) whorl_event_set(event);
}
static void count_release(void *arg)
{
  (void)arg;
  atomic_fetch_add(&released, 1);
}

static void *post_from_elsewhere(void *arg)
{
  (void)arg;
  for (intptr_t i = 0; i < POSTS; i++) CHECK_INT(WHORL_OK, whorl_loop_post(driven.loop, count_post, (void *)i, count_release));
  return NULL;
}

static int R31_posts_main(void *arg)
{
  (void)arg;
  WHORL_TRY(whorl_event_wait(event));
  CHECK_INT(POSTS, atomic_load(&posted));
  return WHORL_OK;
}

static void R31_posts_check(void)
{
  pthread_t thread;
  atomic_store(&posted, 0);
  atomic_store(&released, 0);
  loops_thread = pthread_self();
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &event));
  assert_int_equal(0, pthread_create(&thread, NULL, post_from_elsewhere, NULL));
  expect_ok(R31_posts_main);
  pthread_join(thread, NULL);
  whorl_event_destroy(event);
  assert_int_equal(POSTS, atomic_load(&released));
  assert_int_equal(2 * POSTS - 1, strlen(trace)); // each in its turn
}
EACH_WAY(R31_posts)

static whorl_channel_t channel;

static void *send_from_elsewhere(void *arg)
{
  (void)arg;
  CHECK_INT(WHORL_OK, whorl_event_set(event));
  CHECK_INT(WHORL_OK, whorl_loop_cancel(driven.loop));
  return NULL;
}

static int R12_cancelled_main(void *arg)
{
  pthread_t thread;
  CHECK_INT(0, pthread_create(&thread, NULL, send_from_elsewhere, NULL));
  CHECK_INT(WHORL_OK, whorl_event_wait(event));
  int status = whorl_sleep(WHORL_FOREVER);
  pthread_join(thread, NULL);
  *(bool *)arg = true;
  return status;
}

static void R12_cancelled_check(void)
{
  bool ended = false;
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &event));
  assert_int_equal(WHORL_CANCELED, drive(R12_cancelled_main, &ended));
  assert_true(ended);
  whorl_event_destroy(event);
  assert_int_equal(WHORL_OK, whorl_loop_cancel(driven.loop));
  ended = false;
  assert_int_equal(WHORL_CANCELED, drive(R12_cancelled_main, &ended)); // R9: cancelled before it began
  assert_false(ended);
}
EACH_WAY(R12_cancelled)

// --- Tasks that never wait for anything outside

static int hand_over(void *arg)
{
  for (intptr_t i = 0; i < 20000; i++) WHORL_TRY(whorl_channel_send(channel, (void *)(i + 1)));
  (void)arg;
  return whorl_channel_close(channel);
}

static int R33_busy_main(void *arg)
{
  (void)arg;
  intptr_t sum = 0;
  void *item;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, hand_over, NULL);
  int status;
  while ((status = whorl_channel_receive(channel, &item)) == WHORL_OK) sum += (intptr_t)item;
  CHECK_INT(WHORL_CLOSED, status);
  CHECK_INT((intptr_t)20000 * 20001 / 2, sum);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void R33_busy_check(void)
{
  assert_int_equal(WHORL_OK, whorl_channel_create(1, NULL, &channel));
  expect_ok(R33_busy_main);
  whorl_channel_destroy(channel);
}
EACH_WAY(R33_busy)

static int read_and_tell(void *arg)
{
  int status = read_a_byte(NULL);
  *(bool *)arg = true;
  return status;
}

static int yields_until_written_main(void *arg)
{
  bool was_read = false;
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, read_and_tell, &was_read);
  CHECK_INT(1, write(ends[1], "x", 1));
  while (!was_read) CHECK_INT(WHORL_OK, whorl_yield()); // always something to run: descriptors get their turn all the same
  return whorl_task_group_close(&group, WHORL_OK);
}

static void yields_until_written_check(void)
{
  open_pipe();
  expect_ok(yields_until_written_main);
  close_pipe();
}
EACH_WAY(yields_until_written)

// --- Callbacks of libuv beside it

static int libuv_ticks;

static void on_tick(uv_timer_t *timer)
{
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_yield());
  if (++libuv_ticks == 5) {
    whorl_event_set(event);
    uv_close((uv_handle_t *)timer, NULL);
  }
}

static int libuv_beside_main(void *arg)
{
  uv_loop_t *uv;
  CHECK_INT(WHORL_OK, whorl_loop_uv(driven.loop, &uv));
  CHECK_INT(0, uv_timer_init(uv, arg));
  CHECK_INT(0, uv_timer_start(arg, on_tick, 1, 1));
  return whorl_event_wait(event);
}

static void libuv_beside_check(void)
{
  static uv_timer_t timer;
  libuv_ticks = 0;
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &event));
  assert_int_equal(WHORL_OK, drive(libuv_beside_main, &timer));
  assert_int_equal(5, libuv_ticks);
  whorl_event_destroy(event);
}
EACH_WAY(libuv_beside)

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fails),        cmocka_unit_test(sleeps),        cmocka_unit_test(R29_reads), cmocka_unit_test(R30_works),
      cmocka_unit_test(R31_posts),    cmocka_unit_test(R12_cancelled), cmocka_unit_test(R33_busy),  cmocka_unit_test(yields_until_written),
      cmocka_unit_test(libuv_beside),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
