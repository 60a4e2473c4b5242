// Task groups and errors: docs/tasks.md section C.
#include "task/kit.h"

// A child that sleeps and then returns a status.
typedef struct child {
  const char *name;
  double seconds;
  int status;
} child_t;

static int run_child(void *arg)
{
  const child_t *child = arg;
  int status = whorl_sleep(SECONDS(child->seconds));
  note("%s:%s@%g", child->name, whorl_status_name(status) + 6, now_s());
  return status < 0 ? status : child->status;
}

static int spawn(whorl_task_group_t *group, const child_t *child)
{
  return whorl_task_group_spawn_with_options(group, run_child, (void *)child, &(whorl_task_options_t){.name = child->name}, NULL, "here");
}

// --- R18, R19

static int notes(void *arg)
{
  note("%s", (const char *)arg);
  return WHORL_OK;
}

TASK_TEST(R18_spawn_never_runs_the_child_in_the_caller)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, notes, "a");
  whorl_task_group_spawn(&group, notes, "b");
  note("body");
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("body a b", trace);
  return WHORL_OK;
}

TASK_TEST(R18_a_child_lives_under_the_scopes_of_its_group)
{
  static const child_t child = {"child", 2, WHORL_OK};
  whorl_task_group_t group;
  whorl_timeout_t timeout;
  whorl_task_group_open(&group);
  whorl_timeout_open(&timeout, SECONDS(1));
  spawn(&group, &child); // inside the limit, but not under it
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, whorl_sleep(SECONDS(9))));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("child:OK@2", trace);
  return WHORL_OK;
}

static int releases;
static void count_release(void *arg)
{
  (void)arg;
  releases++;
}
static const whorl_task_options_t releasing = {.name = "releasing", .release = count_release};

TASK_TEST(R19_a_spawn_into_a_cancelled_group_is_refused)
{
  static const child_t child = {"child", 1, WHORL_OK};
  releases = 0;
  whorl_task_group_t group;
  whorl_task_group_open_with_options(&group, &(whorl_task_group_options_t){.name = "arms"}, "here");
  whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_CANCELED, whorl_task_group_spawn_with_options(&group, run_child, (void *)&child, &releasing, NULL, "here"));
  CHECK_TEXT("task 'releasing' was not spawned: group 'arms' was cancelled", whorl_detail());
  CHECK_INT(1, releases);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK)); // and no error of the group
  return WHORL_OK;
}

TASK_TEST(R19_a_spawn_without_memory_fails_the_group)
{
  static const child_t child = {"child", 1, WHORL_OK};
  releases = 0;
  whorl_task_group_t group;
  whorl_task_group_open_with_options(&group, &(whorl_task_group_options_t){.name = "arms"}, "here");
  whorl_task_t task = {7};
  whorl__memory_fail_at(1);
  CHECK_INT(WHORL_NO_MEMORY, whorl_task_group_spawn_with_options(&group, run_child, (void *)&child, &releasing, &task, "here"));
  CHECK_INT(7, task.id);
  CHECK_INT(1, releases);
  CHECK_INT(WHORL_CANCELED, whorl_sleep(1));
  CHECK_INT(WHORL_NO_MEMORY, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(1, whorl_task_group_error_count(&group));
  return WHORL_OK;
}

TASK_TEST(R19_a_spawn_of_no_function_fails_the_group)
{
  releases = 0;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_task_group_spawn_with_options(&group, NULL, NULL, &releasing, NULL, "here"));
  CHECK_INT(1, releases);
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_task_group_close(&group, WHORL_OK));
  CHECK(strstr(whorl_detail(), "task 'releasing' was not spawned: its function is NULL") != NULL);
  return WHORL_OK;
}

