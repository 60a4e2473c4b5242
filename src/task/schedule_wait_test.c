// Nasty schedules of channels and futures, by number. How they are run: schedule.h.
#include <pthread.h>

#include "task/schedule.h"
#include "whorl/channel.h"

static whorl_event_t receiver_waits, first_waits, go;
static whorl_channel_t channel;
static whorl_task_t receiver;
static int value;

static void let_all_come_to_rest(void) { (void)whorl_sleep(1); }

static int received(const char *who)
{
  void *item = NULL;
  int status = heard(whorl_channel_receive(channel, &item));
  REQUIRE(status == WHORL_OK ? item == &value : item == NULL);
  note("%s:%s", who, whorl_status_name(status) + 6);
  return status;
}

static int receives_twice(void *arg)
{
  (void)arg;
  step();
  (void)whorl_event_set(receiver_waits);
  int status = received("receiver");
  if (status == WHORL_OK) status = received("receiver");
  return status;
}

static int receives_next(void *arg)
{
  (void)arg;
  (void)whorl_event_wait(receiver_waits);
  step();
  return received("next");
}

static int sends(void)
{
  int status = heard(whorl_channel_send(channel, &value));
  REQUIRE_INT(WHORL_OK, status);
  return status;
}

static int cancels(void)
{
  REQUIRE_INT(WHORL_OK, whorl_task_cancel(receiver));
  return WHORL_OK;
}

// The two are woken by one event, so they run in one turn, in the order in which they wait for it.
static int goes_first(void *what)
{
  step();
  (void)whorl_event_set(first_waits);
  int status = whorl_event_wait(go);
  return status < 0 ? status : (*(int (**)(void))what)();
}

static int goes_second(void *what)
{
  (void)whorl_event_wait(first_waits);
  step();
  int status = whorl_event_wait(go);
  return status < 0 ? status : (*(int (**)(void))what)();
}

static int (*const sending)(void) = sends, (*const cancelling)(void) = cancels;

static void hand_over(const void *first, const void *second, bool with_next)
{
  static const actor_t waiting = {"receiver", receives_twice, NULL}, next = {"next", receives_next, NULL};
  whorl_task_group_t group;
  whorl_event_t *const events[] = {&receiver_waits, &first_waits, &go};
  for (int i = 0; i < 3; i++) {
    *events[i] = (whorl_event_t){0};
    REQUIRE_INT(WHORL_OK, whorl_event_create(NULL, events[i]));
  }
  channel = (whorl_channel_t){0};
  receiver = (whorl_task_t){0};
  REQUIRE_INT(WHORL_OK, whorl_channel_create(1, NULL, &channel));
  whorl_task_group_open(&group);
  bool early = schedule_chance(2) == 0;
  if (early) (void)spawn_actor(&group, &waiting, &receiver);
  if (with_next) (void)spawn_actor(&group, &next, NULL);
  SPAWN_ACTORS(&group, {"first", goes_first, (void *)first}, {"second", goes_second, (void *)second});
  if (!early) (void)spawn_actor(&group, &waiting, &receiver);
  let_all_come_to_rest();
  REQUIRE_INT(WHORL_OK, whorl_event_set(go));
  let_all_come_to_rest();
  if (first == &cancelling && !with_next) {
    void *item = NULL;
    REQUIRE_INT(WHORL_OK, whorl_channel_try_receive(channel, &item)); // it is in the buffer
    REQUIRE(item == &value);
  }
  REQUIRE_INT(0, (int64_t)whorl_channel_count(channel));
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  (void)whorl_channel_destroy(channel);
  for (int i = 0; i < 3; i++) (void)whorl_event_destroy(*events[i]);
}

// S2: a receiver waits; a sender hands it an item, then a third task cancels the receiver, in the same turn. It receives the item; its next call says CANCELED; nothing is lost.
static void S02_R05_cancelled_after_the_item_was_handed_over(void)
{
  hand_over(&sending, &cancelling, false);
  REQUIRE_TRACE("receiver:OK receiver:CANCELED");
}

