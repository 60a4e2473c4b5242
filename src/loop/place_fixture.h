// For tests of places (docs/tasks.md R35, R36): calls something in a task, in a post, in a release function and in a callback of libuv, all on one loop; and a world with one message on its way.
#ifndef WHORL_LOOP_PLACE_FIXTURE_H
#define WHORL_LOOP_PLACE_FIXTURE_H

#include <stdatomic.h>

#include <std_msgs/msg/int32.h>

#include "loop/outside.h"
#include "task/kit.h" // CHECK
#include "whorl/uv.h"
#include "whorl/whorl.h"

typedef void (*visit_t)(void);

static whorl_loop_t place_loop;
static whorl_event_t place_left;
static visit_t place_visit;
static atomic_int place_visits;

static inline void place_open(void)
{
  atomic_store(&place_visits, 0);
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &place_left));
  assert_int_equal(WHORL_OK, whorl_loop_create(NULL, &place_loop));
}

static inline void place_close(void)
{
  whorl_event_destroy(place_left);
  assert_int_equal(WHORL_OK, whorl_loop_destroy(place_loop));
}

static inline void visit_now(void)
{
  place_visit();
  atomic_fetch_add(&place_visits, 1);
}

// --- The places of a loop

static inline int place_does_nothing(void *arg) { return arg == NULL ? WHORL_OK : WHORL_IO_ERROR; }

static inline int place_task(void *arg)
{
  (void)arg;
  visit_now();
  return WHORL_OK;
}

static inline void visit_outside_tasks(void *arg)
{
  (void)arg;
  visit_now();
  whorl_event_set(place_left);
}

static inline int place_post(void *arg)
{
  (void)arg;
  WHORL_TRY(whorl_loop_post(place_loop, visit_outside_tasks, NULL, NULL));
  return whorl_event_wait(place_left);
}

static inline int spawn_one_to_be_released(bool canceled)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn_with_options(&group, place_does_nothing, NULL, &(whorl_task_options_t){.release = visit_outside_tasks}, NULL,
                                      "here");
  if (canceled) whorl_task_group_cancel(&group); // then it never runs, and is released all the same
  return whorl_task_group_close(&group, WHORL_OK);
}

static inline int place_release(void *arg) { return spawn_one_to_be_released(arg != NULL); }
static inline int place_release_of_one_that_never_ran(void *arg) { return spawn_one_to_be_released(arg == NULL); }

static uv_timer_t place_timer;

static inline void on_timer_closed(uv_handle_t *handle)
{
  (void)handle;
  whorl_event_set(place_left);
}

static inline void on_timer(uv_timer_t *timer)
{
  visit_now();
  uv_close((uv_handle_t *)timer, on_timer_closed);
}

static inline int place_libuv(void *arg)
{
  (void)arg;
  CHECK_INT(0, uv_timer_init(whorl__core_outside()->parker->uv, &place_timer));
  CHECK_INT(0, uv_timer_start(&place_timer, on_timer, 0, 0));
  return whorl_event_wait(place_left);
}

// Calls `visit` once in that place.
static inline void place_be_in(whorl_task_function_t place, visit_t visit)
{
  int before = atomic_load(&place_visits);
  place_visit = visit;
  whorl_event_reset(place_left);
  assert_int_equal(WHORL_OK, whorl_loop_run(place_loop, place, NULL));
  assert_int_equal(before + 1, atomic_load(&place_visits));
}

// --- A simulation

static whorl_simulation_t world;
static int heard;

static inline int hear(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  heard++;
  return WHORL_OK;
}

static inline void make_world(whorl_message_callback_t callback)
{
  whorl_message_type_t type = WHORL_MESSAGE(std_msgs, msg, Int32);
  whorl_node_t node;
  whorl_publisher_t publisher;
  heard = 0;
  assert_int_equal(WHORL_OK, whorl_simulation_create(7, &world));
  assert_int_equal(WHORL_OK, whorl_node_create(whorl_simulation_context(world), "tested", NULL, &node));
  assert_int_equal(WHORL_OK, whorl_publisher_create(node, type, "numbers", NULL, &publisher));
  assert_int_equal(WHORL_OK, whorl_subscription_create(node, type, "numbers", callback, NULL, NULL, NULL));
  assert_int_equal(WHORL_OK, whorl_publish(publisher, &(std_msgs__msg__Int32){.data = 1}));
}

// A trace's sink: its thread drives the world, between two turns.
static inline void visit_at_an_arrival(const char *line, void *arg)
{
  (void)arg;
  if (strstr(line, " arrive ") != NULL) visit_now();
}

#endif
