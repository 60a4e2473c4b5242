// Managed nodes in virtual time: every transition, from inside and by the services, and what others see of it.
#include <stdio.h>

#include <lifecycle_msgs/msg/transition_event.h>
#include <lifecycle_msgs/srv/change_state.h>
#include <lifecycle_msgs/srv/get_available_states.h>
#include <lifecycle_msgs/srv/get_available_transitions.h>
#include <lifecycle_msgs/srv/get_state.h>

#include "base/memory.h"
#include "node/fixture.h"

static whorl_lifecycle_t lifecycle;
static int answers[6], took_ms; // of the callbacks, by their order in the struct
static char seen[4096];

static void saw(const char *word)
{
  size_t length = strlen(seen);
  snprintf(seen + length, sizeof seen - length, "%s%s", length > 0 ? " " : "", word);
}
#define assert_seen(expected) assert_string_equal((expected), seen)

static int answer(int which, const char *word)
{
  saw(word);
  if (took_ms > 0) WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(took_ms)));
  return answers[which];
}
static int on_configure(whorl_lifecycle_state_t from, void *arg) { return (void)from, (void)arg, answer(0, "configure"); }
static int on_cleanup(whorl_lifecycle_state_t from, void *arg) { return (void)from, (void)arg, answer(1, "cleanup"); }
static int on_activate(whorl_lifecycle_state_t from, void *arg) { return (void)from, (void)arg, answer(2, "activate"); }
static int on_deactivate(whorl_lifecycle_state_t from, void *arg) { return (void)from, (void)arg, answer(3, "deactivate"); }
static int on_shutdown(whorl_lifecycle_state_t from, void *arg)
{
  (void)arg;
  saw(whorl_lifecycle_state_name(from));
  return answer(4, "shutdown");
}
static int on_error(whorl_lifecycle_state_t from, void *arg)
{
  (void)arg;
  saw(whorl_lifecycle_state_name(from));
  return answer(5, "error");
}
static const whorl_lifecycle_callbacks_t callbacks = {on_configure, on_cleanup, on_activate, on_deactivate, on_shutdown, on_error};

static int setup(void **state)
{
  seen[0] = '\0';
  memset(answers, 0, sizeof answers);
  took_ms = 0;
  if (fixture_setup(state) < 0) return -1;
  return whorl_lifecycle_create(((fixture_t *)*state)->node, &callbacks, NULL, NULL, &lifecycle);
}
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, fixture_teardown)

static whorl_lifecycle_state_t state_now(void)
{
  whorl_lifecycle_state_t state = WHORL_STATE_UNKNOWN;
  (void)whorl_lifecycle_read_state(lifecycle, &state);
  return state;
}

// Does it, and says what has become of the node.
static int change(whorl_lifecycle_transition_t transition)
{
  int status = whorl_lifecycle_change(lifecycle, transition);
  saw(whorl_lifecycle_state_name(state_now()));
  return status;
}

// --- from inside

static int go_round(fixture_t *fixture)
{
  (void)fixture;
  WHORL_TRY(change(WHORL_TRANSITION_CONFIGURE));
  WHORL_TRY(change(WHORL_TRANSITION_ACTIVATE));
  WHORL_TRY(change(WHORL_TRANSITION_DEACTIVATE));
  WHORL_TRY(change(WHORL_TRANSITION_CLEANUP));
  WHORL_TRY(change(WHORL_TRANSITION_CONFIGURE));
  WHORL_TRY(change(WHORL_TRANSITION_ACTIVATE));
  return change(WHORL_TRANSITION_SHUTDOWN);
}

static void ASK_24_a_node_goes_through_all_its_states(void **state)
{
  fixture_t *fixture = *state;
  took_ms = 5; // its callbacks may suspend
  assert_int_equal(fixture_with_open_node(fixture, go_round), WHORL_OK);
  assert_seen(
      "configure inactive activate active deactivate inactive cleanup unconfigured configure inactive activate active active shutdown "
      "finalized");
}

