// Who knows whom, and for how long: discovery, late joiners, leases, death, liveliness, deadlines.
#include "transport/sim/sim_testing.h"

static const whorl__sim_conditions_t perfect = {0};

// --- late joiners

static void a_late_joiner_gets_what_is_retained_under_every_fault(void **state)
{
  (void)state;
  const whorl__sim_conditions_t rows[] = {
      {.faults = {.delay_ns = MS(5), .delay_spread_ns = MS(5)}},
      {.faults = {.loss = 0.5}},
      {.faults = {.duplication = 1}},
      {.faults = {.reordering = 1}},
      {.discovery_delay_ns = MS(10)},
  };
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    open_world(3, rows[row], retained);
    for (int number = 1; number <= 8; number++) publish(&writer, number);
    run_until(WHORL_SECONDS(1));
    end_t late;
    open_reader(&late, there, "/numbers", retained);
    run_until(WHORL_SECONDS(2));
    expect(&late, 4, 8);
    close_end(&late);
    close_world();
  }
}

static void what_was_forgotten_before_a_late_joiner_came_is_no_loss(void **state)
{
  (void)state;
  const whorl_qos_t careless = {.depth = 5, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL, .reliability = WHORL_RELIABILITY_BEST_EFFORT};
  open_world(3, perfect, careless);
  for (int number = 1; number <= 8; number++) publish(&writer, number);
  end_t late;
  open_reader(&late, there, "/numbers", careless);
  run_until(MS(1));
  expect(&late, 4, 8);
  assert_int_equal(late.lost, 0);
  close_end(&late);
  close_world();
}

static void one_who_comes_during_a_partition_is_discovered_after_it(void **state)
{
  (void)state;
  open_world(3, perfect, retained);
  publish(&writer, 1);
  whorl__sim_partition(network, &here, 1);
  whorl__participant_t *newcomer = open_process();
  end_t late;
  open_reader(&late, newcomer, "/numbers", retained);
  run_until(MS(10));
  assert_string_equal(late.diary, "");
  whorl__sim_heal(network);
  run_until(MS(20));
  assert_string_equal(late.diary, "10ms matched 1; 10ms alive 1; ");
  expect(&late, 1, 1);
  close_end(&late);
  newcomer->ops->participant_close(newcomer);
  close_world();
}

// --- leases and death

static void a_long_partition_makes_them_forget_each_other(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.lease_ns = MS(100)}, retained);
  publish(&writer, 1);
  run_until(MS(10));
  whorl__sim_partition(network, &there, 1);
  publish(&writer, 2);
  run_until(MS(200));
  assert_string_equal(reader.diary, "0ms matched 1; 0ms alive 1; 110ms matched 0; 110ms alive 0; ");
  assert_string_equal(writer.diary, "0ms matched 1; 110ms matched 0; ");
  assert_int_equal(count_known(there), 1);
  publish(&writer, 3);
  whorl__sim_heal(network);
  run_until(MS(300));
  expect(&reader, 1, 3); // retained ones come later, the first one not twice
  assert_non_null(strstr(reader.diary, "200ms matched 1; 200ms alive 1; "));
  close_world();
}

static void a_volatile_reader_misses_what_was_written_meanwhile(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.lease_ns = MS(100)}, reliable);
  whorl__sim_partition(network, &there, 1);
  publish(&writer, 1);
  run_until(MS(200));
  publish(&writer, 2);
  whorl__sim_heal(network);
  publish(&writer, 3);
  run_until(MS(300));
  expect(&reader, 3, 3);
  close_world();
}

static void a_death_is_noticed_when_the_lease_has_run_out(void **state)
{
  (void)state;
  open_world(3, perfect, retained);
  publish(&writer, 1);
  run_until(MS(10));
  whorl__sim_kill(here);
  assert_true(whorl__sim_is_dead(here));
  publish(&writer, 2); // it does not know
  close_end(&writer);  // and whatever ends in it says nothing
  writer = (end_t){.writer = NULL};
  here->ops->participant_close(here);
  run_until(WHORL_SECONDS(10));
  expect(&reader, 1, 1);
  assert_string_equal(reader.diary, "0ms matched 1; 0ms alive 1; ");
  assert_int_equal(count_known(there), 2);
  run_until(WHORL_SECONDS(11));
  assert_string_equal(reader.diary, "0ms matched 1; 0ms alive 1; 10010ms matched 0; 10010ms alive 0; ");
  assert_int_equal(count_known(there), 1);
  here = open_process();
  close_world();
}

