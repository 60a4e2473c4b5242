// Another node's parameters, over the simulated network.
#include "base/memory.h"
#include "message/pool.h"
#include "parameter/parameter_fixture.h"

typedef struct town {
  whorl_simulation_t world;
  whorl_node_t node, other;
  whorl_parameter_client_t client;
  int (*body)(struct town *town);
} town_t;

static int town_setup(void **state)
{
  static town_t town;
  whorl_context_t far;
  memset(&town, 0, sizeof town);
  const whorl_node_options_t served = {.node_namespace = "/arm", .parameter_services = WHORL_SWITCH_ON};
  assert_int_equal(whorl_simulation_create(1, &town.world), WHORL_OK);
  assert_int_equal(whorl_simulation_create_context(town.world, &far), WHORL_OK);
  assert_int_equal(whorl_node_create(far, "driver", &served, &town.node), WHORL_OK);
  assert_int_equal(whorl_node_create(whorl_simulation_context(town.world), "other", NULL, &town.other), WHORL_OK);
  assert_int_equal(whorl_parameter_client_create(town.other, "/arm/driver", &town.client), WHORL_OK);
  *state = &town;
  return 0;
}

static int town_teardown(void **state) { return whorl_simulation_destroy(((town_t *)*state)->world); }

static int open_nodes(void *arg)
{
  town_t *town = arg;
  WHORL_TRY(whorl_node_open(town->node));
  WHORL_TRY(whorl_node_open(town->other));
  int status = whorl_node_close(town->other, town->body(town));
  return whorl_node_close(town->node, status);
}

static void in_town(void **state, int (*body)(town_t *town))
{
  town_t *town = *state;
  town->body = body;
  if (whorl_simulation_run(town->world, open_nodes, town) < 0) fail_msg("%s", whorl_detail());
}

static int get_each_type(town_t *town)
{
  static const int64_t integers[] = {1, 2};
  static const char *const texts[] = {"a", "b"};
  static const uint8_t bytes[] = {7};
  static const bool bools[] = {true};
  static const double doubles[] = {0.5};
  const whorl_parameter_value_t values[] = {whorl_parameter_bool(true),
                                            whorl_parameter_integer(-3),
                                            whorl_parameter_double(1.5),
                                            whorl_parameter_string("x"),
                                            whorl_parameter_bytes(bytes, 1),
                                            whorl_parameter_bools(bools, 1),
                                            whorl_parameter_integers(integers, 2),
                                            whorl_parameter_doubles(doubles, 1),
                                            whorl_parameter_strings(texts, 2)};
  enum { COUNT = sizeof values / sizeof values[0] };
  const char *names[COUNT];
  whorl_parameter_value_t answers[COUNT];
  whorl_parameter_type_t types[COUNT];
  for (int i = 0; i < COUNT; i++) {
    names[i] = whorl_parameter_type_name(values[i].type);
    declare(town->node, names[i], values[i], NULL);
  }
  WHORL_TRY(whorl_parameter_client_wait(town->client));
  WHORL_TRY(whorl_parameter_client_get(town->client, names, COUNT, answers));
  WHORL_TRY(whorl_parameter_client_get_types(town->client, names, COUNT, types));
  for (int i = 0; i < COUNT; i++) {
    assert_true(whorl_parameter_value_equal(&answers[i], &values[i]));
    assert_int_equal(types[i], values[i].type);
    whorl_parameter_value_fini(&answers[i]);
  }
  return WHORL_OK;
}

static void every_type_comes_over(void **state) { in_town(state, get_each_type); }

static int ask_for_what_is_not_there(town_t *town)
{
  const char *const names[] = {"nope", "use_sim_time"};
  whorl_parameter_value_t values[2];
  whorl_parameter_descriptor_t descriptors[2];
  should_fail(whorl_parameter_client_get(town->client, names, 2, values), WHORL_NOT_FOUND,
              "service '/arm/driver/get_parameters' has not declared parameter 'nope', or another one that was asked for");
  should_fail(whorl_parameter_client_describe(town->client, names, 1, descriptors), WHORL_NOT_FOUND,
              "service '/arm/driver/describe_parameters' has not declared parameter 'nope'");
  should_fail(whorl_parameter_client_get(town->client, NULL, 2, values), WHORL_INVALID_ARGUMENT,
              "whorl_parameter_client_get: the list is NULL");
  WHORL_TRY(whorl_parameter_client_describe(town->client, names + 1, 1, descriptors));
  assert_int_equal(descriptors[0].type, WHORL_PARAMETER_BOOL);
  whorl_parameter_descriptor_fini(&descriptors[0]);
  return WHORL_OK;
}