static int try_all(fixture_t *fixture)
{
  (void)fixture;
  for (int transition = WHORL_TRANSITION_CONFIGURE; transition <= WHORL_TRANSITION_DEACTIVATE; transition++) {
    int status = whorl_lifecycle_change(lifecycle, (whorl_lifecycle_transition_t)transition);
    saw(status == WHORL_WRONG_STATE ? "-" : "!");
  }
  return WHORL_OK;
}

static void what_is_not_possible_is_refused_and_calls_nobody(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(fixture_with_open_node(fixture, try_all), WHORL_OK);
  assert_seen("configure ! cleanup ! - -"); // "-": not from unconfigured
  seen[0] = '\0';
  assert_int_equal(whorl_lifecycle_change(lifecycle, WHORL_TRANSITION_SHUTDOWN),
                   WHORL_OK); // on a plain thread, with nobody who drives the node
  assert_int_equal(fixture_with_open_node(fixture, try_all), WHORL_OK);
  assert_seen("unconfigured shutdown - - - -");
  assert_int_equal(whorl_lifecycle_change(lifecycle, WHORL_TRANSITION_SHUTDOWN), WHORL_WRONG_STATE);
}

static void a_transition_that_fails_leaves_the_node_as_it_was(void **state)
{
  (void)state;
  answers[0] = WHORL_UNSUCCESSFUL;
  assert_int_equal(change(WHORL_TRANSITION_CONFIGURE), WHORL_UNSUCCESSFUL);
  answers[0] = WHORL_OK;
  assert_int_equal(change(WHORL_TRANSITION_CONFIGURE), WHORL_OK);
  answers[1] = answers[2] = answers[3] = answers[4] = WHORL_UNSUCCESSFUL;
  assert_int_equal(change(WHORL_TRANSITION_CLEANUP), WHORL_UNSUCCESSFUL);
  assert_int_equal(change(WHORL_TRANSITION_ACTIVATE), WHORL_UNSUCCESSFUL);
  answers[2] = WHORL_OK;
  assert_int_equal(change(WHORL_TRANSITION_ACTIVATE), WHORL_OK);
  assert_int_equal(change(WHORL_TRANSITION_DEACTIVATE), WHORL_UNSUCCESSFUL);
  assert_int_equal(change(WHORL_TRANSITION_SHUTDOWN), WHORL_UNSUCCESSFUL);
  assert_seen("configure unconfigured configure inactive cleanup inactive activate inactive activate active deactivate active "
              "active shutdown finalized");
}

static int fail_with_a_sentence(whorl_lifecycle_state_t from, void *arg)
{
  (void)from, (void)arg;
  return whorl_publisher_create((whorl_node_t){0}, INT32, "x", NULL, &(whorl_publisher_t){0});
}

static void an_error_is_processed_and_told_with_its_sentence(void **state)
{
  fixture_t *fixture = *state;
  const whorl_lifecycle_callbacks_t failing = {.on_configure = fail_with_a_sentence, .on_error = on_error};
  assert_int_equal(whorl_lifecycle_destroy(lifecycle), WHORL_OK);
  assert_int_equal(whorl_lifecycle_create(fixture->node, &failing, NULL, NULL, &lifecycle), WHORL_OK);
  assert_int_equal(whorl_lifecycle_change(lifecycle, WHORL_TRANSITION_CONFIGURE), WHORL_INVALID_HANDLE);
  assert_string_equal(whorl_detail(), "this is no handle of a node");
  assert_int_equal(state_now(), WHORL_STATE_UNCONFIGURED);
  assert_seen("configuring error");
  answers[5] = WHORL_IO_ERROR; // that fails too
  assert_int_equal(whorl_lifecycle_change(lifecycle, WHORL_TRANSITION_CONFIGURE), WHORL_INVALID_HANDLE);
  assert_int_equal(state_now(), WHORL_STATE_FINALIZED);
}

