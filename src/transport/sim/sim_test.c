#include "transport/sim/sim_contract_testing.h"

#include "base/memory.h"

static bool step(void) { return whorl__sim_deliver(network) > 0; }

static int open_network(void **state)
{
  (void)state;
  return open_network_under((whorl__sim_conditions_t){0});
}

static int close_network(void **state)
{
  (void)state;
  whorl__sim_network_destroy(network);
  return 0;
}

// Without stepping: the tests below move the world themselves.
static int64_t take_now(whorl__reader_t *reader)
{
  contract_taken_t taken = {.reader = reader};
  if (!contract_try_take(&taken)) return -1;
  int64_t number = ((const std_msgs__msg__Int64 *)(const void *)taken.message->native)->data;
  whorl__sample_unref(taken.sample);
  return number;
}

static void nothing_arrives_before_it_is_delivered(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/sim/now", WHORL_MESSAGE(std_msgs, msg, Int64), contract_keep(5));
  assert_int_equal(whorl__sim_next_delivery(network), WHORL_FOREVER);
  contract_publish(pair.writer, 1);
  assert_int_equal(take_now(pair.reader), -1);
  assert_int_equal(whorl__sim_next_delivery(network), 0);
  assert_int_equal(whorl__sim_deliver(network), 1);
  assert_int_equal(whorl__sim_deliver(network), 0);
  assert_int_equal(whorl__sim_next_delivery(network), WHORL_FOREVER);
  assert_int_equal(take_now(pair.reader), 1);
  contract_pair_close(&pair);
}

static void a_delayed_message_arrives_on_time(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/sim/delay", WHORL_MESSAGE(std_msgs, msg, Int64), contract_keep(5));
  whorl__sim_set_delay(network, WHORL_MILLISECONDS(5));
  whorl__sim_advance(network, WHORL_MILLISECONDS(1));
  contract_publish(pair.writer, 1);
  assert_int_equal(whorl__sim_next_delivery(network), WHORL_MILLISECONDS(6));
  whorl__sim_advance(network, WHORL_MILLISECONDS(5) - 1);
  assert_int_equal(whorl__sim_deliver(network), 0);
  whorl__sim_advance(network, 1);
  assert_int_equal(whorl__sim_deliver(network), 1);
  contract_taken_t taken = contract_take(pair.reader);
  assert_int_equal(taken.sample->source_timestamp_ns, WHORL__SIM_EPOCH_NS + WHORL_MILLISECONDS(1)); // when it was written
  whorl__sample_unref(taken.sample);
  contract_pair_close(&pair);
}

static void a_shorter_delay_does_not_overtake(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/sim/overtake", WHORL_MESSAGE(std_msgs, msg, Int64), contract_keep(5));
  contract_probe_t probe = {0};
  whorl__writer_t *other = contract_writer(pair.participant, "/sim/overtake", contract_keep(5), &probe);
  whorl__sim_set_delay(network, 100);
  contract_publish(pair.writer, 1);
  whorl__sim_set_delay(network, 10);
  contract_publish(pair.writer, 2); // the same writer: not before its first
  contract_publish(other, 3);
  whorl__sim_advance(network, 10);
  assert_int_equal(whorl__sim_deliver(network), 1);
  whorl__sim_advance(network, 90);
  assert_int_equal(whorl__sim_deliver(network), 2);
  assert_int_equal(take_now(pair.reader), 3);
  assert_int_equal(take_now(pair.reader), 1);
  assert_int_equal(take_now(pair.reader), 2);
  contract_close_writer(other);
  contract_pair_close(&pair);
}

static void a_lifespan_ends_on_the_way_and_in_the_history(void **state)
{
  (void)state;
  contract_pair_t pair;
  whorl_qos_t brief = contract_qos((whorl_qos_t){.depth = 5, .lifespan_ns = 1000, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL});
  contract_pair_open(&pair, "/sim/lifespan", WHORL_MESSAGE(std_msgs, msg, Int64), brief);
  contract_publish(pair.writer, 1);
  whorl__sim_deliver(network);
  whorl__sim_advance(network, 999);
  contract_publish(pair.writer, 2);
  whorl__sim_deliver(network);
  whorl__sim_advance(network, 1); // the first has lived long enough
  assert_int_equal(take_now(pair.reader), 2);
  assert_int_equal(whorl__ring_read_counts(&pair.reader->ring).expired, 1);
  contract_probe_t probe = {0};
  whorl__reader_t *late = contract_reader(pair.participant, "/sim/lifespan", brief, &probe);
  assert_int_equal(whorl__sim_deliver(network), 1); // only the second is still retained
  assert_int_equal(take_now(late), 2);
  contract_close_reader(late);
  contract_pair_close(&pair);
}