static void what_left_before_the_death_arrives(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.faults = {.delay_ns = MS(5)}}, reliable);
  publish(&writer, 1);
  whorl__sim_kill(here);
  run_until(MS(10));
  expect(&reader, 1, 1);
  close_world();
}

static void a_dead_process_sends_nothing_again(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.faults = {.loss = 0.999999, .retransmission_ns = MS(1)}, .lease_ns = WHORL_SECONDS(1000000)},
             reliable);
  publish(&writer, 1); // lost now, and for a long time
  assert_true(whorl__sim_next_delivery(network) > 0);
  whorl__sim_kill(here);
  run_until(WHORL_SECONDS(100000));
  assert_int_equal(take(&reader), -1);
  close_world();
}

static void a_dead_reader_gets_nothing_and_its_writer_goes_on(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.lease_ns = MS(100)}, reliable);
  end_t near;
  open_reader(&near, here, "/numbers", reliable);
  whorl__sim_kill(there);
  publish(&writer, 1);
  run_until(MS(50));
  assert_int_equal(writer.writer->participant->ops->writer_wait_acknowledged(writer.writer, 0), WHORL_TIMED_OUT);
  run_until(MS(150));
  assert_int_equal(writer.writer->participant->ops->writer_wait_acknowledged(writer.writer, 0), WHORL_OK);
  expect(&near, 1, 1);
  assert_int_equal(take(&reader), -1);
  assert_string_equal(writer.diary, "0ms matched 1; 0ms matched 2; 100ms matched 1; ");
  assert_true(whorl__sim_is_idle(network));
  close_end(&near);
  close_world();
}

static void whatever_a_dead_process_opens_is_not_seen(void **state)
{
  (void)state;
  open_world(3, perfect, reliable);
  whorl__sim_kill(here);
  end_t late;
  open_writer(&late, here, "/numbers", reliable);
  publish(&late, 1);
  run_until(MS(10));
  assert_int_equal(take(&reader), -1);
  assert_int_equal(count_known(there), 2);
  assert_string_equal(late.diary, "");
  close_end(&late);
  close_world();
}

// --- liveliness

static void an_automatic_writer_is_alive_while_its_process_can_be_heard(void **state)
{
  (void)state;
  open_world(3, perfect, (whorl_qos_t){.liveliness = WHORL_LIVELINESS_AUTOMATIC, .liveliness_lease_ns = MS(50)});
  run_until(MS(500)); // silent, but there
  whorl__sim_partition(network, &here, 1);
  run_until(MS(600));
  whorl__sim_heal(network);
  run_until(MS(700));
  whorl__sim_kill(here);
  run_until(MS(800));
  assert_string_equal(reader.diary, "0ms matched 1; 0ms alive 1; 550ms alive 0; 600ms alive 1; 750ms alive 0; ");
  assert_string_equal(writer.diary, "0ms matched 1; ");
  close_world();
}

static void a_manual_writer_is_alive_while_it_writes(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.faults = {.delay_ns = MS(5)}},
             (whorl_qos_t){.liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC, .liveliness_lease_ns = MS(50)});
  run_until(MS(40));
  publish(&writer, 1);
  run_until(MS(80));
  publish(&writer, 2);
  run_until(MS(200));
  publish(&writer, 3);
  run_until(MS(210));
  assert_string_equal(reader.diary, "0ms matched 1; 0ms alive 1; 135ms alive 0; 205ms alive 1; ");
  assert_string_equal(writer.diary, "0ms matched 1; 130ms alive 1; "); // lost once
  close_world();
}

static void a_manual_writer_whose_data_is_lost_seems_silent(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.faults = {.loss = 1}},
             (whorl_qos_t){.reliability = WHORL_RELIABILITY_BEST_EFFORT,
                           .liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC,
                           .liveliness_lease_ns = MS(50)});
  whorl__sim_set_conditions(network, &perfect);
  run_until(MS(10));
  whorl__sim_set_conditions(network, &(whorl__sim_conditions_t){.faults = {.loss = 1}});
  publish(&writer, 1);
  run_until(MS(100));
  assert_string_equal(reader.diary, "0ms matched 1; 0ms alive 1; 50ms alive 0; ");
  close_world();
}

