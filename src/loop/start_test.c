// Loops that are started, not run: who may do what and when, what is left behind, and that an idle one rests.
#include "loop/driving_testing.h"

#include <sys/eventfd.h>

#include "loop/loop.h"

static int at_once(void *arg)
{
  (void)arg;
  note("ran");
  return WHORL_OK;
}

// --- Refusals

static void bad_arguments_are_refused(void **state)
{
  (void)state;
  const whorl_loop_t none = {0};
  int fd;
  uv_loop_t *uv;
  driven_open(DISPATCH);
  assert_int_equal(WHORL_INVALID_ARGUMENT, whorl_loop_start(driven.loop, NULL, NULL, driven_done));
  assert_int_equal(WHORL_INVALID_ARGUMENT, whorl_loop_descriptor(driven.loop, NULL));
  assert_int_equal(WHORL_INVALID_ARGUMENT, whorl_loop_uv(driven.loop, NULL));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_loop_start(none, at_once, NULL, NULL));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_loop_descriptor(none, &fd));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_loop_dispatch(none, 0));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_loop_uv(none, &uv));
  driven_close();
  assert_int_equal(WHORL_DESTROYED, whorl_loop_start(driven.loop, at_once, NULL, NULL));
  assert_int_equal(WHORL_DESTROYED, whorl_loop_descriptor(driven.loop, &fd));
  assert_int_equal(WHORL_DESTROYED, whorl_loop_dispatch(driven.loop, 0));
  assert_int_equal(WHORL_DESTROYED, whorl_loop_uv(driven.loop, &uv));
}

static whorl_loop_t other;

static int try_from_inside(void *arg)
{
  (void)arg;
  CHECK_INT(WHORL_BUSY, whorl_loop_start(driven.loop, at_once, NULL, NULL));
  CHECK_INT(WHORL_BUSY, whorl_loop_run(driven.loop, at_once, NULL));
  CHECK_INT(WHORL_BUSY, whorl_loop_start(other, at_once, NULL, NULL));
  CHECK_INT(WHORL_BUSY, whorl_loop_run(other, at_once, NULL));
  CHECK_INT(WHORL_BUSY, whorl_loop_dispatch(driven.loop, 0));
  CHECK_INT(WHORL_BUSY, whorl_loop_destroy(driven.loop));
  return whorl_sleep(WHORL_MICROSECONDS(10)); // nothing has suffered
}

static void R36_from_inside_the_loop_nothing_can_be_driven(void **state)
{
  (void)state;
  for (way_t way = UV_RUN; way < WAYS; way++) {
    driven_open(way);
    assert_int_equal(WHORL_OK, whorl_loop_create(NULL, &other));
    assert_int_equal(WHORL_OK, drive(try_from_inside, NULL));
    assert_int_equal(WHORL_OK, whorl_loop_destroy(other));
    driven_close();
  }
}

static void *try_from_elsewhere(void *arg)
{
  uv_loop_t *uv;
  (void)arg;
  CHECK_INT(WHORL_WRONG_THREAD, whorl_loop_dispatch(driven.loop, 0));
  CHECK(strstr(whorl_detail(), "thread") != NULL);
  CHECK_INT(WHORL_WRONG_THREAD, whorl_loop_uv(driven.loop, &uv));
  CHECK_INT(WHORL_BUSY, whorl_loop_start(driven.loop, at_once, NULL, NULL));
  CHECK_INT(WHORL_BUSY, whorl_loop_run(driven.loop, at_once, NULL));
  CHECK_INT(WHORL_BUSY, whorl_loop_destroy(driven.loop));
  return NULL;
}

