// The trace: the same seed tells the same story, letter by letter.
#include "transport/sim/sim_testing.h"

typedef struct trace {
  char text[16384];
  size_t length;
} trace_t;

static void append_line(void *arg, const char *line)
{
  trace_t *trace = arg;
  int written = snprintf(trace->text + trace->length, sizeof trace->text - trace->length, "%s\n", line);
  trace->length += (size_t)written;
  assert_true(trace->length < sizeof trace->text);
}

static void play(trace_t *trace, uint64_t seed)
{
  trace->length = 0;
  open_network(seed, (whorl__sim_conditions_t){
                         .faults = {.delay_ns = MS(1), .delay_spread_ns = MS(2), .loss = 0.2, .duplication = 0.1, .reordering = 0.1},
                         .lease_ns = MS(10)});
  whorl__sim_set_trace(network, append_line, trace);
  here = open_process();
  there = open_process();
  open_writer(&writer, here, "/numbers", (whorl_qos_t){.deadline_ns = MS(5), .depth = 10});
  open_reader(&reader, there, "/numbers", reliable);
  for (int number = 1; number <= 10; number++) {
    publish(&writer, number);
    run_until(number * MS(1));
  }
  whorl__sim_partition(network, &there, 1);
  publish(&writer, 11);
  run_until(MS(30));
  whorl__sim_heal(network);
  run_until(MS(40));
  whorl__sim_kill(here);
  run_until(MS(60));
  close_world();
}

static void a_seed_gives_its_trace_every_time(void **state)
{
  (void)state;
  static trace_t first, again, other;
  play(&first, 11);
  for (int run = 0; run < 1000; run++) {
    play(&again, 11);
    assert_string_equal(again.text, first.text);
  }
  play(&other, 12);
  assert_string_not_equal(strchr(other.text, '\n'), strchr(first.text, '\n')); // not only in the line that tells the seed
}

static void a_trace_reads_like_a_story(void **state)
{
  (void)state;
  static trace_t trace;
  trace.length = 0;
  open_network(5, (whorl__sim_conditions_t){.faults = {.delay_ns = MS(1)}, .lease_ns = MS(10)});
  whorl__sim_set_trace(network, append_line, &trace);
  here = open_process();
  there = open_process();
  open_writer(&writer, here, "/numbers", reliable);
  open_reader(&reader, there, "/numbers", reliable);
  publish(&writer, 1);
  run_until(MS(5));
  whorl__sim_partition(network, &there, 1);
  publish(&writer, 2);
  run_until(MS(20));
  close_world();
  assert_string_equal(trace.text, "0.000000000 seed 5\n"
                                  "0.000000000 open participant 1 in domain 0\n"
                                  "0.000000000 open participant 2 in domain 0\n"
                                  "0.000000000 open writer rt/numbers 1.1\n"
                                  "0.000000000 open reader rt/numbers 2.1\n"
                                  "0.000000000 meet rt/numbers 1.1>2.1\n"
                                  "0.000000000 alive rt/numbers 1.1>2.1\n"
                                  "0.000000000 send rt/numbers 1.1>2.1 #1\n"
                                  "0.001000000 arrive rt/numbers 1.1>2.1 #1\n"
                                  "0.005000000 cut participants 1 2\n"
                                  "0.005000000 send rt/numbers 1.1>2.1 #2\n"
                                  "0.005000000 hold rt/numbers 1.1>2.1 #2\n"
                                  "0.015000000 forget participants 1 2\n"
                                  "0.015000000 part rt/numbers 1.1>2.1\n"
                                  "0.015000000 silent rt/numbers 1.1>2.1\n"
                                  "0.020000000 close writer rt/numbers 1.1\n"
                                  "0.020000000 close reader rt/numbers 2.1\n"
                                  "0.020000000 close participant 1\n"
                                  "0.020000000 close participant 2\n");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_seed_gives_its_trace_every_time),
      cmocka_unit_test(a_trace_reads_like_a_story),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
