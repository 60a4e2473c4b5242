// Test support: a chaos makes nodes managed ones, and asks for their transitions, itself and by their services. Their callbacks wait, fail, err and are cancelled.
#ifndef WHORL_SIMULATION_CHAOS_LIFECYCLES_H
#define WHORL_SIMULATION_CHAOS_LIFECYCLES_H

#include <lifecycle_msgs/srv/change_state.h>
#include <lifecycle_msgs/srv/get_state.h>

#include "simulation/chaos_entities.h"

static bool stays(whorl_lifecycle_state_t state) { return state >= WHORL_STATE_UNCONFIGURED && state <= WHORL_STATE_FINALIZED; }

// --- The callbacks: one at a time, and each where the last one has led to

static int draw_outcome(chaos_t *chaos)
{
  static const int outcomes[] = {WHORL_OK, WHORL_OK, WHORL_OK, WHORL_OK, WHORL_UNSUCCESSFUL, WHORL_IO_ERROR};
  return chaos->calm ? WHORL_OK : outcomes[draw(chaos, 6)];
}

static int enter_and_act(managed_t *managed, int what)
{
  chaos_t *chaos = managed->chaos;
  assert_false(managed->inside);
  managed->inside = true;
  chaos->callbacks++;
  write_down(chaos, 8, what);
  if (!chaos->calm && chance(chaos, 60)) expect(chaos, "end own lifecycle", whorl_lifecycle_destroy(managed->lifecycle), &GONE);
  int status = act(chaos);
  if (status == WHORL_OK) status = draw_outcome(chaos);
  managed->inside = false;
  return status;
}

// From where it is to `goal`, or back, or into an error on the way (`on_way`).
static int step(managed_t *managed, whorl_lifecycle_state_t from, whorl_lifecycle_state_t on_way, whorl_lifecycle_state_t goal)
{
  assert_true(from == managed->state && managed->failed == WHORL_STATE_UNKNOWN);
  int status = enter_and_act(managed, (int)on_way);
  if (status == WHORL_OK || (status == WHORL_UNSUCCESSFUL && goal == WHORL_STATE_FINALIZED))
    managed->state = goal;
  else if (status != WHORL_UNSUCCESSFUL)
    managed->failed = on_way;
  managed->chaos->changes += status == WHORL_OK;
  return status;
}

static int on_configure(whorl_lifecycle_state_t from, void *arg)
{
  assert_int_equal(from, WHORL_STATE_UNCONFIGURED);
  return step(arg, from, WHORL_STATE_CONFIGURING, WHORL_STATE_INACTIVE);
}

static int on_cleanup(whorl_lifecycle_state_t from, void *arg)
{
  assert_int_equal(from, WHORL_STATE_INACTIVE);
  return step(arg, from, WHORL_STATE_CLEANING_UP, WHORL_STATE_UNCONFIGURED);
}

static int on_activate(whorl_lifecycle_state_t from, void *arg)
{
  assert_int_equal(from, WHORL_STATE_INACTIVE);
  return step(arg, from, WHORL_STATE_ACTIVATING, WHORL_STATE_ACTIVE);
}

static int on_deactivate(whorl_lifecycle_state_t from, void *arg)
{
  assert_int_equal(from, WHORL_STATE_ACTIVE);
  return step(arg, from, WHORL_STATE_DEACTIVATING, WHORL_STATE_INACTIVE);
}

static int on_shutdown(whorl_lifecycle_state_t from, void *arg)
{
  assert_int_not_equal(from, WHORL_STATE_FINALIZED);
  return step(arg, from, WHORL_STATE_SHUTTING_DOWN, WHORL_STATE_FINALIZED);
}

static int on_error(whorl_lifecycle_state_t from, void *arg)
{
  managed_t *managed = arg;
  assert_true(from == managed->failed && !stays(from));
  int status = enter_and_act(managed, WHORL_STATE_ERROR_PROCESSING);
  managed->failed = WHORL_STATE_UNKNOWN;
  managed->state = status == WHORL_OK ? WHORL_STATE_UNCONFIGURED : WHORL_STATE_FINALIZED;
  return status;
}

// --- Lifecycles

static void check_managed(const managed_t *managed, bool at_rest)
{
  whorl_lifecycle_state_t state;
  if (whorl_lifecycle_read_state(managed->lifecycle, &state) < 0) return;
  assert_true(stays(state) ? !managed->inside && state == managed->state : !at_rest);
}

static void change_lifecycle(chaos_t *chaos, bool create)
{
  static const whorl_lifecycle_callbacks_t callbacks = {on_configure, on_cleanup, on_activate, on_deactivate, on_shutdown, on_error};
  managed_t *fresh = NULL;
  if (create) {
    fresh = &chaos->managed[chaos->managed_count++];
    *fresh = (managed_t){.chaos = chaos, .state = WHORL_STATE_UNCONFIGURED};
    int status = whorl_lifecycle_create(draw_node(chaos), &callbacks, fresh, NULL, &fresh->lifecycle);
    if (expect(chaos, "make lifecycle", status, &GONE_OR_SHUT) < 0) return;
  }
  managed_t **place = &chaos->lifecycles[draw(chaos, LIFECYCLES)], *old = *place;
  *place = fresh;
  if (old == NULL) return;
  check_managed(old, false);
  expect(chaos, "end lifecycle", whorl_lifecycle_destroy(old->lifecycle), &GONE);
}

