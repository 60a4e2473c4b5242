// Cancellation: docs/tasks.md section A.
#include "task/kit.h"
#include "task/wait.h"
#include "whorl/channel.h"

// --- R1, R2, R3

TASK_TEST(R01_a_cancelled_scope_stays_cancelled)
{
  whorl_event_t event;
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &event));
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_cancel(&group);
  uint64_t switches = whorl__core_read_counts(kit.core).switches;
  CHECK_INT(WHORL_CANCELED, whorl_sleep(SECONDS(1)));
  CHECK_INT(WHORL_CANCELED, whorl_event_wait(event));
  CHECK_INT(WHORL_CANCELED, whorl_yield());
  CHECK_INT(switches, whorl__core_read_counts(kit.core).switches);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1))); // and only until it is closed
  return whorl_event_destroy(event);
}

TASK_TEST(R01_the_first_reason_is_kept)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, SECONDS(1));
  whorl_timeout_cancel(&timeout);
  whorl_timeout_t inner;
  whorl_timeout_open(&inner, -1); // not what cancelled the outer one
  CHECK_INT(WHORL_CANCELED, whorl_timeout_close(&inner, whorl_sleep(SECONDS(2))));
  CHECK_INT(WHORL_OK, whorl_timeout_close(&timeout, WHORL_CANCELED)); // cancelled, not expired
  CHECK(!whorl_timeout_expired(&timeout));
  return WHORL_OK;
}

static whorl_event_t shared_event;

static int drains_a_child(void *arg)
{
  (void)arg;
  whorl_task_group_t inner;
  whorl_task_group_open(&inner);
  whorl_shield_t shield;
  whorl_shield_open(&shield, SECONDS(10));
  int slept = whorl_sleep(SECONDS(2)); // the cancellation at 1 s does not wake it
  note("%d@%g", slept, now_s());
  slept = whorl_shield_close(&shield, slept);
  note("%d", slept);
  int after = whorl_sleep(SECONDS(1));
  note("%s", whorl_status_name(after));
  return whorl_task_group_close(&inner, after);
}

TASK_TEST(R02_a_shielded_task_is_not_woken_for_a_cancellation)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, drains_a_child, NULL);
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  uint64_t starts = whorl__core_read_counts(kit.core).switches;
  whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_CANCELED, whorl_sleep(0));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_CANCELED));
  CHECK_INT(starts + 2, whorl__core_read_counts(kit.core).switches); // this task into close; the child once, at 2 s
  CHECK_TEXT("0@2 0 WHORL_CANCELED", trace);
  return WHORL_OK;
}

TASK_TEST(R03_a_cancellation_is_looked_for_before_anything_else)
{
  whorl_event_t event;
  whorl_future_t future;
  void *value = &event;
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &event));
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
  whorl_event_set(event);
  whorl_future_complete(future, WHORL_OK, NULL);
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_CANCELED, whorl_event_wait(event)); // though it is set
  CHECK_INT(WHORL_CANCELED, whorl_future_wait(future, &value));
  CHECK(value == &event);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(WHORL_OK, whorl_event_wait(event));
  whorl_event_destroy(event);
  return whorl_future_destroy(future);
}

// --- R4, R5, R7

static int waits_for_the_event(void *arg)
{
  int status = whorl_event_wait(*(whorl_event_t *)arg);
  note("%s@%g", whorl_status_name(status), now_s());
  return status;
}

TASK_TEST(R04_a_cancelled_wait_leaves_nothing_behind)
{
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &shared_event));
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_t first;
  whorl_task_group_spawn_with_options(&group, waits_for_the_event, &shared_event, NULL, &first, "first");
  whorl_task_group_spawn(&group, waits_for_the_event, &shared_event);
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  CHECK_INT(WHORL_OK, whorl_task_cancel(first));
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  whorl_event_set(shared_event); // finds only the second waiter
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("WHORL_CANCELED@1 WHORL_OK@2", trace);
  return whorl_event_destroy(shared_event);
}

static int takes_then_sleeps(void *arg)
{
  waits_for_the_event(arg);
  int status = whorl_sleep(SECONDS(1));
  note("%s", whorl_status_name(status));
  return status;
}

TASK_TEST(R05_a_result_that_was_handed_over_is_delivered)
{
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &shared_event));
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, takes_then_sleeps, &shared_event);
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  whorl_event_set(shared_event);
  whorl_task_group_cancel(&group); // same turn, but later
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("WHORL_OK@1 WHORL_CANCELED", trace);
  return whorl_event_destroy(shared_event);
}

TASK_TEST(R05_a_cancellation_that_came_first_wins)
{
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &shared_event));
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, waits_for_the_event, &shared_event);
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  whorl_task_group_cancel(&group);
  whorl_event_set(shared_event);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("WHORL_CANCELED@1", trace);
  return whorl_event_destroy(shared_event);
}

