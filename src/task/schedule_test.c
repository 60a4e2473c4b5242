// Nasty schedules of cancellation, limits, shields and groups, by number. Each says first what it is about and what is required. How they are run: schedule.h.
#include "task/schedule.h"

// Sleeps, says what came of it and when, and ends with a status of its own, or with the sleep's failure.
typedef struct sleeper {
  double seconds;
  int status;
} sleeper_t;

static int sleeps(void *arg)
{
  const sleeper_t *sleeper = arg;
  step();
  int status = whorl_sleep_until(SECONDS(sleeper->seconds));
  note("%s:%s@%g", whorl_task_name(), whorl_status_name(status) + 6, now_s());
  step();
  return status < 0 ? status : sleeper->status;
}

static sleeper_t bad = {1, WHORL_IO_ERROR}, patient = {9, WHORL_OK};

// S1: an outer limit of 3 s; inside, a loop of 1 s limits around a call that nobody answers. The inner closes say TIMED_OUT twice, then CANCELED; the outer one TIMED_OUT.
static void S01_R14_retries_inside_a_limit(void)
{
  whorl_future_t answer = {0};
  whorl_timeout_t outer;
  int status;
  step();
  REQUIRE_INT(WHORL_OK, whorl_future_create(NULL, &answer));
  whorl_timeout_open(&outer, SECONDS(3));
  do {
    whorl_timeout_t inner;
    step();
    if (schedule_chance(2) == 1) REQUIRE_INT(WHORL_OK, whorl_timeout_set_deadline(&outer, SECONDS(3))); // armed after the inner ones
    whorl_timeout_open(&inner, SECONDS(1));
    step();
    status = heard(whorl_timeout_close(&inner, whorl_future_wait(answer, NULL)));
    note("%s@%g", whorl_status_name(status), now_s());
  } while (status == WHORL_TIMED_OUT);
  REQUIRE_INT(WHORL_TIMED_OUT, whorl_timeout_close(&outer, status));
  REQUIRE_TRACE("WHORL_TIMED_OUT@1 WHORL_TIMED_OUT@2 WHORL_CANCELED@3");
  REQUIRE(now_s() == 3);
  (void)whorl_future_destroy(answer);
}

// S4: an answer arrives at the very deadline: TIMED_OUT, and the next call works. One nanosecond earlier: OK.
static whorl_future_t answer;

static int answers_at(void *arg)
{
  step();
  (void)whorl_sleep_until(*(int64_t *)arg);
  step();
  return whorl_future_complete(answer, WHORL_OK, NULL) == WHORL_NO_MEMORY ? WHORL_NO_MEMORY : WHORL_OK;
}

static int calls_with_a_limit(void *arg)
{
  whorl_timeout_t timeout;
  step();
  whorl_timeout_open(&timeout, SECONDS(1));
  step();
  int status = heard(whorl_timeout_close(&timeout, whorl_future_wait(answer, NULL)));
  note("%s", whorl_status_name(status) + 6);
  REQUIRE_INT(WHORL_OK, whorl_future_wait(answer, NULL)); // late, or had already
  (void)arg;
  return status == WHORL_NO_MEMORY ? status : WHORL_OK;
}

static void answered_at(int64_t when)
{
  whorl_task_group_t group;
  answer = (whorl_future_t){0};
  REQUIRE_INT(WHORL_OK, whorl_future_create(NULL, &answer));
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"caller", calls_with_a_limit, NULL}, {"answerer", answers_at, &when});
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  REQUIRE(whorl_now_ns() == when);
  (void)whorl_future_destroy(answer);
}

static void S04_R06_an_answer_at_the_deadline(void)
{
  answered_at(SECONDS(1));
  REQUIRE_TRACE("TIMED_OUT");
}

static void S04_R06_an_answer_just_before_the_deadline(void)
{
  answered_at(SECONDS(1) - 1);
  REQUIRE_TRACE("OK");
}

// S5: the body of a group is in a shield when a child fails at 1 s. Its clean-up ends well at 2 s, its next call says CANCELED, close returns the child's error.
static void S05_R23_a_body_in_a_shield_finishes_its_clean_up(void)
{
  whorl_task_group_t group;
  whorl_shield_t shield;
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"bad", sleeps, &bad}, {"patient", sleeps, &patient});
  whorl_shield_open(&shield, SECONDS(5));
  step();
  REQUIRE_INT(WHORL_OK, whorl_sleep_until(SECONDS(2)));
  REQUIRE_INT(WHORL_OK, whorl_shield_close(&shield, WHORL_OK));
  REQUIRE(now_s() == 2);
  REQUIRE_INT(WHORL_CANCELED, whorl_yield());
  REQUIRE_INT(WHORL_IO_ERROR, close_group(&group, WHORL_CANCELED));
  REQUIRE_TRACE("bad:OK@1 patient:CANCELED@1");
}

