// libuv's handles on a loop's own libuv loop: what their callbacks may call, and what happens to those that are left.
#include "whorl/uv.h"

#include <semaphore.h>

#include "task/kit.h" // CHECK, note
#include "whorl/channel.h"
#include "whorl/descriptor.h"
#include "whorl/loop.h"
#include "whorl/work.h"

static whorl_loop_t loop;
static uv_loop_t *uv;
static whorl_event_t event;
static uv_timer_t timer;

static int setup(void **state)
{
  (void)state;
  trace_clear();
  assert_int_equal(WHORL_OK, whorl_loop_create(NULL, &loop));
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &event));
  assert_int_equal(WHORL_OK, whorl_loop_uv(loop, &uv));
  return uv_timer_init(uv, &timer);
}

static int teardown(void **state)
{
  (void)state;
  if (!uv_is_closing((uv_handle_t *)&timer)) uv_close((uv_handle_t *)&timer, NULL);
  whorl_event_destroy(event);
  return whorl_loop_destroy(loop);
}

#define ENTRY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int at_once(void *arg)
{
  (void)arg;
  note("ran");
  return WHORL_OK;
}

// --- What a callback may call

static whorl_task_group_t group;
static whorl_future_t future;
static whorl_channel_t channel;

static void post(void *arg) { note("%s", (const char *)arg); }

static int succeed(void *arg)
{
  (void)arg;
  return WHORL_OK;
}

static void call_everything(uv_timer_t *handle)
{
  (void)handle;
  void *item;
  CHECK_INT(WHORL_OK, whorl_task_group_spawn(&group, at_once, NULL)); // what does not suspend
  CHECK_INT(WHORL_OK, whorl_loop_post(loop, post, "posted", NULL));
  CHECK_INT(WHORL_OK, whorl_future_complete(future, 17, NULL));
  CHECK_INT(WHORL_OK, whorl_event_set(event));
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_yield()); // what would
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_channel_send(channel, NULL));
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_channel_receive(channel, &item));
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_wait_readable(0));
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_work(succeed, NULL));
  int status = whorl_sleep(WHORL_SECONDS(3600));
  CHECK(status == WHORL_NOT_IN_TASK || status == WHORL_WOULD_DEADLOCK);
  status = whorl_event_wait(event);
  CHECK(status == WHORL_NOT_IN_TASK || status == WHORL_WOULD_DEADLOCK);
  status = whorl_future_wait(future, NULL);
  CHECK(status == WHORL_NOT_IN_TASK || status == WHORL_WOULD_DEADLOCK);
  CHECK_INT(WHORL_BUSY, whorl_loop_run(loop, at_once, NULL)); // R36
  CHECK_INT(WHORL_BUSY, whorl_loop_destroy(loop));
}

static int have_everything_called(void *arg)
{
  (void)arg;
  whorl_task_group_open(&group);
  uv_timer_start(&timer, call_everything, 0, 0);
  CHECK_INT(WHORL_OK, whorl_event_wait(event));
  CHECK_INT(17, whorl_future_wait(future, NULL));
  return whorl_task_group_close(&group, WHORL_OK);
}

static void R35_a_callback_of_libuv_is_outside_any_task(void **state)
{
  (void)state;
  assert_int_equal(WHORL_OK, whorl_future_create(NULL, &future));
  assert_int_equal(WHORL_OK, whorl_channel_create(1, NULL, &channel));
  assert_int_equal(WHORL_OK, whorl_loop_run(loop, have_everything_called, NULL));
  assert_trace("posted ran");
  whorl_future_destroy(future);
  whorl_channel_destroy(channel);
}

// A callback of each phase of a pass of libuv wakes a task: before its poll, in it, and after it.
static uv_prepare_t prepare;
static uv_check_t check;
static uv_async_t async;
static int phase;

static void wake_in_prepare(uv_prepare_t *handle)
{
  (void)handle;
  if (phase == 1) whorl_event_set(event);
}
static void wake_in_check(uv_check_t *handle)
{
  (void)handle;
  if (phase == 2) whorl_event_set(event);
}
static void do_nothing(uv_timer_t *handle) { (void)handle; }
static void wake_in_timer(uv_timer_t *handle)
{
  (void)handle;
  whorl_event_set(event);
}
static void wake_in_async(uv_async_t *handle)
{
  (void)handle;
  whorl_event_set(event);
}
static void wake_when_closed(uv_handle_t *handle)
{
  (void)handle;
  whorl_event_set(event);
}

static int wait_for_phase(int next)
{
  whorl_event_reset(event);
  phase = next;
  if (next == 2) uv_timer_start(&timer, do_nothing, 1, 1); // ends a poll, again and again: the first time may come before it
  if (next == 3) uv_timer_start(&timer, wake_in_timer, 0, 0);
  if (next == 4) uv_async_send(&async);
  int status = whorl_event_wait(event);
  uv_timer_stop(&timer);
  phase = 0;
  return status;
}

