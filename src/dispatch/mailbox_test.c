// Mailboxes: who may run, in which order, and moves from driver to driver (docs/dispatch.md 2.2-2.4, 2.8, 3).
#include "dispatch/fake_source.h"

static void close_all(source_t *sources, size_t count)
{
  for (size_t i = 0; i < count; i++) assert_true(whorl__record_close(&sources[i].record));
}

static void an_exclusive_group_runs_one_callback_at_a_time(void **state)
{
  whorl__mailbox_t group;
  source_t sources[3];
  static const char *const names[] = {"a", "b", "c"};
  (void)state;
  whorl__mailbox_init(&group, kit.core, WHORL__MAILBOX_EXCLUSIVE);
  for (int i = 0; i < 3; i++) {
    source_init(&sources[i], names[i], kit.core, &group, 1);
    sources[i].body = source_sleep;
    source_put(&sources[i]);
  }
  for (int second_count = 0; second_count < 4; second_count++) {
    run_ready_now(kit.core);
    check_mailbox(&group, true);
    kit.parker.now += SECONDS(1);
  }
  assert_trace("a( )a b( )b c( )c");
  close_all(sources, 3);
}

static void a_suspended_callback_keeps_its_group_busy_and_nobody_else(void **state)
{
  whorl__mailbox_t group;
  source_t inside[2], outside;
  (void)state;
  whorl__mailbox_init(&group, kit.core, WHORL__MAILBOX_EXCLUSIVE);
  source_init(&inside[0], "a", kit.core, &group, 1);
  source_init(&inside[1], "b", kit.core, &group, 1);
  source_init(&outside, "x", kit.core, NULL, 1);
  inside[0].body = source_sleep;
  inside[1].body = outside.body = source_note;
  source_put(&inside[0]);
  source_put(&inside[1]);
  run_ready_now(kit.core);
  source_put(&outside);
  run_ready_now(kit.core);
  assert_trace("a( x");
  kit.parker.now += SECONDS(1);
  run_ready_now(kit.core);
  assert_trace("a( x )a b");
  close_all(inside, 2);
  close_all(&outside, 1);
}

// docs/dispatch.md 2.4.2: the group goes back under its oldest key, not to the end.
static void a_group_of_two_gets_two_turns_where_two_groups_get_one_each(void **state)
{
  whorl__mailbox_t group;
  source_t a, b, alone;
  (void)state;
  whorl__mailbox_init(&group, kit.core, WHORL__MAILBOX_EXCLUSIVE);
  source_init(&a, "a", kit.core, &group, 1);
  source_init(&b, "b", kit.core, &group, 1);
  source_init(&alone, "x", kit.core, NULL, 1);
  a.body = b.body = alone.body = source_note;
  source_put(&a);
  source_put(&b);
  source_put(&alone);
  run_ready_now(kit.core);
  assert_trace("a b x");
  trace_clear();
  source_put(&b);
  source_put(&alone);
  source_put(&a);
  run_ready_now(kit.core);
  assert_trace("b x a");
  close_all(&a, 1);
  close_all(&b, 1);
  close_all(&alone, 1);
}

static void a_record_with_more_goes_behind_everybody_who_is_ready(void **state)
{
  source_t a, b;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  source_init(&b, "b", kit.core, NULL, 1);
  a.body = b.body = source_note;
  for (int i = 0; i < 3; i++) {
    source_put(&a);
    source_put(&b);
  }
  run_ready_now(kit.core);
  assert_trace("a b a b a b");
  close_all(&a, 1);
  close_all(&b, 1);
}

static void a_reentrant_group_runs_each_record_up_to_its_limit(void **state)
{
  whorl__mailbox_t group;
  source_t one, three;
  (void)state;
  whorl__mailbox_init(&group, kit.core, WHORL__MAILBOX_REENTRANT);
  source_init(&one, "one", kit.core, &group, 1);
  source_init(&three, "three", kit.core, &group, 3);
  one.body = three.body = source_sleep;
  for (int i = 0; i < 7; i++) {
    source_put(&one);
    source_put(&three);
  }
  run_ready_now(kit.core);
  assert_int_equal(one.active, 1);
  assert_int_equal(three.active, 3);
  for (int i = 0; i < 8; i++) {
    check_mailbox(&group, true);
    kit.parker.now += SECONDS(1);
    run_ready_now(kit.core);
  }
  assert_int_equal(one.started, 7);
  assert_int_equal(three.started, 7);
  assert_int_equal(one.most_active, 1);
  assert_int_equal(three.most_active, 3);
  close_all(&one, 1);
  close_all(&three, 1);
}

// --- Moves

static void what_is_queued_moves_along_and_goes_by_registration(void **state)
{
  whorl__mailbox_t group;
  source_t sources[3];
  static const char *const names[] = {"a", "b", "c"};
  (void)state;
  whorl__mailbox_init(&group, kit.core, WHORL__MAILBOX_EXCLUSIVE);
  for (int i = 0; i < 3; i++) {
    source_init(&sources[i], names[i], kit.core, &group, 1);
    sources[i].body = source_note;
  }
  for (int i = 2; i >= 0; i--) source_put(&sources[i]);
  whorl__mailbox_move(&group, second.core);
  check_mailbox(&group, true);
  run_ready_now(kit.core);
  assert_trace("");
  run_ready_now(second.core);
  assert_trace("a b c");
  close_all(sources, 3);
}

