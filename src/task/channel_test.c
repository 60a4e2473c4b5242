// Channels: docs/tasks.md R28. Items are numbers in the place of pointers.
#include "whorl/channel.h"

#include "base/list.h"
#include "task/kit.h"

static whorl_channel_t channel;
static int released;

static void *item_of(int number) { return (void *)(intptr_t)number; }
static int number_of(void *item) { return (int)(intptr_t)item; }

static void count_release(void *item)
{
  (void)item;
  released++;
}

static void create(size_t capacity)
{
  released = 0;
  CHECK_INT(WHORL_OK, whorl_channel_create(capacity, &(whorl_channel_options_t){.name = "c", .release = count_release}, &channel));
}

static int send(int number) { return whorl_channel_send(channel, item_of(number)); }

// What a receive got, or its status.
static int receive(void)
{
  void *item = item_of(-1000);
  int status = whorl_channel_receive(channel, &item);
  CHECK(status == WHORL_OK || number_of(item) == -1000); // untouched on failure
  return status < 0 ? status : number_of(item);
}

static int try_receive(void)
{
  void *item = item_of(-1000);
  int status = whorl_channel_try_receive(channel, &item);
  CHECK(status == WHORL_OK || number_of(item) == -1000);
  return status < 0 ? status : number_of(item);
}

static int sends(void *arg)
{
  int number = (int)(intptr_t)arg, status = send(number);
  note("s%d:%s", number, whorl_status_name(status) + 6);
  return status == WHORL_CANCELED ? status : WHORL_OK;
}

static int receives(void *arg)
{
  int got = receive();
  if (got < 0)
    note("r%d:%s", (int)(intptr_t)arg, whorl_status_name(got) + 6);
  else
    note("r%d=%d", (int)(intptr_t)arg, got);
  return got == WHORL_CANCELED ? got : WHORL_OK;
}

static void spawn(whorl_task_group_t *group, whorl_task_function_t function, int number)
{
  CHECK_INT(WHORL_OK, whorl_task_group_spawn(group, function, item_of(number)));
}

static whorl_task_t spawn_known(whorl_task_group_t *group, whorl_task_function_t function, int number)
{
  whorl_task_t task = {0};
  CHECK_INT(WHORL_OK, whorl_task_group_spawn_with_options(group, function, item_of(number), NULL, &task, "here"));
  return task;
}

static void let_them_run(void) { CHECK_INT(WHORL_OK, whorl_sleep(1)); }

// --- Order

TASK_TEST(R28_items_come_out_in_the_order_of_sending)
{
  create(3);
  for (int i = 1; i <= 3; i++) CHECK_INT(WHORL_OK, send(i));
  CHECK_INT(3, whorl_channel_count(channel));
  CHECK_INT(1, receive());
  CHECK_INT(WHORL_OK, send(4));
  for (int i = 2; i <= 4; i++) CHECK_INT(i, receive());
  CHECK_INT(0, whorl_channel_count(channel));
  return whorl_channel_destroy(channel);
}

TASK_TEST(R28_waiting_senders_get_in_by_their_order)
{
  whorl_task_group_t group;
  create(1);
  whorl_task_group_open(&group);
  for (int i = 1; i <= 4; i++) spawn(&group, sends, i);
  let_them_run();
  CHECK_TEXT("s1:OK", trace);
  for (int i = 1; i <= 4; i++) CHECK_INT(i, receive());
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("s1:OK s2:OK s3:OK s4:OK", trace);
  return whorl_channel_destroy(channel);
}

TASK_TEST(R28_waiting_receivers_are_served_by_their_order)
{
  whorl_task_group_t group;
  create(2);
  whorl_task_group_open(&group);
  for (int i = 1; i <= 3; i++) spawn(&group, receives, i);
  let_them_run();
  for (int i = 1; i <= 3; i++) CHECK_INT(WHORL_OK, send(10 + i));
  CHECK_INT(0, whorl_channel_count(channel)); // handed over: never in the buffer
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("r1=11 r2=12 r3=13", trace);
  return whorl_channel_destroy(channel);
}