static void without_callbacks_all_succeeds_and_errors_are_final(void **state)
{
  fixture_t *fixture = *state;
  const whorl_lifecycle_callbacks_t one = {.on_activate = fail_with_a_sentence};
  whorl_node_t other = fixture_make_node(fixture, "other");
  assert_int_equal(whorl_lifecycle_create(other, &one, NULL, NULL, &lifecycle), WHORL_OK);
  assert_int_equal(change(WHORL_TRANSITION_CONFIGURE), WHORL_OK);
  assert_int_equal(change(WHORL_TRANSITION_CLEANUP), WHORL_OK);
  assert_int_equal(change(WHORL_TRANSITION_CONFIGURE), WHORL_OK);
  assert_int_equal(change(WHORL_TRANSITION_ACTIVATE), WHORL_INVALID_HANDLE);
  assert_seen("inactive unconfigured inactive finalized");
}

static int configure(void *arg)
{
  (void)arg;
  return whorl_lifecycle_change(lifecycle, WHORL_TRANSITION_CONFIGURE);
}

static int be_too_slow(fixture_t *fixture)
{
  (void)fixture;
  took_ms = 1000;
  return whorl_with_timeout(WHORL_MILLISECONDS(10), configure, NULL);
}

static void a_transition_that_is_cancelled_is_cleaned_up_behind_a_shield(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(fixture_with_open_node(fixture, be_too_slow), WHORL_TIMED_OUT);
  assert_seen("configure configuring error");
  assert_int_equal(state_now(), WHORL_STATE_UNCONFIGURED);
}

static int change_twice(fixture_t *fixture)
{
  took_ms = 10;
  WHORL_TRY(whorl_node_spawn(fixture->node, configure, NULL));
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(5)));
  saw(whorl_lifecycle_state_name(state_now()));
  if (whorl_lifecycle_change(lifecycle, WHORL_TRANSITION_SHUTDOWN) != WHORL_BUSY) return WHORL_MALFORMED;
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(10)));
  return WHORL_OK;
}

static void one_transition_at_a_time(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(fixture_with_open_node(fixture, change_twice), WHORL_OK);
  assert_seen("configure configuring");
  assert_int_equal(state_now(), WHORL_STATE_INACTIVE);
}

// --- by the services

typedef struct services {
  whorl_node_t node;
  whorl_client_t change, state, states, transitions, graph;
} services_t;

static int on_event(const void *message, const whorl_message_info_t *info, void *arg)
{
  const lifecycle_msgs__msg__TransitionEvent *event = message;
  char text[128];
  (void)info, (void)arg;
  snprintf(text, sizeof text, "[%d:%s>%s]", event->transition.id, event->start_state.label.data, event->goal_state.label.data);
  saw(text);
  return WHORL_OK;
}

static services_t connect_services(fixture_t *fixture)
{
  services_t all = {.node = fixture_make_node(fixture, "manager")};
#define CONNECT(field, type, name) \
  assert_int_equal(whorl_client_create(all.node, WHORL_SERVICE(lifecycle_msgs, srv, type), "/tested/" name, NULL, &all.field), WHORL_OK)
  CONNECT(change, ChangeState, "change_state");
  CONNECT(state, GetState, "get_state");
  CONNECT(states, GetAvailableStates, "get_available_states");
  CONNECT(transitions, GetAvailableTransitions, "get_available_transitions");
  CONNECT(graph, GetAvailableTransitions, "get_transition_graph");
  assert_int_equal(whorl_subscription_create(all.node, WHORL_MESSAGE(lifecycle_msgs, msg, TransitionEvent), "/tested/transition_event",
                                             on_event, NULL, NULL, NULL),
                   WHORL_OK);
  return all;
}

static int ask_change(whorl_client_t client, uint8_t id, char *label)
{
  lifecycle_msgs__srv__ChangeState_Request request = {.transition = {.id = id, .label = {label, strlen(label), strlen(label) + 1}}};
  lifecycle_msgs__srv__ChangeState_Response response = {0};
  WHORL_TRY(whorl_client_call(client, &request, &response));
  saw(response.success ? "yes" : "no");
  return WHORL_OK;
}

