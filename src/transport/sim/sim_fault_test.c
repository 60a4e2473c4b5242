// Delay, loss, copies, reordering, partitions: what each does to reliable and to best-effort data.
#include "transport/sim/sim_testing.h"

#define LOSSY(share) ((whorl__sim_conditions_t){.faults = {.delay_ns = MS(1), .loss = (share)}})

static void publish_each_ms(int count)
{
  for (int number = 1; number <= count; number++) {
    publish(&writer, number);
    run_until(now_ns + MS(1));
  }
}

// How many arrive, strictly upwards.
static int count_rising(end_t *end)
{
  int count = 0;
  int64_t last = 0;
  for (int64_t number; (number = take(end)) >= 0; last = number, count++) assert_true(number > last);
  return count;
}

static void a_drawn_delay_stays_in_its_range_and_keeps_the_order(void **state)
{
  (void)state;
  const whorl_qos_t rows[] = {reliable, best_effort};
  for (int row = 0; row < 2; row++) {
    open_world(3, (whorl__sim_conditions_t){.faults = {.delay_ns = MS(10), .delay_spread_ns = MS(20)}}, rows[row]);
    for (int number = 1; number <= 50; number++) publish(&writer, number);
    run_until(MS(10) - 1);
    assert_int_equal(take(&reader), -1);
    run_until(MS(30));
    expect(&reader, 1, 50);
    close_world();
  }
}

static void best_effort_data_gets_lost_and_the_reader_counts_it(void **state)
{
  (void)state;
  open_world(3, LOSSY(0.3), best_effort);
  publish_each_ms(1000);
  whorl__sim_set_conditions(network, &LOSSY(0));
  publish(&writer, 1001); // shows the gap before it
  run_until(now_ns + MS(5));
  int count = count_rising(&reader);
  assert_in_range(count, 650, 750);
  assert_int_equal(reader.lost, 1001 - count);
  close_world();
}

static void reliable_data_is_sent_again_until_it_arrives(void **state)
{
  (void)state;
  open_world(3, LOSSY(0.3), reliable);
  publish_each_ms(500);
  run_until(now_ns + WHORL_SECONDS(1));
  expect(&reader, 1, 500);
  assert_string_equal(reader.diary, "0ms matched 1; 0ms alive 1; ");
  close_world();
}

static void a_loss_costs_a_retransmission_time(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.faults = {.loss = 0.999999, .retransmission_ns = MS(7)}}, reliable);
  publish(&writer, 1);
  int64_t due_ns = whorl__sim_next_delivery(network);
  assert_true(due_ns > 0 && due_ns % MS(7) == 0);
  run_until(due_ns);
  expect(&reader, 1, 1);
  close_world();
}

static void copies_are_ignored_by_every_reader(void **state)
{
  (void)state;
  const whorl_qos_t rows[] = {reliable, best_effort, {.depth = 1000, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL}};
  for (int row = 0; row < 3; row++) {
    open_world(3, (whorl__sim_conditions_t){.faults = {.delay_spread_ns = MS(10), .duplication = 1}}, rows[row]);
    publish_each_ms(100);
    run_until(now_ns + MS(50));
    expect(&reader, 1, 100);
    close_world();
  }
}

static void what_is_overtaken_waits_when_reliable_and_is_lost_otherwise(void **state)
{
  (void)state;
  const whorl__sim_conditions_t shuffled = {.faults = {.delay_ns = MS(1), .reordering = 0.2, .reordering_delay_ns = MS(5)}};
  open_world(3, shuffled, reliable);
  publish_each_ms(300);
  run_until(now_ns + MS(10));
  expect(&reader, 1, 300);
  close_world();
  open_world(3, shuffled, best_effort);
  publish_each_ms(300);
  run_until(now_ns + MS(10));
  assert_in_range(count_rising(&reader), 200, 295);
  assert_non_null(strstr(reader.diary, "lost"));
  close_world();
}

static void a_partition_holds_reliable_data_and_loses_the_rest(void **state)
{
  (void)state;
  open_world(3, LOSSY(0), reliable);
  end_t careless, witness;
  open_reader(&careless, there, "/numbers", best_effort);
  open_reader(&witness, here, "/numbers", best_effort); // on the near side
  publish(&writer, 1);
  run_until(MS(2));
  publish(&writer, 2); // on its way when the cut comes
  whorl__sim_partition(network, &there, 1);
  publish(&writer, 3);
  run_until(MS(100));
  expect(&reader, 1, 1);
  whorl__sim_heal(network);
  publish(&writer, 4);
  run_until(MS(200));
  expect(&reader, 2, 4);
  assert_int_equal(take(&careless), 1);
  assert_int_equal(take(&careless), 4);
  expect(&witness, 1, 4);
  assert_string_equal(reader.diary, "0ms matched 1; 0ms alive 1; "); // too short for the lease
  assert_non_null(strstr(careless.diary, "101ms lost 2; "));
  close_end(&careless);
  close_end(&witness);
  close_world();
}