static void what_was_sent_arrives_after_its_writer_closed(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/sim/sent", WHORL_MESSAGE(std_msgs, msg, Int64), contract_keep(5));
  contract_publish(pair.writer, 1);
  contract_close_writer(pair.writer);
  assert_int_equal(whorl__sim_deliver(network), 1);
  assert_int_equal(take_now(pair.reader), 1);
  contract_close_reader(pair.reader);
  contract_close(pair.participant);
}

static void nothing_is_delivered_to_a_closed_reader(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/sim/closed", WHORL_MESSAGE(std_msgs, msg, Int64), contract_keep(5));
  contract_publish(pair.writer, 1);
  assert_int_equal(pair.participant->ops->writer_wait_acknowledged(pair.writer, WHORL_SECONDS(1)), WHORL_TIMED_OUT);
  contract_close_reader(pair.reader);
  assert_int_equal(pair.participant->ops->writer_wait_acknowledged(pair.writer, WHORL_SECONDS(1)), WHORL_OK);
  assert_int_equal(whorl__sim_next_delivery(network), WHORL_FOREVER);
  assert_int_equal(whorl__sim_deliver(network), 0);
  assert_int_equal(atomic_load(&pair.reader_probe.ready), 0);
  contract_close_writer(pair.writer);
  contract_close(pair.participant);
}

static void a_throttled_write_changes_nothing(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/sim/throttle", WHORL_MESSAGE(std_msgs, msg, Int64), contract_keep(5));
  const whorl__transport_ops_t *ops = pair.participant->ops;
  whorl__message_t *message = whorl__message_new(contract_number_type());
  std_msgs__msg__Int64 native = {.data = 2};
  static const uint8_t bytes[12] = {0, 1};
  whorl__sim_throttle(network, 3);
  assert_int_equal(ops->write(pair.writer, message), WHORL_WOULD_BLOCK); // the message is still ours
  assert_int_equal(ops->write_copy(pair.writer, &native), WHORL_WOULD_BLOCK);
  assert_int_equal(ops->write_cdr(pair.writer, bytes, sizeof bytes), WHORL_WOULD_BLOCK);
  assert_int_equal(whorl__sim_deliver(network), 0);
  assert_int_equal(atomic_load(&message->references), 1);
  assert_int_equal(ops->write(pair.writer, message), WHORL_OK);
  assert_int_equal(whorl__sim_deliver(network), 1);
  contract_pair_close(&pair);
}

static void domains_do_not_see_each_other(void **state)
{
  (void)state;
  whorl__participant_t *participants[2];
  for (uint32_t i = 0; i < 2; i++) {
    whorl__participant_options_t options = {.domain_id = i};
    assert_int_equal(whorl__sim_participant_open(network, &options, &participants[i]), WHORL_OK);
  }
  contract_probe_t probes[2] = {0};
  whorl__writer_t *writer = contract_writer(participants[0], "/sim/domains", contract_keep(1), &probes[0]);
  whorl__reader_t *reader = contract_reader(participants[1], "/sim/domains", contract_keep(1), &probes[1]);
  contract_publish_range(writer, 1, 1);
  contract_expect_nothing(reader);
  contract_sought_t sought = {.participant = participants[1], .gid = writer->gid, .wanted = false};
  assert_true(contract_is_discovered(&sought));
  contract_close_reader(reader);
  contract_close_writer(writer);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
  whorl__participant_options_t options = {.domain_id = 233};
  assert_int_equal(whorl__sim_participant_open(network, &options, &participants[0]), WHORL_INVALID_ARGUMENT);
}

// --- the same in every run

typedef struct trace {
  char text[2048];
  size_t length;
} trace_t;