static void a_started_loop_belongs_to_its_thread_until_it_is_done(void **state)
{
  (void)state;
  pthread_t thread;
  driven_open(DISPATCH);
  start(wait_for_awaited);
  assert_int_equal(0, pthread_create(&thread, NULL, try_from_elsewhere, NULL));
  pthread_join(thread, NULL);
  assert_int_equal(WHORL_OK, whorl_loop_create(NULL, &other)); // this thread counts as running the one
  assert_int_equal(WHORL_BUSY, whorl_loop_run(other, at_once, NULL));
  whorl_event_set(awaited);
  dispatch_until_done(0);
  assert_int_equal(WHORL_OK, whorl_loop_run(other, at_once, NULL));
  assert_int_equal(WHORL_OK, whorl_loop_destroy(other));
  driven_close();
}

static void only_a_started_loop_is_dispatched(void **state)
{
  (void)state;
  driven_open(DISPATCH);
  assert_int_equal(WHORL_WRONG_STATE, whorl_loop_dispatch(driven.loop, 0));
  assert_int_equal(WHORL_OK, drive(at_once, NULL));
  assert_int_equal(WHORL_WRONG_STATE, whorl_loop_dispatch(driven.loop, 0));
  driven_close();
}

static void dispatch_while_it_runs(uv_timer_t *timer)
{
  note("%s", whorl_status_name(whorl_loop_dispatch(driven.loop, 0)));
  whorl_event_set(awaited);
  uv_close((uv_handle_t *)timer, NULL);
}

static int have_it_dispatched(void *arg)
{
  uv_loop_t *uv;
  WHORL_TRY(whorl_loop_uv(driven.loop, &uv));
  uv_timer_init(uv, arg);
  uv_timer_start(arg, dispatch_while_it_runs, 0, 0);
  return whorl_event_wait(awaited);
}

static void a_running_loop_is_not_dispatched(void **state)
{
  (void)state;
  uv_timer_t timer;
  for (way_t way = RUN; way < WAYS; way += 2) {
    driven_open(way);
    whorl_event_reset(awaited);
    assert_int_equal(WHORL_OK, drive(have_it_dispatched, &timer));
    driven_close();
  }
  assert_trace("WHORL_BUSY WHORL_BUSY");
}

static void sink(const char *line, void *arg)
{
  (void)arg;
  (void)line;
}

static void a_dump_signal_needs_a_libuv_loop_of_whorls_own(void **state)
{
  uv_loop_t uv;
  (void)state;
  whorl_loop_options_t options = {.dump_signal = SIGUSR2, .dump_sink = sink, .uv_loop = &uv};
  assert_int_equal(0, uv_loop_init(&uv));
  assert_int_equal(WHORL_INVALID_ARGUMENT, whorl_loop_create(&options, &other));
  assert_int_equal(0, uv_loop_close(&uv));

  uv_loop_t *own;
  options.uv_loop = NULL;
  assert_int_equal(WHORL_OK, whorl_loop_create(&options, &other));
  assert_int_equal(WHORL_OK, whorl_loop_uv(other, &own));
  assert_int_equal(WHORL_OK, whorl_loop_start(other, at_once, NULL, NULL));
  assert_int_equal(0, uv_run(own, UV_RUN_DEFAULT)); // the signal's handle does not keep it
  assert_int_equal(WHORL_OK, whorl_loop_destroy(other));
}

// --- The user's libuv loop, and what is left in it

static void count_tick(uv_timer_t *timer)
{
  note("tick");
  if (strlen(trace) > 30) uv_close((uv_handle_t *)timer, NULL);
}

static void a_libuv_loop_that_was_handed_in_goes_on_without_whorl(void **state)
{
  (void)state;
  uv_timer_t timer;
  driven_open(UV_RUN);
  uv_timer_init(&driven.uv, &timer);
  assert_int_equal(WHORL_OK, whorl_loop_run(driven.loop, at_once, NULL)); // under run
  start(at_once);                                                         // and started
  while (driven.done == 0) uv_run(&driven.uv, UV_RUN_ONCE);
  assert_int_equal(WHORL_OK, whorl_loop_destroy(driven.loop));
  uv_timer_start(&timer, count_tick, 0, 1);
  assert_int_equal(0, uv_run(&driven.uv, UV_RUN_DEFAULT));
  assert_trace("ran ran tick tick tick tick tick");
  assert_int_equal(0, uv_loop_close(&driven.uv));
}