// S6: a group cancels itself at 0.1 s, a child cleans up for 1 s in a shield, a limit around it all ends at 0.5 s. The group's close says CANCELED at 1.1 s, the limit's TIMED_OUT.
static int cleans_up_for_a_second(void *arg)
{
  (void)arg;
  step();
  int status = whorl_sleep(SECONDS(10));
  whorl_shield_t shield;
  whorl_shield_open(&shield, SECONDS(5));
  step();
  (void)whorl_sleep(SECONDS(1));
  int shielded = heard(whorl_shield_close(&shield, WHORL_OK));
  return shielded < 0 ? shielded : status;
}

static void S06_R22_a_limit_ends_while_a_cancelled_group_cleans_up(void)
{
  whorl_timeout_t limit;
  whorl_task_group_t group;
  whorl_timeout_open(&limit, SECONDS(0.5));
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"cleaner", cleans_up_for_a_second, NULL}, {"patient", sleeps, &patient});
  (void)whorl_sleep_until(SECONDS(0.1));
  step();
  whorl_task_group_cancel(&group);
  step();
  int status = close_group(&group, WHORL_OK);
  REQUIRE_INT(WHORL_CANCELED, status);
  REQUIRE_INT(SECONDS(1.1), whorl_now_ns());
  REQUIRE_INT(WHORL_TIMED_OUT, whorl_timeout_close(&limit, status));
}

// S7: a child spawns a sibling one turn after another one failed. The spawn says CANCELED, the sibling is released once, the group ends with the first error.
static whorl_event_t failed;

static int fails_and_says_so(void *arg)
{
  (void)arg;
  step();
  (void)whorl_sleep(SECONDS(1));
  return heard(whorl_event_set(failed)) == WHORL_NO_MEMORY ? WHORL_NO_MEMORY : WHORL_IO_ERROR;
}

static int spawns_a_sibling(void *group)
{
  static const actor_t sibling = {"sibling", sleeps, &patient};
  whorl_shield_t shield;
  whorl_shield_open(&shield, SECONDS(9));
  step();
  int status = whorl_event_wait(failed);
  if (status == WHORL_OK) status = whorl_yield();
  step();
  if (status == WHORL_OK) note("%s", whorl_status_name(spawn_actor(group, &sibling, NULL)));
  return heard(whorl_shield_close(&shield, status));
}

static void S07_R19_a_sibling_spawned_after_a_failure(void)
{
  whorl_task_group_t group;
  failed = (whorl_event_t){0};
  REQUIRE_INT(WHORL_OK, whorl_event_create(NULL, &failed));
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"bad", fails_and_says_so, NULL}, {"spawner", spawns_a_sibling, &group});
  REQUIRE_INT(WHORL_IO_ERROR, close_group(&group, WHORL_OK));
  REQUIRE_TRACE("WHORL_CANCELED");
  REQUIRE(now_s() == 1);
  (void)whorl_event_destroy(failed);
}

// S8: a child's first statement cancels its own group; then it waits for an event that nobody sets. CANCELED at once, the group closes with OK.
static whorl_event_t never_set;

static int cancels_its_own_group(void *group)
{
  whorl_task_group_cancel(group);
  note("ran on");
  int status = whorl_event_wait(never_set);
  note("%s", whorl_status_name(status));
  return status;
}

static void S08_R10_a_child_cancels_its_own_group(void)
{
  whorl_task_group_t group;
  never_set = (whorl_event_t){0};
  step();
  REQUIRE_INT(WHORL_OK, whorl_event_create(NULL, &never_set));
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"own", cancels_its_own_group, &group});
  step();
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  REQUIRE_TRACE("ran on WHORL_CANCELED");
  REQUIRE(now_s() == 0);
  (void)whorl_event_destroy(never_set);
}

// S9: three tasks are spawned and their group is cancelled before the turn ends. None is entered, all are released, close says OK.
static int enters(void *arg)
{
  (void)arg;
  note("entered");
  return WHORL_OK;
}

static void S09_R09_cancelled_before_they_ran(void)
{
  whorl_task_group_t group;
  step();
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"a", enters, NULL}, {"b", enters, NULL}, {"c", enters, NULL});
  int released = schedule.released;
  whorl_task_group_cancel(&group);
  REQUIRE(released == schedule.released); // decided when its turn in the queue comes, not inside the cancel
  step();
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  REQUIRE(released + 3 == schedule.released);
  REQUIRE_TRACE("");
}

// S10: A and B fail in one turn, then C in its clean-up. The first in time is returned; all three are listed in time's order, each with its name and a sentence.
static const char *failures[3];
static int failure_count;