static void note(trace_t *trace, const char *word, const uint8_t gid[16], int64_t number)
{
  int written = snprintf(trace->text + trace->length, sizeof trace->text - trace->length, "%s %02x%02x%02x%02x.%u %lld\n", word, gid[4],
                         gid[5], gid[6], gid[7], gid[11] * 256u + gid[14], (long long)number);
  trace->length += (size_t)written;
  assert_true(trace->length < sizeof trace->text);
}

static void play(trace_t *trace, uint64_t seed)
{
  enum { NODES = 3 };
  assert_int_equal(whorl__sim_network_create(&(whorl__sim_options_t){.seed = seed, .conditions.faults.delay_ns = 30}, &network), WHORL_OK);
  whorl__participant_t *participants[NODES];
  whorl__writer_t *writers[NODES];
  whorl__reader_t *readers[NODES];
  contract_probe_t probes[2 * NODES] = {0};
  for (int i = 0; i < NODES; i++) {
    participants[i] = contract_participant();
    writers[i] = contract_writer(participants[i], "/sim/trace", contract_keep(5), &probes[2 * i]);
    readers[i] = contract_reader(participants[i], "/sim/trace", contract_keep(5), &probes[2 * i + 1]);
  }
  for (int64_t number = 0; number < 6; number++) {
    contract_publish(writers[number * 7 % NODES], number);
    whorl__sim_advance(network, 20);
    note(trace, "delivered", participants[0]->gid, (int64_t)whorl__sim_deliver(network));
  }
  whorl__sim_advance(network, 100);
  whorl__sim_deliver(network);
  for (int i = 0; i < NODES; i++) {
    contract_taken_t taken = {.reader = readers[i]};
    while (contract_try_take(&taken)) {
      note(trace, "taken", taken.sample->publisher_gid, ((const std_msgs__msg__Int64 *)(const void *)taken.message->native)->data);
      whorl__sample_unref(taken.sample);
    }
    contract_close_reader(readers[i]);
    contract_close_writer(writers[i]);
    contract_close(participants[i]);
  }
  whorl__sim_network_destroy(network);
}

static void the_same_calls_leave_the_same_trace(void **state)
{
  (void)state;
  trace_t first = {.length = 0}, second = {.length = 0}, other = {.length = 0};
  play(&first, 1);
  play(&second, 1);
  play(&other, 2);
  assert_string_equal(first.text, second.text);
  assert_string_not_equal(first.text, other.text); // the ids come from the seed
}

// --- memory