// S3: the same, cancelled first. The receive says CANCELED; the item is in the buffer, or with the next waiter.
static void S03_R05_cancelled_before_the_item_is_sent(void)
{
  hand_over(&cancelling, &sending, false);
  REQUIRE_TRACE("receiver:CANCELED");
}

static void S03_R28_the_next_waiter_gets_what_a_cancelled_one_does_not_take(void)
{
  hand_over(&cancelling, &sending, true);
  REQUIRE_TRACE("receiver:CANCELED next:OK");
}

// S20: a future is completed from two threads while one waiter is cancelled and another one's limit passes. One thread wins; the waiters get CANCELED, TIMED_OUT and the value.
static whorl_future_t future;
static pthread_barrier_t both;
static int outcomes[3];

static void *completes(void *ret_status)
{
  pthread_barrier_wait(&both);
  *(int *)ret_status = whorl_future_complete(future, WHORL_OK, &value);
  return NULL;
}

static int waits(void *outcome)
{
  void *got = NULL;
  step();
  int status = heard(whorl_future_wait(future, &got));
  REQUIRE((status == WHORL_OK) == (got == &value));
  *(int *)outcome = status;
  return status;
}

static int waits_with_a_limit(void *outcome)
{
  whorl_timeout_t timeout;
  step();
  whorl_timeout_open(&timeout, SECONDS(1));
  int status = heard(whorl_timeout_close(&timeout, whorl_future_wait(future, NULL)));
  *(int *)outcome = status;
  return status == WHORL_TIMED_OUT ? WHORL_OK : status;
}

static void complete_from_two_threads(void)
{
  pthread_t threads[2];
  int statuses[2];
  CHECK_INT(0, pthread_barrier_init(&both, NULL, 2));
  for (int i = 0; i < 2; i++) CHECK_INT(0, pthread_create(&threads[i], NULL, completes, &statuses[i]));
  for (int i = 0; i < 2; i++) CHECK_INT(0, pthread_join(threads[i], NULL));
  pthread_barrier_destroy(&both);
  int winner = statuses[0] == WHORL_OK ? 0 : 1;
  REQUIRE_INT(WHORL_OK, statuses[winner]);
  REQUIRE_INT(WHORL_ALREADY_COMPLETED, statuses[1 - winner]);
}

static void S20_R27_completed_from_two_threads(void)
{
  static const actor_t cancelled = {"cancelled", waits, &outcomes[0]};
  whorl_task_t task = {0};
  whorl_task_group_t group;
  future = (whorl_future_t){0};
  for (int i = 0; i < 3; i++) outcomes[i] = 1;
  REQUIRE_INT(WHORL_OK, whorl_future_create(NULL, &future));
  whorl_task_group_open(&group);
  bool early = schedule_chance(2) == 0;
  if (early) (void)spawn_actor(&group, &cancelled, &task);
  SPAWN_ACTORS(&group, {"limited", waits_with_a_limit, &outcomes[1]}, {"served", waits, &outcomes[2]});
  if (!early) (void)spawn_actor(&group, &cancelled, &task);
  (void)whorl_sleep_until(SECONDS(1)); // the limit is due in the same turn, and first
  REQUIRE_INT(WHORL_OK, whorl_task_cancel(task));
  complete_from_two_threads();
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  REQUIRE_INT(WHORL_CANCELED, outcomes[0]);
  REQUIRE_INT(WHORL_TIMED_OUT, outcomes[1]);
  REQUIRE_INT(WHORL_OK, outcomes[2]);
  (void)whorl_future_destroy(future);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      SCHEDULE(S02_R05_cancelled_after_the_item_was_handed_over),
      SCHEDULE(S03_R05_cancelled_before_the_item_is_sent),
      SCHEDULE(S03_R28_the_next_waiter_gets_what_a_cancelled_one_does_not_take),
      SCHEDULE(S20_R27_completed_from_two_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
