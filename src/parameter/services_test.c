// The parameter services and /parameter_events: a recorded exchange with an rclcpp node, byte by byte, and what it does not show.
#include <stdio.h>
#include <stdlib.h>

#include <rcl_interfaces/msg/parameter.h>
#include <rcl_interfaces/msg/parameter_event.h>
#include <rcl_interfaces/srv/describe_parameters.h>
#include <rcl_interfaces/srv/get_parameter_types.h>
#include <rcl_interfaces/srv/get_parameters.h>
#include <rcl_interfaces/srv/list_parameters.h>
#include <rcl_interfaces/srv/set_parameters.h>
#include <rcl_interfaces/srv/set_parameters_atomically.h>
#include <rosidl_runtime_c/string_functions.h>
#include <whorl/log.h>

#include "base/memory.h"
#include "message/cdr.h"
#include "message/contents.h"
#include "message/type.h"
#include "parameter/captured_exchange_testing.h"
#include "parameter/parameter_fixture.h"

enum { EVENTS = 16, LARGEST = 2048 };

typedef struct event {
  uint8_t bytes[LARGEST];
  size_t size;
} event_t;

typedef struct town {
  whorl_simulation_t world;
  whorl_node_t node, other; // the one with parameters, and one that asks
  event_t events[EVENTS];
  int heard, refusals;
} town_t;

static void no_line(const whorl_log_entry_t *entry, void *arg) { (void)entry, (void)arg; }

static void count_name(const char *name, void *arg)
{
  (void)name;
  ++*(int *)arg;
}

static int note_event(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  town_t *town = arg;
  (void)info;
  if (town->heard < 0) return WHORL_OK;
  assert_true(town->heard < EVENTS && size <= LARGEST);
  event_t *event = &town->events[town->heard++];
  memcpy(event->bytes, bytes, size);
  event->size = size;
  return WHORL_OK;
}

static int town_setup(void **state)
{
  static town_t town;
  memset(&town, 0, sizeof town);
  const whorl_node_options_t served = {
      .node_namespace = "/demo", .parameter_services = WHORL_SWITCH_ON, .parameter_events = WHORL_SWITCH_ON};
  const whorl_subscription_options_t events = {.qos = &WHORL_QOS_PARAMETER_EVENTS};
  assert_int_equal(whorl_simulation_create(1, &town.world), WHORL_OK);
  whorl_context_t context = whorl_simulation_context(town.world);
  assert_int_equal(whorl_node_create(context, "param_node", &served, &town.node), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "other", NULL, &town.other), WHORL_OK);
  assert_int_equal(whorl_subscription_create_serialized(town.other, WHORL_MESSAGE(rcl_interfaces, msg, ParameterEvent), "/parameter_events",
                                                        note_event, &town, &events, NULL),
                   WHORL_OK);
  *state = &town;
  return 0;
}

static int town_teardown(void **state) { return whorl_simulation_destroy(((town_t *)*state)->world); }

static int with_open_nodes(town_t *town, int (*body)(town_t *town))
{
  WHORL_TRY(whorl_node_open(town->node));
  WHORL_TRY(whorl_node_open(town->other));
  int status = whorl_node_close(town->other, body(town));
  return whorl_node_close(town->node, status);
}

// --- The recorded exchange

static size_t from_hex(const char *text, uint8_t *bytes)
{
  size_t size = strlen(text) / 2;
  for (size_t i = 0; i < size; i++) {
    unsigned byte;
    assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
    bytes[i] = (uint8_t)byte;
  }
  return size;
}

// The middleware fills the last word up.
static bool has_recorded_size(size_t size, size_t recorded) { return (size + 3) / 4 * 4 == recorded; }

enum { BEHIND_STAMP = 4 + 8 };

static void expect_event(const event_t *event, const char *recorded)
{
  uint8_t expected[LARGEST];
  assert_true(has_recorded_size(event->size, from_hex(recorded, expected)));
  assert_memory_equal(event->bytes + BEHIND_STAMP, expected + BEHIND_STAMP, event->size - BEHIND_STAMP);
}

