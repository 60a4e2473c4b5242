// Hearing of changed parameters of this node and of another one, over the simulated network.
#include <stdio.h>

#include "base/memory.h"
#include "parameter/parameter_fixture.h"

#define MS WHORL_MILLISECONDS

typedef struct town {
  whorl_simulation_t world;
  whorl_node_t node, driver, motor; // '/arm/watching' watches; '/arm/driver' and '/motor' are another process's
  whorl_subscription_t watch;
  char heard[512];
  int calls, status;
  bool ends, waits;
} town_t;

static int setup(void **state)
{
  static town_t town;
  whorl_context_t far;
  memset(&town, 0, sizeof town);
  const whorl_node_options_t arm = {.node_namespace = "/arm", .parameter_events = WHORL_SWITCH_ON};
  const whorl_node_options_t plain = {.parameter_events = WHORL_SWITCH_ON};
  assert_int_equal(whorl_simulation_create(1, &town.world), WHORL_OK);
  assert_int_equal(whorl_simulation_create_context(town.world, &far), WHORL_OK);
  assert_int_equal(whorl_node_create(whorl_simulation_context(town.world), "watching", &arm, &town.node), WHORL_OK);
  assert_int_equal(whorl_node_create(far, "driver", &arm, &town.driver), WHORL_OK);
  assert_int_equal(whorl_node_create(far, "motor", &plain, &town.motor), WHORL_OK);
  *state = &town;
  return 0;
}

static int teardown(void **state) { return whorl_simulation_destroy(((town_t *)*state)->world); }

static void say(town_t *town, const char *words, const char *more)
{
  size_t length = strlen(town->heard);
  snprintf(town->heard + length, sizeof town->heard - length, "%s%s", words, more);
}

// "/node +a=1 ~b=2 -c;"
static int hear(const whorl_parameter_event_t *event, void *arg)
{
  static const char marks[][3] = {" +", " ~", " -"};
  town_t *town = arg;
  town->calls++;
  say(town, event->node, "");
  for (size_t i = 0; i < event->count; i++) {
    const whorl_parameter_change_t *change = &event->changes[i];
    char value[64] = "";
    if (change->value.type == WHORL_PARAMETER_INTEGER) snprintf(value, sizeof value, "=%d", (int)change->value.integer);
    if (change->value.type == WHORL_PARAMETER_STRING_ARRAY) snprintf(value, sizeof value, "=[%s...]", change->value.texts[0]);
    say(town, marks[change->kind], change->name);
    say(town, value, "");
  }
  say(town, ";", "");
  if (town->waits) WHORL_TRY(whorl_sleep(MS(5)));
  if (town->ends) assert_int_equal(whorl_subscription_destroy(town->watch), WHORL_OK);
  return town->status;
}

static void watch(town_t *town, const whorl_parameter_watch_options_t *options)
{
  if (whorl_parameter_watch(town->node, hear, town, options, &town->watch) < 0) fail_msg("%s", whorl_detail());
  assert_int_equal(whorl_simulation_run_for(town->world, MS(1)), WHORL_OK);
}

static void expect(town_t *town, const char *heard)
{
  assert_int_equal(whorl_simulation_run_for(town->world, MS(100)), WHORL_OK);
  assert_string_equal(town->heard, heard);
  town->heard[0] = '\0';
}

static void set(whorl_node_t node, const char *name, int64_t value)
{
  assert_int_equal(whorl_parameter_set(node, name, whorl_parameter_integer(value)), WHORL_OK);
}

static void without_options_everything_is_heard(void **state)
{
  static const char *const texts[] = {"x", "y"};
  town_t *town = *state;
  const whorl_parameter_options_t any = {.dynamic_typing = true};
  watch(town, NULL);
  declare(town->driver, "a", whorl_parameter_integer(1), &any);
  declare(town->motor, "b", whorl_parameter_strings(texts, 2), NULL);
  expect(town, "/arm/driver +a=1;/motor +b=[x...];");
  set(town->driver, "a", 2);
  declare(town->node, "own", whorl_parameter_integer(3), NULL);
  expect(town, "/arm/driver ~a=2;/arm/watching +own=3;");
  assert_int_equal(whorl_parameter_set(town->driver, "a", (whorl_parameter_value_t){0}), WHORL_OK);
  expect(town, "/arm/driver -a;");
}

static void what_one_call_sets_is_one_event(void **state)
{
  town_t *town = *state;
  declare(town->motor, "a", whorl_parameter_integer(0), NULL);
  declare(town->motor, "b", whorl_parameter_integer(0), NULL);
  watch(town, NULL);
  const whorl_parameter_t both[] = {{"a", whorl_parameter_integer(1)}, {"b", whorl_parameter_integer(2)}};
  assert_int_equal(whorl_parameter_set_atomically(town->motor, both, 2), WHORL_OK);
  expect(town, "/motor ~a=1 ~b=2;");
}

