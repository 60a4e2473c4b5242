// Test kit: the three ways of driving a loop. One whose libuv loop is turned by the test starts instead of running, and every wait has a limit against hanging.
#ifndef WHORL_LOOP_DRIVING_TESTING_H
#define WHORL_LOOP_DRIVING_TESTING_H

#include <poll.h>
#include <pthread.h>

#include <uv.h>

#include "task/kit.h" // CHECK, note
#include "whorl/loop.h"
#include "whorl/uv.h"

typedef enum way { RUN, UV_RUN, DISPATCH, WAYS } way_t;
static const char *const way_names[WAYS] = {"whorl_loop_run", "uv_run", "whorl_loop_dispatch"};

enum { PATIENCE_MS = 60000 };

typedef struct driven {
  way_t way;
  uv_loop_t uv; // the test's own, for UV_RUN
  whorl_loop_t loop;
  int status, done;
  char detail[240];
  unsigned wake_ups; // of DISPATCH
} driven_t;

static driven_t driven;

static inline void driven_open(way_t way)
{
  driven = (driven_t){.way = way};
  if (way == UV_RUN) assert_int_equal(0, uv_loop_init(&driven.uv));
  assert_int_equal(WHORL_OK, whorl_loop_create(&(whorl_loop_options_t){.uv_loop = way == UV_RUN ? &driven.uv : NULL}, &driven.loop));
}

static inline void driven_close(void)
{
  assert_int_equal(WHORL_OK, whorl_loop_destroy(driven.loop));
  if (driven.way == UV_RUN) assert_int_equal(0, uv_loop_close(&driven.uv)); // nothing of Whorl's is left in it
}

static inline void driven_done(void *arg, int status)
{
  (void)arg;
  driven.status = status;
  driven.done++;
  snprintf(driven.detail, sizeof driven.detail, "%s", whorl_detail());
}

static inline void wait_for_descriptor(void)
{
  int fd;
  assert_int_equal(WHORL_OK, whorl_loop_descriptor(driven.loop, &fd));
  assert_int_equal(1, poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, PATIENCE_MS));
  driven.wake_ups++;
}

static inline void dispatch_until_done(int64_t budget_ns)
{
  assert_int_equal(WHORL_OK, whorl_loop_dispatch(driven.loop, budget_ns));
  while (driven.done == 0) {
    wait_for_descriptor();
    assert_int_equal(WHORL_OK, whorl_loop_dispatch(driven.loop, budget_ns));
  }
}

static inline int drive(whorl_task_function_t function, void *arg)
{
  driven.done = 0;
  if (driven.way == RUN) {
    driven.status = whorl_loop_run(driven.loop, function, arg);
    snprintf(driven.detail, sizeof driven.detail, "%s", whorl_detail());
    return driven.status;
  }
  assert_int_equal(WHORL_OK, whorl_loop_start(driven.loop, function, arg, driven_done));
  if (driven.way == UV_RUN)
    assert_int_equal(0, uv_run(&driven.uv, UV_RUN_DEFAULT)); // ends by itself: nothing keeps it
  else
    dispatch_until_done(WHORL_MILLISECONDS(1));
  assert_int_equal(1, driven.done);
  return driven.status;
}

// --- Loops that the test starts and turns itself, with an event for their main task to wait for

static whorl_event_t awaited;

static inline int open_awaited(void **state)
{
  (void)state;
  trace_clear();
  return whorl_event_create(NULL, &awaited);
}

static inline int close_awaited(void **state)
{
  (void)state;
  return whorl_event_destroy(awaited);
}

#define STARTED_TEST(name) cmocka_unit_test_setup_teardown(name, open_awaited, close_awaited)

static inline int wait_for_awaited(void *arg)
{
  (void)arg;
  return whorl_event_wait(awaited);
}

static inline void start(whorl_task_function_t function)
{
  driven.done = 0;
  assert_int_equal(WHORL_OK, whorl_loop_start(driven.loop, function, NULL, driven_done));
}

#endif