static void what_is_not_declared_there_is_not_found(void **state) { in_town(state, ask_for_what_is_not_there); }

static int name_nothing(town_t *town)
{
  const char *const names[] = {"a", NULL};
  const whorl_parameter_t nameless[] = {{NULL, whorl_parameter_integer(2)}};
  whorl_parameter_value_t values[2];
  whorl_parameter_type_t types[2];
  whorl_parameter_descriptor_t descriptors[2];
  should_fail(whorl_parameter_client_get(town->client, names, 2, values), WHORL_INVALID_ARGUMENT,
              "whorl_parameter_client_get: name 1 is NULL");
  should_fail(whorl_parameter_client_get_types(town->client, names, 2, types), WHORL_INVALID_ARGUMENT,
              "whorl_parameter_client_get_types: name 1 is NULL");
  should_fail(whorl_parameter_client_describe(town->client, names, 2, descriptors), WHORL_INVALID_ARGUMENT,
              "whorl_parameter_client_describe: name 1 is NULL");
  should_fail(whorl_parameter_client_set(town->client, nameless, 1, NULL), WHORL_INVALID_ARGUMENT, "setting parameters: name 0 is NULL");
  should_fail(whorl_parameter_client_set_atomically(town->client, nameless, 1), WHORL_INVALID_ARGUMENT,
              "setting parameters: name 0 is NULL");
  return WHORL_OK;
}

static void names_that_are_NULL_are_refused(void **state) { in_town(state, name_nothing); }

// One allocation fails, wherever: then what was asked for is there as a whole, or the room for it is as it was.
static uint64_t failing, allocations; // 0: none; all of both calls
static int failed_calls;

static void expect_all_or_nothing(int status, const void *room, const void *before, size_t size)
{
  failed_calls += status < 0;
  assert_int_equal(memcmp(room, before, size) == 0, status < 0);
}

static int ask_without_memory(town_t *town)
{
  enum { COUNT = 2 };
  const char *const names[COUNT] = {"first", "second"};
  whorl_parameter_value_t values[COUNT], no_values[COUNT];
  whorl_parameter_descriptor_t descriptors[COUNT], no_descriptors[COUNT];
  memset(values, 0x5a, sizeof values);
  memset(descriptors, 0x5a, sizeof descriptors);
  memcpy(no_values, values, sizeof values);
  memcpy(no_descriptors, descriptors, sizeof descriptors);
  for (int i = 0; i < COUNT; i++)
    declare(town->node, names[i], whorl_parameter_string(names[i]), &(whorl_parameter_options_t){.description = "a text"});
  WHORL_TRY(whorl_parameter_client_wait(town->client));
  whorl__memory_fail_at(failing);
  allocations = whorl__memory_allocations();
  int status = whorl_parameter_client_get(town->client, names, COUNT, values);
  expect_all_or_nothing(status, values, no_values, sizeof values);
  for (int i = 0; status == WHORL_OK && i < COUNT; i++) whorl_parameter_value_fini(&values[i]);
  status = whorl_parameter_client_describe(town->client, names, COUNT, descriptors);
  whorl__memory_fail_at(0);
  allocations = whorl__memory_allocations() - allocations;
  expect_all_or_nothing(status, descriptors, no_descriptors, sizeof descriptors);
  for (int i = 0; status == WHORL_OK && i < COUNT; i++) whorl_parameter_descriptor_fini(&descriptors[i]);
  return WHORL_OK;
}

static int ask_for_a_minute(void *arg)
{
  town_t *town = arg;
  town->body = ask_without_memory;
  whorl_timeout_t limit;
  whorl_timeout_open(&limit, WHORL_SECONDS(60)); // a request may be what is lost
  return whorl_timeout_close(&limit, open_nodes(town));
}

static int64_t fail_each(void **state)
{
  uint64_t all = 0;
  for (failing = 0; failing <= all; failing++) {
    town_setup(state);
    assert_int_equal(whorl_simulation_run(((town_t *)*state)->world, ask_for_a_minute, *state), WHORL_OK);
    whorl__memory_fail_at(0);
    town_teardown(state);
    if (failing == 0) all = allocations;
  }
  whorl__pools_trim();
  return whorl__memory_blocks();
}

static void without_memory_the_outputs_are_as_they_were(void **state)
{
  failed_calls = 0;
  int64_t blocks = fail_each(state); // the log's buffers and the like stay
  assert_true(failed_calls > 8);     // the copies and their room at least
  assert_int_equal(fail_each(state), blocks);
}

