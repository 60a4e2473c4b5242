// Fibers and their stacks: switching, errno and the detail per task (docs/tasks.md R38), guards, limits, memory.
#include <errno.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "base/detail.h"
#include "task/fiber.h"
#include "task/kit.h"
#include "task/sanitizer.h"
#include "task/stack.h"

// --- Bare fibers

static whorl__fiber_t *fiber;

static void counts_to_three(void *arg)
{
  int *count = arg;
  for (int i = 0; i < 3; i++) {
    ++*count;
    whorl__fiber_suspend(fiber);
  }
}

static whorl__stack_slab_t *make_fiber(void)
{
  whorl__stack_slab_t *slab;
  whorl__stack_t stack;
  assert_int_equal(WHORL_OK, whorl__stack_slab_create(whorl__stack_size(0), 1, &slab));
  assert_int_equal(WHORL_OK, whorl__stack_slab_take(slab, false, &stack));
  fiber = whorl__fiber_create(stack, sizeof *fiber);
  return slab;
}

static void a_fiber_is_reused(void **state)
{
  (void)state;
  whorl__stack_slab_t *slab = make_fiber();
  int count = 0;
  for (int life = 0; life < 3; life++) {
    whorl__fiber_set(fiber, NULL, counts_to_three, &count);
    for (int i = 0; i < 3; i++) {
      assert_true(whorl__fiber_resume(fiber));
      assert_int_equal(3 * life + i + 1, count);
    }
    assert_false(whorl__fiber_resume(fiber));
  }
  whorl__fiber_destroy(fiber);
  whorl__stack_slab_destroy(slab);
}

static void a_fiber_that_never_ran_can_be_destroyed(void **state)
{
  (void)state;
  whorl__stack_slab_t *slab = make_fiber();
  whorl__fiber_destroy(fiber);
  whorl__stack_slab_destroy(slab);
}

enum { RING = 3, LAPS = 4 };

typedef struct runner {
  whorl__fiber_t *fiber, *next;
  int lap;
  char *said;
} runner_t;

static void passes_it_on(void *arg)
{
  runner_t *runner = arg;
  whorl__fiber_suspend(runner->fiber); // its function has begun
  for (; runner->lap < LAPS; runner->lap++) {
    *runner->said += runner->lap;
    whorl__fiber_pass(runner->fiber, runner->next);
  }
}

// The scheduler resumes the first; each passes the thread to the next, round and round. Whoever ends gives it back to the scheduler.
static void a_fiber_passes_its_thread_to_another_one(void **state)
{
  (void)state;
  whorl__stack_slab_t *slabs[RING];
  runner_t runners[RING];
  char said = 0;
  for (int i = 0; i < RING; i++) {
    slabs[i] = make_fiber();
    runners[i] = (runner_t){.fiber = fiber, .said = &said};
    whorl__fiber_set(fiber, NULL, passes_it_on, &runners[i]);
  }
  for (int i = 0; i < RING; i++) {
    runners[i].next = runners[(i + 1) % RING].fiber;
    assert_true(whorl__fiber_resume(runners[i].fiber));
  }
  for (int i = 0; i < RING; i++) { // the first one's end is also the end of the chain
    assert_false(whorl__fiber_resume(runners[i].fiber));
    assert_int_equal(runners[i].lap, LAPS);
    for (int later = i + 1; later < RING; later++) assert_true(runners[later].fiber->running_function);
  }
  assert_int_equal(said, RING * (0 + 1 + 2 + 3));
  for (int i = 0; i < RING; i++) {
    whorl__fiber_destroy(runners[i].fiber);
    whorl__stack_slab_destroy(slabs[i]);
  }
}

static void divides(void *arg)
{
  volatile double a = 1.0, b = 3.0;
  *(volatile double *)arg = a / b; // inexact: leaves a sticky flag
}

