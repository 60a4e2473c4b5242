// Priorities of callback groups, overruns and yields: options of executors, in virtual time. (Settings of threads: crew_settings_cyclone_test.)
#include "executor/executor_fixture.h"

enum { ITEMS = 8, STEPS = 2000 };

typedef struct item {
  bench_t *bench;
  struct item *all;
  whorl_guard_condition_t guard;
  int priority;
  bool ready; // triggered and not yet run
} item_t;

static uint64_t random_state;
static int steps, waits;

static unsigned next_random(unsigned below)
{
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(random_state >> 33) % below;
}

static void make_ready(item_t *item)
{
  item->ready = true;
  assert_int_equal(whorl_guard_condition_trigger(item->guard), WHORL_OK);
}

static void nothing_more_urgent_is_ready(const item_t *self)
{
  if (steps > STEPS) return; // cancelled: what has begun goes on, nothing starts
  for (int i = 0; i < ITEMS; i++)
    if (self->all[i].ready) assert_true(self->all[i].priority <= self->priority);
}

// Each makes others ready; some wait in between, after which those that were less urgent may not have overtaken them either.
static int run_item(uint64_t triggers, void *arg)
{
  item_t *self = arg;
  (void)triggers;
  nothing_more_urgent_is_ready(self);
  self->ready = false;
  if (++steps > STEPS) return whorl_executor_cancel(self->bench->executor);
  for (unsigned count = 1 + next_random(2); count > 0; count--) make_ready(&self->all[next_random(ITEMS)]);
  if (next_random(8) != 0) return WHORL_OK;
  waits++;
  WHORL_TRY(whorl_yield());
  nothing_more_urgent_is_ready(self);
  return WHORL_OK;
}

static void make_items(bench_t *bench, item_t items[ITEMS])
{
  for (int i = 0; i < ITEMS; i++) {
    whorl_guard_condition_options_t options = {0};
    items[i] = (item_t){.bench = bench, .all = items, .priority = (int)next_random(4) * 40};
    const whorl_callback_group_options_t group = {.priority = (uint8_t)items[i].priority};
    assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, &group, &options.callback_group), WHORL_OK);
    assert_int_equal(whorl_guard_condition_create(bench->node, run_item, &items[i], &options, &items[i].guard), WHORL_OK);
  }
}

static void run_schedules(bench_t *bench)
{
  item_t items[ITEMS];
  make_items(bench, items);
  bench_add_node(bench);
  steps = 0;
  for (int i = 0; i < ITEMS; i++) make_ready(&items[i]);
  assert_int_equal(whorl_executor_spin(bench->executor), WHORL_OK);
  assert_true(steps > STEPS);
}

// For each kind but the static one: its order is fixed.
static void PAIN_06_what_is_most_urgent_waits_for_the_running_callback_only(void **state)
{
  waits = 0;
  for (int i = 0; i < 15; i++) {
    bench_t bench;
    if (i > 0) {
      assert_int_equal(fixture_teardown(state), WHORL_OK);
      assert_int_equal(fixture_setup(state), 0);
    }
    random_state = (uint64_t)i;
    bench_create(&bench, *state, (whorl_executor_kind_t)(i % 3), NULL);
    run_schedules(&bench);
    bench_destroy(&bench);
  }
  assert_true(waits > 100);
}

typedef struct member {
  bench_t *bench;
  const char *name;
} member_t;

static int note_member(uint64_t triggers, void *arg)
{
  const member_t *member = arg;
  (void)triggers;
  bench_note(member->bench, member->name);
  return WHORL_OK;
}

static void run_both(bench_t *bench, uint8_t priority, const char *expected)
{
  static member_t members[2];
  whorl_guard_condition_t guards[2];
  const whorl_callback_group_options_t group = {.priority = priority};
  for (int i = 0; i < 2; i++) {
    whorl_guard_condition_options_t options = {0};
    members[i] = (member_t){bench, i == 0 ? "ordinary" : "urgent"};
    assert_int_equal(
        whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, i == 0 ? NULL : &group, &options.callback_group),
        WHORL_OK);
    assert_int_equal(whorl_guard_condition_create(bench->node, note_member, &members[i], &options, &guards[i]), WHORL_OK);
  }
  bench_add_node(bench);
  for (int i = 0; i < 2; i++) assert_int_equal(whorl_guard_condition_trigger(guards[i]), WHORL_OK);
  assert_int_equal(whorl_executor_spin_all(bench->executor, 0), 2);
  assert_string_equal(bench->trace, expected);
}

