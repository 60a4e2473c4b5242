// Callbacks around a change, and changes that find no memory or no node.
#include <stdio.h>

#include "base/memory.h"
#include "parameter/parameter_fixture.h"

// --- callbacks

static int refuse_negative(const whorl_parameter_t *parameters, size_t count, char reason[WHORL_PARAMETER_REASON_SIZE], void *arg)
{
  fixture_t *fixture = arg;
  fixture->calls++;
  for (size_t i = 0; i < count; i++) {
    if (parameters[i].value.type != WHORL_PARAMETER_INTEGER || parameters[i].value.integer >= 0) continue;
    snprintf(reason, WHORL_PARAMETER_REASON_SIZE, "%s must not be negative", parameters[i].name);
    return WHORL_REJECTED;
  }
  return WHORL_OK;
}

static void a_callback_has_the_last_word(void **state)
{
  fixture_t *fixture = *state;
  whorl_parameter_callback_t callback;
  assert_int_equal(whorl_parameter_on_set(fixture->node, refuse_negative, fixture, &callback), WHORL_OK);
  should_fail(whorl_parameter_declare(fixture->node, "a", whorl_parameter_integer(-1), NULL, NULL), WHORL_REJECTED,
              "a must not be negative");
  declare(fixture->node, "a", whorl_parameter_integer(1), NULL);
  should_fail(whorl_parameter_set(fixture->node, "a", whorl_parameter_integer(-1)), WHORL_REJECTED, "a must not be negative");
  should_be(fixture->node, "a", whorl_parameter_integer(1));
  assert_int_equal(fixture->calls, 3);
  assert_int_equal(whorl_parameter_remove_callback(fixture->node, callback), WHORL_OK);
  should_fail(whorl_parameter_remove_callback(fixture->node, callback), WHORL_NOT_FOUND, "node '/tested' has no such parameter callback");
  assert_int_equal(whorl_parameter_set(fixture->node, "a", whorl_parameter_integer(-1)), WHORL_OK);
}

static int refuse_without_a_word(const whorl_parameter_t *parameters, size_t count, char reason[WHORL_PARAMETER_REASON_SIZE], void *arg)
{
  (void)parameters, (void)count, (void)reason, (void)arg;
  return WHORL_BUSY;
}

static void a_refusal_without_a_reason_is_told_by_its_status(void **state)
{
  whorl_node_t node = node_of(state);
  declare(node, "a", whorl_parameter_integer(1), NULL);
  assert_int_equal(whorl_parameter_on_set(node, refuse_without_a_word, NULL, NULL), WHORL_OK);
  should_fail(whorl_parameter_set(node, "a", whorl_parameter_integer(2)), WHORL_REJECTED,
              "a callback of node '/tested' refused it: somebody else is in there");
}

static void double_it(whorl_parameter_changes_t *changes, void *arg)
{
  (void)arg;
  for (size_t i = 0; i < whorl_parameter_changes_count(changes); i++) {
    whorl_parameter_t one = whorl_parameter_changes_at(changes, i);
    if (strcmp(one.name, "half") != 0) continue;
    int64_t half = one.value.integer;
    assert_int_equal(whorl_parameter_changes_put(changes, "whole", whorl_parameter_integer(2 * half)), WHORL_OK);
    return;
  }
}

static void add_one_to_whole(whorl_parameter_changes_t *changes, void *arg)
{
  (void)arg;
  for (size_t i = 0; i < whorl_parameter_changes_count(changes); i++) {
    whorl_parameter_t one = whorl_parameter_changes_at(changes, i);
    if (strcmp(one.name, "whole") == 0)
      assert_int_equal(whorl_parameter_changes_put(changes, "whole", whorl_parameter_integer(one.value.integer + 1)), WHORL_OK);
  }
}

