// (stress) Cancelling from another thread (docs/tasks.md R12) in a race with a completion from a third: tasks wait for a future each; one thread completes the futures, another cancels the tasks, twice each.
// Whoever comes first decides, and only he: OK with the value, or CANCELED and the future keeps it for somebody else. Neither is lost: a task that had the value still hears of its cancellation. Judged by counts, never by time.
#ifndef WHORL_TASK_CANCEL_RACE_TESTING_H
#define WHORL_TASK_CANCEL_RACE_TESTING_H

#include <sched.h>

#include "task/thread_testing.h"

enum { RACES_AT_ONCE = 50, NOT_BEGUN = 1 };

typedef struct race {
  whorl_future_t future;
  whorl_task_t task;
  int status, next;
  void *got;
} race_t;

static race_t races[RACES_AT_ONCE];
static unsigned rounds, completed_first, cancelled_first;
static atomic_uint round_begun, rounds_ended[2];
static int prize;

static void complete_all(unsigned round)
{
  for (unsigned i = 0; i < RACES_AT_ONCE; i++)
    if (whorl_future_complete(races[(i + round) % RACES_AT_ONCE].future, WHORL_OK, &prize) != WHORL_OK) abort();
}

static void cancel_all(void)
{
  for (int again = 0; again < 2; again++)
    for (unsigned i = 0; i < RACES_AT_ONCE; i++) (void)whorl_task_cancel(races[i].task); // DESTROYED: it has heard already
}

static void *takes_part(void *arg)
{
  intptr_t who = (intptr_t)arg;
  for (unsigned round = 1; round <= rounds; round++) {
    while (atomic_load(&round_begun) < round) sched_yield();
    if (who == 0)
      complete_all(round);
    else
      cancel_all();
    atomic_store(&rounds_ended[who], round);
  }
  return NULL;
}

static int is_raced_for(void *arg)
{
  race_t *race = arg;
  race->status = whorl_future_wait(race->future, &race->got);
  race->next = whorl_sleep(WHORL_FOREVER); // only the cancellation ends it
  return race->status;
}

static void begin_round(whorl_task_group_t *group)
{
  for (int i = 0; i < RACES_AT_ONCE; i++) {
    races[i] = (race_t){.status = NOT_BEGUN, .next = NOT_BEGUN};
    CHECK_INT(WHORL_OK, whorl_future_create(NULL, &races[i].future));
    CHECK_INT(WHORL_OK, whorl_task_group_spawn_with_options(group, is_raced_for, &races[i], NULL, &races[i].task, "raced for"));
  }
}

static void judge(const race_t *race)
{
  void *kept = NULL;
  bool won = race->status == WHORL_OK, began = race->status != NOT_BEGUN; // R9: who is cancelled before his first run has none
  CHECK(won || !began || race->status == WHORL_CANCELED);
  CHECK(race->got == (won ? &prize : NULL));
  CHECK_INT(began ? WHORL_CANCELED : NOT_BEGUN, race->next);
  CHECK_INT(WHORL_OK, whorl_future_wait(race->future, &kept)); // the cancelled one has left it alone
  CHECK(kept == &prize);
  CHECK_INT(WHORL_OK, whorl_future_destroy(race->future));
  completed_first += won;
  cancelled_first += !won;
}

static int lets_them_race(void *arg)
{
  (void)arg;
  for (unsigned round = 1; round <= rounds; round++) {
    whorl_task_group_t group;
    whorl_task_group_open(&group);
    begin_round(&group);
    for (unsigned i = round % 3; i > 0; i--) CHECK_INT(WHORL_OK, whorl_yield()); // new, or waiting already
    atomic_store(&round_begun, round);
    CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
    while (atomic_load(&rounds_ended[0]) < round || atomic_load(&rounds_ended[1]) < round) CHECK_INT(WHORL_OK, whorl_yield());
    for (int i = 0; i < RACES_AT_ONCE; i++) judge(&races[i]);
  }
  return WHORL_OK;
}

static inline void race(unsigned races_in_all)
{
  rounds = races_in_all / RACES_AT_ONCE;
  completed_first = cancelled_first = 0;
  atomic_store(&round_begun, 0);
  for (int i = 0; i < 2; i++) atomic_store(&rounds_ended[i], 0);
  with_two_threads(lets_them_race, takes_part);
  print_message("%u completed before they were cancelled, %u after\n", completed_first, cancelled_first);
  assert_int_equal(completed_first + cancelled_first, races_in_all);
  assert_true(completed_first > 0 && cancelled_first > 0);
}

#endif
