// What runs first, and that nobody starves (docs/dispatch.md 3): the one thing in which the kinds differ.
#include <std_srvs/srv/set_bool.h>

#include "executor/executor_fixture.h"

typedef struct entity {
  bench_t *bench;
  const char *name;
  int calls;
} entity_t;

static entity_t entities[4];

static int note_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  entity_t *entity = arg;
  (void)message, (void)info;
  entity->calls++;
  bench_note(entity->bench, entity->name);
  return WHORL_OK;
}

static int note_tick(const whorl_timer_info_t *info, void *arg)
{
  entity_t *entity = arg;
  (void)info;
  entity->calls++;
  if (strlen(entity->bench->trace) < 200) bench_note(entity->bench, entity->name);
  return WHORL_OK;
}

static whorl_publisher_t subscribe(bench_t *bench, int number, const char *topic)
{
  whorl_publisher_t publisher;
  entities[number] = (entity_t){bench, topic, 0};
  assert_int_equal(whorl_publisher_create(bench->node, INT32, topic, NULL, &publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(bench->node, INT32, topic, note_message, &entities[number], NULL, NULL), WHORL_OK);
  return publisher;
}

static void publish(whorl_publisher_t publisher)
{
  std_msgs__msg__Int32 message = {.data = 1};
  assert_int_equal(whorl_publish(publisher, &message), WHORL_OK);
}

static void make_ready_in_turn(bench_t *bench)
{
  whorl_publisher_t first = subscribe(bench, 0, "first");
  entities[1] = (entity_t){bench, "timer", 0};
  assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(3), note_tick, &entities[1], NULL, NULL), WHORL_OK);
  whorl_publisher_t second = subscribe(bench, 2, "second");
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  bench_let_pass(bench, WHORL_SECONDS(1));
  publish(second);
  bench_let_pass(bench, WHORL_SECONDS(1));
  publish(first);
  bench_let_pass(bench, WHORL_SECONDS(2)); // and the timer is due
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 3);
}

static void EXE_49_a_round_goes_by_kind_and_then_by_age(void **state)
{
  bench_t bench;
  bench_create(&bench, *state, WHORL_EXECUTOR_SINGLE_THREADED, NULL);
  make_ready_in_turn(&bench);
  assert_string_equal(bench.trace, "timer first second");
  bench_destroy(&bench);
}

static void PAIN_03_events_go_by_arrival(void **state)
{
  bench_t bench;
  bench_create(&bench, *state, WHORL_EXECUTOR_EVENTS, NULL);
  make_ready_in_turn(&bench);
  assert_string_equal(bench.trace, "second first timer");
  bench_destroy(&bench);
}

// --- All kinds, and what becomes ready meanwhile

static int note_request(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call;
  bench_note(((entity_t *)arg)->bench, "service");
  return WHORL_OK;
}

static int note_trigger(uint64_t triggers, void *arg)
{
  const entity_t *entity = arg;
  (void)triggers;
  bench_note(entity->bench, entity->name);
  return WHORL_OK;
}

// Registered against the order of kinds, and ready in that order too: each a second before the next one.
static void make_all_kinds_ready(bench_t *bench)
{
  const std_srvs__srv__SetBool_Request request = {.data = true};
  const whorl_timer_options_t once = {.one_shot = true};
  whorl_guard_condition_t guard;
  whorl_client_t client;
  whorl_future_t answer;
  for (int i = 0; i < 4; i++) entities[i] = (entity_t){bench, i == 0 ? "guard" : "timer", 0};
  assert_int_equal(whorl_guard_condition_create(bench->node, note_trigger, &entities[0], NULL, &guard), WHORL_OK);
  assert_int_equal(
      whorl_service_create(bench->node, WHORL_SERVICE(std_srvs, srv, SetBool), "switch", note_request, &entities[1], NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_client_create(bench->node, WHORL_SERVICE(std_srvs, srv, SetBool), "switch", NULL, &client), WHORL_OK);
  whorl_publisher_t publisher = subscribe(bench, 2, "subscription");
  assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(4), note_tick, &entities[3], &once, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_guard_condition_trigger(guard), WHORL_OK);
  assert_int_equal(whorl_client_send(client, &request, &answer), WHORL_OK);
  bench_let_pass(bench, WHORL_SECONDS(1));
  publish(publisher);
  bench_let_pass(bench, WHORL_SECONDS(2)); // and the timer is due
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 4);
  assert_int_equal(whorl_future_destroy(answer), WHORL_OK);
}

static void EXE_49_a_round_knows_every_kind(void **state)
{
  bench_t bench;
  bench_create(&bench, *state, WHORL_EXECUTOR_SINGLE_THREADED, NULL);
  make_all_kinds_ready(&bench);
  assert_string_equal(bench.trace, "timer subscription service guard");
  bench_destroy(&bench);
}

static void PAIN_03_events_know_no_kinds(void **state)
{
  bench_t bench;
  bench_create(&bench, *state, WHORL_EXECUTOR_EVENTS, NULL);
  make_all_kinds_ready(&bench);
  assert_string_equal(bench.trace, "guard service subscription timer");
  bench_destroy(&bench);
}

static whorl_guard_condition_t guards[3];

static int triggers_the_oldest(uint64_t triggers, void *arg)
{
  int status = note_trigger(triggers, arg);
  return status < 0 ? status : whorl_guard_condition_trigger(guards[0]);
}