static int set_some(town_t *town)
{
  const whorl_parameter_t wanted[] = {
      {"a", whorl_parameter_integer(2)}, {"a", whorl_parameter_bool(true)}, {"b", whorl_parameter_integer(2)}};
  bool accepted[3];
  declare(town->node, "a", whorl_parameter_integer(1), NULL);
  declare(town->node, "b", whorl_parameter_integer(1), NULL);
  should_fail(whorl_parameter_client_set_atomically(town->client, wanted + 1, 2), WHORL_REJECTED,
              "parameter 'a' was refused: Wrong parameter type, parameter {a} is of type {integer}, setting it to {bool} is not allowed.");
  should_be(town->node, "b", whorl_parameter_integer(1));
  should_fail(whorl_parameter_client_set(town->client, wanted, 3, accepted), WHORL_REJECTED,
              "parameter 'a' was refused: Wrong parameter type, parameter {a} is of type {integer}, setting it to {bool} is not allowed.");
  assert_true(accepted[0] && !accepted[1] && accepted[2]);
  should_be(town->node, "a", whorl_parameter_integer(2));
  should_be(town->node, "b", whorl_parameter_integer(2));
  return whorl_parameter_client_set_atomically(town->client, wanted, 1);
}

static void each_is_set_by_itself_or_all_together(void **state) { in_town(state, set_some); }

static void note_name(const char *name, void *arg)
{
  strcat(arg, name);
  strcat(arg, " ");
}

static int list_some(town_t *town)
{
  char names[200] = "";
  const char *const prefixes[] = {"motor"};
  declare(town->node, "motor.left.gain", whorl_parameter_integer(1), NULL);
  declare(town->node, "motor.speed", whorl_parameter_integer(1), NULL);
  WHORL_TRY(whorl_parameter_client_list(town->client, prefixes, 1, 1, note_name, names));
  assert_string_equal(names, "motor.speed ");
  return WHORL_OK;
}

static void names_are_listed(void **state) { in_town(state, list_some); }

static int set_what_cannot_be_read(town_t *town)
{
  const whorl_parameter_t no_elements = {"a", whorl_parameter_doubles(NULL, 3)}, no_type = {"a", whorl_parameter_of(77, 0)};
  whorl_parameter_value_t value = whorl_parameter_integer(5);
  assert_int_equal(whorl_parameter_client_set(town->client, &no_elements, 1, NULL), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "the elements of a double_array are NULL");
  assert_int_equal(whorl_parameter_client_set_atomically(town->client, &no_type, 1), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "77 is no type of a parameter");
  assert_int_equal(whorl_parameter_value_copy(NULL, &value), WHORL_INVALID_ARGUMENT);
  assert_int_equal(whorl_parameter_value_copy(&value, NULL), WHORL_INVALID_ARGUMENT);
  assert_int_equal(value.integer, 5);
  return WHORL_OK;
}

static void what_cannot_be_read_is_not_sent(void **state) { in_town(state, set_what_cannot_be_read); }

static int call_one_who_never_comes(town_t *town)
{
  const char *const names[] = {"use_sim_time"};
  whorl_parameter_value_t value;
  whorl_parameter_client_t nobody;
  whorl_timeout_t limit;
  WHORL_TRY(whorl_parameter_client_create(town->other, "nobody", &nobody));
  whorl_timeout_open(&limit, WHORL_SECONDS(1));
  int status = whorl_timeout_close(&limit, whorl_parameter_client_get(nobody, names, 1, &value));
  assert_int_equal(status, WHORL_TIMED_OUT);
  WHORL_TRY(whorl_parameter_client_destroy(nobody));
  assert_int_equal(whorl_parameter_client_destroy(nobody), WHORL_DESTROYED);
  return WHORL_OK;
}

static void a_limit_ends_a_call_to_nobody(void **state) { in_town(state, call_one_who_never_comes); }

#define TOWN_TEST(name) cmocka_unit_test_setup_teardown(name, town_setup, town_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TOWN_TEST(every_type_comes_over),
      TOWN_TEST(what_is_not_declared_there_is_not_found),
      TOWN_TEST(names_that_are_NULL_are_refused),
      cmocka_unit_test(without_memory_the_outputs_are_as_they_were),
      TOWN_TEST(each_is_set_by_itself_or_all_together),
      TOWN_TEST(names_are_listed),
      TOWN_TEST(what_cannot_be_read_is_not_sent),
      TOWN_TEST(a_limit_ends_a_call_to_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