static int wait_for_close(uv_handle_t *handle)
{
  whorl_event_reset(event);
  uv_close(handle, wake_when_closed);
  return whorl_event_wait(event);
}

static int be_woken_in_every_phase(void *arg)
{
  (void)arg;
  uv_prepare_init(uv, &prepare);
  uv_check_init(uv, &check);
  uv_async_init(uv, &async, wake_in_async);
  uv_prepare_start(&prepare, wake_in_prepare);
  uv_check_start(&check, wake_in_check);
  for (int i = 0; i < 40; i++) CHECK_INT(WHORL_OK, wait_for_phase(1 + i % 4));
  CHECK_INT(WHORL_OK, wait_for_close((uv_handle_t *)&prepare));
  CHECK_INT(WHORL_OK, wait_for_close((uv_handle_t *)&check));
  return wait_for_close((uv_handle_t *)&async);
}

static void callbacks_of_every_phase_wake_tasks(void **state)
{
  (void)state;
  assert_int_equal(WHORL_OK, whorl_loop_run(loop, be_woken_in_every_phase, NULL));
}

// --- What is left

static void note_close(uv_handle_t *handle)
{
  (void)handle;
  note("closed");
  if (whorl_loop_destroy(loop) != WHORL_BUSY) note("destroyed in its own destroy");
}

static int close_without_waiting(void *arg)
{
  (void)arg;
  uv_close((uv_handle_t *)&timer, note_close);
  return WHORL_OK;
}

static void destroy_waits_for_handles_that_are_closing(void **state)
{
  assert_int_equal(WHORL_OK, whorl_loop_run(loop, close_without_waiting, NULL));
  assert_int_equal(WHORL_OK, whorl_loop_destroy(loop));
  assert_trace("closed");
  setup(state);
}

static void a_handle_that_is_left_open_is_the_users(void **state)
{
  (void)state;
  assert_int_equal(WHORL_OK, whorl_loop_run(loop, at_once, NULL));
  assert_int_equal(WHORL_BUSY, whorl_loop_destroy(loop));
  assert_non_null(strstr(whorl_detail(), "a libuv timer handle is still there"));
  assert_int_equal(WHORL_OK, whorl_loop_run(loop, at_once, NULL)); // nothing was lost
  uv_close((uv_handle_t *)&timer, NULL);
  assert_int_equal(WHORL_OK, whorl_loop_destroy(loop));
  assert_int_equal(WHORL_DESTROYED, whorl_loop_destroy(loop));
  setup(state);
}

static sem_t gate;
static void hold(uv_work_t *request)
{
  (void)request;
  sem_wait(&gate);
}
static void let_go(uv_work_t *request, int status)
{
  (void)request;
  (void)status;
  note("let go");
}

static int wait_until_let_go(void *arg)
{
  (void)arg;
  while (trace[0] == '\0') CHECK_INT(WHORL_OK, whorl_sleep(WHORL_MILLISECONDS(1)));
  return WHORL_OK;
}

static void a_request_under_way_is_the_users_too(void **state)
{
  uv_work_t request;
  sem_init(&gate, 0, 0);
  assert_int_equal(0, uv_queue_work(uv, &request, hold, let_go));
  uv_close((uv_handle_t *)&timer, NULL);
  assert_int_equal(WHORL_BUSY, whorl_loop_destroy(loop));
  assert_non_null(strstr(whorl_detail(), "a libuv request is still there"));
  sem_post(&gate);
  assert_int_equal(WHORL_OK, whorl_loop_run(loop, wait_until_let_go, NULL));
  assert_int_equal(WHORL_OK, whorl_loop_destroy(loop));
  sem_destroy(&gate);
  setup(state);
}

static void stop_libuv(uv_timer_t *handle) { uv_stop(handle->loop); }

static int outlive_a_stop(void *arg)
{
  (void)arg;
  uv_timer_start(&timer, stop_libuv, 0, 1);
  for (int i = 0; i < 5; i++) CHECK_INT(WHORL_OK, whorl_sleep(WHORL_MILLISECONDS(2)));
  return uv_timer_stop(&timer);
}

static void uv_stop_does_not_end_a_run(void **state)
{
  (void)state;
  assert_int_equal(WHORL_OK, whorl_loop_run(loop, outlive_a_stop, NULL));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      ENTRY(R35_a_callback_of_libuv_is_outside_any_task), ENTRY(callbacks_of_every_phase_wake_tasks),
      ENTRY(destroy_waits_for_handles_that_are_closing),  ENTRY(a_handle_that_is_left_open_is_the_users),
      ENTRY(a_request_under_way_is_the_users_too),        ENTRY(uv_stop_does_not_end_a_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