EXECUTOR_TEST(PAIN_03_what_becomes_ready_in_a_round_waits_for_the_next_one)
{
  static const char *const names[] = {"oldest", "middle", "youngest"};
  for (int i = 0; i < 3; i++) {
    entities[i] = (entity_t){bench, names[i], 0};
    assert_int_equal(whorl_guard_condition_create(bench->node, i == 1 ? triggers_the_oldest : note_trigger, &entities[i], NULL, &guards[i]),
                     WHORL_OK);
  }
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  for (int i = 1; i < 3; i++) assert_int_equal(whorl_guard_condition_trigger(guards[i]), WHORL_OK);
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 2);
  assert_string_equal(bench->trace, "middle youngest");
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 1);
  assert_string_equal(bench->trace, "middle youngest oldest");
}

EXECUTOR_TEST(PAIN_02_two_members_of_a_group_that_are_always_ready_take_turns)
{
  for (int i = 0; i < 2; i++) {
    entities[i] = (entity_t){bench, "x", 0};
    assert_int_equal(whorl_timer_create(bench->node, 0, note_tick, &entities[i], NULL, NULL), WHORL_OK);
  }
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  for (int i = 0; i < 10000; i++) {
    assert_int_equal(whorl_executor_spin_once(bench->executor, 0), 1);
    assert_in_range(entities[0].calls - entities[1].calls + 1, 0, 2);
  }
  assert_int_equal(entities[0].calls, 5000);
}

EXECUTOR_TEST(PAIN_01_a_timer_that_is_always_due_starves_no_subscription)
{
  whorl_publisher_t publisher = subscribe(bench, 0, "topic");
  entities[1] = (entity_t){bench, "timer", 0};
  assert_int_equal(whorl_timer_create(bench->node, 0, note_tick, &entities[1], NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  bench_let_pass(bench, WHORL_SECONDS(1));
  for (int i = 1; i <= 100; i++) {
    publish(publisher);
    bench_let_pass(bench, WHORL_SECONDS(1));
    for (int run = 0; run < 3; run++) assert_int_equal(whorl_executor_spin_once(bench->executor, 0), 1);
    assert_int_equal(entities[0].calls, i);
  }
}

EXECUTOR_TEST(EXE_46_one_spin_some_right_after_creation_runs_the_waiting_message)
{
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  whorl_publisher_t publisher = subscribe(bench, 0, "first");
  publish(publisher);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 1);
  assert_string_equal(bench->trace, "first");
}

EXECUTOR_TEST(EXE_47_and_45_the_same_with_a_group_added_by_hand)
{
  whorl_callback_group_t group = whorl_node_default_callback_group(bench->node);
  assert_int_equal(whorl_executor_add_callback_group(bench->executor, group), WHORL_OK);
  whorl_publisher_t publisher = subscribe(bench, 0, "first");
  publish(publisher);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_executor_spin_some(bench->executor, 0), 1);
  publish(publisher);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 1);
  assert_string_equal(bench->trace, "first first");
}

EXECUTOR_TEST(EXE_48_a_hundred_waiting_messages_need_no_further_one)
{
  whorl_qos_t deep = WHORL_QOS_DEFAULT;
  deep.depth = 100;
  const whorl_subscription_options_t options = {.qos = &deep};
  entities[0] = (entity_t){bench, "", 0};
  assert_int_equal(whorl_publisher_create(bench->node, INT32, "many", NULL, &bench->publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(bench->node, INT32, "many", note_message, &entities[0], &options, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  bench_let_pass(bench, WHORL_SECONDS(1));
  for (int i = 0; i < 100; i++) bench_publish(bench, i);
  bench_let_pass(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 100);
  assert_int_equal(entities[0].calls, 100);
}

EXECUTOR_TEST(EVT_05_and_EVT_08_a_far_timer_is_not_waited_for)
{
  entities[0] = (entity_t){bench, "timer", 0};
  assert_int_equal(whorl_timer_create(bench->node, WHORL_SECONDS(10), note_tick, &entities[0], NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(bench->executor, bench->node), WHORL_OK);
  assert_int_equal(whorl_executor_spin_some(bench->executor, WHORL_MILLISECONDS(10)), 0);
  assert_int_equal(whorl_executor_spin_all(bench->executor, WHORL_MILLISECONDS(10)), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(EXE_49_a_round_goes_by_kind_and_then_by_age),
      NODE_TEST(PAIN_03_events_go_by_arrival),
      NODE_TEST(EXE_49_a_round_knows_every_kind),
      NODE_TEST(PAIN_03_events_know_no_kinds),
      NODE_TEST(PAIN_03_what_becomes_ready_in_a_round_waits_for_the_next_one),
      NODE_TEST(PAIN_02_two_members_of_a_group_that_are_always_ready_take_turns),
      NODE_TEST(PAIN_01_a_timer_that_is_always_due_starves_no_subscription),
      NODE_TEST(EXE_46_one_spin_some_right_after_creation_runs_the_waiting_message),
      NODE_TEST(EXE_47_and_45_the_same_with_a_group_added_by_hand),
      NODE_TEST(EXE_48_a_hundred_waiting_messages_need_no_further_one),
      NODE_TEST(EVT_05_and_EVT_08_a_far_timer_is_not_waited_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