static void a_function_starts_with_clean_floating_point_flags(void **state)
{
  (void)state;
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
  whorl__stack_slab_t *slab = make_fiber();
  double result;
  _mm_setcsr(_mm_getcsr() & ~_MM_EXCEPT_MASK);
  whorl__fiber_set(fiber, NULL, divides, &result);
  assert_false(whorl__fiber_resume(fiber));
  assert_int_equal(0, _mm_getcsr() & _MM_EXCEPT_INEXACT); // it was the fiber's own
  unsigned saved = *(unsigned *)fiber->context; // fcontext keeps the control word first: a difference would cost 100 ns at each use
  assert_int_equal(0, saved & _MM_EXCEPT_INEXACT);
  whorl__fiber_destroy(fiber);
  whorl__stack_slab_destroy(slab);
#else
  (void)divides;
  skip();
#endif
}

// --- The high-water mark

static void uses_much(void *arg)
{
  volatile char memory[20000];
  for (size_t i = 0; i < sizeof memory; i += 100) memory[i] = 1;
  *(char *)arg = memory[100];
}

static void uses_little(void *arg) { *(char *)arg = 2; }

static size_t mark_after(void (*function)(void *arg))
{
  char result;
  whorl__fiber_set(fiber, NULL, function, &result);
  assert_false(whorl__fiber_resume(fiber));
  return whorl__fiber_high_water(fiber);
}

static void the_high_water_mark_is_of_all_lives(void **state)
{
  (void)state;
  whorl__stack_slab_t *slab = make_fiber();
  size_t unused = whorl__fiber_high_water(fiber); // what the first switch finds there
  assert_true(unused < 1000);
  size_t little = mark_after(uses_little), much = mark_after(uses_much);
  assert_true(little > unused && little < 16 * 1024);
  assert_true(much >= little + 16 * 1024 && much >= 20000 && much < 32 * 1024);
  assert_int_equal(much, mark_after(uses_little));
  whorl__fiber_destroy(fiber);
  whorl__stack_slab_destroy(slab);
}

static void the_high_water_mark_ends_at_the_stacks_bottom(void **state)
{
  (void)state;
  whorl__stack_slab_t *slab = make_fiber();
  fiber->bottom[0] = 1;
  assert_int_equal(fiber->size, whorl__fiber_high_water(fiber));
  fiber->bottom[0] = 0; // a page that was touched and holds nothing
  assert_true(whorl__fiber_high_water(fiber) < 1000);
  whorl__fiber_destroy(fiber);
  whorl__stack_slab_destroy(slab);
}

// --- R38

static int keeps_errno(void *arg)
{
  errno = (int)(intptr_t)arg;
  whorl_sleep(SECONDS(1));
  CHECK_INT((intptr_t)arg, errno);
  return WHORL_OK;
}

TASK_TEST(R38_errno_belongs_to_the_task)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, keeps_errno, (void *)(intptr_t)ENOENT);
  whorl_task_group_spawn(&group, keeps_errno, (void *)(intptr_t)EBUSY);
  errno = EPERM;
  whorl_yield();
  CHECK_INT(EPERM, errno);
  return whorl_task_group_close(&group, WHORL_OK);
}

static int keeps_its_detail(void *arg)
{
  CHECK_TEXT("", whorl_detail());
  whorl__fail(WHORL_IO_ERROR, "said by %s", (const char *)arg);
  char expected[40];
  snprintf(expected, sizeof expected, "said by %s", (const char *)arg);
  whorl_sleep(SECONDS(1));
  CHECK_TEXT(expected, whorl_detail());
  return WHORL_OK;
}

TASK_TEST(R38_the_detail_belongs_to_the_task)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, keeps_its_detail, "one");
  whorl_task_group_spawn(&group, keeps_its_detail, "two");
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, keeps_its_detail, "three"); // on a stack used before
  return whorl_task_group_close(&group, WHORL_OK);
}