static void one_parameter_of_one_node(void **state)
{
  town_t *town = *state;
  const char *const nodes[] = {"/motor"}, *const names[] = {"a"};
  watch(town, &(whorl_parameter_watch_options_t){.nodes = nodes, .node_count = 1, .parameters = names, .parameter_count = 1});
  declare(town->motor, "b", whorl_parameter_integer(0), NULL);
  declare(town->driver, "a", whorl_parameter_integer(0), NULL);
  declare(town->motor, "a", whorl_parameter_integer(0), NULL);
  const whorl_parameter_t both[] = {{"b", whorl_parameter_integer(1)}, {"a", whorl_parameter_integer(2)}};
  assert_int_equal(whorl_parameter_set_atomically(town->motor, both, 2), WHORL_OK);
  expect(town, "/motor +a=0;/motor ~a=2;");
  assert_int_equal(town->calls, 2);
}

static void relative_names_and_the_node_itself(void **state)
{
  town_t *town = *state;
  const char *const nodes[] = {"driver", "~"};
  watch(town, &(whorl_parameter_watch_options_t){.nodes = nodes, .node_count = 2});
  declare(town->motor, "a", whorl_parameter_integer(1), NULL);
  declare(town->driver, "a", whorl_parameter_integer(2), NULL);
  declare(town->node, "a", whorl_parameter_integer(3), NULL);
  expect(town, "/arm/driver +a=2;/arm/watching +a=3;");
}

static void a_callback_may_wait_and_keeps_its_event(void **state)
{
  town_t *town = *state;
  town->waits = true;
  watch(town, NULL);
  declare(town->motor, "a", whorl_parameter_integer(1), NULL);
  set(town->motor, "a", 2);
  expect(town, "/motor +a=1;/motor ~a=2;");
}

static void a_callback_may_end_its_own_watch(void **state)
{
  town_t *town = *state;
  town->ends = true;
  watch(town, NULL);
  declare(town->motor, "a", whorl_parameter_integer(1), NULL);
  set(town->motor, "a", 2);
  expect(town, "/motor +a=1;");
  assert_int_equal(whorl_subscription_destroy(town->watch), WHORL_DESTROYED);
}

static void watches_come_and_go_and_leave_nothing(void **state)
{
  town_t *town = *state;
  const char *const nodes[] = {"/motor"}, *const names[] = {"a"};
  const whorl_parameter_watch_options_t options = {.nodes = nodes, .node_count = 1, .parameters = names, .parameter_count = 1};
  watch(town, &options);
  int64_t blocks = whorl__memory_blocks();
  for (uint64_t nth = 1, done = 0; done == 0; nth++) {
    whorl_subscription_t another;
    whorl__memory_fail_at(nth);
    int status = whorl_parameter_watch(town->node, hear, town, &options, &another);
    whorl__memory_fail_at(0);
    done = status == WHORL_OK;
    if (status == WHORL_OK) assert_int_equal(whorl_subscription_destroy(another), WHORL_OK);
    assert_true(status == WHORL_OK || status == WHORL_NO_MEMORY);
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
  assert_int_equal(whorl_subscription_destroy(town->watch), WHORL_OK);
  declare(town->motor, "a", whorl_parameter_integer(1), NULL);
  expect(town, "");
}

static void an_error_ends_the_node(void **state)
{
  town_t *town = *state;
  town->status = WHORL_REJECTED;
  watch(town, NULL);
  declare(town->motor, "a", whorl_parameter_integer(1), NULL);
  assert_int_equal(whorl_simulation_run_for(town->world, MS(10)), WHORL_REJECTED);
}

static void bad_arguments(void **state)
{
  town_t *town = *state;
  const char *const odd[] = {"a b"}, *const none[] = {NULL};
  should_fail(whorl_parameter_watch(town->node, NULL, NULL, NULL, NULL), WHORL_INVALID_ARGUMENT,
              "whorl_parameter_watch: the callback is NULL");
  assert_int_equal(whorl_parameter_watch(town->node, hear, town, &(whorl_parameter_watch_options_t){.nodes = odd, .node_count = 1}, NULL),
                   WHORL_INVALID_NAME);
  should_fail(
      whorl_parameter_watch(town->node, hear, town, &(whorl_parameter_watch_options_t){.parameters = none, .parameter_count = 1}, NULL),
      WHORL_INVALID_ARGUMENT, "whorl_parameter_watch: one of 1 parameters is NULL");
  should_fail(whorl_parameter_watch(town->node, hear, town, &(whorl_parameter_watch_options_t){.node_count = 2}, NULL),
              WHORL_INVALID_ARGUMENT, "whorl_parameter_watch: 2 nodes at NULL");
  assert_int_equal(whorl_parameter_watch((whorl_node_t){0}, hear, town, NULL, NULL), WHORL_INVALID_HANDLE);
}

#define TOWN_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TOWN_TEST(without_options_everything_is_heard),
      TOWN_TEST(what_one_call_sets_is_one_event),
      TOWN_TEST(one_parameter_of_one_node),
      TOWN_TEST(relative_names_and_the_node_itself),
      TOWN_TEST(a_callback_may_wait_and_keeps_its_event),
      TOWN_TEST(a_callback_may_end_its_own_watch),
      TOWN_TEST(watches_come_and_go_and_leave_nothing),
      TOWN_TEST(an_error_ends_the_node),
      TOWN_TEST(bad_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