static int yields(void *arg)
{
  (void)arg;
  int status = whorl_yield();
  note("%s", whorl_status_name(status));
  return status;
}

TASK_TEST(R05_only_yield_looks_again_after_resuming)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, yields, NULL);
  CHECK_INT(WHORL_OK, whorl_yield()); // it yields too, behind us
  whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("WHORL_CANCELED", trace);
  return WHORL_OK;
}

enum cause { DEADLINE, CANCEL, SIBLING, TASK, DESTROY, SHUTDOWN, CAUSES };
enum call { SLEEP, SLEEP_UNTIL, YIELD, EVENT, FUTURE, SEND, RECEIVE, CALLS };

static enum call call_made;
static int makes_the_call(void *arg)
{
  (void)arg;
  whorl_event_t event;
  whorl_future_t future;
  whorl_channel_t channel;
  void *item;
  whorl_event_create(NULL, &event);
  whorl_future_create(NULL, &future);
  whorl_channel_create(0, NULL, &channel);
  int status = WHORL_OK;
  while (status == WHORL_OK) // yield goes on until then; the others wait for good
    switch (call_made) {
    case SLEEP: status = whorl_sleep(WHORL_FOREVER); break;
    case SLEEP_UNTIL: status = whorl_sleep_until(WHORL_FOREVER); break;
    case SEND: status = whorl_channel_send(channel, NULL); break;
    case RECEIVE: status = whorl_channel_receive(channel, &item); break;
    case YIELD: status = whorl_yield(); break;
    case EVENT: status = whorl_event_wait(event); break;
    default: status = whorl_future_wait(future, NULL); break;
    }
  CHECK_INT(WHORL_CANCELED, status);
  CHECK(whorl_detail()[0] != '\0');
  note("%s", whorl_detail());
  whorl_event_destroy(event);
  whorl_future_destroy(future);
  whorl_channel_destroy(channel);
  return status;
}

static int sweep_destroy(void)
{
  whorl__scope_t *node;
  CHECK_INT(WHORL_OK, whorl__scope_create(kit.core, NULL, "talker", &node));
  CHECK_INT(WHORL_OK, whorl__scope_spawn(node, makes_the_call, NULL, NULL, NULL, "here"));
  CHECK_INT(WHORL_OK, whorl_yield());
  whorl__scope_cancel(node, "node 'talker' was destroyed");
  CHECK_INT(WHORL_OK, whorl__scope_drain(node));
  CHECK_INT(WHORL_OK, whorl__scope_first_error(node));
  whorl__scope_destroy(node);
  return WHORL_OK;
}

static int fails_after_two_turns(void *arg)
{
  (void)arg;
  for (int i = 0; i < 2; i++) whorl_yield();
  return WHORL_IO_ERROR;
}

static int sweep_one(void *arg)
{
  enum cause cause = *(enum cause *)arg;
  if (cause == DESTROY) return sweep_destroy();
  whorl_timeout_t timeout;
  whorl_task_t task;
  whorl_timeout_open(&timeout, cause == DEADLINE ? 0 : SECONDS(100));
  whorl_task_group_t group;
  whorl_task_group_open_with_options(&group, &(whorl_task_group_options_t){.name = "arms"}, "here");
  if (cause == DEADLINE) {
    int status = makes_the_call(NULL);
    CHECK_INT(WHORL_CANCELED, whorl_task_group_close(&group, status));
    CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, WHORL_CANCELED));
    return WHORL_OK;
  }
  whorl_task_group_spawn_with_options(&group, makes_the_call, NULL, NULL, &task, "caller");
  if (cause == SIBLING)
    whorl_task_group_spawn_with_options(&group, fails_after_two_turns, NULL, &(whorl_task_options_t){.name = "home 2"}, NULL, "");
  CHECK_INT(WHORL_OK, whorl_yield());
  if (cause == CANCEL) whorl_task_group_cancel(&group);
  if (cause == TASK) whorl_task_cancel(task);
  if (cause == SHUTDOWN) whorl__core_cancel(kit.core);
  int status = whorl_task_group_close(&group, WHORL_OK);
  CHECK_INT(cause == SIBLING ? WHORL_IO_ERROR : cause == SHUTDOWN ? WHORL_CANCELED : WHORL_OK, status);
  return whorl_timeout_close(&timeout, WHORL_OK);
}

