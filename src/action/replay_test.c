// A recorded session of rclpy's action client and server: our server gets the client's requests, byte by byte, and has to answer with the server's bytes, on all five parts and in that order. Only stamps are its own.
#include <stdlib.h>

#include "action/captured_session_testing.h"
#include "action/parts_fixture.h"
#include "message/cdr.h"
#include "message/contents.h"
#include "message/type.h"

enum { LARGEST = 512, MOST = 64 };

typedef struct row {
  char part[32];
  char payload[2 * LARGEST];
} row_t;

static row_t said[MOST];
static int said_count;

static void note_bytes(const char *part, const uint8_t *bytes, size_t size)
{
  assert_true(said_count < MOST && size < LARGEST);
  row_t *row = &said[said_count++];
  snprintf(row->part, sizeof row->part, "%s", part);
  for (size_t i = 0; i < size; i++) snprintf(row->payload + 2 * i, 3, "%02x", bytes[i]);
}

static size_t from_hex(const char *text, uint8_t *ret_bytes)
{
  size_t size = strlen(text) / 2;
  for (size_t i = 0; i < size; i++) {
    const char digits[] = {text[2 * i], text[2 * i + 1], '\0'};
    ret_bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
  }
  return size;
}

// --- the recorded server: a number every 150 ms, and it asks whether it is cancelled

static int on_recorded_goal(whorl_goal_t goal, const void *message, void *arg)
{
  (void)goal, (void)arg;
  return ((const goal_message_t *)message)->order < 100 ? WHORL_GOAL_ACCEPT : WHORL_GOAL_REJECT;
}

static int execute_as_recorded(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  int order = ((const goal_message_t *)message)->order;
  rosidl_runtime_c__int32__Sequence *numbers = &((result_message_t *)result)->sequence;
  (void)arg;
  if (!rosidl_runtime_c__int32__Sequence__init(numbers, (size_t)order + 1)) return WHORL_NO_MEMORY;
  numbers->data[0] = 0;
  numbers->data[1] = 1;
  for (int i = 2; i <= order; i++) {
    numbers->size = (size_t)i;
    if (whorl_goal_is_canceling(goal)) return whorl_goal_canceled(goal);
    numbers->data[i] = numbers->data[i - 1] + numbers->data[i - 2];
    numbers->size++;
    WHORL_TRY(tell_so_far(goal, result));
    WHORL_TRY(whorl_sleep(MS(150)));
  }
  return WHORL_OK;
}

// --- the recorded client

static int hear_feedback(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  (void)info, (void)arg;
  note_bytes("feedback", bytes, size);
  return WHORL_OK;
}

static int hear_status(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  (void)info, (void)arg;
  note_bytes("status", bytes, size);
  return WHORL_OK;
}

// The requests of the three services, by the parts' names.
static const struct kind {
  const char *request, *reply;
  const rosidl_message_type_support_t *(*request_type)(void), *(*reply_type)(void);
} kinds[] = {
#define SYMBOL(package, folder, name) ROSIDL_TYPESUPPORT_INTERFACE__MESSAGE_SYMBOL_NAME(rosidl_typesupport_c, package, folder, name)
    {"send_goal request", "send_goal reply", SYMBOL(example_interfaces, action, Fibonacci_SendGoal_Request),
     SYMBOL(example_interfaces, action, Fibonacci_SendGoal_Response)},
    {"cancel_goal request", "cancel_goal reply", SYMBOL(action_msgs, srv, CancelGoal_Request),
     SYMBOL(action_msgs, srv, CancelGoal_Response)},
    {"get_result request", "get_result reply", SYMBOL(example_interfaces, action, Fibonacci_GetResult_Request),
     SYMBOL(example_interfaces, action, Fibonacci_GetResult_Response)},
};

typedef struct request {
  const struct kind *kind;
  whorl_client_t client;
  const char *payload;
} request_t;

static int ask(void *arg)
{
  const request_t *asked = arg;
  const whorl__type_t *request_type, *reply_type;
  _Alignas(16) uint8_t request[256] = {0}, reply[256] = {0};
  uint8_t bytes[LARGEST];
  size_t size = 0;
  WHORL_TRY(whorl__type_get(asked->kind->request_type(), &request_type));
  WHORL_TRY(whorl__type_get(asked->kind->reply_type(), &reply_type));
  WHORL_TRY(whorl__cdr_decode(request_type, bytes, from_hex(asked->payload, bytes), request));
  WHORL_TRY(whorl_client_call(asked->client, request, reply));
  WHORL_TRY(whorl__cdr_encode(reply_type, reply, bytes, sizeof bytes, &size));
  note_bytes(asked->kind->reply, bytes, size);
  whorl__contents_fini(reply_type->program, reply);
  return WHORL_OK;
}