TASK_TEST(R19_a_task_with_a_stack_that_cannot_be_had)
{
  static const child_t child = {"child", 1, WHORL_OK};
  static const size_t sizes[] = {SIZE_MAX, (size_t)64 << 40, ((size_t)4 << 30) + 1};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    whorl_task_group_t group;
    whorl_task_group_open(&group);
    whorl_task_options_t options = {.name = "huge", .stack_size = sizes[i]};
    CHECK_INT(WHORL_NO_MEMORY, whorl_task_group_spawn_with_options(&group, run_child, (void *)&child, &options, NULL, "here"));
    if (i == 1) CHECK(strcmp(whorl_detail(), "no address space for a stack of 70368744177664 bytes: at most 4294967296") == 0);
    CHECK_INT(WHORL_NO_MEMORY, whorl_task_group_close(&group, WHORL_OK));
  }
  return WHORL_OK;
}

static int eats_stack(void *arg)
{
  volatile char large[1 << 20];
  (void)arg;
  for (size_t i = 0; i < sizeof large; i += 1024) large[i] = 1;
  whorl_yield();
  note("%d", large[1024]);
  return WHORL_OK;
}

TASK_TEST(a_task_may_have_a_larger_stack)
{
  whorl_task_group_t group;
  for (int i = 0; i < 3; i++) {
    whorl_task_group_open(&group);
    whorl_task_group_spawn_with_options(&group, eats_stack, NULL, &(whorl_task_options_t){.stack_size = 2 << 20}, NULL, "here");
    CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  }
  CHECK_TEXT("1 1 1", trace);
  return WHORL_OK;
}

// --- R20, R21

static int cleans_up_badly(void *arg)
{
  (void)arg;
  whorl_sleep(SECONDS(9));
  return WHORL_MALFORMED;
}

TASK_TEST(R20_eight_errors_are_kept_and_all_are_counted)
{
  whorl_task_error_t error;
  whorl_task_group_t group, next;
  whorl_task_group_open(&group);
  for (int i = 0; i < 12; i++) whorl_task_group_spawn(&group, cleans_up_badly, NULL);
  whorl_yield(); // they all sleep now
  CHECK_INT(WHORL_MALFORMED, whorl_task_group_close(&group, WHORL_MALFORMED));
  CHECK_INT(13, whorl_task_group_error_count(&group));
  CHECK(whorl_task_group_error_at(&group, 7, &error));
  CHECK(!whorl_task_group_error_at(&group, 8, &error));
  whorl_task_group_open(&next);
  whorl_task_group_close(&next, WHORL_OK);
  CHECK_INT(0, whorl_task_group_error_count(&group)); // valid until the next close
  return WHORL_OK;
}

static int fails_without_memory_for_the_list(void *arg)
{
  (void)arg;
  whorl__memory_fail_at(1);
  return WHORL_IO_ERROR;
}

TASK_TEST(R20_an_error_without_memory_for_the_list_is_counted_and_the_first_one_still)
{
  whorl_task_error_t error;
  whorl_task_group_t group;
  whorl_task_group_open_with_options(&group, &(whorl_task_group_options_t){.name = "arms"}, "here");
  whorl_task_group_spawn_with_options(&group, cleans_up_badly, NULL, &(whorl_task_options_t){.name = "late"}, NULL, "");
  whorl_yield(); // it sleeps now
  whorl_task_group_spawn(&group, fails_without_memory_for_the_list, NULL);
  CHECK_INT(WHORL_IO_ERROR, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("group 'arms': a task failed: IO_ERROR", whorl_detail()); // not the late one's name
  CHECK_INT(2, whorl_task_group_error_count(&group));
  CHECK(whorl_task_group_error_at(&group, 0, &error));
  CHECK_TEXT("late", error.task);
  CHECK(!whorl_task_group_error_at(&group, 1, &error));
  return WHORL_OK;
}

static int returns_canceled(void *arg)
{
  (void)arg;
  return WHORL_CANCELED;
}

TASK_TEST(R21_a_stray_canceled_is_a_real_error)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, returns_canceled, NULL);
  CHECK_INT(WHORL_CANCELED, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(1, whorl_task_group_error_count(&group));
  whorl_task_group_open(&group);
  CHECK_INT(WHORL_CANCELED, whorl_task_group_close(&group, WHORL_CANCELED)); // of the body
  CHECK_INT(1, whorl_task_group_error_count(&group));
  return WHORL_OK;
}

