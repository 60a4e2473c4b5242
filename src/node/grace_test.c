// One grace time for all shields after a shutdown (docs/tasks.md R44), in virtual time.
#include <stdio.h>

#include "node/context.h"
#include "node/fixture.h"

typedef struct cleaner {
  fixture_t *fixture;
  int64_t begins_ns, limit_ns; // its shield
  int64_t takes_ns;            // what it does in it
  int status, closed;
  int64_t ended_ns;
  char detail[200];
} cleaner_t;

static int64_t now(const fixture_t *fixture) { return whorl_simulation_now_ns(fixture->world); }

static int clean(void *arg)
{
  cleaner_t *cleaner = arg;
  whorl_shield_t shield;
  (void)whorl_sleep(cleaner->begins_ns); // cancelled at a second, when it is longer than that
  whorl_shield_open(&shield, cleaner->limit_ns);
  cleaner->status = whorl_sleep(cleaner->takes_ns);
  cleaner->closed = whorl_shield_close(&shield, cleaner->status);
  snprintf(cleaner->detail, sizeof cleaner->detail, "%s", whorl_detail());
  cleaner->ended_ns = now(cleaner->fixture);
  return WHORL_OK;
}

static int clean_on_timer(const whorl_timer_info_t *info, void *arg) { return (void)info, clean(arg); }

static void give_grace(const fixture_t *fixture, int64_t grace_ns)
{
  whorl__context_t *context;
  assert_int_equal(whorl__context_pin(fixture->context, &context), WHORL_OK);
  context->grace_ns = grace_ns;
  whorl__context_unpin(context);
}

static void add(fixture_t *fixture, cleaner_t *cleaner)
{
  whorl_callback_group_t group;
  assert_int_equal(whorl_callback_group_create(fixture->node, WHORL_CALLBACK_GROUP_REENTRANT, NULL, &group), WHORL_OK);
  const whorl_timer_options_t once = {.one_shot = true, .callback_group = group};
  cleaner->fixture = fixture;
  assert_int_equal(whorl_timer_create(fixture->node, 0, clean_on_timer, cleaner, &once, NULL), WHORL_OK);
}

static int run_node(void *arg) { return whorl_node_run(((fixture_t *)arg)->node); }

static int run_and_shut_down(void *arg)
{
  fixture_t *fixture = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, run_node, fixture);
  int status = whorl_sleep(WHORL_SECONDS(1));
  assert_int_equal(whorl_context_shutdown(fixture->context), WHORL_OK);
  return whorl_task_group_close(&group, status);
}

// Opened before the shutdown; after it; with a shorter limit of its own; without any limit.
static void make_cleaners(fixture_t *fixture, cleaner_t cleaners[4])
{
  static const int64_t begins_ns[4] = {WHORL_MILLISECONDS(500), WHORL_SECONDS(60), WHORL_SECONDS(60), WHORL_MILLISECONDS(500)};
  static const int64_t limits_ns[4] = {WHORL_SECONDS(30), WHORL_SECONDS(30), WHORL_SECONDS(1), WHORL_FOREVER};
  for (int i = 0; i < 4; i++) {
    cleaners[i] = (cleaner_t){.begins_ns = begins_ns[i], .limit_ns = limits_ns[i], .takes_ns = WHORL_SECONDS(20)};
    add(fixture, &cleaners[i]);
  }
}

static void R44_all_shields_end_with_the_grace_at_the_latest(void **state)
{
  fixture_t *fixture = *state;
  cleaner_t cleaners[4];
  give_grace(fixture, WHORL_SECONDS(2));
  make_cleaners(fixture, cleaners);
  assert_int_equal(whorl_simulation_run(fixture->world, run_and_shut_down, fixture), WHORL_OK);
  for (int i = 0; i < 4; i++) {
    assert_int_equal(cleaners[i].status, WHORL_CANCELED);
    assert_int_equal(cleaners[i].ended_ns, i == 2 ? WHORL_SECONDS(2) : WHORL_SECONDS(3));
  }
  assert_non_null(strstr(cleaners[0].detail, "shield of 30 s opened at "));
  assert_non_null(strstr(cleaners[0].detail, " was cut to the shutdown's grace of 2 s"));
  assert_non_null(strstr(cleaners[2].detail, "shield of 1 s opened at "));
  assert_null(strstr(cleaners[2].detail, "was cut"));
}

static void R44_without_a_grace_each_has_its_own_limit(void **state)
{
  fixture_t *fixture = *state;
  cleaner_t cleaners[4];
  make_cleaners(fixture, cleaners);
  assert_int_equal(whorl_simulation_run(fixture->world, run_and_shut_down, fixture), WHORL_OK);
  assert_int_equal(cleaners[0].status, WHORL_OK);
  assert_int_equal(cleaners[0].ended_ns, WHORL_MILLISECONDS(20500));
  assert_int_equal(cleaners[2].ended_ns, WHORL_SECONDS(2));
}

static void R44_who_is_done_within_the_grace_is_not_disturbed(void **state)
{
  fixture_t *fixture = *state;
  cleaner_t cleaner = {.begins_ns = WHORL_SECONDS(60), .limit_ns = WHORL_SECONDS(30), .takes_ns = WHORL_SECONDS(1)};
  give_grace(fixture, WHORL_SECONDS(2));
  add(fixture, &cleaner);
  assert_int_equal(whorl_simulation_run(fixture->world, run_and_shut_down, fixture), WHORL_OK);
  assert_int_equal(cleaner.status, WHORL_OK);
  assert_int_equal(cleaner.closed, WHORL_OK);
  assert_int_equal(cleaner.ended_ns, WHORL_SECONDS(2));
}

static void R44_a_negative_grace_is_refused(void **state)
{
  whorl_context_t context;
  (void)state;
  assert_int_equal(whorl_context_create(0, NULL, &(whorl_context_options_t){.shutdown_grace_ns = -1}, &context), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "whorl_context_create: a shutdown_grace_ns of -1 is negative");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(R44_all_shields_end_with_the_grace_at_the_latest),
      NODE_TEST(R44_without_a_grace_each_has_its_own_limit),
      NODE_TEST(R44_who_is_done_within_the_grace_is_not_disturbed),
      NODE_TEST(R44_a_negative_grace_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