static int ask_state(whorl_client_t client)
{
  lifecycle_msgs__srv__GetState_Request request = {0};
  lifecycle_msgs__srv__GetState_Response response = {0};
  WHORL_TRY(whorl_client_call(client, &request, &response));
  saw(response.current_state.label.data);
  if (response.current_state.id != (uint8_t)state_now()) return WHORL_MALFORMED;
  lifecycle_msgs__srv__GetState_Response__fini(&response);
  return WHORL_OK;
}

static services_t services;

static int manage(fixture_t *fixture)
{
  (void)fixture;
  WHORL_TRY(ask_state(services.state));
  WHORL_TRY(ask_change(services.change, 1, ""));
  WHORL_TRY(ask_state(services.state));
  WHORL_TRY(ask_change(services.change, 1, "")); // not from there
  WHORL_TRY(ask_change(services.change, 0, "activate"));
  WHORL_TRY(ask_change(services.change, 30, "")); // nobody asks for that
  WHORL_TRY(ask_change(services.change, 0, "shutdown"));
  return ask_state(services.state);
}

static int with_manager_open(fixture_t *fixture, int (*body)(fixture_t *fixture))
{
  WHORL_TRY(whorl_node_open(services.node));
  return whorl_node_close(services.node, body(fixture));
}

static int manage_it(fixture_t *fixture) { return with_manager_open(fixture, manage); }

static void ASK_24_a_node_is_managed_by_its_services_and_tells_of_it(void **state)
{
  fixture_t *fixture = *state;
  services = connect_services(fixture);
  assert_int_equal(fixture_with_open_node(fixture, manage_it), WHORL_OK);
  assert_seen("unconfigured configure [1:unconfigured>configuring] yes [10:configuring>inactive] inactive no "
              "activate [3:inactive>activating] yes [30:activating>active] no active shutdown [7:active>shuttingdown] yes "
              "[50:shuttingdown>finalized] finalized");
}

static int ask_while_it_changes(fixture_t *fixture)
{
  took_ms = 10;
  WHORL_TRY(whorl_client_wait_for_service(services.change));
  WHORL_TRY(whorl_client_wait_for_service(services.state));
  WHORL_TRY(whorl_node_spawn(fixture->node, configure, NULL));
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(5)));
  WHORL_TRY(ask_state(services.state));
  return ask_change(services.change, 5, "");
}

static int ask_meanwhile(fixture_t *fixture) { return with_manager_open(fixture, ask_while_it_changes); }

static void the_services_answer_while_a_transition_takes_its_time(void **state)
{
  fixture_t *fixture = *state;
  services = connect_services(fixture);
  assert_int_equal(fixture_with_open_node(fixture, ask_meanwhile), WHORL_OK);
  assert_non_null(strstr(seen, "configuring no"));
}

static int change_in_vain(void *arg) { return (void)arg, (void)ask_change(services.change, 1, ""), WHORL_OK; }
static int destroy_it(void *arg) { return (void)arg, whorl_lifecycle_destroy(lifecycle); }

// Its end waits for the error to be processed; the state is asked for meanwhile.
static int ask_while_it_goes(fixture_t *fixture)
{
  whorl_timeout_t timeout;
  took_ms = 10;
  WHORL_TRY(whorl_client_wait_for_service(services.change));
  WHORL_TRY(whorl_client_wait_for_service(services.state));
  WHORL_TRY(whorl_node_spawn(services.node, change_in_vain, NULL));
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(5)));
  WHORL_TRY(whorl_node_spawn(fixture->node, destroy_it, NULL));
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(1)));
  whorl_timeout_open(&timeout, WHORL_MILLISECONDS(5));
  int status = whorl_timeout_close(&timeout, ask_state(services.state));
  saw(whorl_status_name(status));
  return WHORL_OK;
}

static int ask_it_at_its_end(fixture_t *fixture) { return with_manager_open(fixture, ask_while_it_goes); }

static void a_lifecycle_that_goes_tells_no_state_that_is_none(void **state)
{
  fixture_t *fixture = *state;
  services = connect_services(fixture);
  assert_int_equal(fixture_with_open_node(fixture, ask_it_at_its_end), WHORL_OK);
  assert_seen("configure [1:unconfigured>configuring] configuring error [12:configuring>errorprocessing] WHORL_TIMED_OUT");
}