// --- deadlines

static void a_deadline_is_missed_once_a_period_on_both_sides(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.faults = {.delay_ns = MS(5)}}, (whorl_qos_t){.deadline_ns = MS(100)});
  run_until(MS(500)); // not before the first message
  publish(&writer, 1);
  run_until(MS(720));
  publish(&writer, 2);
  run_until(MS(800));
  assert_string_equal(writer.diary, "0ms matched 1; 600ms missed 1; 700ms missed 2; ");
  assert_string_equal(reader.diary, "0ms matched 1; 0ms alive 1; 605ms missed 1; 705ms missed 2; ");
  assert_false(whorl__sim_is_idle(network)); // the next one is new
  run_until(MS(900));
  assert_true(whorl__sim_is_idle(network)); // those after it are not
  close_world();
}

// The clock need not stop at each of the periods, and none is forgotten.
static void the_shortest_of_deadlines_is_missed_many_times_at_once(void **state)
{
  (void)state;
  open_world(3, perfect, (whorl_qos_t){.deadline_ns = 1});
  publish(&writer, 1);
  run_until(1);
  assert_int_equal(reader.missed, 1); // the first one at its time
  run_until(WHORL_SECONDS(1));
  assert_in_range(reader.missed, WHORL_SECONDS(1) - MS(1), WHORL_SECONDS(1));
  assert_in_range(reader.told, 2, 11000);
  publish(&writer, 2);
  run_until(WHORL_SECONDS(1) + 1);
  assert_int_equal(reader.missed, WHORL_SECONDS(1)); // what ended with the message was in time
  assert_int_equal(writer.missed, WHORL_SECONDS(1));
  run_until(WHORL_SECONDS(3));
  assert_int_equal(reader.missed, INT32_MAX); // ROS 2's counts have no more
  assert_int_equal(writer.missed, INT32_MAX);
  close_world();
}

static void what_was_missed_before_the_last_writer_went_is_told(void **state)
{
  (void)state;
  open_world(3, perfect, (whorl_qos_t){.deadline_ns = 10});
  publish(&writer, 1);
  run_until(101);
  assert_int_equal(reader.missed, 1); // the others are to be told together
  close_end(&writer);
  writer = (end_t){0};
  assert_int_equal(reader.missed, 10);
  close_world();
}

static void the_shortest_of_leases_ends_once(void **state)
{
  (void)state;
  open_world(3, perfect, (whorl_qos_t){.liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC, .liveliness_lease_ns = 1});
  publish(&writer, 1);
  run_until(WHORL_SECONDS(1));
  assert_string_equal(writer.diary, "0ms matched 1; 0ms alive 1; ");
  assert_string_equal(reader.diary, "0ms matched 1; 0ms alive 1; 0ms alive 0; ");
  close_world();
}

static void what_comes_just_in_time_is_in_time(void **state)
{
  (void)state;
  open_world(3, perfect, (whorl_qos_t){.deadline_ns = MS(100)});
  for (int number = 1; number <= 5; number++) {
    publish(&writer, number); // as a task would, before the lapses of this instant
    run_until(number * MS(100) - 1);
    whorl__sim_advance(network, 1);
    now_ns++;
  }
  assert_string_equal(writer.diary, "0ms matched 1; ");
  assert_string_equal(reader.diary, "0ms matched 1; 0ms alive 1; ");
  close_world();
}

static void an_answer_at_the_same_instant_is_in_time(void **state)
{
  (void)state;
  open_world(3, perfect, reliable);
  end_t echo;
  open_writer(&echo, there, "/echo", (whorl_qos_t){.deadline_ns = MS(100)});
  publish(&echo, 1);
  run_until(MS(100) - 1);
  publish(&writer, 1);
  whorl__sim_set_delay(network, 1);
  publish(&writer, 2); // arrives when the echo is due
  whorl__sim_advance(network, 1);
  now_ns++;
  assert_int_equal(whorl__sim_deliver(network), 2);
  publish(&echo, 2);
  whorl__sim_deliver(network);
  assert_string_equal(echo.diary, "");
  close_end(&echo);
  close_world();
}