static void what_is_set_can_be_changed_before_the_last_one_first(void **state)
{
  whorl_node_t node = node_of(state);
  declare(node, "half", whorl_parameter_integer(1), NULL);
  declare(node, "whole", whorl_parameter_integer(2), NULL);
  assert_int_equal(whorl_parameter_before_set(node, add_one_to_whole, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_parameter_before_set(node, double_it, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_parameter_set(node, "half", whorl_parameter_integer(4)), WHORL_OK);
  should_be(node, "half", whorl_parameter_integer(4));
  should_be(node, "whole", whorl_parameter_integer(9));
}

static void drop_all(whorl_parameter_changes_t *changes, void *arg)
{
  (void)arg;
  assert_int_equal(whorl_parameter_changes_drop(changes, "other"), WHORL_NOT_FOUND);
  assert_null(whorl_parameter_changes_at(changes, 7).name);
  while (whorl_parameter_changes_count(changes) > 0)
    assert_int_equal(whorl_parameter_changes_drop(changes, whorl_parameter_changes_at(changes, 0).name), WHORL_OK);
}

static void when_all_are_dropped_that_is_a_refusal(void **state)
{
  whorl_node_t node = node_of(state);
  declare(node, "a", whorl_parameter_integer(1), NULL);
  assert_int_equal(whorl_parameter_before_set(node, drop_all, NULL, NULL), WHORL_OK);
  should_fail(whorl_parameter_set(node, "a", whorl_parameter_integer(2)), WHORL_REJECTED,
              "no parameter is left to be set: a callback dropped them");
}

static void note_set(const whorl_parameter_t *parameters, size_t count, void *arg)
{
  fixture_t *fixture = arg;
  whorl_parameter_value_t value;
  for (size_t i = 0; i < count; i++) fixture->values[fixture->calls++] = (int)parameters[i].value.integer;
  assert_int_equal(whorl_parameter_get(fixture->node, "a", &value), WHORL_OK); // it is done
  assert_int_equal(value.integer, 2);
  assert_int_equal(whorl_parameter_set(fixture->node, "a", whorl_parameter_integer(9)), WHORL_WRONG_STATE);
  assert_string_equal(whorl_detail(), "a callback of the parameters of node '/tested' may not change them");
  assert_int_equal(whorl_parameter_declare(fixture->node, "c", whorl_parameter_integer(9), NULL, NULL), WHORL_WRONG_STATE);
  assert_int_equal(whorl_parameter_undeclare(fixture->node, "a"), WHORL_WRONG_STATE);
  assert_int_equal(whorl_parameter_after_set(fixture->node, note_set, fixture, NULL), WHORL_WRONG_STATE);
}

static void afterwards_it_is_told_and_may_not_be_changed_from_there(void **state)
{
  fixture_t *fixture = *state;
  declare(fixture->node, "a", whorl_parameter_integer(1), NULL);
  declare(fixture->node, "b", whorl_parameter_integer(1), NULL);
  assert_int_equal(whorl_parameter_after_set(fixture->node, note_set, fixture, NULL), WHORL_OK);
  assert_int_equal(whorl_parameter_set(fixture->node, "b", whorl_parameter_bool(true)), WHORL_WRONG_TYPE);
  assert_int_equal(fixture->calls, 0);
  const whorl_parameter_t both[] = {{"a", whorl_parameter_integer(2)}, {"b", whorl_parameter_integer(3)}};
  assert_int_equal(whorl_parameter_set_atomically(fixture->node, both, 2), WHORL_OK);
  assert_int_equal(fixture->calls, 2);
  assert_int_equal(fixture->values[0] * 10 + fixture->values[1], 23);
}

// --- memory

static int change_much(whorl_node_t node)
{
  static const char *const texts[] = {"a", "b"};
  const whorl_parameter_t both[] = {{"m.a", whorl_parameter_strings(texts, 2)}, {"m.new", whorl_parameter_string("x")}};
  WHORL_TRY(whorl_parameter_declare(node, "m.a", whorl_parameter_strings(texts, 1), NULL, NULL));
  WHORL_TRY(whorl_parameter_set_atomically(node, both, 2));
  WHORL_TRY(whorl_parameter_undeclare(node, "m.a"));
  return whorl_parameter_undeclare(node, "m.new");
}

static void every_failing_allocation_leaves_what_was(void **state)
{
  whorl_node_t node = make_node(state, &(whorl_node_options_t){.allow_undeclared_parameters = true});
  assert_int_equal(change_much(node), WHORL_OK); // the table has grown
  int64_t before = whorl__memory_blocks();
  int failures = 0;
  for (uint64_t nth = 1;; nth++) {
    whorl__memory_fail_at(nth);
    int status = change_much(node);
    whorl__memory_fail_at(0);
    if (status == WHORL_OK) break;
    assert_int_equal(status, WHORL_NO_MEMORY);
    failures++;
    (void)whorl_parameter_undeclare(node, "m.a");
    assert_false(whorl_parameter_is_declared(node, "m.new"));
    assert_int_equal(whorl__memory_blocks(), before);
  }
  assert_true(failures > 10);
}

static void a_destroyed_node_has_no_parameters(void **state)
{
  whorl_node_t node = make_node(state, NULL);
  whorl_parameter_value_t value;
  assert_int_equal(whorl_node_destroy(node), WHORL_OK);
  assert_int_equal(whorl_parameter_get(node, "use_sim_time", &value), WHORL_DESTROYED);
  assert_int_equal(whorl_parameter_set(node, "use_sim_time", whorl_parameter_bool(true)), WHORL_DESTROYED);
  assert_int_equal(whorl_parameter_declare(node, "x", whorl_parameter_bool(true), NULL, NULL), WHORL_DESTROYED);
  assert_int_equal(whorl_parameter_on_set(node, refuse_without_a_word, NULL, NULL), WHORL_DESTROYED);
}

// --- The end of the node, or the attempt to end its context, in a callback of its parameters. Who changes them is none of the node's tasks.

static void end_before(whorl_parameter_changes_t *changes, void *arg)
{
  fixture_t *fixture = arg;
  assert_int_equal(whorl_parameter_changes_count(changes), 1);
  assert_int_equal(whorl_context_destroy(fixture->context, WHORL_OK), WHORL_WOULD_DEADLOCK);
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
  fixture->calls++;
}

static int end_on_set(const whorl_parameter_t *parameters, size_t count, char reason[WHORL_PARAMETER_REASON_SIZE], void *arg)
{
  fixture_t *fixture = arg;
  (void)parameters, (void)count, (void)reason;
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
  fixture->calls++;
  return WHORL_OK;
}

static void end_after(const whorl_parameter_t *parameters, size_t count, void *arg)
{
  fixture_t *fixture = arg;
  (void)parameters, (void)count;
  assert_int_equal(whorl_node_destroy(fixture->node), WHORL_OK);
  fixture->calls++;
}

static int end_when_valid(const whorl_qos_t *qos, char reason[WHORL_QOS_REASON_SIZE], void *arg)
{
  (void)qos, (void)reason;
  return end_on_set(NULL, 0, NULL, arg);
}

static int change_and_lose(void *arg)
{
  fixture_t *fixture = arg;
  assert_int_equal(whorl_parameter_set(fixture->node, "gain", whorl_parameter_integer(2)), WHORL_OK);
  assert_int_equal(whorl_parameter_set(fixture->node, "gain", whorl_parameter_integer(3)), WHORL_DESTROYED);
  return WHORL_OK;
}

static int simulate_time_and_lose(void *arg)
{
  fixture_t *fixture = arg;
  assert_int_equal(whorl_parameter_set(fixture->node, "use_sim_time", whorl_parameter_bool(true)), WHORL_DESTROYED);
  return WHORL_OK;
}

static int publish_and_lose(void *arg)
{
  fixture_t *fixture = arg;
  const whorl_qos_overriding_t overriding = {.validate = end_when_valid, .arg = fixture};
  const whorl_publisher_options_t options = {.qos_overriding = &overriding};
  assert_true(whorl_publisher_create(fixture->node, INT32, "lost", &options, &fixture->publisher) < 0);
  return WHORL_OK;
}

static void expect_end_in(fixture_t *fixture, whorl_task_function_t change)
{
  if (whorl_simulation_run(fixture->world, change, fixture) < 0) fail_msg("%s", whorl_detail());
  assert_int_equal(fixture->calls, 1);
}

static void the_node_may_be_destroyed_before_a_change(void **state)
{
  fixture_t *fixture = *state;
  declare(fixture->node, "gain", whorl_parameter_integer(1), NULL);
  assert_int_equal(whorl_parameter_before_set(fixture->node, end_before, fixture, NULL), WHORL_OK);
  expect_end_in(fixture, change_and_lose);
}

static void the_node_may_be_destroyed_by_who_has_the_last_word(void **state)
{
  fixture_t *fixture = *state;
  declare(fixture->node, "gain", whorl_parameter_integer(1), NULL);
  assert_int_equal(whorl_parameter_on_set(fixture->node, end_on_set, fixture, NULL), WHORL_OK);
  expect_end_in(fixture, change_and_lose);
}

static void the_node_may_be_destroyed_after_a_change(void **state)
{
  fixture_t *fixture = *state;
  declare(fixture->node, "gain", whorl_parameter_integer(1), NULL);
  assert_int_equal(whorl_parameter_after_set(fixture->node, end_after, fixture, NULL), WHORL_OK);
  expect_end_in(fixture, change_and_lose);
}

static void a_node_that_ends_does_not_begin_to_simulate_time(void **state)
{
  fixture_t *fixture = *state;
  assert_int_equal(whorl_parameter_before_set(fixture->node, end_before, fixture, NULL), WHORL_OK);
  expect_end_in(fixture, simulate_time_and_lose);
}

static void the_node_may_be_destroyed_when_its_qos_is_asked_for(void **state) { expect_end_in(*state, publish_and_lose); }

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_callback_has_the_last_word),
      TEST(a_refusal_without_a_reason_is_told_by_its_status),
      TEST(what_is_set_can_be_changed_before_the_last_one_first),
      TEST(when_all_are_dropped_that_is_a_refusal),
      TEST(afterwards_it_is_told_and_may_not_be_changed_from_there),
      TEST(every_failing_allocation_leaves_what_was),
      TEST(a_destroyed_node_has_no_parameters),
      TEST(the_node_may_be_destroyed_before_a_change),
      TEST(the_node_may_be_destroyed_by_who_has_the_last_word),
      TEST(the_node_may_be_destroyed_after_a_change),
      TEST(a_node_that_ends_does_not_begin_to_simulate_time),
      TEST(the_node_may_be_destroyed_when_its_qos_is_asked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