static int ask_transitions(whorl_client_t client)
{
  lifecycle_msgs__srv__GetAvailableTransitions_Request request = {0};
  lifecycle_msgs__srv__GetAvailableTransitions_Response response = {0};
  WHORL_TRY(whorl_client_call(client, &request, &response));
  for (size_t i = 0; i < response.available_transitions.size && response.available_transitions.size < 10; i++) {
    const lifecycle_msgs__msg__TransitionDescription *row = &response.available_transitions.data[i];
    char text[128];
    snprintf(text, sizeof text, "%d:%s:%s>%s", row->transition.id, row->transition.label.data, row->start_state.label.data,
             row->goal_state.label.data);
    saw(text);
  }
  int count = (int)response.available_transitions.size;
  lifecycle_msgs__srv__GetAvailableTransitions_Response__fini(&response);
  return count;
}

static int look(fixture_t *fixture)
{
  lifecycle_msgs__srv__GetAvailableStates_Request request = {0};
  lifecycle_msgs__srv__GetAvailableStates_Response response = {0};
  (void)fixture;
  if (ask_transitions(services.transitions) != 2 || ask_transitions(services.graph) != 25) return WHORL_MALFORMED;
  WHORL_TRY(whorl_client_call(services.states, &request, &response));
  for (size_t i = 0; i < response.available_states.size; i++) saw(response.available_states.data[i].label.data);
  lifecycle_msgs__srv__GetAvailableStates_Response__fini(&response);
  return WHORL_OK;
}

static int look_at_it(fixture_t *fixture) { return with_manager_open(fixture, look); }

static void ASK_24_states_and_transitions_are_listed(void **state)
{
  fixture_t *fixture = *state;
  services = connect_services(fixture);
  assert_int_equal(fixture_with_open_node(fixture, look_at_it), WHORL_OK);
  assert_seen("1:configure:unconfigured>configuring 5:shutdown:unconfigured>shuttingdown unknown unconfigured inactive active finalized "
              "configuring cleaningup shuttingdown activating deactivating errorprocessing");
}

// --- its publishers

static int hear(const void *message, const whorl_message_info_t *info, void *arg)
{
  char text[16];
  (void)info, (void)arg;
  snprintf(text, sizeof text, "%d", ((const std_msgs__msg__Int32 *)message)->data);
  saw(text);
  return WHORL_OK;
}

static int publish_all_along(fixture_t *fixture)
{
  WHORL_TRY(whorl_publisher_wait_for_subscribers(fixture->publisher, 1));
  WHORL_TRY(fixture_publish(fixture, 1));
  WHORL_TRY(change(WHORL_TRANSITION_CONFIGURE));
  WHORL_TRY(fixture_publish(fixture, 2));
  WHORL_TRY(change(WHORL_TRANSITION_ACTIVATE));
  WHORL_TRY(fixture_publish(fixture, 3));
  std_msgs__msg__Int32 *borrowed = whorl_publisher_borrow(fixture->publisher);
  borrowed->data = 4;
  WHORL_TRY(whorl_publish_borrowed(fixture->publisher, borrowed));
  WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(1)));
  WHORL_TRY(change(WHORL_TRANSITION_DEACTIVATE));
  borrowed = whorl_publisher_borrow(fixture->publisher);
  WHORL_TRY(whorl_publish_borrowed(fixture->publisher, borrowed));
  WHORL_TRY(whorl_lifecycle_destroy(lifecycle));
  WHORL_TRY(fixture_publish(fixture, 5));
  return whorl_sleep(WHORL_MILLISECONDS(1));
}

static void ASK_24_a_managed_publisher_speaks_while_the_node_is_active(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "topic");
  assert_int_equal(whorl_subscription_create(fixture->node, INT32, "topic", hear, NULL, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_lifecycle_manage_publisher(lifecycle, fixture->publisher), WHORL_OK);
  assert_int_equal(fixture_with_open_node(fixture, publish_all_along), WHORL_OK);
  whorl_publisher_counts_t counts = {0};
  assert_true(whorl_publisher_read_counts(fixture->publisher, &counts) == WHORL_OK && counts.silenced == 3);
  assert_seen("configure inactive activate active 3 4 deactivate inactive 5");
}

