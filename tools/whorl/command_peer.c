// A node for the tests of the command line tool to look at: /test/peer, with something of everything. It says on stdout what it hears, and ends with Ctrl-C.
#include <stdio.h>
#include <string.h>

#include <example_interfaces/action/fibonacci.h>
#include <example_interfaces/srv/add_two_ints.h>
#include <rosidl_runtime_c/primitives_sequence_functions.h>
#include <rosidl_runtime_c/string_functions.h>
#include <std_msgs/msg/header.h>
#include <std_msgs/msg/string.h>
#include <std_srvs/srv/set_bool.h>
#include <test_msgs/msg/unbounded_sequences.h>
#include <whorl/whorl.h>

static const whorl_qos_t KEPT = {.history = WHORL_HISTORY_KEEP_LAST, .depth = 1, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL};

static int on_words(const void *message, const whorl_message_info_t *info, void *arg)
{
  const std_msgs__msg__String *words = message;
  (void)info;
  (void)arg;
  printf("heard %s\n", words->data.data);
  return WHORL_OK;
}

static int on_header(const void *message, const whorl_message_info_t *info, void *arg)
{
  const std_msgs__msg__Header *header = message;
  (void)info;
  (void)arg;
  printf("frame %s, %s\n", header->frame_id.data, header->stamp.sec > 1700000000 ? "stamped" : "not stamped");
  return WHORL_OK;
}

static int add(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const example_interfaces__srv__AddTwoInts_Request *numbers = request;
  example_interfaces__srv__AddTwoInts_Response *sum = response;
  (void)call;
  (void)arg;
  sum->sum = numbers->a + numbers->b;
  return WHORL_OK;
}

typedef struct beater {
  whorl_publisher_t publisher;
  whorl_clock_t clock;
} beater_t;

// A header with the time it was sent at.
static int on_beat(const whorl_timer_info_t *info, void *arg)
{
  const beater_t *beater = arg;
  std_msgs__msg__Header header;
  (void)info;
  if (!std_msgs__msg__Header__init(&header)) return WHORL_NO_MEMORY;
  int64_t now_ns = whorl_clock_now_ns(beater->clock);
  header.stamp.sec = (int32_t)(now_ns / WHORL_SECONDS(1));
  header.stamp.nanosec = (uint32_t)(now_ns % WHORL_SECONDS(1));
  int status = whorl_publish(beater->publisher, &header);
  std_msgs__msg__Header__fini(&header);
  return status;
}

// Two messages that whoever comes later gets, too.
static int say(whorl_node_t node)
{
  const whorl_publisher_options_t options = {.qos = &KEPT};
  whorl_publisher_t words, numbers, feedback;
  // Who publishes an action's feedback is taken for its server.
  whorl_message_type_t type = WHORL_MESSAGE(example_interfaces, action, Fibonacci_FeedbackMessage);
  WHORL_TRY(whorl_publisher_create(node, type, "count/_action/feedback", NULL, &feedback));
  WHORL_TRY(whorl_publisher_create(node, WHORL_MESSAGE(std_msgs, msg, String), "words", &options, &words));
  std_msgs__msg__String text;
  bool made = std_msgs__msg__String__init(&text) && rosidl_runtime_c__String__assign(&text.data, "hello: world");
  int status = made ? whorl_publish(words, &text) : WHORL_NO_MEMORY;
  std_msgs__msg__String__fini(&text);
  if (status < 0) return status;
  WHORL_TRY(whorl_publisher_create(node, WHORL_MESSAGE(test_msgs, msg, UnboundedSequences), "numbers", &options, &numbers));
  test_msgs__msg__UnboundedSequences sequences;
  made = test_msgs__msg__UnboundedSequences__init(&sequences);
  status = made ? whorl_publish(numbers, &sequences) : WHORL_NO_MEMORY;
  if (made) test_msgs__msg__UnboundedSequences__fini(&sequences);
  return status;
}

// Ten times a second.
static int beat(whorl_node_t node, beater_t *beater)
{
  const whorl_qos_t qos = {.history = WHORL_HISTORY_KEEP_LAST, .depth = 5, .reliability = WHORL_RELIABILITY_BEST_EFFORT};
  const whorl_publisher_options_t options = {.qos = &qos};
  WHORL_TRY(whorl_publisher_create(node, WHORL_MESSAGE(std_msgs, msg, Header), "beat", &options, &beater->publisher));
  beater->clock = whorl_node_clock(node);
  return whorl_timer_create(node, WHORL_MILLISECONDS(100), on_beat, beater, NULL, NULL);
}

static int listen(whorl_node_t node)
{
  whorl_client_t client;
  WHORL_TRY(whorl_subscription_create(node, WHORL_MESSAGE(std_msgs, msg, String), "sink", on_words, NULL, NULL, NULL));
  WHORL_TRY(whorl_subscription_create(node, WHORL_MESSAGE(std_msgs, msg, String), "_hidden", on_words, NULL, NULL, NULL));
  WHORL_TRY(whorl_subscription_create(node, WHORL_MESSAGE(std_msgs, msg, Header), "headers", on_header, NULL, NULL, NULL));
  WHORL_TRY(whorl_service_create(node, WHORL_SERVICE(example_interfaces, srv, AddTwoInts), "add", add, NULL, NULL, NULL));
  return whorl_client_create(node, WHORL_SERVICE(std_srvs, srv, SetBool), "lamp", NULL, &client);
}