static int fails_at_one(void *arg)
{
  step();
  int status = whorl_sleep_until(SECONDS(1));
  failures[failure_count++] = arg;
  whorl_event_t none = {0};
  (void)whorl_event_set(none); // leaves a sentence behind
  return status < 0 ? status : WHORL_IO_ERROR;
}

static int fails_in_its_clean_up(void *arg)
{
  step();
  (void)whorl_sleep(SECONDS(9));
  step();
  failures[failure_count++] = arg;
  return WHORL_MALFORMED;
}

static void S10_R20_errors_in_one_turn_and_in_a_clean_up(void)
{
  whorl_task_group_t group;
  failure_count = 0;
  whorl_task_group_open_with_options(&group, &(whorl_task_group_options_t){.name = "arms"}, "here");
  SPAWN_ACTORS(&group, {"A", fails_at_one, "A"}, {"B", fails_at_one, "B"}, {"C", fails_in_its_clean_up, "C"});
  REQUIRE_INT(WHORL_IO_ERROR, close_group(&group, WHORL_OK));
  char sentence[80];
  snprintf(sentence, sizeof sentence, "group 'arms': task '%s' failed: IO_ERROR: ", failures[0]);
  REQUIRE(strstr(whorl_detail(), sentence) == whorl_detail());
  REQUIRE(now_s() == 1);                                // C did not sleep its 9 s
  REQUIRE_INT(3, whorl_task_group_error_count(&group)); // counted, even where there was no memory for the list
  whorl_task_error_t error;
  for (size_t i = 0; i < 3; i++) {
    if (!whorl_task_group_error_at(&group, i, &error)) { // then one is missing, and the missing sentence is what was told
      REQUIRE(schedule.failing && i == 2);
      schedule.refusals++;
      break;
    }
    REQUIRE(failure_count == 3 && strcmp(failures[i], error.task) == 0);
    REQUIRE(error.status == (i < 2 ? WHORL_IO_ERROR : WHORL_MALFORMED) && error.detail[0] != '\0');
  }
}

// S11: a child makes IO_ERROR of a CANCELED that an outer limit caused. The limit's close returns IO_ERROR, and the limit says that it expired.
static int makes_another_error(void *arg)
{
  (void)arg;
  step();
  int status = whorl_sleep(SECONDS(9));
  step();
  return status == WHORL_CANCELED ? WHORL_IO_ERROR : status;
}

static void S11_R14_a_body_that_turned_canceled_into_an_error(void)
{
  whorl_timeout_t limit;
  whorl_task_group_t group;
  whorl_timeout_open(&limit, SECONDS(1));
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"mapper", makes_another_error, NULL}, {"patient", sleeps, &patient});
  step();
  REQUIRE_INT(WHORL_IO_ERROR, whorl_timeout_close(&limit, close_group(&group, WHORL_OK)));
  REQUIRE(whorl_timeout_expired(&limit));
  REQUIRE_TRACE("patient:CANCELED@1");
}

// S12: a child's own inner limit fires and it returns TIMED_OUT. The group fails with it, the siblings are cancelled.
static int has_a_limit_of_its_own(void *arg)
{
  (void)arg;
  whorl_timeout_t timeout;
  step();
  whorl_timeout_open(&timeout, SECONDS(1));
  step();
  return heard(whorl_timeout_close(&timeout, whorl_sleep(SECONDS(2))));
}

static void S12_R21_a_childs_own_limit(void)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"patient", sleeps, &patient}, {"limited", has_a_limit_of_its_own, NULL});
  REQUIRE_INT(WHORL_TIMED_OUT, close_group(&group, WHORL_OK));
  REQUIRE_TRACE("patient:CANCELED@1");
}

// S13: the opener is in close; its outer scope is cancelled twice; the children ignore it and return OK. Close says OK, after the last child; the next call says CANCELED.
static int ignores_it(void *arg)
{
  whorl_shield_t shield;
  whorl_shield_open(&shield, SECONDS(9));
  step();
  (void)whorl_sleep_until(SECONDS(*(double *)arg));
  note("%g", now_s());
  return heard(whorl_shield_close(&shield, WHORL_OK));
}

static int cancels_twice(void *timeout)
{
  (void)whorl_sleep(SECONDS(1));
  for (int i = 0; i < 2; i++) {
    step();
    whorl_timeout_cancel(timeout);
  }
  return WHORL_OK;
}

static void S13_R11_close_never_invents_a_canceled(void)
{
  static double two = 2, three = 3;
  whorl_task_group_t others, group;
  whorl_timeout_t outer;
  whorl_task_group_open(&others);
  whorl_timeout_open(&outer, SECONDS(8));
  SPAWN_ACTORS(&others, {"canceller", cancels_twice, &outer});
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"two", ignores_it, &two}, {"three", ignores_it, &three});
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  REQUIRE(now_s() == 3);
  REQUIRE_TRACE("2 3");
  int status = whorl_yield();
  REQUIRE_INT(WHORL_CANCELED, status);
  REQUIRE_INT(WHORL_OK, whorl_timeout_close(&outer, status));
  REQUIRE_INT(WHORL_OK, close_group(&others, WHORL_OK));
}

