// The descriptor of a started loop: readable when there is something to do, and only then.
#include "loop/driving_testing.h"

#include <stdatomic.h>

static bool descriptor_is_readable(void)
{
  int fd;
  assert_int_equal(WHORL_OK, whorl_loop_descriptor(driven.loop, &fd));
  return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1;
}

static int sleep_three_times(void *arg)
{
  (void)arg;
  for (int i = 0; i < 3; i++) WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(20)));
  return WHORL_OK;
}

static void ASK_11_an_idle_loop_does_not_wake_its_descriptor(void **state)
{
  (void)state;
  driven_open(DISPATCH);
  start(wait_for_awaited);
  assert_int_equal(WHORL_OK, whorl_loop_dispatch(driven.loop, WHORL_SECONDS(10)));
  assert_false(descriptor_is_readable());
  assert_int_equal(WHORL_OK, whorl_loop_dispatch(driven.loop, WHORL_SECONDS(10))); // for nothing
  assert_false(descriptor_is_readable());
  whorl_event_set(awaited);
  assert_true(descriptor_is_readable());
  assert_int_equal(WHORL_OK, whorl_loop_dispatch(driven.loop, WHORL_SECONDS(10)));
  assert_int_equal(1, driven.done);

  driven.wake_ups = 0;
  start(sleep_three_times);
  dispatch_until_done(WHORL_SECONDS(10));
  assert_int_equal(3, driven.wake_ups); // one for each sleep
  driven_close();
}

static bool enough;
static atomic_uint rounds;

static int go_round(void *arg)
{
  (void)arg;
  while (!enough) {
    WHORL_TRY(whorl_yield());
    atomic_fetch_add(&rounds, 1);
  }
  return WHORL_OK;
}

static void dispatch_keeps_to_its_budget(void **state)
{
  (void)state;
  driven_open(DISPATCH);
  enough = false;
  atomic_store(&rounds, 0);
  start(go_round);
  for (unsigned before = 0; before < 1000; before = atomic_load(&rounds)) // each time some of it is done, and there is more
    do {
      assert_int_equal(WHORL_OK, whorl_loop_dispatch(driven.loop, before < 500 ? 0 : WHORL_MILLISECONDS(1)));
      assert_true(descriptor_is_readable());
    } while (atomic_load(&rounds) == before);
  enough = true;
  assert_int_equal(WHORL_OK, whorl_loop_dispatch(driven.loop, WHORL_SECONDS(10)));
  assert_int_equal(1, driven.done);
  driven_close();
}

// Each callback drains its pipe and makes libuv look at the next one, which is readable already: libuv tells the kernel of that one in its next poll only.
enum { LINKS = 8 };
static struct chain {
  uv_poll_t poll;
  uv_file ends[2];
} chain[LINKS];

static void on_link(uv_poll_t *poll, int status, int events)
{
  (void)status;
  (void)events;
  struct chain *self = poll->data;
  char byte;
  CHECK_INT(1, read(self->ends[0], &byte, 1));
  note("%d", (int)(self - chain));
  uv_poll_stop(poll);
  if (++self == chain + LINKS)
    whorl_event_set(awaited);
  else
    CHECK_INT(0, uv_poll_start(&self->poll, UV_READABLE, on_link));
}

static void what_libuv_has_not_told_the_kernel_yet_is_not_forgotten(void **state)
{
  (void)state;
  uv_loop_t *uv;
  driven_open(DISPATCH);
  assert_int_equal(WHORL_OK, whorl_loop_uv(driven.loop, &uv));
  for (int i = 0; i < LINKS; i++) {
    assert_int_equal(0, uv_pipe(chain[i].ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE));
    assert_int_equal(1, write(chain[i].ends[1], "x", 1));
    assert_int_equal(0, uv_poll_init(uv, &chain[i].poll, chain[i].ends[0]));
    chain[i].poll.data = &chain[i];
  }
  assert_int_equal(0, uv_poll_start(&chain[0].poll, UV_READABLE, on_link));
  start(wait_for_awaited);
  assert_int_equal(WHORL_OK, whorl_loop_dispatch(driven.loop, WHORL_SECONDS(10))); // one is enough
  assert_int_equal(1, driven.done);
  assert_trace("0 1 2 3 4 5 6 7");
  for (int i = 0; i < LINKS; i++) {
    uv_close((uv_handle_t *)&chain[i].poll, NULL);
    close(chain[i].ends[0]);
    close(chain[i].ends[1]);
  }
  driven_close();
}

static void set_the_event(uv_timer_t *timer)
{
  whorl_event_set(awaited);
  uv_close((uv_handle_t *)timer, NULL);
}

static void timers_of_libuv_wake_the_descriptor(void **state)
{
  (void)state;
  uv_loop_t *uv;
  uv_timer_t timer;
  driven_open(DISPATCH);
  assert_int_equal(WHORL_OK, whorl_loop_uv(driven.loop, &uv));
  start(wait_for_awaited);
  assert_int_equal(WHORL_OK, whorl_loop_dispatch(driven.loop, WHORL_SECONDS(10)));
  uv_timer_init(uv, &timer);
  uv_timer_start(&timer, set_the_event, 20, 0);
  dispatch_until_done(WHORL_SECONDS(10)); // after use of libuv's handles
  assert_in_range(driven.wake_ups, 1, 2); // libuv's clock may be a millisecond behind
  driven_close();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      STARTED_TEST(ASK_11_an_idle_loop_does_not_wake_its_descriptor),
      STARTED_TEST(dispatch_keeps_to_its_budget),
      STARTED_TEST(what_libuv_has_not_told_the_kernel_yet_is_not_forgotten),
      STARTED_TEST(timers_of_libuv_wake_the_descriptor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