static void marks_in_limbo_are_kept(void **state)
{
  source_t a;
  (void)state;
  whorl__core_t *limbo;
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.clock = &kit.parker.base, .name = "limbo"}, &limbo));
  source_init(&a, "a", limbo, NULL, 1);
  a.body = source_note;
  source_put(&a);
  source_put(&a);
  whorl__mailbox_move(&a.own, kit.core);
  whorl__mailbox_move(&a.own, kit.core); // there already
  run_ready_now(kit.core);
  assert_trace("a a");
  close_all(&a, 1);
  whorl__core_destroy(limbo);
}

// A callback that has begun ends where it began; exclusivity goes along with the group.
static void a_suspended_callback_ends_where_it_began_and_keeps_the_moved_group_busy(void **state)
{
  whorl__mailbox_t group;
  source_t a, b;
  (void)state;
  whorl__mailbox_init(&group, kit.core, WHORL__MAILBOX_EXCLUSIVE);
  source_init(&a, "a", kit.core, &group, 1);
  source_init(&b, "b", kit.core, &group, 1);
  a.body = source_sleep;
  b.body = source_note;
  source_put(&a);
  source_put(&a);
  run_ready_now(kit.core);
  whorl__mailbox_move(&group, second.core);
  source_put(&b);
  run_ready_now(second.core);
  check_mailbox(&group, true);
  assert_trace("a("); // b waits: the group is busy
  set_time(SECONDS(1));
  run_ready_now(kit.core);
  check_mailbox(&group, true);
  assert_trace("a( )a");
  assert_int_equal(group.busy, 0);
  run_ready_now(second.core);
  assert_trace("a( )a b a("); // and a, which had more, is queued in the new core
  set_time(SECONDS(2));
  run_ready_now(second.core);
  close_all(&a, 1);
  close_all(&b, 1);
}

static int move_there_and_back(source_t *source)
{
  whorl__mailbox_move(source->record.mailbox, second.core);
  if (source->started == 2) whorl__mailbox_move(source->record.mailbox, kit.core);
  return source_note(source);
}
static void a_callback_may_move_its_own_group_and_back(void **state)
{
  source_t a;
  (void)state;
  source_init(&a, "a", kit.core, NULL, 1);
  a.body = move_there_and_back;
  source_put(&a);
  run_ready_now(kit.core);
  source_put(&a);
  run_ready_now(second.core);
  assert_ptr_equal(atomic_load(&a.own.core), kit.core);
  assert_int_equal(a.own.busy, 0);
  source_put(&a);
  run_ready_now(kit.core);
  assert_trace("a a a");
  close_all(&a, 1);
}

// --- Random schedules

enum { RECORDS = 8, GROUPS = 3 };

typedef struct field {
  whorl__mailbox_t groups[GROUPS];
  source_t sources[RECORDS];
  int ran[RECORDS][RECORDS]; // [e][f]: starts of f while e was ready and had not started
  bool ready[RECORDS];
  int most;
} field_t;
static field_t field;

static int watch_order(source_t *source)
{
  size_t self = (size_t)(source - field.sources);
  field.ready[self] = false;
  for (size_t other = 0; other < RECORDS; other++) {
    if (field.ready[other] && ++field.ran[other][self] > field.most) field.most = field.ran[other][self];
  }
  if (source->waiting > 0) { // it is queued again when this has ended, before anybody else runs
    field.ready[self] = true;
    memset(field.ran[self], 0, sizeof field.ran[self]);
  }
  return WHORL_OK;
}

static void put_watched(size_t index)
{
  source_t *source = &field.sources[index];
  if (!source->armed) {
    field.ready[index] = true;
    memset(field.ran[index], 0, sizeof field.ran[index]);
  }
  source_put(source);
}

// PAIN-01: between the moment at which a callback could run and its start, each other one starts at most once. Exclusive and reentrant groups mixed, arrivals between turns and inside them.
static int put_others(source_t *source)
{
  static uint64_t seed = 99;
  watch_order(source);
  if (draw(&seed, 4) == 0) put_watched(draw(&seed, RECORDS));
  return WHORL_OK;
}