// S19: a shield is opened in a cancelled scope, in it a group with two sleeping tasks and a limit. All work as usual; the shield's own limit covers the group; after it: CANCELED.
static int sleeps_two(void *arg)
{
  (void)arg;
  step();
  int status = whorl_sleep_until(SECONDS(2));
  note("%s@%g", whorl_status_name(status) + 6, now_s());
  return status;
}

static void shielded_group(int64_t shielded, int limit_says, int shield_says)
{
  whorl_task_group_t cancelled, group;
  whorl_shield_t shield;
  whorl_timeout_t limit;
  whorl_task_group_open(&cancelled);
  whorl_task_group_cancel(&cancelled);
  whorl_shield_open(&shield, shielded);
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"a", sleeps_two, NULL}, {"b", sleeps_two, NULL});
  whorl_timeout_open(&limit, SECONDS(0.5));
  step();
  REQUIRE_INT(limit_says, whorl_timeout_close(&limit, whorl_sleep(SECONDS(3))));
  REQUIRE_INT(shield_says, whorl_shield_close(&shield, close_group(&group, WHORL_OK)));
  REQUIRE_INT(WHORL_CANCELED, whorl_yield());
  REQUIRE_INT(WHORL_OK, close_group(&cancelled, WHORL_OK));
}

static void S19_R16_what_is_opened_in_a_shield_works(void)
{
  shielded_group(SECONDS(10), WHORL_TIMED_OUT, WHORL_OK);
  REQUIRE_TRACE("OK@2 OK@2");
}

static void S19_R16_the_limit_of_a_shield_covers_what_is_opened_in_it(void)
{
  shielded_group(SECONDS(0.4), WHORL_CANCELED, WHORL_TIMED_OUT);
  REQUIRE_TRACE("CANCELED@0.4 CANCELED@0.4");
}

// --- The kit itself: the actors do come in other orders, and a missed requirement is seen

static int says_its_name(void *arg)
{
  step();
  note("%s", (const char *)arg);
  step();
  note("%s", (const char *)arg);
  return WHORL_OK;
}

static void three_say_their_names(void)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"a", says_its_name, "a"}, {"b", says_its_name, "b"}, {"c", says_its_name, "c"});
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
}

static void permutations_are_other_orders(void **state)
{
  (void)state;
  static char orders[SCHEDULE_SEEDS][32];
  int different = 0;
  for (uint64_t seed = 0; seed < SCHEDULE_SEEDS; seed++) {
    run_schedule(three_say_their_names, seed + 1, false);
    bool seen = false;
    for (int i = 0; i < different; i++) seen |= strcmp(orders[i], trace) == 0;
    if (!seen) snprintf(orders[different++], sizeof orders[0], "%.31s", trace);
  }
  assert_in_range(different, 10, SCHEDULE_SEEDS);
}

static void misses(void) { REQUIRE_INT(WHORL_TIMED_OUT, whorl_yield()); }
static void misses_as_written(void) { run_schedule(misses, 0, false); }

static void a_missed_requirement_is_seen(void **state)
{
  (void)state;
  kit_dies(misses_as_written, "whorl_yield() is 0, not ");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(permutations_are_other_orders),
      cmocka_unit_test(a_missed_requirement_is_seen),
      SCHEDULE(S01_R14_retries_inside_a_limit),
      SCHEDULE(S04_R06_an_answer_at_the_deadline),
      SCHEDULE(S04_R06_an_answer_just_before_the_deadline),
      SCHEDULE(S05_R23_a_body_in_a_shield_finishes_its_clean_up),
      SCHEDULE(S06_R22_a_limit_ends_while_a_cancelled_group_cleans_up),
      SCHEDULE(S07_R19_a_sibling_spawned_after_a_failure),
      SCHEDULE(S08_R10_a_child_cancels_its_own_group),
      SCHEDULE(S09_R09_cancelled_before_they_ran),
      SCHEDULE(S10_R20_errors_in_one_turn_and_in_a_clean_up),
      SCHEDULE(S11_R14_a_body_that_turned_canceled_into_an_error),
      SCHEDULE(S12_R21_a_childs_own_limit),
      SCHEDULE(S13_R11_close_never_invents_a_canceled),
      SCHEDULE(S19_R16_what_is_opened_in_a_shield_works),
      SCHEDULE(S19_R16_the_limit_of_a_shield_covers_what_is_opened_in_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
