// More than can be served, under every kind of executor, in virtual time: messages come ten times as fast as the callbacks of one group take them. What is kept is what the history says, what is lost is counted, and
// everybody's turn comes: the other topics', the timers'.
#include "executor/executor_fixture.h"

enum { FLOODED = 3, PERIOD_MS = 1, WORK_MS = 10, RARE_EACH = 100 };

typedef struct ear {
  whorl_subscription_t subscription;
  int64_t takes_ns; // each callback, waiting
  size_t room;
  int calls, last, begun; // `begun`: since when the numbers heard have no gap
} ear_t;

typedef struct flood {
  bench_t *bench;
  whorl_publisher_t rare;
  whorl_timer_t timer;
  int published, published_rarely;
  ear_t ears[FLOODED + 1]; // the last one hears the rare topic
} flood_t;

static int hear(const void *message, const whorl_message_info_t *info, void *arg)
{
  ear_t *ear = arg;
  int number = ((const std_msgs__msg__Int32 *)message)->data;
  (void)info;
  assert_true(number > ear->last); // none twice, none late
  if (number != ear->last + 1) ear->begun = number;
  ear->last = number;
  ear->calls++;
  return ear->takes_ns > 0 ? whorl_sleep(ear->takes_ns) : WHORL_OK;
}

static int pour(const whorl_timer_info_t *info, void *arg)
{
  flood_t *flood = arg;
  (void)info;
  bench_publish(flood->bench, ++flood->published);
  if (flood->published % RARE_EACH != 0) return WHORL_OK;
  return whorl_publish(flood->rare, &(std_msgs__msg__Int32){.data = ++flood->published_rarely});
}

static void listen(flood_t *flood, int which, const char *topic, const whorl_qos_t *qos, const whorl_subscription_options_t *kept)
{
  ear_t *ear = &flood->ears[which];
  whorl_subscription_options_t options = *kept;
  options.qos = qos;
  assert_int_equal(whorl_subscription_create(flood->bench->node, INT32, topic, hear, ear, &options, &ear->subscription), WHORL_OK);
}

static void begin(flood_t *flood, bench_t *bench)
{
  static const whorl_qos_t ten = {.depth = 10}, one = {.history = WHORL_HISTORY_KEEP_LAST, .depth = 1},
                           all = {.history = WHORL_HISTORY_KEEP_ALL};
  static const whorl_subscription_options_t oldest = {0}, newest = {.keep_all_limit = 20, .overflow = WHORL_OVERFLOW_DROP_NEWEST};
  whorl_callback_group_t group;
  *flood = (flood_t){.bench = bench};
  assert_int_equal(whorl_publisher_create(bench->node, INT32, "rare", NULL, &flood->rare), WHORL_OK);
  listen(flood, 0, "topic", &ten, &oldest);
  listen(flood, 1, "topic", &one, &oldest);
  listen(flood, 2, "topic", &all, &newest);
  listen(flood, FLOODED, "rare", NULL, &oldest);
  for (int i = 0; i < FLOODED; i++) flood->ears[i].takes_ns = WHORL_MILLISECONDS(WORK_MS);
  flood->ears[0].room = 10;
  flood->ears[1].room = 1;
  flood->ears[2].room = 20;
  assert_int_equal(whorl_callback_group_create(bench->node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &group), WHORL_OK);
  const whorl_timer_options_t apart = {.callback_group = group};
  assert_int_equal(whorl_timer_create(bench->node, WHORL_MILLISECONDS(PERIOD_MS), pour, flood, &apart, &flood->timer), WHORL_OK);
  bench_add_node(bench);
}

static whorl_subscription_counts_t counts_of(const ear_t *ear)
{
  whorl_subscription_counts_t counts;
  assert_int_equal(whorl_subscription_read_counts(ear->subscription, &counts), WHORL_OK);
  assert_int_equal(counts.received, counts.taken + counts.dropped + counts.waiting);
  assert_int_equal(counts.taken, ear->calls);
  return counts;
}

EXECUTOR_TEST(what_cannot_be_served_is_counted_and_nobody_starves)
{
  flood_t flood;
  begin(&flood, bench);
  bench_spin_for(bench, WHORL_SECONDS(3));
  assert_in_range(flood.published, 2999, 3001); // the timer's turn came each time
  for (int i = 0; i < FLOODED; i++) {
    whorl_subscription_counts_t counts = counts_of(&flood.ears[i]);
    assert_in_range(counts.received, flood.published - 1, flood.published);
    assert_in_range(counts.waiting, flood.ears[i].room - 1, flood.ears[i].room); // one may just have been taken
    assert_in_range(counts.taken, 95, 105);                                      // a third of the group's 300 turns
    assert_true(counts.dropped > 2500);
  }
  assert_in_range(flood.ears[FLOODED].calls, flood.published_rarely - 1, flood.published_rarely);
  assert_int_equal(counts_of(&flood.ears[FLOODED]).dropped, 0);
}

EXECUTOR_TEST(when_the_flood_is_over_what_the_history_kept_is_delivered)
{
  flood_t flood;
  begin(&flood, bench);
  bench_spin_for(bench, WHORL_SECONDS(1));
  assert_int_equal(whorl_timer_cancel(flood.timer), WHORL_OK);
  bench_let_pass(bench, WHORL_MILLISECONDS(1)); // what is on its way arrives
  uint64_t kept[FLOODED];
  for (int i = 0; i < FLOODED; i++) kept[i] = counts_of(&flood.ears[i]).waiting;
  bench_spin_for(bench, WHORL_SECONDS(1));
  for (int i = 0; i < FLOODED; i++) {
    whorl_subscription_counts_t counts = counts_of(&flood.ears[i]);
    assert_int_equal(counts.received, flood.published);
    assert_int_equal(counts.waiting, 0);
  }
  for (int i = 0; i < 2; i++) { // the newest ones
    assert_int_equal(flood.ears[i].last, flood.published);
    assert_true((uint64_t)(flood.ears[i].last - flood.ears[i].begun) + 1 >= kept[i]);
  }
  assert_true(flood.ears[2].last < flood.published); // the oldest ones
  assert_int_equal(flood.ears[FLOODED].calls, flood.published_rarely);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(what_cannot_be_served_is_counted_and_nobody_starves),
      NODE_TEST(when_the_flood_is_over_what_the_history_kept_is_delivered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
