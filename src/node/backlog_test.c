// Answers to a client that is matched but not in touch, in virtual time. The simulated network has no such clients: here the transport is made to say so of one, which is there all the time.
#include "base/detail.h"
#include "node/backlog.h"
#include "node/bare_client.h"
#include "node/service_call.h"

enum { REQUESTS = 5, NUMBERS = 10 }; // as many answers are kept by the history

static struct {
  const whorl__transport_ops_t *true_ops;
  whorl__transport_ops_t ops;
  whorl__participant_t *participant;
  bool in_touch;
  uint64_t written, acknowledged; // of answers
  int asked;
} wire;
static bare_client_t bare;

static int count_answers(whorl__writer_t *writer, const whorl__service_header_t *header, whorl__message_t *message)
{
  wire.written += strstr(writer->type->dds_name, "Response") != NULL;
  return wire.true_ops->write_service(writer, header, message);
}

static void hear(whorl__writer_t *writer, const uint8_t reader_gid[16], whorl__hearing_t *ret_hearing)
{
  (void)writer;
  bool of_bare = memcmp(reader_gid, bare.reader->gid, 16) == 0;
  wire.asked++;
  *ret_hearing = (whorl__hearing_t){.in_touch = !of_bare || wire.in_touch, .written = wire.written, .acknowledged = wire.written};
  if (of_bare) ret_hearing->acknowledged = wire.acknowledged;
}

static int setup(void **state)
{
  if (pair_setup(state) != 0) return -1;
  pair_t *pair = *state;
  pair_connect(pair);
  bare_open_writer(&bare, whorl_simulation_context(pair->world));
  bare_open_reader(&bare);
  memset(&wire, 0, sizeof wire);
  wire.participant = bare.participant;
  wire.true_ops = bare.participant->ops;
  wire.ops = *wire.true_ops;
  wire.ops.write_service = count_answers;
  wire.ops.writer_hearing = hear;
  bare.participant->ops = &wire.ops;
  return 0;
}

static int teardown(void **state)
{
  bare_close(&bare);
  wire.participant->ops = wire.true_ops;
  return pair_teardown(state);
}

static void ask(int from, int to)
{
  for (int i = from; i <= to; i++) bare_ask(&bare, i);
}

static void get_in_touch(void)
{
  wire.in_touch = true;
  wire.acknowledged = wire.written;
}

static whorl_service_counts_t counts_of(pair_t *pair)
{
  whorl_service_counts_t counts;
  assert_int_equal(whorl_service_read_counts(pair->service, &counts), WHORL_OK);
  return counts;
}

static void run_for(pair_t *pair, int64_t duration_ns) { assert_int_equal(whorl_simulation_run_for(pair->world, duration_ns), WHORL_OK); }

static void expect(int from, int to)
{
  for (int i = from; i <= to; i++) assert_int_equal(bare_take(&bare), i);
  assert_int_equal(bare_take(&bare), 0);
}

// --- what comes when

static void the_first_is_written_and_the_others_follow_in_order_when_the_client_is_in_touch(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 1);
  ask(1, REQUESTS);
  run_for(pair, MS(100));
  assert_int_equal(pair->handled, REQUESTS); // who waits keeps nobody from the next request
  expect(1, 1);
  assert_int_equal(counts_of(pair).answers, 1);
  ask(REQUESTS + 1, REQUESTS + 2); // behind those that wait
  get_in_touch();
  run_for(pair, MS(100));
  expect(2, REQUESTS + 2);
  assert_int_equal(counts_of(pair).answers, REQUESTS + 2);
  assert_int_equal(counts_of(pair).unreachable, 0);
}

static void a_client_that_was_heard_is_not_asked_for_again(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 1);
  get_in_touch();
  ask(1, 1);
  run_for(pair, MS(10));
  assert_int_equal(wire.asked, 1);
  ask(2, NUMBERS);
  run_for(pair, MS(10));
  assert_int_equal(wire.asked, 1);
  expect(1, NUMBERS);
}