static int refuse_negative_count(const whorl_parameter_t *parameters, size_t count, char reason[WHORL_PARAMETER_REASON_SIZE], void *arg)
{
  town_t *town = arg;
  for (size_t i = 0; i < count; i++) {
    if (strcmp(parameters[i].name, "count") != 0 || parameters[i].value.integer >= 0) continue;
    snprintf(reason, WHORL_PARAMETER_REASON_SIZE, "count must not be negative");
    town->refusals++;
    return WHORL_REJECTED;
  }
  return WHORL_OK;
}

// As the recorded node had them; those of qos_overrides are rclcpp's own.
static void declare_recorded(town_t *town)
{
  static const bool flags[] = {true, false, true};
  static const char *const own[] = {"depth", "durability", "history", "reliability"};
  declare(town->node, "gain", whorl_parameter_double(0.5), NULL);
  declare(town->node, "count", whorl_parameter_integer(7), NULL);
  declare(town->node, "label", whorl_parameter_string("abc"), NULL);
  declare(town->node, "flags", whorl_parameter_bools(flags, 3), NULL);
  for (int i = 0; i < 4; i++) {
    char name[80];
    snprintf(name, sizeof name, "qos_overrides./parameter_events.publisher.%s", own[i]);
    declare(town->node, name, whorl_parameter_integer(1), NULL);
  }
  assert_int_equal(whorl_parameter_on_set(town->node, refuse_negative_count, town, NULL), WHORL_OK);
}