// --- R22: {child ends with, the group cancels itself, an outer limit fires, the body returns, close returns}

static int ends_when_it_likes(void *arg)
{
  int wanted = *(const int *)arg;
  int status = whorl_sleep(SECONDS(2));
  return wanted == WHORL_CANCELED ? status : wanted; // CANCELED: what it was told
}

static const struct result_row {
  int child;
  bool own, outer;
  int body, returned;
} result_table[] = {
    {WHORL_OK, false, false, WHORL_OK, WHORL_OK},
    {WHORL_OK, true, false, WHORL_OK, WHORL_OK},
    {WHORL_OK, false, true, WHORL_OK, WHORL_OK},
    {WHORL_OK, false, true, WHORL_CANCELED, WHORL_CANCELED},
    {WHORL_OK, true, false, WHORL_CANCELED, WHORL_OK},
    {WHORL_OK, false, false, WHORL_IO_ERROR, WHORL_IO_ERROR},
    {WHORL_OK, true, true, WHORL_IO_ERROR, WHORL_IO_ERROR},
    {WHORL_CANCELED, true, false, WHORL_OK, WHORL_OK},
    {WHORL_CANCELED, false, true, WHORL_OK, WHORL_CANCELED},
    {WHORL_CANCELED, true, true, WHORL_OK, WHORL_CANCELED},
    {WHORL_CANCELED, false, false, WHORL_MALFORMED, WHORL_MALFORMED},
    {WHORL_IO_ERROR, false, false, WHORL_OK, WHORL_IO_ERROR},
    {WHORL_IO_ERROR, true, false, WHORL_OK, WHORL_IO_ERROR},
    {WHORL_IO_ERROR, false, true, WHORL_CANCELED, WHORL_IO_ERROR},
    {WHORL_IO_ERROR, false, false, WHORL_MALFORMED, WHORL_MALFORMED}, // the body's came first
    {WHORL_TIMED_OUT, true, false, WHORL_OK, WHORL_TIMED_OUT},        // never silent (R21), nor is DESTROYED
    {WHORL_DESTROYED, true, false, WHORL_OK, WHORL_DESTROYED},
    {WHORL_DESTROYED, false, true, WHORL_CANCELED, WHORL_DESTROYED},
};

TASK_TEST(R22_the_result_of_a_group)
{
  for (size_t i = 0; i < sizeof result_table / sizeof result_table[0]; i++) {
    const struct result_row *row = &result_table[i];
    whorl_timeout_t outer;
    whorl_task_group_t group;
    whorl_timeout_open(&outer, row->outer ? SECONDS(1) : SECONDS(100));
    whorl_task_group_open(&group);
    whorl_task_group_spawn(&group, ends_when_it_likes, (void *)&row->child);
    whorl_yield();
    if (row->own) whorl_task_group_cancel(&group);
    if (row->outer) whorl_timeout_set_deadline(&outer, whorl_now_ns());
    int returned = whorl_task_group_close(&group, row->body);
    if (returned != row->returned) fprintf(stderr, "row %zu\n", i);
    CHECK_INT(row->returned, returned);
    whorl_timeout_close(&outer, returned);
  }
  return WHORL_OK;
}

// --- R11, R23

TASK_TEST(R23_a_childs_error_cancels_the_body_also_deep_inside)
{
  static const child_t bad = {"bad", 1, WHORL_IO_ERROR};
  whorl_task_group_t outer, inner;
  whorl_task_group_open_with_options(&outer, &(whorl_task_group_options_t){.name = "outer"}, "here");
  spawn(&outer, &bad);
  whorl_task_group_open(&inner);
  int status = whorl_sleep(SECONDS(5));
  CHECK_INT(WHORL_CANCELED, status);
  CHECK_TEXT("group 'outer': task 'bad' failed: IO_ERROR", whorl_detail());
  CHECK_INT(WHORL_CANCELED, whorl_task_group_close(&inner, status));
  CHECK_INT(WHORL_IO_ERROR, whorl_task_group_close(&outer, WHORL_CANCELED)); // the body's CANCELED is absorbed
  CHECK_INT(1, whorl_task_group_error_count(&outer));
  return WHORL_OK;
}