static void R07_every_cause_says_canceled_inside(void **state)
{
  (void)state;
  for (int cause = 0; cause < CAUSES; cause++)
    for (call_made = 0; call_made < CALLS; call_made++) {
      trace_clear();
      kit_open();
      assert_int_equal(WHORL_OK, kit_run(sweep_one, &cause));
      kit_close();
      static const char *const reasons[] = {
          "timeout of 0 s opened at src/", "group 'arms' was cancelled",  "group 'arms': task 'home 2' failed: IO_ERROR",
          "task 'caller' was cancelled",   "node 'talker' was destroyed", "shutdown"};
      assert_non_null(strstr(trace, cause == DEADLINE ? "timeout of 0 s opened at " : reasons[cause]));
    }
}

TASK_TEST(R03_what_is_cancelled_between_the_look_and_the_wait_is_found)
{
  whorl_task_group_t group;
  whorl__waiter_t waiter;
  whorl_task_group_open(&group);
  CHECK_INT(WHORL_OK, whorl__wait_entry());
  whorl__wait_begin(&waiter, "nothing");
  whorl_task_group_cancel(&group); // as another thread might
  CHECK_INT(WHORL_CANCELED, whorl__wait_suspend(&waiter));
  whorl__wait_begin(&waiter, "nothing");
  CHECK(whorl__wait_commit(&waiter, WHORL_OK)); // before it has left its fiber
  CHECK(!whorl__wait_commit(&waiter, WHORL_IO_ERROR));
  CHECK_INT(WHORL_OK, whorl__wait_suspend(&waiter)); // the first commit wins
  return whorl_task_group_close(&group, WHORL_OK);
}

// --- R8, R9, R10, R12, R13

TASK_TEST(R08_a_destroyed_object_ends_one_wait_and_no_more)
{
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &shared_event));
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, takes_then_sleeps, &shared_event);
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  CHECK_INT(WHORL_OK, whorl_event_destroy(shared_event));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("WHORL_DESTROYED@1 WHORL_OK", trace);
  CHECK_INT(2 * SECONDS(1), whorl_now_ns());
  return WHORL_OK;
}

static void note_post(whorl__post_t *post, bool closed)
{
  (void)post;
  note("%s", closed ? "closed" : "posted");
}

TASK_TEST(R13_what_is_never_refused)
{
  whorl__post_t post = {.run = note_post};
  whorl_event_t event;
  whorl_future_t future;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_cancel(&group);
  CHECK(whorl_canceled());
  CHECK_INT(WHORL_OK, whorl_event_create(NULL, &event));
  CHECK_INT(WHORL_OK, whorl_event_set(event));
  CHECK(whorl_event_is_set(event));
  CHECK_INT(WHORL_OK, whorl_event_reset(event));
  CHECK_INT(WHORL_OK, whorl_event_destroy(event));
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
  CHECK_INT(WHORL_OK, whorl_future_complete(future, WHORL_OK, NULL));
  CHECK(whorl_future_is_complete(future));
  CHECK_INT(WHORL_OK, whorl_future_destroy(future));
  whorl__core_post(kit.core, &post);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK(!whorl_canceled());
  CHECK_INT(WHORL_OK, whorl_yield());
  CHECK_TEXT("posted", trace);
  return WHORL_OK;
}

static int sleeps_long(void *arg)
{
  (void)arg;
  return whorl_sleep(SECONDS(50));
}

TASK_TEST(R10_a_task_is_cancelled_by_its_id_and_nobody_else)
{
  whorl_task_t task;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  CHECK_INT(WHORL_OK, whorl_task_group_spawn_with_options(&group, sleeps_long, NULL, NULL, &task, "long"));
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  CHECK_INT(WHORL_OK, whorl_task_cancel(task));
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  CHECK_INT(WHORL_DESTROYED, whorl_task_cancel(task));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK)); // its CANCELED was silent
  CHECK_INT(SECONDS(2), whorl_now_ns());
  CHECK_INT(WHORL_INVALID_HANDLE, whorl_task_cancel((whorl_task_t){0}));
  return WHORL_OK;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R01_a_cancelled_scope_stays_cancelled),
      cmocka_unit_test(R01_the_first_reason_is_kept),
      cmocka_unit_test(R02_a_shielded_task_is_not_woken_for_a_cancellation),
      cmocka_unit_test(R03_a_cancellation_is_looked_for_before_anything_else),
      cmocka_unit_test(R03_what_is_cancelled_between_the_look_and_the_wait_is_found),
      cmocka_unit_test(R04_a_cancelled_wait_leaves_nothing_behind),
      cmocka_unit_test(R05_a_result_that_was_handed_over_is_delivered),
      cmocka_unit_test(R05_a_cancellation_that_came_first_wins),
      cmocka_unit_test(R05_only_yield_looks_again_after_resuming),
      cmocka_unit_test(R07_every_cause_says_canceled_inside),
      cmocka_unit_test(R08_a_destroyed_object_ends_one_wait_and_no_more),
      cmocka_unit_test(R10_a_task_is_cancelled_by_its_id_and_nobody_else),
      cmocka_unit_test(R13_what_is_never_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