static void losses_show_as_missed_deadlines_and_retransmission_repairs_them(void **state)
{
  (void)state;
  const whorl__sim_conditions_t lossy = {.faults = {.loss = 0.5, .retransmission_ns = MS(1)}};
  for (int careful = 0; careful < 2; careful++) {
    whorl_qos_t qos = {
        .deadline_ns = MS(25), .depth = 100, .reliability = careful ? WHORL_RELIABILITY_RELIABLE : WHORL_RELIABILITY_BEST_EFFORT};
    open_world(3, lossy, qos);
    for (int number = 1; number <= 30; number++) {
      publish(&writer, number);
      run_until(number * MS(10));
    }
    assert_int_equal(strstr(reader.diary, "missed") != NULL, !careful);
    assert_null(strstr(writer.diary, "missed"));
    close_world();
  }
}

static void a_readers_watch_ends_with_its_last_writer(void **state)
{
  (void)state;
  open_world(3, perfect, (whorl_qos_t){.deadline_ns = MS(100)});
  publish(&writer, 1);
  run_until(MS(50));
  whorl__sim_kill(here);
  run_until(WHORL_SECONDS(20));
  assert_int_equal(reader.missed, 100);
  assert_int_equal(whorl__sim_next_delivery(network), WHORL_FOREVER);
  close_world();
}

// --- memory

static void a_pair_without_memory_leaves_no_trace(void **state)
{
  (void)state;
  open_world(3, perfect, reliable);
  for (uint64_t nth = 1;; nth++) {
    int64_t blocks = whorl__memory_blocks();
    whorl__participant_t *process;
    whorl__memory_fail_at(nth);
    int status = whorl__sim_participant_open(network, &(whorl__participant_options_t){.domain_id = 0}, &process);
    whorl__memory_fail_at(0);
    if (status == WHORL_OK) {
      assert_true(nth > 4); // itself and three pairs
      process->ops->participant_close(process);
      break;
    }
    assert_int_equal(status, WHORL_NO_MEMORY);
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
  close_world();
}

static void history_that_finds_no_memory_at_discovery_is_counted_as_lost(void **state)
{
  (void)state;
  open_world(3, (whorl__sim_conditions_t){.discovery_delay_ns = MS(20)}, retained);
  for (int number = 1; number <= 3; number++) publish(&writer, number);
  whorl__memory_fail_at(1);
  run_until(MS(20));
  whorl__memory_fail_at(0);
  assert_string_equal(reader.diary, "20ms lost 3; 20ms matched 1; 20ms alive 1; ");
  publish(&writer, 4);
  run_until(MS(30));
  expect(&reader, 4, 4);
  close_world();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_late_joiner_gets_what_is_retained_under_every_fault),
      cmocka_unit_test(what_was_forgotten_before_a_late_joiner_came_is_no_loss),
      cmocka_unit_test(one_who_comes_during_a_partition_is_discovered_after_it),
      cmocka_unit_test(a_long_partition_makes_them_forget_each_other),
      cmocka_unit_test(a_volatile_reader_misses_what_was_written_meanwhile),
      cmocka_unit_test(a_death_is_noticed_when_the_lease_has_run_out),
      cmocka_unit_test(what_left_before_the_death_arrives),
      cmocka_unit_test(a_dead_process_sends_nothing_again),
      cmocka_unit_test(a_dead_reader_gets_nothing_and_its_writer_goes_on),
      cmocka_unit_test(whatever_a_dead_process_opens_is_not_seen),
      cmocka_unit_test(an_automatic_writer_is_alive_while_its_process_can_be_heard),
      cmocka_unit_test(a_manual_writer_is_alive_while_it_writes),
      cmocka_unit_test(a_manual_writer_whose_data_is_lost_seems_silent),
      cmocka_unit_test(a_deadline_is_missed_once_a_period_on_both_sides),
      cmocka_unit_test(the_shortest_of_deadlines_is_missed_many_times_at_once),
      cmocka_unit_test(what_was_missed_before_the_last_writer_went_is_told),
      cmocka_unit_test(the_shortest_of_leases_ends_once),
      cmocka_unit_test(what_comes_just_in_time_is_in_time),
      cmocka_unit_test(an_answer_at_the_same_instant_is_in_time),
      cmocka_unit_test(losses_show_as_missed_deadlines_and_retransmission_repairs_them),
      cmocka_unit_test(a_readers_watch_ends_with_its_last_writer),
      cmocka_unit_test(a_pair_without_memory_leaves_no_trace),
      cmocka_unit_test(history_that_finds_no_memory_at_discovery_is_counted_as_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