// Sends what the recorded client sent, when it had heard what that had heard; the cancellation half a second after the third goal.
static int play(world_t *world)
{
  const whorl_client_t clients[] = {world->send_goal, world->cancel_goal, world->get_result};
  static request_t requests[MOST];
  whorl_task_group_t group;
  int count = 0, status = WHORL_OK;
  for (int i = 0; i < 3; i++) WHORL_TRY(whorl_client_wait_for_service(clients[i]));
  whorl_task_group_open(&group);
  for (size_t i = 0; i < sizeof captured_session / sizeof captured_session[0] && status == WHORL_OK; i++) {
    const char *part = captured_session[i].part;
    int kind = 0;
    while (kind < 3 && strcmp(part, kinds[kind].request) != 0) kind++;
    if (kind == 1) status = whorl_sleep(MS(54));
    if (kind < 3) {
      requests[count] = (request_t){&kinds[kind], clients[kind], captured_session[i].payload};
      status = whorl_task_group_spawn(&group, ask, &requests[count++]);
      continue;
    }
    for (int waited = 0; said_count < (int)i + 1 - count && waited < 1000 && status == WHORL_OK; waited++) status = whorl_sleep(MS(1));
  }
  return whorl_task_group_close(&group, status);
}

// --- the comparison

// Where stamps lie, by part: they are the recorded server's.
static void hide_stamps(row_t *row)
{
  size_t first = 0, step = 0, length = strlen(row->payload);
  if (strcmp(row->part, "send_goal reply") == 0 && row->payload[9] == '1') first = 16, step = length;
  if (strcmp(row->part, "status") == 0) first = 16 + 32, step = 32 + 16 + 8;
  if (strcmp(row->part, "cancel_goal reply") == 0) first = 8 + 8 + 8 + 32, step = 32 + 16;
  for (size_t at = first; step > 0 && at + 16 <= length; at += step) memset(row->payload + at, 'x', 16);
}

// Recorded messages have zeros up to a multiple of four behind them.
static bool is_recorded(const char *bytes, const char *recorded)
{
  size_t length = strlen(bytes);
  return strncmp(bytes, recorded, length) == 0 && strlen(recorded + length) < 8 &&
         strspn(recorded + length, "0") == strlen(recorded + length);
}

static void ASK_01_a_recorded_session_is_answered_alike(void **state)
{
  world_t *world = *state;
  const whorl_action_server_options_t options = {.on_goal = on_recorded_goal, .by_query = true};
  const whorl_subscription_options_t statuses = {.qos = &WHORL_QOS_ACTION_STATUS};
  world_serve(world, execute_as_recorded, &options);
  parts_make_clients(world);
  assert_int_equal(
      whorl_subscription_create_serialized(world->client_node, FEEDBACK, "fibonacci/_action/feedback", hear_feedback, NULL, NULL, NULL),
      WHORL_OK);
  assert_int_equal(
      whorl_subscription_create_serialized(world->client_node, STATUS, "fibonacci/_action/status", hear_status, NULL, &statuses, NULL),
      WHORL_OK);
  if (world_with(world, play) < 0) fail_msg("%s", whorl_detail());
  int checked = 0;
  for (size_t i = 0; i < sizeof captured_session / sizeof captured_session[0]; i++) {
    row_t expected;
    if (strstr(captured_session[i].part, "request") != NULL) continue;
    snprintf(expected.part, sizeof expected.part, "%s", captured_session[i].part);
    snprintf(expected.payload, sizeof expected.payload, "%s", captured_session[i].payload);
    hide_stamps(&expected);
    hide_stamps(&said[checked]);
    assert_string_equal(said[checked].part, expected.part);
    if (!is_recorded(said[checked].payload, expected.payload))
      fail_msg("%s: %s, not %s", expected.part, said[checked].payload, expected.payload);
    checked++;
  }
  assert_int_equal(said_count, checked);
}

int main(void)
{
  const struct CMUnitTest tests[] = {WORLD_TEST(ASK_01_a_recorded_session_is_answered_alike)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