static int declare(whorl_node_t node)
{
  static const char *const texts[] = {"left", "right"};
  static const int64_t integers[] = {1, 2, 3};
  static const bool booleans[] = {true, false};
  static const double numbers[] = {0.5, 2};
  static const uint8_t bytes[] = {7, 255};
  const whorl_integer_range_t range = {.from = 0, .to = 10, .step = 2};
  const whorl_parameter_options_t speed = {.description = "turns per second", .integer_range = &range};
  const whorl_parameter_options_t fixed = {.read_only = true}, loose = {.dynamic_typing = true};
  WHORL_TRY(whorl_parameter_declare(node, "speed", whorl_parameter_integer(4), &speed, NULL));
  WHORL_TRY(whorl_parameter_declare(node, "speed.unit", whorl_parameter_string("1/s"), NULL, NULL));
  WHORL_TRY(whorl_parameter_declare(node, "arm.name", whorl_parameter_string("left: 1"), NULL, NULL));
  WHORL_TRY(whorl_parameter_declare(node, "arm.length", whorl_parameter_double(1), &fixed, NULL));
  WHORL_TRY(whorl_parameter_declare(node, "sides", whorl_parameter_strings(texts, 2), NULL, NULL));
  WHORL_TRY(whorl_parameter_declare(node, "steps", whorl_parameter_integers(integers, 3), NULL, NULL));
  WHORL_TRY(whorl_parameter_declare(node, "lights", whorl_parameter_bools(booleans, 2), NULL, NULL));
  WHORL_TRY(whorl_parameter_declare(node, "gains", whorl_parameter_doubles(numbers, 2), NULL, NULL));
  WHORL_TRY(whorl_parameter_declare(node, "key", whorl_parameter_bytes(bytes, 2), NULL, NULL));
  WHORL_TRY(whorl_parameter_declare(node, "spare", whorl_parameter_string("here"), &loose, NULL));
  return whorl_parameter_declare(node, "on", whorl_parameter_bool(true), NULL, NULL);
}

// Says again and again how far it is, which is nowhere, until it is cancelled.
static int count_without_end(whorl_goal_t goal)
{
  int32_t none = 7;
  const example_interfaces__action__Fibonacci_Feedback feedback = {.sequence = {.data = &none, .size = 1, .capacity = 1}};
  puts("endless");
  for (;;) {
    WHORL_TRY(whorl_goal_publish_feedback(goal, &feedback));
    WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(50)));
  }
}

// Counts to the order of the goal; an order of 0 never ends, one below is aborted.
static int count(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  int order = ((const example_interfaces__action__Fibonacci_Goal *)message)->order;
  rosidl_runtime_c__int32__Sequence *numbers = &((example_interfaces__action__Fibonacci_Result *)result)->sequence;
  (void)arg;
  if (order < 0) return whorl_goal_abort(goal);
  if (order == 0) {
    int status = count_without_end(goal);
    puts("cancelled");
    return status;
  }
  if (!rosidl_runtime_c__int32__Sequence__init(numbers, (size_t)order)) return WHORL_NO_MEMORY;
  for (int i = 0; i < order; i++) numbers->data[i] = i;
  return WHORL_OK;
}

// Another program: with nothing but an action server, /counter/count.
static int app_with_action(whorl_context_t context, void *arg)
{
  const whorl_node_options_t options = {.node_namespace = "/counter"};
  whorl_node_t node;
  (void)arg;
  WHORL_TRY(whorl_node_create(context, "peer", &options, &node));
  WHORL_TRY(whorl_action_server_create(node, WHORL_ACTION(example_interfaces, Fibonacci), "count", count, NULL, NULL, NULL));
  puts("ready");
  return whorl_node_run(node);
}

// Another one: with a managed node, /managed/arm, that fails when it is to be cleaned up, and goes without an answer when it is to be shut down.
static int fail(whorl_lifecycle_state_t from, void *arg)
{
  (void)from, (void)arg;
  return WHORL_UNSUCCESSFUL;
}

static int go(whorl_lifecycle_state_t from, void *node)
{
  (void)from;
  return whorl_node_destroy(*(whorl_node_t *)node); // with its services: nobody is answered any more
}

static int app_with_lifecycle(whorl_context_t context, void *arg)
{
  const whorl_node_options_t options = {.node_namespace = "/managed"};
  const whorl_lifecycle_callbacks_t callbacks = {.on_cleanup = fail, .on_shutdown = go};
  whorl_node_t node, other;
  whorl_lifecycle_t lifecycle;
  (void)arg;
  WHORL_TRY(whorl_node_create(context, "other", &options, &other));
  WHORL_TRY(whorl_node_create(context, "arm", &options, &node));
  WHORL_TRY(whorl_lifecycle_create(node, &callbacks, &node, NULL, &lifecycle));
  puts("ready");
  return whorl_node_run(node);
}

static int app(whorl_context_t context, void *arg)
{
  const whorl_node_options_t options = {.node_namespace = "/test"};
  whorl_node_t node;
  beater_t beats;
  (void)arg;
  WHORL_TRY(whorl_node_create(context, "peer", &options, &node));
  WHORL_TRY(declare(node));
  WHORL_TRY(listen(node));
  WHORL_TRY(say(node));
  WHORL_TRY(beat(node, &beats));
  puts("ready");
  return whorl_node_run(node);
}

int main(int argc, char **argv)
{
  setvbuf(stdout, NULL, _IOLBF, 0);
  const char *what = argc > 1 ? argv[1] : "";
  whorl_app_t run = strcmp(what, "action") == 0 ? app_with_action : strcmp(what, "lifecycle") == 0 ? app_with_lifecycle : app;
  return whorl_main(argc, argv, run, NULL);
}
