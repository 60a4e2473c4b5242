// ~/get_type_description over the simulated network. Whether a description is right shows its hash: written as REP-2016 has it and hashed, it must be the hash that was asked for.
#include <stdio.h>
#include <stdlib.h>

#include <geometry_msgs/msg/polygon_stamped.h>
#include <rosidl_runtime_c/string_functions.h>
#include <std_srvs/srv/set_bool.h>
#include <test_msgs/msg/arrays.h>
#include <test_msgs/msg/bounded_sequences.h>
#include <test_msgs/msg/empty.h>
#include <test_msgs/msg/nested.h>
#include <test_msgs/msg/strings.h>
#include <test_msgs/msg/unbounded_sequences.h>
#include <test_msgs/msg/w_strings.h>
#include <type_description_interfaces/srv/get_type_description.h>

#include "message/sha256.h"
#include "message/type.h"
#include "node/fixture.h"

#define GET WHORL_SERVICE(type_description_interfaces, srv, GetTypeDescription)
#define STRING_HASH "RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18"
#define SET_BOOL_HASH "RIHS01_abe9e4bb6b41b40e6789712c00ec8871923e089af3f667a79992a428cff2da0a" // the service's, as ROS 2 gives it
#define SET_BOOL_REQUEST_HASH "RIHS01_c62fbb99d94e1b25e8ef9e109f9581956bb1b3361a45a4e5810c36a90d29932e"

typedef type_description_interfaces__srv__GetTypeDescription_Request request_t;
typedef type_description_interfaces__srv__GetTypeDescription_Response response_t;
typedef type_description_interfaces__msg__IndividualTypeDescription one_type_t;

static whorl_node_t server;
static const char *asked; // hash
static response_t answer;

static int setup(void **state)
{
  fixture_setup(state);
  fixture_t *fixture = *state;
  const whorl_node_options_t options = {.node_namespace = "/house", .type_description = WHORL_SWITCH_ON};
  assert_int_equal(whorl_node_create(fixture->context, "server", &options, &server), WHORL_OK);
  assert_true(type_description_interfaces__srv__GetTypeDescription_Response__init(&answer));
  return 0;
}

static int teardown(void **state)
{
  type_description_interfaces__srv__GetTypeDescription_Response__fini(&answer);
  return fixture_teardown(state);
}

static int call(fixture_t *fixture)
{
  whorl_client_t client;
  request_t request;
  assert_true(type_description_interfaces__srv__GetTypeDescription_Request__init(&request));
  assert_true(rosidl_runtime_c__String__assign(&request.type_hash, asked));
  WHORL_TRY(whorl_client_create(fixture->node, GET, "/house/server/get_type_description", NULL, &client));
  int status = whorl_client_call(client, &request, &answer);
  type_description_interfaces__srv__GetTypeDescription_Request__fini(&request);
  WHORL_TRY(status);
  return whorl_client_destroy(client);
}

static int run_both(void *arg)
{
  WHORL_TRY(whorl_node_open(server));
  return whorl_node_close(server, fixture_run_open(arg));
}

static void ask(fixture_t *fixture, const char *hash)
{
  asked = hash;
  fixture->body = call;
  if (whorl_simulation_run(fixture->world, run_both, fixture) < 0) fail_msg("%s", whorl_detail());
}

static whorl_publisher_t publish(const rosidl_message_type_support_t *type)
{
  whorl_publisher_t publisher;
  assert_int_equal(whorl_publisher_create(server, type, "topic", NULL, &publisher), WHORL_OK);
  return publisher;
}

// --- the answer as the text that hashes are made of

static void write_type(FILE *text, const one_type_t *type)
{
  fprintf(text, "{\"type_name\": \"%s\", \"fields\": [", type->type_name.data);
  for (size_t i = 0; i < type->fields.size; i++) {
    const type_description_interfaces__msg__Field *field = &type->fields.data[i];
    fprintf(text,
            "%s{\"name\": \"%s\", \"type\": {\"type_id\": %u, \"capacity\": %zu, \"string_capacity\": %zu, \"nested_type_name\": \"%s\"}}",
            i > 0 ? ", " : "", field->name.data, (unsigned)field->type.type_id, (size_t)field->type.capacity,
            (size_t)field->type.string_capacity, field->type.nested_type_name.data);
  }
  fputs("]}", text);
}

static void hash_answer(char hash[72])
{
  char *bytes = NULL;
  size_t size = 0;
  uint8_t digest[32];
  FILE *text = open_memstream(&bytes, &size);
  fputs("{\"type_description\": ", text);
  write_type(text, &answer.type_description.type_description);
  fputs(", \"referenced_type_descriptions\": [", text);
  for (size_t i = 0; i < answer.type_description.referenced_type_descriptions.size; i++) {
    if (i > 0) fputs(", ", text);
    write_type(text, &answer.type_description.referenced_type_descriptions.data[i]);
  }
  fputs("]}", text);
  fclose(text);
  whorl__sha256(bytes, size, digest);
  free(bytes);
  strcpy(hash, "RIHS01_");
  for (size_t i = 0; i < sizeof digest; i++) snprintf(hash + 7 + 2 * i, 3, "%02x", digest[i]);
}

static void expect_described(fixture_t *fixture, const char *hash, const char *name)
{
  char own[72];
  ask(fixture, hash);
  if (!answer.successful) fail_msg("%s", answer.failure_reason.data);
  assert_string_equal(answer.failure_reason.data, "");
  assert_string_equal(answer.type_description.type_description.type_name.data, name);
  hash_answer(own);
  assert_string_equal(own, hash);
  assert_int_equal(answer.type_sources.size, 0);
}