// --- its end, and what cannot be

static void a_node_that_goes_takes_its_lifecycle_along(void **state)
{
  const fixture_t *fixture = *state;
  whorl_lifecycle_state_t now;
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
  assert_int_equal(whorl_lifecycle_read_state(lifecycle, &now), WHORL_DESTROYED);
  assert_int_equal(whorl_lifecycle_change(lifecycle, WHORL_TRANSITION_CONFIGURE), WHORL_DESTROYED);
  assert_int_equal(whorl_lifecycle_destroy(lifecycle), WHORL_DESTROYED);
  assert_seen("");
}

static void bad_calls(void **state)
{
  fixture_t *fixture = *state;
  whorl_publisher_t foreign;
  whorl_node_t other = fixture_make_node(fixture, "other");
  assert_int_equal(whorl_lifecycle_create(other, NULL, NULL, NULL, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_lifecycle_create((whorl_node_t){0}, NULL, NULL, NULL, &lifecycle), WHORL_INVALID_HANDLE);
  const whorl_lifecycle_options_t foreign_group = {.callback_group = whorl_node_default_callback_group(fixture->node)};
  whorl_lifecycle_t untouched = {0};
  assert_int_equal(whorl_lifecycle_create(other, NULL, NULL, &foreign_group, &untouched), WHORL_INVALID_ARGUMENT);
  assert_int_equal(untouched.id, 0);
  assert_int_equal(whorl_lifecycle_change(lifecycle, (whorl_lifecycle_transition_t)6), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_lifecycle_change(lifecycle, (whorl_lifecycle_transition_t)0), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_lifecycle_read_state(lifecycle, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_lifecycle_manage_publisher(lifecycle, (whorl_publisher_t){0}), WHORL_INVALID_HANDLE);
  assert_int_equal(whorl_publisher_create(other, INT32, "topic", NULL, &foreign), WHORL_OK);
  assert_int_equal(whorl_lifecycle_manage_publisher(lifecycle, foreign), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_lifecycle_state_name((whorl_lifecycle_state_t)5), "?");
}

static void a_lifecycle_that_no_memory_can_be_had_for_leaves_nothing(void **state)
{
  const fixture_t *fixture = *state;
  int status = WHORL_NO_MEMORY;
  assert_int_equal(whorl_lifecycle_destroy(lifecycle), WHORL_OK);
  for (uint64_t nth = 1; status == WHORL_NO_MEMORY; nth++) {
    int64_t blocks = whorl__memory_blocks();
    whorl__memory_fail_at(nth);
    status = whorl_lifecycle_create(fixture->node, &callbacks, NULL, NULL, &lifecycle);
    whorl__memory_fail_at(0);
    if (status == WHORL_NO_MEMORY) assert_int_equal(whorl__memory_blocks(), blocks);
  }
  assert_int_equal(status, WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(ASK_24_a_node_goes_through_all_its_states),
      TEST(what_is_not_possible_is_refused_and_calls_nobody),
      TEST(a_transition_that_fails_leaves_the_node_as_it_was),
      TEST(an_error_is_processed_and_told_with_its_sentence),
      TEST(without_callbacks_all_succeeds_and_errors_are_final),
      TEST(a_transition_that_is_cancelled_is_cleaned_up_behind_a_shield),
      TEST(one_transition_at_a_time),
      TEST(ASK_24_a_node_is_managed_by_its_services_and_tells_of_it),
      TEST(the_services_answer_while_a_transition_takes_its_time),
      TEST(a_lifecycle_that_goes_tells_no_state_that_is_none),
      TEST(ASK_24_states_and_transitions_are_listed),
      TEST(ASK_24_a_managed_publisher_speaks_while_the_node_is_active),
      TEST(a_node_that_goes_takes_its_lifecycle_along),
      TEST(bad_calls),
      TEST(a_lifecycle_that_no_memory_can_be_had_for_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