static int stop_libuv(void *arg)
{
  uv_stop(&driven.uv);
  return wait_for_awaited(arg);
}

static void a_libuv_loop_may_be_stopped_and_run_again(void **state)
{
  (void)state;
  driven_open(UV_RUN);
  start(stop_libuv);
  assert_int_not_equal(0, uv_run(&driven.uv, UV_RUN_DEFAULT)); // Whorl is still there
  assert_int_equal(WHORL_BUSY, whorl_loop_destroy(driven.loop));
  assert_non_null(strstr(whorl_detail(), "started"));
  whorl_event_set(awaited);
  assert_int_equal(0, uv_run(&driven.uv, UV_RUN_DEFAULT));
  assert_int_equal(1, driven.done);
  driven_close();
}

static void start_in_a_callback(uv_timer_t *timer)
{
  start(at_once);
  uv_close((uv_handle_t *)timer, NULL);
}

static void a_callback_of_libuv_may_start_the_loop(void **state)
{
  (void)state;
  uv_timer_t timer;
  driven_open(UV_RUN);
  uv_timer_init(&driven.uv, &timer);
  uv_timer_start(&timer, start_in_a_callback, 1, 0);
  assert_int_equal(0, uv_run(&driven.uv, UV_RUN_DEFAULT));
  assert_trace("ran");
  assert_int_equal(1, driven.done);
  driven_close();
}

static int starts_left;

static void start_anew(void *arg, int status)
{
  CHECK_INT(WHORL_OK, status);
  if (starts_left-- > 0)
    CHECK_INT(WHORL_OK, whorl_loop_start(driven.loop, at_once, arg, start_anew));
  else
    driven.done = 1;
}

static void on_done_may_start_the_loop_anew(void **state)
{
  (void)state;
  for (way_t way = UV_RUN; way < WAYS; way++) {
    driven_open(way);
    trace_clear();
    starts_left = 3;
    assert_int_equal(WHORL_OK, whorl_loop_start(driven.loop, at_once, NULL, start_anew));
    if (way == UV_RUN)
      assert_int_equal(0, uv_run(&driven.uv, UV_RUN_DEFAULT));
    else
      for (driven.done = 0; driven.done == 0;) assert_int_equal(WHORL_OK, whorl_loop_dispatch(driven.loop, 0));
    assert_trace("ran ran ran ran");
    driven_close();
  }
}

static void destroy_when_done(void *arg, int status)
{
  (void)arg;
  note("%s", whorl_status_name(status));
  note("%s", whorl_status_name(whorl_loop_run(driven.loop, at_once, NULL)));
  note("%s", whorl_status_name(whorl_loop_destroy(driven.loop)));
  driven.done = 1;
}

static void on_done_may_destroy_the_loop_unless_libuv_runs_on_it(void **state)
{
  (void)state;
  driven_open(UV_RUN); // the user's libuv loop
  assert_int_equal(WHORL_OK, whorl_loop_start(driven.loop, at_once, NULL, destroy_when_done));
  assert_int_equal(0, uv_run(&driven.uv, UV_RUN_DEFAULT));
  assert_int_equal(0, uv_loop_close(&driven.uv));
  assert_trace("ran WHORL_OK WHORL_BUSY WHORL_OK");

  driven_open(DISPATCH); // Whorl's own, below dispatch: then libuv does not run any more
  trace_clear();
  assert_int_equal(WHORL_OK, whorl_loop_start(driven.loop, at_once, NULL, destroy_when_done));
  dispatch_until_done(WHORL_SECONDS(1));
  assert_trace("ran WHORL_OK ran WHORL_OK WHORL_OK");

  uv_loop_t *uv;
  driven_open(DISPATCH); // Whorl's own, turned by hand
  trace_clear();
  assert_int_equal(WHORL_OK, whorl_loop_uv(driven.loop, &uv));
  assert_int_equal(WHORL_OK, whorl_loop_start(driven.loop, at_once, NULL, destroy_when_done));
  assert_int_equal(0, uv_run(uv, UV_RUN_DEFAULT));
  assert_trace("ran WHORL_OK WHORL_BUSY WHORL_BUSY");
  driven_close();
}