TASK_TEST(R28_nobody_overtakes_a_waiting_sender)
{
  whorl_task_group_t group;
  create(1);
  CHECK_INT(WHORL_OK, send(1));
  whorl_task_group_open(&group);
  spawn(&group, sends, 2);
  let_them_run();
  CHECK_INT(1, receive()); // the waiting item takes the place at once
  CHECK_INT(WHORL_WOULD_BLOCK, whorl_channel_try_send(channel, item_of(3)));
  CHECK_INT(2, receive());
  CHECK_INT(WHORL_OK, whorl_channel_try_send(channel, item_of(3)));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  return whorl_channel_destroy(channel);
}

TASK_TEST(R28_nobody_overtakes_a_waiting_receiver)
{
  whorl_task_group_t group;
  create(1);
  whorl_task_group_open(&group);
  spawn(&group, receives, 1);
  let_them_run();
  CHECK_INT(WHORL_OK, send(7));
  CHECK_INT(WHORL_WOULD_BLOCK, try_receive()); // it has been given away, though its receiver has not run yet
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("r1=7", trace);
  return whorl_channel_destroy(channel);
}

TASK_TEST(without_capacity_every_send_meets_its_receiver)
{
  whorl_task_group_t group;
  create(0);
  CHECK_INT(WHORL_WOULD_BLOCK, whorl_channel_try_send(channel, item_of(1)));
  CHECK_INT(WHORL_WOULD_BLOCK, try_receive());
  whorl_task_group_open(&group);
  spawn(&group, sends, 1);
  spawn(&group, sends, 2);
  let_them_run();
  CHECK_TEXT("", trace);
  CHECK_INT(1, receive());
  CHECK_INT(2, try_receive());
  spawn(&group, receives, 3);
  let_them_run();
  CHECK_INT(WHORL_OK, whorl_channel_try_send(channel, item_of(3)));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("s1:OK s2:OK r3=3", trace);
  return whorl_channel_destroy(channel);
}

// --- Close, destroy

TASK_TEST(R28_close_with_two_waiting_senders_and_three_items)
{
  whorl_task_group_t group;
  create(3);
  for (int i = 1; i <= 3; i++) CHECK_INT(WHORL_OK, send(i));
  whorl_task_group_open(&group);
  spawn(&group, sends, 4);
  spawn(&group, sends, 5);
  let_them_run();
  CHECK_INT(WHORL_OK, whorl_channel_close(channel));
  CHECK_INT(WHORL_OK, whorl_channel_close(channel));
  CHECK_INT(WHORL_CLOSED, send(6));
  CHECK_TEXT("channel 'c' is closed", whorl_detail());
  CHECK_INT(WHORL_CLOSED, whorl_channel_try_send(channel, item_of(6)));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("s4:CLOSED s5:CLOSED", trace);
  for (int i = 1; i <= 3; i++) CHECK_INT(i, receive());
  CHECK_INT(WHORL_CLOSED, receive());
  CHECK_INT(WHORL_CLOSED, try_receive());
  CHECK_INT(WHORL_OK, whorl_channel_destroy(channel));
  CHECK_INT(0, released);
  return WHORL_OK;
}

TASK_TEST(R28_close_ends_waiting_receivers)
{
  whorl_task_group_t group;
  create(3);
  whorl_task_group_open(&group);
  spawn(&group, receives, 1);
  spawn(&group, receives, 2);
  let_them_run();
  CHECK_INT(WHORL_OK, whorl_channel_close(channel));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("r1:CLOSED r2:CLOSED", trace);
  return whorl_channel_destroy(channel);
}

TASK_TEST(R28_items_nobody_took_are_released)
{
  create(4);
  for (int i = 1; i <= 4; i++) CHECK_INT(WHORL_OK, send(i));
  CHECK_INT(1, receive());
  CHECK_INT(WHORL_OK, whorl_channel_close(channel));
  CHECK_INT(0, released); // they could still be received
  CHECK_INT(WHORL_OK, whorl_channel_destroy(channel));
  CHECK_INT(3, released);
  return WHORL_OK;
}

TASK_TEST(R8_destroyed_once_not_as_a_level)
{
  whorl_task_group_t group;
  create(1);
  CHECK_INT(WHORL_OK, send(1));
  whorl_task_group_open(&group);
  spawn(&group, sends, 2);
  let_them_run();
  CHECK_INT(WHORL_OK, whorl_channel_destroy(channel));
  CHECK_INT(1, released); // the waiting sender kept its own
  CHECK_INT(WHORL_DESTROYED, whorl_channel_destroy(channel));
  CHECK_INT(WHORL_DESTROYED, whorl_channel_close(channel));
  CHECK_INT(WHORL_DESTROYED, send(3));
  CHECK_INT(WHORL_DESTROYED, receive());
  CHECK_INT(WHORL_DESTROYED, try_receive());
  CHECK_INT(0, whorl_channel_count(channel));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("s2:DESTROYED", trace);
  return whorl_sleep(1);
}