static void outside_the_detail_is_the_threads(void **state)
{
  (void)state;
  whorl__fail(WHORL_IO_ERROR, "of the thread");
  kit_test(R38_the_detail_belongs_to_the_task_main);
  assert_string_equal("of the thread", whorl_detail());
}

static int holds_memory(void *arg)
{
  char *volatile memory = malloc(100); // known to this stack only, while a leak checker may look
  whorl_sleep(SECONDS(1));
  free(memory);
  (void)arg;
  return WHORL_OK;
}

static int leaks;
static void look_for_leaks(whorl__post_t *post,
                           bool closed) // on the scheduler's stack: the checker takes the stack that it is called on for the thread's
{
  (void)post;
  (void)closed;
#ifdef WHORL__ASAN
  leaks = __lsan_do_recoverable_leak_check();
#endif
}

TASK_TEST(what_only_a_suspended_task_knows_is_no_leak)
{
  whorl__post_t post = {.run = look_for_leaks};
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 3; i++) whorl_task_group_spawn(&group, holds_memory, NULL);
  whorl_yield();
  whorl__core_post(kit.core, &post);
  whorl_yield();
  CHECK_INT(0, leaks);
  return whorl_task_group_close(&group, WHORL_OK);
}

// --- Stacks

static void a_stack_size_is_rounded(void **state)
{
  (void)state;
  size_t smallest = whorl__stack_size(1);
  assert_true(smallest >= 16 * 1024);
  assert_int_equal(0, whorl__stack_size(1000001) % 4096);
  assert_true(whorl__stack_size(1000001) >= 1000001);
#if defined(WHORL__ASAN) || defined(WHORL__TSAN)
  assert_true(whorl__stack_size(0) >= 256 * 1024);
#else
  assert_int_equal(64 * 1024, whorl__stack_size(0));
#endif
}

static char *overflow_at;
static void overflow(void)
{
  *(volatile char *)overflow_at = 1;
  abort(); // not reached: the guard page says no
}

static void below_a_stack_is_a_guard(bool old_kernel)
{
  whorl__stack_slab_t *slab;
  whorl__stack_t stack;
  whorl__stack_pretend_old_kernel(old_kernel);
  assert_int_equal(WHORL_OK, whorl__stack_slab_create(whorl__stack_size(0), 2, &slab));
  assert_int_equal(WHORL_OK, whorl__stack_slab_take(slab, false, &stack));
  assert_int_equal(WHORL_OK, whorl__stack_slab_take(slab, false, &stack));
  assert_int_equal(WHORL_WOULD_BLOCK, whorl__stack_slab_take(slab, false, &stack));
  stack.bottom[0] = stack.bottom[stack.size - 1] = 1;
  overflow_at = stack.bottom - 1;
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    overflow();
  }
  int status;
  waitpid(child, &status, 0);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
  whorl__stack_slab_destroy(slab);
  whorl__stack_pretend_old_kernel(false);
  assert_int_equal(0, whorl__stack_mapped_guards());
}

static void a_stack_has_a_guard_page(void **state)
{
  (void)state;
  below_a_stack_is_a_guard(false);
  below_a_stack_is_a_guard(true);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_fiber_is_reused),
      cmocka_unit_test(a_fiber_that_never_ran_can_be_destroyed),
      cmocka_unit_test(a_fiber_passes_its_thread_to_another_one),
      cmocka_unit_test(a_function_starts_with_clean_floating_point_flags),
      cmocka_unit_test(the_high_water_mark_is_of_all_lives),
      cmocka_unit_test(the_high_water_mark_ends_at_the_stacks_bottom),
      cmocka_unit_test(R38_errno_belongs_to_the_task),
      cmocka_unit_test(R38_the_detail_belongs_to_the_task),
      cmocka_unit_test(outside_the_detail_is_the_threads),
      cmocka_unit_test(what_only_a_suspended_task_knows_is_no_leak),
      cmocka_unit_test(a_stack_size_is_rounded),
      cmocka_unit_test(a_stack_has_a_guard_page),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