static void between_readiness_and_start_each_other_record_runs_at_most_once(void **state)
{
  enum { SCHEDULES = 100000 };
  uint64_t seed = 7;
  (void)state;
  memset(&field, 0, sizeof field);
  for (int i = 0; i < GROUPS; i++)
    whorl__mailbox_init(&field.groups[i], kit.core, i == 0 ? WHORL__MAILBOX_REENTRANT : WHORL__MAILBOX_EXCLUSIVE);
  for (int i = 0; i < RECORDS; i++) {
    source_init(&field.sources[i], "r", kit.core, i < 6 ? &field.groups[i % GROUPS] : NULL, 1);
    field.sources[i].body = put_others;
  }
  for (int schedule = 0; schedule < SCHEDULES; schedule++) {
    for (uint32_t puts = draw(&seed, 12); puts > 0; puts--) put_watched(draw(&seed, RECORDS));
    for (uint32_t turns = draw(&seed, 3); turns > 0; turns--) whorl__core_turn(kit.core);
    if (schedule % 64 == 0) run_ready_now(kit.core);
  }
  run_ready_now(kit.core);
  assert_int_equal(field.most, 1);
  for (int i = 0; i < RECORDS; i++) {
    assert_int_equal(field.sources[i].waiting, 0);
    assert_true(field.sources[i].started > SCHEDULES / 10);
  }
  close_all(field.sources, RECORDS);
}

static whorl_event_t gate;
static int sometimes_suspend(source_t *source)
{
  if (source->started % 3 == 0) (void)whorl_event_wait(gate);
  return WHORL_OK;
}

static void close_one(source_t *source, whorl__mailbox_t *group)
{
  bool was_quiet = whorl__record_close(&source->record);
  for (int i = 0; !was_quiet && source->quiet == 0; i++) {
    assert_true(i < 100);
    whorl_event_set(gate);
    run_ready_now(kit.core);
    run_ready_now(second.core);
  }
  assert_int_equal(source->quiet, was_quiet ? 0 : 1);
  source_init(source, "r", kit.core, group, source->record.max_in_flight);
  source->body = sometimes_suspend;
}

// Puts, turns of two drivers, moves, closes and suspensions in any order: the invariants hold after each step, and nothing is lost.
static void the_invariants_hold_in_random_schedules(uint64_t seed)
{
  enum { STEPS = 20000 };
  memset(&field, 0, sizeof field);
  for (int i = 0; i < GROUPS; i++)
    whorl__mailbox_init(&field.groups[i], kit.core, i == 0 ? WHORL__MAILBOX_REENTRANT : WHORL__MAILBOX_EXCLUSIVE);
  for (int i = 0; i < RECORDS; i++) {
    source_init(&field.sources[i], "r", kit.core, &field.groups[i % GROUPS], i % GROUPS == 0 ? 3 : 1);
    field.sources[i].body = sometimes_suspend;
  }
  for (int step = 0; step < STEPS; step++) {
    uint32_t index = draw(&seed, RECORDS);
    switch (draw(&seed, 12)) {
    default: source_put(&field.sources[index]); break;
    case 0: whorl__core_turn(kit.core); break;
    case 1: whorl__core_turn(second.core); break;
    case 2: whorl__mailbox_move(&field.groups[index % GROUPS], draw(&seed, 2) ? kit.core : second.core); break;
    case 3: whorl_event_set(gate); break;
    case 4: whorl_event_reset(gate); break;
    case 5: whorl__record_mark(&field.sources[index].record); break; // a hint without a message
    case 6:
      if (step % 16 == 0) close_one(&field.sources[index], &field.groups[index % GROUPS]);
      break;
    }
    for (int i = 0; i < GROUPS; i++) check_mailbox(&field.groups[i], true);
  }
  for (int i = 0; i < 10; i++) {
    whorl_event_set(gate);
    run_ready_now(kit.core);
    run_ready_now(second.core);
  }
  for (int i = 0; i < RECORDS; i++) {
    assert_int_equal(field.sources[i].waiting, 0);
    assert_int_equal(field.sources[i].active, 0);
    assert_true(field.sources[i].most_active <= (i % GROUPS == 0 ? 3 : 1));
  }
  close_all(field.sources, RECORDS);
}

static void invariants_1_2_3_8_and_12_hold_in_random_schedules(void **state)
{
  (void)state;
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &gate));
  for (uint64_t seed = 1; seed <= 10; seed++) the_invariants_hold_in_random_schedules(seed);
  whorl_event_destroy(gate);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      DISPATCH_TEST(an_exclusive_group_runs_one_callback_at_a_time),
      DISPATCH_TEST(a_suspended_callback_keeps_its_group_busy_and_nobody_else),
      DISPATCH_TEST(a_group_of_two_gets_two_turns_where_two_groups_get_one_each),
      DISPATCH_TEST(a_record_with_more_goes_behind_everybody_who_is_ready),
      DISPATCH_TEST(a_reentrant_group_runs_each_record_up_to_its_limit),
      DISPATCH_TEST(what_is_queued_moves_along_and_goes_by_registration),
      DISPATCH_TEST(marks_in_limbo_are_kept),
      DISPATCH_TEST(a_suspended_callback_ends_where_it_began_and_keeps_the_moved_group_busy),
      DISPATCH_TEST(a_callback_may_move_its_own_group_and_back),
      DISPATCH_TEST(between_readiness_and_start_each_other_record_runs_at_most_once),
      DISPATCH_TEST(invariants_1_2_3_8_and_12_hold_in_random_schedules),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