static const struct kind {
  const char *name;
  const rosidl_service_type_support_t *(*type)(void);
  const rosidl_message_type_support_t *(*request)(void), *(*response)(void);
} kinds[] = {
#define SERVICE_SYMBOL(name) ROSIDL_TYPESUPPORT_INTERFACE__SERVICE_SYMBOL_NAME(rosidl_typesupport_c, rcl_interfaces, srv, name)
#define MESSAGE_SYMBOL(name) ROSIDL_TYPESUPPORT_INTERFACE__MESSAGE_SYMBOL_NAME(rosidl_typesupport_c, rcl_interfaces, srv, name)
#define KIND(text, name)                                                                        \
  {                                                                                             \
    text, SERVICE_SYMBOL(name), MESSAGE_SYMBOL(name##_Request), MESSAGE_SYMBOL(name##_Response) \
  }
    KIND("describe_parameters", DescribeParameters), KIND("get_parameters", GetParameters),
    KIND("get_parameter_types", GetParameterTypes),  KIND("list_parameters", ListParameters),
    KIND("set_parameters", SetParameters),           KIND("set_parameters_atomically", SetParametersAtomically),
};

static const struct kind *kind_of(const char *name)
{
  size_t i = 0;
  while (strcmp(kinds[i].name, name) != 0) i++;
  return &kinds[i];
}

// Calls with the recorded bytes of a request, and expects those of the answer.
static int exchange(town_t *town, const struct captured_exchange *recorded)
{
  const struct kind *kind = kind_of(recorded->service);
  const whorl__type_t *request_type, *response_type;
  _Alignas(16) uint8_t request[1024] = {0}, response[1024] = {0};
  uint8_t asked[LARGEST], expected[LARGEST], answered[LARGEST];
  char name[80];
  whorl_client_t client;
  size_t size = 0;
  WHORL_TRY(whorl__type_get(kind->request(), &request_type));
  WHORL_TRY(whorl__type_get(kind->response(), &response_type));
  assert_true(request_type->size <= sizeof request && response_type->size <= sizeof response);
  WHORL_TRY(whorl__cdr_decode(request_type, asked, from_hex(recorded->request, asked), request));
  snprintf(name, sizeof name, "/demo/param_node/%s", recorded->service);
  WHORL_TRY(whorl_client_create(town->other, kind->type(), name, &(whorl_client_options_t){.qos = &WHORL_QOS_PARAMETERS}, &client));
  WHORL_TRY(whorl_client_call(client, request, response));
  WHORL_TRY(whorl__cdr_encode(response_type, response, answered, sizeof answered, &size));
  if (!has_recorded_size(size, from_hex(recorded->reply, expected)) || memcmp(answered, expected, size) != 0)
    fail_msg("%s: an answer of %zu bytes that are not the recorded ones", recorded->service, size);
  whorl__contents_fini(request_type->program, request);
  whorl__contents_fini(response_type->program, response);
  return whorl_client_destroy(client);
}

static int replay(town_t *town)
{
  for (size_t i = 0; i < sizeof captured_exchanges / sizeof captured_exchanges[0]; i++) WHORL_TRY(exchange(town, &captured_exchanges[i]));
  return WHORL_OK;
}

static int run_replay(void *arg) { return with_open_nodes(arg, replay); }

static void ANODE_06_a_recorded_exchange_with_an_rclcpp_node_is_answered_alike(void **state)
{
  town_t *town = *state;
  declare_recorded(town);
  if (whorl_simulation_run(town->world, run_replay, town) < 0) fail_msg("%s", whorl_detail());
  assert_int_equal(town->refusals, 2);
  assert_int_equal(town->heard, 8 + 2); // the declarations, and what was set
  expect_event(&town->events[8], captured_events[0]);
  expect_event(&town->events[9], captured_events[1]);
}

// --- Events

static void read_event(const event_t *event, rcl_interfaces__msg__ParameterEvent *ret_event)
{
  const whorl__type_t *type;
  assert_int_equal(whorl__type_get(WHORL_MESSAGE(rcl_interfaces, msg, ParameterEvent), &type), WHORL_OK);
  memset(ret_event, 0, sizeof *ret_event);
  assert_int_equal(whorl__cdr_decode(type, event->bytes, event->size, ret_event), WHORL_OK);
}

static int change_in_all_ways(town_t *town)
{
  const whorl_parameter_options_t dynamic = {.dynamic_typing = true}, later = {.type = WHORL_PARAMETER_INTEGER};
  declare(town->node, "any", whorl_parameter_integer(1), &dynamic);                                  // 0: new
  declare(town->node, "later", whorl_parameter_of(WHORL_PARAMETER_NOT_SET, 0), &later);              // 1: empty
  WHORL_TRY(whorl_parameter_set(town->node, "later", whorl_parameter_integer(2)));                   // 2: new
  WHORL_TRY(whorl_parameter_set(town->node, "later", whorl_parameter_integer(2)));                   // 3: changed, though it is the same
  WHORL_TRY(whorl_parameter_set(town->node, "any", whorl_parameter_of(WHORL_PARAMETER_NOT_SET, 0))); // 4: deleted
  assert_int_equal(whorl_parameter_set(town->node, "later", whorl_parameter_bool(true)), WHORL_WRONG_TYPE);
  WHORL_TRY(whorl_parameter_undeclare(town->node, "later"));
  return whorl_sleep(WHORL_MILLISECONDS(1)); // they come
}

static int run_changes(void *arg) { return with_open_nodes(arg, change_in_all_ways); }

static void ANODE_31_each_change_that_succeeds_is_told_once(void **state)
{
  static const size_t expected[][3] = {{1, 0, 0}, {0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  town_t *town = *state;
  if (whorl_simulation_run(town->world, run_changes, town) < 0) fail_msg("%s", whorl_detail());
  assert_int_equal(town->heard, 5);
  for (int i = 0; i < town->heard; i++) {
    rcl_interfaces__msg__ParameterEvent event;
    read_event(&town->events[i], &event);
    assert_string_equal(event.node.data, "/demo/param_node");
    assert_int_equal(event.new_parameters.size, expected[i][0]);
    assert_int_equal(event.changed_parameters.size, expected[i][1]);
    assert_int_equal(event.deleted_parameters.size, expected[i][2]);
    if (i == 4) assert_string_equal(event.deleted_parameters.data[0].name.data, "any");
    if (i == 4) assert_int_equal(event.deleted_parameters.data[0].value.type, WHORL_PARAMETER_NOT_SET);
    rcl_interfaces__msg__ParameterEvent__fini(&event);
  }
}

static void an_event_without_memory_is_lost_and_counted(void **state)
{
  town_t *town = *state;
  uint64_t lost = whorl_parameter_lost_events(town->node);
  assert_int_equal(lost, 0);
  declare(town->node, "a", whorl_parameter_integer(1), NULL);
  for (uint64_t nth = 1; lost == 0 && nth < 100; nth++) {
    whorl__memory_fail_at(nth);
    int status = whorl_parameter_set(town->node, "a", whorl_parameter_integer((int64_t)nth + 1));
    whorl__memory_fail_at(0);
    lost = whorl_parameter_lost_events(town->node);
    assert_int_equal(status, lost > 0 ? WHORL_OK : WHORL_NO_MEMORY); // what is set stays set
    if (lost > 0) should_be(town->node, "a", whorl_parameter_integer((int64_t)nth + 1));
  }
  assert_int_equal(lost, 1);
}

// --- What the recording does not show

static int set_what_is_no_type(town_t *town)
{
  rcl_interfaces__srv__SetParameters_Request request;
  rcl_interfaces__srv__SetParameters_Response response;
  whorl_client_t client;
  rcl_interfaces__srv__SetParameters_Request__init(&request);
  rcl_interfaces__srv__SetParameters_Response__init(&response);
  rcl_interfaces__msg__Parameter__Sequence__init(&request.parameters, 1);
  rosidl_runtime_c__String__assign(&request.parameters.data[0].name, "use_sim_time");
  request.parameters.data[0].value.type = 77;
  WHORL_TRY(whorl_client_create(town->other, WHORL_SERVICE(rcl_interfaces, srv, SetParameters), "/demo/param_node/set_parameters",
                                &(whorl_client_options_t){.qos = &WHORL_QOS_PARAMETERS}, &client));
  WHORL_TRY(whorl_client_call(client, &request, &response));
  assert_int_equal(response.results.size, 1);
  assert_false(response.results.data[0].successful);
  assert_string_equal(response.results.data[0].reason.data, "77 is no type of a parameter");
  rcl_interfaces__srv__SetParameters_Request__fini(&request);
  rcl_interfaces__srv__SetParameters_Response__fini(&response);
  return WHORL_OK;
}

static int run_no_type(void *arg) { return with_open_nodes(arg, set_what_is_no_type); }

static void a_value_of_no_type_is_refused_in_the_answer(void **state)
{
  if (whorl_simulation_run(((town_t *)*state)->world, run_no_type, *state) < 0) fail_msg("%s", whorl_detail());
}

static void in_a_simulation_a_node_has_no_services_unless_it_is_asked_for(void **state)
{
  town_t *town = *state;
  whorl_client_t client;
  assert_int_equal(
      whorl_client_create(town->other, WHORL_SERVICE(rcl_interfaces, srv, GetParameters), "/other/get_parameters", NULL, &client),
      WHORL_OK);
  assert_false(whorl_client_service_is_ready(client));
  assert_int_equal(
      whorl_client_create(town->other, WHORL_SERVICE(rcl_interfaces, srv, GetParameters), "/demo/param_node/get_parameters", NULL, &client),
      WHORL_OK);
  assert_true(whorl_client_service_is_ready(client));
}

// --- without memory

typedef struct failing {
  town_t *town;
  whorl_parameter_client_t client;
  void (*arm)(uint64_t nth);
  uint64_t nth;
  int status; // of what was asked
} failing_t;

static int ask_everything(failing_t *failing)
{
  static const char *const names[] = {"text", "rate"};
  whorl_parameter_value_t values[2];
  whorl_parameter_type_t types[2];
  whorl_parameter_descriptor_t descriptors[2];
  const whorl_parameter_t wanted = {"rate", whorl_parameter_integer((int64_t)failing->nth)};
  int count = 0;
  WHORL_TRY(whorl_parameter_client_get(failing->client, names, 2, values));
  for (int i = 0; i < 2; i++) whorl_parameter_value_fini(&values[i]);
  WHORL_TRY(whorl_parameter_client_describe(failing->client, names, 2, descriptors));
  for (int i = 0; i < 2; i++) whorl_parameter_descriptor_fini(&descriptors[i]);
  WHORL_TRY(whorl_parameter_client_get_types(failing->client, names, 2, types));
  WHORL_TRY(whorl_parameter_client_list(failing->client, NULL, 0, 0, count_name, &count));
  WHORL_TRY(whorl_parameter_client_set(failing->client, &wanted, 1, NULL));
  return whorl_parameter_client_set_atomically(failing->client, &wanted, 1);
}

// The asking node may end of it, as its user's calls fail; the one that is asked may not.
static int ask_without_memory(void *arg)
{
  failing_t *failing = arg;
  whorl_timeout_t limit;
  WHORL_TRY(whorl_node_open(failing->town->node));
  WHORL_TRY(whorl_node_open(failing->town->other));
  whorl_timeout_open(&limit, WHORL_MILLISECONDS(100));
  failing->arm(failing->nth);
  int asked = ask_everything(failing);
  failing->arm(0);
  int status = failing->status = whorl_node_close(failing->town->other, whorl_timeout_close(&limit, asked));
  bool tolerable = status == WHORL_OK || status == WHORL_NO_MEMORY || status == WHORL_TIMED_OUT || status == WHORL_REJECTED;
  if (!tolerable) fail_msg("allocation %d: %s: %s", (int)failing->nth, whorl_status_name(status), whorl_detail());
  return whorl_node_close(failing->town->node, WHORL_OK);
}

static void fail_each(town_t *town, void (*arm)(uint64_t nth), uint64_t (*count)(void), uint64_t *ret_tried)
{
  failing_t failing = {.town = town, .arm = arm};
  assert_int_equal(whorl_parameter_client_create(town->other, "/demo/param_node", &failing.client), WHORL_OK);
  for (failing.nth = 1;; failing.nth++) {
    uint64_t before = count();
    int status = whorl_simulation_run(town->world, ask_without_memory, &failing);
    if (status < 0) fail_msg("allocation %d ended the node: %s: %s", (int)failing.nth, whorl_status_name(status), whorl_detail());
    if (failing.status == WHORL_OK && count() - before < failing.nth) break;
  }
  *ret_tried = failing.nth - 1;
  assert_int_equal(whorl_parameter_client_destroy(failing.client), WHORL_OK);
}

static void no_memory_for_an_answer_is_counted_and_ends_nothing(void **state)
{
  town_t *town = *state;
  uint64_t own, contents;
  whorl_log_set_sink(no_line, NULL);
  declare(town->node, "text", whorl_parameter_string("a text that is longer than any other"), NULL);
  declare(town->node, "rate", whorl_parameter_integer(-1), NULL);
  town->heard = -1; // nothing is noted
  fail_each(town, whorl__memory_fail_at, whorl__memory_allocations, &own);
  fail_each(town, whorl__contents_fail_at, whorl__contents_allocations, &contents);
  whorl_log_set_sink(NULL, NULL);
  assert_true(own > 10 && contents > 0);
  assert_true(whorl_node_unanswered_requests(town->node) > 5);
  assert_int_equal(whorl_node_unanswered_requests(town->other), 0);
}

#define TOWN_TEST(name) cmocka_unit_test_setup_teardown(name, town_setup, town_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TOWN_TEST(ANODE_06_a_recorded_exchange_with_an_rclcpp_node_is_answered_alike),
      TOWN_TEST(ANODE_31_each_change_that_succeeds_is_told_once),
      TOWN_TEST(an_event_without_memory_is_lost_and_counted),
      TOWN_TEST(no_memory_for_an_answer_is_counted_and_ends_nothing),
      TOWN_TEST(a_value_of_no_type_is_refused_in_the_answer),
      TOWN_TEST(in_a_simulation_a_node_has_no_services_unless_it_is_asked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