// libuv knows a descriptor that was closed behind its back: it refuses the next one of that number.
static void a_start_that_libuv_refuses_leaves_no_trace(void **state)
{
  (void)state;
  for (int which = 0; which < 2; which++) { // the eventfd, the timerfd
    uv_loop_t uv;
    uv_poll_t poll;
    assert_int_equal(0, uv_loop_init(&uv));
    int first = eventfd(0, 0), second = eventfd(0, 0); // the loop's descriptors get these numbers
    assert_int_equal(0, uv_poll_init(&uv, &poll, which == 0 ? first : second));
    assert_int_equal(0, uv_poll_start(&poll, UV_READABLE, NULL));
    uv_run(&uv, UV_RUN_NOWAIT);
    close(first);
    close(second);
    assert_int_equal(WHORL_OK, whorl_loop_create(&(whorl_loop_options_t){.uv_loop = &uv}, &driven.loop));
    assert_int_equal(WHORL_IO_ERROR, whorl_loop_start(driven.loop, at_once, NULL, driven_done));
    assert_non_null(strstr(whorl_detail(), "refuses a descriptor"));
    if (which == 1) assert_int_equal(WHORL_BUSY, whorl_loop_destroy(driven.loop)); // libuv has one handle to let go of
    uv_run(&uv, UV_RUN_NOWAIT);
    assert_int_equal(WHORL_IO_ERROR, whorl_loop_run(driven.loop, at_once, NULL));
    assert_trace("");
    uv_close((uv_handle_t *)&poll, NULL);
    uv_run(&uv, UV_RUN_NOWAIT);
    assert_int_equal(WHORL_OK, whorl_loop_run(driven.loop, at_once, NULL));
    assert_int_equal(WHORL_OK, whorl_loop_destroy(driven.loop));
    assert_int_equal(0, uv_loop_close(&uv));
    trace_clear();
  }
}

// --- Posts between

static void note_post(void *arg)
{
  (void)arg;
  note("posted");
}

static void posts_wait_for_the_next_start(void **state)
{
  (void)state;
  driven_open(UV_RUN);
  assert_int_equal(WHORL_OK, whorl_loop_post(driven.loop, note_post, NULL, NULL));
  assert_int_equal(0, uv_run(&driven.uv, UV_RUN_DEFAULT));
  assert_trace("");
  assert_int_equal(WHORL_OK, drive(at_once, NULL));
  assert_trace("posted ran");
  driven_close();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      STARTED_TEST(bad_arguments_are_refused),
      STARTED_TEST(R36_from_inside_the_loop_nothing_can_be_driven),
      STARTED_TEST(a_started_loop_belongs_to_its_thread_until_it_is_done),
      STARTED_TEST(only_a_started_loop_is_dispatched),
      STARTED_TEST(a_running_loop_is_not_dispatched),
      STARTED_TEST(a_dump_signal_needs_a_libuv_loop_of_whorls_own),
      STARTED_TEST(a_libuv_loop_that_was_handed_in_goes_on_without_whorl),
      STARTED_TEST(a_libuv_loop_may_be_stopped_and_run_again),
      STARTED_TEST(a_callback_of_libuv_may_start_the_loop),
      STARTED_TEST(on_done_may_start_the_loop_anew),
      STARTED_TEST(on_done_may_destroy_the_loop_unless_libuv_runs_on_it),
      STARTED_TEST(a_start_that_libuv_refuses_leaves_no_trace),
      STARTED_TEST(posts_wait_for_the_next_start),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
