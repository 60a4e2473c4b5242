// When endpoints come to know each other, and when they hear of an end.
#include "transport/sim/sim_testing.h"

static void discovery_takes_its_time(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.discovery_delay_ns = MS(20)}, reliable);
  publish(&writer, 1); // nobody is known yet
  assert_int_equal(count_known(there), 1);
  run_until(MS(20) - 1);
  assert_string_equal(reader.diary, "");
  run_until(MS(20));
  assert_string_equal(reader.diary, "20ms matched 1; 20ms alive 1; ");
  assert_string_equal(writer.diary, "20ms matched 1; ");
  assert_int_equal(count_known(there), 2);
  publish(&writer, 2);
  run_until(MS(30));
  expect(&reader, 2, 2);
  close_world();
}

static int64_t known_at(uint64_t seed)
{
  open_world(seed, (whorl__sim_conditions_t){.discovery_delay_ns = MS(20), .discovery_spread_ns = MS(30)}, reliable);
  int64_t at_ns = 0;
  while (reader.diary[0] == '\0') {
    int64_t next_ns = whorl__sim_next_delivery(network);
    assert_true(next_ns != WHORL_FOREVER);
    run_until(next_ns);
    at_ns = now_ns;
  }
  close_world();
  return at_ns;
}

static void the_time_of_discovery_is_drawn(void **state)
{
  (void)state;
  int64_t earliest = MS(100), latest = 0;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    int64_t at_ns = known_at(seed);
    assert_in_range(at_ns, MS(20), MS(50)); // of two, the one that is known later
    assert_int_equal(known_at(seed), at_ns);
    if (at_ns < earliest) earliest = at_ns;
    if (at_ns > latest) latest = at_ns;
  }
  assert_true(earliest < MS(32) && latest > MS(45));
}

static int64_t known_again_at(uint64_t seed)
{
  open_world(seed, (whorl__sim_conditions_t){.discovery_spread_ns = MS(30), .lease_ns = MS(10)}, reliable);
  run_until(MS(50));
  whorl__sim_partition(network, &here, 1);
  run_until(MS(100));
  assert_int_equal(there->ops->reader_matched(reader.reader), 0);
  whorl__sim_heal(network);
  while (there->ops->reader_matched(reader.reader) == 0) run_until(now_ns + MS(1));
  int64_t at_ns = now_ns;
  close_world();
  return at_ns - MS(100);
}

static void meeting_again_after_a_partition_is_drawn_too(void **state)
{
  (void)state;
  int64_t earliest = MS(100), latest = 0;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    int64_t at_ns = known_again_at(seed);
    assert_in_range(at_ns, 0, MS(30));
    if (at_ns < earliest) earliest = at_ns;
    if (at_ns > latest) latest = at_ns;
  }
  assert_true(earliest < MS(8) && latest > MS(22));
}

static void a_process_knows_itself_at_once(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.discovery_delay_ns = MS(20)}, reliable);
  end_t near;
  open_reader(&near, here, "/numbers", reliable);
  publish(&writer, 1);
  run_until(0);
  expect(&near, 1, 1);
  close_end(&near);
  close_world();
}

static void a_goodbye_takes_its_time_too(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.discovery_delay_ns = MS(20)}, reliable);
  run_until(MS(50));
  close_end(&writer);
  writer = (end_t){.writer = NULL};
  here->ops->participant_close(here);
  assert_int_equal(reader.reader->participant->ops->reader_matched(reader.reader), 1);
  assert_int_equal(count_known(there), 2);
  run_until(MS(70));
  assert_string_equal(reader.diary, "20ms matched 1; 20ms alive 1; 70ms matched 0; 70ms alive 0; ");
  assert_int_equal(count_known(there), 1);
  here = open_process();
  close_world();
}

static void a_goodbye_is_heard_at_once_inside_the_process(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.discovery_delay_ns = MS(20)}, reliable);
  end_t near;
  open_reader(&near, here, "/numbers", reliable);
  run_until(MS(30));
  close_end(&writer);
  writer = (end_t){.writer = NULL};
  assert_string_equal(near.diary, "0ms matched 1; 0ms alive 1; 30ms matched 0; 30ms alive 0; ");
  assert_string_equal(reader.diary, "20ms matched 1; 20ms alive 1; ");
  close_end(&near);
  close_world();
}

static void what_comes_for_a_reader_that_has_gone_is_dropped(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.discovery_delay_ns = MS(20), .faults = {.delay_ns = MS(5)}}, reliable);
  run_until(MS(30));
  publish(&writer, 1);
  close_end(&reader);
  reader = (end_t){.reader = NULL};
  publish(&writer, 2); // it does not know yet
  run_until(MS(50));
  assert_string_equal(writer.diary, "20ms matched 1; 50ms matched 0; ");
  assert_int_equal(writer.writer->participant->ops->writer_wait_acknowledged(writer.writer, 0), WHORL_OK);
  close_world();
}

static void refusals_come_with_discovery(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.discovery_delay_ns = MS(20)}, best_effort);
  end_t picky;
  open_reader(&picky, there, "/numbers", reliable);
  assert_string_equal(picky.diary, "");
  run_until(MS(20));
  assert_string_equal(picky.diary, "20ms refused 1; ");
  assert_non_null(strstr(writer.diary, "20ms refused 1; "));
  close_end(&picky);
  close_world();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(discovery_takes_its_time),
      cmocka_unit_test(the_time_of_discovery_is_drawn),
      cmocka_unit_test(meeting_again_after_a_partition_is_drawn_too),
      cmocka_unit_test(a_process_knows_itself_at_once),
      cmocka_unit_test(a_goodbye_takes_its_time_too),
      cmocka_unit_test(a_goodbye_is_heard_at_once_inside_the_process),
      cmocka_unit_test(what_comes_for_a_reader_that_has_gone_is_dropped),
      cmocka_unit_test(refusals_come_with_discovery),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