static int call_meanwhile(pair_t *pair)
{
  ask(1, 3);
  for (int i = 0; i < NUMBERS; i++) {
    int64_t sum = 0;
    WHORL_TRY(add_within(pair->client, MS(10), &sum));
    assert_int_equal(sum, 42);
  }
  assert_int_equal(counts_of(pair).answers, 1 + NUMBERS);
  get_in_touch();
  return whorl_sleep(MS(100));
}

static void others_are_served_meanwhile_and_what_they_may_have_pushed_out_is_written_again(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 1);
  assert_int_equal(pair_with(pair, call_meanwhile), WHORL_OK);
  assert_int_equal(bare_take(&bare), 1);
  expect(1, 3); // a client drops what it has already
  assert_int_equal(counts_of(pair).answers, 3 + NUMBERS);
}

static void what_others_did_not_push_out_is_written_once(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 1);
  ask(1, NUMBERS); // as many as the history keeps
  run_for(pair, MS(10));
  get_in_touch();
  run_for(pair, MS(100));
  expect(1, NUMBERS);
}

// --- how it ends

static void a_client_that_never_gets_in_touch_has_its_answers_written_in_the_end(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 1);
  ask(1, REQUESTS);
  run_for(pair, WHORL_SECONDS(9));
  expect(1, 1);
  run_for(pair, WHORL_SECONDS(2));
  expect(2, REQUESTS);
  assert_int_equal(counts_of(pair).answers, REQUESTS);
}

static void what_waits_for_a_client_that_goes_is_dropped_and_counted(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 1);
  ask(1, REQUESTS);
  run_for(pair, MS(100));
  wire.participant->ops->writer_close(bare.writer);
  bare.writer = NULL;
  run_for(pair, MS(100));
  expect(1, 1);
  assert_int_equal(counts_of(pair).answers, 1);
  assert_int_equal(counts_of(pair).unreachable, REQUESTS - 1);
}

static int ask_and_leave(pair_t *pair)
{
  (void)pair;
  ask(1, REQUESTS);
  return whorl_sleep(MS(100));
}

static void what_waits_when_its_node_closes_is_dropped_and_counted_and_the_next_ones_are_sent(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 1);
  assert_int_equal(pair_with(pair, ask_and_leave), WHORL_OK);
  assert_int_equal(counts_of(pair).unreachable, REQUESTS - 1);
  expect(1, 1);
  get_in_touch();
  assert_int_equal(pair_with(pair, ask_and_leave), WHORL_OK);
  expect(1, REQUESTS);
}

static int destroy_the_service(pair_t *pair)
{
  WHORL_TRY(ask_and_leave(pair));
  WHORL_TRY(whorl_service_destroy(pair->service));
  return whorl_sleep(MS(100)); // its node goes on
}

static void what_waits_when_its_service_is_destroyed_goes_with_it(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 1);
  assert_int_equal(pair_with(pair, destroy_the_service), WHORL_OK);
  expect(1, 1);
}

static void more_than_a_thousand_are_dropped_and_counted(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_add, 1);
  ask(1, 1);
  run_for(pair, MS(10));
  ask(2, WHORL__BACKLOG_MAX + 3);
  run_for(pair, MS(10));
  assert_int_equal(pair->handled, WHORL__BACKLOG_MAX + 3);
  assert_int_equal(counts_of(pair).unreachable, 2);
  assert_int_equal(counts_of(pair).answers, 1);
}

// --- who answers a kept call waits himself

static int on_keep_one(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  pair_t *pair = arg;
  pair->kept[pair->entered++] = call;
  WHORL_TRY(whorl_service_call_keep(call));
  return on_add(request, response, call, arg);
}

static int answer_first(void *arg) { return whorl_service_call_answer(((pair_t *)arg)->kept[0]); }

