// Very many suspended tasks: as many as there is memory where guard pages cost no mapping; where they do, 16,000 and then NO_MEMORY, unless stacks without a guard are allowed.
#include "task/kit.h"
#include "task/sanitizer.h"
#include "task/stack.h"

#if defined(WHORL__ASAN) || defined(WHORL__TSAN) // whose stacks are four times as large, and whose limit is 4,000 fibers
#define MANY 3000
#else
#define MANY 100000
#endif

static int sleeping, most_sleeping, ended;

static int sleeps(void *arg)
{
  (void)arg;
  if (++sleeping > most_sleeping) most_sleeping = sleeping;
  int status = whorl_sleep(SECONDS(1));
  sleeping--;
  ended++;
  return status;
}

static int spawns_many(void *arg)
{
  whorl_task_group_t group;
  sleeping = most_sleeping = ended = 0;
  whorl_task_group_open(&group);
  for (int i = 0; i < *(int *)arg; i++) whorl_task_group_spawn(&group, sleeps, NULL);
  return whorl_task_group_close(&group, WHORL_OK);
}

static int run(int count, bool unguarded_stacks)
{
  memset(&kit, 0, sizeof kit);
  whorl__virtual_parker_init(&kit.parker);
  whorl__core_options_t options = {.parker = &kit.parker.base, .name = "test", .unguarded_stacks = unguarded_stacks};
  assert_int_equal(WHORL_OK, whorl__core_create(&options, &kit.core));
  int status = kit_run(spawns_many, &count);
  assert_int_equal(0, sleeping);
  assert_int_equal(most_sleeping, ended);
  return status;
}

// The kernel has light guards when none of the guards of a running world is a mapping.
static bool kernel_has_light_guards(void)
{
  whorl__stack_slab_t *slab;
  whorl__stack_t stack;
  assert_int_equal(WHORL_OK, whorl__stack_slab_create(whorl__stack_size(0), 1, &slab));
  assert_int_equal(WHORL_OK, whorl__stack_slab_take(slab, false, &stack));
  bool light = whorl__stack_mapped_guards() == 0;
  whorl__stack_slab_destroy(slab);
  return light;
}

static void a_hundred_thousand_tasks_sleep_at_once(void **state)
{
  (void)state;
  bool light = kernel_has_light_guards() || MANY < WHORL__STACK_GUARDS_MAX;
  assert_int_equal(light ? WHORL_OK : WHORL_NO_MEMORY, run(MANY, false));
  if (light) assert_int_equal(MANY, most_sleeping);
  kit_close();
}

#if !defined(WHORL__ASAN) && !defined(WHORL__TSAN) // whose shadows make so many mappings slow
static void mapped_guards_are_limited(void **state)
{
  (void)state;
  enum { ONE_TOO_MANY = WHORL__STACK_GUARDS_MAX + 1 };
  whorl__stack_slab_t *slab;
  whorl__stack_t stack;
  whorl__stack_pretend_old_kernel(true);
  assert_int_equal(WHORL_OK, whorl__stack_slab_create(16 * 1024, ONE_TOO_MANY, &slab));
  for (int i = 0; i < WHORL__STACK_GUARDS_MAX; i++) assert_int_equal(WHORL_OK, whorl__stack_slab_take(slab, false, &stack));
  assert_int_equal(WHORL_NO_MEMORY, whorl__stack_slab_take(slab, false, &stack));
  assert_int_equal(WHORL__STACK_GUARDS_MAX, whorl__stack_mapped_guards());
  assert_int_equal(WHORL_OK, whorl__stack_slab_take(slab, true, &stack)); // by explicit choice
  whorl__stack_slab_destroy(slab);
  whorl__stack_pretend_old_kernel(false);
  assert_int_equal(0, whorl__stack_mapped_guards());
}

static void an_old_kernel_has_guards_for_sixteen_thousand(void **state)
{
  (void)state;
  whorl__stack_pretend_old_kernel(true);
  assert_int_equal(WHORL_NO_MEMORY, run(WHORL__STACK_GUARDS_MAX + 100, false));
  assert_int_equal(WHORL__STACK_GUARDS_MAX - 1, most_sleeping); // and the main task
  assert_int_equal(WHORL__STACK_GUARDS_MAX, whorl__stack_mapped_guards());
  assert_int_equal(WHORL_OK, kit_run(spawns_many, &(int){1000})); // the world goes on, on the stacks that it has
  kit_close();
  assert_int_equal(0, whorl__stack_mapped_guards());
  whorl__stack_pretend_old_kernel(false);
}

static void an_old_kernel_has_any_number_without_guards(void **state)
{
  (void)state;
  whorl__stack_pretend_old_kernel(true);
  assert_int_equal(WHORL_OK, run(WHORL__STACK_GUARDS_MAX + 1000, true));
  assert_int_equal(WHORL__STACK_GUARDS_MAX + 1000, most_sleeping);
  kit_close();
  whorl__stack_pretend_old_kernel(false);
}
#endif

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_hundred_thousand_tasks_sleep_at_once),
#if !defined(WHORL__ASAN) && !defined(WHORL__TSAN)
    cmocka_unit_test(mapped_guards_are_limited),
    cmocka_unit_test(an_old_kernel_has_guards_for_sixteen_thousand),
    cmocka_unit_test(an_old_kernel_has_any_number_without_guards),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
