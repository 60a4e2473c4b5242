// No memory: every allocation of the kernel's own fails in turn. Nothing crashes, hangs or leaks, every release runs once, and who was refused is told.
#include "base/list.h"
#include "task/kit.h"

static int spawned, released, refused;

static void count_release(void *arg)
{
  (void)arg;
  released++;
}

static int note_refusal(int status)
{
  refused += status == WHORL_NO_MEMORY;
  return status;
}

static int nests_deeply(void *arg)
{
  enum { DEEP = 6 };
  whorl_timeout_t timeouts[DEEP];
  (void)arg;
  for (int i = 0; i < DEEP; i++) whorl_timeout_open(&timeouts[i], SECONDS(10));
  int status = whorl_sleep(SECONDS(1));
  CHECK(status == WHORL_OK || status == WHORL_CANCELED); // CANCELED below a scope that could not be had
  for (int i = DEEP; i-- > 0;) status = whorl_timeout_close(&timeouts[i], status);
  return note_refusal(status);
}

static int fails(void *arg)
{
  (void)arg;
  whorl_sleep(SECONDS(2));
  return WHORL_IO_ERROR;
}

static int waits_for(void *arg) { return whorl_event_wait(*(whorl_event_t *)arg); }

static void spawn(whorl_task_group_t *group, whorl_task_function_t function, void *arg, size_t stack_size)
{
  whorl_task_t task;
  spawned++;
  note_refusal(whorl_task_group_spawn_with_options(
      group, function, arg, &(whorl_task_options_t){.release = count_release, .stack_size = stack_size}, &task, "here"));
}

static int everything(void *arg)
{
  whorl_event_t event;
  whorl_future_t future;
  (void)arg;
  bool has_event = note_refusal(whorl_event_create(NULL, &event)) == WHORL_OK;
  bool has_future = note_refusal(whorl_future_create(NULL, &future)) == WHORL_OK;
  whorl__scope_t *standing;
  if (note_refusal(whorl__scope_create(kit.core, NULL, "node", &standing)) == WHORL_OK) whorl__scope_destroy(standing);
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) spawn(&group, nests_deeply, NULL, 0);
  spawn(&group, nests_deeply, NULL, 300000);
  if (has_event) spawn(&group, waits_for, &event, 0);
  for (int i = 0; i < 2; i++) spawn(&group, fails, NULL, 0);
  int status = whorl_task_group_close(&group, nests_deeply(NULL));
  CHECK(status == WHORL_IO_ERROR || status == WHORL_NO_MEMORY);
  if (has_event) whorl_event_destroy(event);
  if (has_future) whorl_future_destroy(future);
  return WHORL_OK;
}

static bool try_all(void)
{
  memset(&kit, 0, sizeof kit);
  whorl__virtual_parker_init(&kit.parker);
  if (note_refusal(whorl__core_create(&(whorl__core_options_t){.parker = &kit.parker.base, .name = "test"}, &kit.core)) < 0) return false;
  kit.function = everything;
  spawned++;
  int status = whorl__scope_spawn(whorl__core_root(kit.core), kit_main, NULL,
                                  &(whorl_task_options_t){.name = "main", .release = count_release}, NULL, "kit");
  if (note_refusal(status) == WHORL_OK) {
    assert_int_equal(WHORL_OK, whorl__core_run(kit.core, kit_done, NULL));
    if (!kit.ended) assert_int_equal(WHORL_NO_MEMORY, whorl__scope_first_error(whorl__core_root(kit.core))); // no stack even for the first
  }
  kit_close();
  return kit.ended;
}

static void each_allocation_fails_once(void **state)
{
  (void)state;
  assert_true(try_all()); // what is made once and stays (handle slots, type-stable memory) is there from here on
  int64_t blocks = whorl__memory_blocks();
  uint64_t before, made;
  uint64_t nth = 0;
  do {
    spawned = released = refused = 0;
    before = whorl__memory_allocations();
    whorl__memory_fail_at(++nth);
    (void)try_all();
    whorl__memory_fail_at(0);
    made = whorl__memory_allocations() - before;
    assert_int_equal(spawned, released);
    assert_int_equal(blocks, whorl__memory_blocks());
  } while (made >= nth);
  assert_true(nth > 20);
}

// A limit that cannot be had is never one that silently does nothing.
TASK_TEST(a_scope_without_memory_is_born_cancelled)
{
  whorl_timeout_t first, second, timeout, inner;
  whorl_task_group_t group;
  whorl_timeout_open(&first, SECONDS(1)); // as many as the seat holds
  whorl_timeout_open(&second, SECONDS(1));
  whorl__memory_fail_at(1);
  whorl_timeout_open_with_options(&timeout, SECONDS(1), NULL, "a.c:1");
  CHECK_INT(WHORL_CANCELED, whorl_sleep(0));
  CHECK_TEXT("no memory for timeout opened at a.c:1", whorl_detail());
  whorl_timeout_open(&inner, SECONDS(1));
  whorl_task_group_open(&group);
  spawned = released = 0;
  spawn(&group, fails, NULL, 0);
  CHECK_INT(1, released);
  CHECK_INT(WHORL_NO_MEMORY, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(WHORL_NO_MEMORY, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(WHORL_MALFORMED, whorl_timeout_close(&inner, WHORL_MALFORMED));
  CHECK_INT(WHORL_NO_MEMORY, whorl_timeout_close(&timeout, WHORL_CANCELED));
  CHECK_INT(WHORL_NO_MEMORY, whorl_timeout_close(&timeout, WHORL_OK));
  CHECK_INT(WHORL_OK, whorl_yield());
  CHECK_INT(WHORL_OK, whorl_timeout_close(&second, WHORL_OK));
  return whorl_timeout_close(&first, WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_allocation_fails_once),
      cmocka_unit_test(a_scope_without_memory_is_born_cancelled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