static void expect_result(const managed_t *managed, whorl_lifecycle_transition_t transition)
{
  static const whorl_lifecycle_state_t goals[] = {[WHORL_TRANSITION_CONFIGURE] = WHORL_STATE_INACTIVE,
                                                  [WHORL_TRANSITION_CLEANUP] = WHORL_STATE_UNCONFIGURED,
                                                  [WHORL_TRANSITION_ACTIVATE] = WHORL_STATE_ACTIVE,
                                                  [WHORL_TRANSITION_DEACTIVATE] = WHORL_STATE_INACTIVE,
                                                  [WHORL_TRANSITION_SHUTDOWN] = WHORL_STATE_FINALIZED};
  assert_int_equal(managed->state, goals[transition]);
}

static void make_a_transition(chaos_t *chaos)
{
  static const allowed_t outcomes = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_TIMED_OUT, WHORL_CANCELED, WHORL_BUSY, WHORL_WRONG_STATE,
                                      WHORL_UNSUCCESSFUL, WHORL_IO_ERROR}};
  managed_t *managed = chaos->lifecycles[draw(chaos, LIFECYCLES)];
  whorl_lifecycle_transition_t transition = WHORL_TRANSITION_CONFIGURE + draw(chaos, chance(chaos, 8) ? 5 : 4);
  whorl_timeout_t timeout;
  if (managed == NULL) return;
  whorl_timeout_open(&timeout, some_time(chaos, 3000));
  int status = whorl_lifecycle_change(managed->lifecycle, transition);
  if (status == WHORL_OK) expect_result(managed, transition);
  check_managed(managed, false);
  expect(chaos, "transition", whorl_timeout_close(&timeout, status), &outcomes);
}

// Silent unless its node is active; most are of other nodes.
static void manage_a_publisher(chaos_t *chaos)
{
  static const allowed_t outcomes = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_INVALID_ARGUMENT}};
  const managed_t *managed = chaos->lifecycles[draw(chaos, LIFECYCLES)];
  whorl_publisher_t publisher = chaos->publishers[draw(chaos, PUBLISHERS)];
  if (managed != NULL) expect(chaos, "manage publisher", whorl_lifecycle_manage_publisher(managed->lifecycle, publisher), &outcomes);
}

// --- From outside, by the services of all nodes: they have one name

static void change_manager(chaos_t *chaos, bool create)
{
  bool watches = chance(chaos, 2);
  whorl_client_t *place = watches ? &chaos->watchers[draw(chaos, MANAGERS)] : &chaos->managers[draw(chaos, MANAGERS)], fresh = {0};
  whorl_service_type_t type = watches ? WHORL_SERVICE(lifecycle_msgs, srv, GetState) : WHORL_SERVICE(lifecycle_msgs, srv, ChangeState);
  if (create) {
    int status = whorl_client_create(draw_node(chaos), type, watches ? "/restless/get_state" : "/restless/change_state", NULL, &fresh);
    if (expect(chaos, "make manager", status, &GONE_OR_SHUT) < 0) return;
  }
  whorl_client_t old = *place;
  if (create) *place = fresh;
  expect(chaos, "end manager", whorl_client_destroy(old), &GONE);
}

static const allowed_t CALLED = {{WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_TIMED_OUT, WHORL_CANCELED, WHORL_WOULD_DEADLOCK}};

static void ask_for_a_transition(chaos_t *chaos)
{
  const lifecycle_msgs__srv__ChangeState_Request request = {.transition = {.id = (uint8_t)(1 + draw(chaos, 8))}}; // 8: there is none
  lifecycle_msgs__srv__ChangeState_Response response = {.success = false};
  unsigned changes = chaos->changes;
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, some_time(chaos, 3000));
  int status = whorl_client_call(chaos->managers[draw(chaos, MANAGERS)], &request, &response);
  assert_true(!response.success || chaos->changes > changes);
  expect(chaos, "ask for transition", whorl_timeout_close(&timeout, status), &CALLED);
}

static void ask_for_the_state(chaos_t *chaos)
{
  const lifecycle_msgs__srv__GetState_Request request = {0};
  lifecycle_msgs__srv__GetState_Response response = {0};
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, some_time(chaos, 3000));
  int status = whorl_client_call(chaos->watchers[draw(chaos, MANAGERS)], &request, &response);
  if (status == WHORL_OK)
    assert_string_equal(response.current_state.label.data, whorl_lifecycle_state_name((whorl_lifecycle_state_t)response.current_state.id));
  lifecycle_msgs__srv__GetState_Response__fini(&response);
  expect(chaos, "ask for state", whorl_timeout_close(&timeout, status), &CALLED);
}

static void use_lifecycles(chaos_t *chaos)
{
  unsigned what = draw(chaos, 100);
  if (what < 40)
    make_a_transition(chaos);
  else if (what < 60)
    ask_for_a_transition(chaos);
  else if (what < 70)
    ask_for_the_state(chaos);
  else if (what < 76)
    manage_a_publisher(chaos);
  else if (what < 90)
    change_lifecycle(chaos, what < 89);
  else
    change_manager(chaos, what < 98);
}

// --- The end

static void check_lifecycles(chaos_t *chaos)
{
  for (int i = 0; i < LIFECYCLES; i++)
    if (chaos->lifecycles[i] != NULL) check_managed(chaos->lifecycles[i], true);
}

static void expect_no_lifecycles(const chaos_t *chaos)
{
  for (unsigned i = 0; i < chaos->managed_count; i++) {
    assert_true(!chaos->managed[i].inside && chaos->managed[i].failed == WHORL_STATE_UNKNOWN);
    assert_int_not_equal(whorl_lifecycle_destroy(chaos->managed[i].lifecycle), WHORL_OK);
  }
  for (int i = 0; i < MANAGERS; i++) {
    assert_int_not_equal(whorl_client_destroy(chaos->managers[i]), WHORL_OK);
    assert_int_not_equal(whorl_client_destroy(chaos->watchers[i]), WHORL_OK);
  }
}

#endif