static void nothing_overtakes_what_waited_for_the_end_of_a_partition(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.faults = {.delay_ns = MS(100)}}, reliable);
  publish(&writer, 1);
  run_until(MS(90));
  publish(&writer, 2);
  whorl__sim_partition(network, &here, 1);
  run_until(MS(110)); // the first one came to the cut, the second is still on its way
  whorl__sim_heal(network);
  publish(&writer, 3);
  run_until(MS(209));
  assert_int_equal(take(&reader), -1);
  run_until(MS(210));
  expect(&reader, 1, 3);
  close_world();
}

static void groups_reach_those_inside(void **state)
{
  (void)state;
  open_world(3, LOSSY(0), reliable);
  whorl__participant_t *far = open_process();
  end_t outside;
  open_reader(&outside, far, "/numbers", reliable);
  whorl__participant_t *group[] = {here, there};
  whorl__sim_partition(network, group, 2);
  publish(&writer, 1);
  run_until(MS(10));
  expect(&reader, 1, 1);
  assert_int_equal(take(&outside), -1);
  close_end(&outside);
  far->ops->participant_close(far);
  close_world();
}

static void a_link_may_have_faults_of_its_own(void **state)
{
  (void)state;
  open_world(3, LOSSY(0), best_effort);
  end_t back_writer, back_reader;
  open_writer(&back_writer, there, "/back", best_effort);
  open_reader(&back_reader, here, "/back", best_effort);
  whorl__sim_set_link(here, there, &(whorl__sim_faults_t){.loss = 1});
  publish(&writer, 1);
  publish(&back_writer, 1);
  run_until(MS(10));
  assert_int_equal(take(&reader), -1);
  expect(&back_reader, 1, 1); // the other direction is as before
  whorl__sim_set_link(here, there, NULL);
  publish(&writer, 2);
  run_until(MS(20));
  expect(&reader, 2, 2);
  close_end(&back_writer);
  close_end(&back_reader);
  close_world();
}

static void reliable_data_needs_a_way_back(void **state)
{
  (void)state;
  open_world(3, LOSSY(0), reliable);
  end_t careless;
  open_reader(&careless, there, "/numbers", best_effort);
  whorl__sim_set_link(there, here, &(whorl__sim_faults_t){.loss = 1});
  publish(&writer, 1);
  run_until(MS(10));
  assert_int_equal(take(&reader), -1); // no acknowledgement would come
  expect(&careless, 1, 1);
  whorl__sim_set_link(there, here, NULL);
  run_until(MS(20));
  expect(&reader, 1, 1);
  close_end(&careless);
  close_world();
}

static void what_waits_ends_with_its_writer(void **state)
{
  (void)state;
  open_world(3, LOSSY(0), reliable);
  whorl__sim_partition(network, &there, 1);
  publish(&writer, 1);
  close_end(&writer);
  writer = (end_t){.writer = NULL};
  whorl__sim_heal(network);
  run_until(MS(10));
  assert_int_equal(take(&reader), -1);
  close_world();
}

static void pairs_draw_by_themselves(void **state)
{
  (void)state;
  open_world(3, LOSSY(0.5), best_effort);
  end_t other;
  open_reader(&other, there, "/numbers", best_effort);
  publish_each_ms(64);
  run_until(now_ns + MS(5));
  uint64_t got[2] = {0};
  for (int64_t number; (number = take(&reader)) >= 0;) got[0] |= UINT64_C(1) << (number - 1);
  for (int64_t number; (number = take(&other)) >= 0;) got[1] |= UINT64_C(1) << (number - 1);
  assert_true(got[0] != got[1]);
  close_end(&other);
  close_world();
}

static void a_spared_process_keeps_its_own_data(void **state)
{
  (void)state;
  whorl__sim_conditions_t conditions = LOSSY(1);
  conditions.spares_local = true;
  open_world(3, conditions, best_effort);
  end_t near;
  open_reader(&near, here, "/numbers", best_effort);
  publish(&writer, 1);
  run_until(0);
  expect(&near, 1, 1);
  assert_int_equal(take(&reader), -1);
  close_end(&near);
  close_world();
}