EXECUTOR_TEST(ASK_07_without_a_priority_the_first_is_first) { run_both(bench, 0, "ordinary urgent"); }

EXECUTOR_TEST(ASK_07_with_one_the_urgent_is_first_but_in_a_fixed_order)
{
  run_both(bench, 1, bench->kind == WHORL_EXECUTOR_STATIC ? "ordinary urgent" : "urgent ordinary");
}

// --- Children

typedef struct urgent {
  bench_t *bench;
  whorl_guard_condition_t ordinary;
} urgent_t;

static int note_child(void *arg) { return bench_note(arg, "child"), WHORL_OK; }

static int spawn_below(uint64_t triggers, void *arg)
{
  const urgent_t *self = arg;
  const whorl_task_options_t anywhere = {.any_thread = true};
  whorl_task_group_t group;
  (void)triggers;
  assert_int_equal(whorl_guard_condition_trigger(self->ordinary), WHORL_OK);
  whorl_task_group_open(&group);
  int status = whorl_task_group_spawn(&group, note_child, self->bench);
  if (status == WHORL_OK) status = whorl_task_group_spawn_with_options(&group, note_child, self->bench, &anywhere, NULL, "child");
  status = whorl_task_group_close(&group, status);
  bench_note(self->bench, "urgent");
  return status;
}

typedef struct note {
  bench_t *bench;
  const char *word;
} note_t;

static int note_word(void *arg) { return bench_note(((note_t *)arg)->bench, ((note_t *)arg)->word), WHORL_OK; }

static int spawn_anywhere(bench_t *bench, whorl_guard_condition_t then, const char *word)
{
  static note_t notes[2];
  note_t *note = &notes[then.id != 0];
  *note = (note_t){bench, word};
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  int status = whorl_task_group_spawn_with_options(&group, note_word, note, &(whorl_task_options_t){.any_thread = true}, NULL, "any");
  if (then.id != 0) (void)whorl_guard_condition_trigger(then);
  return whorl_task_group_close(&group, status);
}

static int spawn_less_urgent(uint64_t triggers, void *arg)
{
  return (void)triggers, spawn_anywhere(((urgent_t *)arg)->bench, ((urgent_t *)arg)->ordinary, "less");
}
static int spawn_more_urgent(uint64_t triggers, void *arg)
{
  return (void)triggers, spawn_anywhere(arg, (whorl_guard_condition_t){0}, "more");
}

// Both may begin on any thread, and the less urgent one has been there before.
EXECUTOR_TEST(and_among_those_that_may_begin_anywhere)
{
  urgent_t less = {.bench = bench};
  whorl_guard_condition_options_t options = {0};
  whorl_guard_condition_t guard;
  const whorl_callback_group_options_t group = {.priority = 5};
  assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, &group, &options.callback_group), WHORL_OK);
  assert_int_equal(whorl_guard_condition_create(bench->node, spawn_more_urgent, bench, &options, &less.ordinary), WHORL_OK);
  assert_int_equal(whorl_guard_condition_create(bench->node, spawn_less_urgent, &less, NULL, &guard), WHORL_OK);
  bench_add_node(bench);
  assert_int_equal(whorl_guard_condition_trigger(guard), WHORL_OK);
  assert_true(whorl_executor_spin_all(bench->executor, 0) >= 2);
  assert_string_equal(bench->trace,
                      bench->kind == WHORL_EXECUTOR_STATIC ? "less more" : "more less"); // the static kind's callbacks are not urgent
}

EXECUTOR_TEST(what_an_urgent_callback_spawns_is_as_urgent)
{
  urgent_t urgent = {.bench = bench};
  member_t ordinary = {bench, "ordinary"};
  whorl_guard_condition_options_t options = {0};
  whorl_guard_condition_t guard;
  const whorl_callback_group_options_t group = {.priority = 5};
  assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, &group, &options.callback_group), WHORL_OK);
  assert_int_equal(whorl_guard_condition_create(bench->node, spawn_below, &urgent, &options, &guard), WHORL_OK);
  assert_int_equal(whorl_guard_condition_create(bench->node, note_member, &ordinary, NULL, &urgent.ordinary), WHORL_OK);
  bench_add_node(bench);
  assert_int_equal(whorl_guard_condition_trigger(guard), WHORL_OK);
  assert_true(whorl_executor_spin_all(bench->executor, 0) >= 2);
  assert_string_equal(bench->trace, "child child urgent ordinary");
}