TASK_TEST(R23_close_with_an_error_cancels_and_waits)
{
  static const child_t child = {"child", 5, WHORL_OK};
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  spawn(&group, &child);
  whorl_sleep(SECONDS(1));
  CHECK_INT(WHORL_MALFORMED, whorl_task_group_close(&group, WHORL_MALFORMED));
  CHECK_TEXT("child:CANCELED@1", trace);
  return WHORL_OK;
}

static int spawns_a_sibling(void *arg)
{
  static const child_t sibling = {"sibling", 1, WHORL_OK};
  whorl_shield_t shield;
  whorl_shield_open(&shield, SECONDS(9));
  whorl_sleep(SECONDS(1));
  whorl_yield(); // one turn after the other's failure
  note("%s", whorl_status_name(whorl_task_group_spawn_with_options(arg, run_child, (void *)&sibling, &releasing, NULL, "here")));
  return whorl_shield_close(&shield, WHORL_OK);
}

TASK_TEST(a_child_may_spawn_siblings_while_its_opener_closes)
{
  static const child_t late = {"late", 1, WHORL_OK};
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, spawns_a_sibling, &group);
  spawn(&group, &late);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("late:OK@1 WHORL_OK sibling:OK@2", trace);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_IO_ERROR)); // a second close: the first result
  return WHORL_OK;
}

// --- R25: one child fails after a second, the other ends after two. {keep_going, what else happens, what the other saw and when, close returns, errors counted}

static const struct policy_row {
  bool keep_going;
  enum { NOTHING_ELSE, GROUP_CANCELED, OUTER_LIMIT, BODY_FAILS } event;
  const char *other;
  int returned;
  size_t errors;
} policy_table[] = {
    {false, NOTHING_ELSE, "bad:OK@1 other:CANCELED@1", WHORL_IO_ERROR, 1},
    {true, NOTHING_ELSE, "bad:OK@1 other:OK@2", WHORL_IO_ERROR, 1},
    {false, BODY_FAILS, "bad:CANCELED@0 other:CANCELED@0", WHORL_MALFORMED, 1},
    {true, BODY_FAILS, "bad:OK@1 other:OK@2", WHORL_MALFORMED, 2},
    {true, GROUP_CANCELED, "bad:CANCELED@0 other:CANCELED@0", WHORL_OK, 0},
    {true, OUTER_LIMIT, "bad:OK@1 other:CANCELED@1.5", WHORL_IO_ERROR, 1},
};

static void run_policy(const struct policy_row *row)
{
  static const child_t bad = {"bad", 1, WHORL_IO_ERROR}, other = {"other", 2, WHORL_OK};
  whorl_timeout_t outer;
  whorl_task_group_t group;
  kit.parker.now = 0;
  trace_clear();
  whorl_timeout_open(&outer, row->event == OUTER_LIMIT ? SECONDS(1.5) : SECONDS(100));
  whorl_task_group_open_with_options(&group, &(whorl_task_group_options_t){.name = "arms", .keep_going = row->keep_going}, "here");
  spawn(&group, &bad);
  spawn(&group, &other);
  whorl_yield();
  if (row->event == GROUP_CANCELED) whorl_task_group_cancel(&group);
  int returned = whorl_task_group_close(&group, row->event == BODY_FAILS ? WHORL_MALFORMED : WHORL_OK);
  CHECK_TEXT(row->other, trace);
  CHECK_INT(row->returned, returned);
  CHECK_INT(row->errors, whorl_task_group_error_count(&group));
  whorl_timeout_close(&outer, returned);
}

TASK_TEST(R25_what_an_error_means_to_the_others)
{
  for (size_t i = 0; i < sizeof policy_table / sizeof policy_table[0]; i++) run_policy(&policy_table[i]);
  return WHORL_OK;
}