static int keep_and_answer(pair_t *pair, int64_t *ret_waited_ns)
{
  int64_t before_ns = whorl_now_ns();
  whorl_task_group_t group;
  ask(1, 1);
  WHORL_TRY(whorl_sleep(MS(10)));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, answer_first, pair);
  (void)whorl_sleep(MS(100));
  if (ret_waited_ns == NULL) get_in_touch();
  WHORL_TRY(whorl_task_group_close(&group, WHORL_OK));
  if (ret_waited_ns != NULL) *ret_waited_ns = whorl_now_ns() - before_ns;
  return WHORL_OK;
}

static int answer_and_get_in_touch(pair_t *pair)
{
  WHORL_TRY(keep_and_answer(pair, NULL));
  assert_int_equal(counts_of(pair).answers, 1);
  return WHORL_OK;
}

static int answer_in_vain(pair_t *pair)
{
  int64_t waited_ns = 0;
  WHORL_TRY(keep_and_answer(pair, &waited_ns));
  assert_true(waited_ns >= WHORL_SECONDS(1) && waited_ns < WHORL_SECONDS(2));
  return WHORL_OK;
}

static void who_answers_a_kept_call_waits_until_the_client_has_it_but_not_for_ever(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, on_keep_one, 1);
  assert_int_equal(pair_with(pair, answer_and_get_in_touch), WHORL_OK);
  expect(1, 1);
  wire.in_touch = false;
  wire.acknowledged = 0;
  pair->entered = 0;
  bare_close(&bare);
  bare_open_writer(&bare, whorl_simulation_context(pair->world)); // a new one
  bare_open_reader(&bare);
  assert_int_equal(pair_with(pair, answer_in_vain), WHORL_OK);
  expect(1, 1);
}

// Another thread may destroy the service between a handler's look at its client and the moment when the answer would be put behind the others.
static int end_before_the_answer_waits(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  pair_t *pair = arg;
  whorl__service_t *service = whorl__service_of_caller();
  whorl__service_call_t *late;
  whorl__sample_t *sample;
  whorl__message_t *message;
  bool more;
  (void)request, (void)response, (void)call;
  assert_int_equal(whorl__reader_take(service->reader, &sample, &message, &more), WHORL_OK);
  assert_int_equal(whorl__service_call_create(service, sample, &late), WHORL_OK);
  assert_int_equal(whorl_service_destroy(pair->service), WHORL_OK);
  assert_int_equal(whorl__backlog_add(service, late), WHORL_OK);
  assert_true(whorl__list_empty(&service->backlog.clients)); // nobody would ever drop it
  assert_int_equal(service->counts.unreachable, 1);
  return whorl__service_call_finish(service, late, false);
}

static void what_would_wait_after_its_services_end_is_dropped(void **state)
{
  pair_t *pair = *state;
  pair_serve(pair, end_before_the_answer_waits, 1);
  ask(1, 2);
  run_for(pair, MS(100));
  assert_int_equal(whorl_service_destroy(pair->service), WHORL_DESTROYED);
  assert_int_equal(bare_take(&bare), 0);
}

#define BACKLOG_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      BACKLOG_TEST(the_first_is_written_and_the_others_follow_in_order_when_the_client_is_in_touch),
      BACKLOG_TEST(a_client_that_was_heard_is_not_asked_for_again),
      BACKLOG_TEST(others_are_served_meanwhile_and_what_they_may_have_pushed_out_is_written_again),
      BACKLOG_TEST(what_others_did_not_push_out_is_written_once),
      BACKLOG_TEST(a_client_that_never_gets_in_touch_has_its_answers_written_in_the_end),
      BACKLOG_TEST(what_waits_for_a_client_that_goes_is_dropped_and_counted),
      BACKLOG_TEST(what_waits_when_its_node_closes_is_dropped_and_counted_and_the_next_ones_are_sent),
      BACKLOG_TEST(what_waits_when_its_service_is_destroyed_goes_with_it),
      BACKLOG_TEST(what_would_wait_after_its_services_end_is_dropped),
      BACKLOG_TEST(more_than_a_thousand_are_dropped_and_counted),
      BACKLOG_TEST(who_answers_a_kept_call_waits_until_the_client_has_it_but_not_for_ever),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