static void a_lifespan_goes_on_while_data_is_late(void **state)
{
  (void)state;
  open_world(3, LOSSY(0), (whorl_qos_t){.depth = 10, .lifespan_ns = MS(50)});
  publish(&writer, 1);
  whorl__sim_partition(network, &here, 1);
  run_until(MS(40));
  publish(&writer, 2);
  run_until(MS(60));
  whorl__sim_heal(network);
  run_until(MS(70));
  expect(&reader, 2, 2);
  assert_int_equal(whorl__ring_read_counts(&reader.reader->ring).expired, 1);
  close_world();
}

static void a_small_history_drops_the_oldest_of_what_comes_at_once(void **state)
{
  (void)state;
  open_world(3, LOSSY(0), (whorl_qos_t){.depth = 3});
  whorl__sim_partition(network, &here, 1);
  for (int number = 1; number <= 10; number++) publish(&writer, number);
  whorl__sim_heal(network);
  run_until(MS(10));
  expect(&reader, 8, 10);
  assert_int_equal(whorl__ring_read_counts(&reader.reader->ring).dropped, 7);
  close_world();
}

static void a_write_without_memory_sends_neither_message_nor_copy(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.faults = {.duplication = 1}}, retained);
  std_msgs__msg__Int64 message = {.data = 1};
  int failures = 0;
  for (uint64_t nth = 1;; nth++) {
    whorl__memory_fail_at(nth);
    int status = here->ops->write_copy(writer.writer, &message);
    whorl__memory_fail_at(0);
    if (status == WHORL_OK) break;
    assert_int_equal(status, WHORL_NO_MEMORY);
    assert_int_equal(whorl__sim_next_delivery(network), WHORL_FOREVER);
    failures++;
  }
  assert_true(failures >= 2); // two deliveries at least
  assert_int_equal(whorl__sim_deliver(network), 2);
  expect(&reader, 1, 1);
  close_world();
}

// --- a thousand seeds

static void no_seed_makes_reliable_data_get_lost_or_out_of_order(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 1000; seed++) {
    double share = (double)(seed % 31) / 100;
    open_world(seed,
               (whorl__sim_conditions_t){
                   .faults = {.delay_ns = MS(1), .delay_spread_ns = MS(3), .loss = share, .duplication = share, .reordering = share}},
               reliable);
    end_t late;
    for (int number = 1; number <= 20; number++) {
      publish(&writer, number);
      run_until(now_ns + MS(1));
      if (number == 10) open_reader(&late, here, "/numbers", reliable);
      if (number == 12) whorl__sim_partition(network, &there, 1);
      if (number == 15) whorl__sim_heal(network);
    }
    run_until(now_ns + WHORL_SECONDS(5));
    expect(&reader, 1, 20);
    expect(&late, 11, 20);
    close_end(&late);
    close_world();
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_drawn_delay_stays_in_its_range_and_keeps_the_order),
      cmocka_unit_test(best_effort_data_gets_lost_and_the_reader_counts_it),
      cmocka_unit_test(reliable_data_is_sent_again_until_it_arrives),
      cmocka_unit_test(a_loss_costs_a_retransmission_time),
      cmocka_unit_test(copies_are_ignored_by_every_reader),
      cmocka_unit_test(what_is_overtaken_waits_when_reliable_and_is_lost_otherwise),
      cmocka_unit_test(a_partition_holds_reliable_data_and_loses_the_rest),
      cmocka_unit_test(nothing_overtakes_what_waited_for_the_end_of_a_partition),
      cmocka_unit_test(groups_reach_those_inside),
      cmocka_unit_test(a_link_may_have_faults_of_its_own),
      cmocka_unit_test(reliable_data_needs_a_way_back),
      cmocka_unit_test(what_waits_ends_with_its_writer),
      cmocka_unit_test(pairs_draw_by_themselves),
      cmocka_unit_test(a_spared_process_keeps_its_own_data),
      cmocka_unit_test(a_lifespan_goes_on_while_data_is_late),
      cmocka_unit_test(a_small_history_drops_the_oldest_of_what_comes_at_once),
      cmocka_unit_test(a_write_without_memory_sends_neither_message_nor_copy),
      cmocka_unit_test(no_seed_makes_reliable_data_get_lost_or_out_of_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