// Runs `attempt` with every allocation of its path failing in turn; the last run succeeds.
static void fail_everywhere(int (*attempt)(void *arg), void *arg)
{
  for (uint64_t nth = 1;; nth++) {
    int64_t blocks = whorl__memory_blocks();
    whorl__memory_fail_at(nth);
    int status = attempt(arg);
    whorl__memory_fail_at(0);
    if (status == WHORL_OK) {
      assert_true(nth > 1);
      return;
    }
    assert_int_equal(status, WHORL_NO_MEMORY);
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
}

static int attempt_network(void *arg)
{
  (void)arg;
  whorl__sim_network_t *made;
  int status = whorl__sim_network_create(&(whorl__sim_options_t){.seed = 1}, &made);
  if (status != WHORL_OK) return status;
  whorl__participant_t *participant;
  status = whorl__sim_participant_open(made, &(whorl__participant_options_t){.domain_id = 1}, &participant);
  if (status == WHORL_OK) participant->ops->participant_close(participant);
  whorl__sim_network_destroy(made);
  return status;
}

static int attempt_reader(void *arg)
{
  contract_pair_t *pair = arg;
  contract_probe_t probe = {0};
  unsigned matched = atomic_load(&pair->writer_probe.matched_total);
  whorl__endpoint_options_t options = contract_options("/sim/memory", contract_retain(3), &probe);
  whorl__reader_t *reader = NULL;
  int status = pair->participant->ops->reader_open(pair->participant, &options, &reader);
  if (status == WHORL_OK) {
    assert_int_equal(whorl__sim_deliver(network), 3); // what the writer has retained
    contract_close_reader(reader);
    return status;
  }
  assert_null(reader);
  assert_int_equal(atomic_load(&pair->writer_probe.matched_total), matched); // nobody was told
  assert_int_equal(whorl__sim_next_delivery(network), WHORL_FOREVER);
  return status;
}

static int attempt_writer(void *arg)
{
  contract_pair_t *pair = arg;
  contract_probe_t probe = {0};
  whorl__endpoint_options_t options = contract_options("/sim/memory", contract_retain(3), &probe);
  whorl__writer_t *writer = NULL;
  int status = pair->participant->ops->writer_open(pair->participant, &options, &writer);
  if (status == WHORL_OK) contract_close_writer(writer);
  return status;
}

static void opening_without_memory_leaves_no_trace(void **state)
{
  (void)state;
  fail_everywhere(attempt_network, NULL);
  contract_pair_t pair;
  contract_pair_open(&pair, "/sim/memory", WHORL_MESSAGE(std_msgs, msg, Int64), contract_retain(3));
  contract_publish_range(pair.writer, 1, 3);
  fail_everywhere(attempt_writer, &pair);
  // Deliveries stay in the network's reserve once they are made, so they count as no trace: make them first.
  whorl__memory_fail_at(0);
  assert_int_equal(attempt_reader(&pair), WHORL_OK);
  fail_everywhere(attempt_reader, &pair);
  contract_expect_range(pair.reader, 1, 3);
  contract_pair_close(&pair);
}

static void a_failed_write_leaves_no_trace(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/sim/memory", WHORL_MESSAGE(std_msgs, msg, Int64), contract_retain(3));
  const whorl__transport_ops_t *ops = pair.participant->ops;
  std_msgs__msg__Int64 native = {.data = 1};
  int failures = 0, status;
  for (uint64_t nth = 1;; nth++) {
    whorl__memory_fail_at(nth);
    status = ops->write_copy(pair.writer, &native);
    whorl__memory_fail_at(0);
    if (status == WHORL_OK) break;
    assert_int_equal(status, WHORL_NO_MEMORY);
    assert_int_equal(whorl__sim_next_delivery(network), WHORL_FOREVER);
    failures++;
  }
  assert_true(failures > 0);
  assert_int_equal(whorl__sim_deliver(network), 1);
  assert_int_equal(take_now(pair.reader), 1);
  assert_int_equal(take_now(pair.reader), -1);
  contract_pair_close(&pair);
}

static void messages_cost_no_allocation_after_warm_up(void **state)
{
  (void)state;
  contract_pair_t pair;
  contract_pair_open(&pair, "/sim/warm", WHORL_MESSAGE(std_msgs, msg, Int64), contract_retain(10));
  for (int i = 0; i < 30; i++) {
    contract_publish_range(pair.writer, i, i);
    assert_int_equal(take_now(pair.reader), i);
  }
  uint64_t allocations = whorl__memory_allocations();
  for (int i = 0; i < 1000; i++) {
    contract_publish_range(pair.writer, i, i);
    assert_int_equal(take_now(pair.reader), i);
  }
  assert_int_equal(whorl__memory_allocations(), allocations);
  contract_pair_close(&pair);
}

int main(void)
{
#define SIM_TEST(name) cmocka_unit_test_setup_teardown(name, open_network, close_network)
  const struct CMUnitTest simulated[] = {
      SIM_TEST(nothing_arrives_before_it_is_delivered),
      SIM_TEST(a_delayed_message_arrives_on_time),
      SIM_TEST(a_shorter_delay_does_not_overtake),
      SIM_TEST(a_lifespan_ends_on_the_way_and_in_the_history),
      SIM_TEST(what_was_sent_arrives_after_its_writer_closed),
      SIM_TEST(nothing_is_delivered_to_a_closed_reader),
      SIM_TEST(a_throttled_write_changes_nothing),
      SIM_TEST(domains_do_not_see_each_other),
      SIM_TEST(opening_without_memory_leaves_no_trace),
      SIM_TEST(a_failed_write_leaves_no_trace),
      SIM_TEST(messages_cost_no_allocation_after_warm_up),
      cmocka_unit_test(the_same_calls_leave_the_same_trace),
  };
  if (open_network(NULL) != WHORL_OK) return 1;
  int broken = contract_run((contract_side_t){.open = open_simulated, .step = step_in_time});
  close_network(NULL);
  contract_side.step = step;
  return broken + cmocka_run_group_tests(simulated, NULL, NULL);
}