TASK_TEST(R25_the_body_of_a_group_that_keeps_going_is_not_disturbed)
{
  static const child_t bad = {"bad", 1, WHORL_IO_ERROR};
  whorl_task_group_t group, inside;
  whorl_task_group_open_with_options(&group, &(whorl_task_group_options_t){.keep_going = true}, "here");
  spawn(&group, &bad);
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(2)));
  CHECK_INT(WHORL_OK, spawn(&group, &bad)); // and it still takes tasks
  whorl_task_group_open(&inside);           // whose own policy is the usual one, though its memory may have been the other's
  spawn(&inside, &bad);
  CHECK_INT(WHORL_IO_ERROR, whorl_task_group_close(&inside, whorl_sleep(SECONDS(5))));
  CHECK_INT(WHORL_IO_ERROR, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(2, whorl_task_group_error_count(&group));
  whorl_task_group_open(&group);
  spawn(&group, &bad);
  CHECK_INT(WHORL_CANCELED, whorl_sleep(SECONDS(5)));
  CHECK_INT(WHORL_IO_ERROR, whorl_task_group_close(&group, WHORL_OK));
  return WHORL_OK;
}

static int closes_the_group_it_lives_in(void *arg) { return whorl_task_group_close(arg, WHORL_OK); }
static int lets_a_child_close(void *arg)
{
  (void)arg;
  whorl_task_group_t group;
  whorl_task_group_open_with_options(&group, NULL, "mine.c:1");
  whorl_task_group_spawn_with_options(&group, closes_the_group_it_lives_in, &group, &(whorl_task_options_t){.name = "child"}, NULL, "");
  return whorl_task_group_close(&group, WHORL_OK);
}
static void a_child_closes(void) { kit_test(lets_a_child_close); }

static void R25_only_the_opener_closes(void **state)
{
  (void)state;
  kit_dies(a_child_closes, "the scope opened at mine.c:1 by task 'main' is closed by task child");
}

static void outside_a_task_a_group_says_so(void **state)
{
  (void)state;
  releases = 0;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  assert_int_equal(WHORL_NOT_IN_TASK, whorl_task_group_spawn_with_options(&group, notes, NULL, &releasing, NULL, "here"));
  assert_int_equal(1, releases);
  assert_int_equal(WHORL_NOT_IN_TASK, whorl_task_group_close(&group, WHORL_OK));
  assert_int_equal(WHORL_NOT_IN_TASK, whorl_task_group_close(&group, WHORL_OK));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R18_spawn_never_runs_the_child_in_the_caller),
      cmocka_unit_test(R18_a_child_lives_under_the_scopes_of_its_group),
      cmocka_unit_test(R19_a_spawn_into_a_cancelled_group_is_refused),
      cmocka_unit_test(R19_a_spawn_without_memory_fails_the_group),
      cmocka_unit_test(R19_a_spawn_of_no_function_fails_the_group),
      cmocka_unit_test(R19_a_task_with_a_stack_that_cannot_be_had),
      cmocka_unit_test(a_task_may_have_a_larger_stack),
      cmocka_unit_test(a_child_may_spawn_siblings_while_its_opener_closes),
      cmocka_unit_test(R20_eight_errors_are_kept_and_all_are_counted),
      cmocka_unit_test(R20_an_error_without_memory_for_the_list_is_counted_and_the_first_one_still),
      cmocka_unit_test(R21_a_stray_canceled_is_a_real_error),
      cmocka_unit_test(R22_the_result_of_a_group),
      cmocka_unit_test(R23_a_childs_error_cancels_the_body_also_deep_inside),
      cmocka_unit_test(R23_close_with_an_error_cancels_and_waits),
      cmocka_unit_test(R25_what_an_error_means_to_the_others),
      cmocka_unit_test(R25_the_body_of_a_group_that_keeps_going_is_not_disturbed),
      cmocka_unit_test(R25_only_the_opener_closes),
      cmocka_unit_test(outside_a_task_a_group_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