TASK_TEST(R5_an_item_handed_over_outlives_its_channel)
{
  whorl_task_group_t group;
  create(1);
  whorl_task_group_open(&group);
  spawn(&group, receives, 1);
  let_them_run();
  CHECK_INT(WHORL_OK, send(7));
  CHECK_INT(WHORL_OK, whorl_channel_destroy(channel));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("r1=7", trace);
  CHECK_INT(0, released);
  return WHORL_OK;
}

// --- Cancellation

TASK_TEST(R4_a_cancelled_sender_has_sent_nothing)
{
  whorl_task_group_t group;
  create(1);
  CHECK_INT(WHORL_OK, send(1));
  whorl_task_group_open(&group);
  whorl_task_t second = spawn_known(&group, sends, 2);
  spawn(&group, sends, 3);
  let_them_run();
  CHECK_INT(WHORL_OK, whorl_task_cancel(second));
  CHECK_INT(1, receive()); // in the same turn: the place goes to the third
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("s2:CANCELED s3:OK", trace);
  CHECK_INT(3, receive());
  CHECK_INT(WHORL_WOULD_BLOCK, try_receive());
  return whorl_channel_destroy(channel);
}

TASK_TEST(R3_and_R13_in_a_cancelled_scope)
{
  create(2);
  CHECK_INT(WHORL_OK, send(1));
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, 0);
  uint64_t switches = whorl__core_read_counts(kit.core).switches;
  CHECK_INT(WHORL_CANCELED, receive()); // the item is still there
  CHECK_INT(WHORL_CANCELED, send(2));   // though there is room
  CHECK_INT(1, whorl_channel_count(channel));
  CHECK_INT(switches, whorl__core_read_counts(kit.core).switches);
  CHECK_INT(WHORL_OK, whorl_channel_try_send(channel, item_of(2))); // never refused
  CHECK_INT(1, try_receive());
  CHECK_INT(WHORL_OK, whorl_channel_close(channel));
  CHECK_INT(2, try_receive());
  CHECK_INT(WHORL_OK, whorl_channel_destroy(channel));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, WHORL_CANCELED));
  return WHORL_OK;
}

TASK_TEST(R7_a_timeout_around_each_wait)
{
  whorl_timeout_t timeout;
  create(1);
  whorl_timeout_open(&timeout, SECONDS(1));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, receive()));
  CHECK_INT(WHORL_OK, send(1));
  whorl_timeout_open(&timeout, SECONDS(1));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, send(2)));
  CHECK_INT(SECONDS(2), whorl_now_ns());
  CHECK_INT(1, receive());
  CHECK_INT(WHORL_WOULD_BLOCK, try_receive());
  return whorl_channel_destroy(channel);
}

// --- Fairness

static int counts_turns(void *arg)
{
  int *turns = arg;
  for (; *turns < 10; ++*turns) WHORL_TRY(whorl_yield());
  return WHORL_OK;
}

TASK_TEST(R33_a_channel_that_is_never_empty_starves_nobody)
{
  whorl_task_group_t group;
  int turns = 0, calls = 0;
  create(1);
  whorl_task_group_open(&group);
  CHECK_INT(WHORL_OK, whorl_task_group_spawn(&group, counts_turns, &turns));
  while (turns < 10) {
    CHECK_INT(WHORL_OK, send(calls));
    CHECK_INT(calls, receive());
    calls += 2;
    CHECK(calls < 2000);
  }
  CHECK(calls >= 64); // and most calls do not switch
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  return whorl_channel_destroy(channel);
}

// --- The end

TASK_TEST(S24_an_end_with_a_full_channel)
{
  whorl_task_group_t group;
  create(2);
  whorl_task_group_open(&group);
  for (int i = 1; i <= 4; i++) spawn(&group, sends, i);
  let_them_run();
  spawn(&group, sends, 5);
  whorl_task_group_cancel(&group); // the fifth never runs
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("s1:OK s2:OK s3:CANCELED s4:CANCELED", trace);
  CHECK_INT(WHORL_OK, whorl_channel_destroy(channel));
  CHECK_INT(2, released);
  return WHORL_OK;
}