static void ANODE_10_the_type_of_a_publisher_is_described(void **state)
{
  publish(WHORL_MESSAGE(std_msgs, msg, String));
  expect_described(*state, STRING_HASH, "std_msgs/msg/String");
  const one_type_t *type = &answer.type_description.type_description;
  assert_int_equal(type->fields.size, 1);
  assert_string_equal(type->fields.data[0].name.data, "data");
  assert_int_equal(type->fields.data[0].type.type_id, 17);
}

static int ignore_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static void ANODE_10_so_is_that_of_a_subscription(void **state)
{
  assert_int_equal(whorl_subscription_create(server, WHORL_MESSAGE(std_msgs, msg, String), "topic", ignore_message, NULL, NULL, NULL),
                   WHORL_OK);
  expect_described(*state, STRING_HASH, "std_msgs/msg/String");
}

static void ANODE_10_every_kind_of_field_and_the_types_it_refers_to(void **state)
{
  const rosidl_message_type_support_t *const types[] = {WHORL_MESSAGE(test_msgs, msg, Arrays),
                                                        WHORL_MESSAGE(test_msgs, msg, BoundedSequences),
                                                        WHORL_MESSAGE(test_msgs, msg, UnboundedSequences),
                                                        WHORL_MESSAGE(test_msgs, msg, Strings),
                                                        WHORL_MESSAGE(test_msgs, msg, WStrings),
                                                        WHORL_MESSAGE(test_msgs, msg, Nested),
                                                        WHORL_MESSAGE(test_msgs, msg, Empty),
                                                        WHORL_MESSAGE(geometry_msgs, msg, PolygonStamped)};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    const whorl__type_t *type;
    whorl_publisher_t publisher = publish(types[i]);
    assert_int_equal(whorl__type_get(types[i], &type), WHORL_OK);
    expect_described(*state, type->hash, type->ros_name);
    assert_int_equal(whorl_publisher_destroy(publisher), WHORL_OK);
  }
  assert_int_equal(answer.type_description.referenced_type_descriptions.size, 4);
  assert_string_equal(answer.type_description.referenced_type_descriptions.data[1].type_name.data, "geometry_msgs/msg/Point32");
}

static void ANODE_10_a_service_is_described_and_so_are_its_parts(void **state)
{
  whorl_client_t client;
  assert_int_equal(whorl_client_create(server, WHORL_SERVICE(std_srvs, srv, SetBool), "switch", NULL, &client), WHORL_OK);
  expect_described(*state, SET_BOOL_REQUEST_HASH, "std_srvs/srv/SetBool_Request");
  expect_described(*state, SET_BOOL_HASH, "std_srvs/srv/SetBool");
  assert_int_equal(answer.type_description.referenced_type_descriptions.size, 5);
  assert_string_equal(answer.type_description.referenced_type_descriptions.data[1].type_name.data, "service_msgs/msg/ServiceEventInfo");
}

static void a_node_with_many_entities_is_searched_to_its_end(void **state)
{
  for (int i = 0; i < 70; i++) publish(WHORL_MESSAGE(std_msgs, msg, Int32));
  publish(WHORL_MESSAGE(std_msgs, msg, String));
  expect_described(*state, STRING_HASH, "std_msgs/msg/String");
}

// --- no

static void expect_refused(fixture_t *fixture, const char *hash, const char *reason)
{
  ask(fixture, hash);
  assert_false(answer.successful);
  assert_string_equal(answer.failure_reason.data, reason);
  assert_string_equal(answer.type_description.type_description.type_name.data, "");
}

static void what_the_node_does_not_use_is_refused_with_the_reason(void **state)
{
  fixture_t *fixture = *state;
  fixture_create_publisher(fixture, "topic"); // another node's
  expect_refused(fixture, STRING_HASH, "node '/house/server' uses no type with this hash");
  whorl_publisher_t publisher = publish(WHORL_MESSAGE(std_msgs, msg, String));
  assert_int_equal(whorl_publisher_destroy(publisher), WHORL_OK);
  expect_refused(fixture, STRING_HASH, "node '/house/server' uses no type with this hash");
}

static void what_is_no_hash_is_refused_with_the_reason(void **state)
{
  static const char *const hashes[] = {"", "RIHS01_", "RIHS02_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18",
                                       "RIHS01_DF668C740482BBD48FB39D76A70DFD4BD59DB1288021743503259E948F6B1A18", STRING_HASH "0"};
  for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
    char reason[240];
    snprintf(reason, sizeof reason, "type hash '%.80s' is not RIHS01_ and 64 hexadecimal digits", hashes[i]);
    expect_refused(*state, hashes[i], reason);
  }
}

static void in_a_simulation_a_node_has_it_only_when_it_is_told_to(void **state)
{
  fixture_t *fixture = *state;
  whorl_client_t client;
  assert_int_equal(whorl_client_create(server, GET, "/tested/get_type_description", NULL, &client), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(fixture->world, WHORL_MILLISECONDS(10)), WHORL_OK);
  assert_false(whorl_client_service_is_ready(client));
}

#define DESCRIPTION_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      DESCRIPTION_TEST(ANODE_10_the_type_of_a_publisher_is_described),
      DESCRIPTION_TEST(ANODE_10_so_is_that_of_a_subscription),
      DESCRIPTION_TEST(ANODE_10_every_kind_of_field_and_the_types_it_refers_to),
      DESCRIPTION_TEST(ANODE_10_a_service_is_described_and_so_are_its_parts),
      DESCRIPTION_TEST(a_node_with_many_entities_is_searched_to_its_end),
      DESCRIPTION_TEST(what_the_node_does_not_use_is_refused_with_the_reason),
      DESCRIPTION_TEST(what_is_no_hash_is_refused_with_the_reason),
      DESCRIPTION_TEST(in_a_simulation_a_node_has_it_only_when_it_is_told_to),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
