// Who belongs to an end that is on its way: tasks below its scope and those of its owner, and nobody else. What most tasks have, no owner, belongs to no end.
#include "node/ending.h"
#include "task/kit.h"

static int owner, other; // as addresses

static int is_of_the_owner(void *arg)
{
  CHECK(whorl__core_caller_is_owned(&owner));
  CHECK(!whorl__core_caller_is_owned(&other));
  CHECK(!whorl__core_caller_is_owned(NULL));
  return arg == NULL ? WHORL_OK : WHORL_IO_ERROR;
}

static int and_so_are_those_below(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, is_of_the_owner, arg);
  return whorl_task_group_close(&group, is_of_the_owner(arg));
}

TASK_TEST(an_owners_tasks_are_known_and_who_has_none_is_nobodys)
{
  CHECK(!whorl__core_caller_is_owned(&owner));
  CHECK(!whorl__core_caller_is_owned(NULL)); // though this task's is NULL
  CHECK(!whorl__core_has_owned(kit.core, &owner));
  CHECK_INT(WHORL_OK, whorl__scope_spawn_owned(whorl__core_root(kit.core), &owner, and_so_are_those_below, NULL, NULL, NULL, "here"));
  CHECK(whorl__core_has_owned(kit.core, &owner));
  CHECK(!whorl__core_has_owned(kit.core, &other));
  return whorl_sleep(SECONDS(1));
}

TASK_TEST(an_end_without_scope_and_owner_has_nobody)
{
  whorl__ending_t ending = {0};
  whorl__ending_begin(&ending, NULL, NULL);
  CHECK(!whorl__ending_has_caller());
  whorl__ending_end(&ending);
  return WHORL_OK;
}

TASK_TEST(an_end_that_has_dropped_its_scope_and_has_no_owner_has_nobody)
{
  whorl__ending_t ending = {0};
  whorl__ending_begin(&ending, whorl__core_root(kit.core), NULL);
  CHECK(whorl__ending_has_caller());
  whorl__ending_drop_scope(&ending);
  CHECK(!whorl__ending_has_caller());
  whorl__ending_end(&ending);
  return WHORL_OK;
}

static int asks_about_the_end(void *arg)
{
  *(bool *)arg = whorl__ending_has_caller();
  return WHORL_OK;
}

TASK_TEST(an_end_has_its_owners_tasks_only)
{
  bool of_owner = false, of_other = true, of_nobody = true;
  whorl__ending_t ending = {0};
  whorl__ending_begin(&ending, NULL, &owner);
  whorl__scope_t *root = whorl__core_root(kit.core);
  CHECK(!whorl__ending_has_caller());
  CHECK_INT(WHORL_OK, whorl__scope_spawn_owned(root, &owner, asks_about_the_end, &of_owner, NULL, NULL, "here"));
  CHECK_INT(WHORL_OK, whorl__scope_spawn_owned(root, &other, asks_about_the_end, &of_other, NULL, NULL, "here"));
  CHECK_INT(WHORL_OK, whorl__scope_spawn(root, asks_about_the_end, &of_nobody, NULL, NULL, "here"));
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  whorl__ending_end(&ending);
  CHECK(of_owner && !of_other && !of_nobody);
  return WHORL_OK;
}

static int sleeps(void *arg)
{
  *(int *)arg = whorl_sleep(SECONDS(5));
  return *(int *)arg;
}

TASK_TEST(cancelling_an_owners_tasks_leaves_the_others_alone)
{
  int mine = 1, others = 1, nobodys = 1;
  whorl__scope_t *root = whorl__core_root(kit.core);
  CHECK_INT(WHORL_OK, whorl__scope_spawn_owned(root, &owner, sleeps, &mine, NULL, NULL, "here"));
  CHECK_INT(WHORL_OK, whorl__scope_spawn_owned(root, &other, sleeps, &others, NULL, NULL, "here"));
  CHECK_INT(WHORL_OK, whorl__scope_spawn(root, sleeps, &nobodys, NULL, NULL, "here"));
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  whorl__core_cancel_owned(kit.core, &owner, "its owner goes");
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(1)));
  CHECK_INT(WHORL_CANCELED, mine);
  CHECK(others == 1 && nobodys == 1);
  CHECK_INT(WHORL_OK, whorl_sleep(SECONDS(9)));
  CHECK(others == WHORL_OK && nobodys == WHORL_OK);
  return WHORL_OK;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_owners_tasks_are_known_and_who_has_none_is_nobodys),
      cmocka_unit_test(an_end_without_scope_and_owner_has_nobody),
      cmocka_unit_test(an_end_that_has_dropped_its_scope_and_has_no_owner_has_nobody),
      cmocka_unit_test(an_end_has_its_owners_tasks_only),
      cmocka_unit_test(cancelling_an_owners_tasks_leaves_the_others_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