static void a_priority_beyond_the_highest_is_refused(void **state)
{
  const fixture_t *fixture = *state;
  whorl_callback_group_t group;
  const whorl_callback_group_options_t highest = {.priority = 127}, beyond = {.priority = 128};
  assert_int_equal(whorl_callback_group_create(fixture->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, &highest, &group), WHORL_OK);
  assert_int_equal(whorl_callback_group_create(fixture->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, &beyond, &group), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "a callback group of priority 128: the highest is 127");
}

// --- Overruns

typedef struct overruns {
  int told;
  char task[48];
} overruns_t;

static void note_overrun(const char *task, int64_t length_ns, void *arg)
{
  overruns_t *overruns = arg;
  assert_true(length_ns > 0);
  overruns->told++;
  snprintf(overruns->task, sizeof overruns->task, "%s", task);
}

static int note_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info;
  return bench_note(arg, "ran"), WHORL_OK;
}

static uint64_t overruns_of(void **state, whorl_executor_kind_t kind, int64_t limit_ns, overruns_t *overruns)
{
  bench_t bench;
  const whorl_executor_options_t options = {
      .overrun_ns = limit_ns, .on_overrun = note_overrun, .on_overrun_arg = overruns, .yield_before_run = true};
  bench_create(&bench, *state, kind, &options);
  whorl_subscription_t subscription;
  assert_int_equal(whorl_subscription_create(bench.node, INT32, "topic", note_message, &bench, NULL, &subscription), WHORL_OK);
  bench_add_node(&bench);
  bench_let_pass(&bench, WHORL_SECONDS(1));
  for (int i = 0; i < 3; i++) bench_publish(&bench, i);
  bench_let_pass(&bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_executor_spin_all(bench.executor, 0), 3);
  uint64_t count = whorl_executor_overruns(bench.executor);
  assert_int_equal(whorl_subscription_destroy(subscription), WHORL_OK);
  bench_destroy(&bench);
  return count;
}

// A nanosecond is shorter than any callback, an hour longer.
static void ASK_07_overruns_are_counted_and_told(void **state)
{
  for (int kind = 0; kind < 4; kind++) {
    overruns_t overruns = {0};
    assert_int_equal(overruns_of(state, (whorl_executor_kind_t)kind, 1, &overruns), 3);
    assert_int_equal(overruns.told, 3);
    assert_string_equal(overruns.task, "/topic");
    assert_int_equal(overruns_of(state, (whorl_executor_kind_t)kind, WHORL_SECONDS(3600), &overruns), 0);
    assert_int_equal(overruns_of(state, (whorl_executor_kind_t)kind, 0, &overruns), 0);
    assert_int_equal(overruns.told, 3);
  }
}

static void bad_options_are_named(void **state)
{
  whorl_executor_t executor;
  whorl_context_t context = ((fixture_t *)*state)->context;
  assert_int_equal(whorl_executor_create(context, WHORL_EXECUTOR_EVENTS, &(whorl_executor_options_t){.overrun_ns = -1}, &executor),
                   WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "an executor's overrun_ns of -1 is negative");
  assert_int_equal(
      whorl_executor_create(context, WHORL_EXECUTOR_MULTI_THREADED, &(whorl_executor_options_t){.thread_settings_count = 2}, &executor),
      WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "settings of 2 threads: options.thread_settings is NULL");
  assert_int_equal(whorl_executor_overruns((whorl_executor_t){0}), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(PAIN_06_what_is_most_urgent_waits_for_the_running_callback_only),
      NODE_TEST(ASK_07_without_a_priority_the_first_is_first),
      NODE_TEST(ASK_07_with_one_the_urgent_is_first_but_in_a_fixed_order),
      NODE_TEST(what_an_urgent_callback_spawns_is_as_urgent),
      NODE_TEST(and_among_those_that_may_begin_anywhere),
      NODE_TEST(a_priority_beyond_the_highest_is_refused),
      NODE_TEST(ASK_07_overruns_are_counted_and_told),
      NODE_TEST(bad_options_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