// --- Calls

static void bad_arguments(void **state)
{
  whorl_channel_t mine, none = {0};
  void *item;
  (void)state;
  assert_int_equal(WHORL_INVALID_ARGUMENT, whorl_channel_create(1, NULL, NULL));
  assert_int_equal(WHORL_INVALID_ARGUMENT, whorl_channel_create(SIZE_MAX, NULL, &mine));
  assert_int_equal(WHORL_INVALID_ARGUMENT, whorl_channel_receive(none, NULL));
  assert_int_equal(WHORL_INVALID_ARGUMENT, whorl_channel_try_receive(none, NULL));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_channel_try_receive(none, &item));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_channel_try_send(none, NULL));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_channel_close(none));
  assert_int_equal(WHORL_INVALID_HANDLE, whorl_channel_destroy(none));
  assert_int_equal(0, whorl_channel_count(none));
}

static void R35_outside_tasks_only_the_try_forms(void **state)
{
  void *item;
  (void)state;
  assert_int_equal(WHORL_OK, whorl_channel_create(1, NULL, &channel));
  assert_int_equal(WHORL_NOT_IN_TASK, whorl_channel_send(channel, NULL));
  assert_int_equal(WHORL_NOT_IN_TASK, whorl_channel_receive(channel, &item));
  assert_int_equal(WHORL_OK, whorl_channel_try_send(channel, item_of(3)));
  assert_int_equal(WHORL_WOULD_BLOCK, whorl_channel_try_send(channel, item_of(4)));
  assert_int_equal(WHORL_OK, whorl_channel_try_receive(channel, &item));
  assert_int_equal(3, number_of(item));
  assert_int_equal(WHORL_WOULD_BLOCK, whorl_channel_try_receive(channel, &item));
  assert_int_equal(WHORL_OK, whorl_channel_destroy(channel));
}

static void without_memory_nothing_is_made(void **state)
{
  whorl_channel_t first, second = {77};
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  assert_int_equal(WHORL_OK, whorl_channel_create(5, NULL, &first));
  uint64_t before = whorl__memory_allocations();
  uint64_t nth = 0;
  for (int status = WHORL_NO_MEMORY; status != WHORL_OK;) {
    whorl__memory_fail_at(++nth);
    status = whorl_channel_create(5, NULL, &second);
    whorl__memory_fail_at(0);
    assert_true(status == WHORL_OK || (status == WHORL_NO_MEMORY && second.id == 77));
  }
  assert_true(nth > 1 && whorl__memory_allocations() > before);
  assert_int_equal(WHORL_OK, whorl_channel_destroy(first));
  assert_int_equal(WHORL_OK, whorl_channel_destroy(second));
  assert_int_equal(blocks, whorl__memory_blocks());
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R28_items_come_out_in_the_order_of_sending),
      cmocka_unit_test(R28_waiting_senders_get_in_by_their_order),
      cmocka_unit_test(R28_waiting_receivers_are_served_by_their_order),
      cmocka_unit_test(R28_nobody_overtakes_a_waiting_sender),
      cmocka_unit_test(R28_nobody_overtakes_a_waiting_receiver),
      cmocka_unit_test(without_capacity_every_send_meets_its_receiver),
      cmocka_unit_test(R28_close_with_two_waiting_senders_and_three_items),
      cmocka_unit_test(R28_close_ends_waiting_receivers),
      cmocka_unit_test(R28_items_nobody_took_are_released),
      cmocka_unit_test(R8_destroyed_once_not_as_a_level),
      cmocka_unit_test(R5_an_item_handed_over_outlives_its_channel),
      cmocka_unit_test(R4_a_cancelled_sender_has_sent_nothing),
      cmocka_unit_test(R3_and_R13_in_a_cancelled_scope),
      cmocka_unit_test(R7_a_timeout_around_each_wait),
      cmocka_unit_test(R33_a_channel_that_is_never_empty_starves_nobody),
      cmocka_unit_test(S24_an_end_with_a_full_channel),
      cmocka_unit_test(bad_arguments),
      cmocka_unit_test(R35_outside_tasks_only_the_try_forms),
      cmocka_unit_test(without_memory_nothing_is_made),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
