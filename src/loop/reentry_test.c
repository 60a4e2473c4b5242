// Nothing is run from inside a driver: BUSY, and everything is as it was (docs/tasks.md R36).
#include <unistd.h>

#include "loop/place_fixture.h"

static whorl_loop_t other;
static whorl_simulation_t other_world;
static int posted;

static void count_post(void *arg) { CHECK(posted++ == *(int *)arg); }

static void prepare_others(void)
{
  static int numbers[] = {0, 1, 2};
  posted = 0;
  make_world(hear);
  assert_int_equal(WHORL_OK, whorl_simulation_create(8, &other_world));
  assert_int_equal(WHORL_OK, whorl_loop_create(&(whorl_loop_options_t){.name = "other"}, &other));
  for (int i = 0; i < 3; i++) assert_int_equal(WHORL_OK, whorl_loop_post(other, count_post, &numbers[i], NULL));
  assert_int_equal(WHORL_OK, whorl_loop_cancel(other)); // sticky until its next run
}

static void others_are_as_they_were(void)
{
  assert_int_equal(0, posted);
  assert_int_equal(WHORL_CANCELED, whorl_loop_run(other, place_does_nothing, NULL)); // the cancel was not used up
  assert_int_equal(3, posted);
  assert_int_equal(0, heard);
  assert_int_equal(0, whorl_simulation_now_ns(world));
  assert_int_equal(WHORL_OK, whorl_simulation_run_for(world, WHORL_SECONDS(1)));
  assert_int_equal(1, heard);
  assert_int_equal(WHORL_OK, whorl_loop_destroy(other));
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(other_world));
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(world));
}

static void run_everything(void)
{
  whorl_loop_t loops[] = {place_loop, other};
  whorl_simulation_t worlds[] = {world, other_world};
  for (int i = 0; i < 2; i++) {
    CHECK_INT(WHORL_BUSY, whorl_loop_run(loops[i], place_does_nothing, NULL));
    CHECK_INT(WHORL_BUSY, whorl_loop_start(loops[i], place_does_nothing, NULL, NULL));
    CHECK_INT(WHORL_BUSY, whorl_simulation_run(worlds[i], place_does_nothing, NULL));
    CHECK_INT(WHORL_BUSY, whorl_simulation_run_for(worlds[i], WHORL_SECONDS(1)));
    CHECK_INT(WHORL_BUSY, whorl_simulation_run_until_idle(worlds[i], WHORL_SECONDS(1)));
    CHECK_INT(WHORL_BUSY, whorl_simulation_destroy(worlds[i]));
  }
}

static void run_everything_in_a_task(void)
{
  whorl__core_t *core = whorl__core_current();
  whorl__core_counts_t before = whorl__core_read_counts(core);
  run_everything();
  whorl__core_counts_t after = whorl__core_read_counts(core);
  CHECK(memcmp(&before, &after, sizeof before) == 0);
}

static void R36_nothing_is_run_from_inside_a_loop_and_nothing_changes(void **state)
{
  (void)state;
  const whorl_task_function_t places[] = {place_task, place_post, place_release, place_libuv};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    place_open();
    prepare_others();
    place_be_in(places[i], i == 0 ? run_everything_in_a_task : run_everything);
    others_are_as_they_were();
    place_close();
  }
}

static int run_from_a_callback(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  int64_t now_ns = whorl_simulation_now_ns(world);
  visit_now();
  CHECK_INT(now_ns, whorl_simulation_now_ns(world));
  return WHORL_OK;
}

static void R36_nor_from_inside_a_simulation(void **state)
{
  (void)state;
  place_open();
  place_visit = run_everything;
  assert_int_equal(WHORL_OK, whorl_simulation_create(8, &other_world));
  assert_int_equal(WHORL_OK, whorl_loop_create(NULL, &other));
  make_world(run_from_a_callback);
  assert_int_equal(WHORL_OK, whorl_simulation_set_trace(world, visit_at_an_arrival, NULL));
  assert_int_equal(WHORL_OK, whorl_simulation_run(world, place_task, NULL));
  assert_int_equal(WHORL_OK, whorl_simulation_run_for(world, WHORL_SECONDS(1)));
  assert_int_equal(3, atomic_load(&place_visits)); // the task, the arrival, the callback
  assert_int_equal(WHORL_SECONDS(1), whorl_simulation_now_ns(world));
  assert_int_equal(WHORL_OK, whorl_loop_destroy(other));
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(other_world));
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(world));
  place_close();
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R36_nothing_is_run_from_inside_a_loop_and_nothing_changes),
      cmocka_unit_test(R36_nor_from_inside_a_simulation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
